//! Answers a registry's challenge: passwords, tokens, refresh tokens.
//! <https://distribution.github.io/distribution/spec/auth/token/>

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::lock::Mutex as AsyncMutex;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderValue;
use serde::Deserialize;

use super::super::Fault;
use super::super::auth::Credential;
use super::super::challenge::Challenge;
use super::Registry;
use super::Target;
use super::authority;
use super::origin;
use super::response::Failure;
use super::response::Reading;
use super::response::Response;
use crate::json;
use crate::limits;

/// A header that is never shown.
#[derive(Clone)]
pub(super) struct Authorization {
    value: HeaderValue,
    secrets: Vec<String>,
}

impl Authorization {
    fn basic(username: &str, password: &str) -> Option<Self> {
        let encoded = STANDARD.encode(format!("{username}:{password}"));
        Self::new(&format!("Basic {encoded}"), vec![password.to_owned(), encoded])
    }

    fn bearer(token: &str) -> Option<Self> {
        Self::new(&format!("Bearer {token}"), vec![token.to_owned()])
    }

    fn new(value: &str, secrets: Vec<String>) -> Option<Self> {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(Self { value, secrets })
    }

    pub(super) fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, self.value.clone())])
    }

    /// What must not be shown of it.
    pub(super) fn secrets(&self) -> &[String] {
        &self.secrets
    }
}

/// How the registries let us in, as far as they have said.
#[derive(Default)]
pub(super) struct Access {
    /// Of each repository; locked while a challenge is answered.
    authorizations: Mutex<HashMap<String, Arc<AsyncMutex<Option<Authorization>>>>>,
    /// Of each registry, the latest that was answered.
    challenges: Mutex<HashMap<String, Challenge>>,
}

impl Access {
    fn slot(&self, target: &Target<'_>) -> Arc<AsyncMutex<Option<Authorization>>> {
        let mut authorizations = self.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(authorizations.entry(key(target)).or_default())
    }

    fn challenge(&self, target: &Target<'_>) -> Option<Challenge> {
        let challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        challenges.get(&origin(&target.base)).cloned()
    }

    fn remember(&self, target: &Target<'_>, challenge: Challenge) {
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        challenges.insert(origin(&target.base), challenge);
    }
}

impl Registry {
    /// What goes with a request to a repository: what its challenge was answered with, or what that of another
    /// repository of this registry is answered with for this one. `None` where nothing has asked for it yet.
    ///
    /// Who comes while another request of the repository is getting a token waits for that one.
    pub(super) async fn authorization(&self, target: &Target<'_>) -> Result<Option<Authorization>, Failure> {
        let slot = self.access.slot(target);
        let mut kept = slot.lock().await;
        if kept.is_none()
            && let Some(challenge) = self.access.challenge(target)
        {
            *kept = Some(self.answer(target, challenge).await?);
        }
        Ok(kept.clone())
    }

    /// Answers a challenge, and keeps what came of it for this repository; `refused` is what was sent.
    pub(super) async fn authenticate(
        &self,
        target: &Target<'_>,
        challenge: Option<Challenge>,
        refused: Option<&Authorization>,
    ) -> Result<(), Failure> {
        let denied = |reason: &str| Fault::Denied { status: 401, reason: reason.to_owned() };
        let challenge = challenge.ok_or_else(|| denied("the registry does not say how to authenticate"))?;
        let slot = self.access.slot(target);
        let mut kept = slot.lock().await;
        // Of several requests that were refused side by side, the first answers for all.
        if kept.as_ref().map(|kept| &kept.value) != refused.map(|refused| &refused.value) {
            return Ok(());
        }
        *kept = Some(self.answer(target, challenge.clone()).await?);
        self.access.remember(target, challenge);
        Ok(())
    }

    async fn answer(&self, target: &Target<'_>, challenge: Challenge) -> Result<Authorization, Failure> {
        let denied = |reason: &str| Fault::Denied { status: 401, reason: reason.to_owned() };
        let helper = self.settings.timeouts.helper;
        let credential = self.settings.auth.find(target.registry, target.repository, helper).await;
        let credential = credential.map_err(Fault::Credentials)?;
        let authorization = match (challenge, credential) {
            (_, Some(Credential::RegistryToken(token))) => Authorization::bearer(token.reveal()),
            (Challenge::Basic, Some(Credential::Basic { username, password })) => {
                Authorization::basic(&username, password.reveal())
            }
            (Challenge::Basic, _) => return Err(denied("a user name and password are needed").into()),
            (Challenge::Bearer { realm, service }, credential) => {
                let token = self.token(target, &realm, service.as_deref(), credential.as_ref()).await?;
                Authorization::bearer(&token)
            }
        };
        Ok(authorization.ok_or_else(|| denied("the credential has unusual characters"))?)
    }

    /// A token for one repository. The scope is our own, not the challenge's.
    async fn token(
        &self,
        target: &Target<'_>,
        realm: &str,
        service: Option<&str>,
        credential: Option<&Credential>,
    ) -> Result<String, Fault> {
        let mut url = self.realm(target, realm)?;
        let scopes = target.scopes();
        let mut pairs: Vec<(&str, &str)> = service.map(|service| ("service", service)).into_iter().collect();
        // A form has all scopes in one field, a query has a field for each.
        let joined = scopes.join(" ");
        if matches!(credential, Some(Credential::IdentityToken(_))) {
            pairs.push(("scope", &joined));
        } else {
            pairs.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        }
        let request = match credential {
            Some(Credential::IdentityToken(token)) => {
                pairs.push(("grant_type", "refresh_token"));
                pairs.push(("client_id", "portcullis"));
                pairs.push(("refresh_token", token.reveal()));
                TokenRequest {
                    form: Some(encode(&pairs)),
                    authorization: None,
                    secrets: vec![token.reveal().to_owned()],
                }
            }
            Some(Credential::Basic { username, password }) => {
                let authorization = Authorization::basic(username, password.reveal());
                let secrets =
                    authorization.iter().flat_map(|authorization| authorization.secrets.clone()).collect();
                TokenRequest { form: None, authorization, secrets }
            }
            Some(Credential::RegistryToken(_)) | None => TokenRequest::default(),
        };
        if request.form.is_none() {
            url.query_pairs_mut().extend_pairs(&pairs);
        }
        let answer = self.retrying(|| self.token_attempt(&url, &request)).await?;
        read_token(&answer.body).map_err(|why| Fault::Token { service: origin(&url), why: why.to_owned() })
    }

    /// Redirects are not followed: nobody else is to see a refresh token.
    async fn token_attempt(&self, url: &Url, request: &TokenRequest) -> Result<Response, Failure> {
        let mut headers = request.authorization.as_ref().map(Authorization::headers).unwrap_or_default();
        let builder = match &request.form {
            Some(form) => {
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.insert(header::CONTENT_TYPE, kind);
                self.client.post(url.clone()).body(form.clone())
            }
            None => self.client.get(url.clone()),
        };
        let from = self.send(builder.headers(headers), url).await?;
        let reading = Reading {
            ceiling: limits::ERROR_BODY_BYTES,
            idle: self.settings.timeouts.idle,
            secrets: &request.secrets,
            unsupported_is_answer: false,
        };
        let answer = Response::read(from, url.clone(), reading).await?;
        // Nothing but 200 from here answers what was asked: above all, 404 is not "no such image".
        let service = origin(url);
        let reason = answer.reason();
        let fault = match answer.status {
            StatusCode::OK => return Ok(answer),
            status @ (StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                let reason = format!("token service {service} {reason}").trim_end().to_owned();
                Fault::Denied { status: status.as_u16(), reason }
            }
            status => Fault::Token {
                service,
                why: format!("HTTP {} {reason}", status.as_u16()).trim_end().to_owned(),
            },
        };
        Err(fault.into())
    }

    /// The URL of a token service: TLS, or plain HTTP where the registry itself is spoken to like that.
    fn realm(&self, target: &Target<'_>, realm: &str) -> Result<Url, Fault> {
        let bad = |service: String, why: &str| Fault::Token { service, why: why.to_owned() };
        let url =
            Url::parse(realm).map_err(|_| bad("in the challenge".to_owned(), "its address is not a URL"))?;
        let host = origin(&url);
        if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() {
            return Err(bad(host, "its address is not a plain host"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if target.base.scheme() == "http" && self.settings.plain_http.allows(authority(&url)) => {
                Ok(url)
            }
            _ => Err(bad(host, "credentials go over TLS only")),
        }
    }
}

/// One authorization for each repository and what may be done there.
fn key(target: &Target<'_>) -> String {
    format!("{} {}", target.base, target.scopes().join(" "))
}

#[derive(Default)]
struct TokenRequest {
    /// Sent by `POST` where it is there.
    form: Option<String>,
    authorization: Option<Authorization>,
    secrets: Vec<String>,
}

/// Takes `token` or `access_token`; only visible ASCII, so that it makes a header. The text of a JSON
/// error may quote the token and is not passed on.
fn read_token(body: &[u8]) -> Result<String, &'static str> {
    #[derive(Deserialize)]
    struct Token {
        token: Option<String>,
        access_token: Option<String>,
    }
    let answer: Token = json::from_slice(body).map_err(|_| "the answer is not a token document")?;
    let token = answer.token.filter(|token| !token.is_empty()).or(answer.access_token).unwrap_or_default();
    if token.is_empty() {
        return Err("the answer has no token");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token has characters that no token has");
    }
    Ok(token)
}

/// `application/x-www-form-urlencoded`
fn encode(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("form:x") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        assert_eq!(read_token(br#"{"token":"abc","expires_in":300}"#), Ok("abc".to_owned()));
        assert_eq!(read_token(br#"{"access_token":"abc"}"#), Ok("abc".to_owned()));
        assert_eq!(read_token(br#"{"token":"","access_token":"abc"}"#), Ok("abc".to_owned()));
        for body in ["{}", r#"{"token":""}"#, r#"{"token":null}"#] {
            assert_eq!(read_token(body.as_bytes()), Err("the answer has no token"), "{body}");
        }
        for body in ["", "abc", r#""abc""#, r#"{"token":1}"#, r#"{"token":"a","token":"b"}"#] {
            assert_eq!(read_token(body.as_bytes()), Err("the answer is not a token document"), "{body}");
        }
        for token in ["a\\nb", "a b", "\u{e4}", "a\\u0000"] {
            let body = format!(r#"{{"token":"{token}"}}"#);
            assert_eq!(
                read_token(body.as_bytes()),
                Err("the token has characters that no token has"),
                "{token}"
            );
        }
    }

    #[test]
    fn forms() {
        assert_eq!(encode(&[("a", "x y&z"), ("b", "1=2+3")]), "a=x+y%26z&b=1%3D2%2B3");
    }

    #[test]
    fn hidden() {
        let basic = Authorization::basic("user", "hunter2").unwrap();
        assert!(!format!("{:?}", basic.headers()).contains("dXNlcjpodW50ZXIy"));
        assert!(Authorization::bearer("a\nb").is_none());
    }
}
