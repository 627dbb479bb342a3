//! Names and addresses of licences, and the identifiers that they stand for.
//!
//! Names are compared without case, punctuation, words that say nothing (`the`, `license`, `version`, ..)
//! and zeros at the end of a version: `The Apache License, Version 2.0` is `apache 2`, and so is the identifier
//! `Apache-2.0`. SPDX's own list gives identifiers and full names; the tables add what package databases
//! write besides. Where a name leaves open which licence is meant (`BSD`, `Apache`, `Artistic`), it means none.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The identifier, or the expression, that a name, identifier or URL stands for.
pub(super) fn find(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > NAME_BYTES {
        return None;
    }
    // Identifiers as they should be are the rule.
    if spdx::license_id(text).is_some_and(|id| id.name == text && !id.is_deprecated()) {
        return Some(text.to_owned());
    }
    // OSGi's header has attributes behind the name: `BSD-3-Clause;link=https://..`.
    let text = match text.split_once(';') {
        Some((name, attributes)) if attributes.contains('=') => name.trim(),
        _ => text,
    };
    if text.contains("://") {
        return url(text);
    }
    if let Some((_, replacement)) = DEPRECATED.iter().find(|(id, _)| id.eq_ignore_ascii_case(text)) {
        return Some((*replacement).to_owned());
    }
    if let Some(combined) = with(text) {
        return Some(combined);
    }
    // Parentheses group what is no name, except in `GPL (>= 2)`.
    let whole = Some(text).filter(|text| !text.contains(['(', ')']) || text.contains(">="));
    let names = [whole, aside(text)];
    names.into_iter().flatten().map(Words::new).find_map(|words| gnu(&words).or_else(|| listed(&words)))
}

/// The exception that a name stands for, beside `license`.
pub(super) fn exception(text: &str, license: &str) -> Option<&'static str> {
    let all = spdx::identifiers::EXCEPTIONS;
    if let Some(found) = all.iter().find(|exception| exception.name.eq_ignore_ascii_case(text)) {
        return Some(found.name);
    }
    let version_3 = license.starts_with("GPL-3.0");
    Some(match Words::new(text).key.as_str() {
        "autoconf exception" if version_3 => "Autoconf-exception-3.0",
        "autoconf exception" => "Autoconf-exception-2.0",
        "bison exception" => "Bison-exception-2.2",
        "classpath exception" | "classpath" => "Classpath-exception-2.0",
        "font exception" => "Font-exception-2.0",
        "gcc exception" | "gcc runtime library exception" if version_3 => "GCC-exception-3.1",
        "libtool exception" => "Libtool-exception",
        "linux syscall note" => "Linux-syscall-note",
        "llvm exception" | "llvm exceptions" => "LLVM-exception",
        _ => return None,
    })
}

/// `GPL-3+-with-bison-exception`.
fn with(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("-with-")?;
    let license = find(text.get(..start)?)?;
    let exception = exception(text.get(start.checked_add("-with-".len())?..)?, &license)?;
    Some(format!("{license} WITH {exception}"))
}

/// The name without what follows it in parentheses: `Mozilla Public License 2.0 (MPL 2.0)`.
fn aside(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once('(')?;
    let is_last = rest.trim_end().ends_with(')') && rest.matches(')').count() == 1;
    // `GPL (>= 2)` is a version, and `(MIT)` an expression.
    (is_last && !rest.contains(['<', '>', '=']) && !name.trim().is_empty()).then_some(name)
}

/// A name taken apart.
struct Words {
    /// In lower case, without those that say nothing.
    key: String,
    /// `+`, `or later`, `>=` stands in it.
    later: bool,
}

impl Words {
    fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let later = lower.contains("+")
            || lower.contains(">=")
            || lower.contains("or later")
            || lower.contains("or-later");
        let mut key = String::with_capacity(lower.len());
        for word in lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
            let (word, version) = split_version(word.trim_matches('.'));
            for part in [word, version] {
                if part.is_empty() || NOISE.contains(&part) {
                    continue;
                }
                if !key.is_empty() {
                    key.push(' ');
                }
                key.push_str(part);
            }
        }
        Self { key, later }
    }
}

/// `mplv2.0` is `mpl` and `2`; `v3` is `3`; `2.0` is `2`.
fn split_version(word: &str) -> (&str, &str) {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let version = word.get(name.len()..).unwrap_or_default();
    match name.strip_suffix('v') {
        _ if name.is_empty() => ("", without_zeros(word)),
        Some(name) if !version.is_empty() => (name, without_zeros(version)),
        _ => (word, ""),
    }
}

fn without_zeros(mut version: &str) -> &str {
    while let Some(shorter) = version.strip_suffix(".0") {
        version = shorter;
    }
    version
}

/// The GNU family, where a missing version, `+`, `-only` and `-or-later` matter.
///
/// The GPL says in its section 9, and the LGPL likewise: "If the Program does not specify a version number of
/// this License, you may choose any version ever published". So a name alone is the first one or later.
fn gnu(words: &Words) -> Option<String> {
    let (family, rest) = GNU.iter().find_map(|(name, family)| {
        let rest = words.key.strip_prefix(name)?;
        // `gpl2`, `gpl 2`, `gpl`, but no `gplx`.
        (rest.is_empty() || rest.starts_with(|c: char| c == ' ' || c.is_ascii_digit()))
            .then_some((*family, rest))
    })?;
    let mut version = None;
    let mut invariants = "";
    let mut only = false;
    for word in rest.split_whitespace() {
        match word {
            "or" | "later" => {}
            "only" => only = true,
            "niv" | "no" | "invariant" | "invariants" if family == "GFDL" => invariants = "-no-invariants",
            _ if version.is_none() => version = Some(word),
            _ => return None,
        }
    }
    let suffix = if words.later && !only { "-or-later" } else { "-only" };
    let id = match (family, version) {
        ("GPL", None) => "GPL-1.0-or-later".to_owned(),
        ("LGPL", None) => "LGPL-2.0-or-later".to_owned(),
        (_, None) => return None,
        (_, Some(version)) => {
            let version = if version.contains('.') { version.to_owned() } else { format!("{version}.0") };
            format!("{family}-{version}{invariants}{suffix}")
        }
    };
    spdx::license_id(&id).map(|id| id.name.to_owned())
}

fn listed(words: &Words) -> Option<String> {
    let other = OTHERS.iter().find(|(name, _)| *name == words.key).map(|(_, id)| *id);
    let id = other.or_else(|| LISTED.get(&words.key).copied().flatten())?;
    // `Apache-2.0+`: an operator, not a part of the name.
    let plus = words.later && !id.contains(' ');
    Some(if plus { format!("{id}+") } else { id.to_owned() })
}

fn url(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let lower = rest.to_ascii_lowercase();
    let rest = lower.strip_prefix("www.").unwrap_or(&lower);
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let endings = [".txt", ".html", ".htm", ".php", ".md"];
    let rest = endings.iter().find_map(|ending| rest.strip_suffix(ending)).unwrap_or(rest);
    if let Some((_, id)) = URLS.iter().find(|(url, _)| *url == rest) {
        return Some((*id).to_owned());
    }
    let (host, path) = rest.split_once('/')?;
    let last = path.rsplit('/').next().unwrap_or_default();
    let words = Words::new(last);
    match host {
        "opensource.org" | "spdx.org" if path.starts_with("license") => {
            gnu(&words).or_else(|| listed(&words))
        }
        "gnu.org" if path.starts_with("licenses/") => gnu(&words),
        _ => None,
    }
}

/// SPDX's own list: identifiers and full names. `None` stands for a name that two licences share.
static LISTED: LazyLock<HashMap<String, Option<&'static str>>> = LazyLock::new(|| {
    let mut listed = HashMap::new();
    for license in spdx::identifiers::LICENSES {
        if spdx::license_id(license.name).is_none_or(spdx::LicenseId::is_deprecated) {
            continue;
        }
        for name in [license.name, license.full_name] {
            let id = listed.entry(Words::new(name).key).or_insert(Some(license.name));
            if *id != Some(license.name) {
                *id = None;
            }
        }
    }
    listed
});

/// Words that say nothing.
const NOISE: [&str; 7] = ["gnu", "licence", "license", "licenses", "the", "ver", "version"];

/// Names of the GNU family, without `GNU`.
const GNU: [(&str, &str); 11] = [
    ("affero general public", "AGPL"),
    ("affero gpl", "AGPL"),
    ("agpl", "AGPL"),
    ("fdl", "GFDL"),
    ("free documentation", "GFDL"),
    ("general public", "GPL"),
    ("gfdl", "GFDL"),
    ("gpl", "GPL"),
    ("lesser general public", "LGPL"),
    ("lgpl", "LGPL"),
    ("library general public", "LGPL"),
];

/// What else package databases call them, taken apart as [`Words`] are.
const OTHERS: [(&str, &str); 52] = [
    ("apache software 1.1", "Apache-1.1"),
    ("apache software 2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("asf 2", "Apache-2.0"),
    ("asl 1.1", "Apache-1.1"),
    ("asl 2", "Apache-2.0"),
    ("boost 1", "BSL-1.0"),
    ("boost software", "BSL-1.0"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 4", "BSD-4-Clause"),
    ("bsd new", "BSD-3-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("bsd2clause", "BSD-2-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("bsd3clause", "BSD-3-Clause"),
    ("cc0", "CC0-1.0"),
    ("cc0 1 universal", "CC0-1.0"),
    ("cddl 1", "CDDL-1.0"),
    ("clear bsd", "BSD-3-Clause-Clear"),
    ("common development and distribution 1", "CDDL-1.0"),
    ("eclipse distribution 1", "BSD-3-Clause"),
    ("eclipse public 1", "EPL-1.0"),
    ("eclipse public 2", "EPL-2.0"),
    ("edl 1", "BSD-3-Clause"),
    ("expat", "MIT"),
    ("expat mit", "MIT"),
    ("fedora mit", "MIT"),
    ("iscl", "ISC"),
    ("mit expat", "MIT"),
    ("mit x", "MIT"),
    ("mit x11", "MIT"),
    ("modified bsd", "BSD-3-Clause"),
    ("mozilla public 1.1", "MPL-1.1"),
    ("mozilla public 2", "MPL-2.0"),
    ("new bsd", "BSD-3-Clause"),
    ("perl", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
    ("perl 5", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
    ("postgresql", "PostgreSQL"),
    ("psf", "PSF-2.0"),
    ("psf 2", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("revised bsd", "BSD-3-Clause"),
    ("ruby s", "Ruby"),
    ("simplified bsd", "BSD-2-Clause"),
    ("three clause bsd", "BSD-3-Clause"),
    ("two clause bsd", "BSD-2-Clause"),
    ("universal permissive 1", "UPL-1.0"),
    ("unlicensed public domain", "Unlicense"),
    ("zlib libpng", "Zlib"),
    ("zope public 2.1", "ZPL-2.1"),
    ("zpl 2.1", "ZPL-2.1"),
];

/// Without scheme, `www.`, the ending of a file, in lower case.
const URLS: [(&str, &str); 17] = [
    ("apache.org/license/license-2.0", "Apache-2.0"),
    ("apache.org/licenses/license-1.1", "Apache-1.1"),
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("boost.org/license_1_0", "BSL-1.0"),
    ("creativecommons.org/licenses/by-sa/4.0", "CC-BY-SA-4.0"),
    ("creativecommons.org/licenses/by/3.0", "CC-BY-3.0"),
    ("creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
    ("eclipse.org/legal/epl-v10", "EPL-1.0"),
    ("eclipse.org/legal/epl-v20", "EPL-2.0"),
    ("eclipse.org/org/documents/edl-v10", "BSD-3-Clause"),
    ("mozilla.org/en-us/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/mpl/mpl-1.1", "MPL-1.1"),
    ("opensource.org/licenses/mit-license", "MIT"),
    ("unlicense.org", "Unlicense"),
];

/// Deprecated identifiers and what SPDX's list says to write instead, where that is more than `-only` or
/// `-or-later`. <https://spdx.org/licenses/#deprecated>
const DEPRECATED: [(&str, &str); 12] = [
    ("BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"),
    ("BSD-2-Clause-NetBSD", "BSD-2-Clause"),
    ("bzip2-1.0.5", "bzip2-1.0.6"),
    ("eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"),
    ("GPL-2.0-with-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"),
    ("GPL-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-2.0-with-font-exception", "GPL-2.0-only WITH Font-exception-2.0"),
    ("GPL-2.0-with-GCC-exception", "GPL-2.0-only WITH GCC-exception-2.0"),
    ("GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
    ("StandardML-NJ", "SMLNJ"),
    ("wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"),
];

/// No name is longer.
const NAME_BYTES: usize = 200;
