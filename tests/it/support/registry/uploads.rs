//! What a registry accepts: blobs in one piece or in chunks, and manifests.

use hyper::Method;
use hyper::Response;
use portcullis::digest::Digest;
use serde_json::Value;
use serde_json::json;

use super::Body;
use super::INDEX;
use super::MANIFEST;
use super::ReferrersApi;
use super::State;
use super::full;
use super::not_found;

impl State {
    /// Stores a manifest under its digest, and a tag.
    pub(super) fn insert_manifest(&mut self, repository: &str, tag: &str, bytes: &[u8]) -> Value {
        let document: Value = serde_json::from_slice(bytes).unwrap();
        let kind = match document["mediaType"].as_str() {
            Some(kind) => kind.to_owned(),
            None if document.get("manifests").is_some() => INDEX.to_owned(),
            None => MANIFEST.to_owned(),
        };
        let digest = Digest::sha256(bytes).to_string();
        for name in [tag, &digest].into_iter().filter(|name| !name.is_empty()) {
            self.manifests.insert((repository.to_owned(), name.to_owned()), (kind.clone(), bytes.to_vec()));
        }
        json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
    }
}

/// Takes in what a client pushes.
pub(super) fn accept(state: &mut State, method: &Method, path: &str, body: &[u8]) -> Response<Body> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.trim_start_matches("/v2/");
    if let Some((repository, upload)) = path.split_once("/blobs/uploads/") {
        return accept_blob(state, method, (repository, upload), query, body);
    }
    match path.rsplit_once("/manifests/") {
        Some((repository, name)) if *method == Method::PUT => {
            let digest = state.insert_manifest(repository, name, body)["digest"].clone();
            let mut created = created(digest.as_str().unwrap());
            let document: Value = serde_json::from_slice(body).unwrap();
            // Says that it lists the manifest with what it refers to.
            let lists = matches!(state.options.referrers, ReferrersApi::Present { .. });
            if let Some(subject) = document["subject"]["digest"].as_str().filter(|_| lists) {
                created.headers_mut().insert("oci-subject", subject.parse().unwrap());
            }
            created
        }
        _ => not_found("UNSUPPORTED"),
    }
}

fn accept_blob(
    state: &mut State,
    method: &Method,
    (repository, upload): (&str, &str),
    query: &str,
    body: &[u8],
) -> Response<Body> {
    let mounted = query.split('&').find_map(|pair| pair.strip_prefix("mount="));
    if let Some(digest) = mounted.map(|digest| digest.replace("%3A", ":"))
        && state.blobs.contains_key(&digest)
    {
        return created(&digest);
    }
    let number: usize = upload.parse().unwrap_or(state.uploads.len());
    if upload.is_empty() {
        state.uploads.push(Vec::new());
    }
    let Some(received) = state.uploads.get_mut(number) else { return not_found("BLOB_UPLOAD_UNKNOWN") };
    received.extend_from_slice(body);
    let digest = query.split('&').find_map(|pair| pair.strip_prefix("digest="));
    if let (Some(digest), true) = (digest, *method == Method::PUT) {
        let bytes = std::mem::take(received);
        let real = Digest::sha256(&bytes).to_string();
        if digest.replace("%3A", ":") != real {
            return Response::builder().status(400).body(full(b"wrong digest".to_vec())).unwrap();
        }
        state.blobs.insert(real.clone(), bytes);
        return created(&real);
    }
    Response::builder()
        .status(202)
        .header("location", format!("/v2/{repository}/blobs/uploads/{number}"))
        .header("range", format!("0-{}", received.len().saturating_sub(1)))
        .body(full(Vec::new()))
        .unwrap()
}

fn created(digest: &str) -> Response<Body> {
    let response = Response::builder().status(201).header("docker-content-digest", digest);
    response.body(full(Vec::new())).unwrap()
}
