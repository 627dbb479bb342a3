//! What can be told of a program or shared library while it passes: ELF, Mach-O, PE.
//!
//! Programs of 200 MB are no rarity, so none is held: one window of memory slides over the file, and each
//! search sees every window in turn. What a search finds (a list of modules, a version) is kept; the
//! catalogers of [`super::go`], [`super::rust`] and others make packages of it.

mod compressed;
mod elf_note;
mod fields;
mod go_build;
mod header;
mod stamp;
mod version_info;
mod window;

use std::io;
use std::io::Read;

pub use go_build::GoBuild;
pub use header::Architecture;
pub use header::Format;
pub use version_info::VersionInfo;

use header::Header;
pub(super) use window::Buffers;
pub(super) use window::Window;
pub(super) use window::fill;
pub(super) use window::slide;

/// What is known of one program or shared library.
#[derive(Clone, Debug, Default)]
pub struct Executable {
    /// Its format.
    pub format: Format,
    /// What it runs on, where its header names one of those that are known here.
    pub architecture: Option<Architecture>,
    /// It was compressed as a whole by UPX, and nothing can be told of what is in it.
    pub packed: bool,
    /// Build information of Go, one for each program in a universal binary.
    pub go: Vec<GoBuild>,
    /// What `cargo auditable` put into it: JSON, inflated.
    pub auditable: Option<Box<[u8]>>,
    /// A CycloneDX document that GraalVM's `native-image` put into it: JSON, inflated.
    pub sbom: Option<Box<[u8]>>,
    /// The package note of systemd: JSON. <https://systemd.io/ELF_PACKAGE_METADATA/>
    pub package_note: Option<Box<[u8]>>,
    /// The version resource of a PE file.
    pub version_info: Option<VersionInfo>,
    /// Whether it is a PE file with .NET code in it.
    pub managed: bool,
    /// What was found and could not be read.
    pub problems: Vec<String>,
}

/// Whether a file with these first bytes, eight if it has them, is of a format that is known here.
#[must_use]
pub(super) fn is_executable(first: &[u8]) -> bool {
    header::recognise(first).is_some()
}

/// Looks through a file, which is at its first byte. `also` sees every window too.
pub(super) fn examine(
    content: &mut dyn Read,
    size: u64,
    buffers: &Buffers,
    also: &mut dyn FnMut(&Window<'_>),
) -> io::Result<Executable> {
    let mut scan = None;
    slide(content, size, buffers, |window| {
        scan.get_or_insert_with(|| Scan::new(window.bytes)).see(window);
        also(window);
    })?;
    Ok(scan.map(Scan::finish).unwrap_or_default())
}

/// The searches over one file.
struct Scan {
    header: Header,
    packed: bool,
    go: go_build::Search,
    compressed: compressed::Search,
    note: elf_note::Search,
    version_info: version_info::Search,
}

impl Scan {
    /// `first` is the first window.
    fn new(first: &[u8]) -> Self {
        let header = header::read(first);
        Self {
            packed: is_packed(first),
            go: go_build::Search::default(),
            compressed: compressed::Search::default(),
            note: elf_note::Search::new(&header),
            version_info: version_info::Search::new(&header),
            header,
        }
    }

    fn see(&mut self, window: &Window<'_>) {
        self.go.see(window, &self.header);
        self.compressed.see(window);
        self.note.see(window);
        self.version_info.see(window);
    }

    fn finish(self) -> Executable {
        let mut problems = Vec::new();
        let [auditable, sbom] = self.compressed.finish(&mut problems);
        Executable {
            format: self.header.format,
            architecture: self.header.architecture,
            packed: self.packed,
            go: self.go.finish(&self.header, &mut problems),
            auditable,
            sbom,
            package_note: self.note.finish(),
            version_info: self.version_info.finish(),
            managed: self.header.managed,
            problems,
        }
    }
}

/// UPX writes its mark behind the headers of what it makes. Nothing else lies there.
fn is_packed(first: &[u8]) -> bool {
    let head = first.get(..HEAD).unwrap_or(first);
    memchr::memmem::find(head, b"UPX!").is_some()
}

/// Bytes in which headers lie.
const HEAD: usize = 1024;
