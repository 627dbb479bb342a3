//! Conan's `conaninfo.txt`, which lies in the cache with each binary package.
//! <https://docs.conan.io/1/reference/conanfile_txt.html>

use super::super::Want;
use super::Described;
use super::Installed;
use super::Source;
use super::metadata;
use super::package;
use crate::package::Kind;
use crate::package::Package;
use crate::package::PurlBuilder;

pub(in super::super) const CONAN_INFO: Installed = Installed {
    name: "conan-info-cataloger",
    tags: &["conan", "cpp", "image", "installed", "language", "package"],
    wants: &[Want::Bytes("**/conaninfo.txt")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    // `.conan/data/NAME/VERSION/USER/CHANNEL/package/ID/conaninfo.txt`.
    let mut names = source.path.rsplit('/');
    let parts: [Option<&str>; 7] = std::array::from_fn(|_| names.next());
    let [_, Some(id), Some("package"), Some(channel), Some(user), Some(version), Some(name)] = parts else {
        return Err("not in a cache of Conan 1: its path names no package".to_owned());
    };
    let text = source.text();
    let mut section = "";
    let mut listed = Vec::new();
    let mut recipe = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line, section) {
            _ if line.starts_with('[') => section = line,
            (line, "[full_requires]") => listed.extend(reference(line)),
            (line, "[recipe_hash]") => recipe = recipe.or(Some(line)),
            _ => {}
        }
    }
    let mut found = package(Kind::Conan, name, version);
    let owner = Some(user).filter(|user| *user != "_").unwrap_or_default();
    let channel = Some(channel).filter(|channel| *channel != "_").unwrap_or_default();
    let purl =
        PurlBuilder::new("conan", name).namespace(owner).version(version).qualifier("channel", channel);
    found.purl = Some(purl.build());
    let hash = recipe.map(|hash| format!("#{hash}")).unwrap_or_default();
    let about = [
        (
            "ref",
            format!("{name}/{version}@{user}/{}{hash}", if channel.is_empty() { "_" } else { channel })
                .into(),
        ),
        ("package_id", id.into()),
    ];
    found.metadata = metadata("c-conan-info-entry", about);
    Ok(Some(Described { listed, ..Described::new(found) }))
}

/// `name/version@user/channel:package id`.
fn reference(line: &str) -> Option<Package> {
    let (reference, id) = line.split_once(':').unwrap_or((line, ""));
    let (bare, owner) = reference.split_once('@').unwrap_or((reference, ""));
    let (user, channel) = owner.split_once('/').unwrap_or((owner, ""));
    let (name, version) = bare.split('#').next()?.split_once('/')?;
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let mut found = package(Kind::Conan, name, version);
    let purl = PurlBuilder::new("conan", name).namespace(user).version(version).qualifier("channel", channel);
    found.purl = Some(purl.build());
    found.metadata = metadata("c-conan-info-entry", [("ref", line.into()), ("package_id", id.into())]);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    /// The packages that syft expects of such a file.
    #[test]
    fn reads_the_cache() {
        let text = b"[settings]\n    arch=x86_64\n\n[requires]\n    boost/1.Y.Z\n\n[full_requires]\n    boost/1.75.0:dc8aedd2\n    zlib/1.2.13:dfbe50fe\n    odd\n\n[full_options]\n    boost:fPIC=True\n\n[recipe_hash]\n    c6f6387c\n";
        let found = testing::find(
            &CONAN_INFO,
            &[
                ("root/.conan/data/mfast/1.2.2/my_user/my_channel/package/9d1f/conaninfo.txt", text),
                ("root/.conan2/p/x/conaninfo.txt", b"[settings]\n"),
            ],
        );
        let expected = [
            "mfast 1.2.2 pkg:conan/my_user/mfast@1.2.2?channel=my_channel",
            "boost 1.75.0 pkg:conan/boost@1.75.0",
            "zlib 1.2.13 pkg:conan/zlib@1.2.13",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["mfast@1.2.2 -> boost@1.75.0", "mfast@1.2.2 -> zlib@1.2.13"]);
        assert_eq!(found.unknowns().len(), 1);
    }
}
