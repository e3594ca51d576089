/* --fix and --diff: rounds over the texts in memory, then the files. */
#include "cli/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ROUNDS_MAX = 3 };

size_t check_fix_once(struct check_job *j)
{
    const struct report *r = &j->report;
    const struct report_fix **fixes =
        ARENA_ARRAY(&j->arena, r->n_items + 1, const struct report_fix *);
    size_t n_all = 0;
    for (size_t k = 0; k < j->in->n; k++) {
        struct check_input *input = &j->in->at[k];
        size_t n = 0;
        for (size_t i = 0; i < r->n_items; i++) {
            const struct report_item *item = &r->items[i];
            if (item->n_fixes && !item->suppressed.s &&
                str_eq(item->finding.file, input->name)) {
                fixes[n++] = item->fixes;
            }
        }
        if (n == 0) {
            continue;
        }
        struct buf text;
        buf_init(&text, &j->in->arena);
        size_t n_done = fix_apply(&text, &j->arena, input->text, fixes, n);
        if (n_done) {
            input->text = (struct str){buf_cstr(&text), text.len};
            input->n_fixed += n_done;
            n_all += n_done;
        }
    }
    return n_all;
}

bool check_fix_all(struct check_job *j, struct err *err)
{
    const struct check_options *o = j->o;
    struct check_inputs *in = j->in;
    for (int round = 0; round < ROUNDS_MAX && check_fix_once(j) > 0; round++) {
        check_job_done(j);
        j->is_silent = true;
        if (!check_job_run(j, o, in, err)) {
            return false;
        }
    }
    return true;
}

static bool write_one(const struct check_input *input, struct err *err)
{
    struct stat st;
    if (strcmp(input->path, "-") == 0) {
        return err_set(err, ERR_INPUT,
                       "standard input cannot be fixed in place; --diff shows what would change");
    }
    if (stat(input->path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(err, ERR_INPUT, "%s cannot be fixed: it is no file any more", input->path);
    }
    mode_t mode = st.st_mode & 07777;
    if (!file_write(input->path, input->text, mode, err)) {
        return false;
    }
    if (chmod(input->path, mode) != 0) { /* the umask may have taken bits off */
        return err_set(err, ERR_SYSTEM, "the mode of %s cannot be kept", input->path);
    }
    (void)fprintf(stderr, "%.*s: %zu finding%s fixed\n", STR_ARG(input->name), input->n_fixed,
                  input->n_fixed == 1 ? "" : "s");
    return true;
}

bool check_fix_write(const struct check_inputs *in, struct err *err)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->at[i].n_fixed && !write_one(&in->at[i], err)) {
            return false;
        }
    }
    return true;
}

void check_fix_diff(struct buf *out, const struct check_inputs *in)
{
    struct arena a;
    arena_init(&a, 0, 0);
    for (size_t i = 0; i < in->n; i++) {
        if (in->at[i].n_fixed) {
            diff_put(out, &a, in->at[i].name, in->at[i].original, in->at[i].text);
        }
    }
    arena_done(&a);
}
