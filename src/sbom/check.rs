//! Whether a document says what others demand of one: named rules, each with what fails it and how to mend it.
//!
//! Knows the profiles of [`Profile`]. Says nothing of whether the document is true; see [`super::drift`].

mod rules;

use serde::Serialize;

use crate::spdx::View;

/// A set of rules that somebody published.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// BSI TR-03183-2 2.1.0: <https://www.bsi.bund.de/dok/TR-03183>
    Bsi,
    /// 2026 Minimum Elements for an SBOM, of CISA and its partners, version 2.1.
    Cisa2026,
    /// NTIA, The Minimum Elements for a Software Bill of Materials, 2021.
    Ntia2021,
    /// How OpenSSF wants the file to be named:
    /// <https://github.com/ossf/sbom-everywhere/blob/main/reference/sbom_naming.md>
    OpenSsfNaming,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ntia2021, Self::Cisa2026, Self::OpenSsfNaming, Self::Bsi];

    /// The name to ask for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bsi => "bsi",
            Self::Cisa2026 => "cisa-2026",
            Self::Ntia2021 => "ntia-2021",
            Self::OpenSsfNaming => "openssf-naming",
        }
    }

    /// The profile with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Who published it and when.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bsi => "BSI TR-03183-2 2.1.0",
            Self::Cisa2026 => "CISA Minimum Elements 2026",
            Self::Ntia2021 => "NTIA Minimum Elements 2021",
            Self::OpenSsfNaming => "OpenSSF SBOM naming",
        }
    }
}

/// What came of one profile.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The profile.
    pub profile: Profile,
    /// Whether every rule holds.
    pub conformant: bool,
    /// From 0 to 100: the mean of the rules, each by the share of what holds.
    pub score: u8,
    /// The rules.
    pub rules: Vec<Outcome>,
}

/// What came of one rule.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Its stable name: `ntia.supplier`.
    pub rule: &'static str,
    /// What it asks.
    pub title: &'static str,
    /// Whether it holds.
    pub passed: bool,
    /// Of how many it holds.
    pub have: usize,
    /// Of how many it was asked.
    pub of: usize,
    /// The first of those that fail it.
    pub offenders: Vec<String>,
    /// What to do.
    pub mend: &'static str,
}

/// How many are named that fail a rule.
const OFFENDERS: usize = 5;

impl Outcome {
    /// A rule about the document as a whole.
    fn once(rule: &'static str, title: &'static str, mend: &'static str, holds: bool) -> Self {
        Self { rule, title, passed: holds, have: usize::from(holds), of: 1, offenders: Vec::new(), mend }
    }

    /// A rule about each of many. Where there is none, nothing is said of any, and it does not hold.
    fn each<'o>(
        rule: &'static str,
        title: &'static str,
        mend: &'static str,
        of: impl Iterator<Item = (&'o str, bool)>,
    ) -> Self {
        let (mut have, mut count, mut offenders) = (0_usize, 0_usize, Vec::new());
        for (name, holds) in of {
            count = count.saturating_add(1);
            if holds {
                have = have.saturating_add(1);
            } else if offenders.len() < OFFENDERS {
                offenders.push(name.chars().take(200).collect());
            }
        }
        Self { rule, title, passed: count > 0 && have == count, have, of: count, offenders, mend }
    }
}

/// Judges a document by a profile; `file_name` is what its file is called, where it has one.
#[must_use]
pub fn check(view: &View<'_>, file_name: Option<&str>, profile: Profile) -> Assessment {
    let rules = match profile {
        Profile::Bsi => rules::bsi(view),
        Profile::Cisa2026 => rules::cisa(view),
        Profile::Ntia2021 => rules::ntia(view),
        Profile::OpenSsfNaming => rules::naming(view, file_name),
    };
    let conformant = rules.iter().all(|outcome| outcome.passed);
    Assessment { profile, conformant, score: score(&rules), rules }
}

/// The mean of the shares, rounded down, so that 100 means that all holds.
fn score(rules: &[Outcome]) -> u8 {
    let share = |outcome: &Outcome| match (outcome.passed, outcome.of) {
        (true, _) => 1000,
        (false, 0) => 0,
        // Never whole.
        (false, of) => (outcome.have.saturating_mul(1000) / of).min(999),
    };
    let total = rules.iter().map(share).fold(0_usize, usize::saturating_add);
    let mean = total.checked_div(rules.len().saturating_mul(10)).unwrap_or(0);
    u8::try_from(mean).unwrap_or(100)
}

#[cfg(test)]
mod tests;
