/* Fuzz target for plan files: what is read, written and read again is written the same; paths and bodies
 * can be made of every step. Runs in the project's folder. */
#include <stdio.h>
#include <stdlib.h>

#include "validator/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it must hold in every build, and `what` names the property. */
static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static struct contract *contract; /* loaded once, kept for all inputs */

__attribute__((destructor)) static void profile_free(void)
{
    contract_free(contract);
}

static const struct contract *profile(void)
{
    if (!contract) {
        struct arena a;
        struct findings fs;
        struct err err = {0};
        arena_init(&a, 0, 0);
        findings_init(&fs, &a);
        must(contract_open(&contract, "genesys-lifecycle", NULL, 0, &fs, &err),
             "the profile loads");
        arena_done(&a);
    }
    return contract;
}

static void walk(struct arena *a, const struct plan *p)
{
    struct map ids = {0};
    struct str id = STR("made");
    (void)map_put(&ids, STR("@new-1"), &id);
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct plan_step *s = &p->steps[i];
        must(plan_step_path(a, s, &ids).len > 0, "a step has a path");
        struct str body = plan_step_body(a, s, &ids);
        (void)plan_step_id(a, s, body);
        must((body.len > 0) == (s->body.len > 0), "a body stays a body");
    }
    map_done(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct plan plan;
    struct plan_head head;
    struct err err = {0};
    struct str text = {(const char *)data, size};
    arena_init(&a, 0, 0);
    if (plan_read(&plan, &a, profile(), STR("input"), text, &err)) {
        struct buf one, two;
        buf_init(&one, &a);
        buf_init(&two, &a);
        must(plan_head_read(&head, &a, STR("input"), text, &err), "a plan has a head");
        walk(&a, &plan);
        plan_write(&one, &plan);
        must(plan_read(&plan, &a, profile(), STR("again"), buf_str(&one), &err),
             "what is written is read");
        plan_write(&two, &plan);
        must(str_eq(buf_str(&one), buf_str(&two)), "a plan is a fixed point");
    } else {
        must(err.code != ERR_NONE, "a refusal says why");
    }
    arena_done(&a);
    return 0;
}
