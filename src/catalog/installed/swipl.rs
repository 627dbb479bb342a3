//! SWI-Prolog packs: `pack.pl`. <https://www.swi-prolog.org/howto/Pack.html>

use super::super::Want;
use super::Described;
use super::Installed;
use super::Source;
use super::capture;
use super::metadata;
use super::package;
use super::pattern;
use crate::package::Kind;
use crate::package::Party;
use crate::package::PurlBuilder;

pub(in super::super) const PACKS: Installed = Installed {
    name: "swipl-pack-cataloger",
    tags: &["declared", "directory", "language", "pack", "package", "swipl"],
    wants: &[Want::Bytes("**/pack.pl")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let text = source.text();
    let name = pattern!(r"(?m)^\s*name\(\s*(?:'([^'\n]+)'|([a-z]\w*))\s*\)");
    let version = pattern!(r"(?m)^\s*version\(\s*'([^'\n]+)'\s*\)");
    let (Some(name), Some(version)) = (capture(name, &text), capture(version, &text)) else {
        return Ok(None);
    };
    let person = |found: Option<regex::Captures<'_>>| {
        let found = found?;
        let part = |place| found.get(place).map(|group| group.as_str().to_owned()).unwrap_or_default();
        Some((part(1), part(2)))
    };
    let author = pattern!(r"(?m)^\s*author\(\s*'([^'\n]+)'\s*(?:,\s*'([^'\n]+)'\s*)?\)");
    let packager = pattern!(r"(?m)^\s*packager\(\s*'([^'\n]+)'\s*(?:,\s*'([^'\n]+)'\s*)?\)");
    let (author, packager) = (person(author.captures(&text)), person(packager.captures(&text)));
    let party = |person: &Option<(String, String)>| {
        let (name, email) = person.as_ref()?;
        let email = Some(email.clone()).filter(|email| email.contains('@'));
        Party::from_mailbox(name).map(|party| Party { email, ..party })
    };
    let home = capture(pattern!(r"(?m)^\s*home\(\s*'([^'\n]+)'\s*\)"), &text);
    let mut found = package(Kind::SwiPlPack, name, version);
    found.purl = Some(PurlBuilder::new("swiplpack", name).version(version).build());
    found.supplier = party(&packager).or_else(|| party(&author));
    found.homepage = home.map(str::to_owned);
    let (author, author_email) = author.unwrap_or_default();
    let (packager, packager_email) = packager.unwrap_or_default();
    found.metadata = metadata(
        "swiplpack-package",
        [
            ("name", name.into()),
            ("version", version.into()),
            ("author", author.into()),
            ("authorEmail", author_email.into()),
            ("packager", packager.into()),
            ("packagerEmail", packager_email.into()),
            ("homepage", home.into()),
        ],
    );
    let needs = pattern!(r"(?m)^\s*requires\(\s*'?([a-z]\w*)'?").captures_iter(&text);
    let needs = needs.filter_map(|need| need.get(1).map(|name| name.as_str().to_owned())).collect();
    Ok(Some(Described { needs, ..Described::new(found) }))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_packs() {
        let text = b"name(hdt).\nversion('0.5.2').\ntitle('Access RDF files').\nauthor( 'Jane Doe', 'jane@example.com' ).\nhome( 'https://example.com/hdt' ).\nrequires(other).\n";
        let files: [(&str, &[u8]); 3] = [
            ("packs/hdt/pack.pl", text),
            ("packs/other/pack.pl", b"name('other').\nversion('1.0').\n"),
            ("packs/none/pack.pl", b"name(x).\n"),
        ];
        let found = testing::find(&PACKS, &files);
        assert_eq!(
            testing::list(&found),
            ["hdt 0.5.2 pkg:swiplpack/hdt@0.5.2", "other 1.0 pkg:swiplpack/other@1.0"]
        );
        assert_eq!(testing::edges(&found), ["hdt@0.5.2 -> other@1.0"]);
        assert_eq!(found.packages()[0].supplier.as_ref().unwrap().email.as_deref(), Some("jane@example.com"));
    }
}
