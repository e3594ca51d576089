/* The words of `rehearse ctl`: one table, each row an endpoint of the server's own interface. */
#ifndef REHEARSE_CLI_CTL_WORDS_H
#define REHEARSE_CLI_CTL_WORDS_H

#include "base/base.h"
#include "cli/options.h"

/* What the options say. */
struct ctl_wish {
    struct arena *arena;
    const char *preset, *file, *format;
    const struct option_list *where; /* NAME=VALUE, for the query */
    uint64_t times, limit, wait;
    bool is_baseline;
};

/* What is to be asked of the server; heap bufs of the caller's. */
struct ctl_call {
    const char *method;
    struct buf path, body; /* path: below /__rehearse, with its query */
};

/* One way of calling: "faults remove ID". */
struct ctl_word {
    const char *what, *verb;   /* verb "": none, or left out */
    const char *values;        /* what follows the verb, for people: "ID", "[CLIENT]", "" */
    const char *method, *path; /* "/faults/{id}": the first value stands for {…} */
    /* Adds query and body; NULL: there are none. `values` are those that were given. */
    bool (*plan)(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                 struct err *err);
    const char *help;
};
extern const struct ctl_word ctl_words[];
extern const size_t ctl_n_words;

/* Finds the row for the words of the command line and fills in the call; ERR_INPUT where there is
 * none, with the nearest. */
CHECK bool ctl_plan(struct ctl_call *call, const struct ctl_wish *wish, char **words, size_t n,
                    struct err *err);

#endif
