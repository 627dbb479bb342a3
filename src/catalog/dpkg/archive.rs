//! Debian's packages as files: an `ar` archive of two tar archives. What is installed of them the database tells.
//! <https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html>

use std::io;
use std::io::BufReader;
use std::io::Read;
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::super::Cataloger;
use super::super::Findings;
use super::super::Part;
use super::super::Want;
use super::super::deb822;
use super::super::part::Input;
use super::super::part::Parts;
use super::super::part::exactly;
use super::super::part::rest;
use super::super::view::View;
use super::Control;
use super::copyright;
use super::files::Files;
use crate::image;
use crate::limits;

/// Packages that lie there as files.
#[derive(Debug)]
pub(in super::super) struct DebArchives;

impl Cataloger for DebArchives {
    fn name(&self) -> &'static str {
        "deb-archive-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["declared", "directory", "os", "linux", "deb", "debian", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Part(Part::Deb)]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.matching(Part::Deb.glob()) {
            if let Some(problem) = file.content.problem() {
                findings.unknown(file.location(), problem);
            }
            let text = |name: &str| file.content.part(name).map(String::from_utf8_lossy).unwrap_or_default();
            let Some(bytes) = file.content.part(CONTROL) else { continue };
            let Some(control) = deb822::stanzas(bytes).next().and_then(Control::read) else {
                findings.unknown(file.location(), "a control file without name or version");
                continue;
            };
            let mut listed = Files::default();
            listed.add_sums(&text(SUMS));
            listed.add_names_of_configuration(&text(CONFIGURATION));
            // Which distribution it is made for, it does not say.
            let mut package = control.package(&file, None, &listed);
            // It would put them there, but has not: they must not be taken for those of the tree.
            package.files.clear();
            package.metadata.iter_mut().for_each(|metadata| metadata.kind = "dpkg-archive-entry");
            package.licenses = copyright::licenses(file.content.part(COPYRIGHT).unwrap_or_default());
            findings.add(package);
        }
    }
}

/// Takes out the files that the cataloger reads.
pub(in super::super) fn take(input: &mut Input<'_>, parts: &mut Parts) -> Result<(), String> {
    if exactly(input, 8, 8)? != b"!<arch>\n" {
        return Err("it is no archive of ar".to_owned());
    }
    for _ in 0..limits::DEB_MEMBERS {
        let mut header = Vec::new();
        input.take(60).read_to_end(&mut header).map_err(|error| error.to_string())?;
        if header.is_empty() {
            break;
        }
        let (name, size) = member(&header).ok_or("a member of it has no sound header")?;
        let mut content = input.take(size);
        if name.starts_with("control.tar") {
            control(&name, &mut content, parts).map_err(|error| format!("{name}: {error}"))?;
        } else if name.starts_with("data.tar") {
            // dpkg takes nothing that stands behind it, nor one that stands before the control files.
            return data(&name, &mut content, parts).map_err(|error| format!("{name}: {error}"));
        }
        io::copy(&mut content, &mut io::sink()).map_err(|error| error.to_string())?;
        exactly(input, size % 2, 1)?;
    }
    Err(format!("it has no {}", if parts.get(CONTROL).is_some() { "data" } else { "control file" }))
}

/// Name and size.
fn member(header: &[u8]) -> Option<(String, u64)> {
    let field = |range: std::ops::Range<usize>| std::str::from_utf8(header.get(range)?).ok().map(str::trim);
    if header.get(58..60)? != b"`\n" {
        return None;
    }
    // A slash ends the name where GNU wrote it.
    Some((field(0..16)?.trim_end_matches('/').to_owned(), field(48..58)?.parse().ok()?))
}

fn control(name: &str, stored: &mut dyn Read, parts: &mut Parts) -> io::Result<()> {
    let mut left = limits::DEB_CONTROL_BYTES;
    image::read_members(inflate(name, stored)?, |path, content| {
        let wanted = [CONTROL, SUMS, CONFIGURATION].into_iter().find(|wanted| *wanted == path);
        if let Some(wanted) = wanted {
            let bytes = rest(content, left)?;
            left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            parts.add(wanted, bytes);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    match parts.get(CONTROL) {
        Some(_) => Ok(()),
        None => Err(io::Error::other("it has no control file")),
    }
}

fn data(name: &str, stored: &mut dyn Read, parts: &mut Parts) -> io::Result<()> {
    let control = parts.get(CONTROL).ok_or_else(|| io::Error::other("it stands before the control files"))?;
    let package =
        deb822::stanzas(control).next().and_then(|stanza| Some(stanza.get("Package")?.into_owned()));
    let wanted = format!("usr/share/doc/{}/copyright", package.unwrap_or_default());
    let mut found = None;
    image::read_members(inflate(name, stored)?.take(limits::DEB_DATA_BYTES), |path, content| {
        if path != wanted {
            return Ok(ControlFlow::Continue(()));
        }
        found = Some(rest(content, limits::DEB_CONTROL_BYTES)?);
        Ok(ControlFlow::Break(()))
    })?;
    found.into_iter().for_each(|bytes| parts.add(COPYRIGHT, bytes));
    Ok(())
}

/// By the extension, as dpkg tells them apart.
fn inflate<'a>(name: &str, stored: &'a mut dyn Read) -> io::Result<Box<dyn Read + 'a>> {
    let stored = BufReader::new(stored);
    Ok(match name.rsplit('.').next() {
        Some("gz") => Box::new(MultiGzDecoder::new(stored)),
        Some("tar") => Box::new(stored),
        Some("xz") => Box::new(XzReader::new_mem_limit(stored, true, XZ_KIBIBYTES)),
        Some("zst") => Box::new(StreamingDecoder::new(stored).map_err(io::Error::other)?),
        _ => return Err(io::Error::other("compressed in a way that is not read")),
    })
}

const CONTROL: &str = "control";
const SUMS: &str = "md5sums";
const CONFIGURATION: &str = "conffiles";
const COPYRIGHT: &str = "copyright";

/// Memory for one block: `xz -9` has a dictionary of 64 MiB.
const XZ_KIBIBYTES: u32 = 80 << 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::testing;
    use super::*;

    const GZIP: &[u8] = include_bytes!("../../../testdata/catalog/deb-archive/portal-gzip.deb");
    const XZ: &[u8] = include_bytes!("../../../testdata/catalog/deb-archive/portal-xz.deb");
    const ZSTD: &[u8] = include_bytes!("../../../testdata/catalog/deb-archive/portal-zstd.deb");

    /// As `dpkg-deb -I` prints them.
    #[test]
    fn reads_packages_however_they_are_compressed() {
        for bytes in [GZIP, XZ, ZSTD] {
            let found = testing::find(&DebArchives, &[("pool/portal.deb", bytes), ("pool/portal.dsc", b"")]);
            let expected = ["portal 2:1.4-3 pkg:deb/debian/portal@2:1.4-3?arch=all&upstream=gatehouse%401.3"];
            assert_eq!(testing::list(&found), expected);
            assert_eq!(found.unknowns(), []);
            let package = &found.packages()[0];
            assert_eq!(package.licenses.len(), 1);
            assert_eq!(package.licenses[0].declared, "MIT");
            assert_eq!(package.homepage.as_deref(), Some("https://portal.example.com/"));
            assert_eq!(package.files, []);
            let metadata = package.metadata.as_ref().unwrap();
            assert_eq!(metadata.kind, "dpkg-archive-entry");
            // By md5sum.
            let (a, b) = ("60b725f10c9c85c70d97880dfe8191b3", "3b5d5c3712955042212316173ccf37be");
            let files = metadata.fields["files"].as_array().unwrap();
            let digest = |value| json!({ "algorithm": "md5", "value": value });
            assert_eq!(
                files[0],
                json!({ "path": "/etc/portal.conf", "digest": digest(a), "isConfigFile": true })
            );
            assert_eq!(
                files[1],
                json!({ "path": "/usr/bin/portal", "digest": digest(b), "isConfigFile": false })
            );
            assert_eq!(files.len(), 3);
        }
    }

    #[test]
    fn what_is_cut_off_is_told() {
        for length in 0..GZIP.len() {
            let found = testing::find(&DebArchives, &[("x.deb", &GZIP[..length])]);
            let packages = found.packages();
            // What stands behind the copyright file is not read.
            let has_license = packages.first().is_some_and(|package| !package.licenses.is_empty());
            assert_eq!(found.unknowns().len(), usize::from(!has_license), "{length}");
        }
    }

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, content) in members {
            bytes.extend(
                format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100644, content.len()).bytes(),
            );
            bytes.extend(*content);
            bytes.resize(bytes.len().next_multiple_of(2), b'\n');
        }
        bytes
    }

    #[test]
    fn tells_what_is_no_package() {
        let reason = |bytes: &[u8]| {
            let found = testing::find(&DebArchives, &[("x.deb", bytes)]);
            assert_eq!(testing::list(&found), [""; 0]);
            found.unknowns()[0].reason.clone()
        };
        assert_eq!(reason(b""), "it is cut off");
        assert_eq!(reason(b"PK\x03\x04 no archive"), "it is no archive of ar");
        assert_eq!(reason(&archive(&[("debian-binary", b"2.0\n")])), "it has no control file");
        assert_eq!(
            reason(&archive(&[("control.tar.lzma", b"")])),
            "control.tar.lzma: compressed in a way that is not read"
        );
        assert_eq!(reason(&archive(&[("data.tar", b"")])), "data.tar: it stands before the control files");
        assert_eq!(reason(&archive(&[("x", &b""[..]); 65])), "it has no control file");
        assert_eq!(reason(&archive(&[("control.tar", &[0; 1024])])), "control.tar: it has no control file");
    }

    /// A thousand times its size when inflated.
    #[test]
    fn a_bomb_is_told() {
        let mut tar = vec![0_u8; 512];
        tar[..8].copy_from_slice(b"./md5sum");
        tar[8] = b's';
        tar[124..135].copy_from_slice(b"00200000000");
        tar[156] = b'0';
        tar[148..156].copy_from_slice(b"        ");
        let sum: u32 = tar.iter().map(|byte| u32::from(*byte)).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.resize(tar.len() + (32 << 20), b'x');
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut packed, &tar).unwrap();
        let packed = packed.finish().unwrap();
        let found = testing::find(&DebArchives, &[("x.deb", &archive(&[("control.tar.gz", &packed)]))]);
        assert!(found.unknowns()[0].reason.ends_with("more than 16777216 bytes in one part"));
    }
}
