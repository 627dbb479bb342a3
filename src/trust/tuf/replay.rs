//! Repositories and stores in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use sigstore_tuf::MetadataStore;
use sigstore_tuf::Repository;
use sigstore_tuf::transport::FetchFuture;

/// Files that several owners write to and one takes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Shared(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Shared {
    pub(in super::super) fn put(&self, name: &str, bytes: &[u8]) {
        // A thread that panicked in between left whole entries.
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.to_owned(), bytes.to_vec());
    }

    pub(super) fn take(&self) -> BTreeMap<String, Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl MetadataStore for Shared {
    fn load(&self, name: &str) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn store(&self, name: &str, bytes: &[u8]) -> sigstore_tuf::Result<()> {
        self.put(name, bytes);
        Ok(())
    }
}

/// Answers with what was recorded, and notes what was asked for.
#[derive(Debug)]
pub(super) struct Replay {
    files: BTreeMap<String, Vec<u8>>,
    used: Shared,
}

impl Replay {
    pub(super) fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files, used: Shared::default() }
    }

    /// Will hold the answers that were given.
    pub(super) fn used(&self) -> Shared {
        self.used.clone()
    }

    fn answer(&self, name: &str, max_length: u64) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        let Some(bytes) = self.files.get(name) else { return Ok(None) };
        if u64::try_from(bytes.len()).is_ok_and(|length| length > max_length) {
            return Err(sigstore_tuf::Error::IntegrityMismatch(format!(
                "{name} is longer than {max_length}"
            )));
        }
        self.used.put(name, bytes);
        Ok(Some(bytes.clone()))
    }
}

impl Repository for Replay {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(async move { self.answer(name, max_length) })
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(async move { self.answer(&format!("targets/{path}"), max_length) })
    }
}
