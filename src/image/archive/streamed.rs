//! An archive that is read once: everything that may be a layer is walked while it passes.

use std::collections::HashMap;
use std::io;
use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;

use super::ImageError;
use super::Members;
use super::archive;
use super::choose::Plan;
use super::choose::PlannedLayer;
use super::follow;
use super::symbolic;
use crate::digest::Algorithm;
use crate::digest::ContentError;
use crate::digest::Digest;
use crate::digest::Hasher;
use crate::image::Examiner;
use crate::image::LayerFault;
use crate::image::LayerTree;
use crate::image::Tree;
use crate::image::Watch;
use crate::image::budget::Budget;
use crate::image::decompress::BUFFER;
use crate::image::decompress::Decompressor;
use crate::image::decompress::Format;
use crate::image::decompress::sniff;
use crate::image::pipe;
use crate::image::tar::Archive;
use crate::image::tar::Kind;
use crate::image::tar::Member;
use crate::image::tar::is_header;
use crate::image::walk;
use crate::image::walk::Walked;
use crate::image::walk::normal;
use crate::limits;

/// What passed.
pub(super) struct Streamed<K> {
    documents: HashMap<String, Vec<u8>>,
    blobs: HashMap<String, Result<Blob<K>, LayerFault>>,
    links: HashMap<String, String>,
    /// Bytes of all documents.
    held: u64,
}

/// Something that has files.
struct Blob<K> {
    walked: Walked<K>,
    /// Of the stored bytes.
    digest: Digest,
    size: u64,
    /// Of the uncompressed bytes.
    diff_id: Digest,
}

impl<K: Send + Sync> Streamed<K> {
    pub(super) fn read<E: Examiner<Kept = K>>(
        stream: impl Read + Send,
        examiner: &E,
        watch: &Watch,
    ) -> Result<Self, ImageError> {
        let budget = Budget::watched(watch);
        let mut streamed =
            Self { documents: HashMap::new(), blobs: HashMap::new(), links: HashMap::new(), held: 0 };
        let stream = Decompressor::new(stream).map_err(archive)?;
        let read = pipe::through(stream, |input| {
            let mut members = Archive::new(input);
            let mut member = Member::default();
            while members.next(&mut member)? {
                streamed.add(&member, &mut members.content(&member), examiner, &budget)?;
            }
            members.finish().map(drop)
        });
        read.map_err(archive)?;
        Ok(streamed)
    }

    fn add<E: Examiner<Kept = K>>(
        &mut self,
        member: &Member,
        content: &mut impl Read,
        examiner: &E,
        budget: &Budget,
    ) -> io::Result<()> {
        let name = normal(&member.path);
        let count = self.documents.len() + self.blobs.len() + self.links.len();
        if count >= limits::ARCHIVE_MEMBERS {
            let ceiling = u64::try_from(limits::ARCHIVE_MEMBERS).unwrap_or(u64::MAX);
            return Err(LayerFault::Limit { what: "members", ceiling }.into());
        }
        let maps = [self.documents.contains_key(&name), self.blobs.contains_key(&name)];
        if member.kind != Kind::Directory && (maps.contains(&true) || self.links.contains_key(&name)) {
            return Err(LayerFault::Doubled { name }.into());
        }
        match member.kind {
            Kind::HardLink => drop(self.links.insert(name, normal(&member.link))),
            Kind::SymbolicLink => {
                let target = symbolic(&name, &member.link);
                self.links.insert(name, target);
            }
            Kind::Regular => self.add_file(name, member.size, content, examiner, budget)?,
            Kind::Directory | Kind::Other => {}
        }
        Ok(())
    }

    fn add_file<E: Examiner<Kept = K>>(
        &mut self,
        name: String,
        size: u64,
        content: &mut impl Read,
        examiner: &E,
        budget: &Budget,
    ) -> io::Result<()> {
        let mut start = Vec::new();
        content.by_ref().take(512).read_to_end(&mut start)?;
        let layer = sniff(&start) != Format::Plain || is_header(&start);
        if layer {
            let stored = Cursor::new(start).chain(content);
            let blob = Blob::read(stored, examiner, budget);
            if let Err(LayerFault::Limit { what, ceiling }) = blob {
                return Err(LayerFault::Limit { what, ceiling }.into());
            }
            self.blobs.insert(name, blob);
        } else if size <= limits::CONFIG_BYTES {
            self.held = self.held.saturating_add(size);
            if self.held > limits::ARCHIVE_DOCUMENT_BYTES {
                let ceiling = limits::ARCHIVE_DOCUMENT_BYTES;
                return Err(LayerFault::Limit { what: "bytes of documents", ceiling }.into());
            }
            content.read_to_end(&mut start)?;
            self.documents.insert(name, start);
        }
        Ok(())
    }

    pub(super) fn layers<E: Examiner<Kept = K>>(
        &mut self,
        plan: &Plan,
        examiner: &E,
    ) -> Result<Tree<K>, ImageError> {
        if plan.layers.len() > limits::LAYERS {
            return Err(ImageError::TooManyLayers { found: plan.layers.len(), ceiling: limits::LAYERS });
        }
        let mut tree = Tree::new();
        // One may be in an image twice. Whoever comes last takes it, so that few are held beside the tree.
        let mut left: HashMap<String, usize> = HashMap::new();
        for planned in &plan.layers {
            *left.entry(self.found(planned)).or_default() += 1;
        }
        for (number, planned) in (0..).zip(&plan.layers) {
            let (name, found) = (planned.name(), self.found(planned));
            let Some(stored) = self.blobs.remove(&found) else {
                if self.is_empty(&found) {
                    continue;
                }
                return Err(ImageError::Incomplete { name });
            };
            let checked = stored.and_then(|blob| blob.check(planned).map(|()| blob));
            let blob = checked.map_err(|fault| ImageError::Layer { layer: name, fault })?;
            let again = left.get_mut(&found).is_some_and(|left| {
                *left = left.saturating_sub(1);
                *left > 0
            });
            let Walked { tree: layer, links } = if again {
                let copy = blob.copied(number);
                self.blobs.insert(found, Ok(blob));
                copy
            } else {
                blob.numbered(number)
            };
            tree.apply_linked(layer, links);
            examiner.laid(number, &tree);
        }
        tree.note(Vec::new());
        Ok(tree)
    }

    /// The name of the member that has that layer.
    fn found(&self, planned: &PlannedLayer) -> String {
        follow(&self.links, &planned.name()).to_owned()
    }

    /// A layer without any bytes is an archive without members.
    fn is_empty(&self, name: &str) -> bool {
        self.documents.get(name).is_some_and(Vec::is_empty)
    }
}

impl<K> Members for Streamed<K> {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        Ok(self.documents.get(follow(&self.links, name)).cloned())
    }
}

impl<K: Send + Sync> Blob<K> {
    fn read<E: Examiner<Kept = K>>(
        stored: impl Read,
        examiner: &E,
        budget: &Budget,
    ) -> Result<Self, LayerFault> {
        let mut digest = Hashing::new(stored);
        let mut read = || -> io::Result<_> {
            let content = Decompressor::new(&mut digest)?;
            let needed = !content.is_plain();
            let mut content = Hashing::new(budget.count(content));
            content.active = needed;
            let input = BufReader::with_capacity(BUFFER, Finishing(&mut content));
            let walked = walk::walk(input, 0, examiner, budget)?;
            Ok((walked, needed.then(|| content.hasher.finish())))
        };
        let (walked, diff_id) = read().map_err(LayerFault::from_io)?;
        let size = digest.count;
        let digest = digest.hasher.finish();
        Ok(Self { walked, digest, size, diff_id: diff_id.unwrap_or(digest) })
    }

    fn check(&self, planned: &PlannedLayer) -> Result<(), LayerFault> {
        match planned {
            PlannedLayer::Blob(descriptor) if descriptor.digest != self.digest => {
                let (expected, found) = (descriptor.digest, self.digest);
                Err(LayerFault::Content(ContentError::Digest { expected, found }))
            }
            PlannedLayer::Blob(descriptor) if descriptor.size < self.size => {
                Err(LayerFault::Content(ContentError::TooLong))
            }
            PlannedLayer::Blob(descriptor) if descriptor.size > self.size => {
                let missing = descriptor.size.saturating_sub(self.size);
                Err(LayerFault::Content(ContentError::TooShort { missing }))
            }
            PlannedLayer::Blob(descriptor) => crate::image::layer::check_media_type(&descriptor.media_type),
            PlannedLayer::Member(_, expected) => {
                let found = self.diff_id;
                if found == *expected {
                    Ok(())
                } else {
                    Err(LayerFault::DiffId { expected: *expected, found })
                }
            }
        }
    }

    /// The layer as number `number`.
    fn numbered(self, number: u32) -> Walked<K> {
        let mut walked = self.walked;
        walked.tree.entries.values_mut().for_each(|entry| entry.layer = number);
        walked
    }

    /// The same, which stays.
    fn copied(&self, number: u32) -> Walked<K> {
        let LayerTree { entries, removed, opaque } = &self.walked.tree;
        let entries = entries.iter().map(|(path, entry)| {
            let mut entry = entry.share();
            entry.layer = number;
            (path.clone(), entry)
        });
        let tree = LayerTree { entries: entries.collect(), removed: removed.clone(), opaque: opaque.clone() };
        Walked { tree, links: self.walked.links.clone() }
    }
}

/// Hashes what passes, with SHA-256: the digest that is used for layers everywhere.
struct Hashing<R> {
    input: R,
    hasher: Hasher,
    active: bool,
    count: u64,
}

impl<R> Hashing<R> {
    fn new(input: R) -> Self {
        Self { input, hasher: Hasher::new(Algorithm::Sha256), active: true, count: 0 }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if self.active {
            self.hasher.update(buffer.get(..count).unwrap_or_default());
        }
        self.count = self.count.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

/// Sees every stored byte before it reports the end.
struct Finishing<'a, 'b, R: Read>(&'a mut Hashing<crate::image::budget::Counted<'b, Decompressor<R>>>);

impl<R: Read> Read for Finishing<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.0.input.input.drain()?;
        }
        Ok(count)
    }
}
