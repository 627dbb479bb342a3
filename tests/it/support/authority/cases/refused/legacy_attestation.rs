//! Layers of `.att` manifests.

use serde_json::Value;
use serde_json::json;

use super::refused;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::EntryKind;
use crate::support::authority::Key;
use crate::support::authority::KeyKind;
use crate::support::authority::Request;
use crate::support::authority::base64;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Evidence;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::SPDX;
use crate::support::authority::cases::attestation;
use crate::support::authority::cases::demo_image;
use crate::support::authority::cases::other_image;
use crate::support::authority::cases::spdx_document;
use crate::support::authority::image;
use crate::support::authority::legacy::BUNDLE;
use crate::support::authority::legacy::CERTIFICATE;
use crate::support::authority::legacy::Layer;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    foreign_dsse,
    foreign_intoto_v1,
    foreign_intoto_v2,
    other_image_attested,
    payload_rewrite,
    payload_null,
    two_signatures,
    no_signature,
    payload_type,
    predicate_type,
    predicate_annotation,
    subject_null,
    subject_absent,
    set_tampered,
    certificate_absent,
    unlogged,
    key_other,
    tsa_over_signature,
    not_json,
];

fn demo(a: &Authority) -> Request {
    a.keyless(attestation(&demo_image()))
}

fn layer(a: &Authority, request: &Request, change: impl FnOnce(&mut Layer)) -> Evidence {
    let mut layer = a.sign(request).legacy();
    change(&mut layer);
    Evidence::LegacyAttestation(vec![layer])
}

/// The envelope, changed.
fn envelope(a: &Authority, change: impl FnOnce(&mut Value)) -> Evidence {
    layer(a, &demo(a), |layer| {
        let mut envelope: Value = serde_json::from_slice(&layer.payload).expect("JSON");
        change(&mut envelope);
        layer.payload = envelope.to_string().into_bytes();
    })
}

fn foreign(name: &'static str, a: &Authority, kind: EntryKind) -> Case {
    let other = a.sign(&a.keyless(attestation(&other_image())).entry(kind)).legacy();
    let evidence = layer(a, &demo(a).entry(kind), |layer| {
        layer.annotations.insert(BUNDLE.to_owned(), other.annotations[BUNDLE].clone());
    });
    let shows = "GHSA-whqx-f9j3-ch6m: the genuine log entry of another attestation by the same key";
    refused(name, shows, a, evidence)
}

fn foreign_dsse(a: &Authority) -> Case {
    foreign("att-foreign-bundle-dsse", a, EntryKind::Dsse001)
}

fn foreign_intoto_v1(a: &Authority) -> Case {
    foreign("att-foreign-bundle-intoto-v1", a, EntryKind::Intoto001)
}

fn foreign_intoto_v2(a: &Authority) -> Case {
    foreign("att-foreign-bundle-intoto-v2", a, EntryKind::Intoto002)
}

fn other_image_attested(a: &Authority) -> Case {
    let evidence = layer(a, &a.keyless(attestation(&other_image())), |_| {});
    refused("att-other-image", "a genuine attestation of another image", a, evidence)
}

fn payload_rewrite(a: &Authority) -> Case {
    let evidence = envelope(a, |envelope| {
        let mut statement = image::statement(&demo_image().digest(), SPDX, &spdx_document());
        statement["predicate"]["packages"] = json!([]);
        envelope["payload"] = json!(base64(statement.to_string().as_bytes()));
    });
    refused("att-payload-rewrite", "packages removed from the SBOM after signing", a, evidence)
}

fn payload_null(a: &Authority) -> Case {
    let evidence = envelope(a, |envelope| envelope["payload"] = Value::Null);
    refused("att-payload-null", "cosign #4652: an error, no panic", a, evidence)
}

fn two_signatures(a: &Authority) -> Case {
    let evidence = envelope(a, |envelope| {
        let signatures = envelope["signatures"].as_array_mut().expect("an array");
        signatures.push(json!({ "keyid": "", "sig": base64(b"not a signature") }));
    });
    refused("att-two-signatures", "a second signature that is none", a, evidence)
}

fn no_signature(a: &Authority) -> Case {
    let evidence = envelope(a, |envelope| envelope["signatures"] = json!([]));
    refused("att-no-signature", "an envelope without a signature", a, evidence)
}

fn payload_type(a: &Authority) -> Case {
    let Content::Dsse { payload, .. } = attestation(&demo_image()) else { unreachable!("an envelope") };
    let content = Content::Dsse { payload_type: "text/plain".to_owned(), payload };
    refused("att-payload-type", "signed as plain text", a, layer(a, &a.keyless(content), |_| {}))
}

fn provenance(a: &Authority) -> Request {
    let predicate =
        json!({ "buildType": "https://example.com/build", "builder": { "id": "https://example.com" } });
    let kind = "https://slsa.dev/provenance/v0.2";
    a.keyless(Content::statement(&image::statement(&demo_image().digest(), kind, &predicate)))
}

fn predicate_type(a: &Authority) -> Case {
    let evidence = layer(a, &provenance(a), |_| {});
    refused("att-predicate-type", "CVE-2022-35929: only another predicate type", a, evidence)
}

fn predicate_annotation(a: &Authority) -> Case {
    let evidence = layer(a, &provenance(a), |layer| {
        layer.annotations.insert("predicateType".to_owned(), SPDX.to_owned());
    });
    refused(
        "att-predicate-annotation",
        "the unsigned annotation says SPDX, the statement provenance",
        a,
        evidence,
    )
}

fn with_subject(a: &Authority, subject: &Value) -> Evidence {
    let mut statement = image::statement(&demo_image().digest(), SPDX, &spdx_document());
    statement["subject"] = subject.clone();
    layer(a, &a.keyless(Content::statement(&statement)), |_| {})
}

fn subject_null(a: &Authority) -> Case {
    refused("att-subject-null", "cosign #4653: subject is null", a, with_subject(a, &Value::Null))
}

fn subject_absent(a: &Authority) -> Case {
    refused("att-subject-empty", "about nothing", a, with_subject(a, &json!([])))
}

fn set_tampered(a: &Authority) -> Case {
    let mut signed = a.sign(&demo(a));
    signed.entries[0].integrated_time = Some(a.time.as_second() + 1);
    let evidence = Evidence::LegacyAttestation(vec![signed.legacy()]);
    refused("att-set-tampered", "integratedTime is covered by the promise", a, evidence)
}

fn certificate_absent(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| drop(layer.annotations.remove(CERTIFICATE)));
    refused("att-certificate-absent", "keyless without a certificate", a, evidence)
}

fn unlogged(a: &Authority) -> Case {
    refused("att-unlogged", "keyless, never logged", a, layer(a, &demo(a).unlogged(), |_| {}))
}

fn key_other(a: &Authority) -> Case {
    let evidence = layer(a, &a.managed(KeyKind::P256, attestation(&demo_image())), |_| {});
    let other = Key::new(KeyKind::P256, "somebody else", "managed");
    refused("att-key-other", "signed with another key", a, evidence).with_key(&other)
}

fn tsa_over_signature(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a).unlogged().timestamped(a.time), |_| {});
    let shows = "a token over the signature, where cosign stamps the envelope";
    refused("att-tsa-over-signature", shows, a, evidence).signed_timestamps().ignore_tlog()
}

fn not_json(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| layer.payload = b"{".to_vec());
    refused("att-not-json", "a layer that is no JSON", a, evidence)
}
