//! `cosign load`.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source::Blobs;
use portcullis::source::Layout;
use portcullis::source::SourceError;
use portcullis::source::Transfer;

use super::arguments::GlobalFlags;
use super::arguments::RegistryFlags;
use super::attached;
use super::attached::Attached;
use super::attached::Way;
use super::error::Failure;
use super::error::Result;
use super::store;
use super::store::Place;
use crate::cli::progress::Line;

/// Load a signed image on disk to a remote registry
#[derive(Args, Debug)]
pub(super) struct Options {
    /// path to directory where the signed image is stored on disk
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command. Unlike cosign's, it uploads the content of bundles too, and lists them where the registry
/// has no referrers API.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let directory = store::required("dir", options.dir.as_ref())?;
    let place = Place::only(&options.images, &options.registry)?;
    let layout = store::open_layout(directory)?;
    store::run(global, load(&layout, directory, &place, options))
}

async fn load(layout: &Layout, directory: &Path, place: &Place, options: &Options) -> Result {
    let from = Reference::in_layout(directory);
    let registry = place.registry()?;
    let line = Line::new("loading");
    let transfer = Transfer::new(layout, registry).with_progress(line.progress());
    let target = &place.reference;
    transfer.image(&from, target, &PlatformFilter::All, Blobs::All).await.map_err(failure)?;
    let lookup = options.registry.lookup()?;
    let base = lookup.repository.as_ref().unwrap_or(target);
    for subject in attached::subjects(layout, &from).await? {
        for Attached { at, way, .. } in attached::attached(layout, &from, subject, &Lookup::default()).await?
        {
            let to = match way {
                Way::Tag { tag, .. } => base.with_tag(&format!("{}{tag}", lookup.tag_prefix)),
                Way::Referrer(_) => Ok(target.with_digest(*at.digest().unwrap_or(&subject))),
            };
            let to = to.map_err(|error| Failure::new(error.to_string()))?;
            transfer.image(&at, &to, &PlatformFilter::All, Blobs::All).await.map_err(failure)?;
        }
    }
    Ok(())
}

fn failure(error: SourceError) -> Failure {
    Failure::new(error.to_string())
}
