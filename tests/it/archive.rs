//! Archives of evidence: what `pack` writes decides as the registry did, and nothing that is changed in it
//! decides otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::cli;
use super::interop;
use crate::support::authority::sha256;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;

const ROOT: &str = "testdata/interop/trusted_root.json";

async fn run(arguments: &[&str]) -> Output {
    let output = tokio::process::Command::new(cli::BINARY)
        .args(arguments)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(std::process::Stdio::null())
        .output();
    output.await.unwrap()
}

fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(all).unwrap()
}

/// The registry of one case of `testdata/interop`, as it was saved or copied.
async fn registry(layout: &Path, image: &str) -> TestRegistry {
    let index: Value = serde_json::from_slice(&interop::read(&layout.join("index.json"))).unwrap();
    let saved = index["manifests"][0]["annotations"].get("kind").is_some();
    let referrers = if saved { ReferrersApi::Present { page: 1 } } else { ReferrersApi::Absent };
    let registry = TestRegistry::start(Options { referrers, ..Options::default() }).await;
    interop::load(&registry, layout, &index, image);
    registry
}

/// The questions that are asked of an image, by its registry and by its archive.
fn questions(case: &Path, described: &Value, summary: &str) -> Vec<Vec<String>> {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let policy = case.join("portcullis.yaml").display().to_string();
    let root = case.join(described["trusted-root"].as_str().unwrap()).display().to_string();
    let mut questions = Vec::new();
    for report in described["gate"].as_array().unwrap() {
        for format in ["text", "json"] {
            let mut gate = own(&["gate", "--at", cli::AT, "--format", format, "--summary", summary]);
            gate.extend(own(&["--policy", &policy, "--trusted-root", &root]));
            if let Some(report) = report["report"].as_str() {
                gate.extend(own(&["--scan", &case.join(report).display().to_string()]));
            }
            questions.push(gate);
        }
    }
    let signer = match described["identity"].as_str() {
        Some(identity) => own(&["--identity", identity, "--issuer", described["issuer"].as_str().unwrap()]),
        None => own(&["--key", &case.join("cosign.pub").display().to_string()]),
    };
    for more in [own(&[]), own(&["--format", "json"]), own(&["--type", "spdxjson", "--format", "json"])] {
        questions.push([own(&["verify", "--trusted-root", &root]), signer.clone(), more].concat());
    }
    questions
}

/// Every case of `testdata/interop`, with every question, from the registry and from the archive, when the
/// registry is gone.
#[tokio::test]
async fn an_archive_decides_as_the_registry_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (archive, summary) = (path("evidence.tar"), path("summary.md"));
    let mut compared = 0;
    for (case, described) in interop::cases() {
        let digest = described["image"].as_str().unwrap();
        let registry = registry(&case.join(described["layout"].as_str().unwrap()), digest).await;
        let image = format!("{}/app:latest", registry.address);
        let pinned = format!("{}/app@{digest}", registry.address);
        for image in [image, pinned] {
            let questions = questions(&case, &described, &summary);
            let mut online = Vec::new();
            for question in &questions {
                let words: Vec<&str> = question.iter().map(String::as_str).chain([image.as_str()]).collect();
                let _ = fs::remove_file(&summary);
                let output = run(&words).await;
                assert!(!output.stdout.is_empty(), "{words:?}: {}", text(&output));
                online.push((output, fs::read(&summary).ok()));
            }
            let packed = run(&["pack", &image, "-o", &archive]).await;
            assert!(packed.status.success(), "{}", text(&packed));
            // Nobody is asked any more.
            let before = registry.seen().len();
            for (question, (online, written)) in questions.iter().zip(online) {
                let named = format!("oci-archive:{archive}");
                let spellings = [
                    vec!["--archive", &archive, &image],
                    vec!["--archive", &archive],
                    vec!["--offline", &named],
                ];
                for spelling in spellings {
                    let words: Vec<&str> = question.iter().map(String::as_str).chain(spelling).collect();
                    let _ = fs::remove_file(&summary);
                    let output = run(&words).await;
                    assert_eq!(output.status.code(), online.status.code(), "{words:?}: {}", text(&output));
                    // `verify` names the image as it was typed.
                    let found = match question[0].as_str() {
                        "verify" => String::from_utf8(output.stdout.clone()).unwrap().replace(&named, &image),
                        _ => String::from_utf8(output.stdout.clone()).unwrap(),
                    };
                    assert_eq!(found.as_bytes(), online.stdout, "{words:?}: {}", text(&output));
                    assert_eq!(output.stderr, online.stderr, "{words:?}");
                    assert_eq!(fs::read(&summary).ok(), written, "{words:?}");
                    compared += 1;
                }
            }
            assert_eq!(registry.seen().len(), before, "{image} was asked for");
        }
    }
    // Twelve cases by tag and digest, three spellings each; 14 gates in two formats, three verifications.
    assert_eq!(compared, 2 * 3 * (14 * 2 + 12 * 3));
}

async fn demo(folder: &Path) -> (TestRegistry, String, String) {
    let layout = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/demo/layout");
    let digest = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
    let registry = registry(&layout, digest).await;
    let image = format!("{}/app:latest", registry.address);
    let archive = folder.join("evidence.tar").display().to_string();
    let policy = "testdata/interop/demo/portcullis.yaml";
    let packed = run(&["pack", &image, "-o", &archive, "--policy", policy, "--trusted-root", ROOT]).await;
    assert!(packed.status.success(), "{}", text(&packed));
    (registry, image, archive)
}

const SIGNER: [&str; 4] = [
    "--identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--issuer",
    "https://token.actions.githubusercontent.com",
];

/// What nobody packed is no answer: neither "not signed" nor "not there".
#[tokio::test]
async fn what_was_not_packed_is_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, image, archive) = demo(folder.path()).await;
    let other = format!("{}/other:1", registry.address);
    let verify = [&["verify", "--trusted-root", ROOT, "--archive", &archive][..], &SIGNER].concat();
    let output = run(&[&verify[..], &[&other]].concat()).await;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("not in the archive") && said.contains(&image), "{said}");
    assert!(!said.contains("no signature"), "{said}");
    let output =
        run(&["gate", "--policy", "testdata/interop/demo/portcullis.yaml", "--archive", &archive, &other])
            .await;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("not in the archive"), "{}", text(&output));
    // Asked for another second repository, or under another prefix, than at packing time.
    let output = run(&[&verify[..], &["--attachment-tag-prefix", "x-", &image]].concat()).await;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("not in the archive"), "{}", text(&output));
}

/// A platform that was left out is not one that is not signed.
#[tokio::test]
async fn a_platform_that_was_not_packed_is_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("evidence.tar").display().to_string();
    let layout = "oci:testdata/interop/index-legacy/layout:latest";
    let packed = run(&["pack", layout, "-o", &archive, "--platform", "linux/amd64"]).await;
    assert!(packed.status.success(), "{}", text(&packed));
    let policy = "testdata/interop/index-legacy/portcullis.yaml";
    let gate = ["gate", "--policy", policy, "--trusted-root", ROOT, "--at", cli::AT, "--archive", &archive];
    let both = run(&gate).await;
    assert_eq!(both.status.code(), Some(2), "{}", text(&both));
    assert!(
        text(&both).contains("not in the archive") && text(&both).contains("linux/amd64"),
        "{}",
        text(&both)
    );
    let one = run(&[&gate[..], &["--platform", "linux/amd64"]].concat()).await;
    assert!(!text(&one).contains("not in the archive"), "{}", text(&one));
}

/// Root and policy of an archive are used where the archive is named for it, and only there.
#[tokio::test]
async fn root_and_policy_are_taken_from_the_archive_by_name_only() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, _, archive) = demo(folder.path()).await;
    let by_default = run(&[&["verify", "--archive", &archive][..], &SIGNER].concat()).await;
    assert_eq!(
        by_default.status.code(),
        Some(1),
        "the public instance did not sign it: {}",
        text(&by_default)
    );
    let named = format!("oci-archive:{archive}");
    let asked =
        run(&[&["verify", "--archive", &archive, "--trusted-root", &named][..], &SIGNER].concat()).await;
    assert_eq!(asked.status.code(), Some(0), "{}", text(&asked));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("note: the trusted root sha256:"));
    let scan = ["--at", cli::AT, "--scan", cli::PROMOTE];
    let gate =
        [&["gate", "--archive", &archive, "--policy", &named, "--trusted-root", &named][..], &scan].concat();
    let output = run(&gate).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let without = run(&["gate", "--archive", &archive, "--policy", "no-such-file.yaml"]).await;
    assert_eq!(without.status.code(), Some(2));
}

#[tokio::test]
async fn show_and_unpack() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, image, archive) = demo(folder.path()).await;
    let shown = run(&["show", &archive]).await;
    let said = text(&shown);
    for word in [&image, "https://spdx.dev/Document", "signature", "referrers API", "trusted_root.json"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let document: Value =
        serde_json::from_slice(&run(&["show", "-o", "json", &archive]).await.stdout).unwrap();
    assert_eq!(document["images"][0]["reference"], image);
    assert_eq!(document["files"].as_array().unwrap().len(), 2);
    let directory = folder.path().join("unpacked");
    let target = directory.display().to_string();
    let unpacked = run(&["unpack", &archive, "-d", &target]).await;
    assert!(unpacked.status.success(), "{}", text(&unpacked));
    let root = directory.join("trusted_root.json").display().to_string();
    assert_eq!(fs::read(&root).unwrap(), fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(ROOT)).unwrap());
    let layout = format!("oci:{target}");
    let verified = run(&[&["verify", "--trusted-root", &root, &layout][..], &SIGNER].concat()).await;
    assert!(verified.status.success(), "{}", text(&verified));
    let again = run(&["unpack", &archive, "-d", &target]).await;
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
    assert!(text(&again).contains("not overwritten"), "{}", text(&again));
}

/// The same content makes the same archive, but for the time.
#[tokio::test]
async fn layers_are_packed_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, image, archive) = demo(folder.path()).await;
    let layers = folder.path().join("layers.tar").display().to_string();
    let packed = run(&["pack", &image, "-o", &layers, "--with-layers"]).await;
    assert!(packed.status.success(), "{}", text(&packed));
    let layer = "blobs/sha256/9ecfa85d144afdb8471785da163fdd0d04f9f346a3c8d0438f5b47385ef04aa0";
    let has = |archive: &str| {
        let bytes = fs::read(archive).unwrap();
        bytes.windows(layer.len()).any(|window| window == layer.as_bytes())
    };
    assert!(!has(&archive) && has(&layers));
    let before = registry.seen().len();
    let output =
        run(&[&["verify", "--trusted-root", ROOT, "--archive", &layers][..], &SIGNER].concat()).await;
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(registry.seen().len(), before);
}

#[tokio::test]
async fn nothing_is_packed_where_something_cannot_be_read() {
    use crate::support::registry::Misbehaviour;
    let folder = tempfile::tempdir().unwrap();
    let (registry, image, archive) = demo(folder.path()).await;
    fs::remove_file(&archive).unwrap();
    registry.misbehave("/referrers/", Misbehaviour::status(403));
    let packed = run(&["pack", &image, "-o", &archive]).await;
    assert_eq!(packed.status.code(), Some(2), "{}", text(&packed));
    assert!(text(&packed).contains("403"), "{}", text(&packed));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-written is left");
}

/// A byte that is changed is refused, or changes nothing.
#[tokio::test]
async fn a_changed_byte_decides_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, image, archive) = demo(folder.path()).await;
    let good = fs::read(&archive).unwrap();
    let changed = folder.path().join("changed.tar");
    let path = changed.display().to_string();
    let question =
        [&["verify", "--trusted-root", ROOT, "--format", "json", "--archive", &path][..], &SIGNER].concat();
    fs::write(&changed, &good).unwrap();
    let expected = run(&question).await;
    assert!(expected.status.success() && text(&expected).contains(&image));
    let (mut refused, mut same) = (0, 0);
    // Every header byte that means something is in a block; each block is met at several places.
    for position in (0..good.len()).step_by(163) {
        let mut bytes = good.clone();
        bytes[position] ^= 0x04;
        fs::write(&changed, &bytes).unwrap();
        let output = run(&question).await;
        match output.status.code() {
            Some(0) => {
                assert_eq!(output.stdout, expected.stdout, "byte {position}");
                same += 1;
            }
            Some(2) => refused += 1,
            code => panic!("byte {position}: {code:?}: {}", text(&output)),
        }
    }
    assert!(refused > same && same > 0, "{refused} refused, {same} the same");
}

/// Cut off, doubled, compressed, emptied: refused with the reason, never "not signed".
#[tokio::test]
async fn broken_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, _, archive) = demo(folder.path()).await;
    let good = fs::read(&archive).unwrap();
    let broken = folder.path().join("broken.tar");
    let path = broken.display().to_string();
    let check = async |bytes: Vec<u8>, word: &str| {
        fs::write(&broken, bytes).unwrap();
        for command in ["verify", "show"] {
            let output = match command {
                "show" => run(&["show", &path]).await,
                _ => {
                    run(&[&["verify", "--trusted-root", ROOT, "--archive", &path][..], &SIGNER].concat())
                        .await
                }
            };
            assert_eq!(output.status.code(), Some(2), "{word}: {}", text(&output));
            assert!(text(&output).contains(word), "{word}: {}", text(&output));
            assert!(!text(&output).contains("no signature"), "{word}: {}", text(&output));
        }
    };
    check(good[..good.len() / 2].to_vec(), "cut off").await;
    check(good[..good.len() - 1024].to_vec(), "cut off").await;
    check(Vec::new(), "cut off").await;
    check([&[0x1f, 0x8b][..], &good[2..]].concat(), "gunzip").await;
    let doubled = [&good[..good.len() - 1024], &good].concat();
    check(doubled, "two entries of one name").await;
}

/// The files of an archive, and an archive of files.
fn unpacked(archive: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(fs::File::open(archive).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.insert(entry.path().unwrap().display().to_string(), text);
    }
    files
}

fn packed(archive: &str, files: &BTreeMap<String, String>) {
    let mut builder = tar::Builder::new(fs::File::create(archive).unwrap());
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len()).unwrap());
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.finish().unwrap();
}

/// An archive that says one digest of an image, and answers its name with another one that is well signed:
/// whoever asked for the first one must not get the second.
#[tokio::test]
async fn a_name_stands_for_the_digest_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, image, archive) = demo(folder.path()).await;
    let signed = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
    let other = format!("sha256:{}", "a".repeat(64));
    let verify = [&["verify", "--trusted-root", ROOT][..], &SIGNER].concat();
    for (digest, code) in [(signed, 0), (other.as_str(), 2)] {
        let pinned = format!("oci-archive:{archive}@{digest}");
        let output = run(&[&verify[..], &[&pinned]].concat()).await;
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    }
    let mut files = unpacked(&archive);
    let name_of = |files: &BTreeMap<String, String>, word: &str| {
        let found = files.iter().find(|(name, text)| name.starts_with("blobs/") && text.contains(word));
        found.unwrap().0.clone()
    };
    // Each replaced text is as long as the new one, so no size changes.
    let mut replace = |name: String, from: &str, to: &str| {
        let new = files.remove(&name).unwrap().replacen(from, to, 1);
        let (old, now) = (name.rsplit('/').next().unwrap().to_owned(), sha256(new.as_bytes()));
        let now = now.trim_start_matches("sha256:").to_owned();
        files.insert(format!("blobs/sha256/{now}"), new);
        (old, now)
    };
    let record = name_of(&unpacked(&archive), "\"schemaVersion\":1,\"packed\"");
    let artifact = name_of(&unpacked(&archive), "\"artifactType\":\"application/vnd.portcullis.evidence");
    let said = format!("\"{image}\",\"digest\":\"");
    let (old, new) = replace(record, &format!("{said}{signed}"), &format!("{said}{other}"));
    assert_ne!(old, new);
    let (old, new) = replace(artifact, &old, &new);
    let index = files["index.json"].replacen(signed, &other, 1).replace(&old, &new);
    files.insert("index.json".to_owned(), index);
    let forged = folder.path().join("forged.tar").display().to_string();
    packed(&forged, &files);
    let pinned = format!("oci-archive:{forged}@{other}");
    for place in [&["--archive", &forged][..], &[&format!("oci-archive:{forged}")], &[&pinned]] {
        let output = run(&[&verify[..], place].concat()).await;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("stands for another one"), "{}", text(&output));
    }
}

/// An image in one archive is not answered by another one.
#[tokio::test]
async fn one_archive_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_registry, _, archive) = demo(folder.path()).await;
    let other = folder.path().join("other.tar").display().to_string();
    fs::copy(&archive, &other).unwrap();
    let named = format!("oci-archive:{other}");
    let verify =
        [&["verify", "--trusted-root", ROOT, "--archive", &archive][..], &SIGNER, &[&named]].concat();
    let policy = "testdata/interop/demo/portcullis.yaml";
    let gate = ["gate", "--policy", policy, "--trusted-root", ROOT, "--archive", &archive, &named];
    for arguments in [&verify[..], &gate] {
        let output = run(arguments).await;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("and --archive is"), "{}", text(&output));
    }
}
