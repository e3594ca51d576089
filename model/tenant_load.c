/* Loading a tenant: its head, clients and state. The entities are read by tenant_fill.c. Every
 * mistake is a finding at its place; loading goes on to find the others, and gives no tenant. */
#include "model/builtin.h"
#include "model/issue.h"
#include "model/tenant_int.h"

enum { FORMAT = 1 };

static struct str quoted(struct findings *fs, struct str text)
{
    struct buf b;
    buf_init(&b, fs->arena);
    buf_put_quoted(&b, text);
    return buf_str(&b);
}

/* Members that nobody reads are mistakes: most are misspelt. */
static void check_members(struct json obj, const struct str *known, size_t n, struct findings *fs)
{
    for (struct json m = json_first(obj); json_exists(m) && json_kind(obj) == JSON_OBJECT;
         m = json_next(m)) {
        size_t i = 0;
        while (i < n && !str_eq(known[i], json_key(m))) {
            i++;
        }
        if (i < n) {
            continue;
        }
        struct finding f = json_key_finding(fs, m, STR("S102"), SEVERITY_ERROR);
        size_t near = str_nearest(json_key(m), known, n);
        f.message =
            findings_text(fs, "%.*s is not a known member", STR_ARG(quoted(fs, json_key(m))));
        if (near < n) {
            f.hint = findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(known[near]));
        }
        findings_add(fs, &f);
    }
}

static void want_value(struct json v, struct str value, const char *what, struct findings *fs)
{
    struct finding f = json_finding(fs, v, STR("S107"), SEVERITY_ERROR);
    f.expected = value;
    f.message =
        findings_text(fs, "this is %s %.*s; expected %.*s", what, STR_ARG(f.value), STR_ARG(value));
    findings_add(fs, &f);
}

static void load_words(const struct str **out, size_t *out_n, struct arena *a, struct json list,
                       struct findings *fs)
{
    struct str *at = ARENA_ARRAY(a, json_count(list) + 1, struct str);
    size_t n = 0;
    if (!json_exists(list)) {
        at[n++] = STR("*");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        if (json_kind(v) == JSON_STRING) {
            at[n++] = str_copy(a, json_str(v));
            continue;
        }
        struct finding f = json_finding(fs, v, STR("S103"), SEVERITY_ERROR);
        f.expected = STR("a string");
        f.message = STR("this is no string");
        findings_add(fs, &f);
    }
    *out = at;
    *out_n = n;
}

static struct json optional(struct json obj, struct str key, enum json_kind kind,
                            struct findings *fs)
{
    struct json v = json_get(obj, key);
    if (!json_exists(v) || json_kind(v) == kind) {
        return v;
    }
    struct finding f = json_finding(fs, v, STR("S103"), SEVERITY_ERROR);
    f.expected = json_kind_name(kind);
    f.message = findings_text(fs, "\"%.*s\" is %.*s; expected %.*s", STR_ARG(key),
                              STR_ARG(json_kind_name(json_kind(v))), STR_ARG(f.expected));
    findings_add(fs, &f);
    return (struct json){0};
}

static void load_client(struct tenant_fixed *fixed, struct json v, struct findings *fs)
{
    struct arena *a = &fixed->arena;
    struct tenant_client *c = &fixed->clients.at[fixed->clients.n];
    struct str id, secret = STR("");
    if (!json_want_str(v, STR("id"), &id, fs)) {
        return;
    }
    struct buf text;
    buf_init(&text, a);
    json_put(&text, v);
    secret = json_str_or(optional(v, STR("secret"), JSON_STRING, fs), secret);
    *c = (struct tenant_client){
        .id = str_copy(a, id),
        .secret = str_copy(a, secret),
        .name = str_copy(a, json_str_or(optional(v, STR("name"), JSON_STRING, fs), id)),
        .text = buf_str(&text),
        .kind = str_copy(a, json_str_or(optional(v, STR("kind"), JSON_STRING, fs), STR(""))),
    };
    load_words(&c->permissions, &c->n_permissions, a,
               optional(v, STR("permissions"), JSON_ARRAY, fs), fs);
    load_words(&c->scopes, &c->n_scopes, a, optional(v, STR("scopes"), JSON_ARRAY, fs), fs);
    if (json_exists(json_get(v, STR("lifetimeS")))) {
        json_want_i64(v, STR("lifetimeS"), 0, INT32_MAX, &c->lifetime_s, fs);
    }
    if (map_get(&fixed->clients.by_id, c->id)) {
        struct finding f = json_finding(fs, json_get(v, STR("id")), STR("U204"), SEVERITY_ERROR);
        f.message = STR("there is a client with this id already");
        findings_add(fs, &f);
        return;
    }
    map_put(&fixed->clients.by_id, c->id, c);
    fixed->clients.n++;
}

void tenant_load_clients(struct tenant_fixed *fixed, struct json clients, struct findings *fs)
{
    fixed->clients.at = ARENA_ARRAY(&fixed->arena, json_count(clients) + 1, struct tenant_client);
    for (struct json v = json_first(clients); json_exists(v); v = json_next(v)) {
        if (json_kind(v) == JSON_OBJECT) {
            load_client(fixed, v, fs);
            continue;
        }
        struct finding f = json_finding(fs, v, STR("S103"), SEVERITY_ERROR);
        f.message = STR("a client is an object");
        f.expected = STR("object");
        findings_add(fs, &f);
    }
}

static uint64_t load_u64(struct json obj, struct str key, uint64_t otherwise, struct findings *fs)
{
    struct json v = optional(obj, key, JSON_NUMBER, fs);
    uint64_t value = otherwise;
    if (json_exists(v) && !num_parse_u64(&value, json_number_text(v), 0, UINT64_MAX)) {
        struct finding f = json_finding(fs, v, STR("S108"), SEVERITY_ERROR);
        f.expected = STR("an integer from 0 to 2^64 - 1");
        f.message = findings_text(fs, "\"%.*s\" is %.*s; expected %.*s", STR_ARG(key),
                                  STR_ARG(f.value), STR_ARG(f.expected));
        findings_add(fs, &f);
    }
    return value;
}

static void load_at(struct tenant_fixed *fixed, struct json v, struct findings *fs)
{
    if (json_exists(v) && !date_parse(&fixed->at_us, json_str(v))) {
        struct finding f = json_finding(fs, v, STR("S110"), SEVERITY_ERROR);
        f.expected = STR("a date like 2026-01-01T00:00:00Z");
        f.message = findings_text(fs, "\"at\" is %.*s; expected %.*s", STR_ARG(f.value),
                                  STR_ARG(f.expected));
        findings_add(fs, &f);
    }
}

/* The head: what the file is, and for which profile. */
static struct tenant *load_head(const struct contract *contract, struct json snapshot,
                                struct findings *fs)
{
    static const struct str known[] = {
        STR_INIT("format"), STR_INIT("profile"), STR_INIT("name"),    STR_INIT("seed"),
        STR_INIT("at"),     STR_INIT("about"),   STR_INIT("clients"), STR_INIT("resources"),
        STR_INIT("state"),  STR_INIT("$schema"), STR_INIT("source"),  STR_INIT("external")};
    check_members(snapshot, known, sizeof known / sizeof *known, fs);
    int64_t format = 0;
    struct str profile, name = STR("");
    if (json_want_i64(snapshot, STR("format"), INT64_MIN, INT64_MAX, &format, fs) &&
        format != FORMAT) {
        want_value(json_get(snapshot, STR("format")), STR("1"), "format", fs);
    }
    if (json_want_str(snapshot, STR("profile"), &profile, fs) && !str_eq(profile, contract->name)) {
        want_value(json_get(snapshot, STR("profile")), quoted(fs, contract->name),
                   "a tenant of profile", fs);
    }
    (void)json_want_str(snapshot, STR("name"), &name, fs);
    struct tenant *t = tenant_new(contract, name, load_u64(snapshot, STR("seed"), 0, fs));
    struct json about = optional(snapshot, STR("about"), JSON_OBJECT, fs);
    if (json_exists(about)) {
        struct buf text;
        buf_init(&text, &t->fixed->arena);
        json_put(&text, about);
        t->fixed->about = buf_str(&text);
    }
    tenant_load_external(t, optional(snapshot, STR("external"), JSON_ARRAY, fs), fs);
    load_at(t->fixed, optional(snapshot, STR("at"), JSON_STRING, fs), fs);
    tenant_load_clients(t->fixed, optional(snapshot, STR("clients"), JSON_ARRAY, fs), fs);
    return t;
}

static void load_sequence(struct tenant *t, struct json m, struct findings *fs)
{
    const struct resource *r = contract_resource(t->contract, json_key(m));
    int64_t next = 0;
    if (r && json_i64(m, &next) && next < INT64_MAX) {
        t->sequences[r->index] = next;
        return;
    }
    struct finding f = json_key_finding(fs, m, r ? STR("S108") : STR("S102"), SEVERITY_ERROR);
    f.message =
        r ? STR("a sequence goes on with an integer")
          : findings_text(fs, "there is no resource %.*s", STR_ARG(quoted(fs, json_key(m))));
    findings_add(fs, &f);
}

/* Where the original stood. After the entities: making them may have drawn from the stream. */
static void load_state(struct tenant *t, struct json state, struct findings *fs)
{
    static const struct str known[] = {STR_INIT("complete"), STR_INIT("random"), STR_INIT("age"),
                                       STR_INIT("sequences"), STR_INIT("entities")};
    check_members(state, known, sizeof known / sizeof *known, fs);
    (void)optional(state, STR("complete"), JSON_BOOL, fs);
    uint64_t random = atomic_load_explicit(&t->random, memory_order_relaxed);
    atomic_store_explicit(&t->random, load_u64(state, STR("random"), random, fs),
                          memory_order_relaxed);
    uint64_t age = load_u64(state, STR("age"), t->age, fs);
    if (age > t->age && age < INT64_MAX) {
        t->age = age;
    }
    struct json sequences = optional(state, STR("sequences"), JSON_OBJECT, fs);
    for (struct json m = json_first(sequences); json_exists(m); m = json_next(m)) {
        load_sequence(t, m, fs);
    }
}

static const struct finding *first_error(const struct findings *fs, size_t from)
{
    for (size_t i = from; i < fs->len; i++) {
        if (fs->at[i].severity == SEVERITY_ERROR) {
            return &fs->at[i];
        }
    }
    return NULL;
}

bool tenant_load(struct tenant **out, const struct contract *contract, struct json snapshot,
                 struct findings *fs, struct err *err)
{
    size_t errors = fs->errors, len = fs->len;
    if (json_kind(snapshot) != JSON_OBJECT) {
        struct finding f = json_finding(fs, snapshot, STR("S103"), SEVERITY_ERROR);
        f.message = STR("a tenant is an object");
        f.expected = STR("object");
        findings_add(fs, &f);
        return json_err(err, snapshot, "a tenant is an object");
    }
    struct tenant *t = load_head(contract, snapshot, fs);
    tenant_load_entities(t, snapshot, fs);
    struct json state = optional(snapshot, STR("state"), JSON_OBJECT, fs);
    if (json_exists(state)) {
        load_state(t, state, fs);
    }
    if (fs->errors == errors) {
        *out = t;
        return true;
    }
    const struct finding *f = first_error(fs, len);
    tenant_free(t);
    err_set(err, ERR_INPUT, "%.*s", STR_ARG(f ? f->message : STR("the tenant has errors")));
    return f ? err_at(err, f->file, f->line, f->column) : false;
}

bool tenant_open(struct tenant **out, const struct contract *contract, const char *name_or_path,
                 struct findings *fs, struct err *err)
{
    const struct json_limits limits = {.is_terminated = true}; /* files and fixtures are */
    const struct json_doc *doc = NULL;
    struct arena a;
    struct buf file;
    arena_init(&a, 1 << 16, 0);
    buf_init(&file, fs->arena); /* findings name it */
    buf_printf(&file, "tenants/%.*s.%s.json", STR_ARG(contract->name), name_or_path);
    struct str text = builtin_find(buf_str(&file));
    struct str name = text.s ? buf_str(&file) : str_copy(fs->arena, str_of(name_or_path));
    bool is_open = text.s || file_read(&text, &a, name_or_path, JSON_BYTES_MAX, err);
    if (!is_open && err && err->code == ERR_NOT_FOUND) {
        err_set(err, ERR_NOT_FOUND,
                "profile %.*s has no built-in tenant \"%s\", and there is no such file",
                STR_ARG(contract->name), name_or_path);
    }
    is_open = is_open && json_parse(&doc, &a, name, text, &limits, fs, err) &&
              tenant_load(out, contract, json_root(doc), fs, err);
    arena_done(&a);
    return is_open;
}
