//! Content digests as the OCI image specification writes them (`sha256:<hex>`).
//!
//! Computes, parses and compares digests, and reads streams that must have one. Knows nothing of
//! what the bytes mean. <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>

use std::fmt;
use std::io;
use std::io::Read;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use sha2::Digest as _;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;

/// A hash algorithm that content may be addressed by.
///
/// SHA-1 and MD5 are left out on purpose: content named by them is not identified.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Algorithm {
    /// SHA-256, the registered algorithm that every registry speaks.
    Sha256,
    /// SHA-384, used by some signatures; not registered for OCI content.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name in front of the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of the hash in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm of that name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// The hash of some bytes, together with its algorithm.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest {
    algorithm: Algorithm,
    /// Left aligned; the rest is zero, so that the derived comparisons are right.
    bytes: [u8; 64],
}

impl Digest {
    /// Hashes `data`.
    #[must_use]
    pub fn of(algorithm: Algorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// Hashes `data` with SHA-256.
    #[must_use]
    pub fn sha256(data: &[u8]) -> Self {
        Self::of(Algorithm::Sha256, data)
    }

    /// Takes an already computed hash; [`DigestError::Length`] if it is not one of `algorithm`.
    ///
    /// # Errors
    /// The number of bytes is not that of the algorithm.
    pub fn from_bytes(algorithm: Algorithm, hash: &[u8]) -> Result<Self, DigestError> {
        if hash.len() != algorithm.size() {
            return Err(DigestError::Length { algorithm: algorithm.name(), found: hash.len() * 2 });
        }
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(hash) {
            *to = *from;
        }
        Ok(Self { algorithm, bytes })
    }

    /// Parses the one canonical spelling: known algorithm, colon, lower-case hex of the right length.
    ///
    /// # Errors
    /// Anything else, told apart by [`DigestError`].
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let (name, digits) = text.split_once(':').ok_or(DigestError::NoAlgorithm)?;
        let algorithm = Algorithm::from_name(name)
            .ok_or_else(|| DigestError::UnknownAlgorithm { found: name.chars().take(32).collect() })?;
        if digits.len() != algorithm.size() * 2 {
            return Err(DigestError::Length { algorithm: algorithm.name(), found: digits.len() });
        }
        if !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(DigestError::NotLowerHex);
        }
        let hash = hex::decode(digits).map_err(|_| DigestError::NotLowerHex)?;
        Self::from_bytes(algorithm, &hash)
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.algorithm.size()).0
    }

    /// The hash in lower-case hex, without the algorithm.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        Self::parse(text)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Hashes bytes as they come.
#[derive(Clone, Debug)]
pub enum Hasher {
    /// SHA-256 state.
    Sha256(Sha256),
    /// SHA-384 state.
    Sha384(Sha384),
    /// SHA-512 state.
    Sha512(Sha512),
}

impl Hasher {
    /// A fresh state.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    /// Absorbs more bytes.
    pub fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(data),
            Self::Sha384(state) => state.update(data),
            Self::Sha512(state) => state.update(data),
        }
    }

    /// The digest of everything absorbed.
    #[must_use]
    pub fn finish(self) -> Digest {
        let mut bytes = [0; 64];
        let mut put = |hash: &[u8]| bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
        let algorithm = match self {
            Self::Sha256(state) => {
                put(&state.finalize());
                Algorithm::Sha256
            }
            Self::Sha384(state) => {
                put(&state.finalize());
                Algorithm::Sha384
            }
            Self::Sha512(state) => {
                put(&state.finalize());
                Algorithm::Sha512
            }
        };
        Digest { algorithm, bytes }
    }
}

/// Hashes a stream to its end with a fixed buffer.
///
/// # Errors
/// The reader fails.
pub fn hash_reader(algorithm: Algorithm, mut reader: impl Read) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; BUFFER];
    let mut total = 0_u64;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finish(), total)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let Some(chunk) = buffer.get(..count) else {
            return Err(io::Error::other("reader returned more bytes than asked for"));
        };
        hasher.update(chunk);
        total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// Passes on exactly the bytes of a descriptor, or fails before the last one is believed.
///
/// At most `size` bytes are read from the inner reader (plus one to see that it ends there), which
/// stops an endless body; the digest is compared before end of file is reported, so a caller that
/// reads to the end without an error has read the right bytes. A refusal stays one: every later read
/// repeats it.
#[derive(Debug)]
pub struct VerifyingReader<R> {
    inner: R,
    state: State,
    expected: Digest,
    remaining: u64,
}

/// How far a [`VerifyingReader`] is. Only [`State::Verified`] answers end of file.
#[derive(Debug)]
enum State {
    /// The inner reader failed where its end should have been: the last bytes were not handed out, so
    /// going on would lose them.
    Broken(io::ErrorKind, String),
    /// Bytes, or the proof that there are no more, are still to come.
    Reading(Hasher),
    /// Refused, for good.
    Refused(ContentError),
    /// All bytes were read, nothing follows them, and they have the digest.
    Verified,
}

impl<R: Read> VerifyingReader<R> {
    /// Expects `size` bytes with the digest `expected`.
    pub fn new(inner: R, expected: Digest, size: u64) -> Self {
        Self { inner, state: State::Reading(Hasher::new(expected.algorithm())), expected, remaining: size }
    }

    fn refuse(&mut self, error: ContentError) -> io::Error {
        self.state = State::Refused(error.clone());
        error.into()
    }

    /// Checks that nothing follows and that the digest is right.
    fn check_end(&mut self) -> io::Result<()> {
        let hasher = match &self.state {
            State::Broken(kind, text) => return Err(io::Error::new(*kind, text.clone())),
            State::Reading(hasher) => hasher,
            State::Refused(error) => return Err(error.clone().into()),
            State::Verified => return Ok(()),
        };
        let mut probe = [0];
        loop {
            match self.inner.read(&mut probe) {
                Ok(0) => break,
                Ok(_) => return Err(self.refuse(ContentError::TooLong)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.state = State::Broken(error.kind(), error.to_string());
                    return Err(error);
                }
            }
        }
        let found = hasher.clone().finish();
        if found != self.expected {
            return Err(self.refuse(ContentError::Digest { expected: self.expected, found }));
        }
        self.state = State::Verified;
        Ok(())
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.remaining == 0 {
            self.check_end()?;
            return Ok(0);
        }
        let hasher = match &mut self.state {
            State::Broken(kind, text) => return Err(io::Error::new(*kind, text.clone())),
            State::Reading(hasher) => hasher,
            State::Refused(error) => return Err(error.clone().into()),
            // Not reached with bytes remaining.
            State::Verified => return Ok(0),
        };
        let most = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(buffer.len()).min(BUFFER);
        let (window, _) = buffer.split_at_mut(most);
        let count = self.inner.read(window)?;
        if count == 0 {
            return Err(self.refuse(ContentError::TooShort { missing: self.remaining }));
        }
        let Some(chunk) = window.get(..count) else {
            return Err(io::Error::other("reader returned more bytes than asked for"));
        };
        hasher.update(chunk);
        self.remaining = self.remaining.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        if self.remaining == 0 {
            // The last bytes are handed out only when all of them are right.
            self.check_end()?;
        }
        Ok(count)
    }
}

/// Why a text is not a digest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// The hex part has the wrong length.
    #[error("{algorithm} digest has {found} hex digits")]
    Length {
        /// The algorithm named.
        algorithm: &'static str,
        /// Hex digits found.
        found: usize,
    },
    /// There is no colon.
    #[error("digest has no algorithm in front of a colon, as in sha256:<hex>")]
    NoAlgorithm,
    /// A character is not one of `0-9a-f`.
    #[error("digest is not written in lower-case hex")]
    NotLowerHex,
    /// Not an algorithm that we accept.
    #[error("digest algorithm {found:?} is not one of sha256, sha384, sha512")]
    UnknownAlgorithm {
        /// What stood there.
        found: String,
    },
}

/// Why content is not what its descriptor promised.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Other bytes than promised.
    #[error("content has digest {found}, expected {expected}")]
    Digest {
        /// The digest promised.
        expected: Digest,
        /// The digest of what was read.
        found: Digest,
    },
    /// More bytes than the declared size.
    #[error("content goes on after its declared size")]
    TooLong,
    /// Fewer bytes than the declared size.
    #[error("content ends {missing} bytes before its declared size")]
    TooShort {
        /// Bytes that did not come.
        missing: u64,
    },
}

impl From<ContentError> for io::Error {
    fn from(error: ContentError) -> Self {
        let kind = match error {
            ContentError::TooShort { .. } => io::ErrorKind::UnexpectedEof,
            ContentError::Digest { .. } | ContentError::TooLong => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// What is copied and hashed at a time: small enough that the hash finds in the first cache what the copy put
/// there, at the price of more system calls. `cargo bench --bench ratios` prints what the copy costs beside sha2
/// alone.
const BUFFER: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn known_answers() {
        // FIPS 180-4 examples for "abc".
        assert_eq!(Digest::sha256(b"abc").to_string(), ABC);
        assert_eq!(
            Digest::of(Algorithm::Sha384, b"abc").hex(),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        );
        assert_eq!(
            Digest::of(Algorithm::Sha512, b"abc").hex(),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
    }

    #[test]
    fn parses_only_the_canonical_spelling() {
        assert_eq!(Digest::parse(ABC).unwrap().to_string(), ABC);
        let upper = format!("sha256:{}", ABC.split_at(7).1.to_uppercase());
        assert_eq!(Digest::parse(&upper), Err(DigestError::NotLowerHex));
        assert_eq!(Digest::parse(""), Err(DigestError::NoAlgorithm));
        assert_eq!(Digest::parse("sha256"), Err(DigestError::NoAlgorithm));
        assert!(matches!(Digest::parse("sha256:"), Err(DigestError::Length { found: 0, .. })));
        assert!(matches!(Digest::parse(&format!("{ABC}0")), Err(DigestError::Length { found: 65, .. })));
        assert!(matches!(Digest::parse("md5:00"), Err(DigestError::UnknownAlgorithm { .. })));
        assert!(matches!(
            Digest::parse(&format!("sha512:{}", ABC.split_at(7).1)),
            Err(DigestError::Length { .. })
        ));
    }

    #[test]
    fn reader_gives_the_right_bytes() {
        let mut out = Vec::new();
        let digest = Digest::sha256(b"abc");
        VerifyingReader::new(&b"abc"[..], digest, 3).read_to_end(&mut out).unwrap();
        assert_eq!(out, b"abc");
    }

    fn read_error(data: &[u8], digest: Digest, size: u64) -> ContentError {
        let error = VerifyingReader::new(data, digest, size).read_to_end(&mut Vec::new()).unwrap_err();
        error.into_inner().unwrap().downcast_ref::<ContentError>().unwrap().clone()
    }

    #[test]
    fn reader_refuses_other_bytes() {
        let digest = Digest::sha256(b"abc");
        assert!(matches!(read_error(b"abd", digest, 3), ContentError::Digest { .. }));
        assert_eq!(read_error(b"ab", digest, 3), ContentError::TooShort { missing: 1 });
        assert_eq!(read_error(b"abcd", digest, 3), ContentError::TooLong);
        assert!(matches!(read_error(b"", digest, 0), ContentError::Digest { .. }));
    }

    #[test]
    fn reader_stops_at_the_declared_size() {
        let mut endless = VerifyingReader::new(io::repeat(0), Digest::sha256(b""), 4096);
        assert!(endless.read_to_end(&mut Vec::new()).is_err());
    }

    /// Answers reads from a script: bytes, or an error of that kind; then end of file.
    struct Script(Vec<Result<&'static [u8], io::ErrorKind>>);

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let bytes = self.0.remove(0).map_err(io::Error::from)?;
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    fn content_error(result: io::Result<usize>) -> ContentError {
        let error = result.unwrap_err().into_inner().unwrap();
        error.downcast_ref::<ContentError>().unwrap().clone()
    }

    #[test]
    fn a_refusal_is_repeated() {
        let abc = Digest::sha256(b"abc");
        let cases: [(&[u8], u64); 4] = [(b"abd", 3), (b"ab", 3), (b"abcd", 3), (b"", 0)];
        for (data, size) in cases {
            let mut reader = VerifyingReader::new(data, abc, size);
            let mut buffer = [0; 8];
            let mut result = reader.read(&mut buffer);
            while result.is_ok() {
                assert_ne!(result.unwrap(), 0, "end of file of {data:?}");
                result = reader.read(&mut buffer);
            }
            let first = content_error(result);
            assert_eq!(content_error(reader.read(&mut buffer)), first);
            assert_eq!(content_error(reader.read(&mut buffer)), first);
        }
    }

    #[test]
    fn an_interrupted_probe_is_asked_again() {
        use io::ErrorKind::Interrupted;
        let abc = Digest::sha256(b"abc");
        let script = || Script(vec![Ok(b"abd"), Err(Interrupted), Err(Interrupted)]);
        let mut reader = VerifyingReader::new(script(), abc, 3);
        assert!(matches!(content_error(reader.read(&mut [0; 8])), ContentError::Digest { .. }));
        let mut right = VerifyingReader::new(script(), Digest::sha256(b"abd"), 3);
        assert_eq!(right.read(&mut [0; 8]).unwrap(), 3);
        let longer = Script(vec![Ok(b"abc"), Err(Interrupted), Ok(b"d")]);
        let mut reader = VerifyingReader::new(longer, abc, 3);
        assert_eq!(content_error(reader.read(&mut [0; 8])), ContentError::TooLong);
    }

    #[test]
    fn a_failed_probe_is_not_the_end() {
        use io::ErrorKind::ConnectionReset;
        // The bytes are right and the inner reader recovers, but the caller never got them.
        let script = Script(vec![Ok(b"abc"), Err(ConnectionReset)]);
        let mut reader = VerifyingReader::new(script, Digest::sha256(b"abc"), 3);
        for _ in 0..3 {
            assert_eq!(reader.read(&mut [0; 8]).unwrap_err().kind(), ConnectionReset);
        }
    }

    #[test]
    fn end_of_file_is_repeated_once_verified() {
        let mut reader = VerifyingReader::new(&b"abc"[..], Digest::sha256(b"abc"), 3);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 3);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn hash_reader_counts() {
        let (digest, size) = hash_reader(Algorithm::Sha256, &b"abc"[..]).unwrap();
        assert_eq!((digest.to_string().as_str(), size), (ABC, 3));
    }
}
