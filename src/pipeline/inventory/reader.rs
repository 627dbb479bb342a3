//! What is kept while files are read, and the inventory made of it.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::Scan;
use super::Scope;
use crate::catalog;
use crate::catalog::Content;
use crate::catalog::Examination;
use crate::catalog::Layered;
use crate::catalog::Selection;
use crate::image::Examiner;
use crate::image::Exclude;
use crate::image::FileHeader;
use crate::image::Tree;
use crate::package::FileDetail;
use crate::package::Inventory;
use crate::package::Location;
use crate::package::Unknown;

/// Files that are looked at by the name of a link, and that name.
pub(super) type Links = BTreeMap<Box<str>, Box<str>>;

/// How often all is read: a link may lead to a link.
pub(super) const READINGS: usize = 3;

/// Examines files, and catalogs them: once at the end, or after each layer.
pub(super) struct Reader {
    examination: Examination,
    selection: Selection,
    files: FileDetail,
    exclude: Exclude,
    /// What the layers so far have, where each of them counts.
    layered: Option<Mutex<Layered>>,
}

impl Reader {
    /// For what has no layers.
    pub(super) fn of_files(scan: &Scan) -> Self {
        Self {
            examination: Examination::new(&scan.selection).listing(scan.files),
            selection: scan.selection.clone(),
            files: scan.files,
            exclude: Exclude::default(),
            layered: None,
        }
    }

    pub(super) fn of_image(scan: &Scan) -> Self {
        let layered = (scan.scope == Scope::AllLayers).then(Mutex::default);
        Self { exclude: Exclude::of_image(&scan.excludes), layered, ..Self::of_files(scan) }
    }

    /// Looks at files by the names of links to them as well.
    pub(super) fn following(self, links: &Links) -> Self {
        Self { examination: self.examination.following(links.clone()), ..self }
    }

    /// What there is. `tree` is what all layers made.
    pub(super) fn finish(self, tree: &Tree<Content>) -> Inventory {
        let unseen = self.examination.unseen(tree);
        let layered =
            self.layered.map(|layered| layered.into_inner().unwrap_or_else(PoisonError::into_inner));
        let layered = layered.and_then(Layered::finish);
        let mut inventory = layered.unwrap_or_else(|| catalog::catalog(tree, &self.selection, self.files));
        inventory.unknowns.extend(unseen.into_iter().map(|(path, name)| Unknown {
            location: Location {
                path: format!("/{name}"),
                layer: tree.get(&name).map(|entry| entry.layer.to_string()),
            },
            reason: format!(
                "a link to /{path}, which had passed before that was known: save the image to a file"
            ),
            cataloger: "files",
        }));
        inventory
    }

    /// The links to follow when everything is read once more; nothing if all was seen.
    pub(super) fn again(&self, tree: &Tree<Content>, links: &mut Links) -> bool {
        let unseen = self.examination.unseen(tree);
        let more = !unseen.is_empty();
        links.extend(unseen);
        more
    }
}

impl Examiner for Reader {
    type Kept = Content;

    fn examine(&self, file: &FileHeader<'_>, content: &mut dyn Read) -> io::Result<Option<Content>> {
        self.examination.examine(file, content)
    }

    fn linked(&self, path: &str, target: &str) {
        self.examination.linked(path, target);
    }

    /// A layer without anything that was kept shows no package that was not there before.
    fn laid(&self, number: u32, tree: &Tree<Content>) {
        let Some(layered) = &self.layered else { return };
        if !tree.iter().any(|(_, entry)| entry.layer == number && entry.kept.is_some()) {
            return;
        }
        let inventory = if self.exclude.is_empty() {
            catalog::catalog(tree, &self.selection, self.files)
        } else {
            catalog::catalog(&self.exclude.rest_of(tree), &self.selection, self.files)
        };
        layered.lock().unwrap_or_else(PoisonError::into_inner).add(inventory);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::digest::Digest;
    use crate::image;
    use crate::image::Layer;
    use crate::image::Watch;
    use crate::pipeline::Platforms;

    fn status(packages: &[(&str, &str)]) -> String {
        let entry = |(name, version): &(&str, &str)| {
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
            )
        };
        packages.iter().map(entry).collect()
    }

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len().try_into().unwrap());
            header.set_mode(0o644);
            archive.append_data(&mut header, path, content.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    /// Name, version, and each place with its layer.
    fn found(scope: Scope, excludes: &[&str]) -> Vec<String> {
        let scan = Scan {
            reference: String::new(),
            selection: Selection::image(),
            excludes: excludes.iter().map(|glob| (*glob).to_owned()).collect(),
            files: FileDetail::None,
            platforms: Platforms::All,
            scope,
            threads: 2,
            watch: Watch::default(),
        };
        let layer = |archive: Vec<u8>| {
            let (digest, size) = (Digest::sha256(&archive), u64::try_from(archive.len()).unwrap());
            Layer::of_diff_id(digest, size, Box::new(move || Ok(Box::new(Cursor::new(archive)))))
        };
        let layers = [
            archive(&[
                ("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
                (
                    "var/lib/dpkg/status",
                    &status(&[("alpha", "1.0-1"), ("beta", "2.0-1"), ("gamma", "3.0-1")]),
                ),
                ("usr/lib/node_modules/left/package.json", r#"{"name":"left","version":"1.0.0"}"#),
                ("usr/lib/node_modules/right/package.json", r#"{"name":"right","version":"1.0.0"}"#),
            ]),
            archive(&[
                (
                    "var/lib/dpkg/status",
                    &status(&[("alpha", "1.1-1"), ("beta", "2.0-1"), ("gamma", "3.0-1")]),
                ),
                ("usr/lib/node_modules/left/package.json", r#"{"name":"left","version":"2.0.0"}"#),
            ]),
            archive(&[
                ("var/lib/dpkg/status", &status(&[("alpha", "1.1-1"), ("beta", "2.0-1")])),
                ("usr/lib/node_modules/.wh.right", ""),
            ]),
        ];
        let reader = Reader::of_image(&scan);
        let tree = image::read_layers(layers.map(layer).into(), &reader, &scan.reading_image()).unwrap();
        let line = |package: &crate::package::Package| {
            let places =
                package.locations.iter().map(|at| format!(" {}@{}", at.path, at.layer.as_deref().unwrap()));
            format!("{} {}{}", package.name, package.version.as_deref().unwrap(), places.collect::<String>())
        };
        reader.finish(&tree).packages.iter().map(line).collect()
    }

    /// What syft 1.18.1 lists of the same image with `--scope all-layers`; here the newest place comes first.
    #[test]
    fn all_layers_as_syft_has_them() {
        let (left, right) =
            ("/usr/lib/node_modules/left/package.json", "/usr/lib/node_modules/right/package.json");
        let at = |layers: &[u32]| -> String {
            layers.iter().map(|layer| format!(" /var/lib/dpkg/status@{layer}")).collect()
        };
        assert_eq!(
            found(Scope::AllLayers, &[]),
            [
                format!("alpha 1.0-1{}", at(&[0])),
                format!("alpha 1.1-1{}", at(&[2, 1])),
                format!("beta 2.0-1{}", at(&[2, 1, 0])),
                format!("gamma 3.0-1{}", at(&[1, 0])),
                format!("left 1.0.0 {left}@0"),
                format!("left 2.0.0 {left}@1"),
                format!("right 1.0.0 {right}@0"),
            ]
        );
        assert_eq!(
            found(Scope::Squashed, &[]),
            [
                format!("alpha 1.1-1{}", at(&[2])),
                format!("beta 2.0-1{}", at(&[2])),
                format!("left 2.0.0 {left}@1"),
            ]
        );
    }

    #[test]
    fn what_is_left_out_is_in_no_layer() {
        assert_eq!(
            found(Scope::AllLayers, &["/var/lib/dpkg", "**/left"]),
            ["right 1.0.0 /usr/lib/node_modules/right/package.json@0"]
        );
    }

    fn packages(inventory: &Inventory) -> Vec<String> {
        inventory.packages.iter().map(|package| package.name.clone()).collect()
    }

    fn scan() -> Scan {
        Scan {
            reference: String::new(),
            selection: Selection::image(),
            excludes: Vec::new(),
            files: FileDetail::None,
            platforms: Platforms::All,
            scope: Scope::Squashed,
            threads: 2,
            watch: Watch::default(),
        }
    }

    const OS: (&str, &str) = ("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    const STATUS: &str = "var/lib/dpkg/status";

    /// What `umoci unpack` puts at `var/lib/dpkg/status` of these.
    #[test]
    fn a_database_behind_a_link_is_found() {
        let database = status(&[("hidden", "1.0-1")]);
        let link = |path: &'static str, kind: tar::EntryType, target: &'static str| {
            move |archive: &mut tar::Builder<Vec<u8>>| {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(kind);
                header.set_size(0);
                archive.append_link(&mut header, path, target).unwrap();
            }
        };
        let (hard, symbolic) = (tar::EntryType::Link, tar::EntryType::Symlink);
        let cases = [
            vec![link(STATUS, symbolic, "../../../opt/any")],
            vec![link(STATUS, symbolic, "/../../opt/any")],
            vec![link(STATUS, hard, "opt/any")],
            vec![link("x", hard, "opt/any"), link(STATUS, hard, "x")],
            vec![link("x", hard, "opt/any"), link(STATUS, symbolic, "/x")],
            vec![link("opt/status", hard, "opt/any"), link("var/lib/dpkg", symbolic, "/opt")],
            vec![
                link("opt/status", hard, "opt/any"),
                link("y/dpkg", symbolic, "../opt"),
                link("var/lib", symbolic, "/y"),
            ],
        ];
        for (number, links) in cases.iter().enumerate() {
            // In the layer of the file, and in one above it.
            for split in [false, true] {
                let files = archive(&[OS, ("opt/any", &database)]);
                let mut layers = vec![files];
                if split {
                    layers.push(archive(&[]));
                }
                let last = layers.pop().unwrap();
                // Without the two blocks of zeros that end an archive.
                let mut builder = tar::Builder::new(last[..last.len() - 1024].to_vec());
                links.iter().for_each(|link| link(&mut builder));
                layers.push(builder.into_inner().unwrap());
                let scan = scan();
                let (tree, reader) = super::super::follow(|links| {
                    let reader = Reader::of_image(&scan).following(links);
                    let layer = |archive: &Vec<u8>| {
                        let (archive, size) = (archive.clone(), u64::try_from(archive.len()).unwrap());
                        let digest = Digest::sha256(&archive);
                        Layer::of_diff_id(digest, size, Box::new(move || Ok(Box::new(Cursor::new(archive)))))
                    };
                    let layers = layers.iter().map(layer).collect();
                    Ok((image::read_layers(layers, &reader, &scan.reading_image())?, reader))
                })
                .unwrap();
                let inventory = reader.finish(&tree);
                assert_eq!(packages(&inventory), ["hidden"], "{number} {split}");
                assert!(inventory.unknowns.is_empty(), "{number} {split}: {:?}", inventory.unknowns);
            }
        }
    }

    #[test]
    fn what_had_passed_is_said() {
        let database = status(&[("hidden", "1.0-1")]);
        let mut layer = tar::Builder::new(archive(&[OS, ("opt/any", &database)]));
        let whole = layer.get_ref().len() - 1024;
        layer.get_mut().truncate(whole);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        layer.append_link(&mut header, STATUS, "/opt/any").unwrap();
        let layer = layer.into_inner().unwrap();
        let (scan, reader) = (scan(), Reader::of_image(&scan()));
        let (digest, size) = (Digest::sha256(&layer), u64::try_from(layer.len()).unwrap());
        let layer = Layer::of_diff_id(digest, size, Box::new(move || Ok(Box::new(Cursor::new(layer)))));
        let tree = image::read_layers(vec![layer], &reader, &scan.reading_image()).unwrap();
        let inventory = reader.finish(&tree);
        assert!(inventory.packages.is_empty());
        let unknowns: Vec<&str> =
            inventory.unknowns.iter().map(|unknown| unknown.location.path.as_str()).collect();
        assert_eq!(unknowns, ["/var/lib/dpkg/status"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_with_links() {
        use std::fs;
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for directory in ["etc", "opt", "var/lib"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        fs::write(at("etc/os-release"), OS.1).unwrap();
        fs::write(at("opt/any"), status(&[("hidden", "1.0-1")])).unwrap();
        fs::hard_link(at("opt/any"), at("opt/status")).unwrap();
        symlink("../../opt", at("var/lib/dpkg")).unwrap();
        let scan = Scan { selection: Selection::image(), ..scan() };
        let inventory = super::super::inventory_of_directory(root.path(), &scan).unwrap();
        assert_eq!(packages(&inventory), ["hidden"]);
    }
}
