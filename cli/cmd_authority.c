/* `rehearse authority`: the certificate authority of HTTPS on this machine. */
#include "cli/cli.h"
#include "mockapi/mockapi.h"

#include <stdio.h>
#include <stdlib.h>

struct authority_options {
    const char *folder;
    bool is_env;
};

static const struct option options[] = {
    {OPTION_TEXT, 0, "authority", offsetof(struct authority_options, folder), "DIR",
     "where it is kept (default: the user's data folder)", 0, 0},
    {OPTION_FLAG, 'e', "env", offsetof(struct authority_options, is_env), NULL,
     "print the variables with which runtimes trust it, for eval", 0, 0},
    {.kind = OPTION_END},
};

void cli_authority_folder(char out[4096])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && data[0] == '/') {
        (void)snprintf(out, 4096, "%s/rehearse", data);
    } else {
        (void)snprintf(out, 4096, "%s/.local/share/rehearse", home ? home : ".");
    }
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    static const char *const variables[] = {
        "SSL_CERT_FILE",       "CURL_CA_BUNDLE",    "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",    "PIP_CERT",
        "AWS_CA_BUNDLE",       "HTTPLIB2_CA_CERTS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"};
    const struct authority_options *o = values;
    char folder[4096];
    struct err err = {0};
    (void)command;
    (void)arguments;
    (void)n_arguments;
    cli_authority_folder(folder);
    const char *where = o->folder ? o->folder : folder;
    if (!mock_authority_make(where, &err)) {
        return cli_fail(&err);
    }
    if (!o->is_env) {
        printf("%s/authority.pem\n", where);
        return EXIT_WELL;
    }
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        printf("export %s='%s/authority.pem'\n", variables[i], where);
    }
    return EXIT_WELL;
}

const struct command command_authority = {
    .name = "authority",
    .usage = "[OPTION…]",
    .summary = "the certificate authority of `serve --https-port`: its file, and how to trust it",
    .about = "Makes the authority on first use: a certificate and its key (readable by you alone), "
             "for this machine's\nmock "
             "servers. Prints the certificate's file, or with --env the variables with which "
             "OpenSSL, curl, Python,\nNode "
             "and others trust it.",
    .examples =
        "  eval \"$(rehearse authority --env)\"\n"
        "  curl --cacert \"$(rehearse authority)\" https://localhost:8443/api/v2/tokens/me\n",
    .options = options,
    .run = run,
    .values_size = sizeof(struct authority_options),
};
