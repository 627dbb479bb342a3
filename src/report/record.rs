//! A decision to be kept: canonical JSON, and the same as a statement about the image.

use std::io;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::json::Finding;
use super::json::Head;
use crate::digest::Digest;
use crate::gate::Decision;
use crate::gate::EvidenceRow;

/// Type of the predicate of [`vsa`].
pub const VSA: &str = "https://slsa.dev/verification_summary/v1";

/// Writes the decision as canonical JSON (RFC 8785): one line, keys in order, every finding with what was made of it
/// and why. The same policy, evidence and time give the same bytes on any machine, so two records are compared by
/// their digests.
///
/// # Errors
/// `out` fails.
pub fn record(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judged = decision.judgement().findings().iter().map(Finding::from).collect();
    canonical(&Record { head: Head::of(decision), judged }, out)
}

/// Writes the decision as an in-toto statement with a SLSA verification summary, to be signed and attached to the
/// image: who comes later asks for this one statement instead of all the evidence.
///
/// No SLSA level is verified, so none is claimed.
///
/// # Errors
/// `out` fails.
pub fn vsa(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    let judgement = decision.judgement();
    let image = judgement.image();
    let manifests = image.platforms.iter().map(|platform| platform.manifest);
    let mut digests: Vec<Digest> = std::iter::once(image.digest).chain(manifests).collect();
    digests.sort_by_key(Digest::to_string);
    digests.dedup();
    let levels = match decision {
        Decision::Promote(_) => ["SLSA_BUILD_LEVEL_UNEVALUATED"],
        Decision::Refuse(_) | Decision::Undecided(_) => ["FAILED"],
    };
    let statement = Statement {
        kind: "https://in-toto.io/Statement/v1",
        subject: digests
            .iter()
            .map(|digest| json!({"name": image.reference, "digest": digest_set(digest)}))
            .collect(),
        predicate_type: VSA,
        predicate: Summary {
            verifier: json!({
                "id": "https://crates.io/crates/portcullis",
                "version": {"portcullis": env!("CARGO_PKG_VERSION")},
            }),
            time_verified: judgement.at(),
            resource_uri: &image.reference,
            policy: json!({"uri": "portcullis.yaml", "digest": digest_set(judgement.policy())}),
            input_attestations: inputs(judgement.evidence()),
            verification_result: if matches!(decision, Decision::Promote(_)) { "PASSED" } else { "FAILED" },
            verified_levels: levels,
            slsa_version: "1.1",
        },
    };
    canonical(&statement, out)
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    /// Every finding.
    judged: Vec<Finding<'a>>,
}

/// The names of RFC 8785 in its order; numbers here are whole, so their form is no question.
fn canonical(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    // A map of `serde_json` has its keys in the order of their bytes; those of both documents are ASCII.
    let value: Value = serde_json::to_value(value)?;
    serde_json::to_writer(&mut *out, &value)?;
    writeln!(out)
}

fn digest_set(digest: &Digest) -> Value {
    json!({ (digest.algorithm().name()): digest.hex() })
}

/// Each piece of evidence once.
fn inputs(rows: &[EvidenceRow]) -> Vec<Value> {
    let mut inputs: Vec<Value> =
        rows.iter().map(|row| json!({"uri": row.place, "digest": digest_set(&row.digest)})).collect();
    inputs.sort_by_key(Value::to_string);
    inputs.dedup();
    inputs
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Value>,
    predicate_type: &'static str,
    predicate: Summary<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    verifier: Value,
    time_verified: Timestamp,
    resource_uri: &'a str,
    policy: Value,
    input_attestations: Vec<Value>,
    verification_result: &'static str,
    verified_levels: [&'static str; 1],
    slsa_version: &'static str,
}
