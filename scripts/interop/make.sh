#!/bin/sh
# Makes testdata/interop anew with the real tools: images, signatures, attestations, SBOMs and scan reports.
#
#   COSIGN2=cosign-2.5.0 COSIGN3=cosign-3.1.1 scripts/interop/make.sh
#
# Needs cargo, curl, jq, cosign 2 and 3, syft, trivy, skopeo, umoci and docker-registry; talks to loopback only.
# Each case is then judged by cosign 3, which must say what its case.json says.
# shellcheck source=scripts/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/interop/image.sh
. "$(dirname "$0")/image.sh"

out=$root/testdata/interop
mkdir -p "$out"
rm -rf "${out:?}"/*/
cp "$work/authority/trusted_root.json" "$out/"

syft_version=$("$SYFT" version -o json | jq -r .version)
trivy_version=$("$TRIVY" --version | head -n 1)
tools="cosign $COSIGN2_VERSION and $COSIGN3_VERSION, syft $syft_version, trivy ($trivy_version), skopeo, umoci, docker-registry"

image demo amd64
image demo-arm64 arm64
image other amd64
for name in demo demo-arm64 other; do sbom $name; done
for name in demo other; do report $name; done
(cd "$work" && "$COSIGN3" generate-key-pair >key.log 2>&1)

# case_json NAME DIGEST SIGNATURE SBOM [KEY] writes case.json and the policy.
case_json() {
    signer="identity: $identity
      issuer: $issuer"
    jq -n --arg image "$2" --arg signature "$3" --arg sbom "$4" --arg identity "$identity" --arg issuer "$issuer" \
        --arg key "${5:-}" '{image: $image, layout: "layout", "trusted-root": "../trusted_root.json"}
        + (if $key == "" then {identity: $identity, issuer: $issuer} else {key: $key} end)
        + {expect: {signature: $signature, sbom: $sbom}}
        + ([if $signature == "refuse" then "signature" else empty end, if $sbom == "refuse" then "sbom" else empty end]
            | {gate: [{report: null, decision: (if . == [] then "promote" else "refuse" end), fails: .}]})' >"$out/$1/case.json"
    if [ -n "${5:-}" ]; then
        cp "$work/cosign.pub" "$out/$1/$5"
        signer="key: $5"
    fi
    scan="  required: false"
    if [ -e "$out/$1/report-promote.json" ] || [ -e "$out/$1/report.json" ]; then scan="  fail-on: [HIGH, CRITICAL]
  max-age: 24h
  unknown-database: allow"; fi
    cat >"$out/$1/portcullis.yaml" <<YAML
version: 1
signature:
  identities:
    - $signer
sbom:
  required: true
scan:
$scan
YAML
}

# gate NAME ENTRIES replaces what the gate must decide: report, decision, sections of the rules that fail.
gate() {
    jq --argjson gate "$2" '.gate = $gate' "$out/$1/case.json" >"$work/case.json"
    cp "$work/case.json" "$out/$1/case.json"
}

# readme NAME: what it shows, from standard input.
readme() {
    { echo "# $1"; echo; cat; echo; echo "Made by \`scripts/interop/make.sh\` with $tools."; } >"$out/$1/README.md"
}

# Signed and attested with cosign 2, exported by its own `save`.
mkdir -p "$out/keyless-legacy" "$out/key-legacy" "$out/keyless-bundle" "$out/key-bundle" "$out/demo"
reference=$(push "$work/images:demo" keyless-legacy)
digest=${reference#*@}
cosign2_keyless sign "$reference"
cosign2_keyless attest --type spdxjson --predicate "$work/demo.spdx.json" "$reference"
"$COSIGN2" save --dir "$out/keyless-legacy/layout" "$reference"
case_json keyless-legacy "$digest" accept accept
readme keyless-legacy <<MD
Keyless signature and SPDX attestation of cosign 2, in the \`.sig\` and \`.att\` layers. Both must be accepted.

    cosign sign IMAGE
    cosign attest --type spdxjson --predicate sbom.spdx.json IMAGE
    cosign save --dir layout IMAGE
MD

reference=$(push "$work/images:demo" key-legacy)
cosign2 sign --key "$work/cosign.key" "$reference"
cosign2 attest --key "$work/cosign.key" --type spdxjson --predicate "$work/demo.spdx.json" "$reference"
"$COSIGN2" save --dir "$out/key-legacy/layout" "$reference"
case_json key-legacy "$digest" accept accept cosign.pub
readme key-legacy <<MD
Signature and SPDX attestation of cosign 2 with a PEM key. Both must be accepted with \`cosign.pub\`.

    cosign generate-key-pair
    cosign sign --key cosign.key IMAGE
    cosign attest --key cosign.key --type spdxjson --predicate sbom.spdx.json IMAGE
    cosign save --dir layout IMAGE
MD

# The same with cosign 3: bundles as referrers.
reference=$(push "$work/images:demo" keyless-bundle)
cosign3_keyless sign "$reference"
cosign3_keyless attest --type spdxjson --predicate "$work/demo.spdx.json" "$reference"
"$COSIGN3" save --dir "$out/keyless-bundle/layout" "$reference"
case_json keyless-bundle "$digest" accept accept
readme keyless-bundle <<MD
Keyless signature and SPDX attestation of cosign 3, as bundles that refer to the image, each with an RFC 3161
timestamp. Both must be accepted. \`cosign save\` writes the bundles as blobs that \`index.json\` does not list.

    cosign sign --signing-config signing_config.json --trusted-root trusted_root.json IMAGE
    cosign attest ... --type spdxjson --predicate sbom.spdx.json IMAGE
    cosign save --dir layout IMAGE
MD

reference=$(push "$work/images:demo" key-bundle)
cosign3 sign --key "$work/cosign.key" "$reference"
cosign3 attest --key "$work/cosign.key" --type spdxjson --predicate "$work/demo.spdx.json" "$reference"
"$COSIGN3" save --dir "$out/key-bundle/layout" "$reference"
case_json key-bundle "$digest" accept accept cosign.pub
readme key-bundle <<MD
Signature and SPDX attestation of cosign 3 with a PEM key. Both must be accepted with \`cosign.pub\`.

    cosign sign --key cosign.key --signing-config signing_config.json --trusted-root trusted_root.json IMAGE
    cosign attest --key cosign.key ... --type spdxjson --predicate sbom.spdx.json IMAGE
    cosign save --dir layout IMAGE
MD

# The demonstration: evidence of cosign 3, and reports bound to this very image.
cp -r "$out/keyless-bundle/layout" "$out/demo/layout"
cp "$work/demo.trivy.json" "$out/demo/trivy.json"
cp "$work/demo.spdx.json" "$out/demo/sbom.spdx.json"
for blob in "$out"/demo/layout/blobs/sha256/*; do
    if jq -e '.dsseEnvelope.payload | @base64d | fromjson | .predicateType == "https://spdx.dev/Document"' "$blob" \
        >"$work/type" 2>&1; then cp "$blob" "$out/demo/attestation.sigstore.json"; fi
done
with_finding "$work/demo.trivy.json" MEDIUM >"$out/demo/report-promote.json"
with_finding "$work/demo.trivy.json" CRITICAL >"$out/demo/report-refuse.json"
case_json demo "$digest" accept accept
gate demo '[{"report": "report-promote.json", "decision": "promote", "fails": []},
    {"report": "report-refuse.json", "decision": "refuse", "fails": ["scan"]},
    {"report": null, "decision": "refuse", "fails": ["scan"]}]'
readme demo <<MD
The image of the project's README: signed, with an attested SBOM, and two scan reports.

- \`report-promote.json\` has one MEDIUM finding: the image may be promoted.
- \`report-refuse.json\` has the same finding as CRITICAL, with a fix: it may not.
- \`trivy.json\` is what the real trivy wrote of this image. Here it had no vulnerability database, so it lists
  packages and licences and says nothing about vulnerabilities. The other two are this file with \`CreatedAt\` and
  **one finding made up by hand** in trivy's shape; CVE-2099-0001 does not exist.
- \`sbom.spdx.json\` is what syft wrote, and what is attested; \`attestation.sigstore.json\` is the bundle that attests it,
  as it lies in the layout.
MD

# An index of two platforms, signed as a whole and per platform, with an SBOM per platform.
amd64=$(push "$work/images:demo" index-multiplatform)
arm64=$(push "$work/images:demo-arm64" index-multiplatform)
descriptor() {
    jq -n --arg digest "${1#*@}" --arg architecture "$2" --argjson size "$(curl -sfI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://$registry/v2/index-multiplatform/manifests/${1#*@}" | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ength: //p')" \
        '{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size,
          platform: {architecture: $architecture, os: "linux"}}'
}
{ descriptor "$amd64" amd64; descriptor "$arm64" arm64; } |
    jq -cs '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' >"$work/index.json"
curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary "@$work/index.json" \
    "http://$registry/v2/index-multiplatform/manifests/latest"
digest=sha256:$(sha256sum "$work/index.json" | cut -d ' ' -f 1)
mkdir -p "$out/index-multiplatform"
cosign3_keyless sign --recursive "$registry/index-multiplatform@$digest"
cosign3_keyless attest --type spdxjson --predicate "$work/demo.spdx.json" "$amd64"
cosign3_keyless attest --type spdxjson --predicate "$work/demo-arm64.spdx.json" "$arm64"
export_tags index-multiplatform "$out/index-multiplatform/layout"
case_json index-multiplatform "$digest" accept accept
readme index-multiplatform <<MD
An index of linux/amd64 and linux/arm64: cosign 3 signed the index and each platform, and attested an SPDX
document to each platform, not to the index. All must be accepted. The layout is a copy of every tag of the
repository: the registry has no referrers API, so bundles hang on the tags \`sha256-<hex>\`.

    cosign sign --recursive INDEX
    cosign attest --type spdxjson --predicate amd64.spdx.json INDEX@AMD64
    cosign attest --type spdxjson --predicate arm64.spdx.json INDEX@ARM64
    skopeo copy --all docker://INDEX:TAG oci:layout:TAG    (each tag)
MD

# The same by cosign 2: `.sig` and `.att` tags of the index and of each platform.
push "$work/images:demo" index-legacy >"$work/amd64"
push "$work/images:demo-arm64" index-legacy >"$work/arm64"
curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary "@$work/index.json" \
    "http://$registry/v2/index-legacy/manifests/latest"
mkdir -p "$out/index-legacy"
cosign2_keyless sign --recursive "$registry/index-legacy@$digest"
cosign2_keyless attest --type spdxjson --predicate "$work/demo.spdx.json" "$(cat "$work/amd64")"
cosign2_keyless attest --type spdxjson --predicate "$work/demo-arm64.spdx.json" "$(cat "$work/arm64")"
export_tags index-legacy "$out/index-legacy/layout"
case_json index-legacy "$digest" accept accept
readme index-legacy <<MD
The index of \`index-multiplatform\`, signed and attested by cosign 2: tags \`.sig\` of the index and of each platform,
tags \`.att\` of each platform. All must be accepted. The layout is a copy of every tag of the repository.
MD

# shellcheck source=scripts/interop/refused.sh
. "$(dirname "$0")/refused.sh"
# shellcheck source=scripts/interop/check.sh
. "$(dirname "$0")/check.sh"
