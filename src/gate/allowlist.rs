//! Findings that are accepted for a time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_saphyr::Spanned;

use super::policy::Entry;
use super::policy::PolicyError;
use crate::package::Purl;
use crate::scan::Finding;
use crate::yaml::Position;

/// An entry of the allowlist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// Identifier of the finding, exactly.
    pub id: String,
    /// Name or package URL of the package; the file, for findings without a package.
    pub package: String,
    /// Installed version that it is limited to.
    pub version: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last day on which it counts, UTC.
    pub expires: Date,
    /// Line in the policy file.
    pub line: u64,
    purl: Option<Purl>,
}

impl Waiver {
    pub(super) fn read(spanned: &Spanned<Entry>) -> Result<Self, PolicyError> {
        let at = Position::from(spanned.referenced);
        let entry = &spanned.value;
        let fields = [
            ("id", &entry.id),
            ("package", &entry.package),
            ("owner", &entry.owner),
            ("reason", &entry.reason),
        ];
        for (field, value) in fields {
            if value.trim().is_empty() {
                return Err(PolicyError::AllowlistEmpty { at, field });
            }
        }
        let purl = match entry.package.starts_with("pkg:") {
            true => Some(
                Purl::parse(&entry.package).map_err(|reason| PolicyError::AllowlistPackage { at, reason })?,
            ),
            false => None,
        };
        Ok(Self {
            id: entry.id.clone(),
            package: entry.package.clone(),
            version: entry.version.clone(),
            owner: entry.owner.clone(),
            reason: entry.reason.clone(),
            expires: read_day(&entry.expires)
                .ok_or_else(|| PolicyError::Expires { at, found: entry.expires.clone() })?,
            line: at.line,
            purl,
        })
    }

    /// Whether both are about the same findings.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        (&self.id, &self.package, &self.version) == (&other.id, &other.package, &other.version)
    }

    /// Whether it names this finding. Says nothing about its expiry.
    ///
    /// A finding without a package URL is not met by an entry with one: absence proves nothing.
    #[must_use]
    pub fn names(&self, finding: &Finding) -> bool {
        let package = match &self.purl {
            Some(purl) => finding.purl.as_ref().is_some_and(|found| purl.covers(found)),
            None => self.package == finding.place(),
        };
        let version = self.version.is_none() || self.version == finding.version;
        self.id == finding.id && package && version
    }

    /// Whole days that are left at `now`, with 0 on the last one; nothing once it has expired, which is
    /// at the end of its last day.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> Option<i32> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let days = today.until(self.expires).map(|span| span.get_days()).unwrap_or(-1);
        (days >= 0).then_some(days)
    }
}

/// `YYYY-MM-DD` and nothing else.
fn read_day(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests;
