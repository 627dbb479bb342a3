//! Documents of any family into an inventory, from which any other can be written.
//!
//! An inventory is less than a document: what has no place in it is told, never dropped in silence. Whoever
//! wants SPDX as SPDX converts by [`crate::spdx::Model`], which loses nothing.

mod spdx;
mod syft;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::cyclonedx;
use crate::json;
use crate::json::JsonError;
use crate::limits;
use crate::package::Inventory;
use crate::package::Package;
use crate::package::Relationship;
use crate::package::reading::Losses;
use crate::spdx::Attested;
use crate::spdx::Files;
use crate::spdx::SpdxError;
use crate::spdx::View;

/// Reads a document: SPDX in any form, `CycloneDX` in JSON or syft's JSON, also out of a statement or a DSSE
/// envelope. With the inventory comes what was lost, a line for each kind of loss.
///
/// # Errors
/// It is of none of them, broken, or has too many packages.
pub fn read(bytes: &[u8]) -> Result<(Inventory, Vec<String>), ReadError> {
    let attested = Attested::from_slice(bytes)?;
    let mut losses = Losses::default();
    let inventory = match View::read(&attested.text, Files::Keep) {
        Ok(view) => spdx::inventory(&view, &mut losses),
        Err(error @ SpdxError::NotSpdx { .. }) => {
            let text = attested.text.trim_start_matches('\u{feff}').trim_start().as_bytes();
            if text.first() != Some(&b'{') {
                return Err(error.into());
            }
            other(text, &mut losses)?
        }
        Err(error) => return Err(error.into()),
    };
    if inventory.packages.len() > limits::SPDX_PACKAGES {
        return Err(ReadError::TooManyPackages { found: inventory.packages.len() });
    }
    Ok((ordered(inventory), losses.lines()))
}

/// What tells the families apart.
#[derive(Deserialize)]
struct Marks {
    #[serde(default, rename = "bomFormat")]
    bom_format: Option<IgnoredAny>,
    #[serde(default)]
    artifacts: Option<IgnoredAny>,
    #[serde(default)]
    descriptor: Option<IgnoredAny>,
}

fn other(text: &[u8], losses: &mut Losses) -> Result<Inventory, ReadError> {
    match json::from_slice(text).map_err(ReadError::Json)? {
        Marks { bom_format: Some(_), .. } => cyclonedx::read(text, losses).map_err(ReadError::CycloneDx),
        Marks { artifacts: Some(_), descriptor: Some(_), .. } => {
            syft::inventory(text, losses).map_err(ReadError::Syft)
        }
        _ => Err(ReadError::Unknown),
    }
}

/// In the order that an inventory has; relationships follow.
fn ordered(mut inventory: Inventory) -> Inventory {
    let mut packages: Vec<(usize, Package)> = inventory.packages.drain(..).enumerate().collect();
    let key = |package: &Package| {
        let purl = package.purl.as_ref().map(|purl| purl.as_str().to_owned());
        (package.kind, package.name.clone(), package.version.clone(), package.locations.clone(), purl)
    };
    packages.sort_by_cached_key(|(_, package)| key(package));
    let mut places = vec![0; packages.len()];
    for (new, (old, _)) in packages.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = new;
        }
    }
    let place = |old: usize| places.get(old).copied();
    let moved =
        |edge: &Relationship| Some(Relationship { from: place(edge.from)?, to: place(edge.to)?, ..*edge });
    inventory.relationships = inventory.relationships.iter().filter_map(moved).collect();
    inventory.relationships.sort_unstable();
    inventory.relationships.dedup();
    for file in &mut inventory.files {
        file.owners = file.owners.iter().filter_map(|&owner| place(owner)).collect();
        file.owners.sort_unstable();
        file.owners.dedup();
    }
    inventory.files.sort_by(|a, b| a.location.cmp(&b.location));
    inventory.packages = packages.into_iter().map(|(_, package)| package).collect();
    inventory
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is `CycloneDX`, and broken.
    #[error("CycloneDX document is not valid: {0}")]
    CycloneDx(#[source] JsonError),
    /// It is no JSON that can be read.
    #[error("document is not valid: {0}")]
    Json(#[source] JsonError),
    /// It is SPDX, and broken, or it is no document.
    #[error(transparent)]
    Spdx(#[from] SpdxError),
    /// It is syft's JSON, and broken.
    #[error("syft's document is not valid: {0}")]
    Syft(#[source] JsonError),
    /// More packages than any real document has.
    #[error("document has {found} packages, more than {}", limits::SPDX_PACKAGES)]
    TooManyPackages {
        /// How many.
        found: usize,
    },
    /// JSON of another kind.
    #[error("not a bill of materials: neither SPDX, nor CycloneDX, nor syft's JSON")]
    Unknown,
}

#[cfg(test)]
mod tests;
