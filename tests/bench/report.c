/* How long does it take to write 100,000 findings? Milliseconds in each format, best of the rounds; the
 * targets are for texts and SARIF. Usage: bench_report [FINDINGS] [ROUNDS]. */
#include "validator/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct report_rule rules[] = {
    {STR_INIT("S106"), STR_INIT("pattern"), STR_INIT("A text breaks the pattern of its field."),
     STR_INIT(""), STR_INIT(""), SEVERITY_ERROR},
    {STR_INIT("S115"), STR_INIT("blanks at the ends"), STR_INIT(""), STR_INIT(""), STR_INIT(""),
     SEVERITY_WARNING},
};

static struct report_item *items_make(struct findings *fs, size_t n)
{
    struct report_item *items = ARENA_ARRAY(fs->arena, n, struct report_item);
    for (size_t i = 0; i < n; i++) {
        struct report_item *item = &items[i];
        item->finding = (struct finding){.rule = rules[i % 2].id,
                                         .severity = rules[i % 2].severity,
                                         .file = STR("changes/sales.json"),
                                         .span = {i * 300, i * 300 + 14},
                                         .line = (uint32_t)i + 1,
                                         .column = 20,
                                         .end_line = (uint32_t)i + 1,
                                         .end_column = 34,
                                         .field = STR("name"),
                                         .value = STR("\"FOLLOW#UP \\u00e4\""),
                                         .expected = STR("letters, digits, blanks, _ and - only"),
                                         .hint = STR("did you mean \"FOLLOW_UP\"?"),
                                         .status = 400,
                                         .case_name = STR("schema.pattern"),
                                         .item = i};
        item->finding.message = findings_text(
            fs, "code \"FOLLOW#UP %zu\" holds '#', which the profile does not allow", i);
        item->finding.pointer = findings_text(fs, "/%zu/name", i);
        item->entity =
            (struct report_entity){STR("code"), STR(""), findings_text(fs, "FOLLOW#UP %zu", i)};
    }
    return items;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void measure(const struct report *r, enum report_kind kind, unsigned rounds)
{
    double best = 1e300;
    size_t bytes = 0;
    for (unsigned i = 0; i < rounds; i++) {
        struct buf out = {0};
        double from = now_ms();
        report_write(&out, kind, r);
        double ms = now_ms() - from;
        best = ms < best ? ms : best;
        bytes = out.len;
        buf_done(&out);
    }
    double target = kind == REPORT_GCC || kind == REPORT_TEXT ? 1000
                    : kind == REPORT_SARIF                    ? 2000
                                                              : 0;
    if (target > 0) {
        (void)printf("report_%.*s_ms: %.1f (target %.0f) %s\n", STR_ARG(report_kind_name(kind)),
                     best, target, best <= target ? "ok" : "MISS");
    } else {
        (void)printf("# report_%.*s_ms: %.1f for %zu bytes\n", STR_ARG(report_kind_name(kind)),
                     best, bytes);
    }
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
    struct arena a;
    struct findings fs;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct report r = {.items = items_make(&fs, n),
                       .n_items = n,
                       .rules = rules,
                       .n_rules = 2,
                       .summary = {.files = 1, .entities = n, .errors = n / 2, .warnings = n / 2},
                       .version = STR("0.1.0"),
                       .command = STR("check")};
    for (unsigned kind = 0; kind < REPORT_KIND_COUNT; kind++) {
        measure(&r, (enum report_kind)kind, rounds);
    }
    arena_done(&a);
    return EXIT_SUCCESS;
}
