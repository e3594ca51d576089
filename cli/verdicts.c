#include "cli/verdicts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { KIND_TEXT, KIND_JSON, KIND_JUNIT, KIND_MARKDOWN, KIND_HTML, KIND_COUNT };
static const struct str kinds[KIND_COUNT] = {STR_INIT("text"), STR_INIT("json"), STR_INIT("junit"),
                                             STR_INIT("markdown"), STR_INIT("html")};

static bool kind_of(enum kind *out, struct str name, struct err *err)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (str_eq(name, kinds[i])) {
            *out = (enum kind)i;
            return true;
        }
    }
    return err_set(err, ERR_INPUT,
                   "there is no format \"%.*s\"; expected text, json, junit, markdown or html",
                   STR_ARG(name));
}

/* "KIND=FILE" */
static bool output_of(enum kind *out_kind, const char **out_file, const char *text, struct err *err)
{
    struct str all = str_of(text);
    size_t sign = str_find_char(all, '=');
    if (sign + 1 >= all.len) {
        return err_set(err, ERR_INPUT, "--output is \"%s\"; expected KIND=FILE", text);
    }
    *out_file = text + sign + 1;
    return kind_of(out_kind, str_slice(all, 0, sign), err);
}

bool verdicts_check(const struct verdict_options *o, struct err *err)
{
    enum kind kind;
    const char *file;
    for (size_t i = 0; i < o->outputs.n; i++) {
        if (!output_of(&kind, &file, o->outputs.at[i], err)) {
            return false;
        }
    }
    return !o->format || kind_of(&kind, str_of(o->format), err);
}

bool verdicts_off(struct judge_params *out, struct arena *a, const struct option_list *off,
                  struct err *err)
{
    struct str *ids = ARENA_ARRAY(a, off->n + 1, struct str);
    struct str *reasons = ARENA_ARRAY(a, off->n + 1, struct str);
    for (size_t i = 0; i < off->n; i++) {
        struct str all = str_of(off->at[i]);
        size_t sign = str_find_char(all, '=');
        ids[i] = str_slice(all, 0, sign);
        reasons[i] = str_slice(all, sign + 1, all.len);
        if (!conduct_rule_find(ids[i])) {
            return err_set(err, ERR_INPUT, "there is no conduct rule \"%.*s\"; rehearse rules",
                           STR_ARG(ids[i]));
        }
        if (str_trim(reasons[i]).len == 0) {
            return err_set(err, ERR_INPUT, "--off %s gives no reason; expected %s=WHY", off->at[i],
                           off->at[i]);
        }
    }
    out->off = ids;
    out->off_reasons = reasons;
    out->n_off = off->n;
    return true;
}

static bool has_colour(const struct verdict_options *o)
{
    const char *no_colour = getenv("NO_COLOR");
    if (o->colour && strcmp(o->colour, "auto") != 0) {
        return strcmp(o->colour, "always") == 0;
    }
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
}

static void put(struct buf *out, enum kind kind, const struct verdict_options *o, bool is_coloured,
                const struct judgement *j, const struct evidence *e)
{
    switch (kind) {
    case KIND_JSON:
        judgement_put_json(out, j, e);
        break;
    case KIND_JUNIT:
        judgement_put_junit(out, j, e);
        break;
    case KIND_MARKDOWN:
        judgement_put_markdown(out, j, e);
        break;
    case KIND_HTML:
        judgement_put_html(out, j, e);
        break;
    case KIND_TEXT:
    case KIND_COUNT:
        judgement_put_text(out, j, e, is_coloured, o->is_verbose);
        break;
    }
    if (o->dress) {
        o->dress(o->dress_ctx, out, kinds[kind]);
    }
}

bool verdicts_show(const struct verdict_options *o, const struct judgement *j,
                   const struct evidence *e, struct err *err)
{
    enum kind kind = KIND_TEXT;
    struct buf out = {0};
    bool is_well = !o->format || kind_of(&kind, str_of(o->format), err);
    put(&out, kind, o, has_colour(o), j, e);
    is_well = is_well && (fwrite(out.s, 1, out.len, stdout) == out.len ||
                          err_set(err, ERR_SYSTEM, "cannot write to standard output"));
    for (size_t i = 0; i < o->outputs.n && is_well; i++) {
        const char *file = NULL;
        buf_clear(&out);
        is_well = output_of(&kind, &file, o->outputs.at[i], err);
        if (is_well) {
            put(&out, kind, o, false, j, e);
            is_well = file_write(file, buf_str(&out), 0644, err);
        }
    }
    buf_done(&out);
    return is_well;
}
