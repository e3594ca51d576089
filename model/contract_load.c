/* Loading a contract: policies are switched in the text, the text is parsed, then each part is
 * compiled. Every mistake is a finding at its place; loading goes on to find the others. */
#include "model/contract_int.h"

#include "model/builtin.h"

#include <stdarg.h>
#include <stdio.h>

enum { PROFILE_BYTES_MAX = 32 << 20, BODY_BYTES_DEFAULT = 1 << 20, BODY_DEPTH_DEFAULT = 64 };

/* The message without bytes that would break a line, cut where a character ends. */
static struct str clean(struct arena *a, struct str message)
{
    struct buf out;
    buf_init(&out, a);
    for (size_t i = 0; i < message.len; i++) {
        unsigned char c = (unsigned char)message.s[i];
        if (c < 0x20 || c == 0x7f) {
            buf_printf(&out, "\\u%04x", c);
        } else {
            buf_put_char(&out, message.s[i]);
        }
    }
    size_t bad = 0;
    struct str text = buf_str(&out);
    return str_is_utf8(text, &bad) ? text : str_slice(text, 0, bad);
}

bool load_bad_at(struct loader *l, struct json at, uint32_t line, uint32_t column,
                 struct str message)
{
    struct finding f =
        json_finding(l->fs, json_exists(at) ? at : l->root, STR("K910"), SEVERITY_ERROR);
    f.message = clean(l->fs->arena, message);
    if (line) {
        f.line = line;
        f.column = column;
    }
    for (size_t i = 0; i < l->fs->len; i++) {
        const struct finding *told = &l->fs->at[i];
        if (told->line == f.line && told->column == f.column && str_eq(told->message, f.message)) {
            return false;
        }
    }
    findings_add(l->fs, &f);
    return false;
}

bool load_bad(struct loader *l, struct json at, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return load_bad_at(l, at, 0, 0, str_of(text));
}

struct str load_str(struct json obj, const char *key, const char *otherwise)
{
    return json_str_or(json_get(obj, str_of(key)), str_of(otherwise));
}

struct json load_deref(struct loader *l, struct json v)
{
    enum { HOPS_MAX = 16 };
    for (int i = 0; i < HOPS_MAX; i++) {
        struct json ref = json_get(v, STR("$ref"));
        if (json_kind(ref) != JSON_STRING) {
            return v;
        }
        struct str text = json_str(ref);
        struct json to = str_starts(text, STR("#/"))
                             ? json_pointer_find(l->root, str_slice(text, 1, text.len))
                             : (struct json){0};
        if (!json_exists(to)) {
            load_bad(l, ref, "\"%.*s\" leads nowhere", STR_ARG(text));
            return (struct json){0};
        }
        v = to;
    }
    load_bad(l, v, "this $ref goes in a circle");
    return (struct json){0};
}

static void note(struct loader *l, const struct template *t)
{
    struct load_note *n = ARENA_NEW(l->a, struct load_note);
    *n = (struct load_note){t, l->op, l->notes};
    l->notes = n;
}

bool load_template(struct loader *l, const struct template **out, struct json source)
{
    struct err err = {0};
    *out = NULL;
    if (!json_exists(source)) {
        return true;
    }
    if (!template_compile(out, l->a, source, &err)) {
        return load_bad_at(l, source, err.line, err.column, str_of(err.msg));
    }
    note(l, *out);
    return true;
}

bool load_template_rows(struct loader *l, const struct template **out, struct json source)
{
    struct err err = {0};
    *out = NULL;
    if (!json_exists(source)) {
        return true;
    }
    if (!template_compile_rows(out, l->a, source, &l->queries, &err)) {
        return load_bad_at(l, source, err.line, err.column, str_of(err.msg));
    }
    note(l, *out);
    return true;
}

const struct field_path *load_field(struct loader *l, struct json text)
{
    const struct field_path *f = NULL;
    if (!json_exists(text)) {
        return NULL;
    }
    if (json_kind(text) != JSON_STRING || !field_compile(&f, l->a, json_str(text))) {
        load_bad(
            l, text,
            "this is no field path (\"name\", \"division.id\", \"skills[].id\", \"mapping{}\")");
        return NULL;
    }
    return f;
}

struct fold load_fold(struct json v)
{
    return (struct fold){json_is_true(json_get(v, STR("case"))),
                         json_is_true(json_get(v, STR("trim")))};
}

size_t load_words(struct loader *l, const struct str **out, struct json list)
{
    size_t n = 0;
    struct str *at = ARENA_ARRAY(l->a, json_count(list) + 1, struct str);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        at[n++] = json_str_or(v, json_source(v));
    }
    *out = at;
    return n;
}

void load_headers(struct loader *l, const struct header_rule **out, size_t *out_n, struct json obj)
{
    struct header_rule *at = ARENA_ARRAY(l->a, json_count(obj) + 1, struct header_rule);
    size_t n = 0;
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        at[n].name = json_key(m);
        load_check_header(l, m, at[n].name);
        if (load_template(l, &at[n].value, m)) {
            n++;
        }
    }
    *out = at;
    *out_n = n;
}

const struct resource *load_resource_named(struct loader *l, struct json name)
{
    struct str wanted = json_str_or(name, STR(""));
    for (size_t i = 0; i < l->c->n_resources; i++) {
        if (str_eq(l->resources[i].name, wanted)) {
            return &l->resources[i];
        }
    }
    struct str *known = ARENA_ARRAY(l->a, l->c->n_resources + 1, struct str);
    for (size_t i = 0; i < l->c->n_resources; i++) {
        known[i] = l->resources[i].name;
    }
    load_unknown(l, name, "resource", wanted, known, l->c->n_resources);
    return NULL;
}

void load_cases(struct loader *l, struct error_case_list *out, struct json cases)
{
    struct error_case *at = ARENA_ARRAY(l->a, json_count(cases) + 1, struct error_case);
    size_t n = 0;
    for (struct json m = json_first(cases); json_exists(m); m = json_next(m)) {
        struct error_case *e = &at[n++];
        struct json envelope = json_get(m, STR("envelope"));
        const struct header_rule *headers = NULL;
        e->name = json_key(m);
        e->status = (int)json_i64_or(json_get(m, STR("status")), 500);
        e->code = load_str(m, "code", "");
        load_template(l, &e->message, json_get(m, STR("message")));
        load_headers(l, &headers, &e->n_headers, json_get(m, STR("headers")));
        e->headers = (struct header_rule *)(uintptr_t)headers;
        if (json_kind(envelope) != JSON_NULL) {
            struct json body = json_get(l->envelopes, json_str_or(envelope, STR("default")));
            if (!json_exists(body)) {
                load_bad(l, m, "there is no envelope of that name");
            }
            e->content_type = load_str(body, "contentType", "application/json");
            load_template(l, &e->envelope, json_get(body, STR("body")));
        }
    }
    for (size_t i = 1; i < n; i++) { /* insertion sort: a few dozen */
        for (size_t k = i; k > 0 && str_cmp(at[k].name, at[k - 1].name) < 0; k--) {
            struct error_case swap = at[k];
            at[k] = at[k - 1];
            at[k - 1] = swap;
        }
    }
    out->at = at;
    out->n = n;
}

static const struct error_case *case_in(const struct error_case_list *list, struct str name)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(name, list->at[middle].name);
        if (order == 0) {
            return &list->at[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct error_case *contract_case(const struct contract *c, const struct operation *op,
                                       struct str name)
{
    for (;;) {
        const struct error_case *e = op ? case_in(&op->cases, name) : NULL;
        e = e ? e : case_in(&c->cases, name);
        if (e) {
            return e;
        }
        size_t dot = name.len;
        while (dot > 0 && name.s[dot - 1] != '.') {
            dot--;
        }
        if (dot == 0) {
            break;
        }
        name = str_slice(name, 0, dot - 1);
    }
    return case_in(&c->cases, STR("server"));
}

static bool has_case(const struct contract *c, const struct operation *op, struct str name)
{
    for (;;) {
        if ((op && case_in(&op->cases, name)) || case_in(&c->cases, name)) {
            return true;
        }
        size_t dot = name.len;
        while (dot > 0 && name.s[dot - 1] != '.') {
            dot--;
        }
        if (dot == 0) {
            return false;
        }
        name = str_slice(name, 0, dot - 1);
    }
}

struct str load_case_name(struct loader *l, struct json v, const char *otherwise,
                          const struct operation *op)
{
    struct str name = json_str_or(v, str_of(otherwise));
    struct str *known = ARENA_ARRAY(l->a, l->c->cases.n + 1, struct str);
    if (!json_exists(v) || has_case(l->c, op, name)) {
        return name;
    }
    for (size_t i = 0; i < l->c->cases.n; i++) {
        known[i] = l->c->cases.at[i].name;
    }
    load_unknown(l, v, "error case", name, known, l->c->cases.n);
    return name;
}

bool load_unknown(struct loader *l, struct json at, const char *what, struct str word,
                  const struct str *known, size_t n)
{
    size_t near = str_nearest(word, known, n);
    if (near < n) {
        return load_bad(l, at, "there is no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                        STR_ARG(word), STR_ARG(known[near]));
    }
    return load_bad(l, at, "there is no %s \"%.*s\"", what, STR_ARG(word));
}

static void load_pagings(struct loader *l)
{
    struct json all = json_get(l->ext, STR("pagings"));
    l->pagings = ARENA_ARRAY(l->a, json_count(all) + 1, struct paging);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct paging *p = &l->pagings[l->c->n_pagings++];
        struct json size = json_get(m, STR("size")), at = json_get(m, STR("at"));
        struct str style = load_str(m, "style", "");
        p->name = json_key(m);
        p->style = str_eq(style, STR("cursor"))   ? PAGING_CURSOR
                   : str_eq(style, STR("offset")) ? PAGING_OFFSET
                                                  : PAGING_PAGES;
        p->size_query = load_str(size, "query", "");
        p->size_default = json_i64_or(json_get(size, STR("default")), 25);
        p->size_min = json_i64_or(json_get(size, STR("min")), 1);
        p->size_max = json_i64_or(json_get(size, STR("max")), 0);
        p->size_over_refused = str_eq(load_str(size, "over", ""), STR("refuse"));
        p->at_query = load_str(at, "query", "");
        p->first_number =
            json_i64_or(json_get(at, STR("first")), p->style == PAGING_OFFSET ? 0 : 1);
        p->empty_status = (int)json_i64_or(json_get(m, STR("empty")), 200);
        p->number_max = json_i64_or(json_get(at, STR("max")), 0);
        load_template_rows(l, &p->envelope, json_get(m, STR("envelope")));
    }
    l->c->pagings = l->pagings;
}

static void load_rates(struct loader *l)
{
    struct json all = json_get(l->ext, STR("rates"));
    struct rate_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct rate_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct rate_rule *r = &at[l->c->n_rates++];
        struct str key = load_str(m, "key", "");
        r->name = load_str(m, "name", "");
        r->key = str_eq(key, STR("client"))      ? RATE_CLIENT
                 : str_eq(key, STR("user"))      ? RATE_USER
                 : str_eq(key, STR("appUser"))   ? RATE_APP_USER
                 : str_eq(key, STR("operation")) ? RATE_OPERATION
                 : str_eq(key, STR("tenant"))    ? RATE_TENANT
                                                 : RATE_TOKEN;
        r->limit = json_i64_or(json_get(m, STR("limit")), 0);
        r->window_us = json_i64_or(json_get(m, STR("windowS")), 60) * US_PER_S;
        r->n_operations = load_words(l, &r->operations, json_get(m, STR("operations")));
        r->counts_token_calls = json_is_true(json_get(m, STR("tokenCalls")));
        r->case_name = load_case_name(l, json_get(m, STR("case")), "rate", NULL);
    }
    l->c->rates = at;
}

static void load_top(struct loader *l)
{
    struct contract *c = l->c;
    struct json body = json_get(l->ext, STR("body")), hosts = json_get(l->ext, STR("hosts"));
    c->name = load_str(l->ext, "name", "");
    c->about = load_str(l->ext, "about", "");
    c->title = json_str_or(json_path(l->root, STR("info.title")), STR(""));
    c->version = json_str_or(json_path(l->root, STR("info.version")), STR(""));
    c->default_tenant = load_str(l->ext, "tenant", "acme");
    c->refuses_unknown_fields = str_eq(load_str(body, "unknownMembers", ""), STR("refuse"));
    c->drops_nulls = str_eq(load_str(body, "nullMembers", ""), STR("absent"));
    c->refuses_read_only_fields = str_eq(load_str(body, "readOnlyMembers", ""), STR("refuse"));
    c->refuses_unknown_query =
        str_eq(json_str_or(json_path(l->ext, STR("query.unknown")), STR("")), STR("refuse"));
    c->ignores_path_case =
        str_eq(json_str_or(json_path(l->ext, STR("path.case")), STR("")), STR("ignore"));
    c->merges_slashes =
        str_eq(json_str_or(json_path(l->ext, STR("path.slashes")), STR("")), STR("merge"));
    c->ignores_query_case =
        str_eq(json_str_or(json_path(l->ext, STR("query.case")), STR("")), STR("ignore"));
    c->has_free_bearer =
        str_eq(json_str_or(json_path(l->ext, STR("auth.emptyBearer")), STR("")), STR("accept"));
    load_template(l, &c->claims, json_path(l->ext, STR("auth.jwt.claims")));
    load_template(l, &c->identity_claims, json_path(l->ext, STR("auth.jwt.identity")));
    c->body_bytes_max = (size_t)json_i64_or(json_get(body, STR("maxBytes")), BODY_BYTES_DEFAULT);
    c->body_depth_max = (size_t)json_i64_or(json_get(body, STR("maxDepth")), BODY_DEPTH_DEFAULT);
    c->retry_after_default_s = json_i64_or(json_get(l->ext, STR("retryAfterS")), 1);
    load_client(l);
    l->envelopes = json_path(l->ext, STR("errors.envelopes"));
    load_cases(l, &c->cases, json_path(l->ext, STR("errors.cases")));
    struct json accept = json_get(l->ext, STR("accept"));
    c->accept = (struct accept_rule){
        .media = load_str(accept, "media", ""),
        .takes_any = json_is_true(json_get(accept, STR("any"))),
        .case_name = load_case_name(l, json_get(accept, STR("case")), "", NULL),
    };
    load_headers(l, &c->headers, &c->n_headers, json_get(l->ext, STR("headers")));
    struct host_rule *at = ARENA_ARRAY(l->a, json_count(hosts) + 1, struct host_rule);
    for (struct json m = json_first(hosts); json_exists(m); m = json_next(m)) {
        at[c->n_hosts++] = (struct host_rule){load_str(m, "host", ""), load_str(m, "role", "")};
    }
    c->hosts = at;
}

static void require_cases(struct loader *l)
{
    static const struct str names[] = {
        STR_INIT("auth"),       STR_INIT("body"),      STR_INIT("idempotency"),
        STR_INIT("in_use"),     STR_INIT("limit"),     STR_INIT("media"),
        STR_INIT("method"),     STR_INIT("not_found"), STR_INIT("path"),
        STR_INIT("permission"), STR_INIT("query"),     STR_INIT("rate"),
        STR_INIT("reference"),  STR_INIT("route"),     STR_INIT("schema"),
        STR_INIT("scope"),      STR_INIT("server"),    STR_INIT("token"),
        STR_INIT("too_large"),  STR_INIT("unique"),    STR_INIT("version"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!case_in(&l->c->cases, names[i])) {
            load_bad(l, json_path(l->ext, STR("errors.cases")),
                     "the error case \"%.*s\" is missing", STR_ARG(names[i]));
        }
    }
}

/* Texts that findings borrow from the contract's arena go into their own. */
static void keep_texts(struct findings *fs)
{
    for (size_t i = 0; i < fs->len; i++) {
        struct finding *f = &fs->at[i];
        struct str *texts[] = {&f->file, &f->field, &f->value, &f->expected, &f->hint, &f->name};
        enum {
            TEXTS = sizeof texts / sizeof(texts[0])
        }; /* NOLINT(bugprone-sizeof-expression): pointers are meant */
        for (size_t k = 0; k < TEXTS; k++) {
            if (texts[k]->s) {
                *texts[k] = str_copy(fs->arena, *texts[k]);
            }
        }
    }
}

static bool fail(struct contract *c, struct findings *fs, struct err *err)
{
    keep_texts(fs);
    for (size_t i = 0; i < fs->len; i++) {
        if (fs->at[i].severity == SEVERITY_ERROR) {
            err_set(err, ERR_INPUT, "%.*s", STR_ARG(fs->at[i].message));
            err_at(err, c->doc ? json_doc_name(c->doc) : fs->at[i].file, fs->at[i].line,
                   fs->at[i].column);
            break;
        }
    }
    contract_free(c);
    return false;
}

/* The text with its policies switched, parsed. */
static bool read_text(struct contract *c, struct str name, struct str text,
                      const struct policy_choice *choices, size_t n_choices, struct findings *fs,
                      struct err *err)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 16, 0);
    struct json_limits limits = {.max_bytes = PROFILE_BYTES_MAX};
    bool is_read = policies_apply(&text, &scratch, c, name, text, choices, n_choices, fs, err);
    keep_texts(fs);
    arena_done(&scratch);
    is_read = is_read && json_parse(&c->doc, c->arena, name, text, &limits, fs, err);
    if (!is_read) {
        keep_texts(fs);
    }
    return is_read;
}

/* `is_known`: the format has been checked, when the program was built. */
static bool load(struct contract **out, struct str name, struct str text, bool is_known,
                 const struct policy_choice *choices, size_t n_choices, struct findings *fs,
                 struct err *err)
{
    struct contract *c = MEM_NEW(struct contract);
    atomic_init(&c->refs, 1);
    c->arena = MEM_NEW(struct arena);
    arena_init(c->arena, 1 << 16, 0);
    struct loader l = {.c = c, .a = c->arena, .fs = fs};
    size_t errors_before = fs->errors;
    name = str_copy(c->arena, name);
    if (!read_text(c, name, text, choices, n_choices, fs, err)) {
        contract_free(c);
        return false;
    }
    l.root = json_root(c->doc);
    l.ext = json_get(l.root, STR("x-rehearse"));
    if (!is_known && !format_check(STR("schema/profile.schema.json"), l.root, fs, err)) {
        return fail(c, fs, err);
    }
    c->schemas = schema_set_new(c->arena, true);
    struct buf uri;
    buf_init(&uri, c->arena);
    load_top(&l);
    buf_printf(&uri, "profile:///%.*s", STR_ARG(c->name));
    if (!schema_set_add(c->schemas, buf_str(&uri), l.root, err)) {
        keep_texts(fs);
        contract_free(c);
        return false;
    }
    c->router = router_new(c->arena, c->ignores_path_case, c->merges_slashes);
    load_pagings(&l);
    load_rates(&l);
    load_resources(&l);
    load_graph_types(&l);
    load_floor(&l);
    load_terraform(&l);
    load_searches(&l);
    load_channels(&l);
    load_jobs(&l);
    load_operations(&l);
    load_queries(&l);
    load_checks(&l);
    require_cases(&l);
    if (fs->errors > errors_before) {
        return fail(c, fs, err);
    }
    *out = c;
    return true;
}

bool contract_load(struct contract **out, struct str name, struct str text,
                   const struct policy_choice *choices, size_t n_choices, struct findings *fs,
                   struct err *err)
{
    return load(out, name, text, false, choices, n_choices, fs, err);
}

bool contract_open(struct contract **out, const char *name_or_path,
                   const struct policy_choice *choices, size_t n, struct findings *fs,
                   struct err *err)
{
    struct buf file = {0};
    buf_printf(&file, "profiles/%s.json", name_or_path);
    struct str text = builtin_find(buf_str(&file));
    struct arena a;
    arena_init(&a, 0, 0);
    bool is_known = text.s != NULL;
    struct str name = is_known ? buf_str(&file) : str_of(name_or_path);
    bool is_read = is_known || file_read(&text, &a, name_or_path, PROFILE_BYTES_MAX, err);
    if (!is_read && err && err->code == ERR_NOT_FOUND) {
        struct buf known = {0};
        for (const struct builtin *f = builtin_files; f->name; f++) {
            struct str built_in = str_of(f->name);
            if (str_starts(built_in, STR("profiles/"))) {
                buf_put(&known, known.len ? STR(", ") : STR(""));
                buf_put(&known, str_slice(built_in, 9, built_in.len - 5));
            }
        }
        err_set(err, ERR_NOT_FOUND,
                "there is no built-in profile and no file \"%s\"; built in are %s", name_or_path,
                buf_cstr(&known));
        buf_done(&known);
    }
    bool is_loaded = is_read && load(out, name, text, is_known, choices, n, fs, err);
    buf_done(&file);
    arena_done(&a);
    return is_loaded;
}

struct contract *contract_hold(struct contract *c)
{
    (void)atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void contract_free(struct contract *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        struct map index = c->resources[i].member_index; /* the only heap memory in a resource */
        map_done(&index);
    }
    schema_set_free(c->schemas);
    arena_done(c->arena);
    mem_free(c->arena);
    mem_free(c);
}

/* Everything but the extension's members, at any depth that the document has. */
static void put_plain(struct buf *out, struct json v)
{
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    if (!is_object && json_kind(v) != JSON_ARRAY) {
        json_put(out, v);
        return;
    }
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (is_object && str_eq(json_key(m), STR("x-rehearse"))) {
            continue;
        }
        if (!is_first) {
            buf_put_char(out, ',');
        }
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        put_plain(out, m);
    }
    buf_put_char(out, is_object ? '}' : ']');
}

void contract_openapi(struct buf *out, const struct contract *c)
{
    struct arena a;
    struct buf plain;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    buf_init(&plain, &a);
    put_plain(&plain, json_root(c->doc));
    if (json_parse(&doc, &a, STR("openapi"), buf_str(&plain), NULL, NULL, &err)) {
        json_put_pretty(out, json_root(doc));
        buf_put_char(out, '\n');
    }
    arena_done(&a);
}
