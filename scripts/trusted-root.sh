#!/bin/sh
# Makes testdata/trusted-root: public keys, certificate chains, and the trusted roots that cosign makes of
# them. Usage: scripts/trusted-root.sh COSIGN. Needs openssl 3; private keys are thrown away.
set -eu
cosign=$(command -v "$1")
cd "$(dirname "$0")/../testdata/trusted-root"
keys=$(mktemp -d)
trap 'rm -r "$keys"' EXIT

for kind in p256:EC:P-256 p384:EC:P-384 p521:EC:P-521 ed25519:ED25519: rsa2048:RSA:2048 rsa3072:RSA:3072 rsa4096:RSA:4096; do
    name=${kind%%:*} rest=${kind#*:}
    case $rest in
        EC:*) set -- -algorithm EC -pkeyopt "ec_paramgen_curve:${rest#*:}" ;;
        RSA:*) set -- -algorithm RSA -pkeyopt "rsa_keygen_bits:${rest#*:}" ;;
        *) set -- -algorithm ED25519 ;;
    esac
    openssl genpkey "$@" -out "$keys/$name" 2>/dev/null
    openssl pkey -in "$keys/$name" -pubout -out "$name.pub"
done
openssl rsa -pubin -in rsa2048.pub -RSAPublicKey_out -out rsa2048-pkcs1.pub 2>/dev/null

# name, issuer, subject, extensions
certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$keys/$1.key" \
        -out "$keys/$1.csr" -subj "$3" 2>/dev/null
    printf '%b' "$4" > "$keys/ext"
    if [ "$1" = "$2" ]; then
        openssl x509 -req -in "$keys/$1.csr" -key "$keys/$1.key" -extfile "$keys/ext" \
            -days 7300 -out "$keys/$1.pem" 2>/dev/null
    else
        openssl x509 -req -in "$keys/$1.csr" -CA "$keys/$2.pem" -CAkey "$keys/$2.key" -extfile "$keys/ext" \
            -days 7000 -out "$keys/$1.pem" 2>/dev/null
    fi
}
ca='basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n'
certificate root root '/O=example.com/CN=root' "$ca"
certificate other other '/CN=other' "$ca"
certificate unnamed unnamed '/' "$ca"
certificate upper root '/O=example.com/CN=upper' "$ca"
certificate lower upper '/O=example.com/CN=lower' "$ca"
certificate stray other '/O=example.com/CN=stray' "$ca"
certificate tsa lower '/O=example.com/CN=timestamps' \
    'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n'
cat "$keys/lower.pem" "$keys/upper.pem" "$keys/root.pem" > chain.pem
cat "$keys/tsa.pem" "$keys/lower.pem" "$keys/upper.pem" "$keys/root.pem" > tsa-chain.pem
for name in root other unnamed stray tsa upper lower; do cp "$keys/$name.pem" "$name.pem"; done
cat "$keys/root.pem" "$keys/stray.pem" > broken-chain.pem

from=start-time=2024-01-01T00:00:00Z
for key in p256 p384 p521 ed25519 rsa2048 rsa3072 rsa4096 rsa2048-pkcs1; do
    $cosign trusted-root create --rekor "url=https://rekor.example,public-key=$key.pub,$from" --out "rekor-$key.json"
    $cosign trusted-root create --rekor "url=https://rekor.example,public-key=$key.pub,$from,origin=rekor.example" \
        --out "origin-$key.json"
done
$cosign trusted-root create \
    --fulcio 'url=https://fulcio.example,certificate-chain=chain.pem' \
    --fulcio 'url=https://fulcio.example,certificate-chain=unnamed.pem,start-time=2025-01-01T00:00:00+02:00,end-time=2025-02-01T00:00:00.5Z' \
    --ctfe "url=https://ct.example,public-key=p384.pub,$from,origin=ignored" \
    --rekor "url=https://rekor.example,public-key=p256.pub,$from,end-time=2025-01-01T00:00:00Z" \
    --rekor "url=https://rekor2.example,public-key=p256.pub,$from" \
    --tsa 'url=https://tsa.example,certificate-chain=tsa-chain.pem' \
    --tsa 'url=https://tsa.example,certificate-chain=tsa.pem,end-time=2029-01-01T00:00:00Z' \
    --out all.json
$cosign trusted-root create --certificate-chain chain.pem --certificate-chain other.pem --fulcio-uri https://fulcio.example \
    --ctfe-key p384.pub --ctfe-start-time 2024-01-01T00:00:00Z --ctfe-end-time 2025-01-01T00:00:00Z --ctfe-url https://ct.example \
    --rekor-key ed25519.pub,rekor.example --rekor-url https://rekor.example \
    --timestamp-certificate-chain tsa-chain.pem --timestamp-uri https://tsa.example --out deprecated.json 2>/dev/null
$cosign trusted-root create --out empty.json
chmod 644 ./*
