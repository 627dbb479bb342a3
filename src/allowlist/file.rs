//! `allowlist.yaml` as it is written. The JSON Schema is generated from these types.

use schemars::JsonSchema;
use schemars::Schema;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// Findings of scanners that are accepted for a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "portcullis allowlist")]
pub(super) struct AllowlistFile {
    /// Version of this format: 1.
    #[schemars(with = "u64", extend("const" = 1))]
    pub(super) version: Spanned<u64>,
    /// The entries.
    #[schemars(with = "Vec<EntryFile>")]
    pub(super) entries: Vec<Spanned<EntryFile>>,
}

/// A finding that is accepted until a day.
///
/// It must say what it is in: `package`, `path`, or both. Of the other keys for the place each one that is written
/// must be met.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["package"]}, {"required": ["path"]}]))]
pub(super) struct EntryFile {
    /// Identifier of the finding: CVE or advisory, check, secret rule, licence name. Whole, in either case.
    #[schemars(regex(pattern = r"^[^\s*]([^*]*[^\s*])?$"))]
    pub(super) id: String,
    /// Other identifiers of the same thing.
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"^[^\s*]([^*]*[^\s*])?$")))]
    pub(super) aliases: Vec<String>,
    /// The kind of finding, where one identifier could be of several.
    #[serde(default)]
    #[schemars(with = "KindWord", transform = without_default)]
    pub(super) kind: Option<KindWord>,
    /// Name or package URL of the package, whole. A version in the URL must be the installed one.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"^[^*]*[^\s*][^*]*$"), transform = without_default)]
    pub(super) package: Option<String>,
    /// Installed versions that it is limited to, as `>=1.2, <1.5`, in the order of the package's ecosystem.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"\S"), transform = without_default)]
    pub(super) versions: Option<String>,
    /// Glob for the file of the package or of the finding: `*` within a folder, `**` across folders.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"[^*?/.!]"), transform = without_default)]
    pub(super) path: Option<String>,
    /// Digest of an image, or glob for its repository: `registry.example.com/team/*`. No tag: tags move.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"\S"), transform = without_default)]
    pub(super) image: Option<String>,
    /// Platform of the image, as `linux/amd64`.
    #[serde(default)]
    #[schemars(
        with = "String",
        regex(pattern = r"^[a-z0-9._-]+/[a-z0-9._-]+(/[a-z0-9._-]+)?$"),
        transform = without_default
    )]
    pub(super) platform: Option<String>,
    /// Where the image is promoted to.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"\S"), transform = without_default)]
    pub(super) environment: Option<String>,
    /// Who answers for it.
    #[schemars(regex(pattern = r"\S"))]
    pub(super) owner: String,
    /// Where it is followed up.
    #[schemars(regex(pattern = r"\S"))]
    pub(super) ticket: String,
    /// Why it is accepted.
    #[schemars(regex(pattern = r"\S"))]
    pub(super) reason: String,
    /// Day on which it was granted (UTC), as `2026-11-24`. It counts from then on.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub(super) created: String,
    /// Last day on which it counts (UTC), as `2026-12-31`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub(super) expires: String,
    /// Severity at the time it was granted. It counts no longer when the severity is higher.
    #[serde(default)]
    #[schemars(with = "SeverityWord", transform = without_default)]
    pub(super) severity: Option<SeverityWord>,
    /// Fixed version at the time it was granted, or `none`.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"\S"), transform = without_default)]
    pub(super) fixed_version: Option<String>,
}

/// A kind of finding.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KindWord {
    License,
    Misconfiguration,
    Secret,
    Vulnerability,
}

/// A severity.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum SeverityWord {
    Unknown,
    Low,
    Medium,
    High,
    Critical,
}

/// The JSON Schema of `allowlist.yaml`, for editors.
#[must_use]
pub fn allowlist_schema() -> String {
    let schema = schemars::schema_for!(AllowlistFile);
    // A schema is a map of JSON values: it has no reason to fail.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// `"default": null` on a key that may be left out but not be null.
fn without_default(schema: &mut Schema) {
    schema.remove("default");
}
