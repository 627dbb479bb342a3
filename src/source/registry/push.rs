//! Writing to a registry,
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push>.
//!
//! Blobs go up in one request each, in pieces, with their digest; what another repository of the registry
//! has is mounted. A manifest with a subject, at a registry without the referrers API, is listed under the
//! tag `sha256-<hex>`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Body;
use reqwest::Method;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::json;

use super::super::Blob;
use super::super::Fault;
use super::super::ImageSink;
use super::super::SourceError;
use super::super::tag_schema;
use super::Authorization;
use super::DIGEST;
use super::Question;
use super::Registry;
use super::Response;
use super::Scope;
use super::Target;
use super::text;
use crate::digest::Digest;
use crate::json;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Index;
use crate::oci::Reference;
use crate::oci::media_type;

impl Registry {
    fn push_target<'a>(&self, at: &'a Reference, from: Option<&Reference>) -> Result<Target<'a>, Fault> {
        let from = from.and_then(Reference::repository).map(str::to_owned);
        Ok(Target { scope: Scope::Push { from }, ..self.target(at)? })
    }

    async fn head_blob(&self, at: &Reference, digest: &Digest) -> Result<bool, Fault> {
        let target = self.push_target(at, None)?;
        let mut question = Question::new(&target, &format!("blobs/{digest}"), "*/*", u64::MAX)?;
        question.method = Method::HEAD;
        let answer = self.ask(&question).await?;
        match answer.fault() {
            _ if answer.status == StatusCode::OK => Ok(true),
            Fault::NotFound { .. } => Ok(false),
            fault => Err(fault),
        }
    }

    /// Opens an upload, or mounts a blob where that works: then there is nothing to upload.
    async fn start(&self, target: &Target<'_>, query: &[(&str, &str)]) -> Result<Option<Url>, Fault> {
        let mut question = Question::new(target, "blobs/uploads/", "*/*", limits::ERROR_BODY_BYTES)?;
        question.method = Method::POST;
        question.body = Some(Vec::new());
        if !query.is_empty() {
            question.url.query_pairs_mut().extend_pairs(query);
        }
        let answer = self.ask(&question).await?;
        match answer.status {
            StatusCode::CREATED => Ok(None),
            StatusCode::ACCEPTED => self.location(&answer.headers, &answer.url).map(Some),
            _ => Err(answer.fault()),
        }
    }

    async fn mount(&self, at: &Reference, from: &Reference, digest: &Digest) -> Result<bool, Fault> {
        let (here, there) = (at.registry(), from.registry());
        let Some(repository) = from.repository().filter(|_| here == there) else { return Ok(false) };
        let target = self.push_target(at, Some(from))?;
        let digest = digest.to_string();
        Ok(self.start(&target, &[("mount", &digest), ("from", repository)]).await?.is_none())
    }

    /// Uploads a blob in one request.
    async fn upload(&self, at: &Reference, descriptor: &Descriptor, content: Blob) -> Result<(), Fault> {
        let target = self.push_target(at, None)?;
        let Some(mut url) = self.start(&target, &[]).await? else { return Ok(()) };
        url.query_pairs_mut().append_pair("digest", &descriptor.digest.to_string());
        // CVE-2020-15157: credentials go to the registry's own origin and nowhere else.
        let own = url.origin() == target.base.origin();
        let authorization = match own {
            true => self.authorization(&target).await.map_err(|failure| failure.fault)?,
            false => None,
        };
        let mut headers = authorization.as_ref().map(Authorization::headers).unwrap_or_default();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(descriptor.size));
        let request = self.client.put(url.clone()).headers(headers);
        let request = request.body(Body::wrap_stream(content.into_stream()));
        let question = Question::new(&target, "", "*/*", limits::ERROR_BODY_BYTES)?;
        let exchange = async {
            let response = self.send(request, &url).await.map_err(|failure| failure.fault)?;
            let secrets = authorization.as_ref().map(Authorization::secrets).unwrap_or_default();
            let reading = question.reading(secrets, self.settings.timeouts.idle);
            Response::read(response, url.clone(), reading).await.map_err(|failure| failure.fault)
        };
        let limit = self.settings.timeouts.request + slow(descriptor.size);
        let answer = tokio::time::timeout(limit, exchange).await;
        let answer = answer.unwrap_or(Err(Fault::Timeout { after: limit }))?;
        written(&answer)
    }

    async fn put_manifest(&self, at: &Reference, bytes: &[u8], media_type: &str) -> Result<Digest, Fault> {
        let digest = Digest::sha256(bytes);
        let target = self.push_target(at, None)?;
        let name = at.digest().map(Digest::to_string).or_else(|| at.tag().map(str::to_owned));
        let name = name.unwrap_or_else(|| digest.to_string());
        let path = format!("manifests/{name}");
        let mut question = Question::new(&target, &path, "*/*", limits::ERROR_BODY_BYTES)?;
        question.method = Method::PUT;
        question.content_type = HeaderValue::from_str(media_type).ok();
        question.body = Some(bytes.to_vec());
        let answer = self.ask(&question).await?;
        written(&answer)?;
        let stored = text(&answer.headers, &DIGEST).and_then(|stored| Digest::parse(&stored).ok());
        if let Some(found) = stored
            && found.algorithm() == digest.algorithm()
            && found != digest
        {
            return Err(Fault::Digest { expected: digest, found });
        }
        let refers: Refers = json::from_slice(bytes)?;
        let subject = refers.subject.as_ref().map(|subject| subject.digest);
        if let Some(subject) = subject.filter(|_| !answer.headers.contains_key(OCI_SUBJECT)) {
            self.list(at, &subject, &refers.entry(bytes, media_type)).await?;
        }
        Ok(digest)
    }

    /// Adds `entry` to the tag that stands in for the referrers API. Two writers may overwrite each other,
    /// and nothing in the protocol prevents it: so it is read again, and written again where the entry got
    /// lost.
    async fn list(&self, at: &Reference, subject: &Digest, entry: &Descriptor) -> Result<(), Fault> {
        let tag = at.with_tag(&tag_schema(subject))?;
        for _ in 0..=limits::ATTEMPTS {
            let mut entries = match self.fetch_manifest(&tag).await {
                // `cosign copy` puts the image itself there.
                Ok(found) if found.digest == *subject => Vec::new(),
                Ok(found) => Index::from_slice(&found.bytes, found.media_type.as_deref())?.manifests,
                Err(Fault::NotFound { .. }) => Vec::new(),
                Err(fault) => return Err(fault),
            };
            if entries.iter().any(|known| known.digest == entry.digest) {
                return Ok(());
            }
            if entries.len() >= limits::REFERRERS {
                return Err(Fault::TooMany { what: "referrers", ceiling: limits::REFERRERS });
            }
            entries.push(entry.clone());
            let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries});
            // An index without a subject: this goes no deeper.
            Box::pin(self.put_manifest(&tag, index.to_string().as_bytes(), media_type::OCI_INDEX)).await?;
        }
        Err(Fault::Unlisted { tag: tag.to_string() })
    }
}

impl ImageSink for Registry {
    async fn has_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<bool, SourceError> {
        let found = self.head_blob(at, &descriptor.digest).await;
        found.map_err(|fault| SourceError::new(blob_of(at, descriptor), fault))
    }

    async fn mount_blob(
        &self,
        at: &Reference,
        from: &Reference,
        descriptor: &Descriptor,
    ) -> Result<bool, SourceError> {
        let mounted = self.mount(at, from, &descriptor.digest).await;
        mounted.map_err(|fault| SourceError::new(blob_of(at, descriptor), fault))
    }

    async fn push_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        content: Blob,
    ) -> Result<(), SourceError> {
        // What is wrong with the content says more than that the upload broke off.
        let problem: Arc<Mutex<Option<SourceError>>> = Arc::default();
        let seen = Arc::clone(&problem);
        let pieces = content.into_stream().map(move |piece| {
            piece.map_err(|error| {
                seen.lock().unwrap_or_else(PoisonError::into_inner).replace(error);
                Fault::BrokenOff("its source failed".to_owned())
            })
        });
        let content = Blob::new(blob_of(at, descriptor), descriptor, pieces);
        let uploaded = self.upload(at, descriptor, content).await;
        let problem = problem.lock().unwrap_or_else(PoisonError::into_inner).take();
        uploaded.map_err(|fault| problem.unwrap_or_else(|| SourceError::new(blob_of(at, descriptor), fault)))
    }

    async fn push_manifest(
        &self,
        at: &Reference,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<Digest, SourceError> {
        let pushed = self.put_manifest(at, bytes, media_type).await;
        pushed.map_err(|fault| SourceError::new(at.to_string(), fault))
    }
}

fn blob_of(at: &Reference, descriptor: &Descriptor) -> String {
    format!("blob {} to {}", descriptor.digest, at.name())
}

/// 201; some registries say 200 or 204.
fn written(answer: &Response) -> Result<(), Fault> {
    match answer.status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
        _ => Err(answer.fault()),
    }
}

/// How long so many bytes take where it is slow.
fn slow(size: u64) -> Duration {
    Duration::from_secs(size / limits::SLOW_BYTES_PER_SECOND)
}

/// What of a manifest or index goes into a list of referrers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refers {
    subject: Option<Descriptor>,
    artifact_type: Option<String>,
    config: Option<Config>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: Option<String>,
}

impl Refers {
    /// The artifact type is that of the manifest, else the media type of its configuration.
    fn entry(self, bytes: &[u8], media_type: &str) -> Descriptor {
        let artifact_type = self.artifact_type.filter(|name| !name.is_empty());
        Descriptor {
            media_type: media_type.to_owned(),
            digest: Digest::sha256(bytes),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            artifact_type: artifact_type.or(self.config.and_then(|config| config.media_type)),
            platform: None,
            annotations: self.annotations.unwrap_or_default(),
        }
    }
}

/// Says that the registry has the referrers API, and lists the manifest there.
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
