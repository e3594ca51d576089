#!/bin/sh
# clang-tidy and cppcheck over the floors, the rule of floors, shell scripts, long files.
set -u
failed=0
files=$(ls base/*.c model/*.c validator/*.c sim/*.c mockapi/*.c replay/*.c cli/*.c 2>/dev/null)
sh ci/floors.sh || failed=1
# shellcheck disable=SC2086 # words on purpose
if ! printf '%s\n' $files | xargs -P 2 -n 1 sh -c 'clang-tidy --quiet "$@" -- -std=c17 -D_GNU_SOURCE -I. -DREHEARSE_VERSION=\"lint\" 2>/dev/null' tidy \
    >build/tidy.log; then
    grep -E '(warning|error):' build/tidy.log | sort -u
    failed=1
fi
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 --inline-suppr -j 2 \
    --suppress=missingIncludeSystem -I . -D_GNU_SOURCE -DREHEARSE_VERSION='"lint"' $files || failed=1
for f in $files; do
    n=$(wc -l <"$f")
    [ "$n" -le 650 ] || { echo "$f has $n lines: over 600 a file has more than one idea"; failed=1; }
done
[ "$failed" -eq 0 ] && echo 'lint: clean'
exit "$failed"
