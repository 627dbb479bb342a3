//! The timestamp authority: RFC 3161 tokens as CMS `SignedData` (RFC 5652).

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::base64;
use super::ca;
use super::ca::Certificate;
use super::ca::Window;
use super::der;
use super::keys::Hash;
use super::keys::Key;
use super::keys::KeyKind;

/// A root and the certificate that signs tokens.
#[derive(Clone)]
pub struct Tsa {
    pub key: Key,
    pub leaf: Vec<u8>,
    pub root: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    /// `validFor` in the trusted root.
    pub window: Window,
}

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

impl Tsa {
    /// An authority; `window` is when the trusted root says it worked.
    pub fn new(seed: &str, certificates: Window, window: Window) -> Self {
        Self::with_purpose(seed, ca::TIME_STAMPING, certificates, window)
    }

    /// An authority whose certificate is for something else.
    pub fn with_purpose(seed: &str, purpose: &str, certificates: Window, window: Window) -> Self {
        let root_key = Key::new(KeyKind::P384, seed, "tsa root");
        let key = Key::new(KeyKind::P256, seed, "tsa");
        let name = |cn| ca::name(&[("2.5.4.10", "portcullis.test"), ("2.5.4.3", cn)]);
        let mut root_extensions = vec![
            ca::extension("2.5.29.15", true, &der::tlv(0x03, &[1, 0x06])),
            ca::extension("2.5.29.19", true, &der::sequence(&[der::truth()])),
        ];
        root_extensions.extend(ca::key_identifiers(&root_key.public_der(), &root_key.public_der()));
        let root = Certificate {
            issuer: name("test timestamp root"),
            subject: name("test timestamp root"),
            window: certificates,
            extensions: root_extensions,
            public: root_key.public_der(),
        };
        let mut leaf_extensions = vec![
            ca::extension("2.5.29.15", true, &der::tlv(0x03, &[7, 0x80])),
            ca::extension("2.5.29.37", true, &der::sequence(&[der::oid(purpose)])),
        ];
        leaf_extensions.extend(ca::key_identifiers(&key.public_der(), &root_key.public_der()));
        let leaf = Certificate {
            issuer: name("test timestamp root"),
            subject: name("test timestamp authority"),
            window: certificates,
            extensions: leaf_extensions,
            public: key.public_der(),
        };
        let (issuer, serial) = (leaf.issuer.clone(), leaf.serial());
        Self { leaf: leaf.sign(&root_key), root: root.sign(&root_key), key, issuer, serial, window }
    }

    /// A `TimeStampResp` over a signature, with the authority's certificate in the token.
    pub fn stamp(&self, signature: &[u8], at: Timestamp) -> Vec<u8> {
        self.respond(&Hash::Sha256.digest(signature), None, at, &[&self.leaf])
    }

    /// A response over a SHA-256 digest; the nonce goes back as DER `INTEGER`.
    pub fn respond(&self, digest: &[u8], nonce: Option<&[u8]>, at: Timestamp, bag: &[&[u8]]) -> Vec<u8> {
        let granted = der::sequence(&[der::integer(0)]);
        der::sequence(&[granted, self.token(digest, nonce, at, bag)])
    }

    fn token(&self, digest: &[u8], nonce: Option<&[u8]>, at: Timestamp, bag: &[&[u8]]) -> Vec<u8> {
        let info = self.info(digest, nonce, at);
        let sha256 = der::sequence(&[der::oid(SHA256)]);
        let content = der::sequence(&[der::oid(TST_INFO), der::context(0, &der::octets(&info))]);
        let signed_data = der::sequence(&[
            der::integer(3),
            der::set(std::slice::from_ref(&sha256)),
            content,
            // SET OF in the order given: the first certificate in the bag is what CVE-2026-39984 is about.
            der::context(0, &der::join(bag)),
            der::set(&[self.signer_info(&info, at)]),
        ]);
        der::sequence(&[der::oid(SIGNED_DATA), der::context(0, &signed_data)])
    }

    fn info(&self, digest: &[u8], nonce: Option<&[u8]>, at: Timestamp) -> Vec<u8> {
        let imprint = der::sequence(&[der::sequence(&[der::oid(SHA256), der::null()]), der::octets(digest)]);
        let serial = &Hash::Sha256.digest(&[digest, at.to_string().as_bytes()].concat())[..8];
        let mut parts = vec![
            der::integer(1),
            der::oid("1.3.6.1.4.1.57264.2"),
            imprint,
            der::unsigned(serial),
            der::generalized_time(at),
            der::sequence(&[der::integer(1)]), // accuracy: one second
        ];
        parts.extend(nonce.map(<[u8]>::to_vec));
        der::sequence(&parts)
    }

    fn signer_info(&self, info: &[u8], at: Timestamp) -> Vec<u8> {
        let attribute = |oid: &str, value: Vec<u8>| der::sequence(&[der::oid(oid), der::set(&[value])]);
        let certificate_hash = der::octets(&Hash::Sha256.digest(&self.leaf));
        let certificate_v2 = der::sequence(&[der::sequence(&[der::sequence(&[certificate_hash])])]);
        let attributes = der::set(&[
            attribute("1.2.840.113549.1.9.3", der::oid(TST_INFO)),
            attribute("1.2.840.113549.1.9.4", der::octets(&Hash::Sha256.digest(info))),
            attribute("1.2.840.113549.1.9.5", der::time(at)),
            attribute("1.2.840.113549.1.9.16.2.47", certificate_v2),
        ]);
        let signature = self.key.sign(&attributes);
        let mut implicit = attributes;
        implicit[0] = 0xa0;
        der::sequence(&[
            der::integer(1),
            der::sequence(&[self.issuer.clone(), der::unsigned(&self.serial)]),
            der::sequence(&[der::oid(SHA256)]),
            implicit,
            self.key.signature_algorithm(),
            der::octets(&signature),
        ])
    }

    /// The authority in a trusted root.
    pub fn trusted_root(&self) -> Value {
        json!({
            "subject": { "organization": "portcullis.test", "commonName": "test timestamp authority" },
            "uri": "https://tsa.portcullis.test/api/v1/timestamp",
            "certChain": { "certificates": [
                { "rawBytes": base64(&self.leaf) },
                { "rawBytes": base64(&self.root) },
            ] },
            "validFor": self.window.json(),
        })
    }
}
