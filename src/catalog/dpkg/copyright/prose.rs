//! Licences in copyright files that people wrote for people.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// The names of licences, as Debian's format would write them.
pub(super) fn names(text: &str) -> BTreeSet<String> {
    let words = text.split_whitespace().map(|word| word.trim_start_matches(['*', '#', '%']));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let lower = text.to_ascii_lowercase();
    let grants = grants(&lower);
    let mut names = BTreeSet::new();
    for reference in references(&text) {
        let family = reference.split('-').next().unwrap_or(&reference);
        let versions: Vec<&String> = grants
            .iter()
            .filter(|grant| match reference.contains('-') {
                // "Version 2 or later" is a reference to the text of version 2.
                true => grant.trim_end_matches('+') == reference,
                false => grant.split('-').next() == Some(family),
            })
            .collect();
        match versions.is_empty() {
            true => names.extend([reference]),
            false => names.extend(versions.into_iter().cloned()),
        }
    }
    for (name, phrases) in TEXTS {
        if phrases.iter().all(|phrase| lower.contains(phrase)) {
            names.insert((*name).to_owned());
        }
    }
    if names.contains("BSD-3-clause") {
        names.remove("BSD-2-clause");
    }
    if names.is_empty() {
        names.extend(grants);
    }
    names
}

/// The files of `/usr/share/common-licenses` that are named.
fn references(text: &str) -> BTreeSet<String> {
    const FILES: [&str; 20] = [
        "Apache-2.0",
        "Artistic",
        "BSD",
        "CC0-1.0",
        "GFDL",
        "GFDL-1.2",
        "GFDL-1.3",
        "GPL",
        "GPL-1",
        "GPL-2",
        "GPL-3",
        "LGPL",
        "LGPL-2",
        "LGPL-2.1",
        "LGPL-3",
        "MPL-1.1",
        "MPL-2.0",
        "AGPL-3",
        "GFDL-1.1",
        "Apache-2",
    ];
    let after = text.split("/usr/share/common-licenses/").skip(1);
    let name = |rest: &str| {
        let end =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.').unwrap_or(rest.len());
        let name = rest.get(..end)?.trim_end_matches(['.', '-']).trim_end_matches(".gz");
        // The file `BSD` holds the text with three clauses.
        let name = if name == "BSD" { "BSD-3-clause" } else { name };
        (FILES.contains(&name) || name == "BSD-3-clause").then(|| name.to_owned())
    };
    after.filter_map(name).collect()
}

/// "GNU Lesser General Public License as published by the Free Software Foundation; either version 2.1 of the
/// License, or (at your option) any later version" is `LGPL-2.1+`.
fn grants(lower: &str) -> BTreeSet<String> {
    static GRANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let pattern = concat!(
            r"gnu (?P<family>affero general|lesser general|library general|general) public licen[cs]e,?",
            r"(?: \(l?gpl\))?,?(?: as published by the free software foundation[;,:]?)?",
            r",? (?:either |under )?(?:v\.? ?|version )(?P<version>[0-9](?:\.[0-9])?)",
            r"(?P<later>(?: of the licen[cs]e)?,? ?(?:or \(?(?:at your option\)?,? )?(?:any )?later|\+))?",
        );
        // A pattern of ours: the tests compile it.
        Regex::new(pattern).ok()
    });
    let Some(pattern) = GRANT.as_ref() else { return BTreeSet::new() };
    let name = |captures: regex::Captures<'_>| {
        let family = match captures.name("family").map(|family| family.as_str()) {
            Some("affero general") => "AGPL",
            Some("general") => "GPL",
            _ => "LGPL",
        };
        let version = captures.name("version").map_or("", |version| version.as_str()).trim_end_matches(".0");
        let later = if captures.name("later").is_some() { "+" } else { "" };
        format!("{family}-{version}{later}")
    };
    pattern.captures_iter(lower).map(name).collect()
}

/// Phrases that only these licences have, in lower case.
const TEXTS: [(&str, &[&str]); 8] = [
    ("Apache-2.0", &["licensed under the apache license, version 2.0"]),
    (
        "BSD-2-clause",
        &["redistribution and use in source and binary forms, with or without modification, are permitted"],
    ),
    (
        "BSD-3-clause",
        &[
            "redistribution and use in source and binary forms, with or without modification, are permitted",
            "endorse or promote products derived",
        ],
    ),
    (
        "Expat",
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files",
        ],
    ),
    (
        "ISC",
        &[
            "distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies",
        ],
    ),
    ("MPL-2.0", &["subject to the terms of the mozilla public license, v. 2.0"]),
    (
        "Zlib",
        &[
            "altered source versions must be plainly marked as such, and must not be misrepresented as being the original software",
        ],
    ),
    ("public-domain", &["in the public domain"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        names(text).into_iter().collect()
    }

    #[test]
    fn follows_references_and_says_what_later_versions_do() {
        let text = "
   This package is free software; you can redistribute it and/or modify it under
   the terms of the GNU General Public License as published by the Free Software
   Foundation; either version 2 of the License, or (at your option) any later version.
   On Debian systems, the complete text can be found in `/usr/share/common-licenses/GPL-2'.
   The library is under /usr/share/common-licenses/LGPL-2.1.";
        assert_eq!(read(text), ["GPL-2+", "LGPL-2.1"]);
        assert_eq!(read("GNU General Public License, see /usr/share/common-licenses/GPL."), ["GPL"]);
        assert_eq!(read("see /usr/share/common-licenses/BSD, /usr/share/common-licenses/"), ["BSD-3-clause"]);
        assert_eq!(read("GNU Library General Public License (LGPL), version 2 or later"), ["LGPL-2+"]);
    }

    #[test]
    fn recognises_texts() {
        let bsd = "Redistribution and use in source and binary forms, with or without\n * modification, are permitted";
        assert_eq!(read(bsd), ["BSD-2-clause"]);
        assert_eq!(read(&format!("{bsd} .. to endorse or promote products derived")), ["BSD-3-clause"]);
        assert_eq!(read("It is placed in the public domain."), ["public-domain"]);
        assert_eq!(read("All rights reserved."), [""; 0]);
    }
}
