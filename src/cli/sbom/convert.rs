//! `portcullis sbom convert`, and what `syft convert` has in common with it.

use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::limits;
use portcullis::package::DocumentOptions;
use portcullis::package::FileDetail;
use portcullis::package::Layout;
use portcullis::report::printable;
use portcullis::sbom;
use portcullis::sbom::FormatError;
use portcullis::spdx;
use portcullis::spdx::Attested;
use portcullis::spdx::Conversion;
use portcullis::spdx::Encoding;
use portcullis::spdx::Files;
use portcullis::spdx::Form;
use portcullis::spdx::Model;
use portcullis::spdx::SpdxError;
use portcullis::spdx::Version;
use portcullis::spdx::View;

use super::Outputs;
use super::generate::WARNINGS;
use super::generate::created;
use crate::cli::Outcome;
use crate::cli::context;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// Convert a document to another format
///
/// Reads SPDX in JSON, tag-value and YAML, CycloneDX JSON and syft JSON; a document, or an in-toto statement or envelope
/// around one. SPDX 2 becomes SPDX 2 of another form or version whole; every other pair goes by the packages, and what
/// the target has no place for is told on stderr.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The document; - is stdin
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,
    /// FORMAT or FORMAT=FILE: spdx-json, spdx-tag-value and spdx-yaml keep the document's version, @2.2 or @2.3 after
    /// it changes it; spdx-json@3.0, cyclonedx-json, syft-json, table; can be repeated
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "spdx-json")]
    output: Vec<String>,
    /// Indent JSON
    #[arg(long)]
    pretty: bool,
    /// Exit with 1 if anything is lost
    #[arg(long)]
    lossless: bool,
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let outputs: Outputs<Target> = Outputs::parse(&options.output, "spdx-json")?;
    let made = DocumentOptions {
        files: FileDetail::All,
        layout: if options.pretty { Layout::Pretty } else { Layout::Minified },
        ..DocumentOptions::new(created()?)
    };
    let losses = convert(&options.document, &outputs, &made)?;
    losses.warn();
    if let Some(loss) = losses.by_target {
        say(format_args!("warning: {loss}"));
    }
    Ok(if losses.is_none() || !options.lossless { Exit::Pass } else { Exit::Refused })
}

/// What a document is converted to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cli) enum Target {
    /// This format, in this version.
    Format(sbom::Format),
    /// SPDX in a form, of the version that the document has.
    Kept(Form),
    /// SPDX in YAML, of this version.
    Yaml(Version),
}

impl std::str::FromStr for Target {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        Ok(match text.trim().to_ascii_lowercase().as_str() {
            "spdx-json" => Self::Kept(Form::Json),
            "spdx" | "spdx-tag-value" | "spdx-tv" => Self::Kept(Form::TagValue),
            "spdx-yaml" => Self::Kept(Form::Yaml),
            "spdx-yaml@2.2" => Self::Yaml(Version::V2_2),
            "spdx-yaml@2.3" => Self::Yaml(Version::V2_3),
            _ => Self::Format(text.parse()?),
        })
    }
}

impl Target {
    /// The form and version that the whole of an SPDX document is converted to; `None` where the two have not one model.
    fn of_model(self, document: Form) -> Option<(Form, Option<Version>)> {
        let is_3 = document == Form::JsonLd;
        let (form, version) = match self {
            Self::Kept(Form::Json) if is_3 => (document, None),
            Self::Kept(form) => (form, None),
            Self::Yaml(version) => (Form::Yaml, Some(version)),
            Self::Format(sbom::Format::Spdx(encoding)) => match encoding {
                Encoding::Json2_2 => (Form::Json, Some(Version::V2_2)),
                Encoding::Json2_3 => (Form::Json, Some(Version::V2_3)),
                Encoding::JsonLd3_0 => (Form::JsonLd, None),
                Encoding::TagValue2_2 => (Form::TagValue, Some(Version::V2_2)),
                Encoding::TagValue2_3 => (Form::TagValue, Some(Version::V2_3)),
                _ => return None,
            },
            Self::Format(_) => return None,
        };
        (is_3 == (form == Form::JsonLd)).then_some((form, version))
    }

    /// The format that packages are written in, and whether the text becomes YAML.
    fn of_packages(self) -> (sbom::Format, Form) {
        match self {
            Self::Format(format) => (format, Form::Json),
            Self::Kept(Form::TagValue) => (sbom::Format::Spdx(Encoding::TagValue2_3), Form::TagValue),
            Self::Kept(form) => (sbom::Format::Spdx(Encoding::Json2_3), form),
            Self::Yaml(Version::V2_2) => (sbom::Format::Spdx(Encoding::Json2_2), Form::Yaml),
            Self::Yaml(Version::V2_3) => (sbom::Format::Spdx(Encoding::Json2_3), Form::Yaml),
        }
    }
}

/// What of a document is not in those that were made of it.
#[derive(Debug, Default)]
pub(in crate::cli) struct Losses {
    /// A line for each.
    told: Vec<String>,
    /// What no document of that kind takes over.
    by_target: Option<&'static str>,
}

impl Losses {
    /// Says on stderr what was lost.
    pub(in crate::cli) fn warn(&self) {
        for loss in self.told.iter().take(WARNINGS) {
            say(format_args!("warning: {}", printable(loss)));
        }
        if let Some(more) = self.told.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
            say(format_args!("warning: {more} more losses"));
        }
    }

    fn is_none(&self) -> bool {
        self.told.is_empty() && self.by_target.is_none()
    }

    /// What the targets lose alike is told once.
    fn add(&mut self, lines: Vec<String>) {
        self.told.extend(lines);
        let mut seen = HashSet::new();
        self.told.retain(|line| seen.insert(line.clone()));
    }
}

/// Converts the document at `path` to all of `outputs`; nothing is written unless all of them can be made.
pub(in crate::cli) fn convert(
    path: &Path,
    outputs: &Outputs<Target>,
    options: &DocumentOptions,
) -> Result<Losses, Problem> {
    let bytes = context::read_file(path, limits::ATTACHMENT_BYTES)?;
    let document = Document::read(path, &bytes)?;
    let mut losses = Losses::default();
    outputs.write_each(|target| document.to(*target, options, &mut losses))?;
    Ok(losses)
}

/// A document that is converted.
struct Document<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    /// Its whole, if it is SPDX.
    spdx: Option<(Attested<'a>, Form)>,
}

impl<'a> Document<'a> {
    fn read(path: &'a Path, bytes: &'a [u8]) -> Result<Self, Problem> {
        let attested = Attested::from_slice(bytes).map_err(|error| unreadable(path, error))?;
        // A model takes any JSON; the view knows what SPDX is.
        let form = match View::read(&attested.text, Files::Count) {
            Err(SpdxError::NotSpdx { .. }) => None,
            _ => Some(Model::read(&attested.text).map_err(|error| unreadable(path, error))?.form),
        };
        Ok(Self { path, bytes, spdx: form.map(|form| (attested, form)) })
    }

    fn to(&self, target: Target, options: &DocumentOptions, losses: &mut Losses) -> Result<Vec<u8>, Problem> {
        if let Some((attested, form)) = &self.spdx
            && let Some((form, version)) = target.of_model(*form)
        {
            let target = spdx::Target { form, version, layout: layout(options) };
            return self.model(&attested.text, target, losses);
        }
        let (inventory, told) = sbom::read(self.bytes).map_err(|error| unreadable(self.path, error))?;
        losses.add(told);
        let (format, form) = target.of_packages();
        losses.by_target = Some(match format {
            sbom::Format::Purls | sbom::Format::Table | sbom::Format::Text => LIST,
            _ => MADE_ANEW,
        });
        let mut text = Vec::new();
        sbom::write(&inventory, format, options, &mut text)?;
        if form != Form::Yaml {
            return Ok(text);
        }
        let text = String::from_utf8(text).map_err(|error| unreadable(self.path, error))?;
        let target = spdx::Target { form, version: None, layout: layout(options) };
        self.model(&text, target, losses)
    }

    fn model(&self, text: &str, target: spdx::Target, losses: &mut Losses) -> Result<Vec<u8>, Problem> {
        let model = Model::read(text).map_err(|error| unreadable(self.path, error))?;
        let Conversion { text, losses: told } =
            model.convert(target).map_err(|error| unreadable(self.path, error))?;
        losses.add(told);
        Ok(text.into_bytes())
    }
}

fn layout(options: &DocumentOptions) -> spdx::Layout {
    match options.layout {
        Layout::Minified => spdx::Layout::Compact,
        Layout::Pretty => spdx::Layout::Pretty,
    }
}

/// The text of an SPDX document, taken out of the statement that attests it where there is one.
pub(in crate::cli) fn read(path: &Path) -> Result<String, Problem> {
    let bytes = context::read_file(path, limits::ATTACHMENT_BYTES)?;
    let attested = Attested::from_slice(&bytes).map_err(|error| unreadable(path, error))?;
    Ok(attested.text.into_owned())
}

/// Why a document was not read.
pub(in crate::cli) fn unreadable(path: &Path, error: impl std::fmt::Display) -> Problem {
    Problem::new(format_args!("{}: {error}", path.display())).code("sbom").hint(
        "SPDX, CycloneDX JSON and syft JSON are read, and in-toto statements and envelopes that hold one",
    )
}

const LIST: &str = "a list of packages says little of what a document says";

/// What no conversion by way of the packages keeps.
const MADE_ANEW: &str = "identifiers, namespace and creation are made anew: the target has another model";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spdx_stays_whole_where_the_model_is_the_same() {
        let target = |text: &str| text.parse::<Target>().unwrap();
        let model = |text: &str, document| target(text).of_model(document);
        assert_eq!(model("spdx-json", Form::TagValue), Some((Form::Json, None)));
        assert_eq!(model("spdx-json", Form::JsonLd), Some((Form::JsonLd, None)));
        assert_eq!(model("spdx-json@3.0", Form::JsonLd), Some((Form::JsonLd, None)));
        assert_eq!(model("SPDX-YAML@2.2", Form::Json), Some((Form::Yaml, Some(Version::V2_2))));
        assert_eq!(model("spdx-tv@2.3", Form::Yaml), Some((Form::TagValue, Some(Version::V2_3))));
        for (text, document) in [
            ("spdx-json@2.3", Form::JsonLd),
            ("spdx-yaml", Form::JsonLd),
            ("spdx-json@3.0", Form::Json),
            ("cyclonedx-json", Form::Json),
            ("table", Form::JsonLd),
        ] {
            assert_eq!(model(text, document), None, "{text}");
        }
        for text in ["spdx-yaml@3.0", "spdx-json@9", "", "cyclonedx-xml", "rdf"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
