//! Named cases: a piece of evidence, whom to trust, and what must happen.

pub mod accepted;
pub mod refused;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use serde_json::json;

use super::Authority;
use super::Hash;
use super::IDENTITY;
use super::ISSUER;
use super::Image;
use super::Key;
use super::KeyKind;
use super::Layout;
use super::image;
use super::legacy::Layer;
use super::sha256;
use super::sign::Content;
use super::sign::Signed;

/// The bytes that blob cases sign.
pub const ARTIFACT: &[u8] = b"an artifact of the test authority\n";
/// The bytes that the thief's victim signed.
pub const OTHER_ARTIFACT: &[u8] = b"another artifact, signed by the same key\n";
/// Predicate type of the attestations.
pub const SPDX: &str = "https://spdx.dev/Document";

/// Predicate type of cosign's image signatures.
pub const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// One case.
#[derive(Clone)]
pub struct Case {
    pub name: &'static str,
    /// What it shows, with the advisory where there is one.
    pub shows: &'static str,
    pub expect: Expect,
    pub evidence: Evidence,
    pub trusted_root: Vec<u8>,
    pub signer: CaseSigner,
    /// `--use-signed-timestamps`: the time is to come from the timestamp authority.
    pub signed_timestamps: bool,
    /// `--insecure-ignore-tlog`: evidence that was never logged.
    pub ignore_tlog: bool,
    /// `--signature-digest-algorithm`, where cosign has to be told the digest that belongs to a key.
    pub digest: Option<Hash>,
    /// The parties' keys and certificates one by one, for cosign 2: file name and PEM.
    pub parties: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expect {
    Accept,
    Refuse,
}

/// What is shown to the verifier. The image of all cases is [`demo_image`].
#[derive(Clone)]
pub enum Evidence {
    /// A bundle with an envelope, about the image.
    Attestation(Vec<u8>),
    /// A bundle with a signature over [`ARTIFACT`].
    Blob(Vec<u8>),
    /// A bundle that refers to the image and is to be its signature.
    ImageSignature(Vec<u8>),
    /// Layers of the image's `.att` manifest.
    LegacyAttestation(Vec<Layer>),
    /// Layers of the image's `.sig` manifest.
    LegacySignature(Vec<Layer>),
}

/// Who must have signed.
#[derive(Clone)]
pub enum CaseSigner {
    Identity { san: String, issuer: String },
    Key(String),
}

impl Case {
    /// A case of the authority's own root and identity.
    pub fn new(name: &'static str, shows: &'static str, authority: &Authority, evidence: Evidence) -> Self {
        Self {
            name,
            shows,
            expect: Expect::Accept,
            evidence,
            trusted_root: authority.trusted_root(),
            signer: CaseSigner::Identity { san: IDENTITY.to_owned(), issuer: ISSUER.to_owned() },
            signed_timestamps: false,
            ignore_tlog: false,
            digest: None,
            parties: vec![
                ("fulcio.pem", authority.ca.chain().map(certificate).concat()),
                ("rekor.pub", authority.rekor.key.public_pem()),
                ("ctfe.pub", authority.ct.key.public_pem()),
                ("tsa.pem", [&authority.tsa.leaf, &authority.tsa.root].map(|der| certificate(der)).concat()),
            ],
        }
    }

    pub fn digest(mut self, hash: Hash) -> Self {
        self.digest = Some(hash);
        self
    }

    pub fn refuse(mut self) -> Self {
        self.expect = Expect::Refuse;
        self
    }

    pub fn with_key(mut self, key: &Key) -> Self {
        self.signer = CaseSigner::Key(key.public_pem());
        self
    }

    pub fn with_root(mut self, root: &Value) -> Self {
        self.trusted_root = root.to_string().into_bytes();
        self
    }

    pub fn signed_timestamps(mut self) -> Self {
        self.signed_timestamps = true;
        self
    }

    pub fn ignore_tlog(mut self) -> Self {
        self.ignore_tlog = true;
        self
    }

    /// Names what was judged: a recorded verdict holds for the same evidence, root and signer only.
    pub fn fingerprint(&self) -> String {
        let evidence = match &self.evidence {
            Evidence::Attestation(bytes) | Evidence::Blob(bytes) | Evidence::ImageSignature(bytes) => {
                bytes.clone()
            }
            Evidence::LegacyAttestation(layers) | Evidence::LegacySignature(layers) => {
                let layers = layers.iter().flat_map(|layer| {
                    [layer.payload.clone(), json!(layer.annotations).to_string().into_bytes()]
                });
                layers.collect::<Vec<_>>().concat()
            }
        };
        let signer = match &self.signer {
            CaseSigner::Identity { san, issuer } => format!("{san} {issuer}"),
            CaseSigner::Key(pem) => pem.clone(),
        };
        sha256(&[evidence.as_slice(), &self.trusted_root, signer.as_bytes()].concat())
    }

    /// Writes the case as files that any verifier can be called on, and `case.json` that says how.
    pub fn write(&self, directory: &Path) {
        fs::create_dir_all(directory).expect("directory");
        let write = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes).expect("file");
        write("trusted_root.json", &self.trusted_root);
        for (name, pem) in &self.parties {
            write(name, pem.as_bytes());
        }
        let image = demo_image();
        let kind = match &self.evidence {
            Evidence::Attestation(bundle) => {
                write("bundle.json", bundle);
                write("manifest", &image.manifest);
                "attestation"
            }
            Evidence::Blob(bundle) => {
                write("bundle.json", bundle);
                write("artifact", ARTIFACT);
                "blob"
            }
            Evidence::ImageSignature(bundle) => {
                write("bundle.json", bundle);
                Layout::image(&image).bundle(&image.digest(), bundle).write(&directory.join("layout"));
                "image-signature"
            }
            Evidence::LegacyAttestation(layers) => {
                Layout::image(&image).attestations(&image.digest(), layers).write(&directory.join("layout"));
                "legacy-attestation"
            }
            Evidence::LegacySignature(layers) => {
                Layout::image(&image).signatures(&image.digest(), layers).write(&directory.join("layout"));
                "legacy-signature"
            }
        };
        let mut case = json!({
            "name": self.name,
            "shows": self.shows,
            "fingerprint": self.fingerprint(),
            "kind": kind,
            "expect": if self.expect == Expect::Accept { "accept" } else { "refuse" },
            "image": image.digest(),
            "predicate-type": SPDX,
            "signed-timestamps": self.signed_timestamps,
            "ignore-tlog": self.ignore_tlog,
            "digest": self.digest.map(Hash::rekor),
        });
        match &self.signer {
            CaseSigner::Identity { san, issuer } => {
                case["identity"] = json!(san);
                case["issuer"] = json!(issuer);
            }
            CaseSigner::Key(pem) => write("key.pub", pem.as_bytes()),
        }
        write("case.json", format!("{case:#}\n").as_bytes());
    }
}

fn certificate(der: &[u8]) -> String {
    super::der::pem("CERTIFICATE", der)
}

/// Every case, each with an authority of its own, in a fixed order. Made once.
pub fn all() -> &'static [Case] {
    static ALL: OnceLock<Vec<Case>> = OnceLock::new();
    ALL.get_or_init(|| {
        let lists = [accepted::ALL].into_iter().chain(refused::ALL);
        lists.flatten().map(|case| case(&Authority::default())).collect()
    })
}

/// The image that all cases are about.
pub fn demo_image() -> Image {
    Image::new("demo", "amd64")
}

/// Another image, by the same people.
pub fn other_image() -> Image {
    Image::new("other", "amd64")
}

/// The message that blob cases sign.
pub fn blob() -> Content {
    Content::message(ARTIFACT)
}

/// A small SPDX document.
pub fn spdx_document() -> Value {
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "demo",
        "documentNamespace": "https://example.com/spdx/demo",
        "creationInfo": { "created": "2025-03-01T12:00:00Z", "creators": ["Tool: test-authority"] },
        "packages": [{
            "SPDXID": "SPDXRef-Package-demo",
            "name": "demo",
            "versionInfo": "1.0",
            "downloadLocation": "NOASSERTION",
        }],
    })
}

/// An SPDX attestation of an image.
pub fn attestation(image: &Image) -> Content {
    Content::statement(&image::statement(&image.digest(), SPDX, &spdx_document()))
}

/// An attestation with this many subjects, the image last.
pub fn subjects(count: usize) -> Content {
    let subject =
        |digest: String| json!({ "name": "x", "digest": { "sha256": digest.replace("sha256:", "") } });
    let other = subject(other_image().digest());
    let mut subjects = vec![other; count - 1];
    subjects.push(subject(demo_image().digest()));
    let mut statement = image::statement(&demo_image().digest(), SPDX, &spdx_document());
    statement["subject"] = json!(subjects);
    Content::statement(&statement)
}

/// cosign's payload for an image.
pub fn payload(image: &Image) -> Content {
    let reference = "registry.example/app";
    Content::Message(super::legacy::simple_signing(reference, &image.digest(), &Value::Null))
}

/// What cosign 3 signs for an image: a statement without a name and with an empty predicate.
pub fn image_signature(image: &Image) -> Content {
    let hex = image.digest().replace("sha256:", "");
    Content::statement(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": hex } }],
        "predicateType": SIGN,
        "predicate": {},
    }))
}

/// The evidence that fits what was signed, as a bundle.
pub fn bundled(signed: &Signed) -> Evidence {
    match signed.content {
        Content::Dsse { .. } => Evidence::Attestation(signed.bundle()),
        Content::Message(_) => Evidence::Blob(signed.bundle()),
    }
}

/// The evidence that fits what was signed, as a legacy layer.
pub fn layered(signed: &Signed) -> Evidence {
    match signed.content {
        Content::Dsse { .. } => Evidence::LegacyAttestation(vec![signed.legacy()]),
        Content::Message(_) => Evidence::LegacySignature(vec![signed.legacy()]),
    }
}

/// A constructor of a case.
pub type Make = fn(&Authority) -> Case;

/// Kinds of managed keys that cosign knows.
pub const MANAGED: [KeyKind; 6] =
    [KeyKind::Ed25519, KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048, KeyKind::Rsa4096];
