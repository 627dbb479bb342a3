//! `cosign save`.

use std::path::PathBuf;

use clap::Args;
use portcullis::oci::Descriptor;
use portcullis::oci::PlatformFilter;
use portcullis::source;
use portcullis::source::Blobs;
use portcullis::source::CosignKind;
use portcullis::source::LayoutWriter;
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

/// Save the container image and associated signatures to disk at the specified directory
#[derive(Args, Debug)]
pub(super) struct Options {
    /// path to dir where the signed image should be stored on disk
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryFlags,
    /// The image
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Runs the command. Unlike cosign's, it keeps the bundles of an index, and all that is attached to its
/// platforms.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let directory = store::required("dir", options.dir.as_ref())?;
    let place = Place::only(&options.images, &options.registry)?;
    let writer = LayoutWriter::merge(directory).map_err(failure)?;
    let entries = store::run(global, save(&place, &writer, options))?;
    writer.finish(&entries).map_err(failure)
}

async fn save(place: &Place, writer: &LayoutWriter, options: &Options) -> Result<Vec<Descriptor>> {
    let lookup = options.registry.lookup()?;
    let registry = place.registry()?;
    let line = Line::new("saving");
    let transfer = Transfer::new(registry, writer).with_progress(line.progress());
    let image = place.resolve().await.map_err(|failure| failure.context("signed entity"))?;
    let pinned = place.reference.with_digest(*image.digest());
    let top = transfer.image(&pinned, &pinned, &PlatformFilter::All, Blobs::All).await.map_err(failure)?;
    let kind = if image.is_index() { CosignKind::ImageIndex } else { CosignKind::Image };
    let mut entries = vec![kind.mark(top.clone())];
    for subject in attached::subjects(registry, &pinned).await? {
        for Attached { at, fetched, way, .. } in
            attached::attached(registry, &pinned, subject, &lookup).await?
        {
            transfer.image(&at, &at, &PlatformFilter::All, Blobs::All).await.map_err(failure)?;
            let Way::Tag { suffix, tag } = way else { continue };
            // cosign knows one of each kind in a directory: those of the image itself.
            let kind = match suffix {
                "sig" if subject == top.digest => Some(CosignKind::Signatures),
                "att" if subject == top.digest => Some(CosignKind::Attestations),
                _ => None,
            };
            let entry = source::describe(&fetched);
            entries.push(match kind {
                Some(kind) => kind.mark(entry),
                None => source::name(entry, &tag),
            });
        }
    }
    Ok(entries)
}

fn failure(error: source::SourceError) -> Failure {
    Failure::new(error.to_string())
}
