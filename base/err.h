/* Errors: what the world did to us (a file missing, a port taken, a broken profile). The caller
 * owns the struct; the lowest level writes the message; upper levels add context once with err_wrap
 * or pass it on. Results about the user's data are findings (base/finding.h), bugs abort. */
#ifndef REHEARSE_BASE_ERR_H
#define REHEARSE_BASE_ERR_H

#include "base/attr.h"
#include "base/str.h"

#include <stdint.h>

enum err_code {
    ERR_NONE,
    ERR_INPUT,     /* unreadable or unacceptable input: exit status 2 */
    ERR_NOT_FOUND, /* named thing does not exist: exit status 2 */
    ERR_LIMIT,     /* over a named limit: exit status 2 */
    ERR_SYSTEM,    /* the system refused: exit status 3 */
};

struct err {
    enum err_code code;
    int sys;               /* errno, 0 if none */
    uint32_t line, column; /* from 1; 0: no place */
    char file[192];        /* "" if none */
    char msg[320];         /* one line, lower case, no full stop */
};

/* Sets code and message; always false, so that `return err_set(…)` reads well. `err` may be NULL.
 */
bool err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);
/* As err_set with ERR_SYSTEM; appends strerror(sys). */
bool err_sys(struct err *err, int sys, const char *format, ...) PRINTF(3, 4);
/* Adds a place to an error that has none; always false. */
bool err_at(struct err *err, struct str file, uint32_t line, uint32_t column);
/* Puts "context: " before the message; always false. */
bool err_wrap(struct err *err, const char *format, ...) PRINTF(2, 3);
/* "file:line:col: message", with the parts that are there, to be printed. Writes at most cap bytes
 * with the NUL. */
void err_text(char *out, size_t cap, const struct err *err);

#endif
