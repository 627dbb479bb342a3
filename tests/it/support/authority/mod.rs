//! A test authority: certificate authority, transparency logs, timestamp authority and their trusted root.
//!
//! It makes signed images and attestations in every layout that cosign and its relatives write, and
//! deviations from them that public data cannot give. Keys come from a fixed seed and times are arguments,
//! so the same calls in the same order give the same bytes.
//!
//! ```ignore
//! let authority = Authority::default();
//! let signed = authority.sign(&authority.keyless(Content::message("hello")));
//! let (bundle, root) = (signed.bundle(), authority.trusted_root());
//! ```
//!
//! The cases, good and bad, are in [`cases`].

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    reason = "shared by tests that each use a part of it"
)]

pub mod bundle;
pub mod ca;
pub mod cases;
pub mod ct;
pub mod der;
pub mod entry;
pub mod image;
pub mod keys;
pub mod legacy;
pub mod merkle;
pub mod rekor;
pub mod scan;
pub mod sign;
pub mod tsa;

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

pub use self::ca::Ca;
pub use self::ca::Leaf;
pub use self::ca::San;
pub use self::ca::Sct;
pub use self::ca::Window;
pub use self::ct::CtLog;
pub use self::entry::EntryKind;
pub use self::image::Image;
pub use self::image::Layout;
pub use self::keys::Hash;
pub use self::keys::Key;
pub use self::keys::KeyKind;
pub use self::rekor::Rekor;
pub use self::sign::Content;
pub use self::sign::Request;
pub use self::sign::Signed;
pub use self::sign::Signer;
pub use self::sign::Version;
pub use self::tsa::Tsa;

/// The identity in leaves, unless a test asks for another.
pub const IDENTITY: &str = "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main";
/// The issuer in leaves, unless a test asks for another.
pub const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// All parties.
pub struct Authority {
    pub seed: String,
    /// The moment of signing, unless a test asks for another.
    pub time: Timestamp,
    pub ca: Ca,
    pub ct: CtLog,
    pub rekor: Rekor,
    pub rekor2: Rekor,
    pub tsa: Tsa,
    /// When the parties began to work.
    pub start: Timestamp,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new("default", at("2025-03-01T12:00:00Z"))
    }
}

impl Authority {
    /// An authority of its own for each seed, that signs at `time` unless told otherwise.
    pub fn new(seed: &str, time: Timestamp) -> Self {
        let start = at("2024-01-01T00:00:00Z");
        let years = Window::new(start, at("2034-01-01T00:00:00Z"));
        Self {
            seed: seed.to_owned(),
            time,
            ca: Ca::new(seed, years, years),
            ct: CtLog::new(seed),
            rekor: Rekor::v1(seed, "rekor.portcullis.test"),
            rekor2: Rekor::v2(seed, "rekor2.portcullis.test"),
            tsa: Tsa::new(seed, years, years),
            start,
        }
    }

    /// A request signed keyless by [`IDENTITY`] of [`ISSUER`], with a P-256 key, logged in Rekor v1.
    pub fn keyless(&self, content: Content) -> Request {
        let key = Key::new(KeyKind::P256, &self.seed, "leaf");
        let leaf = Leaf::new(IDENTITY, ISSUER, self.time).with_github_claims();
        Request::new(content, Signer::Keyless(key, Box::new(leaf)), self.time)
    }

    /// A request signed with a managed key, logged in Rekor v1.
    pub fn managed(&self, kind: KeyKind, content: Content) -> Request {
        Request::new(content, Signer::Managed(self.managed_key(kind)), self.time)
    }

    /// The managed key of a kind.
    pub fn managed_key(&self, kind: KeyKind) -> Key {
        Key::new(kind, &self.seed, "managed")
    }

    /// `trusted_root.json` of this authority.
    pub fn trusted_root(&self) -> Vec<u8> {
        self.trusted_root_value().to_string().into_bytes()
    }

    /// The trusted root, for those who want to change it.
    pub fn trusted_root_value(&self) -> Value {
        let from = json!({ "start": self.start.to_string() });
        let chain = self.ca.chain().map(|der| json!({ "rawBytes": base64(der) }));
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self.rekor.trusted_root(self.start), self.rekor2.trusted_root(self.start)],
            "certificateAuthorities": [{
                "subject": { "organization": "portcullis.test", "commonName": "test authority root" },
                "uri": "https://fulcio.portcullis.test",
                "certChain": { "certificates": chain },
                "validFor": from,
            }],
            "ctlogs": [{
                "baseUrl": "https://ct.portcullis.test",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": base64(&self.ct.key.public_der()),
                    "keyDetails": self.ct.key.details(),
                    "validFor": from,
                },
                "logId": { "keyId": base64(&self.ct.key.public_sha256()) },
            }],
            "timestampAuthorities": [self.tsa.trusted_root()],
        })
    }
}

/// A time from its RFC 3339 form.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("RFC 3339")
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// `sha256:<hex>`.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Hash::Sha256.digest(bytes)))
}

/// JSON with sorted keys and no spaces, whatever order the map type keeps (RFC 8785 for our values).
pub fn canonical(value: &Value) -> Vec<u8> {
    fn sorted(value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(sorted).collect();
                format!("[{}]", items.join(","))
            }
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(key, _)| key.as_str());
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| format!("{}:{}", json!(key), sorted(value))).collect();
                format!("{{{}}}", fields.join(","))
            }
            scalar => scalar.to_string(),
        }
    }
    sorted(value).into_bytes()
}
