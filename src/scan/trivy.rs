//! Trivy's JSON report, schema 2 (`pkg/types/report.go` and its neighbours in aquasecurity/trivy).
//!
//! Only what the gate uses is modelled. A missing status does not mean "unfixed": reports before
//! Trivy 0.38 have none, so a fixed version is looked for as well.

use std::fmt;

use serde::Deserialize;
use serde::de::Deserializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;

use super::finding::Finding;
use super::finding::FindingKind;
use super::finding::Fix;
use super::finding::Severities;
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
use super::report::digest;
use super::report::time;
use super::wire;
use super::wire::Each;
use super::wire::Item;
use super::wire::Present;
use super::wire::Scalar;
use super::wire::Text;
use super::wire::wire;
use crate::digest::Digest;
use crate::json;
use crate::json::JsonError;
use crate::package::Purl;

/// Reads a report that was recognised as Trivy's.
pub(super) fn read(bytes: &[u8]) -> Result<Report, ReportError> {
    let mut document: Document<'_> = wire::read(bytes)?;
    document.check_kind()?;
    let created = time("CreatedAt", &document.created)?;
    let database = document.trivy.server.database()?;
    let target = document.metadata.target(document.artifact_type, document.artifact_name)?;
    // Family `none` stays: Trivy writes it where there are system packages and no release that it knows,
    // so that they were not looked up (`pkg/scan/local/service.go`, `ErrUnknownOS`).
    let os = document.metadata.os.filter(|os| !os.family.is_empty());
    let Results { findings, coverage } = document.results;
    Ok(Report {
        digest: Digest::sha256(bytes),
        run: 0,
        format: Format::TrivyJson,
        tool: Tool { name: "trivy".to_owned(), version: document.trivy.version.some() },
        created,
        database,
        target,
        os: os.map(|os| OperatingSystem {
            family: os.family.owned(),
            name: os.name.owned(),
            end_of_life: os.end_of_life,
        }),
        coverage: Some(coverage),
        filters: Vec::new(),
        faults: Vec::new(),
        findings,
    })
}

wire! {
    /// `types.Report`.
    struct Document<'de> {
        schema: u64 = "SchemaVersion",
        trivy: Version<'de> = "Trivy",
        created: Text<'de> = "CreatedAt",
        artifact_name: Text<'de> = "ArtifactName",
        artifact_type: Text<'de> = "ArtifactType",
        metadata: Metadata<'de> = "Metadata",
        results: Results = "Results",
        cluster: Present = "ClusterName",
        matches: Present = "matches",
        runs: Present = "runs",
    }

    /// `types.TrivyInfo`.
    struct Version<'de> {
        version: Text<'de> = "Version",
        server: Server<'de> = "Server",
    }

    struct Server<'de> {
        database: ServerDatabase<'de> = "VulnerabilityDB",
    }

    /// `trivy-db/pkg/metadata`.
    struct ServerDatabase<'de> {
        version: Scalar = "Version",
        updated: Text<'de> = "UpdatedAt",
    }

    struct Metadata<'de> {
        os: Option<Os<'de>> = "OS",
        image_id: Text<'de> = "ImageID",
        diff_ids: Vec<Text<'de>> = "DiffIDs",
        repo_digests: Vec<String> = "RepoDigests",
        config: ImageConfig<'de> = "ImageConfig",
    }

    struct Os<'de> {
        family: Text<'de> = "Family",
        name: Text<'de> = "Name",
        end_of_life: bool = "EOSL",
    }

    /// The OCI image configuration, copied.
    struct ImageConfig<'de> {
        architecture: Text<'de> = "architecture",
        os: Text<'de> = "os",
    }

    /// `types.Result`.
    struct ScanResult<'de> {
        target: Text<'de> = "Target",
        class: Text<'de> = "Class",
        packages: Vec<ListedPackage<'de>> = "Packages",
        vulnerabilities: Each<Vulnerability<'de>> = "Vulnerabilities",
        misconfigurations: Each<Misconfiguration<'de>> = "Misconfigurations",
        secrets: Each<Secret<'de>> = "Secrets",
        licenses: Each<License<'de>> = "Licenses",
        modified: Vec<Modified<'de>> = "ExperimentalModifiedFindings",
    }

    /// `types.DetectedVulnerability`.
    struct Vulnerability<'de> {
        id: Text<'de> = "VulnerabilityID",
        package: Text<'de> = "PkgName",
        path: Text<'de> = "PkgPath",
        identifier: Identifier<'de> = "PkgIdentifier",
        installed: Text<'de> = "InstalledVersion",
        fixed: Text<'de> = "FixedVersion",
        status: Text<'de> = "Status",
        title: Text<'de> = "Title",
        url: Text<'de> = "PrimaryURL",
        severity: Text<'de> = "Severity",
        severities: VendorSeverity = "VendorSeverity",
    }

    struct Identifier<'de> {
        purl: Text<'de> = "PURL",
    }

    /// `types.Package`, of `--list-all-pkgs`.
    struct ListedPackage<'de> {
        identifier: Identifier<'de> = "Identifier",
    }

    /// `types.DetectedMisconfiguration`.
    struct Misconfiguration<'de> {
        id: Text<'de> = "ID",
        title: Text<'de> = "Title",
        severity: Text<'de> = "Severity",
        url: Text<'de> = "PrimaryURL",
        status: Text<'de> = "Status",
    }

    /// `types.DetectedSecret`. The match itself is never kept.
    struct Secret<'de> {
        id: Text<'de> = "RuleID",
        title: Text<'de> = "Title",
        severity: Text<'de> = "Severity",
    }

    /// `types.DetectedLicense`.
    struct License<'de> {
        severity: Text<'de> = "Severity",
        package: Text<'de> = "PkgName",
        path: Text<'de> = "FilePath",
        name: Text<'de> = "Name",
        url: Text<'de> = "Link",
    }

    /// `types.ModifiedFinding`: what `--show-suppressed` lists.
    struct Modified<'de> {
        kind: Text<'de> = "Type",
        status: Text<'de> = "Status",
        statement: Text<'de> = "Statement",
        source: Text<'de> = "Source",
        finding: Option<&'de RawValue> = "Finding",
    }
}

/// All results, of which only the findings are held.
#[derive(Debug, Default)]
struct Results {
    findings: Vec<Finding>,
    coverage: Coverage,
}

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Results;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Results, A::Error> {
                let mut results = Results::default();
                while let Some(result) = items.next_element::<ScanResult<'_>>()? {
                    results.add(result).map_err(serde::de::Error::custom)?;
                }
                Ok(results)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

impl Results {
    fn add(&mut self, result: ScanResult<'_>) -> Result<(), JsonError> {
        let coverage = &mut self.coverage;
        coverage.os_packages |= &*result.class == "os-pkgs";
        coverage.language_packages |= &*result.class == "lang-pkgs";
        coverage.classes.insert(result.class.to_string());
        coverage.packages.extend(result.packages.iter().filter_map(|package| package.identifier.purl()));
        for mut found in result.findings()? {
            if found.len() > self.findings.len() {
                // The larger list stays where it is.
                found.splice(0..0, self.findings.drain(..));
                self.findings = found;
            } else {
                self.findings.append(&mut found);
            }
        }
        Ok(())
    }
}

/// `trivy-db/pkg/types/types.go`: source to 0..4.
#[derive(Debug, Default)]
struct VendorSeverity(Severities);

impl<'de> Deserialize<'de> for VendorSeverity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = VendorSeverity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<VendorSeverity, A::Error> {
                let mut severities = Severities::default();
                while let Some(source) = entries.next_key_seed(json::Key)? {
                    let severity = match entries.next_value::<i64>()? {
                        1 => Severity::Low,
                        2 => Severity::Medium,
                        3 => Severity::High,
                        4 => Severity::Critical,
                        _ => Severity::Unknown,
                    };
                    if severities.insert(&source, severity) {
                        let reason = format_args!("key {source:?} appears twice");
                        return Err(serde::de::Error::custom(reason));
                    }
                }
                Ok(VendorSeverity(severities))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl Document<'_> {
    /// Whether it is a report of one target, and nothing else besides.
    fn check_kind(&self) -> Result<(), ReportError> {
        let unsupported = |found: &str, hint| Err(ReportError::Unsupported { found: found.to_owned(), hint });
        if self.cluster.0 {
            return unsupported(
                "Trivy report of a Kubernetes cluster, not of one image",
                "give the report of `trivy image --format json`",
            );
        }
        if self.matches.0 || self.runs.0 {
            return unsupported("document with the marks of several kinds of report", "scan again");
        }
        if self.schema != 2 {
            let found = format!("Trivy report with SchemaVersion {}", self.schema);
            return unsupported(&found, "only schema 2 is known");
        }
        Ok(())
    }
}

impl Server<'_> {
    /// Written in client/server mode only: a report that was made by one process does not name its database.
    fn database(&self) -> Result<Option<Database>, ReportError> {
        let built = time("Trivy.Server.VulnerabilityDB.UpdatedAt", &self.database.updated)?;
        let version = self.database.version.0.clone();
        let known = built.is_some() || version.is_some();
        Ok(known.then_some(Database { built, version, fault: None }))
    }
}

impl Metadata<'_> {
    fn target(&mut self, kind: Text<'_>, name: Text<'_>) -> Result<Target, ReportError> {
        let mut diff_ids = Vec::new();
        for id in &self.diff_ids {
            // An empty one is no digest either.
            let malformed = |reason| ReportError::Digest { field: "DiffIDs", found: id.to_string(), reason };
            diff_ids.push(Digest::parse(id).map_err(malformed)?);
        }
        Ok(Target {
            kind: kind.owned(),
            name: name.owned(),
            image_id: digest("ImageID", &self.image_id)?,
            manifest: None,
            diff_ids,
            os: std::mem::take(&mut self.config.os).some(),
            architecture: std::mem::take(&mut self.config.architecture).some(),
            repo_digests: std::mem::take(&mut self.repo_digests),
        })
    }
}

impl ScanResult<'_> {
    /// The findings by kind, with what it is about in each.
    fn findings(self) -> Result<[Vec<Finding>; 5], JsonError> {
        let modified = self.modified.into_iter().map(Modified::finding).collect::<Result<_, _>>()?;
        let mut all = [
            self.vulnerabilities.findings,
            self.misconfigurations.findings,
            self.secrets.findings,
            self.licenses.findings,
            modified,
        ];
        for found in all.iter_mut().flatten() {
            found.target = self.target.to_string();
        }
        Ok(all)
    }
}

impl Identifier<'_> {
    fn purl(&self) -> Option<Purl> {
        Purl::parse(&self.purl).ok()
    }
}

impl Item for Vulnerability<'_> {
    fn finding(self) -> Option<Finding> {
        Some(Finding {
            package: self.package.some(),
            version: self.installed.some(),
            purl: self.identifier.purl(),
            path: self.path.some(),
            severities: self.severities.0,
            fix: fix(&self.status, &self.fixed),
            fixed_version: self.fixed.some(),
            ..finding(FindingKind::Vulnerability, self.id, self.title, self.url, &self.severity)
        })
    }
}

impl Item for Misconfiguration<'_> {
    /// Nothing for a check that passed. `EXCEPTION` is the report waiving itself.
    fn finding(self) -> Option<Finding> {
        let suppressed = match &*self.status {
            "PASS" => return None,
            "EXCEPTION" => {
                Some(Box::new(Suppression { status: "exception".to_owned(), ..Suppression::default() }))
            }
            _ => None,
        };
        let found = finding(FindingKind::Misconfiguration, self.id, self.title, self.url, &self.severity);
        Some(Finding { suppressed, ..found })
    }
}

impl Item for Secret<'_> {
    fn finding(self) -> Option<Finding> {
        Some(finding(FindingKind::Secret, self.id, self.title, Text::default(), &self.severity))
    }
}

impl Item for License<'_> {
    fn finding(self) -> Option<Finding> {
        Some(Finding {
            package: self.package.some(),
            path: self.path.some(),
            ..finding(FindingKind::License, self.name, Text::default(), self.url, &self.severity)
        })
    }
}

impl Modified<'_> {
    fn finding(self) -> Result<Finding, JsonError> {
        let text = self.finding.map_or("{}", RawValue::get).as_bytes();
        let found = match &*self.kind {
            "vulnerability" => wire::read::<Vulnerability<'_>>(text)?.finding(),
            "misconfiguration" => {
                // A check that would have passed is not modified; count it whatever its status says.
                let item: Misconfiguration<'_> = wire::read(text)?;
                Misconfiguration { status: Text::default(), ..item }.finding()
            }
            "secret" => wire::read::<Secret<'_>>(text)?.finding(),
            "license" => wire::read::<License<'_>>(text)?.finding(),
            _ => None,
        };
        let Some(found) = found else {
            let reason = format!("suppressed finding of unknown type {:?}", &*self.kind);
            let error: serde_json::Error = serde::de::Error::custom(reason);
            return Err(JsonError::from(error));
        };
        let suppressed = Suppression {
            status: self.status.owned(),
            source: self.source.owned(),
            statement: self.statement.owned(),
        };
        Ok(Finding { suppressed: Some(Box::new(suppressed)), ..found })
    }
}

/// What all kinds have in common.
fn finding(kind: FindingKind, id: Text<'_>, title: Text<'_>, url: Text<'_>, severity: &Text<'_>) -> Finding {
    let known = severity.parse().ok();
    Finding {
        title: title.some(),
        url: url.some(),
        severity: known.unwrap_or(Severity::Unknown),
        severity_word: if known.is_none() { severity.clone().some() } else { None },
        ..Finding::new(kind, id.owned())
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

#[cfg(test)]
mod tests;
