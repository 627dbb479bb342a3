//! Scan reports in Trivy's shape (JSON schema 2), bound to an image by its identity.
//!
//! The findings are made up; the shape is that of real reports.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::image::Image;

/// A finding in one package of the operating system.
#[derive(Clone, Debug)]
pub struct Finding {
    pub id: String,
    pub package: String,
    pub severity: &'static str,
    pub fixed: Option<&'static str>,
}

impl Finding {
    pub fn new(id: &str, package: &str, severity: &'static str) -> Self {
        Self { id: id.to_owned(), package: package.to_owned(), severity, fixed: Some("1.0-r1") }
    }

    pub fn unfixed(mut self) -> Self {
        self.fixed = None;
        self
    }

    fn json(&self) -> Value {
        let mut finding = json!({
            "VulnerabilityID": self.id,
            "PkgID": format!("{}@1.0-r0", self.package),
            "PkgName": self.package,
            "PkgIdentifier": { "PURL": format!("pkg:apk/alpine/{}@1.0-r0", self.package) },
            "InstalledVersion": "1.0-r0",
            "Status": if self.fixed.is_some() { "fixed" } else { "affected" },
            "SeveritySource": "nvd",
            "PrimaryURL": format!("https://example.com/{}", self.id),
            "Title": "a finding of the test authority",
            "Severity": self.severity,
        });
        if let Some(fixed) = self.fixed {
            finding["FixedVersion"] = json!(fixed);
        }
        finding
    }
}

/// What `trivy image --format json` says of an image.
pub fn report(image: &Image, created: Timestamp, findings: &[Finding]) -> Value {
    let config: Value = serde_json::from_slice(&image.config).expect("JSON");
    let mut result = json!({ "Target": "app (alpine 3.20.3)", "Class": "os-pkgs", "Type": "alpine" });
    if !findings.is_empty() {
        result["Vulnerabilities"] = findings.iter().map(Finding::json).collect();
    }
    json!({
        "SchemaVersion": 2,
        "CreatedAt": created.to_string(),
        "ArtifactName": "registry.example/app:latest",
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": { "Family": "alpine", "Name": "3.20.3" },
            "ImageID": image.id(),
            "DiffIDs": [image.diff_id()],
            "RepoTags": ["registry.example/app:latest"],
            "RepoDigests": [format!("registry.example/app@{}", image.digest())],
            "ImageConfig": config,
        },
        "Results": [result],
    })
}
