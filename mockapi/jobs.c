/* The store of jobs: a list, newest first, under one lock. There are few, and their ids are looked
 * up by walking. */
#include "mockapi/jobs.h"

#include <pthread.h>

struct jobs {
    pthread_mutex_t lock; /* guards the list */
    struct job *newest;
};

struct jobs *jobs_new(void)
{
    struct jobs *j = MEM_NEW(struct jobs);
    pthread_mutex_init(&j->lock, NULL);
    return j;
}

void jobs_free(struct jobs *j)
{
    jobs_clear(j);
    pthread_mutex_destroy(&j->lock);
    mem_free(j);
}

void jobs_clear(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    struct job *all = j->newest;
    j->newest = NULL;
    pthread_mutex_unlock(&j->lock);
    while (all) {
        struct job *next = all->next;
        job_drop(all);
        all = next;
    }
}

struct job *job_new(const struct job_rule *rule, struct str id, struct str body, int64_t now_us)
{
    struct job *job = MEM_NEW(struct job);
    atomic_init(&job->refs, 1);
    atomic_init(&job->cancelled_us, INT64_MAX);
    arena_init(&job->arena, 0, 0);
    job->rule = rule;
    job->id = str_copy(&job->arena, id);
    job->body = str_copy(&job->arena, body);
    job->started_us = now_us;
    return job;
}

void job_keep_entities(struct job *job, const struct entity *const *at, size_t n)
{
    job->entities = ARENA_ARRAY(&job->arena, n + 1, const struct entity *);
    for (size_t i = 0; i < n; i++) {
        job->entities[job->n_entities++] = entity_hold(at[i]);
    }
}

void job_keep_groups(struct job *job, struct json groups)
{
    job->groups = ARENA_ARRAY(&job->arena, json_count(groups) + 1, struct str);
    for (struct json g = json_first(groups); json_exists(g); g = json_next(g)) {
        job->groups[job->n_groups++] = str_copy(&job->arena, json_source(g));
    }
}

void job_drop(struct job *job)
{
    if (atomic_fetch_sub_explicit(&job->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < job->n_entities; i++) {
        entity_drop(job->entities[i]);
    }
    arena_done(&job->arena);
    mem_free(job);
}

/* Takes the oldest job of that rule out of the list if there are more than it allows. */
static struct job *take_oldest(struct jobs *j, const struct job_rule *rule)
{
    size_t n = 0;
    struct job **last = NULL;
    for (struct job **at = &j->newest; *at; at = &(*at)->next) {
        if ((*at)->rule == rule) {
            n++;
            last = at;
        }
    }
    if (n <= rule->max) {
        return NULL;
    }
    struct job *oldest = *last;
    *last = oldest->next;
    return oldest;
}

void jobs_add(struct jobs *j, struct job *job)
{
    (void)atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    pthread_mutex_lock(&j->lock);
    job->next = j->newest;
    j->newest = job;
    struct job *oldest = take_oldest(j, job->rule);
    pthread_mutex_unlock(&j->lock);
    if (oldest) {
        job_drop(oldest);
    }
}

struct job *jobs_find(struct jobs *j, const struct job_rule *rule, struct str id)
{
    pthread_mutex_lock(&j->lock);
    struct job *job = j->newest;
    while (job && !(job->rule == rule && str_eq(job->id, id))) {
        job = job->next;
    }
    if (job) {
        (void)atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&j->lock);
    return job;
}

void jobs_remove(struct jobs *j, const struct job *job)
{
    struct job *found = NULL;
    pthread_mutex_lock(&j->lock);
    for (struct job **at = &j->newest; *at; at = &(*at)->next) {
        if (*at == job) {
            found = *at;
            *at = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&j->lock);
    if (found) {
        job_drop(found);
    }
}

struct job_view job_view(struct arena *a, const struct job *job, int64_t now_us)
{
    const struct job_rule *rule = job->rule;
    struct job_view v = {.job = job, .ended_us = INT64_MAX};
    int64_t cancelled_us = atomic_load(&job->cancelled_us), at_us = job->started_us;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    if (job->body.len && json_parse(&doc, a, STR(""), job->body, NULL, NULL, &err)) {
        v.body = json_root(doc);
    }
    size_t i = 0;
    for (; i + 1 < rule->n_states && now_us - at_us >= rule->states[i].lasts_us; i++) {
        at_us += rule->states[i].lasts_us;
    }
    v.state = rule->states[i].name;
    v.is_done = i + 1 == rule->n_states;
    v.ended_us = v.is_done ? at_us : INT64_MAX;
    if (cancelled_us <= now_us) {
        v.state = rule->cancelled;
        v.is_done = false;
        v.is_cancelled = true;
        v.ended_us = cancelled_us;
    } else if (v.is_done && rule->expires_us && now_us - at_us >= rule->expires_us) {
        v.state = rule->expired;
        v.is_done = false;
        v.is_expired = true;
    }
    return v;
}
