//! Models of the GGUF format: what their head says of them. The weights are not read.
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>

use std::io;
use std::io::BufReader;
use std::io::Read;

use serde_json::Map;
use serde_json::Value;

use super::Cataloger;
use super::Findings;
use super::Part;
use super::Want;
use super::part::Input;
use super::part::Parts;
use super::path;
use super::text;
use super::view::View;
use crate::limits;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::Package;
use crate::package::Party;

/// Models for llama.cpp and others.
#[derive(Debug)]
pub(super) struct GgufModels;

impl Cataloger for GgufModels {
    fn name(&self) -> &'static str {
        "gguf-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["ai", "directory", "gguf", "image", "ml", "model", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Part(Part::Gguf)]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.matching(Part::Gguf.glob()) {
            if let Some(problem) = file.content.problem() {
                findings.unknown(file.location(), problem);
            }
            let facts = file.content.part(FACTS).and_then(|bytes| serde_json::from_slice(bytes).ok());
            let Some(Value::Object(facts)) = facts else { continue };
            let text = |key: &str| text::string(&facts, key).map(str::to_owned);
            let stem = path::name(file.path).trim_end_matches(".gguf");
            findings.add(Package {
                name: text("general.name").unwrap_or_else(|| stem.to_owned()),
                version: text("general.version"),
                kind: Kind::Model,
                licenses: text("general.license").iter().map(|text| License::declared(text)).collect(),
                originator: text("general.organization").map(Party::organization),
                homepage: text("general.url"),
                description: text("general.description"),
                locations: vec![file.location()],
                metadata: Some(metadata(&facts)),
                ..Package::default()
            });
        }
    }
}

/// In syft's shape.
fn metadata(facts: &Map<String, Value>) -> Metadata {
    let quantization = facts.get("general.file_type").and_then(Value::as_u64).and_then(|number| {
        QUANTIZATIONS.iter().find(|(known, _)| *known == number).map(|(_, name)| Value::from(*name))
    });
    let fields = [
        ("ggufVersion", facts.get("version").cloned()),
        ("architecture", facts.get("general.architecture").cloned()),
        ("quantization", quantization),
        ("tensorCount", facts.get("tensors").cloned()),
    ];
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Metadata { kind: "gguf-file-header", fields: fields.collect() }
}

/// Takes out what the head says of the model as a whole.
pub(super) fn take(input: &mut Input<'_>, parts: &mut Parts) -> Result<(), String> {
    let mut head = Head { input: BufReader::new(input.take(limits::MODEL_HEAD_BYTES)) };
    let facts = head.facts().map_err(|error| error.to_string())?;
    parts.add(FACTS, Value::from(facts).to_string().into_bytes());
    Ok(())
}

struct Head<R> {
    input: BufReader<io::Take<R>>,
}

impl<R: Read> Head<R> {
    fn facts(&mut self) -> io::Result<Map<String, Value>> {
        if self.bytes::<4>()? != *b"GGUF" {
            return Err(io::Error::other("it is no model of this format"));
        }
        let version = u32::from_le_bytes(self.bytes()?);
        // Version 1 counted in 32 bits, for a few weeks of 2023.
        if !(2..=3).contains(&version) {
            return Err(io::Error::other(format!("version {version} of the format is not read")));
        }
        let (tensors, count) = (self.number()?, self.number()?);
        let mut facts = Map::from_iter([
            ("version".to_owned(), Value::from(version)),
            ("tensors".to_owned(), Value::from(tensors)),
        ]);
        // As many as there may be: each has bytes of its own, of which there is a ceiling.
        for _ in 0..count {
            let key = self.text(KEY_BYTES)?.unwrap_or_default();
            let kind = u32::from_le_bytes(self.bytes()?);
            let value = self.value(kind, 0)?;
            if let (true, Some(value)) = (key.starts_with("general.") && facts.len() < FACTS_KEPT, value) {
                facts.insert(key, value);
            }
        }
        Ok(facts)
    }

    /// Text and whole numbers; others are passed over.
    fn value(&mut self, kind: u32, depth: usize) -> io::Result<Option<Value>> {
        Ok(match kind {
            0 | 1 | 7 => self.bytes::<1>().map(|_| None)?,
            2 | 3 => self.bytes::<2>().map(|_| None)?,
            4 => Some(u32::from_le_bytes(self.bytes()?).into()),
            5 | 6 => self.bytes::<4>().map(|_| None)?,
            8 => self.text(TEXT_BYTES)?.map(Value::from),
            9 if depth < 4 => {
                let (kind, count) = (u32::from_le_bytes(self.bytes()?), self.number()?);
                for _ in 0..count {
                    self.value(kind, depth.saturating_add(1))?;
                }
                None
            }
            10 => Some(self.number()?.into()),
            11 | 12 => self.bytes::<8>().map(|_| None)?,
            _ => return Err(io::Error::other("a value of an unknown type")),
        })
    }

    /// `None` if it is longer than what is kept.
    fn text(&mut self, most: u64) -> io::Result<Option<String>> {
        let length = self.number()?;
        let mut text = self.input.by_ref().take(length);
        if length > most {
            let passed = io::copy(&mut text, &mut io::sink())?;
            return if passed == length { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let mut bytes = Vec::new();
        text.read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()) != Ok(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn number(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

const FACTS: &str = "facts";

/// The standard knows some forty keys of `general`.
const FACTS_KEPT: usize = 100;

/// The most that the standard allows a key.
const KEY_BYTES: u64 = 65535;

/// A description has below this.
const TEXT_BYTES: u64 = 65535;

/// `llama_ftype`. <https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h>
const QUANTIZATIONS: [(u64, &str); 17] = [
    (0, "F32"),
    (1, "F16"),
    (2, "Q4_0"),
    (3, "Q4_1"),
    (7, "Q8_0"),
    (8, "Q5_0"),
    (9, "Q5_1"),
    (10, "Q2_K"),
    (11, "Q3_K_S"),
    (12, "Q3_K_M"),
    (13, "Q3_K_L"),
    (14, "Q4_K_S"),
    (15, "Q4_K_M"),
    (16, "Q5_K_S"),
    (17, "Q5_K_M"),
    (18, "Q6_K"),
    (32, "BF16"),
];

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&u64::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat()
    }

    fn pair(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
        [&text(key), &kind.to_le_bytes()[..], value].concat()
    }

    /// Written after the standard's structures, with weights behind.
    fn model(pairs: &[Vec<u8>]) -> Vec<u8> {
        let counts = [291_u64, u64::try_from(pairs.len()).unwrap()].map(u64::to_le_bytes).concat();
        [b"GGUF\x03\0\0\0".as_slice(), &counts, &pairs.concat(), &[0; 4096]].concat()
    }

    #[test]
    fn lists_models() {
        let words = [&8_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &text("a"), &text("b")].concat();
        let named = model(&[
            pair("general.architecture", 8, &text("llama")),
            pair("tokenizer.ggml.tokens", 9, &words),
            pair("llama.rope", 6, &1.5_f32.to_le_bytes()),
            pair("general.file_type", 4, &15_u32.to_le_bytes()),
            pair("general.name", 8, &text("Example 7B")),
            pair("general.version", 8, &text("v1.0")),
            pair("general.license", 8, &text("apache-2.0")),
            pair("general.author", 12, &[0; 8]),
        ]);
        let nameless = model(&[pair("general.name", 7, &[1])]);
        let found = testing::find(&GgufModels, &[("m/a.gguf", &named), ("m/tiny.Q8.gguf", &nameless)]);
        assert_eq!(testing::list(&found), ["Example 7B v1.0 -", "tiny.Q8 - -"]);
        assert_eq!(found.unknowns(), []);
        let package = &found.packages()[0];
        assert_eq!(package.licenses[0].expression.as_deref(), Some("Apache-2.0"));
        let metadata = serde_json::json!({
            "ggufVersion": 3, "architecture": "llama", "quantization": "Q4_K_M", "tensorCount": 291
        });
        assert_eq!(Value::from(package.metadata.as_ref().unwrap().fields.clone()), metadata);
    }

    #[test]
    fn tells_what_it_cannot_read() {
        let whole = model(&[pair("general.name", 8, &text("x"))]);
        let head = whole.len() - 4096;
        for length in 0..head {
            let found = testing::find(&GgufModels, &[("x.gguf", &whole[..length])]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1), "{length}");
        }
        let endless = model(&[pair("a", 9, &[0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])]);
        let nested = model(&[pair("a", 9, &[9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0].repeat(9))]);
        let old = [b"GGUF\x01\0\0\0".as_slice(), &[0; 64]].concat();
        for bytes in [endless, nested, old, b"PK no model".to_vec()] {
            let found = testing::find(&GgufModels, &[("x.gguf", &bytes)]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
        }
    }
}
