/* rehearse.json: what a team says once instead of at every call. Options on the command line win. */
#include "cli/check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONFIG_BYTES_MAX = 1 << 20 };

static bool is_there(struct buf *path, struct str folder, const char *name)
{
    buf_clear(path);
    buf_put(path, folder);
    buf_put_char(path, '/');
    buf_put(path, str_of(name));
    return access(buf_cstr(path), F_OK) == 0;
}

/* From the working folder up to the repository's root; without a repository that folder alone. */
static const char *search(struct arena *a)
{
    char here[PATH_MAX];
    struct buf path, found;
    buf_init(&path, a);
    buf_init(&found, a);
    if (!getcwd(here, sizeof here)) {
        return NULL;
    }
    bool is_first = true;
    for (size_t len = strlen(here); len > 0; is_first = false) {
        struct str folder = {here, len};
        if (found.len == 0 && is_there(&path, folder, "rehearse.json")) {
            buf_put(&found, is_first ? STR("rehearse.json") : buf_str(&path));
        }
        if (is_there(&path, folder, ".git")) {
            return found.len ? buf_cstr(&found) : NULL;
        }
        do {
            len--;
        } while (len > 0 && here[len] != '/');
    }
    return is_there(&path, STR("."), "rehearse.json") ? "rehearse.json" : NULL;
}

struct reader {
    struct check_config *config;
    struct check_options *o;
    struct err *err;
};

/* A file as the configuration names it: from its own folder. */
static const char *beside(const struct reader *r, struct str name)
{
    struct buf path;
    struct str own = str_of(r->config->path);
    size_t slash = own.len;
    buf_init(&path, &r->config->arena);
    while (slash > 0 && own.s[slash - 1] != '/') {
        slash--;
    }
    if (!str_starts(name, STR("/"))) {
        buf_put(&path, str_slice(own, 0, slash));
    }
    buf_put(&path, name);
    return buf_cstr(&path);
}

/* A profile or tenant: a built-in name, or a file. */
static const char *named(const struct reader *r, struct str name)
{
    bool is_file = str_find_char(name, '/') < name.len || str_ends(name, STR(".json"));
    return is_file ? beside(r, name) : str_cstr(&r->config->arena, name);
}

static bool read_text(const struct reader *r, struct json v, struct str *out)
{
    *out = json_str_or(v, STR(""));
    bool is_good = json_kind(v) == JSON_STRING && out->len > 0 &&
                   memchr(out->s, '\0', out->len) == NULL;
    return is_good || json_err(r->err, v, "a text is wanted here, not empty");
}

static void check_rules(const struct reader *r, struct json v, struct str rules)
{
    struct check_config *c = r->config;
    struct str rest = rules, one;
    while (rest.len && str_cut(&rest, ',', &one)) {
        one = str_trim(one);
        if (!rules_have(one) && str_find_char(one, '/') == one.len) {
            struct finding f = json_finding(&c->findings, v, STR("K901"), SEVERITY_WARNING);
            f.message =
                findings_text(&c->findings, "there is no rule \"%.*s\"", STR_ARG(one));
            f.hint = STR("rehearse rules lists them");
            findings_add(&c->findings, &f);
        }
    }
}

/* A list of texts behind what the command line says; `is_rules`: ids, looked up. */
static bool read_list(const struct reader *r, struct json v, struct option_list *list,
                      bool is_rules, bool is_file)
{
    struct str text;
    if (json_kind(v) != JSON_ARRAY) {
        return json_err(r->err, v, "a list of texts is wanted here");
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (!read_text(r, m, &text)) {
            return false;
        }
        if (list->n == OPTION_LIST_MAX) {
            return json_err(r->err, m, "more than %d are not taken", OPTION_LIST_MAX);
        }
        if (is_rules) {
            check_rules(r, m, text);
        }
        list->at[list->n++] = is_file ? beside(r, text) : str_cstr(&r->config->arena, text);
    }
    return true;
}

/* {"S105": "note"} as NAME=VALUE. */
static bool read_pairs(const struct reader *r, struct json v, struct option_list *list,
                       bool is_severity)
{
    struct str text;
    if (json_kind(v) != JSON_OBJECT) {
        return json_err(r->err, v, "an object of names and texts is wanted here");
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct buf pair;
        buf_init(&pair, &r->config->arena);
        if (!read_text(r, m, &text)) {
            return false;
        }
        if (is_severity && !str_eq(text, STR("error")) && !str_eq(text, STR("warning")) &&
            !str_eq(text, STR("note"))) {
            return json_err(r->err, m, "a severity is error, warning or note");
        }
        if (list->n == OPTION_LIST_MAX) {
            return json_err(r->err, m, "more than %d are not taken", OPTION_LIST_MAX);
        }
        if (is_severity) {
            check_rules(r, m, json_key(m));
        }
        buf_put(&pair, json_key(m));
        buf_put_char(&pair, '=');
        buf_put(&pair, text);
        list->at[list->n++] = buf_cstr(&pair);
    }
    return true;
}

/* --- suppressions --- */

static bool is_locked(const struct check_config *c, struct str rule)
{
    const struct rule *r = rule_find(rule);
    return (r && r->is_locked) || check_is_listed(&c->locked, rule);
}

/* "2026-12-31": the last day on which it counts, by UTC. */
static bool read_until(const struct reader *r, struct json v, bool *out_ended)
{
    enum { DAY = 10 };
    int64_t at = 0;
    struct str text = json_str_or(v, STR(""));
    struct buf whole;
    buf_init(&whole, &r->config->arena);
    buf_put(&whole, text);
    buf_put(&whole, STR("T23:59:59Z"));
    if (text.len != DAY || !date_parse(&at, buf_str(&whole))) {
        return json_err(r->err, v, "\"until\" is a day as 2026-12-31");
    }
    *out_ended = (int64_t)time(NULL) > at / 1000000;
    return true;
}

static bool read_entity(const struct reader *r, struct json v, struct suppression *rule)
{
    if (json_kind(v) != JSON_OBJECT) {
        return json_err(r->err, v, "\"entity\" is an object of \"type\" and \"name\"");
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct str *to = str_eq(json_key(m), STR("type"))   ? &rule->type
                         : str_eq(json_key(m), STR("name")) ? &rule->name
                                                            : NULL;
        if (!to) {
            return json_err(r->err, m, "an entity is told by \"type\" and \"name\"");
        }
        if (!read_text(r, m, to)) {
            return false;
        }
    }
    return true;
}

static bool read_suppression(const struct reader *r, struct json v)
{
    struct suppression rule = {.type = STR("")};
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct str key = json_key(m);
        bool is_good = str_eq(key, STR("rule"))     ? read_text(r, m, &rule.rules)
                       : str_eq(key, STR("reason")) ? read_text(r, m, &rule.reason)
                       : str_eq(key, STR("entity")) ? read_entity(r, m, &rule)
                       : str_eq(key, STR("until"))
                           ? read_until(r, m, &rule.has_ended)
                           : json_err(r->err, m,
                                      "a suppression has \"rule\", \"entity\", \"reason\", "
                                      "\"until\", not \"%.*s\"",
                                      STR_ARG(key));
        if (!is_good) {
            return false;
        }
    }
    if (rule.rules.len == 0) {
        return json_err(r->err, v, "a suppression says which \"rule\"");
    }
    if (str_trim(rule.reason).len == 0) {
        return json_err(r->err, v, "a suppression says its \"reason\"");
    }
    check_rules(r, json_get(v, STR("rule")), rule.rules);
    struct str rest = rule.rules, one;
    while (rest.len && str_cut(&rest, ',', &one)) {
        if (is_locked(r->config, str_trim(one))) {
            return json_err(r->err, json_get(v, STR("rule")), "%.*s cannot be suppressed",
                            STR_ARG(str_trim(one)));
        }
    }
    rule.place = json_finding(&r->config->findings, v, STR("K902"), SEVERITY_WARNING);
    rule.place.value = (struct str){NULL, 0};
    accept_add(&r->config->accept, &rule);
    return true;
}

static bool read_suppressions(const struct reader *r, struct json v)
{
    if (json_kind(v) != JSON_ARRAY) {
        return json_err(r->err, v, "\"suppress\" is a list of suppressions");
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (json_kind(m) != JSON_OBJECT) {
            return json_err(r->err, m, "a suppression is an object");
        }
        if (!read_suppression(r, m)) {
            return false;
        }
    }
    return true;
}

static bool read_member(const struct reader *r, struct json m, bool has_select)
{
    struct check_options *o = r->o;
    struct check_config *c = r->config;
    struct option_list unused = {.n = 0};
    struct str key = json_key(m), text = STR("");
    const struct {
        struct str name;
        const char **to;
        bool is_file, may_be_name;
    } texts[] = {{STR_INIT("profile"), &o->profile, false, true},
                 {STR_INIT("tenant"), &o->tenant, false, true},
                 {STR_INIT("fail-on"), &o->fail_on, false, false},
                 {STR_INIT("baseline"), &o->baseline, true, false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (str_eq(key, texts[i].name)) {
            if (!read_text(r, m, &text)) {
                return false;
            }
            if (!*texts[i].to) {
                *texts[i].to = texts[i].is_file       ? beside(r, text)
                               : texts[i].may_be_name ? named(r, text)
                                                      : str_cstr(&c->arena, text);
            }
            return true;
        }
    }
    return str_eq(key, STR("$schema"))    ? true
           : str_eq(key, STR("files"))    ? read_list(r, m, &c->files, false, true)
           : str_eq(key, STR("select"))   ? read_list(r, m, has_select ? &unused : &o->select, true,
                                                      false)
           : str_eq(key, STR("ignore"))   ? read_list(r, m, &o->ignore, true, false)
           : str_eq(key, STR("rules"))    ? read_list(r, m, &o->rules, false, true)
           : str_eq(key, STR("severity")) ? read_pairs(r, m, &o->severity, true)
           : str_eq(key, STR("policies")) ? read_pairs(r, m, &o->policies, false)
           : str_eq(key, STR("locked")) || str_eq(key, STR("suppress"))
               ? true
               : json_err(r->err, m, "rehearse.json has no \"%.*s\"; docs/config.md lists all",
                          STR_ARG(key));
}

static bool read_all(struct check_config *c, struct check_options *o, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct reader r = {c, o, err};
    if (!json_parse(&doc, &c->arena, str_of(c->path), c->text, NULL, NULL, err)) {
        return false;
    }
    struct json root = json_root(doc), locked = json_get(root, STR("locked")),
                suppress = json_get(root, STR("suppress"));
    bool has_select = o->select.n > 0;
    if (json_kind(root) != JSON_OBJECT) {
        return json_err(err, root, "rehearse.json is an object; docs/config.md tells of what");
    }
    for (struct json m = json_first(root); json_exists(m); m = json_next(m)) {
        if (!read_member(&r, m, has_select)) {
            return false;
        }
    }
    return (!json_exists(locked) || read_list(&r, locked, &c->locked, true, false)) &&
           (!json_exists(suppress) || read_suppressions(&r, suppress));
}

static void begin(struct check_config *c)
{
    *c = (struct check_config){.path = NULL};
    arena_init(&c->arena, 0, 0);
    findings_init(&c->findings, &c->arena);
    c->accept.arena = &c->arena;
}

bool check_config_read(struct check_config *c, struct check_options *o, struct err *err)
{
    begin(c);
    c->path = o->no_config ? NULL : o->config ? o->config : search(&c->arena);
    return !c->path || (file_read(&c->text, &c->arena, c->path, CONFIG_BYTES_MAX, err) &&
                        read_all(c, o, err));
}

bool check_config_text(struct check_config *c, struct check_options *o, struct str name,
                       struct str text, struct err *err)
{
    begin(c);
    c->path = str_cstr(&c->arena, name);
    c->text = text;
    return read_all(c, o, err);
}

void check_config_done(struct check_config *c)
{
    arena_done(&c->arena);
}
