//! Linux: its boot images and modules.
//!
//! <https://docs.kernel.org/arch/x86/boot.html>; a module's section `.modinfo` has `key=value` strings with a zero
//! behind each. Modules are held one by one while they pass: an installation has thousands, of 300 MB together.

use std::collections::HashMap;
use std::io;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use object::Object;
use object::ObjectSection;
use ruzstd::decoding::StreamingDecoder;
use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::executable;
use super::view::File;
use super::view::View;
use crate::limits;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// Boot images and modules.
#[derive(Debug)]
pub(super) struct LinuxKernel;

impl Cataloger for LinuxKernel {
    fn name(&self) -> &'static str {
        "linux-kernel-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "installed", "image", "linux", "kernel", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::KernelFiles]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        let mut kernels: HashMap<&str, Vec<Found>> = HashMap::new();
        let mut modules: HashMap<(&str, &str), Found> = HashMap::new();
        let mut met = Vec::new();
        for (file, kernel_file) in view.kernel_files() {
            match kernel_file {
                KernelFile::Image(image) => {
                    let found = findings.add(image_package(image, &file));
                    kernels.entry(image.version()).or_default().push(found);
                }
                KernelFile::Module(module) => {
                    let found = findings.add(module_package(module, &file));
                    modules.insert((module.kernel(), module.name()), found);
                    met.push((module, found));
                }
                KernelFile::Unreadable(problem) => findings.unknown(file.location(), problem.as_str()),
            }
        }
        for (module, found) in met {
            // Which of several images of one version is booted is not known: any of them.
            for kernel in kernels.get(module.kernel()).into_iter().flatten() {
                findings.relate(found, Relation::DependsOn, *kernel);
            }
            for need in module.field("depends").split(',') {
                if let Some(needed) = modules.get(&(module.kernel(), need)) {
                    findings.relate(found, Relation::DependsOn, *needed);
                }
            }
        }
    }
}

/// What is known of one file.
#[derive(Debug)]
pub(super) enum KernelFile {
    Image(Image),
    Module(Module),
    /// It has a module's name, and why it is none.
    Unreadable(String),
}

/// A boot image for x86.
#[derive(Debug)]
pub(super) struct Image {
    /// `6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP ..`
    banner: String,
    format: &'static str,
    writable_root: bool,
}

impl Image {
    /// Reads a head of [`IMAGE_HEAD`] bytes, or the whole file if it is shorter.
    pub(super) fn read(head: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u16::from_le_bytes(head.get(at..at.checked_add(2)?)?.try_into().ok()?));
        if number(0x1fe)? != 0xaa55 || head.get(0x202..0x206)? != b"HdrS" || number(0x206)? < 0x200 {
            return None;
        }
        let start = usize::from(number(0x20e)?).checked_add(0x200)?;
        let text = head.get(start..)?.split(|byte| *byte == 0).next()?;
        let banner = std::str::from_utf8(text.get(..text.len().min(BANNER_BYTES))?).ok()?.trim();
        let is_big = head.get(0x211)? & 1 == 1;
        banner.starts_with(|c: char| c.is_ascii_digit()).then(|| Self {
            banner: banner.to_owned(),
            format: if is_big { "bzImage" } else { "zImage" },
            writable_root: number(0x1f2) == Some(0),
        })
    }

    fn version(&self) -> &str {
        self.banner.split_whitespace().next().unwrap_or_default()
    }
}

/// A module: what `modinfo` prints of it.
#[derive(Debug)]
pub(super) struct Module {
    fields: HashMap<String, String>,
}

impl Module {
    fn read(elf: &[u8], path: &str) -> Result<Self, String> {
        let file = object::File::parse(elf).map_err(|error| error.to_string())?;
        let section = file.section_by_name(".modinfo").ok_or("it has no section .modinfo")?;
        let text = section.data().map_err(|error| error.to_string())?;
        let pairs = text.split(|byte| *byte == 0).filter_map(|entry| {
            let entry = String::from_utf8_lossy(entry);
            let (key, value) = entry.split_once('=')?;
            KEYS.contains(&key).then(|| (key.to_owned(), value.to_owned()))
        });
        let mut fields: HashMap<String, String> = pairs.collect();
        // Modules say their name since Linux 4.12.
        let last = path.rsplit('/').next().unwrap_or(path);
        let stem = last.split(".ko").next().unwrap_or(last).replace('-', "_");
        fields.entry("name".to_owned()).or_insert(stem);
        let module = Self { fields };
        if module.kernel().is_empty() {
            Err("it does not say for which kernel it is".into())
        } else {
            Ok(module)
        }
    }

    fn field(&self, key: &str) -> &str {
        self.fields.get(key).map_or("", |value| value.trim())
    }

    fn name(&self) -> &str {
        self.field("name")
    }

    /// The version of the kernel that it is for.
    fn kernel(&self) -> &str {
        self.field("vermagic").split_whitespace().next().unwrap_or_default()
    }
}

/// Whether a file has a name of a boot image.
pub(super) fn is_image_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    IMAGES
        .iter()
        .any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

/// Whether a file lies and is named as modules are.
pub(super) fn is_module_name(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or_default();
    let installed = directory.starts_with("lib/modules/") || directory.contains("/lib/modules/");
    installed && [".ko", ".ko.gz", ".ko.xz", ".ko.zst"].iter().any(|end| name.ends_with(end))
}

/// Reads a module. Only errors of `content` are errors.
pub(super) fn examine_module(path: &str, content: &mut dyn Read) -> io::Result<KernelFile> {
    let mut bytes = Vec::new();
    let limit = limits::KERNEL_MODULE_BYTES;
    content.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let read = inflate(path, bytes).and_then(|elf| Module::read(&elf, path));
    Ok(read.map_or_else(
        |problem| KernelFile::Unreadable(format!("kernel module: {problem}")),
        KernelFile::Module,
    ))
}

/// The head of a file that may be a boot image.
pub(super) fn read_head(content: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; IMAGE_HEAD];
    let length = executable::fill(content, &mut head)?;
    head.truncate(length);
    Ok(head)
}

fn inflate(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let limit = limits::KERNEL_MODULE_BYTES;
    let is_long = |bytes: &[u8]| u64::try_from(bytes.len()).is_ok_and(|length| length > limit);
    let too_long = || format!("more than {limit} bytes");
    if is_long(&bytes) {
        return Err(too_long());
    }
    let packed = bytes.as_slice();
    let reader: Box<dyn Read + '_> = match path.rsplit('.').next() {
        Some("gz") => Box::new(MultiGzDecoder::new(packed)),
        Some("xz") => Box::new(XzReader::new_mem_limit(packed, true, XZ_KIBIBYTES)),
        Some("zst") => Box::new(StreamingDecoder::new(packed).map_err(|error| error.to_string())?),
        _ => return Ok(bytes),
    };
    let mut inflated = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut inflated).map_err(|error| error.to_string())?;
    if is_long(&inflated) { Err(too_long()) } else { Ok(inflated) }
}

fn image_package(image: &Image, file: &File<'_>) -> Package {
    let text = |key: &str, value: &str| (key.to_owned(), Value::from(value));
    let fields = [
        text("name", NAME),
        text("architecture", "x86"),
        text("version", image.version()),
        text("extendedVersion", &image.banner),
        text("format", image.format),
        ("rwRootFS".to_owned(), image.writable_root.into()),
    ];
    Package {
        name: NAME.to_owned(),
        version: Some(image.version().to_owned()),
        kind: Kind::Linux,
        purl: Some(PurlBuilder::new("generic", NAME).version(image.version()).build()),
        locations: vec![file.location()],
        metadata: Some(Metadata { kind: "linux-kernel-archive", fields: Map::from_iter(fields) }),
        ..Package::default()
    }
}

fn module_package(module: &Module, file: &File<'_>) -> Package {
    let location = file.location();
    let fields = [
        ("name", module.name()),
        ("version", module.field("version")),
        ("sourceVersion", module.field("srcversion")),
        ("path", &location.path),
        ("description", module.field("description")),
        ("author", module.field("author")),
        ("license", module.field("license")),
        ("kernelVersion", module.kernel()),
        ("versionMagic", module.field("vermagic")),
    ];
    let fields = fields.iter().filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
    let optional = |key: &str| Some(module.field(key)).filter(|text| !text.is_empty());
    Package {
        name: module.name().to_owned(),
        // Those of Linux itself have none.
        version: optional("version").map(str::to_owned),
        kind: Kind::LinuxModule,
        purl: Some(PurlBuilder::new("generic", module.name()).version(module.field("version")).build()),
        licenses: optional("license").map(License::declared).into_iter().collect(),
        description: optional("description").map(str::to_owned),
        locations: vec![location],
        metadata: Some(Metadata { kind: "linux-kernel-module", fields }),
        ..Package::default()
    }
}

/// What the package of a boot image is called.
const NAME: &str = "linux-kernel";

/// Names of boot images; what they are of may follow, after a `-`.
const IMAGES: [&str; 5] = ["kernel", "vmlinux", "vmlinuz", "bzImage", "zImage"];

/// What is kept of a module.
const KEYS: [&str; 8] =
    ["author", "depends", "description", "license", "name", "srcversion", "vermagic", "version"];

/// As far as the version can lie: `kernel_version` has 16 bits and is counted from 0x200.
const IMAGE_HEAD: usize = 0x1_0200 + BANNER_BYTES;

/// Real ones have below 200.
const BANNER_BYTES: usize = 1024;

/// Memory for one block of XZ: `xz -9` has a dictionary of 64 MiB.
const XZ_KIBIBYTES: u32 = 80 << 10;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::testing;
    use super::*;

    /// An ELF file of 64 bits with two sections, `.modinfo` and the names.
    fn module(entries: &[&str]) -> Vec<u8> {
        let text: Vec<u8> = entries.iter().flat_map(|entry| [entry.as_bytes(), b"\0"].concat()).collect();
        let names = b"\0.modinfo\0.shstrtab\0";
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(64, 0);
        // Relocatable, x86-64, version, three section headers of 64 bytes, names in the third.
        file[16] = 1;
        file[18] = 62;
        file[20] = 1;
        file[52] = 64;
        file[58] = 64;
        file[60] = 3;
        file[62] = 2;
        let start = file.len();
        file.extend(&text);
        file.extend(names);
        let table = file.len().next_multiple_of(8);
        file[40..48].copy_from_slice(&table.to_le_bytes());
        file.resize(table + 64, 0);
        for (name, kind, offset, length) in
            [(1_u32, 1_u32, start, text.len()), (10, 3, start + text.len(), names.len())]
        {
            let at = file.len();
            file.resize(at + 64, 0);
            file[at..at + 4].copy_from_slice(&name.to_le_bytes());
            file[at + 4..at + 8].copy_from_slice(&kind.to_le_bytes());
            file[at + 24..at + 32].copy_from_slice(&offset.to_le_bytes());
            file[at + 32..at + 40].copy_from_slice(&length.to_le_bytes());
        }
        file
    }

    /// The fields of the boot protocol that are read, with a banner in Debian's shape.
    fn image() -> Vec<u8> {
        let mut file = b"MZ".to_vec();
        file.resize(0x3c00, 0);
        file[0x1f2] = 1;
        file[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
        file[0x202..0x206].copy_from_slice(b"HdrS");
        file[0x206..0x208].copy_from_slice(&[0x0f, 2]);
        file[0x20e..0x210].copy_from_slice(&[0, 0x36]);
        file[0x211] = 1;
        let banner = b"6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\0";
        file[0x3800..0x3800 + banner.len()].copy_from_slice(banner);
        file
    }

    const MAGIC: &str = "vermagic=6.1.0-18-amd64 SMP preempt mod_unload modversions ";

    #[test]
    fn lists_images_and_modules() {
        let zfs = module(&["version=2.1.11", "license=CDDL", "depends=spl,absent", "name=zfs", MAGIC]);
        let spl = module(&["license=GPL", "depends=", MAGIC]);
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&spl).unwrap();
        let (boot, packed) = (image(), packed.finish().unwrap());
        let files: [(&str, &[u8]); 4] = [
            ("boot/vmlinuz-6.1.0-18-amd64", &boot),
            ("boot/kernel-notes", b"none"),
            ("lib/modules/6.1.0-18-amd64/extra/spl.ko.gz", &packed),
            ("usr/lib/modules/6.1.0-18-amd64/extra/zfs.ko", &zfs),
        ];
        let found = testing::find(&LinuxKernel, &files);
        let expected = [
            "linux-kernel 6.1.0-18-amd64 pkg:generic/linux-kernel@6.1.0-18-amd64",
            "spl - pkg:generic/spl",
            "zfs 2.1.11 pkg:generic/zfs@2.1.11",
        ];
        assert_eq!(testing::list(&found), expected);
        let expected = [
            "spl@- -> linux-kernel@6.1.0-18-amd64",
            "zfs@2.1.11 -> linux-kernel@6.1.0-18-amd64",
            "zfs@2.1.11 -> spl@-",
        ];
        assert_eq!(testing::edges(&found), expected);
        let fields = &found.packages()[0].metadata.as_ref().unwrap().fields;
        assert_eq!((&fields["format"], &fields["rwRootFS"]), (&"bzImage".into(), &false.into()));
        assert!(found.unknowns().is_empty());
    }

    #[test]
    fn reports_modules_that_it_cannot_read() {
        let files: [(&str, &[u8]); 6] = [
            ("lib/modules/1/a.ko", b"\x7fELF"),
            ("lib/modules/1/b.ko.xz", b"\xfd7zXZ\0"),
            ("lib/modules/1/c.ko.zst", b""),
            ("lib/modules/1/d.ko.gz", b"no"),
            ("lib/modules/1/e.ko", &module(&["name=e"])),
            ("usr/share/vim/tutor.ko", b"text"),
        ];
        let found = testing::find(&LinuxKernel, &files);
        assert_eq!((found.packages().len(), found.unknowns().len()), (0, 5));
    }

    #[test]
    fn images_are_known_by_their_header() {
        let whole = image();
        assert!(Image::read(&whole).is_some());
        for length in [0, 0x1ff, 0x210, 0x3800] {
            assert!(Image::read(&whole[..length]).is_none(), "{length:#x}");
        }
        for place in [0x1fe, 0x202, 0x3800] {
            let mut other = whole.clone();
            other[place] = b'x';
            assert!(Image::read(&other).is_none(), "{place:#x}");
        }
        assert!(is_image_name("boot/vmlinuz") && is_image_name("vmlinux-5") && !is_image_name("a/kernels"));
    }
}
