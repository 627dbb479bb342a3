#!/bin/sh
# Makes testdata/differential/evidence anew: blobs and images that the real cosign signed in the ways that the
# differential tests ask about and testdata/interop does not hold.
#
#   COSIGN2=cosign-2.5.0 COSIGN3=cosign-3.1.1 scripts/differential/evidence.sh
#
# Needs cargo, curl, jq, openssl, cosign 2 and 3, skopeo and docker-registry; talks to loopback only.
# shellcheck source=scripts/interop/lib.sh
. "$(dirname "$0")/../interop/lib.sh"

out=$root/testdata/differential/evidence
rm -rf "$out"
mkdir -p "$out/blob" "$out/images" "$out/trust" "$out/keys"
cp "$work"/authority/*.pem "$work"/authority/*.pub "$work/authority/trusted_root.json" "$out/trust/"
cd "$work"
"$COSIGN3" generate-key-pair >key.log 2>&1
"$COSIGN3" generate-key-pair --output-key-prefix other >key.log 2>&1
cp cosign.pub other.pub "$out/keys/"

# A certificate authority that is none of Sigstore's, for --certificate, --certificate-chain and --ca-roots.
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -days 36500 -subj '/O=example.com/CN=example root' -out ca-root.pem
openssl ecparam -name prime256v1 -genkey -noout -out leaf.ec
openssl pkcs8 -topk8 -nocrypt -in leaf.ec -out leaf.pk8
openssl req -new -key leaf.pk8 -subj '/O=example.com/CN=signer' -out leaf.csr
printf 'subjectAltName=email:signer@example.com\nextendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n' >leaf.ext
openssl x509 -req -in leaf.csr -CA ca-root.pem -CAkey ca.key -CAcreateserial -days 36500 -extfile leaf.ext -out leaf.pem 2>key.log
"$COSIGN3" import-key-pair --key leaf.pk8 --output-key-prefix leaf >key.log 2>&1
cp ca-root.pem leaf.pem "$out/keys/"

# A trusted root with other people's keys.
"$COSIGN3" trusted-root create --fulcio "url=https://fulcio.example.com,certificate-chain=ca-root.pem" \
    --rekor "url=https://rekor.example.com,public-key=other.pub,start-time=2024-01-01T00:00:00Z" \
    --ctfe "url=https://ctfe.example.com,public-key=other.pub,start-time=2024-01-01T00:00:00Z" \
    --out "$out/trust/other_root.json"

# Blobs.
printf 'hello\n' >"$out/blob/hello.txt"
printf 'other\n' >"$out/blob/other.txt"
printf '{"buildType":"https://example.com/build","builder":{"id":"https://example.com/builder"}}' >provenance.json
printf '{"buildDefinition":{"buildType":"https://example.com/build"},"runDetails":{"builder":{"id":"https://example.com/builder"}}}' >provenance1.json
printf '{"approved":true,"by":"qa@example.com"}' >custom.json
printf '{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app","dataLicense":"CC0-1.0","documentNamespace":"https://example.com/app","creationInfo":{"created":"2025-03-01T12:00:00Z","creators":["Tool: hand"]}}' >spdx.json
printf 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: app\n' >spdx.txt
printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1}' >cyclonedx.json
printf '{"invocation":{"parameters":null,"uri":"","event_id":"","builder.id":""},"scanner":{"uri":"https://example.com/scanner","version":"1","db":{"uri":"","version":""},"result":null},"metadata":{"scanStartedOn":"2025-03-01T12:00:00Z","scanFinishedOn":"2025-03-01T12:00:01Z"}}' >vuln.json
printf '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex","author":"qa@example.com","timestamp":"2025-03-01T12:00:00Z","version":1,"statements":[]}' >openvex.json
printf '{"_type":"link","name":"step","command":["true"],"materials":{},"products":{},"byproducts":{},"environment":{}}' >link.json
blob=$out/blob/hello.txt
b=$out/blob
cosign2_keyless sign-blob --bundle "$b/old-keyless.bundle.json" --output-signature "$b/old-keyless.sig" --output-certificate "$b/old-keyless.pem" "$blob"
cosign2 sign-blob --key cosign.key --bundle "$b/old-key.bundle.json" --output-signature "$b/old-key.sig" "$blob"
cosign2 sign-blob --key cosign.key --tlog-upload=false --output-signature "$b/key-notlog.sig" "$blob"
cosign2_keyless sign-blob --timestamp-server-url "$url/api/v1/timestamp" --rfc3161-timestamp "$b/old-timestamp.tsr.json" --bundle "$b/old-timestamp.bundle.json" "$blob"
cosign2 sign-blob --key leaf.key --tlog-upload=false --output-signature "$b/leaf.sig" "$blob"
cosign3_keyless sign-blob --bundle "$b/keyless.sigstore.json" "$blob"
cosign3 sign-blob --key cosign.key --bundle "$b/key.sigstore.json" "$blob"
cosign2_keyless attest-blob --type slsaprovenance --predicate provenance.json --bundle "$b/old-attestation.bundle.json" --output-attestation "$b/old-attestation.json" --output-signature "$b/old-attestation.sig" --output-certificate "$b/old-attestation.pem" "$blob"
cosign2 attest-blob --key cosign.key --tlog-upload=false --type slsaprovenance --predicate provenance.json --output-signature "$b/key-attestation.sig" "$blob"
cosign3_keyless attest-blob --type slsaprovenance1 --predicate provenance1.json --bundle "$b/attestation.sigstore.json" "$blob"
cosign3 attest-blob --key cosign.key --type custom --predicate custom.json --bundle "$b/key-attestation.sigstore.json" "$blob"
cosign3_keyless attest-blob --type https://example.com/review/v1 --predicate custom.json --bundle "$b/uri-attestation.sigstore.json" "$blob"

# Images: the small one of testdata/interop, under several names.
fresh() {
    "$SKOPEO" copy --quiet --dest-tls-verify=false "oci:$root/testdata/interop/unsigned_fail/layout" "docker://$registry/$1:latest"
    echo "$registry/$1@$("$SKOPEO" inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$1:latest")"
}
attest_all() {
    for type in slsaprovenance:provenance.json slsaprovenance1:provenance1.json custom:custom.json spdxjson:spdx.json \
        cyclonedx:cyclonedx.json vuln:vuln.json openvex:openvex.json link:link.json; do
        "$1" attest --type "${type%%:*}" --predicate "${type#*:}" "$2"
    done
    # cosign 3 refuses to sign a predicate that is a text.
    [ "$1" = cosign3_keyless ] || "$1" attest --type spdx --predicate spdx.txt "$2"
    "$1" attest --type https://example.com/review/v1 --predicate custom.json "$2"
}
image=$(fresh annotated-legacy)
cosign2 sign --key cosign.key -a env=prod -a build=7 "$image"
cosign2_keyless sign -a env=test "$image"
image=$(fresh annotated-bundle)
cosign3 sign --key cosign.key -a env=prod -a build=7 "$image"
cosign3_keyless sign -a env=test "$image"
image=$(fresh attested-legacy)
attest_all cosign2_keyless "$image"
image=$(fresh attested-bundle)
attest_all cosign3_keyless "$image"
image=$(fresh timestamped-legacy)
cosign2_keyless sign --timestamp-server-url "$url/api/v1/timestamp" "$image"
image=$(fresh own-ca-legacy)
cosign2 sign --key leaf.key --certificate leaf.pem --certificate-chain ca-root.pem --tlog-upload=false "$image"
image=$(fresh key-notlog-legacy)
cosign2 sign --key cosign.key --tlog-upload=false "$image"
image=$(fresh key-notlog-bundle)
"$COSIGN3" sign --key cosign.key --use-signing-config=false --tlog-upload=false --yes "$image" || echo "no key-notlog-bundle" >&2
image=$(fresh mixed)
cosign2 sign --key cosign.key "$image"
cosign3_keyless attest --type slsaprovenance1 --predicate provenance1.json "$image"
image=$(fresh sbom)
cosign2_keyless sign "$image"
"$COSIGN2" attach sbom --sbom spdx.json --type spdx --input-format json "$image"
image=$(fresh prefixed)
cosign2 sign --key cosign.key --attachment-tag-prefix release- "$image"
image=$(fresh everything)
cosign2 sign --key cosign.key "$image"
cosign2 attest --key cosign.key --type custom --predicate custom.json "$image"
"$COSIGN2" attach sbom --sbom spdx.json --type spdx --input-format json "$image"
cosign3 sign --key cosign.key "$image"
fresh unsigned
for name in annotated-legacy annotated-bundle attested-legacy attested-bundle timestamped-legacy own-ca-legacy key-notlog-legacy \
    key-notlog-bundle mixed sbom prefixed everything unsigned; do
    export_tags $name "$out/images/$name"
done
du -sk "$out"/* >&2
