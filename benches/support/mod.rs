//! What the benches share.

#[path = "../../tests/it/support/authority/mod.rs"]
pub mod authority;
pub mod inputs;
