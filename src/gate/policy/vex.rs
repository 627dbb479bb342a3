//! What a policy says of VEX documents.

use jiff::SignedDuration;

use super::PolicyError;
use super::Trusted;
use super::at;
use super::file::VexSection;
use super::read_age;
use super::read_signers;
use crate::vex::Vex;

/// VEX documents that are believed when they say that a vulnerability does not matter in the image.
#[derive(Clone, Debug)]
pub struct VexRule {
    /// Whose attested documents are believed.
    pub signers: Vec<Trusted>,
    /// Oldest statement that waives a finding; any age if there is no limit.
    pub max_age: Option<SignedDuration>,
    /// Files that are believed although nobody has signed them, as the policy names them.
    pub unsigned_files: Vec<String>,
    /// Those files, once they are loaded. Until then they say nothing.
    pub(super) unsigned: Vec<(String, Vex)>,
}

impl VexRule {
    pub(super) fn read(section: &VexSection, signers: &[Trusted]) -> Result<Self, PolicyError> {
        let files = &section.trust_unsigned_files;
        if files.value.iter().any(|file| file.trim().is_empty()) {
            return Err(PolicyError::VexFile { at: at(files) });
        }
        Ok(Self {
            signers: section.identities.as_ref().map_or_else(|| Ok(signers.to_vec()), read_signers)?,
            max_age: read_age("max-age", &section.max_age)?,
            unsigned_files: files.value.clone(),
            unsigned: Vec::new(),
        })
    }

    /// The documents without a signature, each with its file.
    #[must_use]
    pub fn unsigned(&self) -> &[(String, Vex)] {
        &self.unsigned
    }
}
