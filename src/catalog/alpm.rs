//! Arch Linux's package database: a directory for each package, with `desc`, `files` and `mtree`.
//! <https://man.archlinux.org/man/libalpm.3>

mod mtree;

use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cataloger;
use super::Findings;
use super::Want;
use super::dependency::Comparison;
use super::dependency::Edges;
use super::dependency::Providers;
use super::rpm::version;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::License;
use crate::package::Metadata;
use crate::package::OwnedFile;
use crate::package::Package;
use crate::package::Party;
use crate::package::PurlBuilder;
use crate::package::Release;

/// What `pacman` has installed.
#[derive(Debug)]
pub(super) struct Alpm;

const DESCRIPTION: &str = "**/var/lib/pacman/local/*/desc";

impl Cataloger for Alpm {
    fn name(&self) -> &'static str {
        "alpm-db-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "os", "linux", "alpm", "archlinux", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[
            Want::Bytes(DESCRIPTION),
            Want::Bytes("**/var/lib/pacman/local/*/files"),
            Want::Bytes("**/var/lib/pacman/local/*/mtree"),
        ]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        // By the directory of the database: there may be several in one tree.
        let mut databases: Vec<(String, Vec<(File<'_>, String)>)> = Vec::new();
        for file in view.matching(DESCRIPTION) {
            let Some(bytes) = file.content.bytes() else {
                findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
                continue;
            };
            let text = String::from_utf8_lossy(bytes).into_owned();
            let database = file.path.rsplitn(3, '/').nth(2).unwrap_or_default();
            match databases.last_mut() {
                Some((last, files)) if last == database => files.push((file, text)),
                _ => databases.push((database.to_owned(), vec![(file, text)])),
            }
        }
        for (_, files) in &databases {
            catalog(view, files, findings);
        }
    }
}

/// The packages of one database.
fn catalog(view: &View<'_>, files: &[(File<'_>, String)], findings: &mut Findings) {
    let mut providers: Providers<'_, Option<&str>> = Providers::new();
    let mut dependents = Vec::new();
    for (file, text) in files {
        let fields = sections(text);
        let (Some(name), Some(version)) = (first(&fields, "NAME"), first(&fields, "VERSION")) else {
            findings.unknown(file.location(), "a package without name or version");
            continue;
        };
        let tree = beside(view, file, "mtree");
        let read = tree.and_then(|tree| Some((tree, mtree::read(tree.content.bytes()?))));
        let entries = match read {
            None => Vec::new(),
            Some((_, Ok(entries))) => entries,
            Some((tree, Err(reason))) => {
                findings.unknown(tree.location(), reason);
                Vec::new()
            }
        };
        let mut package = package(name, version, &fields, &entries, file, view);
        package.locations.extend(tree.map(|tree| tree.location()));
        let found = findings.add(package);
        providers.add(name, found, Some(version));
        for provided in all(&fields, "PROVIDES") {
            let (name, version) = provided.split_once('=').map_or((*provided, None), |(n, v)| (n, Some(v)));
            providers.add(name, found, version);
        }
        dependents.push((found, all(&fields, "DEPENDS").to_vec()));
    }
    let Some((file, _)) = files.first() else { return };
    let mut edges = Edges::new(findings, file.location());
    for (found, depends) in dependents {
        for dependency in depends {
            let end = dependency.find(['<', '>', '=']).unwrap_or(dependency.len());
            let (name, constraint) = dependency.split_at_checked(end).unwrap_or((dependency, ""));
            edges.depends(found, providers.of(name), |version| accepts(constraint, *version));
        }
    }
}

/// Another file of the package whose description is `file`.
fn beside<'a>(view: &View<'a>, file: &File<'_>, name: &str) -> Option<File<'a>> {
    view.open(&format!("{}{name}", file.path.strip_suffix("desc")?))
}

/// `>=1.2` of what is provided in this version. Without a version it will only do for who asks for none.
fn accepts(constraint: &str, provided: Option<&str>) -> bool {
    let wanted = constraint.trim_start_matches(['<', '>', '=']);
    let comparison = match constraint.strip_suffix(wanted) {
        Some("<") => Comparison::Less,
        Some("<=") => Comparison::LessOrEqual,
        Some("=") => Comparison::Equal,
        Some(">=") => Comparison::GreaterOrEqual,
        Some(">") => Comparison::Greater,
        _ => return true,
    };
    // Pacman orders versions by rpm's rules, under another name (`alpm_pkg_vercmp`).
    provided.is_some_and(|provided| comparison.allows(version::compare(provided, wanted)))
}

type Fields<'a> = HashMap<&'a str, Vec<&'a str>>;

/// `%NAME%`, and lines up to an empty one.
fn sections(text: &str) -> Fields<'_> {
    let mut fields = Fields::new();
    let mut current = None;
    for line in text.lines().map(str::trim_end) {
        let heading =
            line.strip_prefix('%').and_then(|line| line.strip_suffix('%')).filter(|_| current.is_none());
        match (heading, current) {
            (Some(heading), _) => current = Some(heading),
            (None, _) if line.is_empty() => current = None,
            (None, Some(name)) => fields.entry(name).or_default().push(line),
            (None, None) => {}
        }
    }
    fields
}

fn all<'f, 'a>(fields: &'f Fields<'a>, name: &str) -> &'f [&'a str] {
    fields.get(name).map_or(&[], Vec::as_slice)
}

fn first<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a str> {
    all(fields, name).first().copied()
}

fn package(
    name: &str,
    version: &str,
    fields: &Fields<'_>,
    entries: &[mtree::Entry],
    file: &File<'_>,
    view: &View<'_>,
) -> Package {
    let release = view.release();
    let text = |field: &str| first(fields, field).map(str::to_owned);
    let architecture = first(fields, "ARCH").unwrap_or_default();
    let distribution = release.map(|release| release.id.as_str()).filter(|id| !id.is_empty());
    let purl = PurlBuilder::new("alpm", name)
        .namespace(distribution.unwrap_or("arch"))
        .version(version)
        .qualifier("arch", architecture)
        .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default())
        .qualifier("upstream", first(fields, "BASE").unwrap_or_default());
    let mut locations = vec![file.location()];
    let listing = beside(view, file, "files");
    let listed = listing.and_then(|file| Some(String::from_utf8_lossy(file.content.bytes()?).into_owned()));
    locations.extend(listing.map(|file| file.location()));
    let listed = listed.as_deref().map(sections).unwrap_or_default();
    // Directories end in a slash.
    let owned = all(&listed, "FILES").iter().filter(|path| !path.ends_with('/'));
    let mut owned: Vec<OwnedFile> = owned.map(|path| OwnedFile { path: format!("/{path}") }).collect();
    if owned.is_empty() {
        let entries = entries.iter().filter(|entry| !entry.is_directory);
        owned.extend(entries.map(|entry| OwnedFile { path: entry.path.clone() }));
    }
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: Kind::Alpm,
        purl: Some(purl.build()),
        licenses: all(fields, "LICENSE").iter().map(|text| License::declared(text)).collect(),
        supplier: first(fields, "PACKAGER")
            .filter(|name| *name != "Unknown Packager")
            .and_then(Party::from_mailbox),
        homepage: text("URL"),
        description: text("DESC"),
        locations,
        files: owned,
        metadata: Some(metadata(fields, &listed, entries)),
        ..Package::default()
    }
}

/// In syft's shape.
fn metadata(fields: &Fields<'_>, listed: &Fields<'_>, tree: &[mtree::Entry]) -> Metadata {
    let text = |field: &str| Value::from(first(fields, field).unwrap_or_default());
    let number = |field: &str| {
        Value::from(first(fields, field).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0))
    };
    let files: Value = if tree.is_empty() {
        all(listed, "FILES").iter().map(|path| json!({ "path": format!("/{path}") })).collect()
    } else {
        tree.iter().map(|entry| entry.record.clone()).collect()
    };
    let backup = |line: &&str| {
        let (path, digest) = line.split_once('\t')?;
        Some(json!({ "path": format!("/{path}"), "digest": [{ "algorithm": "md5", "value": digest }] }))
    };
    let entries = [
        ("basepackage", text("BASE")),
        ("package", text("NAME")),
        ("version", text("VERSION")),
        ("description", text("DESC")),
        ("architecture", text("ARCH")),
        ("size", number("SIZE")),
        ("packager", text("PACKAGER")),
        ("url", text("URL")),
        ("validation", text("VALIDATION")),
        ("reason", number("REASON")),
        ("files", files),
        ("backup", all(listed, "BACKUP").iter().filter_map(backup).collect()),
        ("provides", all(fields, "PROVIDES").into()),
        ("depends", all(fields, "DEPENDS").into()),
    ];
    let fields: Map<String, Value> =
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Metadata { kind: "alpm-db-entry", fields }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const DESC: &[u8] = b"%NAME%\nemacs\n\n%VERSION%\n29.3-3\n\n%BASE%\nemacs\n\n%ARCH%\nx86_64\n\n%PACKAGER%\nJane Doe <jane@mail.example.org>\n\n%LICENSE%\nGPL-3.0-or-later\nMIT\n\n%DEPENDS%\ngmp>=6.3\nlibgmp.so=10-64\ngmp<1\nabsent\n\n";
    const GMP: &[u8] = b"%NAME%\ngmp\n\n%VERSION%\n6.3.0-2\n\n%PROVIDES%\nlibgmp.so=10-64\n\n";

    #[test]
    fn lists_what_is_installed() {
        let files: [(&str, &[u8]); 5] = [
            ("etc/os-release", b"ID=arch\nBUILD_ID=rolling\n"),
            ("var/lib/pacman/local/emacs-29.3-3/desc", DESC),
            (
                "var/lib/pacman/local/emacs-29.3-3/files",
                b"%FILES%\nusr/\nusr/bin/emacs\n\n%BACKUP%\netc/x\tabc\n",
            ),
            ("var/lib/pacman/local/gmp-6.3.0-2/desc", GMP),
            ("var/lib/pacman/local/broken-1/desc", b"%NAME%\n\n%VERSION%\n1\n"),
        ];
        let found = testing::find(&Alpm, &files);
        let expected = [
            "emacs 29.3-3 pkg:alpm/arch/emacs@29.3-3?arch=x86_64&distro=arch-rolling&upstream=emacs",
            "gmp 6.3.0-2 pkg:alpm/arch/gmp@6.3.0-2?distro=arch-rolling",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["emacs@29.3-3 -> gmp@6.3.0-2", "emacs@29.3-3 -> gmp@6.3.0-2"]);
        assert_eq!(found.unknowns().len(), 1);
        let emacs = found.packages().first().unwrap();
        assert_eq!(emacs.files, [OwnedFile { path: "/usr/bin/emacs".to_owned() }]);
        assert_eq!(emacs.licenses.len(), 2);
        assert_eq!(emacs.supplier.as_ref().unwrap().email.as_deref(), Some("jane@mail.example.org"));
    }

    #[test]
    fn the_tree_tells_digests_and_stands_in_for_the_list() {
        let tree = mtree::tests::pack(
            b"#mtree\n/set type=file\n./usr type=dir\n./usr/libgmp.so size=3 sha256digest=95fc\n",
        );
        let directory = "var/lib/pacman/local/gmp-6.3.0-2";
        let path = |name: &str| format!("{directory}/{name}");
        let found = testing::find(&Alpm, &[(&path("desc"), GMP), (&path("mtree"), &tree)]);
        let gmp = found.packages().first().unwrap();
        assert_eq!(gmp.files, [OwnedFile { path: "/usr/libgmp.so".to_owned() }]);
        assert_eq!(gmp.locations.len(), 2);
        let files = &gmp.metadata.as_ref().unwrap().fields["files"];
        assert_eq!(files[1]["digest"], json!([{ "algorithm": "sha256", "value": "95fc" }]));
        let found = testing::find(&Alpm, &[(&path("desc"), GMP), (&path("mtree"), b"broken")]);
        assert_eq!((found.packages().len(), found.unknowns().len()), (1, 1));
    }

    proptest::proptest! {
        #[test]
        fn reads_any_text(text in "(%NAME%|%VERSION%|%DEPENDS%|%PROVIDES%|a|a>=1|é|=|%|\n){0,24}") {
            testing::find(&Alpm, &[("var/lib/pacman/local/x/desc", text.as_bytes())]);
        }
    }
}
