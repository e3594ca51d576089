/* Fuzz target for the parts of an exploration that `report` puts together: any JSON is refused with a reason, or becomes
 * a report card; what is written of it is strict JSON and, read again, the same card. */
#include <stdlib.h>

#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static void report(struct arena *a, const struct exploration *x)
{
    void (*const reports[])(struct buf *, const struct exploration *) = {
        exploration_put_junit, exploration_put_markdown, exploration_put_html};
    struct exploration again;
    struct buf out, second;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    buf_init(&out, a);
    buf_init(&second, a);
    exploration_put_json(&out, x);
    must(json_parse(&doc, a, STR("out"), buf_str(&out), NULL, NULL, &err), "strict JSON");
    must(exploration_merge(&again, true, json_root(doc), &err), "its own card is taken");
    exploration_put_json(&second, &again);
    must(str_eq(buf_str(&out), buf_str(&second)), "the same card");
    exploration_done(&again);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        buf_clear(&out);
        reports[i](&out, x);
    }
    buf_clear(&out);
    exploration_put_text(&out, x, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct exploration x = {.n_cells = 0};
    struct err err = {0};
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    struct str text = {(const char *)data, size};
    if (json_parse(&doc, &a, STR("part"), text, NULL, NULL, NULL)) {
        if (exploration_merge(&x, true, json_root(doc), &err)) {
            report(&a, &x);
        } else {
            must(err.code != ERR_NONE && err.msg[0], "a reason");
        }
        exploration_done(&x);
    }
    arena_done(&a);
    return 0;
}
