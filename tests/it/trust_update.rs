//! Trusted roots by TUF: every repository of `testdata/tuf`, judged as python-tuf's own client did, and what
//! a mirror may do besides. See `testdata/tuf/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use portcullis::http::Timeouts;
use portcullis::trust::Anchor;
use portcullis::trust::Embedded;
use portcullis::trust::Mirror;
use portcullis::trust::MirrorSettings;
use portcullis::trust::RootSource;
use portcullis::trust::TufError;
use portcullis::trust::TufState;
use serde_json::Value;

use super::cli;

/// Case, and the rule that its last step breaks. The name of a rule is ours; that it is broken, and which of
/// python-tuf's exceptions belong to it, is checked against the committed answers.
const CASES: [(&str, Option<&str>); 41] = [
    ("delegated-wrong-key_fail", Some("threshold")),
    ("fast-forward_fail", Some("rollback")),
    ("freeze_fail", Some("expired")),
    ("good", None),
    ("good-delegated", None),
    ("good-fast-forward-recovered", None),
    ("good-first-root-expired", None),
    ("good-interop", None),
    ("good-not-consistent", None),
    ("good-rotated-twice", None),
    ("good-unchanged", None),
    ("mix-snapshot_fail", Some("integrity")),
    ("mix-targets_fail", Some("integrity")),
    ("root-expired_fail", Some("expired")),
    ("root-not-by-new_fail", Some("threshold")),
    ("root-not-by-old_fail", Some("threshold")),
    ("root-same-version_fail", Some("root-version")),
    ("root-skips-version_fail", Some("root-version")),
    ("root-threshold_fail", Some("threshold")),
    ("snapshot-expired_fail", Some("expired")),
    ("snapshot-forgets_fail", Some("integrity")),
    ("snapshot-missing_fail", Some("missing")),
    ("snapshot-rollback_fail", Some("rollback")),
    ("snapshot-wrong-key_fail", Some("threshold")),
    ("target-hash_fail", Some("integrity")),
    ("target-long_fail", Some("too-long")),
    ("target-missing_fail", Some("missing")),
    ("target-not-listed_fail", Some("no-target")),
    ("target-short_fail", Some("integrity")),
    ("target-traversal_fail", Some("name")),
    ("targets-expired_fail", Some("expired")),
    ("targets-missing_fail", Some("missing")),
    ("targets-rollback_fail", Some("rollback")),
    ("targets-same-key-twice_fail", Some("signature")),
    ("targets-threshold_fail", Some("threshold")),
    ("targets-wrong-key_fail", Some("threshold")),
    ("timestamp-changed_fail", Some("threshold")),
    ("timestamp-expired_fail", Some("expired")),
    ("timestamp-expires-now_fail", Some("expired")),
    ("timestamp-long_fail", Some("too-long")),
    ("timestamp-missing_fail", Some("missing")),
];

/// One more, so that the list above stays sorted: an answer that is no metadata at all.
const NOT_JSON: (&str, Option<&str>) = ("timestamp-not-json_fail", Some("malformed"));
const ROLLBACK: (&str, Option<&str>) = ("timestamp-rollback_fail", Some("rollback"));
const WRONG_KEY: (&str, Option<&str>) = ("timestamp-wrong-key_fail", Some("threshold"));

fn cases() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    CASES.into_iter().chain([NOT_JSON, ROLLBACK, WRONG_KEY])
}

/// The exceptions of python-tuf that belong to one of our rules.
fn exceptions(rule: &str) -> &'static [&'static str] {
    match rule {
        "expired" => &["ExpiredMetadataError"],
        "integrity" => &["LengthOrHashMismatchError", "RepositoryError", "BadVersionNumberError"],
        "malformed" | "signature" => &["DeserializationError"],
        // What would lead out of the mirror is asked of the mirror by python-tuf, which has no such file.
        "missing" | "name" => &["DownloadHTTPError"],
        "no-target" => &["NoTarget"],
        "rollback" | "root-version" => &["BadVersionNumberError"],
        "threshold" => &["UnsignedMetadataError"],
        "too-long" => &["DownloadLengthMismatchError"],
        other => panic!("{other}"),
    }
}

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tuf").join(case)
}

fn anchor(case: &str) -> Anchor {
    Anchor::from_slice(&fs::read(folder(case).join("root.json")).unwrap()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Within the validity of what has not expired on purpose.
const NOW: &str = "2030-01-10T00:00:00Z";

fn settings() -> MirrorSettings {
    let timeouts = Timeouts {
        attempts: 2,
        backoff: Duration::from_millis(1),
        idle: Duration::from_secs(2),
        request: Duration::from_secs(5),
        ..Timeouts::default()
    };
    MirrorSettings { timeouts, ..MirrorSettings::default() }
}

fn fetch(
    url: &str,
    anchor: &Anchor,
    previous: Option<&TufState>,
    now: Timestamp,
) -> Result<TufState, TufError> {
    let mirror = Mirror::new(url, &settings())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(mirror.fetch(anchor, previous, now))
}

/// Runs the steps of a case, with what `url` makes of the folder of each, and compares with python-tuf.
fn run(case: &str, rule: Option<&str>, url: impl Fn(&Path) -> String) {
    let text = fs::read(folder(case).join("case.json")).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    let steps = document["steps"].as_array().unwrap();
    let anchor = anchor(case);
    let mut kept: Option<TufState> = None;
    for (number, step) in (1..).zip(steps) {
        let last = number == steps.len();
        let now = at(step["at"].as_str().unwrap());
        let answer = step["answer"].as_str().unwrap();
        let found = fetch(&url(&folder(case).join(number.to_string())), &anchor, kept.as_ref(), now);
        match (found, rule.filter(|_| last)) {
            (Ok(state), None) => {
                assert_eq!(answer, "ok", "{case}, step {number}: python-tuf refuses");
                assert_eq!(state.expired(now), None);
                // As every command will: from bytes, without the network.
                let again = TufState::from_slice(&state.to_json(), &anchor).unwrap();
                assert_eq!(again.roles(), state.roles(), "{case}");
                assert_eq!(again.trusted_root().digest(), state.trusted_root().digest());
                assert!(matches!(again.trusted_root().source(), RootSource::Tuf { .. }));
                kept = Some(again);
            }
            (Err(error), Some(rule)) => {
                assert_eq!(error.rule(), rule, "{case}: {error}");
                assert!(exceptions(rule).contains(&answer), "{case}: {rule}, python-tuf says {answer}");
            }
            (Ok(_), Some(rule)) => panic!("{case} was accepted, {rule}"),
            (Err(error), None) => panic!("{case}, step {number}: {error}"),
        }
    }
}

#[test]
fn every_case_has_a_row() {
    let mut on_disk: Vec<String> = fs::read_dir(folder(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    on_disk.sort();
    assert_eq!(on_disk, cases().map(|(case, _)| case.to_owned()).collect::<Vec<_>>());
    assert!(cases().all(|(case, rule)| rule.is_some() == case.ends_with("_fail")));
}

#[test]
fn directories() {
    for (case, rule) in cases() {
        run(case, rule, |folder| format!("file://{}", folder.display()));
    }
}

#[test]
fn servers() {
    for (case, rule) in cases() {
        run(case, rule, |folder| serve_folder(folder).url());
    }
}

/// How versions ended up where it matters which one is accepted, by hand from `scripts/tuf/make.py`.
#[test]
fn versions() {
    let fetched = |case: &str, step: &str, previous: Option<&TufState>| {
        let url = format!("file://{}", folder(case).join(step).display());
        fetch(&url, &anchor(case), previous, at(NOW)).unwrap()
    };
    let versions = |state: &TufState| state.roles().iter().map(|role| role.version).collect::<Vec<_>>();
    let first = fetched("good-rotated-twice", "1", None);
    assert_eq!(versions(&first), [1, 1, 1, 1]);
    assert_eq!(versions(&fetched("good-rotated-twice", "2", Some(&first))), [3, 2, 2, 2]);
    // Without what was kept, the same.
    assert_eq!(versions(&fetched("good-rotated-twice", "2", None)), [3, 2, 2, 2]);
    let first = fetched("good-fast-forward-recovered", "1", None);
    let stolen = fetched("good-fast-forward-recovered", "2", Some(&first));
    assert_eq!(versions(&stolen), [1, 1 << 31, 1 << 31, 1]);
    assert_eq!(versions(&fetched("good-fast-forward-recovered", "3", Some(&stolen))), [2, 2, 2, 1]);
}

/// A kept state is verified from the anchor: no byte of it may change, and no other anchor will do.
#[test]
fn kept_states_are_verified() {
    let anchor = anchor("good-rotated-twice");
    let url = |step: &str| format!("file://{}", folder("good-rotated-twice").join(step).display());
    let state = fetch(&url("2"), &anchor, None, at(NOW)).unwrap();
    let kept: Value = serde_json::from_slice(&state.to_json()).unwrap();
    let names: Vec<&String> = kept["files"].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 6, "{names:?}: two roots, timestamp, snapshot, targets, target");
    for name in names {
        let decoded = base64_decode(kept["files"][name].as_str().unwrap());
        // Versions, signatures, content: one digit of each is another one.
        for (position, byte) in decoded.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
            let mut changed = decoded.clone();
            changed[position] = if *byte == b'9' { b'8' } else { byte + 1 };
            let mut mutant = kept.clone();
            mutant["files"][name] = base64_encode(&changed).into();
            let found = TufState::from_slice(mutant.to_string().as_bytes(), &anchor);
            // `keyid` of a signature that the threshold does not need, or a part of one.
            let same = found.as_ref().is_ok_and(|found| {
                found.trusted_root().digest() == state.trusted_root().digest()
                    && found.roles() == state.roles()
            });
            assert!(found.is_err() || same, "{name} at {position}");
        }
        let mut without = kept.clone();
        without["files"].as_object_mut().unwrap().remove(name);
        assert!(TufState::from_slice(without.to_string().as_bytes(), &anchor).is_err(), "{name} is missing");
    }
    let other = self::anchor("good");
    assert_eq!(TufState::from_slice(&state.to_json(), &other).unwrap_err().rule(), "threshold");
    let embedded = Anchor::embedded(Embedded::Production);
    assert_eq!(TufState::from_slice(&state.to_json(), &embedded).unwrap_err().rule(), "threshold");
    for broken in ["", "{}", "[]", state.mirror()] {
        assert_eq!(TufState::from_slice(broken.as_bytes(), &anchor).unwrap_err().rule(), "malformed");
    }
}

/// What was fresh when it was fetched stays authentic, and says since when it is not fresh any more.
#[test]
fn expiry_is_told() {
    let url = format!("file://{}", folder("good").join("1").display());
    let state = fetch(&url, &anchor("good"), None, at(NOW)).unwrap();
    assert_eq!(state.fetched(), at(NOW));
    assert_eq!(state.expired(at("2030-01-19T23:59:59Z")), None);
    // python-tuf, too, calls it expired in the very second.
    assert_eq!(state.expired(at("2030-01-20T00:00:00Z")).unwrap().role, "timestamp");
    assert_eq!(state.expired(at("2035-01-01T00:00:00Z")).unwrap().role, "timestamp", "the first one");
    assert!(TufState::from_slice(&state.to_json(), &anchor("good")).is_ok());
}

// -- mirrors that misbehave

#[test]
fn endless_data() {
    for endless in ["timestamp.json", "2.root.json", "1.snapshot.json", "1.targets.json"] {
        let server = Server::start(move |path, stream| {
            if path.ends_with(endless) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                // Until the client hangs up.
                while stream.write_all(&[b' '; 4096]).is_ok() {}
                return;
            }
            respond_file(&folder("good").join("1"), path, stream);
        });
        let started = Instant::now();
        let error = fetch(&server.url(), &anchor("good"), None, at(NOW)).unwrap_err();
        assert_eq!(error.rule(), "too-long", "{endless}: {error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
    // A length that is announced is not waited for.
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n");
        thread::sleep(Duration::from_secs(1));
    });
    assert_eq!(fetch(&server.url(), &anchor("good"), None, at(NOW)).unwrap_err().rule(), "too-long");
}

#[test]
fn slow_data() {
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let started = Instant::now();
    let error = fetch(&server.url(), &anchor("good"), None, at(NOW)).unwrap_err();
    assert_eq!(error.rule(), "unreachable", "{error}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn redirects() {
    let redirect = |to: String| {
        Server::start(move |path, stream| {
            let to = to.replace("PATH", path);
            let _ = write!(
                stream,
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        })
    };
    let good = serve_folder(&folder("good").join("1"));
    let there = redirect(format!("{}PATH", good.url()));
    assert!(fetch(&there.url(), &anchor("good"), None, at(NOW)).is_ok(), "to this machine");
    for to in ["http://mirror.example/PATH", "file:///etc/hostname", "ftp://127.0.0.1/", ""] {
        let error = fetch(&redirect(to.to_owned()).url(), &anchor("good"), None, at(NOW)).unwrap_err();
        assert_eq!(error.rule(), "redirect", "{to}: {error}");
    }
    let to_itself = redirect("PATH".to_owned());
    assert_eq!(fetch(&to_itself.url(), &anchor("good"), None, at(NOW)).unwrap_err().rule(), "redirect");
    assert_eq!(to_itself.asked(), portcullis::limits::REDIRECTS + 1);
}

#[test]
fn statuses() {
    let status = |status: &'static str| {
        Server::start(move |_, stream| {
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        })
    };
    let cases = [
        ("404 Not Found", "missing", 2),
        ("403 Forbidden", "status", 2),
        ("500 Oops", "status", 2),
        ("401 No", "status", 1),
    ];
    for (answer, rule, asked) in cases {
        let server = status(answer);
        let error = fetch(&server.url(), &anchor("good"), None, at(NOW)).unwrap_err();
        assert_eq!((error.rule(), error.is_refusal()), (rule, false), "{answer}: {error}");
        assert_eq!(server.asked(), asked, "{answer}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetch(&format!("http://{closed}"), &anchor("good"), None, at(NOW)).unwrap_err();
    assert_eq!((error.rule(), error.is_refusal()), ("unreachable", false));
}

/// What is unchanged is not fetched again: the next root, which is not there, and the timestamp.
#[test]
fn two_requests_when_nothing_is_new() {
    let server = serve_folder(&folder("good").join("1"));
    let state = fetch(&server.url(), &anchor("good"), None, at(NOW)).unwrap();
    assert_eq!(server.asked(), 5);
    fetch(&server.url(), &anchor("good"), Some(&state), at(NOW)).unwrap();
    assert_eq!(server.asked(), 7);
}

// -- the command

fn command(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = cli::portcullis(arguments);
    command.env("XDG_CACHE_HOME", cache);
    command
}

fn update(cache: &Path, case: &str, step: &str) -> Command {
    let mirror = format!("file://{}", folder(case).join(step).display());
    let root = folder(case).join("root.json");
    command(cache, &["trust", "update", "--mirror", &mirror, "--root", root.to_str().unwrap(), "-o", "json"])
}

fn output(mut command: Command) -> (Option<i32>, Value, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let document = serde_json::from_slice(&stdout).unwrap_or_default();
    (status.code(), document, String::from_utf8(stderr).unwrap())
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// The clock of the command is the real one; the metadata of these cases is valid until 2030.
#[test]
fn command_keeps_what_is_good_only() {
    let cache = tempfile::tempdir().unwrap();
    let (code, document, stderr) = output(update(cache.path(), "good-interop", "1"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(document["updated"], true);
    let exported = document["trustedRoot"].as_str().unwrap().to_owned();
    assert_eq!(fs::read(&exported).unwrap(), fs::read("testdata/interop/trusted_root.json").unwrap());
    let before = files(cache.path());
    assert_eq!(before.len(), 2, "{:?}", before.keys());

    let (code, document, _) = output(update(cache.path(), "good-interop", "1"));
    assert_eq!((code, &document["updated"]), (Some(0), &Value::Bool(false)));

    // Refused, not there, not reached: three outcomes, and nothing changes.
    for (case, expected) in [("root-threshold_fail", 1), ("timestamp-missing_fail", 2)] {
        let cache = tempfile::tempdir().unwrap();
        let (code, _, stderr) = output(update(cache.path(), case, "1"));
        assert_eq!(code, Some(expected), "{stderr}");
        assert!(files(cache.path()).is_empty());
    }
    let root = folder("good-interop").join("root.json");
    let arguments = ["trust", "update", "--mirror", "http://127.0.0.1:1", "--root", root.to_str().unwrap()];
    let (code, _, stderr) = output(command(cache.path(), &arguments));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("unreachable"), "{stderr}");

    // The exported root is one like any other.
    let verify = [
        "verify",
        "--offline",
        "--trusted-root",
        &exported,
        "oci:testdata/interop/demo/layout",
        "--identity",
        "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
        "--issuer",
        "https://token.actions.githubusercontent.com",
    ];
    assert_eq!(output(command(cache.path(), &verify)).0, Some(0));
}

#[test]
fn command_checks_the_root() {
    let cache = tempfile::tempdir().unwrap();
    let checksum = |text: &str| {
        let mut command = update(cache.path(), "good", "1");
        command.args(["--root-checksum", text]);
        output(command)
    };
    let digest = anchor("good").digest().to_string();
    assert_eq!(checksum(&digest).0, Some(0));
    let (code, _, stderr) = checksum("sha256:00");
    assert_eq!(code, Some(2));
    assert!(stderr.contains("expected 00 but got"), "{stderr}");
    let not_a_root = ["trust", "update", "--mirror", "file:///nowhere", "--root", "Cargo.toml"];
    assert_eq!(output(command(cache.path(), &not_a_root)).0, Some(2));
    // Embedded roots are not the roots of these repositories.
    let mirror = format!("file://{}", folder("good").join("1").display());
    let (code, _, stderr) = output(command(cache.path(), &["trust", "update", "--mirror", &mirror]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("valid signatures that its role needs (threshold)"), "{stderr}");
}

/// A cache that does not verify is an error of every command that would use it, with a way out.
#[test]
fn broken_caches_are_refused() {
    let cache = tempfile::tempdir().unwrap();
    let file = cache.path().join("portcullis/tuf/production/tuf.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let good =
        fetch(&format!("file://{}", folder("good").join("1").display()), &anchor("good"), None, at(NOW));
    for content in [b"".to_vec(), b"{}".to_vec(), good.unwrap().to_json()] {
        fs::write(&file, content).unwrap();
        let blob = "testdata/interop/demo/attestation.sigstore.json";
        let digest = "sha256:0d06e6c086b218389fa05ba159c5a5ddb0fd445d336ce98d06c3c21de44cfb63";
        let verify = ["verify-blob", "--bundle", blob, "--identity", "x", "--issuer", "y", digest];
        for arguments in [verify.as_slice(), &["trust", "show"], &["trust", "update"]] {
            let (code, _, stderr) = output(command(cache.path(), arguments));
            assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
            assert!(stderr.contains("remove it"), "{stderr}");
        }
        // Another instance has its own, and a file comes first.
        assert_eq!(output(command(cache.path(), &["trust", "show", "--trust", "github"])).0, Some(0));
        let file = ["trust", "show", "--trusted-root", "testdata/interop/trusted_root.json"];
        assert_eq!(output(command(cache.path(), &file)).0, Some(0));
    }
}

#[test]
fn many_at_once() {
    let cache = tempfile::tempdir().unwrap();
    let mut running: Vec<_> = (0..8)
        .map(|number| {
            let step = if number % 2 == 0 { "1" } else { "2" };
            let mut command = update(cache.path(), "good-rotated-twice", step);
            command.args(["--cache", cache.path().to_str().unwrap()]);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for child in &mut running {
        child.wait().unwrap();
    }
    let kept: Vec<_> =
        files(cache.path()).into_iter().filter(|(path, _)| path.ends_with("tuf.json")).collect();
    assert_eq!(kept.len(), 2);
    for (path, bytes) in kept {
        TufState::from_slice(&bytes, &anchor("good-rotated-twice"))
            .unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }
    assert!(files(cache.path()).keys().all(|path| path.extension().is_some_and(|end| end == "json")));
}

// -- a server

struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (counter, answer) = (Arc::clone(&counter), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    if let Some(path) = request(&mut stream) {
                        counter.fetch_add(1, Ordering::SeqCst);
                        answer(&path, &mut stream);
                    }
                });
            }
        });
        Self { port, asked }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve_folder(folder: &Path) -> Server {
    let folder = folder.to_owned();
    Server::start(move |path, stream| respond_file(&folder, path, stream))
}

/// One request of one connection; every answer closes it.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&buffer[..count]);
    }
    let head = String::from_utf8(head).unwrap();
    Some(head.split(' ').nth(1).unwrap().to_owned())
}

fn respond_file(folder: &Path, path: &str, stream: &mut TcpStream) {
    let content = fs::read(folder.join(path.trim_start_matches('/'))).ok();
    let (status, content) = content.map_or(("404 Not Found", Vec::new()), |content| ("200 OK", content));
    let length = content.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(&content);
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn base64_encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
