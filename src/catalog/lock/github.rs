//! What workflows and actions of GitHub use. <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>
//!
//! Deviations from syft 1.18.1: what lies in the same repository (`./..`) is no package, and a container image has a
//! package URL of one. The comment behind a pinned revision (`# v4.1.1`) is kept but not believed: nobody checks it.

use std::collections::HashMap;

use super::super::Want;
use super::super::view::View;
use super::Lock;
use super::declared::Declared;
use super::metadata;
use super::value;
use super::value::Fields;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;

pub(in super::super) const GITHUB_ACTIONS: Declared = Declared {
    name: "github-actions-usage-cataloger",
    tags: &["declared", "directory", "github", "github-actions", "package"],
    wants: &[
        Want::Bytes("**/.github/actions/*/action.yaml"),
        Want::Bytes("**/.github/actions/*/action.yml"),
        Want::Bytes("**/.github/workflows/*.yaml"),
        Want::Bytes("**/.github/workflows/*.yml"),
    ],
    read: steps,
};

pub(in super::super) const GITHUB_WORKFLOWS: Declared = Declared {
    name: "github-action-workflow-usage-cataloger",
    tags: &["declared", "directory", "github", "github-actions", "package"],
    wants: &[Want::Bytes("**/.github/workflows/*.yaml"), Want::Bytes("**/.github/workflows/*.yml")],
    read: jobs,
};

fn steps(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let text = lock.text()?;
    let document = value::from_yaml(text)?;
    let comments = comments(text);
    let jobs = document.table("jobs").map(|(_, job)| job);
    for group in jobs.chain(document.get("runs")) {
        for uses in group.list("steps").iter().filter_map(|step| step.text("uses")) {
            add(lock, Kind::GithubAction, uses, &comments);
        }
    }
    Ok(())
}

fn jobs(lock: &mut Lock<'_, '_>, _: &View<'_>) -> Result<(), String> {
    let text = lock.text()?;
    let document = value::from_yaml(text)?;
    let comments = comments(text);
    for uses in document.table("jobs").filter_map(|(_, job)| job.text("uses")) {
        add(lock, Kind::GithubWorkflow, uses, &comments);
    }
    Ok(())
}

fn add(lock: &mut Lock<'_, '_>, kind: Kind, uses: &str, comments: &HashMap<&str, &str>) {
    if uses.starts_with('.') {
        return;
    }
    let (name, version) = uses.split_once('@').unwrap_or((uses, ""));
    let purl = match name.strip_prefix("docker://") {
        Some(image) => Some(image_purl(image, version)),
        None => repository_purl(name, version),
    };
    let Some(purl) = purl else {
        lock.unknown(format!("{uses:?} names no repository"));
        return;
    };
    let fields = [("value", uses.into()), ("comment", comments.get(uses).copied().into())];
    let package = Package {
        purl: Some(purl),
        metadata: metadata("github-actions-use-statement", fields),
        ..lock.package(kind, name, version)
    };
    lock.add(package);
}

/// `owner/repository/path`.
fn repository_purl(name: &str, version: &str) -> Option<Purl> {
    let (owner, rest) = name.split_once('/')?;
    let (repository, path) = rest.split_once('/').unwrap_or((rest, ""));
    let purl = PurlBuilder::new("github", repository).namespace(owner).version(version).subpath(path);
    (!owner.is_empty() && !repository.is_empty()).then(|| purl.build())
}

/// The type `oci` has the digest for its version and the tag aside.
fn image_purl(image: &str, digest: &str) -> Purl {
    let start = image.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let colon = image.get(start..).and_then(|last| last.find(':')).map(|colon| colon.saturating_add(start));
    let (path, tag) = colon.and_then(|colon| image.split_at_checked(colon)).unwrap_or((image, ""));
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let first = path.split('/').next().unwrap_or_default();
    let repository = match path.contains('/') {
        true if first.contains(['.', ':']) || first == "localhost" => path.to_owned(),
        true => format!("docker.io/{path}"),
        false => format!("docker.io/library/{path}"),
    };
    PurlBuilder::new("oci", name)
        .version(digest)
        .qualifier("repository_url", repository)
        .qualifier("tag", tag.trim_start_matches(':'))
        .build()
}

/// The comments behind `uses: value # comment`, by value.
fn comments(text: &str) -> HashMap<&str, &str> {
    let comment = |line| {
        let (_, rest) = str::split_once(line, "uses:")?;
        let (value, comment) = rest.split_once(" #")?;
        Some((value.trim().trim_matches(['"', '\'']), comment.trim()))
    };
    text.lines().filter_map(comment).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    const WORKFLOW: &[u8] = b"name: ci
on: [push]
jobs:
  call:
    uses: octo-org/this-repo/.github/workflows/workflow-1.yml@172239021f7ba04fe7327647b213799853a9eb89
  local:
    uses: ./.github/workflows/workflow-2.yml
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11 # v4.1.1
      - uses: ./.github/actions/own
      - name: cache
        uses: 'actions/cache@v3'
      - uses: github/codeql-action/init@v2
      - uses: docker://alpine:3.8
      - uses: docker://ghcr.io/example/tool:v1@sha256:527e78e6d29a9ac306e843cf766afe0604a0b35633f16913d85dd522218e8ca1
      - run: echo
";

    #[test]
    fn lists_actions() {
        let action =
            b"runs:\n  using: composite\n  steps:\n    - uses: actions/setup-go@v4\n    - uses: odd\n";
        let files: [(&str, &[u8]); 2] =
            [(".github/actions/own/action.yml", action), (".github/workflows/ci.yaml", WORKFLOW)];
        let found = testing::find(&GITHUB_ACTIONS, &files);
        let expected = [
            "actions/setup-go v4 pkg:github/actions/setup-go@v4",
            "actions/checkout b4ffde65f46336ab88eb53be808477a3936bae11 pkg:github/actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11",
            "actions/cache v3 pkg:github/actions/cache@v3",
            "github/codeql-action/init v2 pkg:github/github/codeql-action@v2#init",
            "docker://alpine:3.8 - pkg:oci/alpine?repository_url=docker.io%2Flibrary%2Falpine&tag=3.8",
            "docker://ghcr.io/example/tool:v1 sha256:527e78e6d29a9ac306e843cf766afe0604a0b35633f16913d85dd522218e8ca1 pkg:oci/tool@sha256:527e78e6d29a9ac306e843cf766afe0604a0b35633f16913d85dd522218e8ca1?repository_url=ghcr.io%2Fexample%2Ftool&tag=v1",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.packages()[1].metadata.as_ref().unwrap().fields["comment"], "v4.1.1");
        assert_eq!(found.unknowns().len(), 1);
    }

    #[test]
    fn lists_workflows() {
        let found = testing::find(&GITHUB_WORKFLOWS, &[(".github/workflows/ci.yaml", WORKFLOW)]);
        let expected = [
            "octo-org/this-repo/.github/workflows/workflow-1.yml 172239021f7ba04fe7327647b213799853a9eb89 pkg:github/octo-org/this-repo@172239021f7ba04fe7327647b213799853a9eb89#.github/workflows/workflow-1.yml",
        ];
        assert_eq!(testing::list(&found), expected);
    }
}
