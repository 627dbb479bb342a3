//! The image that a reference was pinned to: digest, platforms, configurations.
//!
//! A [`PinnedImage`] is made from bytes only, and hashes them: whoever holds one knows that the
//! digest is that of the manifest that was read, and that the platforms follow from it.

use serde::Deserialize;

use super::manifest::Descriptor;
use super::platform::Platform;
use super::reference::Reference;
use crate::digest::Digest;

/// A reference resolved once; the digest travels from here on.
#[derive(Clone, Debug)]
pub struct PinnedImage {
    reference: Reference,
    digest: Digest,
    platforms: Vec<PlatformImage>,
}

/// One runnable image: a manifest and its configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlatformImage {
    manifest: Digest,
    platform: Platform,
    config: Digest,
    diff_ids: Vec<Digest>,
}

impl PinnedImage {
    /// The reference that was asked for.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The digest of the manifest or index that the reference names.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The platform images: one for a plain manifest, one per runnable platform for an index
    /// (build-kit attestation manifests, platform `unknown/unknown`, are not among them).
    #[must_use]
    pub fn platforms(&self) -> &[PlatformImage] {
        &self.platforms
    }

    /// Whether the reference names an index.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.platforms.first().is_none_or(|platform| platform.manifest != self.digest)
    }
}

impl PlatformImage {
    /// Digest of the image manifest.
    #[must_use]
    pub fn manifest(&self) -> &Digest {
        &self.manifest
    }

    /// Operating system and architecture, from the configuration.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Digest of the image configuration: what scanners call the image id.
    #[must_use]
    pub fn config(&self) -> &Digest {
        &self.config
    }

    /// Digests of the uncompressed layers.
    #[must_use]
    pub fn diff_ids(&self) -> &[Digest] {
        &self.diff_ids
    }
}

/// The part of an image configuration that binds evidence to it.
#[derive(Clone, Debug, Deserialize)]
pub struct ImageConfig {
    /// Operating system.
    #[serde(default)]
    pub os: String,
    /// CPU architecture.
    #[serde(default)]
    pub architecture: String,
    /// CPU variant.
    #[serde(default)]
    pub variant: Option<String>,
    /// Layers.
    pub rootfs: RootFs,
}

/// The `rootfs` object of a configuration.
#[derive(Clone, Debug, Deserialize)]
pub struct RootFs {
    /// Digests of the uncompressed layers, in order.
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
}

/// Why an image was not pinned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The bytes are not those of the digest that was asked for.
    #[error("manifest has digest {found}, expected {expected}")]
    Digest {
        /// Asked for.
        expected: Digest,
        /// Computed.
        found: Digest,
    },
}
