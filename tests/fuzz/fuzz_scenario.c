/* A scenario from anywhere: it is refused with a reason and a place, or becomes one whose numbers are in
 * their bounds. */
#include "replay/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct scenario *s)
{
    bool is_well = s->n_profiles <= SCENARIO_LIST_MAX && s->n_env <= SCENARIO_LIST_MAX &&
                   s->timeout_ms >= 0 && !s->env[s->n_env];
    for (size_t i = 0; i < s->n_actors; i++) {
        is_well = is_well && s->actors[i].n_steps > 0;
    }
    for (size_t i = 0; i < s->n_requests; i++) {
        is_well = is_well && s->requests[i].least >= 0 && s->requests[i].line > 0;
    }
    for (size_t i = 0; i < s->n_states; i++) {
        is_well = is_well && (s->states[i].pointer.s != NULL) != (s->states[i].resource.len > 0);
    }
    for (size_t i = 0; i < s->params.n_off; i++) {
        is_well = is_well && conduct_rule_find(s->params.off[i]) && s->params.off_reasons[i].len;
    }
    if (!is_well) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct scenario s;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    if (scenario_read(&s, &a, STR("fuzz"), (struct str){(const char *)data, size}, &fs, &err)) {
        look(&s);
        if (fs.errors) {
            __builtin_trap();
        }
    } else if (err.code == ERR_NONE) {
        __builtin_trap();
    }
    arena_done(&a);
    return 0;
}
