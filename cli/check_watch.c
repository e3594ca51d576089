/* --watch: run, wait for a change, run again. */
#include "cli/check.h"
#include "cli/watch.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void block_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool watch_inputs(struct watch **out, const struct check_inputs *in, struct err *err)
{
    if (!watch_open(out, -1, err)) {
        return false;
    }
    for (size_t i = 0; i < in->n; i++) {
        if (!watch_file(*out, in->at[i].path, err)) {
            return false;
        }
    }
    return true;
}

int check_watch(const struct check_options *o, const struct check_config *config, char **arguments,
                size_t n, check_runner *once)
{
    struct err err = {0};
    enum watch_event event = WATCH_FILE;
    int status = EXIT_WELL;
    block_signals();
    while (event != WATCH_END) {
        struct watch *w = NULL;
        struct check_inputs in;
        check_inputs_init(&in);
        if (isatty(STDOUT_FILENO)) {
            (void)fputs("\033[H\033[2J", stdout);
        }
        for (size_t i = 0; i < n; i++) { /* before the run: what changes meanwhile is seen */
            (void)check_inputs_add(&in, o, arguments[i], &err);
        }
        bool is_well = watch_inputs(&w, &in, &err);
        check_inputs_done(&in);
        check_inputs_init(&in);
        status = is_well ? once(o, config, arguments, n, &in) : cli_fail(&err);
        (void)fflush(stdout);
        check_inputs_done(&in);
        event = is_well ? watch_next(w) : WATCH_END;
        watch_close(w);
    }
    return status;
}
