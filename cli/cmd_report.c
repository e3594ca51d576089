/* `rehearse report`: the parts of a simulation put together. */
#include "cli/explored.h"
#include "cli/simulate.h"

enum { SHARD_BYTES_MAX = 1 << 30 };

static const struct option options[] = {
    {OPTION_LIST, 0, "fail-if", offsetof(struct simulate, fail_if), "FIGURE<VALUE",
     "exit with 1 where that is so, as service_level.Sales<0.8; of the candidate, if there is one",
     0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct simulate, format), "FORMAT",
     "text, json, csv or html; of an exploration text, json, junit, markdown or html", 0, 0},
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

/* Is the first part one of an exploration? */
static bool is_exploration(struct simulate_run *r)
{
    struct str text = {0};
    const struct json_doc *doc = NULL;
    struct err ignored = {.code = ERR_NONE}; /* it is read again, and told then */
    return file_read(&text, r->arena, r->path, SHARD_BYTES_MAX, &ignored) &&
           json_parse(&doc, r->arena, str_of(r->path), text, NULL, NULL, &ignored) &&
           str_eq(json_str_or(json_get(json_root(doc), STR("kind")), STR("")), STR("exploration"));
}

static bool merge_exploration(struct simulate_run *r, struct exploration *x, size_t *io_n,
                              char **paths, size_t n)
{
    for (*io_n = 0; *io_n < n; ++*io_n) {
        struct str text = {0};
        const struct json_doc *doc = NULL;
        if (!file_read(&text, r->arena, paths[*io_n], SHARD_BYTES_MAX, r->err) ||
            !json_parse(&doc, r->arena, str_of(paths[*io_n]), text, NULL, NULL, r->err) ||
            !exploration_merge(x, *io_n == 0, json_root(doc), r->err)) {
            return false;
        }
    }
    return true;
}

/* The report card of all shards. */
static int report_exploration(struct simulate_run *r, char **paths, size_t n)
{
    struct exploration x = {.n_cells = 0};
    struct explored_options shown = {.format = r->how->format};
    struct buf output = {0};
    size_t n_read = 0;
    if (r->how->out) {
        shown.is_silent = true;
        buf_printf(&output, "%s=%s", r->how->format ? r->how->format : "text", r->how->out);
        shown.outputs.at[shown.outputs.n++] = buf_cstr(&output);
    }
    int status = EXIT_USAGE;
    if (!explored_check(&shown, r->err) || !merge_exploration(r, &x, &n_read, paths, n) ||
        !explored_show(&shown, &x, r->err)) {
        status = cli_fail(r->err);
    } else {
        status = explored_is_well(&x) ? EXIT_WELL : EXIT_FINDINGS;
    }
    exploration_done(&x);
    buf_done(&output);
    return status;
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
    if (is_exploration(&r)) {
        status = report_exploration(&r, arguments, n_arguments);
    } else if (!simulate_check_format(&r) || !merge(&r, &a, &b, arguments, n_arguments)) {
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
    .summary = "put the parts of a simulation or an exploration together",
    .about = "Reads all parts that `rehearse simulate operations --shard K/N` or `rehearse explore "
             "--shard K/N` wrote, in any order, and "
             "writes the report:\nthe same bytes as if all had been run at once.\n\nExit status: 0 "
             "well, 1 a --fail-if rule is met or a conduct rule is broken, 2 parts that do not "
             "belong together, 3 the system "
             "refused.",
    .examples = "  rehearse report part-*.json\n"
                "  rehearse report --format html --output report.html part-*.json\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 100000,
    .run = run,
    .values_size = sizeof(struct simulate),
};
