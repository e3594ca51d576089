/* Why a request found no operation: its path is laid beside that of each operation, segment by
 * segment; the fewer differences, the nearer. */
#include "mockapi/journal_int.h"

enum {
    NEAREST_MAX = 3,
    SEGMENTS_MAX = 32,
    METHOD_SHOWN_MAX = 32,
    COST_NEAR = 1,
    COST_FAR = 3,
    COST_COUNT = 4
};

struct candidate {
    const struct operation *op;
    int cost;
};

static size_t split(struct str path, struct str out[SEGMENTS_MAX])
{
    size_t n = 0;
    struct str rest = str_starts(path, STR("/")) ? str_slice(path, 1, path.len) : path;
    while (n < SEGMENTS_MAX && str_cut(&rest, '/', &out[n])) {
        n++;
    }
    return n;
}

static bool is_near(struct str a, struct str b)
{
    return str_nearest(a, &b, 1) == 0;
}

static int cost_of(const struct operation *op, const struct str *parts, size_t n, struct str method)
{
    size_t more = n > op->n_segments ? n - op->n_segments : op->n_segments - n;
    int cost = COST_COUNT * (int)more;
    for (size_t i = 0; i < n && i < op->n_segments; i++) {
        struct str wanted = op->segments[i].text;
        if (!op->segments[i].is_parameter && !str_eq(parts[i], wanted)) {
            cost += is_near(parts[i], wanted) ? COST_NEAR : COST_FAR;
        }
    }
    return cost + !str_eq(op->method, method);
}

static void put_why(struct buf *out, const struct request *rq, const struct operation *op,
                    const struct str *parts, size_t n)
{
    struct buf why = {0};
    struct str method = str_slice(rq->method, 0, METHOD_SHOWN_MAX);
    if (rq->outside_of.len) {
        buf_printf(&why, "the path is not below \"%.*s\"", STR_ARG(rq->outside_of));
    }
    if (!str_eq(op->method, method)) {
        buf_put(&why, why.len ? STR("; ") : STR(""));
        buf_printf(&why, "the method is %.*s, not ", STR_ARG(op->method));
        buf_put_quoted(&why, method);
    }
    for (size_t i = 0; i < n && i < op->n_segments; i++) {
        struct str wanted = op->segments[i].text;
        if (!op->segments[i].is_parameter && !str_eq(parts[i], wanted)) {
            buf_put(&why, why.len ? STR("; ") : STR(""));
            buf_printf(&why, "segment %zu is \"%.*s\", not ", i + 1, STR_ARG(wanted));
            buf_put_quoted(&why, parts[i]);
            buf_put(&why, str_eq_fold(parts[i], wanted) ? STR(" (letters' case counts)") : STR(""));
        }
    }
    if (n != op->n_segments) {
        buf_put(&why, why.len ? STR("; ") : STR(""));
        buf_printf(&why, "the path has %zu segments, not %zu", op->n_segments, n);
    }
    buf_put_json_string(out, why.len ? buf_str(&why) : STR("it matches"));
    buf_done(&why);
}

/* Puts `c` in its place among the nearest, which are in order of cost. */
static void insert(struct candidate best[NEAREST_MAX], size_t *n, struct candidate c)
{
    size_t at = *n;
    while (at > 0 && best[at - 1].cost > c.cost) {
        if (at < NEAREST_MAX) {
            best[at] = best[at - 1];
        }
        at--;
    }
    if (at < NEAREST_MAX) {
        best[at] = c;
        *n += *n < NEAREST_MAX;
    }
}

void nearest_put(struct buf *out, const struct request *rq)
{
    struct candidate best[NEAREST_MAX];
    struct str parts[SEGMENTS_MAX], method = str_slice(rq->method, 0, METHOD_SHOWN_MAX);
    size_t n_best = 0, n = split(rq->path, parts);
    for (size_t i = 0; rq->contract && i < rq->contract->n_operations; i++) {
        const struct operation *op = &rq->contract->operations[i];
        insert(best, &n_best, (struct candidate){op, cost_of(op, parts, n, method)});
    }
    buf_put_char(out, '[');
    for (size_t i = 0; i < n_best; i++) {
        buf_put(out, i ? STR(",{\"operation\":") : STR("{\"operation\":"));
        buf_put_json_string(out, best[i].op->id);
        buf_put(out, STR(",\"method\":"));
        buf_put_json_string(out, best[i].op->method);
        buf_put(out, STR(",\"path\":"));
        buf_put_json_string(out, best[i].op->path);
        buf_put(out, STR(",\"why\":"));
        put_why(out, rq, best[i].op, parts, n);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
}
