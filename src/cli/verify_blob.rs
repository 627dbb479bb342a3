//! `portcullis verify-blob`: the bundles of a file.

use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::bundle::FileFormat;
use portcullis::crypto;
use portcullis::crypto::NpmKey;
use portcullis::digest;
use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::limits;
use portcullis::pipeline::FileInquiry;
use portcullis::pipeline::FileVerification;
use portcullis::report;
use portcullis::verify::Artifact;
use portcullis::verify::SignerPolicy;
use serde::Serialize;

use super::arguments::SignerArguments;
use super::arguments::TrustArguments;
use super::context;
use super::output;
use super::output::Format;
use super::output::Problem;
use super::ready::Ready;
use super::verified::Outcome;
use super::verified::Proof;
use super::verify;
use super::verify::TrustDocument;

/// Verify the sigstore bundles of a file
///
/// Takes bundles that hold a signature over the file, and attestations that have it as a subject. Give
/// --identity and --issuer, or --key. Of a package of npm, both attestations must hold and name one package,
/// unless --type asks for one. Opens no socket. Exit code 0: verified, 1: refused, 2: no answer.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Sigstore bundle, v0.1 to v0.3; several, one a line (gh attestation download); or the attestations of a
    /// package as npm or PyPI answer them
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The file, - for stdin, or its digest: sha256:HEX or sha512:HEX
    #[arg(value_name = "FILE|DIGEST")]
    artifact: PathBuf,
    /// Only an attestation of this type: slsaprovenance1, spdxjson, ..., a URI, or any; repeated: each of them
    /// must be there
    #[arg(long = "type", value_name = "TYPE")]
    predicate_types: Vec<String>,
    /// Keys of the npm registry, which sign that a package was published: what
    /// https://registry.npmjs.org/-/npm/v1/keys answers
    #[arg(long, value_name = "FILE")]
    npm_keys: Option<PathBuf>,
    /// Accepted for the sake of scripts: this command never opens a socket
    #[arg(long)]
    offline: bool,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    signer: SignerArguments,
    #[command(flatten)]
    trust: TrustArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> super::Outcome {
    let (signers, npm_keys) = options.signers()?;
    let inquiry = FileInquiry {
        asked: match options.predicate_types.as_slice() {
            [] => Vec::new(),
            types => verify::asked(types)?,
        },
        signers,
        npm_keys,
        domains: options.trust.domains()?,
    };
    let file = verify::read_bundles(&options.bundle)?;
    let npm = file.format == FileFormat::Npm || options.npm_keys.is_some();
    let input = Input::read(&options.artifact, if npm { Algorithm::Sha512 } else { Algorithm::Sha256 })?;
    let FileVerification { result, rejected } = inquiry.judge(&file, &input.artifact());
    let (ready, found) = (options.ready(), options.signer.any_identity());
    let (outcome, subject) = match &result {
        Ok(held) => {
            let proofs: Vec<Proof> = held.iter().map(|held| Proof::new(held, None)).collect();
            let command = found.then(|| proofs.first()?.ready(&ready)).flatten();
            let mut outcome = Outcome::verified(proofs, &rejected, Vec::new());
            outcome.hint = command.map(|command| format!("to ask for this signer: {command}"));
            (outcome, held.first().map(|held| *held.proof.subject()))
        }
        Err(failure) => {
            let mut outcome = Outcome::verified(Vec::new(), &rejected, Vec::new());
            outcome.refuse(failure, &[], &ready);
            (outcome.or_hint(npm_hint(options, npm)), None)
        }
    };
    let artifact = ArtifactName { name: options.artifact.display().to_string(), digest: subject };
    let document = Document {
        schema_version: report::SCHEMA_VERSION,
        insecure: verify::insecure(&options.signer, &options.trust),
        trust: inquiry.domains.iter().map(TrustDocument::from).collect(),
        artifact,
        outcome,
    };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document, out),
        Format::Text => document.text(out),
    })?;
    Ok(document.outcome.result.into())
}

/// The publish attestation of npm is signed by a key that must be given.
fn npm_hint(options: &Options, npm: bool) -> Option<String> {
    let ask = npm && options.npm_keys.is_none() && options.predicate_types.is_empty();
    ask.then(|| {
        "npm signs that a package was published: give its keys with --npm-keys FILE, or ask for the provenance \
         alone with --type"
            .to_owned()
    })
}

impl Options {
    fn signers(&self) -> Result<(Vec<SignerPolicy>, Vec<NpmKey>), Problem> {
        let keys = match &self.npm_keys {
            None => Vec::new(),
            Some(path) => {
                let bytes = context::read_file(path, limits::KEY_BYTES)?;
                crypto::npm_keys(&bytes)
                    .map_err(|error| Problem::new(format_args!("{}: {error}", path.display())).code("key"))?
            }
        };
        Ok((self.signer.policies()?, keys))
    }

    fn ready(&self) -> Ready {
        let mut words = self.signer.claim_words();
        for predicate_type in &self.predicate_types {
            words.extend(["--type".to_owned(), predicate_type.clone()]);
        }
        if let Some(path) = &self.npm_keys {
            words.extend(["--npm-keys".to_owned(), path.display().to_string()]);
        }
        words.extend(self.trust.words());
        words.extend(["--bundle".to_owned(), self.bundle.display().to_string()]);
        Ready::new("verify-blob", words).with(&self.artifact.display().to_string())
    }
}

/// The outcome.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    insecure: Vec<&'static str>,
    trust: Vec<TrustDocument>,
    artifact: ArtifactName,
    #[serde(flatten)]
    outcome: Outcome,
}

/// The file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactName {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

impl Document {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        self.outcome.text(out)
    }
}

/// The file, as far as it is needed.
enum Input {
    Bytes(Vec<u8>),
    Digest(Digest),
}

impl Input {
    /// A file of that name comes first, as in cosign; a large one is hashed, not kept.
    fn read(path: &Path, large_by: Algorithm) -> Result<Self, Problem> {
        let digest = path.to_str().filter(|_| !path.exists()).and_then(|text| Digest::parse(text).ok());
        if let Some(digest) = digest {
            return Ok(Self::Digest(digest));
        }
        let problem =
            |error| Problem::new(format_args!("cannot read {}: {error}", path.display())).code("file");
        let large = path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > IN_MEMORY);
        if large {
            let file = File::open(path).map_err(problem)?;
            let (digest, _) = digest::hash_reader(large_by, file).map_err(problem)?;
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

/// Files up to this size are kept in memory, which signatures over the bytes themselves (Ed25519) need; larger
/// ones are verified by their SHA-256, packages of npm by their SHA-512.
const IN_MEMORY: u64 = 256 << 20;
