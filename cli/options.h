/* Option tables: one a command. Parser, usage line, --help, completion and man page come from the
 * same table. */
#ifndef REHEARSE_CLI_OPTIONS_H
#define REHEARSE_CLI_OPTIONS_H

#include "base/base.h"

#include <stdio.h>

enum option_kind {
    OPTION_FLAG,  /* bool */
    OPTION_TEXT,  /* const char * */
    OPTION_LIST,  /* struct option_list: may be repeated */
    OPTION_COUNT, /* uint64_t, within min and max */
    OPTION_END,
};

enum { OPTION_LIST_MAX = 32 };
struct option_list {
    const char *at[OPTION_LIST_MAX];
    size_t n;
};

struct option {
    enum option_kind kind;
    char letter;          /* 0: none */
    const char *name;     /* without dashes */
    size_t offset;        /* of the target in the command's struct */
    const char *argument; /* "FILE"; NULL for flags */
    const char *help;
    uint64_t min, max; /* OPTION_COUNT */
};

struct command {
    const char *name;
    const char *usage;            /* what follows the name: "[OPTION…] FILE" */
    const char *summary;          /* one line */
    const char *about;            /* paragraphs for --help and the man page */
    const char *examples;         /* lines, each a command */
    const struct option *options; /* NULL: none */
    size_t arguments_min, arguments_max;
    void (*defaults)(void *values); /* before parsing; NULL: all zero */
    int (*run)(const struct command *command, void *values, char **arguments, size_t n_arguments);
    size_t values_size; /* of the command's struct; zeroed before parsing */
};

/* Parses argv (behind the command's name) into `values`; what is no option goes to `arguments`
 * (argc places). True to go on; else *out_status is the exit status (help was printed, or the fault
 * was told on stderr). */
CHECK bool options_parse(const struct command *command, void *values, int argc, char **argv,
                         char **arguments, size_t *out_n, int *out_status);
void options_print_help(FILE *out, const struct command *command);
/* The command's man page, section 1 (roff man macros). */
void options_print_man(FILE *out, const struct command *command);

#endif
