/* Fixes: what a finding says would be right, as bytes that give way to others. A text is never printed
 * anew: what no fix touches stays as it is. Where the place's syntax cannot hold the new value for
 * certain, there is no fix. */
#ifndef REHEARSE_VALIDATOR_FIX_H
#define REHEARSE_VALIDATOR_FIX_H

#include "validator/report.h"

struct json_lines;
struct json_doc;

/* Makes the fixes of one run. Zeroed but for the first three. */
struct fix_maker {
    struct arena *arena;
    const struct report_file *files; /* with their texts */
    size_t n_files;
    const struct report_file *file; /* the one at hand: */
    struct json_lines *lines;
    const struct json_doc *doc; /* NULL: the text is not JSON */
};

/* The fix of a finding, in the maker's arena: through escapes of JSON within JSON, quotes of tables, styles
 * of YAML. NULL: none is certain there. Linear in the text for the first of a file. */
const struct report_fix *fix_make(struct fix_maker *m, const struct finding *f);

/* Appends the text with the safe ones among the fixes carried out; of two that overlap the first. Gives how
 * many were. */
size_t fix_apply(struct buf *out, struct arena *a, struct str text,
                 const struct report_fix *const *fixes, size_t n);

/* Appends what makes `after` of `before`, as a unified diff; nothing where they are equal. */
void diff_put(struct buf *out, struct arena *a, struct str name, struct str before,
              struct str after);

#endif
