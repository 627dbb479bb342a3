//! `cosign manifest verify`.

use std::path::Path;

use clap::Args;
use clap::Subcommand;
use portcullis::limits;
use serde_json::Value;
use serde_saphyr::DuplicateKeyPolicy;

use super::arguments::GlobalFlags;
use super::blob;
use super::error::Failure;
use super::error::Result;
use super::verify;
use super::verify::VerifyFlags;
use crate::cli::output::say;

/// Provides utilities for discovering images in and performing operations on Kubernetes manifests
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Box<Verify>),
}

/// Verify all signatures of images specified in the manifest
#[derive(Args, Debug)]
struct Verify {
    #[command(flatten)]
    flags: VerifyFlags,
    /// The manifest
    #[arg(value_name = "MANIFEST")]
    files: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options, global: &GlobalFlags) -> Result {
    let Command::Verify(options) = &options.command;
    let [file] = options.files.as_slice() else {
        return Err(Failure::new(format!("accepts 1 arg(s), received {}", options.files.len())));
    };
    let path = Path::new(file);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !["yaml", "yml"].iter().any(|allowed| extension.eq_ignore_ascii_case(allowed)) {
        return Err(Failure::new(
            "check if extension is valid: only [.yaml .yml] manifests are supported at this time",
        ));
    }
    let bytes =
        blob::read(path, limits::MANIFEST_BYTES).map_err(|error| error.context("could not read manifest"))?;
    let images = images(&bytes)?;
    if images.is_empty() {
        return Err(Failure::new("no images found in manifest"));
    }
    say(format_args!("Extracted image(s): {}", portcullis::report::printable(&images.join(", "))));
    verify::images(&options.flags, &images, global)
}

/// The images of all objects. Off-spec: ephemeral containers and the items of a list as well, which cosign
/// passes over unverified.
fn images(bytes: &[u8]) -> Result<Vec<String>> {
    let mut images = Vec::new();
    for document in documents(bytes).ok_or_else(undecodable)? {
        object(&document, &mut images).ok_or_else(undecodable)?;
    }
    Ok(images)
}

fn undecodable() -> Failure {
    Failure::new(
        "unable to extract the container image references in the manifest unable to decode the manifest",
    )
}

/// JSON objects one after the other, or YAML documents.
fn documents(bytes: &[u8]) -> Option<Vec<Value>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.trim_start().starts_with('{')
        && let Ok(documents) = serde_json::Deserializer::from_str(text).into_iter().collect()
    {
        return Some(documents);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 1_000_000, max_nodes: 500_000, max_depth: 100, max_documents: 10_000 },
        duplicate_keys: DuplicateKeyPolicy::Error,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000, max_replay_stack_depth: 8 },
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).ok()
}

/// Adds the images of one object; `None` if it has another shape than Kubernetes gives it.
fn object(value: &Value, images: &mut Vec<String>) -> Option<()> {
    if value.is_null() {
        return Some(());
    }
    value.as_object()?;
    for item in list(value, "items")? {
        object(item, images)?;
    }
    let spec = member(value, "spec")?;
    pod(spec, images)?;
    pod(member(member(spec, "template")?, "spec")?, images)?;
    let job = member(member(spec, "jobTemplate")?, "spec")?;
    pod(member(member(job, "template")?, "spec")?, images)
}

fn pod(spec: &Value, images: &mut Vec<String>) -> Option<()> {
    for containers in ["initContainers", "containers", "ephemeralContainers"] {
        for container in list(spec, containers)? {
            match member(container, "image")? {
                Value::Null => {}
                image => images.extend(Some(image.as_str()?.to_owned()).filter(|image| !image.is_empty())),
            }
        }
    }
    Some(())
}

fn list<'a>(value: &'a Value, name: &str) -> Option<&'a [Value]> {
    match member(value, name)? {
        Value::Null => Some(&[]),
        list => list.as_array().map(Vec::as_slice),
    }
}

/// A member by its name in any case, as Go reads JSON; `None` if there are several.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_object().into_iter().flatten();
    let mut members = members.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    match (members.next(), members.next()) {
        (first, None) => Some(first.unwrap_or(&Value::Null)),
        (_, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        images(text.as_bytes()).map_or_else(|_| "refused".to_owned(), |images| images.join(", "))
    }

    /// The second column is what cosign 3.1.1 extracts.
    #[test]
    fn finds_what_cosign_finds() {
        for (text, expected) in [
            (
                "spec:\n  containers:\n  - image: c1\n  - image: c2\n  initContainers:\n  - image: i1\n",
                "i1, c1, c2",
            ),
            (
                "kind: Deployment\nspec: {template: {spec: {containers: [{image: c1}], initContainers: [{image: i1}]}}}",
                "i1, c1",
            ),
            (
                "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: c1}]}}}}}",
                "c1",
            ),
            ("spec: {containers: [{image: c1}]}\n---\nspec: {containers: [{image: c2}]}\n---\n", "c1, c2"),
            (r#"{"spec":{"containers":[{"image":"j1"}]}}"#, "j1"),
            (r#"{"spec":{"containers":[{"image":"j1"}]}}{"spec":{"containers":[{"image":"j2"}]}}"#, "j1, j2"),
            ("spec:\n  containers:\n  - &a\n    image: c1\n  - *a\n", "c1, c1"),
            ("Spec:\n  Containers:\n  - Image: upper\n", "upper"),
            ("kind: ConfigMap\ndata: {}\n", ""),
            ("spec: {containers: [{image: \"\"}, {name: x}]}", ""),
            ("spec: null", ""),
            ("", ""),
            ("a: [", "refused"),
            ("hello", "refused"),
            ("spec: {containers: 5}", "refused"),
            ("spec: {containers: [{image: 5}]}", "refused"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn finds_what_cosign_passes_over() {
        assert_eq!(found("kind: List\nitems:\n- spec: {containers: [{image: l1}]}\n"), "l1");
        assert_eq!(found("spec: {containers: [{image: c}], ephemeralContainers: [{image: e}]}"), "c, e");
        // Which of both the cluster takes is not for a reader to guess.
        assert_eq!(found("spec: {containers: [{image: c1}]}\nspec: {containers: [{image: c2}]}"), "refused");
        assert_eq!(found("spec: {containers: [{image: c1}]}\nSpec: {containers: [{image: c2}]}"), "refused");
    }
}
