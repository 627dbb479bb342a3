//! WordPress plugins: the comment at the head of a plugin's main file.
//! <https://developer.wordpress.org/plugins/plugin-basics/header-requirements/>

use super::super::Want;
use super::super::path;
use super::Described;
use super::Installed;
use super::Source;
use super::metadata;
use super::package;
use crate::package::Kind;
use crate::package::License;
use crate::package::Party;

pub(in super::super) const PLUGINS: Installed = Installed {
    name: "wordpress-plugins-cataloger",
    tags: &["directory", "image", "package", "wordpress"],
    wants: &[Want::Bytes("**/wp-content/plugins/*/*.php")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    // WordPress reads no more of a file.
    let head = source.bytes.get(..HEAD_BYTES).unwrap_or(source.bytes);
    let text = String::from_utf8_lossy(head);
    let field = |name: &str| {
        let lines =
            text.split(['\n', '\r']).map(|line| line.trim_start_matches([' ', '\t', '/', '*', '#', '@']));
        lines.filter_map(|line| line.split_once(':')).find_map(|(key, value)| {
            let value = value.trim().trim_end_matches("*/").trim_end_matches("?>").trim();
            (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
        })
    };
    let (Some(name), Some(version)) = (field("Plugin Name"), field("Version")) else { return Ok(None) };
    let author = field("Author");
    let mut found = package(Kind::Wordpress, &name, &version);
    found.licenses = field("License").as_deref().map(License::declared).into_iter().collect();
    found.supplier = author.as_deref().and_then(Party::from_mailbox);
    found.homepage = field("Plugin URI");
    found.description = field("Description");
    found.metadata = metadata(
        "wordpress-plugin-entry",
        [
            ("pluginInstallDirectory", path::name(path::parent(source.path)).into()),
            ("author", author.into()),
            ("authorUri", field("Author URI").into()),
        ],
    );
    Ok(Some(Described::new(found)))
}

/// `get_file_data` of WordPress: "Pull only the first 8 KB of the file".
const HEAD_BYTES: usize = 8192;

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_the_head_of_plugins() {
        let main = b"<?php\r\n/**\r\n * Plugin Name: All-in-One Example\r\n * Version:  7.78-beta \r\n * Author: Example Team\r\n * Author URI: https://example.com\r\n * License: GPLv3 */\r\n";
        let late = format!("<?php\n{}\n/* Plugin Name: Late\nVersion: 1 */", " ".repeat(9000));
        let found = testing::find(
            &PLUGINS,
            &[
                ("var/www/wp-content/plugins/example/main.php", main),
                ("var/www/wp-content/plugins/example/index.php", b"<?php // Silence is golden."),
                ("var/www/wp-content/plugins/late/late.php", late.as_bytes()),
                ("var/www/wp-content/plugins/noversion/x.php", b"<?php /* Plugin Name: X */\xff"),
            ],
        );
        assert_eq!(testing::list(&found), ["All-in-One Example 7.78-beta -"]);
        let package = &found.packages()[0];
        assert_eq!(package.licenses[0].declared, "GPLv3");
        assert_eq!(package.metadata.as_ref().unwrap().fields["pluginInstallDirectory"], "example");
    }
}
