//! What hashing a stream costs beside sha2 on the same buffer.

use std::hint::black_box;
use std::io;
use std::io::Read;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use sha2::Digest as _;
use sha2::Sha256;

use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::digest::VerifyingReader;
use portcullis::digest::hash_reader;

/// Bytes that no hash implementation can take a short way with.
fn content(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn digest(criterion: &mut Criterion) {
    for (name, size) in [("1MiB", 1 << 20), ("256MiB", 256 << 20)] {
        let data = content(size);
        let expected = Digest::sha256(&data);
        let length = u64::try_from(size).unwrap_or(u64::MAX);
        let mut group = criterion.benchmark_group("digest");
        group.throughput(Throughput::Bytes(length)).sample_size(if size > 1 << 24 { 10 } else { 100 });
        group.bench_with_input(BenchmarkId::new("sha2", name), &data, |bencher, data| {
            bencher.iter(|| Sha256::digest(black_box(data)));
        });
        group.bench_with_input(BenchmarkId::new("hash_reader", name), &data, |bencher, data| {
            bencher.iter(|| hash_reader(Algorithm::Sha256, black_box(data.as_slice())));
        });
        group.bench_with_input(BenchmarkId::new("VerifyingReader", name), &data, |bencher, data| {
            bencher.iter(|| drain(VerifyingReader::new(black_box(data.as_slice()), expected, length)));
        });
        group.finish();
    }
}

/// Reads to the end with the buffer size that the sources use.
fn drain(mut reader: impl Read) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    while reader.read(&mut buffer)? != 0 {}
    Ok(())
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    digest(&mut criterion);
    criterion.final_summary();
}
