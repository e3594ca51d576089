/* Policies: {"$policy": NAME, CHOICE: VALUE, …} in the text is overwritten with blanks but for the
 * value in force, so that every byte that stays keeps its line and column. */
#include "model/contract_int.h"

struct switching {
    char *text;
    const struct contract *c;
    struct findings *fs;
};

static void blank(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (text[i] != '\n') {
            text[i] = ' ';
        }
    }
}

static void bad(struct switching *s, struct json at, struct str message)
{
    struct finding f = json_finding(s->fs, at, STR("K911"), SEVERITY_ERROR);
    f.message = message;
    findings_add(s->fs, &f);
}

/* A member that is no choice would never be taken. */
static void check_choices(struct switching *s, struct json v, const struct policy *p)
{
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        bool is_known = str_eq(json_key(m), STR("$policy"));
        for (size_t k = 0; k < p->n; k++) {
            is_known = is_known || str_eq(json_key(m), p->choices[k]);
        }
        if (!is_known) {
            bad(s, m,
                findings_text(s->fs, "\"%.*s\" is no choice of policy \"%.*s\"",
                              STR_ARG(json_key(m)), STR_ARG(p->name)));
        }
    }
}

static void walk(struct switching *s, struct json v)
{
    struct json name = json_get(v, STR("$policy"));
    if (json_kind(name) != JSON_STRING) {
        for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
            walk(s, m);
        }
        return;
    }
    for (size_t i = 0; i < s->c->n_policies; i++) {
        const struct policy *p = &s->c->policies[i];
        if (!str_eq(p->name, json_str(name))) {
            continue;
        }
        for (size_t k = 0; k < p->n; k++) {
            if (!json_exists(json_get(v, p->choices[k]))) {
                bad(s, v,
                    findings_text(s->fs, "the choice \"%.*s\" of policy \"%.*s\" is missing here",
                                  STR_ARG(p->choices[k]), STR_ARG(p->name)));
            }
        }
        check_choices(s, v, p);
        struct json chosen = json_get(v, p->value);
        if (json_exists(chosen)) {
            struct span all = json_span(v), kept = json_span(chosen);
            blank(s->text, all.from, kept.from);
            blank(s->text, kept.to, all.to);
            walk(s, chosen);
        }
        return;
    }
    bad(s, name, findings_text(s->fs, "there is no policy \"%.*s\"", STR_ARG(json_str(name))));
}

/* A text that outlives the document that it is read from. */
static struct str word(struct arena *a, struct json v)
{
    return str_copy(a, json_str_or(v, STR("")));
}

bool policies_apply(struct str *out, struct arena *scratch, struct contract *c, struct str name,
                    struct str text, const struct policy_choice *choices, size_t n,
                    struct findings *fs, struct err *err)
{
    struct arena *a = c->arena;
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, scratch, name, text, NULL, fs, err)) {
        return false;
    }
    struct json root = json_root(doc), all = json_path(root, STR("x-rehearse.policies"));
    struct policy *at = ARENA_ARRAY(a, json_count(all) + 1, struct policy);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct policy *p = &at[c->n_policies++];
        struct json list = json_get(m, STR("choices"));
        struct str *words = ARENA_ARRAY(a, json_count(list) + 1, struct str);
        p->name = str_copy(a, json_key(m));
        p->about = word(a, json_get(m, STR("about")));
        p->source = word(a, json_get(m, STR("source")));
        p->is_unverified = json_is_true(json_get(m, STR("unverified")));
        p->value = word(a, json_get(m, STR("default")));
        for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
            words[p->n++] = word(a, v);
        }
        p->choices = words;
    }
    c->policies = at;
    for (size_t i = 0; i < n; i++) {
        bool is_known = false;
        for (size_t k = 0; k < c->n_policies; k++) {
            for (size_t j = 0; str_eq(at[k].name, choices[i].name) && j < at[k].n; j++) {
                if (str_eq(at[k].choices[j], choices[i].value)) {
                    at[k].value = str_copy(a, choices[i].value);
                    is_known = true;
                }
            }
        }
        if (!is_known) {
            return err_set(err, ERR_INPUT, "profile %.*s has no policy %.*s=%.*s", STR_ARG(name),
                           STR_ARG(choices[i].name), STR_ARG(choices[i].value));
        }
    }
    struct str copy = str_copy(a, text);
    struct switching s = {.text = (char *)(uintptr_t)copy.s, .c = c, .fs = fs};
    walk(&s, root);
    *out = copy;
    return true;
}
