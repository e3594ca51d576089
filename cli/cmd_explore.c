/* `rehearse explore`: every request of a client × every fault that can meet it. */
#include "cli/cli.h"
#include "cli/explored.h"
#include "cli/sinks.h"
#include "cli/verdicts.h"
#include "replay/replay.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PAIRS_BUDGET_S = 600 };

struct explore_options {
    struct option_list profiles, policies, only, env, off, sinks, hosts;
    const char *tenant, *isolation, *shard;
    uint64_t seed, timeout, budget, jobs, speedup, depth;
    bool is_quiet;
    struct explored_options shown;
};

static const struct option options[] = {
    {OPTION_LIST, 'p', "profile", offsetof(struct explore_options, profiles), "NAME",
     "built-in profile or file whose hosts are played (default genesys-cloud); may be repeated, "
     "the "
     "first one gets the faults",
     0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct explore_options, tenant), "NAME",
     "built-in tenant of the first profile or a snapshot file; default: the profile's", 0, 0},
    {OPTION_LIST, 0, "sink", offsetof(struct explore_options, sinks), "NAME",
     "what stands behind other hosts: built-in sinks of a profile's name, or a file; may be "
     "repeated",
     0, 0},
    {OPTION_LIST, 0, "allow-host", offsetof(struct explore_options, hosts), "HOST",
     "a host that the client may speak to beside those; it is answered 200; may be repeated", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct explore_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_LIST, 0, "only", offsetof(struct explore_options, only), "PRESET",
     "only this fault; may be repeated", 0, 0},
    {OPTION_LIST, 0, "off", offsetof(struct explore_options, off), "ID=REASON",
     "a rule that is not to count, and why; may be repeated", 0, 0},
    {OPTION_COUNT, 's', "seed", offsetof(struct explore_options, seed), "N",
     "seed of tokens and ids (default 1)", 0, UINT64_MAX},
    {OPTION_COUNT, 0, "timeout", offsetof(struct explore_options, timeout), "SECONDS",
     "end a run after so long (default 60)", 1, 86400},
    {OPTION_COUNT, 0, "speedup", offsetof(struct explore_options, speedup), "N",
     "the client's clocks and waits, and the mock's, run N times as fast; not for static and Go "
     "programs (docs/run.md)",
     1, RUN_SPEEDUP_MAX},
    {OPTION_COUNT, 0, "budget", offsetof(struct explore_options, budget), "SECONDS",
     "begin no run later than that (default: all are run; with --depth 2: 600)", 1, 864000},
    {OPTION_COUNT, 0, "depth", offsetof(struct explore_options, depth), "N",
     "2: pairs of faults too, the second one at what the client does about the first, or later; "
     "the most telling ones first (default 1)",
     1, 2},
    {OPTION_COUNT, 'j', "jobs", offsetof(struct explore_options, jobs), "N",
     "runs at once (default: four a processor)", 1, 64},
    {OPTION_TEXT, 0, "shard", offsetof(struct explore_options, shard), "K/N",
     "run only the K-th of N parts; `rehearse report` puts their JSON together", 0, 0},
    {OPTION_LIST, 'e', "env", offsetof(struct explore_options, env), "NAME=VALUE",
     "a variable of the client's environment; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "isolation", offsetof(struct explore_options, isolation),
     "auto|user|root|proxy|base-url", "what keeps the client from the network (default auto)", 0,
     0},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct explore_options, is_quiet), NULL, "no progress", 0,
     0},
    EXPLORED_OPTIONS(struct explore_options, shown),
    {.kind = OPTION_END},
};

struct work {
    const struct explore_options *o;
    struct arena arena;
    struct findings findings;
    struct err err;
    struct run_ground *ground;
    int64_t begun_us;
};

static bool open_ground(struct work *w)
{
    static const char *const otherwise[] = {"genesys-cloud"};
    struct policy_choice policies[OPTION_LIST_MAX];
    struct mock_sink sinks[OPTION_LIST_MAX];
    struct str hosts[OPTION_LIST_MAX];
    enum run_seal seal = RUN_SEAL_AUTO;
    const struct explore_options *o = w->o;
    for (size_t i = 0; i < o->sinks.n; i++) {
        if (!sinks_read_one(&sinks[i], &w->arena, o->sinks.at[i], &w->err)) {
            return false;
        }
    }
    for (size_t i = 0; i < o->hosts.n; i++) {
        hosts[i] = str_of(o->hosts.at[i]);
    }
    if (o->isolation && !run_seal_named(&seal, str_of(o->isolation))) {
        return err_set(&w->err, ERR_INPUT,
                       "--isolation is \"%s\"; expected auto, user, root, proxy or base-url",
                       o->isolation);
    }
    for (size_t i = 0; i < o->policies.n; i++) {
        struct str all = str_of(o->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        policies[i] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    const struct run_ground_options ground = {
        .profiles = o->profiles.n ? o->profiles.at : otherwise,
        .n_profiles = o->profiles.n ? o->profiles.n : 1,
        .tenant = o->tenant,
        .policies = policies,
        .n_policies = o->policies.n,
        .sinks = sinks,
        .n_sinks = o->sinks.n,
        .hosts = hosts,
        .n_hosts = o->hosts.n,
        .seal = seal,
        .speedup = (int64_t)o->speedup,
    };
    return run_ground_open(&w->ground, &ground, &w->findings, &w->err);
}

static void show_progress(void *ctx, size_t done, size_t all)
{
    const struct work *w = ctx;
    double passed = (double)(clock_monotonic_us() - w->begun_us) / US_PER_S;
    double left = done ? passed * (double)(all - done) / (double)done : 0;
    fprintf(stderr, "\r%zu of %zu runs, %.0f s left \x1b[K%s", done, all, left,
            done == all ? "\r\x1b[K" : "");
}

static bool read_shard(struct explore_spec *spec, const char *text, struct err *err)
{
    struct str all = str_of(text), k;
    uint64_t part = 0, n = 0;
    if (!str_cut(&all, '/', &k) || !num_parse_u64(&n, all, 1, 10000) ||
        !num_parse_u64(&part, k, 1, n)) {
        return err_set(err, ERR_INPUT, "--shard is \"%s\"; expected K/N, as 2/8", text);
    }
    spec->shard = (size_t)(part - 1);
    spec->n_shards = (size_t)n;
    return true;
}

static bool read_only(struct explore_spec *spec, struct work *w)
{
    struct str *only = ARENA_ARRAY(&w->arena, w->o->only.n + 1, struct str);
    for (size_t i = 0; i < w->o->only.n; i++) {
        only[i] = str_of(w->o->only.at[i]);
        if (!explore_knows(only[i])) {
            return err_set(&w->err, ERR_INPUT,
                           "--only %s: no fault of that name can be explored; rehearse ctl faults "
                           "presets tells them",
                           w->o->only.at[i]);
        }
    }
    spec->only = only;
    spec->n_only = w->o->only.n;
    return true;
}

static void put_words(struct buf *out, const char *option, const struct option_list *words)
{
    for (size_t i = 0; i < words->n; i++) {
        buf_printf(out, " --%s ", option);
        explore_put_word(out, str_of(words->at[i]));
    }
}

/* What `rehearse run` needs to stand on the same ground. Values of the environment may be secrets: it takes them from
 * the shell's own. */
static struct str words_of_run(struct work *w)
{
    const struct explore_options *o = w->o;
    struct buf out;
    buf_init(&out, &w->arena);
    bool is_usual = o->profiles.n == 1 && strcmp(o->profiles.at[0], "genesys-cloud") == 0;
    if (!is_usual) {
        put_words(&out, "profile", &o->profiles);
    }
    const struct option_list tenant = {.at = {o->tenant}, .n = o->tenant != NULL};
    const struct option_list isolation = {.at = {o->isolation}, .n = o->isolation != NULL};
    put_words(&out, "tenant", &tenant);
    put_words(&out, "policy", &o->policies);
    put_words(&out, "sink", &o->sinks);
    put_words(&out, "allow-host", &o->hosts);
    put_words(&out, "isolation", &isolation);
    if (o->seed != 1) {
        buf_printf(&out, " --seed %llu", (unsigned long long)o->seed);
    }
    if (o->speedup > 1) {
        buf_printf(&out, " --speedup %llu", (unsigned long long)o->speedup);
    }
    for (size_t i = 0; i < o->env.n; i++) {
        struct str name = str_of(o->env.at[i]);
        name = str_slice(name, 0, str_find_char(name, '='));
        buf_printf(&out, " -e %.*s=\"$%.*s\"", STR_ARG(name), STR_ARG(name));
    }
    return buf_str(&out);
}

static int stop_signals(void)
{
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int explore_all(struct work *w, char **argv)
{
    char *env[OPTION_LIST_MAX + 1] = {NULL};
    struct exploration x;
    for (size_t i = 0; i < w->o->env.n; i++) {
        env[i] = (char *)(uintptr_t)w->o->env.at[i];
    }
    struct explore_spec spec = {.argv = argv,
                                .env = env,
                                .seed = w->o->seed,
                                .timeout_ms = (int64_t)w->o->timeout * 1000,
                                .budget_ms = (int64_t)w->o->budget * 1000,
                                .depth = (unsigned)w->o->depth,
                                .n_jobs = (size_t)w->o->jobs,
                                .ctx = w};
    if ((w->o->shard && !read_shard(&spec, w->o->shard, &w->err)) || !read_only(&spec, w) ||
        !explored_check(&w->o->shown, &w->err) ||
        !verdicts_off(&spec.params, &w->arena, &w->o->off, &w->err) || !open_ground(w)) {
        return EXIT_USAGE;
    }
    if (w->o->depth > 1 && !w->o->budget) {
        spec.budget_ms = PAIRS_BUDGET_S * INT64_C(1000);
    }
    spec.options = words_of_run(w);
    spec.ground = w->ground;
    spec.stop = stop_signals();
    spec.progress = !w->o->is_quiet && isatty(STDERR_FILENO) ? show_progress : NULL;
    w->begun_us = clock_monotonic_us();
    bool is_done = explore(&x, &spec, &w->findings, &w->err);
    fd_close(&spec.stop);
    if (!is_done) {
        return EXIT_USAGE;
    }
    bool is_shown = explored_show(&w->o->shown, &x, &w->err);
    int status = !is_shown ? EXIT_SYSTEM : explored_is_well(&x) ? EXIT_WELL : EXIT_FINDINGS;
    exploration_done(&x);
    return status;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct work w = {.o = values};
    (void)command;
    (void)n_arguments;
    arena_init(&w.arena, 0, 0);
    findings_init(&w.findings, &w.arena);
    int status = explore_all(&w, arguments);
    if (w.err.code != ERR_NONE) {
        cli_print_findings(stderr, &w.findings);
        status = cli_fail(&w.err);
    }
    run_ground_free(w.ground);
    arena_done(&w.arena);
    return status;
}

static void defaults(void *values)
{
    struct explore_options *o = values;
    o->seed = 1;
    o->timeout = 60;
    o->depth = 1;
}

const struct command command_explore = {
    .name = "explore",
    .usage = "[OPTION…] -- CMD ARGS…",
    .summary = "each request of a client × each fault, judged: a report card",
    .about =
        "Runs the client without faults, twice, then once more for each request and each fault "
        "that "
        "can meet it, every time in\na tenant and network of its own, several at once. The report "
        "card has a row a conduct rule and a column a fault;\nwhat is broken comes with the "
        "shortest command that shows it again. `rehearse explain C301` tells about a rule.\n\nExit "
        "status: 0 nothing broken, 1 a rule is broken or the user interrupted it, 2 wrong usage or "
        "a clean run that sends "
        "nothing, 3 the system\nrefused.",
    .examples = "  rehearse explore -- python3 rollout.py\n"
                "  rehearse explore --only 429-burst --only reset-after-commit -- ./rollout\n"
                "  rehearse explore --depth 2 --budget 900 -- ./rollout\n"
                "  rehearse explore --shard 1/4 --format json -- ./rollout > part1.json\n"
                "  rehearse report part*.json",
    .options = options,
    .arguments_min = 1,
    .arguments_max = SIZE_MAX,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct explore_options),
};
