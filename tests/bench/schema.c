/* How fast is checking? Objects a second, warm, one core, of a schema with 14 fields as wrap-up
 * codes have them (types, lengths, pattern, enum, format, nested object, unique items), against
 * objects that are valid; then what telling costs where each object has one fault; then compiling.
 * Usage: bench_schema [OBJECTS] [ROUNDS]; best of the rounds. */
#include "model/schema.h"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char schema_text[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"id\",\"name\",\"code\",\"enabled\",\"version\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":256},"
    "\"code\":{\"type\":\"string\",\"pattern\":\"^[A-Z]+_[0-9]{1,9}$\"},"
    "\"category\":{\"type\":\"string\",\"maxLength\":64},"
    "\"description\":{\"type\":[\"string\",\"null\"],\"maxLength\":1000},"
    "\"requirement\":{\"enum\":[\"MANDATORY\",\"OPTIONAL\",\"AGENT_REQUESTED\"]},"
    "\"enabled\":{\"type\":\"boolean\"},\"isDefault\":{\"type\":\"boolean\"},"
    "\"timeoutSeconds\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":900},"
    "\"queue\":{\"$ref\":\"#/$defs/reference\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":32},"
    "\"maxItems\":10,\"uniqueItems\":true},"
    "\"dateCreated\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"dateModified\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"version\":{\"type\":\"integer\",\"minimum\":1}},"
    "\"$defs\":{\"reference\":{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"}}}}}";

static void uuid_put(struct buf *b, struct rng *r)
{
    char text[37];
    uuid_text(text, rng_u64(r), rng_u64(r));
    buf_printf(b, "\"%s\"", text);
}

static void object_put(struct buf *b, struct rng *r, unsigned i, bool is_valid)
{
    static const char *const categories[] = {"Sales", "Service", "Complaint", "Retention"};
    buf_put(b, i > 0 ? STR(",{\"id\":") : STR("{\"id\":"));
    uuid_put(b, r);
    buf_printf(b, ",\"name\":\"Wrap-up code %06u\",\"code\":\"%s_%06u\",\"category\":\"%s\"", i,
               is_valid ? "WUC" : "wuc", i, categories[rng_below(r, 4)]);
    buf_printf(b, ",\"description\":\"agreed with the customer; case %u stays open until then\"",
               (unsigned)rng_below(r, 100000));
    buf_printf(b, ",\"requirement\":\"%s\",\"enabled\":%s,\"isDefault\":%s,\"timeoutSeconds\":%u",
               rng_below(r, 2) ? "MANDATORY" : "OPTIONAL", rng_below(r, 9) ? "true" : "false",
               rng_below(r, 9) ? "false" : "true", (unsigned)rng_below(r, 900));
    buf_put(b, STR(",\"queue\":{\"id\":"));
    uuid_put(b, r);
    buf_printf(b, "},\"tags\":[\"t%u\",\"region-%u\"]", (unsigned)rng_below(r, 90),
               (unsigned)rng_below(r, 20));
    buf_printf(b, ",\"dateCreated\":\"2026-01-%02uT09:%02u:00.000Z\"",
               1 + (unsigned)rng_below(r, 28), (unsigned)rng_below(r, 60));
    buf_printf(b, ",\"dateModified\":\"2026-02-%02uT10:%02u:00.000Z\",\"version\":%u}",
               1 + (unsigned)rng_below(r, 28), (unsigned)rng_below(r, 60),
               1 + (unsigned)rng_below(r, 50));
}

static struct json parse(struct arena *a, struct str text)
{
    const struct json_doc *doc;
    struct err err;
    if (!json_parse(&doc, a, STR("bench"), text, NULL, NULL, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(EXIT_FAILURE);
    }
    return json_root(doc);
}

static struct json make_objects(struct arena *a, int64_t n, bool is_valid)
{
    struct rng r;
    struct buf b;
    rng_init(&r, 1);
    buf_init(&b, a);
    buf_put_char(&b, '[');
    for (unsigned i = 0; i < n; i++) {
        object_put(&b, &r, i, is_valid);
    }
    buf_put_char(&b, ']');
    return parse(a, buf_str(&b));
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool count_issue(const struct schema_issue *issue, void *ctx)
{
    (void)issue;
    ++*(size_t *)ctx;
    return true;
}

/* Millions of objects a second, best round. */
static double rate(const struct schema *schema, struct json objects, int64_t rounds, bool is_told)
{
    struct schema_run *run = schema_run_new();
    double best = 0;
    size_t issues = 0, valid = 0;
    for (int64_t i = 0; i < rounds; i++) {
        double from = now_s();
        for (struct json o = json_first(objects); json_exists(o); o = json_next(o)) {
            valid += schema_check(schema, run, o, is_told ? count_issue : NULL, &issues);
        }
        double here = (double)json_count(objects) / (now_s() - from) / 1e6;
        best = here > best ? here : best;
    }
    schema_run_free(run);
    if (is_told ? issues != json_count(objects) * (size_t)rounds
                : valid != json_count(objects) * (size_t)rounds) {
        fprintf(stderr, "bench_schema: wrong verdicts\n");
        exit(EXIT_FAILURE);
    }
    return best;
}

static double compile_us(struct arena *a, struct json document, int64_t rounds)
{
    enum { TIMES = 200 };
    double best = 1e18;
    for (int64_t i = 0; i < rounds; i++) {
        double from = now_s();
        for (int k = 0; k < TIMES; k++) {
            struct arena_mark mark = arena_mark(a);
            struct schema_set *set = schema_set_new(a, true);
            const struct schema *schema;
            struct err err;
            if (!schema_set_add(set, STR("bench"), document, &err) ||
                !schema_compile(&schema, set, STR("bench"), &err)) {
                fprintf(stderr, "%s\n", err.msg);
                exit(EXIT_FAILURE);
            }
            schema_set_free(set);
            arena_release(a, mark);
        }
        double here = (now_s() - from) / TIMES * 1e6;
        best = here < best ? here : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    int64_t objects = 20000, rounds = 20;
    if ((argc > 1 && !num_parse_i64(&objects, str_of(argv[1]), 1, 1000000)) ||
        (argc > 2 && !num_parse_i64(&rounds, str_of(argv[2]), 1, 1000))) {
        fprintf(stderr, "usage: bench_schema [OBJECTS] [ROUNDS]\n");
        return 2;
    }
    struct arena a;
    struct err err;
    arena_init(&a, 0, 0);
    struct json document = parse(&a, (struct str){schema_text, sizeof schema_text - 1});
    struct schema_set *set = schema_set_new(&a, true);
    const struct schema *schema;
    if (!schema_set_add(set, STR("bench"), document, &err) ||
        !schema_compile(&schema, set, STR("bench"), &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    struct json good = make_objects(&a, objects, true), bad = make_objects(&a, objects, false);
    double warm = rate(schema, good, rounds, false);
    printf("schema_objects_per_us: %.2f (target 1.5)%s\n", warm, warm < 1.5 ? " MISS" : "");
    printf("# told, one fault an object: %.2f M objects/s\n", rate(schema, bad, rounds, true));
    printf("# compile with its pattern: %.1f us\n", compile_us(&a, document, rounds));
    schema_set_free(set);
    arena_done(&a);
    return 0;
}
