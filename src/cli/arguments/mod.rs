//! Options that several commands share, and what they mean to the library: one file for each group.
//!
//! Options that users of cosign type have cosign's names; `--identity` and `--issuer` are short for two of
//! them.

mod image;
mod registry;
mod signer;
mod trust;

pub(super) use self::image::ImageArguments;
pub(super) use self::image::ImagesArguments;
pub(super) use self::image::ReachArguments;
pub(super) use self::image::offline;
pub(super) use self::image::read_reference;
pub(super) use self::registry::RegistryArguments;
pub(super) use self::signer::SignerArguments;
pub(super) use self::signer::read_key;
pub(super) use self::trust::Instance;
pub(super) use self::trust::TrustArguments;
pub(super) use self::trust::read_root;
