//! SBOMs as files of the image, for those who ask for them. syft's name and globs.
//!
//! Among them are those that apko and melange leave in `/var/lib/db/sbom`, one for each package of Alpine's
//! database: by default that speaks for itself.

use super::super::Cataloger;
use super::super::Findings;
use super::super::Want;
use super::super::view::View;
use super::Problem;

/// What SBOMs list.
#[derive(Debug)]
pub(in super::super) struct SbomFiles;

impl Cataloger for SbomFiles {
    fn name(&self) -> &'static str {
        "sbom-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["package", "sbom"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes("**/*.syft.json"),
            Want::Bytes("**/*.bom.*"),
            Want::Bytes("**/*.bom"),
            Want::Bytes("**/bom"),
            Want::Bytes("**/*.sbom.*"),
            Want::Bytes("**/*.sbom"),
            Want::Bytes("**/sbom"),
            Want::Bytes("**/*.cdx.*"),
            Want::Bytes("**/*.cdx"),
            Want::Bytes("**/*.spdx.*"),
            Want::Bytes("**/*.spdx"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            match super::read(bytes) {
                Ok(document) => {
                    document.add(&file.location(), findings);
                }
                Err(Problem::Broken(reason)) => findings.unknown(file.location(), reason),
                Err(Problem::Foreign) => {}
            }
        }
    }
}
