//! `check`, `diff`, `verify`, `convert`, and where documents go.

use super::*;
use crate::support::container;

/// What syft wrote about the image of the demonstration.
const SYFT: &str = "testdata/interop/demo/sbom.spdx.json";

/// The image as an archive, and a document about it.
fn image_and_document(folder: &Folder, format: &str) -> (String, String) {
    let archive = folder.write("image.tar", container::oci_archive(&[&container(Packing::Gzip)], "1"));
    let file = folder.at("sbom");
    assert_eq!(document(&run(&["sbom", &archive, "-o", &format!("{format}={file}")])), "");
    (archive, file)
}

#[test]
fn verify_finds_no_drift_in_our_own_documents() {
    for format in ["spdx-json", "spdx-json@2.2", "spdx-json@3.0", "spdx", "cyclonedx-json", "syft-json"] {
        let folder = Folder::new();
        let (archive, file) = image_and_document(&folder, format);
        let verified = json(&run(&["sbom", "verify", "--offline", &archive, &file, "-o", "json"]));
        assert_eq!(verified["verdict"], "match", "{format}: {verified}");
        // Nor of the same content in another shape.
        let docker = folder.write("docker.tar", container(Packing::Gzip).docker_archive("a:1"));
        let output = run(&["sbom", "verify", &docker, &file]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", stdout(&output));
    }
}

#[test]
fn verify_finds_what_is_missing_added_and_changed() {
    let folder = Folder::new();
    let (archive, file) = image_and_document(&folder, "cyclonedx-json");
    let text = fs::read_to_string(&file).unwrap();
    let verify = |document: &str| {
        let file = folder.write("changed", document);
        let output = run(&["sbom", "verify", &archive, &file, "-o", "json"]);
        (output.status.code().unwrap(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    assert_eq!(verify(&text).0, 0);
    let mut without: Value = serde_json::from_str(&text).unwrap();
    without["components"].as_array_mut().unwrap().retain(|component| component["name"] != "requests");
    let (code, drift) = verify(&without.to_string());
    assert_eq!(code, 1, "{drift}");
    let missing = &drift["differences"][0];
    assert_eq!((&missing["name"], &missing["image"][0]), (&"requests".into(), &"2.32.3".into()), "{drift}");
    let (code, drift) = verify(&text.replace("2.32.3", "2.32.4"));
    assert_eq!(code, 1, "{drift}");
    assert!(drift.to_string().contains("2.32.4"), "{drift}");
    let mut more: Value = serde_json::from_str(&text).unwrap();
    more["components"].as_array_mut().unwrap().push(serde_json::json!({
        "type": "library", "name": "phantom", "version": "1", "purl": "pkg:pypi/phantom@1"}));
    let (code, drift) = verify(&more.to_string());
    assert_eq!(code, 1, "{drift}");
    assert_eq!(drift["differences"][0]["name"], "phantom", "{drift}");
    // About another image.
    let digest = container(Packing::Gzip).digest();
    let (code, drift) = verify(&text.replace(&digest[7..], &"0".repeat(64)));
    assert_eq!(code, 1, "{drift}");
    // No document, no answer.
    assert_eq!(verify("{}").0, 2);
    assert_eq!(verify("{}").1["error"]["code"], "sbom");
    let absent = run(&["sbom", "verify", &archive, &folder.at("absent"), "-o", "json"]);
    assert_eq!(absent.status.code(), Some(2));
    assert_eq!(serde_json::from_slice::<Value>(&absent.stdout).unwrap()["error"]["code"], "file");
}

#[test]
fn diff_tells_what_changed() {
    let folder = Folder::new();
    let (_, after) = image_and_document(&folder, "spdx-json");
    let before = Container::new(&tars()[..1], Packing::Gzip, "amd64");
    let before = folder.write("before.tar", container::oci_archive(&[&before], "1"));
    let file = folder.at("before.spdx.json");
    document(&run(&["sbom", &before, "-o", &format!("spdx-json={file}")]));
    let difference = json(&run(&["sbom", "diff", &file, &after, "-o", "json"]));
    assert_eq!(difference["result"], "changed");
    let changes: Vec<(&str, &str)> = difference["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["name"].as_str().unwrap(), change["change"].as_str().unwrap()))
        .collect();
    assert_eq!(changes, [("gone", "removed"), ("requests", "upgraded")], "{difference}");
    let code = |arguments: &[&str]| run(arguments).status.code().unwrap();
    assert_eq!(code(&["sbom", "diff", &file, &after]), 0);
    assert_eq!(code(&["sbom", "diff", "--exit-code", &file, &after]), 1);
    assert_eq!(code(&["sbom", "diff", "--exit-code", &after, &after]), 0);
    assert_eq!(code(&["sbom", "diff", &after, &folder.at("absent")]), 2);
    let markdown = document(&run(&["sbom", "diff", &file, &after, "-o", "markdown"]));
    assert!(markdown.contains("requests") && markdown.contains("2.31.0"), "{markdown}");
}

#[test]
fn check_holds_our_documents_and_refuses_others() {
    let folder = Folder::new();
    for format in ["spdx-json", "spdx-json@2.2", "spdx-json@3.0", "spdx"] {
        let (_, file) = image_and_document(&folder, format);
        let checked = json(&run(&["sbom", "check", "--profile", "ntia-2021", &file, "-o", "json"]));
        assert_eq!(checked["result"], "conformant", "{format}: {checked}");
    }
    let bare = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: bare\n\
        DocumentNamespace: https://example.com/bare\nCreator: Tool: hand\nCreated: 2026-11-23T12:00:00Z\n\n\
        PackageName: musl\nSPDXID: SPDXRef-musl\nPackageDownloadLocation: NOASSERTION\n";
    let bare = folder.write("bare.spdx", bare);
    let output = run(&["sbom", "check", &bare, "-o", "json"]);
    assert_eq!(output.status.code(), Some(1), "no version and no supplier");
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["result"], "not-conformant");
    fails(&run(&["sbom", "check", "README.md"]), 2, "an SPDX document is checked");
    fails(&run(&["sbom", "check", "--profile", "bogus", &bare]), 2, "ntia-2021");
}

/// SPDX 2 into every form of SPDX 2 and back is the document that it was.
#[test]
fn convert_keeps_spdx_whole() {
    let folder = Folder::new();
    let original: Value = serde_json::from_slice(&fs::read(SYFT).unwrap()).unwrap();
    for format in ["spdx-json", "spdx-json@2.3", "spdx-yaml", "spdx-tag-value", "spdx-yaml@2.3"] {
        let file = folder.at(format);
        let convert = ["sbom", "convert", SYFT, "-o", &format!("{format}={file}"), "--lossless"];
        assert_eq!(document(&run(&convert)), "", "{format}");
        let back = run(&["sbom", "convert", &file, "-o", "spdx-json", "--lossless"]);
        assert_eq!(packages(&json(&back)), packages(&original), "{format}");
    }
    let json_again = json(&run(&["sbom", "convert", SYFT]));
    assert_eq!(json_again, original);
}

fn packages(spdx: &Value) -> Vec<Value> {
    spdx["packages"].as_array().unwrap().clone()
}

/// Every other pair goes by the packages: none is lost, and what is lost is told.
#[test]
fn convert_between_families() {
    let folder = Folder::new();
    const FORMATS: [&str; 6] =
        ["spdx-json@2.3", "spdx-json@3.0", "spdx-tag-value", "cyclonedx-json", "syft-json", "spdx-yaml"];
    for from in FORMATS {
        let source = folder.at("from");
        let (_, made) = image_and_document(&folder, if from == "spdx-yaml" { "spdx-json" } else { from });
        let rename = ["sbom", "convert", &made, "-o", &format!("{from}={source}")];
        assert!(run(&rename).status.success(), "{from}");
        for to in FORMATS {
            let file = folder.at("to");
            let output = run(&["sbom", "convert", &source, "-o", &format!("{to}={file}")]);
            assert_eq!(output.status.code(), Some(0), "{from} to {to}: {}", stderr(&output));
            let purls = run(&["sbom", "convert", &file, "-o", "purls"]);
            assert_eq!(stdout(&purls), PURLS, "{from} to {to}");
            // Who said that nothing may be lost is told by the exit code, and has the document all the same.
            let two = |name: &str| name.starts_with("spdx-") && !name.ends_with("3.0");
            let same = from == to && from != "cyclonedx-json" && from != "syft-json";
            let strict = run(&["sbom", "convert", "--lossless", &source, "-o", &format!("{to}={file}")]);
            let expected = i32::from(!(same || two(from) && two(to)));
            assert_eq!(strict.status.code(), Some(expected), "{from} to {to}: {}", stderr(&strict));
            assert_eq!(stderr(&strict).is_empty(), expected == 0, "{from} to {to}");
        }
    }
}

#[test]
fn convert_writes_all_or_nothing() {
    let folder = Folder::new();
    let (_, file) = image_and_document(&folder, "spdx-json@3.0");
    let text = fs::read_to_string(&file).unwrap();
    let before = folder.names();
    let broken = folder.write("broken", text.split_at(text.len() / 2).0);
    let names = [before, vec!["broken".to_owned()]].concat();
    let count = names.len();
    let outputs = |source: &str| {
        let (a, b) =
            (format!("spdx-json@3.0={}", folder.at("a")), format!("cyclonedx-json={}", folder.at("b")));
        run(&["sbom", "convert", source, "-o", &a, "-o", &b])
    };
    fails(&outputs(&broken), 2, "broken: ");
    assert_eq!(folder.names().len(), count);
    assert_eq!(outputs(&file).status.code(), Some(0));
    assert_eq!(folder.names().len(), count + 2);
    for garbage in
        ["", "{}", "[]", "null", "text", "\u{0}", "{\"bomFormat\":\"CycloneDX\"", "bomFormat: CycloneDX"]
    {
        let garbage = folder.write("garbage", garbage);
        fails(&run(&["sbom", "convert", &garbage, "-o", "cyclonedx-json"]), 2, "garbage: ");
    }
    let from_stdin = run_with_stdin(&["sbom", "convert", "-", "-o", "purls"], Path::new(&file));
    assert_eq!(stdout(&from_stdin), PURLS);
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let folder = Folder::new();
    let (archive, file) = image_and_document(&folder, "spdx-json");
    let whole = fs::read(&file).unwrap();
    let outputs = |texts: &[String]| {
        let options = texts.iter().flat_map(|text| ["-o", text.as_str()]);
        let arguments: Vec<&str> = ["sbom", &archive].into_iter().chain(options).collect();
        run(&arguments)
    };
    let output = outputs(&[
        format!("spdx-json={}", folder.at("a")),
        format!("cyclonedx-json={}", folder.at("b")),
        "purls".to_owned(),
        format!("table={}", folder.at("c")),
    ]);
    assert_eq!(document(&output), PURLS);
    assert_eq!(fs::read(folder.path("a")).unwrap(), whole);
    assert_eq!(folder.names(), ["a", "b", "c", "image.tar", "sbom"]);
    // A folder that is not there, and one where a file should be.
    for name in ["absent/file", "dir"] {
        fs::create_dir_all(folder.path("dir")).unwrap();
        let output = outputs(&[format!("spdx-json={}", folder.at(name))]);
        fails(&output, 2, "cannot write ");
    }
    assert_eq!(folder.names(), ["a", "b", "c", "dir", "image.tar", "sbom"]);
    // An earlier document stays where the new one cannot be made.
    let broken = folder.write("broken.tar", &fs::read(&archive).unwrap()[..2000]);
    let output =
        run(&["sbom", &format!("oci-archive:{broken}"), "-o", &format!("spdx-json={}", folder.at("a"))]);
    fails(&output, 2, "error: ");
    assert_eq!(fs::read(folder.path("a")).unwrap(), whole);
    fails(&outputs(&["table".to_owned(), "purls".to_owned()]), 2, "only one document can go to stdout");
    fails(&outputs(&["spdx-json=".to_owned()]), 2, "names no file");
}
