/* Validities of codes, where the profile's floor says which members they are: T703, T704. What ends before it begins the
 * tenant refuses (T701); what is over and still on a queue is the floor's (T702). */
#include "validator/check_int.h"

/* A validity that stands in a snapshot; one that has no begin or end is open there. */
struct validity {
    struct json at, from, until;
    int64_t from_us, until_us;
    struct validity *next; /* of the same code on the same queue */
};

/* "2026-05-01T08:00:00": what hour that is depends on who reads it. */
static bool has_no_offset(struct str text)
{
    size_t time = str_find_char(text, 'T');
    struct str clock = str_slice(text, time, text.len);
    return time < text.len && str_find_char(clock, 'Z') == clock.len &&
           str_find_char(clock, 'z') == clock.len && str_find_char(clock, '+') == clock.len &&
           str_find_char(clock, '-') == clock.len;
}

static void check_offset(struct check *c, const struct field_path *field, struct json entity)
{
    struct json v = field ? field_find(field, entity) : (struct json){0};
    if (!field || !has_no_offset(json_str_or(v, STR("")))) {
        return;
    }
    struct finding f = check_finding(c, v, "T704", SEVERITY_WARNING);
    f.message = findings_text(c->fs, "\"%.*s\" says no offset from UTC: who reads it chooses one",
                              STR_ARG(field->text));
    f.expected = STR("a time that ends in Z or an offset, as 2026-01-05T08:00:00Z");
    findings_add(c->fs, &f);
}

void check_offsets(struct check *c, const struct resource *r, struct json entity)
{
    const struct floor_rule *floor = c->contract->floor;
    if (floor && r == floor->codes.resource) {
        check_offset(c, floor->from, entity);
        check_offset(c, floor->until, entity);
    }
}

/* Which code on which queue: what may be valid once at a time. */
static struct str key_of(struct check *c, const struct floor_rule *floor, struct json v)
{
    struct buf key;
    struct str own = field_text(floor->identifier, v);
    buf_init(&key, c->arena);
    buf_put(&key, own.s ? own : STR(""));
    for (size_t i = 0; i < floor->assigned.n && own.len; i++) {
        const struct floor_link *link = &floor->assigned.at[i];
        if (link->resource == floor->codes.resource) {
            struct str queue = field_text(link->from, v);
            buf_put_char(&key, '\n');
            buf_put(&key, queue.s ? queue : STR(""));
        }
    }
    return own.len ? buf_str(&key) : STR("");
}

static struct validity *read_validity(struct check *c, const struct floor_rule *floor,
                                      struct json v)
{
    struct validity *out = ARENA_NEW(c->arena, struct validity);
    *out = (struct validity){.at = v,
                             .from = floor->from ? field_find(floor->from, v) : (struct json){0},
                             .until = floor->until ? field_find(floor->until, v) : (struct json){0},
                             .from_us = INT64_MIN,
                             .until_us = INT64_MAX};
    (void)date_parse(&out->from_us, json_str_or(out->from, STR("")));
    (void)date_parse(&out->until_us, json_str_or(out->until, STR("")));
    return out;
}

static void tell_overlap(struct check *c, const struct resource *r, const struct validity *v,
                         const struct validity *other)
{
    struct str id = r->id_field ? field_text(r->id_field, v->at) : STR("");
    struct finding there = json_finding(c->fs, other->at, STR("T703"), SEVERITY_WARNING);
    check_about(c, r, id.s ? id : STR(""),
                r->name_field ? json_str_or(field_find(r->name_field, v->at), STR("")) : STR(""));
    struct finding f =
        check_finding(c, json_exists(v->from) ? v->from : v->at, "T703", SEVERITY_WARNING);
    f.message = STR("it is valid while another one of the same code is: agents see both");
    f.related_message = STR("the other one stands here");
    f.related_pointer = there.pointer;
    f.related_line = there.line;
    f.related_column = there.column;
    findings_add(c->fs, &f);
}

void check_overlaps(struct check *c, const struct resource *r, struct json list)
{
    const struct floor_rule *floor = c->contract->floor;
    struct map seen = {0}; /* key → struct validity * */
    if (!floor || r != floor->codes.resource || !floor->identifier || !floor->from ||
        !floor->until) {
        return;
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct str key = key_of(c, floor, v);
        if (key.len == 0) {
            continue;
        }
        struct validity *mine = read_validity(c, floor, v), *first = map_get(&seen, key);
        for (const struct validity *o = first; o; o = o->next) {
            if (mine->from_us <= o->until_us && o->from_us <= mine->until_us) {
                tell_overlap(c, r, mine, o);
                break; /* one of them is enough */
            }
        }
        mine->next = first ? first->next : NULL;
        if (first) {
            first->next = mine;
        } else {
            (void)map_put(&seen, key, mine);
        }
    }
    map_done(&seen);
}
