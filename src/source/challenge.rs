//! `WWW-Authenticate` headers, RFC 9110 section 11.6.1: what a registry asks for.
//!
//! Lenient in what a challenge may look like, strict in what is taken from it: `Bearer` with a realm,
//! or `Basic`.

/// What a registry asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token from a service, <https://distribution.github.io/distribution/spec/auth/token/>.
    Bearer {
        /// URL of the token service.
        realm: String,
        /// The registry's name at that service.
        service: Option<String>,
    },
}

impl Challenge {
    /// The strongest challenge of all headers: `Bearer` before `Basic`. `None` if there is none that
    /// we can answer.
    pub(super) fn choose<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for header in headers.filter(|header| header.len() <= HEADER_LENGTH) {
            for (scheme, parameters) in parse(header) {
                let parameter = |name: &str| {
                    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
                };
                match (scheme.as_str(), parameter("realm")) {
                    ("bearer", Some(realm)) => {
                        return Some(Self::Bearer { realm, service: parameter("service") });
                    }
                    ("basic", _) => basic = Some(Self::Basic),
                    _ => {}
                }
            }
        }
        basic
    }
}

type Parameters = Vec<(String, String)>;

/// Schemes and parameter names in lower case. A parameter belongs to the scheme before it.
fn parse(header: &str) -> Vec<(String, Parameters)> {
    let mut challenges: Vec<(String, Parameters)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (word, after) = token(rest);
        if word.is_empty() {
            return challenges;
        }
        rest = after.trim_start_matches([' ', '\t']);
        match (rest.strip_prefix('='), challenges.last_mut()) {
            (Some(after), Some((_, parameters))) => {
                let (value, after) = value(after.trim_start_matches([' ', '\t']));
                parameters.push((word.to_ascii_lowercase(), value));
                rest = after;
            }
            (Some(_), None) => return challenges,
            (None, _) => challenges.push((word.to_ascii_lowercase(), Vec::new())),
        }
    }
}

fn token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)));
    text.split_at(end.unwrap_or(text.len()))
}

/// A quoted string without its escapes, or everything up to a comma or blank.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find([',', ' ', '\t']).unwrap_or(text.len()));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.split_at(at + 1).1),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// Real challenges have below 500 bytes.
const HEADER_LENGTH: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(headers: &[&str]) -> Option<Challenge> {
        Challenge::choose(headers.iter().copied())
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
    }

    #[test]
    fn real_headers() {
        // Docker Hub, GHCR, docker-registry with htpasswd.
        assert_eq!(
            choose(&[
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull""#
            ]),
            bearer("https://auth.docker.io/token", Some("registry.docker.io"))
        );
        assert_eq!(
            choose(&[
                r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull""#
            ]),
            bearer("https://ghcr.io/token", Some("ghcr.io"))
        );
        assert_eq!(choose(&[r#"Basic realm="basic-realm""#]), Some(Challenge::Basic));
    }

    #[test]
    fn spellings() {
        assert_eq!(
            choose(&["BEARER Realm=https://a.example/t , SERVICE = b"]),
            bearer("https://a.example/t", Some("b"))
        );
        assert_eq!(choose(&[r#"bearer realm="a\"b\\c""#]), bearer(r#"a"b\c"#, None));
        assert_eq!(choose(&[r#"Bearer realm="a,b", service="c d""#]), bearer("a,b", Some("c d")));
        assert_eq!(choose(&[r#"Basic realm="x", Bearer realm="y""#]), bearer("y", None));
        assert_eq!(choose(&["Basic", r#"Bearer realm="y""#]), bearer("y", None));
        assert_eq!(choose(&["Negotiate, Basic realm=x"]), Some(Challenge::Basic));
        assert_eq!(choose(&[r#"Bearer realm="unterminated"#]), bearer("unterminated", None));
        assert_eq!(choose(&["Bearer realm=\"\u{e4}\""]), bearer("\u{e4}", None));
    }

    #[test]
    fn garbage() {
        let long = format!("Bearer realm=\"{}\"", "a".repeat(HEADER_LENGTH));
        for header in
            ["", " ", ",,,", "=", "=x", "\"", "Bearer", "Bearer service=x", "Digest realm=x", "\u{e4}", &long]
        {
            assert_eq!(choose(&[header]), None, "{header:.20?}");
        }
        assert_eq!(choose(&[]), None);
    }
}
