use std::collections::BTreeMap;

use super::*;

/// The texts of SPDX's list.
fn texts() -> BTreeMap<&'static str, &'static str> {
    spdx::text::LICENSE_TEXTS.iter().copied().collect()
}

/// The licences whose own text is recognised. For those of GNU the text does not say whether later versions
/// are allowed, so that it is the text of all three.
const RECOGNISED: [&str; 37] = [
    "0BSD",
    "AGPL-3.0-only",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0-Perl",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "EPL-1.0",
    "EPL-2.0",
    "GFDL-1.1-only",
    "GFDL-1.2-only",
    "GFDL-1.3-only",
    "GPL-1.0-only",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "ISC",
    "LGPL-2.0-only",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "OpenSSL",
    "Python-2.0",
    "Unlicense",
    "X11",
    "Zlib",
    "curl",
];

/// Texts that are another licence on the list and say the same as the one that they are taken for, but for names, order,
/// or the wording of the disclaimer.
const SAME: [(&str, &str); 19] = [
    ("BSD-2-Clause-Darwin", "BSD-2-Clause"),
    ("BSD-2-Clause-FreeBSD", "BSD-2-Clause"),
    ("BSD-2-Clause-NetBSD", "BSD-2-Clause"),
    ("BSD-2-Clause-Views", "BSD-2-Clause"),
    ("BSD-2-Clause-first-lines", "BSD-2-Clause"),
    ("BSD-2-Clause-pkgconf-disclaimer", "BSD-2-Clause"),
    ("BSD-2-Clause-pos-unchanged", "BSD-2-Clause"),
    ("ISC-Veillard", "ISC"),
    ("Linux-OpenIB", "BSD-2-Clause"),
    ("MIT-Wu", "MIT"),
    // The licence is the same, its notice says more.
    ("MPL-2.0-no-copyleft-exception", "MPL-2.0"),
    // Several licences of BSD.
    ("Net-SNMP", "BSD-3-Clause"),
    ("OSSP", "ISC"),
    ("OpenSSL-standalone", "OpenSSL"),
    ("Python-2.0.1", "Python-2.0"),
    ("Unlicense-libwhirlpool", "Unlicense"),
    // The exception is not known.
    ("eCos-2.0", "GPL-2.0-or-later"),
    ("pkgconf", "ISC"),
    ("PSF-2.0", "PSF-2.0"),
];

/// Which of GNU's licences it is, without what its text does not say.
fn family(id: &str) -> &str {
    let id = id.strip_suffix('+').unwrap_or(id);
    let id = id.strip_suffix("-only").or(id.strip_suffix("-or-later")).unwrap_or(id);
    // Nor does the text of the documentation licence say whether there are invariant sections.
    id.strip_suffix("-no-invariants").or(id.strip_suffix("-invariants")).unwrap_or(id)
}

#[test]
fn texts_of_the_list_are_recognised() {
    let texts = texts();
    for id in RECOGNISED {
        assert_eq!(recognise(texts[id]).as_deref(), Some(id), "{id}");
    }
}

/// No text on the list is taken for another licence: neither those that resemble a well-known one, nor the rest.
#[test]
fn no_text_of_the_list_is_taken_for_another() {
    let same: BTreeMap<&str, &str> = SAME.into_iter().collect();
    let mut wrong = Vec::new();
    for (id, text) in texts() {
        let Some(found) = recognise(text) else { continue };
        let right = family(&found) == family(id) || same.get(id).is_some_and(|same| *same == found);
        if !right {
            wrong.push(format!("{id} is taken for {found}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// The notices of the licences' own appendices, which is where the version is said.
#[test]
fn notices_say_which_version() {
    let notice = |rest: &str| {
        format!(
            "This program is free software; you can redistribute it and/or modify\n * it under the terms of the GNU {rest}\n\
             This program is distributed in the hope that it will be useful"
        )
    };
    for (rest, expected) in [
        (
            "General Public License as published by\n * the Free Software Foundation; either version 2 of the License, or\n * (at your option) any later version.",
            "GPL-2.0-or-later",
        ),
        (
            "General Public License as published by the Free Software Foundation; version 2 of the License.",
            "GPL-2.0-only",
        ),
        (
            "General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.",
            "GPL-3.0-or-later",
        ),
        (
            "Lesser General Public License as published by the Free Software Foundation; either version 2.1 of the License, or (at your option) any later version.",
            "LGPL-2.1-or-later",
        ),
        (
            "Library General Public License as published by the Free Software Foundation; either version 2 of the License, or (at your option) any later version.",
            "LGPL-2.0-or-later",
        ),
        (
            "Affero General Public License as published by the Free Software Foundation, version 3.",
            "AGPL-3.0-only",
        ),
    ] {
        assert_eq!(recognise(&notice(rest)).as_deref(), Some(expected), "{rest}");
    }
    let apache =
        "Licensed under the Apache License, Version 2.0 (the \"License\");\n// you may not use this file";
    assert_eq!(recognise(apache).as_deref(), Some("Apache-2.0"));
}

#[test]
fn several_texts_hold_together() {
    let texts = texts();
    let both = format!("{}\n\nParts are under this licence:\n{}", texts["Apache-2.0"], texts["MIT"]);
    assert_eq!(recognise(&both).as_deref(), Some("Apache-2.0 AND MIT"));
    // As in the archives of GlassFish: whoever gets it may choose.
    let choice = format!(
        "{}\n{}\n\"CLASSPATH\" EXCEPTION TO THE GPL VERSION 2",
        texts["CDDL-1.1"],
        texts["GPL-2.0-only"].replacen("LICENSE", "License (GPL)", 1)
    );
    let expected = "CDDL-1.1 OR GPL-2.0-only WITH Classpath-exception-2.0";
    assert_eq!(recognise(&choice).as_deref(), Some(expected));
    let choice = format!("{choice}\n{}", texts["MIT"]);
    assert_eq!(recognise(&choice), Some(format!("({expected}) AND MIT")));
}

#[test]
fn what_is_no_licence_is_none() {
    for text in [
        "",
        " \n\t",
        "All rights reserved.",
        "Copyright 2024 Example. Use of this software needs a contract.",
        "This file is licensed like the GNU General Public License, see COPYING.",
        "The Apache License is a licence. So is the MIT License.",
        &"a ".repeat(1_000_000),
    ] {
        assert_eq!(recognise(text), None, "{text:.60}");
    }
    // A text that is cut off says not all that it should.
    let texts = texts();
    for id in ["MIT", "BSD-3-Clause", "ISC", "Zlib", "Apache-2.0", "MPL-2.0"] {
        assert_eq!(recognise(&texts[id][..120]), None, "{id}");
    }
}
