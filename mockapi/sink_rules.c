/* Reading sink files. The format's own JSON Schema goes first; what it cannot say is checked here. */
#include "mockapi/sink_rules.h"

#include "model/model.h"

enum { DEPTH_MAX = 64 };

struct reader {
    struct arena *a;
    struct sink_rules *rules;
    struct findings *fs;
    struct sink_place *places;
};

static void bad(struct reader *r, struct json at, const char *id, struct str message,
                const char *hint)
{
    struct finding f = json_finding(r->fs, at, str_of(id), SEVERITY_ERROR);
    f.message = message;
    f.hint = str_of(hint);
    findings_add(r->fs, &f);
}

/* Header names and values that would make another message of the answer. */
static void check_header(struct reader *r, struct json at)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    struct str name = json_key(at), value = json_str_or(at, STR(""));
    bool is_good = name.len > 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        is_good = is_good &&
                  ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   str_find_char(str_of(others), c) < sizeof others - 1);
    }
    for (size_t i = 0; i < value.len; i++) {
        is_good = is_good && (unsigned char)value.s[i] >= ' ';
    }
    if (!is_good) {
        bad(r, at, "K102", findings_text(r->fs, "\"%.*s\" is no header", STR_ARG(name)),
            "letters, digits and - in the name, no line ends in the value");
    }
}

static size_t read_headers(struct reader *r, const struct sink_header **out, struct json all)
{
    struct sink_header *at = ARENA_ARRAY(r->a, json_count(all) + 1, struct sink_header);
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        check_header(r, m);
        at[n++] = (struct sink_header){str_copy(r->a, json_key(m)),
                                       str_copy(r->a, json_str_or(m, STR("")))};
    }
    *out = at;
    return n;
}

/* Variables of an answer that nothing here knows. */
static void check_variable(const struct var *var, struct json at, void *ctx)
{
    static const struct str of_request[] = {STR_INIT("id"), STR_INIT("method"), STR_INIT("path"),
                                            STR_INIT("uri"), STR_INIT("host")};
    struct reader *r = ctx;
    bool is_known = var->scope == VAR_BODY || var->scope == VAR_HEADER || var->scope == VAR_NOW ||
                    var->scope == VAR_ITEM || var->scope == VAR_FINDING || var->scope == VAR_RANDOM;
    for (size_t i = 0; var->scope == VAR_REQUEST && i < sizeof of_request / sizeof *of_request;
         i++) {
        is_known = is_known || str_eq(var->name, of_request[i]);
    }
    if (!is_known) {
        bad(r, at, "K103", STR("a sink knows no such variable"),
            "there are body, header, now, random, item, finding and request.id, .method, .path, "
            ".uri, .host");
    }
}

/* The same for lists: what is posted and what is wrong with it, nothing of a tenant. */
static void check_lists(struct reader *r, struct json v)
{
    struct json list = json_get(v, STR("$each"));
    struct str name = json_str_or(list, STR(""));
    struct str scope = str_slice(name, 0, str_find_char(name, '.'));
    if (json_exists(list) && !str_eq(name, STR("findings")) && !str_eq(scope, STR("body")) &&
        !str_eq(scope, STR("item"))) {
        bad(r, list, "K103", STR("a sink knows no such list"), "there are findings, body and item");
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        check_lists(r, m);
    }
}

static void read_answer(struct reader *r, struct sink_answer_rule *out, struct json v)
{
    struct json body = json_get(v, STR("body")), type = json_get(v, STR("contentType"));
    struct err err = {0};
    *out = (struct sink_answer_rule){
        .status = (int)json_i64_or(json_get(v, STR("status")), 200),
        .times = json_i64_or(json_get(v, STR("times")), 0),
        .latency_ms = json_i64_or(json_get(v, STR("latencyMs")), 0),
        .content_type = str_copy(r->a, json_str_or(type, STR("application/json"))),
    };
    out->n_headers = read_headers(r, &out->headers, json_get(v, STR("headers")));
    bool is_json = str_starts(out->content_type, STR("application/"));
    if (!is_json && json_exists(body) && json_kind(body) != JSON_STRING) {
        bad(r, body, "K104", STR("the body of an answer that is no application/… is a text"), "");
    } else if (json_exists(body) && json_kind(body) != JSON_NULL) {
        if (template_compile(&out->body, r->a, body, &err)) {
            template_variables(out->body, check_variable, r);
            check_lists(r, body);
        } else {
            bad(r, body, "K104", findings_text(r->fs, "%s", err.msg), "");
        }
    }
}

static void read_answers(struct reader *r, struct sink_route *route, struct json all)
{
    struct sink_answer_rule *at = ARENA_ARRAY(r->a, json_count(all) + 2, struct sink_answer_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct sink_answer_rule *one = &at[route->n_answers++];
        read_answer(r, one, m);
        if (one->times == 0 && json_exists(json_next(m))) {
            one->times = 1;
        }
    }
    if (route->n_answers == 0) {
        at[route->n_answers++] =
            (struct sink_answer_rule){.status = 200, .content_type = STR("application/json")};
    }
    route->answers = at;
}

static void read_expected(struct reader *r, struct sink_route *route, struct json schema)
{
    struct buf uri;
    struct err err = {0};
    if (!json_exists(schema)) {
        return;
    }
    buf_init(&uri, r->a);
    buf_printf(&uri, "sink:///%zu", route->number);
    struct str at = buf_str(&uri);
    if (!schema_set_add(r->rules->schemas, at, schema, &err) ||
        !schema_compile(&route->expects, r->rules->schemas, at, &err)) {
        bad(r, schema, "K105", findings_text(r->fs, "this is no JSON Schema: %s", err.msg), "");
    }
}

static void read_routes(struct reader *r, struct sink_place *place, struct json all)
{
    struct sink_route *at = ARENA_ARRAY(r->a, json_count(all) + 1, struct sink_route);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct sink_route *route = &at[place->n_routes++];
        struct json invalid = json_get(m, STR("invalid"));
        route->number = r->rules->n_routes++;
        route->method = str_copy(r->a, json_str_or(json_get(m, STR("method")), STR("")));
        route->path = str_copy(r->a, json_str_or(json_get(m, STR("path")), STR("/*")));
        route->n_headers = read_headers(r, &route->headers, json_get(m, STR("headers")));
        read_expected(r, route, json_get(m, STR("expect")));
        read_answers(r, route, json_get(m, STR("answers")));
        if (json_exists(invalid)) {
            struct sink_answer_rule *one = ARENA_NEW(r->a, struct sink_answer_rule);
            read_answer(r, one, invalid);
            route->invalid = one;
        }
    }
    place->routes = at;
}

static void read_hosts(struct reader *r, struct sink_place *place, struct json all)
{
    struct str *at = ARENA_ARRAY(r->a, json_count(all) + 1, struct str);
    place->hosts = at;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct str host = json_str_or(m, STR(""));
        for (size_t i = 0; i <= r->rules->n_places; i++) {
            for (size_t k = 0; k < r->places[i].n_hosts; k++) {
                if (str_eq_fold(r->places[i].hosts[k], host)) {
                    bad(r, m, "K106",
                        findings_text(r->fs, "\"%.*s\" is the host of the sink \"%.*s\" already",
                                      STR_ARG(host), STR_ARG(r->places[i].name)),
                        "one host leads to one sink");
                }
            }
        }
        at[place->n_hosts++] = str_copy(r->a, host);
    }
}

static void read_file(struct reader *r, struct json file)
{
    struct json sinks = json_get(file, STR("sinks"));
    for (struct json m = json_first(sinks); json_exists(m); m = json_next(m)) {
        struct sink_place *place = &r->places[r->rules->n_places];
        for (size_t i = 0; i < r->rules->n_places; i++) {
            if (str_eq(r->places[i].name, json_key(m))) {
                bad(r, m, "K107",
                    findings_text(r->fs, "there is a sink \"%.*s\" already", STR_ARG(json_key(m))),
                    "files that are given together name each sink once");
            }
        }
        place->name = str_copy(r->a, json_key(m));
        read_hosts(r, place, json_get(m, STR("hosts")));
        read_routes(r, place, json_get(m, STR("routes")));
        r->rules->n_places++;
    }
}

/* A file's document, in the rules' own arena: templates and schemas borrow from it. */
static bool parse(struct json *out, struct reader *r, const struct mock_sink *file, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.max_depth = DEPTH_MAX};
    struct str text = str_copy(r->a, file->text), name = str_copy(r->a, file->name);
    if (!json_parse(&doc, r->a, name, text, &limits, r->fs, err)) {
        return false;
    }
    *out = json_root(doc);
    return format_check(STR("schema/sinks.schema.json"), *out, r->fs, err);
}

/* Findings borrow from the rules' arena, which goes. */
static void keep_texts(struct findings *fs, size_t from)
{
    for (size_t i = from; i < fs->len; i++) {
        struct finding *f = &fs->at[i];
        struct str *const texts[] = {&f->message, &f->file,     &f->pointer,        &f->field,
                                     &f->value,   &f->expected, &f->related_message};
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

/* The first finding is what `err` says. */
static bool refuse(struct sink_rules *rules, struct findings *fs, size_t from, struct err *err)
{
    keep_texts(fs, from);
    sink_rules_free(rules);
    for (size_t i = from; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        if (f->severity == SEVERITY_ERROR) {
            err_set(err, ERR_INPUT, "%.*s", STR_ARG(f->message));
            err_at(err, f->file, f->line, f->column);
            return false;
        }
    }
    return err_set(err, ERR_INPUT, "a sink file is wrong");
}

bool sink_rules_load(struct sink_rules **out, const struct mock_sink *files, size_t n,
                     struct findings *fs, struct err *err)
{
    struct sink_rules *rules = MEM_NEW(struct sink_rules);
    size_t n_sinks = 0, errors = fs->errors, len = fs->len;
    bool is_well = true;
    atomic_init(&rules->refs, 1);
    arena_init(&rules->arena, 0, 0);
    rules->schemas = schema_set_new(&rules->arena, true);
    struct reader r = {.a = &rules->arena, .rules = rules, .fs = fs};
    struct json *docs = ARENA_ARRAY(r.a, n + 1, struct json);
    for (size_t i = 0; i < n; i++) {
        is_well = parse(&docs[i], &r, &files[i], err) && is_well;
        n_sinks += json_count(json_get(docs[i], STR("sinks")));
    }
    r.places = ARENA_ARRAY(r.a, n_sinks + 1, struct sink_place);
    rules->places = r.places;
    for (size_t i = 0; is_well && i < n; i++) {
        read_file(&r, docs[i]);
    }
    if (!is_well || fs->errors > errors) {
        return refuse(rules, fs, len, err);
    }
    *out = rules;
    return true;
}

struct sink_rules *sink_rules_hold(struct sink_rules *r)
{
    if (r) {
        atomic_fetch_add(&r->refs, 1);
    }
    return r;
}

void sink_rules_free(struct sink_rules *r)
{
    if (r && atomic_fetch_sub(&r->refs, 1) == 1) {
        schema_set_free(r->schemas);
        arena_done(&r->arena);
        mem_free(r);
    }
}

const struct sink_place *sink_place_named(const struct sink_rules *r, struct str name)
{
    for (size_t i = 0; r && i < r->n_places; i++) {
        if (str_eq(r->places[i].name, name)) {
            return &r->places[i];
        }
    }
    return NULL;
}

/* The host without its port; "[::1]:80" too. */
static struct str without_port(struct str host)
{
    size_t end = host.len;
    while (end > 0 && host.s[end - 1] >= '0' && host.s[end - 1] <= '9') {
        end--;
    }
    return end > 0 && host.s[end - 1] == ':' ? str_slice(host, 0, end - 1) : host;
}

const struct sink_place *sink_place_at(const struct sink_rules *r, struct str host)
{
    host = without_port(host);
    for (size_t i = 0; r && host.len && i < r->n_places; i++) {
        for (size_t k = 0; k < r->places[i].n_hosts; k++) {
            struct str own = r->places[i].hosts[k];
            bool is_any = str_starts(own, STR("*."));
            struct str tail = is_any ? str_slice(own, 1, own.len) : own;
            bool has_room = is_any ? host.len > tail.len : host.len == tail.len;
            if (has_room && str_eq_fold(str_slice(host, host.len - tail.len, host.len), tail)) {
                return &r->places[i];
            }
        }
    }
    return NULL;
}

const struct sink_route *sink_route_for(const struct sink_place *place, struct str method,
                                        struct str path, struct buf *out_allow)
{
    bool is_head = str_eq(method, STR("HEAD"));
    for (size_t i = 0; i < place->n_routes; i++) {
        const struct sink_route *r = &place->routes[i];
        if (!str_glob(r->path, path)) {
            continue;
        }
        if (r->method.len == 0 || str_eq(r->method, method) ||
            (is_head && str_eq(r->method, STR("GET")))) {
            return r;
        }
        if (str_find(buf_str(out_allow), r->method) == out_allow->len) { /* not told yet */
            buf_put(out_allow, out_allow->len ? STR(", ") : STR(""));
            buf_put(out_allow, r->method);
        }
    }
    return NULL;
}

struct look {
    struct findings *fs;
    struct json root;
};

static bool report(const struct schema_issue *issue, void *ctx)
{
    struct look *l = ctx;
    struct str rule = issue_rule(issue, issue->instance.at == l->root.at);
    struct finding f = issue->keyword == SCHEMA_ADDITIONAL_PROPERTIES && json_exists(issue->member)
                           ? json_key_finding(l->fs, issue->member, rule, SEVERITY_ERROR)
                           : json_finding(l->fs, issue->instance, rule, SEVERITY_ERROR);
    issue_say(l->fs, &f, issue);
    findings_add(l->fs, &f);
    return true;
}

static void expect_header(const struct sink_header *h, const struct request *rq,
                          struct findings *fs)
{
    struct str got = request_header(rq, h->name);
    if (got.s && (h->value.len == 0 || str_eq(h->value, got))) {
        return;
    }
    struct finding f = {.rule = STR("K201"), .severity = SEVERITY_ERROR, .item = SIZE_MAX};
    f.field = h->name;
    f.expected = h->value;
    f.message = findings_text(
        fs, got.s ? "the header %.*s has another value" : "the header %.*s is missing",
        STR_ARG(h->name));
    findings_add(fs, &f);
}

void sink_expect(const struct sink_route *route, const struct request *rq, struct json body,
                 struct findings *fs)
{
    for (size_t i = 0; i < route->n_headers; i++) {
        expect_header(&route->headers[i], rq, fs);
    }
    if (!route->expects) {
        return;
    }
    if (!json_exists(body)) {
        struct finding f = {.rule = STR("K202"), .severity = SEVERITY_ERROR, .item = SIZE_MAX};
        f.message = rq->body_text.len ? STR("the body is no JSON") : STR("there is no body");
        findings_add(fs, &f);
        return;
    }
    struct look l = {.fs = fs, .root = body};
    struct schema_run *run = schema_run_new();
    if (!schema_check(route->expects, run, body, NULL, NULL)) {
        (void)schema_check(route->expects, run, body, report, &l);
    }
    schema_run_free(run);
}
