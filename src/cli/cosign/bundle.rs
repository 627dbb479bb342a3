//! `cosign bundle create`; for `cosign bundle inspect` see [`super::inspect`].

use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use clap::Subcommand;
use portcullis::bundle::BlobBundle;
use portcullis::bundle::BundleError;
use portcullis::bundle::BundleParts;
use portcullis::bundle::Material;
use portcullis::digest::Algorithm;
use portcullis::limits;
use serde::Deserialize;

use super::arguments;
use super::arguments::GlobalFlags;
use super::blob;
use super::error::Failure;
use super::error::Result;
use super::flags;
use super::inspect;
use super::material;
use crate::cli::output;

/// Tools for interacting with a Sigstore protobuf bundle
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Box<Create>),
    Inspect(inspect::Options),
}

/// Create a Sigstore protobuf bundle
#[derive(Args, Debug)]
struct Create {
    /// path to artifact FILE
    #[arg(long, value_name = "FILE")]
    artifact: Option<PathBuf>,
    /// path to attestation FILE
    #[arg(long, value_name = "FILE")]
    attestation: Option<PathBuf>,
    /// path to old format bundle FILE
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// path to the signing certificate, likely from Fulcio.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// ignore transparency log verification, for a signature that was not uploaded to the transparency log
    #[arg(long)]
    ignore_tlog: bool,
    /// path to the public key file, or env://VARIABLE
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// path to output bundle
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// address of the transparency log; never asked here
    #[arg(long, hide = true, default_value = "https://rekor.sigstore.dev")]
    rekor_url: String,
    /// path to RFC3161 timestamp FILE
    #[arg(long, value_name = "FILE")]
    rfc3161_timestamp: Option<PathBuf>,
    /// path to base64-encoded signature over attestation in DSSE format
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// whether to use a hardware security key
    #[arg(long)]
    sk: bool,
    /// security key slot to use for generated key
    #[arg(long, default_value = "signature")]
    slot: String,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    match &options.command {
        Command::Create(options) => options.run(global),
        Command::Inspect(options) => inspect::run(options, global),
    }
}

/// What was given, from whichever flag.
#[derive(Default)]
struct Found {
    certificate: Option<Vec<u8>>,
    envelope: Option<Vec<u8>>,
    signature: Vec<u8>,
}

impl Create {
    fn run(&self, global: &GlobalFlags) -> Result {
        let bundle = ("bundle", self.bundle.is_some());
        flags::exclusive(&[bundle, ("certificate", self.certificate.is_some())])?;
        flags::exclusive(&[bundle, ("signature", self.signature.is_some())])?;
        let artifact = self.artifact.as_deref().ok_or_else(|| Failure::new("must supply --artifact"))?;
        if self.bundle.is_none() && self.signature.is_none() {
            return Err(Failure::new("must at least supply signature via --bundle or --signature"));
        }
        if self.sk {
            return Err(Failure::unsupported(
                "a hardware security key (--sk, --slot)",
                "export its public key (cosign piv-tool, cosign public-key) and give it with --key FILE",
            ));
        }
        let parts = self.parts(artifact, self.found()?)?;
        let json = parts.to_json().map_err(invalid)?;
        match &self.out {
            Some(path) => Ok(output::write_file(path, &json)?),
            None => {
                global.stdout(|out| out.write_all(&json).and_then(|()| writeln!(out)))?;
                Ok(())
            }
        }
    }

    fn found(&self) -> Result<Found> {
        let mut found = Found::default();
        if let Some(path) = &self.bundle {
            let bytes = blob::read(path, limits::BUNDLE_BYTES)?;
            let bundle = BlobBundle::from_slice(&bytes)
                .map_err(|error| Failure::new(format!("reading {}: {error}", path.display())))?;
            self.check_log(&bundle)?;
            found.certificate = bundle.certificate().map(|pem| der(path, pem)).transpose()?;
            let signature = decode("base64Signature", bundle.signature())?;
            // An attestation has its envelope there.
            match signature.first() {
                Some(b'{') => found.envelope = Some(signature),
                _ => found.signature = signature,
            }
        } else if !self.ignore_tlog {
            return Err(no_log());
        }
        if let Some(path) = &self.signature {
            let text = blob::read(path, limits::KEY_BYTES)?;
            found.signature = decode("the signature", String::from_utf8_lossy(&text).trim())?;
        }
        if let Some(path) = &self.certificate {
            found.certificate = Some(der(path, &material::pem(path)?)?);
        }
        if let Some(path) = &self.attestation {
            found.envelope = Some(blob::read(path, limits::ATTACHMENT_BYTES)?);
        }
        Ok(found)
    }

    /// A bundle v0.3 needs the log's proof of inclusion, which the older file does not have.
    fn check_log(&self, bundle: &BlobBundle) -> Result {
        match (self.ignore_tlog, bundle.log_entry().is_some()) {
            (true, true) => Err(Failure::new(
                "cannot ignore transparency log when the provided bundle contains a Signed Entry Timestamp",
            )),
            (true, false) => Ok(()),
            (false, _) => Err(no_log()),
        }
    }

    fn parts(&self, artifact: &Path, found: Found) -> Result<BundleParts> {
        let key = self.key.as_deref().map(arguments::read_key).transpose();
        let key = key.map_err(|error| error.context("loading public key"))?;
        let digest = blob::hash(artifact, Algorithm::Sha256)?;
        let material = match (found.certificate, key) {
            (Some(certificate), _) => Material::Certificates(vec![certificate]),
            (None, Some(key)) => Material::PublicKey { hint: STANDARD.encode(key.fingerprint().as_bytes()) },
            (None, None) => {
                return Err(Failure::new("invalid bundle: validation error: missing verification material")
                    .with_hint("--certificate or --key says who signed"));
            }
        };
        let parts = match found.envelope {
            Some(envelope) => BundleParts::envelope(material, &envelope).map_err(invalid)?,
            None => BundleParts::message(material, &digest, &found.signature),
        };
        match &self.rfc3161_timestamp {
            Some(path) => Ok(parts.with_timestamp(timestamp(path)?)),
            None => Ok(parts),
        }
    }
}

fn no_log() -> Failure {
    Failure::unsupported(
        "fetching the inclusion proof from the transparency log, which a bundle v0.3 must have,",
        "run cosign itself for this, sign with cosign 3, which writes the bundle, or give --ignore-tlog if the \
         signature was never logged",
    )
}

fn invalid(error: BundleError) -> Failure {
    Failure::new(format!("invalid bundle: {error}"))
}

fn decode(what: &str, text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| Failure::new(format!("decoding {what}: {error}")))
}

/// The first certificate of a PEM text.
fn der(path: &Path, pem: &str) -> Result<Vec<u8>> {
    portcullis::bundle::first_certificate(pem)
        .map_err(|_| Failure::new(format!("no certs found in {}", path.display())))
}

fn timestamp(path: &Path) -> Result<Vec<u8>> {
    #[derive(Deserialize)]
    struct Wire {
        #[serde(rename = "SignedRFC3161Timestamp")]
        timestamp: String,
    }
    let bytes = blob::read(path, limits::KEY_BYTES)?;
    let wire: Wire = portcullis::json::from_slice(&bytes)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    decode("SignedRFC3161Timestamp", &wire.timestamp)
}
