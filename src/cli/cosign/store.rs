//! What the commands that look at registries and move images share.

use std::path::Path;

use portcullis::evidence;
use portcullis::evidence::Collected;
use portcullis::evidence::Lookup;
use portcullis::oci::Document;
use portcullis::oci::PinnedImage;
use portcullis::oci::Platform;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::ImageSource;
use portcullis::source::Layout;
use portcullis::source::Outcome;
use portcullis::source::Registry;
use portcullis::source::Source;
use portcullis::source::SourceError;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::error::Failure;
use super::error::Result;
use crate::cli::context;
use crate::cli::registry;

/// An image of a registry, and the way to it.
pub(super) struct Place {
    /// As it was typed, which is how cosign repeats it.
    pub(super) typed: String,
    /// What that means.
    pub(super) reference: Reference,
    source: Source,
}

impl Place {
    /// The image of the one argument that a command takes.
    pub(super) fn only(images: &[String], registry: &RegistryFlags) -> Result<Self> {
        match images {
            [image] => Self::open(image, registry),
            other => Err(count(1, other.len())),
        }
    }

    /// Prepares the way to an image; opens no connection yet.
    pub(super) fn open(typed: &str, flags: &RegistryFlags) -> Result<Self> {
        let reference = Reference::parse(typed)
            .map_err(|error| Failure::new(format!("could not parse reference: {typed}: {error}")))?;
        if reference.registry().is_none() {
            return Err(Failure::new(format!("could not parse reference: {typed}: it names no registry")));
        }
        let source = registry::open(&flags.access()?, &[&reference])?;
        Ok(Self { typed: typed.to_owned(), reference, source })
    }

    /// The registry.
    pub(super) fn registry(&self) -> Result<&Registry> {
        match &self.source {
            Source::Registry(registry) => Ok(registry),
            _ => Err(Failure::new(format!("{}: not in a registry", self.typed))),
        }
    }

    /// The image alone, without the platforms of an index.
    pub(super) async fn resolve(&self) -> Result<PinnedImage> {
        let nothing = PlatformFilter::Only(Vec::new());
        source::resolve_digest(&self.source, &self.reference, nothing).await.map_err(|error| absent(&error))
    }

    /// The image of one platform of an index, where one is named.
    pub(super) async fn on_platform(&self, platform: Option<&str>) -> Result<Reference> {
        let Some(asked) = platform.filter(|platform| !platform.is_empty()) else {
            return Ok(self.reference.clone());
        };
        let platform: Platform =
            asked.parse().map_err(|error| Failure::new(format!("parsing platform: {error}")))?;
        let fetched = self.source.manifest(&self.reference).await.map_err(|error| absent(&error))?;
        let document = Document::from_slice(&fetched.bytes, fetched.media_type.as_deref());
        let document = document.map_err(|error| Failure::new(error.to_string()))?;
        let Document::Index(index) = document else {
            return Err(Failure::new("specified reference is not a multiarch image"));
        };
        let matches = |found: &Platform| found.matches(&platform);
        let mut found = index.manifests.iter().filter(|entry| entry.platform.as_ref().is_some_and(matches));
        match (found.next(), found.next()) {
            (None, _) => Err(Failure::new(format!("unable to find an entity for {asked}"))),
            (Some(_), Some(_)) => {
                Err(Failure::new(format!("platform spec matches more than one image architecture: {asked}")))
            }
            (Some(entry), None) => Ok(self.reference.with_digest(entry.digest)),
        }
    }

    /// Everything that is attached to `at`, and nothing that is attached to its platforms.
    pub(super) async fn collect(&self, at: &Reference, lookup: &Lookup) -> Result<Collected> {
        let nothing = PlatformFilter::Only(Vec::new());
        let image =
            source::resolve_digest(&self.source, at, nothing).await.map_err(|error| absent(&error))?;
        let collected = evidence::collect_with(&self.source, &image, lookup).await;
        collected.map_err(|error| Failure::new(error.to_string()))
    }
}

impl RegistryFlags {
    /// Where evidence is looked for.
    pub(super) fn lookup(&self) -> Result<Lookup> {
        let repository =
            context::variable("COSIGN_REPOSITORY").map(|text| Reference::parse(&text)).transpose();
        let repository =
            repository.map_err(|error| Failure::new(format!("parsing $COSIGN_REPOSITORY: {error}")))?;
        let tag_prefix = self.attachment_tag_prefix.clone().unwrap_or_default();
        Ok(Lookup { repository, tag_prefix, attachment_bytes: super::arguments::max_attachment_size()? })
    }
}

/// Runs a flow for as long as `--timeout` allows.
pub(super) fn run<T>(global: &GlobalFlags, flow: impl Future<Output = Result<T>>) -> Result<T> {
    context::block_on_for(true, global.timeout, flow)?.unwrap_or_else(|| {
        Err(Failure::new("context deadline exceeded").with_hint("--timeout allows more time"))
    })
}

/// Opens what `cosign save` wrote.
pub(super) fn open_layout(directory: &Path) -> Result<Layout> {
    Layout::open(directory).map_err(|error| Failure::new(format!("signed image index: {error}")))
}

/// What cosign says of an image that is not there; any other failure is told as it is.
pub(super) fn absent(error: &SourceError) -> Failure {
    match error.outcome() {
        Outcome::NotFound => Failure::new(format!("entity not found in registry, error: {error}")),
        _ => Failure::new(error.to_string()),
    }
}

/// cobra's `ExactArgs`.
pub(super) fn count(wanted: usize, found: usize) -> Failure {
    Failure::new(format!("accepts {wanted} arg(s), received {found}"))
}

/// cobra's `MarkFlagRequired`.
pub(super) fn required<'a, T>(flag: &str, value: Option<&'a T>) -> Result<&'a T> {
    value.ok_or_else(|| Failure::new(format!("required flag(s) {flag:?} not set")))
}
