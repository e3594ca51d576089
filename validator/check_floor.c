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

/* Somewhere in the value stands that text. */
static bool says(struct json v, struct str text)
{
    if (json_kind(v) == JSON_STRING) {
        return str_eq(json_str(v), text);
    }
    bool has = false;
    for (struct json m = json_first(v); json_exists(m) && !has; m = json_next(m)) {
        has = says(m, text);
    }
    return has;
}

/* The last step that names it; no value: none does. */
static struct json step_about(struct json steps, struct str text)
{
    struct json found = {0};
    for (struct json step = json_first(steps); json_exists(step) && text.len;
         step = json_next(step)) {
        found = says(step, text) ? step : found;
    }
    return found;
}

/* Of what stands between quotes in the message: agents, queues and codes, by their names. */
static struct json step_quoted(struct json steps, struct str message)
{
    struct json found = {0};
    struct str rest = message, before, name;
    while (!json_exists(found) && str_cut(&rest, '"', &before) && str_cut(&rest, '"', &name)) {
        found = step_about(steps, name);
    }
    return found;
}

struct json check_step_of(const struct finding *f, struct json changes)
{
    struct json steps = json_get(changes, STR("changes")), step = step_about(steps, f->entity_id);
    step = json_exists(step) ? step : step_about(steps, f->entity_name);
    step = json_exists(step) ? step : step_quoted(steps, f->message);
    step = json_exists(step) ? step : steps;
    return json_exists(step) ? step : changes;
}

void check_floor_after(struct check *c, struct map *known, struct json changes)
{
    struct findings fs;
    look(c, c->tenant, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        if (is_told(fs.at[i].rule, false) && !map_get(known, fs.at[i].message)) {
            add_at(c, &fs.at[i], check_step_of(&fs.at[i], changes));
        }
    }
    map_done(known);
}
