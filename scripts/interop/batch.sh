#!/usr/bin/env bash
# What the verification of many images costs: cosign in a loop, cosign in one call, portcullis in one call.
#
#   COSIGN3=cosign-3.1.1 PORTCULLIS=target/release/portcullis scripts/interop/batch.sh [IMAGES]
#
# Needs cargo, curl, cosign 3 and docker-registry; talks to loopback only. Every image (100 by default) has a
# repository, a digest and a keyless signature of its own, by the test authority, with log entry and timestamp.
# Every command must accept every image: a quick refusal is not a fast verification.
count=${1:-100}
# shellcheck source=scripts/interop/lib.sh
. "$(dirname "$0")/lib.sh"
set -o pipefail
: "${PORTCULLIS:=$root/target/release/portcullis}"

manifest=application/vnd.oci.image.manifest.v1+json

# upload FILE REPOSITORY puts a blob and prints its descriptor without the media type.
upload() {
    local digest location
    digest=sha256:$(sha256sum <"$1" | cut -d ' ' -f 1)
    location=$(curl -sSf -D - -o "$work/answer" -X POST "http://$registry/v2/$2/blobs/uploads/" |
        tr -d '\r' | awk 'tolower($1) == "location:" { print $2 }')
    curl -sSf -o "$work/answer" -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" \
        "$location&digest=$digest"
    echo "\"digest\":\"$digest\",\"size\":$(wc -c <"$1")"
}

# image NUMBER pushes an image that differs from the others by its author, signs it, and prints its name.
image() {
    local repository=team/app-$1 config layer
    echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"$1\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}" \
        >"$work/config.json"
    echo layer >"$work/layer"
    config=$(upload "$work/config.json" "$repository")
    layer=$(upload "$work/layer" "$repository")
    echo "{\"schemaVersion\":2,\"mediaType\":\"$manifest\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",$config},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",$layer}]}" \
        >"$work/manifest.json"
    curl -sSf -o "$work/answer" -X PUT -H "Content-Type: $manifest" --data-binary "@$work/manifest.json" \
        "http://$registry/v2/$repository/manifests/1"
    cosign3_keyless sign "$registry/$repository@sha256:$(sha256sum <"$work/manifest.json" | cut -d ' ' -f 1)" \
        >"$work/sign.log" 2>&1 || { cat "$work/sign.log" >&2 && exit 1; }
    echo "$registry/$repository:1"
}

# measure NAME COMMAND... prints wall and processor time, and keeps the wall time for the ratio.
measure() {
    local name=$1 TIMEFORMAT='%R %U %S' wall user system
    shift
    "$@" >"$work/out" 2>&1 || { tail -n 20 "$work/out" >&2 && echo "$name fails" >&2 && exit 1; }
    read -r wall user system < <({ time "$@" >"$work/out" 2>&1; } 2>&1)
    : "${first:=$wall}"
    awk -v name="$name" -v wall="$wall" -v user="$user" -v sys="$system" -v first="$first" \
        'BEGIN { printf "%-28s %7.2f s, processor %6.2f s, %5.1fx\n", name, wall, user + sys, first / wall }'
}

loop() {
    local image
    for image in "${images[@]}"; do "$@" "$image" || return; done
}

echo "making and signing $count images" >&2
images=()
for ((number = 1; number <= count; number++)); do
    name=$(image "$number")
    images+=("$name")
done

signer=(--trusted-root "$work/authority/trusted_root.json"
    --certificate-identity "$identity" --certificate-oidc-issuer "$issuer")
echo "$count images, $(nproc) processors"
measure 'cosign in a loop' loop "$COSIGN3" verify "${signer[@]}"
measure 'cosign in one call' "$COSIGN3" verify "${signer[@]}" "${images[@]}"
measure 'portcullis cosign verify' "$PORTCULLIS" cosign verify "${signer[@]}" "${images[@]}"
measure 'portcullis verify' "$PORTCULLIS" verify "${signer[@]}" "${images[@]}"
