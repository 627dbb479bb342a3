//! What dpkg knows of the files of a package: `info/NAME.list`, `.md5sums` and `.conffiles`.

use std::collections::BTreeMap;
use std::collections::HashSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::super::File;
use super::super::View;
use crate::image::EntryKind;
use crate::package::Location;
use crate::package::OwnedFile;

/// The files of one package, by path from its root with a leading `/`.
#[derive(Debug, Default)]
pub(super) struct Files {
    by_path: BTreeMap<String, Details>,
    /// The files that say so.
    pub(super) locations: Vec<Location>,
}

/// What is known of one file.
#[derive(Debug, Default)]
struct Details {
    md5: Option<String>,
    is_configuration: bool,
}

impl Files {
    /// Reads `info/NAME.*`, or `info/NAME:ARCHITECTURE.*`, which packages have that can be installed for
    /// several architectures at a time.
    pub(super) fn installed(
        view: &View<'_>,
        root: &str,
        database: &str,
        name: &str,
        architecture: &str,
    ) -> Self {
        let stems = [format!("{database}/info/{name}:{architecture}"), format!("{database}/info/{name}")];
        let mut files = Self::default();
        for stem in stems {
            files.read(view, root, &stem);
            if !files.locations.is_empty() {
                break;
            }
        }
        files
    }

    /// Reads `STEM.list`, `STEM.md5sums` and `STEM.conffiles`, as far as they are there.
    pub(super) fn read(&mut self, view: &View<'_>, root: &str, stem: &str) {
        let mut open = |suffix: &str| {
            let file = view.open(&format!("{stem}.{suffix}"))?;
            self.locations.push(file.location());
            text(&file)
        };
        let (list, sums, configuration) = (open("list"), open("md5sums"), open("conffiles"));
        if let Some(list) = list {
            self.add_list(view, root, &list);
        }
        self.add_sums(&sums.unwrap_or_default());
        self.add_names_of_configuration(&configuration.unwrap_or_default());
    }

    /// Lines of `md5sums`.
    pub(super) fn add_sums(&mut self, sums: &str) {
        for line in sums.lines() {
            // The digest, two spaces or a space and a star, the path.
            let Some((digest, path)) = line.split_once(' ') else { continue };
            let path = path.trim_start().trim_start_matches('*');
            self.entry(path).md5 = Some(digest.to_owned());
        }
    }

    /// Lines of `conffiles`.
    pub(super) fn add_names_of_configuration(&mut self, names: &str) {
        for line in names.lines() {
            // A flag may stand before the path: `remove-on-upgrade /etc/x`.
            if let Some(start) = line.find('/') {
                self.entry(line.get(start..).unwrap_or_default()).is_configuration = true;
            }
        }
    }

    /// The field `Conffiles` of the package: lines of path, digest and flags.
    pub(super) fn add_configuration(&mut self, field: &str) {
        for line in field.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(path) = words.next().filter(|path| path.starts_with('/')) else { continue };
            let entry = self.entry(path);
            entry.is_configuration = true;
            entry.md5 = words.next().filter(|digest| digest.len() == 32).map(str::to_owned);
        }
    }

    pub(super) fn owned(&self) -> Vec<OwnedFile> {
        self.by_path.keys().map(|path| OwnedFile { path: path.clone() }).collect()
    }

    /// In syft's shape.
    pub(super) fn metadata(&self) -> Value {
        let entry = |(path, details): (&String, &Details)| {
            let mut fields = Map::from_iter([("path".to_owned(), Value::from(path.as_str()))]);
            if let Some(md5) = &details.md5 {
                fields.insert("digest".to_owned(), json!({ "algorithm": "md5", "value": md5 }));
            }
            fields.insert("isConfigFile".to_owned(), details.is_configuration.into());
            Value::Object(fields)
        };
        self.by_path.iter().map(entry).collect()
    }

    /// The list names directories too, which many packages share and none owns: they are those that hold
    /// something else of the list, and those that are directories in the tree.
    fn add_list(&mut self, view: &View<'_>, root: &str, list: &str) {
        let parents: HashSet<&str> = list.lines().filter_map(|line| Some(line.rsplit_once('/')?.0)).collect();
        for path in list.lines().filter(|path| path.starts_with('/') && *path != "/.") {
            let is_directory = || {
                let path = format!("{root}{path}");
                let path = path.trim_start_matches('/');
                // A symbolic link to a directory is a file that is owned.
                let entry = view.tree().get(path).or_else(|| Some(view.tree().resolve(path)?.1));
                entry.is_some_and(|entry| entry.kind == EntryKind::Directory)
            };
            if !parents.contains(path) && !is_directory() {
                self.entry(path);
            }
        }
    }

    fn entry(&mut self, path: &str) -> &mut Details {
        let slash = if path.starts_with('/') { "" } else { "/" };
        self.by_path.entry(format!("{slash}{}", path.trim_start_matches("./"))).or_default()
    }
}

fn text(file: &File<'_>) -> Option<String> {
    file.content.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}
