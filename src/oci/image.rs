//! The image that a reference was pinned to: digest, platforms, configurations.
//!
//! A [`PinnedImage`] is made from bytes only, and hashes them: whoever holds one knows that the
//! digest is that of the manifest that was read, and that the platforms follow from it. [`Pinning`]
//! is its only maker. It does no I/O: it says what it [needs](Pinning::needs) and is given the bytes.
//!
//! Nobody else can make one:
//!
//! ```compile_fail,E0451
//! # fn forge(reference: portcullis::oci::Reference, digest: portcullis::digest::Digest) {
//! let forged = portcullis::oci::PinnedImage {
//!     reference, digest, index: false, complete: true, manifests: vec![], platforms: vec![],
//! };
//! # }
//! ```

use std::fmt;

use serde::Deserialize;

use super::manifest::Descriptor;
use super::manifest::Document;
use super::manifest::DocumentError;
use super::manifest::Manifest;
use super::manifest::media_type;
use super::platform::Platform;
use super::platform::PlatformFilter;
use super::reference::Reference;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::limits;

/// A reference resolved once; the digest travels from here on.
#[derive(Clone, Debug)]
pub struct PinnedImage {
    reference: Reference,
    digest: Digest,
    index: bool,
    complete: bool,
    unread: bool,
    manifests: Vec<Digest>,
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
    /// (build-kit attestation manifests, platform `unknown/unknown`, are not among them). Empty if
    /// only the digest was asked for ([`Pinning::finish_digest`]).
    #[must_use]
    pub fn platforms(&self) -> &[PlatformImage] {
        &self.platforms
    }

    /// Digests of the selected platform manifests of an index; empty for a plain manifest.
    #[must_use]
    pub fn manifests(&self) -> &[Digest] {
        &self.manifests
    }

    /// Whether [`platforms`](Self::platforms) (or, of a digest only, [`manifests`](Self::manifests)) are all that the digest stands for: nothing was filtered out
    /// or left unread, and nothing that the index names a platform for is something else than an image. Only then do signatures of all of them cover the index.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether the index names a platform for something that is not read as an image, and that a runtime may
    /// pick all the same.
    #[must_use]
    pub fn leaves_unread(&self) -> bool {
        self.unread
    }

    /// Whether the reference names an index.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.index
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

/// A [`PinnedImage`] in the making.
#[derive(Debug)]
pub struct Pinning {
    reference: Reference,
    digest: Digest,
    index: bool,
    filter: PlatformFilter,
    /// What the index offers, for the message when something else was asked for.
    offered: Vec<Platform>,
    /// The index names a platform for something that we cannot read as an image.
    unreadable: bool,
    entries: Vec<Entry>,
}

/// One manifest that may become a [`PlatformImage`].
#[derive(Debug)]
struct Entry {
    /// Its digest, and the platform that the index gives it.
    digest: Digest,
    declared: Option<Platform>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// An artifact that is no image, in an index.
    Artifact,
    Done(PlatformImage),
    NeedsConfig {
        config: Descriptor,
        layers: usize,
    },
    NeedsManifest(Descriptor),
}

/// Something that [`Pinning`] must be given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Need {
    /// The bytes of an image configuration.
    Config(Descriptor),
    /// The bytes of a platform manifest.
    Manifest(Descriptor),
}

impl Need {
    /// What the bytes must be.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Config(descriptor) | Self::Manifest(descriptor) => descriptor,
        }
    }

    /// Most bytes that it may have.
    #[must_use]
    pub fn ceiling(&self) -> u64 {
        match self {
            Self::Config(_) => limits::CONFIG_BYTES,
            Self::Manifest(_) => limits::MANIFEST_BYTES,
        }
    }
}

impl Pinning {
    /// Starts with the bytes that `reference` names, and the media type that they were served as.
    ///
    /// # Errors
    /// The bytes have another digest than the reference, or are not a manifest or index.
    pub fn start(
        reference: Reference,
        bytes: &[u8],
        content_type: Option<&str>,
        filter: PlatformFilter,
    ) -> Result<Self, PinError> {
        let algorithm = reference.digest().map_or(Algorithm::Sha256, Digest::algorithm);
        let digest = Digest::of(algorithm, bytes);
        if let Some(expected) = reference.digest()
            && *expected != digest
        {
            return Err(PinError::Digest { expected: *expected, found: digest });
        }
        let document = Document::from_slice(bytes, content_type)?;
        let index = matches!(document, Document::Index(_));
        let unreadable = match &document {
            Document::Index(index) => {
                index.manifests.iter().any(|entry| names_platform(entry) && !is_known(entry))
            }
            Document::Manifest(_) => false,
        };
        let (offered, entries) = match document {
            Document::Manifest(manifest) => {
                (Vec::new(), vec![Entry { digest, declared: None, state: State::after_manifest(manifest) }])
            }
            Document::Index(index) => (offered(&index.manifests), select(index.manifests, &filter)),
        };
        Ok(Self { reference, digest, index, filter, offered, unreadable, entries })
    }

    /// The digest that the reference has been pinned to.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What must be [supplied](Self::supply) next, each once; empty when nothing is missing.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let need = |entry: &Entry| match &entry.state {
            State::Artifact | State::Done(_) => None,
            State::NeedsConfig { config, .. } => Some(Need::Config(config.clone())),
            State::NeedsManifest(manifest) => Some(Need::Manifest(manifest.clone())),
        };
        let mut needs: Vec<Need> = Vec::new();
        for need in self.entries.iter().filter_map(need) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        needs
    }

    /// Takes the bytes of one need, and hashes them.
    ///
    /// # Errors
    /// They are not of the descriptor's digest and size, or not what they must be. Nothing was needed
    /// by that name.
    pub fn supply(&mut self, need: &Need, bytes: &[u8]) -> Result<(), PinError> {
        let descriptor = need.descriptor();
        check_content(descriptor, bytes)?;
        let wanted = |entry: &&mut Entry| match (&entry.state, need) {
            (State::NeedsConfig { config, .. }, Need::Config(given)) => config == given,
            (State::NeedsManifest(manifest), Need::Manifest(given)) => manifest == given,
            _ => false,
        };
        let mut found = false;
        for entry in self.entries.iter_mut().filter(wanted) {
            found = true;
            entry.advance(bytes)?;
        }
        if found { Ok(()) } else { Err(PinError::NotNeeded { digest: descriptor.digest }) }
    }

    /// The image with its platforms.
    ///
    /// # Errors
    /// Something is still needed, a platform asked for is not there, there is none at all, or the
    /// reference names an artifact that is no image.
    pub fn finish(self) -> Result<PinnedImage, PinError> {
        if let Some(need) = self.needs().first() {
            return Err(PinError::Incomplete { digest: need.descriptor().digest });
        }
        let artifact = |entry: &Entry| entry.declared.is_some() && matches!(entry.state, State::Artifact);
        let unreadable = self.unreadable || self.entries.iter().any(artifact);
        let images = self.entries.into_iter().filter_map(|entry| match entry.state {
            State::Done(image) => Some(image),
            _ => None,
        });
        let images: Vec<PlatformImage> = images.collect();
        if !self.index && images.is_empty() {
            return Err(PinError::NotAnImage { digest: self.digest });
        }
        check_asked(&self.filter, &images, &self.offered)?;
        let platforms: Vec<PlatformImage> =
            images.into_iter().filter(|image| self.filter.allows(&image.platform)).collect();
        if platforms.is_empty() {
            return Err(PinError::NoPlatform { digest: self.digest });
        }
        let manifests = platforms.iter().filter(|_| self.index).map(|image| image.manifest).collect();
        let complete = !self.index || (self.filter == PlatformFilter::All && !unreadable);
        let Self { reference, digest, index, .. } = self;
        Ok(PinnedImage { reference, digest, index, complete, unread: unreadable, manifests, platforms })
    }

    /// The image by its digest only: manifests and configurations of the platforms are not read, so
    /// nothing but signatures and attestations can be bound to it, and it may be any artifact.
    #[must_use]
    pub fn finish_digest(self) -> PinnedImage {
        let manifests = self.entries.iter().filter(|_| self.index).map(|entry| entry.digest).collect();
        let complete = !self.index || (self.filter == PlatformFilter::All && !self.unreadable);
        let Self { reference, digest, index, unreadable, .. } = self;
        PinnedImage {
            reference,
            digest,
            index,
            complete,
            unread: unreadable,
            manifests,
            platforms: Vec::new(),
        }
    }
}

impl Entry {
    fn advance(&mut self, bytes: &[u8]) -> Result<(), PinError> {
        self.state = match &self.state {
            State::NeedsManifest(descriptor) => {
                State::after_manifest(Manifest::from_slice(bytes, Some(&descriptor.media_type))?)
            }
            State::NeedsConfig { config, layers } => {
                State::Done(platform_image(self.digest, self.declared.as_ref(), config, *layers, bytes)?)
            }
            State::Artifact | State::Done(_) => return Ok(()),
        };
        Ok(())
    }
}

impl State {
    fn after_manifest(manifest: Manifest) -> Self {
        match manifest.config.media_type.as_str() {
            media_type::OCI_CONFIG | media_type::DOCKER_CONFIG => {
                Self::NeedsConfig { layers: manifest.layers.len(), config: manifest.config }
            }
            _ => Self::Artifact,
        }
    }
}

fn offered(entries: &[Descriptor]) -> Vec<Platform> {
    let platforms = entries.iter().filter_map(|entry| entry.platform.clone());
    platforms.filter(|platform| !platform.is_unknown()).collect()
}

/// The entries of an index that a runtime could pick and the filter does not rule out. An entry
/// without a platform has to be read to know.
///
/// Only the platform decides: an annotation that calls a manifest an attestation does not keep a
/// runtime from running it.
fn select(entries: Vec<Descriptor>, filter: &PlatformFilter) -> Vec<Entry> {
    let mut selected: Vec<Entry> = Vec::new();
    for descriptor in entries {
        let runnable = match &descriptor.platform {
            Some(platform) => !platform.is_unknown() && filter.allows(platform),
            None => true,
        };
        let known = selected.iter().any(|entry| entry.digest == descriptor.digest);
        if runnable && is_known(&descriptor) && !known {
            let declared = descriptor.platform.clone();
            selected.push(Entry {
                digest: descriptor.digest,
                declared,
                state: State::NeedsManifest(descriptor),
            });
        }
    }
    selected
}

fn names_platform(entry: &Descriptor) -> bool {
    entry.platform.as_ref().is_some_and(|platform| !platform.is_unknown())
}

/// An index in an index is read, and then refused.
fn is_known(entry: &Descriptor) -> bool {
    let known = [
        media_type::OCI_MANIFEST,
        media_type::DOCKER_MANIFEST,
        media_type::OCI_INDEX,
        media_type::DOCKER_LIST,
    ];
    known.contains(&entry.media_type.as_str())
}

fn check_content(descriptor: &Descriptor, bytes: &[u8]) -> Result<(), PinError> {
    let found = Digest::of(descriptor.digest.algorithm(), bytes);
    if found != descriptor.digest {
        return Err(PinError::Digest { expected: descriptor.digest, found });
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size != descriptor.size {
        return Err(PinError::Size { digest: found, expected: descriptor.size, found: size });
    }
    Ok(())
}

fn check_asked(
    filter: &PlatformFilter,
    images: &[PlatformImage],
    offered: &[Platform],
) -> Result<(), PinError> {
    let PlatformFilter::Only(asked) = filter else { return Ok(()) };
    let absent = asked.iter().find(|asked| !images.iter().any(|image| image.platform.matches(asked)));
    match absent {
        None => Ok(()),
        Some(asked) => {
            let mut available: Vec<Platform> = images.iter().map(|image| image.platform.clone()).collect();
            available.extend(offered.iter().cloned());
            available.sort();
            available.dedup();
            Err(PinError::PlatformAbsent { asked: asked.clone(), available: Platforms(available) })
        }
    }
}

fn platform_image(
    manifest: Digest,
    declared: Option<&Platform>,
    config: &Descriptor,
    layers: usize,
    bytes: &[u8],
) -> Result<PlatformImage, PinError> {
    let read: ImageConfig = json::from_slice(bytes).map_err(PinError::Config)?;
    if read.rootfs.diff_ids.len() != layers {
        return Err(PinError::Layers { manifest, layers, diff_ids: read.rootfs.diff_ids.len() });
    }
    let platform = read.platform_or(declared);
    if let Some(declared) = declared
        && (declared.os != platform.os || declared.architecture != platform.architecture)
    {
        return Err(PinError::PlatformDisagreement { manifest, index: declared.clone(), config: platform });
    }
    Ok(PlatformImage { manifest, platform, config: config.digest, diff_ids: read.rootfs.diff_ids })
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

impl ImageConfig {
    /// The platform; where the configuration names none, that of the index, else `unknown/unknown`.
    fn platform_or(&self, declared: Option<&Platform>) -> Platform {
        if self.os.is_empty() && self.architecture.is_empty() {
            return declared.cloned().unwrap_or_else(Platform::unknown);
        }
        let variant = self.variant.clone().filter(|variant| !variant.is_empty());
        let variant = variant.or_else(|| declared.and_then(|declared| declared.variant.clone()));
        Platform { os: self.os.clone(), architecture: self.architecture.clone(), variant }
    }
}

/// The `rootfs` object of a configuration.
#[derive(Clone, Debug, Deserialize)]
pub struct RootFs {
    /// Digests of the uncompressed layers, in order.
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
}

/// Platforms in an error message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Platforms(pub Vec<Platform>);

impl fmt::Display for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (number, platform) in self.0.iter().enumerate() {
            write!(f, "{}{platform}", if number == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Why an image was not pinned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The configuration is not one.
    #[error("image configuration is not readable: {0}")]
    Config(#[source] JsonError),
    /// The bytes are not those of the digest that was asked for.
    #[error("content has digest {found}, expected {expected}")]
    Digest {
        /// Asked for.
        expected: Digest,
        /// Computed.
        found: Digest,
    },
    /// The bytes are not a manifest or index.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Finished too early.
    #[error("{digest} was not read")]
    Incomplete {
        /// What is missing.
        digest: Digest,
    },
    /// The configuration has another number of layers than the manifest.
    #[error("manifest {manifest} has {layers} layers, its configuration has {diff_ids}")]
    Layers {
        /// The manifest.
        manifest: Digest,
        /// Layers in the manifest.
        layers: usize,
        /// Layers in the configuration.
        diff_ids: usize,
    },
    /// No runnable platform.
    #[error("{digest} has no runnable platform")]
    NoPlatform {
        /// The index.
        digest: Digest,
    },
    /// An artifact without an image configuration.
    #[error("{digest} is an artifact, not a container image")]
    NotAnImage {
        /// The manifest.
        digest: Digest,
    },
    /// Bytes that nothing asked for.
    #[error("{digest} is not part of the image")]
    NotNeeded {
        /// What was supplied.
        digest: Digest,
    },
    /// A platform that was asked for is not there.
    #[error("platform {asked} is not in the image; it has {available}")]
    PlatformAbsent {
        /// Asked for.
        asked: Platform,
        /// There.
        available: Platforms,
    },
    /// Index and configuration name different platforms.
    #[error("index says that {manifest} is {index}, its configuration says {config}")]
    PlatformDisagreement {
        /// The manifest.
        manifest: Digest,
        /// According to the index.
        index: Platform,
        /// According to the configuration.
        config: Platform,
    },
    /// The content has another size than its descriptor says.
    #[error("{digest} has {found} bytes, its descriptor says {expected}")]
    Size {
        /// The content.
        digest: Digest,
        /// According to the descriptor.
        expected: u64,
        /// Counted.
        found: u64,
    },
}

#[cfg(test)]
impl PinnedImage {
    /// For the unit tests of other modules only: nothing was hashed.
    pub(crate) fn for_test(digest: Digest, platforms: Vec<PlatformImage>) -> Self {
        let reference = Reference::parse("registry.example/app:1.0").unwrap();
        let index = platforms.first().is_none_or(|platform| platform.manifest != digest);
        let manifests = platforms.iter().map(|platform| platform.manifest).collect();
        Self { reference, digest, index, complete: true, unread: false, manifests, platforms }
    }

    /// The same with one platform only, as if the others had not been asked for.
    pub(crate) fn filtered_for_test(mut self) -> Self {
        self.platforms.truncate(1);
        self.manifests.truncate(1);
        Self { complete: false, ..self }
    }
}

#[cfg(test)]
impl PlatformImage {
    /// For the unit tests of other modules only: nothing was hashed.
    pub(crate) fn for_test(
        manifest: Digest,
        platform: Platform,
        config: Digest,
        diff_ids: Vec<Digest>,
    ) -> Self {
        Self { manifest, platform, config, diff_ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(media_type: &str, bytes: &str, extra: &str) -> String {
        let digest = Digest::sha256(bytes.as_bytes());
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{}{extra}}}"#, bytes.len())
    }

    fn config(os: &str, architecture: &str) -> String {
        let diff_id = Digest::sha256(b"layer");
        format!(
            r#"{{"os":"{os}","architecture":"{architecture}","rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#
        )
    }

    fn manifest(config: &str, config_type: &str) -> String {
        let config = descriptor(config_type, config, "");
        let layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "gz", "");
        format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layer}]}}"#)
    }

    fn entry(manifest: &str, platform: Option<(&str, &str)>) -> String {
        let extra = platform.map_or_else(String::new, |(os, architecture)| {
            format!(r#","platform":{{"os":"{os}","architecture":"{architecture}"}}"#)
        });
        descriptor(media_type::OCI_MANIFEST, manifest, &extra)
    }

    fn index(entries: &[String]) -> String {
        format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","))
    }

    fn start(document: &str, filter: PlatformFilter) -> Result<Pinning, PinError> {
        Pinning::start(Reference::parse("registry.example/app:1").unwrap(), document.as_bytes(), None, filter)
    }

    /// Supplies everything from `store`, as a source would.
    fn run(mut pinning: Pinning, store: &[String]) -> Result<PinnedImage, PinError> {
        while let Some(need) = pinning.needs().into_iter().next() {
            let wanted = need.descriptor().digest;
            let bytes = store.iter().find(|bytes| Digest::sha256(bytes.as_bytes()) == wanted).unwrap();
            pinning.supply(&need, bytes.as_bytes())?;
        }
        pinning.finish()
    }

    fn only(platform: &str) -> PlatformFilter {
        PlatformFilter::Only(vec![platform.parse().unwrap()])
    }

    /// An index of amd64, arm64 and a build-kit attestation, with all its parts.
    fn two_platforms() -> (String, Vec<String>) {
        let configs = [config("linux", "amd64"), config("linux", "arm64")];
        let manifests = configs.each_ref().map(|config| manifest(config, media_type::OCI_CONFIG));
        let index = index(&[
            entry(&manifests[0], Some(("linux", "amd64"))),
            entry(&manifests[1], Some(("linux", "arm64"))),
            entry("attestation", Some(("unknown", "unknown"))),
        ]);
        (index, configs.into_iter().chain(manifests).collect())
    }

    #[test]
    fn pins_a_manifest() {
        let config = config("linux", "amd64");
        let manifest = manifest(&config, media_type::DOCKER_CONFIG);
        let image =
            run(start(&manifest, PlatformFilter::All).unwrap(), std::slice::from_ref(&config)).unwrap();
        assert_eq!(*image.digest(), Digest::sha256(manifest.as_bytes()));
        assert!(!image.is_index() && image.manifests().is_empty());
        let [platform] = image.platforms() else { panic!("one platform") };
        assert_eq!(platform.manifest(), image.digest());
        assert_eq!(*platform.config(), Digest::sha256(config.as_bytes()));
        assert_eq!(platform.platform().to_string(), "linux/amd64");
        assert_eq!(platform.diff_ids(), [Digest::sha256(b"layer")]);
        let refused = run(start(&manifest, only("linux/arm64")).unwrap(), &[config]).unwrap_err();
        assert_eq!(refused.to_string(), "platform linux/arm64 is not in the image; it has linux/amd64");
    }

    #[test]
    fn pins_an_index() {
        let (index, store) = two_platforms();
        let image = run(start(&index, PlatformFilter::All).unwrap(), &store).unwrap();
        assert!(image.is_index());
        assert_eq!(image.manifests().len(), 2);
        let platforms: Vec<String> =
            image.platforms().iter().map(|image| image.platform().to_string()).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
        let image = run(start(&index, only("linux/arm64/v8")).unwrap(), &store).unwrap();
        assert_eq!(image.platforms().len(), 1);
        let refused = run(start(&index, only("linux/s390x")).unwrap(), &store).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "platform linux/s390x is not in the image; it has linux/amd64, linux/arm64"
        );
    }

    #[test]
    fn pins_a_digest_only() {
        let (index, _) = two_platforms();
        let image = start(&index, PlatformFilter::All).unwrap().finish_digest();
        assert!(image.is_index() && image.platforms().is_empty());
        assert_eq!(image.manifests().len(), 2);
    }

    #[test]
    fn reads_an_entry_without_platform() {
        let config = config("linux", "amd64");
        let image = manifest(&config, media_type::OCI_CONFIG);
        let chart = manifest("{}", "application/vnd.cncf.helm.config.v1+json");
        let index = index(&[entry(&image, None), entry(&chart, None)]);
        let pinned = run(start(&index, PlatformFilter::All).unwrap(), &[config, image, chart]).unwrap();
        assert_eq!(pinned.platforms().len(), 1);
    }

    #[test]
    fn complete_or_not() {
        let (index, store) = two_platforms();
        assert!(run(start(&index, PlatformFilter::All).unwrap(), &store).unwrap().is_complete());
        assert!(!run(start(&index, only("linux/arm64")).unwrap(), &store).unwrap().is_complete());
        assert!(start(&index, PlatformFilter::All).unwrap().finish_digest().is_complete());
        assert!(!start(&index, only("linux/amd64")).unwrap().finish_digest().is_complete());

        let config = config("linux", "amd64");
        let image = manifest(&config, media_type::OCI_CONFIG);
        let chart = manifest("{}", "application/vnd.cncf.helm.config.v1+json");
        let arm = r#","platform":{"os":"linux","architecture":"arm64"}"#;
        let old = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        let good = entry(&image, Some(("linux", "amd64")));
        for (other, complete) in [
            (entry(&chart, None), true),
            (entry(&chart, Some(("linux", "arm64"))), false),
            (descriptor(old, "{}", ""), true),
            (descriptor(old, "{}", arm), false),
        ] {
            let index = super::tests::index(&[good.clone(), other.clone()]);
            let store = [config.clone(), image.clone(), chart.clone()];
            let pinned = run(start(&index, PlatformFilter::All).unwrap(), &store).unwrap();
            assert_eq!(pinned.platforms().len(), 1);
            assert_eq!(pinned.is_complete(), complete, "{other}");
        }
    }

    #[test]
    fn refuses_an_index_in_an_index() {
        let inner = index(&[]);
        let outer = index(&[descriptor(media_type::OCI_INDEX, &inner, "")]);
        let error = run(start(&outer, PlatformFilter::All).unwrap(), &[inner]).unwrap_err();
        assert!(matches!(error, PinError::Document(DocumentError::Unexpected { found: "index" })));
    }

    #[test]
    fn an_annotation_hides_no_platform() {
        let config = config("linux", "amd64");
        let image = manifest(&config, media_type::OCI_CONFIG);
        let extra = concat!(
            r#","platform":{"os":"linux","architecture":"amd64"},"#,
            r#""annotations":{"vnd.docker.reference.type":"attestation-manifest"}"#
        );
        let index = index(&[descriptor(media_type::OCI_MANIFEST, &image, extra)]);
        let pinned = run(start(&index, PlatformFilter::All).unwrap(), &[config, image]).unwrap();
        assert_eq!(pinned.platforms().len(), 1);
    }

    #[test]
    fn refuses_other_bytes() {
        let (index, store) = two_platforms();
        let reference = Reference::parse("registry.example/app:1").unwrap();
        let pinned = reference.with_digest(Digest::sha256(b"other"));
        let error = Pinning::start(pinned, index.as_bytes(), None, PlatformFilter::All).unwrap_err();
        assert!(matches!(error, PinError::Digest { .. }));

        let mut pinning = start(&index, PlatformFilter::All).unwrap();
        let needs = pinning.needs();
        assert!(matches!(pinning.supply(&needs[0], b"other"), Err(PinError::Digest { .. })));
        assert!(matches!(pinning.supply(&needs[0], store[3].as_bytes()), Err(PinError::Digest { .. })));
        let mut shorter = needs[0].descriptor().clone();
        shorter.size -= 1;
        let error = pinning.supply(&Need::Manifest(shorter), store[2].as_bytes()).unwrap_err();
        assert!(matches!(error, PinError::Size { .. }));
        let mut stranger = needs[0].descriptor().clone();
        stranger.digest = Digest::sha256(b"stranger");
        stranger.size = 8;
        let error = pinning.supply(&Need::Manifest(stranger), b"stranger").unwrap_err();
        assert!(matches!(error, PinError::NotNeeded { .. }));
        assert!(matches!(pinning.finish(), Err(PinError::Incomplete { .. })));
    }

    #[test]
    fn refuses_what_is_no_image() {
        let chart = manifest("{}", "application/vnd.cncf.helm.config.v1+json");
        let error = run(start(&chart, PlatformFilter::All).unwrap(), &[]).unwrap_err();
        assert!(matches!(error, PinError::NotAnImage { .. }));
        let attestations = index(&[entry("attestation", Some(("unknown", "unknown")))]);
        let error = run(start(&attestations, PlatformFilter::All).unwrap(), &[]).unwrap_err();
        assert!(matches!(error, PinError::NoPlatform { .. }));
        assert!(matches!(start("{}", PlatformFilter::All), Err(PinError::Document(_))));
    }

    #[test]
    fn refuses_a_configuration_that_disagrees() {
        let arm = config("linux", "arm64");
        let image = manifest(&arm, media_type::OCI_CONFIG);
        let index = index(&[entry(&image, Some(("linux", "amd64")))]);
        let error = run(start(&index, PlatformFilter::All).unwrap(), &[arm, image]).unwrap_err();
        assert!(matches!(error, PinError::PlatformDisagreement { .. }));

        let empty = r#"{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]}}"#.to_owned();
        let image = manifest(&empty, media_type::OCI_CONFIG);
        let error = run(start(&image, PlatformFilter::All).unwrap(), &[empty]).unwrap_err();
        assert!(matches!(error, PinError::Layers { layers: 1, diff_ids: 0, .. }));

        for broken in ["{}", "", r#"{"rootfs":{"diff_ids":["md5:00"]}}"#] {
            let image = manifest(broken, media_type::OCI_CONFIG);
            let error = run(start(&image, PlatformFilter::All).unwrap(), &[broken.to_owned()]).unwrap_err();
            assert!(matches!(error, PinError::Config(_)), "{broken}");
        }
    }

    #[test]
    fn an_image_from_scratch_takes_the_platform_of_the_index() {
        let scratch = config("", "");
        let image = manifest(&scratch, media_type::OCI_CONFIG);
        let index = index(&[entry(&image, Some(("linux", "amd64")))]);
        let store = [scratch.clone(), image.clone()];
        let pinned = run(start(&index, PlatformFilter::All).unwrap(), &store).unwrap();
        assert_eq!(pinned.platforms()[0].platform().to_string(), "linux/amd64");
        let pinned = run(start(&image, PlatformFilter::All).unwrap(), &store).unwrap();
        assert!(pinned.platforms()[0].platform().is_unknown());
    }
}
