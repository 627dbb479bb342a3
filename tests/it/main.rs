//! Integration tests.

mod policy;
mod scan;
mod spdx;
mod support;
