//! What the benches share.
#![allow(unreachable_pub, reason = "nothing can reach into a bench")]

#[path = "../../tests/it/support/authority/mod.rs"]
pub mod authority;
pub mod inputs;
