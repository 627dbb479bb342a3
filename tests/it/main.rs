//! The one integration binary: what the whole package must hold.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "tests are told by the environment where things are")]
#![allow(unreachable_pub, reason = "nothing can reach into a test binary")]

#[cfg(all(feature = "cli", feature = "net", feature = "graviola"))]
mod archive;
mod authority;
mod catalog_os;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod cosign_files;
#[cfg(all(feature = "cli", feature = "net", feature = "graviola"))]
mod cosign_store;
#[cfg(all(feature = "cli", feature = "net"))]
mod cosign_trust;
#[cfg(all(feature = "cli", feature = "net", feature = "graviola"))]
mod differential;
mod errors;
mod fuzz_seeds;
mod hostile;
#[cfg(all(feature = "cli", feature = "net", feature = "graviola"))]
mod hostile_exit;
mod interop;
mod layering;
mod layouts;
mod mutation;
#[cfg(feature = "cli")]
mod native;
mod no_c;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod offline;
mod policy;
mod providers;
#[cfg(all(feature = "net", feature = "graviola"))]
mod real_registry;
#[cfg(feature = "net")]
mod references;
#[cfg(all(feature = "net", feature = "graviola"))]
mod registry;
#[cfg(all(feature = "cli", feature = "net", feature = "graviola"))]
mod round_trips;
#[cfg(feature = "cli")]
mod sbom;
mod scan;
#[cfg(feature = "cli")]
mod security;
#[cfg(all(feature = "net", feature = "graviola"))]
mod sink;
mod spdx;
mod support;
#[cfg(all(feature = "cli", feature = "net"))]
mod trust_update;
mod vectors;
