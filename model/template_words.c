/* Words of templates, "$each" and its like: what the loader makes of them. */
#include "model/template_int.h"

static const struct str lists[] = {STR_INIT("findings"), STR_INIT("failures"), STR_INIT("outcomes"),
                                   STR_INIT("items"), STR_INIT("permissions")};
enum { LISTS = sizeof lists / sizeof *lists };
#define LISTS_TEXT "findings, failures, outcomes, items, permissions"

/* Scopes whose members may be lists, named as variables are: these nest. */
static const struct str value_scopes[] = {STR_INIT("entity"), STR_INIT("body"),  STR_INIT("target"),
                                          STR_INIT("parent"), STR_INIT("row"),   STR_INIT("item"),
                                          STR_INIT("part"),   STR_INIT("owner"), STR_INIT("result"),
                                          STR_INIT("job"),    STR_INIT("event")};
enum { VALUE_SCOPES = sizeof value_scopes / sizeof *value_scopes };

typedef bool build_word(struct template *t, struct compiler *c, struct json v);
static build_word build_each, build_count, build_merge, build_omit, build_pick, build_text,
    build_if;

static const struct word {
    struct str name;
    const char *with; /* the members that may stand beside it, as the refusal names them */
    build_word *build;
    struct str beside[3];
} words[] = {
    {STR_INIT("$each"),
     "\"as\"",
     build_each,
     {STR_INIT("as"), STR_INIT("empty"), STR_INIT("name")}},
    {STR_INIT("$count"), NULL, build_count, {{0}}},
    {STR_INIT("$merge"), NULL, build_merge, {{0}}},
    {STR_INIT("$omit"), "\"of\"", build_omit, {STR_INIT("of")}},
    {STR_INIT("$pick"), "\"of\"", build_pick, {STR_INIT("of")}},
    {STR_INIT("$text"), NULL, build_text, {{0}}},
    {STR_INIT("$if"), "\"then\" and \"else\"", build_if, {STR_INIT("then"), STR_INIT("else")}},
};
enum { WORDS = sizeof words / sizeof *words };

static void make_items(struct template *t, struct compiler *c, size_t n)
{
    t->items = ARENA_ARRAY(c->a, n + 1, const struct template *);
}

static const struct word *word_find(struct str name)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (str_eq(words[i].name, name)) {
            return &words[i];
        }
    }
    return NULL;
}

/* A member that looks like a word and is none: refused where it is near one, else a plain member.
 */
static bool check_no_word(struct compiler *c, struct json member)
{
    struct str names[WORDS], name = json_key(member);
    for (size_t i = 0; i < WORDS; i++) {
        names[i] = words[i].name;
    }
    size_t near = str_starts(name, STR("$")) ? str_nearest(name, names, WORDS) : WORDS;
    return near == WORDS ||
           json_err(c->err, member, "there is no word \"%.*s\"; did you mean \"%.*s\"?",
                    STR_ARG(name), STR_ARG(names[near]));
}

static bool check_beside(const struct template *t, struct compiler *c, const struct word *w)
{
    for (struct json m = json_first(t->source); json_exists(m); m = json_next(m)) {
        struct str name = json_key(m);
        bool is_fine = str_eq(name, w->name);
        for (size_t i = 0; i < sizeof w->beside / sizeof *w->beside; i++) {
            is_fine = is_fine || (w->beside[i].s && str_eq(name, w->beside[i]));
        }
        if (!is_fine && w->with) {
            return json_err(c->err, m, "\"%.*s\" knows no member but %s; this is \"%.*s\"",
                            STR_ARG(w->name), w->with, STR_ARG(name));
        }
        if (!is_fine) {
            return json_err(c->err, m, "\"%.*s\" stands alone; this is \"%.*s\"", STR_ARG(w->name),
                            STR_ARG(name));
        }
    }
    return true;
}

bool template_build_word(struct template *t, struct compiler *c, bool *is_word)
{
    *is_word = false;
    if (json_kind(t->source) != JSON_OBJECT) {
        return true;
    }
    for (struct json m = json_first(t->source); json_exists(m); m = json_next(m)) {
        const struct word *w = word_find(json_key(m));
        if (w) {
            *is_word = true;
            return w->build(t, c, m) && check_beside(t, c, w);
        }
        if (!check_no_word(c, m)) {
            return false;
        }
    }
    return true;
}

/* "entity.lines", "item.parts", "item". */
static bool is_value_list(struct str word)
{
    size_t dot = str_find_char(word, '.');
    bool is_item = str_eq(word, STR("item"));
    for (size_t i = 0; i < VALUE_SCOPES && dot + 1 < word.len; i++) {
        is_item = is_item || str_eq(str_slice(word, 0, dot), value_scopes[i]);
    }
    return is_item;
}

static bool check_list(struct compiler *c, struct json list)
{
    struct str word = json_str_or(list, STR(""));
    if (json_kind(list) != JSON_STRING) {
        return json_err(c->err, list,
                        "\"$each\" wants the name of a list, " LISTS_TEXT
                        ", or {\"resource\": …, \"where\": {…}}");
    }
    for (size_t i = 0; i < LISTS; i++) {
        if (str_eq(word, lists[i])) {
            return true;
        }
    }
    if (is_value_list(word)) {
        return true;
    }
    size_t near = str_nearest(word, lists, LISTS);
    if (near < LISTS) {
        return json_err(c->err, list, "there is no list \"%.*s\"; did you mean \"%.*s\"?",
                        STR_ARG(word), STR_ARG(lists[near]));
    }
    return json_err(c->err, list, "there is no list \"%.*s\"; there are " LISTS_TEXT,
                    STR_ARG(word));
}

static bool build_list(struct template *t, struct compiler *c, struct json list, struct json as)
{
    t->kind = KIND_EACH;
    t->list = json_str_or(list, STR(""));
    t->n = 1;
    if (!is_value_list(t->list) && c->lists) {
        return json_err(c->err, t->source, "a list within a list: \"$each\" does not nest");
    }
    if (c->lists == TEMPLATE_LISTS_MAX) {
        return json_err(c->err, t->source, "lists within lists: at most %d", TEMPLATE_LISTS_MAX);
    }
    c->lists++;
    bool is_built = check_list(c, list) && template_build(&t->items[0], c, as);
    c->lists--;
    return is_built;
}

static bool build_each(struct template *t, struct compiler *c, struct json v)
{
    struct json as = json_get(t->source, STR("as")), empty = json_get(t->source, STR("empty"));
    bool is_kept = str_eq(json_str_or(empty, STR("")), STR("keep"));
    t->is_optional = str_eq(json_str_or(empty, STR("")), STR("omit"));
    if (json_exists(empty) && !t->is_optional && !is_kept) {
        return json_err(c->err, empty, "\"empty\" is \"omit\" or \"keep\"");
    }
    if (!json_exists(as)) {
        return json_err(c->err, t->source, "\"$each\" needs \"as\": what each item becomes");
    }
    struct json name = json_get(t->source, STR("name"));
    make_items(t, c, 1 + QUERY_FIELDS_MAX);
    if (json_exists(name) && (json_kind(v) != JSON_OBJECT || json_kind(name) != JSON_STRING)) {
        return json_err(c->err, name,
                        "\"name\" is a text, and stands beside \"$each\" of a resource");
    }
    if (json_kind(v) != JSON_OBJECT) {
        return build_list(t, c, v, as);
    }
    t->kind = KIND_ROWS;
    t->n = 1;
    if (c->rows == QUERY_NESTING_MAX) {
        return json_err(c->err, t->source, "\"$each\" of resources nests %d deep, no deeper",
                        QUERY_NESTING_MAX);
    }
    if (!template_build_query(t, c, v, 1)) {
        return false;
    }
    c->rows++;
    bool is_built = template_build(&t->items[0], c, as) &&
                    (!json_exists(name) || template_build(&t->name, c, name));
    c->rows--;
    return is_built;
}

static bool build_count(struct template *t, struct compiler *c, struct json v)
{
    t->kind = KIND_COUNT;
    make_items(t, c, QUERY_FIELDS_MAX);
    return template_build_query(t, c, v, 0);
}

bool template_build_query(struct template *t, struct compiler *c, struct json source, size_t at)
{
    struct template_query *q = ARENA_NEW(c->a, struct template_query);
    struct json where = json_get(source, STR("where"));
    if (json_kind(json_get(source, STR("resource"))) != JSON_STRING) {
        return json_err(c->err, source,
                        "this wants the name of a resource: {\"resource\": …, \"where\": {…}}");
    }
    for (struct json m = json_first(source); json_exists(m); m = json_next(m)) {
        if (!str_eq(json_key(m), STR("resource")) && !str_eq(json_key(m), STR("where"))) {
            return json_err(c->err, m,
                            "a look at a resource knows \"resource\" and \"where\"; "
                            "this is \"%.*s\"",
                            STR_ARG(json_key(m)));
        }
    }
    if (!c->queries) {
        return json_err(c->err, source,
                        "entities cannot be looked at here, only in \"show\", "
                        "\"item\", \"reply\" and the envelope of a paging");
    }
    if (json_exists(where) && json_kind(where) != JSON_OBJECT) {
        return json_err(c->err, where, "\"where\" wants fields with the text of each");
    }
    for (struct json m = json_first(where); json_exists(m); m = json_next(m)) {
        if (q->n == QUERY_FIELDS_MAX) {
            return json_err(c->err, m, "\"where\" takes %d fields, no more", QUERY_FIELDS_MAX);
        }
        q->wants_absent[q->n] = json_kind(m) == JSON_NULL;
        if (q->n == 0 && q->wants_absent[0]) {
            return json_err(c->err, m, "the first field needs a text: by it the entities are found");
        }
        if (!template_build(&t->items[at + q->n], c, m)) {
            return false;
        }
        q->n++;
    }
    q->values = &t->items[at];
    t->n = at + q->n;
    q->source = source;
    q->next = *c->queries;
    *c->queries = q;
    t->query = q;
    return true;
}

static bool build_merge(struct template *t, struct compiler *c, struct json v)
{
    t->kind = KIND_MERGE;
    if (json_kind(v) != JSON_ARRAY || json_count(v) == 0) {
        return json_err(c->err, v, "\"$merge\" wants an array of objects");
    }
    make_items(t, c, json_count(v));
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        const struct template **item = &t->items[t->n++];
        if (!template_build(item, c, m)) {
            return false;
        }
        if ((*item)->json.s && !json_text_is((*item)->json, JSON_OBJECT)) {
            return json_err(c->err, m, "\"$merge\" wants objects; this is never one");
        }
    }
    return true;
}

static bool build_named(struct template *t, struct compiler *c, struct json v,
                        enum template_kind kind)
{
    struct json of = json_get(t->source, STR("of"));
    struct str word = json_key(v);
    t->kind = kind;
    t->names = ARENA_ARRAY(c->a, json_count(v) + 1, struct str);
    if (json_kind(v) != JSON_ARRAY || json_count(v) == 0) {
        return json_err(c->err, v, "\"%.*s\" wants an array of names", STR_ARG(word));
    }
    if (!json_exists(of)) {
        return json_err(c->err, t->source, "\"%.*s\" needs \"of\": the object that it takes from",
                        STR_ARG(word));
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct buf name;
        if (json_kind(m) != JSON_STRING) {
            return json_err(c->err, m, "\"%.*s\" wants names; this is none", STR_ARG(word));
        }
        buf_init(&name, c->a);
        buf_put_json_string(&name, json_str(m));
        t->names[t->n_names++] = buf_str(&name);
    }
    t->n = 1;
    make_items(t, c, 1);
    return template_build(&t->items[0], c, of);
}

static bool build_omit(struct template *t, struct compiler *c, struct json v)
{
    return build_named(t, c, v, KIND_OMIT);
}

static bool build_pick(struct template *t, struct compiler *c, struct json v)
{
    return build_named(t, c, v, KIND_PICK);
}

static bool build_text(struct template *t, struct compiler *c, struct json v)
{
    t->kind = KIND_AS_TEXT;
    t->n = 1;
    make_items(t, c, 1);
    return template_build(&t->items[0], c, v);
}

#define TESTS_TEXT "\"is\", \"has\", \"below\" or \"atLeast\""

static bool build_words(struct condition *out, struct compiler *c, struct json list)
{
    struct str *at = ARENA_ARRAY(c->a, json_count(list) + 1, struct str);
    if (json_kind(list) != JSON_ARRAY || json_count(list) == 0) {
        return json_err(c->err, list, "\"is\" wants an array of texts");
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        if (json_kind(m) == JSON_ARRAY || json_kind(m) == JSON_OBJECT) {
            return json_err(c->err, m, "\"is\" wants texts, numbers, true or false");
        }
        at[out->n_words++] = json_str_or(m, json_source(m));
    }
    out->words = at;
    return true;
}

static const struct {
    struct str name;
    enum test test;
} tests[] = {{STR_INIT("is"), TEST_IS},
             {STR_INIT("has"), TEST_HAS},
             {STR_INIT("below"), TEST_BELOW},
             {STR_INIT("atLeast"), TEST_AT_LEAST}};
enum { TESTS = sizeof tests / sizeof *tests };

static bool build_test(struct condition *out, struct compiler *c, struct json v)
{
    if (out->test == TEST_IS) {
        return build_words(out, c, v);
    }
    if (out->test == TEST_HAS) {
        struct str *word = ARENA_NEW(c->a, struct str);
        *word = json_str_or(v, STR(""));
        out->words = word;
        out->n_words = 1;
        return word->len || json_err(c->err, v, "\"has\" wants a text");
    }
    if (json_kind(v) != JSON_NUMBER) {
        return json_err(c->err, v, "\"%.*s\" wants a number", STR_ARG(json_key(v)));
    }
    out->number = json_double(v);
    return true;
}

/* {"value": T, "is"|"has"|"below"|"atLeast": …}; what the value is goes to `out_value`. */
static bool build_condition(struct condition *out, struct compiler *c, struct json v,
                            struct json *out_value)
{
    struct json test = {0};
    *out_value = (struct json){0};
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct str name = json_key(m);
        size_t i = 0;
        if (str_eq(name, STR("value"))) {
            *out_value = m;
            continue;
        }
        for (; i < TESTS && !str_eq(tests[i].name, name); i++) {
        }
        if (i == TESTS) {
            return json_err(c->err, m,
                            "a condition knows \"value\" and " TESTS_TEXT "; this is \"%.*s\"",
                            STR_ARG(name));
        }
        if (json_exists(test)) {
            return json_err(c->err, m, "a condition asks one thing: " TESTS_TEXT);
        }
        test = m;
        out->test = tests[i].test;
    }
    if (!json_exists(*out_value) || !json_exists(test)) {
        return json_err(c->err, v, "a condition needs \"value\" and one of " TESTS_TEXT);
    }
    return build_test(out, c, test);
}

static bool build_if(struct template *t, struct compiler *c, struct json v)
{
    struct json then = json_get(t->source, STR("then")),
                otherwise = json_get(t->source, STR("else"));
    struct condition *condition = ARENA_NEW(c->a, struct condition);
    struct json value = v;
    t->kind = KIND_IF;
    t->condition = condition;
    if (json_kind(v) != JSON_STRING && json_kind(v) != JSON_OBJECT) {
        return json_err(c->err, v, "\"$if\" wants a variable, or {\"value\": …, \"is\": […]}");
    }
    if (json_kind(v) == JSON_OBJECT && !build_condition(condition, c, v, &value)) {
        return false;
    }
    if (!json_exists(then)) {
        return json_err(c->err, t->source, "\"$if\" needs \"then\"");
    }
    t->n = json_exists(otherwise) ? 3 : 2;
    make_items(t, c, 3);
    return template_build(&t->items[0], c, value) && template_build(&t->items[1], c, then) &&
           (t->n == 2 || template_build(&t->items[2], c, otherwise));
}
