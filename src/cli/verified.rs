//! How a verification is shown: one shape for images and files.

use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use portcullis::bundle::BundleError;
use portcullis::bundle::CandidateKind;
use portcullis::bundle::Origin;
use portcullis::bundle::Place;
use portcullis::digest::Digest;
use portcullis::evidence::Looked;
use portcullis::identity::IdentityError;
use portcullis::intoto;
use portcullis::pipeline::Held;
use portcullis::pipeline::Missing;
use portcullis::pipeline::Proven;
use portcullis::report::brief;
use portcullis::report::printable;
use portcullis::verify::Checks;
use portcullis::verify::Failure;
use portcullis::verify::Rejected;
use portcullis::verify::Signer;
use portcullis::verify::VerifyError;
use serde::Serialize;

use super::output::ErrorDocument;
use super::output::Exit;
use super::output::Problem;
use super::ready::Ready;

/// What came of one image or file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    /// `verified`, `refused` or `undecided`.
    pub(super) result: Verdict,
    /// What holds.
    pub(super) verified: Vec<Proof>,
    /// What does not, the most telling first.
    pub(super) rejected: Vec<Refusal>,
    /// What no proof covers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<MissingDocument>,
    /// Where was looked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) looked: Vec<Looked>,
    /// Why it is not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ErrorDocument>,
    /// What to do next, where it is verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// How it ended. The order is that of the exit code of several: a refusal is an answer for all of them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// What was asked for is there.
    Verified,
    /// Could not look.
    Undecided,
    /// Looked, and it is not there.
    Refused,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Undecided => "undecided",
            Self::Refused => "refused",
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Verified => Self::Pass,
            Verdict::Undecided => Self::Undecided,
            Verdict::Refused => Self::Refused,
        }
    }
}

/// Something that was verified.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proof {
    what: String,
    subject: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    signer: Signer,
    trust: String,
    checks: Checks,
    kind: CandidateKind,
    origin: Origin,
    candidate: Digest,
}

/// Something that was refused.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal {
    rule: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<String>,
    kind: CandidateKind,
    origin: Origin,
}

/// A manifest that no proof covers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MissingDocument {
    manifest: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
}

impl Proof {
    /// What was proven, and in words what it is.
    pub(super) fn new(held: &Held, platform: Option<String>) -> Self {
        let Held { proof, domain } = held;
        Self {
            what: what(proof.value()),
            subject: *proof.subject(),
            platform,
            signer: proof.signer().clone(),
            trust: domain.clone(),
            checks: proof.checks().clone(),
            kind: proof.kind(),
            origin: proof.origin().clone(),
            candidate: *proof.candidate(),
        }
    }
}

fn what(proven: &Proven) -> String {
    match proven {
        Proven::Attestation(statement) => format!("attestation {}", statement.predicate_type()),
        Proven::Signature(signature) => match &signature.docker_reference {
            Some(reference) if !reference.is_empty() => format!("signature, made for {reference}"),
            _ => "signature".to_owned(),
        },
    }
}

impl From<&Rejected> for Refusal {
    fn from(rejected: &Rejected) -> Self {
        let predicate_type = match &rejected.error {
            VerifyError::PredicateType { found, .. } => Some(found.clone()),
            _ => None,
        };
        Self {
            rule: rejected.error.rule(),
            reason: rejected.error.to_string(),
            predicate_type,
            kind: rejected.kind,
            origin: rejected.origin.clone(),
        }
    }
}

impl From<&Missing> for MissingDocument {
    fn from(missing: &Missing) -> Self {
        Self { manifest: missing.manifest, platform: missing.platform.clone() }
    }
}

impl Refusal {
    fn text(&self, word: &str, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{word:<9} {}", printable(&self.reason))?;
        if self.origin.place == Place::File && self.origin.layer == 0 {
            return Ok(());
        }
        writeln!(out, "  found     {}", place(&self.origin))
    }
}

/// With short digests: `--format json` has the whole ones.
fn place(origin: &Origin) -> String {
    brief(&origin.to_string())
}

impl Outcome {
    /// Everything that was asked for holds, so far.
    pub(super) fn verified<'a>(
        proofs: Vec<Proof>,
        rejected: impl IntoIterator<Item = &'a Rejected>,
        looked: Vec<Looked>,
    ) -> Self {
        let rejected = rejected.into_iter().map(Refusal::from).collect();
        let (result, missing) = (Verdict::Verified, Vec::new());
        Self { result, verified: proofs, rejected, missing, looked, error: None, hint: None }
    }

    /// Something could not be read: nothing is known.
    pub(super) fn undecided(problem: &Problem) -> Self {
        Self {
            result: Verdict::Undecided,
            error: Some(problem.document()),
            ..Self::verified(Vec::new(), &[], Vec::new())
        }
    }

    /// Something that was asked for is not there. Of several such, the first gives the error.
    pub(super) fn refuse(&mut self, failure: &Failure, missing: &[Missing], ready: &Ready) {
        let refusals: Vec<Refusal> = failure.rejected().map(Refusal::from).collect();
        if self.error.is_none() {
            self.result = Verdict::Refused;
            self.error = Some(error(failure, ready));
            // The first one is why.
            self.rejected.splice(0..0, refusals);
        } else {
            self.rejected.extend(refusals);
        }
        for missing in missing.iter().map(MissingDocument::from) {
            if self.missing.iter().all(|known| known.manifest != missing.manifest) {
                self.missing.push(missing);
            }
        }
    }

    /// What to do next, where nothing else is known.
    pub(super) fn or_hint(mut self, hint: Option<String>) -> Self {
        if let Some(error) = &mut self.error {
            error.hint = hint.or(error.hint.take());
        }
        self
    }

    /// For people. States only what was checked.
    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        for proof in &self.verified {
            proof.text(out)?;
        }
        let mut rejected = self.rejected.iter();
        if let Some(error) = &self.error {
            match rejected.next() {
                Some(first) => first.text(self.result.as_str(), out)?,
                None => writeln!(out, "{:<9} {}", self.result.as_str(), printable(&error.message))?,
            }
        }
        let (other_types, refused): (Vec<&Refusal>, Vec<&Refusal>) =
            rejected.partition(|refusal| refusal.predicate_type.is_some());
        for refusal in refused {
            refusal.text("rejected", out)?;
        }
        for missing in &self.missing {
            let platform = missing.platform.as_deref().map(|platform| format!(" ({})", printable(platform)));
            writeln!(out, "missing   {}{}", missing.manifest, platform.unwrap_or_default())?;
        }
        let types: BTreeSet<&str> =
            other_types.iter().filter_map(|refusal| refusal.predicate_type.as_deref()).collect();
        let types: Vec<&str> = types.into_iter().collect();
        match other_types.len() {
            0 => {}
            1 => writeln!(out, "skipped   1 of another type: {}", printable(&types.join(", ")))?,
            count => writeln!(out, "skipped   {count} of other types: {}", printable(&types.join(", ")))?,
        }
        let nothing = self.verified.is_empty() && self.rejected.is_empty();
        for looked in self.looked.iter().filter(|_| nothing) {
            writeln!(out, "looked    {}", printable(&brief(&looked.to_string())))?;
        }
        match self.error.as_ref().and_then(|error| error.hint.as_ref()).or(self.hint.as_ref()) {
            Some(hint) => writeln!(out, "hint      {}", printable(hint)),
            None => Ok(()),
        }
    }
}

/// Why something is refused: the code is that of the candidate that says most.
fn error(failure: &Failure, ready: &Ready) -> ErrorDocument {
    let first = failure.rejected().next();
    ErrorDocument {
        code: first.map_or("not-found", |rejected| rejected.error.rule()).to_owned(),
        message: failure.to_string(),
        hint: match first {
            Some(Rejected { error: VerifyError::PredicateType { .. }, .. }) => Some(other_types(failure)),
            Some(rejected) => hint(&rejected.error, ready),
            None => None,
        },
    }
}

/// The types that are there. Nothing about them was verified yet.
fn other_types(failure: &Failure) -> String {
    let found = failure.rejected().filter_map(|rejected| match &rejected.error {
        VerifyError::PredicateType { found, .. } => Some(found.as_str()),
        _ => None,
    });
    // A signature is asked for without a type.
    let types: BTreeSet<&str> = found.filter(|found| *found != intoto::COSIGN_SIGN_V1).collect();
    let types: Vec<&str> = types.into_iter().collect();
    match types.first() {
        Some(first) => {
            let first = first.replace('\'', "");
            format!("there are attestations of type {}; to verify one: --type '{first}'", types.join(", "))
        }
        None => "there is a signature only: to verify that, leave out --type".to_owned(),
    }
}

/// What to do about the refusal that says most.
fn hint(error: &VerifyError, ready: &Ready) -> Option<String> {
    match error {
        VerifyError::Bundle(BundleError::Json(_)) => {
            Some("is the file a Sigstore bundle, v0.1 to v0.3?".to_owned())
        }
        VerifyError::Identity(IdentityError::Claim { .. }) => None,
        VerifyError::Identity(error) => {
            let command = ready.by(error.identity()?)?;
            Some(format!("if that is the signer you trust: {command}"))
        }
        VerifyError::Material { found: "a certificate", .. } => Some(
            "it is signed keyless: name the signer with --certificate-identity and --certificate-oidc-issuer"
                .to_owned(),
        ),
        VerifyError::Material { .. } => {
            Some("it is signed by a key: give the public one with --key FILE".to_owned())
        }
        VerifyError::NoLogEntry => Some(
            "if GitHub's own instance made it: --trust github; if the signer uses no transparency log: \
             --insecure-ignore-tlog"
                .to_owned(),
        ),
        VerifyError::CertificateChain { .. }
        | VerifyError::CertificateTimestamp { .. }
        | VerifyError::Checkpoint { .. }
        | VerifyError::InclusionPromise { .. } => {
            Some("if another Sigstore instance was used, give its root: --trusted-root FILE".to_owned())
        }
        _ => None,
    }
}

impl Proof {
    /// The command that asks for this signer.
    pub(super) fn ready(&self, ready: &Ready) -> Option<String> {
        match &self.signer {
            Signer::Certificate(identity) => ready.by(identity),
            Signer::Key(_) => None,
        }
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "verified  {}", printable(&self.what))?;
        let platform = self.platform.as_deref().map(|platform| format!(" ({})", printable(platform)));
        writeln!(out, "  subject   {}{}", self.subject, platform.unwrap_or_default())?;
        match &self.signer {
            Signer::Key(fingerprint) => writeln!(out, "  key       {fingerprint}")?,
            Signer::Certificate(identity) => {
                writeln!(out, "  identity  {}", printable(&identity.san))?;
                writeln!(out, "  issuer    {}", printable(identity.issuer.as_deref().unwrap_or("(none)")))?;
            }
        }
        self.checks_text(out)?;
        writeln!(out, "  found     {}", place(&self.origin))
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
