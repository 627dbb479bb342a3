//! What a Java archive tells of the packages in it, without keeping the archive.

use std::io;
use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;

use sha1::Digest as _;
use sha1::Sha1;

use super::classes::Classes;
use super::license;
use super::manifest::Manifest;
use super::pom::Coordinates;
use super::pom::Project;
use super::properties;
use super::zip::Entry;
use super::zip::Inflater;
use super::zip::Zip;
use super::zip::ZipError;
use crate::image::FileHeader;
use crate::limits;
use crate::package::License;

/// The facts of one archive.
#[derive(Clone, Debug, Default)]
pub(in crate::catalog) struct JavaArchive {
    /// Where it lies in the archive that holds it; empty for one that lies in the tree.
    pub(super) path: String,
    /// SHA-1 of the archive, in hexadecimal digits: what repositories of Maven list.
    pub(super) sha1: String,
    pub(super) manifest: Option<Manifest>,
    /// The projects that left their files in it, ordered by path.
    pub(super) poms: Vec<Pom>,
    /// The package that nearly all of its classes lie in.
    pub(super) package: Option<String>,
    /// Whether there are classes at all.
    pub(super) has_classes: bool,
    /// Archives within it.
    pub(super) nested: Vec<Self>,
    /// By the text of a licence in it, where neither manifest nor project declares one.
    pub(super) license: Option<License>,
    /// What could not be read of it.
    pub(super) problems: Vec<String>,
}

/// The files of one project of Maven: `pom.properties`, `pom.xml` or both.
#[derive(Clone, Debug, Default)]
pub(super) struct Pom {
    /// The directory within the archive: `META-INF/maven/org.example/lib`.
    pub(super) directory: String,
    pub(super) properties: Option<Coordinates>,
    pub(super) project: Option<Project>,
}

/// Whether a path is that of a Java archive, by its extension.
pub(in crate::catalog) fn is_archive(path: &[u8]) -> bool {
    has_extension(path, &EXTENSIONS)
}

/// Whether a file of the tree is looked into: also ZIP archives, for the Java archives in them.
pub(in crate::catalog) fn is_wanted(path: &str) -> bool {
    is_archive(path.as_bytes()) || has_extension(path.as_bytes(), &["zip"])
}

/// Looks into an archive while it passes.
///
/// It is held whole meanwhile, since its directory stands at its end; of those above
/// [`limits::JAVA_ARCHIVE_FREE_BYTES`], one at a time in the whole process.
///
/// # Errors
/// Those of `content` only.
pub(in crate::catalog) fn examine(file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<JavaArchive> {
    // Whoever holds it only reads its own content, so nobody waits for somebody who waits.
    static LARGE: Mutex<()> = Mutex::new(());
    let failed = |problem: String| JavaArchive { problems: vec![problem], ..JavaArchive::default() };
    if file.size > limits::JAVA_ARCHIVE_BYTES {
        return Ok(failed(format!("{} bytes, more than {}", file.size, limits::JAVA_ARCHIVE_BYTES)));
    }
    let large = file.size > limits::JAVA_ARCHIVE_FREE_BYTES;
    let _held = large.then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    let mut bytes = Vec::new();
    if !usize::try_from(file.size).is_ok_and(|size| bytes.try_reserve_exact(size).is_ok()) {
        return Ok(failed(format!("no memory for {} bytes", file.size)));
    }
    content.take(file.size).read_to_end(&mut bytes)?;
    Ok(JavaArchive::read(&bytes))
}

impl JavaArchive {
    /// Reads an archive in memory.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes.len());
        let archive = reader.read(String::new(), bytes, 0);
        reader.budget.finish(archive)
    }

    fn declares_license(&self) -> bool {
        let in_manifest =
            self.manifest.as_ref().is_some_and(|manifest| !license::of_manifest(manifest).is_empty());
        // Where there are several, all but one were merged into it.
        let in_project = match self.poms.as_slice() {
            [only] => only.project.as_ref().is_some_and(|project| !project.licenses.is_empty()),
            _ => false,
        };
        in_manifest || in_project
    }
}

/// Reads archives in archives.
struct Reader {
    inflater: Inflater,
    budget: Budget,
    /// For one entry after the other.
    buffer: Vec<u8>,
}

/// What may still be read for one archive of the tree, with all that is nested in it.
struct Budget {
    archives: usize,
    bytes: u64,
    entries: usize,
    poms: usize,
    exhausted: Vec<&'static str>,
}

impl Reader {
    fn new(size: usize) -> Self {
        Self { inflater: Inflater::new(), budget: Budget::new(size), buffer: Vec::new() }
    }

    fn read(&mut self, path: String, bytes: &[u8], depth: usize) -> JavaArchive {
        let mut archive =
            JavaArchive { path, sha1: hex::encode(Sha1::digest(bytes)), ..JavaArchive::default() };
        let zip = match Zip::open(bytes) {
            Ok(zip) => zip,
            Err(error) => {
                archive.problems.push(error.to_string());
                return archive;
            }
        };
        let contents = self.list(&zip, &mut archive);
        for (path, entry) in contents.metadata {
            self.read_metadata(&zip, &path, entry, &mut archive);
        }
        archive.poms.sort_by(|a, b| a.directory.cmp(&b.directory));
        if !archive.declares_license() {
            self.read_license(&zip, contents.licenses, &mut archive);
        }
        for (path, entry) in contents.nested {
            let nested = self.read_nested(&zip, path, entry, depth + 1);
            archive.nested.extend(nested);
        }
        archive
    }

    /// Finds what there is to read in an archive.
    fn list(&mut self, zip: &Zip<'_>, archive: &mut JavaArchive) -> Contents {
        let mut contents = Contents::default();
        let mut classes = Classes::default();
        let budget = &mut self.budget;
        let listed = zip.each(|path, entry| {
            if !budget.take_entry() {
                return false;
            }
            if path.ends_with(b".class") {
                archive.has_classes = true;
                classes.see(path);
            } else if is_archive(path) {
                contents.nested.push((String::from_utf8_lossy(path).into_owned(), entry));
            } else if is_metadata(path) {
                contents.metadata.push((String::from_utf8_lossy(path).into_owned(), entry));
            } else if contents.licenses.len() < LICENSES && is_license(path) {
                contents.licenses.push((String::from_utf8_lossy(path).into_owned(), entry));
            }
            true
        });
        if let Err(error) = listed {
            archive.problems.push(error.to_string());
        }
        archive.package = classes.dominant();
        contents
    }

    fn read_metadata(&mut self, zip: &Zip<'_>, path: &str, entry: Entry, archive: &mut JavaArchive) {
        let limit = limits::JAVA_METADATA_BYTES.min(self.budget.bytes);
        let mut buffer = std::mem::take(&mut self.buffer);
        match zip.inflate(entry, limit, &mut self.inflater, &mut buffer) {
            Ok(()) => {
                self.budget.take_bytes(entry.size());
                if let Err(problem) = self.understand(path, &buffer, archive) {
                    archive.problems.push(format!("{path}: {problem}"));
                }
            }
            Err(error) => archive.problems.push(format!("{path}: {error}")),
        }
        self.buffer = buffer;
    }

    /// The first text that is known. What cannot be read is no problem: it would hide no package.
    fn read_license(&mut self, zip: &Zip<'_>, licenses: Vec<(String, Entry)>, archive: &mut JavaArchive) {
        for (path, entry) in licenses {
            let limit = LICENSE_BYTES.min(self.budget.bytes);
            if zip.inflate(entry, limit, &mut self.inflater, &mut self.buffer).is_err() {
                continue;
            }
            self.budget.take_bytes(entry.size());
            let license = License::from_text(&String::from_utf8_lossy(&self.buffer), &path);
            if license.expression.is_some() {
                archive.license = Some(license);
                return;
            }
        }
    }

    fn understand(&mut self, path: &str, bytes: &[u8], archive: &mut JavaArchive) -> Result<(), String> {
        let Some((directory, name)) = path.rsplit_once('/') else { return Ok(()) };
        if name.eq_ignore_ascii_case("MANIFEST.MF") {
            // Of entries with one name the JVM takes the last one.
            archive.manifest = Some(Manifest::parse(bytes));
            return Ok(());
        }
        let found = if name == "pom.properties" {
            let Some(found) = properties::coordinates(path, bytes) else { return Ok(()) };
            Pom { properties: Some(found), ..Pom::default() }
        } else {
            Pom { project: Some(Project::parse(bytes)?), ..Pom::default() }
        };
        let same = archive.poms.iter_mut().find(|pom| {
            pom.directory == directory
                && if found.project.is_some() { pom.project.is_none() } else { pom.properties.is_none() }
        });
        if let Some(pom) = same {
            pom.project = pom.project.take().or(found.project);
            pom.properties = pom.properties.take().or(found.properties);
        } else if self.budget.take_pom() {
            archive.poms.push(Pom { directory: directory.to_owned(), ..found });
        }
        Ok(())
    }

    fn read_nested(
        &mut self,
        zip: &Zip<'_>,
        path: String,
        entry: Entry,
        depth: usize,
    ) -> Option<JavaArchive> {
        let failed = |path, problem: String| {
            Some(JavaArchive { path, problems: vec![problem], ..JavaArchive::default() })
        };
        if depth > limits::JAVA_ARCHIVE_DEPTH {
            return failed(path, format!("nested more than {} deep", limits::JAVA_ARCHIVE_DEPTH));
        }
        if !self.budget.take_archive() {
            return None;
        }
        // Also what is not compressed counts: entries may lie over one another.
        if entry.size() > self.budget.bytes {
            return failed(path, ZipError::TooLarge(entry.size()).to_string());
        }
        self.budget.take_bytes(entry.size());
        match zip.stored(entry) {
            Ok(Some(bytes)) => Some(self.read(path, bytes, depth)),
            Ok(None) => {
                let mut bytes = Vec::new();
                match zip.inflate(entry, entry.size(), &mut self.inflater, &mut bytes) {
                    Ok(()) => Some(self.read(path, &bytes, depth)),
                    Err(error) => failed(path, error.to_string()),
                }
            }
            Err(error) => failed(path, error.to_string()),
        }
    }
}

/// What there is to read in an archive.
#[derive(Default)]
struct Contents {
    licenses: Vec<(String, Entry)>,
    metadata: Vec<(String, Entry)>,
    nested: Vec<(String, Entry)>,
}

impl Budget {
    fn new(size: usize) -> Self {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let bytes =
            size.saturating_mul(limits::JAVA_NESTED_RATIO).saturating_add(limits::JAVA_NESTED_FREE_BYTES);
        Self {
            archives: limits::JAVA_NESTED_ARCHIVES,
            bytes: bytes.min(limits::JAVA_NESTED_BYTES),
            entries: limits::JAVA_ARCHIVE_ENTRIES,
            poms: limits::JAVA_NESTED_ARCHIVES,
            exhausted: Vec::new(),
        }
    }

    fn take_archive(&mut self) -> bool {
        take(&mut self.archives, "more nested archives than are looked into", &mut self.exhausted)
    }

    fn take_entry(&mut self) -> bool {
        take(&mut self.entries, "more entries than are looked at", &mut self.exhausted)
    }

    fn take_pom(&mut self) -> bool {
        take(&mut self.poms, "more projects than are kept", &mut self.exhausted)
    }

    fn take_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn finish(self, mut archive: JavaArchive) -> JavaArchive {
        archive.problems.extend(self.exhausted.into_iter().map(str::to_owned));
        archive
    }
}

fn take(left: &mut usize, problem: &'static str, exhausted: &mut Vec<&'static str>) -> bool {
    if let Some(less) = left.checked_sub(1) {
        *left = less;
        return true;
    }
    if !exhausted.contains(&problem) {
        exhausted.push(problem);
    }
    false
}

/// `META-INF/MANIFEST.MF`, which the JVM finds in any case of letters; every `pom.properties`; and the
/// `pom.xml` that Maven puts next to it, but not those among the resources of a plugin.
fn is_metadata(path: &[u8]) -> bool {
    let ends = |suffix: &[u8]| path.ends_with(suffix);
    path.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF")
        || ends(b"/pom.properties")
        || (ends(b"/pom.xml") && memchr::memmem::find(path, b"META-INF/maven/").is_some())
}

/// `META-INF/LICENSE`, `LICENSE.txt` and the like: of the archive, not of what was merged into it.
fn is_license(path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let name = path.strip_prefix("META-INF/").unwrap_or(path);
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let is = |text: &str, known: &[&str]| known.iter().any(|known| text.eq_ignore_ascii_case(known));
    is(stem, &["copying", "licence", "license"]) && is(extension, &["", "md", "txt"])
}

fn has_extension(path: &[u8], extensions: &[&str]) -> bool {
    let dot = memchr::memrchr(b'.', path).filter(|dot| path.len().saturating_sub(*dot) <= 5);
    let extension = dot.and_then(|dot| path.get(dot.saturating_add(1)..)).unwrap_or_default();
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
}

/// Texts of licences that are looked into.
const LICENSES: usize = 4;

/// Bytes of one: files with the licences of all that was merged have up to 200 KB.
const LICENSE_BYTES: u64 = 512 << 10;

/// syft's list.
const EXTENSIONS: [&str; 10] = ["ear", "hpi", "jar", "jpi", "kar", "lpkg", "nar", "par", "sar", "war"];

#[cfg(test)]
mod tests;
