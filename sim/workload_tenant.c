/* Fills a workload with the queues, codes and agents of a tenant. What comes out is a workload like any other: it is
 * what the simulation reads, what shards carry and what --set changes; what the user wrote keeps its place in the
 * user's file. Two tenants (before and after a change) make two workloads of the same queues and groups. */
#include "sim/workload_tenant.h"

#include "model/model.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 400 };

const struct assign_floor *fill_floor(const struct filler *f, size_t which)
{
    return f->p[which]->floor;
}

const struct assign_queue *fill_at(const struct filler *f, const struct fill_queue *q)
{
    return q->at[f->which] == SIZE_MAX ? NULL : &fill_floor(f, f->which)->queues[q->at[f->which]];
}

void fill_assume(struct filler *f, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    struct str *kept = ARENA_NEW(f->a, struct str);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *kept = str_copy(f->a, str_of(text));
    vec_push(&f->assumed, kept);
}

bool fill_bad(struct filler *f, struct json at, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    struct finding found = json_finding(f->fs, at, STR("W701"), SEVERITY_ERROR);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    found.message = findings_text(f->fs, "%s", text);
    findings_add(f->fs, &found);
    return false;
}

void fill_name(struct filler *f, const char *name)
{
    json_make_key(&f->m, str_of(name), f->here);
}

void fill_text(struct filler *f, struct str text)
{
    json_make_string(&f->m, text, f->here);
}

void fill_number(struct filler *f, const char *format, ...)
{
    char text[64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_make_literal(&f->m, str_of(text), f->here);
}

void fill_copy(struct filler *f, struct json v)
{
    struct span at = json_span(v);
    enum json_kind kind = json_kind(v);
    if (kind == JSON_STRING) {
        json_make_string(&f->m, json_str(v), at);
        return;
    }
    if (kind != JSON_ARRAY && kind != JSON_OBJECT) {
        json_make_literal(&f->m, json_literal(v), at);
        return;
    }
    json_make_open(&f->m, kind, at.from);
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (kind == JSON_OBJECT) {
            json_make_key(&f->m, json_key(m), json_key_span(m));
        }
        fill_copy(f, m);
    }
    json_make_close(&f->m, at.to);
}

static void copy_member(struct filler *f, struct json m)
{
    json_make_key(&f->m, json_key(m), json_key_span(m));
    fill_copy(f, m);
}

/* --- queues --- */

/* By id, else by the only one of that name; SIZE_MAX: none, or *out_n of them. */
static size_t find_queue(const struct assign_floor *floor, struct str word, size_t *out_n)
{
    size_t found = SIZE_MAX;
    *out_n = 0;
    if (!floor->has_queues) { /* one stands for any */
        *out_n = 1;
        return 0;
    }
    for (size_t i = 0; i < floor->n_queues; i++) {
        if (str_eq(floor->queues[i].is.id, word)) {
            *out_n = 1;
            return i;
        }
        if (str_eq(floor->queues[i].is.name, word)) {
            found = i;
            ++*out_n;
        }
    }
    return *out_n == 1 ? found : SIZE_MAX;
}

static bool no_queue(struct filler *f, struct json said, size_t n)
{
    const struct assign_floor *floor = fill_floor(f, 0);
    struct str word = json_str(said), *known = ARENA_ARRAY(f->a, floor->n_queues + 1, struct str);
    for (size_t i = 0; i < floor->n_queues; i++) {
        known[i] = floor->queues[i].is.name;
    }
    size_t near = str_nearest(word, known, floor->n_queues);
    struct str nearest = near < floor->n_queues ? known[near] : (struct str){0};
    if (n > 1) {
        return fill_bad(f, said, "%zu queues of tenant \"%.*s\" are called \"%.*s\": use the id", n,
                        STR_ARG(floor->tenant), STR_ARG(word));
    }
    return fill_bad(f, said, "tenant \"%.*s\" has no queue \"%.*s\"%s%.*s%s",
                    STR_ARG(floor->tenant), STR_ARG(word), nearest.s ? "; did you mean \"" : "",
                    STR_ARG(nearest), nearest.s ? "\"?" : "");
}

static bool add_queue(struct filler *f, struct map *known, struct json said, struct json own)
{
    struct str word = json_str_or(said, STR(""));
    struct fill_queue *q = &f->queues[f->n_queues];
    size_t n = 0;
    if (map_get(known, word)) {
        return true;
    }
    map_put(known, word, q);
    *q = (struct fill_queue){.label = word, .own = own, .said = said};
    q->at[0] = find_queue(fill_floor(f, 0), word, &n);
    if (q->at[0] == SIZE_MAX) {
        return no_queue(f, said, n);
    }
    if (f->n > 1) {
        struct str id = fill_floor(f, 0)->queues[q->at[0]].is.id;
        q->at[1] = find_queue(fill_floor(f, 1), id, &n);
        q->at[1] = n ? q->at[1] : find_queue(fill_floor(f, 1), word, &n);
    }
    f->n_queues++;
    return true;
}

/* All that the workload lists, and those that contacts are for. */
static bool add_queues(struct filler *f)
{
    struct json listed = json_get(f->root, STR("queues")),
                contacts = json_get(f->root, STR("contacts"));
    struct map known = {0};
    bool is_well = true;
    f->queues = ARENA_ARRAY(f->a, json_count(listed) + json_count(contacts) + 1, struct fill_queue);
    for (struct json m = json_first(listed); json_exists(m); m = json_next(m)) {
        is_well = add_queue(f, &known, json_get(m, STR("queue")), m) && is_well;
    }
    for (struct json m = json_first(contacts); json_exists(m); m = json_next(m)) {
        is_well = add_queue(f, &known, json_get(m, STR("queue")), (struct json){0}) && is_well;
    }
    map_done(&known);
    return is_well;
}

static struct str mode_name(enum floor_mode mode)
{
    static const struct str names[FLOOR_MODE_COUNT] = {
        [FLOOR_NO_ACW] = STR_INIT("none"),
        [FLOOR_OPTIONAL] = STR_INIT("optional"),
        [FLOOR_MANDATORY] = STR_INIT("mandatory"),
        [FLOOR_TIMEOUT] = STR_INIT("mandatory-timeout"),
        [FLOOR_FORCED] = STR_INIT("mandatory-forced-timeout"),
        [FLOOR_REQUESTED] = STR_INIT("agent-requested"),
    };
    return names[mode];
}

/* A queue with a required code demands one; the way out is that of its required codes. */
static bool demands(const struct assign_floor *floor, const struct assign_queue *q,
                    bool *out_has_exit)
{
    uint64_t required = 0, no_exit = 0;
    for (size_t w = 0; w < floor->code_words; w++) {
        required |= q->required[w];
        no_exit |= q->required[w] & q->no_exit[w];
    }
    *out_has_exit = required != 0 && no_exit == 0;
    return required != 0;
}

static void put_acw(struct filler *f, const struct fill_queue *q, const struct assign_queue *at)
{
    const struct assign_floor *floor = fill_floor(f, f->which);
    struct json own = json_get(q->own, STR("acw")), limit = json_get(own, STR("limit"));
    enum floor_mode mode = at ? at->mode : FLOOR_NO_ACW;
    bool has_exit = false;
    if (json_exists(json_get(own, STR("mode")))) {
        fill_copy(f, own);
        return;
    }
    if (at && mode == FLOOR_OPTIONAL && demands(floor, at, &has_exit)) {
        mode = FLOOR_MANDATORY;
    }
    bool takes_limit = mode == FLOOR_TIMEOUT || mode == FLOOR_FORCED || mode == FLOOR_REQUESTED;
    json_make_open(&f->m, JSON_OBJECT, json_exists(own) ? json_span(own).from : f->here.from);
    fill_name(f, "mode");
    fill_text(f, mode_name(mode));
    if (takes_limit && !json_exists(limit) && at->has_limit && at->limit >= 0) {
        double seconds = (double)at->limit * (double)floor->rule->limit.unit_us / (double)US_PER_S;
        fill_name(f, "limit");
        fill_number(f, "%.6f", seconds);
    } else if (takes_limit && !json_exists(limit) && mode != FLOOR_REQUESTED) {
        fill_bad(f, q->said,
                 "queue \"%.*s\" ends after-call work at a limit that the tenant does not name: "
                 "say acw.limit for it in `queues`",
                 STR_ARG(q->label));
    }
    if (has_exit && !json_exists(json_get(own, STR("wayOut")))) {
        fill_name(f, "wayOut");
        json_make_literal(&f->m, STR("true"), f->here);
    }
    for (struct json m = json_first(own); json_exists(m); m = json_next(m)) {
        copy_member(f, m);
    }
    json_make_close(&f->m, json_exists(own) ? json_span(own).to : f->here.to);
}

/* A code that the queue has, by id or name; SIZE_MAX. */
static size_t find_code(const struct filler *f, size_t which, size_t queue, struct str word)
{
    const struct assign_floor *floor = fill_floor(f, which);
    const uint64_t *open = f->p[which]->open + queue * floor->code_words;
    for (size_t i = 0; i < floor->n_codes; i++) {
        if (assign_bit(open, i) &&
            (str_eq(floor->codes[i].is.id, word) || str_eq(floor->codes[i].is.name, word))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The workload's mix, without what the queue does not have (any more). */
static void put_mix(struct filler *f, const struct fill_queue *q, struct json mix)
{
    for (struct json m = json_first(mix); json_exists(m); m = json_next(m)) {
        size_t at = q->at[f->which];
        bool is_there = at != SIZE_MAX && find_code(f, f->which, at, json_key(m)) != SIZE_MAX;
        if (is_there) {
            copy_member(f, m);
        } else {
            fill_assume(f,
                        "queue \"%.*s\": code \"%.*s\" is gone, and the others are chosen instead",
                        STR_ARG(q->label), STR_ARG(json_key(m)));
        }
    }
}

static void put_codes(struct filler *f, const struct fill_queue *q)
{
    const struct assign_floor *floor = fill_floor(f, f->which);
    struct json mix = json_get(q->own, STR("codes"));
    size_t queue = q->at[f->which];
    struct map names = {0};
    json_make_open(&f->m, JSON_OBJECT, f->here.from);
    if (json_exists(mix)) {
        put_mix(f, q, mix);
    }
    for (size_t i = 0; !json_exists(mix) && queue != SIZE_MAX && i < floor->n_codes; i++) {
        const struct assign_thing *code = &floor->codes[i].is;
        if (assign_bit(f->p[f->which]->open + queue * floor->code_words, i)) {
            struct str name = map_put(&names, code->name, f) ? code->id : code->name;
            json_make_key(&f->m, name, f->here);
            fill_number(f, "1");
        }
    }
    json_make_close(&f->m, f->here.to);
    if (!json_exists(mix)) {
        fill_assume(f, "queue \"%.*s\": each of its codes is taken to be chosen as often",
                    STR_ARG(q->label));
    }
    map_done(&names);
}

void fill_skills(struct filler *f, const uint64_t *bits)
{
    const struct assign_floor *floor = fill_floor(f, f->which);
    bool low = floor->rule->is_low_best;
    for (size_t i = 0; i < floor->n_needs; i++) {
        const struct assign_need *need = floor->needs[i];
        bool is_strictest = assign_bit(bits, i);
        for (const struct assign_need *n = need->skill->needs; n && is_strictest; n = n->next) {
            bool is_stricter =
                n->level != INT64_MIN && (need->level == INT64_MIN ||
                                          (low ? n->level < need->level : n->level > need->level));
            is_strictest = !(assign_bit(bits, n->index) && is_stricter);
        }
        if (is_strictest) {
            int64_t level = need->level == INT64_MIN ? (low ? 1000000000 : 0)
                            : need->level < 0        ? 0
                                                     : need->level;
            json_make_key(&f->m, f->skill_names[f->which][need->skill->index], f->here);
            fill_number(f, "%.3f", (double)level / 1000);
        }
    }
}

static void put_queue(struct filler *f, const struct fill_queue *q)
{
    static const struct str taken[] = {STR_INIT("queue"), STR_INIT("acw"), STR_INIT("codes"),
                                       STR_INIT("skills")};
    const struct assign_queue *at = fill_at(f, q);
    json_make_open(&f->m, JSON_OBJECT, json_exists(q->own) ? json_span(q->own).from : f->here.from);
    fill_name(f, "queue");
    json_make_string(&f->m, q->label, json_span(q->said));
    for (struct json m = json_first(q->own); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < sizeof taken / sizeof *taken && !str_eq(taken[i], json_key(m))) {
            i++;
        }
        if (i == sizeof taken / sizeof *taken) {
            copy_member(f, m);
        }
    }
    fill_name(f, "acw");
    put_acw(f, q, at);
    fill_name(f, "codes");
    put_codes(f, q);
    if (at) {
        fill_name(f, "skills");
        json_make_open(&f->m, JSON_OBJECT, f->here.from);
        fill_skills(f, at->is.needs);
        json_make_close(&f->m, f->here.to);
    } else {
        fill_assume(f, "queue \"%.*s\" is gone: nobody serves it", STR_ARG(q->label));
    }
    json_make_close(&f->m, json_exists(q->own) ? json_span(q->own).to : f->here.to);
}

/* --- the whole --- */

static void put_assumed(struct filler *f)
{
    const struct assign_floor *floor = fill_floor(f, f->which);
    struct json own = json_get(f->root, STR("assumed"));
    fill_name(f, "assumed");
    json_make_open(&f->m, JSON_ARRAY, f->here.from);
    for (struct json m = json_first(own); json_exists(m); m = json_next(m)) {
        fill_copy(f, m);
    }
    for (size_t i = 0; i < f->assumed.len; i++) {
        fill_text(f, *(const struct str *)f->assumed.at[i]);
    }
    for (size_t i = 0; i < floor->rule->n_assumptions; i++) {
        fill_text(f, floor->rule->assumptions[i]);
    }
    json_make_close(&f->m, f->here.to);
}

static void put_root(struct filler *f)
{
    static const struct str taken[] = {STR_INIT("queues"), STR_INIT("tenant"), STR_INIT("profile"),
                                       STR_INIT("assumed"), STR_INIT("bestProficiency")};
    json_make_open(&f->m, JSON_OBJECT, json_span(f->root).from);
    for (struct json m = json_first(f->root); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < sizeof taken / sizeof *taken && !str_eq(taken[i], json_key(m))) {
            i++;
        }
        if (i == sizeof taken / sizeof *taken) {
            copy_member(f, m);
        }
    }
    fill_name(f, "bestProficiency");
    fill_text(f, fill_floor(f, f->which)->rule->is_low_best ? STR("least") : STR("greatest"));
    fill_name(f, "queues");
    json_make_open(&f->m, JSON_ARRAY, f->here.from);
    for (size_t i = 0; i < f->n_queues; i++) {
        put_queue(f, &f->queues[i]);
    }
    json_make_close(&f->m, f->here.to);
    if (!json_exists(json_get(f->root, STR("agents")))) {
        fill_name(f, "agents");
        fill_agents(f);
    }
    put_assumed(f);
    json_make_close(&f->m, json_span(f->root).to);
}

/* Skills go by name; where two are called the same, the second by its id. */
static void name_skills(struct filler *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct assign_floor *floor = fill_floor(f, i);
        struct map names = {0};
        f->skill_names[i] = ARENA_ARRAY(f->a, floor->n_skills + 1, struct str);
        for (size_t k = 0; k < floor->n_skills; k++) {
            struct assign_skill *s = floor->skills[k];
            f->skill_names[i][s->index] = map_put(&names, s->name, s) ? s->id : s->name;
        }
        map_done(&names);
    }
}

static void check_skill(struct filler *f, struct json at, struct str name, bool is_key)
{
    const struct assign_floor *floor = fill_floor(f, 0);
    size_t near = str_nearest(name, f->skill_names[0], floor->n_skills);
    struct str nearest = near < floor->n_skills ? f->skill_names[0][near] : (struct str){0};
    struct finding found = is_key ? json_key_finding(f->fs, at, STR("W701"), SEVERITY_ERROR)
                                  : json_finding(f->fs, at, STR("W701"), SEVERITY_ERROR);
    for (size_t i = 0; i < floor->n_skills; i++) {
        if (str_eq(f->skill_names[0][i], name)) {
            return;
        }
    }
    found.message =
        findings_text(f->fs, "tenant \"%.*s\" has no skill \"%.*s\"%s%.*s%s",
                      STR_ARG(floor->tenant), STR_ARG(name), nearest.s ? "; did you mean \"" : "",
                      STR_ARG(nearest), nearest.s ? "\"?" : "");
    findings_add(f->fs, &found);
}

/* Skills that the workload's own agents hold, or that a ring drops, are the tenant's. */
static void check_agents(struct filler *f)
{
    struct json agents = json_get(f->root, STR("agents"));
    for (struct json m = json_first(agents); json_exists(m); m = json_next(m)) {
        struct json skills = json_get(m, STR("skills"));
        for (struct json s = json_first(skills); json_exists(s); s = json_next(s)) {
            check_skill(f, s, json_key(s), true);
        }
    }
}

static void check_queue(struct filler *f, struct json own)
{
    struct json rings = json_get(own, STR("rings")), skills = json_get(own, STR("skills"));
    for (struct json m = json_first(rings); json_exists(m); m = json_next(m)) {
        struct json drop = json_get(m, STR("drop"));
        for (struct json d = json_first(drop); json_exists(d); d = json_next(d)) {
            check_skill(f, d, json_str(d), false);
        }
    }
    if (json_exists(skills)) {
        fill_bad(f, skills, "which skills a queue asks for is the tenant's to say");
    }
}

static void check_mix(struct filler *f, const struct fill_queue *q)
{
    struct json mix = json_get(q->own, STR("codes"));
    for (struct json m = json_first(mix); json_exists(m); m = json_next(m)) {
        struct finding found = json_key_finding(f->fs, m, STR("W701"), SEVERITY_ERROR);
        if (find_code(f, 0, q->at[0], json_key(m)) == SIZE_MAX) {
            found.message = findings_text(
                f->fs, "queue \"%.*s\" of tenant \"%.*s\" has no code \"%.*s\"", STR_ARG(q->label),
                STR_ARG(fill_floor(f, 0)->tenant), STR_ARG(json_key(m)));
            findings_add(f->fs, &found);
        }
    }
}

/* All that the workload names is the tenant's. */
static void check_names(struct filler *f)
{
    struct json queues = json_get(f->root, STR("queues")),
                agents = json_get(f->root, STR("agents"));
    name_skills(f);
    (void)add_queues(f);
    check_agents(f);
    for (struct json m = json_first(queues); json_exists(m); m = json_next(m)) {
        check_queue(f, m);
    }
    for (size_t i = 0; i < f->n_queues; i++) {
        check_mix(f, &f->queues[i]);
    }
    if (!json_exists(agents) && !fill_floor(f, 0)->has_agents) {
        fill_bad(f, f->root, "the profile \"%.*s\" knows no agents: say in `agents` who serves",
                 STR_ARG(fill_floor(f, 0)->profile));
    }
}

bool sim_workload_fill(const struct json_doc **out, struct arena *a, struct json root,
                       const struct assign_proof *const *floors, size_t n, struct findings *fs,
                       struct err *err)
{
    size_t errors = fs->errors;
    struct filler f = {.a = a, .root = root, .p = floors, .n = n > 1 ? FILL_FLOORS : 1, .fs = fs};
    struct json said = json_get(root, STR("tenant"));
    f.here = json_span(json_exists(said) ? said : root);
    bool is_well = format_check(STR("schema/workload.schema.json"), root, fs, err);
    if (is_well) {
        check_names(&f);
    }
    for (f.which = 0; is_well && fs->errors == errors && f.which < f.n; f.which++) {
        json_maker_init(&f.m, a, json_doc_name(root.doc), json_doc_text(root.doc));
        f.assumed.len = 0;
        put_root(&f);
        is_well = fs->errors == errors && json_make_done(&out[f.which], &f.m, NULL, fs, err);
    }
    vec_done(&f.assumed);
    return (is_well && fs->errors == errors) ||
           (err->code != ERR_NONE
                ? false
                : err_set(err, ERR_INPUT, "the workload does not go with its tenant"));
}
