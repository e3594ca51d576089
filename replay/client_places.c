/* Where an answer has what: found from the very templates that the mock renders it with. */
#include "replay/client_int.h"

enum { PLACE_DEPTH_MAX = 8 };

/* "{items}", "{items?}": nothing but the variable. */
static bool is_variable(struct json v, struct str variable)
{
    struct str text = json_str_or(v, STR(""));
    if (text.len < 2 || text.s[0] != '{' || text.s[text.len - 1] != '}') {
        return false;
    }
    text = str_slice(text, 1, text.len - 1);
    if (text.len && text.s[text.len - 1] == '?') {
        text.len--;
    }
    struct str head, rest = text;
    (void)str_cut(&rest, '|', &head);
    return str_eq(head, variable);
}

static bool look(struct buf *path, struct json v, struct str variable, int depth)
{
    static const struct str words[] = {STR_INIT("then"), STR_INIT("else"), STR_INIT("$text"),
                                       STR_INIT("of")};
    if (is_variable(v, variable) ||
        str_eq(json_str_or(json_get(v, STR("$each")), STR("")), variable)) {
        return true;
    }
    if (depth == PLACE_DEPTH_MAX || json_kind(v) != JSON_OBJECT) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (look(path, json_get(v, words[i]), variable, depth + 1)) {
            return true;
        }
    }
    struct json parts = json_get(v, STR("$merge"));
    for (struct json m = json_first(parts); json_exists(m); m = json_next(m)) {
        if (look(path, m, variable, depth + 1)) {
            return true;
        }
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        size_t before = path->len;
        if (str_starts(json_key(m), STR("$"))) {
            continue;
        }
        buf_put(path, before ? STR(".") : STR(""));
        buf_put(path, json_key(m));
        if (look(path, m, variable, depth + 1)) {
            return true;
        }
        path->len = before;
    }
    return false;
}

struct str client_place(struct arena *a, struct json template_source, struct str variable)
{
    struct buf path;
    buf_init(&path, a);
    if (!look(&path, template_source, variable, 0)) {
        return (struct str){0};
    }
    return path.len ? buf_str(&path) : STR("");
}
