mod model;

use std::io;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::Exclude;
use super::super::FileHeader;
use super::super::testing::Builder;
use super::super::testing::Everything;
use super::super::testing::list;
use super::super::testing::options;
use super::super::testing::read;
use super::*;
use crate::digest::Digest;
use crate::oci::Descriptor;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn descriptor(bytes: &[u8], media_type: &str) -> Descriptor {
    let json = serde_json::json!({
        "mediaType": media_type, "digest": Digest::sha256(bytes).to_string(), "size": bytes.len(),
    });
    serde_json::from_value(json).unwrap()
}

fn blob(descriptor: &Descriptor, bytes: &[u8]) -> Layer<'static> {
    let bytes = bytes.to_vec();
    Layer::of_blob(descriptor, Box::new(move || Ok(Box::new(io::Cursor::new(bytes)))))
}

fn read_blob(bytes: &[u8]) -> Result<Vec<String>, ImageError> {
    let layer = blob(&descriptor(bytes, OCI), bytes);
    read_layers(vec![layer], &Everything, &options()).map(|tree| list(&tree))
}

fn fault(read: Result<Vec<String>, ImageError>) -> String {
    match read.unwrap_err() {
        ImageError::Layer { fault, .. } => format!("{fault:?}").split([' ', '(']).next().unwrap().to_owned(),
        other => panic!("{other}"),
    }
}

const OCI: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

#[test]
fn compression_is_told_by_the_bytes() {
    let tar = Builder::new().file("a", "1").done();
    let (first, second) = tar.split_at(700);
    let mut zeros = gzip(&tar);
    zeros.extend([0; 1000]);
    let skipped = [&[0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(&tar)].concat();
    for (what, bytes) in [
        ("plain", tar.clone()),
        ("gzip", gzip(&tar)),
        ("two members", [gzip(first), gzip(second)].concat()),
        ("zeros behind gzip", zeros),
        ("zstd", zstd(&tar)),
        ("two frames", [zstd(first), zstd(second)].concat()),
        ("a frame without data", skipped),
        ("no end mark", tar[..1024].to_vec()),
        ("something behind the end mark", [tar.clone(), vec![7; 3000]].concat()),
    ] {
        assert_eq!(read_blob(&bytes).expect(what), ["a 1"], "{what}");
    }
    assert!(read_blob(&[]).unwrap().is_empty() && read_blob(&gzip(&[0; 1024])).unwrap().is_empty());
}

#[test]
fn damaged_layers_are_refused() {
    let tar = Builder::new().file("a", &"x".repeat(5000)).done();
    let packed = gzip(&tar);
    let mut flipped = packed.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    assert_eq!(fault(read_blob(&flipped)), "Compression");
    assert_eq!(fault(read_blob(&packed[..packed.len() - 9])), "Compression");
    assert_eq!(fault(read_blob(&[packed.clone(), b"garbage".to_vec()].concat())), "Trailing");
    assert_eq!(fault(read_blob(&[zstd(&tar), b"garbage".to_vec()].concat())), "Trailing");
    assert_eq!(fault(read_blob(&tar[..3000])), "Tar");
    assert_eq!(fault(read_blob(&[b'x'; 600])), "Tar");
    assert_eq!(fault(read_blob(&tar[..300])), "Tar");
}

#[test]
fn every_stored_byte_counts() {
    let tar = Builder::new().file("a", "1").done();
    for stored in [tar.clone(), gzip(&tar), zstd(&tar)] {
        let described = descriptor(&stored, OCI);
        let read = |bytes: &[u8]| {
            let layers = vec![blob(&described, bytes)];
            fault(read_layers(layers, &Everything, &options()).map(|tree| list(&tree)))
        };
        let longer = [stored.clone(), vec![0]].concat();
        assert_eq!(read(&longer), "Content");
        assert_eq!(read(&stored[..stored.len() - 1]), "Content");
    }
    let mut other = tar.clone();
    *other.last_mut().unwrap() = 1;
    let layers = vec![blob(&descriptor(&tar, OCI), &other)];
    assert_eq!(fault(read_layers(layers, &Everything, &options()).map(|tree| list(&tree))), "Content");
}

#[test]
fn diff_ids_are_of_uncompressed_bytes() {
    let tar = Builder::new().file("a", "1").done();
    let layer = |diff_id, bytes: Vec<u8>| {
        let open: super::super::Open<'_> = Box::new(move || Ok(Box::new(io::Cursor::new(bytes))));
        read_layers(vec![Layer::of_diff_id(diff_id, 1, open)], &Everything, &options())
    };
    assert_eq!(list(&layer(Digest::sha256(&tar), gzip(&tar)).unwrap()), ["a 1"]);
    let wrong = layer(Digest::sha256(b"other"), tar).unwrap_err();
    assert!(matches!(wrong, ImageError::Layer { fault: LayerFault::DiffId { .. }, .. }));
}

#[test]
fn media_types_that_are_no_layers() {
    let tar = Builder::new().done();
    let read = |media_type| {
        let layers = vec![blob(&descriptor(&tar, media_type), &tar)];
        read_layers(layers, &Everything, &options()).map(|tree| list(&tree))
    };
    assert_eq!(fault(read("application/vnd.in-toto+json")), "MediaType");
    assert_eq!(fault(read("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")), "Encrypted");
    assert!(read("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip").is_ok());
}

#[test]
fn many_layers_keep_their_order() {
    let layer = |number: u32| {
        let filler = "x".repeat(usize::try_from(number * 7919 % 64).unwrap() * 100);
        Builder::new().file("a", &number.to_string()).file(&format!("f{number}"), &filler).done()
    };
    let layers: Vec<_> = (0..74).map(layer).collect();
    let tree = read(&layers).unwrap();
    assert_eq!(tree.get("a").unwrap().kept.as_deref().unwrap(), b"73");
    assert_eq!((tree.get("a").unwrap().layer, tree.get("f5").unwrap().layer), (73, 5));
    assert_eq!(tree.iter().count(), 75);
}

#[test]
fn excluded_files_are_left_out_but_shared() {
    let tar = Builder::new().file("etc/a", "1").hard("b", "etc/a").done();
    let layers = vec![blob(&descriptor(&tar, OCI), &tar)];
    let exclude = Exclude::of_image(&["/etc"]);
    let tree = read_layers(layers, &Everything, &Options { exclude, ..options() }).unwrap();
    assert_eq!(list(&tree), ["b 1"]);
}

/// Keeps every byte, and lists the tree after each layer.
#[derive(Default)]
struct States(Mutex<Vec<(u32, Vec<String>)>>);

impl Examiner for States {
    type Kept = Vec<u8>;

    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn io::Read) -> io::Result<Option<Vec<u8>>> {
        Everything.examine(file, content)
    }

    fn laid(&self, number: u32, tree: &Tree<Vec<u8>>) {
        self.0.lock().unwrap().push((number, list(tree)));
    }
}

/// In their order, although the large one in the middle is begun first.
#[test]
fn each_layer_is_seen_as_it_is_laid() {
    let layers = [
        Builder::new().file("a", "1").file("b", "1").done(),
        Builder::new().file("b", "2").file("large", &"x".repeat(1 << 20)).done(),
        Builder::new().file(".wh.a", "").file(".wh.large", "").done(),
    ];
    let layers = layers.iter().map(|bytes| blob(&descriptor(bytes, OCI), bytes)).collect();
    let states = States::default();
    read_layers(layers, &states, &options()).unwrap();
    let mut states = states.0.into_inner().unwrap();
    for (_, lines) in &mut states {
        lines.retain(|line| !line.starts_with("large"));
    }
    let state = |number, lines: &[&str]| (number, lines.iter().map(|line| (*line).to_owned()).collect());
    assert_eq!(states, [state(0, &["a 1", "b 1"]), state(1, &["a 1", "b 2"]), state(2, &["b 2"])]);
}
