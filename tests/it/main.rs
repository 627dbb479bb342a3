//! The one integration test binary.
#![cfg(test)]

mod layouts;
mod real_registry;
mod registry;
mod support;
