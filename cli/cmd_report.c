/* `rehearse report`: the parts of a simulation put together. */
#include "cli/simulate.h"

enum { SHARD_BYTES_MAX = 1 << 30 };

static const struct option options[] = {
    {OPTION_LIST, 0, "fail-if", offsetof(struct simulate, fail_if), "FIGURE<VALUE",
     "exit with 1 where that is so, as service_level.Sales<0.8; of the candidate, if there is one",
     0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct simulate, format), "FORMAT",
     "text, json, csv or html", 0, 0},
    {OPTION_TEXT, 'o', "output", offsetof(struct simulate, out), "FILE",
     "write to FILE instead of standard output", 0, 0},
    {.kind = OPTION_END},
};

static bool merge(struct simulate_run *r, struct sim_study **out_a, struct sim_study **out_b,
                  char **paths, size_t n)
{
    struct json *roots = ARENA_ARRAY(r->arena, n + 1, struct json);
    for (size_t i = 0; i < n; i++) {
        struct str text = {0};
        const struct json_doc *doc = NULL;
        if (!file_read(&text, r->arena, paths[i], SHARD_BYTES_MAX, r->err) ||
            !json_parse(&doc, r->arena, str_of(paths[i]), text, NULL, NULL, r->err)) {
            return false;
        }
        roots[i] = json_root(doc);
    }
    return sim_shard_merge(out_a, out_b, r->arena, roots, n, r->findings, r->err);
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct simulate *how = values;
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct simulate_run r = {
        .how = how, .path = arguments[0], .arena = &arena, .findings = &findings, .err = &err};
    struct sim_study *a = NULL, *b = NULL;
    struct buf report;
    int status = EXIT_WELL;
    (void)command;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    buf_init(&report, &arena);
    if (!simulate_check_format(&r) || !merge(&r, &a, &b, arguments, n_arguments)) {
        status = simulate_fail(&r);
    } else {
        simulate_put_report(&r, &report, a, b);
        status = simulate_write(&r, &report) ? simulate_judge(&r, b ? b : a) : cli_fail(&err);
    }
    arena_done(&arena);
    return status;
}

const struct command command_report = {
    .name = "report",
    .usage = "[OPTION…] SHARD…",
    .summary = "put the parts of a simulation together",
    .about =
        "Reads all parts that `rehearse simulate operations --shard K/N` wrote, in any order, and "
        "writes the report:\nthe same bytes as if all had been run at once.\n\nExit status: 0 "
        "well, 1 a --fail-if rule is met, 2 parts that do not belong together, 3 the system "
        "refused.",
    .examples = "  rehearse report part-*.json\n"
                "  rehearse report --format html --output report.html part-*.json\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 100000,
    .run = run,
    .values_size = sizeof(struct simulate),
};
