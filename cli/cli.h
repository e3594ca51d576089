/* The command line: the commands, their exit status. Private to cli/. */
#ifndef REHEARSE_CLI_CLI_H
#define REHEARSE_CLI_CLI_H

#include "base/base.h"
#include "cli/commands.h"
#include "cli/options.h"

enum exit_status {
    EXIT_WELL = 0,
    EXIT_FINDINGS = 1, /* something is wrong with what was looked at */
    EXIT_USAGE = 2,    /* wrong usage, unreadable input */
    EXIT_SYSTEM = 3,   /* the system refused, or a fault of ours */
};

enum { PORT_DEFAULT = 8080 };

/* One file a command. */
#define X(name) extern const struct command command_##name;
COMMAND_NAMES(X)
#undef X

/* Where the user's certificate authority is kept. */
void cli_authority_folder(char out[4096]);
/* Prints an error as "rehearse: file:line:col: message"; gives the exit status that belongs to it.
 */
int cli_fail(const struct err *err);
/* Prints findings as compilers do, worst first in the order of the file; at most 50. */
void cli_print_findings(FILE *out, const struct findings *fs);

#endif
