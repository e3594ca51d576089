/* What is run: a cell for each request of the clean run and each fault that can meet it; with --depth 2 pairs of them
 * behind, the most telling ones first. Made from the clean run alone, so that every shard makes the same ones. */
#include "replay/explore_int.h"

#include <string.h>

enum { CELLS_MAX = 100000, PAIRS_MAX = 20000 };

static bool is_wanted(const struct explore_spec *s, struct str fault)
{
    for (size_t i = 0; i < s->n_only; i++) {
        if (str_eq(s->only[i], fault)) {
            return true;
        }
    }
    return s->n_only == 0;
}

struct maker {
    struct exploration *x;
    const struct explore_spec *spec;
    const struct evidence *clean;
    size_t n_faults;
    size_t
        *requests; /* of each single cell: which of the clean run it meets; SIZE_MAX: a handshake */
};

/* A request of the site that gets the faults. */
static bool is_met(const struct maker *m, const struct exchange *e)
{
    return e->op && str_eq(e->site, m->clean->at[0].site);
}

/* How many requests of the operation there are up to and with the i-th. */
static uint64_t count_of(const struct maker *m, const struct operation *op, size_t i)
{
    uint64_t n = 0;
    for (size_t k = 0; k <= i; k++) {
        n += m->clean->at[k].op == op && is_met(m, &m->clean->at[k]);
    }
    return n;
}

/* --- single faults --- */

static void add_single(struct maker *m, struct str fault, struct str operation, uint64_t nth,
                       size_t request)
{
    struct exploration *x = m->x;
    if (x->n_cells < CELLS_MAX) {
        m->requests[x->n_cells] = request;
        x->cells[x->n_cells] = (struct explore_cell){.index = x->n_cells,
                                                     .single = x->n_cells,
                                                     .fault = fault,
                                                     .operation = operation,
                                                     .nth = nth};
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

static void make_singles(struct maker *m)
{
    struct exploration *x = m->x;
    bool has_tls = run_ground_seal(m->spec->ground) != RUN_SEAL_BASE_URL;
    for (size_t k = 0; k < m->n_faults; k++) {
        const struct explore_fault *f = explore_fault_at(k);
        if (has_tls && explore_fault_meets(f, NULL) && is_wanted(m->spec, f->name)) {
            add_single(m, f->name, STR(""), 0, SIZE_MAX);
        }
    }
    for (size_t i = 0; i < m->clean->n; i++) {
        const struct exchange *e = &m->clean->at[i];
        uint64_t nth = e->op ? count_of(m, e->op, i) : 0;
        for (size_t k = 0; is_met(m, e) && k < m->n_faults; k++) {
            const struct explore_fault *f = explore_fault_at(k);
            bool is_own = has_own_place(f->name);
            bool is_there = !is_own || (nth == 1 && is_walked(m->clean, e->op));
            if (is_there && explore_fault_meets(f, e->op) && is_wanted(m->spec, f->name)) {
                add_single(m, f->name, str_copy(&x->arena, e->op->id), is_own ? 0 : nth, i);
            }
        }
    }
}

/* --- pairs --- */

/* Where the second fault goes, seen from the first. */
enum place {
    PLACE_RETRY, /* the next request of that operation; the token behind a 401 */
    PLACE_NEXT, /* the next one of another operation: the look at what became of a write, the next step */
    PLACE_LATER /* any that comes later in the clean run */
};

struct target {
    const struct operation *op;
    uint64_t nth;
};

struct targets {
    struct target *at;
    size_t n, cap;
};

static void add_target(struct targets *t, const struct operation *op, uint64_t nth)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i].op == op && t->at[i].nth == nth) {
            return;
        }
    }
    if (t->n < t->cap) {
        t->at[t->n++] = (struct target){op, nth};
    }
}

static bool is_401(const struct explore_fault *f)
{
    return str_starts(f->name, STR("401"));
}

static void put_retry(const struct maker *m, struct targets *t, const struct explore_fault *f,
                      size_t i)
{
    const struct operation *op = m->clean->at[i].op;
    add_target(t, op, count_of(m, op, i) + 1);
    for (size_t k = 0; k < m->clean->n && is_401(f); k++) {
        const struct operation *token = m->clean->at[k].op;
        if (token && token->action == ACTION_TOKEN && is_met(m, &m->clean->at[k])) {
            add_target(t, token, count_of(m, token, i) + 1);
        }
    }
}

static void put_next(const struct maker *m, struct targets *t, const struct explore_fault *f,
                     size_t i)
{
    const struct exchange *e = &m->clean->at[i];
    for (size_t k = 0; k < m->clean->n; k++) {
        const struct exchange *other = &m->clean->at[k];
        bool is_token = other->op && other->op->action == ACTION_TOKEN;
        if (is_met(m, other) && other->op != e->op && !(is_token && is_401(f))) {
            add_target(t, other->op, count_of(m, other->op, i) + 1);
        }
    }
    /* what only who looks again asks for */
    for (size_t k = 0; k < e->contract->n_operations && !exchange_is_safe(e); k++) {
        const struct operation *op = &e->contract->operations[k];
        bool is_look = op->action == ACTION_LIST || op->action == ACTION_READ;
        if (is_look && op->resource == e->op->resource) {
            add_target(t, op, count_of(m, op, i) + 1);
        }
    }
}

static void put_later(const struct maker *m, struct targets *t, size_t i)
{
    for (size_t k = i + 1; k < m->clean->n; k++) {
        const struct exchange *e = &m->clean->at[k];
        uint64_t nth = is_met(m, e) ? count_of(m, e->op, k) : 0;
        if (nth > (is_met(m, e) ? count_of(m, e->op, i) + 1 : 0)) {
            add_target(t, e->op, nth);
        }
    }
}

static void put_targets(const struct maker *m, struct targets *t, const struct explore_fault *f,
                        size_t i, enum place place)
{
    t->n = 0;
    switch (place) {
    case PLACE_RETRY:
        put_retry(m, t, f, i);
        break;
    case PLACE_NEXT:
        put_next(m, t, f, i);
        break;
    case PLACE_LATER:
        put_later(m, t, i);
        break;
    }
}

static void add_pair(struct maker *m, size_t single, const struct explore_fault *then,
                     const struct target *t)
{
    struct exploration *x = m->x;
    if (x->n_cells - x->n_singles == PAIRS_MAX) {
        x->are_pairs_cut = true;
        return;
    }
    struct explore_cell *cell = &x->cells[x->n_cells];
    *cell = (struct explore_cell){.index = x->n_cells,
                                  .single = single,
                                  .fault = x->cells[single].fault,
                                  .operation = x->cells[single].operation,
                                  .nth = x->cells[single].nth,
                                  .then_fault = then->name,
                                  .then_operation = str_copy(&x->arena, t->op->id),
                                  .then_nth = t->nth};
    x->n_cells++;
}

/* All pairs of two faults at that distance. */
static void pair(struct maker *m, struct targets *t, const struct explore_fault *f,
                 const struct explore_fault *then, enum place place)
{
    struct exploration *x = m->x;
    for (size_t i = 0; i < x->n_singles && !x->are_pairs_cut; i++) {
        if (m->requests[i] == SIZE_MAX || !x->cells[i].nth || !str_eq(x->cells[i].fault, f->name)) {
            continue;
        }
        put_targets(m, t, f, m->requests[i], place);
        for (size_t k = 0; k < t->n; k++) {
            if (explore_fault_meets(then, t->at[k].op)) {
                add_pair(m, i, then, &t->at[k]);
            }
        }
    }
}

/* The faults that can be half of a pair, those that stand for a kind first, as their numbers say. */
static size_t put_halves(const struct maker *m, const struct explore_fault **out, size_t *out_kinds)
{
    size_t n = 0;
    for (unsigned rank = 1; rank <= EXPLORE_RANKS + 1; rank++) {
        for (size_t i = 0; i < m->n_faults; i++) {
            const struct explore_fault *f = explore_fault_at(i);
            bool is_it = rank > EXPLORE_RANKS ? f->rank == 0 : f->rank == rank;
            if (is_it && !explore_fault_meets(f, NULL) && !has_own_place(f->name) &&
                is_wanted(m->spec, f->name)) {
                out[n++] = f;
            }
        }
        *out_kinds = rank <= EXPLORE_RANKS ? n : *out_kinds;
    }
    return n;
}

static void make_pairs(struct maker *m)
{
    static const struct {
        bool are_kinds; /* both faults stand for their kind */
        enum place place;
    } rounds[] = {{true, PLACE_RETRY}, {true, PLACE_NEXT},  {false, PLACE_RETRY},
                  {true, PLACE_LATER}, {false, PLACE_NEXT}, {false, PLACE_LATER}};
    struct arena a;
    arena_init(&a, 0, 0);
    const struct explore_fault **halves =
        ARENA_ARRAY(&a, m->n_faults + 1, const struct explore_fault *);
    size_t n_kinds = 0, n = put_halves(m, halves, &n_kinds);
    size_t cap = m->clean->n + m->clean->at[0].contract->n_operations + 1;
    struct targets t = {.at = ARENA_ARRAY(&a, cap, struct target), .cap = cap};
    for (size_t r = 0; r < sizeof rounds / sizeof *rounds; r++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n && !m->x->are_pairs_cut; k++) {
                bool are_kinds = i < n_kinds && k < n_kinds;
                if (are_kinds == rounds[r].are_kinds) {
                    pair(m, &t, halves[i], halves[k], rounds[r].place);
                }
            }
        }
    }
    arena_done(&a);
}

void explore_make_cells(struct exploration *x, const struct explore_spec *spec,
                        const struct evidence *clean)
{
    struct maker m = {.x = x, .spec = spec, .clean = clean};
    while (explore_fault_at(m.n_faults)) {
        m.n_faults++;
    }
    size_t n = (clean->n + 1) * m.n_faults + 1;
    n = n < CELLS_MAX ? n : CELLS_MAX;
    x->cells = ARENA_ARRAY(&x->arena, n + (spec->depth > 1 ? PAIRS_MAX : 0), struct explore_cell);
    m.requests = ARENA_ARRAY(&x->arena, n, size_t);
    make_singles(&m);
    x->n_singles = x->n_cells;
    if (spec->depth > 1) {
        make_pairs(&m);
    }
}

/* --- what came of them --- */

static bool is_broken_alone(const struct exploration *x, const struct explore_cell *cell, size_t r)
{
    for (size_t i = 0; i < x->n_singles; i++) {
        const struct explore_cell *one = &x->cells[i];
        bool is_first = str_eq(one->fault, cell->fault) && one->nth == cell->nth &&
                        str_eq(one->operation, cell->operation);
        bool is_second =
            str_eq(one->fault, cell->then_fault) && str_eq(one->operation, cell->then_operation);
        if ((is_first || is_second) && one->judged[r] == JUDGED_BROKEN) {
            return true;
        }
    }
    return false;
}

bool explore_is_news(const struct exploration *x, const struct explore_cell *cell, size_t rule)
{
    return cell->judged[rule] == JUDGED_BROKEN && x->clean[rule] != JUDGED_BROKEN &&
           (!cell->then_fault.len || !is_broken_alone(x, cell, rule));
}

void explore_count(struct exploration *x)
{
    x->n_done = x->n_met = x->n_broken = 0;
    for (size_t i = 0; i < x->n_cells; i++) {
        const struct explore_cell *cell = &x->cells[i];
        x->n_done += cell->is_done;
        x->n_met += cell->was_met;
        for (size_t r = 0; r < CONDUCT_RULES; r++) {
            x->n_broken += explore_is_news(x, cell, r);
        }
    }
}

static void put_place(struct buf *out, struct str fault, struct str operation, uint64_t nth)
{
    buf_put(out, fault);
    if (operation.len) {
        buf_put_char(out, '@');
        buf_put(out, operation);
    }
    if (nth) {
        buf_printf(out, ":%llu", (unsigned long long)nth);
    }
}

void explore_cell_put_name(struct buf *out, const struct explore_cell *cell)
{
    put_place(out, cell->fault, cell->operation, cell->nth);
    if (cell->then_fault.len) {
        buf_put(out, STR(", then "));
        put_place(out, cell->then_fault, cell->then_operation, cell->then_nth);
    }
}
