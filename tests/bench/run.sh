#!/bin/sh
# Measures `rehearse serve` against a bare responder on the same library (bare.c), and prints one line a figure:
#
#   name: value (target T) ok|MISS
#
#   sh tests/bench/run.sh [--quick] [--strict] BUILD-FOLDER
#
# Ratios are medians over rounds in which the bare server, rehearse on its built-in tenant and rehearse on a tenant
# of 100,000 codes take turns; each gets a new process for each round and the same load from wrk. Lines with '#'
# tell what the figures are made of. Broken answers end the run with status 1; a missed target does so only with
# --strict. --quick takes one short round: it shows that all this works, its figures mean little.
set -u

quick='' strict=''
while [ $# -gt 1 ]; do
    case $1 in
    --quick) quick=1 ;;
    --strict) strict=1 ;;
    *) echo "run.sh: unknown option '$1': expected --quick or --strict" >&2 && exit 2 ;;
    esac
    shift
done
build=${1:?usage: run.sh [--quick] [--strict] BUILD-FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
profile=genesys-cloud
client=acme-admin:acme-admin-secret
codes=/api/v2/routing/wrapupcodes
rounds=5 seconds=3 tries=4 share_least=85 starts=21 threads=$(getconf _NPROCESSORS_ONLN) # as many as the product takes
[ -z "$quick" ] || rounds=1 seconds=1 tries=1 starts=5

for tool in wrk curl awk; do
    command -v "$tool" >/dev/null 2>&1 || { echo "skip: $tool not found, nothing was measured" && exit 0; }
done

# The server on one core, the load on the other, where there are two.
on_server='' on_load=''
if command -v taskset >/dev/null 2>&1 && [ "$(nproc)" -ge 2 ]; then
    on_server='taskset -c 0' on_load='taskset -c 1'
fi

tmp=$(mktemp -d)
server='' base='' missed=0 figures=0
finish() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

die() {
    echo "bench: $*" >&2
    [ ! -s "$tmp/server.log" ] || sed 's/^/  /' "$tmp/server.log" >&2
    exit 1
}

# figure NAME VALUE least|most TARGET
figure() {
    figures=$((figures + 1))
    verdict=$(awk -v v="$2" -v how="$3" -v t="$4" 'BEGIN { print (how == "least" ? v >= t : v <= t) ? "ok" : "MISS" }')
    [ "$verdict" = ok ] || missed=$((missed + 1))
    echo "$1: $2 (target $4) $verdict"
}

# The median of the numbers in a file, one a line.
median() { sort -n "$1" | awk '{ a[NR] = $1 } END { print (NR % 2) ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

# until_file FILE: waits until the server has written it.
until_file() {
    polls=0
    until [ -s "$1" ]; do
        polls=$((polls + 1))
        if [ "$polls" -gt 1200 ] || ! kill -0 "$server" 2>/dev/null; then
            die 'the server did not become ready'
        fi
        sleep 0.05
    done
}

# start_rehearse [TENANT-FILE]
start_rehearse() {
    rm -f "$tmp/ready.json"
    # shellcheck disable=SC2086 # words on purpose
    $on_server "$build/rehearse" serve --profile "$profile" --policy rate-limit=practically-none \
        ${1:+--tenant "$1"} --port 0 \
        --ready-file "$tmp/ready.json" >"$tmp/server.log" 2>&1 &
    server=$!
    until_file "$tmp/ready.json"
    base=$(sed -n 's/.*"listeners".*"url": *"\([^"]*\)".*/\1/p' "$tmp/ready.json")
    [ -n "$base" ] || base=$(tr -d '\n' <"$tmp/ready.json" | sed -n 's/.*"listeners"[^]]*"url": *"\([^"]*\)".*/\1/p')
    [ -n "$base" ] || die "no address in the ready file"
}

# start_bare ANSWER-FILE
start_bare() {
    rm -f "$tmp/port"
    $on_server "$build/bench_bare" "$1" "$threads" >"$tmp/port" 2>"$tmp/server.log" &
    server=$!
    until_file "$tmp/port"
    base=http://127.0.0.1:$(cat "$tmp/port")
}

stop() {
    kill -TERM "$server"
    wait "$server" || die "the server ended with status $?"
    server=''
}

token() {
    curl -sS -u "$client" -d grant_type=client_credentials "$base/oauth/token" |
        sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p'
}

# prepare JOB: sets what the job sends; base and bearer are those of a server of ours.
prepare() {
    method=GET auth="Bearer $bearer" type=application/json body='' unique=''
    case $1 in
    read_by_id) path=$codes/$id ;;
    list_25) path="$codes?pageSize=25" ;;
    create) method=POST path=$codes unique="bench $2" ;;
    token) method=POST path=/oauth/token type=application/x-www-form-urlencoded body=grant_type=client_credentials
        auth="Basic $(printf %s "$client" | base64)" ;;
    esac
}

# first_id: of some code that the server has.
first_id() {
    curl -sS -H "Authorization: Bearer $bearer" "$base$codes?pageSize=25" |
        grep -o "\"selfUri\": *\"$codes/[0-9a-f-]*\"" | head -n 1 | sed 's/.*\/\([0-9a-f-]*\)"/\1/'
}

identify() {
    bearer=$(token)
    [ -n "$bearer" ] || die 'no token was given'
    id=$(first_id)
    [ -n "$id" ] || die 'the tenant has no codes'
}

# ticks: the processor time that the server has used, in clock ticks.
ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$server/stat"; }

# stretch TRY: one stretch of load; sets requests, microseconds, ticks_used and share, the part of its core that the
# server got, in percent
stretch() {
    before=$(ticks)
    # shellcheck disable=SC2086 # words on purpose
    BENCH_METHOD=$method BENCH_AUTH=$auth BENCH_TYPE=$type BENCH_BODY=$body BENCH_UNIQUE=${unique:+$unique $1} \
        $on_load wrk -t1 -c16 -d"${seconds}s" -s "$here/load.lua" "$base$path" >"$tmp/wrk.log" 2>&1 ||
        { cat "$tmp/wrk.log" >&2 && die 'wrk failed'; }
    ticks_used=$(($(ticks) - before))
    result=$(sed -n 's/^RESULT //p' "$tmp/wrk.log")
    # shellcheck disable=SC2086 # words on purpose
    set -- $result
    [ $# -eq 3 ] || die 'wrk gave no result'
    [ "$3" -eq 0 ] || die "$3 of $1 answers were not 2xx ($method $path)"
    requests=$1 microseconds=$2
    share=$((ticks_used * 1000000 / microseconds))
}

# load NAME: adds requests per second to NAME.rps, processor time a request to NAME.us, the share to NAME.share. Where
# others used the server's core meanwhile, tries again: throughput would tell of them.
load() {
    try=1
    stretch $try
    while [ "$share" -lt "$share_least" ] && [ "$try" -lt "$tries" ]; do
        try=$((try + 1))
        stretch $try
    done
    awk -v n="$requests" -v us="$microseconds" 'BEGIN { printf "%.0f\n", n * 1e6 / us }' >>"$tmp/$1.rps"
    awk -v n="$requests" -v t="$ticks_used" 'BEGIN { printf "%.2f\n", t * 10000 / n }' >>"$tmp/$1.us"
    echo "$share" >>"$tmp/$1.share"
}

# record JOB: the answer of rehearse to just this request, for the bare server; checks that both say the same.
record() {
    start_rehearse
    identify
    prepare "$1" record
    [ -z "$unique" ] || body=$(printf '{"name":"%s 000000000"}' "$unique")
    ask "$tmp/$1.answer"
    stop
    start_bare "$tmp/$1.answer"
    ask "$tmp/$1.bare"
    stop
    for side in answer bare; do
        tr -d '\r' <"$tmp/$1.$side" | grep -vi '^date:' | sort >"$tmp/$1.$side.sorted"
    done
    cmp -s "$tmp/$1.answer.sorted" "$tmp/$1.bare.sorted" ||
        { diff "$tmp/$1.answer.sorted" "$tmp/$1.bare.sorted" >&2 && die "the bare server does not answer the same"; }
}

ask() {
    curl -sS -i -X "$method" -H "Authorization: $auth" -H "Content-Type: $type" --data-binary "$body" \
        "$base$path" >"$1"
    case $(head -n 1 "$1") in
    *' 200 '* | *' 200'?) ;;
    *) cat "$1" >&2 && die "$method $path was not answered with 200" ;;
    esac
}

# ratio NAME: the quotient of two medians
ratio() { awk -v a="$(median "$tmp/$1")" -v b="$(median "$tmp/$2")" 'BEGIN { printf "%.2f\n", a / b }'; }

# measure JOB TARGET
measure() {
    job=$1
    record "$job"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        start_rehearse
        identify
        prepare "$job" "small $round"
        load "$job.small"
        stop
        start_bare "$tmp/$job.answer"
        load "$job.bare"
        stop
        start_rehearse "$tmp/many.json"
        identify
        prepare "$job" "many $round"
        load "$job.many"
        stop
    done
    for side in bare small many; do
        echo "# $job, $side: $(median "$tmp/$job.$side.rps") requests/s," \
            "$(median "$tmp/$job.$side.us") us of processor time each," \
            "$(median "$tmp/$job.$side.share") % of the core"
    done
    echo "# $job, processor time of bare / rehearse: $(ratio "$job.bare.us" "$job.small.us")"
    figure "$job" "$(ratio "$job.small.rps" "$job.bare.rps")" least "$2"
    figure "${job}_100k_vs_small" "$(ratio "$job.many.rps" "$job.small.rps")" least 0.90
}

"$build/bench_start" "$build/rehearse" "$starts" >"$tmp/start" || die 'the start could not be measured'
figure start_ms "$(sed -n 's/^start_ms //p' "$tmp/start")" most 15
figure resident_mib "$(awk '/^rss_kib/ { printf "%.1f\n", $2 / 1024 }' "$tmp/start")" most 12

"$build/rehearse" generate --profile "$profile" --codes 100000 --seed 1 >"$tmp/many.json" ||
    die 'no tenant was generated'
measure read_by_id 0.85
measure list_25 0.75
measure create 0.60
measure token 0.60

# Reads over TLS, against the bare responder with TLS. Both servers take the same protocol versions and a certificate
# of the same authority (ECDSA P-256); connections are kept, so that records are measured, not handshakes.
start_secure_rehearse() {
    rm -f "$tmp/ready.json"
    # shellcheck disable=SC2086 # words on purpose
    $on_server "$build/rehearse" serve --profile "$profile" --policy rate-limit=practically-none --port 0 \
        --https-port 0 --authority "$tmp/authority" --ready-file "$tmp/ready.json" >"$tmp/server.log" 2>&1 &
    server=$!
    until_file "$tmp/ready.json"
    base=$(sed -n 's/.*"listeners".*"url": *"\([^"]*\)".*/\1/p' "$tmp/ready.json")
    secure=$(sed -n 's/.*"https_url": *"\([^"]*\)".*/\1/p' "$tmp/ready.json")
    [ -n "$base" ] || die 'no address in the ready file'
    [ -n "$secure" ] || die 'no address with TLS in the ready file'
}

start_secure_bare() {
    rm -f "$tmp/port"
    # shellcheck disable=SC2086 # words on purpose
    $on_server "$build/bench_bare" "$1" "$threads" "$tmp/authority" \
        >"$tmp/port" 2>"$tmp/server.log" &
    server=$!
    until_file "$tmp/port"
    secure=https://127.0.0.1:$(cat "$tmp/port")
}

# secure_ask FILE: the answer over TLS without its date
secure_ask() {
    curl -sS -k -i -H "Authorization: $auth" -H "Content-Type: $type" "$secure$path" |
        tr -d '\r' | grep -vi '^date:' | sort >"$1"
    grep -q '^HTTP/1.1 200' "$1" || { cat "$1" >&2 && die "GET $secure$path was not answered with 200"; }
}

measure_https() {
    [ -s "$tmp/read_by_id.answer" ] || die 'https_read needs the answer that read_by_id records'
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        start_secure_rehearse
        identify
        prepare read_by_id ''
        secure_ask "$tmp/https.answer"
        base=$secure
        load https_read.small
        stop
        start_secure_bare "$tmp/read_by_id.answer"
        secure_ask "$tmp/https.bare"
        cmp -s "$tmp/https.answer" "$tmp/https.bare" ||
            { diff "$tmp/https.answer" "$tmp/https.bare" >&2 && die 'the bare server with TLS does not answer the same'; }
        base=$secure
        load https_read.bare
        stop
    done
    for side in bare small; do
        echo "# https_read, $side: $(median "$tmp/https_read.$side.rps") requests/s," \
            "$(median "$tmp/https_read.$side.us") us of processor time each," \
            "$(median "$tmp/https_read.$side.share") % of the core"
    done
    figure https_read "$(ratio https_read.small.rps https_read.bare.rps)" least 0.80
}
measure_https

# other PROGRAM [ARGUMENT…]: a program of another part, which prints lines of the same form.
other() {
    program=$1
    shift
    [ -x "$build/$program" ] || { echo "skip: $program is not built" && return; }
    "$build/$program" "$@" >"$tmp/lines" || die "$program failed"
    cat "$tmp/lines"
    figures=$((figures + $(grep -c '(target' "$tmp/lines")))
    missed=$((missed + $(grep -c 'MISS$' "$tmp/lines")))
}
# shellcheck disable=SC2086 # words on purpose
other bench_json ${quick:+20000 2}
# shellcheck disable=SC2086
other bench_schema ${quick:+2000 5}
other bench_tenant
other bench_graph
other bench_idle "$build/rehearse" 10000
# shellcheck disable=SC2086
other bench_report ${quick:+2000 1}
# shellcheck disable=SC2086
other bench_check "$build/rehearse" ${quick:+2000 1}
# shellcheck disable=SC2086
other bench_sim ${quick:+1}
if [ -s "$tmp/lines" ] && python3 -c 'import simpy' 2>/dev/null; then
    ours=$(sed -n 's/^sim_one_queue_m_per_s: \([0-9.]*\) .*/\1/p' "$tmp/lines")
    theirs=$(python3 "$here/simpy_peer.py" 20) || die 'the model in SimPy failed'
    echo "# SimPy on the same model: ${theirs%% *} contacts/s"
    figure sim_one_queue_vs_simpy "$(awk -v a="$ours" -v b="${theirs%% *}" 'BEGIN { printf "%.0f\n", a * 1e6 / b }')" least 100
else
    echo 'skip: python3-simpy is not there to compare with'
fi
sh "$here/scale.sh" ${quick:+--quick} "$build/rehearse" >"$tmp/lines" || die 'scale.sh failed'
cat "$tmp/lines"
figures=$((figures + $(grep -c '(target' "$tmp/lines")))
missed=$((missed + $(grep -c 'MISS$' "$tmp/lines")))
sh "$here/peers.sh" ${quick:+--quick} "$build/rehearse" || die 'peers.sh failed'
echo "# $figures figures, $missed missed"
[ -z "$strict" ] || [ "$missed" -eq 0 ]
