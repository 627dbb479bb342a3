#!/bin/sh
# Compares what the binary classifiers say of real programs with the versions of the packages that they are from.
#
#   PORTCULLIS=target/release/portcullis scripts/accuracy/classifiers.sh DIRECTORY-OF-DEBS
#
# Fill the directory with `apt-get download nginx redis-server ...`. Each package is unpacked alone, without dpkg's
# database, so that the programs are all there is to know it by. Prints, for each package, what was found in it:
#   same       the version that the package has, without epoch, revision and what Debian adds
#   DIFFERENT  another one
#   nothing    no classifier knows a program in it
# and ends with 1 if there is a DIFFERENT. Needs dpkg-deb and jq.
set -eu

portcullis=${PORTCULLIS:-portcullis}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 5:7.0.15-1~deb12u10 is 7.0.15, 1.14.0.dfsg-2 is 1.14.0.
upstream() {
    printf '%s\n' "$1" | sed -E 's/^[0-9]+://; s/-[^-]*$//; s/[.+~](dfsg|ds|repack|really)[0-9.]*$//'
}

status=0
for deb in "$1"/*.deb; do
    package=$(dpkg-deb -f "$deb" Package)
    version=$(dpkg-deb -f "$deb" Version)
    expected=$(upstream "$version")
    mkdir "$work/root"
    dpkg-deb -x "$deb" "$work/root"
    "$portcullis" sbom "dir:$work/root" -o syft-json 2>/dev/null |
        jq -r '.artifacts[] | select(.foundBy == "binary-classifier-cataloger") |
            "\(.name) \(.version) \(.locations[0].path)"' | sort > "$work/found"
    rm -rf "$work/root"
    test -s "$work/found" || printf 'nothing    %s %s\n' "$package" "$version"
    while read -r name found path; do
        word=DIFFERENT
        test "$found" != "$expected" || word='same     '
        test "$word" != DIFFERENT || status=1
        printf '%s  %s %s: %s %s %s\n' "$word" "$package" "$version" "$name" "$found" "$path"
    done < "$work/found"
done
exit $status
