/* What is wrong with the floor that a document leaves behind: of a snapshot all of it, of a change set what was not so
 * before. Who finds it, the caller says (check.floor): the very code of `simulate assignment`. What is about single
 * agents stays with that command. */
#include "validator/check_int.h"

static bool is_told(struct str rule, bool is_snapshot)
{
    static const struct str rules[] = {STR_INIT("D508"), STR_INIT("L304"), STR_INIT("P601"),
                                       STR_INIT("P602"), STR_INIT("P603"), STR_INIT("P604"),
                                       STR_INIT("P605"), STR_INIT("T702"), STR_INIT("D504")};
    size_t n = sizeof rules / sizeof *rules - is_snapshot; /* D504 of a snapshot: check_whole.c */
    for (size_t i = 0; i < n; i++) {
        if (str_eq(rule, rules[i])) {
            return true;
        }
    }
    return false;
}

static void look(struct check *c, struct tenant *t, struct findings *fs)
{
    findings_init(fs, c->arena);
    if (c->floor) {
        tenant_lock_read(t);
        c->floor(c->arena, t, fs);
        tenant_unlock(t);
    }
}

static void add_at(struct check *c, const struct finding *found, struct json at)
{
    struct finding f = *found, there = json_finding(c->fs, at, f.rule, f.severity);
    f.file = there.file;
    f.span = there.span;
    f.pointer = there.pointer;
    f.line = there.line;
    f.column = there.column;
    f.end_line = there.end_line;
    f.end_column = there.end_column;
    findings_add(c->fs, &f);
}

void check_floor_snapshot(struct check *c, struct tenant *t, struct json root)
{
    struct findings fs;
    look(c, t, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        struct json at = fs.at[i].pointer.len ? json_pointer_find(root, fs.at[i].pointer) : root;
        if (is_told(fs.at[i].rule, true)) {
            /* it is so already, and nobody breaks it now */
            bool is_error = fs.at[i].severity == SEVERITY_ERROR;
            fs.at[i].severity = is_error ? SEVERITY_WARNING : fs.at[i].severity;
            add_at(c, &fs.at[i], json_exists(at) ? at : root);
        }
    }
}

void check_floor_before(struct check *c, struct map *known)
{
    struct findings fs;
    look(c, c->tenant, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        (void)map_put(known, fs.at[i].message, c);
    }
}

/* Every text that stands in the step leads to it. */
static void note_texts(struct map *by_text, struct arena *a, struct json *step, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        (void)map_put(by_text, str_copy(a, json_str(v)), step);
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        note_texts(by_text, a, step, m);
    }
}

void check_steps_read(struct check_steps *out, struct arena *a, struct json changes)
{
    struct json steps = json_get(changes, STR("changes"));
    *out = (struct check_steps){.all = json_exists(steps) ? steps : changes};
    for (struct json v = json_first(steps); json_exists(v); v = json_next(v)) {
        struct json *step = ARENA_NEW(a, struct json);
        *step = v;
        note_texts(&out->by_text, a, step, v);
    }
}

void check_steps_done(struct check_steps *s)
{
    map_done(&s->by_text);
}

struct json check_step_of(const struct check_steps *s, const struct finding *f)
{
    const struct json *step = f->entity_id.len ? map_get(&s->by_text, f->entity_id) : NULL;
    if (!step && f->entity_name.len) {
        step = map_get(&s->by_text, f->entity_name);
    }
    /* what stands between quotes in the message: agents, queues and codes, by their names */
    struct str rest = f->message, before, name;
    while (!step && str_cut(&rest, '"', &before) && str_cut(&rest, '"', &name)) {
        step = map_get(&s->by_text, name);
    }
    return step ? *step : s->all;
}

void check_floor_after(struct check *c, struct map *known, struct json changes)
{
    struct findings fs;
    struct check_steps steps = {0};
    bool is_read = false;
    look(c, c->tenant, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        if (!is_told(fs.at[i].rule, false) || map_get(known, fs.at[i].message)) {
            continue;
        }
        if (!is_read) {
            is_read = true;
            check_steps_read(&steps, c->arena, changes);
        }
        add_at(c, &fs.at[i], check_step_of(&steps, &fs.at[i]));
    }
    check_steps_done(&steps);
    map_done(known);
}
