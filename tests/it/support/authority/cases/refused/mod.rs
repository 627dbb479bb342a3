//! What must be refused: genuine evidence with one thing wrong.

pub mod certificate;
pub mod envelope;
pub mod key;
pub mod legacy;
pub mod legacy_attestation;
pub mod log;
pub mod time;

use serde_json::Value;

use super::Authority;
use super::Case;
use super::Evidence;
use super::Make;
use super::bundled;
use crate::support::authority::Content;
use crate::support::authority::Leaf;
use crate::support::authority::Request;
use crate::support::authority::San;
use crate::support::authority::Sct;
use crate::support::authority::Signed;

/// Every list of this folder.
pub const ALL: [&[Make]; 7] =
    [certificate::ALL, envelope::ALL, key::ALL, legacy::ALL, legacy_attestation::ALL, log::ALL, time::ALL];

/// A refused case of the authority's own root and identity.
fn refused(name: &'static str, shows: &'static str, a: &Authority, evidence: Evidence) -> Case {
    Case::new(name, shows, a, evidence).refuse()
}

/// A bundle of a request whose pieces were changed after signing.
fn changed(a: &Authority, request: &Request, change: impl FnOnce(&mut Signed)) -> Evidence {
    let mut signed = a.sign(request);
    change(&mut signed);
    bundled(&signed)
}

/// A bundle of a request whose JSON was changed.
fn rewritten(a: &Authority, request: &Request, change: impl FnOnce(&mut Value)) -> Evidence {
    let signed = a.sign(request);
    let mut bundle = signed.bundle_value();
    change(&mut bundle);
    let bytes = bundle.to_string().into_bytes();
    match signed.content {
        Content::Dsse { .. } => Evidence::Attestation(bytes),
        Content::Message(_) => Evidence::Blob(bytes),
    }
}

/// Makes a leaf the harmless precertificate that a CT log was shown in place of the real one.
fn harmless(leaf: &mut Leaf) {
    leaf.san = San::Email("nobody@example.com".to_owned());
    leaf.sct = Sct::None;
}
