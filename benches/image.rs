//! One gzip layer of many small files and some large ones: verified, inflated and walked, with nothing kept.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must stop")]
#![allow(missing_docs, reason = "criterion makes a public function")]

use std::hint::black_box;
use std::io;
use std::io::Cursor;
use std::io::Read;
use std::io::Write;
use std::num::NonZeroUsize;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use flate2::Compression;
use flate2::write::GzEncoder;
use portcullis::digest::Digest;
use portcullis::image::Examiner;
use portcullis::image::Exclude;
use portcullis::image::FileHeader;
use portcullis::image::Layer;
use portcullis::image::Options;
use portcullis::image::Watch;
use portcullis::image::read_layers;
use portcullis::oci::Descriptor;

struct Nothing;

impl Examiner for Nothing {
    type Kept = ();

    fn examine(&self, _: &FileHeader<'_>, _: &mut dyn Read) -> io::Result<Option<()>> {
        Ok(None)
    }
}

/// Text that compresses as that of packages does, to about a third.
fn text(seed: &mut u32, length: usize) -> Vec<u8> {
    const WORDS: [&str; 8] =
        ["package", "Version:", "depends", "libc6", "\n", "usr/share/doc", "0x", "license"];
    let mut bytes = Vec::with_capacity(length + 32);
    while bytes.len() < length {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = WORDS[usize::try_from(*seed >> 29).unwrap()];
        bytes.extend_from_slice(word.as_bytes());
        bytes.extend_from_slice(format!("{:x} ", *seed >> 16).as_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn layer() -> Vec<u8> {
    let mut seed = 1;
    let mut archive = tar::Builder::new(Vec::new());
    for number in 0..4000_usize {
        let content = text(&mut seed, if number % 200 == 0 { 2_000_000 } else { 4000 });
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into().unwrap());
        header.set_mode(0o644);
        let path = format!("usr/lib/d{:03}/file-{number}", number % 97);
        archive.append_data(&mut header, path, &content[..]).unwrap();
    }
    archive.into_inner().unwrap()
}

fn bench(criterion: &mut Criterion) {
    let plain = layer();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let json = serde_json::json!({
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "digest": Digest::sha256(&gzip), "size": gzip.len(),
    });
    let descriptor: Descriptor = serde_json::from_value(json).unwrap();
    let mut group = criterion.benchmark_group("image");
    group.throughput(Throughput::Bytes(plain.len().try_into().unwrap())).sample_size(10);
    for threads in [1, 2] {
        let (exclude, watch) = (Exclude::default(), Watch::default());
        let options = Options { threads: NonZeroUsize::new(threads).unwrap(), exclude, watch };
        group.bench_function(format!("layer, {threads} threads"), |bencher| {
            bencher.iter(|| {
                let bytes = gzip.clone();
                let open = Box::new(move || -> io::Result<Box<dyn Read + Send>> {
                    Ok(Box::new(Cursor::new(bytes)))
                });
                black_box(read_layers(vec![Layer::of_blob(&descriptor, open)], &Nothing, &options).unwrap())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
