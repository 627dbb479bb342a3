//! Every small change of a JSON document, of the base64 in it, and of the JSON, DER and text inside that.

use std::collections::BTreeSet;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;
use serde_json::json;

use super::json::Field;
use super::json::Shape;
use super::json::fields;

/// What was done where.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Change {
    /// The field, and behind each `>` what is encoded in it.
    pub path: String,
    pub kind: &'static str,
}

/// Takes a change and the text that results.
pub type Emit<'a> = &'a mut dyn FnMut(Change, String);

/// Changes each field of a document.
pub fn document(text: &str, emit: Emit<'_>) {
    let mut put = |path: &str, kind, new: String| {
        if new != text {
            emit(Change { path: path.to_owned(), kind }, new);
        }
    };
    put("", "respaced", format!("{text}\n"));
    put("", "continued", format!("{text}{{}}"));
    put("", "marked", format!("\u{feff}{text}"));
    for field in fields(text) {
        let value = &text[field.value.clone()];
        let member = &text[field.member.clone()];
        let splice = |range: &std::ops::Range<usize>, new: &str| {
            format!("{}{new}{}", &text[..range.start], &text[range.end..])
        };
        if !field.path.is_empty() {
            put(&field.path, "dropped", splice(&field.whole, ""));
            put(&field.path, "doubled", splice(&field.member, &format!("{member},{member}")));
        }
        put(&field.path, "nulled", splice(&field.value, "null"));
        match field.shape {
            Shape::List => put(&field.path, "emptied", splice(&field.value, "[]")),
            Shape::Object => {
                put(&field.path, "emptied", splice(&field.value, "{}"));
                let comma = if fields(value).len() == 1 { "" } else { "," };
                let added = format!("{{\"unknown\":1{comma}{}", &value[1..]);
                put(&field.path, "added", splice(&field.value, &added));
            }
            Shape::Number => {
                let number: i64 = value.parse().unwrap_or_default();
                for (kind, new) in numbers(number) {
                    put(&field.path, kind, splice(&field.value, &new));
                }
                put(&field.path, "retyped", splice(&field.value, &format!("\"{value}\"")));
            }
            Shape::Text => {
                let content: String = serde_json::from_str(value).expect("a JSON string");
                if content.parse::<i64>().is_ok() {
                    put(&field.path, "retyped", splice(&field.value, &content));
                }
                texts(&field, &content, &mut |change, new| {
                    put(&change.path, change.kind, splice(&field.value, &json!(new).to_string()));
                });
            }
            Shape::Word => {
                put(
                    &field.path,
                    "changed",
                    splice(&field.value, if value == "true" { "false" } else { "true" }),
                );
            }
        }
    }
}

fn numbers(number: i64) -> [(&'static str, String); 4] {
    [
        ("changed", number.wrapping_add(1).to_string()),
        ("changed", number.wrapping_sub(1).to_string()),
        ("zeroed", "0".to_owned()),
        ("respelled", format!("0{number}")),
    ]
}

fn texts(field: &Field, content: &str, emit: Emit<'_>) {
    let name = field.path.rsplit(['.', '>']).next().unwrap_or_default().split('[').next().unwrap_or_default();
    if name == "mediaType" {
        for media_type in MEDIA_TYPES {
            emit(Change { path: field.path.clone(), kind: "relabelled" }, media_type.to_owned());
        }
        let unknown = ["application/vnd.dev.sigstore.bundle.v0.4+json", "application/json"];
        for media_type in unknown {
            emit(Change { path: field.path.clone(), kind: "swapped" }, media_type.to_owned());
        }
        // A changed last digit is another label; the others are swapped as well.
        return;
    }
    text(&field.path, name, content, emit);
}

/// Changes a text by what it holds.
pub fn text(path: &str, name: &str, content: &str, emit: Emit<'_>) {
    let mut put = |kind, new: String| emit(Change { path: path.to_owned(), kind }, new);
    put("emptied", String::new());
    put("extended", format!("{content} "));
    put("upper-cased", content.to_uppercase());
    if let Ok(number) = content.parse::<i64>() {
        numbers(number).into_iter().for_each(|(kind, new)| put(kind, new));
        return;
    }
    if content.trim_end().contains('\n') {
        put("unterminated", content.trim_end().to_owned());
        lines(path, content, emit);
        return certificate(path, content, emit);
    }
    if content.starts_with('{') {
        return document(content, &mut |change, new| {
            emit(Change { path: format!("{path}>{}", change.path), ..change }, new);
        });
    }
    if BASE64.contains(&name)
        && let Ok(bytes) = STANDARD.decode(content)
        && !bytes.is_empty()
    {
        return encoded(path, content, &bytes, emit);
    }
    let letters: Vec<char> = content.chars().collect();
    for at in [0, letters.len() / 2, letters.len().saturating_sub(1)] {
        if let Some(new) = other_letter(&letters, at) {
            put("changed", new);
        }
    }
}

/// One character replaced by another of its class.
fn other_letter(letters: &[char], at: usize) -> Option<String> {
    let other = match letters.get(at)? {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        letter if letter.is_ascii_alphanumeric() => char::from(u8::try_from(*letter).ok()? + 1),
        '+' => '/',
        '/' => '+',
        '=' => 'A',
        _ => '_',
    };
    let mut letters = letters.to_vec();
    letters[at] = other;
    Some(letters.into_iter().collect())
}

/// Lines of a checkpoint or of PEM.
fn lines(path: &str, content: &str, emit: Emit<'_>) {
    let lines: Vec<&str> = content.split_inclusive('\n').collect();
    let join = |at: usize, new: &str| [&lines[..at].concat(), new, &lines[at + 1..].concat()].concat();
    emit(Change { path: path.to_owned(), kind: "respelled" }, content.replace('\n', "\r\n"));
    emit(Change { path: path.to_owned(), kind: "prefixed" }, format!("x\n{content}"));
    for (at, line) in lines.iter().enumerate() {
        let name = line_name(line, lines[0]);
        let path = format!("{path}>{name}{at}");
        let mut put = |kind, new: &str| emit(Change { path: path.clone(), kind }, join(at, new));
        put("dropped", "");
        put("doubled", &line.repeat(2));
        let letters: Vec<char> = line.trim_end().chars().collect();
        for letter in [0, letters.len() / 2, letters.len().saturating_sub(1)] {
            if let Some(new) = other_letter(&letters, letter) {
                let same = LENIENT.decode(&new).is_ok_and(|new| LENIENT.decode(line.trim_end()) == Ok(new));
                put(if same { "spare-bits" } else { "changed" }, &format!("{new}\n"));
            }
        }
        // A signature of a note: name, four bytes that name the key, and the signature.
        if let Some((name, signature)) =
            line.trim_end().strip_prefix("— ").and_then(|line| line.split_once(' '))
            && let Ok(bytes) = STANDARD.decode(signature)
        {
            encoded(&format!("{path}>note"), signature, &bytes, &mut |change, new| {
                emit(change, join(at, &format!("— {name} {new}\n")));
            });
        }
    }
}

/// What a line of a checkpoint or of PEM is: a signature of the log itself has the name in the first line.
fn line_name(line: &str, first: &str) -> &'static str {
    match line.strip_prefix("— ").and_then(|line| line.split_once(' ')) {
        Some((name, _)) if first.trim_end() == name || first.starts_with(&format!("{name} ")) => "signature",
        Some(_) => "cosignature",
        None if line.starts_with("-----") => "boundary",
        None => "line",
    }
}

/// The first certificate of a PEM text, with a changed bit in each value of its DER.
fn certificate(path: &str, content: &str, emit: Emit<'_>) {
    let Some((_, rest)) = content.split_once("-----BEGIN CERTIFICATE-----\n") else { return };
    let Some((body, _)) = rest.split_once("-----END") else { return };
    let Ok(bytes) = STANDARD.decode(body.replace('\n', "")) else { return };
    for (name, value) in der(&bytes).unwrap_or_default() {
        let new = STANDARD.encode(flipped(&bytes, value.end - 1, 0x01));
        let change = Change { path: format!("{path}>der{name}"), kind: "flipped" };
        emit(change, content.replacen(body, &format!("{new}\n"), 1));
    }
}

/// Base64: spellings of the same bytes, other bytes, and what the bytes encode.
fn encoded(path: &str, content: &str, bytes: &[u8], emit: Emit<'_>) {
    let mut put = |path: &str, kind, new: String| {
        if new != content {
            emit(Change { path: path.to_owned(), kind }, new);
        }
    };
    put(path, "unpadded", STANDARD_NO_PAD.encode(bytes));
    put(path, "url-safe", URL_SAFE.encode(bytes));
    put(path, "spaced", format!("{}\n{}", &content[..4], &content[4..]));
    if let Some(bare) = content.strip_suffix('=') {
        // The last digit before the padding has bits that encode nothing.
        let padding = if bare.ends_with('=') { "==" } else { "=" };
        let (rest, last) = bare.trim_end_matches('=').split_at(bare.trim_end_matches('=').len() - 1);
        let digit = DIGITS.find(last).expect("a base64 digit");
        put(path, "spare-bits", format!("{rest}{}{padding}", &DIGITS[digit + 1..digit + 2]));
    }
    // Inside of DER, each value is changed below.
    let middle = if der(bytes).is_some() { 0 } else { bytes.len() / 2 };
    for at in BTreeSet::from([0, middle, bytes.len() - 1]) {
        for mask in [0x01, 0x80] {
            put(path, "flipped", STANDARD.encode(flipped(bytes, at, mask)));
        }
    }
    put(path, "shortened", STANDARD.encode(&bytes[..bytes.len() - 1]));
    put(path, "lengthened", STANDARD.encode([bytes, &[0]].concat()));
    if let Some(negated) = negated(bytes) {
        put(path, "negated", STANDARD.encode(negated));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
    {
        document(text, &mut |change, new| {
            put(&format!("{path}>{}", change.path), change.kind, STANDARD.encode(new));
        });
    } else if let Some(nodes) = der(bytes) {
        for (name, content) in nodes {
            let new = STANDARD.encode(flipped(bytes, content.end - 1, 0x01));
            put(&format!("{path}>der{name}"), "flipped", new);
        }
    }
}

fn flipped(bytes: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= mask;
    bytes
}

/// The other signature that is valid for the same message and key: (r, n - s) for (r, s).
fn negated(bytes: &[u8]) -> Option<Vec<u8>> {
    let signature = p256::ecdsa::Signature::from_der(bytes).ok()?;
    let (r, s) = signature.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).ok()?;
    Some(other.to_der().as_bytes().to_vec())
}

/// The primitive values of a DER structure, each with its way down, as in `/0/3/1`. `None` if it is none.
fn der(bytes: &[u8]) -> Option<Vec<(String, std::ops::Range<usize>)>> {
    let mut nodes = Vec::new();
    let end = node(bytes, 0, bytes.len(), "/0", &mut nodes)?;
    (end == bytes.len() && bytes.first() == Some(&0x30)).then_some(nodes)
}

fn node(
    bytes: &[u8],
    at: usize,
    limit: usize,
    path: &str,
    nodes: &mut Vec<(String, std::ops::Range<usize>)>,
) -> Option<usize> {
    let (tag, first) = (*bytes.get(at)?, usize::from(*bytes.get(at + 1)?));
    let (length, start) = if first < 0x80 {
        (first, at + 2)
    } else {
        let digits = bytes.get(at + 2..at + 2 + (first & 0x7f))?;
        let length = digits
            .iter()
            .try_fold(0_usize, |sum, digit| sum.checked_mul(256).map(|sum| sum + usize::from(*digit)))?;
        (length, at + 2 + digits.len())
    };
    let end = start.checked_add(length).filter(|end| *end <= limit)?;
    if tag & 0x20 == 0 {
        if length > 0 {
            nodes.push((path.to_owned(), start..end));
        }
        return Some(end);
    }
    let (mut inner, mut index) = (start, 0);
    while inner < end {
        inner = node(bytes, inner, end, &format!("{path}/{index}"), nodes)?;
        index += 1;
    }
    Some(end)
}

/// Names of fields that hold base64.
const BASE64: [&str; 18] = [
    "SignedEntryTimestamp",
    "SignedRFC3161Timestamp",
    "body",
    "canonicalizedBody",
    "content",
    "digest",
    "hashes",
    "keyId",
    "payload",
    "publicKey",
    "rawBytes",
    "rootHash",
    "sig",
    "signature",
    "signedEntryTimestamp",
    "signedTimestamp",
    "verifier",
    "x509Certificate",
];

/// Ignores the bits of the last digit that encode nothing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The known labels.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
];
