#!/usr/bin/env bash
# The table of docs/sbom-accuracy.md: the truth of every image from the package managers' own databases, and what the
# documents of each tool have of it.
#
#   table.sh ROOTFS DOCUMENTS TRUTH > table.md
#
# ROOTFS has the unpacked images, DOCUMENTS has TOOL/IMAGE.spdx.json; TRUTH gets IMAGE.KIND, and what it has already is
# kept. Unpack afresh: rpm leaves traces in a root in which it has been run.
# Needs: binutils, dpkg, rpm, and a python3 with `pip install packaging`.
set -euo pipefail
here=$(dirname "$0") rootfs=$1 documents=$2 truth=$3
mkdir -p "$truth"
for root in "$rootfs"/*/; do
    image=$(basename "$root")
    for kind in apk deb go java node python rpm rust; do
        file=$truth/$image.$kind
        [ -e "$file" ] && continue
        python3 "$here/truth_$kind.py" "$root" > "$file.new"
        if [ "$kind" = java ]; then
            awk -F'\t' '{ print "package", $1 ":" $2, $3 }' "$file.new" | sort -u > "$file.sorted"
            mv "$file.sorted" "$file.new"
        fi
        if grep -q '^package' "$file.new"; then mv "$file.new" "$file"; else rm "$file.new"; fi
    done
done
exec python3 "$here/compare.py" "$truth" "$documents"
