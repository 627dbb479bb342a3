//! What was signed is not about this artifact, or not what was asked for; bundles that are no bundles.

use serde_json::Value;
use serde_json::json;

use super::changed;
use super::refused;
use super::rewritten;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::base64;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Evidence;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::OTHER_ARTIFACT;
use crate::support::authority::cases::SPDX;
use crate::support::authority::cases::attestation;
use crate::support::authority::cases::blob;
use crate::support::authority::cases::demo_image;
use crate::support::authority::cases::image_signature;
use crate::support::authority::cases::other_image;
use crate::support::authority::cases::spdx_document;
use crate::support::authority::cases::subjects;
use crate::support::authority::image;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    two_signatures,
    no_signature,
    payload_type,
    payload_type_swapped,
    predicate_rewrite,
    subject_rewrite,
    other_image_attested,
    predicate_type,
    subjects_1025,
    subject_null,
    subject_empty,
    subject_digest_null,
    subject_sha512_only,
    payload_no_json,
    payload_null,
    statement_type,
    raw_payload_signed,
    message_digest,
    other_artifact,
    signature_garbage,
    signature_empty,
    signature_malleated,
    media_type_v04,
    media_type_absent,
    both_contents,
    no_content,
    duplicate_key,
    unknown_field,
    not_json,
    image_signature_other,
    image_signature_message,
    image_signature_provenance,
];

fn demo() -> Content {
    attestation(&demo_image())
}

fn attested(name: &'static str, shows: &'static str, a: &Authority, content: Content) -> Case {
    refused(name, shows, a, changed(a, &a.keyless(content), |_| {}))
}

fn two_signatures(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(demo()), |bundle| {
        let signatures = bundle["dsseEnvelope"]["signatures"].as_array_mut().expect("an array");
        signatures.push(signatures[0].clone());
    });
    refused("dsse-two-signatures", "an envelope in a bundle has one signature", a, evidence)
}

fn no_signature(a: &Authority) -> Case {
    let evidence =
        rewritten(a, &a.keyless(demo()), |bundle| bundle["dsseEnvelope"]["signatures"] = json!([]));
    refused("dsse-no-signature", "an envelope without a signature", a, evidence)
}

fn payload_type(a: &Authority) -> Case {
    let Content::Dsse { payload, .. } = demo() else { unreachable!("an envelope") };
    let content = Content::Dsse { payload_type: "text/plain".to_owned(), payload };
    attested("dsse-payload-type", "signed as plain text, not as a statement", a, content)
}

fn payload_type_swapped(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(demo()), |bundle| {
        bundle["dsseEnvelope"]["payloadType"] = json!("text/plain")
    });
    refused("dsse-payload-type-swapped", "the payload type is covered by the signature", a, evidence)
}

fn rewrite(a: &Authority, change: impl FnOnce(&mut Value)) -> Evidence {
    changed(a, &a.keyless(demo()), |signed| {
        let Content::Dsse { payload, .. } = &mut signed.content else { unreachable!("an envelope") };
        let mut statement: Value = serde_json::from_slice(payload).expect("a statement");
        change(&mut statement);
        *payload = statement.to_string().into_bytes();
    })
}

fn predicate_rewrite(a: &Authority) -> Case {
    let evidence = rewrite(a, |statement| statement["predicate"]["packages"] = json!([]));
    refused("dsse-predicate-rewrite", "packages removed from the SBOM after signing", a, evidence)
}

fn subject_rewrite(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(attestation(&other_image())), |signed| signed.content = demo());
    refused("dsse-subject-rewrite", "the subject rewritten to this image after signing", a, evidence)
}

fn other_image_attested(a: &Authority) -> Case {
    let shows = "sigstore-ruby GHSA-mhg6-2q2v-9h2c: a genuine attestation of another image";
    attested("attestation-other-image", shows, a, attestation(&other_image()))
}

fn predicate_type(a: &Authority) -> Case {
    let statement = image::statement(
        &demo_image().digest(),
        "https://slsa.dev/provenance/v1",
        &json!({ "buildDefinition": {} }),
    );
    let shows = "CVE-2022-35929: only an attestation of another predicate type";
    attested("attestation-predicate-type", shows, a, Content::statement(&statement))
}

fn subjects_1025(a: &Authority) -> Case {
    attested("attestation-1025-subjects", "GHSA-cq38-jh5f-37mq: too many subjects", a, subjects(1025))
}

fn with_subject(subject: &Value) -> Content {
    Content::statement(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": SPDX,
        "predicate": spdx_document(),
    }))
}

fn subject_null(a: &Authority) -> Case {
    let hex = demo_image().digest().replace("sha256:", "");
    let subject = json!([null, { "name": "x", "digest": { "sha256": hex } }]);
    attested("attestation-subject-null", "cosign #4653: a null subject", a, with_subject(&subject))
}

fn subject_empty(a: &Authority) -> Case {
    attested("attestation-subject-empty", "about nothing", a, with_subject(&json!([])))
}

fn subject_digest_null(a: &Authority) -> Case {
    let subject = json!([{ "name": "registry.example/app", "digest": null }]);
    attested("attestation-digest-null", "a subject without a digest", a, with_subject(&subject))
}

fn subject_sha512_only(a: &Authority) -> Case {
    let hex = demo_image().digest().replace("sha256:", "");
    let subject = json!([{ "name": "registry.example/app", "digest": { "sha512": hex } }]);
    attested(
        "attestation-digest-algorithm",
        "the digest's hex under another algorithm",
        a,
        with_subject(&subject),
    )
}

fn payload_no_json(a: &Authority) -> Case {
    let payload = b"{\"_type\":".to_vec();
    let content =
        Content::Dsse { payload_type: crate::support::authority::sign::IN_TOTO.to_owned(), payload };
    attested("attestation-payload-malformed", "a signed payload that is not JSON", a, content)
}

fn payload_null(a: &Authority) -> Case {
    attested(
        "attestation-payload-null",
        "cosign #4648: the payload is null",
        a,
        Content::statement(&Value::Null),
    )
}

fn statement_type(a: &Authority) -> Case {
    let mut statement = image::statement(&demo_image().digest(), SPDX, &spdx_document());
    statement["_type"] = json!("https://example.com/Statement/v9");
    attested("attestation-statement-type", "not an in-toto statement", a, Content::statement(&statement))
}

fn raw_payload_signed(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(demo()), |signed| {
        let Content::Dsse { payload, .. } = &signed.content else { unreachable!("an envelope") };
        signed.signature = signed.key.sign(payload);
        signed.entries = vec![a.log(crate::support::authority::EntryKind::Dsse001, signed, a.time)];
    });
    refused("dsse-raw-payload", "signed without the pre-authentication encoding", a, evidence)
}

fn message_digest(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        let digest = crate::support::authority::Hash::Sha256.digest(OTHER_ARTIFACT);
        bundle["messageSignature"]["messageDigest"]["digest"] = json!(base64(&digest));
    });
    refused("blob-message-digest", "sigstore-python #1652: messageDigest is another's", a, evidence)
}

fn other_artifact(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(Content::message(OTHER_ARTIFACT)), |_| {});
    refused("blob-other-artifact", "CVE-2022-36056: a genuine bundle of another artifact", a, evidence)
}

fn signature_garbage(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.signature = b"forged - not a signature".to_vec();
        signed.entries = vec![a.log(crate::support::authority::EntryKind::HashedRekord001, signed, a.time)];
    });
    refused("blob-signature-garbage", "logged, but no signature", a, evidence)
}

fn signature_malleated(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        let signature = p256::ecdsa::Signature::from_der(&signed.signature).expect("a signature");
        let (r, s) = signature.split_scalars();
        let other = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-s).to_bytes()).expect("a signature");
        signed.signature = other.to_der().as_bytes().to_vec();
    });
    refused("blob-signature-malleated", "(r, -s) is valid as well, but not what was logged", a, evidence)
}

fn signature_empty(a: &Authority) -> Case {
    let evidence =
        rewritten(a, &a.keyless(blob()), |bundle| bundle["messageSignature"]["signature"] = json!(""));
    refused("blob-signature-empty", "an empty signature", a, evidence)
}

fn media_type_v04(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.4+json");
    });
    refused("bundle-v04", "a version that does not exist", a, evidence)
}

fn media_type_absent(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle.as_object_mut().expect("an object").remove("mediaType");
    });
    refused("bundle-no-media-type", "no version at all", a, evidence)
}

fn both_contents(a: &Authority) -> Case {
    let envelope = a.sign(&a.keyless(demo())).bundle_value()["dsseEnvelope"].clone();
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| bundle["dsseEnvelope"] = envelope);
    refused("bundle-both-contents", "a message signature and an envelope", a, evidence)
}

fn no_content(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle.as_object_mut().expect("an object").remove("messageSignature");
    });
    refused("bundle-no-content", "nothing is signed", a, evidence)
}

fn text(a: &Authority, change: impl FnOnce(String) -> String) -> Evidence {
    let bundle = String::from_utf8(a.sign(&a.keyless(blob())).bundle()).expect("text");
    Evidence::Blob(change(bundle).into_bytes())
}

fn duplicate_key(a: &Authority) -> Case {
    let evidence = text(a, |bundle| {
        bundle.replacen('{', r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","#, 1)
    });
    refused("bundle-duplicate-key", "a JSON object with one key twice", a, evidence)
}

fn unknown_field(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| bundle["comment"] = json!("trust me"));
    refused("bundle-unknown-field", "protobuf JSON knows no such field", a, evidence)
}

fn not_json(a: &Authority) -> Case {
    let evidence = text(a, |bundle| bundle[..bundle.len() - 1].to_owned());
    refused("bundle-truncated", "the last byte is missing", a, evidence)
}

fn image_signature_other(a: &Authority) -> Case {
    let bundle = a.sign(&a.keyless(image_signature(&other_image()))).bundle();
    let shows = "a genuine signature of another image, hung on this one";
    refused("image-signature-other", shows, a, Evidence::ImageSignature(bundle))
}

fn image_signature_message(a: &Authority) -> Case {
    let bundle = a.sign(&a.keyless(Content::message(demo_image().manifest))).bundle();
    let shows = "a signature over the manifest's bytes, which no cosign writes for an image";
    refused("image-signature-message", shows, a, Evidence::ImageSignature(bundle))
}

fn image_signature_provenance(a: &Authority) -> Case {
    let statement = image::statement(
        &demo_image().digest(),
        "https://slsa.dev/provenance/v1",
        &json!({ "buildDefinition": {} }),
    );
    let bundle = a.sign(&a.keyless(Content::statement(&statement))).bundle();
    let shows = "an attestation by the same signer is no signature of the image";
    refused("image-signature-provenance", shows, a, Evidence::ImageSignature(bundle))
}
