//! `cosign verify`.

use std::collections::BTreeMap;
use std::io;

use clap::ArgAction;
use clap::Args;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::intoto::Statement;
use portcullis::limits;
use portcullis::verify::ImageSignature;
use portcullis::verify::Signer;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::arguments::TrustFlags;
use super::error::Failure;
use super::error::Result;
use super::error::code;
use super::header;
use super::header::Header;
use super::image;
use super::image::Accepted;
use super::image::Check;
use super::image::Format;
use super::image::Image;
use super::image::Images;
use super::image::Unread;
use super::material;
use crate::cli::context;
use crate::cli::output::say;

/// Verify a signature on the supplied container image
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) flags: VerifyFlags,
    /// Images, or directories with --local-image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// The flags of `verify`, which `dockerfile verify` and `manifest verify` have too.
#[derive(Args, Debug)]
pub(super) struct VerifyFlags {
    /// extra key=value pairs that must have been signed
    #[arg(long, short = 'a', value_name = "KEY=VALUE", value_delimiter = ',')]
    annotations: Vec<String>,
    /// whether to check the claims found
    #[arg(long, action = ArgAction::SetFalse)]
    check_claims: bool,
    /// whether the specified image is a path to an image saved locally via 'cosign save'
    #[arg(long)]
    local_image: bool,
    /// output format for the signing image information
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "json")]
    output: String,
    /// related image attachment to verify
    #[arg(long, hide = true, value_name = "KIND")]
    attachment: Option<String>,
    /// signature content or path or remote URL
    #[arg(long, hide = true, value_name = "SIGNATURE")]
    signature: Option<String>,
    /// payload path or remote URL
    #[arg(long, value_name = "FILE")]
    payload: Option<std::path::PathBuf>,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    trust: TrustFlags,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    if options.images.is_empty() {
        return Err(Failure::new("requires at least 1 arg(s), only received 0"));
    }
    images(&options.flags, &options.images, global)
}

/// Verifies images one after the other; the first that fails ends the command.
pub(super) fn images(flags: &VerifyFlags, typed: &[String], global: &GlobalFlags) -> Result {
    flags.trust.check()?;
    flags.check_attachment()?;
    let annotations = parse_annotations(&flags.annotations)?;
    let signer = flags.trust.signer()?;
    let requirements = flags.trust.requirements("signature");
    let root = flags.trust.root()?;
    let verifier =
        portcullis::verify::Verifier::new(&root).map_err(|error| Failure::new(error.to_string()))?;
    let check = Check {
        verifier: &verifier,
        signer: &signer,
        requirements,
        claims: flags.check_claims,
        annotations: &annotations,
    };
    let images = Images {
        registry: &flags.registry,
        attachment: flags.attachment.as_deref(),
        local: flags.local_image,
        workers: usize::try_from(flags.trust.max_workers).unwrap_or(1),
        global,
    };
    let mut format = None;
    images.read(typed, |image| {
        let image = image.map_err(unread)?;
        // cosign decides by the first image for all of them, except for directories.
        let chosen = image::format(&image, flags.trust.new_bundle_format);
        let format = if flags.local_image { chosen } else { *format.get_or_insert(chosen) };
        match format {
            Format::Bundle => bundles(flags, global, &check, &image),
            Format::Legacy => legacy(flags, global, &check, &image),
        }
    })
}

fn unread(unread: Unread) -> Failure {
    match unread {
        Unread::NoSuchTag(error) => {
            Failure::new(format!("image tag not found: {error}")).with_code(code::NO_SUCH_TAG)
        }
        Unread::Other(failure) => failure,
    }
}

fn bundles(flags: &VerifyFlags, global: &GlobalFlags, check: &Check<'_>, image: &Image) -> Result {
    flags.trust.refuse_beside_bundles()?;
    let (accepted, refused) = check.statements(image, image.of_kind(CandidateKind::Bundle));
    if accepted.is_empty() {
        let failure = Failure::new(format!("no matching attestations: {}", refused.join("\n")));
        return Err(image.refusal(failure));
    }
    Header::of(&image.name, check, &accepted).print();
    let claims: Vec<Claims> = accepted.iter().map(|accepted| Claims::of_statement(image, accepted)).collect();
    global.stdout(|out| match flags.is_text() {
        true => claims.iter().try_for_each(|claims| writeln!(out, "{}", go_json(claims)?)),
        false => writeln!(out, "\n{}", go_json(&claims)?),
    })?;
    Ok(())
}

fn legacy(flags: &VerifyFlags, global: &GlobalFlags, check: &Check<'_>, image: &Image) -> Result {
    let candidates = flags.candidates(image)?;
    let (accepted, refused) = check.signatures(image, candidates.iter());
    // A directory has no exit codes of its own in cosign.
    let coded = |failure: Failure, code| if flags.local_image { failure } else { failure.with_code(code) };
    if accepted.is_empty() && refused.is_empty() {
        return Err(image.refusal(match flags.local_image {
            true => Failure::new(format!("no signatures associated with the image saved in {}", image.typed)),
            false => Failure::new("no signatures found").with_code(code::NO_SIGNATURES),
        }));
    }
    if accepted.is_empty() {
        let failure = Failure::new(format!("no matching signatures: {}", refused.join("\n ")));
        return Err(image.refusal(coded(failure, code::NO_MATCHING_SIGNATURES)));
    }
    Header::of(&image.name, check, &accepted).print();
    if flags.is_text() {
        return text(&accepted, global);
    }
    let claims: Vec<Claims> = accepted.iter().filter_map(Claims::of_signature).collect();
    global.stdout(|out| writeln!(out, "\n{}", go_json(&claims)?))?;
    Ok(())
}

/// Certificates on stderr, payloads on stdout.
fn text(accepted: &[Accepted<'_, ImageSignature>], global: &GlobalFlags) -> Result {
    for Accepted { candidate, verified } in accepted {
        header::print_certificate(verified.signer());
        global.stdout(|out| out.write_all(&candidate.payload).and_then(|()| writeln!(out)))?;
    }
    Ok(())
}

impl VerifyFlags {
    /// The signatures of the image, or the one that is given; with the certificate that is given.
    fn candidates(&self, image: &Image) -> Result<Vec<Candidate>> {
        let certificate = material::certificate(&self.trust)?;
        let mut candidates: Vec<Candidate> = match &self.signature {
            None => image.of_kind(CandidateKind::LegacySignature).cloned().collect(),
            Some(signature) => {
                let payload = match &self.payload {
                    Some(path) => context::read_file(path, limits::ATTACHMENT_BYTES)?,
                    None => image.implied_payload(),
                };
                let signature = [(material::SIGNATURE.to_owned(), material::signature(signature)?)];
                vec![material::candidate(CandidateKind::LegacySignature, payload, signature.into())]
            }
        };
        for candidate in &mut candidates {
            candidate.annotations.extend(certificate.clone());
        }
        Ok(candidates)
    }

    fn check_attachment(&self) -> Result {
        match self.attachment.as_deref() {
            None | Some("") => Ok(()),
            Some("sbom") => {
                say(
                    "WARNING: SBOM attachments are deprecated and support will be removed in a Cosign release soon \
                     after 2024-02-22 (see https://github.com/sigstore/cosign/issues/2755). Instead, please use \
                     SBOM attestations.",
                );
                Ok(())
            }
            Some(other) => Err(Failure::new("flag: help requested")
                .with_hint(format!("--attachment {other:?} is not known; sbom is"))),
        }
    }

    /// Everything but `text` is JSON to cosign.
    fn is_text(&self) -> bool {
        self.output == "text"
    }
}

/// `key=value` pairs.
fn parse_annotations(pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let pair = |pair: &String| match pair.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Failure::new(format!("unable to parse annotation: {pair}"))),
    };
    pairs.iter().map(pair).collect()
}

/// What cosign prints of a signature: `payload.SimpleContainerImage` of sigstore.
#[derive(Deserialize, Serialize)]
struct Claims {
    critical: Critical,
    optional: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize, Serialize)]
struct Critical {
    identity: Identity,
    image: Subject,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Serialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    docker_reference: String,
}

#[derive(Deserialize, Serialize)]
struct Subject {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: String,
}

impl Claims {
    fn of_statement(image: &Image, accepted: &Accepted<'_, Statement>) -> Self {
        let statement = accepted.verified.value();
        let subject = statement.subject(accepted.verified.subject());
        let annotations = subject.and_then(|subject| subject.annotations().cloned());
        Self {
            critical: Critical {
                identity: Identity { docker_reference: image.name.clone() },
                image: Subject { docker_manifest_digest: accepted.verified.subject().to_string() },
                kind: statement.predicate_type().to_owned(),
            },
            optional: Some(annotations.unwrap_or_default()),
        }
    }

    /// The payload with certificate and log entry beside the signer's own annotations.
    fn of_signature(accepted: &Accepted<'_, ImageSignature>) -> Option<Self> {
        let mut claims: Self = serde_json::from_slice(&accepted.candidate.payload).ok()?;
        let mut optional = claims.optional.take().unwrap_or_default();
        let empty = optional.is_empty();
        if let Signer::Certificate(identity) = accepted.verified.signer() {
            let mut insert = |key: &str, value: &str| optional.insert(key.to_owned(), Value::from(value));
            insert("Subject", &identity.san);
            if let Some(issuer) = &identity.issuer {
                insert("Issuer", issuer);
                insert("1.3.6.1.4.1.57264.1.1", issuer);
            }
            for (claim, name, oid) in WORKFLOW_CLAIMS {
                if let Some(value) = identity.claims.get(claim) {
                    insert(name, value);
                    insert(oid, value);
                }
            }
        }
        for (annotation, name) in [
            ("dev.sigstore.cosign/bundle", "Bundle"),
            ("dev.sigstore.cosign/rfc3161timestamp", "RFC3161Timestamp"),
        ] {
            let text = accepted.candidate.annotations.get(annotation);
            let value = text.and_then(|text| serde_json::from_str(text).ok());
            if let Some(value) = value {
                optional.insert(name.to_owned(), value);
            }
        }
        claims.optional = (!optional.is_empty() || !empty).then_some(optional);
        Some(claims)
    }
}

/// Claim, cosign's name for it, OID.
const WORKFLOW_CLAIMS: [(&str, &str, &str); 5] = [
    ("github-workflow-trigger", "githubWorkflowTrigger", "1.3.6.1.4.1.57264.1.2"),
    ("github-workflow-sha", "githubWorkflowSha", "1.3.6.1.4.1.57264.1.3"),
    ("github-workflow-name", "githubWorkflowName", "1.3.6.1.4.1.57264.1.4"),
    ("github-workflow-repository", "githubWorkflowRepository", "1.3.6.1.4.1.57264.1.5"),
    ("github-workflow-ref", "githubWorkflowRef", "1.3.6.1.4.1.57264.1.6"),
];

/// JSON as Go writes it: on one line, with `<`, `>` and `&` escaped.
pub(super) fn go_json(value: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string(value)?;
    Ok(text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"))
}
