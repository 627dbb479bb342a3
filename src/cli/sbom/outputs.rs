//! Where documents are written: `FORMAT`, `FORMAT@VERSION`, `FORMAT=FILE`.

use std::fmt::Display;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use portcullis::package::DocumentOptions;
use portcullis::package::Inventory;
use portcullis::package::Subject;
use portcullis::sbom;
use portcullis::sbom::Format;

use super::scan::PlatformChoice;
use crate::cli::output;
use crate::cli::output::Problem;

/// One document that is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::cli) struct Target<F> {
    /// Its format.
    pub(in crate::cli) format: F,
    /// The file, or stdout.
    pub(in crate::cli) file: Option<PathBuf>,
}

impl<F: FromStr<Err: Display>> Target<F> {
    /// Reads `FORMAT`, `FORMAT@VERSION`, `FORMAT=FILE`.
    fn parse(text: &str) -> Result<Self, Problem> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err(Problem::usage(format_args!("{text:?} names no file"))),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        // The list of formats is one of lines, and a message is one line.
        let one_line = |error: F::Err| error.to_string().replace(":\n   - ", ": ").replace("\n   - ", "; ");
        let format = format.parse::<F>().map_err(|error| Problem::usage(one_line(error)))?;
        Ok(Self { format, file })
    }
}

/// The documents that are wanted of one thing.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Outputs<F = Format>(Vec<Target<F>>);

impl<F: FromStr<Err: Display>> Outputs<F> {
    /// Reads what was asked for; one document at most goes to stdout.
    pub(in crate::cli) fn parse(texts: &[String], default: &str) -> Result<Self, Problem> {
        let words =
            texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty());
        let mut targets = words.map(Target::parse).collect::<Result<Vec<_>, _>>()?;
        if targets.is_empty() {
            targets.push(Target::parse(default)?);
        }
        if targets.iter().filter(|target| target.file.is_none()).count() > 1 {
            return Err(Problem::usage("only one document can go to stdout")
                .hint("write the others to files: -o FORMAT=FILE"));
        }
        Ok(Self(targets))
    }
}

impl<F> Outputs<F> {
    /// What would go to stdout goes to `file`.
    pub(in crate::cli) fn or_to(mut self, file: &Path) -> Self {
        for target in &mut self.0 {
            target.file.get_or_insert_with(|| file.to_owned());
        }
        self
    }

    /// The same files in other formats.
    pub(in crate::cli) fn map<G>(self, format: impl Fn(F) -> G) -> Outputs<G> {
        let map = |target: Target<F>| Target { format: format(target.format), file: target.file };
        Outputs(self.0.into_iter().map(map).collect())
    }

    /// Writes what `text` makes of each format. Nothing is written before all of it is made.
    pub(in crate::cli) fn write_each(
        &self,
        mut text: impl FnMut(&F) -> Result<Vec<u8>, Problem>,
    ) -> Result<(), Problem> {
        let texts = self
            .0
            .iter()
            .map(|target| Ok((target, text(&target.format)?)))
            .collect::<Result<Vec<_>, Problem>>()?;
        for (target, text) in texts {
            output::write_file(target.file.as_deref().unwrap_or(Path::new("-")), &text)?;
        }
        Ok(())
    }
}

impl Outputs {
    /// For all platforms, each document must go to a file whose name says for which.
    pub(in crate::cli) fn check_platforms(&self, platforms: &PlatformChoice) -> Result<(), Problem> {
        let named = |target: &Target<Format>| {
            target.file.as_ref().is_some_and(|file| file.to_string_lossy().contains(PLATFORM))
        };
        if *platforms == PlatformChoice::All && !self.0.iter().all(named) {
            return Err(Problem::usage(
                "each platform gets a document of its own, and they need a file each",
            )
            .hint("write -o spdx-json=sbom-{platform}.spdx.json, which becomes sbom-linux-amd64.spdx.json"));
        }
        Ok(())
    }

    /// Writes every document. A file is there whole, or not at all.
    pub(in crate::cli) fn write(
        &self,
        inventory: &Inventory,
        options: &DocumentOptions,
    ) -> Result<(), Problem> {
        for target in &self.0 {
            match &target.file {
                Some(path) => write_file(&of_platform(path, inventory), target.format, inventory, options)?,
                None => output::stdout(|mut out| sbom::write(inventory, target.format, options, &mut out))?,
            }
        }
        Ok(())
    }
}

/// The file of one platform: `{platform}` becomes `linux-amd64`.
fn of_platform(path: &Path, inventory: &Inventory) -> PathBuf {
    let platform = match &inventory.subject {
        Subject::Image(image) => image.platform.as_deref().unwrap_or("unknown").replace('/', "-"),
        _ => return path.to_owned(),
    };
    path.to_str().map_or_else(|| path.to_owned(), |text| PathBuf::from(text.replace(PLATFORM, &platform)))
}

fn write_file(
    path: &Path,
    format: Format,
    inventory: &Inventory,
    options: &DocumentOptions,
) -> Result<(), Problem> {
    let mut text = Vec::new();
    sbom::write(inventory, format, options, &mut text)?;
    output::write_file(path, &text)
}

/// What stands for the platform in the name of a file.
const PLATFORM: &str = "{platform}";
