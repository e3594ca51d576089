#!/bin/sh
# Each floor includes only floors below it, and of another floor only the header with the folder's name.
set -eu
bad=0
check() { # folder, folders it may use
    for f in "$1"/*.[ch]; do
        [ -e "$f" ] || continue
        sed -n 's/^#include "\([a-z]*\)\/\([a-z0-9_]*\)\.h".*/\1 \2/p' "$f" | while read -r dir name; do
            [ "$dir" = "$1" ] && continue
            case " $2 " in *" $dir "*) ;; *) echo "$f: includes $dir/$name.h, which is not below $1/" ;; esac
            [ "$dir" = "$name" ] || echo "$f: includes $dir/$name.h; other floors use $dir/$dir.h"
        done
    done
}
out=$(check base ""; check model "base"; check validator "base model"; check sim "base model"
    check mockapi "base model validator sim"; check replay "base model validator sim mockapi"
    check cli "base model validator sim mockapi replay")
[ -z "$out" ] || { echo "$out"; bad=1; }
grep -nE '\b(strcpy|strcat|sprintf|strtok|gets|atoi|sscanf|alloca|setlocale)\(' base/*.[ch] model/*.[ch] validator/*.[ch] \
    sim/*.[ch] mockapi/*.[ch] replay/*.[ch] cli/*.[ch] 2>/dev/null | grep -v '^[^:]*:[0-9]*: \*' && { echo 'banned calls above'; bad=1; }
grep -lE '#include <cjson/' model/*.[ch] validator/*.[ch] mockapi/*.[ch] replay/*.[ch] cli/*.[ch] 2>/dev/null && { echo 'cJSON outside base/json*.c'; bad=1; }
exit $bad
