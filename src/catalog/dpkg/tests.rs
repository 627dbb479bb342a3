use super::super::testing;
use super::*;

const RELEASE: (&str, &[u8]) = ("etc/os-release", b"ID=debian\nVERSION_ID=\"12\"\n");

const STATUS_FILE: &str = "\
Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.21.22
Maintainer: Dpkg Developers <debian-dpkg@lists.debian.org>

Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9
Provides: libc-virtual (= 2.36)

Package: libc6
Status: hold ok installed
Architecture: i386
Multi-Arch: same
Source: glibc
Version: 2.36-9

Package: zlib1g
Status: install ok half-configured
Architecture: i386
Multi-Arch: same
Version: 1:1.2.13.dfsg-1+b1
Source: zlib (1:1.2.13.dfsg-1)
Depends: libc6 (>= 2.14)

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: going
Status: deinstall ok installed
Architecture: all
Version: 1.0
Depends: python3:any (>= 3.2~), python3 | absent, mail-transport-agent, libc6:i386, absent
Pre-Depends: dpkg (>= 1.17.14)

Package: never
Status: install ok not-installed

Package: python3
Status: install ok installed
Architecture: amd64
Multi-Arch: allowed
Version: 3.11.2-1
Depends: libc-virtual (>= 2.30), libc-virtual (>> 2.36), zlib1g (<< 1:1.0)
Provides: python

Package: exim
Status: install ok installed
Architecture: amd64
Multi-Arch: foreign
Version: 4
Provides: mail-transport-agent
Depends: mail-transport-agent, python (>= 2)
";

fn find() -> Findings {
    let status = STATUS_FILE.as_bytes();
    testing::find(&Dpkg, &[RELEASE, ("var/lib/dpkg/status", status)])
}

#[test]
fn lists_what_is_installed() {
    let expected = [
        "dpkg 1.21.22 pkg:deb/debian/dpkg@1.21.22?arch=amd64&distro=debian-12",
        "libc6 2.36-9 pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc",
        "libc6 2.36-9 pkg:deb/debian/libc6@2.36-9?arch=i386&distro=debian-12&upstream=glibc",
        "zlib1g 1:1.2.13.dfsg-1+b1 pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1%2Bb1?arch=i386&distro=debian-12&upstream=zlib%401:1.2.13.dfsg-1",
        "going 1.0 pkg:deb/debian/going@1.0?arch=all&distro=debian-12",
        "python3 3.11.2-1 pkg:deb/debian/python3@3.11.2-1?arch=amd64&distro=debian-12",
        "exim 4 pkg:deb/debian/exim@4?arch=amd64&distro=debian-12",
    ];
    assert_eq!(testing::list(&find()), expected);
    assert!(find().unknowns().is_empty());
}

#[test]
fn resolves_dependencies() {
    let found = find();
    let name = |place: usize| {
        let purl = found.packages().get(place).unwrap().purl.as_ref().unwrap().as_str().to_owned();
        let name = purl.trim_start_matches("pkg:deb/debian/").split('@').next().unwrap().to_owned();
        format!("{name}:{}", purl.split("arch=").nth(1).unwrap().split('&').next().unwrap())
    };
    let edge = |edge: &crate::package::Relationship| format!("{} -> {}", name(edge.from), name(edge.to));
    let mut edges: Vec<String> = found.relationships().iter().map(edge).collect();
    edges.sort();
    edges.dedup();
    let expected = [
        "going:all -> dpkg:amd64",
        "going:all -> exim:amd64",
        "going:all -> libc6:i386",
        "going:all -> python3:amd64",
        "python3:amd64 -> libc6:amd64",
        "zlib1g:i386 -> libc6:i386",
    ];
    assert_eq!(edges, expected);
}

#[test]
fn keeps_the_supplier_whatever_its_address() {
    let found = find();
    let suppliers = found.packages().iter().filter_map(|package| package.supplier.as_ref());
    let suppliers: Vec<_> =
        suppliers.map(|party| (party.name.as_str(), party.email.as_deref().unwrap())).collect();
    let expected = [
        ("Dpkg Developers", "debian-dpkg@lists.debian.org"),
        ("GNU Libc Maintainers", "debian-glibc@lists.debian.org"),
    ];
    assert_eq!(suppliers, expected);
}

#[test]
fn reads_owned_files_and_licences() {
    let status = b"Package: tool\nVersion: 1\nArchitecture: amd64\nStatus: install ok installed\nConffiles:\n /etc/tool.conf 6adf97f83acf6453d4a6a4b1070f3754 obsolete\n";
    let list =
        b"/.\n/etc\n/etc/tool.conf\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share/doc\n/usr/share/doc/tool\n";
    let files: [(&str, &[u8]); 5] = [
        ("chroot/var/lib/dpkg/status", status),
        ("chroot/var/lib/dpkg/info/tool:amd64.list", list),
        ("chroot/var/lib/dpkg/info/tool:amd64.md5sums", b"0cc175b9c0f1b6a831c399e269772661  usr/bin/tool\n"),
        ("chroot/var/lib/dpkg/info/tool.list", b"/wrong\n"),
        ("chroot/usr/share/doc/common/copyright", b"See /usr/share/common-licenses/GPL-3\n"),
    ];
    let found = testing::find_linked(&Dpkg, &files, &[("chroot/usr/share/doc/tool", "common")]);
    let tool = found.packages().first().unwrap();
    let owned: Vec<&str> = tool.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(owned, ["/etc/tool.conf", "/usr/bin/tool", "/usr/share/doc/tool"]);
    assert_eq!(tool.licenses.first().unwrap().expression.as_deref(), Some("GPL-3.0-only"));
    assert_eq!(tool.locations.len(), 4);
    let expected = serde_json::json!([
        { "path": "/etc/tool.conf", "digest": { "algorithm": "md5", "value": "6adf97f83acf6453d4a6a4b1070f3754" }, "isConfigFile": true },
        { "path": "/usr/bin/tool", "digest": { "algorithm": "md5", "value": "0cc175b9c0f1b6a831c399e269772661" }, "isConfigFile": false },
        { "path": "/usr/share/doc/tool", "isConfigFile": false },
    ]);
    assert_eq!(tool.metadata.as_ref().unwrap().fields.get("files").unwrap(), &expected);
}

#[test]
fn reads_distroless_status_directories() {
    let files: [(&str, &[u8]); 5] = [
        RELEASE,
        (
            "var/lib/dpkg/status.d/libc6",
            b"Package: libc6\nSource: glibc\nVersion: 2.36-9\nArchitecture: amd64\nDepends: gcc\n",
        ),
        ("var/lib/dpkg/status.d/libc6.md5sums", b"0cc175b9c0f1b6a831c399e269772661  lib/libc.so.6\n"),
        ("var/lib/dpkg/status.d/gcc", b"Package: gcc\nVersion: 12\nArchitecture: amd64\nDepends: libc6\n"),
        ("var/lib/dpkg/status.d/broken", b"Package: broken\n"),
    ];
    let found = testing::find(&Dpkg, &files);
    let expected = [
        "gcc 12 pkg:deb/debian/gcc@12?arch=amd64&distro=debian-12",
        "libc6 2.36-9 pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc",
    ];
    assert_eq!(testing::list(&found), expected);
    assert_eq!(testing::edges(&found), ["gcc@12 -> libc6@2.36-9", "libc6@2.36-9 -> gcc@12"]);
    assert_eq!(found.packages().get(1).unwrap().files.first().unwrap().path, "/lib/libc.so.6");
    assert_eq!(found.unknowns().first().unwrap().location.path, "/var/lib/dpkg/status.d/broken");
}

#[test]
fn reads_opkg() {
    let control = b"Package: dnsmasq\nVersion: 2.90-3\nDepends: libc, libubus20230605\nLicense: GPL-2.0\nArchitecture: x86_64\n";
    let status = b"Package: libc\nVersion: 1.2.4-4\nDepends: libgcc1\nStatus: install ok installed\nArchitecture: x86_64\n\nPackage: dnsmasq\nVersion: 2.90-3\nStatus: install ok installed\n\nPackage: gone\nVersion: 1\nStatus: deinstall ok not-installed\n";
    let files: [(&str, &[u8]); 4] = [
        ("etc/os-release", b"ID=openwrt\nVERSION_ID=23.05.5\n"),
        ("usr/lib/opkg/info/dnsmasq.control", control),
        ("usr/lib/opkg/info/dnsmasq.list", b"/usr/sbin/dnsmasq\n"),
        ("usr/lib/opkg/status", status),
    ];
    let found = testing::find(&Dpkg, &files);
    let expected = [
        "dnsmasq 2.90-3 pkg:opkg/openwrt/dnsmasq@2.90-3?arch=x86_64&distro=openwrt-23.05.5",
        "libc 1.2.4-4 pkg:opkg/openwrt/libc@1.2.4-4?arch=x86_64&distro=openwrt-23.05.5",
    ];
    assert_eq!(testing::list(&found), expected);
    assert_eq!(testing::edges(&found), ["dnsmasq@2.90-3 -> libc@1.2.4-4"]);
    assert_eq!(found.packages().first().unwrap().files.first().unwrap().path, "/usr/sbin/dnsmasq");
}

proptest::proptest! {
    #[test]
    fn reads_any_status(text in "((Package|Version|Status|Depends|Provides|Source|Conffiles): ?(a|\\(|:|,|\\||>=|1|é|\n )*\n\n?){0,8}") {
        testing::find(&Dpkg, &[("var/lib/dpkg/status", text.as_bytes())]);
    }
}
