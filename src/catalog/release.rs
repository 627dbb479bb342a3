//! `os-release`. <https://www.freedesktop.org/software/systemd/man/os-release.html>

use super::examine::Content;
use crate::image::Tree;
use crate::package::Release;

/// Where it may lie, in the order of the specification.
pub(super) const PATHS: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// The distribution of a tree.
pub(super) fn find(tree: &Tree<Content>) -> Option<Release> {
    let read = |path: &&str| tree.resolve(path)?.1.kept.as_ref()?.bytes();
    PATHS.iter().find_map(read).map(parse)
}

/// Reads the assignments that matter.
pub(super) fn parse(bytes: &[u8]) -> Release {
    let text = String::from_utf8_lossy(bytes);
    let mut release = Release::default();
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        match key {
            "BUILD_ID" => release.build_id = Some(value),
            "CPE_NAME" => release.cpe = Some(value),
            "HOME_URL" => release.home_url = Some(value),
            "ID" => release.id = value,
            "ID_LIKE" => release.id_like = value.split_whitespace().map(str::to_owned).collect(),
            "NAME" => release.name = Some(value),
            "PRETTY_NAME" => release.pretty_name = Some(value),
            "VERSION" => release.version = Some(value),
            "VERSION_CODENAME" => release.version_codename = Some(value),
            "VERSION_ID" => release.version_id = Some(value),
            _ => {}
        }
    }
    release
}
