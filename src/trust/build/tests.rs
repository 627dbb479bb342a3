//! Expected values are what cosign wrote: see `testdata/trusted-root/README.md`.

use serde_json::Value;

use super::super::Embedded;
use super::*;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../testdata/trusted-root/", $name)).as_slice()
    };
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn since_2024() -> Window {
    Window { from: at("2024-01-01T00:00:00Z"), until: None }
}

/// The same entries: cosign puts them in the order of their beginnings.
fn assert_same(builder: &Builder, expected: &[u8]) {
    assert_eq!(sorted(&builder.to_json()), sorted(expected));
    builder.build().unwrap();
}

fn sorted(document: &[u8]) -> Value {
    let mut document: Value = serde_json::from_slice(document).unwrap();
    for list in document.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(ToString::to_string);
    }
    document
}

#[test]
fn logs_of_every_key() {
    let cases = [
        (file!("p256.pub"), file!("rekor-p256.json"), file!("origin-p256.json")),
        (file!("p384.pub"), file!("rekor-p384.json"), file!("origin-p384.json")),
        (file!("p521.pub"), file!("rekor-p521.json"), file!("origin-p521.json")),
        (file!("ed25519.pub"), file!("rekor-ed25519.json"), file!("origin-ed25519.json")),
        (file!("rsa2048.pub"), file!("rekor-rsa2048.json"), file!("origin-rsa2048.json")),
        (file!("rsa3072.pub"), file!("rekor-rsa3072.json"), file!("origin-rsa3072.json")),
        (file!("rsa4096.pub"), file!("rekor-rsa4096.json"), file!("origin-rsa4096.json")),
        (file!("rsa2048-pkcs1.pub"), file!("rekor-rsa2048-pkcs1.json"), file!("origin-rsa2048-pkcs1.json")),
    ];
    let log = |key: &LogKey| {
        Builder::default().transparency_log(key, "https://rekor.example", since_2024()).unwrap()
    };
    for (pem, plain, with_origin) in cases {
        let key = LogKey::from_pem(pem).unwrap();
        assert_same(&log(&key), plain);
        assert_same(&log(&key.with_origin("rekor.example")), with_origin);
    }
}

#[test]
fn every_role() {
    let chain = Chain::from_pem(file!("chain.pem")).unwrap();
    let unnamed = Chain::from_pem(file!("unnamed.pem")).unwrap();
    let tsa_chain = Chain::from_pem(file!("tsa-chain.pem")).unwrap();
    let tsa = Chain::from_pem(file!("tsa.pem")).unwrap();
    let rekor = LogKey::from_pem(file!("p256.pub")).unwrap();
    let ct = LogKey::from_pem(file!("p384.pub")).unwrap();
    let window = |from, until: Option<&str>| Window { from, until: until.map(at) };
    let january = window(at("2025-01-01T00:00:00+02:00"), Some("2025-02-01T00:00:00.5Z"));
    let builder = Builder::default()
        .certificate_authority(&chain, "https://fulcio.example", window(chain.root_not_before(), None))
        .certificate_authority(&unnamed, "https://fulcio.example", january)
        .certificate_log(&ct, "https://ct.example", since_2024())
        .unwrap()
        .transparency_log(&rekor, "https://rekor.example", january)
        .unwrap()
        // Takes the place of the one before.
        .transparency_log(&rekor, "https://rekor2.example", since_2024())
        .unwrap()
        .timestamp_authority(&tsa_chain, "https://tsa.example", window(tsa_chain.leaf_not_before(), None))
        .unwrap()
        .timestamp_authority(
            &tsa,
            "https://tsa.example",
            window(tsa.leaf_not_before(), Some("2029-01-01T00:00:00Z")),
        )
        .unwrap();
    assert_same(&builder, file!("all.json"));
    assert_same(&Builder::default(), file!("empty.json"));
}

/// A copy has the same entries as the original, and none of another role.
#[test]
fn copies() {
    for which in [Embedded::Github, Embedded::Production, Embedded::Staging] {
        let root = TrustedRoot::embedded(which).unwrap();
        let roles = [
            Role::CertificateAuthority,
            Role::CertificateLog,
            Role::TransparencyLog,
            Role::TimestampAuthority,
        ];
        let all = roles.iter().fold(Builder::default(), |builder, role| builder.copy(&root, *role));
        assert_eq!(all.build().unwrap().authorities(), root.authorities());
        for role in roles {
            let one = Builder::default().copy(&root, role).build().unwrap();
            assert!(one.authorities().iter().all(|authority| authority.role == role));
        }
    }
}

#[test]
fn links() {
    for chain in [file!("chain.pem"), file!("tsa-chain.pem"), file!("root.pem"), file!("stray.pem")] {
        assert_eq!(Chain::from_pem(chain).unwrap().check_links(), Ok(()));
    }
    let broken = Chain::from_pem(file!("broken-chain.pem")).unwrap();
    assert_eq!(broken.check_links(), Err(BuildError::Issuer { position: 1 }));
    // The second, not only the first.
    let broken = [file!("lower.pem"), file!("upper.pem"), file!("other.pem")].concat();
    let error = Chain::from_pem(&broken).unwrap().check_links();
    assert_eq!(error, Err(BuildError::Issuer { position: 2 }));
    // A leaf may not issue, whatever it has signed.
    let upside_down = [file!("lower.pem"), file!("tsa.pem")].concat();
    let error = Chain::from_pem(&upside_down).unwrap().check_links();
    assert_eq!(error, Err(BuildError::Issuer { position: 1 }));
}

/// Subjects of the first certificate of each authority.
fn authorities(pool: &Pool) -> Vec<String> {
    let root = Builder::default().certificate_pool(pool).build().unwrap();
    root.authorities().into_iter().map(|authority| authority.id).collect()
}

#[test]
fn pools() {
    let intermediates = [file!("stray.pem"), file!("lower.pem"), file!("upper.pem")].concat();
    let pool = Pool::default().roots(file!("root.pem")).unwrap().intermediates(&intermediates).unwrap();
    let names = authorities(&pool);
    assert_eq!(names.len(), 3, "{names:?}: the stray one leads to no root");
    assert!(names.iter().any(|name| name.contains("CN=lower")), "{names:?}: over another intermediate");
    assert!(!names.iter().any(|name| name.contains("CN=stray")), "{names:?}");
    // Without the one between, it leads nowhere.
    let pool = Pool::default().roots(file!("root.pem")).unwrap().intermediates(file!("lower.pem")).unwrap();
    assert_eq!(authorities(&pool).len(), 1);
    let pool =
        Pool::default().roots_and_intermediates(&[&intermediates, file!("root.pem")].concat()).unwrap();
    assert_eq!(authorities(&pool).len(), 3);
    // What does not issue itself is no root, by whatever name.
    let pool = Pool::default().roots_and_intermediates(file!("upper.pem")).unwrap();
    assert_eq!(authorities(&pool), Vec::<String>::new());
}

#[test]
fn refuses() {
    assert_eq!(Chain::from_pem(b"").unwrap_err(), BuildError::Empty);
    assert_eq!(Chain::from_pem(b"text").unwrap_err(), BuildError::Empty);
    assert_eq!(Chain::from_pem(file!("p256.pub")).unwrap_err(), BuildError::NotACertificate { position: 1 });
    let root = str::from_utf8(file!("root.pem")).unwrap();
    let cut = root.replace("-----END CERTIFICATE-----", "");
    assert!(matches!(Chain::from_pem(cut.as_bytes()), Err(BuildError::Pem { position: 1, .. })));
    let second = format!("{root}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert!(matches!(Chain::from_pem(second.as_bytes()), Err(BuildError::Certificate { position: 2, .. })));
    assert!(matches!(Chain::from_pem(root.repeat(11).as_bytes()), Err(BuildError::Many { limit: 10 })));

    assert_eq!(LogKey::from_pem(b"").unwrap_err(), BuildError::Key(KeyError::Pem));
    assert_eq!(LogKey::from_pem(file!("root.pem")).unwrap_err(), BuildError::Key(KeyError::Pem));
    let private = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(LogKey::from_pem(private).unwrap_err(), BuildError::Key(KeyError::Private));
    let malformed = b"-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n";
    assert_eq!(LogKey::from_pem(malformed).unwrap_err(), BuildError::Key(KeyError::Malformed));

    let chain = Chain::from_pem(file!("chain.pem")).unwrap();
    let error = Builder::default().timestamp_authority(&chain, "", Window::ALWAYS).unwrap_err();
    assert_eq!(error, BuildError::NoLeaf);
}
