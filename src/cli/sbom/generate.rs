//! `portcullis sbom SOURCE`.

use clap::Args;
use clap::ValueEnum;
use jiff::Timestamp;
use portcullis::package::DocumentOptions;
use portcullis::package::FileDetail;
use portcullis::package::Inventory;
use portcullis::package::Layout;
use portcullis::package::Party;
use portcullis::pipeline::Scope;
use portcullis::report::printable;

use super::Outputs;
use super::Place;
use super::Request;
use super::scan::PlatformChoice;
use crate::cli::Outcome;
use crate::cli::arguments::RegistryArguments;
use crate::cli::arguments::offline;
use crate::cli::context;
use crate::cli::output::Exit;
use crate::cli::output::Problem;
use crate::cli::output::say;

/// What is described, and how.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// An image, an archive of one, a directory or a file
    #[arg(value_name = "SOURCE", required = true)]
    source: Option<String>,
    /// FORMAT or FORMAT=FILE: spdx-json (2.3), spdx-json@2.2, spdx-json@3.0, spdx (tag-value), cyclonedx-json, syft-json,
    /// table; can be repeated
    #[arg(long, short = 'o', value_name = "FORMAT", default_value = "spdx-json")]
    output: Vec<String>,
    /// Which files the document lists; without them it is small enough to be attested
    #[arg(long, value_enum, default_value_t = Files::None)]
    files: Files,
    /// A platform of an index, such as linux/arm64; `all` makes one document each, and FILE must have {platform} in it.
    /// Default: that of this machine, or the only one
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<PlatformChoice>,
    /// Which layers of an image count
    #[arg(long, value_enum, default_value_t = Layers::Squashed)]
    scope: Layers,
    /// Leave out what matches: ./path, */name or **/name; can be repeated
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Which catalogers run: a tag keeps those that have it, +name adds one, -name or -tag takes away; see
    /// `portcullis syft cataloger list`
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    select_catalogers: Vec<String>,
    /// Name of what is described, instead of the repository's or directory's
    #[arg(long, value_name = "NAME")]
    source_name: Option<String>,
    /// Version of what is described, instead of the tag or digest
    #[arg(long, value_name = "VERSION")]
    source_version: Option<String>,
    /// Who supplies what is described
    #[arg(long, value_name = "NAME")]
    source_supplier: Option<String>,
    /// Organization that stands for the document
    #[arg(long, value_name = "NAME")]
    organization: Vec<String>,
    /// Indent JSON
    #[arg(long)]
    pretty: bool,
    /// Open no socket; SOURCE must be on disk or stdin
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// [`FileDetail`], as an argument.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Files {
    /// Every file
    All,
    /// No file
    None,
    /// Those that a package owns
    Owned,
}

impl From<Files> for FileDetail {
    fn from(files: Files) -> Self {
        match files {
            Files::All => Self::All,
            Files::None => Self::None,
            Files::Owned => Self::Owned,
        }
    }
}

/// [`Scope`], as an argument.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Layers {
    /// Each of them, with what later ones replace or delete
    AllLayers,
    /// All together: what a container has
    Squashed,
}

impl From<Layers> for Scope {
    fn from(layers: Layers) -> Self {
        match layers {
            Layers::AllLayers => Self::AllLayers,
            Layers::Squashed => Self::Squashed,
        }
    }
}

/// Runs the command.
pub(super) fn run(options: &Options) -> Outcome {
    let outputs = Outputs::parse(&options.output, "spdx-json")?;
    let text = options.source.as_deref().unwrap_or_default();
    let open = |reference: &_| {
        if options.offline { Err(offline(reference)) } else { options.registry.open(&[reference]) }
    };
    let request = Request {
        text,
        place: Place::parse(text)?,
        platform: options.platform.clone().unwrap_or_default(),
        base: &[],
        chosen: &options.select_catalogers,
        exclude: &options.exclude,
        files: options.files.into(),
        scope: options.scope.into(),
        quiet: false,
        offline: options.offline,
        open: &open,
    };
    outputs.check_platforms(&request.platform)?;
    let document = options.document(created()?);
    for inventory in request.run()? {
        warn(&inventory);
        outputs.write(&inventory, &document)?;
    }
    Ok(Exit::Pass)
}

impl Options {
    fn document(&self, created: Timestamp) -> DocumentOptions {
        DocumentOptions {
            authors: self.organization.iter().map(Party::organization).collect(),
            name: self.source_name.clone(),
            version: self.source_version.clone(),
            supplier: self.source_supplier.as_ref().map(Party::organization),
            files: self.files.into(),
            layout: if self.pretty { Layout::Pretty } else { Layout::Minified },
            ..DocumentOptions::new(created)
        }
    }
}

/// Says on stderr what could not be read: the document says it too, but nobody reads that first.
pub(in crate::cli) fn warn(inventory: &Inventory) {
    for unknown in inventory.unknowns.iter().take(WARNINGS) {
        let (path, reason) = (printable(&unknown.location.path), printable(&unknown.reason));
        say(format_args!("warning: {path}: {reason} ({})", unknown.cataloger));
    }
    if let Some(more) = inventory.unknowns.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
        say(format_args!("warning: {more} more files could not be read; the document lists them"));
    }
}

/// Warnings that are told one by one.
pub(super) const WARNINGS: usize = 20;

/// `SOURCE_DATE_EPOCH`, or now. <https://reproducible-builds.org/specs/source-date-epoch/>
pub(in crate::cli) fn created() -> Result<Timestamp, Problem> {
    let Some(text) = context::variable("SOURCE_DATE_EPOCH") else { return Ok(context::now()) };
    let second = text.trim().parse().ok().and_then(|second| Timestamp::from_second(second).ok());
    second.ok_or_else(|| {
        Problem::usage(format_args!("SOURCE_DATE_EPOCH={text:?} is not a number of seconds since 1970"))
    })
}
