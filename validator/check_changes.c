/* Change sets (docs/changeset-format.md): creates, changes, deletes and calls, in order. */
#include "validator/check_int.h"

static const struct str verbs[] = {STR_INIT("create"), STR_INIT("update"), STR_INIT("delete"),
                                   STR_INIT("call"),   STR_INIT("batch"),  STR_INIT("notify"),
                                   STR_INIT("audit"),  STR_INIT("await")};
enum { VERBS = sizeof verbs / sizeof *verbs };
enum verb {
    VERB_CREATE,
    VERB_UPDATE,
    VERB_DELETE,
    VERB_CALL,
    VERB_BATCH,
    VERB_NOTIFY, /* from here on only `apply` can tell what becomes of it */
};

static const struct resource *resource_of(struct check *c, struct json name)
{
    struct str text = json_str_or(name, STR(""));
    const struct resource *r = contract_resource(c->contract, text);
    if (r) {
        return r;
    }
    struct str *known = ARENA_ARRAY(c->arena, c->contract->n_resources, struct str);
    for (size_t i = 0; i < c->contract->n_resources; i++) {
        known[i] = c->contract->resources[i].name;
    }
    size_t near = str_nearest(text, known, c->contract->n_resources);
    struct finding f = check_finding(c, name, "S107", SEVERITY_ERROR);
    f.message =
        findings_text(c->fs, "%.*s has no resource of this name", STR_ARG(c->contract->name));
    if (near < c->contract->n_resources) {
        f.hint = findings_text(c->fs, "did you mean \"%.*s\"?", STR_ARG(known[near]));
        f.replacement = known[near];
    }
    findings_add(c->fs, &f);
    return NULL;
}

/* "@name", an id, or by name. */
static bool id_of(struct check *c, const struct resource *r, struct json change, struct str *out)
{
    struct json id = json_get(change, STR("id")), name = json_get(change, STR("name"));
    struct str text = json_str_or(id, STR(""));
    if (text.len > 1 && text.s[0] == '@') {
        const struct str *local = map_get(&c->locals, str_slice(text, 1, text.len));
        *out = local ? *local : text;
        return true;
    }
    if (json_kind(id) == JSON_STRING || json_kind(id) == JSON_NUMBER) {
        *out = json_kind(id) == JSON_NUMBER ? json_number_text(id) : text;
        return true;
    }
    if (json_kind(name) == JSON_STRING) {
        return check_find(c, r, name, out);
    }
    struct finding f = check_finding(c, change, "S101", SEVERITY_ERROR);
    f.message =
        findings_text(c->fs, "which %.*s is not said: \"id\" or \"name\"", STR_ARG(r->title));
    findings_add(c->fs, &f);
    return false;
}

/* Later changes may call it "@name". What failed gets a name too, so that only the cause is told. */
static void remember(struct check *c, struct json as, struct str id)
{
    struct str name = json_str_or(as, STR(""));
    if (name.len) {
        struct str *kept = ARENA_NEW(c->arena, struct str);
        *kept = str_copy(c->arena, id);
        if (map_put(&c->locals, str_copy(c->arena, name), kept)) {
            struct finding f = check_finding(c, as, "U201", SEVERITY_ERROR);
            f.message = STR("this change set has made something under this name already");
            findings_add(c->fs, &f);
        }
    }
}

static struct str call_path(struct check *c, const struct operation *op, struct json values,
                            struct json query)
{
    struct buf out;
    buf_init(&out, c->arena);
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        struct str value = s->text;
        buf_put_char(&out, '/');
        if (s->is_parameter) {
            struct json given = json_get(values, s->text);
            value = json_kind(given) == JSON_NUMBER ? json_number_text(given)
                                                    : json_str_or(given, STR(""));
            const struct str *local = value.len > 1 && value.s[0] == '@'
                                          ? map_get(&c->locals, str_slice(value, 1, value.len))
                                          : NULL;
            buf_put(&out, s->before);
            uri_encode(&out, local ? *local : value);
            buf_put(&out, s->after);
        } else {
            buf_put(&out, value);
        }
    }
    char sign = '?';
    for (struct json m = json_first(query); json_exists(m); m = json_next(m)) {
        struct str value = json_kind(m) == JSON_STRING ? json_str(m) : json_source(m);
        buf_put_char(&out, sign);
        uri_encode(&out, json_key(m));
        buf_put_char(&out, '=');
        uri_encode(&out, value);
        sign = '&';
    }
    return buf_str(&out);
}

static void call(struct check *c, struct json change)
{
    struct json name = json_get(change, STR("call")), body = json_get(change, STR("body"));
    const struct operation *op = contract_operation(c->contract, json_str_or(name, STR("")));
    c->n_entities++;
    if (!op) {
        struct finding f = check_finding(c, name, "S107", SEVERITY_ERROR);
        f.message =
            findings_text(c->fs, "%.*s has no operation of this name", STR_ARG(c->contract->name));
        f.hint = findings_text(c->fs, "rehearse profile show %.*s lists them",
                               STR_ARG(c->contract->name));
        findings_add(c->fs, &f);
        return;
    }
    check_about(c, op->resource, STR(""), STR(""));
    struct check_step step = {.op = op, .resource = op->resource, .at = change, .body = body};
    step.path = call_path(c, op, json_get(change, STR("path")), json_get(change, STR("query")));
    step.body_text = json_exists(body) ? check_resolve(c, body) : STR("");
    (void)check_ask(c, &step, NULL);
}

static enum verb verb_of(struct json change)
{
    unsigned verb = 0;
    while (verb < VERBS && !json_exists(json_get(change, verbs[verb]))) {
        verb++;
    }
    return (enum verb)verb;
}

/* Members that nobody reads are mistakes. */
static void check_names(struct check *c, struct json obj, const struct str *known, size_t n)
{
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < n && !str_eq(known[i], json_key(m))) {
            i++;
        }
        if (i == n) {
            size_t near = str_nearest(json_key(m), known, n);
            struct finding f = json_key_finding(c->fs, m, STR("S102"), SEVERITY_ERROR);
            f.message = STR("change sets have no member of this name");
            if (near < n) {
                f.hint = findings_text(c->fs, "did you mean \"%.*s\"?", STR_ARG(known[near]));
                f.replacement = known[near];
            }
            findings_add(c->fs, &f);
        }
    }
}

/* --- D507 --- */

static void note_step(struct check *c, struct str key, struct json step)
{
    struct json *kept = ARENA_NEW(c->arena, struct json);
    *kept = step;
    (void)map_put(&c->later, key, kept);
}

/* What the change set makes, wherever it does. */
static void note_steps(struct check *c, struct json changes)
{
    for (struct json step = json_first(changes); json_exists(step); step = json_next(step)) {
        struct str as = json_str_or(json_get(step, STR("as")), STR(""));
        struct str made = json_str_or(json_get(step, STR("create")), STR(""));
        const struct resource *r = contract_resource(c->contract, made);
        struct str name =
            r && r->name_field
                ? json_str_or(field_find(r->name_field, json_get(step, STR("body"))), STR(""))
                : STR("");
        if (as.len) {
            note_step(c, findings_text(c->fs, "@%.*s", STR_ARG(as)), step);
        }
        if (name.len) {
            note_step(c, findings_text(c->fs, "%.*s %.*s", STR_ARG(r->name), STR_ARG(name)), step);
        }
    }
}

bool check_is_later(struct check *c, struct str key, struct json at)
{
    const struct json *step = map_get(&c->later, key);
    if (!step) {
        return false;
    }
    struct finding f = check_finding(c, at, "D507", SEVERITY_ERROR);
    struct finding there = json_finding(c->fs, *step, STR("D507"), SEVERITY_ERROR);
    f.message = STR("this is made by a later step: the tenant does not have it yet");
    f.hint = findings_text(c->fs, "put the step of line %u before this one", (unsigned)there.line);
    f.related_message = STR("it is made here");
    f.related_pointer = there.pointer;
    f.related_line = there.line;
    f.related_column = there.column;
    findings_add(c->fs, &f);
    return true;
}

/* Somewhere in the step stands an "@name" that a later one makes. */
static bool is_too_early(struct check *c, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        struct str text = json_str(v);
        return text.len > 1 && text.s[0] == '@' &&
               !map_get(&c->locals, str_slice(text, 1, text.len)) && check_is_later(c, text, v);
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (is_too_early(c, m)) {
            return true;
        }
    }
    return false;
}

/* An "@name" in the step whose own step was refused; no value: there is none. */
static struct json refused_name(const struct check *c, struct json v)
{
    struct str text = json_str_or(v, STR(""));
    struct json found = {.doc = NULL};
    if (text.len > 1 && text.s[0] == '@') {
        const struct str *id = map_get(&c->locals, str_slice(text, 1, text.len));
        return id && id->len == 0 ? v : found;
    }
    for (struct json m = json_first(v); json_exists(m) && !json_exists(found); m = json_next(m)) {
        found = refused_name(c, m);
    }
    return found;
}

/* One root cause, one finding: such a step cannot be asked. */
static bool is_without_ground(struct check *c, struct json change)
{
    struct json name = refused_name(c, change);
    if (json_exists(name)) {
        struct buf why;
        buf_init(&why, c->arena);
        buf_printf(&why, "%.*s was not made: its own step is refused", STR_ARG(json_str(name)));
        check_skip(c, name, buf_str(&why));
    }
    return json_exists(name);
}

void check_change(struct check *c, struct json change)
{
    static const struct str members[] = {
        STR_INIT("create"),  STR_INIT("update"),   STR_INIT("delete"),    STR_INIT("call"),
        STR_INIT("as"),      STR_INIT("id"),       STR_INIT("name"),      STR_INIT("body"),
        STR_INIT("set"),     STR_INIT("path"),     STR_INIT("query"),     STR_INIT("about"),
        STR_INIT("batch"),   STR_INIT("bodies"),   STR_INIT("cursor"),    STR_INIT("exists"),
        STR_INIT("notify"),  STR_INIT("audit"),    STR_INIT("await"),     STR_INIT("url"),
        STR_INIT("headers"), STR_INIT("map"),      STR_INIT("field"),     STR_INIT("is"),
        STR_INIT("everyMs"), STR_INIT("withinMs"), STR_INIT("timeoutMs"), STR_INIT("required"),
        STR_INIT("tries")};
    enum verb verb = verb_of(change);
    struct str id = STR("");
    check_about(c, NULL, STR(""), STR(""));
    if (json_kind(change) != JSON_OBJECT) {
        struct finding f = check_finding(c, change, "S103", SEVERITY_ERROR);
        f.message = STR("a change is an object");
        findings_add(c->fs, &f);
        return;
    }
    check_names(c, change, members, sizeof members / sizeof *members);
    if (is_too_early(c, change) || is_without_ground(c, change)) { /* what else is wrong with it follows from that */
        remember(c, json_get(change, STR("as")), STR(""));
        return;
    }
    if ((unsigned)verb == VERBS) {
        struct finding f = check_finding(c, change, "S101", SEVERITY_ERROR);
        f.message = STR("a change says one of \"create\", \"update\", \"delete\", \"call\", "
                        "\"batch\", \"notify\", \"audit\", \"await\"");
        findings_add(c->fs, &f);
        return;
    }
    if (verb == VERB_CALL) {
        call(c, change);
        return;
    }
    if (verb >= VERB_NOTIFY) {
        return;
    }
    const struct resource *r = resource_of(c, json_get(change, verbs[verb]));
    if (!r) {
        return;
    }
    if (verb == VERB_BATCH) {
        struct json bodies;
        if (json_want_array(change, STR("bodies"), &bodies, c->fs)) {
            for (struct json v = json_first(bodies); json_exists(v); v = json_next(v)) {
                (void)check_create(c, r, v, v, &id);
            }
        }
        return;
    }
    check_about(c, r, STR(""), json_str_or(json_get(change, STR("name")), STR("")));
    if (verb == VERB_CREATE) {
        struct json body;
        if (json_want_object(change, STR("body"), &body, c->fs)) {
            (void)check_create(c, r, change, body, &id);
        }
        remember(c, json_get(change, STR("as")), id);
    } else if (id_of(c, r, change, &id) && verb == VERB_DELETE) {
        (void)check_delete(c, r, change, id);
    } else if (id.len) {
        struct json set;
        if (json_want_object(change, STR("set"), &set, c->fs)) {
            (void)check_update(c, r, change, id, set);
        }
    }
}

bool check_changes_head(struct check *c, struct json root)
{
    static const struct str head[] = {STR_INIT("$schema"), STR_INIT("format"),  STR_INIT("profile"),
                                      STR_INIT("about"),   STR_INIT("changes"), STR_INIT("inject"),
                                      STR_INIT("metrics")};
    struct json profile = json_get(root, STR("profile"));
    check_names(c, root, head, sizeof head / sizeof *head);
    if (json_exists(profile) && !str_eq(json_str_or(profile, STR("")), c->contract->name)) {
        struct finding f = check_finding(c, profile, "S107", SEVERITY_ERROR);
        f.message = findings_text(c->fs,
                                  "this change set is for another profile; it is checked "
                                  "against %.*s",
                                  STR_ARG(c->contract->name));
        findings_add(c->fs, &f);
        return false;
    }
    return true;
}

void check_changes(struct check *c, struct json root)
{
    if (!check_changes_head(c, root)) {
        return;
    }
    struct json changes = json_get(root, STR("changes"));
    struct map known = {0};
    check_floor_before(c, &known);
    note_steps(c, changes);
    for (struct json v = json_first(changes); json_exists(v); v = json_next(v)) {
        check_change(c, v);
    }
    check_floor_after(c, &known, root);
    map_done(&c->locals);
    map_done(&c->later);
    c->locals = c->later = (struct map){0};
}
