# Cases that must be refused: real evidence in the wrong place. Sourced by make.sh.
# shellcheck shell=sh disable=SC2154

digest=${amd64#*@}
other=$(push "$work/images:other" other)
cosign2_keyless sign "$other"
cosign2_keyless attest --type spdxjson --predicate "$work/other.spdx.json" "$other"

# move SUFFIX REPOSITORY hangs the other image's legacy manifest on the demo image.
move() {
    tag() { echo "$1" | tr : - ; }
    "$SKOPEO" copy --quiet --src-tls-verify=false --dest-tls-verify=false \
        "docker://$registry/other:$(tag "${other#*@}").$1" "docker://$registry/$2:$(tag "$digest").$1"
}

mkdir -p "$out/signature-other-image_fail" "$out/attestation-other-image_fail" "$out/report-other-image_fail" \
    "$out/unsigned_fail" "$out/bundle-other-image_fail"

reference=$(push "$work/images:demo" signature-other-image)
move sig signature-other-image
cosign2_keyless attest --type spdxjson --predicate "$work/demo.spdx.json" "$reference"
"$COSIGN2" save --dir "$out/signature-other-image_fail/layout" "$reference"
case_json signature-other-image_fail "$digest" refuse accept
readme signature-other-image_fail <<MD
The \`.sig\` tag holds a genuine signature of another image by the same people. The attestation is right.
MD

reference=$(push "$work/images:demo" attestation-other-image)
cosign2_keyless sign "$reference"
move att attestation-other-image
"$COSIGN2" save --dir "$out/attestation-other-image_fail/layout" "$reference"
case_json attestation-other-image_fail "$digest" accept refuse
readme attestation-other-image_fail <<MD
The \`.att\` tag holds a genuine SPDX attestation of another image by the same people. The signature is right.
MD

# A bundle is moved by rewriting the manifest that refers to its subject.
reference=$(push "$work/images:demo" bundle-other-image)
third=$(push "$work/images:other" bundle-other-image)
cosign3_keyless sign "$third"
cosign3_keyless attest --type spdxjson --predicate "$work/other.spdx.json" "$third"
"$COSIGN3" save --dir "$work/moved" "$third"
cp -r "$work/demo" "$out/bundle-other-image_fail/layout"
layout=$out/bundle-other-image_fail/layout
jq -c '.manifests[0].annotations = {"kind": "dev.cosignproject.cosign/image"}' "$layout/index.json" >"$work/i.json"
cp "$work/i.json" "$layout/index.json"
size=$(wc -c <"$layout/blobs/sha256/${digest#sha256:}")
for blob in "$work"/moved/blobs/sha256/*; do
    if jq -e '.subject' "$blob" >"$work/subject" 2>&1; then
        jq -c --arg digest "$digest" --argjson size "$size" '.subject.digest = $digest | .subject.size = $size' "$blob" >"$work/moved.json"
        cp "$work/moved.json" "$layout/blobs/sha256/$(sha256sum "$work/moved.json" | cut -d ' ' -f 1)"
    elif jq -e '.mediaType // "" | startswith("application/vnd.dev.sigstore.bundle")' "$blob" >"$work/subject" 2>&1; then
        cp "$blob" "$layout/blobs/sha256/"
    fi
done
printf '{}' >"$layout/blobs/sha256/$(printf '{}' | sha256sum | cut -d ' ' -f 1)"
case_json bundle-other-image_fail "$digest" refuse refuse
readme bundle-other-image_fail <<MD
Genuine bundles (signature and SPDX attestation) of another image, hung on this one by rewriting \`subject\` in the
manifests that refer to it.
MD

reference=$(push "$work/images:demo" unsigned)
"$COSIGN3" save --dir "$out/unsigned_fail/layout" "$reference" || cp -r "$work/demo" "$out/unsigned_fail/layout"
case_json unsigned_fail "$digest" refuse refuse
readme unsigned_fail <<MD
The image with nothing attached.
MD

cp -r "$out/keyless-bundle/layout" "$out/report-other-image_fail/layout"
with_finding "$work/other.trivy.json" LOW >"$out/report-other-image_fail/report.json"
case_json report-other-image_fail "$digest" accept accept
gate report-other-image_fail '[{"report": "report.json", "decision": "refuse", "fails": ["scan"]}]'
readme report-other-image_fail <<MD
Signature and attestation are right; \`report.json\` is a clean report of **another** image (its image id and layers
say so), so the image may not be promoted. The report's finding is made up, see \`demo\`.
MD
