#include "cli/explored.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put_text(struct buf *out, const struct exploration *x)
{
    exploration_put_text(out, x, false);
}

static const struct {
    struct str name;
    void (*put)(struct buf *out, const struct exploration *x);
} kinds[] = {
    {STR_INIT("text"), put_text},
    {STR_INIT("json"), exploration_put_json},
    {STR_INIT("junit"), exploration_put_junit},
    {STR_INIT("markdown"), exploration_put_markdown},
    {STR_INIT("html"), exploration_put_html},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool find(size_t *out, struct str name, struct err *err)
{
    for (*out = 0; *out < KINDS; ++*out) {
        if (str_eq(kinds[*out].name, name)) {
            return true;
        }
    }
    return err_set(err, ERR_INPUT,
                   "there is no format \"%.*s\"; expected text, json, junit, markdown or html",
                   STR_ARG(name));
}

static bool find_output(size_t *out, const char **out_file, const char *text, struct err *err)
{
    struct str all = str_of(text);
    size_t sign = str_find_char(all, '=');
    if (sign + 1 >= all.len) {
        return err_set(err, ERR_INPUT, "--output is \"%s\"; expected KIND=FILE", text);
    }
    *out_file = text + sign + 1;
    return find(out, str_slice(all, 0, sign), err);
}

bool explored_check(const struct explored_options *o, struct err *err)
{
    size_t kind = 0;
    const char *file = NULL;
    for (size_t i = 0; i < o->outputs.n; i++) {
        if (!find_output(&kind, &file, o->outputs.at[i], err)) {
            return false;
        }
    }
    return !o->format || find(&kind, str_of(o->format), err);
}

bool explored_show(const struct explored_options *o, const struct exploration *x, struct err *err)
{
    size_t kind = 0;
    const char *file = NULL, *no_colour = getenv("NO_COLOR");
    struct buf out = {0};
    bool is_well = !o->format || find(&kind, str_of(o->format), err);
    if (kind == 0) {
        exploration_put_text(&out, x, isatty(STDOUT_FILENO) && !(no_colour && *no_colour));
    } else if (is_well) {
        kinds[kind].put(&out, x);
    }
    is_well = is_well && (o->is_silent || fwrite(out.s, 1, out.len, stdout) == out.len ||
                          err_set(err, ERR_SYSTEM, "cannot write to standard output"));
    for (size_t i = 0; i < o->outputs.n && is_well; i++) {
        buf_clear(&out);
        is_well = find_output(&kind, &file, o->outputs.at[i], err);
        if (is_well) {
            kinds[kind].put(&out, x);
            is_well = file_write(file, buf_str(&out), 0644, err);
        }
    }
    buf_done(&out);
    return is_well;
}

bool explored_is_well(const struct exploration *x)
{
    bool is_well = x->n_broken == 0 && !x->is_interrupted;
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        is_well = is_well && x->clean[i] != JUDGED_BROKEN;
    }
    return is_well;
}
