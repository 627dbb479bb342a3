use super::super::testing;
use super::*;

const CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"name":"rpds-py","bom-ref":"root"}},
  "components":[
    {"type":"library","bom-ref":"a","name":"archery","version":"1.2.3","purl":"pkg:cargo/archery@1.2.3",
     "hashes":[{"alg":"SHA-256","content":"33ca"},{"alg":"BLAKE3","content":"00"},{"alg":"SHA-1","content":"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"}],"licenses":[{"expression":"MIT"}],
     "components":[{"bom-ref":"b","name":"triomphe","version":"0.1","purl":"pkg:cargo/triomphe@0.1","licenses":[{"license":{"id":"Apache-2.0"}}]}]},
    {"type":"file","name":"lib.rs"},{"type":"library","name":"dev","scope":"excluded"},{"version":"1"},7,
    {"type":"library","group":"@s","name":"n","version":"2"}],
  "dependencies":[{"ref":"root","dependsOn":["a"]},{"ref":"b","dependsOn":["a","gone"]},{"dependsOn":["a"]}]}"#;

const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","packages":[
    {"SPDXID":"SPDXRef-redis","name":"redis","versionInfo":"7.4.0-0","downloadLocation":"NOASSERTION","licenseDeclared":"BSD-3-Clause",
     "checksums":[{"algorithm":"MD5","checksumValue":"d41d8cd98f00b204e9800998ecf8427e"}],
     "externalRefs":[{"referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a"},
       {"referenceType":"purl","referenceLocator":"pkg:bitnami/redis@7.4.0-0?arch=arm64&distro=debian-12"}]},
    {"SPDXID":"SPDXRef-jemalloc","name":"jemalloc","versionInfo":"NOASSERTION","licenseDeclared":"NONE"}],
  "relationships":[{"spdxElementId":"SPDXRef-jemalloc","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-redis"},
    {"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-redis"}]}"#;

const SYFT: &str = r#"{"artifacts":[{"id":"1","name":"musl","version":"1.2","purl":"pkg:apk/alpine/musl@1.2","licenses":["MIT"]},
    {"id":"2","name":"zlib","version":"1.3","licenses":[{"value":"Zlib"}]}],
  "artifactRelationships":[{"parent":"1","child":"2","type":"dependency-of"}],"schema":{"version":"16.0.18","url":"x"}}"#;

#[test]
fn reads_every_family() {
    let found = testing::find(
        &SbomFiles,
        &[
            ("a/x.cdx.json", CYCLONEDX.as_bytes()),
            ("b/x.spdx", SPDX.as_bytes()),
            ("c/x.syft.json", SYFT.as_bytes()),
        ],
    );
    let expected = [
        "archery 1.2.3 pkg:cargo/archery@1.2.3",
        "triomphe 0.1 pkg:cargo/triomphe@0.1",
        "@s/n 2 -",
        "redis 7.4.0-0 pkg:bitnami/redis@7.4.0-0?arch=arm64&distro=debian-12",
        "jemalloc - -",
        "musl 1.2 pkg:apk/alpine/musl@1.2",
        "zlib 1.3 -",
    ];
    assert_eq!(testing::list(&found), expected);
    let expected = [
        "archery@1.2.3 -> triomphe@0.1",
        "redis@7.4.0-0 -> jemalloc@-",
        "triomphe@0.1 -> archery@1.2.3",
        "zlib@1.3 -> musl@1.2",
    ];
    assert_eq!(testing::edges(&found), expected);
    let kinds: Vec<&str> = found.packages().iter().map(|package| package.kind.name()).collect();
    assert_eq!(
        kinds,
        ["rust-crate", "rust-crate", "UnknownPackage", "bitnami", "UnknownPackage", "apk", "UnknownPackage"]
    );
    let licenses: Vec<_> = found.packages().iter().map(|package| package.licenses.len()).collect();
    assert_eq!(licenses, [1, 1, 0, 1, 0, 1, 1]);
    // One is no SHA-256, and one of a kind that no document has.
    let checksums = found.packages().iter().flat_map(|package| &package.checksums);
    let checksums: Vec<_> =
        checksums.map(|checksum| (checksum.algorithm.spdx(), checksum.hex.as_str())).collect();
    let expected =
        [("SHA1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("MD5", "d41d8cd98f00b204e9800998ecf8427e")];
    assert_eq!(checksums, expected);
    assert!(found.unknowns().is_empty());
}

#[test]
fn what_is_no_sbom_is_left_alone_and_what_is_broken_is_said() {
    let deep = format!("{{\"bomFormat\":\"CycloneDX\",\"components\":{}", "[".repeat(100_000));
    let found = testing::find(
        &SbomFiles,
        &[
            ("a/bom", b"\x7fELF\0\0"),
            ("b/bom", b""),
            ("c/bom", b"{\"name\":1}"),
            ("d/x.spdx", b"SPDXVersion: SPDX-2.3\n"),
            ("e/x.cdx", b"{\"bomFormat\":"),
            ("f/x.cdx", deep.as_bytes()),
            ("g/x.cdx", b"{\"bomFormat\":\"CycloneDX\",\"components\":{\"a\":1},\"dependencies\":3}"),
        ],
    );
    assert!(found.packages().is_empty());
    assert_eq!(found.unknowns().len(), 3);
}

/// The packages that syft expects of such files.
#[test]
fn reads_bitnami() {
    let components = br#"{"gosu":{"arch":"amd64","digest":"16f1","distro":"debian-10","type":"NAMI","version":"1.14.0-1"},"odd":3}"#;
    let found = testing::find(
        &Bitnami,
        &[
            ("opt/bitnami/.bitnami_components.json", components),
            ("opt/bitnami/redis/.spdx-redis.spdx", SPDX.as_bytes()),
            ("opt/bitnami/redis/bin/redis-server", b""),
            ("opt/bitnami/x/.spdx-x.spdx", b"SPDXVersion: SPDX-2.2\n"),
        ],
    );
    let expected = [
        "gosu 1.14.0-1 pkg:bitnami/gosu@1.14.0-1?arch=amd64&distro=debian-10",
        "redis 7.4.0-0 pkg:bitnami/redis@7.4.0-0?arch=arm64&distro=debian-12",
    ];
    assert_eq!(testing::list(&found), expected);
    let redis = &found.packages()[1];
    let files: Vec<&str> = redis.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["/opt/bitnami/redis/.spdx-redis.spdx", "/opt/bitnami/redis/bin/redis-server"]);
    let fields = &redis.metadata.as_ref().unwrap().fields;
    assert_eq!(
        (&fields["version"], &fields["revision"], &fields["arch"]),
        (&"7.4.0".into(), &"0".into(), &"arm64".into())
    );
    assert_eq!(found.unknowns().len(), 1);
}
