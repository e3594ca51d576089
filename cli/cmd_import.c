/* `rehearse import`: a tenant, read over its API, as a fixture. */
#include "cli/cli.h"
#include "cli/client_words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct import_words {
    struct client_words client;
    const char *output, *name;
    struct option_list also, only;
    bool keeps_personal;
};

static const struct option options[] = {
    CLIENT_OPTIONS(offsetof(struct import_words, client)),
    {OPTION_TEXT, 'o', "output", offsetof(struct import_words, output), "FILE",
     "write the fixture there (default: standard output)", 0, 0},
    {OPTION_TEXT, 0, "name", offsetof(struct import_words, name), "NAME",
     "what the tenant is to be called (default: imported)", 0, 0},
    {OPTION_LIST, 0, "also", offsetof(struct import_words, also), "RESOURCE=ID",
     "read this one too, which no list shows; may be repeated", 0, 0},
    {OPTION_LIST, 0, "only", offsetof(struct import_words, only), "RESOURCE",
     "read these alone, and what they name; may be repeated", 0, 0},
    {OPTION_FLAG, 0, "keep-personal-data", offsetof(struct import_words, keeps_personal), NULL,
     "leave names, addresses and numbers of people as they are", 0, 0},
    {.kind = OPTION_END},
};

static bool read_words(const struct import_words *w, const struct contract *c,
                       struct import_also *also, const struct resource **only, struct err *err)
{
    for (size_t i = 0; i < w->also.n; i++) {
        struct str all = str_of(w->also.at[i]);
        size_t sign = str_find_char(all, '=');
        if (sign == all.len) {
            return err_set(err, ERR_INPUT, "--also takes RESOURCE=ID, not \"%s\"", w->also.at[i]);
        }
        also[i] = (struct import_also){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    for (size_t i = 0; i < w->only.n; i++) {
        only[i] = contract_resource(c, str_of(w->only.at[i]));
        if (!only[i]) {
            return err_set(err, ERR_INPUT, "%.*s has no resource \"%s\"", STR_ARG(c->name),
                           w->only.at[i]);
        }
    }
    return true;
}

static void tell(const struct contract *c, const struct import_count *counts,
                 const struct import_words *w)
{
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct import_count *k = &counts[i];
        if (k->n || k->n_made_up) {
            fprintf(stderr, "%8zu  %.*s", k->n, STR_ARG(k->resource->name));
            if (k->n_made_up) {
                fprintf(stderr, " (and %zu made up: they are named, the API does not show them)",
                        k->n_made_up);
            }
            fputc('\n', stderr);
        }
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        if (counts[i].is_unlisted && !counts[i].n && !counts[i].n_made_up) {
            fprintf(stderr, "       -  %.*s: the API has no list of them\n",
                    STR_ARG(counts[i].resource->name));
        }
    }
    fputs(w->keeps_personal ? "personal data of people is in it: handle with care\n"
                            : "names and addresses of people were replaced\n",
          stderr);
}

/* The fixture as the mock would load it: what it has against it is told. */
static int look_over(const struct client_session *s, struct arena *a, struct str text)
{
    const struct json_doc *doc = NULL;
    struct tenant *tenant = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, a);
    bool is_fit = json_parse(&doc, a, STR("import"), text, NULL, &fs, &err) &&
                  tenant_load(&tenant, s->contract, json_root(doc), &fs, &err);
    tenant_free(tenant);
    if (is_fit) {
        return EXIT_WELL;
    }
    cli_print_findings(stderr, &fs);
    fputs("rehearse: what the tenant holds breaks rules of the profile; it was written all the "
          "same\n",
          stderr);
    return EXIT_FINDINGS;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct import_words *w = values;
    struct client_session s;
    struct err err = {0};
    struct import_also also[OPTION_LIST_MAX];
    const struct resource *only[OPTION_LIST_MAX];
    struct buf text = {0};
    int status = EXIT_WELL;
    (void)command;
    (void)arguments;
    (void)n_arguments;
    bool is_well = client_session_open(&s, &w->client, "genesys-cloud", &err) &&
                   read_words(w, s.contract, also, only, &err);
    if (is_well) {
        struct import_count *counts =
            ARENA_ARRAY(&s.arena, s.contract->n_resources, struct import_count);
        const struct import_options o = {.name = str_of(w->name ? w->name : "imported"),
                                         .at_us = (int64_t)time(NULL) * US_PER_S,
                                         .also = also,
                                         .n_also = w->also.n,
                                         .only = only,
                                         .n_only = w->only.n,
                                         .keeps_personal = w->keeps_personal};
        is_well = import_tenant(&text, counts, s.client, &o, &err);
        if (is_well && w->output) {
            is_well = file_write(w->output, buf_str(&text), 0666, &err);
        } else if (is_well) {
            fwrite(text.s, 1, text.len, stdout);
        }
        if (is_well) {
            tell(s.contract, counts, w);
            status = look_over(&s, &s.arena, buf_str(&text));
        }
    }
    status = is_well ? status : cli_fail(&err);
    buf_done(&text);
    client_session_close(&s);
    return status;
}

const struct command command_import = {
    .name = "import",
    .usage = "--url URL [OPTION…]",
    .summary = "read a tenant over its API into a fixture for serve, check, plan and simulate",
    .about = "Reads every page of every list that the profile's API has, and what those entities "
             "name; writes nothing to the tenant. What people are called and how they are reached "
             "is replaced, the same by the same, unless --keep-personal-data.\n\n"
             "Exit status: 0 well, 1 the tenant breaks rules of the profile (written all the "
             "same), 2 wrong usage or refused, 3 a system fault.",
    .examples =
        "rehearse import --profile genesys-cloud --url https://api.mypurecloud.de -o acme.json\n"
        "rehearse serve --profile genesys-cloud --tenant acme.json",
    .options = options,
    .run = run,
    .values_size = sizeof(struct import_words),
};
