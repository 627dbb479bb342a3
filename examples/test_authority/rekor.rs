//! Rekor's API, version 1: what cosign uses of it.
//! <https://github.com/sigstore/rekor/blob/main/openapi.yaml>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use crate::Answer;
use crate::State;
use crate::json_body;
use crate::now;
use crate::parameter;
use crate::support::authority::EntryKind;
use crate::support::authority::Hash;
use crate::support::authority::base64;
use crate::support::authority::canonical;
use crate::support::authority::rekor::LogEntry;

/// Number of the tree, the first eight bytes of an entry's name.
const TREE: &str = "24296fb24b8ad77a";

/// `POST /api/v1/log/entries`.
pub(crate) fn create(state: &State, body: &[u8]) -> Result<Answer, String> {
    let proposed: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let (kind, spec) = stored(&proposed)?;
    let (name, version) = kind.kind_version();
    let body = canonical(&json!({ "apiVersion": version, "kind": name, "spec": spec }));
    let mut entries = state.entries.lock().expect("no panic while locked");
    if let Some(known) = entries.iter().find(|entry| entry.body == body) {
        return Ok(located(
            StatusCode::CONFLICT,
            &json!({ "code": 409, "message": "an equivalent entry exists" }),
            &uuid(known),
        ));
    }
    let entry = state.authority.rekor.append(kind, body, now());
    let answer = located(StatusCode::CREATED, &named(&entry), &uuid(&entry));
    entries.push(entry);
    Ok(answer)
}

/// `GET /api/v1/log/entries/{uuid}`.
pub(crate) fn by_uuid(state: &State, path: &str) -> Result<Answer, String> {
    let wanted = path.rsplit('/').next().unwrap_or_default();
    find(state, |entry| uuid(entry).ends_with(wanted) && !wanted.is_empty())
}

/// `GET /api/v1/log/entries?logIndex=n`.
pub(crate) fn by_index(state: &State, query: &str) -> Result<Answer, String> {
    let index: u64 =
        parameter(query, "logIndex").and_then(|index| index.parse().ok()).ok_or("no logIndex")?;
    find(state, |entry| entry.log_index == index)
}

/// `POST /api/v1/log/entries/retrieve`: by name, index or proposed entry.
pub(crate) fn retrieve(state: &State, body: &[u8]) -> Result<Answer, String> {
    let query: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let list = |key: &str| query[key].as_array().cloned().unwrap_or_default();
    let bodies: Vec<Vec<u8>> = list("entries").iter().filter_map(proposed_body).collect();
    let (names, indexes) = (list("entryUUIDs"), list("logIndexes"));
    let entries = state.entries.lock().expect("no panic while locked");
    let found = entries.iter().filter(|entry| {
        let name = uuid(entry);
        bodies.contains(&entry.body)
            || names.iter().any(|wanted| wanted.as_str().is_some_and(|wanted| name.ends_with(wanted)))
            || indexes.iter().any(|index| index.as_u64() == Some(entry.log_index))
    });
    Ok(json_body(StatusCode::OK, &json!(found.map(named).collect::<Vec<_>>())))
}

/// `GET /api/v1/log`.
pub(crate) fn log(state: &State) -> Answer {
    let entries = state.entries.lock().expect("no panic while locked");
    let head = entries.last().and_then(|entry| entry.proof.as_ref());
    let head = head.map(|proof| (hex::encode(proof.root), proof.size, proof.checkpoint.clone()));
    let (root, size, checkpoint) = head.unwrap_or_default();
    let log = json!({
        "rootHash": root, "signedTreeHead": checkpoint, "treeID": "2605736670972794746",
        "treeSize": size, "inactiveShards": [],
    });
    json_body(StatusCode::OK, &log)
}

fn proposed_body(proposed: &Value) -> Option<Vec<u8>> {
    let (kind, spec) = stored(proposed).ok()?;
    let (name, version) = kind.kind_version();
    Some(canonical(&json!({ "apiVersion": version, "kind": name, "spec": spec })))
}

/// What the log keeps of a proposed entry.
fn stored(proposed: &Value) -> Result<(EntryKind, Value), String> {
    let spec = &proposed["spec"];
    match (proposed["kind"].as_str(), proposed["apiVersion"].as_str()) {
        (Some("hashedrekord"), Some("0.0.1")) => Ok((
            EntryKind::HashedRekord001,
            json!({
                "data": { "hash": {
                    "algorithm": spec["data"]["hash"]["algorithm"], "value": spec["data"]["hash"]["value"],
                } },
                "signature": {
                    "content": spec["signature"]["content"],
                    "publicKey": { "content": spec["signature"]["publicKey"]["content"] },
                },
            }),
        )),
        (Some("dsse"), Some("0.0.1")) => {
            let (hash, payload, envelope) = envelope(&spec["proposedContent"]["envelope"])?;
            let signatures = envelope["signatures"].as_array().ok_or("no signatures")?;
            let verifiers = spec["proposedContent"]["verifiers"].as_array().ok_or("no verifiers")?;
            let signatures = signatures.iter().zip(verifiers);
            let signatures = signatures
                .map(|(signature, verifier)| json!({ "signature": signature["sig"], "verifier": verifier }));
            let signatures: Vec<Value> = signatures.collect();
            Ok((
                EntryKind::Dsse001,
                json!({ "envelopeHash": hash, "payloadHash": payload, "signatures": signatures }),
            ))
        }
        (Some("intoto"), Some("0.0.1")) => {
            let (hash, payload, _) = envelope(&spec["content"]["envelope"])?;
            let content = json!({ "hash": hash, "payloadHash": payload });
            Ok((EntryKind::Intoto001, json!({ "content": content, "publicKey": spec["publicKey"] })))
        }
        (kind, version) => Err(format!("entry kind {kind:?} {version:?} is not supported")),
    }
}

/// Hash of an envelope given as text, hash of its payload, and the envelope.
fn envelope(text: &Value) -> Result<(Value, Value, Value), String> {
    let text = text.as_str().ok_or("no envelope")?;
    let envelope: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let payload = envelope["payload"].as_str().ok_or("no payload")?;
    let payload = STANDARD.decode(payload).map_err(|error| error.to_string())?;
    let hash =
        |bytes: &[u8]| json!({ "algorithm": "sha256", "value": hex::encode(Hash::Sha256.digest(bytes)) });
    Ok((hash(text.as_bytes()), hash(&payload), envelope))
}

fn find(state: &State, wanted: impl Fn(&LogEntry) -> bool) -> Result<Answer, String> {
    let entries = state.entries.lock().expect("no panic while locked");
    Ok(match entries.iter().find(|entry| wanted(entry)) {
        Some(entry) => json_body(StatusCode::OK, &named(entry)),
        None => json_body(StatusCode::NOT_FOUND, &json!({ "code": 404, "message": "entry not found" })),
    })
}

/// The name of an entry: tree, then leaf hash.
fn uuid(entry: &LogEntry) -> String {
    let leaf = Sha256::new().chain_update([0]).chain_update(&entry.body).finalize();
    format!("{TREE}{}", hex::encode(leaf))
}

/// `LogEntry` of the API: a map of one.
fn named(entry: &LogEntry) -> Value {
    let proof = entry.proof.as_ref().map(|proof| {
        json!({
            "checkpoint": proof.checkpoint,
            "hashes": proof.hashes.iter().map(hex::encode).collect::<Vec<_>>(),
            "logIndex": proof.index,
            "rootHash": hex::encode(proof.root),
            "treeSize": proof.size,
        })
    });
    let mut value = entry.promised();
    value["verification"] = json!({
        "inclusionProof": proof,
        "signedEntryTimestamp": base64(entry.promise.as_deref().unwrap_or_default()),
    });
    json!({ uuid(entry): value })
}

fn located(status: StatusCode, value: &Value, uuid: &str) -> Answer {
    let mut answer = json_body(status, value);
    let location = format!("/api/v1/log/entries/{uuid}").parse().expect("text");
    answer.headers_mut().insert(header::LOCATION, location);
    answer.headers_mut().insert(header::ETAG, uuid.parse().expect("text"));
    answer
}
