//! OpenWrt's package database: one control file for each package, and a status file.
//! <https://openwrt.org/docs/guide-user/additional-software/opkg>

use std::collections::BTreeMap;

use super::super::Findings;
use super::super::Found;
use super::super::deb822;
use super::super::dependency::Edges;
use super::super::view::File;
use super::super::view::View;
use super::Control;
use super::Kind;
use super::License;
use super::files::Files;
use super::is_installed;
use super::relation;
use crate::package::PurlBuilder;
use crate::package::Release;

pub(super) const CONTROL: &str = "**/lib/opkg/info/*.control";
pub(super) const LIST: &str = "**/lib/opkg/info/*.list";
pub(super) const STATUS: &str = "**/lib/opkg/status";

/// Control files say more than the status, which has no maintainer or licence, and lie there only while the
/// package is installed. So a package of the status counts where it has no control file.
pub(super) fn catalog(view: &View<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<(String, String), Vec<relation::Node>> = BTreeMap::new();
    let files: Vec<File<'_>> = view.matching(CONTROL).chain(view.matching(STATUS)).collect();
    for file in &files {
        let Some(bytes) = file.content.bytes() else {
            findings.unknown(file.location(), file.content.problem().unwrap_or("not kept"));
            continue;
        };
        let directory = file.path.split_once("lib/opkg/").map_or("", |(before, _)| before).to_owned();
        for stanza in deb822::stanzas(bytes).filter(|stanza| is_installed(*stanza)) {
            let Some(control) = Control::read(stanza) else {
                findings.unknown(file.location(), "an entry without name or version");
                continue;
            };
            let key = (directory.clone(), control.name.clone());
            if seen.contains_key(&key) {
                continue;
            }
            let license = stanza.get("License").unwrap_or_default().into_owned();
            let found = add(&control, &license, file, view, findings);
            seen.entry(key).or_default().push(control.node(found));
        }
    }
    let mut databases: BTreeMap<String, Vec<relation::Node>> = BTreeMap::new();
    for ((directory, _), nodes) in seen {
        databases.entry(directory).or_default().extend(nodes);
    }
    let Some(file) = files.first() else { return };
    for nodes in databases.into_values() {
        relation::relate(&nodes, &mut Edges::new(findings, file.location()));
    }
}

fn add(control: &Control, license: &str, file: &File<'_>, view: &View<'_>, findings: &mut Findings) -> Found {
    let before = file.path.split_once("lib/opkg/").map_or("", |(before, _)| before);
    let root = before.strip_suffix("usr/").or_else(|| before.strip_suffix("var/")).unwrap_or(before);
    let mut owned = Files::default();
    owned.read(view, root.trim_end_matches('/'), &format!("{before}lib/opkg/info/{}", control.name));
    let mut package = control.package(file, view.release(), &owned);
    // syft gives these the kind of Debian's, and no package URL.
    package.kind = Kind::Opkg;
    let release = view.release();
    let purl = PurlBuilder::new("opkg", control.name.as_str())
        .namespace(release.map(|release| release.id.clone()).unwrap_or_default())
        .version(control.version.as_str())
        .qualifier("arch", control.architecture.as_str())
        .qualifier("distro", release.and_then(Release::qualifier).unwrap_or_default());
    package.purl = Some(purl.build());
    if !license.is_empty() {
        package.licenses.push(License::declared(license));
    }
    findings.add(package)
}
