//! Advisories of the programs around cosign: clients in other languages, services, and what builds on them.

use std::fs;

use jiff::SignedDuration;
use portcullis::bundle::Bundle;
use portcullis::bundle::BundleError;
use portcullis::bundle::BundleFile;
use portcullis::bundle::Candidate;
use portcullis::bundle::EntryKind as Kind;
use portcullis::bundle::FileFormat;
use portcullis::bundle::NPM_PUBLISH;
use portcullis::crypto::PublicKey;
use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Artifact;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use serde_json::Value;
use serde_json::json;

use super::accepted;
use super::attack;
use super::case;
use super::command;
use super::judge;
use super::judge_by;
use super::refused;
use super::refused_saying;
use super::run;
use super::signer;
use super::vector;
use super::vector_layout;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::EntryKind;
use crate::support::authority::Hash;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;
use crate::support::authority::Key;
use crate::support::authority::KeyKind;
use crate::support::authority::Layout;
use crate::support::authority::Tsa;
use crate::support::authority::at;
use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Evidence;

/// A bundle of a good signature over the artifact, with its JSON changed.
fn rewritten(name: &'static str, change: impl FnOnce(&mut Value)) -> Case {
    let authority = Authority::default();
    let mut bundle = authority.sign(&authority.keyless(cases::blob())).bundle_value();
    change(&mut bundle);
    Case::new(name, "", &authority, Evidence::Blob(bundle.to_string().into_bytes()))
}

/// A token, an entry or a subject costs work each; nothing said how many there may be.
#[test]
fn ghsa_cq38_jh5f_37mq_lists_without_bound() {
    attack("tlog-33", "bundle.too-many", "blob-v03");
    refused_saying(case("tlog-33"), "bundle", "33 transparency log entries, more than 32");
    attack("time-tsa-33", "bundle.too-many", "blob-tsa");
    refused_saying(case("time-tsa-33"), "bundle", "33 timestamps, more than 32");
    attack("attestation-1025-subjects", "statement", "attestation-1024-subjects");
    refused_saying(case("attestation-1025-subjects"), "statement", "1025 subjects, more than 1024");

    let authority = Authority::default();
    let mut request = authority.keyless(cases::blob());
    request.timestamps = (0..32).map(|second| authority.time + SignedDuration::from_secs(second)).collect();
    accepted(&Case::new("32 timestamps", "", &authority, cases::bundled(&authority.sign(&request))));

    let more = rewritten("65 hashes", |bundle| {
        let proof = &mut bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"];
        proof["hashes"] = json!(vec![proof["rootHash"].clone(); 65]);
    });
    refused_saying(&more, "bundle", "65 hashes in an inclusion proof, more than 64");
    vector("n-33-tlog", "bundle.too-many");
}

/// A threshold of two was met by two entries of one log. There is one witness here however many entries it made:
/// what one log says twice is refused, what two logs say is taken.
#[test]
fn ghsa_9vcr_p3rj_q5q6_one_log_counted_twice() {
    attack("tlog-duplicate", "bundle.duplicate", "blob-two-entries");
    attack("tlog-duplicate-unpromised", "bundle.duplicate", "blob-two-entries");
    let authority = Authority::default();
    let mut signed = authority.sign(&authority.keyless(cases::blob()));
    signed.entries.push(authority.log(EntryKind::HashedRekord001, &signed, authority.time));
    assert_ne!(signed.entries[0].log_index, signed.entries[1].log_index);
    let twice = Case::new("logged twice in one log", "", &authority, cases::bundled(&signed));
    refused_saying(&twice, "bundle", "transparency log entry 1 is a duplicate");
    vector("n-duplicate-tlog", "bundle.duplicate");
}

/// A key counts only while the trusted root says so: of a transparency log, of a certificate log, and of a
/// timestamp authority. (Keys of `--key` have no window, as in cosign.)
#[test]
fn ghsa_wqqc_jjcq_vfxm_validity_of_keys() {
    attack("tlog-key-window", "log.promise", "blob-v03");
    attack("certificate-sct-window", "certificate.timestamp", "blob-v03");
    attack("time-tsa-outside-window", "time.missing", "blob-rekor2");

    // A proof has no time of its own: the timestamp authority's is the one that the log's key must fit.
    let authority = Authority::default();
    let request =
        authority.keyless(cases::blob()).entry(EntryKind::HashedRekord002).timestamped(authority.time);
    let evidence = cases::bundled(&authority.sign(&request));
    let until = |end: &str| {
        let mut root = authority.trusted_root_value();
        root["tlogs"][1]["publicKey"]["validFor"]["end"] = json!(at(end).to_string());
        Case::new("retired log", "", &authority, evidence.clone()).with_root(&root)
    };
    accepted(&until("2025-03-01T12:00:00Z"));
    refused(&until("2025-03-01T11:59:59Z"), "log.checkpoint");
}

/// Counting a token twice, a time that nothing signs, a bundle v0.3 without the proof that it must have.
#[test]
fn sigstore_go_51_time_and_proof_that_nobody_signed() {
    attack("time-tsa-duplicate", "bundle.duplicate", "blob-tsa");
    attack("time-integrated-unpromised", "time.missing", "blob-v03");
    attack("time-none", "time.missing", "blob-v03");
    attack("time-rekor2-integrated", "time.missing", "blob-rekor2");
    attack("tlog-bare", "bundle.entry-unproven", "blob-tsa");
    attack("tlog-v03-no-proof", "bundle", "blob-v03");
    attack("tlog-v02-no-proof", "bundle", "blob-v02");
    attack("tlog-checkpoint-none", "bundle", "blob-v03");
    vector("n-no-signed-time", "time.missing");
    vector("n-v03-no-proof", "bundle");
    vector("py-bundle_no_checkpoint", "bundle");
}

/// The certificate was taken from the token's bag by its place, not by the key that signed.
#[test]
fn cve_2026_39984_certificate_out_of_the_bag() {
    attack("time-tsa-bag", "time.missing", "blob-tsa-extra-certificate");

    let authority = Authority::default();
    let request = authority.keyless(cases::blob()).entry(EntryKind::HashedRekord002);
    let forger = Tsa::new("somebody else", authority.tsa.window, authority.tsa.window);
    let stamped = |tsa: &Tsa, bag: &[&[u8]]| {
        let mut signed = authority.sign(&request);
        let digest = Hash::Sha256.digest(&signed.signature);
        signed.timestamps.push(tsa.respond(&digest, None, authority.time, bag));
        Case::new("bag", "", &authority, cases::bundled(&signed))
    };
    let (genuine, forged) = (authority.tsa.leaf.as_slice(), forger.leaf.as_slice());
    for bag in [vec![genuine], vec![forged, genuine], vec![genuine, forged], Vec::new()] {
        accepted(&stamped(&authority.tsa, &bag));
    }
    let roots = [authority.tsa.root.as_slice(), forger.root.as_slice()];
    for bag in [vec![forged], vec![genuine, forged], vec![forged, genuine], [&roots[..], &[forged]].concat()]
    {
        refused(&stamped(&forger, &bag), "time.missing");
    }
}

/// What an npm registry hands out of a package: the provenance that the builder signed, and the registry's own word
/// that the version was published.
fn npm(authority: &Authority, publish: &Value, change: impl FnOnce(&mut Value)) -> Vec<Candidate> {
    let provenance = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [npm_subject("pkg:npm/app@1.0.0", cases::ARTIFACT)],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": { "buildDefinition": {} },
    });
    let provenance = authority.sign(&authority.keyless(Content::statement(&provenance))).bundle_value();
    let mut publish =
        authority.sign(&authority.managed(KeyKind::P256, Content::statement(publish))).bundle_value();
    change(&mut publish);
    let document = json!({ "attestations": [
        { "predicateType": NPM_PUBLISH, "bundle": publish },
        { "predicateType": "https://slsa.dev/provenance/v1", "bundle": provenance },
    ] });
    let file = BundleFile::from_slice(document.to_string().as_bytes()).unwrap();
    assert_eq!(file.format, FileFormat::Npm);
    file.candidates
}

fn npm_subject(name: &str, tarball: &[u8]) -> Value {
    json!({ "name": name, "digest": { "sha512": hex::encode(Hash::Sha512.digest(tarball)) } })
}

fn npm_publish(subject: &Value, name: &str, version: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [subject],
        "predicateType": NPM_PUBLISH,
        "predicate": { "name": name, "version": version, "registry": "https://registry.npmjs.org" },
    })
}

/// Only the provenance was verified; the publish attestation beside it could be anything.
#[test]
fn ghsa_r2xv_vpr2_42m9_publish_attestation_of_another_package() {
    let authority = Authority::default();
    let verifier = Verifier::new(&TrustedRoot::from_slice(&authority.trusted_root()).unwrap()).unwrap();
    let key = |key: &Key| SignerPolicy::Key(PublicKey::from_pem(key.public_pem().as_bytes()).unwrap());
    let (registry, builder) = (key(&authority.managed_key(KeyKind::P256)), super::identity(IDENTITY, ISSUER));
    let judge = |candidates: &[Candidate]| {
        let [publish, provenance] = candidates else { panic!("two attestations") };
        let blob = |candidate, signer: &SignerPolicy| {
            let artifact = Artifact::Bytes(cases::ARTIFACT);
            let judged = verifier.blob(&artifact, candidate, signer, Requirements::strict());
            judged.map(drop).map_err(|error| error.rule())
        };
        // One does not stand in for the other.
        assert!(blob(publish, &builder).is_err());
        assert_eq!(blob(provenance, &registry), Err("material"));
        assert_eq!(blob(provenance, &builder), Ok(()));
        blob(publish, &registry)
    };
    let subject = npm_subject("pkg:npm/app@1.0.0", cases::ARTIFACT);
    let good = npm_publish(&subject, "app", "1.0.0");
    assert_eq!(judge(&npm(&authority, &good, |_| ())), Ok(()));
    let other = npm_publish(&npm_subject("pkg:npm/other@1.0.0", cases::OTHER_ARTIFACT), "other", "1.0.0");
    assert_eq!(judge(&npm(&authority, &other, |_| ())), Err("subject"));
    let swapped = npm(&authority, &other, |bundle| {
        let payload = crate::support::authority::base64(good.to_string().as_bytes());
        bundle["dsseEnvelope"]["payload"] = json!(payload);
    });
    assert_eq!(judge(&swapped), Err("signature"));
    let unsigned = npm(&authority, &good, |bundle| {
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = json!("MAYCAQECAQE=");
    });
    assert_eq!(judge(&unsigned), Err("signature"));
    vector("n-npm-other-tarball", "subject");
    for id in [
        "npm-gundam-visor-cli-v1-tag-publish-invalidsig",
        "npm-pnt-cli-v02-prega-publish-invalidsig",
        "npm-pnt-ossf-publish-invalidsig",
    ] {
        vector(id, "signature");
    }
}

/// The result of the comparison with the statement's subjects was thrown away.
#[test]
fn ghsa_mhg6_2q2v_9h2c_statement_about_another_artifact() {
    attack("attestation-other-image", "subject", "attestation-v03");
    attack("att-other-image", "subject", "att-dsse");
    attack("attestation-digest-algorithm", "subject", "attestation-v03");
    attack("image-signature-other", "subject", "image-signature");
    attack("sig-other-image", "subject", "sig-keyless");
    vector("n-attestation-other-artifact", "subject");
    vector_layout("att-other-image", Some("slsaprovenance"), "subject");

    // As the bundle of a file.
    let attested = case("attestation-v03");
    let (Evidence::Attestation(payload), other) = (&attested.evidence, cases::other_image()) else {
        panic!("an attestation")
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).display().to_string()
    };
    let root = format!("--trusted-root={}", file("root.json", &attested.trusted_root));
    let bundle = format!("--bundle={}", file("bundle.json", payload));
    let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
    let judged = |artifact: &str| {
        let arguments = ["verify-blob", "--format=json", &root, &bundle, &signer[0], &signer[1], artifact];
        let output = command(&arguments);
        let document = super::document(&output);
        (output.status.code(), document["rejected"][0]["rule"].clone())
    };
    assert_eq!(judged(&file("demo", &cases::demo_image().manifest)), (Some(0), Value::Null));
    assert_eq!(judged(&cases::demo_image().digest()), (Some(0), Value::Null));
    assert_eq!(judged(&file("other", &other.manifest)), (Some(1), json!("subject")));
    assert_eq!(judged(&other.digest()), (Some(1), json!("subject")));
}

/// `messageDigest` was believed, or not looked at. (The other advisory is about the state of an OIDC login, which
/// only signing has; nothing here logs in.)
#[test]
fn sigstore_python_1652_message_digest_of_another_artifact() {
    attack("blob-message-digest", "subject.declared", "blob-v03");
    vector("n-message-digest", "subject.declared");
    let absent = rewritten("no messageDigest", |bundle| {
        bundle["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
    });
    // It is a hint; what counts is the signature over the artifact.
    accepted(&absent);
}

/// One entry, twice in the list, met a threshold of two.
#[test]
fn sigstore_js_1702_log_entry_twice() {
    attack("tlog-duplicate", "bundle.duplicate", "blob-two-entries");
    refused_saying(case("tlog-duplicate"), "bundle", "transparency log entry 1 is a duplicate");
    refused_saying(case("tlog-duplicate-unpromised"), "bundle", "transparency log entry 1 is a duplicate");
    vector("n-duplicate-tlog", "bundle.duplicate");
}

/// A pattern that is given must match, beside whatever else is given; one that is not anchored matches somebody
/// else's name as well, and that is said.
#[test]
fn cve_2025_29778_identity_patterns_count_and_are_told_when_unanchored() {
    attack("certificate-identity-prefix", "identity", "blob-v03");
    let good = case("blob-v03");
    let pattern = |san: &str, issuer: &str| {
        let (san, issuer) = (Matcher::pattern(san).unwrap(), Matcher::pattern(issuer).unwrap());
        let signer = SignerPolicy::Identities(vec![IdentityPolicy::new(san, issuer)]);
        let verifier = Verifier::new(&TrustedRoot::from_slice(&good.trusted_root).unwrap()).unwrap();
        judge_by(good, &verifier, &signer, Requirements::strict()).map_err(|refused| refused.rule)
    };
    let issuer = "^https://token\\.actions\\.githubusercontent\\.com$";
    assert_eq!(pattern("^https://github\\.com/example/app/.*$", issuer), Ok(()));
    assert_eq!(pattern("^https://github\\.com/example/other/.*$", issuer), Err("identity.san"));
    assert_eq!(pattern("^github\\.com/example/app/", issuer), Err("identity.san"));
    assert_eq!(
        pattern("^https://github\\.com/example/app/.*$", "^https://accounts\\.example$"),
        Err("identity.issuer")
    );

    // `https://evil.example/github.com/example/...` is accepted for `github.com/example`, as by cosign: said.
    let authority = Authority::default();
    let evil = "https://evil.example/github.com/example/app";
    let request = authority.keyless(cases::blob()).leaf(|leaf| {
        leaf.san = crate::support::authority::San::Uri(evil.to_owned());
    });
    let Evidence::Blob(payload) = cases::bundled(&authority.sign(&request)) else { panic!("a blob") };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).display().to_string()
    };
    let root = format!("--trusted-root={}", file("root.json", &authority.trusted_root()));
    let bundle = format!("--bundle={}", file("bundle.json", &payload));
    let artifact = file("artifact", cases::ARTIFACT);
    for (pattern, code, warned) in [
        ("github.com/example/", 0, true),
        ("^https://github.com/example/", 1, true),
        ("^https://github\\.com/example/.*$", 1, false),
    ] {
        let pattern = format!("--certificate-identity-regexp={pattern}");
        let issuer = format!("--issuer={ISSUER}");
        let output = command(&["verify-blob", &root, &bundle, &pattern, &issuer, &artifact]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{pattern}: {said}");
        assert_eq!(said.contains("is not anchored"), warned, "{pattern}: {said}");
    }
}

/// A log's key came from the network. Here it comes from the trusted root, or not at all: nothing but the root in
/// the file can make this log known.
#[test]
fn cve_2023_47122_log_outside_of_the_trusted_root() {
    attack("tlog-unknown-log", "log.checkpoint", "blob-v03");
    attack("tlog-checkpoint-other-log", "log.checkpoint", "blob-v03");
    attack("tlog-rekor2-other-log", "log.checkpoint", "blob-rekor2");
    // The embedded roots do not know the test authority's.
    let good = case("blob-v03");
    let embedded = TrustedRoot::embedded(portcullis::trust::Embedded::Production).unwrap();
    let verifier = Verifier::new(&embedded).unwrap();
    let unknown = judge_by(good, &verifier, &signer(good), Requirements::strict()).unwrap_err();
    assert_eq!(unknown.rule, "log.checkpoint", "{}", unknown.text);
    vector("n-wrong-root-staging", "log.checkpoint");
}

/// No attestation at all, and exit code 0.
#[test]
fn cve_2025_25204_nothing_was_verified() {
    let folder = tempfile::tempdir().unwrap();
    Layout::image(&cases::demo_image()).write(folder.path());
    let image = format!("oci:{}", folder.path().display());
    let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
    for wanted in [&[][..], &["--type=spdxjson"], &["--type=slsaprovenance1"]] {
        let arguments = [&["verify", "--format=json", &signer[0], &signer[1], &image], wanted].concat();
        let output = command(&arguments);
        let document = super::document(&output);
        assert_eq!(output.status.code(), Some(1), "{wanted:?}: {document:#}");
        assert_eq!(document["result"], "refused", "{wanted:?}");
        let error = super::message(&document);
        assert!(error.starts_with("no ") && error.ends_with(" found"), "{wanted:?}: {error}");
    }
    attack("sig-no-layers", super::NOTHING, "sig-keyless");
    vector_layout("no-layers", None, super::NOTHING);
    for (name, bytes) in [("empty", &b""[..]), ("list", b"[]"), ("lines", b"\n\n")] {
        let bundle = folder.path().join(name);
        fs::write(&bundle, bytes).unwrap();
        let (bundle, artifact) = (format!("--bundle={}", bundle.display()), cases::demo_image().digest());
        let output = command(&["verify-blob", &bundle, &signer[0], &signer[1], &artifact]);
        assert_ne!(output.status.code(), Some(0), "{name}");
        assert_ne!(output.status.code(), Some(101), "{name}");
    }
}

/// 2: the promise is what makes the time true. 3: every time has to fit. 4: an entry is bound to the signature
/// even if it need not be there. 12: what was logged as `intoto` 0.0.2 is accepted.
#[test]
fn tob_sigstore_times_and_entries_are_checked_before_use() {
    attack("time-integrated-tampered", "log.promise", "blob-v03");
    attack("time-integrated-backdated", "log.promise", "blob-v03");
    attack("sig-set-tampered", "log.promise", "sig-keyless");
    vector("n-integratedtime-tampered", "log.promise");

    attack("time-tsa-second-outside", "certificate.chain", "blob-tsa");
    attack("time-tsa-first-outside", "certificate.chain", "blob-tsa");

    let ignored = |name: &str| {
        let case = case(name).clone().ignore_tlog();
        judge(&case).map_err(|refused| refused.rule)
    };
    assert_eq!(ignored("tlog-none"), Ok(()));
    for (name, rule) in [
        ("tlog-foreign-hashedrekord", "log.entry"),
        ("tlog-foreign-dsse", "log.entry"),
        ("tlog-foreign-rekor2", "log.entry"),
        ("tlog-promise-garbage", "log.promise"),
    ] {
        assert_eq!(ignored(name), Err(rule), "{name}");
        let (code, document) = run(&case(name).clone().ignore_tlog(), &[]);
        assert_eq!((code, document["rejected"][0]["rule"].as_str()), (1, Some(rule)), "{name}");
    }
    accepted(case("attestation-intoto"));
    accepted(case("att-intoto-v2"));
}

/// The media type is not signed: lowered to v0.1, the bundle need not have a proof, but then it must have the
/// promise, and whoever wants the proof can ask for it.
#[test]
fn jans_14636_media_type_lowered() {
    attack("tlog-downgrade-v01", "bundle.entry-unproven", "blob-v01");
    let promised = case("blob-v01-promise-only");
    accepted(promised);
    let verifier = Verifier::new(&TrustedRoot::from_slice(&promised.trusted_root).unwrap()).unwrap();
    let strict = Requirements::strict().require_inclusion_proof();
    let unproven = judge_by(promised, &verifier, &signer(promised), strict).unwrap_err();
    assert_eq!(unproven.rule, "log.proof-missing");
    let (code, document) = run(promised, &["--require-inclusion-proof"]);
    assert_eq!((code, document["rejected"][0]["rule"].as_str()), (1, Some("log.proof-missing")));
    vector("n-downgrade-v01-no-proof-no-set", "bundle");

    // Lowered, and the promise is another entry's.
    let lowered = rewritten("lowered", |bundle| {
        let certificate = bundle["verificationMaterial"]["certificate"].take();
        bundle["verificationMaterial"].as_object_mut().unwrap().remove("certificate");
        bundle["verificationMaterial"]["x509CertificateChain"] = json!({ "certificates": [certificate] });
        bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
        let entry = &mut bundle["verificationMaterial"]["tlogEntries"][0];
        entry.as_object_mut().unwrap().remove("inclusionProof");
        entry["integratedTime"] =
            json!((entry["integratedTime"].as_str().unwrap().parse::<i64>().unwrap() + 1).to_string());
    });
    refused(&lowered, "log.promise");
}

/// Entry bodies that the server could not take. Here a body is compared, never interpreted: bodies of kinds that
/// sign no image are refused by their name, malformed ones of the others by their shape.
#[test]
fn ghsa_843x_px86_vq42_entry_bodies_are_only_read() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let wide = format!("[{}1]", "1,".repeat(100_000));
    let specs = [
        "null",
        "7",
        "\"\"",
        "[]",
        "{}",
        "{\"content\":null}",
        "{\"content\":{\"envelope\":null}}",
        "{\"content\":{\"envelope\":{\"signatures\":[null]}}}",
        "{\"content\":{\"envelope\":{\"signatures\":[]}}}",
        "{\"content\":{\"hash\":{\"algorithm\":\"sha256\",\"value\":null}}}",
        "{\"data\":{\"hash\":null}}",
        "{\"data\":{\"url\":\"http://127.0.0.1:1/x\"}}",
        "{\"signature\":{\"publicKey\":{\"content\":\"\"}}}",
        "{\"message\":\"\",\"data\":{}}",
        "{\"package\":{\"content\":\"UEsDBA==\"}}",
        &deep,
        &wide,
    ];
    let kinds = [
        "alpine",
        "cose",
        "dsse",
        "hashedrekord",
        "helm",
        "intoto",
        "jar",
        "rekord",
        "rfc3161",
        "rpm",
        "tuf",
    ];
    for (kind, spec) in kinds.iter().flat_map(|kind| specs.iter().map(move |spec| (kind, spec))) {
        for version in ["0.0.1", "0.0.2"] {
            let body = format!(r#"{{"apiVersion":"{version}","kind":"{kind}","spec":{spec}}}"#);
            let seed = rewritten("seed", |bundle| {
                let entry = &mut bundle["verificationMaterial"]["tlogEntries"][0];
                entry["kindVersion"] = json!({ "kind": kind, "version": version });
                entry["canonicalizedBody"] = json!(crate::support::authority::base64(body.as_bytes()));
            });
            let Evidence::Blob(payload) = &seed.evidence else { panic!("a blob") };
            let read = Bundle::from_candidate(&super::bundle(payload));
            match (Kind::from_names(kind, version), &read) {
                (None, Err(BundleError::UnknownEntryKind { .. })) => {}
                (Some(_), Err(BundleError::Json(_))) if spec.len() == deep.len() => {}
                // The index of the first generation is not that of the second.
                (Some(Kind::HashedRekord002), Err(BundleError::ProofMismatch { .. })) => {}
                (Some(_), Ok(_)) if spec.len() != deep.len() => {}
                other => panic!("{body:.80}: {other:?}"),
            }
            assert!(judge(&seed).is_err(), "{body:.80}");
        }
    }
}

/// sigstore-js takes an altered root hash, a media type v0.4 and entries of kind dsse 0.0.2; sigstore-python takes
/// no `intoto` entries, no RSA and no SHA-512. Neither alone says what is right.
#[test]
fn oracles_differ_and_the_stricter_is_right() {
    attack("tlog-root-hash", "bundle.proof", "blob-v03");
    attack("bundle-v04", "bundle", "blob-v03");
    let kind = rewritten("dsse 0.0.2", |bundle| {
        let kind = &mut bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"];
        *kind = json!({ "kind": "dsse", "version": "0.0.2" });
    });
    refused_saying(&kind, "bundle", "dsse 0.0.2");
    for name in ["attestation-intoto", "blob-rsa", "blob-p521"] {
        accepted(case(name));
    }
    vector("n-roothash", "bundle");
}
