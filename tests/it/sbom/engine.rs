//! Container engines, by a socket that answers as Docker's API does.

use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

use super::*;
use crate::support::container;

/// An engine that has one image.
struct Engine {
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Engine {
    /// `answer` has the status and the body for each path.
    fn start(folder: &Folder, name: &str, answer: impl Fn(&str) -> (u16, Vec<u8>) + Send + 'static) -> Self {
        let socket = folder.path(name);
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    request.push(byte[0]);
                }
                let request = String::from_utf8(request).unwrap();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, body) = answer(&path);
                seen.lock().unwrap().push(path);
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Self { socket, asked }
    }

    fn with_image(folder: &Folder, name: &str, archive: Vec<u8>) -> Self {
        Self::start(folder, name, move |path| match path {
            "/images/team/app:1/get" => (200, archive.clone()),
            _ => (404, br#"{"message":"No such image"}"#.to_vec()),
        })
    }

    fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn asking(arguments: &[&str], variable: &str, address: &str) -> Output {
    portcullis(arguments).env(variable, address).output().unwrap()
}

#[test]
fn an_engine_gives_the_same_packages() {
    let folder = Folder::new();
    let image = container(Packing::Gzip);
    // Docker before version 25, and since.
    let archives = [image.docker_archive("team/app:1"), container::oci_archive(&[&image], "1")];
    for (number, archive) in archives.into_iter().enumerate() {
        let engine = Engine::with_image(&folder, &format!("{number}.sock"), archive);
        for (scheme, variable) in [("docker", "DOCKER_HOST"), ("podman", "CONTAINER_HOST")] {
            let place = format!("{scheme}:team/app:1");
            let output = asking(&["sbom", &place, "-o", "purls"], variable, &engine.address());
            assert_eq!(document(&output), PURLS, "{place}");
        }
        assert_eq!(engine.asked(), ["/images/team/app:1/get"; 2]);
    }
}

#[test]
fn an_engine_that_fails_is_told() {
    let folder = Folder::new();
    let whole = container(Packing::Gzip).docker_archive("team/app:1");
    let engine = Engine::start(&folder, "engine.sock", move |path| match path {
        "/images/cut/get" => (200, whole[..whole.len() / 2].to_vec()),
        "/images/broken/get" => (500, b"no".to_vec()),
        _ => (404, b"{}".to_vec()),
    });
    let docker =
        |image: &str| asking(&["sbom", &format!("docker:{image}")], "DOCKER_HOST", &engine.address());
    fails(&docker("absent"), 2, "does not have it");
    fails(&docker("cut"), 2, "error: ");
    fails(&docker("broken"), 2, "500");
    let offline = ["sbom", "--offline", "docker:team/app:1"];
    fails(&asking(&offline, "DOCKER_HOST", &engine.address()), 2, "--offline opens no socket");
    fails(&asking(&["sbom", "docker:team/app:1"], "DOCKER_HOST", "tcp://192.0.2.1:2375"), 2, "only unix://");
    let gone = format!("unix://{}", folder.at("none.sock"));
    fails(&asking(&["sbom", "docker:team/app:1"], "DOCKER_HOST", &gone), 2, "cannot connect");
}

/// syft looks for an image with the engines before it asks a registry.
#[test]
fn an_image_without_a_word_for_its_place() {
    let folder = Folder::new();
    let archive = container(Packing::Gzip).docker_archive("team/app:1");
    let docker = Engine::with_image(&folder, "docker.sock", archive.clone());
    let podman = Engine::with_image(&folder, "podman.sock", archive);
    let scan = ["syft", "team/app:1", "-o", "purls"];
    let output = asking(&scan, "DOCKER_HOST", &docker.address());
    assert_eq!(document(&output), PURLS);
    // Docker does not answer, which is told; Podman has it.
    drop(UnixListener::bind(folder.path("stale.sock")).unwrap());
    let stale = format!("unix://{}", folder.at("stale.sock"));
    let mut both = portcullis(&scan);
    let output = both.env("DOCKER_HOST", &stale).env("CONTAINER_HOST", podman.address()).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), PURLS.to_owned()), "{}", stderr(&output));
    assert!(stderr(&output).contains("stale.sock: cannot connect"), "{}", stderr(&output));
    // Docker does not have it.
    let empty = Engine::start(&folder, "empty.sock", |_| (404, b"{}".to_vec()));
    let mut both = portcullis(&scan);
    let output =
        both.env("DOCKER_HOST", empty.address()).env("CONTAINER_HOST", podman.address()).output().unwrap();
    assert_eq!(document(&output), PURLS);
    assert_eq!(empty.asked(), ["/images/team/app:1/get"]);
    // Docker fails: what another has under the name may be another image.
    let broken = Engine::start(&folder, "broken.sock", |_| (500, b"no".to_vec()));
    let mut both = portcullis(&scan);
    let output =
        both.env("DOCKER_HOST", broken.address()).env("CONTAINER_HOST", podman.address()).output().unwrap();
    fails(&output, 1, "500");
    assert_eq!(stdout(&output), "");
    // And nobody but whom the user names.
    let before = podman.asked().len();
    let output = asking(&["syft", "--from", "docker", "team/app:1"], "DOCKER_HOST", &empty.address());
    fails(&output, 1, "does not have it");
    assert_eq!(podman.asked().len(), before);
}
