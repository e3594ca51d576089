#!/bin/sh
# Runs test programs one by one; says which failed; closes with the sum of their checks as 'N passed, N failed'.
set -u
# arenas poison what is not in use, their own links included: the leak checker has to look there too
export LSAN_OPTIONS="use_poisoned=1${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
passed=0 failed=0 broken=''
log=$(mktemp)
for t in "$@"; do
    case $t in
    */replay/*) "$t" "tests/fuzz/corpus/${t##*/}" >"$log" 2>&1 ;;
    *) "$t" >"$log" 2>&1 ;;
    esac
    status=$?
    if [ "${t%/replay/*}" != "$t" ]; then # a corpus replay: one check
        [ $status -eq 0 ] && echo '100%: Checks: 1, Failures: 0, Errors: 0' >>"$log"
    fi
    line=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' "$log" | tail -n 1)
    set -- ${line:-0 0 1}
    bad=$(($2 + $3))
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    failed=$((failed + bad)) passed=$((passed + $1 - $2 - $3))
    if [ "$bad" -ne 0 ]; then
        broken="$broken $t"
        cat "$log"
    else
        printf '  ok %-40s %s checks\n' "${t#build/*/}" "$1"
    fi
done
rm -f "$log"
[ -z "$broken" ] || echo "failed:$broken"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
