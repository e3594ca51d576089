/* What-if: a workload with some values changed, addressed by path. */
#include "sim/sim.h"

struct edit {
    struct str path;  /* what is left of it */
    struct str value; /* JSON text */
    bool is_done;
    bool is_of_all; /* a "*" was passed: only what is there is changed */
    struct buf *out;
};

/* Short for settings that people sweep. */
static const struct {
    struct str name, path;
    bool is_ms; /* a bare number is milliseconds */
} words[] = {
    {STR_INIT("acw_timeout_ms"), STR_INIT("queues.*.acw.limit"), true},
};

/* Elements of a list go by their name (of a queue: "queue"), or by their place. */
static bool is_meant(struct json element, size_t place, struct str name)
{
    int64_t n = -1;
    struct str own = json_str_or(json_get(element, STR("name")),
                                 json_str_or(json_get(element, STR("queue")), STR("")));
    return str_eq(own, name) || (num_parse_i64(&n, name, 0, INT64_MAX) && (size_t)n == place);
}

static void put(struct edit *e, struct json v, struct str path);

static void put_member(struct edit *e, struct json m, struct str rest)
{
    if (rest.len) {
        put(e, m, rest);
    } else {
        buf_put(e->out, e->value);
        e->is_done = true;
    }
}

/* `path` is what leads on from `v`; empty where `v` is not on the way. */
static void put(struct edit *e, struct json v, struct str path)
{
    struct str rest = path, head = {0};
    bool is_list = json_kind(v) == JSON_ARRAY, was_found = false;
    size_t place = 0;
    if (!path.len || (json_kind(v) != JSON_OBJECT && !is_list)) {
        json_put(e->out, v);
        return;
    }
    (void)str_cut(&rest, '.', &head);
    bool is_all = is_list && str_eq(head, STR("*"));
    e->is_of_all = e->is_of_all || is_all;
    buf_put_char(e->out, is_list ? '[' : '{');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m), place++) {
        bool is_on_way = is_list ? is_all || (!was_found && is_meant(m, place, head))
                                 : str_eq(json_key(m), head);
        buf_put(e->out, place ? STR(",") : STR(""));
        if (!is_list) {
            buf_put_json_string(e->out, json_key(m));
            buf_put_char(e->out, ':');
        }
        if (is_on_way) {
            was_found = true;
            put_member(e, m, rest);
        } else {
            json_put(e->out, m);
        }
    }
    if (!was_found && !is_list && !rest.len && !e->is_of_all) { /* a member that was not there */
        buf_put(e->out, place ? STR(",") : STR(""));
        buf_put_json_string(e->out, head);
        buf_put_char(e->out, ':');
        put_member(e, v, rest);
    }
    buf_put_char(e->out, is_list ? ']' : '}');
}

bool sim_workload_edit(struct buf *out, struct arena *a, struct json root, struct str change,
                       struct err *err)
{
    size_t equals = str_find_char(change, '=');
    if (equals >= change.len || equals == 0) {
        return err_set(err, ERR_INPUT,
                       "\"%.*s\": a change is PATH=VALUE, as queues.Sales.acw.limit=60s",
                       STR_ARG(change));
    }
    struct str path = str_slice(change, 0, equals);
    struct str value = str_slice(change, equals + 1, change.len);
    const struct json_doc *doc = NULL;
    struct err ignored = {0};
    struct buf text;
    double ms = 0;
    buf_init(&text, a);
    size_t word = 0, n_words = sizeof words / sizeof *words;
    while (word < n_words && !str_eq(words[word].name, path)) {
        word++;
    }
    path = word < n_words ? words[word].path : path;
    if (word < n_words && words[word].is_ms && num_parse_double(&ms, value)) {
        buf_printf(&text, "%.9g", ms / 1000);
    } else if (json_parse(&doc, a, STR(""), value, NULL, NULL, &ignored)) {
        buf_put(&text, value);
    } else {
        buf_put_json_string(&text, value);
    }
    struct edit e = {.value = buf_str(&text), .out = out};
    put(&e, root, path);
    return e.is_done ||
           err_set(err, ERR_INPUT, "\"%.*s\" leads nowhere in the workload", STR_ARG(path));
}
