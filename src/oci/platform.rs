//! Platforms, as an index names them: operating system, CPU architecture, CPU variant.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Operating system and CPU of an image.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Platform {
    /// Operating system, `linux`.
    #[serde(default)]
    pub os: String,
    /// CPU architecture in Go's words, `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// CPU variant, `v8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// `unknown/unknown`: build-kit's attestation manifests. No runtime picks such an entry.
    #[must_use]
    pub fn unknown() -> Self {
        Self { os: UNKNOWN.to_owned(), architecture: UNKNOWN.to_owned(), variant: None }
    }

    /// Whether this is [`Self::unknown`].
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == UNKNOWN && self.architecture == UNKNOWN
    }

    /// Whether this platform is one that `asked` means. A missing variant in `asked` means any; a
    /// missing variant here is that of the architecture (`v8` for `arm64`, `v7` for `arm`).
    #[must_use]
    pub fn matches(&self, asked: &Self) -> bool {
        let variant = match &asked.variant {
            None => true,
            Some(variant) => self.variant_or_default() == Some(variant.as_str()),
        };
        self.os == asked.os && self.architecture == asked.architecture && variant
    }

    fn variant_or_default(&self) -> Option<&str> {
        match (self.variant.as_deref(), self.architecture.as_str()) {
            (Some(variant), _) if !variant.is_empty() => Some(variant),
            (_, "arm64") => Some("v8"),
            (_, "arm") => Some("v7"),
            _ => None,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) if !variant.is_empty() => write!(f, "/{variant}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let bad = || PlatformError { found: text.chars().take(64).collect() };
        let word = |part: &str| {
            let good =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
            if part.is_empty() || !part.bytes().all(good) { Err(bad()) } else { Ok(part.to_owned()) }
        };
        let mut parts = text.split('/');
        let mut next = || parts.next().map(word).transpose();
        let (Some(os), Some(architecture), variant) = (next()?, next()?, next()?) else { return Err(bad()) };
        if parts.next().is_some() {
            return Err(bad());
        }
        Ok(Self { os, architecture, variant })
    }
}

/// A text is not `os/architecture[/variant]`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("platform {found:?} is not os/architecture[/variant], as in linux/amd64 or linux/arm64/v8")]
pub struct PlatformError {
    /// What stood there.
    pub found: String,
}

/// Which platforms of an index are meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PlatformFilter {
    /// Every runnable one.
    All,
    /// These; each must be there.
    Only(Vec<Platform>),
}

impl PlatformFilter {
    /// Whether `platform` is meant.
    #[must_use]
    pub fn allows(&self, platform: &Platform) -> bool {
        match self {
            Self::All => true,
            Self::Only(asked) => asked.iter().any(|asked| platform.matches(asked)),
        }
    }
}

const UNKNOWN: &str = "unknown";

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn parses_and_prints() {
        for text in ["linux/amd64", "linux/arm64/v8", "windows/amd64", "linux/arm/v7"] {
            assert_eq!(platform(text).to_string(), text);
        }
        for text in
            ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/arm/v7/x", "Linux/amd64", "li nux/a"]
        {
            assert!(text.parse::<Platform>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn matches_with_variant() {
        assert!(platform("linux/arm64/v8").matches(&platform("linux/arm64")));
        assert!(platform("linux/arm64").matches(&platform("linux/arm64/v8")));
        assert!(platform("linux/arm").matches(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm/v6").matches(&platform("linux/arm/v7")));
        assert!(!platform("linux/amd64").matches(&platform("linux/amd64/v3")));
        assert!(!platform("linux/amd64").matches(&platform("linux/arm64")));
        assert!(!platform("linux/amd64").matches(&platform("windows/amd64")));
    }

    #[test]
    fn filters() {
        let only = PlatformFilter::Only(vec![platform("linux/amd64"), platform("linux/arm64")]);
        assert!(only.allows(&platform("linux/arm64/v8")) && !only.allows(&platform("linux/s390x")));
        assert!(PlatformFilter::All.allows(&platform("linux/s390x")));
        assert!(Platform::unknown().is_unknown() && !platform("linux/unknown").is_unknown());
    }
}
