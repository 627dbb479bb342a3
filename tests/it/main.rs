//! The integration tests, in one binary.

mod providers;
mod vectors;
