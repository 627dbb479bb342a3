//! What must be accepted.

use super::Authority;
use super::Case;
use super::Evidence;
use super::Key;
use super::KeyKind;
use super::Make;
use super::attestation;
use super::blob;
use super::bundled;
use super::demo_image;
use super::image_signature;
use super::layered;
use super::payload;
use crate::support::authority::EntryKind;
use crate::support::authority::Hash;
use crate::support::authority::San;
use crate::support::authority::Version;
use crate::support::authority::sign::Request;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    blob_v03,
    blob_v02,
    blob_v01,
    blob_v01_promise_only,
    blob_tsa,
    blob_rekor2,
    blob_two_entries,
    blob_tsa_extra_certificate,
    blob_rekor2_witnessed,
    blob_p384,
    blob_p521,
    blob_rsa,
    blob_ed25519,
    blob_email,
    attestation_v03,
    attestation_v02,
    attestation_intoto,
    attestation_rekor2,
    attestation_tsa,
    attestation_two_tsa,
    attestation_1024_subjects,
    attestation_other_name,
    blob_key_p256,
    blob_key_p384,
    blob_key_p521,
    blob_key_rsa2048,
    blob_key_rsa4096,
    blob_key_ed25519,
    attestation_key_p256,
    attestation_key_ed25519,
    blob_key_rekor2,
    blob_key_unlogged,
    sig_keyless,
    sig_rekord,
    sig_tsa,
    sig_bad_beside_good,
    sig_chain_absent,
    sig_key_p256,
    sig_key_p384,
    sig_key_p521,
    sig_key_rsa2048,
    sig_key_rsa4096,
    sig_key_ed25519,
    att_dsse,
    att_intoto_v1,
    att_intoto_v2,
    att_tsa,
    att_key_p256,
    att_key_rsa2048,
    att_no_predicate_annotation,
    image_signature_v03,
    image_signature_rekor2,
    image_signature_key,
    sig_key_unlogged,
];

fn image_signature_v03(a: &Authority) -> Case {
    let bundle = a.sign(&a.keyless(image_signature(&demo_image())).timestamped(a.time)).bundle();
    Case::new("image-signature", "what cosign 3 sign writes", a, Evidence::ImageSignature(bundle))
}

fn image_signature_rekor2(a: &Authority) -> Case {
    let request = a.keyless(image_signature(&demo_image()));
    let bundle = a.sign(&request.entry(EntryKind::HashedRekord002).timestamped(a.time)).bundle();
    Case::new("image-signature-rekor2", "the same in Rekor v2", a, Evidence::ImageSignature(bundle))
        .signed_timestamps()
}

fn image_signature_key(a: &Authority) -> Case {
    let bundle = a.sign(&a.managed(KeyKind::P256, image_signature(&demo_image()))).bundle();
    Case::new("image-signature-key", "cosign 3 sign --key", a, Evidence::ImageSignature(bundle))
        .with_key(&a.managed_key(KeyKind::P256))
}

fn bundle(name: &'static str, shows: &'static str, authority: &Authority, request: &Request) -> Case {
    Case::new(name, shows, authority, bundled(&authority.sign(request)))
}

fn legacy(name: &'static str, shows: &'static str, authority: &Authority, request: &Request) -> Case {
    Case::new(name, shows, authority, layered(&authority.sign(request)))
}

fn blob_v03(a: &Authority) -> Case {
    bundle("blob-v03", "what cosign 3 sign-blob writes", a, &a.keyless(blob()))
}

fn blob_v02(a: &Authority) -> Case {
    bundle("blob-v02", "bundle v0.2 with a chain", a, &a.keyless(blob()).version(Version::V02))
}

fn blob_v01(a: &Authority) -> Case {
    bundle("blob-v01", "bundle v0.1 with promise and proof", a, &a.keyless(blob()).version(Version::V01))
}

fn blob_v01_promise_only(a: &Authority) -> Case {
    let mut signed = a.sign(&a.keyless(blob()).version(Version::V01));
    signed.entries[0].proof = None;
    Case::new("blob-v01-promise-only", "v0.1 asks for a promise, not for a proof", a, bundled(&signed))
}

fn blob_tsa(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time);
    bundle("blob-tsa", "an RFC 3161 time beside the log's", a, &request).signed_timestamps()
}

fn blob_rekor2(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    bundle("blob-rekor2", "Rekor v2 has no time; the TSA gives it", a, &request).signed_timestamps()
}

fn blob_tsa_extra_certificate(a: &Authority) -> Case {
    let mut signed = a.sign(&a.keyless(blob()).entry(EntryKind::HashedRekord002));
    let digest = Hash::Sha256.digest(&signed.signature);
    let bag = [a.ca.intermediate.as_slice(), &a.tsa.leaf];
    signed.timestamps.push(a.tsa.respond(&digest, None, a.time, &bag));
    let shows = "a genuine token with a certificate of somebody else first in its bag";
    Case::new("blob-tsa-extra-certificate", shows, a, bundled(&signed)).signed_timestamps()
}

/// Adds a line of a witness that nobody knows to the checkpoint (c2sp.org/tlog-cosignature).
fn witnessed(a: &Authority) -> super::Signed {
    let witness = crate::support::authority::Rekor::v2("witness", "witness.example");
    let mut signed = a.sign(&a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time));
    let proof = signed.entries[0].proof.as_mut().expect("a proof");
    let other = witness.checkpoint("witness.example", proof.size, proof.root);
    let line = other.lines().last().expect("a signature");
    proof.checkpoint.push_str(&format!("{line}\n"));
    signed
}

fn blob_rekor2_witnessed(a: &Authority) -> Case {
    let signed = witnessed(a);
    Case::new("blob-rekor2-witnessed", "an unknown witness signed the tree head, too", a, bundled(&signed))
        .signed_timestamps()
}

fn blob_two_entries(a: &Authority) -> Case {
    let mut signed = a.sign(&a.keyless(blob()).timestamped(a.time));
    let second = a.log(EntryKind::HashedRekord002, &signed, a.time);
    signed.entries.push(second);
    Case::new("blob-two-entries", "logged in two logs", a, bundled(&signed))
}

fn blob_p384(a: &Authority) -> Case {
    bundle("blob-p384", "a P-384 leaf with SHA-384", a, &a.keyless(blob()).key(KeyKind::P384))
}

fn blob_p521(a: &Authority) -> Case {
    bundle("blob-p521", "a P-521 leaf with SHA-512", a, &a.keyless(blob()).key(KeyKind::P521))
}

fn blob_rsa(a: &Authority) -> Case {
    bundle("blob-rsa", "an RSA leaf", a, &a.keyless(blob()).key(KeyKind::Rsa3072))
}

fn blob_ed25519(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).key(KeyKind::Ed25519);
    bundle("attestation-ed25519", "an Ed25519 leaf signs an envelope", a, &request)
}

fn blob_email(a: &Authority) -> Case {
    let san = "dev@example.com".to_owned();
    let request = a.keyless(blob()).leaf(|leaf| {
        leaf.san = San::Email("dev@example.com".to_owned());
        leaf.claims.clear();
    });
    let mut case = bundle("blob-email", "a person's certificate: an email address, no claims", a, &request);
    if let super::CaseSigner::Identity { san: expected, .. } = &mut case.signer {
        *expected = san;
    }
    case
}

fn attestation_v03(a: &Authority) -> Case {
    bundle("attestation-v03", "what cosign 3 attest writes", a, &a.keyless(attestation(&demo_image())))
}

fn attestation_v02(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).version(Version::V02);
    bundle("attestation-v02", "bundle v0.2", a, &request)
}

fn attestation_intoto(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).version(Version::V02).entry(EntryKind::Intoto002);
    bundle("attestation-intoto", "entry kind intoto 0.0.2, encoded twice", a, &request)
}

fn attestation_rekor2(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image()));
    let request = request.entry(EntryKind::HashedRekord002).timestamped(a.time);
    bundle("attestation-rekor2", "Rekor v2 logs an envelope's digest", a, &request).signed_timestamps()
}

fn attestation_tsa(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).timestamped(a.time);
    bundle("attestation-tsa", "an RFC 3161 time beside the log's", a, &request).signed_timestamps()
}

fn attestation_two_tsa(a: &Authority) -> Case {
    let later = a.time + jiff::SignedDuration::from_secs(5);
    let request = a.keyless(attestation(&demo_image())).timestamped(a.time).timestamped(later);
    bundle("attestation-two-tsa", "two tokens, both inside the leaf's validity", a, &request)
        .signed_timestamps()
}

fn attestation_1024_subjects(a: &Authority) -> Case {
    let request = a.keyless(super::subjects(1024));
    bundle("attestation-1024-subjects", "as many subjects as sigstore-go allows", a, &request)
}

fn attestation_other_name(a: &Authority) -> Case {
    let request = a
        .keyless(attestation(&demo_image()))
        .leaf(|leaf| leaf.san = San::Other("octo!example.com".to_owned()));
    let mut case = bundle("attestation-other-name", "Fulcio's otherName for user names", a, &request);
    if let super::CaseSigner::Identity { san, .. } = &mut case.signer {
        *san = "octo!example.com".to_owned();
    }
    case
}

fn key_blob(name: &'static str, kind: KeyKind, a: &Authority) -> Case {
    let key = a.managed_key(kind);
    let case = bundle(name, "a managed key signs a blob, logged", a, &a.managed(kind, blob())).with_key(&key);
    if key.default_hash() == Hash::Sha256 { case } else { case.digest(key.default_hash()) }
}

fn blob_key_p256(a: &Authority) -> Case {
    key_blob("blob-key-p256", KeyKind::P256, a)
}

fn blob_key_p384(a: &Authority) -> Case {
    key_blob("blob-key-p384", KeyKind::P384, a)
}

fn blob_key_p521(a: &Authority) -> Case {
    key_blob("blob-key-p521", KeyKind::P521, a)
}

fn blob_key_rsa2048(a: &Authority) -> Case {
    key_blob("blob-key-rsa2048", KeyKind::Rsa2048, a)
}

fn blob_key_rsa4096(a: &Authority) -> Case {
    key_blob("blob-key-rsa4096", KeyKind::Rsa4096, a)
}

fn blob_key_ed25519(a: &Authority) -> Case {
    let key = a.managed_key(KeyKind::Ed25519);
    let request = a.managed(KeyKind::Ed25519, blob()).unlogged();
    bundle("blob-key-ed25519", "plain Ed25519 cannot be a hashedrekord: unlogged", a, &request)
        .with_key(&key)
        .ignore_tlog()
}

fn key_attestation(name: &'static str, kind: KeyKind, a: &Authority) -> Case {
    let request = a.managed(kind, attestation(&demo_image()));
    bundle(name, "a managed key signs an envelope, logged", a, &request).with_key(&a.managed_key(kind))
}

fn attestation_key_p256(a: &Authority) -> Case {
    key_attestation("attestation-key-p256", KeyKind::P256, a)
}

fn attestation_key_ed25519(a: &Authority) -> Case {
    key_attestation("attestation-key-ed25519", KeyKind::Ed25519, a)
}

fn blob_key_rekor2(a: &Authority) -> Case {
    let request = a.managed(KeyKind::P256, blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    bundle("blob-key-rekor2", "a managed key in Rekor v2", a, &request)
        .with_key(&a.managed_key(KeyKind::P256))
        .signed_timestamps()
}

fn blob_key_unlogged(a: &Authority) -> Case {
    let request = a.managed(KeyKind::P256, blob()).unlogged();
    bundle("blob-key-unlogged", "a managed key without a log, asked for by an ugly flag", a, &request)
        .with_key(&a.managed_key(KeyKind::P256))
        .ignore_tlog()
}

fn sig_keyless(a: &Authority) -> Case {
    legacy("sig-keyless", "what cosign 2 sign writes", a, &a.keyless(payload(&demo_image())))
}

fn sig_rekord(a: &Authority) -> Case {
    let request = a.keyless(payload(&demo_image())).entry(EntryKind::Rekord001);
    legacy("sig-rekord", "the first cosign logged rekord entries", a, &request)
}

fn sig_tsa(a: &Authority) -> Case {
    let request = a.keyless(payload(&demo_image())).timestamped(a.time);
    legacy("sig-tsa", "with the rfc3161timestamp annotation", a, &request).signed_timestamps()
}

fn sig_bad_beside_good(a: &Authority) -> Case {
    let good = a.sign(&a.keyless(payload(&demo_image()))).legacy();
    let mut bad = good.clone();
    bad.annotations.remove(crate::support::authority::legacy::CERTIFICATE);
    let layers = vec![bad, good];
    let evidence = Evidence::LegacySignature(layers);
    Case::new("sig-bad-beside-good", "any one that verifies is enough", a, evidence)
}

fn sig_chain_absent(a: &Authority) -> Case {
    let mut layer = a.sign(&a.keyless(payload(&demo_image()))).legacy();
    layer.annotations.remove(crate::support::authority::legacy::CHAIN);
    let evidence = Evidence::LegacySignature(vec![layer]);
    Case::new("sig-chain-absent", "the chain comes from the trusted root", a, evidence)
}

fn key_sig(name: &'static str, kind: KeyKind, a: &Authority) -> Case {
    let request = a.managed(kind, payload(&demo_image())).hash(Hash::Sha256);
    let key = a.managed_key(kind);
    legacy(name, "a managed key in the legacy layout: always SHA-256", a, &request).with_key(&key)
}

fn sig_key_p256(a: &Authority) -> Case {
    key_sig("sig-key-p256", KeyKind::P256, a)
}

fn sig_key_p384(a: &Authority) -> Case {
    key_sig("sig-key-p384", KeyKind::P384, a)
}

fn sig_key_p521(a: &Authority) -> Case {
    key_sig("sig-key-p521", KeyKind::P521, a)
}

fn sig_key_rsa2048(a: &Authority) -> Case {
    key_sig("sig-key-rsa2048", KeyKind::Rsa2048, a)
}

fn sig_key_rsa4096(a: &Authority) -> Case {
    key_sig("sig-key-rsa4096", KeyKind::Rsa4096, a)
}

fn sig_key_ed25519(a: &Authority) -> Case {
    let request = a.managed(KeyKind::Ed25519, payload(&demo_image())).unlogged();
    let key: Key = a.managed_key(KeyKind::Ed25519);
    legacy("sig-key-ed25519", "Ed25519 in the legacy layout, unlogged", a, &request)
        .with_key(&key)
        .ignore_tlog()
}

fn att_dsse(a: &Authority) -> Case {
    legacy("att-dsse", "what cosign 2 attest writes", a, &a.keyless(attestation(&demo_image())))
}

fn att_intoto_v1(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).entry(EntryKind::Intoto001);
    legacy("att-intoto-v1", "what cosign before 2.2 attest wrote: intoto 0.0.1", a, &request)
}

fn att_intoto_v2(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).entry(EntryKind::Intoto002);
    legacy("att-intoto-v2", "intoto 0.0.2 in the legacy layout", a, &request)
}

fn att_tsa(a: &Authority) -> Case {
    let mut signed = a.sign(&a.keyless(attestation(&demo_image())));
    signed.timestamps.push(a.tsa.stamp(&signed.envelope(), a.time));
    Case::new("att-tsa", "the token is over the envelope, not over the signature", a, layered(&signed))
        .signed_timestamps()
}

fn att_key_p256(a: &Authority) -> Case {
    let request = a.managed(KeyKind::P256, attestation(&demo_image()));
    legacy("att-key-p256", "a managed key", a, &request).with_key(&a.managed_key(KeyKind::P256))
}

fn att_key_rsa2048(a: &Authority) -> Case {
    let request = a.managed(KeyKind::Rsa2048, attestation(&demo_image()));
    legacy("att-key-rsa2048", "a managed key", a, &request).with_key(&a.managed_key(KeyKind::Rsa2048))
}

fn att_no_predicate_annotation(a: &Authority) -> Case {
    let mut layer = a.sign(&a.keyless(attestation(&demo_image()))).legacy();
    layer.annotations.remove("predicateType");
    let evidence = Evidence::LegacyAttestation(vec![layer]);
    Case::new("att-no-predicate-annotation", "old attestations lack the annotation", a, evidence)
}

fn sig_key_unlogged(a: &Authority) -> Case {
    let request = a.managed(KeyKind::P256, payload(&demo_image())).unlogged();
    legacy("sig-key-unlogged", "a managed key without a log", a, &request)
        .with_key(&a.managed_key(KeyKind::P256))
        .ignore_tlog()
}
