//! Reports that say where findings are.

use std::path::PathBuf;

use clap::Args;
use portcullis::allowlist::Judged;
use portcullis::allowlist::Scope;
use portcullis::digest::Digest;
use portcullis::limits;
use portcullis::oci::Reference;
use portcullis::scan;
use portcullis::scan::Finding;
use portcullis::scan::Report;
use portcullis::scan::Severity;

use crate::cli::context;
use crate::cli::output::Problem;

/// Reports of the images that the list is for.
#[derive(Args, Debug)]
pub(super) struct ReportArguments {
    /// Scan report of an image; can be repeated
    #[arg(long, value_name = "REPORT")]
    report: Vec<PathBuf>,
    /// Where the images of the reports are promoted to
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
}

impl ReportArguments {
    /// Where the images are promoted to.
    pub(super) fn environment(&self) -> Option<String> {
        self.environment.clone()
    }

    /// Reads them.
    pub(super) fn read(&self) -> Result<Reports, Problem> {
        let mut reports = Vec::new();
        for path in &self.report {
            let bytes = context::read_file(path, limits::SCAN_REPORT_BYTES)?;
            let read = scan::read(&bytes)
                .map_err(|error| Problem::new(format_args!("{}: {error}", path.display())).code("report"))?;
            reports.extend(read);
        }
        Ok(Reports { reports, environment: self.environment.clone() })
    }
}

/// What was read.
pub(super) struct Reports {
    reports: Vec<Report>,
    environment: Option<String>,
}

impl Reports {
    /// Each with the image that it says it is of. Nothing here has bound it to one.
    pub(super) fn judged(&self) -> Vec<Judged<'_>> {
        let judged = |report| Judged { scope: self.scope(report), findings: of(report).collect() };
        self.reports.iter().map(judged).collect()
    }

    /// All findings.
    pub(super) fn findings(&self) -> Vec<(&Finding, Severity)> {
        self.reports.iter().flat_map(of).collect()
    }

    fn scope(&self, report: &Report) -> Scope {
        let target = &report.target;
        let digests = target.repo_digests.iter().filter_map(|text| text.rsplit_once('@'));
        let platform = target.os.as_ref().zip(target.architecture.as_ref());
        Scope {
            repository: Reference::parse(&target.name)
                .ok()
                .filter(|reference| reference.registry().is_some())
                .map(|reference| reference.name()),
            digests: digests.filter_map(|(_, digest)| Digest::parse(digest).ok()).collect(),
            platform: platform.map(|(os, architecture)| format!("{os}/{architecture}")),
            environment: self.environment.clone(),
        }
    }
}

fn of(report: &Report) -> impl Iterator<Item = (&Finding, Severity)> {
    report.findings.iter().map(|finding| (finding, finding.severity))
}
