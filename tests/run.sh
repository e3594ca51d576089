#!/bin/sh
# Runs test programs, twice as many at a time as there are processors, for most of them wait (REHEARSE_JOBS: that
# many); says which failed; closes with the sum of their checks as 'N passed, N failed'.
set -u
# arenas poison what is not in use, their own links included: the leak checker has to look there too
export LSAN_OPTIONS="use_poisoned=1${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM

# What a test says goes to a file of its own; its last line there is what came of it: passed, failed.
cat >"$logs/one" <<'END'
log=$1/$(echo "$2" | tr / -).log
case $2 in
*/replay/*) "$2" "tests/fuzz/corpus/${2##*/}" >"$log" 2>&1 ;;
*) "$2" >"$log" 2>&1 ;;
esac
status=$?
case $2 in
*/replay/*) [ $status -eq 0 ] && echo '100%: Checks: 1, Failures: 0, Errors: 0' >>"$log" ;; # a corpus: one check
esac
line=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' "$log" | tail -n 1)
test=$2
set -- ${line:-0 0 1}
bad=$(($2 + $3))
[ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
if [ "$bad" -ne 0 ]; then
    { echo "== $test ended with $status"; cat "$log"; } >"$log.all"
    cat "$log.all"
else
    printf '  ok %-40s %s checks\n' "${test#build/*/}" "$1"
fi
echo "$test $(($1 - $2 - $3)) $bad" >"$log.sum"
END

# Those that take longest begin first.
{
    printf '%s\n' "$@" | grep '/integration/'
    printf '%s\n' "$@" | grep -v '/integration/'
} | xargs -P "${REHEARSE_JOBS:-$((2 * $(nproc 2>/dev/null || echo 1)))}" -n 1 sh "$logs/one" "$logs"
cat "$logs"/*.sum 2>/dev/null | awk -v wanted=$# '
    { passed += $2; failed += $3; if ($3) { broken = broken " " $1 } }
    END {
        if (NR < wanted) { failed += wanted - NR; broken = broken " (" wanted - NR " did not end)" }
        if (broken != "") { print "failed:" broken }
        printf "%d passed, %d failed\n", passed, failed
        exit (failed > 0)
    }'
