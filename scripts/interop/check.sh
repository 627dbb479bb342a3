# Has cosign 3 judge every case of testdata/interop. Sourced by make.sh.
# shellcheck shell=sh disable=SC2154

failed=
for directory in "$out"/*/; do
    name=$(basename "$directory")
    key=$(jq -r '.key // empty' "$directory/case.json")
    set -- --trusted-root "$out/trusted_root.json"
    if [ -n "$key" ]; then
        set -- "$@" --key "$directory/$key"
    else
        set -- "$@" --certificate-identity "$identity" --certificate-oidc-issuer "$issuer"
    fi
    for kind in signature sbom; do
        wanted=$(jq -r ".expect.$kind" "$directory/case.json")
        case $kind in
        signature) judge="verify" ;;
        sbom) judge="verify-attestation --type spdxjson" ;;
        esac
        # cosign reads no layout but its own, and looks for the SBOM of an index at the index only.
        case $name-$kind in
        index-*-signature) where=$registry/$name@$(jq -r .image "$directory/case.json") ;;
        index-*-sbom) where=$registry/$name@${amd64#*@} ;;
        *) where="--local-image $directory/layout" ;;
        esac
        # shellcheck disable=SC2086
        if "$COSIGN3" $judge "$@" $where >"$work/judge.out" 2>"$work/judge.err"; then said=accept; else said=refuse; fi
        echo "$name: $kind: cosign says $said, wanted $wanted" >&2
        if [ $said != "$wanted" ]; then
            failed="$failed $name/$kind"
            cat "$work/judge.err" >&2
        fi
    done
done
du -sk "$out"/* >&2
[ -z "$failed" ] || { echo "cosign disagrees:$failed" >&2; exit 1; }
