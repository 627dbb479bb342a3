//! `cosign tree`.

use std::collections::HashSet;
use std::io;
use std::io::Write;

use clap::ArgAction;
use clap::Args;
use portcullis::digest::Digest;
use portcullis::evidence::Lookup;
use portcullis::oci::Descriptor;
use portcullis::oci::Manifest;
use portcullis::oci::Reference;
use portcullis::report::printable;
use portcullis::source::ImageSource;
use portcullis::source::Outcome;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::attached;
use super::error::Failure;
use super::error::Result;
use super::store;
use super::store::Place;
use crate::cli::context;
use crate::cli::output::say;

/// Display supply chain security related artifacts for an image such as signatures, SBOMs and attestations
#[derive(Args, Debug)]
pub(super) struct Options {
    /// mode for fetching references from the registry. allowed: legacy, oci-1-1
    #[arg(long, value_name = "MODE", value_parser = parse_mode)]
    registry_referrers_mode: Option<Mode>,
    /// whether to look for OCI 1.1 referrers
    #[arg(long, hide = true, action = ArgAction::SetFalse)]
    experimental_oci11: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Where referrers are looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Legacy,
    Oci11,
}

fn parse_mode(text: &str) -> std::result::Result<Mode, String> {
    match text {
        "legacy" => Ok(Mode::Legacy),
        "oci-1-1" => Ok(Mode::Oci11),
        _ => Err(r#"must be one of "legacy", "oci-1-1""#.to_owned()),
    }
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let experimental = context::variable("COSIGN_EXPERIMENTAL");
    let experimental =
        experimental.is_some_and(|value| matches!(value.as_str(), "1" | "t" | "T" | "true" | "TRUE"));
    if options.registry_referrers_mode == Some(Mode::Oci11) && !experimental {
        return Err(Failure::new(
            "invalid argument \"oci-1-1\" for \"--registry-referrers-mode\" flag: in order to use  mode \"oci-1-1\", \
             you must set COSIGN_EXPERIMENTAL=1",
        ));
    }
    let place = Place::only(&options.images, &options.registry)?;
    global.stdout(|out| {
        writeln!(out, "📦 Supply Chain Security Related artifacts for an image: {}", printable(&place.typed))
    })?;
    let referrers = options.experimental_oci11 || options.registry_referrers_mode == Some(Mode::Oci11);
    let lookup = options.registry.lookup()?;
    let blocks = store::run(global, blocks(&place, &lookup, referrers))?;
    global.stdout(|out| {
        if blocks.is_empty() {
            // Without a line break at the end, as cosign has it.
            return write!(
                out,
                "No Supply Chain Security Related Artifacts found for image {},\n start creating one with \
                 simply running$ cosign sign <img>",
                printable(&place.typed)
            );
        }
        blocks.iter().try_for_each(|block| block.write(out))
    })?;
    Ok(())
}

/// One artifact and what is in it.
struct Block {
    title: String,
    layers: Vec<Digest>,
}

impl Block {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "└── {}", printable(&self.title))?;
        for (position, layer) in self.layers.iter().enumerate() {
            let branch = if position + 1 == self.layers.len() { "└──" } else { "├──" };
            writeln!(out, "   {branch} 🍒 {layer}")?;
        }
        Ok(())
    }
}

/// cosign lists the blocks in random order; here the order is always the same.
async fn blocks(place: &Place, lookup: &Lookup, referrers: bool) -> Result<Vec<Block>> {
    let image = place.resolve().await?;
    let registry = place.registry()?;
    let base = lookup.repository.as_ref().unwrap_or(&place.reference);
    let mut blocks = Vec::new();
    for (suffix, title) in [
        ("sig", "🔐 Signatures for an image tag"),
        ("att", "💾 Attestations for an image tag"),
        ("sbom", "📦 SBOMs for an image tag"),
    ] {
        let tag = format!("{}{}.{suffix}", lookup.tag_prefix, image.digest().to_string().replace(':', "-"));
        let at = base.with_tag(&tag).map_err(|error| Failure::new(error.to_string()))?;
        if let Some(manifest) = read(registry, &at).await?.filter(|manifest| !manifest.layers.is_empty()) {
            blocks.push(Block { title: format!("{title}: {at}"), layers: layers(&manifest) });
        }
    }
    if referrers {
        let mut seen = HashSet::new();
        let listed = attached::listed(registry, &place.reference, *image.digest()).await?;
        for descriptor in listed.into_iter().filter(|descriptor| seen.insert(descriptor.digest)) {
            blocks.extend(referrer(place, &descriptor).await?);
        }
    }
    Ok(blocks)
}

/// A bundle by what it claims to state, anything else by the type that the list tells. cosign passes over what
/// has no type in the list, as in the lists that it writes itself: there the manifest says it.
async fn referrer(place: &Place, descriptor: &Descriptor) -> Result<Option<Block>> {
    let at = place.reference.with_digest(descriptor.digest);
    let Some(manifest) = read(place.registry()?, &at).await? else {
        say(format_args!("Error fetching artifact {at}: it is listed, but not there"));
        return Ok(None);
    };
    let listed = descriptor.artifact_type.as_ref().filter(|name| !name.is_empty() && *name != EMPTY);
    let first = manifest.layers.first().map(|layer| &layer.media_type);
    let predicate = manifest.annotations.get("dev.sigstore.bundle.predicateType");
    let kind = predicate.or(listed).or(manifest.artifact_type.as_ref()).or(first);
    let kind = kind.map_or("unknown", String::as_str);
    Ok(Some(Block {
        title: format!("🔗 {kind} artifacts via OCI referrer: {at}"),
        layers: layers(&manifest),
    }))
}

async fn read(source: &impl ImageSource, at: &Reference) -> Result<Option<Manifest>> {
    match source.manifest(at).await {
        Ok(fetched) => Manifest::from_slice(&fetched.bytes, fetched.media_type.as_deref())
            .map(Some)
            .map_err(|error| Failure::new(format!("{at}: {error}"))),
        Err(error) if error.outcome() == Outcome::NotFound => Ok(None),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

fn layers(manifest: &Manifest) -> Vec<Digest> {
    manifest.layers.iter().map(|layer| layer.digest).collect()
}

/// What cosign writes into its lists instead of the artifact type (sigstore/cosign#4422).
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
