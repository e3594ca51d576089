#!/bin/sh
# Runs libFuzzer targets one after the other: run.sh SECONDS TARGET…. New inputs go to build/, never into the tree.
set -u
# arenas poison what is not in use, their own links included: the leak checker has to look there too
export LSAN_OPTIONS="use_poisoned=1${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
seconds=$1
shift
failed=0 n=0
for target in "$@"; do
    name=${target##*/}
    work=build/fuzz-work/$name
    mkdir -p "$work" build/fuzz-found
    set -- -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
        -artifact_prefix="build/fuzz-found/$name-" "$work"
    [ -d "tests/fuzz/corpus/$name" ] && set -- "$@" "tests/fuzz/corpus/$name"
    [ -f "tests/fuzz/$name.dict" ] && set -- "-dict=tests/fuzz/$name.dict" "$@"
    n=$((n + 1))
    if "$target" "$@" >"build/fuzz-work/$name.log" 2>&1; then
        echo "  ok fuzz $name (${seconds}s, $(find "$work" -type f | wc -l) inputs kept)"
    else
        failed=$((failed + 1))
        tail -n 40 "build/fuzz-work/$name.log"
        echo "  FAILED fuzz $name: input kept under build/fuzz-found/"
    fi
done
echo "fuzz: $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
