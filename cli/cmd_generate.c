/* `rehearse generate`: made-up tenants of any size, the same for the same options. */
#include "cli/cli.h"
#include "model/model.h"

#include <stdio.h>

struct generate {
    const char *profile, *out;
    uint64_t codes, queues, seed;
};

static const struct option options[] = {
    {OPTION_TEXT, 'p', "profile", offsetof(struct generate, profile), "NAME",
     "built-in profile or file (default genesys-cloud)", 0, 0},
    {OPTION_COUNT, 'n', "codes", offsetof(struct generate, codes), "N",
     "wrap-up codes (default 1000); the rest in proportion", 0, 10000000},
    {OPTION_COUNT, 'q', "queues", offsetof(struct generate, queues), "N",
     "queues (default: one for a hundred codes)", 0, 1000000},
    {OPTION_COUNT, 's', "seed", offsetof(struct generate, seed), "N",
     "the same seed gives the same bytes (default 1)", 0, UINT64_MAX},
    {OPTION_TEXT, 'o', "output", offsetof(struct generate, out), "FILE",
     "write to FILE instead of standard output", 0, 0},
    {.kind = OPTION_END},
};

static void defaults(void *values)
{
    struct generate *g = values;
    g->profile = "genesys-cloud";
    g->codes = 1000;
    g->seed = 1;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct generate *g = values;
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct contract *contract = NULL;
    struct buf text = {0};
    int status = EXIT_WELL;
    (void)command;
    (void)arguments;
    (void)n_arguments;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    struct generate_options how = {
        .seed = g->seed,
        .codes = (size_t)g->codes,
        .queues = g->queues ? (size_t)g->queues : (size_t)(g->codes / 100 + 1),
    };
    if (!contract_open(&contract, g->profile, NULL, 0, &findings, &err) ||
        !tenant_generate(&text, contract, &how, &err)) {
        cli_print_findings(stderr, &findings);
        status = cli_fail(&err);
    } else if (g->out) {
        status = file_write(g->out, buf_str(&text), 0644, &err) ? EXIT_WELL : cli_fail(&err);
    } else if (fwrite(text.s, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
        err_set(&err, ERR_SYSTEM, "cannot write to standard output");
        status = cli_fail(&err);
    }
    buf_done(&text);
    contract_free(contract);
    arena_done(&arena);
    return status;
}

const struct command command_generate = {
    .name = "generate",
    .usage = "[OPTION…]",
    .summary = "a made-up tenant of any size, the same for the same seed",
    .about = "Prints a tenant snapshot that `serve --tenant` takes, with names as contact centres "
             "use them, that "
             "keeps\nevery rule of the profile.",
    .examples = "  rehearse generate --codes 100000 --seed 7 --output big.json\n"
                "  rehearse serve --tenant big.json\n",
    .options = options,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct generate),
};
