//! One image from every place on disk, and stdin: the same packages, and the manifest's own digest.

use super::*;
use crate::support::container;
use crate::support::container::gzip;
use crate::support::container::zstd;

/// Every archive of the image: name, argument, and whether it has a manifest.
fn places(folder: &Folder) -> Vec<(String, bool)> {
    let image = container(Packing::Gzip);
    container::write_layout(&folder.path("layout"), &[&image], "1");
    let (oci, docker) =
        (container::oci_archive(&[&image], "1"), image.docker_archive("registry.example/team/app:1"));
    let written = |name: &str, bytes: &[u8]| folder.write(name, bytes);
    vec![
        (folder.at("layout"), true),
        (format!("oci-dir:{}", folder.at("layout")), true),
        (format!("oci:{}:1", folder.at("layout")), true),
        (written("oci.tar", &oci), true),
        (format!("oci-archive:{}", written("oci.tar", &oci)), true),
        (written("oci.tar.gz", &gzip(&oci)), true),
        (written("oci.tar.zst", &zstd(&oci)), true),
        (written("docker.tar", &docker), false),
        (format!("docker-archive:{}:registry.example/team/app:1", folder.at("docker.tar")), false),
        (written("docker.tar.gz", &gzip(&docker)), false),
        (written("docker.tar.zst", &zstd(&docker)), false),
    ]
}

/// The digest that the document names as that of the image.
fn image_digest(document: &Value) -> Option<String> {
    let root = &document["packages"][0];
    assert_eq!(root["primaryPackagePurpose"], "CONTAINER", "{root}");
    let checksum = root["checksums"][0]["checksumValue"].as_str()?;
    assert_eq!(root["checksums"][0]["algorithm"], "SHA256");
    Some(format!("sha256:{checksum}"))
}

#[test]
fn every_place_has_the_same_packages() {
    let folder = Folder::new();
    let digest = container(Packing::Gzip).digest();
    for (place, has_manifest) in places(&folder) {
        let spdx = folder.at("sbom.spdx.json");
        let output = run(&["sbom", "--offline", &place, "-o", "purls", "-o", &format!("spdx-json={spdx}")]);
        assert_eq!(document(&output), PURLS, "{place}");
        let spdx = fs::read(spdx).unwrap();
        let found = image_digest(&serde_json::from_slice(&spdx).unwrap());
        if has_manifest {
            assert_eq!(found.as_ref(), Some(&digest), "{place}");
        } else {
            assert_ne!(found.as_ref(), Some(&digest), "{place}");
        }
        let again = run(&["sbom", "--offline", &place]);
        assert_eq!(document(&again).as_bytes(), spdx, "{place}");
    }
}

/// What docker save and podman save write into a pipe.
#[test]
fn stdin_has_the_same_packages() {
    let folder = Folder::new();
    places(&folder);
    for name in ["oci.tar", "oci.tar.gz", "oci.tar.zst", "docker.tar", "docker.tar.gz", "docker.tar.zst"] {
        let output = run_with_stdin(&["sbom", "--offline", "-", "-o", "purls"], &folder.path(name));
        assert_eq!(document(&output), PURLS, "{name}");
    }
    let spdx = json(&run_with_stdin(&["sbom", "-"], &folder.path("oci.tar.gz")));
    assert_eq!(image_digest(&spdx), Some(container(Packing::Gzip).digest()));
}

#[test]
fn every_packing_of_layers_is_read() {
    for packing in [Packing::Gzip, Packing::Plain, Packing::Zstd] {
        let folder = Folder::new();
        container::write_layout(&folder.path("layout"), &[&container(packing)], "1");
        let output = run(&["sbom", &folder.at("layout"), "-o", "purls"]);
        assert_eq!(document(&output), PURLS, "{packing:?}");
    }
}

#[test]
fn directories_and_files() {
    let folder = Folder::new();
    let root = unpacked(&folder);
    for place in [root.clone(), format!("dir:{root}")] {
        let arguments = ["sbom", &place, "-o", "purls"];
        assert_eq!(document(&run(&arguments)), PURLS, "{place}");
    }
    let excluded = run(&["sbom", &root, "-o", "purls", "--exclude", "./usr/lib/python3"]);
    assert!(!document(&excluded).contains("pypi"));
    let file = folder.write("requirements.txt", "flask==3.0.3\nrequests==2.32.3\n");
    for place in [file.clone(), format!("file:{file}")] {
        let output = run(&["sbom", &place, "-o", "purls"]);
        assert_eq!(document(&output), "pkg:pypi/flask@3.0.3\npkg:pypi/requests@2.32.3\n", "{place}");
    }
    // Nothing is nothing, and no error.
    fs::create_dir(folder.path("empty")).unwrap();
    assert_eq!(document(&run(&["sbom", &folder.at("empty"), "-o", "purls"])), "");
    fails(&run(&["sbom", &format!("dir:{}", folder.at("absent"))]), 2, "No such file");
    fails(&run(&["sbom", &format!("oci-archive:{file}")]), 2, "error: ");
}

#[test]
fn platforms_of_an_index() {
    let folder = Folder::new();
    let arm = Tar::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("var/lib/dpkg/status.d/base", DPKG.replace("amd64", "arm64"));
    let arm = Container::new(&[arm.done()], Packing::Gzip, "arm64");
    let (amd, other) =
        (container(Packing::Gzip), Container::new(&[Tar::new().done()], Packing::Gzip, "s390x"));
    container::write_layout(&folder.path("layout"), &[&amd, &arm, &other], "1");
    let layout = folder.at("layout");
    let of = |platform: &str| run(&["sbom", &layout, "--platform", platform, "-o", "purls"]);
    assert_eq!(document(&of("linux/amd64")), PURLS);
    assert_eq!(
        document(&of("linux/arm64")),
        "pkg:deb/debian/base-files@12.4%2Bdeb12u5?arch=arm64&distro=debian-12\n"
    );
    assert_eq!(document(&of("linux/s390x")), "");
    fails(&of("linux/riscv64"), 2, "linux/riscv64");
    // Each platform has a file of its own, which names its own manifest.
    fails(&of("all"), 2, "a file each");
    let file = folder.at("sbom-{platform}.spdx.json");
    let all = ["sbom", &layout, "--platform", "all", "-o", &format!("spdx-json={file}")];
    assert_eq!(document(&run(&all)), "");
    for (platform, image) in [("linux-amd64", &amd), ("linux-arm64", &arm), ("linux-s390x", &other)] {
        let text = fs::read(file.replace("{platform}", platform)).unwrap();
        assert_eq!(image_digest(&serde_json::from_slice(&text).unwrap()), Some(image.digest()), "{platform}");
    }
    // An archive of the same is asked in the same words.
    let archive = folder.write("index.tar", container::oci_archive(&[&amd, &arm], "1"));
    let of = |platform: &str| run(&["sbom", &archive, "--platform", platform, "-o", "purls"]);
    assert_eq!(document(&of("linux/amd64")), PURLS);
    fails(&of("linux/riscv64"), 2, "no image (linux/riscv64)");
}
