#!/bin/sh
# One simulation in parts on this machine, then the report: parallel.sh WORKLOAD SHARDS REPORT [OPTION…]
# The options are those of `rehearse simulate operations`. With GNU parallel, else with xargs.
set -eu
[ $# -ge 3 ] || { echo 'usage: parallel.sh WORKLOAD SHARDS REPORT [OPTION…]' >&2; exit 2; }
rehearse=${REHEARSE:-rehearse} format=${FORMAT:-text} workload=$1 shards=$2 report=$3
shift 3
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
if command -v parallel >/dev/null 2>&1; then
    seq "$shards" | parallel --will-cite -j "${JOBS:-0}" \
        "$rehearse" simulate operations "$workload" --quiet --threads 1 --shard "{}/$shards" --output "$parts/{}.json" "$@"
else
    seq "$shards" | xargs -P "${JOBS:-0}" -I '{}' \
        "$rehearse" simulate operations "$workload" --quiet --threads 1 --shard "{}/$shards" --output "$parts/{}.json" "$@"
fi
"$rehearse" report --format "$format" --output "$report" "$parts"/*.json
