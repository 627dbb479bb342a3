//! Writes archives for tests.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A ZIP archive, by hand: it may say what a well-behaved writer would not.
#[derive(Default)]
pub(super) struct Jar {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Jar {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds an entry that is not compressed.
    pub(super) fn stored(self, path: &str, content: &[u8]) -> Self {
        self.stored_raw(path.as_bytes(), content)
    }

    /// The same with any name.
    pub(super) fn stored_raw(self, path: &[u8], content: &[u8]) -> Self {
        self.entry(path, content, content.len(), 0)
    }

    /// Adds an entry that is deflated.
    pub(super) fn deflated(self, path: &str, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        self.entry(path.as_bytes(), &encoder.finish().unwrap(), content.len(), 8)
    }

    /// Adds an entry that says to be compressed by `method`.
    pub(super) fn with_method(self, path: &str, content: &[u8], method: u16) -> Self {
        self.entry(path.as_bytes(), content, content.len(), method)
    }

    fn entry(mut self, path: &[u8], data: &[u8], size: usize, method: u16) -> Self {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let mut common = vec![20, 0, 0, 0];
        common.extend(method.to_le_bytes());
        common.extend([0; 8]);
        for length in [data.len(), size] {
            common.extend(u32::try_from(length).unwrap().to_le_bytes());
        }
        common.extend(u16::try_from(path.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(path);
        self.bytes.extend(data);
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&common);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(path);
        self.count += 1;
        self
    }

    /// The archive.
    pub(super) fn finish(self) -> Vec<u8> {
        let Self { mut bytes, directory, count } = self;
        let offset = u32::try_from(bytes.len()).unwrap();
        let size = u32::try_from(directory.len()).unwrap();
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(count.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }
}
