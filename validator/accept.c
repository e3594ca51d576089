/* Suppressions. */
#include "validator/accept.h"

#include "base/base.h"
#include "validator/report_int.h"
#include "validator/rules.h"

#include <string.h>

void accept_add(struct accept *a, const struct suppression *rule)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? 2 * a->cap : 16;
        struct suppression *at = ARENA_ARRAY(a->arena, cap, struct suppression);
        if (a->n > 0) {
            memcpy(at, a->at, a->n * sizeof *at);
        }
        a->at = at;
        a->cap = cap;
    }
    a->at[a->n++] = *rule;
}

bool rules_cover(struct str rules, struct str rule)
{
    struct str one;
    while (rules.len && str_cut(&rules, ',', &one)) {
        one = str_trim(one);
        if (one.len && str_starts(rule, one)) {
            return true;
        }
    }
    return false;
}

/* --- comments --- */

static void tell(struct findings *fs, const struct finding *place, const char *rule,
                 enum severity severity, struct str message, const char *hint)
{
    struct finding f = *place;
    f.rule = str_of(rule);
    f.severity = severity;
    f.message = message;
    f.hint = str_of(hint);
    f.item = SIZE_MAX;
    findings_add(fs, &f);
}

bool rules_have(struct str head)
{
    const struct rule *r = NULL;
    for (size_t i = 0; head.len && (r = rule_at(i)) != NULL; i++) {
        if (str_starts(r->id, head)) {
            return true;
        }
    }
    return false;
}

static bool is_locked(struct str id)
{
    const struct rule *r = rule_find(id);
    return r && r->is_locked;
}

/* True if the comment hides something; else a finding says why not. */
static bool is_good(const struct yaml_ignore *ignore, const struct finding *place,
                    struct findings *fs)
{
    struct str rest = ignore->rules, one;
    if (ignore->reason.len == 0) {
        tell(fs, place, "K902", SEVERITY_WARNING,
             STR("this comment suppresses nothing: it gives no reason"),
             "write it as # rehearse: ignore S106 the reason");
        return false;
    }
    while (rest.len && str_cut(&rest, ',', &one)) {
        if (!rules_have(str_trim(one))) {
            tell(fs, place, "K901", SEVERITY_WARNING,
                 findings_text(fs, "there is no rule \"%.*s\"", STR_ARG(str_trim(one))),
                 "rehearse rules lists them");
            return false;
        }
        if (is_locked(str_trim(one))) {
            tell(fs, place, "K902", SEVERITY_WARNING,
                 findings_text(fs, "%.*s cannot be suppressed", STR_ARG(str_trim(one))),
                 "take the comment out");
            return false;
        }
    }
    return ignore->rules.len > 0;
}

void accept_comments(struct accept *a, struct str file, const struct yaml_result *yaml,
                     struct findings *fs)
{
    const struct json_lines *lines =
        yaml->n_ignores ? json_lines_of(a->arena, json_doc_text(yaml->doc)) : NULL;
    for (size_t i = 0; i < yaml->n_ignores; i++) {
        const struct yaml_ignore *ignore = &yaml->ignores[i];
        struct finding place = {.file = file, .span = ignore->span, .item = SIZE_MAX};
        json_lines_place(lines, &place);
        if (is_good(ignore, &place, fs)) {
            accept_add(a, &(struct suppression){.rules = ignore->rules,
                                                .reason = ignore->reason,
                                                .file = file,
                                                .line = ignore->line + (ignore->is_alone ? 1U : 0U),
                                                .place = place});
        }
    }
}

/* --- use --- */

/* "code" means a "wrapup code" too: its last word. */
static bool is_of_type(struct str pattern, struct str type)
{
    size_t at = type.len;
    while (at > 0 && type.s[at - 1] != ' ') {
        at--;
    }
    return str_glob(pattern, type) || str_glob(pattern, str_slice(type, at, type.len));
}

static bool covers(const struct suppression *r, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    struct str name = item->entity.name.len ? item->entity.name : item->entity.id;
    return !r->has_ended && rules_cover(r->rules, f->rule) &&
           (r->line == 0 || (r->line == f->line && str_eq(r->file, f->file))) &&
           (r->type.len == 0 || is_of_type(r->type, item->entity.type)) &&
           (r->name.len == 0 || str_glob(r->name, name));
}

struct suppression *accept_find(struct accept *a, const struct report_item *item)
{
    if (is_locked(item->finding.rule)) {
        return NULL;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (covers(&a->at[i], item)) {
            a->at[i].is_used = true;
            return &a->at[i];
        }
    }
    return NULL;
}

void accept_tell(const struct accept *a, struct findings *fs)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct suppression *r = &a->at[i];
        if (r->has_ended) {
            tell(fs, &r->place, "K903", SEVERITY_ERROR,
                 findings_text(fs, "the suppression of %.*s has ended (%.*s)", STR_ARG(r->rules),
                               STR_ARG(r->reason)),
                 "mend what it hid, or give it a new end");
        } else if (!r->is_used) {
            tell(fs, &r->place, "K902", SEVERITY_WARNING,
                 findings_text(fs, "the suppression of %.*s hides nothing", STR_ARG(r->rules)),
                 "take it out");
        }
    }
}

struct str accept_fingerprint(struct arena *a, struct str profile, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    struct buf pointer, out;
    struct str rest = f->pointer, token;
    uint64_t place, hash = 0;
    buf_init(&pointer, a);
    buf_init(&out, a);
    while (rest.len && str_cut(&rest, '/', &token)) {
        buf_put(&pointer, num_parse_u64(&place, token, 0, UINT64_MAX) ? STR("*") : token);
        buf_put_char(&pointer, '/');
    }
    const struct str parts[] = {f->rule, profile, item->entity.type,
                                item->entity.name.len ? item->entity.name : item->entity.id,
                                pointer.s ? buf_str(&pointer) : STR(""),
                                f->field, f->value.s ? f->value : STR("")};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        hash = str_hash_seeded(parts[i].s ? parts[i] : STR(""), hash + i + 1);
    }
    buf_printf(&out, "%016llx", (unsigned long long)hash);
    return buf_str(&out);
}
