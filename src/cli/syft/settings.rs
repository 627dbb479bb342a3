//! syft's configuration: files, then the environment; flags come before both.
//!
//! <https://github.com/anchore/syft/wiki/configuration>. What cannot change what is found, such as the check for an
//! update of syft, is read over.

use std::path::Path;
use std::path::PathBuf;

use portcullis::limits;
use serde::Deserialize;

use super::arguments::GlobalFlags;
use crate::cli::context;
use crate::cli::output::Problem;

/// What the files and the environment say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Settings {
    pub(super) output: Words,
    pub(super) exclude: Words,
    pub(super) from: Words,
    pub(super) platform: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) default_catalogers: Words,
    pub(super) select_catalogers: Words,
    pub(super) quiet: bool,
    pub(super) log: Log,
    pub(super) file: FileSettings,
    pub(super) format: FormatSettings,
    pub(super) source: SourceSettings,
    #[serde(rename = "legacyFile")]
    pub(super) legacy_file: Option<String>,
}

impl Settings {
    /// Whether nothing is said but errors.
    pub(super) fn is_quiet(&self, global: &GlobalFlags) -> bool {
        global.quiet || self.quiet || self.log.quiet
    }
}

/// `log`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Log {
    pub(super) quiet: bool,
}

/// `file`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FileSettings {
    pub(super) metadata: FileMetadata,
}

/// `file.metadata`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FileMetadata {
    pub(super) selection: Option<String>,
}

/// `format`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct FormatSettings {
    pub(super) pretty: Option<bool>,
    pub(super) json: Pretty,
    pub(super) spdx_json: Pretty,
    pub(super) cyclonedx_json: Pretty,
}

/// Whether one family of formats is indented.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pretty {
    pub(super) pretty: Option<bool>,
}

/// `source`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct SourceSettings {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) supplier: Option<String>,
    pub(super) base_path: Option<PathBuf>,
    pub(super) image: ImageSettings,
}

/// `source.image`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct ImageSettings {
    pub(super) default_pull_source: Option<String>,
}

/// One word, words with commas between them, or a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "OneOrMany")]
pub(super) struct Words(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
    Nothing(()),
}

impl From<OneOrMany> for Words {
    fn from(read: OneOrMany) -> Self {
        match read {
            OneOrMany::One(text) => Self::split(&text),
            OneOrMany::Many(words) => Self(words),
            OneOrMany::Nothing(()) => Self::default(),
        }
    }
}

impl Words {
    fn split(text: &str) -> Self {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        Self(words.map(str::to_owned).collect())
    }

    /// These, unless `flags` has any.
    pub(super) fn unless(&self, flags: &[String]) -> Vec<String> {
        if flags.is_empty() { self.0.clone() } else { flags.to_vec() }
    }
}

/// Reads the files that were named, or else the first of those that syft looks for, and the environment.
pub(super) fn read(global: &GlobalFlags) -> Result<Settings, Problem> {
    if !global.profile.is_empty() {
        return Err(Problem::usage("--profile is not supported")
            .hint("put what the profile sets into a file of its own, and name it with --config"));
    }
    let mut files = global.config.clone();
    if files.is_empty() {
        files.extend(
            context::variable("SYFT_CONFIG")
                .into_iter()
                .flat_map(|list| Words::split(&list).0)
                .map(PathBuf::from),
        );
    }
    let mut settings = match files.as_slice() {
        [] => usual_places()
            .into_iter()
            .find(|path| path.is_file())
            .map_or_else(|| Ok(Settings::default()), |path| read_file(&path))?,
        [one] => read_file(one)?,
        _ => return Err(Problem::usage("more than one --config is not supported").hint("join the files")),
    };
    environment(&mut settings)?;
    Ok(settings)
}

/// Where syft looks.
fn usual_places() -> Vec<PathBuf> {
    let home = context::path_variable("HOME");
    let config =
        context::path_variable("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    let here = [".syft.yaml", ".syft.yml", ".syft/config.yaml", ".syft/config.yml"].map(PathBuf::from);
    let in_home = home.iter().flat_map(|home| [home.join(".syft.yaml"), home.join(".syft.yml")]);
    let in_config =
        config.iter().flat_map(|config| [config.join("syft/config.yaml"), config.join("syft/config.yml")]);
    here.into_iter().chain(in_home).chain(in_config).collect()
}

fn read_file(path: &Path) -> Result<Settings, Problem> {
    let bytes = context::read_file(path, limits::POLICY_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Problem::new(format_args!("{} is not text", path.display())).code("file"))?;
    parse(&text).map_err(|error| {
        Problem::new(format_args!("{}: {error}", path.display()))
            .code("file")
            .hint("this is read as a configuration of syft: `syft config` shows one")
    })
}

fn parse(text: &str) -> Result<Settings, String> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Settings::default());
    }
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// `SYFT_` and the path of a setting.
fn environment(settings: &mut Settings) -> Result<(), Problem> {
    let words = |name: &str, words: &mut Words| {
        if let Some(text) = context::variable(name) {
            *words = Words::split(&text);
        }
    };
    let text = |name: &str, setting: &mut Option<String>| {
        *setting = context::variable(name).or_else(|| setting.take());
    };
    words("SYFT_OUTPUT", &mut settings.output);
    words("SYFT_EXCLUDE", &mut settings.exclude);
    words("SYFT_FROM", &mut settings.from);
    words("SYFT_DEFAULT_CATALOGERS", &mut settings.default_catalogers);
    words("SYFT_SELECT_CATALOGERS", &mut settings.select_catalogers);
    text("SYFT_PLATFORM", &mut settings.platform);
    text("SYFT_SCOPE", &mut settings.scope);
    text("SYFT_FILE_METADATA_SELECTION", &mut settings.file.metadata.selection);
    text("SYFT_SOURCE_NAME", &mut settings.source.name);
    text("SYFT_SOURCE_VERSION", &mut settings.source.version);
    text("SYFT_SOURCE_SUPPLIER", &mut settings.source.supplier);
    text("SYFT_LEGACYFILE", &mut settings.legacy_file);
    text("SYFT_SOURCE_IMAGE_DEFAULT_PULL_SOURCE", &mut settings.source.image.default_pull_source);
    if let Some(path) = context::path_variable("SYFT_SOURCE_BASE_PATH") {
        settings.source.base_path = Some(path);
    }
    settings.log.quiet = truth("SYFT_LOG_QUIET")?.or(truth("SYFT_QUIET")?).unwrap_or(settings.log.quiet);
    for (name, setting) in [
        ("SYFT_FORMAT_PRETTY", &mut settings.format.pretty),
        ("SYFT_FORMAT_JSON_PRETTY", &mut settings.format.json.pretty),
        ("SYFT_FORMAT_SPDX_JSON_PRETTY", &mut settings.format.spdx_json.pretty),
        ("SYFT_FORMAT_CYCLONEDX_JSON_PRETTY", &mut settings.format.cyclonedx_json.pretty),
    ] {
        *setting = truth(name)?.or(*setting);
    }
    Ok(())
}

/// A variable that is true or false, in the spellings of Go's `strconv.ParseBool`.
fn truth(name: &str) -> Result<Option<bool>, Problem> {
    match context::variable(name).as_deref() {
        None => Ok(None),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Some(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Some(false)),
        Some(other) => Err(Problem::usage(format_args!("{name}={other:?} is neither true nor false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that `syft config` of 1.18.1 prints.
    #[test]
    fn reads_a_configuration() {
        let text = "\
output:\n  - 'syft-table'\n  - spdx-json=a.json\nscope: 'squashed'\nexclude: ./tmp/**, ./var\n\
select-catalogers: []\ncheck-for-app-update: true\nlog:\n  quiet: true\n  level: warn\n\
file:\n  metadata:\n    selection: 'none'\n    digests:\n      - sha1\n\
format:\n  pretty:\n  spdx-json:\n    pretty: true\nsource:\n  name: 'service'\n  base-path: ''\n";
        let settings = parse(text).unwrap();
        assert_eq!(settings.output.0, ["syft-table", "spdx-json=a.json"]);
        assert_eq!(settings.exclude.0, ["./tmp/**", "./var"]);
        assert_eq!(settings.scope.as_deref(), Some("squashed"));
        assert!(settings.select_catalogers.0.is_empty() && settings.log.quiet);
        assert_eq!(settings.file.metadata.selection.as_deref(), Some("none"));
        assert_eq!((settings.format.pretty, settings.format.spdx_json.pretty), (None, Some(true)));
        assert_eq!(settings.source.name.as_deref(), Some("service"));
        assert!(parse("").unwrap().output.0.is_empty());
        assert!(parse("output: {a: b}").is_err());
    }
}
