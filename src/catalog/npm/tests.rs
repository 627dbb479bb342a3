use super::super::testing;
use super::*;

fn find(files: &[(&str, &str)]) -> Findings {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    testing::find(&Installed, &files)
}

#[test]
fn a_package_has_a_name_and_a_version() {
    let found = find(&[
        ("app/package.json", "\u{feff}{\"name\":\"app\",\"version\":\"1.0.0\",\"private\":true}"),
        ("app/node_modules/@s/a/package.json", r#"{"name":"@s/a","version":"2.0.0"}"#),
        ("app/node_modules/@s/a/esm/package.json", r#"{"type":"module"}"#),
        ("app/node_modules/@s/a/vendor/package.json", r#"{"name":"b","version":"1.0.0"}"#),
        ("app/node_modules/c/package.json", r#"{"name":"c"}"#),
        ("app/node_modules/d/package.json", r#"{"name":"d","version":1}"#),
        ("app/node_modules/e/package.json", r#"{"name":["e"],"version":"1.0.0"}"#),
        ("app/node_modules/f/package.json", r#"{"name":"","version":"1.0.0"}"#),
        (
            "app/node_modules/g/package.json",
            r#"{"name":"old","version":"1.0.0","name":"g","dependencies":7}"#,
        ),
    ]);
    let expected =
        ["@s/a 2.0.0 pkg:npm/%40s/a@2.0.0", "g 1.0.0 pkg:npm/g@1.0.0", "app 1.0.0 pkg:npm/app@1.0.0"];
    assert_eq!(testing::list(&found), expected);
    assert!(found.unknowns().is_empty());
}

/// As they lie in next 14, bson 4, terser 5, fast-uri 3, resolve 1 and preact 10.
#[test]
fn packages_bring_copies_of_others() {
    let found = find(&[
        ("app/node_modules/next/package.json", r#"{"name":"next","version":"14.2.0"}"#),
        (
            "app/node_modules/next/dist/compiled/@babel/runtime/package.json",
            r#"{"name":"@babel/runtime","version":"7.22.5","license":"MIT","dependencies":{"next":"1"}}"#,
        ),
        (
            "app/node_modules/next/dist/compiled/@vercel/og/package.json",
            r#"{"name":"@vercel/og","version":"0.6.3","main":"./index.node.js"}"#,
        ),
        ("app/node_modules/next/dist/compiled/zod/package.json", r#"{"name":"zod","license":"MIT"}"#),
        (
            "app/node_modules/bson/vendor/base64/package.json",
            r#"{"name":"base-64","version":"1.0.0","repository":{"url":"https://github.com/x/base64"}}"#,
        ),
        ("app/node_modules/terser/dist/package.json", r#"{"name":"dist","version":"1.0.0","private":true}"#),
        (
            "app/node_modules/fast-uri/benchmark/package.json",
            r#"{"name":"b","version":"1.0.0","license":"ISC"}"#,
        ),
        (
            "app/node_modules/resolve/test/resolver/baz/package.json",
            r#"{"name":"baz","version":"1.0.0","license":"MIT"}"#,
        ),
        ("app/node_modules/a/lib/b/package.json", r#"{"name":"b","version":"0.0.0","license":"MIT"}"#),
        ("app/node_modules/a/esm/package.json", r#"{"name":"a","version":"1.0.0","license":"MIT"}"#),
        ("app/node_modules/@s/a/x/package.json", r#"{"name":"@s/a/x","version":"1.0.0","license":"MIT"}"#),
        (
            "app/node_modules/a/files/package.json",
            r#"{"name":"<%= name %>","version":"1.0.0","license":"MIT"}"#,
        ),
    ]);
    let expected = [
        "next 14.2.0 pkg:npm/next@14.2.0",
        "base-64 1.0.0 pkg:npm/base-64@1.0.0",
        "@babel/runtime 7.22.5 pkg:npm/%40babel/runtime@7.22.5",
        "@vercel/og 0.6.3 pkg:npm/%40vercel/og@0.6.3",
    ];
    assert_eq!(testing::list(&found), expected);
    let relations: Vec<(usize, Relation, usize)> =
        found.relationships().iter().map(|edge| (edge.from, edge.relation, edge.to)).collect();
    assert_eq!(relations, [(0, Relation::Contains, 2), (0, Relation::Contains, 3)]);
}

#[test]
fn what_is_no_json_is_said() {
    let deep = format!("{{\"name\":{}", "[".repeat(100_000));
    let found = find(&[
        ("a/package.json", "{"),
        ("b/package.json", ""),
        ("c/package.json", &deep),
        ("d/node_modules/.package-lock.json", "[]"),
        ("e/node_modules/.pnpm/lock.yaml", "packages: [1"),
    ]);
    assert!(found.packages().is_empty());
    assert_eq!(found.unknowns().len(), 5);
}

#[test]
fn licences_come_in_many_shapes() {
    let license = |field: &str| {
        let text = format!("{{\"name\":\"a\",\"version\":\"1\",{field}}}");
        let found = find(&[("a/package.json", &text)]);
        let licenses = &found.packages()[0].licenses;
        licenses.iter().map(|license| license.declared.clone()).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(license(r#""license":"(MIT OR CC0-1.0)""#), "(MIT OR CC0-1.0)");
    assert_eq!(license(r#""license":{"type":"BSD-3-Clause","url":"https://example.com"}"#), "BSD-3-Clause");
    assert_eq!(license(r#""licenses":[{"type":"MIT"},{"type":"Apache-2.0"}]"#), "(MIT) OR (Apache-2.0)");
    assert_eq!(license(r#""licenses":["MIT","Strange"]"#), "MIT; Strange");
    assert_eq!(license(r#""license":"SEE LICENSE IN x""#), "SEE LICENSE IN x");
    assert_eq!(license(r#""license":"","licenses":"ISC""#), "ISC");
    for field in [r#""license":null"#, r#""license":[[["MIT"]]]"#, r#""license":7"#, r#""license":{}"#] {
        assert_eq!(license(field), "", "{field}");
    }
}

#[test]
fn people_come_in_two_shapes() {
    let text = r#"{"name":"a","version":"1","author":"Jane Doe <jane@example.com> (https://example.com)",
        "repository":{"url":"git+https://example.com/a.git"},"homepage":"https://example.com/a"}"#;
    let found = find(&[("a/package.json", text)]);
    let package = &found.packages()[0];
    let supplier = package.supplier.as_ref().unwrap();
    assert_eq!((supplier.name.as_str(), supplier.email.as_deref()), ("Jane Doe", Some("jane@example.com")));
    assert_eq!(package.homepage.as_deref(), Some("https://example.com/a"));
    assert_eq!(package.metadata.as_ref().unwrap().fields["url"], "git+https://example.com/a.git");
    let text = r#"{"name":"a","version":"1","author":{"url":"x"},"maintainers":[3,{"name":"Example Team"}]}"#;
    let found = find(&[("a/package.json", text)]);
    assert_eq!(found.packages()[0].supplier, Some(crate::package::Party::organization("Example Team")));
}

#[test]
fn the_nearest_is_the_one_that_is_needed() {
    let found = find(&[
        (
            "app/package.json",
            r#"{"name":"app","version":"1","dependencies":{"a":"*"},"devDependencies":{"e":"*"}}"#,
        ),
        (
            "app/node_modules/a/package.json",
            r#"{"name":"a","version":"1","dependencies":{"b":"^2","../c":"1"},"optionalDependencies":{"c":"1","no":"1"}}"#,
        ),
        (
            "app/node_modules/a/node_modules/b/package.json",
            r#"{"name":"b","version":"2","peerDependencies":{"d":"*"}}"#,
        ),
        ("app/node_modules/b/package.json", r#"{"name":"b","version":"1","dependencies":{"b":"1"}}"#),
        ("app/node_modules/c/package.json", r#"{"name":"alias","version":"1"}"#),
        ("node_modules/d/package.json", r#"{"name":"d","version":"1"}"#),
        ("app/node_modules/e/package.json", r#"{"name":"e","version":"1"}"#),
        ("other/node_modules/f/package.json", r#"{"name":"f","version":"1","dependencies":{"a":"*"}}"#),
    ]);
    assert_eq!(testing::edges(&found), ["a@1 -> alias@1", "a@1 -> b@2", "app@1 -> a@1", "b@2 -> d@1"]);
}

#[test]
fn links_of_pnpm_are_followed() {
    let store = "app/node_modules/.pnpm";
    let a = format!("{store}/a@1.0.0/node_modules/a/package.json");
    let b = format!("{store}/b@2.0.0/node_modules/b/package.json");
    let lock = format!("{store}/lock.yaml");
    let yaml = "lockfileVersion: '9.0'\npackages:\n  b@2.0.0:\n    resolution: {integrity: sha1-oQm5ivBnRNwgeQU98bO8VrSJj8Q=}\n";
    let files: [(&str, &[u8]); 3] = [
        (&a, br#"{"name":"a","version":"1.0.0","dependencies":{"b":"*"}}"#),
        (&b, br#"{"name":"b","version":"2.0.0"}"#),
        (&lock, yaml.as_bytes()),
    ];
    let link = format!("{store}/a@1.0.0/node_modules/b");
    let links = [
        (link.as_str(), "../../b@2.0.0/node_modules/b"),
        ("app/node_modules/a", ".pnpm/a@1.0.0/node_modules/a"),
    ];
    let found = testing::find_linked(&Installed, &files, &links);
    assert_eq!(testing::edges(&found), ["a@1.0.0 -> b@2.0.0"]);
    let hashes: Vec<usize> = found.packages().iter().map(|package| package.checksums.len()).collect();
    assert_eq!(hashes, [0, 1]);
}

/// The hash of the empty string, as base64 and as digits.
#[test]
fn locks_tell_where_it_came_from() {
    let sha512 = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
    let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let lock = format!(
        r#"{{"packages":{{"node_modules/a":{{"version":"1","resolved":"https://registry.npmjs.org/a/-/a-1.tgz","integrity":"sha512-{sha512}"}},"node_modules/x":3}}}}"#
    );
    let yarn = format!(
        r#"{{"lockfileEntries":{{"@s/b@^2.0.0":"https://registry.yarnpkg.com/@s/b/-/b-2.0.0.tgz#{sha1}","x":1}}}}"#
    );
    let found = find(&[
        ("app/node_modules/.package-lock.json", &lock),
        ("app/node_modules/a/package.json", r#"{"name":"a","version":"1"}"#),
        ("web/node_modules/.yarn-integrity", &yarn),
        ("web/node_modules/@s/b/package.json", r#"{"name":"@s/b","version":"2.0.0"}"#),
        (
            "web/node_modules/a/package.json",
            r#"{"name":"a","version":"1","_integrity":"md5-x","_resolved":"file:../a"}"#,
        ),
    ]);
    let origins: Vec<_> = found
        .packages()
        .iter()
        .map(|package| (package.download.as_deref(), package.checksums.first().map(|hash| &hash.hex[..8])))
        .collect();
    assert_eq!(
        origins,
        [
            (Some("https://registry.npmjs.org/a/-/a-1.tgz"), Some("cf83e135")),
            (Some("https://registry.yarnpkg.com/@s/b/-/b-2.0.0.tgz"), Some("da39a3ee")),
            (None, None),
        ]
    );
}
