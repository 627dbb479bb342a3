//! Grype's JSON report (`grype/presenter/models` in anchore/grype; the image is syft's `ImageMetadata`).
//!
//! It says more of itself than others: when the database was built, and which findings its configuration left out.
//! A fix state of `unknown`, an empty one and none at all are not "unfixed": nobody looked.

mod configuration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use self::configuration::Configuration;
use self::configuration::IgnoreRule;
use super::finding::Finding;
use super::finding::FindingKind;
use super::finding::Fix;
use super::finding::Severities;
use super::finding::Severity;
use super::finding::Suppression;
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
use super::wire::Present;
use super::wire::Scalar;
use super::wire::Text;
use super::wire::wire;
use crate::digest::Digest;
use crate::package::Purl;

/// Reads a report that was recognised as Grype's.
pub(super) fn read(bytes: &[u8]) -> Result<Report, ReportError> {
    let document: Document<'_> = wire::read(bytes)?;
    if document.schema.0 || document.runs.0 {
        let found = "document with the marks of several kinds of report".to_owned();
        return Err(ReportError::Unsupported { found, hint: "scan again" });
    }
    let Some(descriptor) = document.descriptor else {
        let found = "JSON object with `matches` and no descriptor of the tool".to_owned();
        return Err(ReportError::Unsupported { found, hint: "give what `grype --output json` writes" });
    };
    let mut faults = Vec::new();
    let target = document.source.target(&mut faults)?;
    let unsaid = document.matches.iter().filter(|item| item.vulnerability.fix.is_none()).count();
    if unsaid > 0 {
        faults.push(format!(
            "{unsaid} findings do not say whether there is a fix, as early versions of Grype wrote them"
        ));
    }
    for disabled in document.alerts.iter().flat_map(|package| &package.alerts) {
        if &*disabled.kind == "distro-disabled" && !faults.iter().any(|fault| *fault == *disabled.message) {
            faults.push(disabled.message.to_string());
        }
    }
    let end_of_life =
        document.alerts.iter().flat_map(|package| &package.alerts).any(|alert| &*alert.kind == "distro-eol");
    let os = document.distro.filter(|distro| !distro.name.is_empty());
    let found = document.matches.into_iter().map(|item| item.finding(&target.name));
    let ignored = document.ignored.into_iter().map(|item| item.finding(&target.name));
    Ok(Report {
        digest: Digest::sha256(bytes),
        run: 0,
        format: Format::GrypeJson,
        tool: descriptor.tool(),
        created: time("descriptor.timestamp", &descriptor.timestamp)?,
        database: descriptor.db.map(DatabaseState::database).transpose()?,
        os: os.map(|os| OperatingSystem { family: os.name.owned(), name: os.version.owned(), end_of_life }),
        coverage: None,
        filters: descriptor.configuration.filters(),
        findings: found.chain(ignored).collect(),
        target,
        faults,
    })
}

wire! {
    /// `models.Document`.
    struct Document<'de> {
        matches: Vec<Match<'de>> = "matches",
        ignored: Vec<IgnoredMatch<'de>> = "ignoredMatches",
        alerts: Vec<PackageAlerts<'de>> = "alertsByPackage",
        source: Source<'de> = "source",
        distro: Option<Distribution<'de>> = "distro",
        descriptor: Option<Descriptor<'de>> = "descriptor",
        schema: Present = "SchemaVersion",
        runs: Present = "runs",
    }

    /// `models.Match`.
    struct Match<'de> {
        vulnerability: Vulnerability<'de> = "vulnerability",
        related: Vec<Related<'de>> = "relatedVulnerabilities",
        artifact: Artifact<'de> = "artifact",
    }

    /// `models.IgnoredMatch`: a match with the rules that set it aside.
    struct IgnoredMatch<'de> {
        vulnerability: Vulnerability<'de> = "vulnerability",
        related: Vec<Related<'de>> = "relatedVulnerabilities",
        artifact: Artifact<'de> = "artifact",
        rules: Vec<IgnoreRule<'de>> = "appliedIgnoreRules",
    }

    /// `models.Vulnerability`.
    struct Vulnerability<'de> {
        id: Text<'de> = "id",
        url: Text<'de> = "dataSource",
        namespace: Text<'de> = "namespace",
        severity: Text<'de> = "severity",
        description: Text<'de> = "description",
        fix: Option<FixState<'de>> = "fix",
    }

    struct FixState<'de> {
        versions: Vec<Text<'de>> = "versions",
        state: Text<'de> = "state",
    }

    /// `models.VulnerabilityMetadata`: the same thing under another name, mostly NVD's.
    struct Related<'de> {
        id: Text<'de> = "id",
        namespace: Text<'de> = "namespace",
        severity: Text<'de> = "severity",
    }

    /// `models.Package`.
    struct Artifact<'de> {
        name: Text<'de> = "name",
        version: Text<'de> = "version",
        locations: Vec<Location<'de>> = "locations",
        purl: Text<'de> = "purl",
    }

    struct Location<'de> {
        path: Text<'de> = "path",
    }

    /// `models.PackageAlerts`.
    struct PackageAlerts<'de> {
        alerts: Vec<Alert<'de>> = "alerts",
    }

    struct Alert<'de> {
        kind: Text<'de> = "type",
        message: Text<'de> = "message",
    }

    struct Source<'de> {
        kind: Text<'de> = "type",
        target: Option<&'de RawValue> = "target",
    }

    /// syft's `ImageMetadata`.
    struct Image<'de> {
        name: Text<'de> = "userInput",
        image_id: Text<'de> = "imageID",
        manifest: Text<'de> = "manifestDigest",
        layers: Vec<Layer<'de>> = "layers",
        config: Text<'de> = "config",
        repo_digests: Vec<String> = "repoDigests",
        architecture: Text<'de> = "architecture",
        os: Text<'de> = "os",
    }

    struct Layer<'de> {
        digest: Text<'de> = "digest",
    }

    /// The OCI image configuration.
    struct ImageConfig<'de> {
        architecture: Text<'de> = "architecture",
        os: Text<'de> = "os",
        rootfs: RootFs<'de> = "rootfs",
    }

    struct RootFs<'de> {
        diff_ids: Vec<Text<'de>> = "diff_ids",
    }

    /// `models.distribution`.
    struct Distribution<'de> {
        name: Text<'de> = "name",
        version: Text<'de> = "version",
    }

    /// `models.descriptor`.
    struct Descriptor<'de> {
        name: Text<'de> = "name",
        version: Text<'de> = "version",
        timestamp: Text<'de> = "timestamp",
        configuration: Configuration<'de> = "configuration",
        db: Option<DatabaseState<'de>> = "db",
    }

    /// In later versions what it says stands below `status`.
    struct DatabaseState<'de> {
        built: Text<'de> = "built",
        schema: Scalar = "schemaVersion",
        error: Option<Scalar> = "error",
        valid: Option<bool> = "valid",
        status: Option<Status<'de>> = "status",
    }

    /// `vulnerability.ProviderStatus`.
    struct Status<'de> {
        built: Text<'de> = "built",
        schema: Scalar = "schemaVersion",
        error: Option<Scalar> = "error",
        valid: Option<bool> = "valid",
    }
}

impl Descriptor<'_> {
    fn tool(&self) -> Tool {
        // What a build without its version writes.
        let version = Some(&self.version).filter(|version| !matches!(&***version, "" | "[not provided]"));
        let name = if self.name.is_empty() { "grype" } else { &*self.name };
        Tool { name: name.to_ascii_lowercase(), version: version.map(|version| version.to_string()) }
    }
}

impl DatabaseState<'_> {
    fn database(self) -> Result<Database, ReportError> {
        let Self { built, schema, error, valid, status, .. } = self;
        let status = status.unwrap_or(Status { built, schema, error, valid, ..Status::default() });
        let fault = match (status.error, status.valid) {
            (Some(error), _) if error.0.as_deref() != Some("") => {
                Some(error.0.unwrap_or_else(|| "the report has an error in place of its state".to_owned()))
            }
            (_, Some(false)) => Some("not valid".to_owned()),
            _ => None,
        };
        Ok(Database { built: time("descriptor.db.built", &status.built)?, version: status.schema.0, fault })
    }
}

impl Source<'_> {
    fn target(&self, faults: &mut Vec<String>) -> Result<Target, ReportError> {
        let kind = self.kind.to_string();
        let raw = self.target.map_or("null", RawValue::get);
        if !raw.starts_with('{') {
            let name: Scalar = crate::json::from_slice_once(raw.as_bytes())?;
            return Ok(Target { kind, name: name.0.unwrap_or_default(), ..Target::default() });
        }
        let image: Image<'_> = wire::read(raw.as_bytes())?;
        let image_id = digest("imageID", &image.image_id)?;
        let mut target = Target {
            kind,
            name: image.name.to_string(),
            image_id,
            manifest: digest("manifestDigest", &image.manifest)?,
            diff_ids: Vec::new(),
            os: image.os.some(),
            architecture: image.architecture.some(),
            repo_digests: image.repo_digests,
        };
        // The layers are named by the digests of what they unpack to.
        let mut diff_ids: Vec<Text<'_>> = image.layers.into_iter().map(|layer| layer.digest).collect();
        let decoded = STANDARD.decode(image.config.as_bytes()).unwrap_or_default();
        if !image.config.is_empty() {
            if image_id != Some(Digest::sha256(&decoded)) {
                faults.push(
                    "the image configuration in the report is not the one that imageID names".to_owned(),
                );
            } else {
                let config: ImageConfig<'_> = wire::read(&decoded)?;
                target.os = target.os.or(config.os.some());
                target.architecture = target.architecture.or(config.architecture.some());
                let ids = config.rootfs.diff_ids.into_iter();
                diff_ids = ids.map(|id| Text(id.0.into_owned().into())).collect();
            }
        }
        for id in diff_ids {
            target.diff_ids.extend(digest("diff_ids", &id)?);
        }
        Ok(target)
    }
}

impl IgnoredMatch<'_> {
    fn finding(self, target: &str) -> Finding {
        let Self { vulnerability, related, artifact, rules, .. } = self;
        let vex = rules.iter().find(|rule| !rule.vex_status.is_empty());
        let texts: Vec<String> = rules.iter().map(IgnoreRule::text).collect();
        let own = !rules.is_empty() && rules.iter().all(IgnoreRule::is_built_in);
        let source = match vex {
            Some(_) => "VEX",
            None if own => "Grype's own rule for kernel headers",
            None => "ignore rule",
        };
        let suppression = Suppression {
            status: vex.map_or_else(|| "ignored".to_owned(), |rule| rule.vex_status.to_string()),
            source: source.to_owned(),
            statement: texts.join("; "),
        };
        let found = Match { vulnerability, related, artifact, ..Match::default() }.finding(target);
        Finding { suppressed: Some(Box::new(suppression)), ..found }
    }
}

impl Match<'_> {
    fn finding(self, target: &str) -> Finding {
        let Self { vulnerability: about, related, artifact, .. } = self;
        let severity = severity(&about.severity);
        let mut severities = Severities::default();
        let sources = related.iter().map(|other| (&other.namespace, &other.severity));
        for (source, word) in [(&about.namespace, &about.severity)].into_iter().chain(sources) {
            if let Some(severity) = self::severity(word).filter(|_| !source.is_empty()) {
                let known = severities.get(source).unwrap_or(severity);
                severities.insert(source, known.max(severity));
            }
        }
        let mut aliases: Vec<String> = Vec::new();
        for other in related {
            if *other.id != *about.id && aliases.iter().all(|known| **known != *other.id) {
                aliases.extend(other.id.some());
            }
        }
        let versions = about.fix.as_ref().map_or(&[][..], |fix| &fix.versions);
        let versions: Vec<&str> = versions.iter().map(|version| &**version).collect();
        let unknown = severity.is_none().then(|| about.severity.clone().some()).flatten();
        Finding {
            aliases,
            target: target.to_owned(),
            package: artifact.name.some(),
            version: artifact.version.some(),
            purl: Purl::parse(&artifact.purl).ok(),
            path: artifact.locations.into_iter().find_map(|location| location.path.some()),
            title: about.description.lines().next().map(title),
            url: about.url.some(),
            severity: severity.unwrap_or(Severity::Unknown),
            severity_word: unknown,
            severities,
            fix: about.fix.as_ref().map_or(Fix::Unknown, FixState::fix),
            fixed_version: (!versions.is_empty()).then(|| versions.join(", ")),
            ..Finding::new(FindingKind::Vulnerability, about.id.owned())
        }
    }
}

impl FixState<'_> {
    fn fix(&self) -> Fix {
        match &*self.state {
            "fixed" => Fix::Available,
            "not-fixed" | "wont-fix" => Fix::Absent,
            _ if !self.versions.is_empty() => Fix::Available,
            _ => Fix::Unknown,
        }
    }
}

/// `vulnerability.ParseSeverity`: Debian's "negligible" is a severity of Grype's, below low.
fn severity(word: &str) -> Option<Severity> {
    match word {
        "" => None,
        _ if word.eq_ignore_ascii_case("negligible") => Some(Severity::Low),
        _ => word.parse().ok(),
    }
}

/// The beginning of a description.
fn title(line: &str) -> String {
    const LENGTH: usize = 160;
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}..", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests;
