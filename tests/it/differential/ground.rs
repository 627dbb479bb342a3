//! Where the commands run: evidence, registries, a home of their own, and nothing else of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use portcullis::digest::Digest;
use serde_json::Value;
use serde_json::json;
use tokio::runtime::Runtime;

use super::case;
use super::case::Case;
use super::outcome::Outcome;
use crate::support::registry::INDEX;
use crate::support::registry::Options;
use crate::support::registry::ReferrersApi;
use crate::support::registry::TestRegistry;

/// What stays the same for all cases.
pub(super) struct Ground {
    /// Placeholders of the command lines that stand for places, by name; they go back into the outcomes.
    places: Vec<(&'static str, String)>,
    /// Placeholders that are abbreviations.
    words: Vec<(&'static str, String)>,
    vectors: bool,
    _registries: [TestRegistry; 2],
    _runtime: Runtime,
}

impl Ground {
    /// Starts the registries and loads them.
    pub(super) fn prepare() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let interop = package.join("testdata/interop");
        let evidence = package.join("testdata/differential/evidence");
        let start =
            |referrers| runtime.block_on(TestRegistry::start(Options { referrers, ..Options::default() }));
        let registries = [start(ReferrersApi::Absent), start(ReferrersApi::Present { page: 100 })];
        for registry in &registries {
            load_all(registry, &interop, &evidence.join("images"));
        }
        let vectors = crate::support::vectors();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let mut places = vec![
            ("{plain}", registries[0].address.to_string()),
            ("{registry}", registries[1].address.to_string()),
            ("{evidence}", path(&evidence)),
            ("{interop}", path(&interop)),
            ("{tuf}", path(&package.join("testdata/tuf"))),
        ];
        places.extend(vectors.as_ref().map(|folder| ("{vectors}", path(&folder.join("cosign")))));
        let words = vec![
            ("{trust}", "--trusted-root {evidence}/trust/trusted_root.json".to_owned()),
            ("{signer}", "--certificate-identity {identity} --certificate-oidc-issuer {issuer}".to_owned()),
            ("{identity}", IDENTITY.to_owned()),
            ("{issuer}", "https://token.actions.githubusercontent.com".to_owned()),
            ("{image}", IMAGE.to_owned()),
        ];
        Self { places, words, vectors: vectors.is_some(), _registries: registries, _runtime: runtime }
    }

    /// Runs a case; `None` where its evidence is absent.
    pub(super) fn run(&self, case: &Case, command: &[&str]) -> Option<Outcome> {
        if case.run.contains("{vectors}") && !self.vectors {
            return None;
        }
        let work = tempfile::Builder::new().prefix("differential-").tempdir().unwrap();
        let folder = work.path().to_str().unwrap();
        fs::create_dir(work.path().join("home")).unwrap();
        for (name, text) in &case.files {
            fs::write(work.path().join(name), self.expand(text, folder)).unwrap();
        }
        if let Some(before) = &case.before {
            self.execute(case, command, before, folder);
        }
        let output = self.execute(case, command, &case.run, folder);
        let files =
            case.outputs.iter().map(|name| (name.clone(), self.made(&work.path().join(name), folder)));
        let text = |bytes: &[u8]| self.contract(&String::from_utf8_lossy(bytes), folder);
        Some(Outcome::new(
            output.status.code().unwrap_or(-1),
            &text(&output.stdout),
            &text(&output.stderr),
            files.collect(),
        ))
    }

    fn execute(&self, case: &Case, command: &[&str], line: &str, work: &str) -> Output {
        let mut arguments = command.iter().map(|word| (*word).to_owned());
        let mut process = Command::new(arguments.next().unwrap());
        let line = self.words.iter().fold(line.to_owned(), |line, (name, value)| line.replace(name, value));
        process.args(arguments).args(case::words(&line).iter().map(|word| self.expand(word, work)));
        process
            .current_dir(work)
            .env_clear()
            .env("HOME", format!("{work}/home"))
            .env("PATH", "/usr/bin:/bin");
        process.env("HTTPS_PROXY", NOWHERE).env("HTTP_PROXY", NOWHERE).env("NO_PROXY", "127.0.0.1");
        if case.keys {
            let trust = self.expand("{evidence}/trust", work);
            process.envs(KEYS.iter().map(|(name, file)| (name, format!("{trust}/{file}"))));
        }
        process.envs(case.env.iter().map(|(name, value)| (name, self.expand(value, work))));
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // Who does not read its standard input is not at fault.
        drop(child.stdin.take().unwrap().write_all(case.stdin.as_bytes()));
        child.wait_with_output().unwrap()
    }

    fn expand(&self, text: &str, work: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in self.words.iter().chain(&self.places) {
            text = text.replace(name, value);
        }
        text.replace("{work}", work)
    }

    /// Puts the placeholders back.
    fn contract(&self, text: &str, work: &str) -> String {
        let mut text = text.replace(work, "{work}");
        for (name, value) in &self.places {
            text = text.replace(value, name);
        }
        text
    }

    /// What a command made: the document or text of a file, or the files of a folder with their digests.
    fn made(&self, path: &Path, work: &str) -> Value {
        if path.is_dir() {
            let mut files = BTreeMap::new();
            list(path, path, &mut files);
            return json!(files);
        }
        let Ok(bytes) = fs::read(path) else { return Value::Null };
        let text = self.contract(&String::from_utf8_lossy(&bytes), work);
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }
}

/// The files of a folder: what is not named by its digest, as a document.
fn list(root: &Path, folder: &Path, files: &mut BTreeMap<String, Value>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, files);
            continue;
        }
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&path).unwrap();
        let content = match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut index) if name == "index.json" => {
                let manifests = index["manifests"].as_array_mut().into_iter();
                manifests.for_each(|manifests| manifests.sort_by_cached_key(ToString::to_string));
                index
            }
            Ok(document) if name == "oci-layout" => document,
            _ => json!(Digest::sha256(&bytes).to_string()),
        };
        files.insert(name, content);
    }
}

/// Every layout as a repository: those of `interop` by the name of their case, the others by their own.
fn load_all(registry: &TestRegistry, interop: &Path, images: &Path) {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    for case in folders(interop) {
        load(registry, &case.join("layout"), case.file_name().unwrap().to_str().unwrap());
    }
    for layout in folders(images) {
        load(registry, &layout, layout.file_name().unwrap().to_str().unwrap());
    }
}

/// Puts a layout into a repository as it was in the one that it was saved from: `cosign save` drops the tags,
/// the fallback tags of referrers among them.
fn load(registry: &TestRegistry, layout: &Path, repository: &str) {
    let mut referrers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in fs::read_dir(layout.join("blobs/sha256")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        registry.put_blob(&bytes);
        let Ok(document) = serde_json::from_slice::<Value>(&bytes) else { continue };
        if document.get("schemaVersion").is_some() {
            let descriptor = registry.put_manifest(repository, "", &bytes);
            if let Some(subject) = document["subject"]["digest"].as_str() {
                referrers.entry(subject.replace(':', "-")).or_default().push(descriptor);
            }
        }
    }
    for (tag, manifests) in &mut referrers {
        manifests.sort_by_key(|descriptor| descriptor["digest"].to_string());
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        registry.put_document(repository, tag, &index);
    }
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    for entry in entries {
        let image = entries[0]["digest"].as_str().unwrap().replace(':', "-");
        let annotations = &entry["annotations"];
        let kind = annotations["kind"].as_str().unwrap_or_default();
        let tag = match annotations["org.opencontainers.image.ref.name"].as_str() {
            Some(tag) => tag.to_owned(),
            None if kind.ends_with("/sigs") => format!("{image}.sig"),
            None if kind.ends_with("/atts") => format!("{image}.att"),
            None => "latest".to_owned(),
        };
        let digest = entry["digest"].as_str().unwrap().trim_start_matches("sha256:");
        registry.put_manifest(repository, &tag, &fs::read(layout.join("blobs/sha256").join(digest)).unwrap());
    }
}

const IDENTITY: &str = "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main";

/// The image that all layouts hold, alone or in an index.
const IMAGE: &str = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";

/// Nobody listens there: whatever asks the network beyond loopback fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The keys of the test authority one by one.
const KEYS: [(&str, &str); 4] = [
    ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ctfe.pub"),
    ("SIGSTORE_REKOR_PUBLIC_KEY", "rekor.pub"),
    ("SIGSTORE_ROOT_FILE", "fulcio.pem"),
    ("SIGSTORE_TSA_CERTIFICATE_FILE", "tsa.pem"),
];
