/* The run: so many threads as steps may go at once; each takes the first step that nothing holds. */
#include "replay/apply_int.h"
#include "replay/import.h"

#include <errno.h>
#include <fcntl.h>

enum { PARALLEL_MAX = 64, SHOWN_NAME = 80 };

bool apply_open(struct apply **out, struct client *c, struct str name, struct str text,
                struct err *err)
{
    struct apply *ap = MEM_NEW(struct apply);
    const struct json_doc *doc = NULL;
    ap->client = c;
    ap->contract = client_contract(c);
    ap->a = MEM_NEW(struct arena);
    arena_init(ap->a, 1 << 16, 0);
    pthread_mutex_init(&ap->lock, NULL);
    pthread_cond_init(&ap->moved, NULL);
    ap->journal_fd = ap->audit_fd = -1;
    ap->name = name;
    ap->text = text;
    bool is_well = json_parse(&doc, ap->a, name, text, NULL, NULL, err);
    ap->root = is_well ? json_root(doc) : ap->root;
    if (!is_well || !apply_read(ap, err)) {
        apply_close(ap);
        return false;
    }
    apply_find_deps(ap);
    *out = ap;
    return true;
}

void apply_close(struct apply *ap)
{
    if (!ap) {
        return;
    }
    for (size_t i = 0; i < ap->n_steps; i++) {
        map_done(&ap->steps[i].known);
    }
    fd_close(&ap->journal_fd);
    fd_close(&ap->audit_fd);
    map_done(&ap->ids);
    buf_done(&ap->audit);
    pthread_cond_destroy(&ap->moved);
    pthread_mutex_destroy(&ap->lock);
    arena_done(ap->a);
    mem_free(ap->a);
    mem_free(ap);
}

size_t apply_steps(const struct apply *ap)
{
    return ap->n_steps;
}

static void put_step(struct buf *out, const struct step *s)
{
    static const char *const words[] = {
        [STEP_CREATE] = "create", [STEP_CHANGE] = "change", [STEP_DELETE] = "delete",
        [STEP_CALL] = "call",     [STEP_BATCH] = "batch",   [STEP_NOTIFY] = "notify",
        [STEP_AUDIT] = "audit",   [STEP_AWAIT] = "await"};
    const struct plan_step *p = &s->plan;
    struct str url = json_str_or(json_get(s->source, STR("url")), STR(""));
    buf_printf(out, "%4zu  %-7s", s->number + 1, words[s->kind]);
    if (s->kind == STEP_CALL) {
        buf_printf(out, " %.*s", STR_ARG(p->op->id));
        for (size_t i = 0; i < p->n_path; i++) {
            buf_printf(out, " %.*s", STR_ARG(p->path[i].value));
        }
    } else if (p->resource) {
        buf_printf(out, " %.*s", STR_ARG(p->resource->title));
    } else if (url.len) {
        buf_printf(out, " %.*s", STR_ARG(url));
    }
    if (p->name.len) {
        buf_put_char(out, ' ');
        buf_put_quoted(out, p->name);
    } else if (p->id.len && p->id.s[0] != '@') {
        buf_printf(out, " %.*s", STR_ARG(p->id));
    }
    if (s->as.len) {
        buf_printf(out, "  (%.*s)", STR_ARG(s->as));
    } else if (p->id.len && p->id.s[0] == '@') {
        buf_printf(out, " %.*s", STR_ARG(p->id));
    }
    if (s->kind == STEP_CHANGE) {
        buf_printf(out, "  %.*s", STR_ARG(str_slice(p->body, 0, SHOWN_NAME)));
    }
}

void apply_show(struct buf *out, const struct apply *ap)
{
    for (size_t i = 0; i < ap->n_steps; i++) {
        put_step(out, &ap->steps[i]);
        buf_put_char(out, '\n');
    }
}

static void want(const struct resource **out, size_t *n, const struct resource *r)
{
    for (size_t i = 0; i < *n; i++) {
        if (out[i] == r) {
            return;
        }
    }
    if (r) {
        out[(*n)++] = r;
    }
}

size_t apply_resources(const struct resource **out, const struct apply *ap)
{
    size_t n = 0;
    for (size_t i = 0; i < ap->n_steps; i++) {
        want(out, &n, ap->steps[i].plan.resource);
    }
    for (size_t i = 0; i < n; i++) { /* grows as it goes */
        const struct resource *r = out[i];
        want(out, &n, r->parent);
        want(out, &n, r->target);
        for (size_t k = 0; k < r->n_references; k++) {
            want(out, &n, r->references[k].to);
        }
    }
    return n;
}

static void name_one(struct import_also *out, size_t max, size_t *n, const struct apply *ap,
                     const struct resource *r, struct str id)
{
    const struct operation *read = r ? client_operation(ap->contract, r, ACTION_READ) : NULL;
    if (*n < max && read && read->key_param.len && !client_list_operation(ap->contract, r) &&
        id.len && id.s[0] != '@') {
        out[(*n)++] = (struct import_also){r->name, id};
    }
}

size_t apply_named(struct import_also *out, size_t max, const struct apply *ap)
{
    size_t n = 0;
    for (size_t i = 0; i < ap->n_steps; i++) {
        const struct plan_step *p = &ap->steps[i].plan;
        name_one(out, max, &n, ap, p->resource, p->id);
        for (size_t k = 0; k < p->n_path && p->op && p->resource; k++) {
            if (str_eq(p->path[k].name, p->op->parent_param)) {
                name_one(out, max, &n, ap, p->resource->parent, p->path[k].value);
            } else if (str_eq(p->path[k].name, p->op->key_param)) {
                name_one(out, max, &n, ap, p->resource, p->path[k].value);
            }
        }
    }
    return n;
}

/* --- the run --- */

static bool is_free(const struct apply *ap, const struct step *s, bool *out_lost)
{
    for (size_t i = 0; i < (s->is_late ? s->number : s->n_deps); i++) {
        const struct step *d = &ap->steps[s->is_late ? i : s->deps[i]];
        if (d->state == STATE_FAILED || d->state == STATE_LEFT) {
            *out_lost = true;
        }
        if (d->state == STATE_WAITS || d->state == STATE_RUNS) {
            return false;
        }
    }
    return true;
}

static void tell_step(struct apply *ap, const struct step *s, const struct err *err)
{
    struct buf line = {0};
    if (!ap->options->tell) {
        return;
    }
    put_step(&line, s);
    if (err) {
        buf_printf(&line, "  FAILED: %s", err->msg);
    } else if (s->is_there) {
        buf_put(&line, STR("  is so already"));
    } else {
        buf_printf(&line, "  done%s%.*s", s->is_unshown ? ", the API does not show it" : "", 0, "");
    }
    if (s->why.len) {
        buf_printf(&line, " (%.*s)", STR_ARG(s->why));
    }
    ap->options->tell(ap->options->tell_ctx, buf_str(&line));
    buf_done(&line);
}

/* Under the lock. */
static void end_step(struct apply *ap, struct step *s, bool is_well, const struct err *why)
{
    struct err err = *why;
    if (is_well && s->as.len && s->made_id.len) {
        struct str *kept = ARENA_NEW(ap->a, struct str);
        *kept = s->made_id;
        (void)map_put(&ap->ids, s->as, kept);
    }
    if (is_well && !apply_journal_done(ap, s, &err)) {
        is_well = false;
        ap->is_stopping = true;
    }
    s->state = is_well ? STATE_DONE : STATE_FAILED;
    if (is_well) {
        ap->result.done += !s->is_there;
        ap->result.there += s->is_there;
    } else {
        ap->result.failed++;
        ap->is_stopping = ap->is_stopping || !ap->options->keeps_going;
        if (ap->err.code == ERR_NONE) {
            ap->err = err;
            err_wrap(&ap->err, "step %zu", s->number + 1);
        }
    }
    tell_step(ap, s, is_well ? NULL : &err);
}

static void run_step(struct apply *ap, struct step *s)
{
    struct arena a;
    struct err err = {0};
    int64_t begun_us = clock_monotonic_us();
    arena_init(&a, 0, 0);
    bool is_well = apply_step(ap, s, &a, &err);
    pthread_mutex_lock(&ap->lock);
    if (s->kind <= STEP_BATCH) {
        ap->latency_us += clock_monotonic_us() - begun_us;
        ap->n_timed++;
    }
    end_step(ap, s, is_well, &err);
    pthread_cond_broadcast(&ap->moved);
    pthread_mutex_unlock(&ap->lock);
    arena_done(&a);
}

static void *work(void *ctx)
{
    struct apply *ap = ctx;
    pthread_mutex_lock(&ap->lock);
    for (;;) {
        struct step *next = NULL;
        bool is_any_left = false;
        for (size_t i = 0; i < ap->n_steps && !next && !ap->is_stopping; i++) {
            struct step *s = &ap->steps[i];
            bool is_lost = false;
            if (s->state != STATE_WAITS) {
                continue;
            }
            is_any_left = true;
            if (is_free(ap, s, &is_lost)) {
                s->state = is_lost ? STATE_LEFT : STATE_RUNS;
                next = is_lost ? NULL : s;
            }
        }
        if (next) {
            pthread_mutex_unlock(&ap->lock);
            run_step(ap, next);
            pthread_mutex_lock(&ap->lock);
        } else if (!is_any_left) {
            break;
        } else if (!ap->is_stopping) {
            bool runs = false;
            for (size_t i = 0; i < ap->n_steps; i++) {
                runs = runs || ap->steps[i].state == STATE_RUNS;
            }
            if (runs) {
                pthread_cond_wait(&ap->moved, &ap->lock);
            }
        }
    }
    pthread_mutex_unlock(&ap->lock);
    return NULL;
}

static void run_all(struct apply *ap)
{
    pthread_t threads[PARALLEL_MAX];
    unsigned n = 0, wanted = ap->options->parallel > 1 ? ap->options->parallel - 1 : 0;
    wanted = wanted < PARALLEL_MAX ? wanted : PARALLEL_MAX;
    while (n < wanted && pthread_create(&threads[n], NULL, work, ap) == 0) {
        n++;
    }
    work(ap);
    for (unsigned i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
}

static bool open_audit(struct apply *ap, struct err *err)
{
    const char *path = ap->options->audit;
    if (path) {
        ap->audit_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    return !path || ap->audit_fd >= 0 || err_sys(err, errno, "cannot open the audit file %s", path);
}

bool apply_run(struct apply_result *out, struct apply *ap, const struct apply_options *options,
               struct err *err)
{
    ap->options = options;
    *out = ap->result;
    if (!open_audit(ap, err) || !apply_journal_open(ap, err)) {
        return false;
    }
    for (size_t i = 0; i < ap->n_steps; i++) {
        ap->result.before += ap->steps[i].was_done;
    }
    bool is_fresh = ap->result.before == 0;
    for (size_t i = 0; i < ap->n_steps; i++) {
        is_fresh = is_fresh && !ap->steps[i].was_begun;
    }
    if (is_fresh && !apply_check_plan(ap, err)) {
        return false;
    }
    run_all(ap);
    for (size_t i = 0; i < ap->n_steps; i++) {
        const struct step *s = &ap->steps[i];
        ap->result.left += s->state == STATE_WAITS || s->state == STATE_LEFT;
    }
    bool is_complete = ap->result.failed == 0 && ap->result.left == 0;
    bool is_well = apply_metrics(ap, err) && apply_journal_end(ap, is_complete, err);
    *out = ap->result;
    if (!is_complete) {
        *err = ap->err;
    }
    return is_well && is_complete;
}
