/* Errors: a message and a place in fixed room, so that an error never needs memory. What does not
 * fit is cut on a code point. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts the C string in `text` before a code point that was split at its end. */
static void mend_end(char *text, size_t cap)
{
    size_t len = strlen(text);
    if (len + 1 < cap) {
        return; /* nothing was cut */
    }
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
        start--;
        if (!str_is_utf8((struct str){text + start, len - start}, NULL)) {
            text[start] = '\0';
        }
    }
}

static void write_message(struct err *err, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void write_message(struct err *err, const char *format, va_list args)
{
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
    mend_end(err->msg, sizeof err->msg);
}

static void start(struct err *err, enum err_code code, int sys)
{
    err->code = code;
    err->sys = sys;
    err->line = err->column = 0;
    err->file[0] = '\0';
}

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        start(err, code, 0);
        write_message(err, format, args);
        va_end(args);
    }
    return false;
}

bool err_sys(struct err *err, int sys, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        start(err, ERR_SYSTEM, sys);
        write_message(err, format, args);
        va_end(args);
        char room[128];
        const char *reason = strerror_r(sys, room, sizeof room);
        size_t len = strlen(err->msg);
        (void)snprintf(err->msg + len, sizeof err->msg - len, ": %s", reason);
        mend_end(err->msg, sizeof err->msg);
    }
    return false;
}

bool err_at(struct err *err, struct str file, uint32_t line, uint32_t column)
{
    if (!err) {
        return false;
    }
    if (err->file[0] == '\0') {
        struct str head = str_slice(file, 0, sizeof err->file - 1);
        memcpy(err->file, head.s ? head.s : "", head.len);
        err->file[head.len] = '\0';
        mend_end(err->file, sizeof err->file);
        if (err->line == 0) {
            err->line = line;
            err->column = column;
        }
    }
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    if (err) {
        char old[sizeof err->msg];
        memcpy(old, err->msg, sizeof old);
        va_list args;
        va_start(args, format);
        write_message(err, format, args);
        va_end(args);
        size_t len = strlen(err->msg);
        (void)snprintf(err->msg + len, sizeof err->msg - len, ": %.*s", (int)sizeof old - 1, old);
        mend_end(err->msg, sizeof err->msg);
    }
    return false;
}

void err_text(char *out, size_t cap, const struct err *err)
{
    char place[32] = "";
    if (err->line != 0 && err->column != 0) {
        (void)snprintf(place, sizeof place, "%u:%u: ", err->line, err->column);
    } else if (err->line != 0) {
        (void)snprintf(place, sizeof place, "%u: ", err->line);
    } else if (err->file[0]) {
        (void)snprintf(place, sizeof place, " ");
    }
    (void)snprintf(out, cap, "%s%s%s%s", err->file, err->file[0] ? ":" : "", place, err->msg);
    mend_end(out, cap);
}
