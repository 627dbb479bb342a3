//! Applications of macOS: the property list of each bundle, in XML or binary.
//! <https://developer.apple.com/documentation/bundleresources/information-property-list>

use std::collections::HashMap;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::text;
use super::view::View;
use crate::package::Kind;
use crate::package::Metadata;
use crate::package::Package;

/// Bundles of applications.
#[derive(Debug)]
pub(super) struct AppBundles;

impl Cataloger for AppBundles {
    fn name(&self) -> &'static str {
        "apple-app-bundle-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["apple", "directory", "image", "installed", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Bytes("**/*.app/Contents/Info.plist")]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for file in view.files() {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            let read = if bytes.starts_with(b"bplist00") {
                binary(bytes).ok_or_else(|| "a binary property list that is damaged".to_owned())
            } else {
                xml(&text::decode(bytes))
            };
            let list = match read {
                Ok(list) => list,
                Err(reason) => {
                    findings.unknown(file.location(), reason);
                    continue;
                }
            };
            let first = |keys: &[&str]| {
                let said = keys.iter().filter_map(|key| list.get(*key));
                said.map(|text| text.trim()).find(|text| !text.is_empty()).map(str::to_owned)
            };
            // A bundle may be part of another, and then has no name or version of its own.
            let (Some(name), Some(version)) = (first(&NAMES), first(&VERSIONS)) else { continue };
            let identifier =
                first(&["CFBundleIdentifier"]).map(|text| ("bundleIdentifier".to_owned(), text.into()));
            findings.add(Package {
                name,
                version: Some(version),
                kind: Kind::AppleApp,
                locations: vec![file.location()],
                metadata: Some(Metadata {
                    kind: "apple-app-bundle-entry",
                    fields: identifier.into_iter().collect(),
                }),
                ..Package::default()
            });
        }
    }
}

/// The strings of the outermost dictionary, where keys and values take turns.
fn xml(text: &str) -> Result<HashMap<String, String>, String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: XML_NODES, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let dictionary = document.root_element().first_element_child().filter(|node| node.has_tag_name("dict"));
    let children = dictionary.ok_or("a property list without a dictionary")?.children();
    let mut elements = children.filter(roxmltree::Node::is_element);
    let mut list = HashMap::new();
    while let (Some(key), Some(value)) = (elements.next(), elements.next()) {
        if let (true, Some(key), Some(value)) = (value.has_tag_name("string"), key.text(), value.text()) {
            list.insert(key.to_owned(), value.to_owned());
        }
    }
    Ok(list)
}

/// The same of a binary one.
/// <https://opensource.apple.com/source/CF/CF-1153.18/CFBinaryPList.c>
fn binary(bytes: &[u8]) -> Option<HashMap<String, String>> {
    let trailer = bytes.get(bytes.len().checked_sub(32)?..)?;
    let (offset_width, reference_width) = (usize::from(*trailer.get(6)?), usize::from(*trailer.get(7)?));
    let object = |place: usize| {
        let table = number(trailer.get(24..32)?)?;
        let start = table.checked_add(place.checked_mul(offset_width)?)?;
        bytes.get(number(bytes.get(start..start.checked_add(offset_width)?)?)?..)
    };
    let (count, references) = sized(object(number(trailer.get(16..24)?)?)?, 0xd)?;
    let length = count.checked_mul(reference_width)?;
    let (keys, rest) = references.split_at_checked(length)?;
    let values = rest.get(..length)?;
    // Many references may lead to one long string.
    if reference_width == 0 || count > ENTRIES {
        return None;
    }
    let mut list = HashMap::new();
    for (key, value) in keys.chunks_exact(reference_width).zip(values.chunks_exact(reference_width)) {
        let text = |reference: &[u8]| string(object(number(reference)?)?);
        let Some(key) = text(key).filter(|key| key.starts_with("CFBundle")) else { continue };
        // What is no string is passed over.
        if let Some(value) = text(value) {
            list.insert(key, value);
        }
    }
    Some(list)
}

fn string(object: &[u8]) -> Option<String> {
    if let Some((count, text)) = sized(object, 0x5) {
        return Some(String::from_utf8_lossy(text.get(..count.min(STRING))?).into_owned());
    }
    let (count, text) = sized(object, 0x6)?;
    let units = text.get(..count.min(STRING).checked_mul(2)?)?.chunks_exact(2);
    let units = units.filter_map(|unit| Some(u16::from_be_bytes(unit.try_into().ok()?)));
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// How many elements an object of this kind has, and what follows: its marker has the count, or tells that it follows.
fn sized(object: &[u8], kind: u8) -> Option<(usize, &[u8])> {
    let (marker, rest) = object.split_first()?;
    if marker >> 4 != kind {
        return None;
    }
    if marker & 0xf != 0xf {
        return Some((usize::from(marker & 0xf), rest));
    }
    let (marker, rest) = rest.split_first()?;
    let width = 1_usize.checked_shl(u32::from(marker & 0xf))?;
    let (count, rest) = rest.split_at_checked(width)?;
    Some((number(count)?, rest))
}

/// Big-endian.
fn number(bytes: &[u8]) -> Option<usize> {
    if bytes.len() > 8 {
        return None;
    }
    usize::try_from(bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))).ok()
}

const NAMES: [&str; 4] = ["CFBundleDisplayName", "CFBundleName", "CFBundleExecutable", "CFBundleIdentifier"];

const VERSIONS: [&str; 2] = ["CFBundleShortVersionString", "CFBundleVersion"];

/// Entries of the outermost dictionary: large applications have below 100.
const ENTRIES: usize = 10_000;

/// A list of a large application has some thousand.
const XML_NODES: u32 = 1_000_000;

/// Units of a string that are kept.
const STRING: usize = 4096;

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const XML: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>CFBundleName</key>\n\t<string>Portal</string>\n\t<key>LSUIElement</key>\n\t<true/>\n\t<key>CFBundleShortVersionString</key>\n\t<string>4.29</string>\n\t<key>CFBundleVersion</key>\n\t<string>4290</string>\n\t<key>CFBundleIdentifier</key>\n\t<string>com.example.portal</string>\n</dict>\n</plist>\n";

    /// By Python's `plistlib.dumps({"CFBundleDisplayName": "Gat\u{e9}", "CFBundleVersion": "1.2", "n": 1}, fmt=FMT_BINARY)`.
    const BINARY: &[u8] = include_bytes!("../../testdata/catalog/apple/Info.plist");

    #[test]
    fn lists_applications() {
        let files: [(&str, &[u8]); 4] = [
            ("Applications/Portal.app/Contents/Info.plist", XML),
            ("Applications/Gate.app/Contents/Info.plist", BINARY),
            ("Applications/None.app/Contents/Info.plist", b"<plist><dict/></plist>"),
            ("Library/Fonts/Info.plist", XML),
        ];
        let found = testing::find(&AppBundles, &files);
        assert_eq!(testing::list(&found), ["Gat\u{e9} 1.2 -", "Portal 4.29 -"]);
        let fields = &found.packages()[1].metadata.as_ref().unwrap().fields;
        assert_eq!(fields["bundleIdentifier"], "com.example.portal");
        assert_eq!(found.unknowns(), []);
    }

    #[test]
    fn tells_what_it_cannot_read() {
        for bytes in [b"".as_slice(), b"<plist>", b"<plist><array/></plist>", b"bplist00", &BINARY[..40]] {
            let found = testing::find(&AppBundles, &[("a.app/Contents/Info.plist", bytes)]);
            assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
        }
    }

    proptest::proptest! {
        #[test]
        fn reads_any_binary(mutations in proptest::collection::vec((0usize..160, proptest::num::u8::ANY), 1..6)) {
            let mut bytes = BINARY.to_vec();
            for (place, byte) in mutations {
                if let Some(old) = bytes.get_mut(place) { *old = byte; }
            }
            binary(&bytes);
        }
    }
}
