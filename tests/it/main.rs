//! The one integration test binary.

#![allow(unreachable_pub, reason = "nothing can reach into a test binary")]

mod authority;
mod support;
