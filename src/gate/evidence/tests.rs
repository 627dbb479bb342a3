use super::*;
use crate::gate::fixtures::*;

fn bind_text(text: &str) -> Result<usize, Unbound> {
    bind(&crate::scan::read(text.as_bytes()).unwrap()[0], index().platforms())
}

fn metadata(kind: &str, fields: &str) -> Result<usize, Unbound> {
    bind_text(&format!(r#"{{"SchemaVersion":2,"ArtifactType":"{kind}","Metadata":{{{fields}}}}}"#))
}

fn image(fields: &str) -> Result<usize, Unbound> {
    metadata("container_image", fields)
}

fn id(architecture: &str) -> String {
    format!(r#""ImageID":"{}""#, digest(&format!("config {architecture}")))
}

fn layers(architecture: &str) -> String {
    format!(r#""DiffIDs":["{}","{}"]"#, digest("layer"), digest(&format!("layer {architecture}")))
}

fn config(os: &str, architecture: &str) -> String {
    format!(r#""ImageConfig":{{"os":"{os}","architecture":"{architecture}"}}"#)
}

#[test]
fn the_image_id_decides() {
    assert_eq!(image(&id("amd64")), Ok(0));
    assert_eq!(image(&id("arm64")), Ok(1));
    assert_eq!(image(&format!("{},{}", id("arm64"), config("linux", "arm64"))), Ok(1));
    assert!(matches!(image(&id("s390x")), Err(Unbound::OtherImage { .. })));
}

#[test]
fn layers_decide_together_with_the_platform() {
    assert_eq!(image(&format!("{},{}", layers("arm64"), config("linux", "arm64"))), Ok(1));
    // Another image id, as a daemon may give it, with the same layers.
    assert_eq!(image(&format!("{},{},{}", id("x"), layers("amd64"), config("linux", "amd64"))), Ok(0));
    assert!(matches!(image(&layers("amd64")), Err(Unbound::OtherPlatform { .. })));
    assert!(matches!(
        image(&format!("{},{}", layers("amd64"), config("", "amd64"))),
        Err(Unbound::OtherPlatform { .. })
    ));
    let part = format!(r#""DiffIDs":["{}"],{}"#, digest("layer"), config("linux", "amd64"));
    assert!(matches!(image(&part), Err(Unbound::OtherImage { .. })));
}

#[test]
fn a_contradiction_is_refused() {
    let fields = format!("{},{}", id("amd64"), config("linux", "arm64"));
    assert!(matches!(image(&fields), Err(Unbound::OtherPlatform { .. })));
    let fields = format!("{},{}", id("amd64"), config("windows", "amd64"));
    assert!(matches!(image(&fields), Err(Unbound::OtherPlatform { .. })));
    let fields = format!("{},{}", id("amd64"), layers("arm64"));
    assert!(matches!(image(&fields), Err(Unbound::OtherLayers { .. })));
    assert_eq!(image(&format!("{},{}", id("amd64"), layers("amd64"))), Ok(0));
}

#[test]
fn names_are_no_proof() {
    let index = digest("index");
    assert_eq!(
        image(&format!(r#""RepoDigests":["registry.example/app@{index}"]"#)),
        Err(Unbound::NoIdentity)
    );
    assert_eq!(image(r#""DiffIDs":[],"RepoTags":["registry.example/app:1.0"]"#), Err(Unbound::NoIdentity));
}

#[test]
fn only_an_image_is_an_image() {
    for kind in ["filesystem", "repository", "cyclonedx", "vm", ""] {
        assert!(matches!(metadata(kind, &id("amd64")), Err(Unbound::Kind { .. })), "{kind}");
    }
}

#[test]
fn scopes() {
    assert_eq!(scope(&index(), &digest("index")), Scope::Image);
    assert_eq!(scope(&index(), &digest("manifest arm64")), Scope::Platform(1));
    assert_eq!(scope(&index(), &digest("config arm64")), Scope::Other);
    assert_eq!(scope(&plain(), &digest("manifest amd64")), Scope::Image);
}
