//! Registries over HTTP: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>.
//!
//! Requests are our own; of `oci-client` only the error documents are used. Its referrers call reads
//! 403 and 429 as "none", a `HEAD` digest is believed, bodies have no ceiling, and a token from the
//! peer can make it panic.
//!
//! What holds for every answer: it is bounded in bytes and time; redirects are followed at most
//! [`limits::REDIRECTS`] times, without credentials to another origin and never from TLS to plain
//! HTTP; 429, 5xx and broken transfers are tried again and then are errors, never "not there".

mod push;
mod response;
mod token;

use std::collections::HashSet;
use std::time::Duration;

use futures_util::stream;
use reqwest::Client;
use reqwest::Method;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use response::Failure;
use response::Reading;
use response::Response;
use response::Retry;
pub(super) use response::chain;
use response::text;
use token::Access;
use token::Authorization;

use super::Answer;
use super::Blob;
use super::BlobSource;
use super::Fault;
use super::Fetched;
use super::ImageSource;
use super::Referrers;
use super::SourceError;
use super::challenge::Challenge;
use super::settings::Settings;
use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::http;
use crate::http::SettingsError;
use crate::limits;
use crate::oci::Descriptor;
use crate::oci::Index;
use crate::oci::Reference;
use crate::oci::media_type;

/// Any registry; connections and tokens are kept.
pub struct Registry {
    client: Client,
    settings: Settings,
    /// Why TLS cannot work here; told when it is needed.
    tls_problem: Option<String>,
    access: Access,
}

impl Registry {
    /// Sets up connections; opens none.
    ///
    /// # Errors
    /// The settings cannot work: CPU without TLS, certificates or proxies that are none.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let (builder, tls_problem) =
            http::client(&settings.certificates, &settings.proxies, &settings.timeouts)?;
        let client = builder.build().map_err(|error| SettingsError::Client(chain(&error)))?;
        Ok(Self { client, settings, tls_problem, access: Access::default() })
    }

    /// One question with every attempt, redirect and token it takes.
    async fn ask(&self, question: &Question<'_>) -> Result<Response, Fault> {
        let limit = self.settings.timeouts.request;
        let asked = tokio::time::timeout(limit, self.retrying(|| self.attempt(question))).await;
        asked.unwrap_or(Err(Fault::Timeout { after: limit }))
    }

    async fn retrying<T, F>(&self, mut once: impl FnMut() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let timeouts = &self.settings.timeouts;
        let mut attempt = 1;
        loop {
            let Failure { fault, retry } = match once().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let delay = match retry {
                Retry::Never => return Err(fault),
                Retry::Backoff => timeouts.backoff.saturating_mul(1 << (attempt - 1).min(8)),
                Retry::After(delay) => delay,
            };
            if attempt >= timeouts.attempts || delay > timeouts.retry_after {
                return Err(fault);
            }
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    /// One question once, and the whole answer.
    async fn attempt(&self, question: &Question<'_>) -> Result<Response, Failure> {
        let Exchange { response, url, own, secrets } = self.exchange(question).await?;
        let reading = question.reading(&secrets, self.settings.timeouts.idle);
        let answer = Response::read(response, url, reading).await?;
        if own { Ok(answer) } else { Ok(answer.into_foreign()) }
    }

    /// One question once: follows redirects, and answers one challenge.
    async fn exchange(&self, question: &Question<'_>) -> Result<Exchange, Failure> {
        let mut url = question.url.clone();
        let mut redirects = 0;
        let mut challenged = false;
        loop {
            // CVE-2020-15157: credentials go to the registry's own origin and nowhere else.
            let own = url.origin() == question.target.base.origin();
            let authorization = if own { self.authorization(question.target).await? } else { None };
            let request = self.client.request(question.method.clone(), url.clone());
            let request = request.headers(question.headers(authorization.as_ref()));
            let request = match &question.body {
                Some(body) => request.body(body.clone()),
                None => request,
            };
            let response = self.send(request, &url).await?;
            if question.reads()
                && let Some(next) = self.redirect(&response, &url)?
            {
                redirects += 1;
                if redirects > limits::REDIRECTS {
                    return Err(Fault::TooManyRedirects { ceiling: limits::REDIRECTS }.into());
                }
                url = next;
            } else if own && !challenged && response.status() == StatusCode::UNAUTHORIZED {
                challenged = true;
                let challenge = challenge(response.headers());
                drop(response);
                self.authenticate(question.target, challenge, authorization.as_ref()).await?;
            } else {
                let secrets = authorization.as_ref().map(Authorization::secrets).unwrap_or_default();
                return Ok(Exchange { response, url, own, secrets: secrets.to_vec() });
            }
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder, url: &Url) -> Result<reqwest::Response, Failure> {
        if url.scheme() == "https"
            && let Some(problem) = &self.tls_problem
        {
            return Err(Fault::Tls(problem.clone()).into());
        }
        request.send().await.map_err(|error| Failure::of(&error, self.settings.timeouts.idle))
    }

    /// Where a redirect leads, if this is one and it may be followed.
    fn redirect(&self, response: &reqwest::Response, from: &Url) -> Result<Option<Url>, Failure> {
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        self.location(response.headers(), from).map(Some).map_err(Failure::from)
    }

    /// Where the `Location` of an answer leads, if one may go there.
    fn location(&self, headers: &HeaderMap, from: &Url) -> Result<Url, Fault> {
        let refuse = |to: &str, why| Fault::BadRedirect { to: to.chars().take(128).collect(), why };
        let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
        let Some(location) = location else {
            return Err(refuse("", "it has no readable location"));
        };
        let next = from.join(location).map_err(|_| refuse("", "its location is not a URL"))?;
        let to = origin(&next);
        match next.scheme() {
            "https" => Ok(next),
            "http" if from.scheme() == "http" && self.settings.plain_http.allows(authority(&next)) => {
                Ok(next)
            }
            "http" => Err(refuse(&to, "it leads to plain HTTP")),
            _ => Err(refuse(&to, "it leads out of HTTP")),
        }
    }

    fn target<'a>(&self, at: &'a Reference) -> Result<Target<'a>, Fault> {
        let (Some(registry), Some(host), Some(repository)) =
            (at.registry(), at.registry_host(), at.repository())
        else {
            return Err(Fault::WrongSource);
        };
        let scheme = if self.settings.plain_http.allows(registry) { "http" } else { "https" };
        let base =
            Url::parse(&format!("{scheme}://{host}/v2/{repository}/")).map_err(|_| Fault::WrongSource)?;
        Ok(Target { registry, repository, base, scope: Scope::Pull })
    }

    async fn fetch_manifest(&self, at: &Reference) -> Result<Fetched, Fault> {
        let target = self.target(at)?;
        let name = at.digest().map(Digest::to_string).or_else(|| at.tag().map(str::to_owned));
        let name = name.ok_or(Fault::WrongSource)?;
        let question =
            Question::new(&target, &format!("manifests/{name}"), MANIFESTS, limits::MANIFEST_BYTES)?;
        let answer = self.ask(&question).await?.success()?;
        let claimed = text(&answer.headers, &DIGEST).and_then(|digest| Digest::parse(&digest).ok());
        let expected = at.digest().or(claimed.as_ref());
        let digest = Digest::of(expected.map_or(Algorithm::Sha256, Digest::algorithm), &answer.body);
        for expected in [at.digest(), claimed.as_ref()].into_iter().flatten() {
            if expected.algorithm() == digest.algorithm() && *expected != digest {
                return Err(Fault::Digest { expected: *expected, found: digest });
            }
        }
        // A tag is pinned by SHA-256 whatever the registry calls it.
        let digest = if at.digest().is_some() { digest } else { Digest::sha256(&answer.body) };
        Ok(Fetched { digest, media_type: text(&answer.headers, &header::CONTENT_TYPE), bytes: answer.body })
    }

    async fn fetch_blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> Result<Vec<u8>, Fault> {
        if descriptor.size > ceiling {
            return Err(Fault::TooLarge { ceiling });
        }
        let target = self.target(at)?;
        let question =
            Question::new(&target, &format!("blobs/{}", descriptor.digest), "*/*", descriptor.size)?;
        let bytes = self.ask(&question).await?.success()?.body;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size != descriptor.size {
            return Err(Fault::WrongSize { expected: descriptor.size, found: size });
        }
        let found = Digest::of(descriptor.digest.algorithm(), &bytes);
        if found != descriptor.digest {
            return Err(Fault::Digest { expected: descriptor.digest, found });
        }
        Ok(bytes)
    }

    /// Opens a blob; the time of a question counts to its first byte.
    async fn stream_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, Fault> {
        let target = self.target(at)?;
        let question =
            Question::new(&target, &format!("blobs/{}", descriptor.digest), "*/*", descriptor.size)?;
        let limit = self.settings.timeouts.request;
        let opened = tokio::time::timeout(limit, self.retrying(|| self.open(&question))).await;
        let response = opened.unwrap_or(Err(Fault::Timeout { after: limit }))?;
        let idle = self.settings.timeouts.idle;
        let pieces = stream::unfold(Some(response), move |response| async move {
            let mut response = response?;
            match response.chunk().await {
                Ok(None) => None,
                Ok(Some(piece)) => Some((Ok(piece.to_vec()), Some(response))),
                Err(error) => Some((Err(Failure::of(&error, idle).fault), None)),
            }
        });
        let asked = format!("blob {} of {}", descriptor.digest, at.name());
        Ok(Blob::new(asked, descriptor, pieces))
    }

    /// A good answer whose body is still to come.
    async fn open(&self, question: &Question<'_>) -> Result<reqwest::Response, Failure> {
        let Exchange { response, url, own, secrets } = self.exchange(question).await?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let reading = question.reading(&secrets, self.settings.timeouts.idle);
        let answer = Response::read(response, url, reading).await?;
        let answer = if own { answer } else { answer.into_foreign() };
        Err(answer.fault().into())
    }

    /// `None` if the registry has no referrers API.
    async fn list_referrers(
        &self,
        at: &Reference,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>, Fault> {
        let target = self.target(at)?;
        let path = format!("referrers/{subject}");
        let mut question = Question::new(&target, &path, media_type::OCI_INDEX, limits::MANIFEST_BYTES)?;
        question.unsupported_is_answer = true;
        let mut pages = HashSet::new();
        let mut descriptors = Vec::new();
        let mut bytes = 0_u64;
        loop {
            let first = pages.is_empty();
            pages.insert(question.url.clone());
            let answer = self.ask(&question).await?;
            if first && !answer.is_referrers() {
                // What "no such API" looks like; a refusal or failure does not look like that.
                return if answer.is_unsupported() { Ok(None) } else { Err(answer.fault()) };
            }
            let answer = answer.success()?;
            bytes = bytes.saturating_add(u64::try_from(answer.body.len()).unwrap_or(u64::MAX));
            if bytes > limits::REFERRERS_BYTES {
                return Err(Fault::TooLarge { ceiling: limits::REFERRERS_BYTES });
            }
            let page = Index::from_list(&answer.body, limits::REFERRERS)?;
            descriptors.extend(page.manifests);
            if descriptors.len() > limits::REFERRERS {
                return Err(Fault::TooMany { what: "referrers", ceiling: limits::REFERRERS });
            }
            let Some(next) = answer.next_page()? else { return Ok(Some(descriptors)) };
            question.url = target.page(&answer.url, &next, &path)?;
            if pages.contains(&question.url) || pages.len() >= limits::REFERRER_PAGES {
                return Err(Fault::TooMany { what: "pages of referrers", ceiling: limits::REFERRER_PAGES });
            }
        }
    }

    async fn fetch_referrers(&self, at: &Reference, subject: &Digest) -> Result<Referrers, Fault> {
        Ok(match self.list_referrers(at, subject).await? {
            Some(descriptors) => Referrers { answer: Answer::ReferrersApi, descriptors },
            None => Referrers { answer: Answer::FallbackTag, descriptors: Vec::new() },
        })
    }
}

impl ImageSource for Registry {
    async fn manifest(&self, at: &Reference) -> Result<Fetched, SourceError> {
        self.fetch_manifest(at).await.map_err(|fault| SourceError::new(at.to_string(), fault))
    }

    async fn blob(
        &self,
        at: &Reference,
        descriptor: &Descriptor,
        ceiling: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let asked = || format!("blob {} of {}", descriptor.digest, at.name());
        self.fetch_blob(at, descriptor, ceiling).await.map_err(|fault| SourceError::new(asked(), fault))
    }

    async fn referrers(&self, at: &Reference, subject: &Digest) -> Result<Referrers, SourceError> {
        let asked = || format!("referrers of {subject} in {}", at.name());
        self.fetch_referrers(at, subject).await.map_err(|fault| SourceError::new(asked(), fault))
    }
}

impl BlobSource for Registry {
    async fn open_blob(&self, at: &Reference, descriptor: &Descriptor) -> Result<Blob, SourceError> {
        let asked = || format!("blob {} of {}", descriptor.digest, at.name());
        self.stream_blob(at, descriptor).await.map_err(|fault| SourceError::new(asked(), fault))
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A repository and where it is reached.
struct Target<'a> {
    registry: &'a str,
    repository: &'a str,
    /// `https://host/v2/repository/`
    base: Url,
    scope: Scope,
}

/// What a token must allow.
#[derive(Clone, Debug)]
enum Scope {
    /// Reading.
    Pull,
    /// Writing, and reading from a second repository of the same registry.
    Push {
        /// The second repository.
        from: Option<String>,
    },
}

impl Target<'_> {
    /// The scopes of a token, <https://distribution.github.io/distribution/spec/auth/scope/>.
    fn scopes(&self) -> Vec<String> {
        match &self.scope {
            Scope::Pull => vec![format!("repository:{}:pull", self.repository)],
            Scope::Push { from } => {
                let own = format!("repository:{}:pull,push", self.repository);
                let from = from.iter().map(|from| format!("repository:{from}:pull"));
                std::iter::once(own).chain(from).collect()
            }
        }
    }

    /// The next page: of the same list at the same registry, wherever the link says.
    fn page(&self, from: &Url, link: &str, path: &str) -> Result<Url, Fault> {
        let refuse = |why| Fault::BadRedirect { to: link.chars().take(128).collect(), why };
        let next = from.join(link).map_err(|_| refuse("the next page is not a URL"))?;
        let list = self.base.join(path).map_err(|_| refuse("the list is not a URL"))?;
        if next.origin() != self.base.origin() || next.path() != list.path() {
            return Err(refuse("the next page is not of the same list"));
        }
        Ok(next)
    }
}

/// What came back, its body still unread.
struct Exchange {
    response: reqwest::Response,
    url: Url,
    /// From the registry itself, not from where a redirect led.
    own: bool,
    /// What was sent and must not come back in a message.
    secrets: Vec<String>,
}

/// One request whose body, if it has one, can be sent again.
struct Question<'a> {
    target: &'a Target<'a>,
    method: Method,
    url: Url,
    accept: HeaderValue,
    content_type: Option<HeaderValue>,
    body: Option<Vec<u8>>,
    ceiling: u64,
    /// 501 is an answer (no referrers API), not a failure.
    unsupported_is_answer: bool,
}

impl<'a> Question<'a> {
    fn new(target: &'a Target<'a>, path: &str, accept: &'static str, ceiling: u64) -> Result<Self, Fault> {
        // `./` keeps a digest's colon from being read as the end of a scheme.
        let url = target.base.join(&format!("./{path}")).map_err(|_| Fault::WrongSource)?;
        let accept = HeaderValue::from_static(accept);
        Ok(Self {
            target,
            method: Method::GET,
            url,
            accept,
            content_type: None,
            body: None,
            ceiling,
            unsupported_is_answer: false,
        })
    }

    /// Only what reads is sent on to where a redirect leads.
    fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    fn headers(&self, authorization: Option<&Authorization>) -> HeaderMap {
        let mut headers = authorization.map(Authorization::headers).unwrap_or_default();
        headers.insert(header::ACCEPT, self.accept.clone());
        if let Some(content_type) = &self.content_type {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        headers
    }

    fn reading<'s>(&self, secrets: &'s [String], idle: Duration) -> Reading<'s> {
        let Self { ceiling, unsupported_is_answer, .. } = *self;
        Reading { ceiling, idle, secrets, unsupported_is_answer }
    }
}

fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let values = headers.get_all(header::WWW_AUTHENTICATE).iter();
    Challenge::choose(values.filter_map(|value| value.to_str().ok()))
}

fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), authority(url))
}

/// Host and port as written; a default port is not.
fn authority(url: &Url) -> &str {
    let authority = url.authority();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Every kind of manifest and index.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
