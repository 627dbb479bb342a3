//! Lua rocks: `*.rockspec`, which is Lua. <https://github.com/luarocks/luarocks/wiki/Rockspec-format>
//!
//! Nothing is evaluated: one that computes its name or version is passed over.

use super::super::Want;
use super::Described;
use super::Installed;
use super::Source;
use super::capture;
use super::metadata;
use super::package;
use super::pattern;
use crate::package::Kind;
use crate::package::License;
use crate::package::PurlBuilder;

pub(in super::super) const ROCKS: Installed = Installed {
    name: "lua-rock-cataloger",
    tags: &["directory", "image", "installed", "language", "lua", "package"],
    wants: &[Want::Bytes("**/*.rockspec")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let text = source.text();
    let field = |pattern: &regex::Regex| {
        capture(pattern, &text).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let name = field(pattern!(r#"(?m)^\s*package\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')"#));
    let version = field(pattern!(r#"(?m)^\s*version\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')"#));
    let (Some(name), Some(version)) = (name, version) else { return Ok(None) };
    let license = field(pattern!(r#"(?m)\blicense\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)'|\[\[([^\]]+)\]\])"#));
    let homepage = field(pattern!(r#"(?m)\bhomepage\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')"#));
    let summary = field(pattern!(r#"(?m)\bsummary\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)'|\[\[([^\]]+)\]\])"#));
    let url = field(pattern!(r#"(?m)\burl\s*=\s*(?:"([^"\n]+)"|'([^'\n]+)')"#));
    let list = capture(pattern!(r"(?m)^\s*dependencies\s*=\s*\{([^}]*)\}"), &text).unwrap_or_default();
    let string = pattern!(r#""([^"\n]+)"|'([^'\n]+)'"#);
    let needs = string.captures_iter(list).filter_map(|found| found.iter().skip(1).flatten().next());
    // `penlight >= 1.5`.
    let needs =
        needs.filter_map(|need| need.as_str().split([' ', '<', '>', '=', '~']).next().map(str::to_owned));
    let needs: Vec<String> = needs.filter(|name| !name.is_empty()).collect();
    let mut found = package(Kind::Lua, &name, &version);
    found.purl = Some(PurlBuilder::new("luarocks", name.as_str()).version(version.as_str()).build());
    found.licenses = license.as_deref().map(License::declared).into_iter().collect();
    found.homepage = homepage.clone();
    found.download = url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    found.description = summary.clone();
    found.metadata = metadata(
        "lua-rocks-entry",
        [
            ("name", name.into()),
            ("version", version.into()),
            ("license", license.into()),
            ("homepage", homepage.into()),
            ("description", summary.into()),
            ("url", url.into()),
        ],
    );
    Ok(Some(Described { needs, ..Described::new(found) }))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_rockspecs() {
        let say = b"package = \"say\"\nversion = \"1.4-1\"\nsource = {\n  url = \"https://example.com/say.tar.gz\",\n}\ndescription = {\n  summary = 'Strings',\n  license = \"MIT <http://opensource.org/licenses/MIT>\",\n  homepage = \"https://example.com/say\"\n}\ndependencies = {\n  \"lua >= 5.1\", 'luassert ~> 1',\n}\n";
        let found = testing::find(
            &ROCKS,
            &[
                ("usr/lib/luarocks/rocks-5.1/say/1.4-1/say-1.4-1.rockspec", say),
                (
                    "usr/lib/luarocks/rocks-5.1/luassert/1.9-1/luassert-1.9-1.rockspec",
                    b"package='luassert'\r\nversion='1.9-1'\r\n",
                ),
                ("src/dev.rockspec", b"local v = '1'\npackage = 'dev'\nversion = v .. '-1'\n"),
            ],
        );
        let mut listed = testing::list(&found);
        listed.sort();
        assert_eq!(
            listed,
            ["luassert 1.9-1 pkg:luarocks/luassert@1.9-1", "say 1.4-1 pkg:luarocks/say@1.4-1"]
        );
        assert_eq!(testing::edges(&found), ["say@1.4-1 -> luassert@1.9-1"]);
        let say = found.packages().iter().find(|package| package.name == "say").unwrap();
        assert_eq!(say.download.as_deref(), Some("https://example.com/say.tar.gz"));
        assert_eq!(say.description.as_deref(), Some("Strings"));
    }
}
