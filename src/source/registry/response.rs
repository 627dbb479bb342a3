//! Answers of a registry: read under a ceiling, and told apart.

use std::time::Duration;

use oci_client::errors::OciEnvelope;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;

use super::super::Fault;
use crate::json;
use crate::limits;
use crate::oci::essence;
use crate::oci::media_type;

/// A whole answer; of an error only what it says.
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) url: Url,
    /// Empty for an error.
    pub(super) body: Vec<u8>,
    /// The registry's words about an error.
    reason: String,
    /// From the registry itself, not from where a redirect led.
    own: bool,
}

/// How to read an answer.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading<'a> {
    /// Most bytes of a good answer.
    pub(super) ceiling: u64,
    /// The time without a byte that the client was set up with, for the message.
    pub(super) idle: Duration,
    /// What was sent and must not come back in a message.
    pub(super) secrets: &'a [String],
    /// 501 is an answer (no such API), not a failure.
    pub(super) unsupported_is_answer: bool,
}

impl Response {
    /// Reads the body. 408, 429 and 5xx are failures that may pass.
    pub(super) async fn read(
        mut from: reqwest::Response,
        url: Url,
        how: Reading<'_>,
    ) -> Result<Self, Failure> {
        let body = read_body(&mut from, how).await?;
        let (status, headers) = (from.status(), from.headers().clone());
        let (body, reason) = if status == StatusCode::OK {
            (body, String::new())
        } else {
            (Vec::new(), reason(&body, how.secrets))
        };
        let answer = Self { status, headers, url, body, reason, own: true };
        match status.as_u16() {
            501 if how.unsupported_is_answer => Ok(answer),
            408 | 429 | 500..=599 => Err(answer.passing()),
            _ => Ok(answer),
        }
    }

    /// From another origin: only the registry itself can say that something does not exist.
    pub(super) fn into_foreign(self) -> Self {
        Self { own: false, ..self }
    }

    fn passing(self) -> Failure {
        let after = retry_after(&self.headers);
        let status = self.status.as_u16();
        let retry = match after {
            _ if status == 501 => Retry::Never,
            Some(delay) => Retry::After(delay),
            None => Retry::Backoff,
        };
        let reason = self.reason;
        let fault = match status {
            429 => Fault::Throttled { retry_after: after.map(|delay| delay.as_secs()), reason },
            _ => Fault::Unavailable { status, reason },
        };
        Failure { fault, retry }
    }

    /// The answer if it is 200.
    pub(super) fn success(self) -> Result<Self, Fault> {
        if self.status == StatusCode::OK { Ok(self) } else { Err(self.fault()) }
    }

    /// What an answer that is not wanted means.
    pub(super) fn fault(&self) -> Fault {
        let reason = self.reason.clone();
        match self.status.as_u16() {
            404 if self.own => Fault::NotFound { reason },
            status @ (401 | 403) => Fault::Denied { status, reason },
            status => Fault::UnexpectedStatus { status, reason },
        }
    }

    /// The registry's words about an error.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether this is a list of referrers.
    pub(super) fn is_referrers(&self) -> bool {
        let content_type = text(&self.headers, &header::CONTENT_TYPE);
        self.status == StatusCode::OK
            && content_type.is_some_and(|name| essence(&name) == media_type::OCI_INDEX)
    }

    /// Whether a registry without the referrers API answers like this.
    pub(super) fn is_unsupported(&self) -> bool {
        self.own && matches!(self.status.as_u16(), 200 | 400 | 404 | 405 | 406 | 501)
    }

    /// The target of `rel="next"` in the `Link` headers, RFC 8288. A header that cannot be read may have
    /// one: pages that are not asked for would be evidence that is "not there".
    pub(super) fn next_page(&self) -> Result<Option<String>, Fault> {
        for value in self.headers.get_all(header::LINK) {
            let malformed = || Fault::BadRedirect {
                to: String::from_utf8_lossy(value.as_bytes()).chars().take(128).collect(),
                why: "the link to the next page cannot be read",
            };
            let links = value.to_str().ok().and_then(links).ok_or_else(malformed)?;
            if let Some((target, _)) = links.into_iter().find(|(_, parameters)| is_next(parameters)) {
                return Ok(Some(target.to_owned()));
            }
        }
        Ok(None)
    }
}

/// Targets and parameters of a `Link` header. A target may hold commas, and so may quoted text.
fn links(header: &str) -> Option<Vec<(&str, &str)>> {
    let mut links = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(links);
        }
        let (target, after) = rest.strip_prefix('<')?.split_once('>')?;
        let mut quoted = false;
        let end = after.find(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        let (parameters, next) = after.split_at(end.unwrap_or(after.len()));
        links.push((target, parameters));
        rest = next;
    }
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let (name, value) = parameter.trim().split_once('=').unwrap_or_default();
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|word| word.eq_ignore_ascii_case("next"))
    })
}

/// A fault, and whether another attempt may help.
pub(super) struct Failure {
    pub(super) fault: Fault,
    pub(super) retry: Retry,
}

pub(super) enum Retry {
    After(Duration),
    Backoff,
    Never,
}

impl Failure {
    /// A connection that was not made or broke off.
    pub(super) fn of(error: &reqwest::Error, idle: Duration) -> Self {
        if error.is_timeout() && !error.is_connect() {
            return Fault::Timeout { after: idle }.into();
        }
        let text = chain(error);
        let fault = if error.is_connect() { Fault::Connect(text) } else { Fault::BrokenOff(text) };
        // A certificate does not get better.
        let permanent = error.is_builder() || sources(error).any(is_tls);
        Self { fault, retry: if permanent { Retry::Never } else { Retry::Backoff } }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { fault, retry: Retry::Never }
    }
}

/// The header as text; what is not text in it becomes a replacement character.
pub(super) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The causes without the URL, which may hold a signed query.
pub(in crate::source) fn chain(error: &reqwest::Error) -> String {
    let texts: Vec<String> = sources(error).map(ToString::to_string).collect();
    let text = if texts.is_empty() { "no answer".to_owned() } else { texts.join(": ") };
    text.chars().take(REASON_LENGTH).collect()
}

async fn read_body(response: &mut reqwest::Response, how: Reading<'_>) -> Result<Vec<u8>, Failure> {
    let success = response.status() == StatusCode::OK;
    let ceiling = if success { how.ceiling } else { limits::ERROR_BODY_BYTES };
    let mut body = Vec::new();
    if success && response.content_length().is_some_and(|length| length > ceiling) {
        return Err(Fault::TooLarge { ceiling }.into());
    }
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body),
            // The status is known, its explanation is not: no reason to forget it.
            Err(_) if !success => return Ok(body),
            Err(error) => return Err(Failure::of(&error, how.idle)),
        };
        let length = u64::try_from(body.len().saturating_add(chunk.len())).unwrap_or(u64::MAX);
        match (length > ceiling, success) {
            (true, true) => return Err(Fault::TooLarge { ceiling }.into()),
            (true, false) => return Ok(body),
            (false, _) => body.extend_from_slice(&chunk),
        }
    }
}

/// Seconds, or a date that is told from the answer's own `Date`: RFC 9110 section 10.2.3.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &header::RETRY_AFTER)?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp().as_second());
    let wait = date(&value)?.saturating_sub(date(&text(headers, &header::DATE)?)?);
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

/// Codes and messages of the registry's error document, without anything that we sent; nothing of
/// any other body.
fn reason(body: &[u8], secrets: &[String]) -> String {
    let Ok(envelope) = json::from_slice::<OciEnvelope>(body) else { return String::new() };
    let texts = envelope.errors.iter().take(3).map(|error| {
        let code = serde_json::to_value(&error.code).unwrap_or_default();
        format!("{} {}", code.as_str().unwrap_or_default(), error.message)
    });
    let text = texts.collect::<Vec<_>>().join("; ");
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    let text = secrets.fold(text, |text, secret| text.replace(secret, "[hidden]"));
    text.trim().chars().filter(|c| !c.is_control()).take(REASON_LENGTH).collect()
}

fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|inner| inner.is::<rustls::Error>())
}

fn sources<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |error| error.source()).take(8)
}

/// Characters of a peer's text in a message.
const REASON_LENGTH: usize = 300;

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn answer(headers: &[(HeaderName, &str)]) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        Response {
            status: StatusCode::OK,
            headers: headers.collect(),
            url: Url::parse("https://registry.example/").unwrap(),
            body: Vec::new(),
            reason: String::new(),
            own: true,
        }
    }

    #[test]
    fn links() {
        let next = |value| answer(&[(header::LINK, value)]).next_page().unwrap();
        let found = Some("/v2/a/referrers/x?n=1".to_owned());
        assert_eq!(next(r#"</v2/a/referrers/x?n=1>; rel="next""#), found);
        assert_eq!(next("</v2/a/referrers/x?n=1>;rel=next"), found);
        assert_eq!(next(r#"</p>; rel="prev", </v2/a/referrers/x?n=1>; title=x; Rel="next""#), found);
        let comma = Some("/v2/a/referrers/x?last=a,b".to_owned());
        assert_eq!(next(r#"</v2/a/referrers/x?last=a,b>; rel="next""#), comma);
        assert_eq!(next(r#"</p>; title="a, <b>", </v2/a/referrers/x?last=a,b>; rel="last next""#), comma);
        for value in ["", "</p>", r#"</p>; rel="prev""#, "</p>; next"] {
            assert_eq!(next(value), None, "{value}");
        }
        for value in ["x", "<", "</p", r#"/p; rel="next""#] {
            assert!(answer(&[(header::LINK, value)]).next_page().is_err(), "{value}");
        }
    }

    #[test]
    fn retry_after_in_seconds_or_as_date() {
        let wait = |headers: &[(HeaderName, &str)]| retry_after(&answer(headers).headers);
        assert_eq!(wait(&[(header::RETRY_AFTER, "7")]), Some(Duration::from_secs(7)));
        let (later, earlier) = ("Wed, 21 Oct 2015 07:28:05 GMT", "Wed, 21 Oct 2015 07:28:00 GMT");
        let both = |after, date| wait(&[(header::RETRY_AFTER, after), (header::DATE, date)]);
        assert_eq!(both(later, earlier), Some(Duration::from_secs(5)));
        assert_eq!(both(earlier, later), Some(Duration::ZERO));
        assert_eq!(wait(&[(header::RETRY_AFTER, later)]), None);
        for value in ["", "-1", "soon", "1.5", "99999999999999999999"] {
            assert_eq!(wait(&[(header::RETRY_AFTER, value)]), None, "{value}");
        }
    }

    #[test]
    fn reasons() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\nway","detail":{"a":1}},{"code":"X_Y"}]}"#;
        assert_eq!(reason(body, &[]), "DENIED noway; X_Y");
        let echo = br#"{"errors":[{"code":"DENIED","message":"bad token hunter2"}]}"#;
        assert_eq!(reason(echo, &["hunter2".to_owned(), String::new()]), "DENIED bad token [hidden]");
        for body in ["", "<html>hunter2</html>", "{}", r#"{"errors":[]}"#, r#"{"errors":"x"}"#] {
            assert_eq!(reason(body.as_bytes(), &[]), "", "{body}");
        }
        let long = format!(r#"{{"errors":[{{"code":"DENIED","message":"{}"}}]}}"#, "x".repeat(5000));
        assert_eq!(reason(long.as_bytes(), &[]).len(), REASON_LENGTH);
    }
}
