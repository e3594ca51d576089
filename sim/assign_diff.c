/* What a change does: two floors side by side, who gains and who loses a code on a queue.
 *
 * Agents, queues, channels and codes of the two are the same where their ids are (channels: names). Each queue and
 * channel is a table of codes, in which the agents that differ are gathered; it is told before the next. */
#include "sim/assign_int.h"

enum { NAMES_SHOWN = 6 };

/* One kind of thing in both: its place in either, SIZE_MAX where it is not. */
struct pair {
    size_t a, b;
};

struct pairs {
    struct pair *at;
    size_t n;
};

/* What one code of one queue and channel changed: who of the pairs of agents. */
struct moved {
    struct vec gained, lost; /* of struct pair */
};

struct differ {
    struct arena *arena;
    const struct assign_proof *a, *b;
    struct pairs agents, queues, codes, channels;
    size_t *code_a, *code_b;  /* place of a code → its pair */
    struct moved *moved;      /* [codes.n] */
    uint64_t *row, *was, *is; /* row: of one floor; was, is: over pairs of codes */
    struct buf *out;
    struct assign_delta *delta;
    enum assign_delta_format format;
};

/* A code of a queue and channel, and who gains or loses it. */
struct row {
    const struct vec *who; /* of struct pair */
    bool is_gained;
    const struct pair *queue, *channel, *code;
    struct str queue_name, channel_name, code_name, why;
};

static const struct assign_thing *thing_at(const void *first, size_t size, size_t i)
{
    return (const struct assign_thing *)(const void *)((const char *)first + i * size);
}

static struct pairs pair_things(struct arena *arena, const void *a, size_t n_a, const void *b,
                                size_t n_b, size_t size)
{
    struct pairs out = {ARENA_ARRAY(arena, n_a + n_b + 1, struct pair), 0};
    struct map known = {0};
    for (size_t i = 0; i < n_a; i++) {
        out.at[out.n] = (struct pair){i, SIZE_MAX};
        map_put(&known, thing_at(a, size, i)->id, &out.at[out.n++]);
    }
    for (size_t i = 0; i < n_b; i++) {
        struct pair *old = map_get(&known, thing_at(b, size, i)->id);
        if (old) {
            old->b = i;
        } else {
            out.at[out.n++] = (struct pair){SIZE_MAX, i};
        }
    }
    map_done(&known);
    return out;
}

static struct pairs pair_channels(struct arena *arena, const struct assign_floor *a,
                                  const struct assign_floor *b)
{
    struct pairs out = {ARENA_ARRAY(arena, a->n_channels + b->n_channels, struct pair), 0};
    for (size_t i = 0; i < a->n_channels; i++) {
        out.at[out.n++] = (struct pair){i, SIZE_MAX};
    }
    for (size_t i = 0; i < b->n_channels; i++) {
        size_t k = 0;
        while (k < a->n_channels && !str_eq(a->channels[k], b->channels[i])) {
            k++;
        }
        if (k < a->n_channels) {
            out.at[k].b = i;
        } else {
            out.at[out.n++] = (struct pair){SIZE_MAX, i};
        }
    }
    return out;
}

static size_t *places(struct arena *arena, const struct pairs *pairs, size_t n, bool is_b)
{
    size_t *out = ARENA_ARRAY(arena, n + 1, size_t);
    for (size_t i = 0; i < pairs->n; i++) {
        size_t at = is_b ? pairs->at[i].b : pairs->at[i].a;
        if (at != SIZE_MAX) {
            out[at] = i;
        }
    }
    return out;
}

/* The codes that the agent can use, over pairs of codes. */
static void look(struct differ *d, uint64_t *out, const struct assign_proof *p, const size_t *place,
                 size_t agent, size_t queue, size_t channel)
{
    size_t words = assign_words(d->codes.n);
    memset(out, 0, words * sizeof *out);
    if (agent == SIZE_MAX || queue == SIZE_MAX || channel == SIZE_MAX) {
        return;
    }
    sim_assign_row(d->row, p, agent, queue, channel);
    for (size_t w = 0; w < p->floor->code_words; w++) {
        for (uint64_t left = d->row[w]; left; left &= left - 1) {
            assign_set(out, place[w * 64 + (size_t)__builtin_ctzll(left)]);
        }
    }
}

static void gather(struct differ *d, struct pair *agent, const struct pair *queue,
                   const struct pair *channel)
{
    look(d, d->was, d->a, d->code_a, agent->a, queue->a, channel->a);
    look(d, d->is, d->b, d->code_b, agent->b, queue->b, channel->b);
    for (size_t w = 0; w < assign_words(d->codes.n); w++) {
        for (uint64_t left = d->was[w] ^ d->is[w]; left; left &= left - 1) {
            size_t code = w * 64 + (size_t)__builtin_ctzll(left);
            bool is_gained = assign_bit(d->is, code);
            vec_push(is_gained ? &d->moved[code].gained : &d->moved[code].lost, agent);
            d->delta->gained += is_gained;
            d->delta->lost += !is_gained;
        }
    }
}

static struct str name_of(const struct pair *p, const void *a, const void *b, size_t size)
{
    return p->b != SIZE_MAX ? thing_at(b, size, p->b)->name : thing_at(a, size, p->a)->name;
}

static struct str agent_name(const struct differ *d, const struct pair *agent)
{
    return name_of(agent, d->a->floor->agents, d->b->floor->agents, sizeof(struct assign_agent));
}

/* Why the one who is worse off cannot: of what was lost in the candidate, of what is gained in the baseline. */
static void put_why(struct differ *d, struct buf *out, const struct assign_floor *f, size_t agent,
                    const struct row *at)
{
    size_t queue = f == d->a->floor ? at->queue->a : at->queue->b;
    size_t channel = f == d->a->floor ? at->channel->a : at->channel->b;
    size_t code = f == d->a->floor ? at->code->a : at->code->b;
    bool is_there =
        agent != SIZE_MAX && queue != SIZE_MAX && channel != SIZE_MAX && code != SIZE_MAX;
    uint32_t why = is_there ? sim_assign_why(f, agent, queue, channel, code) : 0;
    if (!is_there) {
        buf_put(out, STR("it is not there"));
    }
    for (size_t r = 0, n = 0; r < ASSIGN_REASON_COUNT; r++) {
        if (why >> r & 1) {
            buf_put(out, n++ ? STR("; ") : STR(""));
            sim_assign_reason_put(out, f, (enum assign_reason)r, agent, queue, channel, code);
        }
    }
}

/* The first of those whom it is about; how many. */
static size_t put_names(struct differ *d, struct buf *out, const struct row *at)
{
    size_t i = 0;
    for (; i < at->who->len && i < NAMES_SHOWN; i++) {
        buf_put(out, i ? STR(", ") : STR(""));
        buf_put(out, agent_name(d, at->who->at[i]));
    }
    return i;
}

static void put_text(struct differ *d, const struct row *at)
{
    buf_printf(d->out, "  %c %.*s, ", at->is_gained ? '+' : '-', STR_ARG(at->queue_name));
    if (at->channel_name.len) {
        buf_printf(d->out, "%.*s, ", STR_ARG(at->channel_name));
    }
    buf_printf(d->out, "%.*s: %zu agent%s (", STR_ARG(at->code_name), at->who->len,
               at->who->len == 1 ? "" : "s");
    (void)put_names(d, d->out, at);
    buf_put(d->out, at->who->len > NAMES_SHOWN ? STR(" …)") : STR(")"));
    buf_put(d->out, at->is_gained ? STR(" can use it now; before: ") : STR(" no longer can: "));
    buf_put(d->out, at->why);
    buf_put_char(d->out, '\n');
}

static void put_member(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "\"%s\":", name);
    buf_put_json_string(out, value);
    buf_put_char(out, ',');
}

static void put_json(struct differ *d, const struct row *at)
{
    buf_put(d->out, d->out->len ? STR(",{") : STR("{"));
    put_member(d->out, "becomes", at->is_gained ? STR("usable") : STR("unusable"));
    put_member(d->out, "queue", at->queue_name);
    put_member(d->out, "channel", at->channel_name);
    put_member(d->out, "code", at->code_name);
    put_member(d->out, at->is_gained ? "before" : "why", at->why);
    buf_put(d->out, STR("\"agents\":["));
    for (size_t i = 0; i < at->who->len; i++) {
        buf_put(d->out, i ? STR(",") : STR(""));
        buf_put_json_string(d->out, agent_name(d, at->who->at[i]));
    }
    buf_put(d->out, STR("]}"));
}

static void put_cell(struct buf *out, struct str text, char end)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        buf_put(out, text.s[i] == '"' ? STR("\"") : STR(""));
        buf_put_char(out, text.s[i]);
    }
    buf_put_char(out, '"');
    buf_put_char(out, end);
}

static void put_csv(struct differ *d, const struct row *at)
{
    const struct assign_floor *worse = at->is_gained ? d->a->floor : d->b->floor;
    for (size_t i = 0; i < at->who->len; i++) {
        const struct pair *agent = at->who->at[i];
        struct buf why;
        buf_init(&why, NULL);
        put_why(d, &why, worse, at->is_gained ? agent->a : agent->b, at);
        put_cell(d->out, at->is_gained ? STR("usable") : STR("unusable"), ',');
        put_cell(d->out, agent_name(d, agent), ',');
        put_cell(d->out, at->queue_name, ',');
        put_cell(d->out, at->channel_name, ',');
        put_cell(d->out, at->code_name, ',');
        put_cell(d->out, buf_str(&why), '\n');
        buf_done(&why);
    }
}

static void put_html(struct differ *d, const struct row *at)
{
    struct buf names;
    buf_init(&names, NULL);
    struct assign_moved m = {.is_gained = at->is_gained,
                             .queue = at->queue_name,
                             .channel = at->channel_name,
                             .code = at->code_name,
                             .why = at->why,
                             .n_agents = at->who->len};
    m.n_shown = put_names(d, &names, at);
    m.agents = buf_str(&names);
    assign_html_moved(d->out, &m);
    buf_done(&names);
}

static const struct {
    struct str name;
    void (*put)(struct differ *d, const struct row *at);
} formats[ASSIGN_DELTA_FORMAT_COUNT] = {
    [ASSIGN_DELTA_TEXT] = {STR_INIT("text"), put_text},
    [ASSIGN_DELTA_JSON] = {STR_INIT("json"), put_json},
    [ASSIGN_DELTA_CSV] = {STR_INIT("csv"), put_csv},
    [ASSIGN_DELTA_HTML] = {STR_INIT("html"), put_html},
};

struct str sim_assign_delta_format(enum assign_delta_format format)
{
    return formats[format].name;
}

static void put_moved(struct differ *d, const struct vec *who, bool is_gained,
                      const struct pair *queue, const struct pair *channel, const struct pair *code)
{
    const struct assign_floor *a = d->a->floor, *b = d->b->floor;
    const struct pair *first = who->len ? who->at[0] : NULL;
    struct buf why;
    if (!first) {
        return;
    }
    struct row at = {.who = who,
                     .is_gained = is_gained,
                     .queue = queue,
                     .channel = channel,
                     .code = code,
                     .queue_name = name_of(queue, a->queues, b->queues, sizeof *a->queues),
                     .code_name = name_of(code, a->codes, b->codes, sizeof *a->codes)};
    if (a->has_channels || b->has_channels) {
        at.channel_name =
            channel->b != SIZE_MAX ? b->channels[channel->b] : a->channels[channel->a];
    }
    buf_init(&why, NULL);
    put_why(d, &why, is_gained ? a : b, is_gained ? first->a : first->b, &at);
    at.why = buf_str(&why);
    formats[d->format].put(d, &at);
    buf_done(&why);
}

static void look_queue(struct differ *d, const struct pair *queue, const struct pair *channel)
{
    for (size_t i = 0; i < d->agents.n; i++) {
        gather(d, &d->agents.at[i], queue, channel);
    }
    for (size_t c = 0; c < d->codes.n; c++) {
        struct moved *m = &d->moved[c];
        put_moved(d, &m->lost, false, queue, channel, &d->codes.at[c]);
        put_moved(d, &m->gained, true, queue, channel, &d->codes.at[c]);
        m->lost.len = m->gained.len = 0;
    }
}

static void look_all(struct differ *d)
{
    for (size_t q = 0; q < d->queues.n; q++) {
        for (size_t x = 0; x < d->channels.n; x++) {
            look_queue(d, &d->queues.at[q], &d->channels.at[x]);
        }
    }
    for (size_t c = 0; c < d->codes.n; c++) {
        vec_done(&d->moved[c].gained);
        vec_done(&d->moved[c].lost);
    }
}

/* The lines, below what they come to. */
static void put_whole(struct buf *out, const struct differ *d, struct str lines)
{
    unsigned long long lost = d->delta->lost, gained = d->delta->gained;
    unsigned long long is = d->b->n_usable, was = d->a->n_usable;
    if (d->format == ASSIGN_DELTA_JSON) {
        buf_printf(out,
                   "{\"format_version\":\"1.0\",\"lost\":%llu,\"gained\":%llu,\"usable\":%llu,"
                   "\"usable_before\":%llu,\"changes\":[",
                   lost, gained, is, was);
    } else if (d->format == ASSIGN_DELTA_CSV) {
        buf_put(out, STR("becomes,agent,queue,channel,code,why\n"));
    } else {
        buf_printf(
            out, "the change takes %llu combinations away and gives %llu: usable %llu, were %llu\n",
            lost, gained, is, was);
    }
    buf_put(out, lines);
    buf_put(out, d->format == ASSIGN_DELTA_JSON ? STR("]}\n") : STR(""));
}

struct assign_delta sim_assign_diff(struct buf *out, const struct assign_proof *baseline,
                                    const struct assign_proof *candidate,
                                    enum assign_delta_format format, const struct findings *fs)
{
    const struct assign_floor *a = baseline->floor, *b = candidate->floor;
    struct arena arena;
    struct assign_delta delta = {0};
    struct buf lines;
    struct differ d = {.arena = &arena,
                       .a = baseline,
                       .b = candidate,
                       .out = &lines,
                       .delta = &delta,
                       .format = format};
    arena_init(&arena, 1 << 16, 0);
    buf_init(&lines, NULL);
    d.agents =
        pair_things(&arena, a->agents, a->n_agents, b->agents, b->n_agents, sizeof *a->agents);
    d.queues =
        pair_things(&arena, a->queues, a->n_queues, b->queues, b->n_queues, sizeof *a->queues);
    d.codes = pair_things(&arena, a->codes, a->n_codes, b->codes, b->n_codes, sizeof *a->codes);
    d.channels = pair_channels(&arena, a, b);
    d.code_a = places(&arena, &d.codes, a->n_codes, false);
    d.code_b = places(&arena, &d.codes, b->n_codes, true);
    d.moved = ARENA_ARRAY(&arena, d.codes.n + 1, struct moved);
    d.row = ARENA_ARRAY(&arena, a->code_words + b->code_words + 1, uint64_t);
    d.was = ARENA_ARRAY(&arena, assign_words(d.codes.n) + 1, uint64_t);
    d.is = ARENA_ARRAY(&arena, assign_words(d.codes.n) + 1, uint64_t);
    look_all(&d);
    if (format == ASSIGN_DELTA_HTML) {
        assign_html_diff(out, baseline, candidate, &delta, buf_str(&lines), fs);
    } else {
        put_whole(out, &d, buf_str(&lines));
    }
    buf_done(&lines);
    arena_done(&arena);
    return delta;
}
