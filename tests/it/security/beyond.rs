//! What no advisory is about: other ways to make two readers see two things, and to be taken for somebody else.

use std::fs;

use portcullis::identity::IdentityPolicy;
use portcullis::identity::Matcher;
use portcullis::oci::PlatformFilter;
use portcullis::oci::Reference;
use portcullis::source;
use portcullis::source::Fault;
use portcullis::source::ImageSource;
use portcullis::source::Layout as Folder;
use portcullis::trust::TrustedRoot;
use portcullis::verify::Requirements;
use portcullis::verify::SignerPolicy;
use portcullis::verify::Verifier;
use serde_json::Value;
use serde_json::json;

use super::accepted;
use super::breaks;
use super::case;
use super::judge;
use super::judge_by;
use super::refused;
use super::run;
use crate::support::authority::Authority;
use crate::support::authority::Content;
use crate::support::authority::IDENTITY;
use crate::support::authority::ISSUER;
use crate::support::authority::Image;
use crate::support::authority::Layout;
use crate::support::authority::Leaf;
use crate::support::authority::San;
use crate::support::authority::ca;
use crate::support::authority::cases;
use crate::support::authority::cases::Case;
use crate::support::authority::cases::Evidence;
use crate::support::authority::der;
use crate::support::authority::image;
use crate::support::authority::legacy;

/// The artifact under a certificate that says this.
fn by_leaf(change: impl FnOnce(&mut Leaf)) -> Case {
    let authority = Authority::default();
    let request = authority.keyless(cases::blob()).leaf(change);
    Case::new("leaf", "", &authority, cases::bundled(&authority.sign(&request)))
}

/// Whether a case is accepted of whom the matchers mean; else the broken rule.
fn signed_by(case: &Case, san: Matcher, issuer: Matcher) -> Result<(), &'static str> {
    let verifier = Verifier::new(&TrustedRoot::from_slice(&case.trusted_root).unwrap()).unwrap();
    let signer = SignerPolicy::Identities(vec![IdentityPolicy::new(san, issuer)]);
    judge_by(case, &verifier, &signer, Requirements::strict()).map_err(|refused| {
        // Which part of it differs is not what these tests are about.
        if breaks(refused.rule, "identity") { "identity" } else { refused.rule }
    })
}

fn exact(text: &str) -> Matcher {
    Matcher::Exact(text.to_owned())
}

fn pattern(text: &str) -> Matcher {
    Matcher::pattern(text).unwrap()
}

/// An extension that is there twice: one reader takes the first, another the last (RFC 5280, 4.2 forbids it).
#[test]
fn an_extension_twice() {
    let evil = "https://evil.example";
    accepted(&by_leaf(|_| ()));
    for doubled in [
        ca::fulcio_extension(8, &der::utf8(evil)),
        ca::fulcio_extension(1, evil.as_bytes()),
        ca::fulcio_extension(5, b"evil/app"),
        ca::fulcio_extension(12, &der::utf8(evil)),
        ca::extension("2.5.29.17", true, &der::sequence(&[der::context_primitive(6, evil.as_bytes())])),
        ca::extension("2.5.29.37", false, &der::sequence(&[der::oid(ca::CODE_SIGNING)])),
    ] {
        refused(&by_leaf(|leaf| leaf.more.push(doubled)), "certificate.malformed");
    }
    // One that nobody knows is no harm, unless it is critical.
    let unknown = |critical| ca::extension("1.3.6.1.4.1.57264.1.9999", critical, b"x");
    accepted(&by_leaf(|leaf| leaf.more.push(unknown(false))));
    refused(&by_leaf(|leaf| leaf.more.push(unknown(true))), "certificate.chain");
}

/// The issuer stands in a certificate twice. cosign reads the older one of a `.sig` layer and the newer one of a
/// bundle, so they must not differ.
#[test]
fn two_issuers() {
    let case = by_leaf(|leaf| leaf.other_issuer = Some("https://evil.example".to_owned()));
    refused(&case, "certificate.malformed");
    for issuer in [exact(ISSUER), exact("https://evil.example"), Matcher::Anything] {
        assert_eq!(signed_by(&case, exact(IDENTITY), issuer), Err("certificate.malformed"));
    }
}

/// Names that look like the trusted one, or hold it.
#[test]
fn names_that_are_taken_for_another() {
    let uri = |text: &str| by_leaf(|leaf| leaf.san = San::Uri(text.to_owned()));
    let issuer = || exact(ISSUER);
    let anchored = || pattern(r"^https://github\.com/example/app/.*$");
    assert_eq!(signed_by(&uri(IDENTITY), exact(IDENTITY), issuer()), Ok(()));
    assert_eq!(signed_by(&uri(IDENTITY), anchored(), issuer()), Ok(()));

    for text in [
        format!("{IDENTITY}/"),
        format!(" {IDENTITY}"),
        IDENTITY.replace("example", "Example"),
        IDENTITY.replace("github.com", "github.com."),
        IDENTITY.replace("https", "http"),
        IDENTITY.replace("/app/", "/%61pp/"),
        IDENTITY.replace("/app/", "/x/../app/"),
        IDENTITY.replace("github.com", "github.com@evil.example"),
    ] {
        assert_eq!(signed_by(&uri(&text), exact(IDENTITY), issuer()), Err("identity"), "{text}");
    }
    // Text that ends, for one reader, at a zero byte or a line break.
    for text in [
        format!("{IDENTITY}\0.evil.example"),
        format!("https://evil.example/\n{IDENTITY}"),
        format!("{IDENTITY}\n"),
        format!("{IDENTITY}\r"),
        format!("{IDENTITY}\u{7f}"),
    ] {
        for san in [exact(IDENTITY), exact(&text), anchored(), pattern("(?m)^https://github.com/.*$")] {
            assert_eq!(signed_by(&uri(&text), san, issuer()), Err("certificate.malformed"), "{text:?}");
        }
    }
    // Letters of another alphabet, where a certificate may hold them.
    let other = |text: &str| by_leaf(|leaf| leaf.san = San::Other(text.to_owned()));
    assert_eq!(signed_by(&other("user!example.com"), exact("user!example.com"), issuer()), Ok(()));
    for text in
        ["us\u{435}r!example.com", "user!ex\u{430}mple.com", "user\u{200b}!example.com", "USER!example.com"]
    {
        assert_eq!(signed_by(&other(text), exact("user!example.com"), issuer()), Err("identity"), "{text}");
        assert_eq!(
            signed_by(&other(text), pattern(r"^[a-z]+!\w+\.com$"), issuer()),
            Err("identity"),
            "{text}"
        );
    }
    assert_eq!(signed_by(&other("user\u{663}!x"), pattern(r"^user\d!x$"), issuer()), Err("identity"));
    assert_eq!(signed_by(&other("user3!x"), pattern(r"^user\d!x$"), issuer()), Ok(()));
}

/// Several names in one certificate: the first URI counts, as in sigstore-go, and no other.
#[test]
fn several_names() {
    let several = |names: &[San]| by_leaf(|leaf| leaf.san = San::Several(names.to_vec()));
    let (evil, good) = (San::Uri("https://evil.example/x".to_owned()), San::Uri(IDENTITY.to_owned()));
    let email = San::Email("release@example.com".to_owned());
    let named = |case: &Case, name: &str| signed_by(case, exact(name), exact(ISSUER));
    let case = several(&[evil.clone(), good.clone(), email.clone()]);
    assert_eq!(named(&case, IDENTITY), Err("identity"));
    assert_eq!(named(&case, "release@example.com"), Err("identity"));
    assert_eq!(named(&case, "https://evil.example/x"), Ok(()));
    let case = several(&[email.clone(), good]);
    assert_eq!(named(&case, "release@example.com"), Err("identity"));
    assert_eq!(named(&case, IDENTITY), Ok(()));
    assert_eq!(named(&several(&[email]), "release@example.com"), Ok(()));
    assert_eq!(named(&several(&[]), ""), Err("certificate.identity"));
}

/// Flags and spellings by which a pattern matches what its writer did not mean are told, or refused where Go reads
/// them otherwise.
#[test]
fn patterns_with_tricks() {
    let unanchored = |text: &str| {
        let policy = IdentityPolicy::new(pattern(text), Matcher::Anything);
        policy.unanchored().count() == 1
    };
    for text in [
        "(?m)^https://github.com/.*$",
        "(?i)github",
        "^a|b$",
        "^(a|b",
        ".*",
        "",
        "^a$|.*",
        "(^a$|b)",
        "^a\\$",
    ] {
        if Matcher::pattern(text).is_ok() {
            assert!(unanchored(text), "{text}");
        }
    }
    for text in [r"^https://github\.com/example/.*$", r"\Aa\z", "(?i)^a$", "^(?:a|b)$", "^a$|^b$"] {
        assert!(!unanchored(text), "{text}");
    }
    for text in ["[^a&&b]", "(?x)^a$", "^a{,5}$", "[[a]]"] {
        assert!(Matcher::pattern(text).is_err(), "{text}");
    }
}

/// Numbers, base64 and hexadecimal have one spelling each.
#[test]
fn spellings_of_a_bundle() {
    let changed = |at: &str, value: Value| {
        let authority = Authority::default();
        let mut bundle = authority.sign(&authority.keyless(cases::blob())).bundle_value();
        *bundle.pointer_mut(at).unwrap() = value;
        Case::new("spelling", "", &authority, Evidence::Blob(bundle.to_string().into_bytes()))
    };
    let text = |at: &str| {
        let authority = Authority::default();
        let bundle = authority.sign(&authority.keyless(cases::blob())).bundle_value();
        bundle.pointer(at).unwrap().as_str().unwrap().to_owned()
    };
    let entry = "/verificationMaterial/tlogEntries/0";
    for field in ["logIndex", "integratedTime", "inclusionProof/treeSize", "inclusionProof/logIndex"] {
        let at = format!("{entry}/{field}");
        let number = text(&at);
        // Numbers without quotes are what some clients write.
        assert!(judge(&changed(&at, json!(number.parse::<u64>().unwrap()))).is_ok(), "{at}");
        let float: Value = serde_json::from_str(&format!("{number}.0")).unwrap();
        let wrong = [
            float,
            json!(format!("0{number}")),
            json!(format!("+{number}")),
            json!(format!(" {number}")),
            json!(format!("{number}\n")),
            json!(format!("{number}e0")),
            json!(format!("{number}_")),
            json!("0x10"),
            json!("18446744073709551616"),
            json!("9223372036854775808"),
            json!(u64::MAX),
            json!([number]),
            json!({}),
            json!(true),
        ];
        for value in wrong {
            let judged = judge(&changed(&at, value.clone())).unwrap_err();
            assert!(breaks(judged.rule, "bundle"), "{at} {value}: {}", judged.text);
        }
    }
    let encoded = [
        "/messageSignature/signature".to_owned(),
        "/messageSignature/messageDigest/digest".to_owned(),
        "/verificationMaterial/certificate/rawBytes".to_owned(),
        format!("{entry}/logId/keyId"),
        format!("{entry}/canonicalizedBody"),
        format!("{entry}/inclusionPromise/signedEntryTimestamp"),
        format!("{entry}/inclusionProof/rootHash"),
    ];
    for at in encoded {
        let good = text(&at);
        let bare = good.trim_end_matches('=');
        let mut wrong = vec![
            format!("{good}\n"),
            format!(" {good}"),
            format!("{}\r\n{}", &good[..4], &good[4..]),
            format!("{bare}===="),
            good.replacen(|letter: char| letter.is_ascii_alphanumeric(), "-", 1),
            String::from_utf8(vec![b'*'; 8]).unwrap(),
        ];
        if bare.len() != good.len() {
            wrong.push(bare.to_owned());
        }
        if good.contains(['+', '/']) {
            wrong.push(good.replace('+', "-").replace('/', "_"));
        }
        for value in wrong {
            let judged = judge(&changed(&at, json!(value))).unwrap_err();
            assert!(breaks(judged.rule, "bundle"), "{at} {value}: {}", judged.text);
        }
    }
}

/// A bundle, and what is in it, as lists of their fields in some order.
#[test]
fn lists_of_fields() {
    let good = case("blob-v03");
    let Evidence::Blob(payload) = &good.evidence else { panic!("a blob") };
    let bundle: Value = serde_json::from_slice(payload).unwrap();
    let list =
        |value: &Value, keys: &[&str]| Value::Array(keys.iter().map(|key| value[*key].clone()).collect());
    let shown =
        |bundle: Value| Case { evidence: Evidence::Blob(bundle.to_string().into_bytes()), ..good.clone() };
    accepted(&shown(bundle.clone()));
    let whole = list(&bundle, &["mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"]);
    let judged = judge(&shown(whole)).unwrap_err();
    assert!(breaks(judged.rule, "bundle"), "{}", judged.text);
    for (at, keys) in [
        ("/messageSignature", &["messageDigest", "signature"][..]),
        ("/messageSignature/messageDigest", &["algorithm", "digest"]),
        ("/verificationMaterial/certificate", &["rawBytes"]),
        ("/verificationMaterial/tlogEntries/0/logId", &["keyId"]),
        ("/verificationMaterial/tlogEntries/0/kindVersion", &["kind", "version"]),
        ("/verificationMaterial/tlogEntries/0/inclusionPromise", &["signedEntryTimestamp"]),
        ("/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint", &["envelope"]),
    ] {
        let mut changed = bundle.clone();
        let part = changed.pointer_mut(at).unwrap();
        *part = list(part, keys);
        refused(&shown(changed), "bundle");
    }
}

/// An attestation of the image whose statement was changed before it was signed.
fn attested(change: impl FnOnce(&mut Value)) -> Case {
    let authority = Authority::default();
    let digest = cases::demo_image().digest();
    let mut statement = image::statement(&digest, cases::SPDX, &cases::spdx_document());
    change(&mut statement);
    let signed = authority.sign(&authority.keyless(Content::statement(&statement)));
    Case::new("statement", "", &authority, cases::bundled(&signed))
}

/// Digests of a subject: one spelling, under its own algorithm.
#[test]
fn digests_of_a_subject() {
    let hex = cases::demo_image().digest().replace("sha256:", "");
    let subject = |digest: Value| attested(|statement| statement["subject"][0]["digest"] = digest);
    accepted(&subject(json!({ "sha256": hex })));
    accepted(&subject(json!({ "sha512": "0".repeat(128), "sha256": hex })));
    for digest in [
        json!({ "sha256": hex.to_uppercase() }),
        json!({ "sha256": format!("sha256:{hex}") }),
        json!({ "sha256": format!(" {hex}") }),
        json!({ "sha256": format!("{hex}\u{0}") }),
        json!({ "sha256": &hex[..62] }),
        json!({ "SHA256": hex }),
        json!({ "sha-256": hex }),
        json!({ "sha512": hex }),
        json!({ "sha512": format!("{hex}{hex}") }),
        json!({ "sha384": hex }),
        json!({ "gitCommit": hex }),
        json!({ "": hex }),
        json!({}),
    ] {
        refused(&subject(digest), "subject");
    }
    for digest in [json!({ "sha256": [hex] }), json!({ "sha256": null }), json!([hex]), json!(hex)] {
        refused(&subject(digest), "statement");
    }
    // The fields of a subject, of a digest or of all as a list: `serde` by itself takes it for the struct.
    let listed = json!(["registry.example/app", { "sha256": hex }, null]);
    refused(&attested(|statement| statement["subject"] = json!([listed])), "statement");
    let fields =
        json!(["https://in-toto.io/Statement/v1", [{ "digest": { "sha256": hex } }], cases::SPDX, {}]);
    refused(&attested(|statement| *statement = fields), "statement");
    // A statement in a string, which one reader alone would unpack.
    let raw = json!({ "$serde_json::private::RawValue": "{\"a\":1}" });
    refused(&attested(|statement| statement["subject"][0]["annotations"] = json!({ "x": raw })), "statement");
    refused(&attested(|statement| statement["predicate"] = raw.clone()), "statement");
    refused(
        &attested(|statement| statement["_type"] = json!("https://in-toto.io/Statement/v0.2")),
        "statement",
    );
}

/// The type of the payload is compared as it is.
#[test]
fn payload_types() {
    let authority = Authority::default();
    let Content::Dsse { payload, .. } = cases::attestation(&cases::demo_image()) else {
        panic!("an envelope")
    };
    for payload_type in [
        "application/vnd.in-toto+json; charset=utf-8",
        "application/vnd.in-toto+JSON",
        " application/vnd.in-toto+json",
        "application/vnd.in-toto+json\u{0}",
        "application/vnd.in-toto",
        "application/json",
        "",
    ] {
        let content = Content::Dsse { payload_type: payload_type.to_owned(), payload: payload.clone() };
        let signed = authority.sign(&authority.keyless(content));
        refused(&Case::new("payload type", "", &authority, cases::bundled(&signed)), "envelope.type");
        let evidence = Evidence::LegacyAttestation(vec![signed.legacy()]);
        refused(&Case::new("payload type", "", &authority, evidence), "envelope.type");
    }
}

/// The certificate of a layer is one PEM block; a second one would be another signer for another reader.
#[test]
fn certificates_of_a_layer() {
    let good = case("sig-keyless");
    let Evidence::LegacySignature(layers) = &good.evidence else { panic!("a signature") };
    let with = |annotation: &str, text: String| {
        let mut layer = layers[0].clone();
        layer.annotations.insert(annotation.to_owned(), text);
        Case { evidence: Evidence::LegacySignature(vec![layer]), ..good.clone() }
    };
    let certificate = &layers[0].annotations[legacy::CERTIFICATE];
    let other = Authority::new("somebody else", Authority::default().time);
    let foreign = der::pem("CERTIFICATE", &other.ca.root);
    for text in [
        format!("{certificate}{certificate}"),
        format!("{certificate}{foreign}"),
        format!("{foreign}{certificate}"),
        certificate.replace("CERTIFICATE", "PUBLIC KEY"),
        certificate.replace("-----END", "----END"),
        String::from("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
    ] {
        let judged = judge(&with(legacy::CERTIFICATE, text.clone())).expect_err(&text);
        let known = ["bundle", "certificate.malformed"].iter().any(|rule| breaks(judged.rule, rule));
        assert!(known, "{text}: {}", judged.text);
    }
    refused(&with(legacy::CHAIN, foreign.repeat(11)), "bundle");
    refused(&with(legacy::CHAIN, "\n".to_owned()), "bundle");
    accepted(&with(legacy::CHAIN, String::new()));
}

/// A layer with an annotation twice: the document is refused, whichever of both would be right.
#[tokio::test]
async fn annotations_twice() {
    let good = case("sig-keyless");
    let made = super::layout(good);
    let folder = tempfile::tempdir().unwrap();
    let (digest, manifest) = made
        .blobs
        .iter()
        .find(|(_, bytes)| String::from_utf8_lossy(bytes).contains(legacy::SIGNATURE))
        .expect("the manifest of signatures");
    let text = String::from_utf8(manifest.clone()).unwrap();
    let doubled = text.replacen(
        r#""annotations":{"#,
        &format!(r#""annotations":{{"{}":"AA==","#, legacy::SIGNATURE),
        1,
    );
    assert_ne!(text, doubled);
    let mut hostile = made.clone();
    hostile.blobs.remove(digest);
    let descriptor = hostile.add(image::MANIFEST, doubled.as_bytes());
    let old = hostile.manifests.iter_mut().find(|entry| entry["digest"] == **digest).unwrap();
    (old["digest"], old["size"]) = (descriptor["digest"].clone(), descriptor["size"].clone());
    hostile.write(folder.path());
    let at = Reference::parse(&format!("oci:{}", folder.path().display())).unwrap();
    let layout = Folder::open(folder.path()).unwrap();
    let image = source::resolve_digest(&layout, &at, PlatformFilter::All).await.unwrap();
    let error = portcullis::evidence::collect(&layout, &image).await.unwrap_err().to_string();
    assert!(error.contains("appears twice"), "{error}");
}

/// An index that lists one manifest twice, or itself under two types, is covered no sooner for it.
#[test]
fn an_index_that_repeats_itself() {
    let authority = Authority::default();
    let (genuine, evil) = (Image::new("demo", "amd64"), Image::new("evil", "amd64"));
    let bundle = authority.sign(&authority.keyless(cases::attestation(&genuine))).bundle();
    let verify = |images: &[Image]| {
        let folder = tempfile::tempdir().unwrap();
        Layout::index(images).bundle(&genuine.digest(), &bundle).write(&folder.path().join("layout"));
        fs::write(folder.path().join("root.json"), authority.trusted_root()).unwrap();
        let root = format!("--trusted-root={}/root.json", folder.path().display());
        let image = format!("oci:{}/layout", folder.path().display());
        let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
        let output = super::command(&[
            "verify",
            "--type=spdxjson",
            "--format=json",
            &root,
            &signer[0],
            &signer[1],
            &image,
        ]);
        let document = super::document(&output);
        (output.status.code(), document["rejected"][0]["rule"].clone())
    };
    assert_eq!(verify(std::slice::from_ref(&genuine)), (Some(0), Value::Null));
    assert_eq!(verify(&[genuine.clone(), genuine.clone()]), (Some(0), Value::Null));
    let uncovered = (Some(1), json!("subject.coverage"));
    assert_eq!(verify(&[genuine.clone(), evil.clone()]), uncovered);
    assert_eq!(verify(&[genuine.clone(), evil, genuine.clone()]), uncovered);
}

/// A manifest that refers to another image, listed under this one: what is signed counts, not where it hangs.
#[test]
fn a_referrer_of_another_image() {
    let authority = Authority::default();
    let (image, other) = (cases::demo_image(), cases::other_image());
    let judged = |about: &Image| {
        let bundle = authority.sign(&authority.keyless(cases::attestation(about))).bundle();
        let mut made = Layout::image(&image);
        for blob in [&other.manifest, &other.config, &other.layer] {
            made.add("", blob);
        }
        let mut made = made.bundle(&other.digest(), &bundle);
        let mut list = made.tags[&other.digest().replace(':', "-")].clone();
        list["annotations"] =
            json!({ "org.opencontainers.image.ref.name": image.digest().replace(':', "-") });
        made.manifests.push(list);
        let folder = tempfile::tempdir().unwrap();
        made.write(&folder.path().join("layout"));
        fs::write(folder.path().join("root.json"), authority.trusted_root()).unwrap();
        let root = format!("--trusted-root={}/root.json", folder.path().display());
        let at = format!("oci:{}/layout@{}", folder.path().display(), image.digest());
        let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
        let output = super::command(&[
            "verify",
            "--type=spdxjson",
            "--format=json",
            &root,
            &signer[0],
            &signer[1],
            &at,
        ]);
        let document = super::document(&output);
        (output.status.code(), document["rejected"][0]["rule"].clone())
    };
    assert_eq!(judged(&other), (Some(1), json!("subject")));
    assert_eq!(judged(&image), (Some(0), Value::Null));
}

/// A directory that changes after it was opened, or names what lies outside of it.
#[tokio::test]
async fn a_directory_that_changes() {
    let image = cases::demo_image();
    let folder = tempfile::tempdir().unwrap();
    Layout::image(&image).write(folder.path());
    let at = Reference::parse(&format!("oci:{}", folder.path().display())).unwrap();
    let layout = Folder::open(folder.path()).unwrap();
    let blob = folder.path().join("blobs/sha256").join(image.digest().replace("sha256:", ""));
    let mut other = image.manifest.clone();
    let last = other.len() - 1;
    other.insert(last, b' ');
    other.swap(last, last + 1);
    fs::write(&blob, &image.manifest[..last]).unwrap();
    let fault = async || *layout.manifest(&at).await.unwrap_err().fault;
    assert!(matches!(fault().await, Fault::Digest { .. } | Fault::WrongSize { .. }));
    fs::write(&blob, image.manifest.iter().rev().copied().collect::<Vec<u8>>()).unwrap();
    assert!(matches!(fault().await, Fault::Digest { .. }));
    fs::remove_file(&blob).unwrap();
    assert!(matches!(fault().await, Fault::Incomplete { .. }));

    let hex = "0".repeat(64);
    for digest in [
        "sha256:../../../../etc/passwd".to_owned(),
        format!("sha256:{}", "../".repeat(21) + "x"),
        format!("../sha256:{hex}"),
        format!("sha256/..:{hex}"),
        format!("SHA256:{hex}"),
        format!("sha256:{hex}/../x"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut made = Layout::image(&image);
        made.manifests[0]["digest"] = json!(digest);
        made.write(folder.path());
        assert!(Folder::open(folder.path()).is_err(), "{digest}");
    }
}

/// `verify-blob` with a digest: the algorithm is the one that is named, and its length counts.
#[test]
fn digests_on_the_command_line() {
    let good = case("blob-v03");
    let Evidence::Blob(payload) = &good.evidence else { panic!("a blob") };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("root.json"), &good.trusted_root).unwrap();
    fs::write(folder.path().join("bundle.json"), payload).unwrap();
    let root = format!("--trusted-root={}/root.json", folder.path().display());
    let bundle = format!("--bundle={}/bundle.json", folder.path().display());
    let signer = [format!("--identity={IDENTITY}"), format!("--issuer={ISSUER}")];
    let code = |artifact: &str| {
        super::command(&["verify-blob", &root, &bundle, &signer[0], &signer[1], "--", artifact]).status.code()
    };
    let sha256 = crate::support::authority::sha256(cases::ARTIFACT);
    let hex = sha256.replace("sha256:", "");
    assert_eq!(code(&sha256), Some(0));
    assert_eq!(code(&crate::support::authority::sha256(b"x")), Some(1));
    // The signature is over SHA-256: another digest says nothing about it.
    assert_eq!(code(&format!("sha512:{hex}{hex}")), Some(1));
    for other in [
        format!("sha512:{hex}"),
        format!("SHA256:{hex}"),
        format!("sha256:{}", hex.to_uppercase()),
        format!("sha256:{hex}00"),
        hex,
    ] {
        assert_eq!(code(&other), Some(2), "{other}");
    }
    let (code, _) = run(good, &[]);
    assert_eq!(code, 0);
}
