//! Signature arithmetic: which implementation does it, and public keys that the caller trusts.
//!
//! `sigstore-verify` computes through one provider per process. Ours is made of RustCrypto, with
//! graviola where the CPU has what it needs, or AWS-LC by feature. A provider changes speed, never a
//! verdict; `tests/it/providers.rs` shows it on every vector.

mod key;
mod memory;
mod npm;
mod provider;
mod rustcrypto;

pub use key::HashChoice;
pub use key::KeyAlgorithm;
pub use key::KeyError;
pub use key::PublicKey;
pub use memory::remembering;
pub use npm::NpmKey;
pub use npm::NpmKeyError;
pub use npm::npm_keys;
pub use provider::InstallError;
pub use provider::Provider;
pub use provider::install;
pub use provider::installed;
