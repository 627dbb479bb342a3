//! One layer after the other.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::sync::Arc;

use super::Entry;
use super::EntryKind;
use super::Examiner;
use super::FileHeader;
use super::LayerTree;
use super::Tree;

pub struct Layer {
    pub name: String,
    pub open: Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>,
}

pub fn read_layers<E: Examiner>(
    layers: Vec<Layer>,
    examiner: &E,
    excludes: &[String],
) -> io::Result<Tree<E::Kept>> {
    let mut tree = Tree::new();
    for (number, layer) in layers.into_iter().enumerate() {
        tree.apply(read_layer(u32::try_from(number).unwrap_or(0), layer, examiner, excludes)?);
    }
    Ok(tree)
}

fn read_layer<E: Examiner>(
    number: u32,
    layer: Layer,
    examiner: &E,
    excludes: &[String],
) -> io::Result<LayerTree<E::Kept>> {
    let mut reader = io::BufReader::with_capacity(1 << 17, (layer.open)()?);
    let head = io::BufRead::fill_buf(&mut reader)?;
    let reader: Box<dyn Read> = if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(reader))
    } else {
        Box::new(reader)
    };
    let mut out = LayerTree { entries: BTreeMap::new(), removed: Vec::new(), opaque: Vec::new() };
    let mut archive = tar::Archive::new(reader);
    let mut links = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_start_matches("./").trim_matches('/').to_owned();
        if path.is_empty()
            || excludes.iter().any(|glob| fast_glob::glob_match(glob.trim_start_matches("./"), &path))
        {
            continue;
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name == ".wh..wh..opq" {
            out.opaque.push(parent.into());
            continue;
        }
        if let Some(name) = name.strip_prefix(".wh.") {
            out.removed.push(if parent.is_empty() { name.into() } else { format!("{parent}/{name}").into() });
            continue;
        }
        let size = entry.size();
        let mode = entry.header().mode().unwrap_or(0);
        let kind = entry.header().entry_type();
        let mut kept = None;
        let kind = match kind {
            tar::EntryType::Directory => EntryKind::Directory,
            tar::EntryType::Symlink => EntryKind::SymbolicLink(
                entry.link_name()?.unwrap_or_default().to_string_lossy().as_ref().into(),
            ),
            tar::EntryType::Link => {
                links.push((
                    path,
                    entry.link_name()?.unwrap_or_default().to_string_lossy().trim_matches('/').to_owned(),
                ));
                continue;
            }
            tar::EntryType::Regular => {
                kept = examiner.examine(&FileHeader { path: &path, size, mode }, &mut entry)?.map(Arc::new);
                EntryKind::Regular
            }
            _ => EntryKind::Other,
        };
        out.entries.insert(path.into(), Entry { kind, layer: number, mode, size, kept });
    }
    for (path, target) in links {
        if let Some(target) = out.entries.get(target.as_str()) {
            let entry = Entry {
                kind: EntryKind::Regular,
                layer: number,
                mode: target.mode,
                size: target.size,
                kept: target.kept.clone(),
            };
            out.entries.insert(path.into(), entry);
        }
    }
    Ok(out)
}

pub fn read_directory<E: Examiner>(
    root: &std::path::Path,
    examiner: &E,
    _: &[String],
) -> io::Result<Tree<E::Kept>> {
    let mut out = LayerTree { entries: BTreeMap::new(), removed: Vec::new(), opaque: Vec::new() };
    let mut todo = vec![root.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let full = entry.path();
            let path = full.strip_prefix(root).unwrap_or(&full).to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            let size = entry.metadata()?.len();
            let mut kept = None;
            let kind = if kind.is_dir() {
                todo.push(full.clone());
                EntryKind::Directory
            } else if kind.is_symlink() {
                EntryKind::SymbolicLink(std::fs::read_link(&full)?.to_string_lossy().as_ref().into())
            } else if kind.is_file() {
                let header = FileHeader { path: &path, size, mode: 0o644 };
                kept = examiner.examine(&header, &mut std::fs::File::open(&full)?)?.map(Arc::new);
                EntryKind::Regular
            } else {
                EntryKind::Other
            };
            out.entries.insert(path.into(), Entry { kind, layer: 0, mode: 0o644, size, kept });
        }
    }
    let mut tree = Tree::new();
    tree.apply(out);
    Ok(tree)
}
