/* "external" of a snapshot: who uses the tenant's entities from outside of what the profile's API keeps.
 * Checked at load, kept as text: only the graph of dependencies reads it. */
#include "model/tenant_int.h"

static void bad(struct findings *fs, struct json at, const char *rule, struct str message)
{
    struct finding f = json_finding(fs, at, str_of(rule), SEVERITY_ERROR);
    f.message = message;
    findings_add(fs, &f);
}

static void check_names(struct json obj, const struct str *known, size_t n, struct findings *fs)
{
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < n && !str_eq(known[i], json_key(m))) {
            i++;
        }
        if (i == n) {
            size_t near = str_nearest(json_key(m), known, n);
            struct finding f = json_key_finding(fs, m, STR("S102"), SEVERITY_ERROR);
            f.message =
                findings_text(fs, "\"external\" has no member \"%.*s\"%s%.*s%s",
                              STR_ARG(json_key(m)), near < n ? "; did you mean \"" : "",
                              STR_ARG(near < n ? known[near] : STR("")), near < n ? "\"?" : "");
            findings_add(fs, &f);
        }
    }
}

static void check_text(struct json v, const char *what, struct findings *fs)
{
    if (json_exists(v) && json_str_or(v, STR("")).len == 0) {
        bad(fs, v, "S103", findings_text(fs, "%s is a text, and not empty", what));
    }
}

static void check_use(const struct contract *c, struct json use, struct findings *fs)
{
    static const struct str known[] = {STR_INIT("to"), STR_INIT("id"), STR_INIT("name"),
                                       STR_INIT("at"), STR_INIT("edge")};
    struct json to = json_get(use, STR("to")), edge = json_get(use, STR("edge"));
    struct json id = json_get(use, STR("id")), name = json_get(use, STR("name"));
    if (json_kind(use) != JSON_OBJECT) {
        bad(fs, use, "S103", STR("a use is an object with \"to\" and \"id\" or \"name\""));
        return;
    }
    check_names(use, known, sizeof known / sizeof *known, fs);
    check_text(id, "\"id\"", fs);
    check_text(name, "\"name\"", fs);
    check_text(json_get(use, STR("at")), "\"at\"", fs);
    if (!contract_resource(c, json_str_or(to, STR("")))) {
        bad(fs, json_exists(to) ? to : use, "S107",
            findings_text(fs, "\"to\" names a resource of %.*s: rehearse profile show %.*s",
                          STR_ARG(c->name), STR_ARG(c->name)));
    }
    if (json_exists(id) == json_exists(name)) {
        bad(fs, use, "S101", STR("a use says which one by \"id\" or by \"name\", one of them"));
    }
    if (json_exists(edge) && edge_kind_named(json_str_or(edge, STR(""))) == EDGE_KIND_COUNT) {
        bad(fs, edge, "S107",
            STR("\"edge\" is blocks, breaks, silences, shifts or shows (the default)"));
    }
}

static void check_item(const struct contract *c, struct json v, struct findings *fs)
{
    static const struct str known[] = {STR_INIT("type"),  STR_INIT("name"),       STR_INIT("id"),
                                       STR_INIT("owner"), STR_INIT("attributes"), STR_INIT("uses")};
    struct json attributes = json_get(v, STR("attributes")), uses = json_get(v, STR("uses"));
    struct json type = json_get(v, STR("type"));
    struct str text;
    if (json_kind(v) != JSON_OBJECT) {
        bad(fs, v, "S103", STR("who uses entities from outside is an object"));
        return;
    }
    check_names(v, known, sizeof known / sizeof *known, fs);
    (void)json_want_str(v, STR("name"), &text, fs);
    check_text(json_get(v, STR("id")), "\"id\"", fs);
    check_text(json_get(v, STR("owner")), "\"owner\"", fs);
    if (json_want_str(v, STR("type"), &text, fs) && json_exists(attributes) &&
        !contract_terraform_type(c, text)) {
        bad(fs, type, "S107",
            findings_text(fs,
                          "%.*s knows no attributes of a \"%.*s\"; say what it names in \"uses\"",
                          STR_ARG(c->name), STR_ARG(text)));
    }
    if (json_exists(attributes) == json_exists(uses)) {
        bad(fs, v, "S101", STR("one of \"uses\" and \"attributes\" says what it names"));
    }
    if ((json_exists(attributes) && json_kind(attributes) != JSON_OBJECT) ||
        (json_exists(uses) && json_kind(uses) != JSON_ARRAY)) {
        bad(fs, v, "S103", STR("\"uses\" is a list, \"attributes\" an object"));
        return;
    }
    for (struct json use = json_first(uses); json_exists(use); use = json_next(use)) {
        check_use(c, use, fs);
    }
}

void tenant_load_external(struct tenant *t, struct json all, struct findings *fs)
{
    struct buf text;
    if (!json_exists(all)) {
        return;
    }
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        check_item(t->contract, v, fs);
    }
    buf_init(&text, &t->fixed->arena);
    json_put(&text, all);
    t->fixed->external = buf_str(&text);
}
