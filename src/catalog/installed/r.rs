//! R packages: `DESCRIPTION`. <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file>

use super::super::Want;
use super::super::headers::Headers;
use super::super::path;
use super::Described;
use super::Installed;
use super::Source;
use super::metadata;
use super::package;
use crate::package::Kind;
use crate::package::License;
use crate::package::Party;
use crate::package::PurlBuilder;

pub(in super::super) const R: Installed = Installed {
    name: "r-package-cataloger",
    tags: &["image", "installed", "language", "package", "r"],
    wants: &[Want::Bytes("**/DESCRIPTION")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let headers = Headers::parse(&source.text());
    // Other programs have files of that name.
    let (Some(name), Some(version)) = (headers.first("Package"), headers.first("Version")) else {
        return Ok(None);
    };
    let joined = |field: &'static str| {
        headers.first(field).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let names = |field: &'static str| -> Vec<String> {
        let list = headers.first(field).unwrap_or_default().split(',');
        list.map(|item| item.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|item| !item.is_empty())
            .collect()
    };
    let author = headers
        .first("Author")
        .and_then(|text| text.split([',', '[', '\n']).next())
        .and_then(Party::from_mailbox);
    let mut found = package(Kind::R, name, version);
    found.purl = Some(PurlBuilder::new("cran", name).version(version).build());
    found.licenses = headers.first("License").map(license).into_iter().collect();
    found.supplier = headers.first("Maintainer").and_then(Party::from_mailbox).or(author);
    found.homepage =
        headers.first("URL").and_then(|text| text.split([',', ' ', '\n']).next()).map(str::to_owned);
    found.description = joined("Title");
    found.metadata = metadata(
        "r-description",
        [
            ("title", joined("Title").into()),
            ("description", joined("Description").into()),
            ("author", joined("Author").into()),
            ("maintainer", joined("Maintainer").into()),
            ("url", names("URL").into()),
            ("repository", headers.first("Repository").into()),
            ("built", headers.first("Built").into()),
            ("needsCompilation", headers.first("NeedsCompilation").is_some_and(|text| text == "yes").into()),
            ("imports", names("Imports").into()),
            ("depends", names("Depends").into()),
            ("suggests", names("Suggests").into()),
        ],
    );
    let needs = ["Depends", "Imports"].into_iter().flat_map(names);
    // `methods (>= 3.5)`.
    let needs = needs.filter_map(|need| need.split([' ', '(']).next().map(str::to_owned)).collect();
    // Libraries lie in `library/NAME`, `site-library/NAME`: all of one R see one another.
    let scope = path::parent(path::parent(path::parent(source.path))).to_owned();
    Ok(Some(Described { needs, scope, ..Described::new(found) }))
}

/// `GPL-2 | MIT + file LICENSE`: a bar is a choice, and the file has only the names to fill in.
fn license(text: &str) -> License {
    let choices = text.split('|').map(|choice| choice.split(" + file ").next().unwrap_or(choice).trim());
    let license = License::declared(&choices.collect::<Vec<_>>().join(" OR "));
    License { declared: text.to_owned(), ..license }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_descriptions() {
        let text = "Package: dplyr\nVersion: 1.1.4\nTitle: A Grammar\n    of Data\nLicense: MIT + file LICENSE\nMaintainer: Jane Doe <jane@example.com>\nDepends: R (>= 3.5.0)\nImports: cli (>= 3.4.0),\n    generics,\n    absent\nURL: https://example.com/d, https://example.org\nBuilt: R 4.2.2; ; 2024\n";
        let library = "usr/lib/R/site-library";
        let found = testing::find(
            &R,
            &[
                (&format!("{library}/dplyr/DESCRIPTION"), text.as_bytes()),
                (
                    &format!("{library}/cli/DESCRIPTION"),
                    b"Package: cli\r\nVersion: 3.6.1\r\nLicense: GPL-2 | GPL-3\r\n",
                ),
                ("usr/lib/R/library/generics/DESCRIPTION", b"Package: generics\nVersion: 0.1\n"),
                ("usr/share/x/DESCRIPTION", b"something else\xff\n"),
            ],
        );
        let mut listed = testing::list(&found);
        listed.sort();
        assert_eq!(
            listed,
            [
                "cli 3.6.1 pkg:cran/cli@3.6.1",
                "dplyr 1.1.4 pkg:cran/dplyr@1.1.4",
                "generics 0.1 pkg:cran/generics@0.1"
            ]
        );
        assert_eq!(testing::edges(&found), ["dplyr@1.1.4 -> cli@3.6.1", "dplyr@1.1.4 -> generics@0.1"]);
        let dplyr = found.packages().iter().find(|package| package.name == "dplyr").unwrap();
        assert_eq!(dplyr.licenses[0].expression.as_deref(), Some("MIT"));
        assert_eq!(dplyr.description.as_deref(), Some("A Grammar of Data"));
        assert_eq!(dplyr.homepage.as_deref(), Some("https://example.com/d"));
        assert_eq!(dplyr.supplier.as_ref().unwrap().email.as_deref(), Some("jane@example.com"));
    }
}
