//! `syft scan`, and `syft SOURCE`.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::oci::Reference;
use portcullis::package::DocumentOptions;
use portcullis::package::FileDetail;
use portcullis::package::Layout;
use portcullis::package::Party;
use portcullis::pipeline::Scope;
use portcullis::source::Source;

use super::arguments::GlobalFlags;
use super::arguments::OutputFlags;
use super::arguments::ScanFlags;
use super::settings;
use super::settings::Settings;
use crate::cli::context;
use crate::cli::output::Problem;
use crate::cli::output::say;
use crate::cli::registry;
use crate::cli::sbom;
use crate::cli::sbom::Outputs;
use crate::cli::sbom::Place;
use crate::cli::sbom::PlatformChoice;
use crate::cli::sbom::Request;

/// Generate a packaged-based Software Bill Of Materials (SBOM) from container images and filesystems
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    flags: ScanFlags,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result<(), Problem> {
    let (flags, settings) = (&options.flags, settings::read(global)?);
    let [text] = flags.source.as_slice() else {
        return Err(Problem::usage(match flags.source.len() {
            0 => "image/directory argument is required".to_owned(),
            more => format!("an image/directory argument is required: 1 expected, {more} given"),
        }));
    };
    refuse_unsupported(flags)?;
    let outputs =
        outputs(&settings.output.unless(&flags.output.output), flags.output.file.as_deref(), &settings)?;
    let platform = flags.platform.as_ref().or(settings.platform.as_ref());
    let platform = platform.map(|text| platform_of(text)).transpose()?.unwrap_or_default();
    let exclude = settings.exclude.unless(&flags.exclude);
    let place = place(text, &settings.from.unless(&flags.from), &settings)?;
    check_base(flags.base_path.as_deref().or(settings.source.base_path.as_deref()), &place)?;
    let request = Request {
        text,
        place,
        platform,
        base: &settings.default_catalogers.unless(&flags.override_default_catalogers),
        chosen: &settings.select_catalogers.unless(&flags.select_catalogers),
        exclude: &exclude,
        files: files(&settings)?,
        scope: scope(flags.scope.as_deref().or(settings.scope.as_deref()))?,
        quiet: settings.is_quiet(global),
        offline: false,
        open: &open,
    };
    let document = document(flags, &settings)?;
    for inventory in request.run()? {
        if !settings.is_quiet(global) {
            sbom::warn(&inventory);
        }
        outputs.write(&inventory, &document)?;
    }
    Ok(())
}

/// Credentials are Docker's and Podman's, or those of the environment that syft reads.
fn open(reference: &Reference) -> Result<Source, Problem> {
    let truth =
        |name: &str| context::variable(name).is_some_and(|value| matches!(value.as_str(), "1" | "true"));
    if truth("SYFT_REGISTRY_INSECURE_SKIP_TLS_VERIFY") {
        return Err(Problem::usage("certificates that do not verify are not accepted")
            .hint("name the registry's own certificate with SYFT_REGISTRY_CA_CERT"));
    }
    let access = registry::Access {
        plain_http: truth("SYFT_REGISTRY_INSECURE_USE_HTTP"),
        ca_certificates: context::path_variable("SYFT_REGISTRY_CA_CERT"),
        username: context::variable("SYFT_REGISTRY_AUTH_USERNAME"),
        password: context::variable("SYFT_REGISTRY_AUTH_PASSWORD"),
        token: context::variable("SYFT_REGISTRY_AUTH_TOKEN"),
        ..registry::Access::default()
    };
    registry::open(&access, &[reference])
}

fn refuse_unsupported(flags: &ScanFlags) -> Result<(), Problem> {
    refuse_template(&flags.output)?;
    if !flags.enrich.is_empty() {
        return Err(Problem::usage(
            "--enrich is not supported by portcullis: it asks no server about packages",
        )
        .hint("leave it out"));
    }
    Ok(())
}

/// Templates are programs of Go.
pub(super) fn refuse_template(flags: &OutputFlags) -> Result<(), Problem> {
    if flags.template.is_none() {
        return Ok(());
    }
    Err(Problem::usage("Go templates are not supported by portcullis")
        .hint("-o syft-json has everything that a template could show: use jq"))
}

/// Paths are told from the directory that is scanned, and no link leads out of it: it is its own base, and another is
/// refused.
fn check_base(base: Option<&Path>, place: &Place) -> Result<(), Problem> {
    let Some(base) = base.filter(|base| !base.as_os_str().is_empty()) else { return Ok(()) };
    let same = |directory: &Path| matches!((base.canonicalize(), directory.canonicalize()), (Ok(base), Ok(directory)) if base == directory);
    match place {
        Place::Directory(directory) if !same(directory) => {
            Err(Problem::usage("--base-path is supported for the directory itself that is scanned")
                .hint(format!("scan dir:{}, and leave out with --exclude what is not meant", base.display())))
        }
        _ => Ok(()),
    }
}

fn scope(text: Option<&str>) -> Result<Scope, Problem> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "squashed") => Ok(Scope::Squashed),
        Some("all-layers" | "alllayers") => Ok(Scope::AllLayers),
        Some(other) => Err(Problem::usage(format_args!("bad scope value {other:?}"))),
    }
}

/// Where the source is: by `--from`, by a scheme in front, by what is on disk, or wherever an image of the name is.
fn place(text: &str, from: &[String], settings: &Settings) -> Result<Place, Problem> {
    if !from.is_empty() {
        let of = |scheme: &String| {
            let place = Place::of_scheme(scheme, text)?;
            place.ok_or_else(|| Problem::usage(format_args!("no source providers match {scheme:?}")))
        };
        return Ok(Place::first_of(from.iter().map(of).collect::<Result<_, _>>()?));
    }
    let place = Place::parse(text)?;
    // A registry's image without a word for where it is; a port is none.
    let is_plain = matches!(&place, Place::Image(reference) if reference.registry().is_some())
        && !["registry:", "oci-registry:"].iter().any(|scheme| text.starts_with(scheme));
    match settings.source.image.default_pull_source.as_deref().filter(|scheme| !scheme.is_empty()) {
        _ if !is_plain => Ok(place),
        Some(scheme) => Ok(Place::of_scheme(scheme, text)?.unwrap_or(place)),
        None => Ok(Place::anywhere(text, place)),
    }
}

fn platform_of(text: &str) -> Result<PlatformChoice, Problem> {
    // syft takes `arm64` and `linux` alone.
    let whole = match text {
        "linux" => format!("linux/{}", context::architecture()),
        text if text.contains('/') => text.to_owned(),
        architecture => format!("linux/{architecture}"),
    };
    whole.parse().map_err(|error| Problem::usage(format_args!("invalid platform {text:?}: {error}")))
}

/// Where documents go; syft's table on stdout by default.
pub(super) fn outputs(
    texts: &[String],
    file: Option<&Path>,
    settings: &Settings,
) -> Result<Outputs, Problem> {
    let outputs = Outputs::parse(texts, "syft-table")?;
    let legacy = settings.legacy_file.as_deref().map(PathBuf::from);
    match file.map(Path::to_owned).or(legacy) {
        Some(file) => {
            say("Flag --file has been deprecated, use: --output FORMAT=PATH");
            Ok(outputs.or_to(&file))
        }
        None => Ok(outputs),
    }
}

fn files(settings: &Settings) -> Result<FileDetail, Problem> {
    match settings.file.metadata.selection.as_deref() {
        None | Some("owned-by-package") => Ok(FileDetail::Owned),
        Some("all") => Ok(FileDetail::All),
        Some("" | "none") => Ok(FileDetail::None),
        Some(other) => Err(Problem::usage(format_args!("invalid file metadata selection {other:?}"))),
    }
}

fn document(flags: &ScanFlags, settings: &Settings) -> Result<DocumentOptions, Problem> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Ok(DocumentOptions {
        name: flags.source_name.clone().or_else(|| filled(&settings.source.name)),
        version: flags.source_version.clone().or_else(|| filled(&settings.source.version)),
        supplier: filled(&settings.source.supplier).map(Party::organization),
        files: files(settings)?,
        layout: layout(settings),
        ..DocumentOptions::new(sbom::created()?)
    })
}

/// Whether JSON is indented: one of the formats' settings is enough for all.
pub(super) fn layout(settings: &Settings) -> Layout {
    let format = &settings.format;
    let pretty = [format.json.pretty, format.spdx_json.pretty, format.cyclonedx_json.pretty, format.pretty];
    if pretty.iter().flatten().any(|pretty| *pretty) { Layout::Pretty } else { Layout::Minified }
}
