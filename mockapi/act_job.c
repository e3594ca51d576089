/* Asynchronous queries: started, asked after, read page by page, cancelled. The search is carried
 * out at the start, so that what comes later does not change what is found; the states that follow
 * are those of the clock. */
#include "mockapi/act.h"
#include "mockapi/site.h"

/* A uuid that is a function of the request's own. */
static struct str new_id(struct request *rq)
{
    uint64_t state = str_hash(str_of(rq->id)) ^ rq->number;
    uint64_t high = splitmix64(&state), low = splitmix64(&state);
    char uuid[37];
    uuid_text(uuid, high, low);
    return str_copy(rq->arena, str_of(uuid));
}

/* What the body asks for, kept; NULL: replied. */
static struct job *search(struct request *rq, const struct job_rule *rule)
{
    const struct search_plan *plan = search_read(rq->arena, rule->search, rq->body, &rq->findings);
    struct buf text;
    if (!plan) {
        reply_finding(rq, act_first_error(&rq->findings));
        return NULL;
    }
    struct str body = json_exists(rq->body) ? json_source(rq->body) : STR("");
    struct job *job = job_new(rule, new_id(rq), body, rq->now_us);
    buf_init(&text, rq->arena);
    tenant_lock_read(rq->tenant);
    bool is_found = true;
    if (rule->search->has_groups) {
        is_found = search_groups(&text, plan, rq->tenant, rq->now_us, &rq->findings);
    } else {
        const struct entity *const *all = NULL;
        size_t n = search_entities(&all, rq->arena, plan, rq->tenant, rq->now_us);
        job_keep_entities(job, all, n);
    }
    tenant_unlock(rq->tenant);
    if (!is_found) {
        job_drop(job);
        reply_finding(rq, act_first_error(&rq->findings));
        return NULL;
    }
    if (text.len) {
        job_keep_groups(job, json_get(act_parse(rq, buf_str(&text)), STR("groups")));
    }
    return job;
}

static struct job_view *look_at(struct request *rq, const struct job *job)
{
    struct job_view *view = ARENA_NEW(rq->arena, struct job_view);
    *view = job_view(rq->arena, job, rq->now_us);
    return view;
}

static void show(struct request *rq, const struct job *job)
{
    rq->job = look_at(rq, job);
    tenant_lock_read(rq->tenant); /* its template may look at entities */
    reply_success(rq, STR("{}"));
    tenant_unlock(rq->tenant);
    rq->job = NULL;
}

static bool start(struct request *rq, const struct job_rule *rule)
{
    struct job *job = act_check_shape(rq) ? search(rq, rule) : NULL;
    if (job) {
        jobs_add(rq->site->jobs, job);
        show(rq, job);
        job_drop(job);
    }
    return false;
}

/* A cursor is the place of the next item and a seal, so that none is made up. */
static void put_cursor(struct buf *out, const struct job *job, size_t at)
{
    buf_printf(out, "%zu", at);
    uint64_t seal = str_hash_seeded(buf_str(out), str_hash(job->id));
    buf_printf(out, "-%016llx", (unsigned long long)seal);
}

static bool read_cursor(size_t *out, struct request *rq, const struct job *job, struct str text)
{
    uint64_t at = 0;
    struct buf ours;
    buf_init(&ours, rq->arena);
    if (!num_parse_u64(&at, str_slice(text, 0, str_find_char(text, '-')), 0, UINT32_MAX)) {
        return false;
    }
    put_cursor(&ours, job, (size_t)at);
    *out = (size_t)at;
    return str_eq(buf_str(&ours), text);
}

/* {"entities" or "groups": […], "total": n}: those from `at` on, at most `size`. */
static struct json page_of(struct request *rq, const struct job *job, size_t at, size_t size)
{
    const struct search_plan *shows = search_shows(rq->arena, job->rule->search);
    bool has_groups = job->rule->search->has_groups;
    size_t n = has_groups ? job->n_groups : job->n_entities;
    struct buf text;
    buf_init(&text, rq->arena);
    buf_put(&text, has_groups ? STR("{\"groups\":[") : STR("{\"entities\":["));
    for (size_t i = at; i < n && i - at < size; i++) {
        buf_put(&text, i > at ? STR(",") : STR(""));
        if (has_groups) {
            buf_put(&text, job->groups[i]);
        } else {
            search_put_entity(&text, shows, job->entities[i]);
        }
    }
    buf_printf(&text, "],\"total\":%zu}", n);
    return act_parse(rq, buf_str(&text));
}

static bool results(struct request *rq, const struct job *job)
{
    static const struct paging whole = {.style = PAGING_NONE};
    const struct paging *p = rq->op->paging ? rq->op->paging : &whole;
    const struct job_view *view = look_at(rq, job);
    struct str cursor = p->at_query.len ? query_get(&rq->query, p->at_query) : (struct str){0};
    size_t at = 0, n = job->rule->search->has_groups ? job->n_groups : job->n_entities;
    rq->job = view;
    rq->page_size = (int64_t)n;
    if (!view->is_done) {
        reply_case(rq, view->is_cancelled ? STR("job.cancelled")
                       : view->is_expired ? STR("job.expired")
                                          : STR("job.pending"));
    } else if (p->style != PAGING_NONE && !act_page_size(rq, p)) {
        /* replied */
    } else if (cursor.len && !read_cursor(&at, rq, job, cursor)) {
        reply_case(rq, STR("query.cursor"));
    } else {
        size_t size = (size_t)rq->page_size;
        struct buf next;
        buf_init(&next, rq->arena);
        rq->page.total = n;
        rq->page.has_more = at < n && size < n - at;
        if (rq->page.has_more) {
            put_cursor(&next, job, at + size);
            rq->page.next_cursor = buf_str(&next);
        }
        rq->result = page_of(rq, job, at, size);
        tenant_lock_read(rq->tenant);
        reply_success(rq, STR(""));
        tenant_unlock(rq->tenant);
    }
    rq->job = NULL;
    return false;
}

/* One that goes on is cancelled; one that has ended is forgotten. */
static bool cancel(struct request *rq, struct job *job)
{
    struct job_view view = job_view(rq->arena, job, rq->now_us);
    if (view.ended_us == INT64_MAX) {
        atomic_store(&job->cancelled_us, rq->now_us);
    } else {
        jobs_remove(rq->site->jobs, job);
    }
    show(rq, job);
    return false;
}

bool act_job(struct request *rq)
{
    const struct job_rule *rule = rq->op->job;
    if (rq->op->stage == JOB_START) {
        return start(rq, rule);
    }
    struct str id = request_path_value(rq, rq->op->key_param);
    struct job *job = jobs_find(rq->site->jobs, rule, id);
    if (!job) {
        return reply_case(rq, rq->op->gone_case.len ? rq->op->gone_case : STR("not_found"));
    }
    if (rq->op->stage == JOB_STATUS) {
        show(rq, job);
    } else if (rq->op->stage == JOB_RESULTS) {
        results(rq, job);
    } else {
        cancel(rq, job);
    }
    job_drop(job);
    return false;
}
