//! The one integration binary: what the whole package must hold.
#![allow(unreachable_pub, reason = "nothing can reach into a test binary")]

mod authority;
mod interop;
mod layering;
mod layouts;
mod no_c;
mod policy;
mod providers;
#[cfg(feature = "net")]
mod real_registry;
#[cfg(feature = "net")]
mod registry;
mod scan;
mod spdx;
mod support;
mod vectors;
