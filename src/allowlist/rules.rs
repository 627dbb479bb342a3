//! What a policy says of the entries of an allowlist.

use std::collections::BTreeMap;

use super::entry::Entry;
use super::review::Class;
use super::review::Level;
use crate::scan::Severity;

/// What a policy says of entries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rules {
    /// Most days from `created` to `expires`, by the severity of the finding. One that is not named is not limited;
    /// for [`Severity::Unknown`] that is the least of the others.
    pub max_days: BTreeMap<Severity, i32>,
    /// An entry counts no longer once there is a fix and none is recorded.
    pub lapse_on_fix: bool,
    /// Days before its end from which on an entry is said to expire.
    pub warn_days: i32,
    /// Most packages that one entry is met by before it is too broad.
    pub max_packages: usize,
    /// Most images that one entry is met in before it is too broad.
    pub max_images: usize,
    /// How bad it is that an entry is of a class, where that is not the [default](Class::default_level).
    pub levels: BTreeMap<Class, Level>,
}

impl Rules {
    /// What `portcullis allowlist check` goes by without a policy: no limit to the length of an entry, a month's
    /// warning, five packages and ten images an entry.
    #[must_use]
    pub fn common() -> Self {
        Self {
            max_days: BTreeMap::new(),
            lapse_on_fix: false,
            warn_days: 30,
            max_packages: 5,
            max_images: 10,
            levels: BTreeMap::new(),
        }
    }

    /// Most days for a finding of this severity.
    #[must_use]
    pub fn max_days(&self, severity: Severity) -> Option<i32> {
        match severity {
            Severity::Unknown => {
                self.max_days.get(&severity).or_else(|| self.max_days.values().min()).copied()
            }
            known => self.max_days.get(&known).copied(),
        }
    }

    /// The level of a class.
    #[must_use]
    pub fn level(&self, class: Class) -> Level {
        self.levels.get(&class).copied().unwrap_or_else(|| class.default_level())
    }

    /// How long an entry lasts and how long it may, if that is too long for a finding of this severity.
    pub(super) fn excess(&self, entry: &Entry, severity: Severity) -> Option<(i32, i32)> {
        let most = self.max_days(severity)?;
        let days = entry.days();
        (days > most).then_some((days, most))
    }
}
