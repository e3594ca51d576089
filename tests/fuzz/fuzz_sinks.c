/* Fuzz target for sink files: what is taken may be asked of anything, and what it answers to JSON is
 * JSON. */
#include <stdlib.h>

#include "mockapi/sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static void ask(struct sink *sink, struct arena *a, const struct sink_place *place,
                const char *body)
{
    for (size_t i = 0; i < place->n_routes; i++) {
        struct request *rq = ARENA_NEW(a, struct request);
        struct buf path;
        const struct json_doc *doc = NULL;
        struct err err = {0};
        buf_init(&path, a);
        buf_printf(&path, "/__sink/%.*s%.*s", STR_ARG(place->name), STR_ARG(place->routes[i].path));
        rq->arena = a;
        rq->method = place->routes[i].method.len ? place->routes[i].method : STR("POST");
        rq->path = buf_str(&path);
        rq->body_text = str_of(body);
        sink_take(sink, rq, 0);
        must(rq->reply.status >= 200 && rq->reply.status <= 599, "status");
        bool is_json = str_eq(rq->reply.content_type, STR("application/json"));
        must(!is_json || rq->reply.body.len == 0 ||
                 json_parse(&doc, a, STR("out"), buf_str(&rq->reply.body), NULL, NULL, &err),
             "answers JSON");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct sink_rules *rules = NULL;
    struct mock_sink file = {STR("sinks"), {(const char *)data, size}};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    if (sink_rules_load(&rules, &file, 1, &fs, &err)) {
        struct sink *sink = sink_new();
        struct buf all;
        const struct json_doc *doc = NULL;
        buf_init(&all, &a);
        sink_set_rules(sink, sink_rules_hold(rules));
        for (size_t i = 0; i < rules->n_places; i++) {
            ask(sink, &a, &rules->places[i], "{\"a\": {\"b\": [1, \"x\"]}}");
            ask(sink, &a, &rules->places[i], "[");
        }
        sink_put(&all, sink, STR(""));
        must(json_parse(&doc, &a, STR("all"), buf_str(&all), NULL, NULL, &err), "prints JSON");
        sink_free(sink);
        sink_rules_free(rules);
    } else {
        must(fs.errors > 0 || err.code != ERR_NONE, "refused with a reason");
    }
    arena_done(&a);
    return 0;
}
