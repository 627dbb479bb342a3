//! What `verify` and `verify-attestation` share: reading an image with what is attached to it, and choosing
//! and verifying the candidates as cosign does.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures_util::StreamExt;
use futures_util::stream;
use portcullis::bundle::Bundle;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Content;
use portcullis::digest::Digest;
use portcullis::evidence;
use portcullis::evidence::Collected;
use portcullis::evidence::EvidenceError;
use portcullis::evidence::Lookup;
use portcullis::evidence::Presence;
use portcullis::evidence::Skip;
use portcullis::intoto::Statement;
use portcullis::oci::PinnedImage;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::ImageSource;
use portcullis::source::Layout;
use portcullis::source::Outcome;
use portcullis::source::Source;
use portcullis::source::SourceError;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verified;
use portcullis::verify::Verifier;
use portcullis::verify::VerifyError;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::error::Failure;
use super::error::Result;
use crate::cli::context;
use crate::cli::registry;

/// An image and everything attached to it.
#[derive(Debug)]
pub(super) struct Image {
    /// As it was typed.
    pub(super) typed: String,
    /// As cosign names it in its output.
    pub(super) name: String,
    /// The digest that it has now.
    pub(super) digest: Digest,
    /// What may be a signature or attestation.
    pub(super) candidates: Vec<Candidate>,
    /// What is listed as attached to it, and is not there.
    gone: Option<String>,
    /// Where was looked for them, in words.
    looked: Vec<String>,
}

/// How candidates lie in the registry. cosign looks at one of both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    /// Sigstore bundles, as referrers.
    Bundle,
    /// `.sig` and `.att` tags.
    Legacy,
}

/// Why an image could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The registry has no such image.
    NoSuchTag(String),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

/// Where images are read.
pub(super) struct Images<'a> {
    /// How registries are reached.
    pub(super) registry: &'a RegistryFlags,
    /// What is attached to the images is meant instead of themselves (`sbom`).
    pub(super) attachment: Option<&'a str>,
    /// Images are directories.
    pub(super) local: bool,
    /// How many are read at once.
    pub(super) workers: usize,
    /// Time for all of them together, and what is told.
    pub(super) global: &'a GlobalFlags,
}

impl Images<'_> {
    /// Reads images side by side, each in full, and hands them to `each` in their order until it fails.
    pub(super) fn read(
        &self,
        typed: &[String],
        mut each: impl FnMut(std::result::Result<Image, Unread>) -> Result,
    ) -> Result {
        let lookup = self.lookup()?;
        let references: Vec<_> = typed.iter().map(|typed| (typed, self.reference(typed))).collect();
        let mut sources: HashMap<String, Source> = HashMap::new();
        for reference in references.iter().filter_map(|(_, reference)| reference.as_ref().ok()) {
            let key = reference.registry().map_or_else(|| reference.to_string(), str::to_owned);
            if let Entry::Vacant(entry) = sources.entry(key) {
                entry.insert(self.open(reference)?);
            }
        }
        let flow = async {
            let jobs = references.into_iter().map(|(typed, reference)| {
                let (sources, lookup) = (&sources, &lookup);
                async move {
                    let reference = reference?;
                    let key = reference.registry().map_or_else(|| reference.to_string(), str::to_owned);
                    let Some(source) = sources.get(&key) else {
                        return Err(Failure::new(format!("no source for {reference}")).into());
                    };
                    self.read_one(source, typed, &reference, lookup).await
                }
            });
            let mut read = stream::iter(jobs).buffered(self.workers.max(1));
            while let Some(image) = read.next().await {
                if let Ok(image) = &image {
                    image.looked.iter().for_each(|looked| self.global.debug(looked));
                }
                each(image)?;
            }
            Ok(())
        };
        let network = sources.values().any(context::is_network);
        context::block_on_for(network, self.global.timeout, flow)?.unwrap_or_else(|| {
            Err(Failure::new("context deadline exceeded").with_hint("--timeout allows more time"))
        })
    }

    async fn read_one(
        &self,
        source: &impl ImageSource,
        typed: &str,
        reference: &Reference,
        lookup: &Lookup,
    ) -> std::result::Result<Image, Unread> {
        let Some(attachment) = self.attachment else { return read(source, typed, reference, lookup).await };
        let image = resolve(source, reference).await?;
        let tag =
            format!("{}{}.{attachment}", lookup.tag_prefix, image.digest().to_string().replace(':', "-"));
        let attached = reference.with_tag(&tag).map_err(|error| Failure::new(error.to_string()))?;
        read(source, typed, &attached, lookup).await
    }

    fn reference(&self, typed: &str) -> Result<Reference> {
        let text = if self.local { format!("oci:{typed}") } else { typed.to_owned() };
        Reference::parse(&text).map_err(|error| {
            Failure::new(format!("parsing reference: could not parse reference: {typed}: {error}"))
        })
    }

    fn open(&self, reference: &Reference) -> Result<Source> {
        match reference.layout() {
            Some(directory) => {
                Layout::open(directory).map(Source::Layout).map_err(|error| Failure::new(error.to_string()))
            }
            None => Ok(registry::open(&self.registry.access()?, &[reference])?),
        }
    }

    fn lookup(&self) -> Result<Lookup> {
        let repository =
            context::variable("COSIGN_REPOSITORY").map(|text| Reference::parse(&text)).transpose();
        let repository =
            repository.map_err(|error| Failure::new(format!("parsing $COSIGN_REPOSITORY: {error}")))?;
        let tag_prefix = self.registry.attachment_tag_prefix.clone().unwrap_or_default();
        Ok(Lookup { repository, tag_prefix, attachment_bytes: super::arguments::max_attachment_size()? })
    }
}

/// cosign looks at the digest that is named, never at the platforms of an index.
async fn resolve(
    source: &impl ImageSource,
    reference: &Reference,
) -> std::result::Result<PinnedImage, Unread> {
    let image = source::resolve_digest(source, reference, PlatformFilter::Only(Vec::new())).await;
    image.map_err(|error| unresolved(&error))
}

async fn read(
    source: &impl ImageSource,
    typed: &str,
    reference: &Reference,
    lookup: &Lookup,
) -> std::result::Result<Image, Unread> {
    let image = resolve(source, reference).await?;
    let collected = evidence::collect_with(source, &image, lookup).await.map_err(|error| unread(&error))?;
    let gone = gone(&collected);
    let looked = collected.looked.iter().map(ToString::to_string).collect();
    let local = reference.layout().is_some();
    Ok(Image {
        typed: typed.to_owned(),
        name: if local { typed.to_owned() } else { go_name(reference) },
        digest: *image.digest(),
        candidates: collected.candidates,
        gone,
        looked,
    })
}

fn unresolved(error: &SourceError) -> Unread {
    match error.outcome() {
        Outcome::NotFound => Unread::NoSuchTag(error.to_string()),
        _ => Failure::new(error.to_string()).into(),
    }
}

fn unread(error: &EvidenceError) -> Failure {
    Failure::new(format!("reading signatures and attestations: {error}")).with_hint(NOT_UNSIGNED)
}

/// Why nothing was found or accepted where something is listed as attached to the image and is not there: it may
/// have been what was looked for.
pub(super) fn gone(collected: &Collected) -> Option<String> {
    let gone = collected.looked.iter().find(|looked| looked.presence == Presence::Skipped(Skip::Gone))?;
    Some(format!("{} is listed as attached to the image, but it is not there", gone.at))
}

/// A reference as go-containerregistry writes it.
pub(super) fn go_name(reference: &Reference) -> String {
    let name = reference.name();
    let name = match name.strip_prefix("docker.io/") {
        Some(rest) => format!("index.docker.io/{rest}"),
        None => name,
    };
    match (reference.digest(), reference.tag()) {
        (Some(digest), _) => format!("{name}@{digest}"),
        (None, tag) => format!("{name}:{}", tag.unwrap_or("latest")),
    }
}

/// The format that cosign chooses: bundles if the image has one and they are not turned off.
pub(super) fn format(image: &Image, bundles: bool) -> Format {
    match bundles && image.of_kind(CandidateKind::Bundle).next().is_some() {
        true => Format::Bundle,
        false => Format::Legacy,
    }
}

impl Image {
    /// The refusal, unless it is not known that there is nothing better.
    pub(super) fn refusal(&self, refusal: Failure) -> Failure {
        match &self.gone {
            Some(gone) => Failure::new(gone.clone()).with_hint(NOT_UNSIGNED),
            None => refusal,
        }
    }

    /// What `cosign sign` would have signed for this image, for a signature that is given without its payload.
    pub(super) fn implied_payload(&self) -> Vec<u8> {
        let repository = self.name.split('@').next().unwrap_or_default();
        let repository = match repository.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => repository,
        };
        let payload = serde_json::json!({
            "critical": {
                "identity": { "docker-reference": repository },
                "image": { "docker-manifest-digest": self.digest.to_string() },
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        payload.to_string().into_bytes()
    }

    /// The candidates of one kind.
    pub(super) fn of_kind(&self, kind: CandidateKind) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(move |candidate| candidate.kind == kind)
    }
}

/// What every signature must meet.
pub(super) struct Check<'a> {
    /// Prepared for the trusted root.
    pub(super) verifier: &'a Verifier,
    /// Whose signature it must be.
    pub(super) signer: &'a SignerPolicy,
    /// Which witnesses it needs.
    pub(super) requirements: Requirements,
    /// Whether it must be about the image (`--check-claims`).
    pub(super) claims: bool,
    /// What must stand beside the digest (`-a`).
    pub(super) annotations: &'a BTreeMap<String, String>,
}

/// A candidate that verified.
pub(super) struct Accepted<'a, T> {
    /// Where it came from.
    pub(super) candidate: &'a Candidate,
    /// What it says.
    pub(super) verified: Verified<T>,
}

/// The candidates that verified, and cosign's words for why the others did not.
pub(super) type Judged<'a, T> = (Vec<Accepted<'a, T>>, Vec<String>);

impl Check<'_> {
    /// Judges statements: any predicate type, as cosign does.
    pub(super) fn statements<'a>(
        &self,
        image: &Image,
        candidates: impl Iterator<Item = &'a Candidate>,
    ) -> Judged<'a, Statement> {
        self.judge(
            image,
            candidates,
            |subjects, candidate| {
                self.verifier.attestations(subjects, &[], candidate, self.signer, self.requirements)
            },
            |verified| {
                let subject = verified.value().subject(verified.subject());
                subject.and_then(|subject| subject.annotations().cloned()).unwrap_or_default()
            },
        )
    }

    /// Judges simple-signing signatures.
    pub(super) fn signatures<'a>(
        &self,
        image: &Image,
        candidates: impl Iterator<Item = &'a Candidate>,
    ) -> Judged<'a, portcullis::verify::ImageSignature> {
        self.judge(
            image,
            candidates,
            |subjects, candidate| {
                self.verifier.signatures(subjects, candidate, self.signer, self.requirements)
            },
            |verified| verified.value().annotations.clone(),
        )
    }

    fn judge<'a, T>(
        &self,
        image: &Image,
        candidates: impl Iterator<Item = &'a Candidate>,
        verify: impl Fn(
            &[Digest],
            &[Candidate],
        )
            -> std::result::Result<portcullis::verify::Accepted<T>, portcullis::verify::Failure>,
        annotations: impl Fn(&Verified<T>) -> BTreeMap<String, serde_json::Value>,
    ) -> Judged<'a, T> {
        let mut accepted = Vec::new();
        let mut refused = Vec::new();
        for candidate in candidates {
            // A bundle is held to the image also with --check-claims=false, as in cosign.
            let bound = self.claims || candidate.kind == CandidateKind::Bundle;
            let subjects = if bound { vec![image.digest] } else { claimed(candidate) };
            match verify(&subjects, std::slice::from_ref(candidate)) {
                Ok(portcullis::verify::Accepted { verified, .. }) => {
                    for verified in verified {
                        if self.claims && !self.annotated(&annotations(&verified)) {
                            refused.push("missing or incorrect annotation".to_owned());
                        } else {
                            accepted.push(Accepted { candidate, verified });
                        }
                    }
                }
                Err(failure) => {
                    let kind = candidate.kind;
                    refused
                        .extend(failure.rejected().map(|rejected| in_cosigns_words(&rejected.error, kind)));
                }
            }
        }
        (accepted, refused)
    }

    fn annotated(&self, found: &BTreeMap<String, serde_json::Value>) -> bool {
        self.annotations
            .iter()
            .all(|(key, value)| found.get(key).and_then(serde_json::Value::as_str) == Some(value.as_str()))
    }
}

/// The digests that a candidate claims to be about: for `--check-claims=false`, where it need not be the image.
pub(super) fn claimed(candidate: &Candidate) -> Vec<Digest> {
    let Ok(bundle) = Bundle::from_candidate(candidate) else { return Vec::new() };
    match bundle.content() {
        Content::Envelope(envelope) => match Statement::from_slice(&envelope.payload) {
            Ok(statement) => statement.subjects().iter().flat_map(|subject| subject.digests()).collect(),
            Err(_) => Vec::new(),
        },
        Content::Message { payload: Some(payload), .. } => {
            let payload: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
            let digest = payload
                .as_ref()
                .and_then(|payload| payload.pointer("/critical/image/docker-manifest-digest"));
            digest
                .and_then(serde_json::Value::as_str)
                .and_then(|text| Digest::parse(text).ok())
                .into_iter()
                .collect()
        }
        Content::Message { .. } => Vec::new(),
    }
}

/// What cosign says about such a candidate, so that scripts that look for it find it, and what was found.
pub(super) fn in_cosigns_words(error: &VerifyError, kind: CandidateKind) -> String {
    use portcullis::identity::IdentityError;
    let legacy = kind != CandidateKind::Bundle;
    match error {
        VerifyError::Identity(IdentityError::San { expected, found, .. }) if !legacy => format!(
            "failed to verify certificate identity: no matching CertificateIdentity found, last error: \
             expected SAN value {expected}, got {found:?}"
        ),
        VerifyError::Identity(IdentityError::San { found, .. }) if legacy => format!(
            "none of the expected identities matched what was in the certificate, got subjects [{found}]: {error}"
        ),
        VerifyError::Identity(error) if legacy => {
            format!("none of the expected identities matched what was in the certificate: {error}")
        }
        VerifyError::Identity(error) => {
            format!(
                "failed to verify certificate identity: no matching CertificateIdentity found, last error: {error}"
            )
        }
        VerifyError::Material { found: "a certificate", .. } if !legacy => {
            "expected key signature, not certificate".to_owned()
        }
        VerifyError::Material { .. } if !legacy => "expected a certificate, not a key signature".to_owned(),
        VerifyError::Subject { found, .. } if legacy => {
            format!("invalid or missing digest in claim: {}", found.join(", "))
        }
        VerifyError::Subject { .. } => {
            format!(
                "failed to verify signature: provided artifact digest does not match any digest in statement: {error}"
            )
        }
        VerifyError::SimpleSigning { .. } if !legacy => {
            format!("bundle does not contain a DSSE envelope: {error}")
        }
        VerifyError::NoTime { .. } | VerifyError::CertificateChain { .. } if !legacy => {
            format!("failed to verify leaf certificate: {error}")
        }
        _ if legacy => error.to_string(),
        _ => format!("failed to verify signature: {error}"),
    }
}

/// What to make of evidence that could not be read.
const NOT_UNSIGNED: &str = "nothing is known about the signature; this is not the same as unsigned";
