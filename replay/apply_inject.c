/* Texts that every new entity of a kind is given: by a matrix that is data, as reporting tags are by
 * their category. */
#include "replay/apply_int.h"

static void put_tag(struct buf *out, struct map *seen, struct arena *a, struct str head,
                    struct str text, bool lowers)
{
    struct buf tag;
    buf_init(&tag, a);
    buf_put(&tag, head);
    buf_put(&tag, lowers ? str_lower(a, text) : text);
    if (!map_get(seen, buf_str(&tag))) {
        (void)map_put(seen, buf_str(&tag), a);
        buf_put(out, seen->count > 1 ? STR(",") : STR(""));
        buf_put_json_string(out, buf_str(&tag));
    }
}

/* The list with what the rule puts in front; duplicates dropped, order kept. */
static void put_list(struct buf *out, struct arena *a, struct json rule, struct json body)
{
    struct map seen = {0};
    struct str of = json_str_or(json_get(rule, STR("of")), STR(""));
    struct str word = json_str_or(json_path(body, of), STR(""));
    struct str low = str_lower(a, word);
    struct str field = json_str_or(json_get(rule, STR("field")), STR(""));
    struct json list = json_get(json_get(rule, STR("matrix")), low);
    struct json own = json_get(body, field);
    buf_put_char(out, '[');
    if (word.len) {
        put_tag(out, &seen, a, json_str_or(json_get(rule, STR("head")), STR("")), low, true);
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        put_tag(out, &seen, a, json_str_or(json_get(rule, STR("each")), STR("")),
                json_str_or(m, STR("")), false);
    }
    for (struct json m = json_first(own); json_exists(m); m = json_next(m)) {
        put_tag(out, &seen, a, STR(""), json_str_or(m, STR("")), false);
    }
    buf_put_char(out, ']');
    map_done(&seen);
}

struct str apply_inject(struct apply *ap, struct str resource, struct json body)
{
    struct json rules = json_get(ap->root, STR("inject"));
    struct str text = json_source(body);
    for (struct json rule = json_first(rules); json_exists(rule); rule = json_next(rule)) {
        struct str field = json_str_or(json_get(rule, STR("field")), STR(""));
        struct buf out;
        const struct json_doc *doc = NULL;
        if (!str_eq(json_str_or(json_get(rule, STR("into")), STR("")), resource) || !field.len) {
            continue;
        }
        buf_init(&out, ap->a);
        buf_put_char(&out, '{');
        for (struct json m = json_first(body); json_exists(m); m = json_next(m)) {
            if (!str_eq(json_key(m), field)) {
                buf_put_json_string(&out, json_key(m));
                buf_put_char(&out, ':');
                json_put(&out, m);
                buf_put_char(&out, ',');
            }
        }
        buf_put_json_string(&out, field);
        buf_put_char(&out, ':');
        put_list(&out, ap->a, rule, body);
        buf_put_char(&out, '}');
        if (json_parse(&doc, ap->a, STR("body"), buf_str(&out), NULL, NULL, NULL)) {
            body = json_root(doc);
            text = buf_str(&out);
        }
    }
    return text;
}
