//! What a bundle must be before a key is looked at: the checks that `sigstore-verify` leaves to its
//! caller, with the ceilings of sigstore-go.

use std::collections::HashSet;

use super::BundleError;
use super::legacy::EntryHead;
use super::model::Bundle;
use super::model::LogEntry;
use super::model::Material;
use super::model::Version;
use super::note::TreeHead;
use crate::json;
use crate::limits;

/// Checks a bundle, in this order:
///
/// 1. Ceilings on entries, timestamps, certificates (GHSA-cq38-jh5f-37mq: unbounded work).
/// 2. No certificate list, certificate or timestamp that is empty.
/// 3. No certificate, entry or timestamp twice (GHSA-9vcr-p3rj-q5q6: one witness counted as two).
/// 4. Each entry has a proof or a promise; a v0.1 bundle a promise, later ones a proof with its
///    checkpoint (sigstore/sigstore-go#145: a time or body that nothing signs).
/// 5. The body is of the kind that the entry is declared as.
/// 6. What a proof says twice, it says alike: size and root as in its checkpoint, and for Rekor v2 the
///    index as in the entry (one of both is not looked at by the verifier, but by people).
pub(super) fn check(bundle: &Bundle) -> Result<(), BundleError> {
    // 1.
    check_counts(bundle.entries.len(), bundle.timestamps.len())?;
    if let Material::Certificates(chain) = &bundle.material {
        BundleError::check_count("certificates", chain.len(), limits::CHAIN_CERTIFICATES)?;
        // 2.
        if chain.iter().any(Vec::is_empty) || chain.is_empty() {
            return Err(BundleError::Missing { what: "signing certificate", version: bundle.version });
        }
    }
    if bundle.timestamps.iter().any(Vec::is_empty) {
        return Err(BundleError::Missing { what: "timestamp", version: bundle.version });
    }
    // 3.
    check_duplicates(bundle)?;
    for (index, entry) in bundle.entries.iter().enumerate() {
        // 4.
        check_proven(bundle.version, index, entry)?;
        // 5.
        check_kind(entry)?;
        // 6.
        check_proof(entry)?;
    }
    Ok(())
}

/// The ceilings on what a bundle repeats.
pub(super) fn check_counts(entries: usize, timestamps: usize) -> Result<(), BundleError> {
    BundleError::check_count("transparency log entries", entries, limits::TLOG_ENTRIES)?;
    BundleError::check_count("timestamps", timestamps, limits::TIMESTAMPS)
}

/// The ceiling on one inclusion proof.
pub(super) fn check_proof_length(hashes: usize) -> Result<(), BundleError> {
    BundleError::check_count("hashes in an inclusion proof", hashes, limits::PROOF_HASHES)
}

fn check_duplicates(bundle: &Bundle) -> Result<(), BundleError> {
    // Off-spec: sigstore-go compares log id and index. The body is compared as well, so that the same
    // body under another index is not a second witness either.
    let mut places = HashSet::new();
    let mut bodies = HashSet::new();
    for (index, entry) in bundle.entries.iter().enumerate() {
        if !places.insert((&entry.log_id, entry.log_index)) || !bodies.insert((&entry.log_id, &entry.body)) {
            return Err(BundleError::Duplicate { what: "transparency log entry", index });
        }
    }
    check_distinct("timestamp", &bundle.timestamps)?;
    match &bundle.material {
        Material::Certificates(chain) => check_distinct("certificate", chain),
        Material::PublicKey { .. } => Ok(()),
    }
}

fn check_distinct(what: &'static str, all: &[Vec<u8>]) -> Result<(), BundleError> {
    let mut seen = HashSet::new();
    match all.iter().position(|one| !seen.insert(one)) {
        Some(index) => Err(BundleError::Duplicate { what, index }),
        None => Ok(()),
    }
}

fn check_proven(version: Version, index: usize, entry: &LogEntry) -> Result<(), BundleError> {
    if entry.promise.is_none() && entry.proof.is_none() {
        return Err(BundleError::UnprovenEntry { index });
    }
    match version {
        Version::Legacy | Version::V0_1 if entry.promise.is_none() => {
            Err(BundleError::Missing { what: "signed entry timestamp", version })
        }
        Version::V0_2 | Version::V0_3 if entry.proof.is_none() => {
            Err(BundleError::Missing { what: "inclusion proof", version })
        }
        // A proof without its checkpoint proves nothing, whatever the version.
        _ if entry.proof.as_ref().is_some_and(|proof| proof.checkpoint.is_empty()) => {
            Err(BundleError::Missing { what: "checkpoint", version })
        }
        _ => Ok(()),
    }
}

fn check_proof(entry: &LogEntry) -> Result<(), BundleError> {
    let Some(proof) = &entry.proof else { return Ok(()) };
    let head = TreeHead::parse(&proof.checkpoint)
        .ok_or(BundleError::Encoding { field: "checkpoint", encoding: "signed tree head" })?;
    if head.size != proof.tree_size {
        return Err(BundleError::ProofMismatch { what: "tree size" });
    }
    if head.root != proof.root_hash {
        return Err(BundleError::ProofMismatch { what: "root hash" });
    }
    // The index of Rekor v1 counts all shards, the proof's only one.
    if entry.kind.is_rekor_v2() && entry.log_index != proof.log_index {
        return Err(BundleError::ProofMismatch { what: "log index" });
    }
    Ok(())
}

fn check_kind(entry: &LogEntry) -> Result<(), BundleError> {
    let head: EntryHead = json::from_slice(&entry.body)?;
    if (head.kind.as_str(), head.api_version.as_str()) == entry.kind.names() {
        return Ok(());
    }
    let found = format!("{} {}", head.kind, head.api_version).chars().take(64).collect();
    Err(BundleError::EntryKind { declared: entry.kind.to_string(), found })
}

#[cfg(test)]
mod tests {
    use super::super::model::Content;
    use super::super::model::EntryKind;
    use super::super::model::InclusionProof;
    use super::*;

    /// The root of the note is 32 zero bytes.
    const NOTE: &str =
        "log.example\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} log.example AAAAAAA=\n";

    fn bundle(kind: EntryKind) -> Bundle {
        let (name, version) = kind.names();
        let proof = InclusionProof {
            log_index: 3,
            root_hash: [0; 32],
            tree_size: 7,
            hashes: Vec::new(),
            checkpoint: NOTE.to_owned(),
        };
        let entry = LogEntry {
            log_index: 3,
            log_id: vec![1; 32],
            kind,
            integrated_time: None,
            promise: None,
            proof: Some(proof),
            body: format!(r#"{{"apiVersion":"{version}","kind":"{name}","spec":{{}}}}"#).into_bytes(),
        };
        Bundle {
            version: Version::V0_3,
            material: Material::Certificates(vec![vec![1]]),
            content: Content::Message { digest: None, payload: None, signature: vec![1] },
            entries: vec![entry],
            timestamps: vec![vec![1], vec![2]],
        }
    }

    fn refusal(kind: EntryKind, change: impl FnOnce(&mut Bundle)) -> Option<BundleError> {
        let mut bundle = bundle(kind);
        change(&mut bundle);
        check(&bundle).err()
    }

    fn proof(bundle: &mut Bundle) -> &mut InclusionProof {
        bundle.entries[0].proof.as_mut().unwrap()
    }

    #[test]
    fn a_proof_says_what_its_checkpoint_says() {
        for kind in [EntryKind::HashedRekord001, EntryKind::HashedRekord002] {
            let refusal = |change: fn(&mut InclusionProof)| refusal(kind, |bundle| change(proof(bundle)));
            assert!(refusal(|_| ()).is_none());
            let size = refusal(|proof| proof.tree_size = 8);
            assert!(matches!(size, Some(BundleError::ProofMismatch { what: "tree size" })));
            let root = refusal(|proof| proof.root_hash[31] = 1);
            assert!(matches!(root, Some(BundleError::ProofMismatch { what: "root hash" })));
            let spelling = refusal(|proof| proof.checkpoint.push(' '));
            assert!(matches!(spelling, Some(BundleError::Encoding { field: "checkpoint", .. })));
        }
    }

    #[test]
    fn a_proof_of_one_shard_has_an_index_of_its_own() {
        let change = |bundle: &mut Bundle| proof(bundle).log_index = 2;
        assert!(refusal(EntryKind::HashedRekord001, change).is_none());
        let v2 = refusal(EntryKind::HashedRekord002, change);
        assert!(matches!(v2, Some(BundleError::ProofMismatch { what: "log index" })));
    }

    #[test]
    fn nothing_is_there_twice_or_empty() {
        let refusal = |change: fn(&mut Bundle)| refusal(EntryKind::HashedRekord001, change);
        let twice = refusal(|bundle| bundle.timestamps[1] = vec![1]);
        assert!(matches!(twice, Some(BundleError::Duplicate { what: "timestamp", index: 1 })));
        let twice = refusal(|bundle| bundle.material = Material::Certificates(vec![vec![1], vec![1]]));
        assert!(matches!(twice, Some(BundleError::Duplicate { what: "certificate", index: 1 })));
        let empty = refusal(|bundle| bundle.timestamps[1].clear());
        assert!(matches!(empty, Some(BundleError::Missing { what: "timestamp", .. })));
        let empty = refusal(|bundle| bundle.material = Material::Certificates(vec![vec![1], Vec::new()]));
        assert!(matches!(empty, Some(BundleError::Missing { what: "signing certificate", .. })));
    }
}
