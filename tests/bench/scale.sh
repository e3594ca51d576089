#!/bin/sh
# What grows: a thousand sessions of one server; creates that a state file has to hold before they are answered; with
# --full a tenant of a million wrap-up codes (most of a minute, 3 GiB).
#
#   sh tests/bench/scale.sh [--quick | --full] PROGRAM
#
# Prints one line a figure: name: value (target T) ok|MISS
set -u
seconds=3 sessions=1000 full=''
case ${1:-} in
--quick) seconds=1 sessions=200 && shift ;;
--full) full=1 && shift ;;
esac
program=${1:?usage: scale.sh [--quick | --full] PROGRAM}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
server=''
finish() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM
for tool in wrk curl awk; do
    command -v "$tool" >/dev/null 2>&1 || { echo "skip: $tool not found, nothing was measured" && exit 0; }
done
die() {
    echo "bench: $*" >&2
    exit 1
}
figure() { # NAME VALUE least|most TARGET
    awk -v n="$1" -v v="$2" -v how="$3" -v t="$4" 'BEGIN {
        printf "%s: %s (target %s) %s\n", n, v, t, (how == "least" ? v >= t : v <= t) ? "ok" : "MISS" }'
}
status() { awk -v k="$1:" '$1 == k { print $2 }' "/proc/$server/status"; }
cpu_s() { awk '{ sub(/^.*\) /, ""); print ($12 + $13) / 100 }' "/proc/$server/stat"; }

# start [OPTION…]: a server; sets base, admin and wall_s until it was ready
start() {
    rm -f "$tmp/ready.json"
    begun=$(date +%s%N)
    "$program" serve --quiet --port 0 --policy rate-limit=practically-none --ready-file "$tmp/ready.json" "$@" \
        >"$tmp/server.log" 2>&1 &
    server=$!
    polls=0
    until [ -s "$tmp/ready.json" ]; do
        polls=$((polls + 1))
        if [ "$polls" -gt 12000 ] || ! kill -0 "$server" 2>/dev/null; then
            cat "$tmp/server.log" >&2
            die 'the server did not become ready'
        fi
        sleep 0.01
    done
    wall_s=$(awk -v a="$begun" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')
    base=$(sed -n 's/.*"listeners".*"url": *"\([^"]*\)".*/\1/p' "$tmp/ready.json")
    admin=$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' "$tmp/ready.json")
}
stop() {
    kill -TERM "$server"
    wait "$server" || die "the server ended with status $?"
    server=''
}

# Sessions: each with an OAuth client of its own, made over one kept connection; every tenth is written to.
start
before=$(status VmRSS)
i=0
while [ "$i" -lt "$sessions" ]; do
    i=$((i + 1))
    printf 'url = "%s/__rehearse/sessions"\nheader = "X-Rehearse-Token: %s"\ndata = "{}"\noutput = "/dev/null"\nwrite-out = "%%{http_code} %%{time_starttransfer} %%{time_pretransfer}\\n"\n' \
        "$base" "$admin"
    [ "$i" -eq "$sessions" ] || echo next
done >"$tmp/sessions.curl"
curl -sS -K "$tmp/sessions.curl" >"$tmp/sessions" || die 'sessions could not be made'
[ "$(grep -c '^201 ' "$tmp/sessions")" -eq "$sessions" ] || die 'a session was refused'
after=$(status VmRSS)
figure sessions_1000_mib "$(awk -v a="$before" -v b="$after" -v n="$sessions" 'BEGIN { printf "%.0f", (a + (b - a) * 1000 / n) / 1024 }')" most 256
figure session_made_ms "$(awk '{ print ($2 - $3) * 1000 }' "$tmp/sessions" | sort -n | awk '{ a[NR] = $1 } END { printf "%.2f", a[int((NR + 1) / 2)] }')" most 1
stop

# Creates, each on the disk before it is answered: changes that come together go there together.
start --state "$tmp/state.db"
bearer=$(curl -sS -u acme-admin:acme-admin-secret -d grant_type=client_credentials "$base/oauth/token" |
    sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
BENCH_METHOD=POST BENCH_AUTH="Bearer $bearer" BENCH_TYPE=application/json BENCH_BODY='' BENCH_UNIQUE=state \
    wrk -t1 -c64 -d"${seconds}s" -s "$here/load.lua" "$base/api/v2/routing/wrapupcodes" >"$tmp/wrk.log" 2>&1
# shellcheck disable=SC2046 # words on purpose
set -- $(sed -n 's/^RESULT //p' "$tmp/wrk.log")
if [ $# -ne 3 ] || [ "$3" -ne 0 ]; then
    die "creates with a state file failed: $*"
fi
figure state_creates_per_s "$(awk -v n="$1" -v us="$2" 'BEGIN { printf "%.0f", n * 1e6 / us }')" least 5000
stop

[ -n "$full" ] || { echo 'skip: a million codes (sh tests/bench/scale.sh --full PROGRAM)' && exit 0; }
"$program" generate --codes 1000000 --output "$tmp/million.json" || die 'no tenant was generated'
start --tenant "$tmp/million.json"
echo "# a million codes: $(($(wc -c <"$tmp/million.json") / 1000000)) MB of text, $wall_s s, $(cpu_s) s of processor time, peak $(($(status VmHWM) / 1024)) MiB"
figure million_codes_s "$(cpu_s)" most 6
figure million_codes_kib_each "$(awk -v kib="$(status VmRSS)" 'BEGIN { printf "%.2f", kib / 1e6 }')" most 1
stop
