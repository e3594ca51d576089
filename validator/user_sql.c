/* Rules that are queries: each over the model (emit.h) in memory, which it may read and nothing else, for two
 * seconds. A row names an entity: type, id[, pointer][, more]. */
#include "validator/user_rules_int.h"

#include "validator/emit.h"
#include "validator/sqlite.h"

#include <string.h>
#include <time.h>

enum {
    ROWS_MAX = 10000,
    RULE_MS_MAX = 2000,
    OPS_A_LOOK = 1000,
    VALUE_SHOWN_MAX = 200,
    TEXT_BYTES_MAX = 4 << 20,
    COLUMNS_MAX = 200, /* of a view and some */
    RULE_HEAP = 256 << 20
};

struct sql_rule {
    struct user_rule *rule;
    struct check *c;
    const struct tenant *t;
    struct json root; /* of a snapshot; else no value */
    struct map *places; /* "type\nid" → struct json *, of a snapshot */
    const struct sqlite *lib;
    sqlite3 *db;
    sqlite3_stmt *row;
    const char *denied; /* what it wanted and may not */
    int64_t until_ms;
    bool is_late;
};

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reading tables and calling functions; nothing that writes, opens, configures or loads. */
static int authorize(void *ctx, int action, const char *a, const char *b, const char *db,
                     const char *trigger)
{
    static const char *const functions[] = {"load_extension", "randomblob", "zeroblob",
                                            "fts3_tokenizer", "readfile",   "writefile"};
    struct sql_rule *q = ctx;
    (void)a;
    (void)db;
    (void)trigger;
    for (size_t i = 0; action == SQLITE_FUNCTION && b && i < sizeof functions / sizeof *functions;
         i++) {
        if (strcmp(b, functions[i]) == 0) {
            q->denied = functions[i];
            return SQLITE_DENY;
        }
    }
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
        action == SQLITE_RECURSIVE) {
        return SQLITE_OK;
    }
    q->denied = action == SQLITE_ATTACH    ? "ATTACH"
                : action == SQLITE_PRAGMA  ? "PRAGMA"
                : action == SQLITE_DETACH  ? "DETACH"
                                           : "anything but reading";
    return SQLITE_DENY;
}

static int look_at_clock(void *ctx)
{
    struct sql_rule *q = ctx;
    q->is_late = q->is_late || now_ms() > q->until_ms;
    return q->is_late;
}

/* K908, once a rule: what it would find is not known. */
static void fail(struct sql_rule *q, const char *what, const char *hint)
{
    if (q->rule->is_told) {
        return;
    }
    struct finding f = json_finding(q->c->fs, q->rule->what, STR("K908"), SEVERITY_ERROR);
    f.message = findings_text(q->c->fs, "rule %.*s: %s", STR_ARG(q->rule->id), what);
    f.hint = findings_text(q->c->fs, "%s", hint);
    f.value = (struct str){NULL, 0};
    f.item = SIZE_MAX;
    findings_add(q->c->fs, &f);
    q->rule->is_told = true;
}

static void fail_by_library(struct sql_rule *q)
{
    struct buf text;
    buf_init(&text, q->c->arena);
    if (q->is_late) {
        buf_printf(&text, "it took longer than %d s and was stopped", RULE_MS_MAX / 1000);
        fail(q, buf_cstr(&text), "ask for less, or join by id; recursion needs an end");
        return;
    }
    if (q->denied) {
        buf_printf(&text, "a query may read and nothing else; this one wants %s", q->denied);
        fail(q, buf_cstr(&text), "one SELECT over the tables of docs/user-rules.md");
        return;
    }
    buf_printf(&text, "%s", q->lib->errmsg(q->db));
    fail(q, buf_cstr(&text), "rehearse check --emit-db FILE writes the tables, to try it in sqlite3");
}

/* --- rows --- */

static struct str column(const struct sql_rule *q, int i)
{
    const unsigned char *text = q->lib->column_text(q->row, i);
    int n = text ? q->lib->column_bytes(q->row, i) : 0;
    return (struct str){text ? (const char *)text : "", (size_t)n};
}

static int column_named(const struct sql_rule *q, struct str name)
{
    int n = q->lib->column_count(q->row);
    for (int i = 0; i < n; i++) {
        if (str_eq(str_of(q->lib->column_name(q->row, i)), name)) {
            return i;
        }
    }
    return -1;
}

/* By its name, or as the view of its title's last word is called. */
static const struct resource *resource_named(const struct contract *c, struct str type)
{
    const struct resource *r = contract_resource(c, type);
    for (size_t i = 0; !r && i < c->n_resources; i++) {
        struct str title = c->resources[i].title;
        if (str_find(title, STR(" of ")) == title.len && str_ends(title, type) &&
            (title.len == type.len || title.s[title.len - type.len - 1] == ' ')) {
            r = &c->resources[i];
        }
    }
    return type.len ? r : NULL;
}

static void put_value(struct buf *out, struct str v)
{
    size_t n = v.len;
    if (n > VALUE_SHOWN_MAX) {
        n = VALUE_SHOWN_MAX;
        while (n > 0 && ((unsigned char)v.s[n] & 0xC0) == 0x80) {
            n--;
        }
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)v.s[i];
        buf_put_char(out, c < ' ' ? ' ' : (char)c);
    }
    buf_put(out, n < v.len ? STR("…") : STR(""));
}

/* "{name} has {n}" with the row's values; else the sentence, and what the row has behind type and id. */
static struct str say(const struct sql_rule *q)
{
    struct buf out;
    struct str rest = q->rule->message;
    buf_init(&out, q->c->arena);
    if (!rest.len) {
        int n = q->lib->column_count(q->row), at = column_named(q, STR("pointer"));
        size_t shown = 0;
        buf_put(&out, q->rule->about);
        for (int i = 2; i < n; i++) {
            if (i != at) {
                buf_put(&out, shown++ ? STR(", ") : STR(": "));
                put_value(&out, column(q, i));
            }
        }
        return buf_str(&out);
    }
    while (rest.len) {
        size_t open = str_find_char(rest, '{');
        buf_put(&out, str_slice(rest, 0, open));
        rest = str_slice(rest, open, rest.len);
        size_t close = str_find_char(rest, '}');
        if (!rest.len) {
            break;
        }
        int i = close < rest.len ? column_named(q, str_slice(rest, 1, close)) : -1;
        if (i < 0) {
            buf_put_char(&out, '{');
            rest = str_slice(rest, 1, rest.len);
        } else {
            put_value(&out, column(q, i));
            rest = str_slice(rest, close + 1, rest.len);
        }
    }
    return buf_str(&out);
}

static struct str place_key(struct arena *a, struct str type, struct str id)
{
    struct buf key;
    buf_init(&key, a);
    buf_put(&key, type);
    buf_put_char(&key, '\n');
    buf_put(&key, id);
    return buf_str(&key);
}

/* Where the entities of a snapshot stand. */
static void note_places(struct map *places, struct check *c, struct json root)
{
    struct json resources = json_get(root, STR("resources"));
    for (struct json list = json_first(resources); json_exists(list); list = json_next(list)) {
        const struct resource *r = contract_resource(c->contract, json_key(list));
        for (struct json e = json_first(list); r && r->id_field && json_exists(e);
             e = json_next(e)) {
            struct json *at = ARENA_NEW(c->arena, struct json);
            struct json v = field_find(r->id_field, e);
            *at = e;
            (void)map_put(places,
                          place_key(c->arena, r->name,
                                    json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                                                : json_str_or(v, STR(""))),
                          at);
        }
    }
}

/* Where the entity stands in what is checked; false: it does not. */
static bool place(const struct sql_rule *q, const struct resource *r, struct str id,
                  struct finding *out)
{
    struct check *c = q->c;
    int at = column_named(q, STR("pointer"));
    if (!json_exists(q->root)) {
        const struct finding *own = map_get(&c->made, id);
        *out = own ? *own : *out;
        return own != NULL;
    }
    struct json *e = map_get(q->places, place_key(c->arena, r->name, id));
    if (e) {
        struct str pointer = at >= 0 ? column(q, at) : STR("");
        struct json v = str_starts(pointer, STR("/")) ? json_pointer_find(*e, pointer)
                                                      : json_path(*e, pointer);
        *out = json_finding(c->fs, pointer.len && json_exists(v) ? v : *e, q->rule->id,
                            q->rule->severity);
    }
    return e != NULL;
}

/* Entities are texts of our own writers: a name has its quotes on. */
static struct str name_of(struct arena *a, const struct resource *r, const struct entity *e)
{
    struct str quoted =
        r->name_field ? json_text_path(e->text, r->name_field->text) : (struct str){NULL, 0};
    struct buf name;
    buf_init(&name, a);
    if (quoted.s && quoted.len >= 2 && quoted.s[0] == '"') {
        json_put_decoded(&name, str_slice(quoted, 1, quoted.len - 1));
    }
    return buf_str(&name);
}

static bool take_row(struct sql_rule *q)
{
    struct check *c = q->c;
    struct str type = column(q, 0), id = column(q, 1);
    const struct resource *r = resource_named(c->contract, type);
    const struct entity *e = r ? tenant_find(q->t, r, id) : NULL;
    struct finding f = {.item = SIZE_MAX};
    if (!e) {
        struct buf text;
        buf_init(&text, c->arena);
        buf_put(&text, STR("a row is of no entity: type \""));
        put_value(&text, type);
        buf_put(&text, STR("\", id \""));
        put_value(&text, id);
        buf_put(&text, STR("\""));
        fail(q, buf_cstr(&text), "the first column is a resource (wrapupCode), the second its id");
        return false;
    }
    if (!place(q, r, id, &f)) {
        return true; /* was there before */
    }
    f.rule = q->rule->id;
    f.severity = q->rule->severity;
    f.item = SIZE_MAX;
    f.message = findings_text(c->fs, "%.*s", STR_ARG(say(q)));
    f.hint = q->rule->help;
    f.entity_type = r->title;
    f.entity_id = str_copy(c->arena, id);
    f.entity_name = name_of(c->arena, r, e);
    findings_add(c->fs, &f);
    return true;
}

static bool is_blank(const char *s)
{
    while (*s == ' ' || *s == '\n' || *s == '\t' || *s == '\r' || *s == ';') {
        s++;
    }
    return *s == '\0';
}

static void ask(struct sql_rule *q)
{
    const char *tail = "";
    const char *sql = str_cstr(q->c->arena, json_str(q->rule->what));
    int status = q->lib->prepare_v2(q->db, sql, -1, &q->row, &tail);
    if (status != SQLITE_OK) {
        fail_by_library(q);
        return;
    }
    if (!q->row || !is_blank(tail) || !q->lib->stmt_readonly(q->row) ||
        q->lib->column_count(q->row) < 2) {
        fail(q, "wanted is one SELECT whose first columns are type and id",
             "SELECT 'queue' AS type, id FROM queue WHERE …");
    } else {
        size_t n = 0;
        for (status = q->lib->step(q->row); status == SQLITE_ROW && n < ROWS_MAX && take_row(q);
             status = q->lib->step(q->row)) {
            n++;
        }
        if (status == SQLITE_ROW && n == ROWS_MAX) {
            fail(q, "it gives more than 10,000 rows; those behind are not looked at",
                 "a rule names what is wrong, not all there is");
        } else if (status != SQLITE_ROW && status != SQLITE_DONE) {
            fail_by_library(q);
        }
    }
    (void)q->lib->finalize(q->row);
    q->row = NULL;
}

static void guard(struct sql_rule *q)
{
    static const struct {
        int id, value;
    } limits[] = {{SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX},     {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
                  {SQLITE_LIMIT_COLUMN, COLUMNS_MAX},        {SQLITE_LIMIT_EXPR_DEPTH, 100},
                  {SQLITE_LIMIT_COMPOUND_SELECT, 50},        {SQLITE_LIMIT_ATTACHED, 0},
                  {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},  {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
                  {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        (void)q->lib->limit(q->db, limits[i].id, limits[i].value);
    }
    q->denied = NULL;
    q->is_late = false;
    q->until_ms = now_ms() + RULE_MS_MAX;
    (void)q->lib->set_authorizer(q->db, authorize, q);
    q->lib->progress_handler(q->db, OPS_A_LOOK, look_at_clock, q);
}

void user_sql_ask(struct user_rules *rules, struct check *c, const struct tenant *t,
                  struct json root)
{
    struct sqlite lib = {.handle = NULL};
    struct err err = {0};
    sqlite3 *db = NULL;
    bool is_ready = false, is_tried = false;
    sqlite3_int64 heap = 0;
    struct map places = {0};
    for (size_t i = 0; i < rules->n; i++) {
        struct sql_rule q = {
            .rule = &rules->at[i], .c = c, .t = t, .root = root, .places = &places, .lib = &lib};
        if (q.rule->ask != ASK_SQL) {
            continue;
        }
        if (!is_tried) {
            is_tried = true;
            note_places(&places, c, root);
            is_ready = sqlite_open(&lib, &err) && emit_open(&db, &lib, c->arena, t, json_exists(root) ? NULL : c, &err);
            heap = is_ready ? lib.hard_heap_limit64(lib.memory_used() + RULE_HEAP) : 0;
        }
        q.db = db;
        if (is_ready) {
            guard(&q);
            ask(&q);
        } else {
            fail(&q, err.msg, "");
        }
    }
    if (is_ready) {
        (void)lib.hard_heap_limit64(heap);
    }
    if (db) {
        (void)lib.close_v2(db);
    }
    map_done(&places);
    sqlite_close(&lib);
}
