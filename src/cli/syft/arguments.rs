//! Flags of syft's command line, with syft's names and defaults.

use std::path::PathBuf;

use clap::Args;

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct GlobalFlags {
    /// syft configuration file(s) to use
    #[arg(long, short = 'c', global = true, value_name = "FILE")]
    pub(super) config: Vec<PathBuf>,
    /// suppress all logging output
    #[arg(long, short = 'q', global = true)]
    pub(super) quiet: bool,
    /// increase verbosity (-v = info, -vv = debug)
    #[arg(long, short = 'v', global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// configuration profiles to use
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Vec<String>,
}

/// What is scanned, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct ScanFlags {
    /// an image, archive, directory or file
    #[arg(value_name = "SOURCE")]
    pub(super) source: Vec<String>,
    /// base directory for scanning, no links will be followed above this directory, and all paths will be reported
    /// relative to this directory
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) base_path: Option<PathBuf>,
    /// enable package data enrichment from local and online sources; not supported
    #[arg(long, value_name = "KIND")]
    pub(super) enrich: Vec<String>,
    /// exclude paths from being scanned using a glob expression
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// specify the source behavior to use (e.g. docker, registry, oci-dir, ...)
    #[arg(long, value_name = "KIND")]
    pub(super) from: Vec<String>,
    #[command(flatten)]
    pub(super) output: OutputFlags,
    /// set the base set of catalogers to use (defaults to 'image' or 'directory' depending on the scan source)
    #[arg(long, value_name = "WORDS")]
    pub(super) override_default_catalogers: Vec<String>,
    /// an optional platform specifier for container image sources (e.g. 'linux/arm64', 'linux/arm64/v8', 'arm64',
    /// 'linux')
    #[arg(long, value_name = "PLATFORM")]
    pub(super) platform: Option<String>,
    /// selection of layers to catalog, options=[squashed all-layers]
    #[arg(long, short = 's', value_name = "SCOPE")]
    pub(super) scope: Option<String>,
    /// add, remove, and filter the catalogers to be used
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    pub(super) select_catalogers: Vec<String>,
    /// set the name of the target being analyzed
    #[arg(long, value_name = "NAME")]
    pub(super) source_name: Option<String>,
    /// set the version of the target being analyzed
    #[arg(long, value_name = "VERSION")]
    pub(super) source_version: Option<String>,
}

/// What is written where.
#[derive(Args, Clone, Debug)]
pub(super) struct OutputFlags {
    /// report output format (<format>=<file> to output to a file)
    #[arg(long, short = 'o', value_name = "FORMAT")]
    pub(super) output: Vec<String>,
    /// file to write the default report output to (default is STDOUT) (DEPRECATED: use: --output FORMAT=PATH)
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// specify the path to a Go template file; not supported
    #[arg(long, short = 't', value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
}
