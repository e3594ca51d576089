/* Look-up in the table of built-in fixture files. The table is small and asked a few times at
 * start: a plain walk. */
#include "model/builtin.h"

struct str builtin_find(struct str name)
{
    for (const struct builtin *b = builtin_files; b->name; b++) {
        if (str_eq(str_of(b->name), name)) {
            return (struct str){b->from, (size_t)(b->to - b->from)};
        }
    }
    return (struct str){0};
}
