#!/bin/sh
# The simulator's reports have the same bytes with either compiler, with the least and the highest optimisation, on any
# number of threads.
set -eu
jobs=$(nproc 2>/dev/null || echo 2)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
number=0
packages=$(sed -n 's/^PACKAGES := //p' Makefile | sed 's/libcurl//; s/sqlite3//')
for build in 'gcc debug -O0' 'gcc release -O3' 'clang debug -O0' 'clang release -O3'; do
    # shellcheck disable=SC2086 # words on purpose
    set -- $build
    folder=build/$2
    [ "$1" = gcc ] || folder=$folder-clang
    make --no-print-directory -s -j "$jobs" CC="$1" VARIANT="$2" "$folder/librehearse.a"
    # the simulator once more, at just this level
    mkdir -p "$tmp/$1$3"
    for source in sim/*.c; do
        "$1" -std=c17 -D_GNU_SOURCE -I. "-I$folder/gen" -ffp-contract=off "$3" -c -o "$tmp/$1$3/$(basename "$source").o" "$source"
    done
    make --no-print-directory -s -j "$jobs" CC="$1" VARIANT="$2" "$folder/cli/main.o"
    # shellcheck disable=SC2046,SC2086 # words on purpose
    "$1" -o "$tmp/$1$3/rehearse" "$folder/cli/main.o" "$tmp/$1$3"/*.o "$folder/librehearse.a" \
        $(pkg-config --libs $packages) -ldl -pthread -lm
    for workload in fixtures/workloads/*.json; do
        for threads in 1 3; do
            number=$((number + 1))
            "$tmp/$1$3/rehearse" simulate operations "$workload" --quiet --threads $threads --replications 30 \
                --format json --output "$tmp/$number.json"
            first=$tmp/first.$(basename "$workload")
            [ -e "$first" ] || cp "$tmp/$number.json" "$first"
            cmp "$first" "$tmp/$number.json" ||
                { echo "$build, $threads threads, $workload: other bytes" >&2 && exit 1; }
        done
    done
done
echo "$number reports, the same bytes"
