/* The variables that templates may speak of: which scopes there are, and what each offers. A name
 * that no scope offers would come out as nothing at every request, so it is refused when the
 * profile is loaded. */
#include "model/template_int.h"

static const struct str scope_names[] = {
#define X(name, text) STR_INIT(text),
    VAR_SCOPES(X)
#undef X
};

static const struct {
    const char *names; /* what it offers; NULL: whatever the object holds */
    bool stands_alone;
} offers[VAR_SCOPE_COUNT] = {
    [VAR_ID] = {"", true},
    [VAR_NOW] = {"s epoch", true},
    [VAR_VERSION] = {"", true},
    [VAR_ENTITY] = {NULL, true},
    [VAR_BODY] = {NULL, true},
    [VAR_TARGET] = {NULL, true},
    [VAR_PARENT] = {NULL, true},
    [VAR_ROW] = {NULL, true},
    [VAR_PATH] = {NULL, false},
    [VAR_QUERY] = {NULL, false},
    [VAR_CLIENT] = {NULL, false},
    [VAR_TOKEN] = {"value lifetime expires_in scope scopes permissions issued expires id issued_epoch "
                   "expires_epoch refresh refresh_lifetime identity audience keys",
                   false},
    [VAR_TENANT] = {NULL, true},
    [VAR_ITEMS] = {"", true},
    [VAR_PAGE] = {"size number count total offset self first last next previous next_cursor "
                  "next_number",
                  false},
    [VAR_ERROR] = {"status code message name", false},
    [VAR_FINDING] = {"rule message field pointer value expected name hint item", false},
    [VAR_FAILURE] = {"code message index status count", false},
    [VAR_RATE] = {"name limit window remaining retry_after reset", false},
    [VAR_REQUEST] = {"id method path uri host base stream permissions scopes", true},
    [VAR_RANDOM] = {"uuid hex32", false},
    [VAR_POLICY] = {NULL, false},
    [VAR_ITEM] = {NULL, true},
    [VAR_PART] = {NULL, true},
    [VAR_OWNER] = {NULL, true},
    [VAR_RESULT] = {NULL, true},
    [VAR_HEADER] = {NULL, false},
    [VAR_JOB] = {NULL, false},
};

static bool is_dotted(struct str text)
{
    bool is_start = true;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dot = text.s[i] == '.';
        if (text.s[i] == '{' || (is_dot && is_start)) {
            return false;
        }
        is_start = is_dot;
    }
    return !is_start;
}

static enum var_scope scope_find(struct str word)
{
    for (size_t i = 0; i < VAR_SCOPE_COUNT; i++) {
        if (str_eq(scope_names[i], word)) {
            return (enum var_scope)i;
        }
    }
    return VAR_SCOPE_COUNT;
}

static bool offers_name(enum var_scope scope, struct str name)
{
    struct str rest = str_of(offers[scope].names), word;
    if (name.len == 0) {
        return offers[scope].stands_alone;
    }
    if (!offers[scope].names) {
        return true;
    }
    while (rest.len && str_cut(&rest, ' ', &word)) {
        if (str_eq(word, name)) {
            return true;
        }
    }
    return false;
}

/* "size, number, …" from "size number …". */
static void put_list(struct buf *out, struct str words)
{
    struct str word;
    bool is_first = true;
    while (words.len && str_cut(&words, ' ', &word)) {
        buf_put(out, is_first ? STR("") : STR(", "));
        buf_put(out, word);
        is_first = false;
    }
}

static void put_what_there_is(struct buf *out, enum var_scope scope, struct str name)
{
    enum { NAMES_MAX = 16 };
    struct str known[NAMES_MAX], words = str_of(offers[scope].names), rest = words;
    size_t n = 0;
    while (n < NAMES_MAX && rest.len && str_cut(&rest, ' ', &known[n])) {
        n++;
    }
    size_t near = str_nearest(name, known, n);
    struct str of = scope_names[scope];
    if (!offers[scope].names) {
        buf_put(out, STR("; say which of its members is meant"));
    } else if (n == 0) {
        buf_printf(out, "; \"%.*s\" has no members", STR_ARG(of));
    } else if (near < n) {
        buf_printf(out, "; did you mean \"%.*s.%.*s\"?", STR_ARG(of), STR_ARG(known[near]));
    } else {
        buf_printf(out, "; \"%.*s\" has ", STR_ARG(of));
        put_list(out, words);
        buf_put(out, offers[scope].stands_alone ? STR(", and stands alone") : STR(""));
    }
}

bool var_parse(struct var *out, struct arena *a, struct str text, struct json source,
               struct err *err)
{
    size_t dot = str_find_char(text, '.');
    struct str word = str_slice(text, 0, dot), name = str_slice(text, dot + 1, text.len);
    enum var_scope scope = scope_find(word);
    struct buf braced, message;
    if (is_dotted(text) && scope != VAR_SCOPE_COUNT && offers_name(scope, name)) {
        *out = (struct var){scope, name};
        return true;
    }
    buf_init(&braced, a);
    buf_init(&message, a);
    buf_put_char(&braced, '{');
    buf_put(&braced, text);
    buf_put_char(&braced, '}');
    buf_put_quoted(&message, buf_str(&braced));
    if (text.len && !is_dotted(text)) {
        buf_put(&message, STR(" is not a dotted name"));
    } else {
        buf_put(&message, STR(" names no variable that there is"));
    }
    if (scope != VAR_SCOPE_COUNT && is_dotted(text)) {
        put_what_there_is(&message, scope, name);
    } else if (is_dotted(text)) {
        size_t near = str_nearest(word, scope_names, VAR_SCOPE_COUNT);
        if (near < VAR_SCOPE_COUNT && name.len < 60) {
            buf_printf(&message, "; did you mean \"%.*s%.*s\"?", STR_ARG(scope_names[near]),
                       STR_ARG(str_slice(text, dot, text.len)));
        }
    }
    return json_err(err, source, "%s", buf_cstr(&message));
}
