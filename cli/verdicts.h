/* Options and output that the commands that judge have in common. Private to cli/. */
#ifndef REHEARSE_CLI_VERDICTS_H
#define REHEARSE_CLI_VERDICTS_H

#include "cli/cli.h"
#include "replay/replay.h"

struct verdict_options {
    const char *format;         /* NULL: text */
    struct option_list outputs; /* KIND=FILE */
    const char *colour;         /* always, never, auto (NULL) */
    bool is_verbose;
    /* Called with each document before it goes out, to add what the judgement does not know; NULL: as it is. */
    void (*dress)(void *ctx, struct buf *document, struct str kind);
    void *dress_ctx;
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member cannot stand in parentheses */
#define VERDICT_OPTIONS(type, member)                                                              \
    {OPTION_TEXT, 'f',                                                                             \
     "format",    offsetof(type, member.format),                                                   \
     "FORMAT",    "text (default), json, junit, markdown or html",                                 \
     0,           0},                                                                              \
        {OPTION_LIST, 'o',                                                                         \
         "output",    offsetof(type, member.outputs),                                              \
         "KIND=FILE", "also write it as that kind to FILE; may be repeated",                       \
         0,           0},                                                                          \
        {OPTION_TEXT, 0,                                                                           \
         "color",     offsetof(type, member.colour),                                               \
         "WHEN",      "always, never, or auto: on a terminal, and not against NO_COLOR",           \
         0,           0},                                                                          \
    {                                                                                              \
        OPTION_FLAG, 'v', "verbose", offsetof(type, member.is_verbose), NULL,                      \
            "show rules that were not exercised too", 0, 0                                         \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

/* Are the kinds known? */
CHECK bool verdicts_check(const struct verdict_options *o, struct err *err);
/* "C203=why it does not count" */
CHECK bool verdicts_off(struct judge_params *out, struct arena *a, const struct option_list *off,
                        struct err *err);
/* To standard output, and to the files. */
CHECK bool verdicts_show(const struct verdict_options *o, const struct judgement *j,
                         const struct evidence *e, struct err *err);

#endif
