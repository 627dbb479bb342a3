//! A cataloger of lock files, as a value: most need no more than a function that reads one file.

use super::super::Cataloger;
use super::super::Findings;
use super::super::Want;
use super::super::view::View;
use super::Lock;

/// Reads lock files of one ecosystem.
pub(in super::super) struct Declared {
    pub(super) name: &'static str,
    pub(super) tags: &'static [&'static str],
    pub(super) wants: &'static [Want],
    pub(super) read: fn(&mut Lock<'_, '_>, &View<'_>) -> Result<(), String>,
}

impl Cataloger for Declared {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tags(&self) -> &'static [&'static str] {
        self.tags
    }

    fn wants(&self) -> &'static [Want] {
        self.wants
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        super::each(view, findings, |lock| (self.read)(lock, view));
    }
}
