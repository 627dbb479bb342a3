//! `cosign download`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use clap::Subcommand;
use portcullis::bundle::Candidate;
use portcullis::bundle::CandidateKind;
use portcullis::evidence::Lookup;
use portcullis::limits;
use portcullis::oci::Manifest;
use portcullis::oci::Reference;
use portcullis::predicate::PredicateType;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::certificate::Certificate;
use super::error::Failure;
use super::error::Result;
use super::image;
use super::store;
use super::store::Place;
use super::triangulate::SBOM_DEPRECATED;
use crate::cli::output::say;

/// Provides utilities for downloading artifacts and attached artifacts in a registry
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Download in-toto attestations from the supplied container image
    Attestation(AttestationOptions),
    /// DEPRECATED: Download SBOMs from the supplied container image
    Sbom(SbomOptions),
    /// Download signatures from the supplied container image
    Signature(SignatureOptions),
}

/// Flags of `download attestation`.
#[derive(Args, Debug)]
pub(super) struct AttestationOptions {
    /// download attestation for a specific platform image
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// download attestation with matching predicateType
    #[arg(long, value_name = "TYPE")]
    predicate_type: Option<String>,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Flags of `download sbom`.
#[derive(Args, Debug)]
pub(super) struct SbomOptions {
    /// download SBOM for a specific platform image
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Flags of `download signature`.
#[derive(Args, Debug)]
pub(super) struct SignatureOptions {
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command. Nothing that it prints is verified.
pub(super) fn run(command: &Command, global: &GlobalFlags) -> Result {
    match command {
        Command::Attestation(options) => attestation(options, global),
        Command::Sbom(options) => sbom(options, global),
        Command::Signature(options) => signature(options, global),
    }
}

fn signature(options: &SignatureOptions, global: &GlobalFlags) -> Result {
    let place = Place::only(&options.images, &options.registry)?;
    let lookup = options.registry.lookup()?;
    let collected = store::run(global, place.collect(&place.reference, &lookup))?;
    let candidates = &collected.candidates;
    let lines = match of_kind(candidates, CandidateKind::Bundle).as_slice() {
        [] => of_kind(candidates, CandidateKind::LegacySignature)
            .into_iter()
            .map(signature_line)
            .collect::<Result<Vec<String>>>()?,
        bundles => bundles.iter().map(|bundle| one_line(&bundle.payload)).collect::<Result<_>>()?,
    };
    if lines.is_empty() {
        let none = || format!("{}: no signatures associated", place.typed);
        return Err(Failure::new(image::gone(&collected).unwrap_or_else(none)));
    }
    print(global, &lines)
}

fn attestation(options: &AttestationOptions, global: &GlobalFlags) -> Result {
    let place = Place::only(&options.images, &options.registry)?;
    let asked = options.predicate_type.as_deref().filter(|asked| !asked.is_empty());
    let wanted = asked.map(PredicateType::parse).transpose();
    let wanted =
        wanted.map_err(|_| Failure::new(format!("invalid predicate type: {}", asked.unwrap_or_default())))?;
    let lookup = options.registry.lookup()?;
    let collected = store::run(global, async {
        let at = place.on_platform(options.platform.as_deref()).await?;
        place.collect(&at, &lookup).await
    })?;
    let meant = |candidate: &&Candidate| match &wanted {
        None => true,
        Some(wanted) => {
            predicate_type(candidate).is_some_and(|found| wanted.uris().contains(&found.as_str()))
        }
    };
    let bundles = of_kind(&collected.candidates, CandidateKind::Bundle);
    let envelopes = of_kind(&collected.candidates, CandidateKind::LegacyAttestation);
    if bundles.is_empty() && envelopes.is_empty() {
        let none = || "found no attestations".to_owned();
        return Err(Failure::new(image::gone(&collected).unwrap_or_else(none)));
    }
    // cosign prints bundles if there is one, and else envelopes; who asks for a type gets it in either form.
    let any_bundle = !bundles.is_empty();
    let mut found: Vec<&Candidate> = bundles.into_iter().filter(meant).collect();
    if found.is_empty() {
        found = envelopes.into_iter().filter(meant).collect();
    }
    if let (true, Some(wanted)) = (found.is_empty(), &wanted) {
        let uri = wanted.uris().first().copied().unwrap_or_default().to_owned();
        let none = format!("no attestations with predicate type '{uri}' found");
        if !any_bundle {
            return Err(Failure::new(none));
        }
        // cosign is silent about bundles, and content.
        say(format_args!("WARNING: {}", portcullis::report::printable(&none)));
    }
    let lines = found.iter().map(|candidate| one_line(&candidate.payload)).collect::<Result<Vec<_>>>()?;
    print(global, &lines)
}

fn sbom(options: &SbomOptions, global: &GlobalFlags) -> Result {
    say(SBOM_DEPRECATED);
    say(
        "WARNING: Downloading SBOMs this way does not ensure its authenticity. If you want to ensure a tamper-proof \
         SBOM, download it using 'cosign download attestation <image uri>'.",
    );
    let place = Place::only(&options.images, &options.registry)?;
    let lookup = options.registry.lookup()?;
    let (media_type, bytes) = store::run(global, async {
        let at = place.on_platform(options.platform.as_deref()).await?;
        attached(&place, &at, &lookup).await
    })?;
    say(format_args!("Found SBOM of media type: {}", portcullis::report::printable(&media_type)));
    global.stdout(|out| out.write_all(&bytes))?;
    Ok(())
}

/// The unsigned SBOM under the tag `sha256-<hex>.sbom`.
async fn attached(place: &Place, at: &Reference, lookup: &Lookup) -> Result<(String, Vec<u8>)> {
    let registry = place.registry()?;
    let image = registry.manifest(at).await.map_err(|error| store::absent(&error))?;
    let tag = format!("{}{}.sbom", lookup.tag_prefix, image.digest.to_string().replace(':', "-"));
    let base = lookup.repository.as_ref().unwrap_or(at);
    let at = base.with_tag(&tag).map_err(|error| Failure::new(error.to_string()))?;
    let fetched = registry.manifest(&at).await.map_err(|error| match error.outcome() {
        Outcome::NotFound => Failure::new("no sbom attached to reference"),
        _ => Failure::new(error.to_string()),
    })?;
    let manifest = Manifest::from_slice(&fetched.bytes, fetched.media_type.as_deref());
    let manifest = manifest.map_err(|error| Failure::new(error.to_string()))?;
    let [layer] = manifest.layers.as_slice() else {
        return Err(Failure::new(format!("expected exactly one layer, got {}", manifest.layers.len())));
    };
    let bytes = registry.blob(&at, layer, limits::ATTACHMENT_BYTES).await;
    Ok((layer.media_type.clone(), bytes.map_err(|error| Failure::new(error.to_string()))?))
}

fn of_kind(candidates: &[Candidate], kind: CandidateKind) -> Vec<&Candidate> {
    candidates.iter().filter(|candidate| candidate.kind == kind).collect()
}

/// A signature as cosign prints it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SignatureLine {
    base64_signature: String,
    payload: String,
    cert: Option<Certificate>,
    chain: Option<Vec<Certificate>>,
    bundle: Option<Box<RawValue>>,
    #[serde(rename = "RFC3161Timestamp")]
    rfc3161_timestamp: Option<Box<RawValue>>,
}

fn signature_line(candidate: &Candidate) -> Result<String> {
    let annotation = |name: &str| candidate.annotations.get(name).filter(|text| !text.is_empty());
    let json = |name: &str| {
        annotation(name)
            .map(|text| RawValue::from_string(compact(text.as_bytes())?).map_err(malformed))
            .transpose()
    };
    let certificates = |name: &str| annotation(name).map(|pem| Certificate::all(pem)).transpose();
    let line = SignatureLine {
        base64_signature: annotation("dev.cosignproject.cosign/signature").cloned().unwrap_or_default(),
        payload: STANDARD.encode(&candidate.payload),
        cert: certificates("dev.sigstore.cosign/certificate")?.and_then(|all| all.into_iter().next()),
        chain: certificates("dev.sigstore.cosign/chain")?,
        bundle: json("dev.sigstore.cosign/bundle")?,
        rfc3161_timestamp: json("dev.sigstore.cosign/rfc3161timestamp")?,
    };
    serde_json::to_string(&line).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> Failure {
    Failure::new(format!("what is attached to the image is not as cosign writes it: {error}"))
}

/// JSON in one line, its keys in their own order.
fn one_line(payload: &[u8]) -> Result<String> {
    compact(payload)
}

/// Without white space between the parts; checked to be JSON.
fn compact(payload: &[u8]) -> Result<String> {
    let raw: &RawValue = serde_json::from_slice(payload).map_err(malformed)?;
    let mut line = String::with_capacity(raw.get().len());
    let (mut quoted, mut escaped) = (false, false);
    for c in raw.get().chars() {
        let ends = quoted && !escaped && c == '"';
        escaped = quoted && !escaped && c == '\\';
        if quoted || !c.is_ascii_whitespace() {
            line.push(c);
        }
        quoted = if quoted { !ends } else { c == '"' };
    }
    Ok(line)
}

fn print(global: &GlobalFlags, lines: &[String]) -> Result {
    Ok(global.stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?)
}

/// What a candidate claims to be.
fn predicate_type(candidate: &Candidate) -> Option<String> {
    let document: Value = serde_json::from_slice(&candidate.payload).ok()?;
    let payload = document.pointer("/dsseEnvelope/payload").or_else(|| document.get("payload"))?;
    let statement: Value = serde_json::from_slice(&STANDARD.decode(payload.as_str()?).ok()?).ok()?;
    Some(statement.get("predicateType")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_keeps_strings_and_order() {
        let text = "{ \"b\" : \"x \\\" y\\\\\" ,\n \"a\": [1, 2 ] }";
        assert_eq!(compact(text.as_bytes()).unwrap(), r#"{"b":"x \" y\\","a":[1,2]}"#);
        for text in ["", "{", "{} {}", "x"] {
            assert!(compact(text.as_bytes()).is_err(), "{text}");
        }
    }
}
