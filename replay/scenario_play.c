/* Actors: they come before a request of the client's, in the thread that is going to answer it. */
#include "replay/scenario.h"

#include <pthread.h>

struct actor_state {
    uint64_t n_fitting;
    bool has_come;
    struct str trouble; /* what he was refused, "" nothing */
};

/* Of an entity: texts in the play's arena. */
struct actor_change {
    struct actor_change *next;
    size_t site;
    int64_t at_us;
    struct str path, before, set;
};

struct scenario_play {
    const struct scenario *scenario;
    pthread_mutex_t lock; /* guards the fields below; also held while somebody acts */
    struct arena arena;   /* of the troubles */
    uint64_t n_requests;
    struct actor_state *actors;
    struct actor_change *changes; /* the last one first */
    size_t n_changes;
};

struct scenario_play *scenario_play_new(const struct scenario *s)
{
    struct scenario_play *p = MEM_NEW(struct scenario_play);
    p->scenario = s;
    (void)pthread_mutex_init(&p->lock, NULL);
    arena_init(&p->arena, 0, 0);
    p->actors = MEM_ARRAY(s->n_actors + 1, struct actor_state);
    return p;
}

void scenario_play_free(struct scenario_play *p)
{
    if (p) {
        (void)pthread_mutex_destroy(&p->lock);
        arena_done(&p->arena);
        mem_free(p->actors);
        mem_free(p);
    }
}

/* "{path}" is the path of the request that he comes before. */
static struct str fill_in(struct arena *a, struct str path, const struct mock_arrival *arrival)
{
    static const struct str word = STR_INIT("{path}");
    struct buf out;
    size_t at = str_find(path, word);
    if (at == path.len) {
        return path;
    }
    buf_init(&out, a);
    buf_put(&out, str_slice(path, 0, at));
    buf_put(&out, arrival->path);
    buf_put(&out, str_slice(path, at + word.len, path.len));
    return buf_str(&out);
}

/* The entity as it is, with the members of `set` in the place of its own. */
static struct str merge(struct arena *a, struct str entity, struct str set, struct findings *fs)
{
    const struct json_doc *doc = NULL, *other = NULL;
    struct buf out;
    buf_init(&out, a);
    if (!json_parse(&doc, a, STR("entity"), entity, NULL, fs, NULL) ||
        !json_parse(&other, a, STR("set"), set, NULL, fs, NULL)) {
        return entity;
    }
    const char *comma = "";
    buf_put_char(&out, '{');
    for (int round = 0; round < 2; round++) {
        struct json of = json_root(round ? other : doc);
        for (struct json m = json_first(of); json_exists(m); m = json_next(m)) {
            if (round == 0 && json_exists(json_get(json_root(other), json_key(m)))) {
                continue;
            }
            buf_put(&out, str_of(comma));
            buf_put_json_string(&out, json_key(m));
            buf_put_char(&out, ':');
            buf_put(&out, json_source(m));
            comma = ",";
        }
    }
    buf_put_char(&out, '}');
    return buf_str(&out);
}

static void note(struct scenario_play *p, struct actor_state *state,
                 const struct scenario_actor *actor, const struct tenant_question *q,
                 const struct tenant_answer *answer)
{
    struct buf text;
    if (answer->status < 400 || state->trouble.len) {
        return;
    }
    buf_init(&text, &p->arena);
    buf_printf(&text, "the actor \"%.*s\" was refused: %.*s %.*s was answered %d %.*s",
               STR_ARG(actor->name), STR_ARG(q->method), STR_ARG(q->path), answer->status,
               STR_ARG(str_slice(answer->text, 0, 200)));
    state->trouble = buf_str(&text);
}

static void keep_change(struct scenario_play *p, size_t site, struct str path, struct str before,
                        struct str set)
{
    struct actor_change *c = ARENA_NEW(&p->arena, struct actor_change);
    *c = (struct actor_change){.next = p->changes,
                               .site = site,
                               .at_us = clock_monotonic_us(),
                               .path = str_copy(&p->arena, path),
                               .before = str_copy(&p->arena, before),
                               .set = str_copy(&p->arena, set)};
    p->changes = c;
    p->n_changes++;
}

void scenario_play_tell(const struct scenario_play *p, const struct run_result *result,
                        struct arena *a, struct evidence *io)
{
    struct other_change *out = ARENA_ARRAY(a, p->n_changes + 1, struct other_change);
    size_t n = 0;
    for (const struct actor_change *c = p->changes; c; c = c->next) {
        const struct json_doc *before = NULL, *set = NULL;
        if (c->site < result->n_sites &&
            json_parse(&before, a, STR("before"), str_copy(a, c->before), NULL, NULL, NULL) &&
            json_parse(&set, a, STR("set"), str_copy(a, c->set), NULL, NULL, NULL)) {
            out[n++] = (struct other_change){.site = result->sites[c->site].name,
                                             .path = str_copy(a, c->path),
                                             .at_us = c->at_us + io->shift_us,
                                             .before = json_root(before),
                                             .set = json_root(set)};
        }
    }
    io->others = out;
    io->n_others = n;
}

static void act(struct scenario_play *p, struct actor_state *state,
                const struct scenario_actor *actor, const struct scenario_step *step,
                struct mock *mock, const struct mock_arrival *arrival)
{
    struct arena a;
    struct findings fs;
    struct tenant_answer answer = {.status = 0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct tenant_question q = {
        .method = step->method, .path = fill_in(&a, step->path, arrival), .body = step->body};
    struct str before = STR("");
    bool is_on = true;
    if (step->verb == SCENARIO_REVOKE) {
        mock_revoke_tokens(mock, arrival->site);
        is_on = false;
    } else if (step->verb == SCENARIO_CHANGE) {
        const struct tenant_question read = {.method = STR("GET"), .path = q.path};
        mock_act(mock, arrival->site, &a, &read, &answer, &fs);
        note(p, state, actor, &read, &answer);
        is_on = answer.status < 400;
        q.body = merge(&a, answer.text, step->body, &fs);
        q.etag = answer.etag;
        before = answer.text;
    }
    if (is_on) {
        mock_act(mock, arrival->site, &a, &q, &answer, &fs);
        note(p, state, actor, &q, &answer);
        if (before.len && answer.status < 400) {
            keep_change(p, arrival->site, q.path, before, step->body);
        }
    }
    arena_done(&a);
}

static bool fits(const struct scenario_actor *actor, const struct mock_arrival *arrival)
{
    return actor->operation.len == 0 || (arrival->op && str_eq(arrival->op->id, actor->operation));
}

void scenario_arrives(void *ctx, struct mock *mock, const struct mock_arrival *arrival)
{
    struct scenario_play *p = ctx;
    const struct scenario *s = p->scenario;
    (void)pthread_mutex_lock(&p->lock);
    p->n_requests++;
    for (size_t i = 0; i < s->n_actors; i++) {
        const struct scenario_actor *actor = &s->actors[i];
        struct actor_state *state = &p->actors[i];
        bool is_now = actor->request ? actor->request == p->n_requests
                                     : fits(actor, arrival) && ++state->n_fitting == actor->nth;
        for (size_t k = 0; k < actor->n_steps && is_now; k++) {
            act(p, state, actor, &actor->steps[k], mock, arrival);
        }
        state->has_come = state->has_come || is_now;
    }
    (void)pthread_mutex_unlock(&p->lock);
}

void scenario_judge_actors(const struct scenario_play *p, struct arena *a,
                           void (*fail)(void *ctx, struct str text), void *ctx)
{
    for (size_t i = 0; i < p->scenario->n_actors; i++) {
        const struct actor_state *state = &p->actors[i];
        struct buf text;
        if (state->trouble.len) {
            fail(ctx, str_copy(a, state->trouble));
        } else if (!state->has_come) {
            buf_init(&text, a);
            buf_printf(&text,
                       "the actor \"%.*s\" never came: no request was the one that he waits for",
                       STR_ARG(p->scenario->actors[i].name));
            fail(ctx, buf_str(&text));
        }
    }
}
