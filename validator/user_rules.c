/* Rules of a team's own: what each asks of one entity. */
#include "validator/user_rules.h"

#include "base/base.h"
#include "validator/user_rules_int.h"

#include <string.h>

static const struct str ask_names[] = {
#define X(name, text) [name] = STR_INIT(text),
    ASKS(X)
#undef X
};

struct user_rules *user_rules_new(struct arena *a)
{
    struct user_rules *rules = ARENA_NEW(a, struct user_rules);
    rules->arena = a;
    rules->schemas = schema_set_new(a, false);
    rules->run = schema_run_new();
    return rules;
}

void user_rules_free(struct user_rules *rules)
{
    if (rules) {
        schema_set_free(rules->schemas);
        schema_run_free(rules->run);
        for (size_t i = 0; i < rules->n; i++) {
            map_done(&rules->at[i].seen);
        }
    }
}

size_t user_rules_count(const struct user_rules *rules)
{
    return rules->n;
}

size_t user_rules_rows(const struct user_rules *rules, struct report_rule *out, size_t cap)
{
    size_t n = 0;
    for (; n < rules->n && n < cap; n++) {
        const struct user_rule *r = &rules->at[n];
        out[n] = (struct report_rule){.id = r->id,
                                      .title = r->about,
                                      .about = r->about,
                                      .help = r->help,
                                      .severity = r->severity};
    }
    return n;
}

/* --- reading --- */

static bool is_text(struct json v)
{
    return json_kind(v) == JSON_STRING && json_str(v).len > 0;
}

static bool need_texts(struct json what, const char *one, const char *two, struct err *err)
{
    if (!is_text(json_get(what, str_of(one))) || !is_text(json_get(what, str_of(two)))) {
        return json_err(err, what, "wanted here: {\"%s\": …, \"%s\": …}, both texts", one, two);
    }
    return true;
}

static bool read_pattern(struct user_rules *rules, struct user_rule *r, struct err *err)
{
    struct buf uri;
    struct err own = {0};
    buf_init(&uri, rules->arena);
    buf_printf(&uri, "rehearse:user-rule/%zu", rules->n);
    if (!schema_set_add(rules->schemas, buf_str(&uri), r->what, &own) ||
        !schema_compile(&r->pattern, rules->schemas, buf_str(&uri), &own)) {
        return json_err(err, json_get(r->what, STR("pattern")), "%s", own.msg);
    }
    return true;
}

static bool read_ask(struct user_rules *rules, struct user_rule *r, struct err *err)
{
    int64_t n = 0;
    switch (r->ask) {
    case ASK_UNIQUE_BY:
        for (struct json v = json_first(r->what); json_exists(v); v = json_next(v)) {
            if (!is_text(v)) {
                return json_err(err, v, "a field is a text, as \"division.id\"");
            }
        }
        return (json_kind(r->what) == JSON_ARRAY && json_count(r->what) > 0) ||
               json_err(err, r->what, "\"unique-by\" is a list of fields");
    case ASK_AT_MOST_PER:
        return (is_text(json_get(r->what, STR("by"))) &&
                json_i64(json_get(r->what, STR("count")), &n) && n >= 0) ||
               json_err(err, r->what, "wanted here: {\"by\": a field, \"count\": a number}");
    case ASK_REFERS_TO:
        return need_texts(r->what, "field", "resource", err);
    case ASK_REQUIRES_IF:
        return need_texts(r->what, "field", "requires", err);
    case ASK_FORBIDS:
        return is_text(r->what) || json_err(err, r->what, "\"forbids\" is a field");
    case ASK_MATCHES:
        return need_texts(r->what, "field", "pattern", err) && read_pattern(rules, r, err);
    case ASK_BEFORE:
        return need_texts(r->what, "field", "than", err);
    case ASK_SQL:
        return is_text(r->what) || json_err(err, r->what, "\"sql\" is one SELECT, a text");
    case ASK_COUNT:
        break;
    }
    unreachable();
}

static bool read_member(struct user_rule *r, struct json m, struct err *err)
{
    static const struct str levels[] = {STR_INIT("note"), STR_INIT("warning"), STR_INIT("error")};
    struct str key = json_key(m), text = json_str_or(m, STR(""));
    struct str *to = str_eq(key, STR("id"))         ? &r->id
                     : str_eq(key, STR("about"))    ? &r->about
                     : str_eq(key, STR("help"))     ? &r->help
                     : str_eq(key, STR("message"))  ? &r->message
                     : str_eq(key, STR("resource")) ? &r->resource
                                                    : NULL;
    if (to) {
        *to = text;
        return text.len > 0 || json_err(err, m, "a text is wanted here, not empty");
    }
    if (str_eq(key, STR("severity"))) {
        for (unsigned i = 0; i < 3; i++) {
            if (str_eq(text, levels[i])) {
                r->severity = (enum severity)i;
                return true;
            }
        }
        return json_err(err, m, "a severity is error, warning or note");
    }
    for (unsigned i = 0; i < ASK_COUNT; i++) {
        if (str_eq(key, ask_names[i])) {
            bool is_second = r->ask != ASK_COUNT;
            r->ask = (enum ask)i;
            r->what = m;
            return !is_second || json_err(err, m, "a rule asks one thing; make two rules of it");
        }
    }
    return json_err(err, m, "rules have no \"%.*s\"; docs/user-rules.md lists all", STR_ARG(key));
}

/* "acme/no-legacy": a prefix keeps a team's rules apart from ours. */
static bool is_id(struct str id)
{
    size_t slash = str_find_char(id, '/');
    for (size_t i = 0; i < id.len; i++) {
        char c = id.s[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || i == slash)) {
            return false;
        }
    }
    return slash > 0 && slash + 1 < id.len;
}

static bool read_rule(struct user_rules *rules, struct json v, struct err *err)
{
    struct user_rule *r = &rules->at[rules->n];
    *r = (struct user_rule){.severity = SEVERITY_ERROR, .ask = ASK_COUNT, .at = v};
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (!read_member(r, m, err)) {
            return false;
        }
    }
    if (!is_id(r->id)) {
        return json_err(err, v, "a rule has an \"id\" with a prefix, as \"acme/no-legacy\"");
    }
    bool is_sql = r->ask == ASK_SQL;
    if (is_sql && r->resource.len) {
        return json_err(err, v, "a query names its tables itself: it has no \"resource\"");
    }
    if (!is_sql && r->message.len) {
        return json_err(err, v, "\"message\" goes with \"sql\" alone");
    }
    if (!r->about.len || (!is_sql && !r->resource.len) || r->ask == ASK_COUNT) {
        return json_err(err, v, "a rule has \"id\", \"about\", \"resource\" and what it asks");
    }
    for (size_t i = 0; i < rules->n; i++) {
        if (str_eq(rules->at[i].id, r->id)) {
            return json_err(err, v, "there is a rule \"%.*s\" already", STR_ARG(r->id));
        }
    }
    if (!read_ask(rules, r, err)) {
        return false;
    }
    rules->n++;
    return true;
}

bool user_rules_read(struct user_rules *rules, struct str name, struct str text, struct err *err)
{
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, rules->arena, name, text, NULL, NULL, err)) {
        return false;
    }
    struct json root = json_root(doc), list = json_get(root, STR("rules"));
    if (json_i64_or(json_get(root, STR("format")), 0) != 1 || json_kind(list) != JSON_ARRAY) {
        return json_err(err, root, "a rule file has \"format\": 1 and a list of \"rules\"");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        if (rules->n == RULES_MAX) {
            return json_err(err, v, "more than %d rules are not taken", RULES_MAX);
        }
        if (json_kind(v) != JSON_OBJECT) {
            return json_err(err, v, "a rule is an object");
        }
        if (!read_rule(rules, v, err)) {
            return false;
        }
    }
    return true;
}

/* --- asking --- */

/* One pass over the entities of a resource. */
struct pass {
    struct user_rules *rules;
    struct user_rule *rule;
    struct check *c;
    const struct resource *r;
    struct json root;          /* of a snapshot; no value: the tenant is asked */
    const struct finding *own; /* where the entity at hand stands; NULL: not in what is checked */
    struct json entity;
};

static struct json field(const struct pass *p, const char *of)
{
    return json_path(p->entity, json_str(json_get(p->rule->what, str_of(of))));
}

static bool is_set(struct json v)
{
    return json_exists(v) && json_kind(v) != JSON_NULL;
}

/* The finding stands at the field, where the entity is the user's text itself. */
static void tell(struct pass *p, struct json at, struct str message)
{
    if (!p->own) {
        return;
    }
    struct finding f = json_exists(p->root) && is_set(at)
                           ? json_finding(p->c->fs, at, p->rule->id, p->rule->severity)
                           : *p->own;
    const struct resource *r = p->r;
    f.rule = p->rule->id;
    f.severity = p->rule->severity;
    f.item = SIZE_MAX;
    f.message = findings_text(p->c->fs, "%.*s: %.*s", STR_ARG(p->rule->about), STR_ARG(message));
    f.hint = p->rule->help;
    f.entity_type = r->title;
    f.entity_id = r->id_field ? json_str_or(field_find(r->id_field, p->entity), STR("")) : STR("");
    f.entity_name =
        r->name_field ? json_str_or(field_find(r->name_field, p->entity), STR("")) : STR("");
    findings_add(p->c->fs, &f);
}

static struct str key_of(const struct pass *p, struct json v)
{
    struct buf out;
    buf_init(&out, p->c->arena);
    json_put(&out, v);
    return buf_str(&out);
}

static void ask_unique(struct pass *p)
{
    struct buf key;
    struct json last = {0};
    buf_init(&key, p->c->arena);
    for (struct json v = json_first(p->rule->what); json_exists(v); v = json_next(v)) {
        last = json_path(p->entity, json_str(v));
        if (!is_set(last)) {
            return;
        }
        buf_put(&key, key_of(p, last));
        buf_put_char(&key, '\n');
    }
    if (map_get(&p->rule->seen, buf_str(&key))) {
        tell(p, last, STR("another one has the same"));
    } else {
        (void)map_put(&p->rule->seen, buf_str(&key), p->rule);
    }
}

static void ask_at_most(struct pass *p)
{
    struct json by = field(p, "by");
    size_t max = (size_t)json_i64_or(json_get(p->rule->what, STR("count")), 0);
    if (!is_set(by)) {
        return;
    }
    struct str key = key_of(p, by);
    size_t *n = map_get(&p->rule->seen, key);
    if (!n) {
        n = ARENA_NEW(p->c->arena, size_t);
        (void)map_put(&p->rule->seen, key, n);
    }
    if (++*n > max) {
        tell(p, by, findings_text(p->c->fs, "this is number %zu of %.*s; at most %zu", *n,
                                  STR_ARG(key), max));
    }
}

static void ask_refers(struct pass *p)
{
    struct json v = field(p, "field");
    struct str name = json_str(json_get(p->rule->what, STR("resource")));
    const struct resource *of = contract_resource(p->c->contract, name);
    struct str id = json_str_or(v, STR(""));
    bool is_found = false;
    if (!of || !id.len) {
        return;
    }
    struct json list = json_get(json_get(p->root, STR("resources")), name);
    for (struct json e = json_first(list); json_exists(e) && !is_found; e = json_next(e)) {
        is_found = of->id_field && str_eq(json_str_or(field_find(of->id_field, e), STR("")), id);
    }
    is_found = is_found || (!json_exists(p->root) && tenant_find(p->c->tenant, of, id));
    if (!is_found) {
        tell(p, v, findings_text(p->c->fs, "there is no %.*s \"%.*s\"", STR_ARG(of->title),
                                 STR_ARG(id)));
    }
}

static void ask_before(struct pass *p)
{
    struct json a = field(p, "field"), b = field(p, "than");
    int64_t x = 0, y = 0;
    bool is_late = false;
    if (json_kind(a) == JSON_NUMBER && json_kind(b) == JSON_NUMBER) {
        is_late = json_double(a) >= json_double(b);
    } else if (date_parse(&x, json_str_or(a, STR(""))) && date_parse(&y, json_str_or(b, STR("")))) {
        is_late = x >= y;
    }
    if (is_late) {
        tell(p, a, findings_text(p->c->fs, "%.*s is not before %.*s", STR_ARG(key_of(p, a)),
                                 STR_ARG(key_of(p, b))));
    }
}

static void ask_requires(struct pass *p)
{
    struct json v = field(p, "field"), is = json_get(p->rule->what, STR("is"));
    bool holds = is_set(v) && (!json_exists(is) || json_eq(v, is));
    if (holds && !is_set(field(p, "requires"))) {
        tell(p, v, findings_text(p->c->fs, "\"%.*s\" is missing",
                                 STR_ARG(json_str(json_get(p->rule->what, STR("requires"))))));
    }
}

static void ask(struct pass *p)
{
    struct json v;
    switch (p->rule->ask) {
    case ASK_UNIQUE_BY:
        ask_unique(p);
        return;
    case ASK_AT_MOST_PER:
        ask_at_most(p);
        return;
    case ASK_REFERS_TO:
        ask_refers(p);
        return;
    case ASK_REQUIRES_IF:
        ask_requires(p);
        return;
    case ASK_FORBIDS:
        v = json_path(p->entity, json_str(p->rule->what));
        if (is_set(v)) {
            tell(p, v, findings_text(p->c->fs, "\"%.*s\" is set", STR_ARG(json_str(p->rule->what))));
        }
        return;
    case ASK_MATCHES:
        v = field(p, "field");
        if (json_kind(v) == JSON_STRING &&
            !schema_check(p->rule->pattern, p->rules->run, v, NULL, NULL)) {
            tell(p, v, findings_text(p->c->fs, "%.*s does not match %.*s", STR_ARG(key_of(p, v)),
                                     STR_ARG(json_str(json_get(p->rule->what, STR("pattern"))))));
        }
        return;
    case ASK_BEFORE:
        ask_before(p);
        return;
    case ASK_SQL:
    case ASK_COUNT:
        break;
    }
    unreachable();
}

static bool ask_entity(const struct entity *e, void *ctx)
{
    struct pass *p = ctx;
    const struct json_doc *doc = NULL;
    struct str text = str_copy(p->c->arena, e->text);
    if (json_parse(&doc, p->c->arena, STR(""), text, NULL, NULL, NULL)) {
        p->entity = json_root(doc);
        p->own = map_get(&p->c->made, e->id);
        ask(p);
    }
    return true;
}

/* A rule about what the profile does not have would pass everything: it is told, once. */
static const struct resource *resource_of(struct user_rule *rule, struct check *c)
{
    struct str names[2] = {rule->resource, rule->resource};
    if (rule->ask == ASK_REFERS_TO) {
        names[1] = json_str(json_get(rule->what, STR("resource")));
    }
    for (size_t i = 0; i < 2; i++) {
        if (!contract_resource(c->contract, names[i])) {
            if (!rule->is_told) {
                struct finding f = json_finding(c->fs, rule->at, STR("K908"), SEVERITY_ERROR);
                f.message = findings_text(c->fs, "rule %.*s cannot be asked: %.*s has no resource "
                                          "\"%.*s\"", STR_ARG(rule->id),
                                          STR_ARG(c->contract->name), STR_ARG(names[i]));
                f.value = (struct str){NULL, 0};
                f.item = SIZE_MAX;
                findings_add(c->fs, &f);
                rule->is_told = true;
            }
            return NULL;
        }
    }
    return contract_resource(c->contract, rule->resource);
}

void user_rules_tenant(struct user_rules *rules, struct check *c)
{
    tenant_lock_read(c->tenant);
    for (size_t i = 0; i < rules->n; i++) {
        struct pass p = {.rules = rules, .rule = &rules->at[i], .c = c};
        p.r = p.rule->ask == ASK_SQL ? NULL : resource_of(p.rule, c);
        if (p.r) {
            map_done(&p.rule->seen);
            (void)tenant_each(c->tenant, p.r, ask_entity, &p);
        }
    }
    user_sql_ask(rules, c, c->tenant, (struct json){.doc = NULL});
    tenant_unlock(c->tenant);
}

void user_rules_snapshot(struct user_rules *rules, struct check *c, struct json root)
{
    for (size_t i = 0; i < rules->n; i++) {
        struct pass p = {.rules = rules, .rule = &rules->at[i], .c = c, .root = root};
        p.r = p.rule->ask == ASK_SQL ? NULL : resource_of(p.rule, c);
        if (!p.r) {
            continue;
        }
        map_done(&p.rule->seen);
        struct json list = json_get(json_get(root, STR("resources")), p.rule->resource);
        for (struct json e = json_first(list); json_exists(e); e = json_next(e)) {
            struct finding place = json_finding(c->fs, e, p.rule->id, p.rule->severity);
            p.entity = e;
            p.own = &place;
            ask(&p);
        }
    }
    struct findings ignored;
    struct err err = {0};
    struct tenant *t = NULL;
    findings_init(&ignored, c->arena);
    if (tenant_load(&t, c->contract, root, &ignored, &err)) { /* else its findings are told */
        user_sql_ask(rules, c, t, root);
    }
    tenant_free(t);
}
