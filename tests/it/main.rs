//! Integration tests.

mod layouts;
mod support;
