/* Conduct rules C501, C502, C601, C602, C701 to C703, C801: the contract, the hosts, how it ended. */
#include "replay/judge_int.h"

static bool is_known_parameter(const struct operation *op, struct str name)
{
    const struct paging *p = op->paging;
    for (size_t i = 0; i < op->n_parameters; i++) {
        if (str_eq(op->parameters[i].in, STR("query")) &&
            str_eq_fold(op->parameters[i].name, name)) {
            return true;
        }
    }
    return (p && (str_eq_fold(p->size_query, name) || str_eq_fold(p->at_query, name))) ||
           (op->version.place == VERSION_QUERY && str_eq_fold(op->version.name, name));
}

/* Query parameters that the operation does not have; members of the body that its schema does not have. */
static void judge_words(struct judge *j, struct verdict *v, const struct exchange *x)
{
    struct str rest = x->query, pair, name;
    bool is_well = true;
    while (rest.len && str_cut(&rest, '&', &pair)) {
        (void)str_cut(&pair, '=', &name);
        if (name.len && !is_known_parameter(x->op, name)) {
            judge_broken(j, v, x, NULL, "%.*s has no query parameter \"%.*s\"", STR_ARG(x->op->id),
                         STR_ARG(str_slice(name, 0, 60)));
            is_well = false;
        }
    }
    if (x->op->has_body && x->op->body_schema && json_exists(x->asked)) {
        struct findings fs;
        findings_init(&fs, j->a);
        struct schema_run *run = schema_run_new();
        const struct body_check check = {.contract = x->contract, .op = x->op, .run = run};
        (void)check_shape(&check, x->asked, &fs);
        for (size_t i = 0; i < fs.len; i++) {
            if (str_eq(fs.at[i].rule, STR("S102"))) {
                judge_broken(j, v, x, NULL, "%.*s", STR_ARG(fs.at[i].message));
                is_well = false;
            }
        }
        schema_run_free(run);
    }
    if (is_well) {
        judge_occasion(v);
    }
}

void judge_contract(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (x->is_handshake || !x->contract) {
            continue;
        }
        if (!x->op && !str_eq(x->method, STR("OPTIONS"))) {
            judge_broken(j, v, x, NULL, "%.*s has no operation %.*s %.*s",
                         STR_ARG(x->contract->name), STR_ARG(x->method),
                         STR_ARG(str_slice(x->path, 0, 100)));
        } else if (x->op && judge_is_first(j, x)) {
            judge_words(j, v, x);
        }
    }
}

void judge_body_valid(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_refused = exchange_in_case(x, STR("schema")) || exchange_in_case(x, STR("body")) ||
                          exchange_in_case(x, STR("unique.batch")); /* two items of it collide */
        if (!x->op || judge_is_token(x) || !x->body.len || !judge_is_first(j, x)) {
            continue;
        }
        if (is_refused && !x->fault.len) {
            judge_broken(j, v, x, NULL, "the server had to refuse the body with %d (%.*s)",
                         x->status, STR_ARG(x->case_name));
        } else {
            judge_occasion(v);
        }
    }
}

/* A handshake with a wrong certificate is no occasion by itself: somebody has to say whether a request came over it.
 * The journal notes the fault on such a request. */
void judge_tls(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (x->is_handshake) {
            judge_occasion(v);
        } else if (x->has_bad_certificate) {
            judge_broken(j, v, x, NULL,
                         "the request came over a connection whose certificate is wrong");
        }
    }
}

void judge_hosts(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n_strange_hosts; i++) {
        judge_broken(j, v, NULL, NULL, "\"%.*s\" is a host of no profile and no sink",
                     STR_ARG(j->e->strange_hosts[i]));
    }
    if (j->e->end.is_known && j->e->n) {
        judge_occasion(v);
    }
}

/* It was carried out, though the answer may be lost; or it is said to be there already, or to have been carried out
 * before. */
static bool was_done(const struct exchange *x)
{
    return (x->status >= 200 && x->status < 400) || exchange_in_case(x, STR("unique")) ||
           exchange_in_case(x, STR("idempotency"));
}

/* The last try of a call that changes something, and was not taken. */
static bool is_left_undone(const struct judge *j, const struct exchange *x)
{
    bool is_write = x->op && !exchange_is_safe(x) && x->op->action != ACTION_REVOKE;
    bool has_failed = x->is_lost ? false : x->status >= 400;
    bool is_absent = str_eq(x->method, STR("DELETE")) && (x->status == 404 || x->status == 410);
    if (!is_write || !has_failed || is_absent || was_done(x)) {
        return false;
    }
    for (const struct exchange *y = j->e->at; y < x; y++) { /* a try whose answer was lost */
        bool is_same = y->signature == x->signature && str_eq(y->site, x->site);
        if (is_same && y->is_lost && was_done(y)) {
            return false;
        }
    }
    for (const struct exchange *y = judge_next(j, x); y; y = judge_next(j, y)) {
        if (y->op == x->op && str_eq(y->path, x->path) && was_done(y)) {
            return false;
        }
    }
    return true;
}

void judge_exit(struct judge *j, struct verdict *v)
{
    const struct evidence_end *end = &j->e->end;
    if (!end->is_known) {
        return;
    }
    if (end->is_timeout) {
        judge_broken(j, v, j->e->n ? &j->e->at[j->e->n - 1] : NULL, NULL,
                     "the program had to be ended at its time limit");
        return;
    }
    for (size_t i = 0; i < j->e->n && !judge_said_failure(j); i++) {
        const struct exchange *x = &j->e->at[i];
        if (is_left_undone(j, x)) {
            judge_broken(j, v, x, NULL,
                         "refused with %d and not done in the end, but the program "
                         "ended with 0",
                         x->status);
        }
    }
    if (j->e->n) {
        judge_occasion(v);
    }
}

void judge_complete(struct judge *j, struct verdict *v)
{
    const struct evidence *e = j->e;
    if (!json_exists(e->clean_after) || !json_exists(e->after)) {
        return;
    }
    if (!e->contract) {
        return;
    }
    struct str differs = state_difference(j->a, e->contract, e->clean_after, e->after);
    bool may_fail = j->p.accepts_failure && judge_said_failure(j);
    if (differs.len && !may_fail) {
        judge_broken(j, v, NULL, NULL, "the tenant ends otherwise than without the fault: %.*s",
                     STR_ARG(str_slice(differs, 0, 300)));
    } else {
        judge_occasion(v);
    }
}

void judge_partial(struct judge *j, struct verdict *v)
{
    const struct evidence *e = j->e;
    if (!json_exists(e->clean_after) || !json_exists(e->after) || !json_exists(e->before) ||
        !e->end.is_known || !e->contract) {
        return;
    }
    struct str missing = state_difference(j->a, e->contract, e->clean_after, e->after);
    bool is_untouched = !state_difference(j->a, e->contract, e->before, e->after).len;
    if (missing.len && !is_untouched && !judge_said_failure(j)) {
        judge_broken(
            j, v, NULL, NULL,
            "a part of the work was done, a part was not, and the program ended with 0: %.*s",
            STR_ARG(str_slice(missing, 0, 300)));
    } else {
        judge_occasion(v);
    }
}

void judge_rate(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!x->op) {
            continue;
        }
        if (x->status == 429 && !x->fault.len) {
            judge_broken(j, v, x, NULL, "the profile's own rate limit refused this request");
        } else if (i + 1 == j->e->n) {
            judge_occasion(v);
        }
    }
}
