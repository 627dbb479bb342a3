//! Bundler's `Gemfile.lock`. <https://bundler.io/guides/bundler_in_a_single_file_ruby_script.html>
//!
//! Unlike syft, the platform is no part of the version (`1.15.0-x86_64-linux`) but a qualifier of the package URL, as
//! its specification wants it; and edges are listed.

use std::collections::HashMap;

use super::super::Found;
use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const GEMFILE: Declared = Declared {
    name: "ruby-gemfile-cataloger",
    tags: &["declared", "directory", "gem", "language", "package", "ruby"],
    wants: &[
        Want::Bytes("**/Gemfile.lock"),
        Want::Bytes("**/Gemfile.next.lock"),
        Want::Bytes("**/gems.locked"),
    ],
    read,
};

fn read(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let text = lock.text()?;
    let checksums: HashMap<_, _> = section_lines(text)
        .filter(|(section, ..)| *section == "CHECKSUMS")
        .filter_map(|(.., line)| line.trim().rsplit_once(' '))
        .collect();
    let mut gems: HashMap<&str, Vec<Found>> = HashMap::new();
    let mut needs: Vec<(Found, &str)> = Vec::new();
    let (mut remote, mut revision, mut current) = ("", "", None);
    for (section, indent, line) in section_lines(text) {
        if !matches!(section, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") {
            continue;
        }
        match indent {
            2 => match line.split_once(": ") {
                // Each section has its own; the first line is the remote or comes before it.
                Some(("remote", value)) => (remote, revision) = (value, revision),
                Some(("revision", value)) => revision = value,
                _ => {}
            },
            4 => {
                let Some((name, version)) = named(line) else {
                    lock.unknown(format!("{line:?} is not name and version"));
                    current = None;
                    continue;
                };
                let git = Some((remote, revision)).filter(|_| section == "GIT");
                let checksum = checksums.get(line).copied();
                let package = package(lock, name, version, git, checksum);
                // The same version for two platforms is two packages.
                let found = lock.findings.add(package);
                gems.entry(name).or_default().push(found);
                current = Some(found);
            }
            6 => {
                let name = line.trim_end_matches('!').split(' ').next().unwrap_or(line);
                needs.extend(current.map(|from| (from, name)));
            }
            _ => {}
        }
    }
    for (from, name) in needs {
        for to in gems.get(name).into_iter().flatten() {
            lock.depends(from, *to);
        }
    }
    Ok(())
}

/// Section, indent and content of each line.
fn section_lines(text: &str) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut section = "";
    text.lines().filter_map(move |line| {
        let content = line.trim();
        let indent = line.len().saturating_sub(line.trim_start().len());
        if indent == 0 {
            section = content;
            return None;
        }
        (!content.is_empty()).then_some((section, indent, content))
    })
}

/// `name (version)`.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, version) = line.split_once(" (")?;
    let version = version.strip_suffix(')')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

fn package(
    lock: &Lock<'_, '_>,
    name: &str,
    version: &str,
    git: Option<(&str, &str)>,
    checksum: Option<&str>,
) -> Package {
    let (version, platform) = version.split_once('-').unwrap_or((version, ""));
    let git = git.map(|(remote, revision)| format!("git+{remote}@{revision}"));
    let purl = PurlBuilder::new("gem", name)
        .version(version)
        .qualifier("platform", platform)
        .qualifier("vcs_url", git.clone().unwrap_or_default());
    Package {
        purl: Some(purl.build()),
        download: git,
        checksums: checksum.and_then(super::prefixed).into_iter().collect(),
        ..lock.package(Kind::Gem, name, version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_a_lock_file() {
        let lock = b"GIT
  remote: https://github.com/example/tool.git
  revision: 0a1b2c
  specs:
    tool (0.1.0)
      rack

PATH
  remote: .
  specs:
    fixture (1.0.0)
      mail (~> 2.5.4)
      nokogiri

GEM
  remote: https://rubygems.org/
  specs:
    mail (2.5.4)
    nokogiri (1.15.0-arm64-darwin)
    nokogiri (1.15.0-x86_64-linux)
    rack (2.2.0)
    odd

PLATFORMS
  ruby

DEPENDENCIES
  fixture!
  tool!

CHECKSUMS
  mail (2.5.4) sha256=8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254

BUNDLED WITH
   2.3.26
";
        let found = testing::find(&GEMFILE, &[("Gemfile.lock", lock)]);
        let expected = [
            "tool 0.1.0 pkg:gem/tool@0.1.0?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fexample%2Ftool.git%400a1b2c",
            "fixture 1.0.0 pkg:gem/fixture@1.0.0",
            "mail 2.5.4 pkg:gem/mail@2.5.4",
            "nokogiri 1.15.0 pkg:gem/nokogiri@1.15.0?platform=arm64-darwin",
            "nokogiri 1.15.0 pkg:gem/nokogiri@1.15.0?platform=x86_64-linux",
            "rack 2.2.0 pkg:gem/rack@2.2.0",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.packages()[2].checksums.len(), 1);
        assert_eq!(found.unknowns().len(), 1);
        let mut edges = testing::edges(&found);
        edges.dedup();
        let expected =
            ["fixture@1.0.0 -> mail@2.5.4", "fixture@1.0.0 -> nokogiri@1.15.0", "tool@0.1.0 -> rack@2.2.0"];
        assert_eq!(edges, expected);
    }
}
