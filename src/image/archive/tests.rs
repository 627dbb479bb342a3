mod real;

use std::io::Cursor;
use std::io::Write;

use super::*;
use crate::image::LayerFault;
use crate::image::testing::Builder;
use crate::image::testing::Everything;
use crate::image::testing::list;
use crate::image::testing::options;

/// Both ways to read the same bytes, and the compressed ones.
fn read(bytes: &[u8], choice: &Choice) -> Result<ArchiveImage<Vec<u8>>, ImageError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    let gzip = gzip.finish().unwrap();
    let indexed = read_archive(file.path(), choice, &Everything, &options());
    for stream in [bytes, &gzip] {
        let streamed = read_stream(Cursor::new(stream), choice, &Everything, &options());
        match (&indexed, streamed) {
            (Ok(a), Ok(b)) => {
                assert_eq!((list(&a.tree), &a.names, &a.config), (list(&b.tree), &b.names, &b.config));
                let layers =
                    |image: &ArchiveImage<_>| image.tree.iter().map(|(_, e)| e.layer).collect::<Vec<_>>();
                assert_eq!(layers(a), layers(&b));
            }
            (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
            (a, b) => panic!("{a:?} but {b:?}"),
        }
    }
    indexed
}

fn config(architecture: &str, diff_ids: &[Digest]) -> String {
    let rootfs = serde_json::json!({"type": "layers", "diff_ids": diff_ids});
    serde_json::json!({"os": "linux", "architecture": architecture, "rootfs": rootfs}).to_string()
}

fn bytes(builder: Builder, name: &str, content: &[u8]) -> Builder {
    builder.member(name.as_bytes(), ::tar::EntryType::Regular, "", content)
}

fn lower() -> Vec<u8> {
    Builder::new().file("a", "1").file("d/b", "1").done()
}

fn upper() -> Vec<u8> {
    Builder::new().file("d/.wh.b", "").file("c", "2").done()
}

/// As `docker save` wrote them before version 25, with the documents at the end and layers behind links.
fn docker(images: &[(&str, &str)]) -> Builder {
    let ids = [Digest::sha256(&lower()), Digest::sha256(&upper())];
    let mut builder = bytes(Builder::new(), "one.tar", &lower());
    builder = bytes(builder, "two/layer.tar", &upper()).symbolic("one/layer.tar", "../one.tar");
    builder = builder.hard("three/layer.tar", "two/layer.tar");
    let mut saved = Vec::new();
    for (name, architecture) in images {
        builder = builder.file(&format!("{architecture}.json"), &config(architecture, &ids));
        saved.push(serde_json::json!({
            "Config": format!("{architecture}.json"), "RepoTags": [name],
            "Layers": ["one/layer.tar", "three/layer.tar"],
        }));
    }
    builder.file("manifest.json", &serde_json::Value::from(saved).to_string())
}

#[test]
fn saved_by_docker() {
    let image = read(&docker(&[("example.com/app:1", "amd64")]).done(), &Choice::default()).unwrap();
    assert_eq!(list(&image.tree), ["a 1", "c 2", "d/"]);
    assert_eq!((image.names, image.diff_ids.len()), (vec!["example.com/app:1".to_owned()], 2));
    assert!(image.manifest.is_none());
}

#[test]
fn several_images_must_be_told_apart() {
    let archive = docker(&[("example.com/app:1", "amd64"), ("example.com/app:2", "arm64")]).done();
    let error = read(&archive, &Choice::default()).unwrap_err().to_string();
    assert!(error.contains("example.com/app:1 (linux/amd64), example.com/app:2 (linux/arm64)"), "{error}");
    let named = |name: &str| Choice { name: Some(name.to_owned()), ..Choice::default() };
    for name in ["2", "example.com/app:2"] {
        assert_eq!(read(&archive, &named(name)).unwrap().names, ["example.com/app:2"]);
    }
    assert!(matches!(read(&archive, &named("3")), Err(ImageError::NotFound { .. })));
    let arm = || Some("linux/arm64".parse().unwrap());
    let platform = Choice { platform: arm(), ..Choice::default() };
    assert_eq!(read(&archive, &platform).unwrap().names, ["example.com/app:2"]);
    let preferred = Choice { preferred: arm(), ..Choice::default() };
    assert_eq!(read(&archive, &preferred).unwrap().names, ["example.com/app:2"]);
}

/// A layout with a gzip layer twice, and what Docker adds to it since version 25.
fn layout(also_docker: bool) -> (Builder, Digest) {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&lower()).unwrap();
    let layer = encoder.finish().unwrap();
    let config = config("amd64", &[Digest::sha256(&lower()), Digest::sha256(&lower())]);
    let descriptor = |bytes: &[u8], kind: &str| {
        serde_json::json!({
            "mediaType": format!("application/vnd.oci.image.{kind}"),
            "digest": Digest::sha256(bytes), "size": bytes.len(),
        })
    };
    let described = descriptor(&layer, "layer.v1.tar+gzip");
    let manifest = serde_json::json!({
        "schemaVersion": 2, "config": descriptor(config.as_bytes(), "config.v1+json"),
        "layers": [described, described],
    })
    .to_string();
    let index = serde_json::json!({
        "schemaVersion": 2, "manifests": [descriptor(manifest.as_bytes(), "manifest.v1+json")],
    });
    let blob = |content: &[u8]| format!("blobs/sha256/{}", Digest::sha256(content).hex());
    let mut builder = Builder::new().directory("blobs/").directory("blobs/sha256/");
    for content in [&layer[..], config.as_bytes(), manifest.as_bytes()] {
        builder = bytes(builder, &blob(content), content);
    }
    builder = builder.file("index.json", &index.to_string());
    if also_docker {
        let saved = serde_json::json!([{
            "Config": blob(config.as_bytes()), "RepoTags": ["example.com/app:1"],
            "Layers": [blob(&layer), blob(&layer)],
        }]);
        builder = builder.file("manifest.json", &saved.to_string());
    }
    let builder = builder.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    (builder, Digest::sha256(manifest.as_bytes()))
}

#[test]
fn layouts_have_the_manifest_that_is_attested() {
    for (also_docker, names) in [(false, vec![]), (true, vec!["example.com/app:1"])] {
        let (builder, digest) = layout(also_docker);
        let image = read(&builder.done(), &Choice::default()).unwrap();
        assert_eq!(image.manifest.unwrap().digest, digest);
        assert_eq!(image.names, names);
        assert_eq!(list(&image.tree), ["a 1", "d/", "d/b 1"]);
        assert_eq!(image.tree.get("a").unwrap().layer, 1);
    }
}

#[test]
fn what_is_not_as_it_is_named_is_refused() {
    let ids = [Digest::sha256(b"other")];
    let archive = |layer: &[u8]| {
        let saved = r#"[{"Config":"c.json","RepoTags":null,"Layers":["l.tar"]}]"#;
        bytes(Builder::new(), "l.tar", layer)
            .file("c.json", &config("amd64", &ids))
            .file("manifest.json", saved)
            .done()
    };
    assert!(matches!(fault(&archive(&lower())), LayerFault::DiffId { .. }));
    let absent = Builder::new().file("manifest.json", r#"[{"Config":"c.json","Layers":[]}]"#).done();
    assert!(matches!(read(&absent, &Choice::default()), Err(ImageError::Incomplete { .. })));
    let other = Builder::new().file("a", "1").done();
    assert!(matches!(read(&other, &Choice::default()), Err(ImageError::NotAnImage)));
    let twice = docker(&[("a:1", "amd64")]).file("manifest.json", "[]").done();
    assert!(matches!(read(&twice, &Choice::default()), Err(ImageError::Archive(LayerFault::Doubled { .. }))));
    let whole = docker(&[("a:1", "amd64")]).done();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&whole[..3000]).unwrap();
    assert!(read_archive(file.path(), &Choice::default(), &Everything, &options()).is_err());
    assert!(read_stream(&whole[..3000], &Choice::default(), &Everything, &options()).is_err());
}

/// The two ways name the layer differently, and find the same fault.
fn fault(bytes: &[u8]) -> LayerFault {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let streamed = read_stream(Cursor::new(bytes), &Choice::default(), &Everything, &options());
    assert!(matches!(streamed, Err(ImageError::Layer { fault: LayerFault::DiffId { .. }, .. })));
    match read_archive(file.path(), &Choice::default(), &Everything, &options()).unwrap_err() {
        ImageError::Layer { fault, .. } => fault,
        other => panic!("{other}"),
    }
}
