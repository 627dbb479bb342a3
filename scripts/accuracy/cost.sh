#!/bin/sh
# What a document of each image costs, side by side: processor time, wall time and peak memory of portcullis, syft and
# trivy, and the least that any reader pays, `igzip -dc | tar t` of the layers. The best of three runs (syft and
# trivy: of one).
#
#   PORTCULLIS=target/release/portcullis scripts/accuracy/cost.sh IMAGES [NAME...]
#
# IMAGES holds OCI layouts, one a directory, with the tag v1. Needs: syft, trivy, jq, igzip (isa-l), GNU time.
# TRIVY_JAVA_DB is trivy's index of Java archives, a directory; without it trivy fails where there are any. trivy keeps
# what it found in layers: each run has a cache of its own.
set -eu

images=$1
shift
[ $# -gt 0 ] || set -- debian-min node java python rustgo polyglot
portcullis=${PORTCULLIS:-portcullis}
figures=$(mktemp)
cache=$(mktemp -d)
trap 'rm -rf "$figures" "$cache"' EXIT

# measure RUNS COMMAND...: "cpu wall megabytes", the smallest of each, or dashes when it fails
measure() {
    runs=$1
    shift
    for _ in $(seq "$runs"); do
        /usr/bin/time -f '%U %S %e %M' -o "$figures" "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2; return 1; }
        cat "$figures"
    done | awk '{ c = $1 + $2; m = $4 / 1024
        if (NR == 1 || c < cpu) cpu = c
        if (NR == 1 || $3 < wall) wall = $3
        if (NR == 1 || m < mem) mem = m } END { if (NR) printf "%.2f %.2f %.0f", cpu, wall, mem; else printf "- - -" }'
}

echo '| image | portcullis CPU s | syft | trivy | floor | of syft | of trivy | wall s | wall of floor | MB | syft MB | trivy MB |'
echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
for name; do
    layout=$images/$name
    manifest=$layout/blobs/sha256/$(jq -r '.manifests[0].digest' "$layout/index.json" | cut -d: -f2)
    layers=$(jq -r '.layers[].digest' "$manifest" | sed "s#sha256:#$layout/blobs/sha256/#")
    # Into the page cache, once for all.
    # shellcheck disable=SC2086
    cat $layers >/dev/null
    ours=$(measure 3 "$portcullis" sbom "oci-dir:$layout:v1")
    floor=$(measure 3 sh -c "for layer in $(echo $layers); do igzip -dc <\$layer | tar tf -; done")
    syft=$(SYFT_CHECK_FOR_APP_UPDATE=false measure 1 syft -q scan "oci-dir:$layout" -o spdx-json)
    rm -rf "$cache"
    mkdir "$cache"
    [ -z "${TRIVY_JAVA_DB:-}" ] || cp -r "$TRIVY_JAVA_DB" "$cache/java-db"
    trivy=$(measure 1 trivy -q --cache-dir "$cache" image --offline-scan --skip-db-update --skip-java-db-update --input "$layout" \
        --format spdx-json)
    echo "$name $ours $syft $trivy $floor" | awk 'function ratio(of, by) { return by == "-" ? "-" : sprintf("1/%.1f", by / of) }
        { printf "| %s | %.2f | %s | %s | %.2f | %s | %s | %.2f | %.2f | %d | %s | %s |\n",
            $1, $2, $5, $8, $11, ratio($2, $5), ratio($2, $8), $3, $3 / $11, $4, $7, $10 }'
done
