//! Promises, proofs and checkpoints of transparency logs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sigstore_crypto::Checkpoint;
use sigstore_crypto::Keyring;
use sigstore_types::Sha256Hash;
use sigstore_types::SignatureBytes;

use super::super::error::VerifyError;
use crate::bundle::InclusionProof;
use crate::bundle::LogEntry;

/// Verifies a signed entry timestamp, if there is one, and returns the time that it makes true.
///
/// Rekor signs the canonical JSON of body, time, index and log.
pub(super) fn check_promise(entry: &LogEntry, keys: &Keyring) -> Result<Option<Timestamp>, VerifyError> {
    let Some(promise) = &entry.promise else { return Ok(None) };
    let refused = |reason: &str| VerifyError::InclusionPromise { reason: reason.to_owned() };
    let time = entry.integrated_time.ok_or_else(|| refused("entry has no integrated time"))?;
    let key = keys
        .key_at(&log_id(entry)?, time)
        .ok_or_else(|| refused("no trusted log has this id at that time"))?;
    let signed = format!(
        r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
        STANDARD.encode(&entry.body),
        time.as_second(),
        hex::encode(&entry.log_id),
        entry.log_index,
    );
    let signature = SignatureBytes::new(promise.clone());
    key.verify(signed, &signature).map_err(|_| refused("signature is not one of the log"))?;
    Ok((!entry.kind.is_rekor_v2()).then_some(time))
}

/// Verifies an inclusion proof and its checkpoint, if there is one.
pub(super) fn check_proof(entry: &LogEntry, keys: &Keyring) -> Result<(), VerifyError> {
    let Some(proof) = &entry.proof else { return Ok(()) };
    let checkpoint = check_checkpoint(entry, proof, keys)?;
    let index = if entry.kind.is_rekor_v2() { entry.log_index } else { proof.log_index };
    let hashes: Vec<Sha256Hash> = proof.hashes.iter().copied().map(Sha256Hash::new).collect();
    let leaf = sigstore_merkle::hash_leaf(&entry.body);
    sigstore_merkle::verify_inclusion_proof(
        &leaf,
        index,
        checkpoint.tree_size(),
        &hashes,
        checkpoint.root_hash(),
    )
    .map_err(|error| VerifyError::InclusionProof { reason: error.to_string() })
}

/// Checks that the log's key was one that counts at one of the verified times: a proof has no time of its
/// own, and whoever comes by a retired key can sign any tree.
pub(super) fn check_window(entry: &LogEntry, keys: &Keyring, times: &[Timestamp]) -> Result<(), VerifyError> {
    let log = log_id(entry)?;
    if times.is_empty() || times.iter().any(|time| keys.key_at(&log, *time).is_some()) {
        return Ok(());
    }
    let reason = "its log's key was not valid at the time of signing".to_owned();
    Err(VerifyError::Checkpoint { reason })
}

/// The checkpoint, signed by the log that the entry names. The bundle has been read with a proof that
/// agrees with it.
fn check_checkpoint(
    entry: &LogEntry,
    proof: &InclusionProof,
    keys: &Keyring,
) -> Result<Checkpoint, VerifyError> {
    let refused = |reason: &str| VerifyError::Checkpoint { reason: reason.to_owned() };
    let checkpoint = Checkpoint::from_text(&proof.checkpoint).map_err(|error| refused(&error.to_string()))?;
    let key = keys.key(&log_id(entry)?).ok_or_else(|| refused("no trusted log has this id"))?;
    let hint = entry.log_id.get(..4).unwrap_or_default();
    let mut signatures =
        checkpoint.signatures().iter().filter(|signature| signature.key_id.as_slice() == hint);
    if signatures.any(|signature| key.verify(checkpoint.signed_data(), &signature.signature).is_ok()) {
        return Ok(checkpoint);
    }
    Err(refused("no signature of the log that the entry names"))
}

/// Checks that a trusted log has the id of the entry.
pub(super) fn check_known(entry: &LogEntry, keys: &Keyring) -> Result<(), VerifyError> {
    let reason = || "no trusted log has the id of its entry".to_owned();
    keys.key(&log_id(entry)?).map(drop).ok_or_else(|| VerifyError::Checkpoint { reason: reason() })
}

/// Log id and host of each log, an empty host where there is no URL.
pub(super) fn hosts(root: &sigstore_trust_root::TrustedRoot) -> Vec<(Vec<u8>, String)> {
    let host = |url: &str| Some(url.split_once("://")?.1.split('/').next()?.to_owned());
    let logs = root.tlogs.iter();
    logs.map(|log| (log.log_id.key_id.as_bytes().to_vec(), host(&log.base_url).unwrap_or_default())).collect()
}

/// Checks that a checkpoint of Rekor v2 names the log in its first line: a key may sign for several logs, and
/// only the name tells their trees apart (<https://c2sp.org/tlog-checkpoint>). Rekor v1 writes a tree id there.
pub(super) fn check_origin(entry: &LogEntry, hosts: &[(Vec<u8>, String)]) -> Result<(), VerifyError> {
    let Some(proof) = entry.proof.as_ref().filter(|_| entry.kind.is_rekor_v2()) else { return Ok(()) };
    let origin = proof.checkpoint.lines().next().unwrap_or_default();
    match hosts.iter().find(|(id, _)| *id == entry.log_id) {
        Some((_, host)) if !host.is_empty() && host != origin => {
            let reason = format!("it is one of {origin:?}, the log is {host:?}");
            Err(VerifyError::Checkpoint { reason })
        }
        _ => Ok(()),
    }
}

/// Checks that no other trusted log signed the checkpoint: `sigstore-verify` takes the signature of any of them,
/// and it must be that of the log which the entry names.
pub(super) fn check_other_logs(entry: &LogEntry, logs: &[(Vec<u8>, String)]) -> Result<(), VerifyError> {
    let Some(proof) = &entry.proof else { return Ok(()) };
    let refused = |reason: String| VerifyError::Checkpoint { reason };
    let checkpoint = Checkpoint::from_text(&proof.checkpoint).map_err(|error| refused(error.to_string()))?;
    let others = logs.iter().filter(|(id, _)| *id != entry.log_id);
    let hints: Vec<&[u8]> = others.filter_map(|(id, _)| id.get(..4)).collect();
    if checkpoint.signatures().iter().any(|signature| hints.contains(&signature.key_id.as_slice())) {
        return Err(refused("it is signed by another log than the one that the entry names".to_owned()));
    }
    Ok(())
}

fn log_id(entry: &LogEntry) -> Result<Sha256Hash, VerifyError> {
    Sha256Hash::try_from(entry.log_id.as_slice())
        .map_err(|_| VerifyError::InclusionPromise { reason: "log id is not a SHA-256 hash".to_owned() })
}
