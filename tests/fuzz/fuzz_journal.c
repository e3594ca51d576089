/* Fuzz target for the journal of apply: bytes behind a head line. Refused or taken; what is taken counts
 * as far as whole lines go, and its steps are those of the document. And HTTP dates, which come from
 * servers: what is read is written again the same way. */
#include <stdlib.h>

#include "replay/apply_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 4 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static void read_journal(struct arena *a, struct str text)
{
    const struct apply_options o = {.journal = "j"};
    struct step steps[STEPS] = {
        {.number = 0, .as = STR_INIT("@a")}, {.number = 1}, {.number = 2}, {.number = 3}};
    struct apply ap = {.a = a, .steps = steps, .n_steps = STEPS, .options = &o};
    struct err err = {0};
    struct buf whole;
    bool is_complete = false;
    size_t len = 0;
    buf_init(&whole, a);
    buf_put(&whole, STR("head\n"));
    buf_put(&whole, text);
    if (apply_journal_take(&ap, buf_str(&whole), STR("head"), &is_complete, &len, &err)) {
        must(len <= whole.len && (len == 0 || whole.s[len - 1] == '\n'), "whole lines");
    } else {
        must(err.code == ERR_INPUT && err.msg[0], "a reason");
    }
    for (size_t i = 0; i < STEPS; i++) {
        must(!steps[i].was_done || steps[i].state == STATE_DONE, "a state");
        map_done(&steps[i].known);
    }
    map_done(&ap.ids);
}

static void read_date(struct arena *a, struct str text)
{
    int64_t at_us = 0, again_us = 0;
    struct buf out;
    buf_init(&out, a);
    if (date_parse_http(&at_us, text)) {
        date_put_http(&out, at_us);
        must(date_parse_http(&again_us, buf_str(&out)) && again_us == at_us, "the same date");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct str text = {(const char *)data, size};
    arena_init(&a, 0, 0);
    read_journal(&a, text);
    read_date(&a, text);
    arena_done(&a);
    return 0;
}
