//! How a verification is shown: one shape for images and files.

use std::io;
use std::io::Write;

use portcullis::bundle::BundleError;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::digest::Digest;
use portcullis::evidence::Looked;
use portcullis::identity::IdentityError;
use portcullis::oci::Reference;
use portcullis::pipeline::PipelineError;
use portcullis::report::brief;
use portcullis::report::printable;
use portcullis::verify::Checks;
use portcullis::verify::Rejected;
use portcullis::verify::Signer;
use portcullis::verify::Verified;
use portcullis::verify::VerifyError;
use serde::Serialize;

/// The outcome of one verification, as a document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) schema_version: u32,
    pub(super) result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Digest>,
    pub(super) verified: Vec<Proof>,
    pub(super) rejected: Vec<Refusal>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) looked: Vec<Looked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// Something that was verified.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proof {
    what: String,
    subject: Digest,
    signer: Signer,
    checks: Checks,
    kind: CandidateKind,
    origin: Origin,
    candidate: Digest,
}

/// Something that was refused.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal {
    rule: &'static str,
    reason: String,
    kind: CandidateKind,
    origin: Origin,
}

impl Proof {
    /// What was proven, and in words what it is.
    pub(super) fn new<T>(verified: &Verified<T>, what: String) -> Self {
        Self {
            what,
            subject: *verified.subject(),
            signer: verified.signer().clone(),
            checks: verified.checks().clone(),
            kind: verified.kind(),
            origin: verified.origin().clone(),
            candidate: *verified.candidate(),
        }
    }
}

impl From<&Rejected> for Refusal {
    fn from(rejected: &Rejected) -> Self {
        Self {
            rule: rejected.error.rule(),
            reason: rejected.error.to_string(),
            kind: rejected.kind,
            origin: rejected.origin.clone(),
        }
    }
}

impl Refusal {
    fn text(&self, word: &str, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{word:<8}  {}", printable(&self.reason))?;
        if self.origin.place == Place::File {
            return Ok(());
        }
        writeln!(out, "  found     {}", place(&self.origin))
    }
}

/// With short digests: `--format json` has the whole ones.
fn place(origin: &Origin) -> String {
    brief(&origin.to_string())
}

impl Document {
    /// The image or what is attached to it could not be read: nothing is known.
    pub(super) fn undecided(reference: &Reference, error: &PipelineError) -> Self {
        Self {
            schema_version: 1,
            result: UNDECIDED,
            reference: Some(reference.to_string()),
            digest: None,
            verified: Vec::new(),
            rejected: Vec::new(),
            looked: Vec::new(),
            error: Some(error.to_string()),
            hint: Some("nothing is known about the signature; this is not the same as unsigned".to_owned()),
        }
    }

    /// For people. States only what was checked.
    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        for proof in &self.verified {
            writeln!(out, "verified  {}", printable(&proof.what))?;
            writeln!(out, "  subject   {}", proof.subject)?;
            proof.signer_text(out)?;
            proof.checks_text(out)?;
            writeln!(out, "  found     {}", place(&proof.origin))?;
        }
        let mut rejected = self.rejected.iter();
        if let Some(error) = &self.error {
            // The first one is why.
            match rejected.next() {
                Some(first) => first.text(self.result, out)?,
                None => writeln!(out, "{:<9} {}", self.result, printable(error))?,
            }
        }
        let (other_types, refused): (Vec<&Refusal>, Vec<&Refusal>) =
            rejected.partition(|refusal| refusal.rule == OTHER_TYPE);
        for refusal in refused {
            refusal.text("rejected", out)?;
        }
        match other_types.len() {
            0 => {}
            1 => writeln!(out, "skipped   1 of another type (--format json lists it)")?,
            count => writeln!(out, "skipped   {count} of other types (--format json lists them)")?,
        }
        let nothing = self.verified.is_empty() && self.rejected.is_empty();
        for looked in self.looked.iter().filter(|_| nothing) {
            writeln!(out, "looked    {}", printable(&brief(&looked.to_string())))?;
        }
        match &self.hint {
            Some(hint) => writeln!(out, "hint      {}", printable(hint)),
            None => Ok(()),
        }
    }
}

/// What to do about the refusal that says most.
pub(super) fn hint(error: &VerifyError) -> Option<String> {
    match error {
        VerifyError::Bundle(BundleError::Json(_)) => {
            Some("is the file a Sigstore bundle, v0.1 to v0.3?".to_owned())
        }
        VerifyError::Identity(IdentityError::San { found, .. }) => Some(format!(
            "if that is the signer you trust: --certificate-identity '{}'",
            found.replace('\'', "'\\''")
        )),
        VerifyError::Identity(IdentityError::Issuer { found: Some(found), .. }) => Some(format!(
            "if that is the issuer you trust: --certificate-oidc-issuer '{}'",
            found.replace('\'', "'\\''")
        )),
        VerifyError::Material { found: "a certificate", .. } => Some(
            "it is signed keyless: name the signer with --certificate-identity and --certificate-oidc-issuer"
                .to_owned(),
        ),
        VerifyError::Material { .. } => {
            Some("it is signed by a key: give the public one with --key FILE".to_owned())
        }
        VerifyError::PredicateType { found, .. } => {
            Some(format!("to verify what is there: --type '{}'", found.replace('\'', "")))
        }
        VerifyError::NoLogEntry => {
            Some("if the signer uses no transparency log: --insecure-ignore-tlog".to_owned())
        }
        VerifyError::CertificateChain { .. }
        | VerifyError::CertificateTimestamp { .. }
        | VerifyError::Checkpoint { .. }
        | VerifyError::InclusionPromise { .. } => {
            Some("if another Sigstore instance was used, give its root: --trusted-root FILE".to_owned())
        }
        _ => None,
    }
}

/// One candidate at least holds.
pub(super) const VERIFIED: &str = "verified";
/// Looked, and nothing holds.
pub(super) const REFUSED: &str = "refused";
/// Could not look.
pub(super) const UNDECIDED: &str = "undecided";

/// The rule that an attestation of another type breaks.
const OTHER_TYPE: &str = "attestation.type";

impl Proof {
    fn signer_text(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.signer {
            Signer::Key(fingerprint) => writeln!(out, "  key       {fingerprint}"),
            Signer::Certificate(identity) => {
                writeln!(out, "  identity  {}", printable(&identity.san))?;
                writeln!(out, "  issuer    {}", printable(identity.issuer.as_deref().unwrap_or("(none)")))
            }
        }
    }

    fn checks_text(&self, out: &mut impl Write) -> io::Result<()> {
        let Checks { certificate_chain, certificate_timestamp, transparency_log, log_index, times } =
            &self.checks;
        let mut checked = vec!["signature".to_owned()];
        checked.extend(certificate_chain.then(|| "certificate chain".to_owned()));
        checked.extend(certificate_timestamp.then(|| "certificate timestamp".to_owned()));
        let index = log_index.map(|index| format!(" (index {index})")).unwrap_or_default();
        checked.extend(transparency_log.then(|| format!("transparency log{index}")));
        writeln!(out, "  checked   {}", checked.join(", "))?;
        match times.iter().min() {
            Some(time) => writeln!(out, "  signed    {time}"),
            None => Ok(()),
        }
    }
}
