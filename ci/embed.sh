#!/bin/sh
# Prints a C file that holds the named files byte for byte, and the table of them that model/builtin.h declares.
set -eu
echo '/* Made from fixtures/ and what is preloaded by ci/embed.sh. */'
echo '#include "model/builtin.h"'
i=0
for f in "$@"; do
    printf '__asm__(".section .rodata\\n.balign 8\\nfixture_%d:\\n.incbin \\"%s\\"\\nfixture_%d_end:\\n.byte 0\\n.text\\n");\n' $i "$f" $i
    printf 'extern const char fixture_%d[], fixture_%d_end[];\n' $i $i
    i=$((i + 1))
done
echo 'const struct builtin builtin_files[] = {'
i=0
for f in "$@"; do
    case $f in fixtures/*) name=${f#fixtures/} ;; *) name=${f##*/} ;; esac
    printf '    {"%s", fixture_%d, fixture_%d_end},\n' "$name" $i $i
    i=$((i + 1))
done
echo '    {0, 0, 0},'
echo '};'
