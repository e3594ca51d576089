#!/bin/sh
# Other mock servers beside rehearse, where they are installed (json-server, mockoon-cli, prism, wiremock in PATH, as
# their npm packages put them there): from the start to the first answer, memory of all their processes, one wrap-up
# code read by id. Each serves what it can: prism and Mockoon the profile's OpenAPI document, the others that one code.
#
#   sh tests/bench/peers.sh [--quick] PROGRAM
#
# Prints a line each beginning with '#': a table to look at, no target.
set -u
seconds=3
[ "${1:-}" != --quick ] || { seconds=1 && shift; }
program=${1:?usage: peers.sh [--quick] PROGRAM}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
server=''
finish() {
    [ -z "$server" ] || pkill -KILL -g "$server"
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM
for tool in wrk curl setsid python3 ps pkill; do
    command -v "$tool" >/dev/null 2>&1 || { echo "skip: $tool not found, no other server was measured" && exit 0; }
done

id=0f2c1a34-5b6d-4e7f-8a90-b1c2d3e4f506
codes=/api/v2/routing/wrapupcodes
code="{\"id\":\"$id\",\"name\":\"Sale closed\",\"division\":{\"id\":\"*\",\"name\":\"\"},\"selfUri\":\"$codes/$id\"}"
"$program" profile openapi genesys-cloud >"$tmp/openapi.json" || exit 1
printf '{"wrapupcodes":[%s]}' "$code" >"$tmp/db.json"
mkdir -p "$tmp/wiremock/mappings"
printf '{"request":{"method":"GET","urlPath":"%s/%s"},"response":{"status":200,"jsonBody":%s}}' "$codes" "$id" "$code" \
    >"$tmp/wiremock/mappings/code.json"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
now_ms() { date +%s%3N; }
# The resident memory of a process group, in MiB.
resident() {
    ps -eo pgid=,rss= | awk -v g="$1" '$1 == g { kib += $2 } END { printf "%.0f", kib / 1024 }'
}

# compare NAME PATH BEARER COMMAND…: starts it, waits for a 200 on PATH, loads it, ends it
compare() {
    name=$1 path=$2 auth="Bearer $3"
    shift 3
    begun=$(now_ms)
    setsid "$@" >"$tmp/server.log" 2>&1 </dev/null &
    server=$!
    polls=0
    until [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: $auth" "http://127.0.0.1:$port$path")" = 200 ]; do
        polls=$((polls + 1))
        if [ "$polls" -gt 2000 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "# $name: did not answer: $(tail -n 1 "$tmp/server.log")"
            pkill -KILL -g "$server"
            server=''
            return
        fi
        sleep 0.01
    done
    start=$(($(now_ms) - begun))
    BENCH_METHOD=GET BENCH_AUTH=$auth BENCH_TYPE='' BENCH_BODY='' BENCH_UNIQUE='' \
        wrk -t1 -c16 -d"${seconds}s" -s "$here/load.lua" "http://127.0.0.1:$port$path" >"$tmp/wrk.log" 2>&1
    rate=$(sed -n 's/^RESULT //p' "$tmp/wrk.log" | awk '{ printf "%.0f requests/s%s", $1 * 1e6 / $2, $3 ? ", " $3 " failed" : "" }')
    printf '# %-12s first answer after %5d ms, %4d MiB, read by id %s\n' "$name" "$start" "$(resident "$server")" "$rate"
    pkill -TERM -g "$server"
    wait "$server" 2>/dev/null
    server=''
}

port=$(free_port)
begun=$(now_ms)
setsid "$program" serve --quiet --port "$port" --policy rate-limit=practically-none >"$tmp/server.log" 2>&1 </dev/null &
server=$!
until curl -s -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.002; done
start=$(($(now_ms) - begun))
bearer=$(curl -s -u acme-admin:acme-admin-secret -d grant_type=client_credentials "http://127.0.0.1:$port/oauth/token" |
    sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
ours=$(curl -s -H "Authorization: Bearer $bearer" "http://127.0.0.1:$port$codes?pageSize=1" |
    grep -o "$codes/[0-9a-f-]*" | head -n 1)
BENCH_METHOD=GET BENCH_AUTH="Bearer $bearer" BENCH_TYPE='' BENCH_BODY='' BENCH_UNIQUE='' \
    wrk -t1 -c16 -d"${seconds}s" -s "$here/load.lua" "http://127.0.0.1:$port$ours" >"$tmp/wrk.log" 2>&1
rate=$(sed -n 's/^RESULT //p' "$tmp/wrk.log" | awk '{ printf "%.0f requests/s%s", $1 * 1e6 / $2, $3 ? ", " $3 " failed" : "" }')
printf '# %-12s first answer after %5d ms, %4d MiB, read by id %s\n' rehearse "$start" "$(resident "$server")" "$rate"
pkill -TERM -g "$server"
wait "$server"
server=''

for peer in json-server mockoon-cli prism wiremock; do
    if ! command -v "$peer" >/dev/null 2>&1; then
        echo "skip: $peer is not there to compare with"
        continue
    fi
    port=$(free_port)
    case $peer in
    json-server) compare "$peer" "/wrapupcodes/$id" none json-server --quiet --host 127.0.0.1 --port "$port" "$tmp/db.json" ;;
    mockoon-cli) compare "$peer" "$codes/$id" none mockoon-cli start --data "$tmp/openapi.json" --port "$port" --hostname 127.0.0.1 --disable-log-to-file ;;
    prism) compare "$peer" "$codes/$id" none prism mock --host 127.0.0.1 --port "$port" --verboseLevel silent "$tmp/openapi.json" ;;
    wiremock) compare "$peer" "$codes/$id" none wiremock --port "$port" --bind-address 127.0.0.1 --root-dir "$tmp/wiremock" --no-request-journal ;;
    esac
done
