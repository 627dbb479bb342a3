//! Ratios that criterion does not compute, each from one run: what the library costs beside the operations
//! that it cannot avoid. Prints a table of least times of many rounds; run it on an idle machine.
//!
//! The public-key operations of a verification are recorded in a process of its own by a provider that
//! writes them down (and believes everything), and replayed here through the provider under test.

mod support;

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Read;
use std::io::Write;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use portcullis::digest::Algorithm;
use portcullis::digest::Digest;
use portcullis::digest::Hasher;
use portcullis::digest::VerifyingReader;
use portcullis::digest::hash_reader;
use sha2::Digest as _;
use sha2::Sha256;
use sigstore_crypto::CryptoProvider;
use sigstore_crypto::HashContext;
use sigstore_crypto::SigningScheme;

use self::support::inputs;
use self::support::inputs::Input;

/// One call of a provider.
#[derive(Clone, Debug)]
struct Operation {
    scheme: SigningScheme,
    prehashed: bool,
    key: Vec<u8>,
    data: Vec<u8>,
    signature: Vec<u8>,
}

impl Operation {
    fn run(&self, provider: &dyn CryptoProvider) {
        let Self { scheme, key, data, signature, .. } = self;
        let valid = if self.prehashed {
            provider.verify_prehashed(*scheme, key, data, signature)
        } else {
            provider.verify_raw(*scheme, key, data, signature)
        };
        valid.expect("it was valid when it was recorded");
    }
}

/// Writes every operation down.
#[derive(Debug)]
struct Recorder(Mutex<Vec<Operation>>);

static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));

impl Recorder {
    fn record(&self, scheme: SigningScheme, prehashed: bool, key: &[u8], data: &[u8], signature: &[u8]) {
        let (key, data, signature) = (key.to_vec(), data.to_vec(), signature.to_vec());
        let operation = Operation { scheme, prehashed, key, data, signature };
        self.0.lock().expect("no panic").push(operation);
    }
}

struct Hash(Hasher);

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_bytes().to_vec()
    }
}

impl CryptoProvider for Recorder {
    fn hash(
        &self,
        algorithm: sigstore_types::HashAlgorithm,
    ) -> sigstore_crypto::Result<Box<dyn HashContext>> {
        let algorithm = match algorithm {
            sigstore_types::HashAlgorithm::Sha2384 => Algorithm::Sha384,
            sigstore_types::HashAlgorithm::Sha2512 => Algorithm::Sha512,
            _ => Algorithm::Sha256,
        };
        Ok(Box::new(Hash(Hasher::new(algorithm))))
    }

    fn verify_raw(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        data: &[u8],
        signature: &[u8],
    ) -> sigstore_crypto::Result<()> {
        self.record(scheme, false, key, data, signature);
        Ok(())
    }

    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        key: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> sigstore_crypto::Result<()> {
        self.record(scheme, true, key, digest, signature);
        Ok(())
    }
}

/// In the child: verifies each input once and prints its operations, one a line.
fn record() {
    assert!(sigstore_crypto::install_default_provider(&RECORDER).is_ok(), "the first to be installed");
    let mut text = String::new();
    for (index, input) in inputs::all().iter().enumerate() {
        RECORDER.0.lock().expect("no panic").clear();
        input.verify();
        for Operation { scheme, prehashed, key, data, signature } in
            RECORDER.0.lock().expect("no panic").iter()
        {
            let [key, data, signature] = [key, data, signature].map(hex::encode);
            let scheme = SCHEMES.iter().position(|known| known == scheme).expect("a scheme of the inputs");
            writeln!(text, "{index} {scheme} {prehashed} {key} {data} {signature}").expect("a string");
        }
    }
    std::io::stdout().write_all(text.as_bytes()).expect("a pipe");
}

/// The operations of each input, recorded by a child.
fn operations(count: usize) -> Vec<Vec<Operation>> {
    let own = std::env::current_exe().expect("a path");
    let child = Command::new(own).env(RECORD, "1").output().expect("a child");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let text = String::from_utf8(child.stdout).expect("text");
    let mut all = vec![Vec::new(); count];
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [index, scheme, prehashed, key, data, signature] = fields.as_slice() else {
            panic!("six fields: {line}")
        };
        let [key, data, signature] = [key, data, signature].map(|field| hex::decode(field).expect("hex"));
        all[index.parse::<usize>().expect("a number")].push(Operation {
            scheme: SCHEMES[scheme.parse::<usize>().expect("a number")],
            prehashed: *prehashed == "true",
            key,
            data,
            signature,
        });
    }
    all
}

/// The least times of two things, measured in turn, so that a slow moment hits both.
fn least<const N: usize>(rounds: usize, mut things: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    for _ in 0..rounds {
        for (least, thing) in least.iter_mut().zip(&mut things) {
            let start = Instant::now();
            thing();
            *least = start.elapsed().min(*least);
        }
    }
    least
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// What hashing a stream costs beside sha2 on the same bytes; the bar is 1.10.
fn digest(table: &mut String) -> std::fmt::Result {
    for (name, size, rounds) in [("1 MiB", 1_usize << 20, 200), ("256 MiB", 256 << 20, 5)] {
        let data: Vec<u8> = (0..size).map(|at| at.wrapping_mul(0x9E37_79B9).to_le_bytes()[3]).collect();
        let expected = Digest::sha256(&data);
        let length = u64::try_from(size).expect("64 bits");
        let mut buffer = vec![0; 64 * 1024];
        let [raw, reader, verifying] = least(
            rounds,
            [
                &mut || {
                    black_box(Sha256::digest(black_box(&data)));
                },
                &mut || drop(black_box(hash_reader(Algorithm::Sha256, black_box(data.as_slice())))),
                &mut || {
                    let mut reader = VerifyingReader::new(black_box(data.as_slice()), expected, length);
                    while reader.read(&mut buffer).expect("the right bytes") != 0 {}
                },
            ],
        );
        writeln!(table, "digest {name}: sha2 {raw:?}")?;
        writeln!(table, "  hash_reader {reader:?}, {:.3}x (bar 1.10)", ratio(reader, raw))?;
        writeln!(table, "  VerifyingReader {verifying:?}, {:.3}x (bar 1.10)", ratio(verifying, raw))?;
    }
    Ok(())
}

/// What one verification costs beside its public-key operations; the bar is 1.3.
fn verify(table: &mut String, inputs: &[Input]) -> std::fmt::Result {
    let provider = sigstore_crypto::try_default_provider().expect("installed");
    for (input, operations) in inputs.iter().zip(operations(inputs.len())) {
        let [whole, keys] = least(
            3000,
            [&mut || input.verify(), &mut || operations.iter().for_each(|operation| operation.run(provider))],
        );
        let count = operations.len();
        writeln!(
            table,
            "verify {}: {whole:?}; its {count} public-key operations {keys:?}; {:.2}x (bar 1.30)",
            input.kind,
            ratio(whole, keys)
        )?;
    }
    Ok(())
}

/// What more cores bring; the bar is 1.8 for two.
fn batch(table: &mut String, inputs: &[Input]) -> std::fmt::Result {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let [one, all] =
        least(15, [&mut || inputs::batch(inputs, 1000, 1), &mut || inputs::batch(inputs, 1000, cores)]);
    writeln!(
        table,
        "1000 bundles: one core {one:?}, {cores} cores {all:?}, {:.2}x (bar 1.80 on 2)",
        ratio(one, all)
    )
}

#[expect(clippy::disallowed_methods, reason = "a child is told by the environment what it is")]
fn main() {
    if std::env::var_os(RECORD).is_some() {
        return record();
    }
    let mut table = format!("provider {}\n", inputs::install());
    let inputs = inputs::all();
    digest(&mut table).expect("a string");
    verify(&mut table, &inputs).expect("a string");
    batch(&mut table, &inputs).expect("a string");
    std::io::stdout().write_all(table.as_bytes()).expect("stdout");
}

/// Tells the child what it is.
const RECORD: &str = "PORTCULLIS_BENCH_RECORD";

/// The schemes that the inputs may use: the logs and authorities of the test authority included.
const SCHEMES: [SigningScheme; 8] = [
    SigningScheme::Ed25519,
    SigningScheme::RsaPkcs1Sha256,
    SigningScheme::RsaPkcs1Sha384,
    SigningScheme::RsaPkcs1Sha512,
    SigningScheme::EcdsaP256Sha256,
    SigningScheme::EcdsaP256Sha384,
    SigningScheme::EcdsaP384Sha256,
    SigningScheme::EcdsaP384Sha384,
];
