//! The log entry is not of this signature, or does not prove what it should.

use serde_json::json;

use super::changed;
use super::refused;
use super::rewritten;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::EntryKind;
use crate::support::authority::Rekor;
use crate::support::authority::Version;
use crate::support::authority::at;
use crate::support::authority::canonical;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::OTHER_ARTIFACT;
use crate::support::authority::cases::attestation;
use crate::support::authority::cases::blob;
use crate::support::authority::cases::demo_image;
use crate::support::authority::cases::other_image;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    foreign_hashedrekord,
    foreign_dsse,
    foreign_intoto,
    foreign_rekor2,
    foreign_certificate,
    kind_confusion,
    kind_label,
    duplicate,
    duplicate_index,
    thirty_three,
    bare_beside_good,
    bare,
    none,
    foreign_beside_good,
    checkpoint_other_log,
    checkpoint_other_tree,
    checkpoint_none,
    rekor2_checkpoint_origin,
    rekor2_checkpoint_signature,
    root_hash,
    proof_hash,
    proof_index,
    proof_negative_index,
    v03_no_proof,
    v02_no_proof,
    downgrade,
    promise_of_other_entry,
    promise_garbage,
    log_index,
    unknown_log,
    log_window,
    body_malformed,
    body_unknown_kind,
];

fn foreign(name: &'static str, a: &Authority, mine: Content, other: Content, kind: EntryKind) -> Case {
    let request = |content| a.keyless(content).entry(kind).timestamped(a.time);
    let entries = a.sign(&request(other)).entries;
    let shows = "GHSA-whqx-f9j3-ch6m, CVE-2022-36056: genuine entry of another artifact by the same key and certificate";
    refused(name, shows, a, changed(a, &request(mine), |signed| signed.entries = entries))
}

fn foreign_hashedrekord(a: &Authority) -> Case {
    let other = Content::message(OTHER_ARTIFACT);
    foreign("tlog-foreign-hashedrekord", a, blob(), other, EntryKind::HashedRekord001)
}

fn foreign_dsse(a: &Authority) -> Case {
    let other = attestation(&other_image());
    foreign("tlog-foreign-dsse", a, attestation(&demo_image()), other, EntryKind::Dsse001)
}

fn foreign_intoto(a: &Authority) -> Case {
    let other = attestation(&other_image());
    foreign("tlog-foreign-intoto", a, attestation(&demo_image()), other, EntryKind::Intoto002)
}

fn foreign_rekor2(a: &Authority) -> Case {
    let other = Content::message(OTHER_ARTIFACT);
    foreign("tlog-foreign-rekor2", a, blob(), other, EntryKind::HashedRekord002).signed_timestamps()
}

fn foreign_certificate(a: &Authority) -> Case {
    let renewed = a.keyless(blob()).leaf(|leaf| leaf.claims.clear());
    let entries = a.sign(&renewed).entries;
    let shows = "the entry holds the same signature, but another certificate of the same key";
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries = entries);
    refused("tlog-other-certificate", shows, a, evidence)
}

fn kind_confusion(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image()));
    let Content::Dsse { payload, .. } = &request.content else { unreachable!("an envelope") };
    // The same signer signed the bare payload as a file.
    let entries = a.sign(&a.keyless(Content::message(payload.clone()))).entries;
    let shows = "an entry for the payload as a file stands in for the envelope";
    refused("tlog-kind-confusion", shows, a, changed(a, &request, |signed| signed.entries = entries))
}

fn kind_label(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"]["kind"] = json!("dsse");
    });
    refused("tlog-kind-label", "kindVersion says dsse, the body hashedrekord", a, evidence)
}

fn duplicate(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries.push(signed.entries[0].clone()));
    refused("tlog-duplicate", "sigstore-js #1702, GHSA-9vcr-p3rj-q5q6: one entry counted twice", a, evidence)
}

fn duplicate_index(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        let mut copy = signed.entries[0].clone();
        copy.promise = None;
        signed.entries.push(copy);
    });
    refused("tlog-duplicate-unpromised", "the same entry again, once without its promise", a, evidence)
}

fn thirty_three(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        for _ in 1..33 {
            let entry = a.log(EntryKind::HashedRekord001, signed, a.time);
            signed.entries.push(entry);
        }
    });
    refused("tlog-33", "GHSA-cq38-jh5f-37mq: more entries than sigstore-go allows", a, evidence)
}

fn bare_beside_good(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        let mut bare = a.log(EntryKind::HashedRekord002, signed, a.time);
        (bare.proof, bare.promise) = (None, None);
        signed.entries.push(bare);
    });
    refused("tlog-bare-beside-good", "an entry with neither proof nor promise beside a good one", a, evidence)
}

fn bare(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()).timestamped(a.time), |signed| {
        (signed.entries[0].proof, signed.entries[0].promise) = (None, None);
    });
    refused("tlog-bare", "an entry that nobody signed; the time is from a TSA", a, evidence)
        .signed_timestamps()
}

fn none(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()).unlogged().timestamped(a.time), |_| {});
    refused("tlog-none", "keyless, with a trusted time, never logged", a, evidence).signed_timestamps()
}

fn foreign_beside_good(a: &Authority) -> Case {
    let foreign = a.sign(&a.keyless(Content::message(OTHER_ARTIFACT))).entries;
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries.extend(foreign));
    refused(
        "tlog-foreign-beside-good",
        "a genuine entry of another artifact beside the right one",
        a,
        evidence,
    )
}

fn checkpoint_other_log(a: &Authority) -> Case {
    let other = Rekor::v1("somebody else", &a.rekor.name);
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        let proof = signed.entries[0].proof.as_mut().expect("a proof");
        proof.checkpoint = other.checkpoint(&a.rekor.origin, proof.size, proof.root);
    });
    refused("tlog-checkpoint-other-log", "the tree head is signed by an unknown log", a, evidence)
}

fn checkpoint_other_tree(a: &Authority) -> Case {
    let older = a.sign(&a.keyless(Content::message(OTHER_ARTIFACT))).entries.remove(0);
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        let proof = signed.entries[0].proof.as_mut().expect("a proof");
        proof.checkpoint = older.proof.expect("a proof").checkpoint;
    });
    refused("tlog-checkpoint-other-tree", "a genuine tree head of an earlier tree", a, evidence)
}

fn checkpoint_none(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        let proof = &mut bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"];
        proof.as_object_mut().expect("an object").remove("checkpoint");
    });
    refused("tlog-checkpoint-none", "a proof to a root that nobody signed", a, evidence)
}

fn rekor2_checkpoint_origin(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    let evidence = changed(a, &request, |signed| {
        let proof = signed.entries[0].proof.as_mut().expect("a proof");
        proof.checkpoint = a.rekor2.checkpoint("other.example", proof.size, proof.root);
    });
    refused("tlog-rekor2-origin", "the tree head is of a log of another name", a, evidence)
        .signed_timestamps()
}

fn rekor2_checkpoint_signature(a: &Authority) -> Case {
    let other = Rekor::v2("somebody else", &a.rekor2.name);
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    let evidence = changed(a, &request, |signed| {
        let proof = signed.entries[0].proof.as_mut().expect("a proof");
        proof.checkpoint = other.checkpoint(&a.rekor2.origin, proof.size, proof.root);
    });
    refused("tlog-rekor2-other-log", "the tree head is signed by an unknown log", a, evidence)
        .signed_timestamps()
}

fn root_hash(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries[0].proof.as_mut().expect("a proof").root[0] ^= 1;
    });
    refused("tlog-root-hash", "rootHash differs from the checkpoint", a, evidence)
}

fn proof_hash(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries[0].proof.as_mut().expect("a proof").hashes[0][0] ^= 1;
    });
    refused("tlog-proof-hash", "the path does not lead to the root", a, evidence)
}

fn proof_index(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries[0].proof.as_mut().expect("a proof").index -= 1;
    });
    refused("tlog-proof-index", "the path is of another leaf", a, evidence)
}

fn proof_negative_index(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["logIndex"] = json!("-1");
    });
    refused("tlog-proof-negative-index", "an index below zero", a, evidence)
}

fn v03_no_proof(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries[0].proof = None);
    refused("tlog-v03-no-proof", "sigstore-go #260: v0.3 asks for a proof", a, evidence)
}

fn v02_no_proof(a: &Authority) -> Case {
    let request = a.keyless(blob()).version(Version::V02);
    let evidence = changed(a, &request, |signed| signed.entries[0].proof = None);
    refused("tlog-v02-no-proof", "v0.2 asks for a proof", a, evidence)
}

fn downgrade(a: &Authority) -> Case {
    let request = a.keyless(blob()).version(Version::V01).timestamped(a.time);
    let evidence = changed(a, &request, |signed| {
        (signed.entries[0].proof, signed.entries[0].promise) = (None, None);
    });
    let shows = "the unsigned media type is lowered to v0.1, proof and promise dropped";
    refused("tlog-downgrade-v01", shows, a, evidence).signed_timestamps()
}

fn promise_of_other_entry(a: &Authority) -> Case {
    let other = a.sign(&a.keyless(Content::message(OTHER_ARTIFACT))).entries.remove(0);
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries[0].promise = other.promise);
    refused("tlog-promise-other", "a genuine promise for another entry", a, evidence)
}

fn promise_garbage(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()).timestamped(a.time), |signed| {
        signed.entries[0].promise = Some(b"not a signature".to_vec());
    });
    refused("tlog-promise-garbage", "a promise that is no signature, beside a good proof", a, evidence)
}

fn log_index(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries[0].log_index += 1);
    refused("tlog-log-index", "logIndex is covered by the promise", a, evidence)
}

fn unknown_log(a: &Authority) -> Case {
    let root = Authority { rekor: Rekor::v1("somebody else", &a.rekor.name), ..Authority::default() };
    let evidence = changed(a, &a.keyless(blob()), |_| {});
    refused("tlog-unknown-log", "CVE-2023-47122: a log that the trusted root does not name", a, evidence)
        .with_root(&root.trusted_root_value())
}

fn log_window(a: &Authority) -> Case {
    let mut root = a.trusted_root_value();
    root["tlogs"][0]["publicKey"]["validFor"]["end"] = json!(at("2025-01-01T00:00:00Z").to_string());
    let evidence = changed(a, &a.keyless(blob()), |_| {});
    refused("tlog-key-window", "GHSA-wqqc-jjcq-vfxm: logged after the log's key was retired", a, evidence)
        .with_root(&root)
}

fn body_malformed(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries =
            vec![a.rekor.append(EntryKind::HashedRekord001, br#"{"apiVersion":"0.0.1","#.to_vec(), a.time)];
    });
    refused("tlog-body-malformed", "a logged body that is not JSON: an error, no panic", a, evidence)
}

fn body_unknown_kind(a: &Authority) -> Case {
    let body = canonical(&json!({ "apiVersion": "0.0.1", "kind": "tuf", "spec": {} }));
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries = vec![a.rekor.append(EntryKind::HashedRekord001, body, a.time)];
    });
    refused("tlog-body-unknown-kind", "a logged body of another kind", a, evidence)
}
