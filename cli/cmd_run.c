/* `rehearse run`: a client program, unmodified, sealed off, against a mock of its own. */
#include "cli/cli.h"
#include "cli/run_report.h"
#include "cli/sinks.h"
#include "cli/verdicts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAULT_BYTES_MAX = 1 << 20, FAULTS_MAX = 2 * OPTION_LIST_MAX + 1, TIMEOUT_S = 120 };

struct run {
    struct option_list profiles, policies, faults, files, sinks, hosts, env;
    const char *tenant, *clock, *isolation, *keep, *scenario_file;
    struct option_list off;
    struct verdict_options shown;
    uint64_t seed, timeout, speedup;
    bool has_shell, has_stdin, shows_output, allows_unexercised;
    /* made from them */
    struct arena arena;
    struct findings findings;
    struct run_ground *ground;
    struct json documents[FAULTS_MAX];
    size_t n_documents;
    char *shell[2];
    struct scenario scenario;
    struct scenario_play *play;
};

static const struct option options[] = {
    {OPTION_TEXT, 'S', "scenario", offsetof(struct run, scenario_file), "FILE",
     "a scenario: what is played, what goes wrong, who else acts, what is expected "
     "(docs/scenario-format.md); options stand over it",
     0, 0},
    {OPTION_LIST, 'p', "profile", offsetof(struct run, profiles), "NAME",
     "built-in profile or file whose hosts are played (default genesys-cloud); may be repeated, "
     "the "
     "first one gets the faults",
     0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct run, tenant), "NAME",
     "built-in tenant of the first profile or a snapshot file; default: the profile's", 0, 0},
    {OPTION_LIST, 'F', "fault", offsetof(struct run, faults), "PRESET[@N]",
     "deal a fault preset, as 429-burst; @N: to the n-th request that it fits (token requests are "
     "not "
     "counted but by presets about them); @OPERATION or @OPERATION:N: of that operation; or a rule "
     "as "
     "JSON; may be repeated",
     0, 0},
    {OPTION_LIST, 0, "faults", offsetof(struct run, files), "FILE",
     "fault rules from a JSON file; may be repeated", 0, 0},
    {OPTION_LIST, 0, "sink", offsetof(struct run, sinks), "NAME",
     "what stands behind other hosts: built-in sinks of a profile's name, or a file; may be "
     "repeated",
     0, 0},
    {OPTION_LIST, 0, "allow-host", offsetof(struct run, hosts), "HOST",
     "a host that the client may speak to beside those; it is answered 200; may be repeated", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct run, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_COUNT, 's', "seed", offsetof(struct run, seed), "N",
     "seed of tokens, ids and drawn faults (default 1)", 0, UINT64_MAX},
    {OPTION_TEXT, 0, "clock", offsetof(struct run, clock), "DATE",
     "the mock's clock begins at an ISO 8601 date", 0, 0},
    {OPTION_COUNT, 0, "timeout", offsetof(struct run, timeout), "SECONDS",
     "end the client after so long (default 120; 0: never)", 0, 86400},
    {OPTION_LIST, 'e', "env", offsetof(struct run, env), "NAME=VALUE",
     "a variable of the client's environment; wins over ours; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "isolation", offsetof(struct run, isolation), "auto|user|root|proxy|base-url",
     "what keeps the client from the network (default auto: the best that this machine gives)", 0,
     0},
    {OPTION_TEXT, 'k', "keep", offsetof(struct run, keep), "DIR",
     "keep journal, states, faults and output of the run there", 0, 0},
    {OPTION_FLAG, 0, "allow-unexercised", offsetof(struct run, allows_unexercised), NULL,
     "a fault that was set and never met is no failure", 0, 0},
    {OPTION_FLAG, 0, "stdin", offsetof(struct run, has_stdin), NULL,
     "the client reads our standard input", 0, 0},
    {OPTION_FLAG, 0, "shell", offsetof(struct run, has_shell), NULL,
     "run your shell inside, to look around", 0, 0},
    {OPTION_FLAG, 0, "show", offsetof(struct run, shows_output), NULL,
     "show what the client prints as it comes", 0, 0},
    {OPTION_LIST, 0, "off", offsetof(struct run, off), "ID=REASON",
     "a rule of conduct that is not to count, and why; may be repeated", 0, 0},
    {OPTION_COUNT, 0, "speedup", offsetof(struct run, speedup), "N",
     "the client's clocks and waits, and the mock's, run N times as fast; not for static and Go "
     "programs (docs/run.md)",
     1, RUN_SPEEDUP_MAX},
    VERDICT_OPTIONS(struct run, shown),
    {.kind = OPTION_END},
};

/* Appends a rule for "429-burst@3", "429-burst@postRoutingWrapupcodes:2" or a rule as JSON. */
static bool put_rule(struct buf *out, const char *word, struct err *err)
{
    struct str all = str_of(word), preset = str_slice(all, 0, str_find_char(all, '@'));
    struct str where = str_slice(all, preset.len + 1, all.len), operation = where;
    uint64_t nth = 0;
    if (all.len && all.s[0] == '{') {
        buf_put(out, all);
        return true;
    }
    buf_put(out, STR("{\"preset\":"));
    buf_put_json_string(out, preset);
    size_t colon = str_find_char(where, ':');
    bool is_number = num_parse_u64(&nth, where, 1, UINT32_MAX);
    if (is_number) {
        operation = STR("");
    } else if (colon < where.len) {
        operation = str_slice(where, 0, colon);
        is_number = num_parse_u64(&nth, str_slice(where, colon + 1, where.len), 1, UINT32_MAX);
    }
    bool is_good = preset.len == all.len || is_number || (operation.len && colon == where.len);
    if (preset.len < all.len) {
        buf_put(out, STR(",\"when\":{"));
        if (operation.len) {
            buf_put(out, STR("\"operation\":"));
            buf_put_json_string(out, operation);
            buf_put(out, nth ? STR(",") : STR(""));
        }
        if (nth) {
            buf_printf(out, "\"nth\":%llu", (unsigned long long)nth);
        }
        buf_put_char(out, '}');
        buf_put(out, nth ? STR(",\"times\":1") : STR(""));
    }
    buf_put_char(out, '}');
    return is_good ||
           err_set(err, ERR_INPUT,
                   "--fault %s: behind '@' stands a number (\"@3\"), an operation "
                   "(\"@postRoutingWrapupcodes\") or both (\"@postRoutingWrapupcodes:2\")",
                   word);
}

static bool read_faults(struct run *r, struct err *err)
{
    const struct json_doc *doc = NULL;
    if (r->scenario.has_faults) {
        r->documents[r->n_documents++] = r->scenario.document;
    }
    for (size_t i = 0; i < r->files.n; i++) {
        struct str text;
        if (!file_read(&text, &r->arena, r->files.at[i], FAULT_BYTES_MAX, err) ||
            !json_parse(&doc, &r->arena, str_of(r->files.at[i]), text, NULL, &r->findings, err)) {
            return false;
        }
        r->documents[r->n_documents++] = json_root(doc);
    }
    for (size_t i = 0; i < r->faults.n; i++) {
        struct buf text;
        buf_init(&text, &r->arena);
        buf_put(&text, STR("{\"faults\":["));
        if (!put_rule(&text, r->faults.at[i], err)) {
            return false;
        }
        buf_put(&text, STR("]}"));
        if (!json_parse(&doc, &r->arena, STR("--fault"), buf_str(&text), NULL, &r->findings, err)) {
            return false;
        }
        r->documents[r->n_documents++] = json_root(doc);
    }
    return true;
}

/* A scenario's file, or one of those that are built in by name. */
static bool read_scenario(struct run *r, struct err *err)
{
    struct buf name;
    struct str text;
    if (!r->scenario_file) {
        return true;
    }
    buf_init(&name, &r->arena);
    buf_printf(&name, "scenarios/%s.json", r->scenario_file);
    text = builtin_find(buf_str(&name));
    if (!text.s && !file_read(&text, &r->arena, r->scenario_file, FAULT_BYTES_MAX, err)) {
        return false;
    }
    return scenario_read(&r->scenario, &r->arena, str_of(r->scenario_file), text, &r->findings,
                         err);
}

/* The option's words, or where there are none the scenario's. */
static struct option_list words_of(const struct option_list *own, const char *const *other,
                                   size_t n)
{
    struct option_list out = *own;
    for (size_t i = 0; own->n == 0 && i < n; i++) {
        out.at[out.n++] = other[i];
    }
    return out;
}

static size_t policies_of(const struct run *r, struct policy_choice *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->scenario.n_policies; i++) {
        out[n++] = r->scenario.policies[i];
    }
    for (size_t i = 0; i < r->policies.n; i++) {
        struct str all = str_of(r->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        out[n++] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    return n;
}

static bool open_ground(struct run *r, struct err *err)
{
    struct policy_choice policies[OPTION_LIST_MAX + SCENARIO_LIST_MAX];
    struct mock_sink sinks[OPTION_LIST_MAX];
    struct str hosts[OPTION_LIST_MAX + SCENARIO_LIST_MAX];
    enum run_seal seal = RUN_SEAL_AUTO;
    const struct scenario *s = &r->scenario;
    struct option_list profiles = words_of(&r->profiles, s->profiles, s->n_profiles),
                       sink_names = words_of(&r->sinks, s->sinks, s->n_sinks);
    size_t n_hosts = 0;
    if (r->isolation && !run_seal_named(&seal, str_of(r->isolation))) {
        return err_set(err, ERR_INPUT, "--isolation is auto, user, root, proxy or base-url");
    }
    for (size_t i = 0; i < sink_names.n; i++) {
        if (!sinks_read_one(&sinks[i], &r->arena, sink_names.at[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_hosts; i++) {
        hosts[n_hosts++] = s->hosts[i];
    }
    for (size_t i = 0; i < r->hosts.n; i++) {
        hosts[n_hosts++] = str_of(r->hosts.at[i]);
    }
    if (profiles.n == 0) {
        profiles.at[profiles.n++] = "genesys-cloud";
    }
    const struct run_ground_options o = {.profiles = profiles.at,
                                         .n_profiles = profiles.n,
                                         .tenant = r->tenant ? r->tenant : s->tenant,
                                         .policies = policies,
                                         .n_policies = policies_of(r, policies),
                                         .sinks = sinks,
                                         .n_sinks = sink_names.n,
                                         .hosts = hosts,
                                         .n_hosts = n_hosts,
                                         .seal = seal,
                                         .speedup = (int64_t)r->speedup};
    return run_ground_open(&r->ground, &o, &r->findings, err) &&
           scenario_check(s, run_ground_contract(r->ground, 0), err);
}

static bool keep_file(const char *folder, const char *name, struct str site, struct str text,
                      struct err *err)
{
    struct buf path = {0};
    buf_printf(&path, "%s/%.*s%s%s", folder, STR_ARG(site), site.len ? "." : "", name);
    bool is_kept = file_write_fleeting(buf_cstr(&path), text, 0600, err);
    buf_done(&path);
    return is_kept;
}

static bool keep(const struct run_report *report, const char *folder, struct err *err)
{
    const struct run_result *r = report->result;
    struct buf json = {0};
    if (mkdir(folder, 0700) && errno != EEXIST) {
        return err_sys(err, errno, "cannot make the folder %s", folder);
    }
    bool is_kept = keep_file(folder, "stdout.txt", STR(""), r->out, err) &&
                   keep_file(folder, "stderr.txt", STR(""), r->err, err) &&
                   keep_file(folder, "sink.json", STR(""), r->sink, err);
    for (size_t i = 0; i < r->n_sites && is_kept; i++) {
        const struct run_site *s = &r->sites[i];
        is_kept = keep_file(folder, "journal.ndjson", s->name, s->shown, err) &&
                  keep_file(folder, "before.json", s->name, s->before, err) &&
                  keep_file(folder, "after.json", s->name, s->after, err) &&
                  keep_file(folder, "faults.json", s->name, s->faults, err);
    }
    run_report_json(&json, report);
    is_kept = is_kept && keep_file(folder, "report.json", STR(""), buf_str(&json), err);
    buf_done(&json);
    return is_kept;
}

static void fail(void *ctx, struct str text)
{
    run_report_fail(ctx, STR(""), text);
}

/* Judges, reports, keeps; gives the exit status. */
static int judge(struct run *r, const struct run_spec *spec, const struct run_result *result,
                 struct err *err)
{
    struct evidence evidence = {0};
    struct judgement judgement;
    struct judge_params params = r->scenario.params;
    struct run_report report = {.arena = &r->arena,
                                .spec = spec,
                                .result = result,
                                .why = run_ground_why(r->ground),
                                .allows_unexercised =
                                    r->allows_unexercised || r->scenario.allows_unexercised};
    run_report_judge(&report, r->has_shell || r->scenario.has_exit);
    if (r->play && !result->end.is_stopped) {
        scenario_judge(&r->scenario, r->play, result, &r->arena, fail, &report);
    }
    if ((r->off.n && !verdicts_off(&params, &r->arena, &r->off, err)) ||
        !run_evidence(&evidence, &r->arena, result, NULL, &r->findings, err)) {
        return EXIT_USAGE;
    }
    evidence.end.is_known = evidence.end.is_known && !r->has_shell;
    if (r->play) {
        scenario_play_tell(r->play, result, &r->arena, &evidence);
    }
    evidence.n_unmet = 0; /* the report says it, with what to do */
    judge_run(&judgement, &r->arena, &evidence, &params);
    report.is_broken = report.n_failures > 0 || !judgement.is_well;
    r->shown.dress = run_report_dress;
    r->shown.dress_ctx = &report;
    if (!verdicts_show(&r->shown, &judgement, &evidence, err) ||
        (r->keep && !keep(&report, r->keep, err))) {
        return EXIT_USAGE;
    }
    return report.is_broken ? EXIT_FINDINGS : EXIT_WELL;
}

/* What ends us ends the client, and then us with all that is ours put away. */
static int end_signals(void)
{
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* What the options and the scenario make of the run. */
static bool make_spec(struct run *r, struct run_spec *spec, char **env, struct err *err)
{
    const struct scenario *s = &r->scenario;
    size_t n = 0;
    for (size_t i = 0; i < s->n_env; i++) {
        env[n++] = (char *)(uintptr_t)s->env[i];
    }
    for (size_t i = 0; i < r->env.n; i++) {
        env[n++] = (char *)(uintptr_t)r->env.at[i];
    }
    int64_t timeout_ms = (int64_t)r->timeout * 1000;
    spec->env = env;
    spec->seed = s->has_seed ? s->seed : r->seed;
    spec->timeout_ms = r->has_shell                               ? 0
                       : s->timeout_ms && r->timeout == TIMEOUT_S ? s->timeout_ms
                                                                  : timeout_ms;
    spec->in = r->has_stdin || r->has_shell ? STDIN_FILENO : -1;
    spec->stop = -1;
    spec->shows_output = r->shows_output;
    spec->is_interactive = r->has_shell;
    spec->has_clock = r->clock || s->has_clock;
    spec->clock_us = s->clock_us;
    if (r->clock && !date_parse(&spec->clock_us, str_of(r->clock))) {
        return err_set(err, ERR_INPUT, "--clock %s is no ISO 8601 date with a zone", r->clock);
    }
    if (s->n_actors || r->scenario_file) {
        r->play = scenario_play_new(s);
        spec->arrives = scenario_arrives;
        spec->ctx = r->play;
    }
    return true;
}

/* The exit status; `err` is set where it is told there. */
static int run_client(struct run *r, char **argv, struct err *err)
{
    struct run_result result;
    char *env[OPTION_LIST_MAX + SCENARIO_LIST_MAX + 1] = {NULL};
    struct run_spec spec = {.argv = argv};
    if (!verdicts_check(&r->shown, err) || !read_scenario(r, err) ||
        !make_spec(r, &spec, env, err) || !read_faults(r, err) || !open_ground(r, err)) {
        return EXIT_USAGE;
    }
    spec.ground = r->ground;
    spec.faults = r->documents;
    spec.n_faults = r->n_documents;
    spec.stop = r->has_shell ? -1 : end_signals();
    bool has_run = run_once(&spec, &result, &r->findings, err);
    fd_close(&spec.stop);
    if (!has_run) {
        return EXIT_USAGE;
    }
    int status = judge(r, &spec, &result, err);
    run_result_done(&result);
    return status;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct run *r = values;
    struct err err = {0};
    static char shell_default[] = "/bin/sh";
    (void)command;
    if (r->has_shell == (n_arguments > 0)) {
        fputs(r->has_shell ? "rehearse: --shell runs your shell; leave the command out\n"
                           : "rehearse: which program? rehearse run [OPTION…] -- CMD ARGS…\n",
              stderr);
        return EXIT_USAGE;
    }
    arena_init(&r->arena, 0, 0);
    findings_init(&r->findings, &r->arena);
    if (r->has_shell) {
        char *own = getenv("SHELL");
        r->shell[0] = own && *own ? own : shell_default;
        arguments = r->shell;
    }
    int status = run_client(r, arguments, &err);
    if (err.code != ERR_NONE) {
        cli_print_findings(stderr, &r->findings);
        status = cli_fail(&err);
    }
    scenario_play_free(r->play);
    run_ground_free(r->ground);
    arena_done(&r->arena);
    return status;
}

static void defaults(void *values)
{
    struct run *r = values;
    r->seed = 1;
    r->timeout = TIMEOUT_S;
}

const struct command command_run = {
    .name = "run",
    .usage = "[OPTION…] -- CMD ARGS…",
    .summary = "a client program, unmodified, sealed off, against a mock of its own",
    .about = "Runs a program with the vendor's hosts in it. It sees loopback alone; every name "
             "leads here; "
             "certificates are\nminted by an authority that it is made to trust. Hosts that are "
             "neither the "
             "profile's nor a sink's are refused and\ntold. Faults are dealt; what came, went and "
             "was left is "
             "reported.\nExit status: 0 well, 1 something is broken, 2 wrong usage, 3 the system "
             "refused.",
    .examples = "  rehearse run -- python3 rollout.py\n"
                "  rehearse run --fault 429-burst --fault reset-after-commit@2 -- ./rollout\n"
                "  rehearse run --profile cxone --timeout 30 --keep run1 -- node rollout.js\n"
                "  rehearse run --scenario queue-race -- ./rollout\n"
                "  rehearse run --format html -- ./rollout > run.html\n"
                "  rehearse run --shell\n",
    .options = options,
    .arguments_max = SIZE_MAX,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct run),
};
