/* `rehearse serve --record DIR --upstream URL`: what a client and a real tenant say to each other, as an archive and a
 * journal. */
#include "cli/serve_record.h"

#include "cli/cli.h"
#include "mockapi/mockapi.h"
#include "replay/replay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 2 };

/* The paths of what is written; a recording that is there stays. */
static bool make_paths(struct str out[FILES], struct arena *a, const char *folder, struct err *err)
{
    static const char *const names[FILES] = {"traffic.har", "traffic.ndjson"};
    if (mkdir(folder, 0700) && errno != EEXIST) {
        return err_sys(err, errno, "cannot make the folder %s", folder);
    }
    for (size_t i = 0; i < FILES; i++) {
        struct buf path;
        buf_init(&path, a);
        buf_printf(&path, "%s/%s", folder, names[i]);
        out[i] = buf_str(&path);
        if (access(buf_cstr(&path), F_OK) == 0) {
            return err_set(err, ERR_INPUT,
                           "%s is there already: a recording is not written over; name another "
                           "folder, or remove it",
                           buf_cstr(&path));
        }
    }
    return true;
}

static bool write_ready(const struct serve_record *how, const struct contract *contract,
                        const struct relay *relay, struct err *err)
{
    struct buf json = {0};
    buf_printf(&json,
               "{\"pid\":%ld,\"version\":\"" REHEARSE_VERSION "\",\"listeners\":[{\"profile\":",
               (long)getpid());
    buf_put_json_string(&json, contract->name);
    buf_printf(&json, ",\"url\":\"http://127.0.0.1:%u\"}]}\n", (unsigned)relay_port(relay));
    bool is_written =
        !how->ready_file || file_write_fleeting(how->ready_file, buf_str(&json), 0600, err);
    buf_done(&json);
    return is_written;
}

static void tell(const struct serve_record *how, const struct contract *contract,
                 const struct relay *relay)
{
    printf("recording on http://127.0.0.1:%u, for %.*s\n", (unsigned)relay_port(relay),
           STR_ARG(contract->name));
    for (size_t i = 0; i < how->upstreams->n; i++) {
        printf("  handed on to %s\n", how->upstreams->at[i]);
    }
    printf("  written to %s/traffic.har and traffic.ndjson, secrets left out\nCtrl-C ends it.\n",
           how->folder);
    fflush(stdout);
}

static void list_ends(sigset_t *out)
{
    (void)sigemptyset(out);
    (void)sigaddset(out, SIGINT);
    (void)sigaddset(out, SIGTERM);
    (void)sigaddset(out, SIGHUP);
}

static bool record(const struct serve_record *how, const struct contract *contract, struct arena *a,
                   struct err *err)
{
    struct str paths[FILES] = {{0}};
    struct mock_journal journals[FILES];
    struct forward *forward = NULL;
    struct relay *relay = NULL;
    enum { MS_PER_S = 1000 };
    if (!forward_open(&forward, how->upstreams->at, how->upstreams->n, how->ca_file,
                      (int64_t)how->timeout_s * MS_PER_S, err)) {
        return false;
    }
    bool is_well = make_paths(paths, a, how->folder, err);
    for (size_t i = 0; i < FILES && is_well; i++) {
        journals[i] = (struct mock_journal){str_cstr(a, paths[i]), i == 0};
    }
    const struct relay_options options = {.port = (uint16_t)how->port,
                                          .contract = contract,
                                          .journals = journals,
                                          .n_journals = FILES,
                                          .forward = forward_send,
                                          .ctx = forward,
                                          .log = how->log};
    is_well =
        is_well && relay_start(&relay, &options, err) && write_ready(how, contract, relay, err);
    if (is_well) {
        if (!how->is_quiet) {
            tell(how, contract, relay);
        }
        int which = 0;
        sigset_t ends;
        list_ends(&ends);
        (void)sigwait(&ends, &which);
    }
    relay_stop(relay);
    forward_close(forward);
    return is_well;
}

int serve_record(const struct serve_record *how)
{
    struct arena a;
    struct findings findings;
    struct contract *contract = NULL;
    struct err err = {0};
    sigset_t ends;
    if (!how->folder || how->upstreams->n == 0) {
        fputs("rehearse: --record DIR and --upstream URL go together\n", stderr);
        return EXIT_USAGE;
    }
    if (how->has_mocks_options) {
        fputs("rehearse: --record serves one profile on 127.0.0.1, without TLS, tenant, state or "
              "faults: the upstream has all that\n",
              stderr);
        return EXIT_USAGE;
    }
    list_ends(&ends);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread starts */
    arena_init(&a, 0, 0);
    findings_init(&findings, &a);
    bool is_well = contract_open(&contract, how->profile, NULL, 0, &findings, &err) &&
                   record(how, contract, &a, &err);
    cli_print_findings(stderr, &findings);
    contract_free(contract);
    arena_done(&a);
    return is_well ? EXIT_WELL : cli_fail(&err);
}
