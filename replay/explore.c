/* Exploring: the clean runs, the cells, the runs. */
#include "replay/explore_int.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { JOBS_MAX = 64, JOBS_A_PROCESSOR = 4, CELLS_MAX = 100000 };

struct work {
    const struct explore_spec *spec;
    struct exploration *x;
    const struct run_result *clean;
    pthread_mutex_t lock; /* of all below, and the exploration's arena */
    size_t next, n_wanted, n_done;
    int64_t begun_us;
    bool is_over;
};

/* --- one run --- */

/* The document of a cell's fault; false: it is a bug of ours. */
static bool fault_of(struct json *out, struct arena *a, const struct explore_cell *cell,
                     struct err *err)
{
    const struct explore_fault *f = explore_fault_find(cell->fault);
    const struct json_doc *doc = NULL;
    struct buf text;
    buf_init(&text, a);
    buf_printf(&text, "{\"faults\":[{\"preset\":\"%.*s\"%s", STR_ARG(cell->fault),
               f ? f->further : "");
    if (cell->operation.len) {
        buf_printf(&text, ",\"when\":{\"operation\":\"%.*s\"", STR_ARG(cell->operation));
        if (cell->nth) {
            buf_printf(&text, ",\"nth\":%llu},\"times\":1", (unsigned long long)cell->nth);
        } else {
            buf_put_char(&text, '}');
        }
    }
    buf_put(&text, STR("}]}"));
    if (!json_parse(&doc, a, STR("fault"), buf_str(&text), NULL, NULL, err)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

static struct run_spec spec_of(const struct explore_spec *s)
{
    return (struct run_spec){.ground = s->ground,
                             .argv = s->argv,
                             .env = s->env,
                             .seed = s->seed,
                             .timeout_ms = s->timeout_ms,
                             .in = -1,
                             .stop = s->stop};
}

/* Was the fault dealt to a request, or to a handshake? */
static bool was_met(const struct evidence *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->at[i].fault.len || e->at[i].is_handshake) {
            return true;
        }
    }
    return false;
}

static void keep_verdicts(struct work *w, struct explore_cell *cell, const struct judgement *j)
{
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j->verdicts[i];
        cell->judged[i] = v->judged;
        cell->texts[i] =
            v->judged == JUDGED_BROKEN ? str_copy(&w->x->arena, v->breaches[0].text) : STR("");
        w->x->n_broken += v->judged == JUDGED_BROKEN && w->x->clean[i] != JUDGED_BROKEN;
    }
}

static void run_cell(struct work *w, struct explore_cell *cell)
{
    struct arena a;
    struct findings fs;
    struct err err = {.code = ERR_NONE};
    struct json fault = {0};
    struct run_result result;
    struct evidence e;
    struct judgement j;
    const struct explore_fault *f = explore_fault_find(cell->fault);
    arena_init(&a, 1 << 16, 0);
    findings_init(&fs, &a);
    struct run_spec spec = spec_of(w->spec);
    bool has_run = fault_of(&fault, &a, cell, &err);
    spec.faults = &fault;
    spec.n_faults = 1;
    has_run = has_run && run_once(&spec, &result, &fs, &err);
    bool is_transient = f && f->is_transient;
    bool is_judged =
        has_run && run_evidence(&e, &a, &result, is_transient ? w->clean : NULL, &fs, &err);
    if (is_judged) {
        struct judge_params params = w->spec->params;
        params.accepts_failure = f && f->is_ambiguous;
        judge_run(&j, &a, &e, &params);
    }
    (void)pthread_mutex_lock(&w->lock);
    cell->is_done = true;
    if (is_judged) {
        cell->was_met = was_met(&e);
        cell->n_requests = e.n;
        cell->exit_status = result.end.exit_status;
        cell->signal = result.end.signal;
        cell->is_timeout = result.end.is_timeout;
        w->x->n_met += cell->was_met;
        if (cell->was_met) {
            keep_verdicts(w, cell, &j);
        }
    } else {
        cell->failed = str_copy(&w->x->arena, str_of(err.msg));
    }
    w->x->n_done++;
    w->n_done++;
    if (w->spec->progress) {
        w->spec->progress(w->spec->ctx, w->n_done, w->n_wanted);
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (has_run) {
        run_result_done(&result);
    }
    arena_done(&a);
}

static bool is_ours(const struct explore_spec *s, const struct explore_cell *cell)
{
    return s->n_shards == 0 || cell->index % s->n_shards == s->shard;
}

static bool is_stopped(const struct work *w)
{
    struct pollfd stop = {.fd = w->spec->stop, .events = POLLIN};
    bool is_late = w->spec->budget_ms > 0 &&
                   clock_monotonic_us() - w->begun_us > w->spec->budget_ms * US_PER_MS;
    return is_late || (w->spec->stop >= 0 && poll(&stop, 1, 0) > 0);
}

static void *run_cells(void *ctx)
{
    struct work *w = ctx;
    for (;;) {
        (void)pthread_mutex_lock(&w->lock);
        while (w->next < w->x->n_cells && !is_ours(w->spec, &w->x->cells[w->next])) {
            w->next++;
        }
        struct explore_cell *cell =
            w->next < w->x->n_cells && !is_stopped(w) ? &w->x->cells[w->next++] : NULL;
        (void)pthread_mutex_unlock(&w->lock);
        if (!cell) {
            return NULL;
        }
        run_cell(w, cell);
    }
}

/* --- cells --- */

static bool is_wanted(const struct explore_spec *s, struct str fault)
{
    for (size_t i = 0; i < s->n_only; i++) {
        if (str_eq(s->only[i], fault)) {
            return true;
        }
    }
    return s->n_only == 0;
}

static void add_cell(struct exploration *x, struct str fault, struct str operation, uint64_t nth)
{
    if (x->n_cells < CELLS_MAX) {
        x->cells[x->n_cells] = (struct explore_cell){
            .index = x->n_cells, .fault = fault, .operation = operation, .nth = nth};
        x->n_cells++;
    }
}

/* Is the listing walked beyond its first page? Else what happens there meets nothing. */
static bool is_walked(const struct evidence *clean, const struct operation *op)
{
    for (size_t i = 0; i < clean->n; i++) {
        const struct exchange *x = &clean->at[i];
        for (size_t k = 0; k < i && x->op == op && op->paging; k++) {
            const struct exchange *y = &clean->at[k];
            if (y->op == op && str_eq(x->path, y->path) && !str_eq(x->query, y->query)) {
                return true;
            }
        }
    }
    return false;
}

/* Faults that have a condition of their own for where in a walk they are dealt take the operation alone. */
static bool has_own_place(struct str fault)
{
    return str_eq(fault, STR("token-dies-midwalk")) || str_eq(fault, STR("page-shift"));
}

static void make_cells(struct exploration *x, const struct explore_spec *s,
                       const struct evidence *clean)
{
    size_t n_faults = 0;
    while (explore_fault_at(n_faults)) {
        n_faults++;
    }
    x->cells = ARENA_ARRAY(&x->arena, (clean->n + 1) * n_faults + 1, struct explore_cell);
    bool has_tls = run_ground_seal(s->ground) != RUN_SEAL_BASE_URL;
    for (size_t k = 0; k < n_faults; k++) {
        const struct explore_fault *f = explore_fault_at(k);
        if (has_tls && explore_fault_meets(f, NULL) && is_wanted(s, f->name)) {
            add_cell(x, f->name, STR(""), 0);
        }
    }
    for (size_t i = 0; i < clean->n; i++) {
        const struct exchange *e = &clean->at[i];
        uint64_t nth = 1;
        for (size_t k = 0; k < i; k++) {
            nth += clean->at[k].op == e->op && str_eq(clean->at[k].site, e->site);
        }
        bool is_first_site = str_eq(e->site, clean->at[0].site);
        for (size_t k = 0; e->op && is_first_site && k < n_faults; k++) {
            const struct explore_fault *f = explore_fault_at(k);
            bool is_own = has_own_place(f->name);
            bool is_there = !is_own || (nth == 1 && is_walked(clean, e->op));
            if (is_there && explore_fault_meets(f, e->op) && is_wanted(s, f->name)) {
                add_cell(x, f->name, str_copy(&x->arena, e->op->id), is_own ? 0 : nth);
            }
        }
    }
}

/* --- clean runs --- */

static void put_difference(struct exploration *x, const struct evidence *a,
                           const struct evidence *b)
{
    struct buf text;
    buf_init(&text, &x->arena);
    for (size_t i = 0; i < a->n && i < b->n && text.len == 0; i++) {
        if (!str_eq(a->at[i].method, b->at[i].method) || a->at[i].op != b->at[i].op) {
            buf_printf(&text, "request %zu is %.*s %.*s once, %.*s %.*s the other time", i + 1,
                       STR_ARG(a->at[i].method), STR_ARG(a->at[i].path), STR_ARG(b->at[i].method),
                       STR_ARG(b->at[i].path));
        }
    }
    if (text.len == 0 && a->n != b->n) {
        buf_printf(&text, "%zu requests once, %zu the other time", a->n, b->n);
    }
    if (text.len == 0 && a->contract) {
        buf_put(&text, state_difference(&x->arena, a->contract, a->after, b->after));
    }
    x->difference = buf_str(&text);
    x->is_deterministic = text.len == 0;
}

static bool clean_run(const struct explore_spec *s, struct run_result *out, struct evidence *e,
                      struct arena *a, struct findings *fs, struct err *err)
{
    struct run_spec spec = spec_of(s);
    if (!run_once(&spec, out, fs, err)) {
        return false;
    }
    return run_evidence(e, a, out, NULL, fs, err);
}

static void judge_clean(struct exploration *x, struct arena *a, const struct evidence *e,
                        const struct judge_params *params)
{
    struct judgement j;
    judge_run(&j, a, e, params);
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j.verdicts[i];
        x->clean[i] = v->judged;
        x->clean_texts[i] =
            v->judged == JUDGED_BROKEN ? str_copy(&x->arena, v->breaches[0].text) : STR("");
    }
}

static void put_command(struct exploration *x, char *const *argv)
{
    struct buf text;
    buf_init(&text, &x->arena);
    for (size_t i = 0; argv[i]; i++) {
        struct str word = str_of(argv[i]);
        bool is_plain = word.len > 0;
        for (size_t k = 0; k < word.len; k++) {
            char c = word.s[k];
            bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            is_plain = is_plain && (is_letter || (c >= '0' && c <= '9') ||
                                    (c != '\0' && strchr("-_./=:,+@%", c) != NULL));
        }
        buf_put(&text, i ? STR(" ") : STR(""));
        buf_put(&text, is_plain ? STR("") : STR("'"));
        for (size_t k = 0; k < word.len; k++) {
            if (word.s[k] == '\'') {
                buf_put(&text, STR("'\\''"));
            } else {
                buf_put_char(&text, word.s[k]);
            }
        }
        buf_put(&text, is_plain ? STR("") : STR("'"));
    }
    x->command = buf_str(&text);
}

static void run_all(struct work *w)
{
    pthread_t threads[JOBS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = w->spec->n_jobs ? w->spec->n_jobs
                               : (size_t)(processors > 0 ? processors : 1) * JOBS_A_PROCESSOR;
    size_t n_started = 0;
    n = n > JOBS_MAX ? JOBS_MAX : n;
    for (size_t i = 0; i < w->x->n_cells; i++) {
        w->n_wanted += is_ours(w->spec, &w->x->cells[i]);
    }
    w->begun_us = clock_monotonic_us();
    while (n_started < n && pthread_create(&threads[n_started], NULL, run_cells, w) == 0) {
        n_started++;
    }
    if (n_started == 0) {
        (void)run_cells(w);
    }
    for (size_t i = 0; i < n_started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

bool explore(struct exploration *out, const struct explore_spec *spec, struct findings *fs,
             struct err *err)
{
    struct run_result first, second;
    struct evidence a, b;
    struct arena scratch;
    *out = (struct exploration){.n_cells = 0};
    arena_init(&out->arena, 1 << 16, 0);
    arena_init(&scratch, 1 << 16, 0);
    struct work w = {.spec = spec, .x = out, .clean = &first};
    bool has_first = clean_run(spec, &first, &a, &scratch, fs, err);
    bool has_second = has_first && clean_run(spec, &second, &b, &scratch, fs, err);
    if (has_second && a.n == 0) {
        has_second = err_set(err, ERR_INPUT,
                             "the program sent no request to the profile's hosts "
                             "(exit status %d): there is nothing to explore",
                             first.end.exit_status);
        run_result_done(&second);
    } else if (has_second) {
        out->profile = str_copy(&out->arena, a.at[0].site);
        out->n_requests = a.n;
        out->clean_exit = first.end.exit_status;
        put_command(out, spec->argv);
        put_difference(out, &a, &b);
        run_result_done(&second);
        judge_clean(out, &scratch, &a, &spec->params);
        make_cells(out, spec, &a);
        (void)pthread_mutex_init(&w.lock, NULL);
        run_all(&w);
        (void)pthread_mutex_destroy(&w.lock);
    }
    if (has_first) {
        run_result_done(&first);
    }
    arena_done(&scratch);
    if (!has_second) {
        arena_done(&out->arena);
    }
    return has_second;
}

void exploration_done(struct exploration *x)
{
    arena_done(&x->arena);
}

void explore_cell_put_name(struct buf *out, const struct explore_cell *cell)
{
    buf_put(out, cell->fault);
    if (cell->operation.len) {
        buf_put_char(out, '@');
        buf_put(out, cell->operation);
    }
    if (cell->nth) {
        buf_printf(out, ":%llu", (unsigned long long)cell->nth);
    }
}
