/* Payloads: a body of one operation, or an array of them. Which operation, is said by the user or by the
 * shape: the one whose schema has the least against it. */
#include "validator/check_int.h"

/* Bodies that may be a file of their own: what creates. */
static bool is_candidate(const struct operation *op)
{
    return op->has_body && op->resource &&
           (op->action == ACTION_CREATE || op->action == ACTION_BATCH ||
            op->action == ACTION_REPLACE || op->action == ACTION_MERGE);
}

/* How many reasons the operation's schema has against the body; an unknown member is one, so that the
 * operation that knows them all wins. */
static size_t count_reasons(struct check *c, const struct operation *op, struct json body)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct findings found;
    struct schema_run *run = schema_run_new();
    const struct body_check check = {.contract = c->contract, .op = op, .run = run};
    findings_init(&found, c->arena);
    (void)check_shape(&check, body, &found);
    size_t n = 0;
    for (size_t i = 0; i < found.len; i++) { /* the form alone: values may be wrong in any */
        struct str rule = found.at[i].rule;
        n += str_eq(rule, STR("S101")) || str_eq(rule, STR("S102")) || str_eq(rule, STR("S103"));
    }
    schema_run_free(run);
    arena_release(c->arena, mark);
    return n;
}

static const struct operation *guess(struct check *c, struct json body)
{
    const struct operation *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < c->contract->n_operations; i++) {
        const struct operation *op = &c->contract->operations[i];
        if (!is_candidate(op)) {
            continue;
        }
        /* what creates comes before what changes; another than the profile's main resource has to
         * fit better by more than one reason */
        bool makes = op->action == ACTION_CREATE || op->action == ACTION_BATCH;
        bool is_main = op->resource == &c->contract->resources[0];
        size_t n = 4 * count_reasons(c, op, body) + (makes ? 0U : 2U) + (is_main ? 0U : 5U);
        if (n < least) {
            least = n;
            best = op;
        }
    }
    return best;
}

static struct str filler(const struct operation *op, struct check *c)
{
    const struct entity *e = NULL;
    const struct resource *of = op->resource;
    tenant_lock_read(c->tenant);
    e = of ? tenant_first(c->tenant, of) : NULL;
    struct str id = e ? str_copy(c->arena, e->id) : STR("00000000-0000-4000-8000-000000000000");
    tenant_unlock(c->tenant);
    return id;
}

static void check_body(struct check *c, const struct operation *op, struct json body)
{
    const struct resource *r = op->resource;
    bool is_many = json_kind(body) == JSON_ARRAY;
    check_about(c, r, STR(""),
                is_many || !r || !r->name_field
                    ? STR("")
                    : json_str_or(field_find(r->name_field, body), STR("")));
    struct check_memory memory = check_remember(c);
    struct buf text;
    buf_init(&text, c->arena);
    json_put(&text, body);
    c->n_entities += is_many ? json_count(body) : 1;
    const struct check_step step = {.op = op,
                                    .resource = r,
                                    .path = check_path(c->arena, op, filler(op, c), filler(op, c)),
                                    .at = body,
                                    .body = body,
                                    .body_text = buf_str(&text)};
    struct tenant_answer answer;
    bool makes = op->action == ACTION_CREATE && r;
    struct str id =
        check_ask(c, &step, &answer) && makes ? check_id_in(c, r, answer.text) : STR("");
    check_made(c, body, check_forget(c, memory, id));
}

void check_payload(struct check *c, struct json root, struct buf *said)
{
    bool is_array = json_kind(root) == JSON_ARRAY;
    const struct operation *op = c->op;
    struct json sample = root;
    if (!op) {
        const struct operation *whole = guess(c, root);
        op = whole;
        if (is_array && json_count(root) > 0) {
            const struct operation *each = guess(c, json_first(root));
            bool takes_whole =
                whole && whole->is_body_array &&
                count_reasons(c, whole, root) <= count_reasons(c, each, json_first(root));
            op = takes_whole ? whole : each;
            sample = takes_whole ? root : json_first(root);
        }
        if (op) {
            buf_printf(said, "as %.*s (%.*s %.*s)", STR_ARG(op->id), STR_ARG(op->method),
                       STR_ARG(op->path));
        }
    } else if (is_array && !op->is_body_array) {
        sample = json_first(root);
    }
    if (!op) {
        struct finding f = check_finding(c, root, "S100", SEVERITY_ERROR);
        f.message =
            findings_text(c->fs, "no operation of %.*s takes a body", STR_ARG(c->contract->name));
        findings_add(c->fs, &f);
        return;
    }
    if (!is_array || op->is_body_array || !json_exists(sample)) {
        check_body(c, op, root);
        return;
    }
    for (struct json v = json_first(root); json_exists(v); v = json_next(v)) {
        check_body(c, op, v);
    }
}
