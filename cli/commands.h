/* The commands, in the order of the help. A new one is a line here and a file cli/cmd_NAME.c; the Makefile takes the
 * names for the man pages from this file. Private to cli/. */
#ifndef REHEARSE_CLI_COMMANDS_H
#define REHEARSE_CLI_COMMANDS_H

/* clang-format off */
#define COMMAND_NAMES(X) \
    X(serve) \
    X(ctl) \
    X(profile) \
    X(generate) \
    X(check) \
    X(plan) \
    X(diff) \
    X(graph) \
    X(explain) \
    X(rules) \
    X(simulate) \
    X(report) \
    X(run) \
    X(doctor) \
    X(explore) \
    X(judge) \
    X(replay) \
    X(import) \
    X(apply)  \
    X(authority) \
    X(demo)
/* clang-format on */

#endif
