//! How a verification is shown: one shape for images and files.

use std::io;
use std::io::Write;

use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::digest::Digest;
use portcullis::evidence::Looked;
use portcullis::report::printable;
use portcullis::verify::Checks;
use portcullis::verify::Rejected;
use portcullis::verify::Signer;
use portcullis::verify::Verified;
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

impl Document {
    /// For people. States only what was checked.
    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        for proof in &self.verified {
            writeln!(out, "verified  {}", printable(&proof.what))?;
            writeln!(out, "  subject   {}", proof.subject)?;
            proof.signer_text(out)?;
            proof.checks_text(out)?;
            writeln!(out, "  found     {}", proof.origin)?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "{}   {}", self.result, printable(error))?;
        }
        for refusal in &self.rejected {
            writeln!(out, "rejected  {} ({})", printable(&refusal.reason), refusal.origin)?;
        }
        for looked in self.looked.iter().filter(|_| self.verified.is_empty()) {
            writeln!(out, "looked    {}", printable(&looked.to_string()))?;
        }
        Ok(())
    }
}

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
