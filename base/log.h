/* Lines for people on a stream that the caller chose. One line a call, written whole; any thread.
 */
#ifndef REHEARSE_BASE_LOG_H
#define REHEARSE_BASE_LOG_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *stream; /* NULL: silent */
    enum log_level level;
    bool has_colour;
};

/* Colour on if `stream` is a terminal and NO_COLOR is unset or empty; CLICOLOR_FORCE turns it on.
 */
void log_init(struct log *l, FILE *stream, enum log_level level);
void log_line(struct log *l, enum log_level level, const char *format, ...) PRINTF(3, 4);
/* True if colour belongs on `stream`, by the rules above. */
bool colour_wanted(FILE *stream);

#endif
