/* The model as JSON and as a database. Tables: entity, edge, change; a view for each resource. */
#include "validator/emit.h"

#include "validator/graph.h"
#include "validator/read.h"
#include "validator/sqlite.h"

/* --- JSON --- */

struct putting {
    struct buf *out;
    bool has_one;
};

static bool put_entity(const struct entity *e, void *ctx)
{
    struct putting *p = ctx;
    buf_put(p->out, p->has_one ? STR(",\n    ") : STR("\n    "));
    buf_put(p->out, e->text);
    p->has_one = true;
    return true;
}

static struct str type_of(const struct deps_node *n)
{
    return n->resource ? n->resource->name : n->type;
}

static void put_member(struct buf *out, const char *name, struct str value, bool is_first)
{
    buf_put(out, is_first ? STR("{\"") : STR(", \""));
    buf_put(out, str_of(name));
    buf_put(out, STR("\": "));
    buf_put_json_string(out, value);
}

static void put_edges(struct buf *out, const struct deps *g)
{
    for (size_t i = 0; i < deps_edge_count(g); i++) {
        const struct deps_edge *e = deps_edge(g, i);
        const struct deps_node *from = deps_node(g, e->from), *to = deps_node(g, e->to);
        buf_put(out, i ? STR(",\n    ") : STR("\n    "));
        put_member(out, "from_type", type_of(from), true);
        put_member(out, "from_id", from->id, false);
        put_member(out, "to_type", type_of(to), false);
        put_member(out, "to_id", to->id, false);
        put_member(out, "kind", edge_kind_name(e->kind), false);
        put_member(out, "pointer", e->pointer, false);
        buf_put_char(out, '}');
    }
}

static void put_changes(struct buf *out, const struct check *c)
{
    size_t cursor = 0, n = 0;
    struct str id;
    void *place = NULL;
    while (c && map_next(&c->made, &cursor, &id, &place)) {
        const struct finding *f = place;
        buf_put(out, n++ ? STR(",\n    ") : STR("\n    "));
        put_member(out, "id", id, true);
        put_member(out, "file", f->file, false);
        buf_printf(out, ", \"line\": %u}", f->line);
    }
}

void emit_model(struct buf *out, const struct tenant *t, const struct check *c)
{
    const struct contract *contract = tenant_contract(t);
    struct deps *g = deps_build(t);
    buf_put(out, STR("{\n  \"format\": 1,\n  \"profile\": "));
    buf_put_json_string(out, contract->name);
    buf_put(out, STR(",\n  \"tenant\": "));
    buf_put_json_string(out, tenant_name(t));
    buf_put(out, STR(",\n  \"resources\": {"));
    for (size_t i = 0; i < contract->n_resources; i++) {
        struct putting p = {.out = out};
        buf_put(out, i ? STR(",\n   ") : STR("\n   "));
        buf_put_json_string(out, contract->resources[i].name);
        buf_put(out, STR(": ["));
        (void)tenant_each(t, &contract->resources[i], put_entity, &p);
        buf_put_char(out, ']');
    }
    buf_put(out, STR("},\n  \"edges\": ["));
    put_edges(out, g);
    buf_put(out, STR("],\n  \"changes\": ["));
    put_changes(out, c);
    buf_put(out, STR("]\n}\n"));
    deps_free(g);
}

/* --- the database --- */

struct filling {
    const struct sqlite *lib;
    sqlite3 *db;
    sqlite3_stmt *row;
    struct arena *arena;
    const struct resource *r;
    bool is_well;
};

static bool run(struct filling *f, const char *sql)
{
    f->is_well = f->is_well && f->lib->exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK;
    return f->is_well;
}

static void begin(struct filling *f, const char *sql)
{
    f->row = NULL;
    f->is_well = f->is_well && f->lib->prepare_v2(f->db, sql, -1, &f->row, NULL) == SQLITE_OK;
}

static void end(struct filling *f)
{
    (void)f->lib->finalize(f->row);
    f->row = NULL;
}

static void bind(struct filling *f, int at, struct str s)
{
    f->is_well = f->is_well && f->lib->bind_text(f->row, at, s.s ? s.s : "", (int)s.len,
                                                 SQLITE_STATIC) == SQLITE_OK;
}

static void step(struct filling *f)
{
    f->is_well = f->is_well && f->lib->step(f->row) == SQLITE_DONE &&
                 f->lib->reset(f->row) == SQLITE_OK;
}

static bool fill_entity(const struct entity *e, void *ctx)
{
    struct filling *f = ctx;
    struct str name = STR("");
    if (f->r->name_field) {
        name = json_text_path(e->text, f->r->name_field->text);
    }
    bind(f, 1, f->r->name);
    bind(f, 2, e->id);
    /* a text with its quotes: SQLite takes them off */
    bind(f, 3, name.s && name.len ? name : STR("null"));
    bind(f, 4, e->text);
    step(f);
    return f->is_well;
}

static void fill_edges(struct filling *f, const struct deps *g)
{
    begin(f, "INSERT INTO edge VALUES(?,?,?,?,?,?)");
    for (size_t i = 0; f->is_well && i < deps_edge_count(g); i++) {
        const struct deps_edge *e = deps_edge(g, i);
        const struct deps_node *from = deps_node(g, e->from), *to = deps_node(g, e->to);
        bind(f, 1, type_of(from));
        bind(f, 2, from->id);
        bind(f, 3, type_of(to));
        bind(f, 4, to->id);
        bind(f, 5, edge_kind_name(e->kind));
        bind(f, 6, e->pointer);
        step(f);
    }
    end(f);
}

static void fill_changes(struct filling *f, const struct check *c)
{
    size_t cursor = 0;
    struct str id;
    void *place = NULL;
    begin(f, "INSERT INTO change SELECT type, id, name, ?2, ?3 FROM entity WHERE id = ?1");
    while (f->is_well && c && map_next(&c->made, &cursor, &id, &place)) {
        const struct finding *at = place;
        bind(f, 1, id);
        bind(f, 2, at->file);
        f->is_well = f->is_well && f->lib->bind_int64(f->row, 3, at->line) == SQLITE_OK;
        step(f);
    }
    end(f);
}

static void put_name(struct buf *out, struct str name, char from, char to)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        buf_put_char(out, name.s[i] == from ? to : name.s[i] == '"' ? '_' : name.s[i]);
    }
    buf_put_char(out, '"');
}

/* SQLite's names do not know case. */
static bool take(struct arena *a, struct map *names, struct str name)
{
    struct str low = str_lower(a, name);
    static char there;
    if (map_get(names, low)) {
        return false;
    }
    (void)map_put(names, low, &there);
    return true;
}

/* SELECT id, name, json, and the schema's members with their dots made underscores. */
static void add_view(struct filling *f, const struct contract *c, const struct resource *r)
{
    enum { COLUMNS_MAX = 100 };
    const struct table_column *columns = NULL;
    struct map names = {0};
    struct buf sql;
    buf_init(&sql, f->arena);
    buf_put(&sql, STR("CREATE VIEW "));
    put_name(&sql, r->name, 0, 0);
    buf_put(&sql, STR(" AS SELECT id, name, json"));
    (void)(take(f->arena, &names, STR("id")) && take(f->arena, &names, STR("name")) &&
           take(f->arena, &names, STR("json")));
    size_t n = table_columns(&columns, f->arena, c, r->schema);
    for (size_t i = 0; i < n && i < COLUMNS_MAX; i++) {
        struct buf name;
        buf_init(&name, f->arena);
        put_name(&name, columns[i].path, '.', '_');
        if (str_find_char(columns[i].path, '\'') < columns[i].path.len ||
            !take(f->arena, &names, buf_str(&name))) {
            continue;
        }
        if (str_eq(columns[i].path, STR("id")) || str_eq(columns[i].path, STR("name"))) {
            continue;
        }
        buf_printf(&sql, ", json_extract(json, '$.%.*s') AS %s", STR_ARG(columns[i].path),
                   buf_cstr(&name));
    }
    buf_printf(&sql, " FROM entity WHERE type = '%.*s'", STR_ARG(r->name));
    (void)run(f, buf_cstr(&sql));
    map_done(&names);
}

/* "code" for a wrap-up code: the last word of a title, where that is no table yet. */
static void add_views(struct filling *f, const struct contract *c)
{
    struct map names = {0};
    (void)(take(f->arena, &names, STR("entity")) && take(f->arena, &names, STR("edge")) &&
           take(f->arena, &names, STR("change")));
    for (size_t i = 0; f->is_well && i < c->n_resources; i++) {
        if (take(f->arena, &names, c->resources[i].name)) {
            add_view(f, c, &c->resources[i]);
        }
    }
    for (size_t i = 0; f->is_well && i < c->n_resources; i++) {
        struct str title = c->resources[i].title;
        size_t from = title.len;
        while (from > 0 && title.s[from - 1] != ' ') {
            from--;
        }
        struct str word = str_slice(title, from, title.len);
        struct buf sql;
        buf_init(&sql, f->arena);
        if (word.len && str_find(title, STR(" of ")) == title.len && take(f->arena, &names, word)) {
            buf_put(&sql, STR("CREATE VIEW "));
            put_name(&sql, word, 0, 0);
            buf_put(&sql, STR(" AS SELECT * FROM "));
            put_name(&sql, c->resources[i].name, 0, 0);
            (void)run(f, buf_cstr(&sql));
        }
    }
    map_done(&names);
}

bool emit_open(sqlite3 **out, const struct sqlite *lib, struct arena *a, const struct tenant *t,
               const struct check *c, struct err *err)
{
    static const char tables[] =
        "PRAGMA temp_store=MEMORY; BEGIN;"
        "CREATE TABLE entity(type TEXT, id TEXT, name TEXT, json TEXT);"
        "CREATE TABLE edge(from_type TEXT, from_id TEXT, to_type TEXT, to_id TEXT, kind TEXT,"
        " pointer TEXT);"
        "CREATE TABLE change(type TEXT, id TEXT, name TEXT, file TEXT, line INTEGER);";
    static const char indexes[] = "CREATE INDEX entity_id ON entity(id, type);"
                                  "CREATE INDEX entity_type ON entity(type);"
                                  "CREATE INDEX edge_from ON edge(from_id);"
                                  "CREATE INDEX edge_to ON edge(to_id);";
    const struct contract *contract = tenant_contract(t);
    struct filling f = {.lib = lib, .arena = a, .is_well = true};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    f.is_well = lib->open_v2(":memory:", &f.db, flags, NULL) == SQLITE_OK;
    (void)run(&f, tables);
    begin(&f, "INSERT INTO entity VALUES(?1, ?2, json_extract(?3, '$'), ?4)");
    for (size_t i = 0; f.is_well && i < contract->n_resources; i++) {
        f.r = &contract->resources[i];
        (void)tenant_each(t, f.r, fill_entity, &f);
    }
    end(&f);
    struct deps *g = deps_build(t);
    fill_edges(&f, g);
    deps_free(g);
    (void)run(&f, indexes);
    fill_changes(&f, c);
    add_views(&f, contract);
    (void)run(&f, "COMMIT");
    if (!f.is_well) {
        (void)err_set(err, ERR_SYSTEM, "the model's database cannot be made: %s",
                      f.db ? lib->errmsg(f.db) : "no memory");
        (void)lib->close_v2(f.db);
        return false;
    }
    *out = f.db;
    return true;
}

bool emit_db(struct buf *out, struct arena *a, const struct tenant *t, const struct check *c,
             struct err *err)
{
    struct sqlite lib = {.handle = NULL};
    sqlite3 *db = NULL;
    sqlite3_int64 n = 0;
    if (!sqlite_open(&lib, err)) {
        return false;
    }
    bool is_well = emit_open(&db, &lib, a, t, c, err);
    unsigned char *bytes = is_well ? lib.serialize(db, "main", &n, 0) : NULL;
    if (bytes) {
        buf_put(out, (struct str){(const char *)bytes, (size_t)n});
        lib.free(bytes);
    }
    is_well = is_well && (bytes || err_set(err, ERR_SYSTEM, "the database has no room"));
    (void)lib.close_v2(db);
    sqlite_close(&lib);
    return is_well;
}
