#!/bin/sh
# The slower checks: other compiler, sanitizers, linters, conformance, fuzz smoke. `make check` and .ci/run call it.
set -eu
sh ci/deps.sh tools
started=$(date +%s)
run() {
    printf '== %ss: %s\n' "$(($(date +%s) - started))" "$*"
    "$@"
}
jobs=$(nproc 2>/dev/null || echo 2)
# The address sanitizer with gcc, the one for integers with clang: each test under both, each compiler without a warning.
# What waits for programs most of its time is run once, by `make test`, and shortened here or under one of them alone.
waits='explore|run_command|apply|tutorial|record'
most=$(printf '%s\n' tests/integration/test_*.c | grep -vE "/test_($waits)\.c$" | sed 's,tests/\(.*\)\.c,build/isan-clang/\1,' | tr '\n' ' ')
export REHEARSE_BRIEF=1
run make --no-print-directory -j "$jobs" VARIANT=asan CI=1 test-run
run make --no-print-directory -j "$jobs" VARIANT=isan CC=clang CI=1 INTEGRATION="$most" test-run
# Only what has threads can race: neither what asks one thing after the other, nor what runs programs and reads what they
# print.
apart='cases|check|inputs|ci|agreement|lists|plan|simulate|simulate_tenant|replay|run_command|tutorial|apply'
together=$(printf '%s\n' tests/integration/test_*.c | grep -vE "/test_($apart)\.c$" | sed 's,tests/\(.*\)\.c,build/tsan/\1,' | tr '\n' ' ')
threaded=$(grep -lE 'pthread|threads|mock_start' tests/unit/test_*.c | sed 's,tests/\(.*\)\.c,build/tsan/\1,' | tr '\n' ' ')
run env CK_FORK=no make --no-print-directory -j "$jobs" VARIANT=tsan CI=1 UNIT="$threaded" INTEGRATION="$together" REPLAY= test-run
run make --no-print-directory -j "$jobs" CI=1 build/release/rehearse build/release/integration/test_state
run env REHEARSE=build/release/rehearse REHEARSE_KILLS=200 build/release/integration/test_state
run make --no-print-directory -j "$jobs" CI=1 build/release/unit/test_sim_truth
run env REHEARSE_LONG=1 build/release/unit/test_sim_truth
run make --no-print-directory -j "$jobs" CI=1 build/release/integration/test_agreement
run env REHEARSE_LONG=1 build/release/integration/test_agreement
run sh ci/same.sh
run sh ci/lint.sh
if [ -d ../shared/conformance ]; then
    run make --no-print-directory -j "$jobs" CI=1 build/release/conformance
    run build/release/conformance --json-parsing ../shared/conformance/json-parsing
    run build/release/conformance --json-schema ../shared/conformance/json-schema/draft2020-12 \
        --remotes ../shared/conformance/json-schema/remotes
fi
run make --no-print-directory -j "$jobs" CI=1 fuzz FUZZ_S="${FUZZ_S:-3}"
