//! What `verify-blob` and `verify-blob-attestation` have in common: the file, and what is said to be its
//! signature.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use portcullis::bundle::BlobBundle;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::digest;
use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::limits;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::Verifier;
use portcullis::verify::VerifyError;

use super::arguments::TrustFlags;
use super::error::Failure;
use super::error::Result;
use super::flags;
use super::image;
use super::material;
use crate::cli::context;

/// Where the signature is.
#[derive(Args, Clone, Debug)]
pub(super) struct BlobFlags {
    /// path to bundle FILE
    #[arg(long, value_name = "FILE")]
    pub(super) bundle: Option<PathBuf>,
    /// path to RFC3161 timestamp FILE
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) rfc3161_timestamp: Option<PathBuf>,
    /// signature content or path
    #[arg(long, hide = true, value_name = "SIGNATURE")]
    pub(super) signature: Option<String>,
}

impl BlobFlags {
    /// The candidate, and whether it is a bundle: cosign looks into the file, unless it is told not to.
    pub(super) fn candidate(&self, trust: &TrustFlags, legacy: CandidateKind) -> Result<Candidate> {
        let bundle = self.bundle.as_deref().map(|path| read(path, limits::BUNDLE_BYTES));
        if let Some(Ok(bytes)) = &bundle
            && trust.new_bundle_format
            && is_bundle(bytes)
        {
            self.refuse_beside_bundles(trust)?;
            return Ok(material::candidate(CandidateKind::Bundle, bytes.clone(), BTreeMap::new()));
        }
        if trust.trusted_root.is_some() {
            let why = match &bundle {
                Some(Err(error)) => error.message().to_owned(),
                Some(Ok(_)) => "the file of --bundle is not a sigstore bundle".to_owned(),
                None => "there is no --bundle".to_owned(),
            };
            return Err(Failure::new("--trusted-root only supported with --new-bundle-format").with_hint(why));
        }
        self.check_timestamp(trust)?;
        let bundle = bundle.transpose()?.map(|bytes| BlobBundle::from_slice(&bytes)).transpose();
        let bundle = bundle.map_err(|error| Failure::new(format!("reading the bundle: {error}")))?;
        self.legacy(trust, legacy, bundle.as_ref())
    }

    /// A signature with its certificate and log entry from wherever they were given. What is given twice must
    /// be the same (GHSA-8gw7-4j42-w388: a bundle that is about something else).
    fn legacy(
        &self,
        trust: &TrustFlags,
        kind: CandidateKind,
        bundle: Option<&BlobBundle>,
    ) -> Result<Candidate> {
        let mut annotations = bundle.map(BlobBundle::annotations).unwrap_or_default();
        let given = material::certificate(trust)?;
        let certificates = (given.get(material::CERTIFICATE), annotations.get(material::CERTIFICATE));
        if let (Some(given), Some(bundled)) = certificates
            && pem_body(given) != pem_body(bundled)
        {
            return Err(Failure::new("the cert passed in does not match the cert in the provided bundle"));
        }
        annotations.extend(given);
        if let Some(path) = &self.rfc3161_timestamp {
            let text = String::from_utf8(read(path, limits::KEY_BYTES)?);
            let text = text.map_err(|_| Failure::new(format!("{} is not JSON", path.display())))?;
            annotations.insert(TIMESTAMP.to_owned(), text);
        }
        let payload = match kind {
            CandidateKind::LegacyAttestation => self.envelope(bundle)?,
            _ => {
                annotations.insert(material::SIGNATURE.to_owned(), self.signature(bundle)?);
                Vec::new()
            }
        };
        Ok(material::candidate(kind, payload, annotations))
    }

    fn signature(&self, bundle: Option<&BlobBundle>) -> Result<String> {
        match (&self.signature, bundle) {
            (Some(given), bundle) => {
                refuse_address(given)?;
                let given = material::signature(given)?;
                if bundle.is_some_and(|bundle| bundle.signature() != given) {
                    return Err(Failure::new(
                        "error verifying bundle: signature in bundle does not match signature being verified",
                    ));
                }
                Ok(given)
            }
            (None, Some(bundle)) => Ok(bundle.signature().to_owned()),
            (None, None) => Err(Failure::new("missing flag '--signature'")),
        }
    }

    /// The envelope of an attestation: in the bundle's place for a signature, or a file.
    fn envelope(&self, bundle: Option<&BlobBundle>) -> Result<Vec<u8>> {
        let bundled = bundle.map(|bundle| STANDARD.decode(bundle.signature())).transpose();
        let bundled = bundled.map_err(|error| Failure::new(format!("decoding signature: {error}")))?;
        let given = self.signature.as_ref().map(|path| read(Path::new(path), limits::ATTACHMENT_BYTES));
        match (given.transpose()?, bundled) {
            (Some(given), Some(bundled)) if given != bundled => Err(Failure::new(
                "error verifying bundle: signature in bundle does not match signature being verified",
            )),
            (Some(envelope), _) | (None, Some(envelope)) => Ok(envelope),
            (None, None) => Err(Failure::new(
                "please specify path to the DSSE envelope signature via --signature or --bundle",
            )),
        }
    }

    fn refuse_beside_bundles(&self, trust: &TrustFlags) -> Result {
        trust.refuse_beside_bundles()?;
        let refused = [
            (self.signature.is_some(), "signature may not be provided using --signature"),
            (
                self.rfc3161_timestamp.is_some(),
                "RFC3161 timestamp may not be provided using --rfc3161-timestamp",
            ),
        ];
        match refused.iter().find(|(given, _)| *given) {
            Some((_, what)) => {
                Err(Failure::new(format!("unsupported: {what} when using --new-bundle-format")))
            }
            None => Ok(()),
        }
    }

    fn check_timestamp(&self, trust: &TrustFlags) -> Result {
        let asked = trust.use_signed_timestamps || trust.timestamp_certificate_chain.is_some();
        match (self.rfc3161_timestamp.is_some(), asked) {
            (true, false) => Err(Failure::new(
                "when specifying --rfc3161-timestamp-path, you must also specify --use-signed-timestamps or \
                 --timestamp-certificate-chain",
            )),
            (false, true) => Err(Failure::new(
                "when specifying --use-signed-timestamps or --timestamp-certificate-chain, you must also \
                 specify --rfc3161-timestamp-path",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses combinations, in cosign's order and words.
    pub(super) fn check(&self, trust: &TrustFlags) -> Result {
        trust.check()?;
        let certificate = trust.certificate.is_some();
        if trust.key.is_none() && !certificate && self.bundle.is_none() {
            return Err(Failure::new(
                "provide a key with --key or --sk, a certificate to verify against with --certificate, or a \
                 bundle with --bundle",
            ));
        }
        if trust.key.is_some() && certificate {
            return Err(Failure::new(
                "exactly one of: key reference (--key), certificate (--cert) or hardware token (--sk) must be \
                 provided",
            ));
        }
        Ok(())
    }
}

/// One verification, ready to be made.
pub(super) struct Prepared {
    /// What is to be verified.
    pub(super) candidate: Candidate,
    /// Prepared for the trusted root.
    pub(super) verifier: Verifier,
    /// Which witnesses it needs.
    pub(super) requirements: Requirements,
    offline: bool,
}

impl Prepared {
    /// Reads the signature and the trusted root.
    pub(super) fn new(
        blob: &BlobFlags,
        trust: &TrustFlags,
        requirements: Requirements,
        legacy: CandidateKind,
    ) -> Result<Self> {
        let candidate = blob.candidate(trust, legacy)?;
        let root = trust.root()?;
        let verifier = Verifier::new(&root).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Self { candidate, verifier, requirements, offline: trust.offline })
    }

    /// The failure for a refusal.
    pub(super) fn refusal(&self, error: &VerifyError) -> Failure {
        let failure = Failure::new(image::in_cosigns_words(error, self.candidate.kind));
        match error {
            VerifyError::Subject { .. } if self.candidate.kind != CandidateKind::Bundle => {
                Failure::new(format!("no matching subject digest found: {error}"))
            }
            VerifyError::NoLogEntry if self.offline => failure.context("offline verification failed"),
            VerifyError::NoLogEntry => failure.with_hint(
                "no transparency log is asked: give the file that cosign wrote with --bundle, which has the \
                 entry in it, or --insecure-ignore-tlog if the signature was never logged",
            ),
            _ => failure,
        }
    }
}

/// A file, or what is known of it.
pub(super) enum Input {
    /// It was read.
    Bytes(Vec<u8>),
    /// Only this is known of it.
    Digest(Digest),
}

impl Input {
    /// A file of that name comes first, as in cosign, and a digest is enough for a bundle only; a large file is
    /// hashed, not kept.
    pub(super) fn read(typed: &str, kind: CandidateKind) -> Result<Self> {
        let path = Path::new(typed);
        let digest = Some(typed).filter(|_| kind == CandidateKind::Bundle && !path.exists());
        let digest = digest.and_then(|text| Digest::parse(text).ok());
        if let Some(digest) = digest {
            return Ok(Self::Digest(digest));
        }
        refuse_address(typed)?;
        Ok(match path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > IN_MEMORY) {
            true => Self::Digest(hash(path, Algorithm::Sha256)?),
            false => Self::Bytes(read(path, IN_MEMORY)?),
        })
    }

    /// For the verifier.
    pub(super) fn artifact(&self) -> Artifact<'_> {
        match self {
            Self::Bytes(bytes) => Artifact::Bytes(bytes),
            Self::Digest(digest) => Artifact::Digest(*digest),
        }
    }
}

/// The digest of a file.
pub(super) fn hash(path: &Path, algorithm: Algorithm) -> Result<Digest> {
    let file = File::open(path).map_err(|error| unopened(path, &error))?;
    let (digest, _) = digest::hash_reader(algorithm, file).map_err(|error| unopened(path, &error))?;
    Ok(digest)
}

/// Reads a file, or stdin for `-`; says as Go does that it cannot.
pub(super) fn read(path: &Path, ceiling: u64) -> Result<Vec<u8>> {
    context::read_bounded(path, ceiling).map_err(|error| unopened(path, &error))
}

/// As Go says it.
fn unopened(path: &Path, error: &std::io::Error) -> Failure {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(format!("open {}: {reason}", path.display()))
}

fn refuse_address(text: &str) -> Result {
    match flags::is_address(text) {
        true => Err(Failure::unsupported(
            &format!("fetching {text}"),
            "nothing but images is fetched: download the file first and give its name",
        )),
        false => Ok(()),
    }
}

/// Whether a file claims to be a sigstore bundle: it has a media type, which the older file has not.
fn is_bundle(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        media_type: Option<String>,
    }
    let head = serde_json::from_slice::<Head>(bytes).ok().and_then(|head| head.media_type);
    head.is_some_and(|media_type| !media_type.is_empty())
}

/// What PEM is about, whatever its line breaks.
fn pem_body(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Annotation of a layer with an RFC 3161 timestamp.
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// Above this size a file is hashed as it is read.
const IN_MEMORY: u64 = 64 << 20;
