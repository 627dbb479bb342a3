//! Hostile images: no document that lacks something in silence, no panic, and bounded.

use std::time::Duration;
use std::time::Instant;

use serde_json::json;

use super::*;
use crate::support::authority::sha256;
use crate::support::container;
use crate::support::container::gzip;
use crate::support::container::zstd;

const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// An image of this one layer as stored, whose configuration says that it unpacks to `tar`.
fn of_layer(media_type: &'static str, stored: Vec<u8>, tar: &[u8]) -> Container {
    let config = json!({"os": "linux", "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [sha256(tar)]}});
    Container::of_parts(vec![tar.to_vec()], vec![(media_type, stored)], config)
}

/// The image is refused from a layout, an archive and stdin: words, code, and no document.
#[track_caller]
fn refused(image: &Container, words: &str) {
    let folder = Folder::new();
    container::write_layout(&folder.path("layout"), &[image], "1");
    let archive = folder.write("image.tar", container::oci_archive(&[image], "1"));
    folder.write("sbom.json", r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}"#);
    let before = folder.names();
    let file = format!("spdx-json={}", folder.at("new.json"));
    for place in [folder.at("layout"), archive] {
        let output = run(&["sbom", &place, "-o", &file]);
        fails(&output, 2, words);
        assert_eq!((stdout(&output), folder.names()), (String::new(), before.clone()), "{place}");
        fails(&run(&["syft", &place]), 1, words);
        let output = run(&["sbom", "verify", &place, &folder.at("sbom.json"), "-o", "json"]);
        assert_eq!(output.status.code(), Some(2));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["error"]["code"], "image.refused", "{document}");
    }
    let output = run_with_stdin(&["sbom", "-", "-o", &file], &folder.path("image.tar"));
    fails(&output, 2, words);
    assert_eq!(folder.names(), before);
}

/// What is listed of an image of these layers, and what was said.
fn listed(tars: &[Vec<u8>]) -> (String, String) {
    let folder = Folder::new();
    let image = Container::new(tars, Packing::Gzip, "amd64");
    let archive = folder.write("image.tar", container::oci_archive(&[&image], "1"));
    let output = run(&["sbom", &archive, "-o", "purls"]);
    let streamed = run_with_stdin(&["sbom", "-", "-o", "purls"], &folder.path("image.tar"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(streamed, output, "{}", stderr(&streamed));
    (stdout(&output), stderr(&output))
}

#[test]
fn a_compressed_layer_that_is_cut() {
    let tar = tars().remove(0);
    for (media_type, whole) in [(GZIP, gzip(&tar)), (ZSTD, zstd(&tar))] {
        for length in [1, 5, whole.len() / 2, whole.len() - 1] {
            refused(&of_layer(media_type, whole[..length].to_vec(), &tar), "sha256");
        }
        let more = [whole.as_slice(), b"more"].concat();
        refused(&of_layer(media_type, more, &tar), "sha256");
    }
}

#[test]
fn a_layer_that_is_not_what_is_said_of_it() {
    let tar = tars().remove(0);
    // The manifest says another content: the bytes are swapped under the old name.
    let mut image = of_layer(GZIP, gzip(&tar), &tar);
    let other = gzip(&tars()[1]);
    let layer = &mut image.manifest["layers"][0];
    layer["size"] = json!(other.len());
    image.layers[0].1 = other;
    refused(&image, "sha256:");
    // Another length.
    let mut image = of_layer(GZIP, gzip(&tar), &tar);
    image.manifest["layers"][0]["size"] = json!(7);
    refused(&image, "declared size");
    // A layer that no reader knows, and one that is encrypted.
    refused(&of_layer("application/vnd.example.layer", tar.clone(), &tar), "is no layer of files");
    let encrypted = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
    refused(&of_layer(encrypted, tar.clone(), &tar), "encrypted");
}

/// The configuration has fewer layers than the manifest, or is not the one that the manifest names.
/// In Docker's archives only the configuration says what the layers are.
#[test]
fn a_layer_that_is_not_what_the_configuration_says() {
    let folder = Folder::new();
    let tar = tars().remove(0);
    let mut other = of_layer(GZIP, gzip(&tar), b"another");
    other.tars = vec![tar];
    let swapped = folder.write("swapped.tar", other.docker_archive("a:1"));
    fails(&run(&["sbom", &swapped]), 2, "uncompressed content has digest");
    fails(&run_with_stdin(&["sbom", "-"], Path::new(&swapped)), 2, "uncompressed content has digest");
}

#[test]
fn documents_that_do_not_fit() {
    let mut image = container(Packing::Gzip);
    image.manifest["layers"].as_array_mut().unwrap().pop();
    refused(&image, "configuration");
    let mut image = container(Packing::Gzip);
    image.config["created"] = json!("later");
    refused(&image, "sha256:");
}

#[test]
fn an_archive_that_is_cut_or_doubled() {
    let folder = Folder::new();
    let whole = container::oci_archive(&[&container(Packing::Gzip)], "1");
    for length in [0, 100, 512, 513, whole.len() / 2] {
        let archive = folder.write("cut.tar", &whole[..length]);
        fails(&run(&["sbom", &format!("oci-archive:{archive}")]), 2, "error: ");
        fails(&run_with_stdin(&["sbom", "-"], &folder.path("cut.tar")), 2, "error: ");
    }
    let files = container::layout_files(&[&container(Packing::Gzip)], "1");
    let twice = files.iter().chain(&files).fold(Tar::new(), |tar, (name, bytes)| tar.file(name, bytes));
    let archive = folder.write("twice.tar", twice.done());
    fails(&run(&["sbom", &archive]), 2, "two members have the name");
}

/// 2 GB of nothing in 2 MB, in 1 GB of memory.
#[test]
#[cfg(target_os = "linux")]
fn a_bomb_takes_no_memory() {
    use std::io::Read;
    use std::io::Write;

    let mut layer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let size: u64 = 2 << 30;
    let mut header = tar::Header::new_gnu();
    // A name that is looked at: the content would be kept if it were small.
    header.set_path("var/lib/dpkg/status").unwrap();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    layer.write_all(header.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(size), &mut layer).unwrap();
    let second = Tar::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    layer.write_all(&second.file("var/lib/dpkg/status.d/base", DPKG).done()).unwrap();
    let layer = layer.finish().unwrap();
    let diff_id = "sha256:".to_owned() + &"0".repeat(64);
    let config =
        json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}});
    let image = Container::of_parts(vec![], vec![(GZIP, layer)], config);
    let folder = Folder::new();
    let archive = folder.write("image.tar", container::oci_archive(&[&image], "1"));
    let start = Instant::now();
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1048576; exec \"$0\" \"$@\"", cli::BINARY, "sbom", &archive])
        .env_clear()
        .output()
        .unwrap();
    // Told, and what lies behind it is listed.
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("warning: /var/lib/dpkg/status: 2147483648 bytes, more than"));
    let document = stdout(&output);
    assert!(document.contains("base-files") && document.contains("2147483648 bytes"), "{document}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Names that lead upwards stay in the image.
#[test]
fn names_that_lead_out() {
    for name in [
        "../../../var/lib/dpkg/status.d/base",
        "/var/lib/dpkg/status.d/base",
        "./var//lib/./dpkg/status.d/base",
    ] {
        let tar = Tar::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n").file(name, DPKG).done();
        let (purls, said) = listed(&[tar]);
        assert_eq!(purls, PURLS.lines().next().unwrap().to_owned() + "\n", "{name}: {said}");
    }
    // A link out of the image leads to what the image has under the name.
    let tar = Tar::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .symbolic("var/lib/dpkg", "/../../../../other/dpkg")
        .file("other/dpkg/status.d/base", DPKG);
    let image = Container::new(&[tar.file("var/lib/dpkg/status.d/b", DPKG).done()], Packing::Gzip, "amd64");
    let folder = Folder::new();
    let archive = folder.write("image.tar", container::oci_archive(&[&image], "1"));
    let output = run(&["sbom", &archive, "-o", "purls"]);
    assert_eq!((stdout(&output).lines().next(), stderr(&output)), (PURLS.lines().next(), String::new()));
    // What has passed on stdin before it was known to be wanted is told.
    let output = run_with_stdin(&["sbom", "-", "-o", "purls"], Path::new(&archive));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("/var/lib/dpkg/status.d/base: a link to /other/dpkg/status.d/base"));
}

#[test]
fn links_in_circles_and_to_nothing() {
    let base = |tar: Tar| {
        tar.file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
            .file("var/lib/dpkg/status.d/base", DPKG)
            .done()
    };
    let circle = Tar::new().symbolic("a", "b").symbolic("b", "a").symbolic("c", "c").symbolic("up", "..");
    let circle = circle.symbolic("etc/os-release-loop", "os-release-loop");
    let start = Instant::now();
    let (purls, _) = listed(&[base(circle)]);
    assert!(purls.contains("base-files"), "{purls}");
    let deep = (0..1000)
        .fold(Tar::new(), |tar, number| tar.symbolic(&format!("chain/{number}"), &format!("{}", number + 1)));
    assert!(listed(&[base(deep)]).0.contains("base-files"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // What lies behind a circle lies nowhere.
    let behind = base(Tar::new().symbolic("a", "b").symbolic("b", "a").file("a/x", ""));
    refused(&Container::new(&[behind], Packing::Gzip, "amd64"), "too many symbolic links");
    // A hard link to nothing: there is nothing to list, and it is told.
    let nothing = Tar::new().hard("usr/lib/python3/dist-packages/x-1.dist-info/METADATA", "not/there");
    let (purls, said) = listed(&[base(nothing)]);
    assert!(purls.contains("base-files"), "{purls}");
    assert!(said.contains("METADATA"), "{said:?}");
}

#[test]
fn a_hundred_thousand_whiteouts() {
    let start = Instant::now();
    let whiteouts = (0..100_000)
        .fold(Tar::new(), |tar, number| tar.file(&format!("d{}/.wh.f{number}", number % 100), ""));
    let [base, upper] = tars().try_into().unwrap();
    let (purls, said) = listed(&[base, whiteouts.done(), upper]);
    assert_eq!((purls.as_str(), said.as_str()), (PURLS, ""));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// What cannot be read is in the document and on stderr, and the rest is listed.
#[test]
fn what_cannot_be_read_is_told() {
    let long = format!("usr/lib/python3/dist-packages/{}-1.dist-info/METADATA", "n".repeat(200));
    let tar = Tar::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("var/lib/dpkg/status.d/base", DPKG)
        .file(&long, b"\xff\xfe no metadata")
        .file("lib/apk/db/installed", b"P:\xff\nV:\n\n");
    let folder = Folder::new();
    let image = Container::new(&[tar.done()], Packing::Zstd, "amd64");
    let archive = folder.write("image.tar", container::oci_archive(&[&image], "1"));
    let output = run(&["sbom", &archive]);
    assert_eq!(output.status.code(), Some(0));
    let (document, said) = (stdout(&output), stderr(&output));
    assert!(document.contains("base-files"));
    assert!(said.starts_with("warning: /"), "{said:?}");
    let path = said.strip_prefix("warning: ").unwrap().split(':').next().unwrap();
    assert!(document.contains(path), "{path} is not in the document");
}
