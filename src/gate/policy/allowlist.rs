//! What a policy says of findings that are accepted for a time.

use super::PolicyError;
use super::at;
use super::file::AllowlistSection;
use crate::allowlist::Allowlist;
use crate::allowlist::Rules;

/// Findings that are accepted for a time: where they are listed, and what is asked of the entries.
#[derive(Clone, Debug)]
pub struct AllowlistRule {
    /// File with the entries, as the policy names it.
    pub file: Option<String>,
    /// Where images are promoted to.
    pub environment: Option<String>,
    /// What is asked of entries.
    pub rules: Rules,
    /// The entries, once they are loaded. Until then nothing is accepted.
    pub(super) list: Option<Allowlist>,
}

impl AllowlistRule {
    pub(super) fn read(section: &AllowlistSection) -> Result<Self, PolicyError> {
        if let Some(file) = &section.file
            && file.value.trim().is_empty()
        {
            return Err(PolicyError::AllowlistFile { at: at(file) });
        }
        let common = Rules::common();
        let max_days =
            section.max_days.iter().map(|(word, days)| (word.severity(), i32::from(*days))).collect();
        Ok(Self {
            file: section.file.as_ref().map(|file| file.value.clone()),
            environment: section.environment.clone(),
            rules: Rules {
                max_days,
                lapse_on_fix: section.lapse_on_fix,
                warn_days: section.warn_days.map_or(common.warn_days, i32::from),
                max_packages: section.max_packages.unwrap_or(common.max_packages),
                max_images: section.max_images.unwrap_or(common.max_images),
                levels: section.levels.clone(),
            },
            list: None,
        })
    }

    /// The entries; nothing while there is no file, or none was loaded.
    #[must_use]
    pub fn list(&self) -> Option<&Allowlist> {
        self.list.as_ref()
    }
}
