/* A profile from anywhere: it is refused with a reason, or compiled into something that can be
 * asked. The OpenAPI document that is printed of it can be read again. */
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct contract *c = NULL;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    struct str text = {(const char *)data, size};
    if (!contract_load(&c, STR("fuzz.json"), text, NULL, 0, &findings, &err)) {
        if (err.code == ERR_NONE || err.msg[0] == '\0') {
            __builtin_trap(); /* refused without a word */
        }
    } else {
        struct buf out = {0};
        const struct json_doc *doc = NULL;
        for (size_t i = 0; i < c->n_operations; i++) {
            struct route r = contract_route(c, c->operations[i].method, c->operations[i].path);
            (void)r;
        }
        contract_openapi(&out, c);
        if (!json_parse(&doc, &arena, STR("openapi"), buf_str(&out), NULL, NULL, &err)) {
            __builtin_trap();
        }
        buf_done(&out);
        contract_free(c);
    }
    arena_done(&arena);
    return 0;
}
