//! Conda: `conda-meta/*.json`. <https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/install.html>

use serde_json::Value;

use super::super::Want;
use super::super::path;
use super::super::text;
use super::Described;
use super::Installed;
use super::Source;
use super::metadata;
use super::package;
use crate::package::Checksum;
use crate::package::ChecksumAlgorithm;
use crate::package::Kind;
use crate::package::License;
use crate::package::OwnedFile;
use crate::package::PurlBuilder;

pub(in super::super) const CONDA: Installed = Installed {
    name: "conda-meta-cataloger",
    tags: &["conda", "directory", "image", "installed", "package"],
    wants: &[Want::Bytes("**/conda-meta/*.json")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let object = text::members(source.bytes, FIELDS).map_err(|error| error.to_string())?;
    let field = |key: &str| text::string(&object, key);
    // `conda-meta` has other files of JSON: the state, the environment.
    let (Some(name), Some(version)) = (field("name"), field("version")) else { return Ok(None) };
    let strings =
        |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let prefix = path::parent(path::parent(source.path));
    let mut found = package(Kind::Conda, name, version);
    // <https://github.com/package-url/purl-spec/blob/main/types-doc/conda-definition.md>; a channel is named by a URL.
    let channel = field("channel").unwrap_or_default().trim_end_matches('/');
    let channel = field("subdir").and_then(|subdir| channel.strip_suffix(subdir)).unwrap_or(channel);
    let purl = PurlBuilder::new("conda", name)
        .version(version)
        .qualifier("build", field("build").unwrap_or_default())
        .qualifier("channel", path::name(channel.trim_end_matches('/')))
        .qualifier("subdir", field("subdir").unwrap_or_default());
    found.purl = Some(purl.build());
    found.licenses = field("license").map(License::declared).into_iter().collect();
    found.download = field("url").filter(|url| url.starts_with("http")).map(str::to_owned);
    let sha256 = field("sha256").and_then(|hex| Checksum::new(ChecksumAlgorithm::Sha256, hex));
    let md5 = || field("md5").and_then(|hex| Checksum::new(ChecksumAlgorithm::Md5, hex));
    found.checksums = sha256.or_else(md5).into_iter().collect();
    let files = strings("files").filter_map(|file| path::join(prefix, file));
    found.files = files.map(|path| OwnedFile { path: format!("/{path}") }).collect();
    let keys = [
        "name",
        "version",
        "arch",
        "build",
        "build_number",
        "channel",
        "subdir",
        "noarch",
        "license",
        "md5",
        "sha256",
        "size",
        "timestamp",
        "fn",
        "url",
        "depends",
    ];
    found.metadata =
        metadata("conda-metadata-entry", keys.map(|key| (key, object.get(key).cloned().unwrap_or_default())));
    // `python >=3.9,<3.10.0a0`.
    let needs =
        strings("depends").filter_map(|need| need.split_whitespace().next().map(str::to_owned)).collect();
    Ok(Some(Described { needs, scope: prefix.to_owned(), ..Described::new(found) }))
}

const FIELDS: &[&str] = &[
    "arch",
    "build",
    "build_number",
    "channel",
    "depends",
    "files",
    "fn",
    "license",
    "md5",
    "name",
    "noarch",
    "sha256",
    "size",
    "subdir",
    "timestamp",
    "url",
    "version",
];

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_what_conda_installed() {
        let text = br#"{"name":"jupyterlab","version":"4.4.3","build":"pyhd8ed1ab_0","build_number":0,"subdir":"noarch",
            "channel":"https://conda.anaconda.org/conda-forge/noarch","license":"BSD-3-Clause","md5":"4861a0c2a5a5d0481a450a9dfaf9febe",
            "url":"https://conda.anaconda.org/conda-forge/noarch/jupyterlab-4.4.3-pyhd8ed1ab_0.conda",
            "depends":["python >=3.9","__glibc"],"files":["bin/jlpm","../../../x"]}"#;
        let found = testing::find(
            &CONDA,
            &[
                ("opt/conda/conda-meta/jupyterlab-4.4.3.json", text),
                ("opt/conda/conda-meta/python-3.9.json", br#"{"name":"python","version":"3.9"}"#),
                ("opt/other/conda-meta/python-3.8.json", br#"{"name":"python","version":"3.8"}"#),
                ("opt/conda/conda-meta/state.json", b"{}"),
                ("opt/conda/conda-meta/broken.json", b"{"),
            ],
        );
        let expected = [
            "jupyterlab 4.4.3 pkg:conda/jupyterlab@4.4.3?build=pyhd8ed1ab_0&channel=conda-forge&subdir=noarch",
            "python 3.9 pkg:conda/python@3.9",
            "python 3.8 pkg:conda/python@3.8",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["jupyterlab@4.4.3 -> python@3.9"]);
        assert_eq!(found.packages()[0].files.len(), 1);
        assert_eq!(found.packages()[0].checksums.len(), 1);
        assert_eq!(found.unknowns().len(), 1);
    }
}
