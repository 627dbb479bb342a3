//! The time of signing is not proven, or outside of a validity.

use jiff::SignedDuration;
use serde_json::json;

use super::changed;
use super::refused;
use crate::support::authority::Authority;
use crate::support::authority::EntryKind;
use crate::support::authority::Hash;
use crate::support::authority::Tsa;
use crate::support::authority::Window;
use crate::support::authority::at;
use crate::support::authority::ca;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::attestation;
use crate::support::authority::cases::blob;
use crate::support::authority::cases::demo_image;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    integrated_time_tampered,
    integrated_time_backdated,
    logged_late,
    logged_early,
    no_signed_time,
    integrated_time_unpromised,
    rekor2_no_tsa,
    rekor2_foreign_tsa,
    rekor2_integrated_time,
    tsa_outside_leaf,
    tsa_outside_leaf_unasked,
    tsa_before_leaf,
    tsa_outside_window,
    tsa_one_outside_leaf,
    tsa_one_inside_last,
    tsa_bag,
    tsa_other_signature,
    tsa_duplicate,
    tsa_33,
    tsa_purpose,
    tsa_garbage,
    tsa_not_granted,
];

fn hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

fn integrated_time_tampered(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries[0].integrated_time = Some(a.time.as_second() + 1)
    });
    refused(
        "time-integrated-tampered",
        "TOB-SIGSTORE-2: integratedTime is covered by the promise",
        a,
        evidence,
    )
}

fn integrated_time_backdated(a: &Authority) -> Case {
    let mut request = a.keyless(blob());
    request.time = a.time + hour();
    let evidence =
        changed(a, &request, |signed| signed.entries[0].integrated_time = Some(a.time.as_second() + 60));
    refused("time-integrated-backdated", "signed with a stolen key after expiry, dated back", a, evidence)
}

fn logged_late(a: &Authority) -> Case {
    let mut request = a.keyless(blob());
    request.time = a.time + hour();
    refused("time-logged-late", "logged after the leaf expired", a, changed(a, &request, |_| {}))
}

fn logged_early(a: &Authority) -> Case {
    let mut request = a.keyless(blob());
    request.time = a.time - hour();
    refused("time-logged-early", "logged before the leaf was valid", a, changed(a, &request, |_| {}))
}

fn no_signed_time(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.entries[0].promise = None;
        signed.entries[0].integrated_time = None;
    });
    refused("time-none", "included in the log, but at no signed time", a, evidence)
}

fn integrated_time_unpromised(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.entries[0].promise = None);
    refused("time-integrated-unpromised", "sigstore-go #51: integratedTime without a promise", a, evidence)
}

fn rekor2_no_tsa(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002);
    refused("time-rekor2-no-tsa", "Rekor v2 gives no time", a, changed(a, &request, |_| {}))
        .signed_timestamps()
}

fn foreign_tsa(a: &Authority) -> Tsa {
    Tsa::new("somebody else", a.tsa.window, a.tsa.window)
}

fn rekor2_foreign_tsa(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002);
    let evidence = changed(a, &request, |signed| {
        signed.timestamps.push(foreign_tsa(a).stamp(&signed.signature, a.time));
    });
    refused("time-rekor2-foreign-tsa", "the time of an unknown authority", a, evidence).signed_timestamps()
}

fn rekor2_integrated_time(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002);
    let evidence =
        changed(a, &request, |signed| signed.entries[0].integrated_time = Some(a.time.as_second()));
    refused("time-rekor2-integrated", "a time that Rekor v2 never signs", a, evidence)
}

fn tsa_outside_leaf(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time + hour());
    refused("time-tsa-outside-leaf", "stamped after the leaf expired", a, changed(a, &request, |_| {}))
        .signed_timestamps()
}

fn tsa_outside_leaf_unasked(a: &Authority) -> Case {
    let request = a.keyless(attestation(&demo_image())).timestamped(a.time + hour());
    let shows = "stamped after the leaf expired, with a good time in the log (conformance: intoto-tsa-timestamp-outside-cert-validity)";
    refused("time-tsa-outside-leaf-unasked", shows, a, changed(a, &request, |_| {}))
}

fn tsa_before_leaf(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time - hour());
    refused("time-tsa-before-leaf", "stamped before the leaf was valid", a, changed(a, &request, |_| {}))
        .signed_timestamps()
}

fn tsa_outside_window(a: &Authority) -> Case {
    let mut root = a.trusted_root_value();
    root["timestampAuthorities"][0]["validFor"]["end"] = json!(at("2025-01-01T00:00:00Z").to_string());
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    let shows = "TOB-SIGSTORE-11, GHSA-wqqc-jjcq-vfxm: stamped after the authority's time";
    refused("time-tsa-outside-window", shows, a, changed(a, &request, |_| {}))
        .with_root(&root)
        .signed_timestamps()
}

fn tsa_one_outside_leaf(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time).timestamped(a.time + hour());
    refused(
        "time-tsa-second-outside",
        "TOB-SIGSTORE-3: only the first of two times is inside",
        a,
        changed(a, &request, |_| {}),
    )
    .signed_timestamps()
}

fn tsa_one_inside_last(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time + hour()).timestamped(a.time);
    refused(
        "time-tsa-first-outside",
        "TOB-SIGSTORE-3: only the second of two times is inside",
        a,
        changed(a, &request, |_| {}),
    )
    .signed_timestamps()
}

fn tsa_bag(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002);
    let evidence = changed(a, &request, |signed| {
        let forger = foreign_tsa(a);
        let digest = Hash::Sha256.digest(&signed.signature);
        let bag = [a.tsa.leaf.as_slice(), &forger.leaf];
        signed.timestamps.push(forger.respond(&digest, None, a.time, &bag));
    });
    let shows = "CVE-2026-39984: a forged token with the genuine authority's certificate first in its bag";
    refused("time-tsa-bag", shows, a, evidence).signed_timestamps()
}

fn tsa_other_signature(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002);
    let evidence = changed(a, &request, |signed| {
        signed.timestamps.push(a.tsa.stamp(b"another signature", a.time));
    });
    refused("time-tsa-other-signature", "a genuine token over another signature", a, evidence)
        .signed_timestamps()
}

fn tsa_duplicate(a: &Authority) -> Case {
    let request = a.keyless(blob()).timestamped(a.time).timestamped(a.time);
    refused(
        "time-tsa-duplicate",
        "sigstore-go #471: one token counted twice",
        a,
        changed(a, &request, |_| {}),
    )
    .signed_timestamps()
}

fn tsa_33(a: &Authority) -> Case {
    let mut request = a.keyless(blob());
    request.timestamps = (0..33).map(|second| a.time + SignedDuration::from_secs(second)).collect();
    refused(
        "time-tsa-33",
        "GHSA-cq38-jh5f-37mq: more tokens than sigstore-go allows",
        a,
        changed(a, &request, |_| {}),
    )
    .signed_timestamps()
}

fn tsa_purpose(a: &Authority) -> Case {
    let window = Window::new(a.start, at("2034-01-01T00:00:00Z"));
    let tsa = Tsa::with_purpose("wrong purpose", ca::CODE_SIGNING, window, window);
    let a = Authority { tsa, ..Authority::default() };
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    let shows = "the authority's certificate is not for time stamping";
    refused("time-tsa-purpose", shows, &a, changed(&a, &request, |_| {})).signed_timestamps()
}

fn tsa_garbage(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.timestamps.push(b"not a token".to_vec()));
    refused("time-tsa-garbage", "bytes that are no token", a, evidence).signed_timestamps()
}

fn tsa_not_granted(a: &Authority) -> Case {
    let request = a.keyless(blob()).entry(EntryKind::HashedRekord002).timestamped(a.time);
    let evidence = changed(a, &request, |signed| {
        // PKIStatusInfo { status granted(0) } is the first element: 30 03 02 01 00.
        let token = &mut signed.timestamps[0];
        let at = token.windows(5).position(|bytes| bytes == [0x30, 3, 2, 1, 0]).expect("a status");
        token[at + 4] = 2;
    });
    refused("time-tsa-rejected", "a response whose status is rejection", a, evidence).signed_timestamps()
}
