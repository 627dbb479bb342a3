//! What is compared of two outcomes.

use super::outcome::Outcome;

/// One thing that may be the same or not.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Aspect {
    Exit,
    /// Documents as documents, text as text.
    Stdout,
    /// On success: what standard error says was checked, and whose certificate it was.
    Header,
    /// On failure: which check refused.
    Class,
    /// What the command made.
    Files,
}

impl Aspect {
    const ALL: [Self; 5] = [Self::Exit, Self::Stdout, Self::Header, Self::Class, Self::Files];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Stdout => "stdout",
            Self::Header => "header",
            Self::Class => "class",
            Self::Files => "files",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|aspect| aspect.as_str() == text);
        found.unwrap_or_else(|| panic!("no aspect {text:?}"))
    }

    fn same(self, one: &Outcome, other: &Outcome) -> bool {
        match self {
            Self::Exit => one.exit == other.exit,
            Self::Stdout => one.stdout == other.stdout || same_tree(one, other),
            Self::Header => header(one) == header(other),
            // Whether one of them failed is a matter of the exit code.
            Self::Class => one.exit == 0 || other.exit == 0 || class(one) == class(other),
            Self::Files => one.files == other.files,
        }
    }
}

/// The aspects in which two outcomes differ.
pub(super) fn differ(one: &Outcome, other: &Outcome) -> Vec<Aspect> {
    Aspect::ALL.into_iter().filter(|aspect| !aspect.same(one, other)).collect()
}

/// `tree` lists the kinds of artifacts in an order that is not the same in every run of cosign.
fn same_tree(one: &Outcome, other: &Outcome) -> bool {
    let lines = |outcome: &Outcome| {
        let text = outcome.stdout.as_str().filter(|text| text.starts_with("📦"))?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        Some(lines)
    };
    lines(one).is_some_and(|one| Some(one) == lines(other))
}

/// The lines that say what was checked. Warnings and notices are each program's own.
fn header(outcome: &Outcome) -> Vec<&str> {
    let said = outcome.stderr.iter().map(String::as_str);
    said.filter(|line| HEADER.iter().any(|start| line.starts_with(start))).collect()
}

const HEADER: [&str; 8] = [
    "Certificate issuer URL:",
    "Certificate subject:",
    "GitHub Workflow ",
    "The following checks were performed",
    "Verification for ",
    "Verified OK",
    "  - ",
    "attestation not found",
];

/// The class of a failure: the first of [`CLASSES`] of which a line speaks. Where several signatures fail for
/// several reasons, the order of the lines is not the same in every run.
pub(super) fn class(outcome: &Outcome) -> &'static str {
    let lines = outcome.stderr.iter().filter(|line| !line.starts_with("Flag --"));
    let text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    let found = CLASSES.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
    found.map_or("other", |(class, _)| class)
}

/// Words by which a class is known, of both programs; what decides before anything is read comes first, then the
/// check that says most.
const CLASSES: &[(&str, &[&str])] = &[
    (
        "usage",
        &[
            "unknown flag",
            "unknown shorthand flag",
            "unknown command",
            "flag needs an argument",
            "invalid argument",
            " arg(s), ",
            "if any flags in the group",
            "exactly one of",
            "is required for verification in keyless mode",
            "unable to parse annotation",
            "for more help",
            "missing flag",
            "--max-worker",
            "please supply signed content",
            "please specify path to",
            "provide a key with",
            "when specifying --use-signed-timestamps",
            "may not be provided using",
            "only supported with --new-bundle-format",
            "required flag(s)",
        ],
    ),
    (
        "not offered",
        &[
            "unrecognized scheme",
            "pkcs11",
            "KMS",
            "REST client config",
            "security key",
            "CUE",
            "k8s://",
            "not supported",
        ],
    ),
    ("policy", &["validation errors occurred", "rego_parse_error", "invalid policy format", "policy"]),
    ("annotation", &["missing or incorrect annotation"]),
    (
        "subject",
        &[
            "invalid or missing digest in claim",
            "provided artifact digest",
            "no matching subject digest",
            "artifact does not match digest",
            "hashed messages don't match",
            "matching bundle to payload",
            "declares artifact",
        ],
    ),
    ("type", &["the predicate type", "invalid predicate type", "does not contain a DSSE envelope"]),
    (
        "identity",
        &[
            "expected identities matched",
            "no matching CertificateIdentity",
            "GitHub Workflow",
            "error parsing regexp",
            "is not a regular expression",
        ],
    ),
    (
        "signature or key",
        &[
            "comparing public key PEMs",
            "both public key and certificate were provided",
            "expected key signature, not certificate",
            "nil certificate provided",
            "empty key",
            "transparency log certificate does not match",
            "accepted signatures do not match threshold",
            "does not contain cert",
            "expected a certificate, not a key signature",
            "invalid signature",
            "Invalid IEEE_P1363",
            "could not verify message",
            "signature is not valid under",
            "a signature by a key found",
        ],
    ),
    ("transparency of the certificate", &["SCT", "ctfe public key not found"]),
    ("certificate", &["signed by unknown authority", "leaf certificate verification failed", "x509:"]),
    ("timestamp", &["signed timestamp", "RFC3161", "RFC 3161", "no verified time of signing"]),
    (
        "log",
        &[
            "verified log entries",
            "rekor log public key not found",
            "offline verification failed",
            "searching log query",
            "signature in bundle does not match",
            "no trusted log has the id",
            "no transparency log entry",
            "transparency log entry is not about",
            "transparency log signature does not match",
            "log hashedrekord entry",
        ],
    ),
    ("limit", &["exceeded the limit", "more than 32"]),
    ("reference", &["could not parse reference"]),
    (
        "no signature",
        &[
            "no signatures",
            "no attestations",
            "no valid bundles",
            "no images found",
            "no matching attestations",
        ],
    ),
    ("not found", &["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "image tag not found", "not found in registry"]),
    (
        "file",
        &[
            "no such file or directory",
            "No such file or directory",
            "there is no such",
            "not a directory",
            "either an image index or image",
        ],
    ),
    (
        "malformed",
        &[
            "PEM decoding failed",
            "invalid character",
            "proto:",
            "invalid byte",
            "unsupported media type",
            "unknown field",
            "not valid JSON",
            "no PEM block",
            "hex digits",
        ],
    ),
    ("unreachable", &["connection refused", "Connection refused", "proxyconnect", "tuf:"]),
];
