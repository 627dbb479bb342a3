//! `cosign bundle inspect`: what is in a bundle, for people. Nothing is verified.

use std::io;
use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use portcullis::bundle::Bundle;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Content;
use portcullis::bundle::Envelope;
use portcullis::bundle::LogEntry;
use portcullis::bundle::Material;
use portcullis::intoto;
use portcullis::intoto::Statement;
use portcullis::limits;
use portcullis::report::printable;
use serde::Deserialize;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::Utf8StringRef;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::arguments::GlobalFlags;
use super::blob;
use super::error::Failure;
use super::error::Result;
use super::material;
use crate::cli::output::say;

/// Inspect the contents of a Sigstore protobuf bundle
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let [path] = options.bundles.as_slice() else {
        return Err(Failure::new(format!("accepts 1 arg(s), received {}", options.bundles.len())));
    };
    say("WARNING: This command only inspects the contents of the bundle.");
    say("It does not perform cryptographic verification or check against the transparency log.\n");
    let bytes =
        blob::read(path, limits::BUNDLE_BYTES).map_err(|error| error.context("opening bundle file"))?;
    let root = Node::of_bundle(&bytes)?;
    global.stdout(|out| root.print(out, 0))?;
    Ok(())
}

/// A line and those that belong to it.
#[derive(Default)]
struct Node {
    label: String,
    value: String,
    children: Vec<Self>,
}

impl Node {
    fn add(&mut self, label: impl Into<String>, value: impl ToString) -> &mut Self {
        let index = self.children.len();
        self.children.push(Self { label: label.into(), value: value.to_string(), children: Vec::new() });
        // It was pushed just now.
        &mut self.children[index]
    }

    fn print(&self, out: &mut dyn Write, depth: usize) -> io::Result<()> {
        for child in &self.children {
            let (label, value) = (printable(&child.label), printable(&child.value));
            let indent = "  ".repeat(depth);
            match child.value.is_empty() {
                true => writeln!(out, "{indent}- {label}:")?,
                false => writeln!(out, "{indent}- {label}: {value}")?,
            }
            child.print(out, depth.saturating_add(1))?;
        }
        Ok(())
    }

    fn of_bundle(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            media_type: String,
        }
        let malformed =
            |error: &dyn std::fmt::Display| Failure::new(format!("unmarshaling bundle JSON: {error}"));
        let candidate = material::candidate(CandidateKind::Bundle, bytes.to_vec(), Default::default());
        let bundle = Bundle::from_candidate(&candidate).map_err(|error| malformed(&error))?;
        let head: Head = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        let mut root = Self::default();
        root.add("Bundle Media Type", head.media_type);
        let material = root.add("Verification Material", "");
        material.add_signer(bundle.material());
        if !bundle.entries().is_empty() {
            let entries = material.add("Tlog Entries", bundle.entries().len());
            for (index, entry) in bundle.entries().iter().enumerate() {
                entries.add(format!("Entry [{index}]"), "").add_entry(entry);
            }
        }
        if !bundle.timestamps().is_empty() {
            let timestamps = material.add("Timestamp Verification Data", "");
            timestamps.add("RFC3161 Timestamps", bundle.timestamps().len());
            for (index, timestamp) in bundle.timestamps().iter().enumerate() {
                timestamps.add(format!("Timestamp [{index}]"), present(timestamp));
            }
        }
        root.add("Content", "").add_content(bundle.content());
        Ok(root)
    }

    fn add_signer(&mut self, material: &Material) {
        match material {
            Material::Certificates(chain) => match chain.as_slice() {
                [certificate] => self.add("Content", "X.509 Certificate").add_certificate(certificate),
                chain => {
                    let node = self.add("Content", "X.509 Certificate Chain");
                    node.add("Certificates", chain.len());
                    for (index, certificate) in chain.iter().enumerate() {
                        node.add(format!("Certificate [{index}]"), "").add_certificate(certificate);
                    }
                }
            },
            Material::PublicKey { hint } => {
                let hint = STANDARD.decode(hint).map_or_else(|_| hint.clone(), hex::encode);
                self.add("Content", "Public Key Identifier").add("Hint", hint);
            }
        }
    }

    fn add_certificate(&mut self, der: &[u8]) {
        let certificate = match Certificate::from_der(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                self.add("Error", format_args!("parsing certificate: {error}"));
                return;
            }
        };
        let tbs = &certificate.tbs_certificate;
        for (label, name) in [("Subject", &tbs.subject), ("Issuer", &tbs.issuer)] {
            if !name.is_empty() {
                self.add(label, name);
            }
        }
        let validity = self.add("Validity", "");
        for (label, time) in [("Not Before", tbs.validity.not_before), ("Not After", tbs.validity.not_after)]
        {
            validity.add(label, time);
        }
        let extensions = self.add("Extensions", "");
        for extension in tbs.extensions.iter().flatten() {
            extensions.add_extension(extension);
        }
        self.add("Signature", present(certificate.signature.raw_bytes()));
    }

    fn add_extension(&mut self, extension: &Extension) {
        let id = extension.extn_id.to_string();
        let bytes = extension.extn_value.as_bytes();
        if id == SUBJECT_ALT_NAME {
            let node = self.add("Identity (Subject Alternative Name)", "");
            for name in SubjectAltName::from_der(bytes).map(|names| names.0).unwrap_or_default() {
                match name {
                    GeneralName::Rfc822Name(email) => drop(node.add("Email", email.as_str())),
                    GeneralName::UniformResourceIdentifier(uri) => drop(node.add("URI", uri.as_str())),
                    _ => drop(node.add("Other", "not shown")),
                }
            }
            return;
        }
        let number = id.strip_prefix(FULCIO).and_then(|number| number.parse::<usize>().ok());
        match number.and_then(|number| FULCIO_EXTENSIONS.get(number.checked_sub(1)?)) {
            Some(label) => {
                let text = Utf8StringRef::from_der(bytes).ok().map(|text| text.as_str().to_owned());
                self.add(*label, text.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned()));
            }
            None => {
                let value = format!("(Critical: {}) [{} bytes]", extension.critical, bytes.len());
                self.add(format!("OID: {id}"), value);
            }
        }
    }

    fn add_entry(&mut self, entry: &LogEntry) {
        let (kind, version) = entry.kind.names();
        self.add("Log Index", entry.log_index);
        self.add("Log ID", hex::encode(&entry.log_id));
        self.add("Kind", kind);
        self.add("Version", version);
        match entry.integrated_time {
            Some(time) => self.add("Integrated Time", time),
            None => self.add("Integrated Time", "0 (Not set)"),
        };
        if let Some(promise) = &entry.promise {
            self.add("Inclusion Promise", "").add("Signed Entry Timestamp", present(promise));
        }
        if let Some(proof) = &entry.proof {
            let node = self.add("Inclusion Proof", "");
            node.add("Log Index", proof.log_index);
            node.add("Tree Size", proof.tree_size);
            node.add("Hashes", proof.hashes.len());
            let checkpoint = node.add("Checkpoint", "");
            checkpoint.add("Origin", proof.checkpoint.lines().next().unwrap_or_default());
        }
        self.add("Canonicalized Body", present(&entry.body));
    }

    fn add_content(&mut self, content: &Content) {
        match content {
            Content::Envelope(envelope) => self.add_envelope(envelope),
            Content::Message { digest, signature, .. } => {
                self.add("Type", "Message Signature");
                if let Some(digest) = digest {
                    self.add("Message Digest", digest);
                }
                self.add("Signature", present(signature));
            }
        }
    }

    fn add_envelope(&mut self, envelope: &Envelope) {
        self.add("Type", "DSSE Envelope");
        self.add("Payload Type", &envelope.payload_type);
        self.add("Payload", present(&envelope.payload));
        let statement = Statement::from_slice(&envelope.payload);
        if let (intoto::PAYLOAD_TYPE, Ok(statement)) = (envelope.payload_type.as_str(), statement) {
            let node = self.add("Payload Content (in-toto)", "");
            node.add("Predicate Type", statement.predicate_type());
            let subjects = node.add("Subjects", statement.subjects().len());
            for digest in statement.subjects().iter().flat_map(|subject| subject.digests()) {
                subjects.add("Digest", digest);
            }
        }
        let signature = self.add("Signatures", 1).add("Signature [0]", "");
        signature.add("Signature", present(&envelope.signature));
        if !envelope.key_id.is_empty() {
            signature.add("Key Hint", &envelope.key_id);
        }
    }
}

fn present(bytes: &[u8]) -> String {
    format!("Present ({} bytes)", bytes.len())
}

const SUBJECT_ALT_NAME: &str = "2.5.29.17";

const FULCIO: &str = "1.3.6.1.4.1.57264.1.";

/// The extensions under [`FULCIO`], from 1, as cosign labels them.
/// <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>
const FULCIO_EXTENSIONS: [&str; 24] = [
    "OIDC Issuer",
    "GitHub Workflow Trigger",
    "GitHub Workflow SHA",
    "GitHub Workflow Name",
    "GitHub Workflow Repository",
    "GitHub Workflow Ref",
    "OtherName SAN",
    "Issuer (V2)",
    "Build Signer URI",
    "Build Signer Digest",
    "Runner Environment",
    "Source Repository URI",
    "Source Repository Digest",
    "Source Repository Ref",
    "Source Repository Identifier",
    "Source Repository Owner URI",
    "Source Repository Owner Identifier",
    "Build Config URI",
    "Build Config Digest",
    "Build Trigger",
    "Run Invocation URI",
    "Source Repository Visibility At Signing",
    "Deployment Environment",
    "Token Subject",
];
