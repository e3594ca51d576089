#!/bin/sh
# Runs libFuzzer targets, as many at a time as there are processors: run.sh SECONDS TARGET…. New inputs go to build/,
# never into the tree.
set -u
# arenas poison what is not in use, their own links included: the leak checker has to look there too
export LSAN_OPTIONS="use_poisoned=1${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
if [ "${1:-}" = --one ]; then
    seconds=$2 target=$3
    name=${target##*/}
    work=build/fuzz-work/$name
    mkdir -p "$work" build/fuzz-found
    set -- -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
        -artifact_prefix="build/fuzz-found/$name-" "$work"
    [ -d "tests/fuzz/corpus/$name" ] && set -- "$@" "tests/fuzz/corpus/$name"
    [ -f "tests/fuzz/$name.dict" ] && set -- "-dict=tests/fuzz/$name.dict" "$@"
    if "$target" "$@" >"build/fuzz-work/$name.log" 2>&1; then
        echo "  ok fuzz $name (${seconds}s, $(find "$work" -type f | wc -l) inputs kept)"
        exit 0
    fi
    tail -n 40 "build/fuzz-work/$name.log"
    echo "  FAILED fuzz $name: input kept under build/fuzz-found/"
    exit 1
fi
seconds=$1
shift
if printf '%s\n' "$@" | xargs -P "$(nproc 2>/dev/null || echo 2)" -n 1 sh "$0" --one "$seconds"; then
    echo "fuzz: $# passed, 0 failed"
else
    echo 'fuzz: some failed'
    exit 1
fi
