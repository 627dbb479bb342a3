//! What is kept of each file while the layers pass.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::Want;
use super::binary::Classifiers;
use super::binary::Recognised;
use super::binary::Search;
use super::executable;
use super::executable::Buffers;
use super::executable::Executable;
use super::executable::Window;
use super::files::FileDigests;
use super::files::HashingReader;
use super::java;
use super::java::JavaArchive;
use super::links;
use super::links::Wanted;
use super::linux_kernel;
use super::linux_kernel::Image;
use super::linux_kernel::KernelFile;
use super::part::Parts;
use super::selection::Selection;
use crate::image::Examiner;
use crate::image::FileHeader;
use crate::image::Tree;
use crate::limits;
use crate::package::FileDetail;

/// What was kept of one file.
#[derive(Debug, Default)]
pub struct Content {
    /// The whole content of a file that a cataloger wants as such.
    bytes: Option<Box<[u8]>>,
    /// What is known of a program or shared library.
    executable: Option<Box<Executable>>,
    /// The programs that it was recognised to be.
    recognised: Vec<Recognised>,
    /// The digests of its content, if files are listed.
    digests: Option<Box<FileDigests>>,
    /// Why it could not be kept or understood.
    problem: Option<String>,
    /// What a Java archive tells.
    archive: Option<Box<JavaArchive>>,
    /// What is known of a boot image or module of Linux.
    kernel_file: Option<Box<KernelFile>>,
    /// What was taken out of a package or model.
    parts: Option<Parts>,
}

impl Content {
    /// The whole content, if it was wanted.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// What is known of it, if it is a program or shared library and those were wanted.
    #[must_use]
    pub fn executable(&self) -> Option<&Executable> {
        self.executable.as_deref()
    }

    pub(super) fn recognised(&self) -> &[Recognised] {
        &self.recognised
    }

    /// Whether it was kept for the list of files and nothing else.
    pub(super) fn is_listed_only(&self) -> bool {
        self.bytes.is_none()
            && self.executable.is_none()
            && self.recognised.is_empty()
            && self.archive.is_none()
            && self.kernel_file.is_none()
            && self.parts.is_none()
            && self.problem.is_none()
    }

    pub(super) fn digests(&self) -> Option<&FileDigests> {
        self.digests.as_deref()
    }

    /// Why it could not be kept or understood.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What is known of a boot image or module of Linux.
    pub(super) fn kernel_file(&self) -> Option<&KernelFile> {
        self.kernel_file.as_deref()
    }

    /// What was taken out of it under this name.
    pub(super) fn part(&self, name: &str) -> Option<&[u8]> {
        self.parts.as_ref()?.get(name)
    }

    /// What a Java archive tells.
    pub(super) fn archive(&self) -> Option<&JavaArchive> {
        self.archive.as_deref()
    }
}

/// Keeps what the selected catalogers want.
#[derive(Debug)]
pub struct Examination {
    wanted: Wanted,
    executables: bool,
    classifiers: Option<Classifiers>,
    buffers: Buffers,
    files: FileDetail,
    /// Whether boot images and modules of Linux are looked into.
    kernel_files: bool,
    /// Files that are looked at by the name of a link to them.
    links: BTreeMap<Box<str>, Box<str>>,
    /// Hard links with wanted names to files with other ones: whose file they share, and the name.
    hard_links: Mutex<BTreeMap<Box<str>, Box<str>>>,
}

impl Examination {
    /// For these catalogers.
    #[must_use]
    pub fn new(selection: &Selection) -> Self {
        let wants = || selection.catalogers().iter().flat_map(|cataloger| cataloger.wants());
        let executables = wants().any(|want| *want == Want::Executables);
        let kernel_files = wants().any(|want| *want == Want::KernelFiles);
        let classifiers = wants().any(|want| *want == Want::Programs).then(Classifiers::default);
        let (wanted, buffers, files) = (Wanted::of(selection), Buffers::default(), FileDetail::None);
        let (links, hard_links) = (BTreeMap::new(), Mutex::default());
        Self { wanted, executables, classifiers, buffers, files, kernel_files, links, hard_links }
    }
}

impl Examination {
    /// The digests of every file are computed, if files are to be listed: which of them are owned is not known before
    /// the end.
    #[must_use]
    pub fn listing(self, files: FileDetail) -> Self {
        Self { files, ..self }
    }

    /// Looks at files as if they had these names too: what [`Self::unseen`] gave when they were read before.
    #[must_use]
    pub fn following(self, links: BTreeMap<Box<str>, Box<str>>) -> Self {
        Self { links, ..self }
    }

    /// Files of the tree of which nothing was kept, but that are wanted by the name of a link to them, each with that
    /// name. Which these are is known only when everything was read, so they are for another reading.
    #[must_use]
    pub fn unseen(&self, tree: &Tree<Content>) -> BTreeMap<Box<str>, Box<str>> {
        let mut unseen = self.hard_links.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // It may be gone, replaced, or a link to nothing.
        unseen.retain(|_, name| tree.resolve(name).is_some_and(|(_, entry)| links::is_unseen(entry)));
        unseen.extend(links::unseen(tree, &self.wanted));
        unseen.retain(|path, _| !self.links.contains_key(path));
        unseen
    }
}

impl Examiner for Examination {
    type Kept = Content;

    fn linked(&self, path: &str, target: &str) {
        // A link may lead to a link.
        let name = self.links.get(path).map_or(path, |name| name);
        if self.wanted.has(name) && !self.wanted.has(target) {
            let mut links = self.hard_links.lock().unwrap_or_else(PoisonError::into_inner);
            links.entry(target.into()).or_insert_with(|| name.into());
        }
    }

    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Content>> {
        let path = self.links.get(file.path).map_or(file.path, |name| name);
        let file = &FileHeader { path, ..*file };
        if self.files == FileDetail::None {
            return self.examine_content(file, content);
        }
        let mut hashing = HashingReader::new(content);
        let kept = self.examine_content(file, &mut hashing)?;
        let digests = Some(Box::new(hashing.finish()?));
        Ok(Some(Content { digests, ..kept.unwrap_or_default() }))
    }
}

impl Examination {
    fn examine_content(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Content>> {
        if self.wanted.archives && java::is_wanted(file.path) {
            let archive = java::examine(file, content)?;
            return Ok(Some(Content { archive: Some(Box::new(archive)), ..Content::default() }));
        }
        if self.kernel_files && linux_kernel::is_module_name(file.path) {
            let module = linux_kernel::examine_module(file.path, content)?;
            return Ok(Some(Content { kernel_file: Some(Box::new(module)), ..Content::default() }));
        }
        if self.kernel_files && linux_kernel::is_image_name(file.path) {
            return self.look_into_image(file, content);
        }
        if let Some(part) = self.wanted.parts.iter().find(|part| part.is_name(file.path)) {
            let mut parts = part.take(content)?;
            let problem = parts.problem.take();
            return Ok(Some(Content { parts: Some(parts), problem, ..Content::default() }));
        }
        if !self.wanted.bytes.matches(file.path) {
            let kept = self.look_into(file, content)?;
            return Ok(Some(kept).filter(|kept| !kept.is_listed_only()));
        }
        let mut kept = keep(file, content)?;
        if let Some(bytes) = &kept.bytes {
            let Content { executable, recognised, .. } = self.look_into(file, &mut &**bytes)?;
            kept = Content { executable, recognised, ..kept };
        }
        Ok(Some(kept))
    }

    /// A file with a boot image's name. What is none may be a program.
    fn look_into_image(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Content>> {
        let head = linux_kernel::read_head(content)?;
        let image = Image::read(&head).map(|image| Box::new(KernelFile::Image(image)));
        let kept = self.look_into(file, &mut head.chain(content))?;
        let kept = Content { kernel_file: image, ..kept };
        Ok(Some(kept).filter(|kept| !kept.is_listed_only()))
    }

    /// What is known of a program or shared library.
    fn look_into(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Content> {
        let mut searches = self.classifiers.as_ref().map_or_else(Vec::new, |rows| rows.searches(file.path));
        let mut kept = Content::default();
        if !self.executables && searches.is_empty() {
            return Ok(kept);
        }
        let mut first = [0; MAGIC_BYTES];
        let length = executable::fill(content, &mut first)?;
        let first = first.get(..length).unwrap_or_default();
        let mut whole = first.chain(content);
        let has_searches = !searches.is_empty();
        let mut see = |window: &Window<'_>| searches.iter_mut().for_each(|search| search.see(window));
        if self.executables && executable::is_executable(first) {
            let found = executable::examine(&mut whole, file.size, &self.buffers, &mut see)?;
            kept.executable = Some(Box::new(found));
        } else if has_searches {
            executable::slide(&mut whole, file.size, &self.buffers, see)?;
        }
        kept.recognised = searches.into_iter().filter_map(Search::finish).collect();
        Ok(kept)
    }
}

fn keep(file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Content> {
    if file.size > limits::CATALOGED_FILE_BYTES {
        let problem = format!("{} bytes, more than {}", file.size, limits::CATALOGED_FILE_BYTES);
        return Ok(Content { problem: Some(problem), ..Content::default() });
    }
    let mut bytes = Vec::new();
    content.take(limits::CATALOGED_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(Content { bytes: Some(bytes.into()), ..Content::default() })
}

/// First bytes that tell a program from other files.
const MAGIC_BYTES: usize = 8;
