/* `rehearse judge`: conduct rules over a journal that `serve --journal` wrote. */
#include "cli/cli.h"
#include "cli/verdicts.h"
#include "replay/replay.h"

#include <stdlib.h>
#include <string.h>

enum { JOURNAL_BYTES_MAX = 1 << 30 };

struct judge_options {
    struct option_list profiles, off, unmet;
    const char *before, *after, *clean, *format, *exit_status;
    struct verdict_options shown;
};

static const struct option options[] = {
    {OPTION_LIST, 'p', "profile", offsetof(struct judge_options, profiles), "NAME",
     "built-in profile or file that was served (default genesys-cloud); may be repeated", 0, 0},
    {OPTION_TEXT, 0, "before", offsetof(struct judge_options, before), "FILE",
     "the tenant before the client began (rehearse ctl state)", 0, 0},
    {OPTION_TEXT, 0, "after", offsetof(struct judge_options, after), "FILE",
     "the tenant that it left behind", 0, 0},
    {OPTION_TEXT, 0, "clean", offsetof(struct judge_options, clean), "FILE",
     "the tenant that it leaves behind where nothing goes wrong", 0, 0},
    {OPTION_TEXT, 0, "exit-status", offsetof(struct judge_options, exit_status), "N",
     "what the client exited with", 0, 0},
    {OPTION_LIST, 0, "off", offsetof(struct judge_options, off), "ID=REASON",
     "a rule that is not to count, and why; may be repeated", 0, 0},
    VERDICT_OPTIONS(struct judge_options, shown),
    {.kind = OPTION_END},
};

struct work {
    const struct judge_options *o;
    struct arena arena;
    struct findings findings;
    struct err err;
    const struct contract *contracts[OPTION_LIST_MAX];
    size_t n_contracts;
    struct evidence evidence;
};

static bool open_contracts(struct work *w)
{
    static const char *const otherwise[] = {"genesys-cloud"};
    const struct option_list *named = &w->o->profiles;
    const char *const *names = named->n ? named->at : otherwise;
    for (size_t i = 0; i < (named->n ? named->n : 1); i++) {
        struct contract *c = NULL;
        if (!contract_open(&c, names[i], NULL, 0, &w->findings, &w->err)) {
            return false;
        }
        w->contracts[w->n_contracts++] = c;
    }
    return true;
}

static bool read_state(struct work *w, struct json *out, const char *path)
{
    struct str text;
    const struct json_doc *doc = NULL;
    if (path && (!file_read(&text, &w->arena, path, JOURNAL_BYTES_MAX, &w->err) ||
                 !json_parse(&doc, &w->arena, str_of(path), text, NULL, NULL, &w->err))) {
        return false;
    }
    *out = path ? json_root(doc) : *out;
    return true;
}

static bool read_evidence(struct work *w, const char *path)
{
    struct str text;
    int64_t status = 0;
    struct evidence *e = &w->evidence;
    if (!file_read(&text, &w->arena, path, JOURNAL_BYTES_MAX, &w->err) ||
        !evidence_read(e, &w->arena, w->contracts, w->n_contracts, str_of(path), text, &w->findings,
                       &w->err) ||
        !read_state(w, &e->before, w->o->before) || !read_state(w, &e->after, w->o->after) ||
        !read_state(w, &e->clean_after, w->o->clean)) {
        return false;
    }
    e->contract = w->contracts[0];
    if (w->o->exit_status) {
        if (!num_parse_i64(&status, str_of(w->o->exit_status), 0, 255)) {
            return err_set(&w->err, ERR_INPUT, "--exit-status is \"%s\"; expected 0 to 255",
                           w->o->exit_status);
        }
        e->end = (struct evidence_end){.is_known = true, .exit_status = (int)status};
    }
    return true;
}

static int run(const struct command *command, void *values, char **arguments, size_t n)
{
    struct work w = {.o = values};
    struct judgement judgement;
    struct judge_params params = {.token_margin_us = 0};
    int status = EXIT_WELL;
    (void)command;
    (void)n;
    arena_init(&w.arena, 0, 0);
    findings_init(&w.findings, &w.arena);
    if (!verdicts_check(&w.o->shown, &w.err) ||
        !verdicts_off(&params, &w.arena, &w.o->off, &w.err) || !open_contracts(&w) ||
        !read_evidence(&w, arguments[0])) {
        status = cli_fail(&w.err);
    } else {
        judge_run(&judgement, &w.arena, &w.evidence, &params);
        status = verdicts_show(&w.o->shown, &judgement, &w.evidence, &w.err)
                     ? (judgement.is_well ? EXIT_WELL : EXIT_FINDINGS)
                     : cli_fail(&w.err);
    }
    for (size_t i = 0; i < w.n_contracts; i++) {
        contract_free((struct contract *)(uintptr_t)w.contracts[i]);
    }
    arena_done(&w.arena);
    return status;
}

const struct command command_judge = {
    .name = "judge",
    .usage = "[OPTION…] JOURNAL",
    .summary = "how a client behaved: conduct rules over a journal",
    .about =
        "Reads what `rehearse serve --journal FILE.ndjson --journal-secrets` wrote while a client "
        "was at work, and judges its\nconduct: tokens, retries, waits, conflicts, paging, what it "
        "left behind. Each rule is held, broken (with the requests\nthat show it), or was not "
        "exercised. Rules about tokens need --journal-secrets: without it nobody can tell them "
        "apart.\n`rehearse explain C201` tells about a rule.\n\nExit status: 0 nothing broken, 1 "
        "a rule is broken, 2 wrong usage or unreadable input, 3 a system fault.",
    .examples = "  rehearse serve --journal run.ndjson --journal-secrets\n"
                "  rehearse judge run.ndjson --exit-status 0\n"
                "  rehearse judge run.ndjson --format html --output html=conduct.html",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
    .values_size = sizeof(struct judge_options),
};
