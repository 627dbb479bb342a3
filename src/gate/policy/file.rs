//! `portcullis.yaml` as it is written. The JSON Schema is generated from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::allowlist::Class;
use crate::allowlist::Level;

/// What must be true of a container image before portcullis lets it be promoted.
///
/// A section that is left out has its default, which asks for evidence: only `required: false` gives it up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "portcullis policy")]
pub(super) struct PolicyFile {
    /// Version of this format: 1.
    #[schemars(with = "u64", extend("const" = 1))]
    pub(super) version: Spanned<u64>,
    /// Platforms that are judged, as `linux/amd64` or `linux/arm64/v8`. Default: every runnable one of the image.
    #[schemars(
        with = "Option<Vec<String>>",
        inner(regex(pattern = r"^[a-z0-9._-]+/[a-z0-9._-]+(/[a-z0-9._-]+)?$")),
        length(min = 1)
    )]
    #[serde(default)]
    pub(super) platforms: Option<Spanned<Vec<String>>>,
    /// Who must have signed the image.
    pub(super) signature: SignatureSection,
    /// Attestations that the image must have, besides the SBOM.
    #[serde(default)]
    pub(super) attestations: Vec<AttestationEntry>,
    /// The attested SPDX bill of materials.
    #[serde(default)]
    pub(super) sbom: SbomSection,
    /// The vulnerability scan.
    #[serde(default)]
    pub(super) scan: ScanSection,
    /// VEX documents that are believed. Without this section none is.
    #[serde(default)]
    #[schemars(with = "VexSection", transform = without_default)]
    pub(super) vex: Option<VexSection>,
    /// Findings that are accepted for a time.
    #[serde(default)]
    pub(super) allowlist: AllowlistSection,
}

/// Who must have signed the image.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SignatureSection {
    /// Who is trusted: one of them must have signed.
    #[schemars(with = "Vec<IdentityEntry>", length(min = 1))]
    pub(super) identities: Spanned<Vec<Spanned<IdentityEntry>>>,
}

/// A signer: an identity that a certificate states, or a public key.
///
/// An identity is a subject (`identity` or `identity-regexp`) together with its issuer (`issuer` or
/// `issuer-regexp`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["identity", "issuer"]},
    {"required": ["identity", "issuer-regexp"]},
    {"required": ["identity-regexp", "issuer"]},
    {"required": ["identity-regexp", "issuer-regexp"]},
    {"required": ["key"], "maxProperties": 1},
]))]
pub(super) struct IdentityEntry {
    /// Subject of the certificate: an e-mail address, or the URI of a workflow.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) identity: Option<String>,
    /// Regular expression for the subject. It may match anywhere: begin it with `^` and end it with `$`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) identity_regexp: Option<String>,
    /// OIDC issuer of the identity.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) issuer: Option<String>,
    /// Regular expression for the issuer.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) issuer_regexp: Option<String>,
    /// Other claims of the certificate that must have exactly this value, as `github-workflow-repository`.
    #[serde(default)]
    pub(super) claims: BTreeMap<String, String>,
    /// File with a PEM public key, relative to the policy file.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) key: Option<String>,
}

/// An attestation that the image must have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AttestationEntry {
    /// Predicate type: a short name as cosign's `--type` (`slsaprovenance1`, `vuln`, ...) or a URI.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub(super) predicate_type: Spanned<String>,
    /// Who may have made it. Default: those of `signature`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<IdentityEntry>>", length(min = 1))]
    pub(super) identities: Option<Spanned<Vec<Spanned<IdentityEntry>>>>,
}

/// The attested SPDX bill of materials.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct SbomSection {
    /// Whether the image must have one.
    pub(super) required: bool,
    /// Fewest packages that it lists, without the image itself.
    pub(super) min_packages: usize,
    /// Who may have attested it. Default: those of `signature`.
    #[schemars(with = "Option<Vec<IdentityEntry>>", length(min = 1))]
    pub(super) identities: Option<Spanned<Vec<Spanned<IdentityEntry>>>>,
}

impl Default for SbomSection {
    fn default() -> Self {
        Self { required: true, min_packages: 1, identities: None }
    }
}

/// The vulnerability scan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct ScanSection {
    /// Whether every platform must have a report.
    pub(super) required: bool,
    /// Whether it must have one that is attested. Files count besides, but are not enough.
    pub(super) require_signed: bool,
    /// Whose attested reports count. Default: those of `signature`.
    #[schemars(with = "Option<Vec<IdentityEntry>>", length(min = 1))]
    pub(super) identities: Option<Spanned<Vec<Spanned<IdentityEntry>>>>,
    /// Severities that are not accepted: one of the lists that leave nothing worse out.
    #[schemars(with = "Vec<FailOn>", length(min = 1), extend("default" = ["HIGH", "CRITICAL"]))]
    pub(super) fail_on: Spanned<Vec<FailOn>>,
    /// Accept vulnerabilities that have no fixed version. Secrets and misconfigurations always count.
    pub(super) ignore_unfixed: bool,
    /// Oldest report that is accepted: minutes, hours or days, as `90m`, `24h`, `7d`; `none` for any.
    #[schemars(with = "String", regex(pattern = "^([1-9][0-9]{0,4}[mhd]|none)$"), extend("default" = "24h"))]
    pub(super) max_age: Spanned<String>,
    /// Oldest vulnerability database that is accepted, where the report says how old it was; `none` for any.
    #[schemars(with = "String", regex(pattern = "^([1-9][0-9]{0,4}[mhd]|none)$"), extend("default" = "5d"))]
    pub(super) max_database_age: Spanned<String>,
    /// Reports that do not say how old their vulnerability database was, as all of Trivy's own.
    pub(super) unknown_database: ChoiceWord,
    /// Scanners that each platform must have a report of, as `trivy`. Default: one of any.
    pub(super) tools: Vec<String>,
    /// Versions of scanners that are not accepted, by the scanner's name. Releases that are known to be malicious are
    /// never accepted.
    pub(super) denied_versions: BTreeMap<String, Vec<String>>,
    /// Reports that do not say which image they are about. Signed, they are about what was signed.
    pub(super) unbound: ChoiceWord,
    /// Reports that say that they leave findings out: severities, findings without a fix, ignore rules.
    pub(super) filtered: ChoiceWord,
    /// Reports in a form that does not say what was looked up, as SARIF.
    pub(super) unknown_coverage: ChoiceWord,
    /// Fewest packages of the SBOM that a report lists as looked at, in percent. Default: 90 where the report lists
    /// packages, and nothing where it does not.
    #[schemars(with = "u8", range(max = 100), transform = without_default)]
    pub(super) min_coverage: Option<Spanned<u8>>,
    /// What the report itself sets aside: counted all the same, or left out.
    pub(super) suppressed: SuppressedWord,
    /// Whose severity counts: the one that the scanner decided on, or the highest of its sources.
    pub(super) severity: SeverityWord,
    /// The sources whose highest severity counts, as `[nvd, ghsa]`. Default: all of them.
    #[schemars(with = "Vec<String>")]
    pub(super) severity_sources: Spanned<Vec<String>>,
    /// Findings without a severity that is known.
    pub(super) unknown_severity: ChoiceWord,
    /// Images whose operating system gets no fixes any more.
    pub(super) end_of_life_os: ChoiceWord,
    /// Images in which the scanner found neither an operating system nor packages, as static binaries.
    pub(super) no_packages: ChoiceWord,
}

impl Default for ScanSection {
    fn default() -> Self {
        let location = serde_saphyr::Location::UNKNOWN;
        Self {
            required: true,
            require_signed: false,
            identities: None,
            fail_on: Spanned::new(vec![FailOn::High, FailOn::Critical], location, location),
            ignore_unfixed: false,
            max_age: Spanned::new("24h".to_owned(), location, location),
            max_database_age: Spanned::new("5d".to_owned(), location, location),
            unknown_database: ChoiceWord::Refuse,
            tools: Vec::new(),
            denied_versions: BTreeMap::new(),
            unbound: ChoiceWord::Refuse,
            filtered: ChoiceWord::Refuse,
            unknown_coverage: ChoiceWord::Refuse,
            min_coverage: None,
            suppressed: SuppressedWord::Count,
            severity_sources: Spanned::new(Vec::new(), location, location),
            severity: SeverityWord::Reported,
            unknown_severity: ChoiceWord::Refuse,
            end_of_life_os: ChoiceWord::Refuse,
            no_packages: ChoiceWord::Refuse,
        }
    }
}

/// A severity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

/// Whose severity counts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SeverityWord {
    Reported,
    Highest,
}

/// What becomes of findings that a report sets aside.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SuppressedWord {
    Count,
    LeaveOut,
}

/// What to do with a case that is not clear.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ChoiceWord {
    Refuse,
    Allow,
}

/// VEX documents that are believed when they say that a vulnerability does not matter in the image.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct VexSection {
    /// Whose attested documents are believed. Default: those of `signature`.
    #[schemars(with = "Option<Vec<IdentityEntry>>", length(min = 1))]
    pub(super) identities: Option<Spanned<Vec<Spanned<IdentityEntry>>>>,
    /// Oldest statement that waives a finding: minutes, hours or days, as `90m`, `24h`, `7d`; `none` for any.
    #[schemars(with = "String", regex(pattern = "^([1-9][0-9]{0,4}[mhd]|none)$"), extend("default" = "90d"))]
    pub(super) max_age: Spanned<String>,
    /// Files, relative to the policy file, that are believed although nobody has signed them: whoever can change one
    /// can waive any vulnerability.
    #[schemars(with = "Vec<String>", inner(length(min = 1)))]
    pub(super) trust_unsigned_files: Spanned<Vec<String>>,
}

impl Default for VexSection {
    fn default() -> Self {
        let location = serde_saphyr::Location::UNKNOWN;
        Self {
            identities: None,
            max_age: Spanned::new("90d".to_owned(), location, location),
            trust_unsigned_files: Spanned::new(Vec::new(), location, location),
        }
    }
}

/// Findings that are accepted for a time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct AllowlistSection {
    /// File with the entries, relative to the policy file. Its format is that of `allowlist.schema.json`.
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) file: Option<Spanned<String>>,
    /// Where images are promoted to, as `production`: entries for another environment do not count.
    #[schemars(with = "String", length(min = 1), transform = without_default)]
    pub(super) environment: Option<String>,
    /// Most days from an entry's first to its last, by the severity of the finding. Default: any number.
    pub(super) max_days: BTreeMap<FailOn, u16>,
    /// An entry counts no longer once there is a fix and it records none.
    pub(super) lapse_on_fix: bool,
    /// Days before its end from which on an entry is said to expire. Default: 30.
    #[schemars(with = "u16", transform = without_default)]
    pub(super) warn_days: Option<u16>,
    /// Most packages that one entry is met by before it is too broad. Default: 5.
    #[schemars(with = "usize", transform = without_default)]
    pub(super) max_packages: Option<usize>,
    /// Most images or platforms that one entry is met in before it is too broad. Default: 10.
    #[schemars(with = "usize", transform = without_default)]
    pub(super) max_images: Option<usize>,
    /// How bad each kind of trouble with an entry is; an `error` refuses the image.
    pub(super) levels: BTreeMap<Class, Level>,
}

/// `"default": null` on a key that may be left out but not be null.
fn without_default(schema: &mut Schema) {
    schema.remove("default");
}
