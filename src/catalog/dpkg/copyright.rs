//! What `/usr/share/doc/NAME/copyright` says of licences.
//!
//! Most are machine-readable (<https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>): each
//! paragraph of files has a licence, in words like SPDX's and with older meanings. The rest is prose, of which
//! references to `/usr/share/common-licenses` and the best-known texts are recognised.

mod prose;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::super::deb822;
use crate::package::License;

/// The licences, each once; all hold together.
pub(super) fn licenses(bytes: &[u8]) -> Vec<License> {
    let machine_readable = deb822::first(bytes).is_some_and(|(header, _)| {
        header.fields().any(|field| field.is("Format") || field.is("Format-Specification"))
    });
    let found = if machine_readable { structured(bytes) } else { BTreeSet::new() };
    // A file that says it follows the format and then does not is prose, too.
    let names = if found.is_empty() { prose::names(&String::from_utf8_lossy(bytes)) } else { found };
    let texts = texts(bytes);
    names.iter().filter(|name| !name.is_empty()).map(|name| license(name, &texts)).collect()
}

/// The licences of the paragraphs for files, and that of the whole work in the header, which has neither
/// `Files` nor is it a paragraph that only gives the text of a licence.
fn structured(bytes: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (index, stanza) in deb822::stanzas(bytes).enumerate() {
        if index > 0 && stanza.get("Files").is_none() {
            continue;
        }
        let Some(value) = stanza.get("License") else { continue };
        let (synopsis, text) = value.split_once('\n').unwrap_or((&value, ""));
        // The value is trimmed, so that a text without a name in front of it stands on the first line.
        if synopsis.len() > SYNOPSIS {
            names.extend(prose::names(&format!("{synopsis}\n{text}")));
        } else {
            names.extend(conjuncts(synopsis));
        }
    }
    names
}

/// Characters of the longest that is taken for a name or expression: longer ones are sentences.
const SYNOPSIS: usize = 160;

/// The texts that come with names.
fn texts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for value in
        deb822::stanzas(bytes).filter_map(|stanza| stanza.get("License").map(|value| value.into_owned()))
    {
        if let Some((name, text)) = value.split_once('\n') {
            texts.entry(name.trim().to_ascii_lowercase()).or_insert_with(|| text.to_owned());
        }
    }
    texts
}

fn license(name: &str, texts: &BTreeMap<String, String>) -> License {
    let expression = expression(name);
    let text = if expression.is_some() { None } else { texts.get(&name.to_ascii_lowercase()).cloned() };
    License { declared: name.to_owned(), expression, text, location: None }
}

/// The parts that hold together: `A and B` are two, `A or B, and C` are `A or B` and `C`.
fn conjuncts(synopsis: &str) -> Vec<String> {
    let words: Vec<&str> = synopsis.split_ascii_whitespace().collect();
    let has_or = words.iter().any(|word| word.eq_ignore_ascii_case("or") || *word == "|");
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for (index, word) in words.iter().enumerate() {
        let after_comma =
            index.checked_sub(1).and_then(|index| words.get(index)).is_some_and(|word| word.ends_with(','));
        let is_and = word.eq_ignore_ascii_case("and") || *word == "&";
        // Beside `or`, `and` divides only behind a comma; alone it does always.
        if is_and && (after_comma || !has_or) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(if has_or { word } else { word.trim_end_matches(',') });
        }
    }
    let joined = parts.iter().map(|part| part.join(" ").trim_end_matches([',', '.', ';']).trim().to_owned());
    joined.filter(|part| !part.is_empty()).collect()
}

/// As SPDX expression, if every name in it is known.
fn expression(name: &str) -> Option<String> {
    let mut text = String::new();
    let mut words = name.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let operator = match word.to_ascii_lowercase().as_str() {
            "and" => Some("AND"),
            "or" | "|" => Some("OR"),
            _ => None,
        };
        let spelled = match operator {
            Some(operator) => operator.to_owned(),
            None => identifier(word.trim_end_matches(','))?,
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text += &spelled;
        if words.peek().is_some_and(|word| word.eq_ignore_ascii_case("with")) {
            words.next();
            let rest: Vec<&str> = words.by_ref().collect();
            text = format!("{text} WITH {}", exception(&rest.join(" "))?);
        }
    }
    License::declared(&text).expression
}

/// Names of exceptions that are common in Debian.
fn exception(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase().replace(['-', '_'], " ");
    let text = text.trim().trim_end_matches("exception").trim();
    let known = match text {
        "autoconf" => "Autoconf-exception-3.0",
        "bison" => "Bison-exception-2.2",
        "classpath" => "Classpath-exception-2.0",
        "font" => "Font-exception-2.0",
        "gcc" | "gcc runtime library" => "GCC-exception-3.1",
        "libtool" => "Libtool-exception",
        "linux syscall note" => "Linux-syscall-note",
        "llvm" => "LLVM-exception",
        "openssl" => "x11vnc-openssl-exception",
        _ => return None,
    };
    // What Debian's writers call the OpenSSL exception has many wordings, of which SPDX lists some.
    (known != "x11vnc-openssl-exception").then_some(known)
}

/// What Debian means by a short name: section 7.1 of the format, and those in use beside it.
fn identifier(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if let Some(gnu) = gnu(&lower) {
        return Some(gnu);
    }
    let known = match lower.as_str() {
        "apache-2" | "apache2" | "apache-2.0" | "asl-2.0" => "Apache-2.0",
        "artistic" | "artistic-1" | "artistic-1.0" => "Artistic-1.0-Perl",
        "artistic-2" => "Artistic-2.0",
        "bsd-2-clause" | "bsd-2" => "BSD-2-Clause",
        "bsd-3-clause" | "bsd-3" => "BSD-3-Clause",
        "bsd-4-clause" | "bsd-4" => "BSD-4-Clause",
        "bsd-4-clause-uc" => "BSD-4-Clause-UC",
        "bsl-1.0" | "boost-1.0" => "BSL-1.0",
        "cc0" | "cc0-1" => "CC0-1.0",
        "expat" => "MIT",
        "mpl-1.1" => "MPL-1.1",
        "mpl-2" => "MPL-2.0",
        "ms-pl" => "MS-PL",
        "psf" | "psf-2" => "PSF-2.0",
        "python-2" => "Python-2.0",
        "w3c" => "W3C",
        "zlib/libpng" => "zlib-acknowledgement",
        // A name that is SPDX's too.
        _ => return spdx::license_id(name).or_else(|| listed(&lower)).map(|id| id.name.to_owned()),
    };
    Some(known.to_owned())
}

fn listed(lower: &str) -> Option<spdx::LicenseId> {
    let same = |license: &&spdx::License| license.name.eq_ignore_ascii_case(lower);
    let found = spdx::identifiers::LICENSES.iter().find(same)?;
    spdx::license_id(found.name)
}

/// `gpl-2+`, `lgpl-2.1`, `gfdl-niv-1.3+`.
fn gnu(name: &str) -> Option<String> {
    let (family, version) = name.split_once('-').unwrap_or((name, ""));
    let (family, suffix) = match (family, version.strip_prefix("niv-")) {
        ("gfdl", Some(_)) => ("GFDL", "-no-invariants"),
        ("gfdl" | "fdl", None) => ("GFDL", ""),
        ("gpl", None) => ("GPL", ""),
        ("agpl", None) => ("AGPL", ""),
        ("lgpl", None) => ("LGPL", ""),
        _ => return None,
    };
    let version = version.strip_prefix("niv-").unwrap_or(version);
    let version = version.strip_suffix("-only").unwrap_or(version);
    let later = version.strip_suffix('+').or_else(|| version.strip_suffix("-or-later"));
    let (version, range) = match (family, later.unwrap_or(version), later) {
        // Without a version any will do (section 9 of the GPL itself).
        ("GPL", "", None) => ("1.0", "or-later"),
        ("LGPL", "", None) => ("2.0", "or-later"),
        ("GFDL", "", None) => ("1.1", "or-later"),
        (_, version, Some(_)) => (version, "or-later"),
        (_, version, None) => (version, "only"),
    };
    let dot = if version.contains('.') { "" } else { ".0" };
    let id = format!("{family}-{version}{dot}{suffix}-{range}");
    spdx::license_id(&id).map(|_| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let line = |license: License| {
            format!("{} = {}", license.declared, license.expression.unwrap_or_else(|| "?".into()))
        };
        licenses(text.as_bytes()).into_iter().map(line).collect()
    }

    #[test]
    fn reads_the_paragraphs_for_files() {
        let text = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 Example
License: GPL-2+ or Artistic-2.0, and BSD-3-clause
 text

Files: a b
License: Expat and public-domain

Files: c
License: Special
 Do as
 you like.

License: GPL-3
 not of any file
";
        let expected = [
            "BSD-3-clause = BSD-3-Clause",
            "Expat = MIT",
            "GPL-2+ or Artistic-2.0 = GPL-2.0-or-later OR Artistic-2.0",
            "Special = ?",
            "public-domain = ?",
        ];
        assert_eq!(read(text), expected);
        let special =
            licenses(text.as_bytes()).into_iter().find(|license| license.declared == "Special").unwrap();
        assert_eq!(special.text.as_deref(), Some("Do as\nyou like."));
    }

    #[test]
    fn knows_debians_names() {
        let cases = [
            ("GPL-2", Some("GPL-2.0-only")),
            ("GPL-2.0+", Some("GPL-2.0-or-later")),
            ("LGPL-2", Some("LGPL-2.0-only")),
            ("LGPL-2.1+", Some("LGPL-2.1-or-later")),
            ("GFDL-NIV-1.3+", Some("GFDL-1.3-no-invariants-or-later")),
            ("GPL", Some("GPL-1.0-or-later")),
            ("Apache-2", Some("Apache-2.0")),
            ("ISC", Some("ISC")),
            ("zlib", Some("Zlib")),
            ("GPL-3+ with Bison exception", Some("GPL-3.0-or-later WITH Bison-exception-2.2")),
            ("GPL-2+ with OpenSSL exception", None),
            ("permissive", None),
            ("GPL-9", None),
            ("MIT-like", None),
        ];
        for (name, expected) in cases {
            assert_eq!(expression(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn takes_a_broken_file_for_prose() {
        let text = "Format: x\n\nLicense\n On Debian systems see /usr/share/common-licenses/LGPL-2.1.\n";
        assert_eq!(read(text), ["LGPL-2.1 = LGPL-2.1-only"]);
        assert_eq!(read(""), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn reads_any_text(text in "(Format: x\n\n)?((Files|License):? ?(GPL-2\\+| or | and |,|with |é|-|\n )*\n){0,6}") {
            licenses(text.as_bytes());
        }
    }
}
