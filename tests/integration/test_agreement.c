/* What `check` passes the mock takes; what it refuses the mock refuses, with the status that the finding named. Over a
 * real socket, for every profile and every operation with a body: bodies of the shipped tenants, each member spoilt in
 * every way that a schema or a rule can be broken, and seeded combinations. A sample here; REHEARSE_LONG=1: all. */
#include "tests/integration/wire.h"
#include "tests/unit/check_unit.h"

enum { COMBINATIONS = 24, COMBINATIONS_LONG = 1000, SAMPLE = 5, PLACES_MAX = 200, SPOILS_MAX = 3 };

static const char *const profiles[] = {"genesys-cloud",           "cxone",
                                       "genesys-definitions",     "genesys-provisioning",
                                       "genesys-lifecycle",       "genesys-enforcement",
                                       "cxone-interaction-config"};

struct world {
    struct checked c;
    struct tenant *base; /* a clone is asked each time */
    struct mock *mock;
    int fd;
    struct buf token;
    struct arena arena; /* of one body */
    struct rng random;
    unsigned step; /* each step-th spoilt body is tried */
    size_t n_tried, n_taken, n_in_part, n_operations;
};

/* --- what is put in the place of a value --- */

static const char *const values[] = {NULL, /* left out */
                                     "null",
                                     "true",
                                     "7",
                                     "-1",
                                     "0",
                                     "1.5",
                                     "1e30",
                                     "\"\"",
                                     "\" \"",
                                     "\"x\"",
                                     "\"a b\"",
                                     "\" padded \"",
                                     "\"#!\\u0001\"",
                                     "\"\\u00e4\\u20ac\\ud83d\\ude00\"",
                                     "\"\\u0000\"",
                                     "\"300\"",
                                     "\"not-a-uuid\"",
                                     "\"00000000-0000-4000-8000-000000000000\"",
                                     "\"2026-01-01T00:00:00Z\"",
                                     "\"2026-13-01\"",
                                     "[]",
                                     "[7]",
                                     "[\"x\",\"x\"]",
                                     "[null]",
                                     "{}",
                                     "{\"id\":\"nobody\"}",
                                     "{\"id\":7}",
                                     "{\"nonsense\":true}",
                                     "99999999999",
                                     "2147483648",
                                     "@50",
                                     "@51",
                                     "@100",
                                     "@101",
                                     "@128",
                                     "@129",
                                     "@255",
                                     "@256",
                                     "@257",
                                     "@1000",
                                     "@1025",
                                     "@5000"};
enum { VALUES = sizeof values / sizeof *values };

static void put_value(struct buf *out, const char *value)
{
    uint64_t n = 0;
    if (value[0] != '@') {
        buf_put(out, str_of(value));
        return;
    }
    ck_assert(num_parse_u64(&n, str_of(value + 1), 1, 100000));
    buf_put_char(out, '"');
    for (uint64_t i = 0; i < n; i++) {
        buf_put_char(out, (char)('a' + i % 26));
    }
    buf_put_char(out, '"');
}

struct spoil {
    uint32_t at;       /* place of the value in the document */
    const char *value; /* NULL: it is left out */
    bool adds;         /* behind the members of the object there: an unknown one */
};

/* The body, spoilt. */
static void put_spoilt(struct buf *out, struct json v, const struct spoil *spoils, size_t n)
{
    enum json_kind kind = json_kind(v);
    for (size_t i = 0; i < n; i++) {
        if (spoils[i].at == v.at && !spoils[i].adds) {
            put_value(out, spoils[i].value ? spoils[i].value : "null");
            return;
        }
    }
    if (kind != JSON_OBJECT && kind != JSON_ARRAY) {
        json_put(out, v);
        return;
    }
    bool is_first = true;
    buf_put_char(out, kind == JSON_OBJECT ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        bool is_out = false;
        for (size_t i = 0; i < n; i++) {
            is_out = is_out || (spoils[i].at == m.at && !spoils[i].adds && !spoils[i].value);
        }
        if (is_out) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (kind == JSON_OBJECT) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        put_spoilt(out, m, spoils, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (spoils[i].at == v.at && spoils[i].adds && kind == JSON_OBJECT) {
            buf_put(out, is_first ? STR("\"unknownMember\":") : STR(",\"unknownMember\":"));
            put_value(out, spoils[i].value);
        }
    }
    buf_put_char(out, kind == JSON_OBJECT ? '}' : ']');
}

static void find_places(struct json v, uint32_t *places, size_t *io_n, int depth)
{
    if (*io_n < PLACES_MAX) {
        places[(*io_n)++] = v.at;
    }
    for (struct json m = json_first(v); depth < 4 && json_exists(m); m = json_next(m)) {
        find_places(m, places, io_n, depth + 1);
    }
}

/* --- both sides --- */

static int ask_mock(struct world *w, const struct operation *op, struct str path, struct str body)
{
    struct buf text;
    buf_init(&text, &w->arena);
    buf_put(&text, op->method);
    const char *method = buf_cstr(&text);
    struct buf extra;
    buf_init(&extra, &w->arena);
    buf_put(&extra, STR("Accept: application/json\r\n"));
    if (op->idempotency.header.len) { /* each a request of its own, as check asks */
        buf_printf(&extra, "%.*s: key-of-the-request-%zu\r\n", STR_ARG(op->idempotency.header),
                   w->n_tried);
    }
    struct wire_call call = {.method = method,
                             .path = str_cstr(&w->arena, path),
                             .bearer = buf_cstr(&w->token),
                             .body = str_cstr(&w->arena, body),
                             .extra = buf_cstr(&extra)};
    struct wire_answer answer = wire_call(w->fd, &call);
    if (answer.end != WIRE_WHOLE || answer.status == 0) {
        (void)close(w->fd);
        w->fd = wire_open(w->mock);
    }
    int status = answer.status;
    wire_drop(&answer);
    if (status < 400) {
        ck_assert_int_eq(wire_admin(w->mock, "POST", "/reset", NULL), 200);
    }
    return status;
}

struct said {
    bool is_refused;
    int status; /* that a finding named, 0: none */
    struct str text;
};

static bool is_the_tenants(const struct finding *f)
{
    return f->severity == SEVERITY_ERROR && f->rule.len && strchr("SULRJPT", f->rule.s[0]);
}

static struct said ask_check(struct world *w, const struct operation *op, struct str path,
                             struct str body)
{
    struct arena a;
    struct findings fs;
    struct err err = {.code = ERR_NONE};
    struct recording recording;
    struct buf text;
    struct said said = {.text = STR("")};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    buf_init(&text, &a);
    buf_printf(&text, "%.*s %.*s\nContent-Type: application/json\n\n%.*s\n", STR_ARG(op->method),
               STR_ARG(path), STR_ARG(body));
    struct trial *trial = trial_new(w->c.contract, tenant_clone(w->base));
    struct check check = {.contract = w->c.contract,
                          .tenant = trial_tenant(trial),
                          .ask = trial_ask,
                          .ctx = trial,
                          .arena = &a,
                          .fs = &fs};
    if (!read_traffic(&recording, &a, w->c.contract, STR("t.http"), buf_str(&text), &fs, &err)) {
        said.is_refused = true;
    } else {
        check_traffic(&check, &recording, STR("t.http"));
    }
    for (size_t i = 0; i < fs.len; i++) {
        if (is_the_tenants(&fs.at[i])) {
            said.is_refused = true;
            said.status = said.status ? said.status : fs.at[i].status;
            said.text = str_copy(&w->arena, fs.at[i].message);
        }
    }
    check_done(&check);
    trial_free(trial);
    arena_done(&a);
    return said;
}

static void compare(struct world *w, const struct operation *op, struct str path, struct str body)
{
    struct said said = ask_check(w, op, path, body);
    int status = ask_mock(w, op, path, body);
    bool is_refused = status >= 400;
    w->n_tried++;
    w->n_taken += !is_refused;
    if (said.is_refused && !is_refused && op->batch.is_partial) {
        w->n_in_part++; /* the answer is well, and tells of items that were not carried out */
        return;
    }
    ck_assert_msg(said.is_refused == is_refused && (!said.status || said.status == status),
                  "%.*s %.*s: the mock answers %d, check %s (%d %.*s)\n%.*s", STR_ARG(op->method),
                  STR_ARG(path), status, said.is_refused ? "refuses" : "passes", said.status,
                  STR_ARG(said.text), STR_ARG(str_slice(body, 0, 700)));
}

/* --- operations --- */

/* The first value of a path parameter that its schema lists; false: it lists none. */
static bool put_parameter(struct buf *out, const struct operation *op, struct str name)
{
    for (size_t i = 0; i < op->n_parameters; i++) {
        struct json schema = json_get(op->parameters[i].source, STR("schema"));
        struct json first = json_first(json_get(schema, STR("enum")));
        first = json_exists(first) ? first : json_get(schema, STR("maximum"));
        if (str_eq(op->parameters[i].name, name) && json_exists(first)) {
            buf_put(out, json_kind(first) == JSON_STRING ? json_str(first) : json_source(first));
            return true;
        }
    }
    return false;
}

/* The path with ids of entities that there are; false where there is none for a parameter. */
static bool put_path(struct world *w, struct buf *out, const struct operation *op,
                     const struct entity **out_entity)
{
    const struct resource *r = op->resource;
    const struct resource *owner = r && r->parent ? r->parent : r;
    *out_entity = r ? tenant_first(w->base, r) : NULL;
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        buf_put_char(out, '/');
        buf_put(out, s->before);
        if (!s->is_parameter) {
            buf_put(out, s->text);
        } else {
            bool is_word = s->before.len || s->after.len; /* "v{version}.0" */
            bool is_parent = !is_word && str_eq(s->text, op->parent_param);
            bool is_key = !is_word && str_eq(s->text, op->key_param);
            const struct entity *e = is_parent && owner ? tenant_first(w->base, owner)
                                     : is_key           ? *out_entity
                                                        : NULL;
            if (!e && !put_parameter(out, op, s->text)) {
                return false;
            }
            buf_put(out, e ? e->id : STR(""));
        }
        buf_put(out, s->after);
    }
    return true;
}

static struct json resolved(struct world *w, struct json schema)
{
    for (int i = 0; i < 8 && json_kind(json_get(schema, STR("$ref"))) == JSON_STRING; i++) {
        struct str to = json_str(json_get(schema, STR("$ref")));
        schema = json_pointer_find(json_root(w->c.contract->doc), str_slice(to, 1, to.len));
    }
    return schema;
}

/* Does the member of that name tell of another entity? Then its id (or what it is told by). */
static bool put_reference(struct world *w, struct buf *out, const struct operation *op,
                          struct str member)
{
    const struct resource *r = op->resource;
    for (size_t i = 0; r && i < r->n_references; i++) {
        const struct reference_rule *rule = &r->references[i];
        const struct field_path *f = rule->field;
        const struct entity *e = tenant_first(w->base, rule->to);
        if (!e || f->n == 0 || !str_eq(f->parts[f->n - 1], member)) {
            continue;
        }
        const struct json_doc *doc = NULL;
        ck_assert(json_parse(&doc, &w->arena, STR("e"), e->text, NULL, NULL, NULL));
        struct json value = rule->by             ? field_find(rule->by, json_root(doc))
                            : rule->to->id_field ? field_find(rule->to->id_field, json_root(doc))
                                                 : json_root(doc);
        if (json_kind(value) == JSON_STRING || json_kind(value) == JSON_NUMBER) {
            json_put(out, value);
            return true;
        }
    }
    if (r && r->target && str_eq(member, STR("id"))) {
        const struct entity *e = tenant_first(w->base, r->target);
        if (e) {
            buf_put_json_string(out, e->id);
            return true;
        }
    }
    return false;
}

/* A value that the schema may like: the first of an enum, the least number, a text. */
static void put_made(struct world *w, struct buf *out, const struct operation *op,
                     struct json schema, int depth)
{
    schema = resolved(w, schema);
    struct str type = json_str_or(json_get(schema, STR("type")), STR(""));
    struct json first = json_first(json_get(schema, STR("enum")));
    struct json properties = json_get(schema, STR("properties"));
    if (json_exists(first)) {
        json_put(out, first);
    } else if (str_eq(type, STR("array"))) {
        buf_put_char(out, '[');
        if (depth < 5) {
            put_made(w, out, op, json_get(schema, STR("items")), depth + 1);
        }
        buf_put_char(out, ']');
    } else if (json_exists(properties) && depth < 5) {
        bool is_first = true;
        buf_put_char(out, '{');
        for (struct json m = json_first(properties); json_exists(m); m = json_next(m)) {
            if (json_is_true(json_get(resolved(w, m), STR("readOnly")))) {
                continue;
            }
            buf_put(out, is_first ? STR("") : STR(","));
            is_first = false;
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
            if (!put_reference(w, out, op, json_key(m))) {
                put_made(w, out, op, m, depth + 1);
            }
        }
        buf_put_char(out, '}');
    } else if (str_eq(type, STR("integer")) || str_eq(type, STR("number"))) {
        struct json least = json_get(schema, STR("minimum"));
        buf_put(out, json_exists(least) ? json_source(least) : STR("1"));
    } else if (str_eq(type, STR("boolean"))) {
        buf_put(out, STR("true"));
    } else if (str_eq(type, STR("object"))) {
        buf_put(out, STR("{}"));
    } else {
        buf_put(out, STR("\"Made text\""));
    }
}

/* The entity as somebody would send it back: what the operation's schema has, and the server does not set. */
static void put_entity(struct world *w, struct buf *out, const struct operation *op,
                       const struct entity *e, bool is_new)
{
    const struct json_doc *doc = NULL;
    struct str text = e->text;
    ck_assert(json_parse(&doc, &w->arena, STR("e"), text, NULL, NULL, NULL));
    struct json properties = json_get(resolved(w, op->body_schema_source), STR("properties"));
    const struct field_path *name = op->resource->name_field;
    bool is_first = true;
    buf_put_char(out, '{');
    for (struct json m = json_first(json_root(doc)); json_exists(m); m = json_next(m)) {
        struct json property = resolved(w, json_get(properties, json_key(m)));
        bool is_open = !json_exists(properties);
        if ((!is_open && !json_exists(property)) ||
            json_is_true(json_get(property, STR("readOnly")))) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        if (is_new && name && str_eq(name->text, json_key(m))) {
            buf_put(out, STR("\"Brand new one\""));
        } else {
            json_put(out, m);
        }
    }
    buf_put_char(out, '}');
}

static void try_spoils(struct world *w, const struct operation *op, struct str path,
                       struct json root, const struct spoil *spoils, size_t n)
{
    struct buf body;
    buf_init(&body, &w->arena);
    put_spoilt(&body, root, spoils, n);
    compare(w, op, path, buf_str(&body));
}

static void try_body(struct world *w, const struct operation *op, struct str path, struct str text)
{
    struct arena own;
    const struct json_doc *doc = NULL;
    uint32_t places[PLACES_MAX];
    size_t n_places = 0, n = 0;
    bool is_long = w->step == 1;
    arena_init(&own, 0, 0);
    text = str_copy(&own, text);
    path = str_copy(&own, path);
    ck_assert(json_parse(&doc, &own, STR("b"), text, NULL, NULL, NULL));
    struct json root = json_root(doc);
    find_places(root, places, &n_places, 0);
    compare(w, op, path, text);
    for (size_t p = 0; p < n_places; p++) {
        for (size_t k = 0; k <= VALUES; k++) {
            const struct spoil one = {places[p], k < VALUES ? values[k] : "7", k == VALUES};
            if ((n++ + p) % w->step == 0) {
                try_spoils(w, op, path, root, &one, 1);
                arena_reset(&w->arena);
            }
        }
    }
    for (size_t i = 0; i < (is_long ? COMBINATIONS_LONG : COMBINATIONS); i++) {
        struct spoil some[SPOILS_MAX];
        for (size_t k = 0; k < SPOILS_MAX; k++) {
            some[k] = (struct spoil){places[rng_below(&w->random, n_places)],
                                     values[rng_below(&w->random, VALUES)], false};
        }
        try_spoils(w, op, path, root, some, 1 + rng_below(&w->random, SPOILS_MAX));
        arena_reset(&w->arena);
    }
    arena_done(&own);
}

/* Searches, tokens and channels are no configuration: check does not ask about them. */
static bool is_change(enum action action)
{
    return action == ACTION_CREATE || action == ACTION_REPLACE || action == ACTION_MERGE ||
           action == ACTION_DELETE || action == ACTION_BATCH || action == ACTION_LINK_ADD ||
           action == ACTION_LINK_REMOVE || action == ACTION_LINK_REPLACE ||
           action == ACTION_LINK_CHANGE || action == ACTION_ASSIGN || action == ACTION_NAMED;
}

static void try_operation(struct world *w, const struct operation *op)
{
    struct buf path, body;
    const struct entity *e = NULL;
    bool takes = op->has_body && is_change(op->action);
    buf_init(&path, &w->arena);
    buf_init(&body, &w->arena);
    if (!takes || !put_path(w, &path, op, &e)) {
        return;
    }
    bool is_whole =
        op->action == ACTION_CREATE || op->action == ACTION_REPLACE || op->action == ACTION_MERGE;
    if (is_whole && op->resource && e && !op->wrap.len && !op->is_body_array && !op->part.n) {
        put_entity(w, &body, op, e, op->action == ACTION_CREATE);
    } else {
        put_made(w, &body, op, op->body_schema_source, 0);
    }
    if (op->version.place == VERSION_QUERY && e) {
        buf_printf(&path, "?%.*s=%lld", STR_ARG(op->version.name), (long long)e->version);
    }
    w->n_operations++;
    try_body(w, op, buf_str(&path), buf_str(&body));
}

START_TEST(agrees)
{
    struct world w = {.step = getenv("REHEARSE_LONG") ? 1 : SAMPLE};
    struct err err = {.code = ERR_NONE};
    struct buf answer = {0};
    static const struct policy_choice choice = {STR_INIT("rate-limit"),
                                                STR_INIT("practically-none")};
    const struct mock_options options = {
        .n_threads = 1, .seed = 1, .admin_token = STR("test-admin")};
    struct mock_site site = {.prefix = STR("")};
    (void)signal(SIGPIPE, SIG_IGN);
    rng_init(&w.random, 42);
    checked_open(&w.c, profiles[_i]);
    w.base = tenant_clone(trial_tenant(w.c.trial));
    arena_init(&w.arena, 0, 0);
    ck_assert_msg(contract_open(&site.contract, profiles[_i], &choice, 1, &w.c.fs, &err), "%s",
                  err.msg);
    struct buf name = {0};
    buf_put(&name, site.contract->default_tenant);
    ck_assert(tenant_open(&site.tenant, site.contract, buf_cstr(&name), &w.c.fs, &err));
    buf_done(&name);
    ck_assert_msg(mock_start(&w.mock, &options, &site, 1, &err), "%s", err.msg);
    w.fd = wire_open(w.mock);
    struct wire_call issue = {.method = "POST",
                              .path = "/__rehearse/tokens/issue",
                              .admin = "test-admin",
                              .body = "{\"client\":\"acme-admin\",\"lifetimeS\":86400}"};
    int status = wire_ask(w.mock, &issue, &answer);
    ck_assert_msg(status / 100 == 2, "%d %.*s", status, STR_ARG(buf_str(&answer)));
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &w.arena, STR("t"), buf_str(&answer), NULL, NULL, NULL));
    for (struct json m = json_first(json_root(doc)); json_exists(m); m = json_next(m)) {
        if (str_eq(json_key(m), STR("token"))) {
            buf_put(&w.token, json_str_or(m, STR("")));
        }
    }
    ck_assert_msg(w.token.len > 0, "%.*s", STR_ARG(buf_str(&answer)));
    arena_reset(&w.arena);
    for (size_t i = 0; i < w.c.contract->n_operations; i++) {
        try_operation(&w, &w.c.contract->operations[i]);
    }
    printf("%s: %zu operations, %zu bodies asked of both, %zu taken\n", profiles[_i],
           w.n_operations, w.n_tried, w.n_taken);
    ck_assert_uint_gt(w.n_taken, 0);
    (void)close(w.fd);
    mock_stop(w.mock);
    buf_done(&w.token);
    buf_done(&answer);
    tenant_free(w.base);
    arena_done(&w.arena);
    checked_close(&w.c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agreement");
    TCase *tc = tcase_create("agreement");
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, agrees, 0, (int)(sizeof profiles / sizeof *profiles));
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
