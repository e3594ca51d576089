/* `rehearse apply`: a change set or a plan, carried out. */
#include "cli/cli.h"
#include "cli/client_words.h"
#include "mockapi/mockapi.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DOCUMENT_BYTES_MAX = 512 << 20, NAMED_MAX = 1000 };

struct apply_words {
    struct client_words client;
    const char *journal, *audit, *metrics;
    bool is_sure, is_dry, resumes, keeps_going, is_unchecked, is_unverified, has_no_journal;
};

static const struct option options[] = {
    CLIENT_OPTIONS(offsetof(struct apply_words, client)),
    {OPTION_COUNT, 'j', "parallel", offsetof(struct apply_words, client.parallel), "N",
     "so many steps at once, of those that do not need each other (default: 1)", 1, 64},
    {OPTION_FLAG, 'y', "yes", offsetof(struct apply_words, is_sure), NULL,
     "do not ask: for scripts", 0, 0},
    {OPTION_FLAG, 'n', "dry-run", offsetof(struct apply_words, is_dry), NULL,
     "show what would be done, and what speaks against it; write nothing", 0, 0},
    {OPTION_FLAG, 0, "resume", offsetof(struct apply_words, resumes), NULL,
     "go on with a run that was cut off, by its journal", 0, 0},
    {OPTION_TEXT, 0, "journal", offsetof(struct apply_words, journal), "FILE",
     "where what is done is noted (default: FILE.journal)", 0, 0},
    {OPTION_FLAG, 0, "no-journal", offsetof(struct apply_words, has_no_journal), NULL,
     "note nothing: such a run cannot be resumed", 0, 0},
    {OPTION_TEXT, 0, "audit", offsetof(struct apply_words, audit), "FILE",
     "append the document's audit records there (NDJSON)", 0, 0},
    {OPTION_TEXT, 0, "metrics", offsetof(struct apply_words, metrics), "FILE",
     "write counts, latencies and the audit trail there (JSON)", 0, 0},
    {OPTION_FLAG, 'k', "keep-going", offsetof(struct apply_words, keeps_going), NULL,
     "after a step that failed do those that do not need it", 0, 0},
    {OPTION_FLAG, 0, "no-check", offsetof(struct apply_words, is_unchecked), NULL,
     "do not read the tenant to check the document first", 0, 0},
    {OPTION_FLAG, 0, "no-verify", offsetof(struct apply_words, is_unverified), NULL,
     "do not read back what was written", 0, 0},
    {.kind = OPTION_END},
};

struct work {
    const struct apply_words *w;
    struct client_session s;
    struct str name, text;
    struct apply *apply;
    struct json root;
};

/* The document against the tenant as it is: read, and asked in memory. */
static bool check_first(struct work *k, size_t *out_errors, struct err *err)
{
    const struct contract *c = k->s.contract;
    const struct resource **only =
        ARENA_ARRAY(&k->s.arena, c->n_resources + 1, const struct resource *);
    struct import_count *counts = ARENA_ARRAY(&k->s.arena, c->n_resources, struct import_count);
    struct import_options o = {.name = STR("live"),
                               .at_us = (int64_t)time(NULL) * US_PER_S,
                               .only = only,
                               .keeps_personal = true,
                               .may_lack_also = true};
    struct buf text = {0}, said;
    const struct json_doc *doc = NULL;
    struct tenant *tenant = NULL;
    struct findings fs, own;
    struct err broken = {0};
    findings_init(&fs, &k->s.arena);
    findings_init(&own, &k->s.arena);
    buf_init(&said, &k->s.arena);
    struct import_also *also = ARENA_ARRAY(&k->s.arena, NAMED_MAX, struct import_also);
    o.n_only = apply_resources(only, k->apply);
    o.also = also;
    o.n_also = apply_named(also, NAMED_MAX, k->apply);
    *out_errors = 0;
    if (!import_tenant(&text, counts, k->s.client, &o, err)) {
        return false;
    }
    struct str copy = str_copy(&k->s.arena, buf_str(&text));
    buf_done(&text);
    if (!json_parse(&doc, &k->s.arena, STR("tenant"), copy, NULL, &own, &broken) ||
        !tenant_load(&tenant, c, json_root(doc), &own, &broken)) {
        fprintf(stderr, "rehearse: the tenant cannot be held in memory (%s): not checked\n",
                broken.msg);
        return true;
    }
    struct trial *trial = trial_new(k->s.contract, tenant);
    struct check check = {.contract = c,
                          .tenant = trial_tenant(trial),
                          .ask = trial_ask,
                          .ctx = trial,
                          .arena = &k->s.arena,
                          .fs = &fs};
    check_document(&check, k->root, DOCUMENT_CHANGES, &said);
    check_done(&check);
    trial_free(trial);
    cli_print_findings(stderr, &fs);
    *out_errors = fs.errors;
    return true;
}

static bool ask(const struct work *k)
{
    char answer[16] = "";
    fprintf(stderr, "Carry out %zu steps at %s? [y/N] ", apply_steps(k->apply), k->w->client.url);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void tell(void *ctx, struct str line)
{
    (void)ctx;
    printf("%.*s\n", STR_ARG(line));
    fflush(stdout);
}

static bool open_all(struct work *k, const char *file, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct arena first;
    char profile[128] = "genesys-cloud";
    struct str text;
    arena_init(&first, 0, 0);
    bool is_read = file_read(&text, &first, file, DOCUMENT_BYTES_MAX, err) &&
                   json_parse(&doc, &first, str_of(file), text, NULL, NULL, err);
    struct str said =
        is_read ? json_str_or(json_get(json_root(doc), STR("profile")), STR("")) : STR("");
    if (said.len && said.len < sizeof profile) {
        memcpy(profile, said.s, said.len);
        profile[said.len] = '\0';
    }
    bool is_open = is_read && client_session_open(&k->s, &k->w->client, profile, err);
    if (is_open) {
        k->name = str_of(file);
        k->text = str_copy(&k->s.arena, text);
        is_open = json_parse(&doc, &k->s.arena, k->name, k->text, NULL, NULL, err);
        k->root = is_open ? json_root(doc) : k->root;
    }
    arena_done(&first);
    return is_open && apply_open(&k->apply, k->s.client, k->name, k->text, err);
}

static int end_run(const struct work *k, const struct apply_result *r, const struct err *err)
{
    struct client_counts n = client_counts(k->s.client);
    fprintf(stderr,
            "%zu done, %zu so already, %zu by an earlier run, %zu failed, %zu not done; "
            "%llu requests, %llu tries more, %llu limited, %llu conflicts\n",
            r->done, r->there, r->before, r->failed, r->left, (unsigned long long)n.requests,
            (unsigned long long)n.retries, (unsigned long long)n.limited,
            (unsigned long long)n.conflicts);
    if (!r->failed && !r->left) {
        return EXIT_WELL;
    }
    (void)cli_fail(err);
    if (!k->w->has_no_journal) {
        fputs("rehearse: once that is mended, --resume goes on where this run ended\n", stderr);
    }
    return EXIT_FINDINGS;
}

static int carry_out(struct work *k, size_t n_errors)
{
    struct buf journal;
    struct apply_result result;
    struct err err = {0};
    bool is_pipe = str_eq(k->name, STR("-"));
    buf_init(&journal, &k->s.arena);
    buf_printf(&journal, "%.*s.journal", STR_ARG(k->name));
    struct apply_options o = {.parallel = (unsigned)k->w->client.parallel,
                              .keeps_going = k->w->keeps_going,
                              .is_unverified = k->w->is_unverified,
                              .journal = k->w->journal ? k->w->journal : buf_cstr(&journal),
                              .resumes = k->w->resumes,
                              .audit = k->w->audit,
                              .metrics = k->w->metrics,
                              .n_violations = n_errors,
                              .tell = tell};
    if (k->w->has_no_journal || (is_pipe && !k->w->journal)) {
        o.journal = NULL;
    }
    bool is_well = apply_run(&result, k->apply, &o, &err);
    if (!is_well && !result.failed && !result.left) {
        return cli_fail(&err);
    }
    return end_run(k, &result, &err);
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct work k = {.w = values};
    struct err err = {0};
    size_t n_errors = 0;
    int status = EXIT_WELL;
    struct buf steps = {0};
    (void)command;
    (void)n_arguments;
    bool is_well = open_all(&k, arguments[0], &err);
    bool is_plan = str_eq(json_str_or(json_get(k.root, STR("kind")), STR("")), STR("plan"));
    if (is_well && !is_plan && !k.w->is_unchecked && !k.w->resumes) {
        is_well = check_first(&k, &n_errors, &err);
    }
    if (is_well) {
        apply_show(&steps, k.apply);
        fwrite(steps.s, 1, steps.len, stdout);
        fflush(stdout);
    }
    if (!is_well) {
        status = cli_fail(&err);
    } else if (k.w->is_dry && !n_errors) {
        status = EXIT_WELL;
    } else if (!n_errors && !k.w->is_sure && !isatty(STDIN_FILENO)) {
        fputs("rehearse: nobody can be asked here; --yes goes ahead\n", stderr);
        status = EXIT_USAGE;
    } else if (n_errors || (!k.w->is_sure && !ask(&k))) {
        fputs("rehearse: nothing was done\n", stderr);
        status = EXIT_FINDINGS;
    } else {
        status = carry_out(&k, n_errors);
    }
    buf_done(&steps);
    apply_close(k.apply);
    client_session_close(&k.s);
    return status;
}

const struct command command_apply = {
    .name = "apply",
    .usage = "--url URL [OPTION…] FILE",
    .summary = "carry out a change set or a plan at a tenant, the mock's or a real one",
    .about = "Reads the tenant and puts the change set to it in memory; shows the steps; asks; "
             "carries them out, each so that a lost answer makes no duplicate and a conflict "
             "overwrites nobody; reads back; notes all in a journal, so that --resume goes on "
             "where a run was cut off.\n\n"
             "Exit status: 0 all is done, 1 something was refused, failed or left, 2 wrong usage "
             "or unreadable input, 3 a system fault.",
    .examples =
        "rehearse apply --profile genesys-cloud --url http://127.0.0.1:8080 october.json\n"
        "rehearse apply --url https://api.mypurecloud.de --yes --audit audit.ndjson plan.json\n"
        "rehearse apply --url https://api.mypurecloud.de --yes --resume plan.json",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
    .values_size = sizeof(struct apply_words),
};
