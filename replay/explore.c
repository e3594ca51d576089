/* Exploring: the clean runs, the cells, the runs. */
#include "replay/explore_int.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { JOBS_MAX = 64, JOBS_A_PROCESSOR = 4 };

struct work {
    const struct explore_spec *spec;
    struct exploration *x;
    const struct run_result *clean;
    pthread_mutex_t lock; /* of all below, and the exploration's arena */
    size_t next, n_wanted, n_done;
    int64_t begun_us;
};

/* --- one run --- */

static void put_fault(struct buf *out, struct str fault, struct str operation, uint64_t nth)
{
    const struct explore_fault *f = explore_fault_find(fault);
    buf_printf(out, "{\"preset\":\"%.*s\"%s", STR_ARG(fault), f ? f->further : "");
    if (operation.len) {
        buf_printf(out, ",\"when\":{\"operation\":\"%.*s\"", STR_ARG(operation));
        if (nth) {
            buf_printf(out, ",\"nth\":%llu},\"times\":1", (unsigned long long)nth);
        } else {
            buf_put_char(out, '}');
        }
    }
    buf_put_char(out, '}');
}

/* The document of a cell's faults; false: it is a bug of ours. Rules are tried in order, and what an earlier one is
 * dealt to a later one does not count: the second fault's comes first. */
static bool fault_of(struct json *out, struct arena *a, const struct explore_cell *cell,
                     struct err *err)
{
    const struct json_doc *doc = NULL;
    struct buf text;
    buf_init(&text, a);
    buf_put(&text, STR("{\"faults\":["));
    if (cell->then_fault.len) {
        put_fault(&text, cell->then_fault, cell->then_operation, cell->then_nth);
        buf_put_char(&text, ',');
    }
    put_fault(&text, cell->fault, cell->operation, cell->nth);
    buf_put(&text, STR("]}"));
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

/* Was the fault dealt to a request, or to a handshake? Of two: both. */
static bool was_met(const struct explore_cell *cell, const struct evidence *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->at[i].fault.len || e->at[i].is_handshake) {
            return !cell->then_fault.len || e->n_unmet == 0;
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
    }
}

/* What the judge is told of the faults. Two faults are more than one retry gets over: who says that it failed may have
 * left less behind. */
static bool is_transient(const struct explore_cell *cell, bool *out_accepts_failure)
{
    const struct explore_fault *f = explore_fault_find(cell->fault);
    const struct explore_fault *g = explore_fault_find(cell->then_fault);
    *out_accepts_failure = (f && f->is_ambiguous) || g;
    return f && f->is_transient && (!cell->then_fault.len || (g && g->is_transient));
}

static void keep(struct work *w, struct explore_cell *cell, const struct run_result *result,
                 const struct evidence *e, const struct judgement *j)
{
    cell->is_done = true;
    cell->was_met = was_met(cell, e);
    cell->n_requests = e->n;
    cell->exit_status = result->end.exit_status;
    cell->signal = result->end.signal;
    cell->is_timeout = result->end.is_timeout;
    if (cell->was_met) {
        keep_verdicts(w, cell, j);
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
    struct judge_params params = w->spec->params;
    arena_init(&a, 1 << 16, 0);
    findings_init(&fs, &a);
    struct run_spec spec = spec_of(w->spec);
    bool has_run = fault_of(&fault, &a, cell, &err);
    spec.faults = &fault;
    spec.n_faults = 1;
    has_run = has_run && run_once(&spec, &result, &fs, &err);
    bool is_same = is_transient(cell, &params.accepts_failure);
    bool is_judged = has_run && run_evidence(&e, &a, &result, is_same ? w->clean : NULL, &fs, &err);
    if (is_judged) {
        judge_run(&j, &a, &e, &params);
    }
    (void)pthread_mutex_lock(&w->lock);
    bool is_stopped = has_run && result.end.is_stopped;
    if (is_stopped) { /* as if it had not been begun */
        w->x->is_interrupted = true;
    } else if (is_judged) {
        keep(w, cell, &result, &e, &j);
    } else {
        cell->is_done = true;
        cell->failed = str_copy(&w->x->arena, str_of(err.msg));
    }
    w->n_done += !is_stopped;
    if (w->spec->progress && !is_stopped) {
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

static bool is_stopped(const struct explore_spec *s)
{
    struct pollfd stop = {.fd = s->stop, .events = POLLIN};
    return s->stop >= 0 && poll(&stop, 1, 0) > 0;
}

static bool is_late(const struct work *w)
{
    return w->spec->budget_ms > 0 &&
           clock_monotonic_us() - w->begun_us > w->spec->budget_ms * US_PER_MS;
}

/* The next cell that is to be run; NULL: there is none, or we are to end. Under the lock. */
static struct explore_cell *next_cell(struct work *w)
{
    struct exploration *x = w->x;
    while (w->next < x->n_cells) {
        struct explore_cell *cell = &x->cells[w->next++];
        const struct explore_cell *single = &x->cells[cell->single];
        if (!is_ours(w->spec, cell)) {
            continue;
        }
        if (is_stopped(w->spec) || is_late(w)) {
            x->is_interrupted = x->is_interrupted || !is_late(w);
            w->next = x->n_cells;
            return NULL;
        }
        if (cell->then_fault.len && single->is_done && !single->was_met) {
            cell->is_done = true; /* what is not met alone is not met before another one */
            w->n_done++;
            continue;
        }
        return cell;
    }
    return NULL;
}

static void *run_cells(void *ctx)
{
    struct work *w = ctx;
    for (;;) {
        (void)pthread_mutex_lock(&w->lock);
        struct explore_cell *cell = next_cell(w);
        (void)pthread_mutex_unlock(&w->lock);
        if (!cell) {
            return NULL;
        }
        run_cell(w, cell);
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
    if (out->end.is_stopped) {
        (void)err_set(err, ERR_SYSTEM, "interrupted by the user in the clean run");
    } else if (run_evidence(e, a, out, NULL, fs, err)) {
        return true;
    }
    run_result_done(out);
    return false;
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

void explore_put_word(struct buf *out, struct str word)
{
    bool is_plain = word.len > 0;
    for (size_t k = 0; k < word.len; k++) {
        char c = word.s[k];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        is_plain = is_plain && (is_letter || (c >= '0' && c <= '9') ||
                                (c != '\0' && strchr("-_./=:,+@%", c) != NULL));
    }
    buf_put(out, is_plain ? STR("") : STR("'"));
    for (size_t k = 0; k < word.len; k++) {
        if (word.s[k] == '\'') {
            buf_put(out, STR("'\\''"));
        } else {
            buf_put_char(out, word.s[k]);
        }
    }
    buf_put(out, is_plain ? STR("") : STR("'"));
}

static void put_command(struct exploration *x, char *const *argv)
{
    struct buf text;
    buf_init(&text, &x->arena);
    for (size_t i = 0; argv[i]; i++) {
        buf_put(&text, i ? STR(" ") : STR(""));
        explore_put_word(&text, str_of(argv[i]));
    }
    x->command = buf_str(&text);
}

/* The words of a run on the same ground; the profile alone where nothing is said. */
static void put_options(struct exploration *x, const struct explore_spec *s)
{
    struct buf text;
    buf_init(&text, &x->arena);
    buf_put(&text, s->options);
    if (!s->options.len && !str_eq(x->profile, STR("genesys-cloud"))) {
        buf_put(&text, STR(" --profile "));
        explore_put_word(&text, x->profile);
    }
    x->options = buf_str(&text);
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
        put_options(out, spec);
        put_command(out, spec->argv);
        put_difference(out, &a, &b);
        run_result_done(&second);
        judge_clean(out, &scratch, &a, &spec->params);
        explore_make_cells(out, spec, &a);
        (void)pthread_mutex_init(&w.lock, NULL);
        run_all(&w);
        (void)pthread_mutex_destroy(&w.lock);
        explore_count(out);
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
