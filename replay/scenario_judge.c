/* What a scenario expects, against what came of the run. */
#include "replay/scenario.h"

struct judging {
    const struct scenario *scenario;
    const struct run_result *result;
    struct arena *arena;
    struct findings fs; /* of texts that are our own: none */
    void (*fail)(void *ctx, struct str text);
    void *ctx;
};

static struct json parse(struct judging *j, struct str text)
{
    const struct json_doc *doc = NULL;
    return json_parse(&doc, j->arena, STR("run"), text, NULL, &j->fs, NULL) ? json_root(doc)
                                                                            : (struct json){0};
}

/* "line 12: expected …" */
static struct buf begin(const struct judging *j, uint32_t line)
{
    struct buf text;
    buf_init(&text, j->arena);
    buf_printf(&text, "%.*s:%u: ", STR_ARG(j->scenario->name), line);
    return text;
}

static void put_range(struct buf *out, int64_t least, int64_t most)
{
    if (least == most) {
        buf_printf(out, "%lld", (long long)least);
    } else if (most == INT64_MAX) {
        buf_printf(out, "at least %lld", (long long)least);
    } else {
        buf_printf(out, "%lld to %lld", (long long)least, (long long)most);
    }
}

static bool is_text(struct json entry, struct str name, struct str wanted)
{
    return wanted.len == 0 || str_eq(json_str_or(json_get(entry, name), STR("")), wanted);
}

static void judge_requests(struct judging *j, const struct scenario_requests *r,
                           struct json entries)
{
    int64_t n = 0;
    for (struct json e = json_first(entries); json_exists(e); e = json_next(e)) {
        struct str path = json_str_or(json_get(e, STR("path")), STR(""));
        n += is_text(e, STR("operation"), r->operation) && is_text(e, STR("method"), r->method) &&
             (r->path.len == 0 || str_glob(r->path, path)) &&
             (r->status == 0 || json_i64_or(json_get(e, STR("status")), 0) == r->status) &&
             !json_is_true(json_get(e, STR("handshake")));
    }
    if (n >= r->least && n <= r->most) {
        return;
    }
    struct buf text = begin(j, r->line);
    buf_put(&text, STR("expected "));
    put_range(&text, r->least, r->most);
    buf_put(&text, STR(" requests"));
    buf_printf(&text, "%s%.*s%s%.*s%s%.*s", r->operation.len ? " of " : "", STR_ARG(r->operation),
               r->method.len ? " " : "", STR_ARG(r->method), r->path.len ? " " : "",
               STR_ARG(r->path));
    if (r->status) {
        buf_printf(&text, " answered %lld", (long long)r->status);
    }
    buf_printf(&text, ", came %lld", (long long)n);
    j->fail(j->ctx, buf_str(&text));
}

/* Members of `wanted` are in `v` and hold at least the same; lists and plain values are equal. */
static bool holds(struct json v, struct json wanted)
{
    if (json_kind(wanted) != JSON_OBJECT) {
        return json_exists(v) && json_eq(v, wanted);
    }
    bool is_held = json_kind(v) == JSON_OBJECT;
    for (struct json m = json_first(wanted); is_held && json_exists(m); m = json_next(m)) {
        struct json own = json_get(v, json_key(m));
        is_held = json_exists(own) && holds(own, m);
    }
    return is_held;
}

static void judge_pointer(struct judging *j, const struct scenario_state *s, struct json state)
{
    struct json found = json_pointer_find(state, s->pointer);
    bool is_well = s->is_absent         ? !json_exists(found)
                   : json_exists(s->is) ? json_exists(found) && json_eq(found, s->is)
                                        : json_exists(found);
    if (is_well) {
        return;
    }
    struct buf text = begin(j, s->line);
    struct str pointer = s->pointer;
    buf_printf(
        &text, "in the final state %.*s is %.*s, expected %.*s", STR_ARG(pointer),
        STR_ARG(json_exists(found) ? str_slice(json_source(found), 0, 80) : STR("not there")),
        STR_ARG(s->is_absent         ? STR("nothing")
                : json_exists(s->is) ? str_slice(json_source(s->is), 0, 80)
                                     : STR("something")));
    j->fail(j->ctx, buf_str(&text));
}

static void judge_entities(struct judging *j, const struct scenario_state *s, struct json state)
{
    int64_t n = 0;
    struct json all = json_get(json_get(state, STR("resources")), s->resource);
    for (struct json e = json_first(all); json_exists(e); e = json_next(e)) {
        n += !json_exists(s->has) || holds(e, s->has);
    }
    if (n >= s->least && n <= s->most) {
        return;
    }
    struct buf text = begin(j, s->line);
    buf_put(&text, STR("in the final state expected "));
    put_range(&text, s->least, s->most);
    buf_printf(&text, " of %.*s", STR_ARG(s->resource));
    if (json_exists(s->has)) {
        buf_printf(&text, " with %.*s", STR_ARG(str_slice(json_source(s->has), 0, 200)));
    }
    buf_printf(&text, ", there are %lld", (long long)n);
    j->fail(j->ctx, buf_str(&text));
}

static void judge_end(struct judging *j)
{
    const struct scenario *s = j->scenario;
    const struct run_end *end = &j->result->end;
    struct buf text = begin(j, 1);
    int status = end->exit_status;
    if (s->has_exit && (status < 0 || !(s->exits[status / 64] >> (status % 64) & 1))) {
        if (status < 0) {
            buf_printf(&text, "another exit status was expected than an end by signal %d",
                       end->signal);
        } else {
            buf_printf(&text, "another exit status was expected than %d", status);
        }
        j->fail(j->ctx, buf_str(&text));
    }
    if (s->stdout_has.len && str_find(j->result->out, s->stdout_has) == j->result->out.len) {
        text = begin(j, 1);
        buf_put(&text, STR("the client did not print "));
        buf_put_quoted(&text, s->stdout_has);
        j->fail(j->ctx, buf_str(&text));
    }
}

void scenario_judge(const struct scenario *s, const struct scenario_play *p,
                    const struct run_result *result, struct arena *a,
                    void (*fail)(void *ctx, struct str text), void *ctx)
{
    struct judging j = {.scenario = s, .result = result, .arena = a, .fail = fail, .ctx = ctx};
    findings_init(&j.fs, a);
    scenario_judge_actors(p, a, fail, ctx);
    judge_end(&j);
    struct json entries = json_get(parse(&j, result->sites[0].journal), STR("entries"));
    for (size_t i = 0; i < s->n_requests; i++) {
        judge_requests(&j, &s->requests[i], entries);
    }
    struct json state = s->n_states ? parse(&j, result->sites[0].after) : (struct json){0};
    for (size_t i = 0; i < s->n_states; i++) {
        if (s->states[i].pointer.s) {
            judge_pointer(&j, &s->states[i], state);
        } else {
            judge_entities(&j, &s->states[i], state);
        }
    }
}

static bool has_operation(const struct contract *c, struct str id)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        if (str_eq(c->operations[i].id, id)) {
            return true;
        }
    }
    return id.len == 0;
}

/* The element of that list that says `text`, and in it the value. Its depth is bounded by the reader. */
static struct json saying(struct json v, struct str text)
{
    struct json found = {0};
    if (json_kind(v) == JSON_STRING && str_eq(json_str(v), text)) {
        return v;
    }
    for (struct json m = json_first(v); json_exists(m) && !json_exists(found); m = json_next(m)) {
        found = saying(m, text);
    }
    return found;
}

bool scenario_check(const struct scenario *s, const struct contract *c, struct err *err)
{
    struct json expect = json_get(s->document, STR("expect"));
    for (size_t i = 0; i < s->n_actors; i++) {
        if (!has_operation(c, s->actors[i].operation)) {
            return json_err(err,
                            saying(json_get(s->document, STR("actors")), s->actors[i].operation),
                            "an actor waits for \"%.*s\", and %.*s has no such operation; rehearse "
                            "profile show %.*s",
                            STR_ARG(s->actors[i].operation), STR_ARG(c->name), STR_ARG(c->name));
        }
    }
    for (size_t i = 0; i < s->n_requests; i++) {
        if (!has_operation(c, s->requests[i].operation)) {
            return json_err(err,
                            saying(json_get(expect, STR("requests")), s->requests[i].operation),
                            "%.*s has no operation \"%.*s\"; rehearse profile show lists them",
                            STR_ARG(c->name), STR_ARG(s->requests[i].operation));
        }
    }
    for (size_t i = 0; i < s->n_states; i++) {
        bool is_there = s->states[i].resource.len == 0;
        for (size_t k = 0; k < c->n_resources && !is_there; k++) {
            is_there = str_eq(c->resources[k].name, s->states[i].resource);
        }
        if (!is_there) {
            return json_err(err, saying(json_get(expect, STR("state")), s->states[i].resource),
                            "%.*s has no resource \"%.*s\"; rehearse profile show lists them",
                            STR_ARG(c->name), STR_ARG(s->states[i].resource));
        }
    }
    return true;
}
