/* Why a request found no operation: it is laid beside each operation of the profile; the fewer
 * differences, the nearer. Of the nearest few each criterion is told: the method, the segments of
 * the path, the query, the content type, the body, with what fits and what does not. */
#include "mockapi/journal_int.h"

#include "validator/validator.h"

enum {
    NEAREST_MAX = 3,
    SEGMENTS_MAX = 32,
    METHOD_SHOWN_MAX = 32,
    TEXT_SHOWN_MAX = 80,
    HEADER_MAX = 400,
    WHY_MAX = 1000,
    CRITERIA_MAX = 8 << 10, /* of one candidate: hostile paths and bodies are not told whole */
    BODY_COMPARED_MAX = 64 << 10,
    COST_NEAR = 1,
    COST_FAR = 3,
    COST_COUNT = 4
};

struct candidate {
    const struct operation *op;
    int cost;
};

/* One candidate's comparison while it is written. */
struct weighing {
    const struct request *rq;
    const struct operation *op;
    struct buf *out; /* the criteria, a JSON array's elements */
    struct buf why;  /* what does not fit, in words */
    bool is_first;   /* of the criteria */
    struct str method;
    const struct str *parts;
    size_t n;
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

/* HEAD is asked of what answers GET. */
static struct str method_of(const struct request *rq)
{
    return rq->is_head ? STR("GET") : str_slice(rq->method, 0, METHOD_SHOWN_MAX);
}

static bool is_near(struct str a, struct str b)
{
    return str_nearest(a, &b, 1) == 0;
}

static bool is_segment(const struct request *rq, const struct segment *wanted, struct str part)
{
    return wanted->is_parameter || str_eq(part, wanted->text) ||
           (rq->contract->ignores_path_case && str_eq_fold(part, wanted->text));
}

static int cost_of(const struct request *rq, const struct operation *op, const struct str *parts,
                   size_t n, struct str method)
{
    size_t more = n > op->n_segments ? n - op->n_segments : op->n_segments - n;
    int cost = COST_COUNT * (int)more;
    for (size_t i = 0; i < n && i < op->n_segments; i++) {
        if (!is_segment(rq, &op->segments[i], parts[i])) {
            cost += is_near(parts[i], op->segments[i].text) ? COST_NEAR : COST_FAR;
        }
    }
    return cost + !str_eq(op->method, method);
}

/* Begins a criterion: {"of": name, "fits": … ; the caller ends it. */
static void begin(struct weighing *w, struct str name, bool fits)
{
    buf_put(w->out, w->is_first ? STR("{\"of\":") : STR(",{\"of\":"));
    buf_put_json_string(w->out, name);
    buf_put(w->out, fits ? STR(",\"fits\":true") : STR(",\"fits\":false"));
    w->is_first = false;
    if (!fits) {
        buf_put(&w->why, w->why.len ? STR("; ") : STR(""));
    }
}

static void put_text(struct weighing *w, struct str name, struct str text)
{
    buf_put_char(w->out, ',');
    buf_put_json_string(w->out, name);
    buf_put_char(w->out, ':');
    journal_put_string(w->out, str_slice(text, 0, TEXT_SHOWN_MAX));
}

static void weigh_method(struct weighing *w)
{
    bool fits = str_eq(w->op->method, w->method);
    begin(w, STR("method"), fits);
    put_text(w, STR("expected"), w->op->method);
    put_text(w, STR("found"), w->method);
    buf_put_char(w->out, '}');
    if (!fits) {
        buf_printf(&w->why, "the method is %.*s, not ", STR_ARG(w->op->method));
        buf_put_quoted(&w->why, w->method);
    }
}

static void weigh_segment(struct weighing *w, size_t i)
{
    const struct segment *wanted = &w->op->segments[i];
    struct str part = w->parts[i], name;
    bool fits = is_segment(w->rq, wanted, part);
    struct buf b = {0};
    buf_printf(&b, "segment %zu", i + 1);
    name = buf_str(&b);
    begin(w, name, fits);
    if (wanted->is_parameter) {
        buf_put(w->out, STR(",\"expected\":\"any\""));
    } else {
        put_text(w, STR("expected"), wanted->text);
    }
    put_text(w, STR("found"), part);
    buf_put_char(w->out, '}');
    if (!fits) {
        buf_printf(&w->why, "%.*s is \"%.*s\", not ", STR_ARG(name), STR_ARG(wanted->text));
        buf_put_quoted(&w->why, part);
        buf_put(&w->why,
                str_eq_fold(part, wanted->text) ? STR(" (letters' case counts)") : STR(""));
    }
    buf_done(&b);
}

static void weigh_path(struct weighing *w)
{
    struct str outside_of = w->rq->outside_of;
    if (outside_of.len) {
        begin(w, STR("prefix"), false);
        put_text(w, STR("expected"), outside_of);
        buf_put_char(w->out, '}');
        buf_printf(&w->why, "the path is not below \"%.*s\"", STR_ARG(outside_of));
    }
    weigh_method(w);
    for (size_t i = 0; i < w->n && i < w->op->n_segments; i++) {
        weigh_segment(w, i);
    }
    if (w->n != w->op->n_segments) {
        begin(w, STR("segments"), false);
        buf_printf(w->out, ",\"expected\":%zu,\"found\":%zu}", w->op->n_segments, w->n);
        buf_printf(&w->why, "the path has %zu segments, not %zu", w->op->n_segments, w->n);
    }
}

static const struct parameter *find_parameter(const struct weighing *w, struct str name)
{
    for (size_t i = 0; i < w->op->n_parameters; i++) {
        const struct parameter *p = &w->op->parameters[i];
        if (str_eq(p->in, STR("query")) &&
            (str_eq(p->name, name) ||
             (w->rq->contract->ignores_query_case && str_eq_fold(p->name, name)))) {
            return p;
        }
    }
    return NULL;
}

static bool has_pair(const struct query *q, const struct parameter *p, const struct weighing *w)
{
    for (size_t i = 0; i < q->n; i++) {
        if (find_parameter(w, q->pairs[i].name) == p) {
            return true;
        }
    }
    return false;
}

static void refuse_query(struct weighing *w, const char *what, struct str name)
{
    begin(w, STR("query"), false);
    put_text(w, STR("parameter"), name);
    put_text(w, STR("why"), str_of(what));
    buf_put_char(w->out, '}');
    buf_put(&w->why, STR("the query parameter "));
    buf_put_quoted(&w->why, name);
    buf_printf(&w->why, " %s", what);
}

/* A value that its schema refuses, in the words of the finding. */
static void weigh_value(struct weighing *w, const struct parameter *p, struct str value)
{
    struct findings fs;
    findings_init(&fs, w->rq->arena);
    if (w->rq->run && value.len && !check_parameter(p, value, w->rq->run, &fs) && fs.len) {
        refuse_query(w, str_cstr(w->rq->arena, fs.at[0].message), p->name);
    }
}

static void weigh_query(struct weighing *w)
{
    struct query q = {0};
    struct err err = {0};
    size_t misfits = w->why.len;
    if (!query_parse(&q, w->rq->arena, w->rq->query_text, &err)) {
        begin(w, STR("query"), false);
        put_text(w, STR("why"), str_of(err.msg));
        buf_put_char(w->out, '}');
        buf_printf(&w->why, "the query is bad: %s", err.msg);
        return;
    }
    for (size_t i = 0; i < w->op->n_parameters; i++) {
        const struct parameter *p = &w->op->parameters[i];
        if (p->is_required && str_eq(p->in, STR("query")) && !has_pair(&q, p, w)) {
            refuse_query(w, "is missing", p->name);
        }
    }
    for (size_t i = 0; i < q.n && i < SEGMENTS_MAX; i++) {
        const struct parameter *p = find_parameter(w, q.pairs[i].name);
        if (p) {
            weigh_value(w, p, q.pairs[i].value);
        } else {
            refuse_query(w, "is not known there", q.pairs[i].name);
        }
    }
    if (q.n && w->why.len == misfits) {
        begin(w, STR("query"), true);
        buf_put_char(w->out, '}');
    }
}

static void weigh_media(struct weighing *w)
{
    const struct operation *op = w->op;
    struct str header = request_header(w->rq, STR("Content-Type"));
    struct str found = header.s ? header : STR("");
    bool fits = request_is_media(op, found);
    begin(w, STR("content type"), fits);
    put_text(w, STR("expected"), op->n_media_types ? op->media_types[0] : STR("any"));
    put_text(w, STR("found"), found);
    buf_put_char(w->out, '}');
    if (!fits) {
        buf_printf(&w->why, "the content type is %.*s, not ", STR_ARG(op->media_types[0]));
        buf_put_quoted(&w->why, found);
    }
}

/* The body beside the operation's schema: what breaks it, by pointer. */
static void weigh_body(struct weighing *w)
{
    const struct request *rq = w->rq;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct findings fs;
    struct json_limits limits = {.max_depth = (uint32_t)rq->contract->body_depth_max};
    findings_init(&fs, rq->arena);
    if (json_parse(&doc, rq->arena, STR(""), rq->body_text, &limits, &fs, &err)) {
        struct body_check check = {
            .contract = rq->contract, .op = w->op, .resource = w->op->resource, .run = rq->run};
        (void)check_shape(&check, json_root(doc), &fs);
    }
    begin(w, STR("body"), fs.errors == 0);
    if (fs.len) {
        buf_put(w->out, STR(",\"differences\":"));
        differences_put(w->out, &fs);
    }
    buf_put_char(w->out, '}');
    if (fs.errors) {
        buf_printf(&w->why, "the body breaks its schema in %zu place%s", fs.errors,
                   fs.errors > 1 ? "s" : "");
    }
}

static void weigh_content(struct weighing *w)
{
    const struct request *rq = w->rq;
    bool is_read_by_act = w->op->action == ACTION_TOKEN || w->op->action == ACTION_INTROSPECT ||
                          w->op->action == ACTION_REVOKE;
    if (!w->op->has_body || is_read_by_act) {
        return;
    }
    if (str_trim(rq->body_text).len == 0) {
        begin(w, STR("body"), !w->op->is_body_required);
        buf_put_char(w->out, '}');
        if (w->op->is_body_required) {
            buf_put(&w->why, STR("the body is missing"));
        }
        return;
    }
    weigh_media(w);
    if (rq->run && rq->body_text.len <= BODY_COMPARED_MAX) {
        weigh_body(w);
    }
}

/* {"operation", "method", "path", "why", "criteria": […]} */
static void put_candidate(struct buf *out, const struct request *rq, const struct operation *op,
                          const struct str *parts, size_t n, struct buf *why)
{
    struct buf criteria;
    buf_init(&criteria, rq->arena);
    struct weighing w = {.rq = rq,
                         .op = op,
                         .out = &criteria,
                         .is_first = true,
                         .method = method_of(rq),
                         .parts = parts,
                         .n = n};
    buf_init(&w.why, rq->arena);
    weigh_path(&w);
    weigh_query(&w);
    weigh_content(&w);
    w.why.len = w.why.len < WHY_MAX ? w.why.len : WHY_MAX;
    *why = w.why;
    if (criteria.len > CRITERIA_MAX) {
        buf_clear(&criteria);
    }
    buf_put(out, STR("{\"operation\":"));
    buf_put_json_string(out, op->id);
    buf_put(out, STR(",\"method\":"));
    buf_put_json_string(out, op->method);
    buf_put(out, STR(",\"path\":"));
    buf_put_json_string(out, op->path);
    buf_put(out, STR(",\"why\":"));
    journal_put_string(out, why->len ? buf_str(why) : STR("it matches"));
    buf_put(out, STR(",\"criteria\":["));
    buf_put(out, buf_str(&criteria));
    buf_put(out, STR("]}"));
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

/* "METHOD /path: why", in printable ASCII: what came from outside is in it. */
static struct str header_text(const struct request *rq, const struct operation *op,
                              const struct buf *why)
{
    struct buf b;
    buf_init(&b, rq->arena);
    buf_printf(&b, "%.*s %.*s: %.*s", STR_ARG(op->method), STR_ARG(op->path),
               STR_ARG(why->len ? buf_str(why) : STR("it matches")));
    if (b.len > HEADER_MAX) {
        b.len = HEADER_MAX;
        buf_put(&b, STR("..."));
    }
    for (size_t i = 0; i < b.len; i++) {
        b.s[i] = b.s[i] >= ' ' && b.s[i] <= '~' ? b.s[i] : '?';
    }
    return buf_str(&b);
}

struct str nearest_put(struct buf *out, const struct request *rq)
{
    struct candidate best[NEAREST_MAX];
    struct str parts[SEGMENTS_MAX], method = method_of(rq);
    struct str header = STR("");
    size_t n_best = 0, n = split(rq->path, parts);
    for (size_t i = 0; rq->contract && i < rq->contract->n_operations; i++) {
        const struct operation *op = &rq->contract->operations[i];
        insert(best, &n_best, (struct candidate){op, cost_of(rq, op, parts, n, method)});
    }
    buf_put_char(out, '[');
    for (size_t i = 0; i < n_best; i++) {
        struct buf why;
        buf_put(out, i ? STR(",") : STR(""));
        put_candidate(out, rq, best[i].op, parts, n, &why);
        if (i == 0) {
            header = header_text(rq, best[i].op, &why);
        }
    }
    buf_put_char(out, ']');
    return header;
}
