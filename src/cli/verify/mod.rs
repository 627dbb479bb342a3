//! `portcullis verify`: signatures and attestations of images.

mod images;

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use portcullis::bundle::BundleFile;
use portcullis::bundle::Candidate;
use portcullis::digest::Digest;
use portcullis::limits;
use portcullis::pipeline::Asked;
use portcullis::pipeline::Coverage;
use portcullis::pipeline::Inquiry;
use portcullis::predicate::PredicateType;
use portcullis::report;
use portcullis::report::printable;
use serde::Serialize;

use self::images::Images;
use super::arguments::ImagesArguments;
use super::arguments::SignerArguments;
use super::arguments::TrustArguments;
use super::context;
use super::output;
use super::output::Format;
use super::output::Problem;
use super::output::say;
use super::ready::Ready;
use super::verified::Outcome;
use super::verified::Verdict;

/// Verify signatures of images, or attestations of them
///
/// Looks at the referrers API, the referrers tag, .sig and .att tags, of each image and of its platform
/// manifests; one candidate that verifies is enough. Give --identity and --issuer, or --key. Signatures in
/// another repository: COSIGN_REPOSITORY names it. Exit code 0: all are verified, 1: one is refused, 2: none
/// is refused, and of one there is no answer.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// Verify an attestation instead of a signature: spdxjson, slsaprovenance1, vuln, ..., a URI, or any;
    /// repeated: each of them must be there
    #[arg(long = "type", value_name = "TYPE")]
    predicate_types: Vec<String>,
    /// The index and each platform manifest in it must be signed or attested themselves
    #[arg(long)]
    recursive: bool,
    /// Bundles in a file, besides those at the image: one bundle, one a line (gh attestation download), ...;
    /// with --offline and IMAGE@DIGEST instead of them
    #[arg(long, value_name = "FILE")]
    bundle: Vec<PathBuf>,
    /// Output format
    #[arg(long, short = 'o', visible_alias = "output", value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    signer: SignerArguments,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    images: ImagesArguments,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> super::Outcome {
    let signers = options.signer.policies()?;
    let texts = options.images.texts()?;
    let inquiry = Inquiry {
        asked: asked(&options.predicate_types)?,
        signers,
        domains: options.trust.domains()?,
        coverage: if options.recursive { Coverage::Each } else { Coverage::Whole },
    };
    let files = options.files()?;
    let reach = &options.images.reach;
    // A registry may take seconds; on a terminal somebody waits.
    let files_only = reach.offline || reach.archive.is_some();
    if !files_only && texts.iter().any(|text| !text.starts_with("oci")) && io::stderr().is_terminal() {
        say(format_args!("reading {} ...", texts.join(", ")));
    }
    let images = Images {
        lookup: reach.registry.lookup()?,
        ready: options.ready(),
        reach,
        files: &files,
        full: options.recursive,
        any_identity: options.signer.any_identity(),
        inquiry: Arc::new(inquiry),
    };
    let outcomes = images.verify(&texts)?;
    let worst = outcomes.iter().map(|image| image.outcome.result).max().unwrap_or(Verdict::Undecided);
    let document = Document {
        schema_version: report::SCHEMA_VERSION,
        result: worst,
        insecure: insecure(&options.signer, &options.trust),
        trust: images.inquiry.domains.iter().map(TrustDocument::from).collect(),
        images: outcomes,
    };
    output::stdout(|out| match options.format {
        Format::Json => output::json(&document, out),
        Format::Text => document.text(out),
    })?;
    Ok(worst.into())
}

/// What is asked for by `--type`: each of them.
pub(super) fn asked(types: &[String]) -> Result<Vec<Asked>, Problem> {
    if types.is_empty() {
        return Ok(vec![Asked::Signature]);
    }
    let mut asked: Vec<Asked> = Vec::new();
    for text in types {
        let kind = match text.as_str() {
            "any" => Asked::AnyAttestation,
            text => Asked::Attestation(PredicateType::parse(text).map_err(Problem::usage)?),
        };
        if !asked.contains(&kind) {
            asked.push(kind);
        }
    }
    Ok(asked)
}

/// What a signature need not meet, by option.
pub(super) fn insecure(signer: &SignerArguments, trust: &TrustArguments) -> Vec<&'static str> {
    signer.any_identity().then_some("any-identity").into_iter().chain(trust.insecure()).collect()
}

impl Options {
    /// The candidates of `--bundle`.
    fn files(&self) -> Result<Vec<Candidate>, Problem> {
        let mut candidates = Vec::new();
        for path in &self.bundle {
            candidates.extend(read_bundles(path)?.candidates);
        }
        Ok(candidates)
    }

    fn ready(&self) -> Ready {
        let mut words = self.signer.claim_words();
        for predicate_type in &self.predicate_types {
            words.extend(["--type".to_owned(), predicate_type.clone()]);
        }
        words.extend(self.recursive.then(|| "--recursive".to_owned()));
        for path in &self.bundle {
            words.extend(["--bundle".to_owned(), path.display().to_string()]);
        }
        words.extend(self.trust.words());
        words.extend(self.images.reach.words());
        Ready::new("verify", words)
    }
}

/// Reads a file of bundles.
pub(super) fn read_bundles(path: &std::path::Path) -> Result<BundleFile, Problem> {
    let bytes = context::read_file(path, limits::BUNDLE_BYTES)?;
    BundleFile::from_slice(&bytes).map_err(|error| {
        Problem::new(format_args!("{} holds no bundle: {error}", path.display())).code(error.rule()).hint(
            "a bundle is a sigstore bundle v0.1 to v0.3, one or one a line, or the attestations that npm, PyPI or \
             GitHub answer",
        )
    })
}

/// The outcome of all.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    result: Verdict,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    insecure: Vec<&'static str>,
    trust: Vec<TrustDocument>,
    images: Vec<ImageDocument>,
}

/// A trusted root.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrustDocument {
    name: String,
    digest: Digest,
}

impl From<&portcullis::pipeline::TrustDomain> for TrustDocument {
    fn from(domain: &portcullis::pipeline::TrustDomain) -> Self {
        Self { name: domain.name().to_owned(), digest: *domain.digest() }
    }
}

/// The outcome of one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageDocument {
    image: ImageName,
    #[serde(flatten)]
    outcome: Outcome,
}

/// The image, as in a decision of `gate`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageName {
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

impl Document {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        if let [image] = self.images.as_slice() {
            return image.outcome.text(out);
        }
        for image in &self.images {
            writeln!(out, "image     {}", printable(&image.image.reference))?;
            image.outcome.text(out)?;
            writeln!(out)?;
        }
        let count = |verdict| self.images.iter().filter(|image| image.outcome.result == verdict).count();
        writeln!(
            out,
            "{} images: {} verified, {} refused, {} undecided",
            self.images.len(),
            count(Verdict::Verified),
            count(Verdict::Refused),
            count(Verdict::Undecided)
        )
    }
}
