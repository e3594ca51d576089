/* The rules in force, in the order of their adding. A rule that has been dealt as often as it may,
 * or whose time is over, stays in the list, so that its hits can be read, but is never dealt again.
 * The token endpoint is met only by rules that name it by operation or path: a client could not
 * even begin. */
#include "mockapi/fault_int.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RULES_MAX = 1000 };

struct faults {
    atomic_size_t n;        /* of rules: read without the lock */
    atomic_bool has_states; /* there was a rule that looks at the tenant */
    pthread_mutex_t lock;   /* guards the fields below */
    struct vec rules;       /* struct fault_rule */
    uint64_t last_id;
    struct rng rng;
    struct tenant *old; /* for stale reads: as it was at old_us; NULL: none */
    int64_t old_us;
};

struct faults *faults_new(uint64_t seed)
{
    struct faults *f = MEM_NEW(struct faults);
    (void)pthread_mutex_init(&f->lock, NULL);
    atomic_init(&f->n, 0);
    rng_init(&f->rng, seed);
    return f;
}

static void drop_all(struct vec *rules)
{
    while (rules->len) {
        fault_rule_free(vec_pop(rules));
    }
    vec_done(rules);
}

void faults_free(struct faults *f)
{
    if (f) {
        drop_all(&f->rules);
        tenant_free(f->old);
        (void)pthread_mutex_destroy(&f->lock);
        mem_free(f);
    }
}

void faults_clear(struct faults *f)
{
    (void)pthread_mutex_lock(&f->lock);
    drop_all(&f->rules);
    atomic_store(&f->n, 0);
    (void)pthread_mutex_unlock(&f->lock);
}

/* Under the lock. */
static void note_states(struct faults *f)
{
    bool has_states = false;
    for (size_t i = 0; i < f->rules.len && !has_states; i++) {
        const struct fault_rule *r = f->rules.at[i];
        has_states = r->when.state.resource != NULL;
    }
    atomic_store(&f->has_states, has_states);
}

void faults_take(struct faults *f, struct faults *from)
{
    (void)pthread_mutex_lock(&f->lock);
    struct vec old = f->rules;
    f->rules = from->rules;
    from->rules = (struct vec){0};
    for (size_t i = 0; i < f->rules.len; i++) {
        struct fault_rule *r = f->rules.at[i];
        r->then.id = ++f->last_id;
    }
    note_states(f);
    atomic_store(&f->n, f->rules.len);
    (void)pthread_mutex_unlock(&f->lock);
    drop_all(&old);
}

/* Takes all rules of `more`, or none. Gives the number of the last. */
static bool append(struct faults *f, struct vec *more, int64_t now_us, uint64_t *out_id,
                   struct err *err)
{
    (void)pthread_mutex_lock(&f->lock);
    bool has_room = f->rules.len + more->len <= RULES_MAX;
    for (size_t i = 0; has_room && i < more->len; i++) {
        struct fault_rule *r = more->at[i];
        r->added_us = now_us;
        r->then.id = ++f->last_id;
        vec_push(&f->rules, r);
    }
    if (has_room) {
        *out_id = f->last_id;
        note_states(f);
        atomic_store(&f->n, f->rules.len);
    }
    (void)pthread_mutex_unlock(&f->lock);
    if (has_room) {
        vec_done(more);
        return true;
    }
    drop_all(more);
    return err_set(err, ERR_LIMIT, "more than %d fault rules: remove some first", RULES_MAX);
}

bool faults_add(struct faults *f, uint64_t *out_id, const struct contract *contract,
                struct json rule, int64_t now_us, struct findings *fs, struct err *err)
{
    struct vec one = {0};
    struct fault_rule *r = fault_rule_parse(contract, rule, fs);
    if (!r) {
        return err_set(err, ERR_INPUT, "the fault rule is wrong");
    }
    vec_push(&one, r);
    return append(f, &one, now_us, out_id, err);
}

bool faults_load(struct faults *f, const struct contract *contract, struct json file,
                 int64_t now_us, struct findings *fs, struct err *err)
{
    struct vec rules = {0};
    struct json list;
    uint64_t last;
    size_t errors = fs->errors;
    if (!json_want_array(file, STR("faults"), &list, fs)) {
        return err_set(err, ERR_INPUT, "a fault file is {\"faults\": [rule, …]}");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct fault_rule *r = fault_rule_parse(contract, v, fs);
        if (r) {
            vec_push(&rules, r);
        }
    }
    if (fs->errors > errors) {
        drop_all(&rules);
        return err_set(err, ERR_INPUT, "a fault rule is wrong: none was added");
    }
    return append(f, &rules, now_us, &last, err);
}

bool faults_remove(struct faults *f, uint64_t id)
{
    bool is_there = false;
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len && !is_there; i++) {
        const struct fault_rule *r = f->rules.at[i];
        if (r->then.id == id) {
            fault_rule_free(vec_remove(&f->rules, i));
            is_there = true;
        }
    }
    atomic_store(&f->n, f->rules.len);
    (void)pthread_mutex_unlock(&f->lock);
    return is_there;
}

void faults_put(struct buf *out, struct faults *f)
{
    buf_put(out, STR("{\"faults\":["));
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len; i++) {
        if (i) {
            buf_put_char(out, ',');
        }
        fault_rule_put(out, f->rules.at[i]);
    }
    buf_put(out, STR("],\"neverMet\":["));
    for (size_t i = 0, n = 0; i < f->rules.len; i++) {
        const struct fault_rule *r = f->rules.at[i];
        if (r->hits == 0) {
            buf_put(out, n++ ? STR(",") : STR(""));
            buf_put_u64(out, r->then.id);
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    buf_put(out, STR("]}"));
}

size_t faults_count_unmet(struct faults *f)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len; i++) {
        const struct fault_rule *r = f->rules.at[i];
        n += r->hits == 0;
    }
    (void)pthread_mutex_unlock(&f->lock);
    return n;
}

void faults_put_unmet(struct buf *out, struct faults *f)
{
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len; i++) {
        const struct fault_rule *r = f->rules.at[i];
        if (r->hits == 0) {
            buf_printf(out, "fault rule %llu", (unsigned long long)r->then.id);
            buf_put(out, r->then.name.len ? STR(" ") : STR(""));
            if (r->then.name.len) {
                buf_put_quoted(out, r->then.name);
            }
            buf_printf(out, " was never met: %llu requests fitted it\n",
                       (unsigned long long)r->matches);
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
}

/* A label's value: a name of the user's may hold anything. */
static void put_label(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.s[i] == '\n') {
            buf_put(out, STR("\\n"));
        } else {
            buf_put(out, s.s[i] == '"' || s.s[i] == '\\' ? STR("\\") : STR(""));
            buf_put_char(out, s.s[i]);
        }
    }
}

void faults_put_metrics(struct buf *out, struct faults *f, struct str site, bool is_matches)
{
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len; i++) {
        const struct fault_rule *r = f->rules.at[i];
        buf_printf(out, "rehearse_fault_%s_total{site=\"%.*s\",rule=\"%llu\",name=\"",
                   is_matches ? "matches" : "hits", STR_ARG(site), (unsigned long long)r->then.id);
        put_label(out, r->then.name);
        buf_printf(out, "\"} %llu\n", (unsigned long long)(is_matches ? r->matches : r->hits));
    }
    (void)pthread_mutex_unlock(&f->lock);
}

static bool is_over(const struct fault_rule *r, int64_t now_us)
{
    int64_t age_us = now_us - r->added_us;
    return (r->times && r->hits >= (uint64_t)r->times) || (r->ttl_us && age_us >= r->ttl_us) ||
           age_us < r->when.after_us || (r->when.until_us && age_us >= r->when.until_us);
}

/* Does the request ask for a page that is not the first? */
static bool is_beyond_first(const struct request *rq)
{
    const struct paging *p = rq->op->paging;
    struct str at = p && p->at_query.len ? query_get(&rq->query, p->at_query) : (struct str){0};
    int64_t number = 0;
    return at.len &&
           (p->style == PAGING_CURSOR ||
            (num_parse_i64(&number, at, INT64_MIN, INT64_MAX) && number > p->first_number));
}

static uint64_t token_hash(const struct request *rq)
{
    return str_hash(rq->bearer.value) | 1;
}

static bool is_its_token(const struct fault_rule *r, const struct request *rq)
{
    return !r->when.is_one_token ||
           (rq->bearer.value.len && (r->token_hash == 0 || r->token_hash == token_hash(rq)));
}

static bool fits(const struct fault_rule *r, const struct request *rq)
{
    const struct fault_when *w = &r->when;
    const struct tenant_client *client = rq->bearer.client;
    bool is_named =
        w->operation.len || w->path.len || (r->preset && fault_preset_is_for_tokens(r->preset));
    return r->then.tls == FAULT_TLS_NONE && (rq->op->action != ACTION_TOKEN || is_named) &&
           (w->operation.len == 0 || str_eq(w->operation, rq->op->id)) &&
           (w->method.len == 0 || str_eq_fold(w->method, rq->method)) &&
           (w->path.len == 0 || str_glob(w->path, rq->path)) &&
           (w->client.len == 0 || (client && str_eq(w->client, client->id))) &&
           (!r->preset || fault_preset_fits(r->preset, rq->op)) &&
           (!w->is_beyond_first || is_beyond_first(rq)) && is_its_token(r, rq) &&
           (!w->state.resource || fault_state_holds(&w->state, rq));
}

/* Counts the match; true if this one is dealt. */
static bool is_its_turn(struct faults *f, struct fault_rule *r)
{
    const struct fault_when *w = &r->when;
    uint64_t match = ++r->matches;
    return (w->nth == 0 || match == (uint64_t)w->nth) &&
           (w->every == 0 || match % (uint64_t)w->every == 0) &&
           (w->probability >= 1.0 || rng_unit(&f->rng) < w->probability);
}

/* The plan in the request's own memory: the rule may be removed meanwhile. */
static struct fault_plan *copy_plan(const struct fault_rule *r, struct request *rq)
{
    struct fault_plan *plan = ARENA_NEW(rq->arena, struct fault_plan);
    struct buf wait;
    buf_init(&wait, rq->arena);
    *plan = r->then;
    plan->name = str_copy(rq->arena, plan->name);
    plan->case_name = str_copy(rq->arena, plan->case_name);
    plan->code = str_copy(rq->arena, plan->code);
    plan->message = str_copy(rq->arena, plan->message);
    plan->content_type = str_copy(rq->arena, plan->content_type);
    int64_t usual_s = rq->contract->retry_after_default_s;
    switch (r->retry_after) {
    case RETRY_AFTER_OWN:
        plan->retry_after = (struct str){0};
        break;
    case RETRY_AFTER_TEXT:
        plan->retry_after = str_copy(rq->arena, plan->retry_after);
        break;
    case RETRY_AFTER_DATE:
        date_put_http(&wait, rq->now_us + (usual_s > 0 ? usual_s : 1) * US_PER_S);
        plan->retry_after = buf_str(&wait);
        break;
    case RETRY_AFTER_USUAL:
        buf_put_i64(&wait, usual_s > 0 ? usual_s : 1);
        plan->retry_after = buf_str(&wait);
        break;
    }
    return plan;
}

const struct fault_plan *faults_deal(struct faults *f, struct request *rq)
{
    struct fault_plan *plan = NULL;
    const struct fault_preset *preset = NULL;
    if (atomic_load_explicit(&f->n, memory_order_relaxed) == 0 || !rq->op) {
        return NULL;
    }
    bool has_states = rq->tenant && atomic_load_explicit(&f->has_states, memory_order_relaxed);
    if (has_states) {
        tenant_lock_read(rq->tenant); /* before ours: ARCHITECTURE.md */
    }
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len && !plan; i++) {
        struct fault_rule *r = f->rules.at[i];
        if (r->when.state.resource && !has_states) {
            continue; /* it came while this request looked */
        }
        if (!is_over(r, rq->now_us) && fits(r, rq) && is_its_turn(f, r)) {
            r->hits++;
            r->token_hash = r->when.is_one_token ? token_hash(rq) : 0;
            preset = r->preset;
            plan = copy_plan(r, rq);
            plan->latency_ms = fault_latency_draw(r, &f->rng);
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    if (has_states) {
        tenant_unlock(rq->tenant);
    }
    if (preset) {
        fault_preset_refine(plan, preset, rq);
    }
    return plan;
}

const struct fault_plan *faults_deal_tls(struct faults *f, struct arena *a, int64_t now_us)
{
    struct fault_plan *plan = NULL;
    if (atomic_load_explicit(&f->n, memory_order_relaxed) == 0) {
        return NULL;
    }
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->rules.len && !plan; i++) {
        struct fault_rule *r = f->rules.at[i];
        if (r->then.tls != FAULT_TLS_NONE && !is_over(r, now_us) && is_its_turn(f, r)) {
            r->hits++;
            plan = ARENA_NEW(a, struct fault_plan);
            *plan = (struct fault_plan){
                .id = r->then.id, .name = str_copy(a, r->then.name), .tls = r->then.tls};
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    return plan;
}

/* "NAME;retryAfter=3" as the JSON that it is short for. */
static void put_short(struct buf *out, struct str header)
{
    struct str rest = header, part;
    (void)str_cut(&rest, ';', &part);
    buf_put(out, STR("{\"preset\":"));
    buf_put_json_string(out, str_trim(part));
    while (rest.len && str_cut(&rest, ';', &part)) {
        size_t equals = str_find_char(part, '=');
        struct str value = str_trim(str_slice(part, equals + 1, part.len));
        int64_t number;
        buf_put_char(out, ',');
        buf_put_json_string(out, str_trim(str_slice(part, 0, equals)));
        buf_put_char(out, ':');
        if (num_parse_i64(&number, value, INT64_MIN, INT64_MAX)) {
            buf_put_i64(out, number);
        } else {
            buf_put_json_string(out, value);
        }
    }
    buf_put_char(out, '}');
}

/* False, with a finding, for what this request could never meet: a preset of other operations, a
 * certificate when the handshake is over. */
static bool is_for(const struct fault_rule *r, struct request *rq, struct json at)
{
    const char *why = r->then.tls != FAULT_TLS_NONE ? "it is about a TLS handshake"
                      : r->preset && !fault_preset_fits(r->preset, rq->op)
                          ? "the preset does not apply to this operation"
                          : NULL;
    if (!why) {
        return true;
    }
    struct finding f = json_finding(&rq->findings, at, STR("F102"), SEVERITY_ERROR);
    f.message = str_of(why);
    (void)findings_add(&rq->findings, &f);
    return false;
}

const struct fault_plan *fault_of_header(struct faults *f, struct request *rq, struct str header)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct buf text;
    buf_init(&text, rq->arena);
    if (header.len && header.s[0] == '{') {
        buf_put(&text, header);
    } else {
        put_short(&text, header);
    }
    if (!json_parse(&doc, rq->arena, STR("X-Rehearse-Fault"), buf_str(&text), NULL, &rq->findings,
                    &err)) {
        return NULL;
    }
    struct fault_rule *r = fault_rule_parse(rq->contract, json_root(doc), &rq->findings);
    if (!r || !is_for(r, rq, json_root(doc))) {
        fault_rule_free(r);
        return NULL;
    }
    struct fault_plan *plan = copy_plan(r, rq);
    (void)pthread_mutex_lock(&f->lock);
    plan->latency_ms = fault_latency_draw(r, &f->rng);
    (void)pthread_mutex_unlock(&f->lock);
    if (r->preset) {
        fault_preset_refine(plan, r->preset, rq);
    }
    fault_rule_free(r);
    return plan;
}

/* A stale read goes to a clone of the tenant, which is made anew once it is older than the plan allows: what
 * was written since is not seen. */
void fault_begin(struct faults *f, struct request *rq)
{
    const struct fault_plan *plan = rq->fault;
    bool is_read = rq->op && (rq->op->action == ACTION_READ || rq->op->action == ACTION_LIST ||
                              rq->op->action == ACTION_QUERY);
    if (!plan || plan->stale_ms == 0 || !is_read) {
        return;
    }
    (void)pthread_mutex_lock(&f->lock);
    if (!f->old || rq->now_us - f->old_us >= plan->stale_ms * US_PER_MS) {
        tenant_free(f->old);
        f->old = tenant_clone(rq->tenant);
        f->old_us = rq->now_us;
    }
    rq->live_tenant = rq->tenant;
    rq->tenant = tenant_clone(f->old);
    (void)pthread_mutex_unlock(&f->lock);
}

void fault_end(struct request *rq)
{
    if (rq->live_tenant) {
        rq->entity = rq->target = rq->parent = NULL;
        tenant_free(rq->tenant);
        rq->tenant = rq->live_tenant;
        rq->live_tenant = NULL;
    }
}
