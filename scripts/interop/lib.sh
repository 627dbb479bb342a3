# Shared by the scripts of this directory: the peers, and a registry and the test authority on loopback.
#
# Peers come from PATH or from the environment.
# shellcheck shell=sh disable=SC2034
set -eu

: "${COSIGN2:=cosign2}" "${COSIGN3:=cosign3}" "${COSIGN2_VERSION:=2.5.0}" "${COSIGN3_VERSION:=3.1.1}"
: "${SYFT:=syft}" "${TRIVY:=trivy}" "${SKOPEO:=skopeo}" "${UMOCI:=umoci}" "${REGISTRY:=docker-registry}"
: "${REGISTRY_PORT:=5500}"

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
registry=localhost:$REGISTRY_PORT
pids=
stop() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT INT TERM

# The identity that all keyless cases are signed by.
identity=https://github.com/example/app/.github/workflows/release.yml@refs/heads/main
issuer=https://token.actions.githubusercontent.com

(cd "$root" && cargo build --quiet --example test_authority)
"${CARGO_TARGET_DIR:-$root/target}/debug/examples/test_authority" "$work/authority" >"$work/url" &
pids="$pids $!"

cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: 127.0.0.1:$REGISTRY_PORT}
YAML
"$REGISTRY" serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
pids="$pids $!"

# A home of its own: cosign keeps a TUF cache there, trivy and syft their caches.
HOME=$work/home
SYFT_CHECK_FOR_APP_UPDATE=false
COSIGN_PASSWORD=
export HOME SYFT_CHECK_FOR_APP_UPDATE COSIGN_PASSWORD
mkdir -p "$HOME"

until [ -s "$work/url" ] && curl -sf "http://$registry/v2/" >"$work/ping"; do sleep 0.2; done
url=$(cat "$work/url")

# A fresh token of $identity, as GitHub Actions would give it.
token() {
    curl -sf "$url/token?sub=repo:example/app&repository=example/app&event_name=push&ref=refs/heads/main&workflow=release&sha=5c9a5f7c1f0b7c2f9c38fd6f3dcd3f6b1d0f4a11&job_workflow_ref=${identity#https://github.com/}"
}

# cosign 2 with the keys of the authority one by one, which is all it knows.
cosign2() {
    command=$1
    shift
    SIGSTORE_ROOT_FILE=$work/authority/fulcio.pem SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=$work/authority/ctfe.pub \
        SIGSTORE_REKOR_PUBLIC_KEY=$work/authority/rekor.pub "$COSIGN2" "$command" --rekor-url "$url" --yes "$@"
}

cosign2_keyless() {
    command=$1
    shift
    cosign2 "$command" --fulcio-url "$url" --identity-token "$(token)" "$@"
}

cosign3() {
    command=$1
    shift
    "$COSIGN3" "$command" --signing-config "$work/authority/signing_config.json" \
        --trusted-root "$work/authority/trusted_root.json" --yes "$@"
}

cosign3_keyless() {
    command=$1
    shift
    cosign3 "$command" --identity-token "$(token)" "$@"
}

# push LAYOUT:TAG REPOSITORY prints REPOSITORY@DIGEST in the registry.
push() {
    "$SKOPEO" copy --quiet --dest-tls-verify=false "oci:$1" "docker://$registry/$2:latest"
    echo "$registry/$2@$("$SKOPEO" inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$2:latest")"
}

# export_tags REPOSITORY LAYOUT copies every tag, signatures and referrers among them, into a layout.
export_tags() {
    for tag in $(curl -sf "http://$registry/v2/$1/tags/list" | jq -r '.tags[]'); do
        "$SKOPEO" copy --quiet --all --src-tls-verify=false "docker://$registry/$1:$tag" "oci:$2:$tag"
    done
}
