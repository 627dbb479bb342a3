//! Which texts are a place in the web that a document may name.

/// A download location, as SPDX 2.3 has it in clause 7.7: a URL, or a URL of a version control system with
/// the system in front. What is none (`chalk/ansi-regex`, a path, a sentence) is not passed on.
#[must_use]
pub fn download(text: &str) -> Option<&str> {
    let text = text.trim();
    let url = match text.split_once('+') {
        Some(("git" | "hg" | "svn" | "bzr", url)) => url,
        _ => text,
    };
    let (scheme, rest) = url.split_once("://")?;
    let schemes = ["http", "https", "ssh", "git", "svn", "sftp", "ftp"];
    (schemes.contains(&scheme) && has_host(rest) && is_plain(text)).then_some(text)
}

/// A web page.
#[must_use]
pub fn page(text: &str) -> Option<&str> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    (has_host(rest) && is_plain(text)).then_some(text)
}

/// A host of the public web: names in at least two parts, the last of two to five letters. That is
/// narrower than RFC 3986, and what the validator of the SPDX project accepts.
fn has_host(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, "0"));
    let ends_in_path =
        rest.get(authority.len()..).is_some_and(|path| path.is_empty() || path.starts_with('/'));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.contains("--")
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((names, top)) = host.rsplit_once('.') else { return false };
    names.split('.').all(is_label)
        && (2..=5).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (1..=5).contains(&port.len())
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && ends_in_path
}

/// Only what a URI may hold. RFC 3986, section 2.
fn is_plain(text: &str) -> bool {
    text.len() <= LENGTH
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte))
}

/// No location of a package is longer; what is has been put there to fill the document.
const LENGTH: usize = 2000;
