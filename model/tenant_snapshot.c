/* Snapshots: a tenant as a fixture that people read and change. Entities are as the API shows them;
 * what the API does not show stands in "state", and there only what a reader would not assume:
 *
 *     "state": {
 *       "complete": true,            entities are whole: nothing is made when they are read
 *       "random": 42, "age": 17,     places in the random stream and in the count of insertions
 *       "sequences": {"skill": 9},   next ids
 *       "entities": {"code": {"<id>": {"age": 12, "version": 3, "createdUs": …, "changedUs": …}}}
 *     }
 *
 * Assumed are: the age that follows that of the entity before (for the first of a resource: the
 * count of entities before), the version that the entity shows, 0 (before the run) as the time of
 * birth, and no change since. Resources come in the contract's order, entities by age, so that
 * loading a snapshot gives a tenant with the same snapshot. */
#include "model/tenant_int.h"

enum { LEVEL = 2 };

struct shot {
    struct tenant *t;
    struct buf *out;
    struct arena scratch;
    struct buf pretty, states; /* states: the members of "entities" for one resource */
    const struct resource *r;
    uint64_t age;   /* that the next entity would have by its place */
    uint64_t count; /* of entities so far */
    bool is_first;
    bool is_fixture; /* no state of entities */
};

static void line(struct buf *out, size_t level)
{
    static const struct str blanks = STR_INIT("                ");
    buf_put_char(out, '\n');
    buf_put(out, str_slice(blanks, 0, level * LEVEL));
}

/* A value with all its lines moved in by `level`. */
static void put_value(struct shot *s, struct json v, size_t level)
{
    buf_clear(&s->pretty);
    json_put_pretty(&s->pretty, v);
    struct str rest = buf_str(&s->pretty), one;
    for (bool is_first = true; str_cut(&rest, '\n', &one); is_first = false) {
        if (!is_first) {
            line(s->out, level);
        }
        buf_put(s->out, one);
    }
}

static void put_text(struct shot *s, struct str json_text, size_t level)
{
    const struct json_doc *doc = NULL;
    if (json_parse(&doc, &s->scratch, STR(""), json_text, NULL, NULL, NULL)) {
        put_value(s, json_root(doc), level);
    }
    arena_reset(&s->scratch);
}

static void put_count(struct buf *out, bool *is_first, const char *name, int64_t value)
{
    buf_printf(out, "%s\"%s\": ", *is_first ? "" : ", ", name);
    buf_put_i64(out, value);
    *is_first = false;
}

/* The entity's member of "entities", where it is not what its place says. */
static void put_state(struct shot *s, const struct entity *e, int64_t version_shown)
{
    bool is_first = true;
    if (e->age == s->age && e->version == version_shown && !e->created_us && !e->changed_us) {
        return;
    }
    buf_put(&s->states, s->states.len ? STR(",") : STR(""));
    line(&s->states, 4);
    buf_put_json_string(&s->states, e->id);
    buf_put(&s->states, STR(": {"));
    if (e->age != s->age) {
        put_count(&s->states, &is_first, "age", (int64_t)e->age);
    }
    if (e->version != version_shown) {
        put_count(&s->states, &is_first, "version", e->version);
    }
    if (e->created_us) {
        put_count(&s->states, &is_first, "createdUs", e->created_us);
    }
    if (e->changed_us != e->created_us) {
        put_count(&s->states, &is_first, "changedUs", e->changed_us);
    }
    buf_put_char(&s->states, '}');
}

static bool put_entity(const struct entity *e, void *ctx)
{
    struct shot *s = ctx;
    struct json value = entity_parse(&s->scratch, e);
    buf_put(s->out, s->is_first ? STR("") : STR(","));
    line(s->out, 3);
    put_value(s, value, 3);
    if (!s->is_fixture) {
        put_state(s, e, entity_version(s->r, value));
    }
    s->is_first = false;
    s->age = e->age + 1;
    s->count++;
    arena_reset(&s->scratch);
    return true;
}

/* Writes the resources; their states go to `states`, the resources' members of "entities". */
static void put_resources(struct shot *s, struct buf *states)
{
    const struct contract *c = s->t->contract;
    bool is_first = true;
    buf_put(s->out, STR("\"resources\": {"));
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct table *table = s->t->tables[i];
        if (table->ids.count == 0) {
            continue;
        }
        buf_put(s->out, is_first ? STR("") : STR(","));
        line(s->out, 2);
        buf_put_json_string(s->out, c->resources[i].name);
        buf_put(s->out, STR(": ["));
        is_first = false;
        s->is_first = true;
        s->age = s->count + 1;
        s->r = &c->resources[i];
        buf_clear(&s->states);
        order_walk(&table->sortings[0], 0, table->ids.count, false, put_entity, s);
        line(s->out, 2);
        buf_put_char(s->out, ']');
        if (s->states.len) {
            buf_put(states, states->len ? STR(",") : STR(""));
            line(states, 3);
            buf_put_json_string(states, s->r->name);
            buf_put(states, STR(": {"));
            buf_put(states, buf_str(&s->states));
            line(states, 3);
            buf_put_char(states, '}');
        }
    }
    line(s->out, 1);
    buf_put_char(s->out, '}');
}

static void put_sequences(struct shot *s)
{
    const struct contract *c = s->t->contract;
    bool is_first = true;
    for (size_t i = 0; i < c->n_resources; i++) {
        if (c->resources[i].id_make != ID_SEQUENCE) {
            continue;
        }
        if (is_first) {
            buf_put_char(s->out, ',');
            line(s->out, 2);
            buf_put(s->out, STR("\"sequences\": {"));
        }
        buf_put(s->out, is_first ? STR("") : STR(", "));
        buf_put_json_string(s->out, c->resources[i].name);
        buf_put(s->out, STR(": "));
        buf_put_i64(s->out, s->t->sequences[i]);
        is_first = false;
    }
    buf_put(s->out, is_first ? STR("") : STR("}"));
}

static void put_clients(struct shot *s)
{
    const struct client_list *clients = &s->t->fixed->clients;
    buf_put(s->out, STR("\"clients\": ["));
    for (size_t i = 0; i < clients->n; i++) {
        buf_put(s->out, i ? STR(",") : STR(""));
        line(s->out, 2);
        put_text(s, clients->at[i].text, 2);
    }
    if (clients->n) {
        line(s->out, 1);
    }
    buf_put_char(s->out, ']');
}

static void put_head(struct shot *s)
{
    const struct tenant_fixed *fixed = s->t->fixed;
    buf_put(s->out, STR("\"format\": 1,\n  \"profile\": "));
    buf_put_json_string(s->out, s->t->contract->name);
    buf_put(s->out, STR(",\n  \"name\": "));
    buf_put_json_string(s->out, fixed->name);
    buf_put(s->out, STR(",\n  \"seed\": "));
    buf_put_u64(s->out, s->t->seed);
    buf_put(s->out, STR(",\n  \"at\": \""));
    date_put(s->out, fixed->at_us, fixed->at_us % US_PER_MS ? 6 : fixed->at_us % US_PER_S ? 3 : 0);
    buf_put(s->out, STR("\",\n  \"about\": "));
    put_text(s, fixed->about, 1);
    if (fixed->external.len) {
        buf_put(s->out, STR(",\n  \"external\": "));
        put_text(s, fixed->external, 1);
    }
    buf_put_char(s->out, ',');
    line(s->out, 1);
}

static void put_state_of_tenant(struct shot *s, struct str states)
{
    buf_put(s->out, STR(",\n  \"state\": {\n    "));
    buf_put(s->out, s->is_fixture ? STR("") : STR("\"complete\": true,\n    "));
    buf_put(s->out, STR("\"random\": "));
    buf_put_u64(s->out, atomic_load_explicit(&s->t->random, memory_order_relaxed));
    if (!s->is_fixture) {
        buf_put(s->out, STR(", \"age\": "));
        buf_put_u64(s->out, s->t->age);
    }
    put_sequences(s);
    if (states.len) {
        buf_put(s->out, STR(",\n    \"entities\": {"));
        buf_put(s->out, states);
        line(s->out, 2);
        buf_put_char(s->out, '}');
    }
    buf_put(s->out, STR("\n  }\n}\n"));
}

static void write(struct buf *out, struct tenant *t, bool is_fixture)
{
    struct shot s = {.t = t, .out = out, .is_fixture = is_fixture};
    struct buf states = {0};
    arena_init(&s.scratch, 0, 0);
    buf_put(out, STR("{\n  "));
    put_head(&s);
    put_clients(&s);
    buf_put_char(out, ',');
    line(out, 1);
    put_resources(&s, &states);
    put_state_of_tenant(&s, buf_str(&states));
    buf_done(&states);
    buf_done(&s.pretty);
    buf_done(&s.states);
    arena_done(&s.scratch);
}

void tenant_snapshot(struct buf *out, struct tenant *t)
{
    write(out, t, false);
}

void tenant_fixture(struct buf *out, struct tenant *t)
{
    write(out, t, true);
}

void tenant_put_head(struct buf *out, struct tenant *t)
{
    struct shot s = {.t = t, .out = out};
    arena_init(&s.scratch, 0, 0);
    put_head(&s);
    put_clients(&s);
    buf_done(&s.pretty);
    arena_done(&s.scratch);
}
