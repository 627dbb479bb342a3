//! The transparency log: Rekor v1 (signed entry timestamp, inclusion proof, checkpoint) and the tiles
//! of Rekor v2 as seen from a bundle (inclusion proof, Ed25519 checkpoint, no time).
//!
//! Checkpoints: <https://c2sp.org/tlog-checkpoint>. Entries: see [`super::entry`].

use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use super::base64;
use super::canonical;
use super::entry::EntryKind;
use super::keys::Key;
use super::keys::KeyKind;
use super::merkle;

/// A log with its key and its tree.
pub struct Rekor {
    pub key: Key,
    /// Name in the note's signature line; also the host of `baseUrl`.
    pub name: String,
    /// First line of the checkpoint.
    pub origin: String,
    pub log_id: [u8; 32],
    leaves: Mutex<Vec<Vec<u8>>>,
    is_v2: bool,
}

/// An entry as the log answers it. The fields are open: the negatives change them.
#[derive(Clone, Debug)]
pub struct LogEntry {
    pub kind: EntryKind,
    pub body: Vec<u8>,
    pub log_id: [u8; 32],
    /// Over all shards; the index in [`Proof`] is the one in the tree.
    pub log_index: u64,
    pub integrated_time: Option<i64>,
    /// The signed entry timestamp.
    pub promise: Option<Vec<u8>>,
    pub proof: Option<Proof>,
}

/// An inclusion proof and the signed tree head that it leads to.
#[derive(Clone, Debug)]
pub struct Proof {
    pub index: u64,
    pub size: u64,
    pub root: [u8; 32],
    pub hashes: Vec<[u8; 32]>,
    pub checkpoint: String,
}

impl Rekor {
    /// A log of the first generation. It starts with three entries of others and an older shard of a thousand.
    pub fn v1(seed: &str, name: &str) -> Self {
        let key = Key::new(KeyKind::P256, seed, name);
        let log_id = key.public_sha256();
        Self::with(key, name, &format!("{name} - 2605736670972794746"), log_id, false)
    }

    /// A log of the second generation. Its identifier is the note's key identifier (c2sp.org/signed-note).
    pub fn v2(seed: &str, name: &str) -> Self {
        let key = Key::new(KeyKind::Ed25519, seed, name);
        let Key::Ed25519(pair) = &key else { unreachable!("made as Ed25519") };
        let log_id = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', 1])
            .chain_update(pair.verifying_key().to_bytes())
            .finalize()
            .into();
        Self::with(key, name, name, log_id, true)
    }

    fn with(key: Key, name: &str, origin: &str, log_id: [u8; 32], is_v2: bool) -> Self {
        let others = (1..=3).map(|n| format!("entry {n} of somebody else").into_bytes()).collect();
        let (name, origin) = (name.to_owned(), origin.to_owned());
        Self { key, name, origin, log_id, leaves: Mutex::new(others), is_v2 }
    }

    /// Appends an entry, then another one of somebody else, so that proofs look in both directions.
    pub fn append(&self, kind: EntryKind, body: Vec<u8>, at: Timestamp) -> LogEntry {
        let mut leaves = self.leaves.lock().expect("no panic while locked");
        let index = leaves.len();
        leaves.push(body.clone());
        let next = format!("entry after {index}").into_bytes();
        leaves.push(next);
        let leaves = leaves.clone();
        self.entry(kind, body, at, self.proof(index, &leaves))
    }

    /// An entry with this proof, promised by the log.
    pub fn entry(&self, kind: EntryKind, body: Vec<u8>, at: Timestamp, proof: Proof) -> LogEntry {
        let log_index = if self.is_v2 { proof.index } else { proof.index + 1000 };
        let mut entry = LogEntry {
            kind,
            body,
            log_id: self.log_id,
            log_index,
            integrated_time: (!self.is_v2).then(|| at.as_second()),
            promise: None,
            proof: Some(proof),
        };
        if !self.is_v2 {
            entry.promise = Some(self.promise(&entry));
        }
        entry
    }

    /// The signed entry timestamp over the entry as it is.
    pub fn promise(&self, entry: &LogEntry) -> Vec<u8> {
        let payload = entry.promised();
        self.key.sign(&canonical(&payload))
    }

    /// The proof of leaf `index` in the tree of these leaves.
    pub fn proof(&self, index: usize, leaves: &[Vec<u8>]) -> Proof {
        let (root, size) = (merkle::root(leaves), u64::try_from(leaves.len()).expect("fits"));
        Proof {
            index: u64::try_from(index).expect("fits"),
            size,
            root,
            hashes: merkle::path(index, leaves),
            checkpoint: self.checkpoint(&self.origin, size, root),
        }
    }

    /// A tree head signed by this log.
    pub fn checkpoint(&self, origin: &str, size: u64, root: [u8; 32]) -> String {
        let note = format!("{origin}\n{size}\n{}\n", base64(&root));
        let signature = [&self.log_id[..4], &self.key.sign(note.as_bytes())].concat();
        format!("{note}\n\u{2014} {} {}\n", self.name, base64(&signature))
    }

    /// The log in a trusted root.
    pub fn trusted_root(&self, start: Timestamp) -> Value {
        json!({
            "baseUrl": format!("https://{}", self.name),
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": base64(&self.key.public_der()),
                "keyDetails": self.key.details(),
                "validFor": { "start": start.to_string() },
            },
            "logId": { "keyId": base64(&self.log_id) },
        })
    }

    /// How many leaves there are.
    pub fn size(&self) -> usize {
        self.leaves.lock().expect("no panic while locked").len()
    }
}

impl LogEntry {
    /// What the signed entry timestamp covers; also `Payload` of cosign's legacy annotation.
    pub fn promised(&self) -> Value {
        json!({
            "body": base64(&self.body),
            "integratedTime": self.integrated_time.unwrap_or(0),
            "logID": hex::encode(self.log_id),
            "logIndex": self.log_index,
        })
    }

    /// `TransparencyLogEntry` of a bundle.
    pub fn bundle(&self) -> Value {
        let (kind, version) = self.kind.kind_version();
        let mut entry = json!({
            "logIndex": self.log_index.to_string(),
            "logId": { "keyId": base64(&self.log_id) },
            "kindVersion": { "kind": kind, "version": version },
            "canonicalizedBody": base64(&self.body),
        });
        if let Some(time) = self.integrated_time {
            entry["integratedTime"] = json!(time.to_string());
        }
        if let Some(promise) = &self.promise {
            entry["inclusionPromise"] = json!({ "signedEntryTimestamp": base64(promise) });
        }
        if let Some(proof) = &self.proof {
            entry["inclusionProof"] = json!({
                "logIndex": proof.index.to_string(),
                "rootHash": base64(&proof.root),
                "treeSize": proof.size.to_string(),
                "hashes": proof.hashes.iter().map(|node| base64(node)).collect::<Vec<_>>(),
                "checkpoint": { "envelope": proof.checkpoint },
            });
        }
        entry
    }

    /// cosign's legacy annotation `dev.sigstore.cosign/bundle`.
    pub fn annotation(&self) -> Value {
        json!({
            "SignedEntryTimestamp": base64(self.promise.as_deref().unwrap_or_default()),
            "Payload": self.promised(),
        })
    }
}
