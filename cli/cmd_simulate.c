/* `rehearse simulate`: what wrap-up settings do. */
#include "cli/simulate.h"
#include "cli/simulate_assign.h"
#include "model/model.h"

#include <stdio.h>
#include <unistd.h>

static const struct option options[] = {
    {OPTION_LIST, 's', "set", offsetof(struct simulate, set), "PATH=VALUE",
     "what the candidate changes, as queues.Sales.acw.limit=60s; may be repeated", 0, 0},
    {OPTION_TEXT, 'c', "candidate", offsetof(struct simulate, candidate), "FILE",
     "a workload to compare with, of the same queues and agents; or a tenant", 0, 0},
    {OPTION_TEXT, 0, "change", offsetof(struct simulate, change), "CHANGESET",
     "the candidate is the tenant after this change set (docs/changeset-format.md)", 0, 0},
    {OPTION_TEXT, 0, "sweep", offsetof(struct simulate, sweep), "PATH=A..B:STEP",
     "a line for each value, as queues.Sales.acw.limit=30s..180s:30s", 0, 0},
    {OPTION_TEXT, 0, "hold", offsetof(struct simulate, hold), "FIGURE>=VALUE",
     "how many agents to add to hold that, as service_level.Sales>=0.8", 0, 0},
    {OPTION_TEXT, 0, "add", offsetof(struct simulate, add), "AGENTS",
     "with --hold: which group of agents may grow", 0, 0},
    {OPTION_TEXT, 0, "warm-up", offsetof(struct simulate, warm_up), "DURATION",
     "contacts that arrive before do not count (default: the workload's)", 0, 0},
    {OPTION_COUNT, 'n', "replications", offsetof(struct simulate, replications), "N",
     "days to simulate (default: the workload's, or 20)", 1, 1000000},
    {OPTION_TEXT, 0, "until-precision", offsetof(struct simulate, until), "P",
     "more days until the service level is known to ±P, as 0.005", 0, 0},
    {OPTION_COUNT, 0, "seed", offsetof(struct simulate, seed), "N",
     "the same seed gives the same report (default: the workload's, or 1)", 0, UINT64_MAX},
    {OPTION_COUNT, 0, "first", offsetof(struct simulate, first), "N",
     "number of the first day, to go on where another run ended", 0, 1000000000},
    {OPTION_TEXT, 0, "shard", offsetof(struct simulate, shard), "K/N",
     "run the Kth of N parts of the replications; `rehearse report` puts the parts together", 0, 0},
    {OPTION_COUNT, 'j', "threads", offsetof(struct simulate, threads), "N",
     "threads (default: one a processor); they change nothing but the time", 1, 64},
    {OPTION_LIST, 0, "fail-if", offsetof(struct simulate, fail_if), "FIGURE<VALUE",
     "exit with 1 where that is so, as service_level.Sales<0.8; of the candidate, if there is one",
     0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct simulate, format), "FORMAT",
     "text, json, csv or html; assignment: also the reports of check, as sarif", 0, 0},
    {OPTION_TEXT, 'p', "profile", offsetof(struct simulate, profile), "PROFILE",
     "the tenant's profile, built in or a file", 0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct simulate, tenant), "TENANT",
     "a tenant, built in or a file; operations: whose queues and agents the workload is about", 0,
     0},
    {OPTION_TEXT, 0, "at", offsetof(struct simulate, at), "DATE",
     "assignment: the time at which codes must be valid (default: the tenant's)", 0, 0},
    {OPTION_TEXT, 0, "agent", offsetof(struct simulate, agent), "NAME",
     "assignment: ask about one agent, by name or id", 0, 0},
    {OPTION_TEXT, 0, "queue", offsetof(struct simulate, queue), "NAME", "... on one queue", 0, 0},
    {OPTION_TEXT, 0, "code", offsetof(struct simulate, code), "NAME", "... and one code", 0, 0},
    {OPTION_TEXT, 0, "channel", offsetof(struct simulate, channel), "NAME",
     "... over one channel (default: any)", 0, 0},
    {OPTION_TEXT, 0, "duration", offsetof(struct simulate, duration), "TIME",
     "... for so long, as 90s", 0, 0},
    {OPTION_TEXT, 'o', "output", offsetof(struct simulate, out), "FILE",
     "write to FILE instead of standard output", 0, 0},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct simulate, is_quiet), NULL, "no progress", 0, 0},
    {.kind = OPTION_END},
};

/* "2/5". */
static bool parse_shard(struct sim_shard *out, struct str text)
{
    struct str n = text, k = {0};
    int64_t kth = 0, of = 0;
    bool is_well = str_cut(&n, '/', &k) && num_parse_i64(&kth, k, 1, 100000) &&
                   num_parse_i64(&of, n, 1, 100000) && kth <= of;
    *out = (struct sim_shard){.k = (size_t)kth, .n = (size_t)of};
    return is_well;
}

/* Options that say nothing sensible, alone or together. */
static bool check(struct simulate_run *r)
{
    const struct simulate *how = r->how;
    if (how->until &&
        !(num_parse_double(&r->half_width, str_of(how->until)) && r->half_width > 0)) {
        return err_set(r->err, ERR_INPUT, "--until-precision is a number above 0, not \"%s\"",
                       how->until);
    }
    if (how->shard && !parse_shard(&r->shard, str_of(how->shard))) {
        return err_set(r->err, ERR_INPUT, "--shard is K/N, as 2/5, not \"%s\"", how->shard);
    }
    if (how->shard && (how->until || how->sweep || how->hold || how->fail_if.n || how->format)) {
        return err_set(
            r->err, ERR_INPUT,
            "--shard gives a part, not a report: no --until-precision, --sweep or --hold, and "
            "--format and --fail-if go to `rehearse report`");
    }
    if (how->hold && (how->sweep || how->candidate || how->fail_if.n)) {
        return err_set(r->err, ERR_INPUT,
                       "--hold is a search of its own: no --sweep, --candidate or --fail-if");
    }
    if (how->sweep && (how->candidate || how->fail_if.n || how->format)) {
        return err_set(
            r->err, ERR_INPUT,
            "--sweep gives a table of its own (CSV): no --candidate, --fail-if or --format");
    }
    if (how->change && how->candidate) {
        return err_set(r->err, ERR_INPUT,
                       "--change and --candidate both say what comes after: one of them");
    }
    return simulate_check_format(r);
}

static int assignment(const struct simulate *how)
{
    struct simulate_assign asked = {
        .profile = how->profile,
        .tenant = how->tenant,
        .candidate = how->candidate,
        .change = how->change,
        .format = how->format,
        .out = how->out,
        .at = how->at,
        .agent = how->agent,
        .queue = how->queue,
        .code = how->code,
        .channel = how->channel,
        .duration = how->duration,
    };
    return simulate_assign(&asked);
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct simulate *how = values;
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct simulate_run r = {.how = how,
                             .path = n_arguments > 1 ? arguments[1] : NULL,
                             .arena = &arena,
                             .findings = &findings,
                             .err = &err,
                             .shows_progress = !how->is_quiet && isatty(STDERR_FILENO)};
    int status = EXIT_USAGE;
    (void)command;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    simulate_catch_interrupt();
    bool is_assignment = str_eq(str_of(arguments[0]), STR("assignment"));
    if (is_assignment && n_arguments > 1) {
        fprintf(stderr, "rehearse: assignment takes no file; --tenant names one\n");
    } else if (is_assignment) {
        status = assignment(how);
    } else if (!str_eq(str_of(arguments[0]), STR("operations"))) {
        fprintf(stderr,
                "rehearse: there is no simulation \"%s\"; there are: assignment, operations\n",
                arguments[0]);
    } else if (n_arguments < 2) {
        fprintf(stderr, "rehearse: operations needs a workload file\n");
    } else if (!check(&r)) {
        status = cli_fail(&err);
    } else {
        status = how->sweep  ? simulate_sweep(&r)
                 : how->hold ? simulate_hold(&r)
                             : simulate_operations(&r);
    }
    arena_done(&arena);
    return status;
}

const struct command command_simulate = {
    .name = "simulate",
    .usage = "operations [OPTION…] WORKLOAD | assignment [OPTION…] --profile PROFILE",
    .summary = "what after-call work and wrap-up codes do to service level, waits and occupancy",
    .about = "Simulates a day of a contact centre many times over, event by event: who calls, who "
             "waits, who "
             "gives up, who\ntalks, what after-call work does. A workload file says what there is "
             "to do and who does "
             "it; - is standard input.\n\nWith --set or --candidate two configurations run on the "
             "same random "
             "numbers, so that their difference is told\nfrom chance with few days. The same seed "
             "gives the same "
             "report, whatever the number of threads. Ctrl-C reports\nwhat is finished.\n\nExit "
             "status: 0 well, 1 "
             "a --fail-if rule is met, 2 unreadable input, 3 the system refused.",
    .examples =
        "  rehearse simulate operations day.json\n"
        "  rehearse simulate operations day.json --set queues.Sales.acw.limit=30s\n"
        "  rehearse simulate operations day.json --sweep queues.Sales.acw.limit=30s..180s:30s\n"
        "  rehearse simulate operations day.json --hold 'service_level.Sales>=0.8' --add 'sales "
        "team'\n"
        "  rehearse simulate operations day.json --fail-if 'service_level.Sales<0.8'\n"
        "  rehearse simulate operations traffic.json --profile genesys-cloud --tenant acme "
        "--change "
        "rollout.json\n"
        "  rehearse simulate assignment --profile genesys-cloud\n"
        "  rehearse simulate assignment --profile genesys-cloud --change rollout.json\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
    .values_size = sizeof(struct simulate),
};
