//! Homebrew: a directory for each installed version in the Cellar, with the formula that it was made by.
//! <https://docs.brew.sh/Formula-Cookbook#homebrew-terminology>
//!
//! Formulas in taps are what could be installed: no packages.

use regex::Regex;
use serde_json::Value;

use super::super::Want;
use super::super::text;
use super::Described;
use super::Installed;
use super::Source;
use super::capture;
use super::metadata;
use super::package;
use super::pattern;
use crate::package::Kind;
use crate::package::License;
use crate::package::PurlBuilder;

pub(in super::super) const KEGS: Installed = Installed {
    name: "homebrew-cataloger",
    tags: &["directory", "homebrew", "image", "installed", "package"],
    wants: &[Want::Bytes("**/Cellar/*/*/.brew/*.rb"), Want::Bytes(RECEIPT)],
    read,
};

/// What Homebrew notes beside what it installed.
const RECEIPT: &str = "**/Cellar/*/*/INSTALL_RECEIPT.json";

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let receipt = |bytes: &[u8]| {
        let members = text::members(bytes, &["runtime_dependencies", "source"]);
        members.map_err(|error| error.to_string())
    };
    let Some((keg, _)) = source.path.split_once("/.brew/") else {
        return receipt(source.bytes).map(|_| None);
    };
    // The Cellar is the truth of name and version; most formulas tell neither.
    let mut names = keg.rsplitn(3, '/');
    let (Some(version), Some(name), Some(cellar)) = (names.next(), names.next(), names.next()) else {
        return Ok(None);
    };
    let formula = source.text();
    let body = formula.split_once("< Formula").map_or("", |(_, body)| body);
    let said = |pattern: &Regex| capture(pattern, body).map(str::to_owned);
    let mut found = package(Kind::Homebrew, name, version);
    found.purl = Some(PurlBuilder::new("brew", name).version(version).build());
    found.description = said(pattern!(r#"(?m)^\s+desc\s+"([^"\n]+)""#));
    found.homepage = said(pattern!(r#"(?m)^\s+homepage\s+"([^"\n]+)""#));
    let license = capture(pattern!(r#"(?m)^\s+license\s+((?:[a-z_]+:\s*\[[^\]]*\]|[^\n])*)"#), body);
    found.licenses.extend(license.and_then(expression).map(|text| License::declared(&text)));
    // A broken one is told where it lies.
    let noted = source.view.read(&format!("{keg}/INSTALL_RECEIPT.json"));
    let receipt = noted.and_then(|bytes| receipt(bytes).ok()).unwrap_or_default();
    let tap = receipt.get("source").and_then(|source| source.get("tap")).and_then(Value::as_str);
    let needs = receipt.get("runtime_dependencies").and_then(Value::as_array).into_iter().flatten();
    let needs =
        needs.filter_map(|need| need.get("full_name")?.as_str()?.rsplit('/').next().map(str::to_owned));
    let (homepage, description) = (found.homepage.as_deref(), found.description.as_deref());
    found.metadata = metadata(
        "homebrew-formula",
        [
            ("tap", tap.unwrap_or_default().into()),
            ("homepage", homepage.unwrap_or_default().into()),
            ("description", description.unwrap_or_default().into()),
        ],
    );
    Ok(Some(Described { needs: needs.collect(), scope: cellar.to_owned(), ..Described::new(found) }))
}

/// `"MIT"`, `any_of: ["MIT", "0BSD"]`, `"GPL-2.0-only" => { with: "Classpath-exception-2.0" }`. Others stay as they are
/// written. <https://docs.brew.sh/License-Guidelines>
fn expression(text: &str) -> Option<String> {
    let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let separator = match (text.matches("_of:").count(), text.contains("=>")) {
        (0, false) => "",
        (0, true) => " WITH ",
        (1, false) if text.starts_with("all_of:") => " AND ",
        (1, false) if text.starts_with("any_of:") => " OR ",
        _ => return Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
    };
    let known = names.len() == 1 || !separator.is_empty();
    (known && !names.is_empty()).then(|| names.join(separator))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    const SYFT: &[u8] = b"# typed: false\n# desc \"none\"\nclass Syft < Formula\n  desc \"Makes a software bill of materials\"\n  homepage \"https://syft.example.com/\"\n  version \"1.23.1\"\n  license \"Apache-2.0\"\n\n  on_macos do\n    desc \"none\"\n  end\nend\n";

    #[test]
    fn lists_what_is_in_the_cellar() {
        let receipt = br#"{"source":{"tap":"homebrew/core"},"runtime_dependencies":[{"full_name":"example/tap/jq","version":"1.7.1"},{"full_name":"absent"}]}"#;
        let files: [(&str, &[u8]); 6] = [
            ("opt/homebrew/Cellar/syft/1.23.1_1/.brew/syft.rb", SYFT),
            ("opt/homebrew/Cellar/syft/1.23.1_1/INSTALL_RECEIPT.json", receipt),
            (
                "opt/homebrew/Cellar/jq/1.7.1/.brew/jq.rb",
                b"class Jq < Formula\n  license :cannot_represent\nend\n",
            ),
            ("opt/homebrew/Cellar/x/1/.brew/x.rb", b"class X < Formula\nend\n"),
            ("opt/homebrew/Cellar/x/1/INSTALL_RECEIPT.json", b"{"),
            ("opt/homebrew/Library/Taps/example/tap/Formula/bar.rb", SYFT),
        ];
        let found = testing::find(&KEGS, &files);
        assert_eq!(
            testing::list(&found),
            ["jq 1.7.1 pkg:brew/jq@1.7.1", "syft 1.23.1_1 pkg:brew/syft@1.23.1_1", "x 1 pkg:brew/x@1"]
        );
        assert_eq!(testing::edges(&found), ["syft@1.23.1_1 -> jq@1.7.1"]);
        let syft = &found.packages()[1];
        assert_eq!(syft.description.as_deref(), Some("Makes a software bill of materials"));
        assert_eq!(syft.licenses[0].expression.as_deref(), Some("Apache-2.0"));
        assert_eq!(syft.metadata.as_ref().unwrap().fields["tap"], "homebrew/core");
        assert_eq!(found.packages()[0].licenses, []);
        assert_eq!(found.unknowns().len(), 1);
    }

    /// Of the guidelines.
    #[test]
    fn licences_become_expressions() {
        for (text, expected) in [
            ("\"MIT\"", Some("MIT")),
            ("any_of: [\"MIT\", \"0BSD\"]", Some("MIT OR 0BSD")),
            ("all_of: [\n    \"MIT\",\n    \"BSD-3-Clause\",\n  ]", Some("MIT AND BSD-3-Clause")),
            ("\"GPL-2.0-only\" => { with: \"LLVM-exception\" }", Some("GPL-2.0-only WITH LLVM-exception")),
            (":public_domain", None),
            ("any_of: [\"MIT\", all_of: [\"A\",  \"B\"]]", Some("any_of: [\"MIT\", all_of: [\"A\", \"B\"]]")),
        ] {
            assert_eq!(expression(text).as_deref(), expected, "{text}");
        }
    }
}
