//! `portcullis verify-blob`: the bundle of a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::digest;
use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::limits;
use portcullis::verify::Artifact;
use portcullis::verify::Blob;
use portcullis::verify::Rejected;
use portcullis::verify::Verified;
use portcullis::verify::VerifyError;

use super::Outcome;
use super::arguments::SignerArguments;
use super::arguments::TrustArguments;
use super::context;
use super::output;
use super::output::Exit;
use super::output::Format;
use super::output::Problem;
use super::verified;
use super::verified::Document;
use super::verified::Proof;
use super::verified::REFUSED;
use super::verified::Refusal;
use super::verified::VERIFIED;

/// Verify the sigstore bundle of a file
///
/// Takes bundles that hold a signature over the file, and attestations that have it as a subject. Give
/// --identity and --issuer, or --key. Opens no socket. Exit code 0: verified, 1: refused, 2: no answer.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Sigstore bundle, v0.1 to v0.3
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The file, - for stdin, or its digest: sha256:HEX or sha512:HEX
    #[arg(value_name = "FILE|DIGEST")]
    artifact: PathBuf,
    /// Accepted for the sake of scripts: this command never opens a socket
    #[arg(long)]
    offline: bool,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    signer: SignerArguments,
    #[command(flatten)]
    trust: TrustArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let signer = options.signer.policy()?;
    let candidate = Candidate {
        kind: CandidateKind::Bundle,
        payload: context::read_file(&options.bundle, limits::BUNDLE_BYTES)?,
        annotations: BTreeMap::new(),
        origin: Origin { place: Place::File, attached_to: None, manifest: None, layer: 0 },
    };
    let input = Input::read(&options.artifact)?;
    let verifier = options.trust.verifier()?;
    let result = verifier.blob(&input.artifact(), &candidate, &signer, options.trust.requirements());
    let document = document(result, &candidate);
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document, out),
        Format::Text => document.text(out),
    })?;
    Ok(if document.verified.is_empty() { Exit::Refused } else { Exit::Pass })
}

/// The file, as far as it is needed.
enum Input {
    Bytes(Vec<u8>),
    Digest(Digest),
}

impl Input {
    /// A file of that name comes first, as in cosign; a large one is hashed, not kept.
    fn read(path: &Path) -> Result<Self, Problem> {
        let digest = path.to_str().filter(|_| !path.exists()).and_then(|text| Digest::parse(text).ok());
        if let Some(digest) = digest {
            return Ok(Self::Digest(digest));
        }
        let problem = |error| Problem::new(format_args!("cannot read {}: {error}", path.display()));
        let large = path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > IN_MEMORY);
        if large {
            let file = File::open(path).map_err(problem)?;
            let (digest, _) = digest::hash_reader(Algorithm::Sha256, file).map_err(problem)?;
            return Ok(Self::Digest(digest));
        }
        Ok(Self::Bytes(context::read_file(path, IN_MEMORY)?))
    }

    fn artifact(&self) -> Artifact<'_> {
        match self {
            Self::Bytes(bytes) => Artifact::Bytes(bytes),
            Self::Digest(digest) => Artifact::Digest(*digest),
        }
    }
}

fn document(result: Result<Verified<Blob>, VerifyError>, candidate: &Candidate) -> Document {
    let mut document = Document {
        schema_version: 1,
        result: VERIFIED,
        reference: None,
        digest: None,
        verified: Vec::new(),
        rejected: Vec::new(),
        looked: Vec::new(),
        error: None,
        hint: None,
    };
    match result {
        Ok(verified) => {
            let what = match verified.value() {
                Blob::Attestation(statement) => format!("attestation {}", statement.predicate_type()),
                Blob::Signature => "signature".to_owned(),
            };
            document.digest = Some(*verified.subject());
            document.verified.push(Proof::new(&verified, what));
        }
        Err(error) => {
            document.result = REFUSED;
            document.error = Some(error.to_string());
            document.hint = verified::hint(&error);
            let rejected = Rejected { origin: candidate.origin.clone(), kind: candidate.kind, error };
            document.rejected.push(Refusal::from(&rejected));
        }
    }
    document
}

/// Files up to this size are kept in memory, which signatures over the bytes themselves (Ed25519) need; larger
/// ones are verified by their SHA-256.
const IN_MEMORY: u64 = 256 << 20;
