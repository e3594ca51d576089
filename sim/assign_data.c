/* The matrix for programs: JSON and CSV, agents who are alike together, all of them named. */
#include "sim/assign_int.h"

static void put_names(struct buf *out, const struct assign_floor *f, const struct assign_group *g)
{
    buf_put_char(out, '[');
    for (size_t i = 0; i < g->n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, f->agents[g->agents[i]].is.name);
    }
    buf_put_char(out, ']');
}

static void put_reason_names(struct buf *out, uint32_t reasons, const char *between)
{
    bool is_first = true;
    for (size_t r = 0; r < ASSIGN_REASON_COUNT; r++) {
        if (reasons >> r & 1) {
            buf_put(out, is_first ? STR("") : str_of(between));
            buf_put(out, sim_assign_reason_name((enum assign_reason)r));
            is_first = false;
        }
    }
}

static bool is_on(const struct assign_queue *q, size_t code)
{
    return assign_bit(q->codes, code) || assign_bit(q->off, code);
}

static void put_channel(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                        size_t queue, size_t channel)
{
    const struct assign_queue *q = &f->queues[queue];
    bool is_first = true;
    buf_put(out, STR("{\"channel\":"));
    buf_put_json_string(out, f->channels[channel]);
    buf_put(out, STR(",\"usable\":["));
    for (size_t c = 0; c < f->n_codes; c++) {
        if (assign_bit(g->rows + channel * f->code_words, c)) {
            buf_put(out, is_first ? STR("") : STR(","));
            buf_put_json_string(out, f->codes[c].is.name);
            is_first = false;
        }
    }
    buf_put(out, STR("],\"unusable\":["));
    is_first = true;
    for (size_t c = 0; c < f->n_codes; c++) {
        uint32_t why = is_on(q, c) ? sim_assign_why(f, g->agents[0], queue, channel, c) : 0;
        if (why) {
            buf_put(out, is_first ? STR("{\"code\":") : STR(",{\"code\":"));
            buf_put_json_string(out, f->codes[c].is.name);
            buf_put(out, STR(",\"reasons\":[\""));
            put_reason_names(out, why, "\",\"");
            buf_put(out, STR("\"]}"));
            is_first = false;
        }
    }
    buf_put(out, STR("]}"));
}

static void put_queue(struct buf *out, const struct assign_proof *p, size_t queue)
{
    const struct assign_floor *f = p->floor;
    const struct assign_queue *q = &f->queues[queue];
    struct arena a;
    arena_init(&a, 0, 0);
    buf_put(out, STR("{\"id\":"));
    buf_put_json_string(out, q->is.id);
    buf_put(out, STR(",\"name\":"));
    buf_put_json_string(out, q->is.name);
    buf_printf(out, ",\"mode\":\"%.*s\",\"codes\":%zu,\"groups\":[",
               STR_ARG(floor_mode_name(q->mode)), q->n_codes);
    struct assign_group *first = sim_assign_groups(&a, p, queue);
    for (const struct assign_group *g = first; g; g = g->next) {
        buf_put(out, g == first ? STR("{\"agents\":") : STR(",{\"agents\":"));
        put_names(out, f, g);
        buf_put(out, STR(",\"channels\":["));
        for (size_t x = 0; x < f->n_channels; x++) {
            buf_put(out, x ? STR(",") : STR(""));
            put_channel(out, f, g, queue, x);
        }
        buf_put(out, STR("]}"));
    }
    buf_put(out, STR("]}"));
    arena_done(&a);
}

static void put_findings(struct buf *out, const struct findings *fs)
{
    static const char *const severities[] = {"note", "warning", "error"};
    for (size_t i = 0; fs && i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        buf_put(out, i ? STR(",") : STR(""));
        buf_put(out, STR("{\"rule\":"));
        buf_put_json_string(out, f->rule);
        buf_printf(out, ",\"severity\":\"%s\",\"message\":", severities[f->severity]);
        buf_put_json_string(out, f->message);
        buf_put(out, STR(",\"pointer\":"));
        buf_put_json_string(out, f->pointer);
        buf_put(out, STR(",\"hint\":"));
        buf_put_json_string(out, f->hint);
        buf_put_char(out, '}');
    }
}

void sim_assign_json(struct buf *out, const struct assign_proof *p, const struct findings *fs)
{
    const struct assign_floor *f = p->floor;
    buf_put(out, STR("{\"format_version\":\"1.0\",\"profile\":"));
    buf_put_json_string(out, f->profile);
    buf_put(out, STR(",\"tenant\":"));
    buf_put_json_string(out, f->tenant);
    buf_printf(out, ",\"summary\":{\"agents\":%zu,\"queues\":%zu,\"codes\":%zu,\"channels\":%zu,",
               f->has_agents ? f->n_agents : 0, f->has_queues ? f->n_queues : 0, f->n_codes,
               f->n_channels);
    buf_printf(out, "\"usable\":%llu,\"possible\":%llu,\"errors\":%zu},\"queues\":[",
               (unsigned long long)p->n_usable, (unsigned long long)p->n_possible,
               fs ? fs->errors : 0);
    for (size_t q = 0; q < f->n_queues; q++) {
        buf_put(out, q ? STR(",") : STR(""));
        put_queue(out, p, q);
    }
    buf_put(out, STR("],\"findings\":["));
    put_findings(out, fs);
    buf_put(out, STR("],\"assumptions\":["));
    for (size_t i = 0; i < f->rule->n_assumptions; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, f->rule->assumptions[i]);
    }
    buf_put(out, STR("]}\n"));
}

/* Quoted always; what a spreadsheet would take for a formula gets an apostrophe. */
static void put_cell(struct buf *out, struct str text)
{
    buf_put_char(out, '"');
    if (text.len && str_find_char(STR("=+-@\t\r"), text.s[0]) < 6) {
        buf_put_char(out, '\'');
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '"') {
            buf_put_char(out, '"');
        }
        buf_put_char(out, text.s[i]);
    }
    buf_put_char(out, '"');
}

static void put_lines(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                      size_t queue, size_t channel)
{
    for (size_t c = 0; c < f->n_codes; c++) {
        if (!is_on(&f->queues[queue], c)) {
            continue;
        }
        uint32_t why = sim_assign_why(f, g->agents[0], queue, channel, c);
        put_cell(out, f->queues[queue].is.name);
        buf_put_char(out, ',');
        put_cell(out, f->channels[channel]);
        buf_put_char(out, ',');
        put_cell(out, f->codes[c].is.name);
        buf_printf(out, ",%zu,", g->n);
        put_cell(out, f->agents[g->agents[0]].is.name);
        buf_printf(out, ",%s,\"", why ? "no" : "yes");
        put_reason_names(out, why, " ");
        buf_put(out, STR("\"\r\n"));
    }
}

void sim_assign_csv(struct buf *out, const struct assign_proof *p)
{
    const struct assign_floor *f = p->floor;
    buf_put(out, STR("queue,channel,code,agents,first agent,usable,reasons\r\n"));
    for (size_t q = 0; q < f->n_queues; q++) {
        struct arena a;
        arena_init(&a, 0, 0);
        for (struct assign_group *g = sim_assign_groups(&a, p, q); g; g = g->next) {
            for (size_t x = 0; x < f->n_channels; x++) {
                put_lines(out, f, g, q, x);
            }
        }
        arena_done(&a);
    }
}
