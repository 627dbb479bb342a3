# Small images with a package database that scanners understand. Sourced after lib.sh.
# shellcheck shell=sh disable=SC2154

# image NAME ARCHITECTURE makes the layout $work/images, tag NAME: two Alpine packages and a script.
image() {
    tree=$work/tree-$1
    mkdir -p "$tree/lib/apk/db" "$tree/etc" "$tree/usr/bin"
    printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n' >"$tree/etc/os-release"
    echo 3.20.3 >"$tree/etc/alpine-release"
    case $2 in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac
    cat >"$tree/lib/apk/db/installed" <<APK
C:Q1t6nnhCj3SHQHmpQDSfGCKj5CFkY=
P:musl
V:1.2.5-r0
A:$machine
S:411010
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
p:so:libc.musl-$machine.so.1=1
F:lib
R:ld-musl-$machine.so.1
a:0:0:755

C:Q1qkOtGzbDb0hIuNDYDYq4hOAW2fI=
P:zlib
V:1.3.1-r1
A:$machine
S:54168
I:110592
T:A compression/decompression Library
U:https://zlib.net/
L:Zlib
o:zlib
D:so:libc.musl-$machine.so.1
p:so:libz.so.1=1.3.1

APK
    printf '#!/bin/sh\necho "%s"\n' "$1" >"$tree/usr/bin/app"
    chmod 755 "$tree/usr/bin/app"
    find "$tree" -exec touch -h -d 2025-03-01T12:00:00Z {} +
    [ -d "$work/images" ] || "$UMOCI" --log=error init --layout "$work/images"
    created=2025-03-01T12:00:00Z
    "$UMOCI" --log=error new --image "$work/images:$1"
    "$UMOCI" --log=error insert --rootless --image "$work/images:$1" --history.created "$created" "$tree" /
    "$UMOCI" --log=error config --image "$work/images:$1" --config.cmd /usr/bin/app --architecture "$2" --os linux \
        --created "$created" --history.created "$created"
    # A layout of its own: the scanners take a directory with one image.
    "$SKOPEO" copy --quiet "oci:$work/images:$1" "oci:$work/$1:latest"
}

# sbom NAME writes $work/NAME.spdx.json by syft.
sbom() {
    (cd "$work" && "$SYFT" scan --quiet --source-name registry.example/app --source-version "$1" "oci-dir:$1" \
        -o "spdx-json=$1.spdx.json")
}

# report NAME writes $work/NAME.trivy.json by trivy. Without its database it lists packages and licences, and
# cannot know vulnerabilities.
report() {
    (cd "$work" && "$TRIVY" image --quiet --input "$1" --offline-scan --skip-db-update --skip-java-db-update \
        --scanners license,secret --list-all-pkgs --format json --output "$1.trivy.json")
}

# with_finding REPORT SEVERITY prints the report with one finding of that severity in musl, in trivy's shape.
# The identifier is of a year to come: the finding is made up.
with_finding() {
    jq --arg severity "$2" '.CreatedAt = "2026-11-23T12:00:00Z" | .Results |= map(
        if .Class == "os-pkgs" then .Vulnerabilities = [{
            VulnerabilityID: "CVE-2099-0001",
            PkgID: "musl@1.2.5-r0",
            PkgName: "musl",
            PkgIdentifier: { PURL: "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=3.20.3" },
            InstalledVersion: "1.2.5-r0",
            FixedVersion: "1.2.5-r1",
            Status: "fixed",
            Layer: .Packages[0].Layer,
            SeveritySource: "nvd",
            PrimaryURL: "https://example.com/CVE-2099-0001",
            Title: "musl: a finding made up for this demonstration",
            Description: "This vulnerability does not exist.",
            Severity: $severity
        }] else . end)' "$1"
}
