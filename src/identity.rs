//! Who signed: the identity that a certificate states, and the policy that it must meet.
//!
//! Matches strings that the verifier took from a verified certificate. Reads no certificate itself.
//! Fulcio's claims: <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>

mod pattern;

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;
use regex::RegexBuilder;
use regex_syntax::hir::Look;
use serde::Serialize;

/// What a verified certificate states about the signer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateIdentity {
    /// The subject alternative name: first URI, else first email address, else Fulcio's `otherName`.
    #[serde(rename = "identity")]
    pub san: String,
    /// The OIDC issuer, where the certificate has one.
    pub issuer: Option<String>,
    /// The other Fulcio claims, by the names of [`CLAIMS`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<&'static str, String>,
}

/// The claims that a policy may ask for: name, and last arc of the OID under `1.3.6.1.4.1.57264.1`.
///
/// The `github-workflow-*` claims are raw strings (arcs 2 to 6), the others DER `UTF8String`.
pub const CLAIMS: [(&str, u32); 19] = [
    ("github-workflow-trigger", 2),
    ("github-workflow-sha", 3),
    ("github-workflow-name", 4),
    ("github-workflow-repository", 5),
    ("github-workflow-ref", 6),
    ("build-signer-uri", 9),
    ("build-signer-digest", 10),
    ("runner-environment", 11),
    ("source-repository-uri", 12),
    ("source-repository-digest", 13),
    ("source-repository-ref", 14),
    ("source-repository-identifier", 15),
    ("source-repository-owner-uri", 16),
    ("source-repository-owner-identifier", 17),
    ("build-config-uri", 18),
    ("build-config-digest", 19),
    ("build-trigger", 20),
    ("run-invocation-uri", 21),
    ("source-repository-visibility", 22),
];

/// Whose certificates are accepted. There is no default: nobody is trusted unless named.
///
/// ```compile_fail
/// let policy = portcullis::identity::IdentityPolicy::default();
/// ```
#[derive(Clone, Debug)]
pub struct IdentityPolicy {
    san: Matcher,
    issuer: Matcher,
    claims: BTreeMap<&'static str, String>,
}

impl IdentityPolicy {
    /// Accepts certificates whose subject alternative name and issuer both match.
    #[must_use]
    pub fn new(san: Matcher, issuer: Matcher) -> Self {
        Self { san, issuer, claims: BTreeMap::new() }
    }

    /// Accepts every identity that a trusted authority certified: proves that somebody signed, not who.
    #[must_use]
    pub fn any_identity_insecure() -> Self {
        Self::new(Matcher::Anything, Matcher::Anything)
    }

    /// Asks in addition for a claim of [`CLAIMS`] with exactly this value.
    ///
    /// # Errors
    /// There is no claim of that name.
    pub fn with_claim(mut self, name: &str, value: String) -> Result<Self, IdentityError> {
        let known = CLAIMS.iter().find(|(known, _)| *known == name);
        let (name, _) = known.ok_or_else(|| IdentityError::UnknownClaim { found: name.to_owned() })?;
        self.claims.insert(name, value);
        Ok(self)
    }

    /// Compares an identity; the error says which part differs and what was found.
    ///
    /// # Errors
    /// A part does not match or is not in the certificate.
    pub fn check(&self, found: &CertificateIdentity) -> Result<(), IdentityError> {
        if !self.san.matches(&found.san) {
            return Err(IdentityError::San {
                expected: self.san.clone(),
                found: found.san.clone(),
                identity: Box::new(found.clone()),
            });
        }
        // A certificate without an issuer meets only a policy that asks for none.
        let issuer_matches = match (&self.issuer, &found.issuer) {
            (Matcher::Anything, _) | (Matcher::Absent, None) => true,
            (matcher, Some(issuer)) => matcher.matches(issuer),
            (_, None) => false,
        };
        if !issuer_matches {
            return Err(IdentityError::Issuer {
                expected: self.issuer.clone(),
                found: found.issuer.clone(),
                identity: Box::new(found.clone()),
            });
        }
        for (name, expected) in &self.claims {
            let claim = found.claims.get(name);
            if claim != Some(expected) {
                return Err(IdentityError::Claim {
                    name,
                    expected: expected.clone(),
                    found: claim.cloned(),
                    identity: Box::new(found.clone()),
                });
            }
        }
        Ok(())
    }

    /// Patterns that match more than they seem to, for a warning: those that are not anchored.
    pub fn unanchored(&self) -> impl Iterator<Item = &str> {
        [&self.san, &self.issuer].into_iter().filter_map(|matcher| match matcher {
            Matcher::Pattern(pattern) if !pattern.is_anchored() => Some(pattern.text.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for IdentityPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "identity {} issued by {}", self.san, self.issuer)?;
        for (name, value) in &self.claims {
            write!(f, ", {name} {value:?}")?;
        }
        Ok(())
    }
}

/// How one string of a certificate is compared.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// The certificate must not state it.
    Absent,
    /// Any value, or none. Only by [`IdentityPolicy::any_identity_insecure`] or an explicit choice.
    Anything,
    /// This value.
    Exact(String),
    /// A regular expression that matches somewhere in the value, as in cosign: anchor it with `^` and `$`.
    Pattern(Pattern),
}

impl Matcher {
    /// Compiles a regular expression.
    ///
    /// # Errors
    /// It is not one, or compiles to more than 1 MiB.
    pub fn pattern(text: &str) -> Result<Self, IdentityError> {
        let refused =
            |reason: &str| IdentityError::Pattern { pattern: text.to_owned(), reason: reason.to_owned() };
        let translated = pattern::translate(text).map_err(refused)?;
        let regex = RegexBuilder::new(&translated).size_limit(PATTERN_BYTES).build();
        let regex = regex.map_err(|error| refused(error.to_string().lines().last().unwrap_or_default()))?;
        Ok(Self::Pattern(Pattern { text: text.to_owned(), regex }))
    }

    /// Whether this value is meant.
    #[must_use]
    pub fn matches(&self, found: &str) -> bool {
        match self {
            Self::Absent => false,
            Self::Anything => true,
            Self::Exact(expected) => expected == found,
            Self::Pattern(pattern) => pattern.regex.is_match(found),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Anything => f.write_str("(any)"),
            Self::Exact(value) => write!(f, "{value:?}"),
            Self::Pattern(pattern) => write!(f, "matching {:?}", pattern.text),
        }
    }
}

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was written.
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Whether every match begins at the start of the value and ends at its end.
    fn is_anchored(&self) -> bool {
        let Ok(hir) = regex_syntax::parse(self.regex.as_str()) else { return false };
        let properties = hir.properties();
        properties.look_set_prefix().contains(Look::Start) && properties.look_set_suffix().contains(Look::End)
    }
}

/// Why an identity was refused, or a policy was not made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A claim differs or is absent.
    #[error("certificate claim {name} is {}, expected {expected:?}", absent_or(found.as_ref()))]
    Claim {
        /// Name of the claim.
        name: &'static str,
        /// Asked for.
        expected: String,
        /// In the certificate.
        found: Option<String>,
        /// All that the certificate states.
        identity: Box<CertificateIdentity>,
    },
    /// The issuer differs or is absent.
    #[error("certificate issuer is {}, expected {expected}", absent_or(found.as_ref()))]
    Issuer {
        /// Asked for.
        expected: Matcher,
        /// In the certificate.
        found: Option<String>,
        /// All that the certificate states.
        identity: Box<CertificateIdentity>,
    },
    /// Not a regular expression.
    #[error("{pattern:?} is not a regular expression: {reason}")]
    Pattern {
        /// The text.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// The subject alternative name differs.
    #[error("certificate identity is {found:?}, expected {expected}")]
    San {
        /// Asked for.
        expected: Matcher,
        /// In the certificate.
        found: String,
        /// All that the certificate states.
        identity: Box<CertificateIdentity>,
    },
    /// There is no such claim.
    #[error("{found:?} is not a certificate claim; known are {}", known_claims())]
    UnknownClaim {
        /// The name given.
        found: String,
    },
}

impl IdentityError {
    /// The stable name of what differs, for machines.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "identity.claim",
            Self::Issuer { .. } => "identity.issuer",
            Self::Pattern { .. } => "identity.pattern",
            Self::San { .. } => "identity.san",
            Self::UnknownClaim { .. } => "identity.unknown-claim",
        }
    }

    /// All that the refused certificate states.
    #[must_use]
    pub fn identity(&self) -> Option<&CertificateIdentity> {
        match self {
            Self::Claim { identity, .. } | Self::Issuer { identity, .. } | Self::San { identity, .. } => {
                Some(identity)
            }
            Self::Pattern { .. } | Self::UnknownClaim { .. } => None,
        }
    }
}

fn absent_or(found: Option<&String>) -> String {
    found.map_or_else(|| "absent".to_owned(), |value| format!("{value:?}"))
}

fn known_claims() -> String {
    CLAIMS.map(|(name, _)| name).join(", ")
}

/// A pattern that needs more than this is not an identity.
const PATTERN_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> CertificateIdentity {
        CertificateIdentity {
            san: "https://github.com/org/app/.github/workflows/release.yml@refs/tags/v1".to_owned(),
            issuer: Some("https://token.actions.githubusercontent.com".to_owned()),
            claims: BTreeMap::from([("github-workflow-repository", "org/app".to_owned())]),
        }
    }

    fn exact(text: &str) -> Matcher {
        Matcher::Exact(text.to_owned())
    }

    #[test]
    fn exact_identity() {
        let policy =
            IdentityPolicy::new(exact(&found().san), exact("https://token.actions.githubusercontent.com"));
        assert!(policy.check(&found()).is_ok());
        let other = CertificateIdentity { san: format!("{}x", found().san), ..found() };
        assert!(matches!(policy.check(&other), Err(IdentityError::San { .. })));
        let other = CertificateIdentity { issuer: None, ..found() };
        assert!(matches!(policy.check(&other), Err(IdentityError::Issuer { found: None, .. })));
        let other = CertificateIdentity { issuer: Some("https://evil.example".to_owned()), ..found() };
        assert!(matches!(policy.check(&other), Err(IdentityError::Issuer { .. })));
    }

    #[test]
    fn an_issuer_can_be_asked_not_to_be_there() {
        let policy = IdentityPolicy::new(exact(&found().san), Matcher::Absent);
        assert!(policy.check(&CertificateIdentity { issuer: None, ..found() }).is_ok());
        assert!(matches!(policy.check(&found()), Err(IdentityError::Issuer { found: Some(_), .. })));
        let nobody = IdentityPolicy::new(Matcher::Absent, Matcher::Anything);
        assert!(matches!(nobody.check(&found()), Err(IdentityError::San { .. })));
    }

    #[test]
    fn patterns_are_unanchored_and_say_so() {
        // The class of GHSA-59jp-pj84-45mr: an unanchored pattern accepts a prefix of somebody else.
        let policy = IdentityPolicy::new(Matcher::pattern("github.com/org/").unwrap(), Matcher::Anything);
        let evil =
            CertificateIdentity { san: "https://evil.example/github.com/org/app".to_owned(), ..found() };
        assert!(policy.check(&evil).is_ok());
        assert_eq!(policy.unanchored().collect::<Vec<_>>(), ["github.com/org/"]);
        let policy =
            IdentityPolicy::new(Matcher::pattern("^https://github.com/org/.*$").unwrap(), Matcher::Anything);
        assert!(policy.check(&evil).is_err());
        assert!(policy.check(&found()).is_ok());
        assert_eq!(policy.unanchored().count(), 0);
        for loose in ["^a|b$", "^a", "a$", "a\\$", "(?m)^a$"] {
            let policy = IdentityPolicy::new(Matcher::pattern(loose).unwrap(), Matcher::Anything);
            assert_eq!(policy.unanchored().count(), 1, "{loose}");
        }
    }

    #[test]
    fn claims_must_be_present_and_equal() {
        let policy = IdentityPolicy::any_identity_insecure();
        let policy = policy.with_claim("github-workflow-repository", "org/app".to_owned()).unwrap();
        assert!(policy.check(&found()).is_ok());
        let other = CertificateIdentity { claims: BTreeMap::new(), ..found() };
        assert!(matches!(policy.check(&other), Err(IdentityError::Claim { found: None, .. })));
        assert!(matches!(
            policy.with_claim("repository", String::new()),
            Err(IdentityError::UnknownClaim { .. })
        ));
    }

    #[test]
    fn hostile_patterns_are_errors() {
        assert!(matches!(Matcher::pattern("("), Err(IdentityError::Pattern { .. })));
        assert!(matches!(Matcher::pattern("(a{1000}){1000}{1000}"), Err(IdentityError::Pattern { .. })));
    }
}
