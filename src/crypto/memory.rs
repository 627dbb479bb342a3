//! Signatures that were found valid, so that asking again costs a hash.
//!
//! One verification asks for some of them twice: `sigstore-verify` builds the certificate chain for each time
//! that a witness gives, and checks the log's promise of inclusion twice. Candidates of one image mostly share
//! the chains of their timestamp authority.
//!
//! Only success is remembered, by SHA-256 of everything that it depends on, and only as long as the
//! [`remembering`] that it happened in.

use std::cell::RefCell;
use std::collections::HashSet;

use sigstore_crypto::SigningScheme;

use crate::digest::Algorithm;
use crate::digest::Digest;
use crate::digest::Hasher;

/// Runs `work`; a signature that this thread finds valid in it is not computed again. One inside another shares
/// what the outer one knows.
pub fn remembering<T>(work: impl FnOnce() -> T) -> T {
    if VALID.with_borrow(Option::is_some) {
        return work();
    }
    VALID.set(Some(HashSet::new()));
    let _forget = Forget;
    work()
}

/// Forgets also when `work` panics.
struct Forget;

impl Drop for Forget {
    fn drop(&mut self) {
        VALID.set(None);
    }
}

/// One public-key operation: everything that its result depends on.
pub(super) struct Operation<'a> {
    pub(super) scheme: SigningScheme,
    pub(super) prehashed: bool,
    pub(super) key: &'a [u8],
    pub(super) data: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl Operation<'_> {
    /// The result of `compute`, which is called unless it has succeeded before.
    pub(super) fn once<E>(&self, compute: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        if self.data.len() > DATA || VALID.with_borrow(Option::is_none) {
            return compute();
        }
        let name = self.name();
        if VALID.with_borrow(|valid| valid.as_ref().is_some_and(|valid| valid.contains(&name))) {
            return Ok(());
        }
        compute()?;
        VALID.with_borrow_mut(|valid| match valid {
            Some(valid) if valid.len() < REMEMBERED => valid.insert(name),
            _ => false,
        });
        Ok(())
    }

    /// Every part with its length before it, so that no two operations are spelled alike.
    fn name(&self) -> Digest {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let kind: &[u8] = if self.prehashed { b"prehashed" } else { b"raw" };
        for part in [self.scheme.name().as_bytes(), kind, self.key, self.data, self.signature] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        hasher.finish()
    }
}

thread_local! {
    static VALID: RefCell<Option<HashSet<Digest>>> = const { RefCell::new(None) };
}

/// Longer data is hashed for the signature only: a certificate or log entry is far shorter, and the file that a
/// signature is over comes once.
const DATA: usize = 64 << 10;

/// Operations of a command over a thousand images; what comes after them is computed each time.
const REMEMBERED: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: Operation<'_> = Operation {
        scheme: SigningScheme::EcdsaP256Sha256,
        prehashed: false,
        key: b"key",
        data: b"data",
        signature: b"signature",
    };

    /// How often `operations` are computed, each with that result.
    fn computed(operations: &[Operation<'_>], result: Result<(), ()>) -> usize {
        let mut count = 0;
        for operation in operations {
            let found = operation.once(|| {
                count += 1;
                result
            });
            assert_eq!(found, result);
        }
        count
    }

    #[test]
    fn success_is_remembered_inside_only() {
        let twice = || computed(&[OPERATION, OPERATION], Ok(()));
        assert_eq!(twice(), 2);
        assert_eq!(remembering(twice), 1);
        assert_eq!(remembering(twice), 1, "forgotten between the two");
        assert_eq!(twice(), 2);
        assert_eq!(remembering(|| (twice(), remembering(twice), twice())), (1, 0, 0));
    }

    #[test]
    fn failure_is_not_remembered() {
        assert_eq!(remembering(|| computed(&[OPERATION, OPERATION], Err(()))), 2);
        assert_eq!(remembering(|| (computed(&[OPERATION], Err(())), computed(&[OPERATION], Ok(())))), (1, 1));
    }

    #[test]
    fn every_part_counts() {
        let others = [
            Operation { scheme: SigningScheme::EcdsaP384Sha256, ..OPERATION },
            Operation { prehashed: true, ..OPERATION },
            Operation { key: b"keY", ..OPERATION },
            Operation { data: b"Data", ..OPERATION },
            Operation { signature: b"signaturE", ..OPERATION },
            Operation { key: b"keyd", data: b"ata", ..OPERATION },
            Operation { data: b"datas", signature: b"ignature", ..OPERATION },
        ];
        for other in others {
            assert_eq!(remembering(|| computed(&[OPERATION, other], Ok(()))), 2);
        }
    }

    #[test]
    fn a_panic_forgets() {
        let panicked = std::panic::catch_unwind(|| {
            remembering(|| {
                assert_eq!(computed(&[OPERATION], Ok(())), 1);
                panic!("as planned")
            })
        });
        assert!(panicked.is_err());
        assert_eq!(computed(&[OPERATION, OPERATION], Ok(())), 2);
    }

    #[test]
    fn long_data_is_computed_each_time() {
        let long = vec![0; DATA + 1];
        let operation = || Operation { data: &long, ..OPERATION };
        assert_eq!(remembering(|| computed(&[operation(), operation()], Ok(()))), 2);
        let operation = || Operation { data: &long[..DATA], ..OPERATION };
        assert_eq!(remembering(|| computed(&[operation(), operation()], Ok(()))), 1);
    }
}
