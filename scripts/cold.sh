#!/usr/bin/env bash
# What one cold process costs: wall time and peak memory of any offline command.
#
#   scripts/cold.sh [-n RUNS] -- COMMAND [ARGUMENT]...
#   scripts/cold.sh -- target/release/portcullis verify-blob --offline --bundle B.json \
#       --identity you@example.com --issuer https://accounts.example.com FILE
#
# Wall time by hyperfine where it is installed, else by a loop; peak memory by GNU time. The command
# must exit 0: a quick refusal is not a fast verification.
set -euo pipefail
export LC_ALL=C

usage() {
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

runs=50
while (($# > 0)); do
    case "$1" in
        -n) [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || usage; runs="$2"; shift 2 ;;
        --) shift; break ;;
        *) usage ;;
    esac
done
(($# > 0)) || usage

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

if ! "$@" > "$scratch/out" 2>&1; then
    echo "the command fails:" >&2
    cat "$scratch/out" >&2
    exit 1
fi

# Prints "MEDIAN MIN MAX" in milliseconds.
wall() {
    if command -v hyperfine > /dev/null; then
        hyperfine --shell=none --warmup 3 --runs "$runs" --export-csv "$scratch/wall.csv" \
            "$(printf '%q ' "$@")" > /dev/null 2>&1
        # Counted from the right: the command in the first column may hold commas.
        awk -F, 'NR == 2 { printf "%.2f %.2f %.2f\n", $(NF-4) * 1000, $(NF-1) * 1000, $NF * 1000 }' "$scratch/wall.csv"
        return
    fi
    local run start end
    for ((run = 0; run < runs; run++)); do
        start="${EPOCHREALTIME/./}"
        "$@" > /dev/null 2>&1
        end="${EPOCHREALTIME/./}"
        echo "$((end - start))"
    done | sort -n | awk '{ all[NR] = $1 / 1000 }
        END { printf "%.2f %.2f %.2f\n", all[int((NR + 1) / 2)], all[1], all[NR] }'
}

# Prints the peak resident set in MB. Not by getrusage of a script: a child inherits the peak of the
# interpreter that started it, which is as large as what is measured here.
peak() {
    if ! [[ -x /usr/bin/time ]]; then
        echo 'not measured, needs GNU time'
        return
    fi
    for _ in 1 2 3 4 5; do
        /usr/bin/time -f '%M' -o "$scratch/peak" "$@" > /dev/null 2>&1
        cat "$scratch/peak"
    done | awk '$1 > most { most = $1 } END { printf "%.1f MB\n", most * 1024 / 1e6 }'
}

read -r median min max < <(wall "$@")
if command -v hyperfine > /dev/null; then by='hyperfine'; else by='loop, with the cost of a fork'; fi

printf '%-20s %s\n' 'command' "$*"
printf '%-20s %s ms  (min %s, max %s; %d runs, %s)\n' 'wall time, median' "$median" "$min" "$max" "$runs" "$by"
printf '%-20s %s\n' 'peak resident set' "$(peak "$@")"
