//! `cosign verify-attestation`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use clap::ArgAction;
use clap::Args;
use portcullis::bundle::Bundle;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Content;
use portcullis::intoto::Statement;
use portcullis::predicate;
use serde_json::Value;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::arguments::TrustFlags;
use super::error::Failure;
use super::error::Result;
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
use super::policy::Policies;
use crate::cli::output::say;

/// Verify an attestation on the supplied container image
#[derive(Args, Debug)]
pub(super) struct Options {
    /// whether to check the claims found
    #[arg(long, action = ArgAction::SetFalse)]
    check_claims: bool,
    /// whether the specified image is a path to an image saved locally via 'cosign save'
    #[arg(long)]
    local_image: bool,
    /// output format; attestations are printed as they are in either
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "json")]
    output: String,
    /// Rego files with policies to be used for validation
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    policy: Vec<PathBuf>,
    /// a predicate type (slsaprovenance|slsaprovenance02|slsaprovenance1|link|spdx|spdxjson|cyclonedx|vuln|openvex|custom) or an URI
    #[arg(long = "type", value_name = "TYPE", default_value = "custom")]
    predicate_type: String,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    trust: TrustFlags,
    /// Images, or directories with --local-image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    if options.images.is_empty() {
        return Err(Failure::new("requires at least 1 arg(s), only received 0"));
    }
    options.trust.check()?;
    let signer = options.trust.signer()?;
    let requirements = options.trust.requirements("attestation");
    let root = options.trust.root()?;
    let verifier =
        portcullis::verify::Verifier::new(&root).map_err(|error| Failure::new(error.to_string()))?;
    let check = Check {
        verifier: &verifier,
        signer: &signer,
        requirements,
        claims: options.check_claims,
        annotations: &BTreeMap::new(),
    };
    let images = Images {
        registry: &options.registry,
        attachment: None,
        local: options.local_image,
        workers: usize::try_from(options.trust.max_workers).unwrap_or(1),
        global,
    };
    let mut format = None;
    images.read(&options.images, |image| {
        let image = image.map_err(unread)?;
        // cosign decides by the first image for all of them, except for directories.
        let chosen = image::format(&image, options.trust.new_bundle_format);
        let format = if options.local_image { chosen } else { *format.get_or_insert(chosen) };
        if format == Format::Bundle {
            options.trust.refuse_beside_bundles()?;
        }
        verify(options, global, &check, &image, format)
    })
}

fn unread(unread: Unread) -> Failure {
    match unread {
        Unread::NoSuchTag(error) => Failure::new(error),
        Unread::Other(failure) => failure,
    }
}

/// Verifies every attestation, of whatever type, then looks for the type that is asked for.
fn verify(
    options: &Options,
    global: &GlobalFlags,
    check: &Check<'_>,
    image: &Image,
    format: Format,
) -> Result {
    let kind = match format {
        Format::Bundle => CandidateKind::Bundle,
        Format::Legacy => CandidateKind::LegacyAttestation,
    };
    let mut candidates: Vec<Candidate> = image.of_kind(kind).cloned().collect();
    if format == Format::Legacy {
        let certificate = material::certificate(&options.trust)?;
        candidates.iter_mut().for_each(|candidate| candidate.annotations.extend(certificate.clone()));
    }
    let (accepted, refused) = check.statements(image, candidates.iter());
    if accepted.is_empty() {
        return Err(image.refusal(match options.local_image && refused.is_empty() {
            true => Failure::new("no attestations provided"),
            false => Failure::new(format!("no matching attestations: {}", refused.join("\n "))),
        }));
    }
    let wanted = uri(&options.predicate_type);
    let found: Vec<&str> =
        accepted.iter().map(|accepted| accepted.verified.value().predicate_type()).collect();
    let found = found.join(",");
    let accepted: Vec<_> = accepted
        .into_iter()
        .filter(|accepted| accepted.verified.value().predicate_type() == wanted)
        .collect();
    if accepted.is_empty() {
        return Err(image.refusal(Failure::new(format!(
            "none of the attestations matched the predicate type: {}, found: {found}",
            options.predicate_type
        ))));
    }
    judge(&Policies::load(&options.policy)?, &accepted)?;
    Header::of(&image.typed, check, &accepted).print();
    print(&accepted, global)
}

/// Every attestation must be allowed; cosign judges them before it says what it verified.
fn judge(policies: &Policies, accepted: &[Accepted<'_, Statement>]) -> Result {
    if policies.is_empty() {
        return Ok(());
    }
    let paths: Vec<_> = policies.rego_paths().iter().map(|path| path.display().to_string()).collect();
    say(format_args!("will be validating against Rego policies: [{}]", paths.join(" ")));
    let mut errors = Vec::new();
    for Accepted { candidate, .. } in accepted {
        let bundle = Bundle::from_candidate(candidate).map_err(|error| Failure::new(error.to_string()))?;
        match bundle.content() {
            Content::Envelope(envelope) => errors.extend(policies.check(&envelope.payload)),
            Content::Message { .. } => errors.push("there is no statement to judge".to_owned()),
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    say(format_args!("There are {} number of errors occurred during the validation:\n", errors.len()));
    for error in &errors {
        say(format_args!("- {error}"));
    }
    Err(Failure::new(format!("{} validation errors occurred", errors.len())))
}

/// Envelopes on stdout, one a line; whose they are, on stderr.
fn print(accepted: &[Accepted<'_, Statement>], global: &GlobalFlags) -> Result {
    for Accepted { candidate, verified } in accepted {
        if candidate.kind == CandidateKind::LegacyAttestation {
            header::print_certificate(verified.signer());
        }
        global.stdout(|out| {
            out.write_all(&envelope(candidate)?)?;
            writeln!(out)
        })?;
    }
    Ok(())
}

/// The DSSE envelope: a layer as it is, or that of a bundle.
fn envelope(candidate: &Candidate) -> io::Result<Vec<u8>> {
    if candidate.kind != CandidateKind::Bundle {
        return Ok(candidate.payload.clone());
    }
    let bundle: Value = serde_json::from_slice(&candidate.payload)?;
    Ok(serde_json::to_vec(bundle.get("dsseEnvelope").unwrap_or(&Value::Null))?)
}

/// The one URI that cosign means by a name; a URI means itself.
pub(super) fn uri(predicate_type: &str) -> &str {
    let named = predicate::NAMES.iter().find(|(name, _)| *name == predicate_type);
    named.and_then(|(_, uris)| uris.first()).copied().unwrap_or(predicate_type)
}
