#!/bin/sh
# Prints the ratios of benches/ratios.rs for each crypto provider; with "criterion" as the first argument, runs
# benches/verify.rs instead. aws-lc needs a C compiler: set FEATURES=aws-lc to have it measured.
set -eu
cd "$(dirname "$0")/.."
bench=ratios
[ "${1:-}" != criterion ] || bench=verify
providers="graviola rustcrypto"
if [ -n "${FEATURES:-}" ]; then
    providers="$FEATURES $providers"
fi
for provider in $providers; do
    PORTCULLIS_BENCH_PROVIDER=$provider cargo bench --quiet --features "${FEATURES:-}" --bench "$bench"
done
