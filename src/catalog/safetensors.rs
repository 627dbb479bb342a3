//! Models of the safetensors format: what their head says of them. The weights are not read.
//! <https://huggingface.co/docs/safetensors/index#format>

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cataloger;
use super::Findings;
use super::Part;
use super::Want;
use super::part::Input;
use super::part::Parts;
use super::part::exactly;
use super::path;
use super::view::File;
use super::view::View;
use crate::limits;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;

/// Models of Hugging Face's libraries and others.
#[derive(Debug)]
pub(super) struct SafeTensors;

impl Cataloger for SafeTensors {
    fn name(&self) -> &'static str {
        "safetensors-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["ai", "directory", "image", "ml", "model", "package", "safetensors"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Part(Part::SafeTensors)]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        // By the model: one may be cut into several files.
        let mut models: BTreeMap<(&str, &str), Vec<(File<'_>, Facts)>> = BTreeMap::new();
        for file in view.matching(Part::SafeTensors.glob()) {
            if let Some(problem) = file.content.problem() {
                findings.unknown(file.location(), problem);
            }
            if let Some(facts) = file.content.part(FACTS).and_then(Facts::parse) {
                let key = (path::parent(file.path), model(path::name(file.path)));
                models.entry(key).or_default().push((file, facts));
            }
        }
        for ((directory, stem), files) in models {
            let locations = files.iter().map(|(file, _)| file.location()).collect();
            // The usual name tells nothing: then the directory is named after the model.
            let name = if stem == "model" { path::name(directory) } else { stem };
            let name = if name.is_empty() { stem } else { name };
            let shards = files.len();
            let facts = files.into_iter().fold(Facts::default(), |sum, (_, facts)| sum.plus(facts));
            findings.add(Package {
                name: name.to_owned(),
                kind: Kind::Model,
                locations,
                metadata: Some(facts.metadata(shards)),
                ..Package::default()
            });
        }
    }
}

/// Of `model-00001-of-00003.safetensors`, `model`.
fn model(name: &str) -> &str {
    let stem = name.strip_suffix(".safetensors").unwrap_or(name);
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let shard = stem.rsplit_once("-of-").filter(|(_, count)| is_number(count));
    let shard = shard.and_then(|(rest, _)| rest.rsplit_once('-')).filter(|(_, number)| is_number(number));
    shard.map_or(stem, |(model, _)| model)
}

/// What is kept of a head.
#[derive(Debug, Default)]
struct Facts {
    tensors: u64,
    parameters: u64,
    /// How many parameters are of each type.
    types: BTreeMap<String, u64>,
}

impl Facts {
    /// The head itself: an object of tensors by name, and one of text about them all.
    fn of_head(head: &Map<String, Value>) -> Self {
        let mut facts = Self::default();
        for tensor in head.iter().filter(|(name, _)| *name != "__metadata__").map(|(_, tensor)| tensor) {
            let shape = tensor.get("shape").and_then(Value::as_array).into_iter().flatten();
            let sizes = shape.map(|size| size.as_u64().unwrap_or(0));
            let parameters = sizes.fold(1, u64::saturating_mul);
            facts.tensors = facts.tensors.saturating_add(1);
            facts.parameters = facts.parameters.saturating_add(parameters);
            let kind = tensor.get("dtype").and_then(Value::as_str).unwrap_or_default();
            // There are some fifteen.
            if kind.len() <= 16 && (facts.types.len() < 64 || facts.types.contains_key(kind)) {
                let count = facts.types.entry(kind.to_owned()).or_default();
                *count = count.saturating_add(parameters);
            }
        }
        facts
    }

    fn write(&self) -> Vec<u8> {
        json!([self.tensors, self.parameters, self.types]).to_string().into_bytes()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (tensors, parameters, types) = serde_json::from_slice(bytes).ok()?;
        Some(Self { tensors, parameters, types })
    }

    fn plus(mut self, other: Self) -> Self {
        self.tensors = self.tensors.saturating_add(other.tensors);
        self.parameters = self.parameters.saturating_add(other.parameters);
        for (kind, more) in other.types {
            let count = self.types.entry(kind).or_default();
            *count = count.saturating_add(more);
        }
        self
    }

    /// In syft's shape.
    fn metadata(&self, shards: usize) -> Metadata {
        let most = self.types.iter().max_by_key(|(_, count)| **count);
        let mut fields = Map::from_iter([
            ("format".to_owned(), Value::from("safetensors")),
            ("quantization".to_owned(), Value::from(most.map_or("", |(kind, _)| kind))),
            ("parameters".to_owned(), Value::from(rounded(self.parameters))),
            ("tensorCount".to_owned(), Value::from(self.tensors)),
        ]);
        if shards > 1 {
            fields.insert("shardCount".to_owned(), shards.into());
        }
        Metadata { kind: "safetensors-model-info", fields }
    }
}

/// `6.74B`, as models are called.
fn rounded(number: u64) -> String {
    let in_units = |unit: u64, letter: char| {
        let hundredths = u128::from(number).saturating_mul(100).saturating_add(u128::from(unit / 2));
        let hundredths = hundredths / u128::from(unit);
        format!("{}.{:02}{letter}", hundredths / 100, hundredths % 100)
    };
    match number {
        1_000_000_000.. => in_units(1_000_000_000, 'B'),
        1_000_000.. => in_units(1_000_000, 'M'),
        1_000.. => in_units(1_000, 'K'),
        _ => number.to_string(),
    }
}

/// Takes out what the head says of the model as a whole.
pub(super) fn take(input: &mut Input<'_>, parts: &mut Parts) -> Result<(), String> {
    let length = <[u8; 8]>::try_from(exactly(input, 8, 8)?).map(u64::from_le_bytes).unwrap_or_default();
    let head = exactly(input, length, limits::MODEL_HEAD_BYTES)?;
    let head: Map<String, Value> =
        serde_json::from_slice(&head).map_err(|error| format!("its head is not JSON: {error}"))?;
    parts.add(FACTS, Facts::of_head(&head).write());
    Ok(())
}

const FACTS: &str = "facts";

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn file(head: &str) -> Vec<u8> {
        [&u64::try_from(head.len()).unwrap().to_le_bytes(), head.as_bytes(), &[0; 64]].concat()
    }

    #[test]
    fn lists_models_and_joins_their_shards() {
        let head = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[1000,2000],"data_offsets":[0,4000000]},"b":{"dtype":"F32","shape":[],"data_offsets":[4000000,4000004]}}"#;
        let one = file(head);
        let files: [(&str, &[u8]); 5] = [
            ("models/example-7b/model-00001-of-00002.safetensors", &one),
            ("models/example-7b/model-00002-of-00002.safetensors", &one),
            ("models/lora.safetensors", &file("{}")),
            ("model.safetensors", &one),
            ("models/lora.safetensors.index.json", b"{}"),
        ];
        let found = testing::find(&SafeTensors, &files);
        assert_eq!(testing::list(&found), ["model - -", "lora - -", "example-7b - -"]);
        assert_eq!(found.unknowns(), []);
        let sharded = &found.packages()[2];
        assert_eq!(sharded.locations.len(), 2);
        let metadata = json!({
            "format": "safetensors", "quantization": "BF16", "parameters": "4.00M", "tensorCount": 4, "shardCount": 2
        });
        assert_eq!(Value::from(sharded.metadata.as_ref().unwrap().fields.clone()), metadata);
    }

    #[test]
    fn counts_as_models_are_called() {
        for (number, expected) in
            [(999, "999"), (1_500, "1.50K"), (137_000_000, "137.00M"), (6_738_415_616, "6.74B")]
        {
            assert_eq!(rounded(number), expected);
        }
    }

    #[test]
    fn tells_what_it_cannot_read() {
        let whole = file("{}");
        let long = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
        for bytes in [&whole[..7], &whole[..9], &file("[]"), &file("{\"a\":"), &long] {
            let found = testing::find(&SafeTensors, &[("x.safetensors", bytes)]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
        }
    }
}
