//! Trivy's JSON report, schema 2 (`pkg/types/report.go` and its neighbours in aquasecurity/trivy).
//!
//! Only what the gate uses is modelled. A missing status does not mean "unfixed": reports before
//! Trivy 0.38 have none, so a fixed version is looked for as well.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::finding::Finding;
use super::finding::FindingKind;
use super::finding::Fix;
use super::finding::Severity;
use super::finding::Suppression;
use super::report::Coverage;
use super::report::Database;
use super::report::Format;
use super::report::OperatingSystem;
use super::report::Report;
use super::report::ReportError;
use super::report::Target;
use super::report::Tool;
use super::wire::wire;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::package::Purl;

/// Reads a report that was recognised as Trivy's.
pub(super) fn read(bytes: &[u8]) -> Result<Report, ReportError> {
    let wire: Wire = json::from_slice(bytes)?;
    if wire.schema != 2 {
        let found = format!("Trivy report with SchemaVersion {}", wire.schema);
        return Err(ReportError::Unsupported { found, hint: "only schema 2 is known" });
    }
    let created = match wire.created.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| ReportError::Time { found: text.to_owned() })?),
    };
    // Family `none` stays: Trivy writes it where there are system packages and no release that it knows,
    // so that they were not looked up (`pkg/scan/local/service.go`, `ErrUnknownOS`).
    let os = wire.metadata.os.filter(|os| !os.family.is_empty());
    let mut findings = Vec::new();
    let mut coverage = Coverage::default();
    for result in wire.results {
        coverage.os_packages |= result.class == "os-pkgs";
        coverage.language_packages |= result.class == "lang-pkgs";
        coverage.classes.insert(result.class.clone());
        coverage.packages.extend(result.packages.iter().filter_map(|package| package.identifier.purl()));
        read_result(result, &mut findings)?;
    }
    Ok(Report {
        digest: Digest::sha256(bytes),
        run: 0,
        format: Format::TrivyJson,
        tool: Tool { name: "trivy".to_owned(), version: some(wire.trivy.version) },
        created,
        database: database(wire.trivy.server.database)?,
        target: Target {
            kind: wire.artifact_type,
            name: wire.artifact_name,
            image_id: some(wire.metadata.image_id).map(|id| digest("ImageID", id)).transpose()?,
            diff_ids: wire
                .metadata
                .diff_ids
                .into_iter()
                .map(|id| digest("DiffIDs", id))
                .collect::<Result<_, _>>()?,
            os: some(wire.metadata.config.os),
            architecture: some(wire.metadata.config.architecture),
            repo_digests: wire.metadata.repo_digests,
        },
        os: os.map(|os| OperatingSystem { family: os.family, name: os.name, end_of_life: os.end_of_life }),
        coverage: Some(coverage),
        filters: Vec::new(),
        faults: Vec::new(),
        findings,
    })
}

fn database(wire: Option<VulnerabilityDatabase>) -> Result<Option<Database>, ReportError> {
    let Some(VulnerabilityDatabase { version, updated }) = wire else { return Ok(None) };
    let built =
        some(updated).map(|text| text.parse().map_err(|_| ReportError::Time { found: text })).transpose()?;
    Ok(Some(Database { built, version: Some(version.to_string()), fault: None }))
}

fn read_result(result: ScanResult, findings: &mut Vec<Finding>) -> Result<(), ReportError> {
    let target = result.target;
    findings.extend(result.vulnerabilities.into_iter().map(|item| item.finding(&target)));
    findings.extend(result.misconfigurations.into_iter().filter_map(|item| item.finding(&target)));
    findings.extend(result.secrets.into_iter().map(|item| item.finding(&target)));
    findings.extend(result.licenses.into_iter().map(|item| item.finding(&target)));
    for modified in result.modified {
        findings.push(modified.finding(&target)?);
    }
    Ok(())
}

wire! {
    /// `types.Report`.
    struct Wire {
        schema: u64 = "SchemaVersion",
        trivy: Version = "Trivy",
        created: String = "CreatedAt",
        artifact_name: String = "ArtifactName",
        artifact_type: String = "ArtifactType",
        metadata: Metadata = "Metadata",
        results: Vec<ScanResult> = "Results",
    }

    struct Version {
        version: String = "Version",
        server: Server = "Server",
    }

    /// Where a server scanned; on its own, Trivy says nothing about its database (aquasecurity/trivy#10076).
    struct Server {
        database: Option<VulnerabilityDatabase> = "VulnerabilityDB",
    }

    /// `metadata.Metadata` of trivy-db.
    struct VulnerabilityDatabase {
        version: i64 = "Version",
        updated: String = "UpdatedAt",
    }

    struct Metadata {
        os: Option<Os> = "OS",
        image_id: String = "ImageID",
        diff_ids: Vec<String> = "DiffIDs",
        repo_digests: Vec<String> = "RepoDigests",
        config: ImageConfig = "ImageConfig",
    }

    struct Os {
        family: String = "Family",
        name: String = "Name",
        end_of_life: bool = "EOSL",
    }

    /// The OCI image configuration, copied.
    struct ImageConfig {
        architecture: String = "architecture",
        os: String = "os",
    }

    /// `types.Result`.
    struct ScanResult {
        target: String = "Target",
        class: String = "Class",
        packages: Vec<ListedPackage> = "Packages",
        vulnerabilities: Vec<Vulnerability> = "Vulnerabilities",
        misconfigurations: Vec<Misconfiguration> = "Misconfigurations",
        secrets: Vec<Secret> = "Secrets",
        licenses: Vec<License> = "Licenses",
        modified: Vec<Modified> = "ExperimentalModifiedFindings",
    }

    /// `types.DetectedVulnerability`.
    struct Vulnerability {
        id: String = "VulnerabilityID",
        package: String = "PkgName",
        path: String = "PkgPath",
        identifier: Identifier = "PkgIdentifier",
        installed: String = "InstalledVersion",
        fixed: String = "FixedVersion",
        status: String = "Status",
        title: String = "Title",
        url: String = "PrimaryURL",
        severity: String = "Severity",
        severities: BTreeMap<String, i64> = "VendorSeverity",
    }

    struct Identifier {
        purl: String = "PURL",
    }

    /// `types.Package`, of `--list-all-pkgs`.
    struct ListedPackage {
        identifier: Identifier = "Identifier",
    }

    /// `types.DetectedMisconfiguration`.
    struct Misconfiguration {
        id: String = "ID",
        title: String = "Title",
        severity: String = "Severity",
        url: String = "PrimaryURL",
        status: String = "Status",
    }

    /// `types.DetectedSecret`. The match itself is never kept.
    struct Secret {
        id: String = "RuleID",
        title: String = "Title",
        severity: String = "Severity",
    }

    /// `types.DetectedLicense`.
    struct License {
        severity: String = "Severity",
        package: String = "PkgName",
        path: String = "FilePath",
        name: String = "Name",
        url: String = "Link",
    }

    /// `types.ModifiedFinding`: what `--show-suppressed` lists.
    struct Modified {
        kind: String = "Type",
        status: String = "Status",
        statement: String = "Statement",
        source: String = "Source",
        finding: Option<Box<RawValue>> = "Finding",
    }
}

impl Identifier {
    fn purl(&self) -> Option<Purl> {
        Purl::parse(&self.purl).ok()
    }
}

impl Vulnerability {
    fn finding(self, target: &str) -> Finding {
        let severities = self.severities.into_iter().map(|(source, level)| (source, vendor_severity(level)));
        Finding {
            package: some(self.package),
            version: some(self.installed),
            purl: self.identifier.purl(),
            path: some(self.path),
            severities: severities.collect(),
            fix: fix(&self.status, &self.fixed),
            fixed_version: some(self.fixed),
            ..finding(FindingKind::Vulnerability, self.id, target, self.title, self.url, self.severity)
        }
    }
}

impl Misconfiguration {
    /// Nothing for a check that passed. `EXCEPTION` is the report waiving itself.
    fn finding(self, target: &str) -> Option<Finding> {
        let suppressed = match self.status.as_str() {
            "PASS" => return None,
            "EXCEPTION" => Some(Suppression { status: "exception".to_owned(), ..Suppression::default() }),
            _ => None,
        };
        let found =
            finding(FindingKind::Misconfiguration, self.id, target, self.title, self.url, self.severity);
        Some(Finding { suppressed, ..found })
    }
}

impl Secret {
    fn finding(self, target: &str) -> Finding {
        finding(FindingKind::Secret, self.id, target, self.title, String::new(), self.severity)
    }
}

impl License {
    fn finding(self, target: &str) -> Finding {
        Finding {
            package: some(self.package),
            path: some(self.path),
            ..finding(FindingKind::License, self.name, target, String::new(), self.url, self.severity)
        }
    }
}

impl Modified {
    fn finding(self, target: &str) -> Result<Finding, ReportError> {
        let text = self.finding.as_deref().map_or("{}", RawValue::get).as_bytes();
        let found = match self.kind.as_str() {
            "vulnerability" => json::from_slice::<Vulnerability>(text)?.finding(target),
            "misconfiguration" => {
                // A check that would have passed is not modified; count it whatever its status says.
                let item: Misconfiguration = json::from_slice(text)?;
                finding(FindingKind::Misconfiguration, item.id, target, item.title, item.url, item.severity)
            }
            "secret" => json::from_slice::<Secret>(text)?.finding(target),
            "license" => json::from_slice::<License>(text)?.finding(target),
            other => {
                let reason = format!("suppressed finding of unknown type {other:?}");
                let error: serde_json::Error = serde::de::Error::custom(reason);
                return Err(JsonError::from(error).into());
            }
        };
        let suppressed = Suppression { status: self.status, source: self.source, statement: self.statement };
        Ok(Finding { suppressed: Some(suppressed), ..found })
    }
}

/// What all kinds have in common.
fn finding(
    kind: FindingKind,
    id: String,
    target: &str,
    title: String,
    url: String,
    severity: String,
) -> Finding {
    let known = severity.parse().ok();
    Finding {
        kind,
        id,
        aliases: Vec::new(),
        target: target.to_owned(),
        package: None,
        version: None,
        purl: None,
        path: None,
        title: some(title),
        url: some(url),
        severity: known.unwrap_or(Severity::Unknown),
        severity_word: if known.is_none() { some(severity) } else { None },
        severities: BTreeMap::new(),
        fix: Fix::Unknown,
        fixed_version: None,
        suppressed: None,
    }
}

/// `trivy-db/pkg/types/status.go`. Reports before Trivy 0.38 have no status, and a fixed version wherever one was known.
fn fix(status: &str, version: &str) -> Fix {
    match status {
        _ if !version.is_empty() => Fix::Available,
        "fixed" => Fix::Available,
        ""
        | "affected"
        | "end_of_life"
        | "fix_deferred"
        | "not_affected"
        | "under_investigation"
        | "will_not_fix" => Fix::Absent,
        _ => Fix::Unknown,
    }
}

/// `trivy-db/pkg/types/types.go`: 0 to 4.
fn vendor_severity(level: i64) -> Severity {
    match level {
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        4 => Severity::Critical,
        _ => Severity::Unknown,
    }
}

/// Go leaves a string empty where it has none.
fn some(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

fn digest(field: &'static str, text: String) -> Result<Digest, ReportError> {
    Digest::parse(&text).map_err(|reason| ReportError::Digest { field, found: text, reason })
}

#[cfg(test)]
mod tests;
