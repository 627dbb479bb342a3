//! The certificate is not one that Fulcio would vouch for, or not of this signer.

use serde_json::json;

use super::changed;
use super::harmless;
use super::refused;
use super::rewritten;
use crate::support::authority::Authority;
use crate::support::authority::Ca;
use crate::support::authority::CtLog;
use crate::support::authority::Key;
use crate::support::authority::KeyKind;
use crate::support::authority::Leaf;
use crate::support::authority::Sct;
use crate::support::authority::Version;
use crate::support::authority::Window;
use crate::support::authority::at;
use crate::support::authority::ca;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::CaseSigner;
use crate::support::authority::cases::Make;
use crate::support::authority::cases::blob;

/// Every constructor of this file.
pub const ALL: &[Make] = &[
    expired_intermediate,
    expired_intermediate_v02,
    expired_root,
    authority_window,
    sct_other,
    sct_none,
    sct_unknown_log,
    sct_window,
    purpose,
    purpose_tls_root,
    leaf_is_ca,
    ca_as_leaf,
    foreign_ca,
    foreign_ca_in_chain,
    other_leaf,
    identity_other,
    identity_prefix,
    issuer_other,
    v03_chain,
    garbage,
    absent,
];

fn good(a: &Authority) -> super::Evidence {
    changed(a, &a.keyless(blob()), |_| {})
}

fn with_intermediate_until(end: &str) -> Authority {
    let a = Authority::default();
    let years = Window::new(a.start, at("2034-01-01T00:00:00Z"));
    Authority { ca: Ca::new("default", years, Window::new(a.start, at(end))), ..a }
}

const EXPIRED: &str = "CVE-2026-24122: a valid leaf under an intermediate that had expired";

fn expired_intermediate(_: &Authority) -> Case {
    let a = with_intermediate_until("2025-02-01T00:00:00Z");
    refused("certificate-expired-intermediate", EXPIRED, &a, good(&a))
}

fn expired_intermediate_v02(_: &Authority) -> Case {
    let a = with_intermediate_until("2025-02-01T00:00:00Z");
    let evidence = changed(&a, &a.keyless(blob()).version(Version::V02), |_| {});
    refused("certificate-expired-intermediate-v02", EXPIRED, &a, evidence)
}

fn expired_root(a: &Authority) -> Case {
    let (short, years) =
        (Window::new(a.start, at("2025-02-01T00:00:00Z")), Window::new(a.start, at("2034-01-01T00:00:00Z")));
    let a = Authority { ca: Ca::new("default", short, years), ..Authority::default() };
    refused("certificate-expired-root", "a valid leaf under a root that had expired", &a, good(&a))
}

fn authority_window(a: &Authority) -> Case {
    let mut root = a.trusted_root_value();
    root["certificateAuthorities"][0]["validFor"]["end"] = json!(at("2025-01-01T00:00:00Z").to_string());
    refused("certificate-authority-window", "issued after the trusted root retired the authority", a, good(a))
        .with_root(&root)
}

fn sct_other(a: &Authority) -> Case {
    // The log saw a harmless certificate; its SCT is then put into this one.
    let seen = a.sign(&a.keyless(blob()).leaf(harmless)).leaf.expect("a leaf");
    let request = a.keyless(blob()).leaf(|leaf| leaf.sct = Sct::Of(ca::tbs(&seen)));
    refused("certificate-sct-other", "the SCT of another certificate", a, changed(a, &request, |_| {}))
}

fn sct_none(a: &Authority) -> Case {
    let request = a.keyless(blob()).leaf(|leaf| leaf.sct = Sct::None);
    refused("certificate-sct-none", "a certificate that no CT log saw", a, changed(a, &request, |_| {}))
}

fn sct_unknown_log(a: &Authority) -> Case {
    let root = a.trusted_root_value();
    let a = Authority { ct: CtLog::new("somebody else"), ..Authority::default() };
    refused("certificate-sct-unknown-log", "the SCT of an unknown log", &a, good(&a)).with_root(&root)
}

fn sct_window(a: &Authority) -> Case {
    let mut root = a.trusted_root_value();
    root["ctlogs"][0]["publicKey"]["validFor"]["end"] = json!(at("2025-01-01T00:00:00Z").to_string());
    refused("certificate-sct-window", "an SCT made after the CT log's key was retired", a, good(a))
        .with_root(&root)
}

fn purpose(a: &Authority) -> Case {
    let request = a.keyless(blob()).leaf(|leaf| leaf.key_purpose = ca::SERVER_AUTH);
    refused("certificate-purpose", "a leaf for TLS servers", a, changed(a, &request, |_| {}))
}

fn purpose_tls_root(a: &Authority) -> Case {
    let request = a.keyless(blob()).leaf(|leaf| leaf.key_purpose = ca::TIME_STAMPING);
    refused("certificate-purpose-stamping", "a leaf for time stamping", a, changed(a, &request, |_| {}))
}

fn leaf_is_ca(a: &Authority) -> Case {
    let request = a.keyless(blob()).leaf(|leaf| leaf.is_ca = true);
    refused("certificate-leaf-is-ca", "a leaf with CA:TRUE and keyCertSign", a, changed(a, &request, |_| {}))
}

fn ca_as_leaf(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| {
        signed.key = a.ca.key.clone();
        signed.hash = signed.key.default_hash();
        signed.signature = signed.key.sign(&signed.content.signed_bytes());
        signed.leaf = Some(a.ca.intermediate.clone());
        signed.entries = vec![a.log(crate::support::authority::EntryKind::HashedRekord001, signed, a.time)];
    });
    refused("certificate-intermediate-signs", "the intermediate itself signs the artifact", a, evidence)
}

fn foreign_authority(a: &Authority) -> Authority {
    let years = Window::new(a.start, at("2034-01-01T00:00:00Z"));
    Authority { ca: Ca::new("somebody else", years, years), ..Authority::default() }
}

fn foreign_ca(a: &Authority) -> Case {
    let b = foreign_authority(a);
    refused("certificate-foreign-ca", "the right names, issued by an unknown authority", a, good(&b))
}

fn foreign_ca_in_chain(a: &Authority) -> Case {
    let b = foreign_authority(a);
    let evidence = changed(&b, &b.keyless(blob()).version(Version::V02), |signed| {
        signed.chain.push(b.ca.root.clone());
    });
    refused("certificate-foreign-root-in-chain", "the bundle brings its own root", a, evidence)
}

fn other_leaf(a: &Authority) -> Case {
    let key = Key::new(KeyKind::P256, &a.seed, "another leaf");
    let leaf = Leaf::new(crate::support::authority::IDENTITY, crate::support::authority::ISSUER, a.time);
    let other = a.ca.issue(&key, &leaf, &a.ct);
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.leaf = Some(other));
    refused("certificate-other-leaf", "a genuine certificate of another key", a, evidence)
}

fn asked_for(mut case: Case, san: &str, issuer: &str) -> Case {
    case.signer = CaseSigner::Identity { san: san.to_owned(), issuer: issuer.to_owned() };
    case
}

fn identity_other(a: &Authority) -> Case {
    let case = refused("certificate-identity-other", "signed by somebody else", a, good(a));
    asked_for(
        case,
        "https://github.com/example/other/.github/workflows/release.yml@refs/heads/main",
        crate::support::authority::ISSUER,
    )
}

fn identity_prefix(a: &Authority) -> Case {
    let case = refused(
        "certificate-identity-prefix",
        "GHSA-59jp-pj84-45mr: a prefix is not the identity",
        a,
        good(a),
    );
    asked_for(case, "https://github.com/example/app", crate::support::authority::ISSUER)
}

fn issuer_other(a: &Authority) -> Case {
    let case = refused("certificate-issuer-other", "the right name by another issuer", a, good(a));
    asked_for(case, crate::support::authority::IDENTITY, "https://accounts.example.com")
}

fn v03_chain(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()).version(Version::V02), |bundle| {
        bundle["mediaType"] = json!(Version::V03.media_type());
    });
    refused("certificate-v03-chain", "v0.3 holds one certificate, no chain", a, evidence)
}

fn garbage(a: &Authority) -> Case {
    let evidence = changed(a, &a.keyless(blob()), |signed| signed.leaf = Some(b"not a certificate".to_vec()));
    refused("certificate-garbage", "bytes that are no certificate", a, evidence)
}

fn absent(a: &Authority) -> Case {
    let evidence = rewritten(a, &a.keyless(blob()), |bundle| {
        bundle["verificationMaterial"].as_object_mut().expect("an object").remove("certificate");
    });
    refused("certificate-absent", "neither certificate nor key", a, evidence)
}
