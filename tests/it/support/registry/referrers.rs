//! The referrers API.

use std::collections::BTreeMap;

use hyper::Response;
use serde_json::Value;
use serde_json::json;

use super::Body;
use super::INDEX;
use super::State;
use super::full;

/// One page of what refers to a subject.
pub(super) fn answer(
    state: &State,
    repository: &str,
    subject: &str,
    query: &str,
    page: usize,
) -> Response<Body> {
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    for ((of, name), (kind, bytes)) in &state.manifests {
        let document: Value = serde_json::from_slice(bytes).unwrap();
        if of == repository && name.starts_with("sha256:") && document["subject"]["digest"] == subject {
            let mut entry = json!({"mediaType": kind, "digest": name, "size": bytes.len()});
            for key in ["annotations", "artifactType"] {
                if let Some(value) = document.get(key) {
                    entry[key] = value.clone();
                }
            }
            entries.insert(name.clone(), entry);
        }
    }
    let start: usize = query.strip_prefix("from=").map_or(0, |from| from.parse().unwrap());
    let shown: Vec<&Value> = entries.values().skip(start).take(page).collect();
    let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": shown}).to_string();
    let mut response = Response::builder().header("content-type", INDEX);
    if start + page < entries.len() {
        let next = format!("</v2/{repository}/referrers/{subject}?from={}>; rel=\"next\"", start + page);
        response = response.header("link", next);
    }
    response.body(full(body.into_bytes())).unwrap()
}
