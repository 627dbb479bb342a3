//! Managed keys: another key, another key's log entry, a key where a certificate is asked for.

use super::changed;
use super::refused;
use crate::support::authority::Authority;
use crate::support::authority::EntryKind;
use crate::support::authority::Key;
use crate::support::authority::KeyKind;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::attestation;
use crate::support::authority::cases::blob;
use crate::support::authority::cases::demo_image;
use crate::support::authority::cases::other_image;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    other_key,
    other_kind,
    entry_of_other_key,
    entry_of_other_image,
    rekor2_entry_of_other_key,
    unlogged,
    instead_of_certificate,
    certificate_instead_of_key,
];

fn managed(a: &Authority) -> Key {
    a.managed_key(KeyKind::P256)
}

fn other_key(a: &Authority) -> Case {
    let other = Key::new(KeyKind::P256, "somebody else", "managed");
    let evidence = changed(a, &a.managed(KeyKind::P256, blob()), |_| {});
    refused("key-other", "signed with another key", a, evidence).with_key(&other)
}

fn other_kind(a: &Authority) -> Case {
    let evidence = changed(a, &a.managed(KeyKind::P256, blob()), |_| {});
    refused("key-other-kind", "checked with an RSA key", a, evidence)
        .with_key(&a.managed_key(KeyKind::Rsa2048))
}

fn entry_of_other_key(a: &Authority) -> Case {
    let mut other = a.managed(KeyKind::P256, blob());
    other.signer =
        crate::support::authority::Signer::Managed(Key::new(KeyKind::P256, "somebody else", "managed"));
    let entries = a.sign(&other).entries;
    let evidence = changed(a, &a.managed(KeyKind::P256, blob()), |signed| signed.entries = entries);
    refused("key-entry-other-key", "logged by another key over the same artifact", a, evidence)
        .with_key(&managed(a))
}

fn entry_of_other_image(a: &Authority) -> Case {
    let entries = a.sign(&a.managed(KeyKind::P256, attestation(&other_image()))).entries;
    let request = a.managed(KeyKind::P256, attestation(&demo_image()));
    let evidence = changed(a, &request, |signed| signed.entries = entries);
    refused("key-entry-other-image", "GHSA-whqx-f9j3-ch6m, with a managed key", a, evidence)
        .with_key(&managed(a))
}

fn rekor2_entry_of_other_key(a: &Authority) -> Case {
    let kind = EntryKind::HashedRekord002;
    let mut other = a.managed(KeyKind::P256, blob()).entry(kind);
    other.signer =
        crate::support::authority::Signer::Managed(Key::new(KeyKind::P256, "somebody else", "managed"));
    let entries = a.sign(&other).entries;
    let request = a.managed(KeyKind::P256, blob()).entry(kind).timestamped(a.time);
    let evidence = changed(a, &request, |signed| signed.entries = entries);
    refused("key-rekor2-entry-other-key", "logged in Rekor v2 by another key", a, evidence)
        .with_key(&managed(a))
        .signed_timestamps()
}

fn unlogged(a: &Authority) -> Case {
    let evidence = changed(a, &a.managed(KeyKind::P256, blob()).unlogged(), |_| {});
    refused("key-unlogged", "never logged, and nobody asked to ignore that", a, evidence)
        .with_key(&managed(a))
}

fn instead_of_certificate(a: &Authority) -> Case {
    let evidence = changed(a, &a.managed(KeyKind::P256, blob()), |_| {});
    refused("key-instead-of-identity", "an identity is asked for, a bare key signed", a, evidence)
}

fn certificate_instead_of_key(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |_| {});
    refused("key-asked-certificate-given", "a key is asked for, a certificate signed", a, evidence)
        .with_key(&managed(a))
}
