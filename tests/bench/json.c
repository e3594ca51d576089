/* How fast is reading? MB/s of the scanner alone, of cJSON alone with malloc, and of json_parse, on
 * generated text: an array of objects of 14 fields like wrap-up codes (150,000 of them unless told
 * otherwise, nine in ten with escapes instead of raw UTF-8). Then the cost of one small body.
 * Usage: bench_json [OBJECTS] [ROUNDS]; best of the rounds. */
#include "base/base.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void uuid_put(struct buf *b, struct rng *r)
{
    char text[37];
    uuid_text(text, rng_u64(r), rng_u64(r));
    buf_printf(b, "\"%s\"", text);
}

static void code_put(struct buf *b, struct rng *r, unsigned i)
{
    static const char *const categories[] = {"Sales", "Service", "Complaint", "Retention"};
    static const char *const raw[] = {"Rückruf gewünscht", "客户要求回电", "Perdu à l’écoute"};
    static const char *const escaped[] = {"R\\u00fcckruf gew\\u00fcnscht",
                                          "\\u5ba2\\u6237\\u8981\\u6c42\\u56de\\u7535",
                                          "Perdu \\u00e0 l\\u2019\\u00e9coute"};
    size_t word = rng_below(r, 3);
    buf_put(b, i > 0 ? STR(",{\"id\":") : STR("{\"id\":"));
    uuid_put(b, r);
    buf_printf(b, ",\"name\":\"Wrap-up code %06u\",\"code\":\"WUC_%06u\",\"category\":\"%s\"", i, i,
               categories[rng_below(r, 4)]);
    buf_printf(b,
               ",\"description\":\"%s, agreed with the customer; case %u stays open until then\"",
               rng_below(r, 10) > 0 ? escaped[word] : raw[word], (unsigned)rng_below(r, 100000));
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
               (unsigned)rng_below(r, 50));
}

/* Each runs once and gives its time in ns without the release of what it made; < 0: refused. */
static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t run_scan(struct str text)
{
    struct arena a;
    struct err err;
    arena_init(&a, 0, 0);
    int64_t from = now_ns();
    bool is_good = json_scan(&a, STR("bench"), text, NULL, NULL, &err);
    int64_t ns = now_ns() - from;
    arena_done(&a);
    return is_good ? ns : -1;
}

static int64_t run_cjson(struct str text)
{
    int64_t from = now_ns();
    cJSON *root = cJSON_Parse(text.s);
    int64_t ns = now_ns() - from;
    bool is_good = root != NULL;
    cJSON_Delete(root);
    return is_good ? ns : -1;
}

static int64_t run_parse(struct str text)
{
    struct arena a;
    struct err err;
    const struct json_doc *doc;
    arena_init(&a, 0, 0);
    struct json_limits limits = {.is_terminated = true};
    int64_t from = now_ns();
    bool is_good = json_parse(&doc, &a, STR("bench"), text, &limits, NULL, &err);
    int64_t ns = now_ns() - from;
    arena_done(&a);
    return is_good ? ns : -1;
}

/* Least mean of `times` runs, in µs. */
static double best(int64_t (*run)(struct str), struct str text, int64_t rounds, int times)
{
    double least = 1e18;
    for (int64_t i = 0; i < rounds; i++) {
        int64_t sum = 0;
        for (int k = 0; k < times; k++) {
            int64_t ns = run(text);
            if (ns < 0) {
                fprintf(stderr, "the generated text was refused\n");
                exit(EXIT_FAILURE);
            }
            sum += ns;
        }
        double us = (double)sum / 1000 / times;
        least = us < least ? us : least;
    }
    return least;
}

static double report(const char *name, double us, size_t bytes)
{
    double rate = (double)bytes / us;
    printf("# %-12s %8.1f ms %6.0f MB/s\n", name, us / 1000, rate);
    return rate;
}

int main(int argc, char **argv)
{
    int64_t objects = 150000, rounds = 5;
    if ((argc > 1 && !num_parse_i64(&objects, str_of(argv[1]), 1, 1000000)) ||
        (argc > 2 && !num_parse_i64(&rounds, str_of(argv[2]), 1, 1000))) {
        fprintf(stderr, "usage: bench_json [OBJECTS] [ROUNDS]\n");
        return 2;
    }
    struct rng r;
    rng_init(&r, 1);
    struct buf b = {0};
    buf_put_char(&b, '[');
    for (unsigned i = 0; i < objects; i++) {
        code_put(&b, &r, i);
    }
    buf_put_char(&b, ']');
    struct str text = {buf_cstr(&b), b.len};
    printf("# %zu bytes, %d objects, best of %d\n", text.len, (int)objects, (int)rounds);

    /* cJSON first: json_parse gives it other memory functions for the rest of the process. */
    double lone = report("cJSON_Parse", best(run_cjson, text, rounds, 1), text.len);
    double scan = report("json_scan", best(run_scan, text, rounds, 1), text.len);
    double parse = report("json_parse", best(run_parse, text, rounds, 1), text.len);
    double ratio = scan / lone;
    printf("scanner_vs_cjson_parse: %.2f (target 3.0) %s\n", ratio, ratio < 3 ? "MISS" : "ok");
    printf("# json_parse_vs_cjson_parse: %.2f\n", parse / lone);

    struct str body =
        STR("{\"name\":\"Follow up\",\"description\":\"call back within two days\",\"division\":"
            "{\"id\":\"0b1c9a52-6f6e-4a63-9d3c-0f4c2a9d1e77\"},\"enabled\":true,\"timeout\":300,"
            "\"tags\":[\"a\",\"b\"]}");
    double small_scan = best(run_scan, body, rounds, 20000);
    double small = best(run_parse, body, rounds, 20000);
    printf("# body of %zu bytes: json_scan %.3f us, json_parse %.3f us\n", body.len, small_scan,
           small);
    buf_done(&b);
    return 0;
}
