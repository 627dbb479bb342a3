//! A plain archive in a file: the headers first, then the members by offset.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;

use super::ImageError;
use super::Members;
use super::archive;
use super::choose::Plan;
use super::choose::PlannedLayer;
use super::follow;
use super::symbolic;
use crate::image::Examiner;
use crate::image::Layer;
use crate::image::LayerFault;
use crate::image::Open;
use crate::image::Options;
use crate::image::Tree;
use crate::image::read_layers;
use crate::image::tar::Archive;
use crate::image::tar::Kind;
use crate::image::tar::Member;
use crate::image::walk::normal;
use crate::limits;
use crate::source::Section;

/// Where the members of an archive lie.
#[derive(Debug)]
pub(super) struct Indexed {
    file: Arc<File>,
    members: HashMap<String, (u64, u64)>,
    links: HashMap<String, String>,
}

impl Indexed {
    pub(super) fn read(file: File) -> Result<Self, ImageError> {
        let mut headers = Archive::new(BufReader::with_capacity(HEADERS, &file));
        let mut member = Member::default();
        let (mut members, mut links) = (HashMap::new(), HashMap::new());
        while headers.next_seeking(&mut member).map_err(archive)? {
            let name = normal(&member.path);
            let known = members.contains_key(&name) || links.contains_key(&name);
            if known && member.kind != Kind::Directory {
                return Err(ImageError::Archive(LayerFault::Doubled { name }));
            }
            match member.kind {
                Kind::HardLink => drop(links.insert(name, normal(&member.link))),
                Kind::SymbolicLink => {
                    let target = symbolic(&name, &member.link);
                    links.insert(name, target);
                }
                Kind::Regular => drop(members.insert(name, (headers.position(), member.size))),
                Kind::Directory | Kind::Other => {}
            }
            if members.len() + links.len() > limits::ARCHIVE_MEMBERS {
                let ceiling = u64::try_from(limits::ARCHIVE_MEMBERS).unwrap_or(u64::MAX);
                return Err(ImageError::Archive(LayerFault::Limit { what: "members", ceiling }));
            }
        }
        Ok(Self { file: Arc::new(file), members, links })
    }

    fn find(&self, name: &str) -> Option<Section> {
        let (position, size) = self.members.get(follow(&self.links, name)).copied()?;
        Some(Section::new(&self.file, position, size))
    }

    pub(super) fn layers<E: Examiner>(
        &self,
        plan: &Plan,
        examiner: &E,
        options: &Options,
    ) -> Result<Tree<E::Kept>, ImageError> {
        let layer = |planned: &PlannedLayer| {
            let name = planned.name();
            let section = self.find(&name).ok_or(ImageError::Incomplete { name })?;
            let size = section.left();
            let open: Open<'_> = Box::new(move || Ok(Box::new(section)));
            Ok(match planned {
                PlannedLayer::Blob(descriptor) => Layer::of_blob(descriptor, open),
                PlannedLayer::Member(_, diff_id) => Layer::of_diff_id(*diff_id, size, open),
            })
        };
        let layers = plan.layers.iter().map(layer).collect::<Result<_, ImageError>>()?;
        read_layers(layers, examiner, options)
    }
}

impl Members for Indexed {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(mut section) = self.find(name).filter(|found| found.left() <= limits::CONFIG_BYTES) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        section.read_to_end(&mut bytes).map_err(archive)?;
        Ok(Some(bytes))
    }
}

/// Read at once: a header and little more.
const HEADERS: usize = 4 << 10;
