//! What the integration tests share.

pub mod authority;
#[cfg(feature = "cli")]
pub mod container;
#[cfg(all(feature = "net", feature = "graviola"))]
pub mod registry;

use std::path::PathBuf;

/// The folder of test vectors; `None`, with a word on it, where it is absent.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the vectors lie")]
pub(crate) fn vectors() -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("PORTCULLIS_VECTORS").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped, no vectors");
    None
}
