//! Recognises the texts of well-known licences by phrases that only they have.
//!
//! A licence is found if all of its phrases are in the text and none that another one adds. A text that holds
//! several licences means all of them. The texts of the GNU licences do not say whether later versions are
//! allowed: the notice that applies them does, and without one the version of the text alone is meant.

/// The expression that the text stands for; `None` if no licence is known in it.
pub(super) fn recognise(text: &str) -> Option<String> {
    // The Java community's copy of the GPL has its short name in the title.
    let text = plain(text).replace("license (gpl) version 2, june 1991", "license version 2, june 1991");
    let mut found: Vec<&str> = Vec::new();
    let mut add = |id| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    gnu(&text).into_iter().for_each(&mut add);
    for known in KNOWN {
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        let all = known.phrases.iter().all(|phrase| text.contains(phrase));
        if all && !has(known.without) && !has(resembling(known.id)) {
            add(known.id);
        }
    }
    join(&text, found)
}

/// What was found, together. The Java community's CDDL comes with the GPL, and whoever gets it may choose.
fn join(text: &str, mut found: Vec<&str>) -> Option<String> {
    let cddl = found.iter().position(|id| id.starts_with("CDDL-"));
    let gpl = found.iter().position(|id| *id == "GPL-2.0-only");
    let classpath = text.contains("classpath\" exception")
        || text.contains("statically or dynamically with other modules");
    let gpl_name = if classpath { "GPL-2.0-only WITH Classpath-exception-2.0" } else { "GPL-2.0-only" };
    if let (Some(cddl), Some(_)) = (cddl, gpl) {
        let choice = format!("{} OR {gpl_name}", found.get(cddl)?);
        found.retain(|id| !id.starts_with("CDDL-") && *id != "GPL-2.0-only");
        if found.is_empty() {
            return Some(choice);
        }
        return Some(format!("({choice}) AND {}", found.join(" AND ")));
    }
    if let Some(id) = gpl.and_then(|gpl| found.get_mut(gpl)) {
        *id = gpl_name;
    }
    (!found.is_empty()).then(|| found.join(" AND "))
}

/// Phrases of licences that hold all that a well-known one says and more: with one of them it is not that one.
fn resembling(id: &str) -> &'static [&'static str] {
    match id {
        "Apache-2.0" => &["functional source license"],
        "BSD-2-Clause" | "BSD-3-Clause" | "BSD-4-Clause" => BSD_AND_MORE,
        "EPL-1.0" => &["licence libre du qu\u{e9}bec"],
        "ISC" => &["shall not be used in advertising or otherwise to promote"],
        "MIT" => MIT_AND_MORE,
        "MIT-0" => &["noninfringement of third party rights"],
        "MPL-1.1" => {
            &["common public attribution license", "with the following amendments", "sugarcrm public license"]
        }
        "PSF-2.0" => &["beopen python open source license"],
        "Zlib" => {
            &["\"relicensed\"", "you must not use any of the", "in the product documentation is required"]
        }
        _ => &[],
    }
}

/// In lower case, with one space between words, without marks of comments and with plain quotes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(TEXT_BYTES));
    for word in text.split_whitespace() {
        if plain.len() > TEXT_BYTES {
            break;
        }
        let word = word.trim_matches(|c: char| "*#|".contains(c));
        if word.is_empty() || word == "//" || word == "--" || word == ";;" || word == "dnl" {
            continue;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        for c in word.chars() {
            match c {
                '\u{2018}' | '\u{2019}' | '`' => plain.push('\''),
                '\u{201c}' | '\u{201d}' => plain.push('"'),
                _ => plain.extend(c.to_lowercase()),
            }
        }
    }
    plain
}

/// The GNU licences in a text: by their own text, or by the notice that applies them.
fn gnu(text: &str) -> Vec<&'static str> {
    // Most texts are of others, and there is much to look for.
    if !text.contains("gnu ") {
        return Vec::new();
    }
    // What follows explains how to apply the licence, and would be taken for its application.
    let notices: String = text.split("end of terms and conditions").enumerate().fold(
        String::new(),
        |mut notices, (index, part)| {
            let cut = if index == 0 {
                part
            } else {
                part.split("how to apply these terms").next().unwrap_or_default()
            };
            notices.push_str(cut);
            notices
        },
    );
    let mut found = Vec::new();
    for licence in GNU {
        let mut whole = licence.text.iter().all(|phrase| text.contains(phrase));
        // The text of the lesser licence adds to that of the other, which comes with it.
        whole &= licence.only != "GPL-3.0-only" || !text.contains(LESSER);
        let noticed = licence.names.iter().any(|name| noticed(&notices, name, licence.version));
        if !whole && !noticed {
            continue;
        }
        let later = licence.names.iter().any(|name| later(&notices, name, licence.version));
        found.push(if later { licence.or_later } else { licence.only });
    }
    found
}

/// `.. under the terms of the GNU General Public License as published by the Free Software Foundation; either
/// version 2 of the License ..`, which is the wording of the licences' own appendix.
fn noticed(text: &str, name: &str, version: &str) -> bool {
    notices(text, name).any(|notice| of_version(notice, version))
}

fn later(text: &str, name: &str, version: &str) -> bool {
    const LATER: [&str; 3] = ["any later version", "or later", "or newer"];
    notices(text, name)
        .any(|notice| of_version(notice, version) && LATER.iter().any(|later| notice.contains(later)))
}

/// What follows each place that names the licence as published by its foundation, up to the warranty.
fn notices<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let starts = [
        format!("terms of the gnu {name} as published by the free software foundation"),
        format!("terms of the gnu {name}, as published by the free software foundation"),
        format!("terms of the gnu {name} version"),
        "terms of version".to_owned(),
    ];
    let named = format!("gnu {name}");
    starts.into_iter().flat_map(move |start| {
        let named = named.clone();
        let places: Vec<usize> = text.match_indices(&start).map(|(place, _)| place).collect();
        places.into_iter().filter_map(move |place| {
            let notice: &str = text.get(place..)?;
            let end = notice.char_indices().nth(NOTICE_CHARACTERS).map_or(notice.len(), |(end, _)| end);
            notice.get(..end).filter(|notice| notice.contains(&named))
        })
    })
}

fn of_version(notice: &str, version: &str) -> bool {
    let after = |text: &str| !text.starts_with(|c: char| c.is_ascii_digit()) && !text.starts_with(".1");
    let mut places = notice.match_indices("version ").filter_map(|(place, _)| notice.get(place..)?.get(8..));
    places.any(|rest| rest.strip_prefix(version).is_some_and(after))
}

/// A licence of the GNU family.
struct Gnu {
    only: &'static str,
    or_later: &'static str,
    /// As notices call it.
    names: &'static [&'static str],
    version: &'static str,
    /// What is in its own text.
    text: &'static [&'static str],
}

const GNU: [Gnu; 7] = [
    Gnu {
        only: "AGPL-3.0-only",
        or_later: "AGPL-3.0-or-later",
        names: &["affero general public license"],
        version: "3",
        text: &["gnu affero general public license version 3", "remote network interaction"],
    },
    Gnu {
        only: "GPL-1.0-only",
        or_later: "GPL-1.0-or-later",
        names: &["general public license"],
        version: "1",
        text: &["gnu general public license version 1, february 1989"],
    },
    Gnu {
        only: "GPL-2.0-only",
        or_later: "GPL-2.0-or-later",
        names: &["general public license"],
        version: "2",
        text: &[
            "gnu general public license version 2, june 1991",
            "activities other than copying, distribution",
        ],
    },
    Gnu {
        only: "GPL-3.0-only",
        or_later: "GPL-3.0-or-later",
        names: &["general public license"],
        version: "3",
        text: &[
            "gnu general public license version 3, 29 june 2007",
            "use with the gnu affero general public license",
        ],
    },
    Gnu {
        only: "LGPL-2.0-only",
        or_later: "LGPL-2.0-or-later",
        names: &["library general public license"],
        version: "2",
        text: &["gnu library general public license version 2, june 1991"],
    },
    Gnu {
        only: "LGPL-2.1-only",
        or_later: "LGPL-2.1-or-later",
        names: &["lesser general public license"],
        version: "2.1",
        text: &["gnu lesser general public license version 2.1, february 1999", "work that uses the library"],
    },
    Gnu {
        only: "LGPL-3.0-only",
        or_later: "LGPL-3.0-or-later",
        names: &["lesser general public license"],
        version: "3",
        text: &[LESSER, "additional definitions"],
    },
];

/// The title of the lesser licence.
const LESSER: &str = "gnu lesser general public license version 3, 29 june 2007";

/// A licence known by phrases.
struct Known {
    id: &'static str,
    /// All of these are in its text,
    phrases: &'static [&'static str],
    /// and none of these, which another one adds.
    without: &'static [&'static str],
}

const BSD: &str =
    "redistribution and use in source and binary forms, with or without modification, are permitted";
const BSD_ADVERTISING: &str = "all advertising materials mentioning features or use of this software";

/// Of licences on SPDX's list that add conditions to one of BSD's.
const BSD_AND_MORE: &[&str] = &[
    "\"carnegie mellon university\" must not be",
    "all copies of the software, derivative",
    "any party's patent rights are granted by this",
    "any redistribution must be conditioned upon",
    "apache group for use in",
    "authors of this software must not be used",
    "caldera international",
    "changes to the original files must be",
    "do not represent that use",
    "entire permission notice in its entirety",
    "except remove this notice",
    "export laws: this license adds no",
    "how to obtain complete source code",
    "if any files are modified",
    "imposing a separate written license agreement",
    "indiana univer",
    "license terms for hdf5",
    "material condition of the rights granted",
    "may not be called",
    "modifications to the source code must be clearly",
    "naumen (tm) must not be",
    "or maintenance of any nuclear",
    "patent infringement; procurement of substitute",
    "redistributions of any form whatsoever must",
    "sendmail license",
    "source code distributions retain the above",
    "source code provided does not infringe",
    "the patent license shall not",
    "this license shall terminate automatically",
    "the source code must either be included",
    "openseal",
    "zope",
];

/// The same for MIT's.
const MIT_AND_MORE: &[&str] = &[
    "functional source license",
    "intended to be used by the recipients",
    "is asked to send the modifications",
    "requiring prior written permission to use",
    "this agreement shall be governed in all respects",
];

const KNOWN: [Known; 33] = [
    Known {
        id: "0BSD",
        phrases: &[
            "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted. the software is provided",
        ],
        without: &[],
    },
    Known {
        id: "Apache-1.1",
        phrases: &[
            "apache software license",
            "version 1.1",
            "the end-user documentation included with the redistribution",
        ],
        without: &[],
    },
    Known {
        id: "Apache-2.0",
        phrases: &["apache license version 2.0, january 2004", "grant of patent license"],
        without: &[],
    },
    Known {
        id: "Apache-2.0",
        phrases: &["licensed under the apache license, version 2.0"],
        // Its own text shows this notice as an example.
        without: &["grant of patent license"],
    },
    Known { id: "Artistic-2.0", phrases: &["the artistic license 2.0", "definitions"], without: &[] },
    Known {
        id: "Artistic-1.0-Perl",
        phrases: &[
            "the \"artistic license\" preamble",
            "aggregation of this package with a commercial distribution",
        ],
        without: &[],
    },
    Known {
        id: "BSD-4-Clause",
        phrases: &[BSD, BSD_ADVERTISING, "endorse or promote products derived from"],
        without: &["university of california, berkeley and its contributors", "openssl toolkit"],
    },
    Known {
        id: "BSD-4-Clause-UC",
        phrases: &[BSD, BSD_ADVERTISING, "university of california, berkeley and its contributors"],
        without: &[],
    },
    Known {
        id: "BSD-3-Clause",
        phrases: &[BSD, "endorse or promote products derived from", "redistributions in binary form"],
        without: &[BSD_ADVERTISING, "openssl", "apache software"],
    },
    Known {
        id: "BSD-2-Clause",
        phrases: &[BSD, "redistributions in binary form must reproduce the above copyright notice"],
        without: &[
            BSD_ADVERTISING,
            "endorse or promote products",
            "neither the name",
            "altered source versions",
        ],
    },
    Known {
        id: "BSL-1.0",
        phrases: &["boost software license", "version 1.0", "machine-executable object code"],
        without: &[],
    },
    Known { id: "CC0-1.0", phrases: &["cc0 1.0 universal", "statement of purpose"], without: &[] },
    Known {
        id: "CC-BY-4.0",
        phrases: &["creative commons attribution 4.0 international", "section 1"],
        without: &[],
    },
    Known {
        id: "CDDL-1.0",
        phrases: &["common development and distribution license", "version 1.0", "covered software"],
        without: &["version 1.1"],
    },
    Known {
        id: "CDDL-1.1",
        phrases: &["common development and distribution license", "version 1.1", "covered software"],
        without: &[],
    },
    Known {
        id: "curl",
        phrases: &[
            "permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted",
            "shall not be used in advertising or otherwise to promote",
        ],
        without: &[],
    },
    Known { id: "EPL-1.0", phrases: &["eclipse public license - v 1.0"], without: &[] },
    Known { id: "EPL-2.0", phrases: &["eclipse public license - v 2.0"], without: &[] },
    Known {
        id: "GFDL-1.1-only",
        phrases: &["gnu free documentation license version 1.1, march 2000"],
        without: &[],
    },
    Known {
        id: "GFDL-1.2-only",
        phrases: &["gnu free documentation license version 1.2, november 2002"],
        without: &[],
    },
    Known {
        id: "GFDL-1.3-only",
        phrases: &["gnu free documentation license version 1.3, 3 november 2008"],
        without: &[],
    },
    Known {
        id: "ISC",
        phrases: &[
            "distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies",
        ],
        without: &["modify, and distribute this software and its documentation"],
    },
    Known {
        id: "MIT",
        phrases: &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files",
            "the above copyright notice and this permission notice",
            "be included in all copies or substantial portions",
        ],
        without: &["except as contained in this notice, the name", "shall be used for good, not evil"],
    },
    Known {
        id: "MIT-0",
        phrases: &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files",
            "to permit persons to whom the software is furnished to do so. the software is provided",
        ],
        without: &["be included in all copies"],
    },
    Known {
        id: "X11",
        phrases: &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files",
            "except as contained in this notice, the name of the x consortium",
        ],
        without: &[],
    },
    Known {
        id: "MPL-1.1",
        phrases: &["mozilla public license version 1.1", "initial developer"],
        without: &[],
    },
    Known {
        id: "MPL-2.0",
        phrases: &["mozilla public license version 2.0", "secondary licenses"],
        without: &[],
    },
    Known {
        id: "MPL-2.0",
        phrases: &["this source code form is subject to the terms of the mozilla public license, v. 2.0"],
        without: &["secondary licenses"],
    },
    Known {
        id: "OpenSSL",
        phrases: &["this product includes software developed by the openssl project", "openssl toolkit"],
        without: &[],
    },
    Known {
        id: "PSF-2.0",
        phrases: &["python software foundation license version 2", "psf hereby grants"],
        without: &[],
    },
    Known {
        id: "Python-2.0",
        phrases: &["python software foundation license version 2", "beopen python open source license"],
        without: &[],
    },
    Known {
        id: "Unlicense",
        phrases: &["this is free and unencumbered software released into the public domain"],
        without: &[],
    },
    Known {
        id: "Zlib",
        phrases: &[
            "the origin of this software must not be misrepresented",
            "altered source versions must be plainly marked as such",
            "this notice may not be removed or altered from any source distribution",
        ],
        without: &[],
    },
];

/// The longest text on SPDX's list has 120,000 characters; files that hold the licences of all dependencies
/// are longer, and known by their beginning.
const TEXT_BYTES: usize = 512 << 10;

/// How long a notice is, from the name of the licence to the end of the sentence on its version.
const NOTICE_CHARACTERS: usize = 400;

#[cfg(test)]
mod tests;
