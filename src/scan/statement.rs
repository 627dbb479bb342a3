//! Scan results that somebody attested: cosign's `vuln` predicate around a report, and in-toto's own list `vulns`.
//!
//! <https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md>,
//! <https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md>. Verifies nothing and binds nothing:
//! whether the statement is signed, and about which image, is for others to say.

mod list;
mod object;

use jiff::Timestamp;
use serde_json::Value;

use self::object::Object;
use super::finding::Severity;
use super::recognise;
use super::report::Database;
use super::report::Report;
use super::report::ReportError;
use super::report::Tool;
use crate::digest::Digest;
use crate::intoto::Statement;
use crate::limits;
use crate::package::Purl;
use crate::predicate;

/// Reads what a scanner's result was attested as: one report, or one for each run of a SARIF log.
///
/// 1. The digest of the report is that of the predicate, as attested.
/// 2. It was made at the earliest time that the statement or the report inside of it has: `trivy convert` stamps
///    the time of the conversion on an old scan. 0001-01-01 is how Go writes no time. A report without a time of its
///    own (Trivy's, before it had `CreatedAt`) is as old as the statement says, and may be older.
/// 3. The database is as old as the older of the two says.
/// 4. Parameters of the invocation that leave findings out become the report's filters.
/// 5. What is in cosign's predicate is read as any report is; a report that stands in its place is read as well.
///
/// # Errors
/// Another predicate type, no result, too large, or not strict JSON; and what [`super::read`] refuses.
pub fn read_statement(statement: &Statement) -> Result<Vec<Report>, ReportError> {
    let bytes = statement.predicate().get().as_bytes();
    if !u64::try_from(bytes.len()).is_ok_and(|size| size <= limits::SCAN_REPORT_BYTES) {
        return Err(ReportError::TooLarge { size: bytes.len() });
    }
    let kind = statement.predicate_type();
    let mut reports = if predicate::VULN.contains(&kind) {
        read_vuln(bytes)?
    } else if predicate::VULNS.contains(&kind) {
        let object = Object::parse(bytes)?;
        vec![list::read(&object, Envelope::read(&object)?)?]
    } else {
        let found = format!("attestation of type {kind}");
        let hint = "a scan is attested as cosign's `vuln` or as in-toto's `vulns` v0.1 or v0.2";
        return Err(ReportError::Unsupported { found, hint });
    };
    for report in &mut reports {
        report.digest = Digest::sha256(bytes);
    }
    Ok(reports)
}

/// cosign's predicate, or the report alone, as the attesters put it there that do not know the predicate.
fn read_vuln(bytes: &[u8]) -> Result<Vec<Report>, ReportError> {
    let predicate = Object::parse(bytes)?;
    if !predicate.has("scanner")? {
        return recognise::read(bytes);
    }
    let envelope = Envelope::read(&predicate)?;
    let scanner = predicate.object("scanner")?.unwrap_or_default();
    let result = scanner.raw("result")?.ok_or_else(no_result)?;
    let mut reports = recognise::read(result.get().as_bytes())?;
    for report in &mut reports {
        envelope.complete(report);
    }
    Ok(reports)
}

/// Nothing where the result belongs is no clean result.
fn no_result() -> ReportError {
    ReportError::Unsupported {
        found: "attestation of a scan without its result".to_owned(),
        hint: "attest what `trivy image --format cosign-vuln` writes, with the report in scanner.result",
    }
}

/// What stands around the result in both predicates.
struct Envelope {
    finished: Option<Timestamp>,
    database: Option<Database>,
    tool: Tool,
    filters: Vec<String>,
}

impl Envelope {
    fn read(predicate: &Object<'_>) -> Result<Self, ReportError> {
        let scanner = predicate.object("scanner")?.unwrap_or_default();
        let metadata = predicate.object("metadata")?.unwrap_or_default();
        let invocation = predicate.object("invocation")?.unwrap_or_default();
        let uri: String = scanner.field("uri")?.unwrap_or_default();
        let purl = Purl::parse(&uri).ok();
        let version = scanner.field::<String>("version")?.filter(|version| !version.is_empty());
        Ok(Self {
            finished: time(&metadata, "scanFinishedOn")?,
            database: scanner.object("db")?.map(|db| database(&db)).transpose()?.flatten(),
            tool: Tool {
                name: tool_name(&uri, purl.as_ref()),
                version: version.or_else(|| Some(purl.as_ref()?.version()?.to_owned())),
            },
            filters: invocation.field("parameters")?.map(|value| filters(&value)).unwrap_or_default(),
        })
    }

    /// Adds to a report what it does not say itself, and the time that is earlier.
    fn complete(&self, report: &mut Report) {
        report.created = earliest(report.created, self.finished);
        report.tool.version = report.tool.version.take().or_else(|| self.tool.version.clone());
        report.filters.extend(self.filters.iter().cloned());
        if let Some(attested) = &self.database {
            let own = report.database.take().unwrap_or_default();
            report.database = Some(Database {
                built: earliest(own.built, attested.built),
                version: own.version.or_else(|| attested.version.clone()),
                fault: own.fault,
            });
        }
    }
}

/// `scanner.db`; nothing where it is as empty as Trivy writes it.
fn database(db: &Object<'_>) -> Result<Option<Database>, ReportError> {
    let version = db.field::<String>("version")?.filter(|version| !version.is_empty());
    let built = time(db, "lastUpdate")?;
    let said = version.is_some() || built.is_some();
    Ok(said.then_some(Database { built, version, fault: None }))
}

/// The name in a package URL, else the last segment of a path.
fn tool_name(uri: &str, purl: Option<&Purl>) -> String {
    let path = uri.trim_end_matches('/');
    let name = purl.map_or_else(|| path.rsplit('/').next().unwrap_or(path), Purl::name);
    name.to_ascii_lowercase()
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

fn time(object: &Object<'_>, field: &'static str) -> Result<Option<Timestamp>, ReportError> {
    let Some(text) = object.field::<String>(field)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time: Timestamp = match text.parse() {
        Ok(time) => time,
        Err(_) => return Err(ReportError::Time { field, found: text }),
    };
    Ok(Some(time).filter(|time| time.as_second() != GO_ZERO_TIME))
}

/// `time.Time{}`: 0001-01-01T00:00:00Z.
const GO_ZERO_TIME: i64 = -62_135_596_800;

/// The parameters by which a scanner was told to leave findings out.
fn filters(parameters: &Value) -> Vec<String> {
    let words: Vec<&str> = match parameters {
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).collect()
        }
        Value::String(line) => line.split_whitespace().collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let (flag, value) = word.split_once('=').map_or((*word, None), |(flag, value)| (flag, Some(value)));
        let next = words.get(index.saturating_add(1)).copied().filter(|next| !next.starts_with('-'));
        let value = value.or(next).unwrap_or_default();
        if leaves_out(flag, value) {
            found.push(format!("invocation: {flag} {value}").trim_end().to_owned());
        }
    }
    found
}

/// Flags of Trivy (`pkg/flag`) and Grype (`cmd/grype/cli/options`) after which a report is not the whole result.
fn leaves_out(flag: &str, value: &str) -> bool {
    let names = |name| value.split(',').any(|found| found == name);
    match flag {
        "--exclude"
        | "--ignore-policy"
        | "--ignore-states"
        | "--ignore-status"
        | "--ignore-unfixed"
        | "--ignorefile"
        | "--only-fixed"
        | "--only-notfixed"
        | "--pkg-relationships"
        | "--severity"
        | "--skip-dirs"
        | "--skip-files"
        | "--vex" => true,
        "--pkg-types" | "--vuln-type" => !(names("os") && names("library")),
        "--scanners" | "--security-checks" => !names("vuln"),
        // Trivy's severities; Grype's is the scope.
        "-s" => value.split(',').any(|word| word.parse::<Severity>().is_ok()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
