/* How an exploration is shown: by `explore`, and by `report` for its shards. Private to cli/. */
#ifndef REHEARSE_CLI_EXPLORED_H
#define REHEARSE_CLI_EXPLORED_H

#include "cli/cli.h"
#include "replay/replay.h"

struct explored_options {
    const char *format;         /* NULL: text */
    struct option_list outputs; /* KIND=FILE */
    bool is_silent;             /* nothing to standard output */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member cannot stand in parentheses */
#define EXPLORED_OPTIONS(type, member)                                                             \
    {OPTION_TEXT, 'f',                                                                             \
     "format",    offsetof(type, member.format),                                                   \
     "FORMAT",    "text (default), json, junit, markdown or html",                                 \
     0,           0},                                                                              \
    {                                                                                              \
        OPTION_LIST, 'o', "output", offsetof(type, member.outputs), "KIND=FILE",                   \
            "also write it as that kind to FILE; may be repeated", 0, 0                            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

CHECK bool explored_check(const struct explored_options *o, struct err *err);
CHECK bool explored_show(const struct explored_options *o, const struct exploration *x,
                         struct err *err);
/* Nothing broken, neither by a fault nor without. */
bool explored_is_well(const struct exploration *x);

#endif
