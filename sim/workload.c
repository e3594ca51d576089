/* From a workload file to a model. */
#include "sim/workload.h"

#include <string.h>

enum { INTERVALS_MAX = 100000 };
#define TARGET_USUAL (20 * SIM_TICKS_PER_S)

static struct json member(struct json v, const char *name)
{
    return json_get(v, str_of(name));
}

static double number_or(struct json v, double otherwise)
{
    return json_exists(v) ? json_double(v) : otherwise;
}

static void read_day(struct workload_reader *r, struct json day)
{
    struct sim_model *m = &r->out->model;
    struct json interval = member(day, "interval"), warm = member(day, "warmUp");
    if (workload_ticks(r, member(day, "length"), &m->end_ticks) && m->end_ticks == 0) {
        workload_bad(r, member(day, "length"), "a day has some length");
    }
    if (json_exists(warm) && workload_ticks(r, warm, &m->warm_ticks) &&
        m->warm_ticks >= m->end_ticks) {
        workload_bad(r, warm, "the warm-up ends before the day does");
    }
    if (json_exists(interval) && workload_ticks(r, interval, &m->interval_ticks) &&
        (m->interval_ticks == 0 || m->end_ticks / m->interval_ticks >= INTERVALS_MAX)) {
        workload_bad(r, interval, "a day has from 1 to %d intervals", INTERVALS_MAX);
    }
    m->drains = json_is_true(member(day, "drain"));
}

static enum sim_acw_mode mode_of(struct str name)
{
    static const struct {
        struct str name;
        enum sim_acw_mode mode;
    } modes[] = {
        {STR_INIT("optional"), SIM_ACW_OPTIONAL},
        {STR_INIT("mandatory"), SIM_ACW_MANDATORY},
        {STR_INIT("mandatory-timeout"), SIM_ACW_TIMEOUT},
        {STR_INIT("mandatory-forced-timeout"), SIM_ACW_FORCED},
        {STR_INIT("agent-requested"), SIM_ACW_REQUESTED},
        {STR_INIT("disposition"), SIM_ACW_OPTIONAL},
        {STR_INIT("automatic"), SIM_ACW_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (str_eq(modes[i].name, name)) {
            return modes[i].mode;
        }
    }
    return SIM_ACW_NONE;
}

/* What is required changes during the day, and the way out for whoever is left without a code. */
static void read_changes(struct workload_reader *r, struct sim_queue *q, struct json acw)
{
    struct json changes = member(acw, "requirementsChange");
    int64_t *at = ARENA_ARRAY(r->a, json_count(changes) + 1, int64_t);
    q->has_way_out = json_is_true(member(acw, "wayOut"));
    q->p_change = number_or(member(acw, "overtaken"), 1);
    q->changes = at;
    for (struct json m = json_first(changes); json_exists(m); m = json_next(m)) {
        (void)workload_ticks(r, m, &at[q->n_changes++]);
    }
}

static void read_acw(struct workload_reader *r, struct sim_queue *q, struct json acw)
{
    struct json limit = member(acw, "limit");
    struct str moment = json_str_or(member(acw, "codeMoment"), STR("end"));
    struct str mode = json_str_or(member(acw, "mode"), STR(""));
    q->acw = mode_of(mode);
    if (str_eq(mode, STR("disposition"))) { /* the agent ends it; asked for a code, or not */
        q->works_uncoded = true;
        q->acw = json_is_true(member(acw, "required")) ? SIM_ACW_MANDATORY : SIM_ACW_OPTIONAL;
    } else if (json_exists(member(acw, "required"))) {
        workload_bad(r, member(acw, "required"),
                     "only the mode \"disposition\" asks whether a code is required");
    }
    read_changes(r, q, acw);
    bool has_limit =
        q->acw == SIM_ACW_TIMEOUT || q->acw == SIM_ACW_FORCED || q->acw == SIM_ACW_REQUESTED;
    if (json_exists(limit)) {
        (void)workload_ticks(r, limit, &q->limit_ticks);
        if (!has_limit) {
            workload_note(r, "queue \"%.*s\": the limit has no effect in this mode",
                          STR_ARG(q->name));
        }
    } else if (q->acw == SIM_ACW_REQUESTED) {
        q->limit_ticks = INT64_MAX;
    } else if (has_limit) {
        workload_bad(r, acw, "this mode needs a limit");
    }
    q->p_optional = number_or(member(acw, "coded"), 1);
    q->p_requested = number_or(member(acw, "requested"), 1);
    q->p_no_code = number_or(member(acw, "noCode"), 0);
    q->moment = str_eq(moment, STR("start"))   ? SIM_CODE_AT_START
                : str_eq(moment, STR("drawn")) ? SIM_CODE_DRAWN
                                               : SIM_CODE_AT_END;
    if (has_limit && !json_exists(member(acw, "codeMoment"))) {
        workload_note(
            r, "queue \"%.*s\": the code is taken to be chosen at the end of after-call work",
            STR_ARG(q->name));
    }
}

static void read_codes(struct workload_reader *r, struct sim_queue *q, struct json codes)
{
    size_t n = json_exists(codes) ? json_count(codes) : 1;
    double *at = ARENA_ARRAY(r->a, n + 1, double), sum = 0;
    struct str *names = ARENA_ARRAY(r->a, n + 1, struct str);
    q->codes = at;
    q->code_names = names;
    q->n_codes = n;
    if (!json_exists(codes)) {
        at[0] = 1;
        names[0] = STR("(any)");
        return;
    }
    n = 0;
    for (struct json m = json_first(codes); json_exists(m); m = json_next(m), n++) {
        names[n] = json_key(m);
        at[n] = sum += json_double(m);
    }
    if (n > 0 && !(sum > 0)) {
        workload_bad(r, codes, "at least one code is chosen now and then");
    }
    for (size_t i = 0; i < n && sum > 0; i++) {
        at[i] /= sum;
    }
}

static void read_queue(struct workload_reader *r, struct json v)
{
    struct sim_queue *q = &r->queues[r->out->model.n_queues++];
    struct json acw = member(v, "acw"), target = member(v, "target"), rings = member(v, "rings");
    q->name = json_str(member(v, "queue"));
    if (map_get(&r->queue_names, q->name)) {
        workload_bad(r, member(v, "queue"), "there is a queue \"%.*s\" already", STR_ARG(q->name));
    }
    map_put(&r->queue_names, q->name, q);
    q->urgency = (int)json_i64_or(member(v, "priority"), 0);
    q->room = json_i64_or(member(v, "room"), -1);
    q->target_ticks = TARGET_USUAL;
    if (json_exists(target)) {
        (void)workload_ticks(r, target, &q->target_ticks);
    } else {
        workload_note(r, "queue \"%.*s\": the service level's target is taken to be 20 s",
                      STR_ARG(q->name));
    }
    int64_t *at = ARENA_ARRAY(r->a, json_count(rings) + 1, int64_t), last = 0;
    for (struct json m = json_first(rings); json_exists(m); m = json_next(m)) {
        struct json after = json_kind(m) == JSON_OBJECT ? member(m, "after") : m;
        if (workload_ticks(r, after, &at[q->n_rings]) && at[q->n_rings] < last) {
            workload_bad(r, m, "rings open one after the other");
        }
        last = at[q->n_rings++];
    }
    q->ring_ticks = at;
    if (json_exists(acw)) {
        read_acw(r, q, acw);
    } else {
        workload_note(r, "queue \"%.*s\": no after-call work is described, so there is none",
                      STR_ARG(q->name));
    }
    read_codes(r, q, member(v, "codes"));
}

static const struct sim_queue *find_queue(struct workload_reader *r, struct json name)
{
    const struct sim_queue *q = map_get(&r->queue_names, json_str(name));
    if (!q) {
        struct str *known = ARENA_ARRAY(r->a, r->out->model.n_queues + 1, struct str);
        for (size_t i = 0; i < r->out->model.n_queues; i++) {
            known[i] = r->queues[i].name;
        }
        size_t near = str_nearest(json_str(name), known, r->out->model.n_queues);
        bool is_near = near < r->out->model.n_queues;
        workload_bad(r, name, "there is no queue \"%.*s\"%s%.*s%s", STR_ARG(json_str(name)),
                     is_near ? "; did you mean \"" : "", is_near ? (int)known[near].len : 0,
                     is_near ? known[near].s : "", is_near ? "\"?" : "");
    }
    return q;
}

static size_t find_stream(struct workload_reader *r, struct json name)
{
    struct str s = json_str_or(name, (struct str){0});
    uintptr_t there = s.s ? (uintptr_t)map_get(&r->stream_names, s) : 0;
    if (there) {
        return (size_t)there - 1;
    }
    size_t stream = r->n_streams++;
    if (s.s) {
        map_put(&r->stream_names, s, (void *)(uintptr_t)(stream + 1));
    }
    return stream;
}

static size_t find_channel(struct workload_reader *r, struct str name)
{
    struct sim_model *m = &r->out->model;
    if (!name.len) {
        return SIZE_MAX;
    }
    uintptr_t there = (uintptr_t)map_get(&r->channel_names, name);
    if (!there) {
        r->channels[m->n_channels++] = name;
        there = m->n_channels;
        map_put(&r->channel_names, name, (void *)there);
    }
    return (size_t)there - 1;
}

static void read_rates(struct workload_reader *r, struct sim_source *s, struct json v)
{
    struct json rates = member(v, "rates"), trace = member(v, "trace"), even = member(v, "perHour");
    struct sim_rate *at = ARENA_ARRAY(r->a, json_count(rates) + 2, struct sim_rate);
    if ((json_exists(rates) + json_exists(trace) + json_exists(even)) != 1) {
        workload_bad(r, v, "one of perHour, rates and trace says when contacts come");
        return;
    }
    s->rates = at;
    if (json_exists(even)) {
        at[0].per_hour = json_double(even);
        s->n_rates = 1;
    }
    for (struct json m = json_first(rates); json_exists(m); m = json_next(m)) {
        struct sim_rate *rate = &at[s->n_rates];
        rate->per_hour = json_double(member(m, "perHour"));
        if (workload_ticks(r, member(m, "from"), &rate->from_ticks) && s->n_rates > 0 &&
            rate->from_ticks <= at[s->n_rates - 1].from_ticks) {
            workload_bad(r, m, "rates follow each other in time");
        }
        s->n_rates++;
    }
    if (!json_exists(trace)) {
        return;
    }
    int64_t *times = ARENA_ARRAY(r->a, json_count(trace) + 1, int64_t);
    s->trace = times;
    for (struct json m = json_first(trace); json_exists(m); m = json_next(m)) {
        if (workload_ticks(r, m, &times[s->n_trace]) && s->n_trace > 0 &&
            times[s->n_trace] < times[s->n_trace - 1]) {
            workload_bad(r, m, "arrivals follow each other in time");
        }
        s->n_trace++;
    }
}

static void read_source(struct workload_reader *r, struct sim_source *s, struct json v)
{
    struct json busyness = member(v, "busyness"), patience = member(v, "patience"),
                acw = member(v, "acw");
    const struct sim_queue *q = find_queue(r, member(v, "queue"));
    s->name = json_str_or(member(v, "name"), json_str(member(v, "queue")));
    s->channel = json_str_or(member(v, "channel"), STR(""));
    s->queue = q ? (size_t)(q - r->queues) : 0;
    s->channel_number = find_channel(r, s->channel);
    read_rates(r, s, v);
    (void)workload_dist(r, member(v, "talk"), &s->talk);
    s->acw_share = number_or(member(v, "acwShare"), 0);
    s->patience = (struct sim_dist){.kind = SIM_NEVER};
    if (json_exists(acw)) {
        (void)workload_dist(r, acw, &s->acw);
        if (s->acw_share > 0) {
            workload_bad(r, acw, "acwShare says already how long after-call work takes");
        }
    } else if (q && q->acw != SIM_ACW_NONE && s->acw_share <= 0 && q->acw != SIM_ACW_FORCED) {
        workload_note(r,
                      "contacts \"%.*s\": no natural after-call work is given, so it takes no time",
                      STR_ARG(s->name));
    }
    if (s->talk.kind == SIM_NEVER || s->acw.kind == SIM_NEVER) {
        workload_bad(r, v, "talk and after-call work end some day");
    }
    if (json_exists(patience)) {
        (void)workload_dist(r, patience, &s->patience);
    }
    s->units = (unsigned)json_i64_or(member(v, "units"), 0);
    s->busyness_shape = number_or(member(busyness, "shape"), 0);
    s->busyness_stream = find_stream(r, member(busyness, "stream"));
}

static void read_link(struct workload_reader *r, struct sim_group *g, struct sim_link *links,
                      struct json m, struct json agents)
{
    struct json name = json_kind(m) == JSON_OBJECT ? member(m, "queue") : m;
    const struct sim_queue *q = find_queue(r, name);
    struct sim_link *l = &links[g->n_links];
    if (!q) {
        return;
    }
    l->queue = (size_t)(q - r->queues);
    l->rank = (int)json_i64_or(member(m, "rank"), 0);
    l->order = (int)json_i64_or(member(m, "order"), 0);
    l->ring = (unsigned)json_i64_or(member(m, "ring"), 0);
    l->has_no_code = json_is_true(member(m, "noCode"));
    if (l->ring > q->n_rings) {
        workload_bad(r, member(m, "ring"), "queue \"%.*s\" has %zu rings", STR_ARG(q->name),
                     q->n_rings);
    }
    size_t group = r->out->model.n_groups + 1;
    if (r->served_by[l->queue] == group) {
        workload_bad(r, name, "the queue is served already");
    }
    if (workload_skills_link(r, l, r->queue_values[l->queue], agents, m)) {
        r->served_by[l->queue] = group;
        g->n_links++;
    } else {
        workload_note(r, "\"%.*s\" lack a skill for queue \"%.*s\" and never serve it",
                      STR_ARG(g->name), STR_ARG(q->name));
    }
}

/* Without a list: whatever the skills are good for. */
static void link_by_skill(struct workload_reader *r, struct sim_group *g, struct sim_link *links,
                          struct json agents)
{
    for (size_t number = 0; number < r->out->model.n_queues; number++) {
        struct json q = r->queue_values[number];
        struct sim_link *l = &links[g->n_links];
        *l = (struct sim_link){.queue = number};
        if (json_count(member(q, "skills")) > 0 &&
            workload_skills_link(r, l, q, agents, (struct json){0})) {
            r->served_by[number] = r->out->model.n_groups + 1;
            g->n_links++;
        }
    }
}

static void read_links(struct workload_reader *r, struct sim_group *g, struct json agents)
{
    struct json serves = member(agents, "serves");
    size_t most = json_exists(serves) ? json_count(serves) : r->out->model.n_queues;
    struct sim_link *links = ARENA_ARRAY(r->a, most + 1, struct sim_link);
    for (struct json m = json_first(serves); json_exists(m); m = json_next(m)) {
        read_link(r, g, links, m, agents);
    }
    if (!json_exists(serves)) {
        link_by_skill(r, g, links, agents);
    }
    g->links = links;
}

static void read_group(struct workload_reader *r, struct sim_group *g, struct json v, size_t number)
{
    struct json shifts = member(v, "shifts"), count = member(v, "count");
    struct sim_staff *staff = ARENA_ARRAY(r->a, json_count(shifts) + 2, struct sim_staff);
    struct buf name;
    buf_init(&name, r->a);
    buf_printf(&name, "agents %zu", number + 1);
    g->name = json_str_or(member(v, "name"), buf_str(&name));
    if (json_exists(shifts) == json_exists(count)) {
        workload_bad(r, v, "either count or shifts says how many agents there are");
    }
    if (json_exists(count)) {
        staff[g->n_staff++].count = (uint32_t)json_i64_or(count, 0);
    }
    for (struct json m = json_first(shifts); json_exists(m); m = json_next(m)) {
        struct sim_staff *s = &staff[g->n_staff];
        s->count = (uint32_t)json_i64_or(member(m, "count"), 0);
        if (workload_ticks(r, member(m, "from"), &s->from_ticks) && g->n_staff > 0 &&
            s->from_ticks <= staff[g->n_staff - 1].from_ticks) {
            workload_bad(r, m, "shifts follow each other in time");
        }
        g->n_staff++;
    }
    g->staff = staff;
    g->units = (unsigned)json_i64_or(member(v, "units"), 0);
    g->acw_keeps_slot = json_is_true(member(v, "acwKeepsSlot"));
    read_links(r, g, v);
}

/* What only a workload of a tenant may leave out. */
static bool is_whole(struct workload_reader *r, struct json root)
{
    if (json_exists(member(root, "queues")) && json_exists(member(root, "agents"))) {
        return true;
    }
    return workload_bad(r, root,
                        "queues and agents are missing: the workload lists them, or names "
                        "a tenant that does (\"profile\" and \"tenant\", or --tenant)");
}

static void read_all(struct workload_reader *r, struct json root)
{
    struct sim_workload *w = r->out;
    struct json queues = member(root, "queues"), contacts = member(root, "contacts"),
                agents = member(root, "agents"),
                release = json_path(root, STR("stuck.releaseAfter"));
    for (struct json m = json_first(member(root, "assumed")); json_exists(m); m = json_next(m)) {
        workload_note(r, "%.*s", STR_ARG(json_str(m)));
    }
    w->name = json_str_or(member(root, "name"), STR("workload"));
    w->replications = (size_t)json_i64_or(member(root, "replications"), 20);
    w->seed = (uint64_t)json_i64_or(member(root, "seed"), 1);
    read_day(r, member(root, "day"));
    r->queues = ARENA_ARRAY(r->a, json_count(queues), struct sim_queue);
    r->queue_values = ARENA_ARRAY(r->a, json_count(queues), struct json);
    r->served_by = ARENA_ARRAY(r->a, json_count(queues), size_t);
    r->channels = ARENA_ARRAY(r->a, json_count(contacts) + 1, struct str);
    r->least_is_best = str_eq(json_str_or(member(root, "bestProficiency"), STR("")), STR("least"));
    for (struct json m = json_first(queues); json_exists(m); m = json_next(m)) {
        r->queue_values[w->model.n_queues] = m;
        read_queue(r, m);
    }
    struct sim_source *sources = ARENA_ARRAY(r->a, json_count(contacts), struct sim_source);
    for (struct json m = json_first(contacts); json_exists(m); m = json_next(m)) {
        read_source(r, &sources[w->model.n_sources++], m);
    }
    if (!workload_check_pairs(r, queues, agents)) {
        return;
    }
    struct sim_group *groups = ARENA_ARRAY(r->a, json_count(agents), struct sim_group);
    for (struct json m = json_first(agents); json_exists(m); m = json_next(m)) {
        read_group(r, &groups[w->model.n_groups], m, w->model.n_groups);
        w->model.n_groups++;
    }
    if (json_exists(release)) {
        w->model.stuck = SIM_STUCK_RELEASED;
        (void)workload_ticks(r, release, &w->model.release_ticks);
    }
    w->model.queues = r->queues;
    w->model.sources = sources;
    w->model.groups = groups;
    w->model.channels = r->channels;
    workload_skills_list(r, queues);
    workload_check_sizes(r, root);
    workload_check_sense(r);
}

bool sim_workload_read(struct sim_workload *out, struct arena *a, struct json root,
                       struct findings *fs, struct err *err)
{
    size_t errors = fs->errors;
    struct workload_reader r = {.a = a, .fs = fs, .out = out};
    *out = (struct sim_workload){.root = root};
    if (format_check(STR("schema/workload.schema.json"), root, fs, err) && is_whole(&r, root)) {
        read_all(&r, root);
        map_done(&r.queue_names);
        map_done(&r.stream_names);
        map_done(&r.channel_names);
    }
    if (fs->errors == errors) {
        return true;
    }
    for (size_t i = 0; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        if (f->severity == SEVERITY_ERROR) {
            err_set(err, ERR_INPUT, "%.*s", STR_ARG(f->message));
            return err_at(err, f->file, f->line, f->column);
        }
    }
    return err_set(err, ERR_INPUT, "the workload is not well-formed");
}
