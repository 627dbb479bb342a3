//! Layers of `.sig` manifests.

use serde_json::Value;
use serde_json::json;

use super::harmless;
use super::refused;
use crate::support::authority::Authority;
use crate::support::authority::Ca;
use crate::support::authority::Content;
use crate::support::authority::Key;
use crate::support::authority::KeyKind;
use crate::support::authority::Request;
use crate::support::authority::Sct;
use crate::support::authority::Window;
use crate::support::authority::at;
use crate::support::authority::base64;
use crate::support::authority::ca;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Evidence;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::demo_image;
use crate::support::authority::cases::other_image;
use crate::support::authority::cases::payload;
use crate::support::authority::legacy::BUNDLE;
use crate::support::authority::legacy::CERTIFICATE;
use crate::support::authority::legacy::Layer;
use crate::support::authority::legacy::SIGNATURE;
use crate::support::authority::legacy::TIMESTAMP;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    foreign_bundle,
    forged,
    other_payload,
    payload_swapped,
    set_tampered,
    log_index_tampered,
    certificate_whitespace,
    certificate_garbage,
    certificate_absent,
    certificate_other,
    bundle_garbage,
    bundle_body_number,
    bundle_body_malformed,
    bundle_null,
    unlogged,
    sct_none,
    sct_other,
    expired_intermediate,
    logged_late,
    identity_other,
    purpose,
    foreign_ca,
    tsa_outside_leaf,
    tsa_other_signature,
    tsa_garbage,
    payload_garbage,
    payload_digest_null,
    signature_empty,
    signature_absent,
    signature_not_base64,
    no_layers,
    layers_1001,
    key_other,
    key_foreign_bundle,
    key_entry_other_key,
    key_unlogged,
];

fn demo(a: &Authority) -> Request {
    a.keyless(payload(&demo_image()))
}

/// One layer of a request, with an annotation or more changed.
fn layer(a: &Authority, request: &Request, change: impl FnOnce(&mut Layer)) -> Evidence {
    let mut layer = a.sign(request).legacy();
    change(&mut layer);
    Evidence::LegacySignature(vec![layer])
}

fn annotate(layer: &mut Layer, key: &str, value: &str) {
    layer.annotations.insert(key.to_owned(), value.to_owned());
}

/// The `bundle` annotation, changed.
fn log_annotation(layer: &mut Layer, change: impl FnOnce(&mut Value)) {
    let mut bundle: Value = serde_json::from_str(&layer.annotations[BUNDLE]).expect("JSON");
    change(&mut bundle);
    annotate(layer, BUNDLE, &bundle.to_string());
}

fn foreign_bundle(a: &Authority) -> Case {
    let other = a.sign(&a.keyless(payload(&other_image()))).legacy();
    let evidence = layer(a, &demo(a), |layer| annotate(layer, BUNDLE, &other.annotations[BUNDLE]));
    let shows = "CVE-2022-23649: the genuine log entry of another signature by the same key";
    refused("sig-foreign-bundle", shows, a, evidence)
}

fn forged(a: &Authority) -> Case {
    let evidence = layer(a, &a.keyless(payload(&other_image())), |layer| {
        let Content::Message(payload) = payload(&demo_image()) else { unreachable!("a message") };
        layer.payload = payload;
        annotate(layer, SIGNATURE, &base64(b"forged - not a signature"));
    });
    let shows = "no signature at all, beside a genuine certificate and log entry";
    refused("sig-forged", shows, a, evidence)
}

fn other_payload(a: &Authority) -> Case {
    let evidence = layer(a, &a.keyless(payload(&other_image())), |_| {});
    refused("sig-other-image", "everything valid, for another image", a, evidence)
}

fn payload_swapped(a: &Authority) -> Case {
    let evidence = layer(a, &a.keyless(payload(&other_image())), |layer| {
        let Content::Message(payload) = payload(&demo_image()) else { unreachable!("a message") };
        layer.payload = payload;
    });
    refused("sig-payload-swapped", "the payload for this image under another's signature", a, evidence)
}

fn set_tampered(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| {
        log_annotation(layer, |bundle| bundle["Payload"]["integratedTime"] = json!(a.time.as_second() + 1));
    });
    refused("sig-set-tampered", "integratedTime is covered by the promise", a, evidence)
}

fn log_index_tampered(a: &Authority) -> Case {
    let evidence =
        layer(a, &demo(a), |layer| log_annotation(layer, |bundle| bundle["Payload"]["logIndex"] = json!(1)));
    refused("sig-log-index", "logIndex is covered by the promise", a, evidence)
}

fn certificate_whitespace(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| annotate(layer, CERTIFICATE, " \n\t "));
    refused("sig-certificate-whitespace", "cosign #4649: an error, no panic", a, evidence)
}

fn certificate_garbage(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| {
        annotate(layer, CERTIFICATE, "-----BEGIN CERTIFICATE-----\nbm90\n-----END CERTIFICATE-----\n");
    });
    refused("sig-certificate-garbage", "PEM of something that is no certificate", a, evidence)
}

fn certificate_absent(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| drop(layer.annotations.remove(CERTIFICATE)));
    refused("sig-certificate-absent", "keyless without a certificate", a, evidence)
}

fn certificate_other(a: &Authority) -> Case {
    let other = a.sign(&demo(a).key(KeyKind::P256)).legacy();
    let evidence = layer(a, &demo(a), |layer| annotate(layer, CERTIFICATE, &other.annotations[CERTIFICATE]));
    refused("sig-certificate-other", "a genuine certificate of another key", a, evidence)
}

fn bundle_garbage(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| annotate(layer, BUNDLE, "{"));
    refused("sig-bundle-garbage", "CVE-2022-36056: a bundle that is no JSON", a, evidence)
}

fn bundle_body_number(a: &Authority) -> Case {
    let evidence =
        layer(a, &demo(a), |layer| log_annotation(layer, |bundle| bundle["Payload"]["body"] = json!(7)));
    refused("sig-bundle-body-number", "cosign #4651: the body is not a string", a, evidence)
}

fn bundle_body_malformed(a: &Authority) -> Case {
    let request = demo(a);
    let mut signed = a.sign(&request);
    let kind = signed.entries[0].kind;
    signed.entries = vec![a.rekor.append(kind, br#"{"kind":"hashedrekord"}"#.to_vec(), a.time)];
    let evidence = Evidence::LegacySignature(vec![signed.legacy()]);
    refused("sig-bundle-body-malformed", "a promised body without a spec", a, evidence)
}

fn bundle_null(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| annotate(layer, BUNDLE, "null"));
    refused("sig-bundle-null", "the bundle annotation is null", a, evidence)
}

fn unlogged(a: &Authority) -> Case {
    refused("sig-unlogged", "keyless, never logged", a, layer(a, &demo(a).unlogged(), |_| {}))
}

fn sct_none(a: &Authority) -> Case {
    let request = demo(a).leaf(|leaf| leaf.sct = Sct::None);
    refused("sig-sct-none", "a certificate that no CT log saw", a, layer(a, &request, |_| {}))
}

fn sct_other(a: &Authority) -> Case {
    let seen = a.sign(&demo(a).leaf(harmless)).leaf.expect("a leaf");
    let request = demo(a).leaf(|leaf| leaf.sct = Sct::Of(ca::tbs(&seen)));
    refused("sig-sct-other", "the SCT of another certificate", a, layer(a, &request, |_| {}))
}

fn expired_intermediate(a: &Authority) -> Case {
    let years = Window::new(a.start, at("2034-01-01T00:00:00Z"));
    let short = Window::new(a.start, at("2025-02-01T00:00:00Z"));
    let a = Authority { ca: Ca::new("default", years, short), ..Authority::default() };
    let shows = "CVE-2026-24122: a valid leaf under an intermediate that had expired";
    refused("sig-expired-intermediate", shows, &a, layer(&a, &demo(&a), |_| {}))
}

fn logged_late(a: &Authority) -> Case {
    let mut request = demo(a);
    request.time = a.time + jiff::SignedDuration::from_hours(1);
    refused("sig-logged-late", "logged after the leaf expired", a, layer(a, &request, |_| {}))
}

fn identity_other(a: &Authority) -> Case {
    let mut case = refused("sig-identity-other", "signed by somebody else", a, layer(a, &demo(a), |_| {}));
    let issuer = crate::support::authority::ISSUER.to_owned();
    case.signer = CaseSigner::Identity { san: "https://github.com/example/other".to_owned(), issuer };
    case
}

fn purpose(a: &Authority) -> Case {
    let request = demo(a).leaf(|leaf| leaf.key_purpose = ca::SERVER_AUTH);
    refused("sig-purpose", "a leaf for TLS servers", a, layer(a, &request, |_| {}))
}

fn foreign_ca(a: &Authority) -> Case {
    let years = Window::new(a.start, at("2034-01-01T00:00:00Z"));
    let b = Authority { ca: Ca::new("somebody else", years, years), ..Authority::default() };
    let mut signed = b.sign(&demo(&b));
    signed.chain.push(b.ca.root.clone());
    let evidence = Evidence::LegacySignature(vec![signed.legacy()]);
    refused("sig-foreign-ca", "the chain annotation brings its own root", a, evidence)
}

fn tsa_outside_leaf(a: &Authority) -> Case {
    let request = demo(a).timestamped(a.time + jiff::SignedDuration::from_hours(1));
    refused("sig-tsa-outside-leaf", "stamped after the leaf expired", a, layer(a, &request, |_| {}))
        .signed_timestamps()
}

fn tsa_other_signature(a: &Authority) -> Case {
    let mut signed = a.sign(&demo(a));
    signed.timestamps.push(a.tsa.stamp(b"another signature", a.time));
    let evidence = Evidence::LegacySignature(vec![signed.legacy()]);
    refused("sig-tsa-other-signature", "a genuine token over another signature", a, evidence)
        .signed_timestamps()
}

fn tsa_garbage(a: &Authority) -> Case {
    let evidence =
        layer(a, &demo(a), |layer| annotate(layer, TIMESTAMP, r#"{"SignedRFC3161Timestamp":"bm90"}"#));
    refused("sig-tsa-garbage", "bytes that are no token", a, evidence).signed_timestamps()
}

fn signed_payload(a: &Authority, payload: &str) -> Evidence {
    layer(a, &a.keyless(Content::message(payload)), |_| {})
}

fn payload_garbage(a: &Authority) -> Case {
    refused("sig-payload-garbage", "a signed payload that is no JSON", a, signed_payload(a, "{"))
}

fn payload_digest_null(a: &Authority) -> Case {
    let payload = r#"{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":null},"type":"cosign container image signature"},"optional":null}"#;
    refused("sig-payload-digest-null", "a signed payload about nothing", a, signed_payload(a, payload))
}

fn signature_empty(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| annotate(layer, SIGNATURE, ""));
    refused("sig-signature-empty", "an empty signature", a, evidence)
}

fn signature_absent(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| drop(layer.annotations.remove(SIGNATURE)));
    refused("sig-signature-absent", "a layer without the signature annotation", a, evidence)
}

fn signature_not_base64(a: &Authority) -> Case {
    let evidence = layer(a, &demo(a), |layer| annotate(layer, SIGNATURE, "%%%"));
    refused("sig-signature-not-base64", "an annotation that is no base64", a, evidence)
}

fn no_layers(a: &Authority) -> Case {
    refused("sig-no-layers", "a .sig manifest without signatures", a, Evidence::LegacySignature(Vec::new()))
}

fn layers_1001(a: &Authority) -> Case {
    let layer = a.sign(&demo(a)).legacy();
    let evidence = Evidence::LegacySignature(vec![layer; 1001]);
    refused("sig-1001-layers", "CVE-2024-29903: more layers than cosign reads", a, evidence)
}

fn key_other(a: &Authority) -> Case {
    let evidence = layer(a, &a.managed(KeyKind::P256, payload(&demo_image())), |_| {});
    let other = Key::new(KeyKind::P256, "somebody else", "managed");
    refused("sig-key-other", "signed with another key", a, evidence).with_key(&other)
}

fn key_foreign_bundle(a: &Authority) -> Case {
    let request = |image| a.managed(KeyKind::P256, payload(&image));
    let other = a.sign(&request(other_image())).legacy();
    let evidence =
        layer(a, &request(demo_image()), |layer| annotate(layer, BUNDLE, &other.annotations[BUNDLE]));
    refused("sig-key-foreign-bundle", "CVE-2022-23649, with a managed key", a, evidence)
        .with_key(&a.managed_key(KeyKind::P256))
}

fn key_entry_other_key(a: &Authority) -> Case {
    let mut other = a.managed(KeyKind::P256, payload(&demo_image()));
    other.signer =
        crate::support::authority::Signer::Managed(Key::new(KeyKind::P256, "somebody else", "managed"));
    let other = a.sign(&other).legacy();
    let request = a.managed(KeyKind::P256, payload(&demo_image()));
    let evidence = layer(a, &request, |layer| annotate(layer, BUNDLE, &other.annotations[BUNDLE]));
    refused("sig-key-entry-other-key", "logged by another key over the same payload", a, evidence)
        .with_key(&a.managed_key(KeyKind::P256))
}

fn key_unlogged(a: &Authority) -> Case {
    let evidence = layer(a, &a.managed(KeyKind::P256, payload(&demo_image())).unlogged(), |_| {});
    refused("sig-key-unlogged-unasked", "never logged, and nobody asked to ignore that", a, evidence)
        .with_key(&a.managed_key(KeyKind::P256))
}
