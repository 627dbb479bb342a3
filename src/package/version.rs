//! Versions: as documents write them, and their order.

mod order;

pub use order::compare;

use super::Package;

impl Package {
    /// The version as documents have it: where none is known they say so, in syft's word for it. Minimum elements
    /// (NTIA 2021, CISA 2026) ask that what is unknown be said.
    #[must_use]
    pub fn written_version(&self) -> &str {
        self.version.as_deref().filter(|text| !text.is_empty()).unwrap_or(UNKNOWN)
    }
}

/// The version that a document gives, unless its words for it are that there is none.
#[must_use]
pub fn read(text: Option<String>) -> Option<String> {
    text.filter(|text| !matches!(text.trim(), "" | "NOASSERTION" | UNKNOWN))
}

const UNKNOWN: &str = "UNKNOWN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for version in [None, Some("1.2"), Some("0")] {
            let version = version.map(str::to_owned);
            let package = Package { version: version.clone(), ..Package::default() };
            assert_eq!(read(Some(package.written_version().to_owned())), version);
        }
        assert_eq!(
            Package { version: Some(String::new()), ..Package::default() }.written_version(),
            "UNKNOWN"
        );
        for none in ["", " ", "NOASSERTION", "UNKNOWN"] {
            assert_eq!(read(Some(none.to_owned())), None, "{none:?}");
        }
    }
}
