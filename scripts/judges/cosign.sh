#!/bin/sh
# Lets the real cosign judge every case of the test authority and records the verdicts.
#
#   COSIGN=cosign COSIGN_VERSION=3.1.1 scripts/judges/cosign.sh > testdata/judges/cosign-3.1.1.json
#
# Needs: cargo, jq, a cosign. Opens no socket.
set -eu

cosign=${COSIGN:-cosign}
version=${COSIGN_VERSION:-$("$cosign" version --json 2>/dev/null | jq -r .gitVersion)}
cases=${PORTCULLIS_CASES:-$(mktemp -d)}
export PORTCULLIS_CASES="$cases"
# A home of its own: cosign keeps a TUF cache there.
HOME=$(mktemp -d)
CARGO_HOME=${CARGO_HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)/.cargo}
RUSTUP_HOME=${RUSTUP_HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)/.rustup}
export HOME CARGO_HOME RUSTUP_HOME

cargo test --quiet --test it write_cases -- --ignored >&2


judge() {
    case_dir=$1
    get() { jq -r --arg key "$1" '.[$key] // empty' "$case_dir/case.json"; }
    kind=$(get kind)
    new=
    case $version-$kind in
    2*-legacy-*)
        # cosign 2 knows no trusted root for the legacy layouts; its keys come one by one.
        set --
        export SIGSTORE_ROOT_FILE="$case_dir/fulcio.pem" SIGSTORE_REKOR_PUBLIC_KEY="$case_dir/rekor.pub" \
            SIGSTORE_CT_LOG_PUBLIC_KEY_FILE="$case_dir/ctfe.pub" SIGSTORE_TSA_CERTIFICATE_FILE="$case_dir/tsa.pem"
        ;;
    2*) # cosign 2 has to be told that a bundle is a sigstore bundle.
        new=--new-bundle-format
        set -- --trusted-root "$case_dir/trusted_root.json"
        ;;
    *) set -- --trusted-root "$case_dir/trusted_root.json" ;;
    esac
    if [ -e "$case_dir/key.pub" ]; then
        set -- "$@" --key "$case_dir/key.pub"
    else
        set -- "$@" --certificate-identity "$(get identity)" --certificate-oidc-issuer "$(get issuer)"
    fi
    if [ "$(get signed-timestamps)" = true ]; then set -- "$@" --use-signed-timestamps; fi
    if [ "$(get ignore-tlog)" = true ]; then set -- "$@" --insecure-ignore-tlog; fi
    if [ -n "$(get digest)" ]; then set -- "$@" --signature-digest-algorithm "$(get digest)"; fi
    case $kind in
    blob) "$cosign" verify-blob $new --bundle "$case_dir/bundle.json" "$@" "$case_dir/artifact" ;;
    attestation)
        "$cosign" verify-blob-attestation $new --bundle "$case_dir/bundle.json" "$@" \
            --type "$(get predicate-type)" "$case_dir/manifest"
        ;;
    image-signature) "$cosign" verify $new --local-image "$@" "$case_dir/layout" ;;
    legacy-signature) "$cosign" verify --offline --local-image "$@" "$case_dir/layout" ;;
    legacy-attestation)
        "$cosign" verify-attestation --offline --local-image --type "$(get predicate-type)" "$@" "$case_dir/layout"
        ;;
    esac
}

for case_dir in "$cases"/*/; do
    case_dir=${case_dir%/}
    case $version-$(jq -r .kind "$case_dir/case.json") in
    2*-image-signature) verdict=unsupported output='Error: cosign 2 reads no bundles from a layout' ;;
    *) if output=$(judge "$case_dir" 2>&1 >/dev/null); then verdict=accept; else verdict=refuse; fi ;;
    esac
    # The error without paths of this run; cosign prints it first.
    reason=
    if [ $verdict != accept ]; then
        reason=$(printf '%s\n' "$output" | sed -n -e 's/^Error: //p' -e '/^panic: /p' | head -n 1 | sed -e "s#$cases/##g" | cut -c 1-240)
    fi
    jq -n --arg case "$(basename "$case_dir")" --arg verdict $verdict --arg reason "$reason" \
        --arg fingerprint "$(jq -r .fingerprint "$case_dir/case.json")" \
        '{($case): ({fingerprint: $fingerprint, verdict: $verdict} + if $reason == "" then {} else {reason: $reason} end)}'
done | jq -s --arg version "$version" \
    '{judge: "cosign", version: $version, command: "scripts/judges/cosign.sh", verdicts: (add // {})}'
