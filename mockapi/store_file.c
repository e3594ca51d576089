/* The database: its tables, statements, and the way back to a tenant, which is that of every
 * fixture: the rows are put together to a snapshot, and that is loaded. */
#include "mockapi/store_file.h"

#include "mockapi/sqlite_lib.h"

#include <stdio.h>
#include <sys/stat.h>

/* "RHRS" in the header of the file says that it is ours; user_version is the format. */
#define APPLICATION_ID 1380471379
#define FORMAT 1
#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

enum statement {
    PUT_ENTITY,
    DROP_ENTITY,
    DROP_ENTITIES,
    PUT_META,
    PUT_TOKEN,
    DROP_TOKEN,
    DROP_TOKENS,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [PUT_ENTITY] = "INSERT OR REPLACE INTO entity VALUES(?,?,?,?,?,?,?)",
    [DROP_ENTITY] = "DELETE FROM entity WHERE resource=? AND id=?",
    [DROP_ENTITIES] = "DELETE FROM entity",
    [PUT_META] = "INSERT OR REPLACE INTO meta VALUES(?,?)",
    [PUT_TOKEN] = "INSERT OR REPLACE INTO token VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    [DROP_TOKEN] = "DELETE FROM token WHERE text=?",
    [DROP_TOKENS] = "DELETE FROM token",
};

struct store_file {
    struct sqlite_lib lib;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct buf path;
};

static bool fail(struct store_file *f, const char *what, struct err *err)
{
    return err_set(err, ERR_SYSTEM, "%s: %s: %s", buf_cstr(&f->path), what,
                   f->db ? f->lib.errmsg(f->db) : "no memory");
}

static bool run(struct store_file *f, const char *sql, struct err *err)
{
    return f->lib.exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(f, "cannot be used", err);
}

static sqlite3_stmt *prepare(struct store_file *f, const char *sql, struct err *err)
{
    sqlite3_stmt *s = NULL;
    if (f->lib.prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK) {
        fail(f, "cannot be read", err);
    }
    return s;
}

static struct str column(const struct store_file *f, sqlite3_stmt *s, int i)
{
    const unsigned char *text = f->lib.column_text(s, i);
    int n = f->lib.column_bytes(s, i);
    return (struct str){(const char *)text, text && n > 0 ? (size_t)n : 0};
}

/* The first column of the first row, copied into `out`; false where there is none. */
static bool ask(struct store_file *f, struct buf *out, const char *sql, struct err *err)
{
    sqlite3_stmt *s = prepare(f, sql, err);
    bool is_there = s && f->lib.step(s) == SQLITE_ROW;
    if (is_there) {
        buf_put(out, column(f, s, 0));
    } else if (s) {
        fail(f, "cannot be read", err);
    }
    f->lib.finalize(s);
    return is_there;
}

static bool ask_is(struct store_file *f, const char *sql, const char *wanted, bool *out,
                   struct err *err)
{
    struct buf text = {0};
    bool is_there = ask(f, &text, sql, err);
    *out = is_there && str_eq(buf_str(&text), str_of(wanted));
    buf_done(&text);
    return is_there;
}

static bool refuse(const struct store_file *f, const char *why, struct err *err)
{
    return err_set(err, ERR_INPUT, "%.*s %s; it is left as it is: name another file for --state",
                   STR_ARG(buf_str(&f->path)), why);
}

/* True if the file is empty: nothing was ever put into it. */
static bool is_unused(struct store_file *f, bool *out, struct err *err)
{
    return ask_is(f, "SELECT count(*) FROM sqlite_schema", "0", out, err);
}

static bool make_tables(struct store_file *f, struct err *err)
{
    static const char sql[] =
        "PRAGMA application_id=" TEXT_OF(APPLICATION_ID) "; PRAGMA user_version=" TEXT_OF(
            FORMAT) ";"
                    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
                    "CREATE TABLE entity(resource TEXT NOT NULL, id TEXT NOT NULL, age INTEGER NOT "
                    "NULL,"
                    " version INTEGER NOT NULL, created_us INTEGER NOT NULL, changed_us INTEGER "
                    "NOT NULL,"
                    " text TEXT NOT NULL, PRIMARY KEY(resource, id)) WITHOUT ROWID;"
                    "CREATE TABLE token(text TEXT PRIMARY KEY, kind INTEGER NOT NULL, chain "
                    "INTEGER NOT NULL,"
                    " client TEXT NOT NULL, scope TEXT NOT NULL, audience TEXT NOT NULL,"
                    " issued_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, lifetime_s INTEGER "
                    "NOT NULL,"
                    " is_revoked INTEGER NOT NULL, is_expired INTEGER NOT NULL);";
    return run(f, sql, err);
}

static bool check_ours(struct store_file *f, const struct contract *contract, struct err *err)
{
    bool is_so = false;
    struct buf profile = {0};
    if (!ask_is(f, "PRAGMA application_id", TEXT_OF(APPLICATION_ID), &is_so, err)) {
        return false;
    }
    if (!is_so) {
        return refuse(f, "is a database of another program", err);
    }
    if (!ask_is(f, "PRAGMA user_version", TEXT_OF(FORMAT), &is_so, err)) {
        return false;
    }
    if (!is_so) {
        return refuse(f, "is of another version of rehearse", err);
    }
    if (!ask_is(f, "PRAGMA quick_check(1)", "ok", &is_so, err)) {
        return false;
    }
    if (!is_so) {
        return refuse(f, "is damaged", err);
    }
    if (!ask(f, &profile, "SELECT value FROM meta WHERE name='profile'", err)) {
        buf_done(&profile);
        return refuse(f, "is damaged: it names no profile", err);
    }
    is_so = str_eq(buf_str(&profile), contract->name);
    if (!is_so) {
        err_set(err, ERR_INPUT, "%.*s keeps a tenant of the profile %.*s, not of %.*s",
                STR_ARG(buf_str(&f->path)), STR_ARG(buf_str(&profile)), STR_ARG(contract->name));
    }
    buf_done(&profile);
    return is_so;
}

static bool set_up(struct store_file *f, const struct contract *contract, bool *out_is_new,
                   struct err *err)
{
    int status =
        f->lib.open_v2(buf_cstr(&f->path), &f->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (status != SQLITE_OK) {
        return fail(f, "cannot be opened", err);
    }
    status = f->lib.exec(f->db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT", NULL,
                         NULL, NULL);
    if (status == SQLITE_NOTADB) {
        return refuse(f, "is no database", err);
    }
    if (status == SQLITE_BUSY) {
        return err_set(err, ERR_INPUT, "%.*s is in use by another server",
                       STR_ARG(buf_str(&f->path)));
    }
    if (status != SQLITE_OK) {
        return fail(f, "cannot be written", err);
    }
    if (!is_unused(f, out_is_new, err) || (!*out_is_new && !check_ours(f, contract, err)) ||
        !run(f, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", err)) {
        return false;
    }
    return true;
}

static bool prepare_all(struct store_file *f, struct err *err)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        f->statements[i] = prepare(f, texts[i], err);
        if (!f->statements[i]) {
            return false;
        }
    }
    return true;
}

static bool put_meta(struct store_file *f, struct str name, struct str value, struct err *err);

bool store_file_open(struct store_file **out, const char *path, const struct contract *contract,
                     bool *out_is_new, struct err *err)
{
    struct store_file *f = MEM_NEW(struct store_file);
    buf_put(&f->path, str_of(path));
    mode_t mask = umask(0077); /* it keeps secrets and tokens */
    bool is_open = sqlite_lib_open(&f->lib, err) && set_up(f, contract, out_is_new, err);
    (void)umask(mask);
    if (is_open && *out_is_new) {
        is_open = run(f, "BEGIN", err) && make_tables(f, err) && prepare_all(f, err) &&
                  put_meta(f, STR("profile"), contract->name, err) &&
                  put_meta(f, STR("profile version"), contract->version, err);
    } else if (is_open) {
        is_open = prepare_all(f, err);
    }
    if (!is_open) {
        store_file_close(f);
        return false;
    }
    *out = f;
    return true;
}

void store_file_close(struct store_file *f)
{
    if (!f) {
        return;
    }
    if (f->lib.handle) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            f->lib.finalize(f->statements[i]);
        }
        f->lib.close_v2(f->db);
    }
    sqlite_lib_close(&f->lib);
    buf_done(&f->path);
    mem_free(f);
}

bool store_file_begin(struct store_file *f, struct err *err)
{
    /* the first one goes on with what made the tables: all or nothing */
    return !f->lib.get_autocommit(f->db) || run(f, "BEGIN", err);
}

bool store_file_commit(struct store_file *f, struct err *err)
{
    return run(f, "COMMIT", err);
}

void store_file_rollback(struct store_file *f)
{
    if (!f->lib.get_autocommit(f->db)) {
        (void)run(f, "ROLLBACK", NULL);
    }
}

static void bind_text(struct store_file *f, enum statement which, int i, struct str text)
{
    (void)f->lib.bind_text(f->statements[which], i, text.s ? text.s : "", (int)text.len,
                           SQLITE_STATIC);
}

static void bind_number(struct store_file *f, enum statement which, int i, int64_t number)
{
    (void)f->lib.bind_int64(f->statements[which], i, number);
}

static bool step(struct store_file *f, enum statement which, struct err *err)
{
    sqlite3_stmt *s = f->statements[which];
    bool is_done = f->lib.step(s) == SQLITE_DONE || fail(f, "cannot be written", err);
    (void)f->lib.reset(s);
    return is_done;
}

static bool put_meta(struct store_file *f, struct str name, struct str value, struct err *err)
{
    bind_text(f, PUT_META, 1, name);
    bind_text(f, PUT_META, 2, value);
    return step(f, PUT_META, err);
}

bool store_file_place(struct store_file *f, struct str place, struct err *err)
{
    return put_meta(f, STR("place"), place, err);
}

static bool put_entity(struct store_file *f, const struct resource *r, const struct entity *e,
                       struct err *err)
{
    bind_text(f, PUT_ENTITY, 1, r->name);
    bind_text(f, PUT_ENTITY, 2, e->id);
    bind_number(f, PUT_ENTITY, 3, (int64_t)e->age);
    bind_number(f, PUT_ENTITY, 4, e->version);
    bind_number(f, PUT_ENTITY, 5, e->created_us);
    bind_number(f, PUT_ENTITY, 6, e->changed_us);
    bind_text(f, PUT_ENTITY, 7, e->text);
    return step(f, PUT_ENTITY, err);
}

bool store_file_change(struct store_file *f, const struct tenant_change *change, struct err *err)
{
    if (change->after) {
        return put_entity(f, change->resource, change->after, err);
    }
    bind_text(f, DROP_ENTITY, 1, change->resource->name);
    bind_text(f, DROP_ENTITY, 2, change->before->id);
    return step(f, DROP_ENTITY, err);
}

struct put_all {
    struct store_file *f;
    const struct resource *r;
    struct err *err;
};

static bool put_one(const struct entity *e, void *ctx)
{
    const struct put_all *all = ctx;
    return put_entity(all->f, all->r, e, all->err);
}

bool store_file_replace(struct store_file *f, struct tenant *tenant, struct err *err)
{
    const struct contract *c = tenant_contract(tenant);
    struct buf head = {0}, place = {0};
    bool is_put = step(f, DROP_ENTITIES, err);
    for (size_t i = 0; is_put && i < c->n_resources; i++) {
        struct put_all all = {f, &c->resources[i], err};
        is_put = tenant_each(tenant, all.r, put_one, &all);
    }
    tenant_put_head(&head, tenant);
    tenant_put_place(&place, tenant);
    is_put = is_put && put_meta(f, STR("head"), buf_str(&head), err) &&
             put_meta(f, STR("place"), buf_str(&place), err);
    buf_done(&head);
    buf_done(&place);
    return is_put;
}

bool store_file_token(struct store_file *f, const struct token_record *row, struct err *err)
{
    if (!row) {
        return step(f, DROP_TOKENS, err);
    }
    const struct token_grant *g = &row->grant;
    if (row->is_forgotten) {
        bind_text(f, DROP_TOKEN, 1, g->text);
        return step(f, DROP_TOKEN, err);
    }
    bind_text(f, PUT_TOKEN, 1, g->text);
    bind_number(f, PUT_TOKEN, 2, (int64_t)g->kind);
    bind_number(f, PUT_TOKEN, 3, (int64_t)g->chain);
    bind_text(f, PUT_TOKEN, 4, g->client_id);
    bind_text(f, PUT_TOKEN, 5, g->scope);
    bind_text(f, PUT_TOKEN, 6, g->audience);
    bind_number(f, PUT_TOKEN, 7, row->issued_us);
    bind_number(f, PUT_TOKEN, 8, row->expires_us);
    bind_number(f, PUT_TOKEN, 9, g->lifetime_s);
    bind_number(f, PUT_TOKEN, 10, row->is_revoked);
    bind_number(f, PUT_TOKEN, 11, row->is_expired);
    return step(f, PUT_TOKEN, err);
}

/* Appends the texts of a resource's entities, the oldest first, and what "state" says of them. */
static bool put_resource(struct store_file *f, struct buf *out, struct buf *states,
                         const struct resource *r, struct err *err)
{
    sqlite3_stmt *s = prepare(f,
                              "SELECT id,text,age,version,created_us,changed_us FROM entity "
                              "WHERE resource=? ORDER BY age",
                              err);
    bool is_first = true;
    int status;
    if (!s) {
        return false;
    }
    (void)f->lib.bind_text(s, 1, r->name.s, (int)r->name.len, SQLITE_STATIC);
    while ((status = f->lib.step(s)) == SQLITE_ROW) {
        buf_put(out, is_first ? STR("") : STR(","));
        buf_put(out, column(f, s, 1));
        buf_put(states, is_first ? STR("") : STR(","));
        buf_put_json_string(states, column(f, s, 0));
        static const char *const names[] = {
            "{\"age\":", ",\"version\":", ",\"createdUs\":", ",\"changedUs\":"};
        buf_put_char(states, ':');
        for (int i = 0; i < 4; i++) {
            buf_put(states, str_of(names[i]));
            buf_put_i64(states, f->lib.column_int64(s, 2 + i));
        }
        buf_put_char(states, '}');
        is_first = false;
    }
    if (status != SQLITE_DONE) {
        fail(f, "cannot be read", err);
    }
    f->lib.finalize(s);
    return status == SQLITE_DONE;
}

static bool put_snapshot(struct store_file *f, struct buf *out, const struct contract *c,
                         struct err *err)
{
    struct buf states = {0}, place = {0};
    buf_put_char(out, '{');
    bool is_read = ask(f, out, "SELECT value FROM meta WHERE name='head'", err) &&
                   ask(f, &place, "SELECT value FROM meta WHERE name='place'", err);
    buf_put(out, STR(",\"resources\":{"));
    for (size_t i = 0; is_read && i < c->n_resources; i++) {
        struct str name = c->resources[i].name;
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, name);
        buf_put(out, STR(":["));
        buf_put(&states, i ? STR(",") : STR(""));
        buf_put_json_string(&states, name);
        buf_put(&states, STR(":{"));
        is_read = put_resource(f, out, &states, &c->resources[i], err);
        buf_put_char(out, ']');
        buf_put_char(&states, '}');
    }
    buf_put(out, STR("},\"state\":{\"complete\":true,"));
    buf_put(out, buf_str(&place));
    buf_put(out, STR(",\"entities\":{"));
    buf_put(out, buf_str(&states));
    buf_put(out, STR("}}}"));
    buf_done(&states);
    buf_done(&place);
    return is_read;
}

/* Entities of resources that the profile does not have (any more) would be lost in silence. */
static bool has_strangers(struct store_file *f, const struct contract *c, bool *out,
                          struct err *err)
{
    sqlite3_stmt *s = prepare(f, "SELECT DISTINCT resource FROM entity", err);
    int status = SQLITE_ERROR;
    *out = false;
    while (s && (status = f->lib.step(s)) == SQLITE_ROW) {
        *out = *out || !contract_resource(c, column(f, s, 0));
    }
    f->lib.finalize(s);
    return status == SQLITE_DONE;
}

bool store_file_load(struct tenant **out, struct store_file *f, const struct contract *contract,
                     struct err *err)
{
    struct arena a;
    struct buf text = {0};
    struct findings fs;
    const struct json_doc *doc = NULL;
    bool is_strange = false;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    bool is_read =
        has_strangers(f, contract, &is_strange, err) && put_snapshot(f, &text, contract, err);
    if (is_read && is_strange) {
        is_read = refuse(f, "keeps entities of a resource that the profile does not have", err);
    }
    is_read = is_read && json_parse(&doc, &a, buf_str(&f->path), buf_str(&text), NULL, &fs, err) &&
              tenant_load(out, contract, json_root(doc), &fs, err);
    if (!is_read && fs.len > 0) {
        err_set(err, ERR_INPUT, "%.*s does not hold a tenant of this profile: %.*s",
                STR_ARG(buf_str(&f->path)), STR_ARG(str_slice(fs.at[0].message, 0, 300)));
    }
    buf_done(&text);
    arena_done(&a);
    return is_read;
}

/* False where the row is none that we wrote. */
static bool read_token(struct store_file *f, sqlite3_stmt *s, struct token_record *out)
{
    int64_t kind = f->lib.column_int64(s, 1);
    if (kind != TOKEN_ACCESS && kind != TOKEN_REFRESH && kind != TOKEN_IDENTITY) {
        return false;
    }
    *out = (struct token_record){.grant = {.kind = (enum token_kind)kind,
                                           .chain = (uint64_t)f->lib.column_int64(s, 2),
                                           .text = column(f, s, 0),
                                           .client_id = column(f, s, 3),
                                           .scope = column(f, s, 4),
                                           .audience = column(f, s, 5),
                                           .lifetime_s = f->lib.column_int64(s, 8)},
                                 .issued_us = f->lib.column_int64(s, 6),
                                 .expires_us = f->lib.column_int64(s, 7),
                                 .is_revoked = f->lib.column_int64(s, 9) != 0,
                                 .is_expired = f->lib.column_int64(s, 10) != 0};
    return true;
}

bool store_file_load_tokens(struct store_file *f, struct tokens *tokens, struct err *err)
{
    sqlite3_stmt *s =
        prepare(f,
                "SELECT text,kind,chain,client,scope,audience,issued_us,expires_us,"
                "lifetime_s,is_revoked,is_expired FROM token ORDER BY issued_us,rowid",
                err);
    struct token_record row;
    int status = SQLITE_ERROR;
    while (s && (status = f->lib.step(s)) == SQLITE_ROW && read_token(f, s, &row)) {
        tokens_put_back(tokens, &row);
    }
    f->lib.finalize(s);
    return status == SQLITE_DONE || fail(f, "its tokens cannot be read", err);
}
