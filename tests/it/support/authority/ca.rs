//! The certificate authority: what Fulcio issues (RFC 5280, and
//! <https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md>).

use jiff::SignedDuration;
use jiff::Timestamp;
use sha2::Digest as _;
use sha2::Sha256;

use super::ct::CtLog;
use super::der;
use super::keys::Key;
use super::keys::KeyKind;

/// From when until when, both inclusive.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Window {
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// As RFC 3339 and `Z`, for `validFor`.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({ "start": self.start.to_string(), "end": self.end.to_string() })
    }
}

/// A root and an intermediate, both P-384 as in the public instance.
#[derive(Clone)]
pub struct Ca {
    pub root_key: Key,
    pub key: Key,
    pub root: Vec<u8>,
    pub intermediate: Vec<u8>,
}

impl Ca {
    /// A CA whose intermediate is valid within a window of its own.
    pub fn new(seed: &str, root_window: Window, window: Window) -> Self {
        let root_key = Key::new(KeyKind::P384, seed, "fulcio root");
        let key = Key::new(KeyKind::P384, seed, "fulcio intermediate");
        let name = |cn| name(&[("2.5.4.10", "portcullis.test"), ("2.5.4.3", cn)]);
        let (root_name, intermediate_name) =
            (name("test authority root"), name("test authority intermediate"));
        let root = Certificate {
            issuer: root_name.clone(),
            subject: root_name.clone(),
            window: root_window,
            extensions: ca_extensions(&root_key, &root_key, 1, false),
            public: root_key.public_der(),
        };
        let intermediate = Certificate {
            issuer: root_name,
            subject: intermediate_name,
            window,
            extensions: ca_extensions(&key, &root_key, 0, true),
            public: key.public_der(),
        };
        let (root, intermediate) = (root.sign(&root_key), intermediate.sign(&root_key));
        Self { root_key, key, root, intermediate }
    }

    /// Issues a leaf for a key, with the SCT of a log embedded.
    pub fn issue(&self, key: &Key, leaf: &Leaf, log: &CtLog) -> Vec<u8> {
        self.issue_for(&key.public_der(), leaf, log)
    }

    /// Issues a leaf for a `SubjectPublicKeyInfo`.
    pub fn issue_for(&self, public: &[u8], leaf: &Leaf, log: &CtLog) -> Vec<u8> {
        let mut certificate = Certificate {
            issuer: name(&[("2.5.4.10", "portcullis.test"), ("2.5.4.3", "test authority intermediate")]),
            subject: der::sequence::<&[u8]>(&[]),
            window: leaf.window,
            extensions: leaf.extensions(public, &self.key),
            public: public.to_vec(),
        };
        let precertificate = certificate.tbs(&self.key);
        match &leaf.sct {
            Sct::None => {}
            Sct::Good => {
                let sct = log.sct(&self.key, &precertificate, leaf.window.start);
                certificate.extensions.push(CtLog::extension(&[sct]));
            }
            Sct::Of(tbs) => {
                let sct = log.sct(&self.key, tbs, leaf.window.start);
                certificate.extensions.push(CtLog::extension(&[sct]));
            }
        }
        certificate.sign(&self.key)
    }

    /// `certChain` of a trusted root: leaf-most first.
    pub fn chain(&self) -> [&[u8]; 2] {
        [&self.intermediate, &self.root]
    }
}

/// The identity in a leaf.
#[derive(Clone, Debug)]
pub enum San {
    Email(String),
    /// Fulcio's `otherName` for user names.
    Other(String),
    /// Several of them, in this order.
    Several(Vec<Self>),
    Uri(String),
}

impl San {
    /// `GeneralName`s.
    fn names(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Email(email) => vec![der::context_primitive(1, email.as_bytes())],
            Self::Other(value) => {
                let value = der::context(0, &der::utf8(value));
                vec![der::context(0, &der::join(&[der::oid("1.3.6.1.4.1.57264.1.7"), value]))]
            }
            Self::Several(names) => names.iter().flat_map(Self::names).collect(),
            Self::Uri(uri) => vec![der::context_primitive(6, uri.as_bytes())],
        }
    }
}

/// Which SCT a leaf carries.
#[derive(Clone, Debug)]
pub enum Sct {
    Good,
    None,
    /// A genuine signature of the log, over these TBS bytes instead of the leaf's own.
    Of(Vec<u8>),
}

/// What a leaf says. Start from [`Leaf::new`] and change what the test is about.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub san: San,
    pub issuer: String,
    /// Last arc under `1.3.6.1.4.1.57264.1` and value; 2 to 6 raw, the others `UTF8String`.
    pub claims: Vec<(u32, String)>,
    pub window: Window,
    pub key_purpose: &'static str,
    pub is_ca: bool,
    pub sct: Sct,
    /// In `.1.8`, where it is not to be the one of `.1.1`.
    pub other_issuer: Option<String>,
    /// Extensions beside the usual ones, DER.
    pub more: Vec<Vec<u8>>,
}

pub const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";

impl Leaf {
    /// A workflow's certificate, valid for ten minutes from `at`, as Fulcio issues it.
    pub fn new(identity: &str, issuer: &str, at: Timestamp) -> Self {
        let san = if identity.contains("://") {
            San::Uri(identity.to_owned())
        } else {
            San::Email(identity.to_owned())
        };
        Self {
            san,
            issuer: issuer.to_owned(),
            claims: Vec::new(),
            window: Window::new(at, at + SignedDuration::from_mins(10)),
            key_purpose: CODE_SIGNING,
            is_ca: false,
            sct: Sct::Good,
            other_issuer: None,
            more: Vec::new(),
        }
    }

    /// The claims that Fulcio takes from a GitHub Actions token.
    pub fn with_github_claims(mut self) -> Self {
        let repository = "https://github.com/example/app";
        let sha = "5c9a5f7c1f0b7c2f9c38fd6f3dcd3f6b1d0f4a11";
        let workflow = format!("{repository}/.github/workflows/release.yml@refs/heads/main");
        let claims = [
            (2, "push"),
            (3, sha),
            (4, "release"),
            (5, "example/app"),
            (6, "refs/heads/main"),
            (9, &workflow),
            (10, sha),
            (11, "github-hosted"),
            (12, repository),
            (13, sha),
            (14, "refs/heads/main"),
            (15, "1234567"),
            (16, "https://github.com/example"),
            (17, "7654321"),
            (18, &workflow),
            (19, sha),
            (20, "push"),
            (21, "https://github.com/example/app/actions/runs/42/attempts/1"),
            (22, "public"),
        ];
        self.claims = claims.map(|(arc, value)| (arc, value.to_owned())).to_vec();
        self
    }

    fn extensions(&self, public: &[u8], issuer: &Key) -> Vec<Vec<u8>> {
        let mut extensions = Vec::new();
        if self.is_ca {
            extensions.push(extension("2.5.29.19", true, &der::sequence(&[der::truth()])));
            extensions.push(extension("2.5.29.15", true, &der::tlv(0x03, &[1, 0x06])));
        } else {
            extensions.push(extension("2.5.29.15", true, &der::tlv(0x03, &[7, 0x80])));
        }
        extensions.push(extension("2.5.29.37", false, &der::sequence(&[der::oid(self.key_purpose)])));
        extensions.extend(key_identifiers(public, &issuer.public_der()));
        extensions.push(extension("2.5.29.17", true, &der::sequence(&self.san.names())));
        extensions.push(fulcio_extension(1, self.issuer.as_bytes()));
        for (arc, value) in &self.claims {
            let raw = *arc <= 6;
            let value = if raw { value.as_bytes().to_vec() } else { der::utf8(value) };
            extensions.push(fulcio_extension(*arc, &value));
        }
        extensions.push(fulcio_extension(8, &der::utf8(self.other_issuer.as_ref().unwrap_or(&self.issuer))));
        extensions.extend(self.more.iter().cloned());
        extensions
    }
}

/// The parts of a certificate before it is signed.
#[derive(Clone)]
pub struct Certificate {
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    pub window: Window,
    pub extensions: Vec<Vec<u8>>,
    pub public: Vec<u8>,
}

impl Certificate {
    /// `TBSCertificate` with the algorithm of the issuer's key and a serial number made of the contents.
    pub fn tbs(&self, issuer: &Key) -> Vec<u8> {
        let validity = der::sequence(&[der::time(self.window.start), der::time(self.window.end)]);
        let serial = self.serial();
        der::sequence(&[
            der::context(0, &der::integer(2)),
            der::unsigned(&serial),
            issuer.signature_algorithm(),
            self.issuer.clone(),
            validity,
            self.subject.clone(),
            self.public.clone(),
            der::context(3, &der::sequence(&self.extensions)),
        ])
    }

    /// Does not depend on the extensions: the precertificate and the certificate share it.
    pub fn serial(&self) -> Vec<u8> {
        let window = format!("{}{}", self.window.start, self.window.end);
        let parts = [self.issuer.as_slice(), &self.subject, &self.public, window.as_bytes()];
        let mut serial = Sha256::digest(der::join(&parts))[..16].to_vec();
        serial[0] = serial[0] & 0x3f | 0x40;
        serial
    }

    /// The certificate, DER.
    pub fn sign(&self, issuer: &Key) -> Vec<u8> {
        let tbs = self.tbs(issuer);
        let signature = der::bits(&issuer.sign(&tbs));
        der::sequence(&[tbs, issuer.signature_algorithm(), signature])
    }
}

/// The `TBSCertificate` in a certificate: both with lengths of two bytes, as all certificates here.
pub fn tbs(certificate: &[u8]) -> Vec<u8> {
    let [0x30, 0x82, _, _, rest @ ..] = certificate else { panic!("a certificate of more than 255 bytes") };
    let [0x30, 0x82, high, low, ..] = rest else { panic!("a TBSCertificate of more than 255 bytes") };
    rest[..4 + usize::from(u16::from_be_bytes([*high, *low]))].to_vec()
}

/// `Name` of attribute types and values.
pub fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, value)| der::set(&[der::sequence(&[der::oid(kind), der::utf8(value)])]))
        .collect();
    der::sequence(&attributes)
}

/// `Extension`.
pub fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![der::oid(oid)];
    if critical {
        parts.push(der::truth());
    }
    parts.push(der::octets(value));
    der::sequence(&parts)
}

/// Subject and authority key identifiers.
pub fn key_identifiers(public: &[u8], issuer: &[u8]) -> [Vec<u8>; 2] {
    let (key, issuer) = (Sha256::digest(public), Sha256::digest(issuer));
    [
        extension("2.5.29.14", false, &der::octets(&key[..20])),
        extension("2.5.29.35", false, &der::sequence(&[der::context_primitive(0, &issuer[..20])])),
    ]
}

fn ca_extensions(key: &Key, issuer: &Key, depth: u64, code_signing: bool) -> Vec<Vec<u8>> {
    let mut extensions = vec![
        extension("2.5.29.15", true, &der::tlv(0x03, &[1, 0x06])),
        extension("2.5.29.19", true, &der::sequence(&[der::truth(), der::integer(depth)])),
    ];
    if code_signing {
        extensions.push(extension("2.5.29.37", false, &der::sequence(&[der::oid(CODE_SIGNING)])));
    }
    extensions.extend(key_identifiers(&key.public_der(), &issuer.public_der()));
    extensions
}

/// One of Fulcio's extensions.
pub fn fulcio_extension(arc: u32, value: &[u8]) -> Vec<u8> {
    extension(&format!("1.3.6.1.4.1.57264.1.{arc}"), false, value)
}
