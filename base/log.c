/* Log lines: put together in memory, made harmless, written with one call. What goes into a message
 * may come from a client: control characters are shown, so that nobody can start a line of his own
 * or steer a terminal. */
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"

static bool is_set(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): nobody calls setenv */
    return value && value[0] != '\0';
}

static bool is_value(const char *name, const char *wanted)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): nobody calls setenv */
    return value && strcmp(value, wanted) == 0;
}

bool colour_wanted(FILE *stream)
{
    if (is_set("NO_COLOR") || !stream) {
        return false;
    }
    if (is_set("CLICOLOR_FORCE") && !is_value("CLICOLOR_FORCE", "0")) {
        return true;
    }
    int fd = fileno(stream);
    return fd >= 0 && isatty(fd) && !is_value("TERM", "dumb");
}

void log_init(struct log *l, FILE *stream, enum log_level level)
{
    *l = (struct log){.stream = stream, .level = level, .has_colour = colour_wanted(stream)};
}

/* Appends `s` with control characters as "\n" or "\u001b". */
static void put_harmless(struct buf *b, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        if (c < 0x20 || c == 0x7f) {
            buf_put(b, str_slice(s, from, i));
            from = i + 1;
            if (c == 0x7f) {
                buf_put(b, STR("\\u007f"));
            } else {
                buf_put_json_escaped(b, str_slice(s, i, i + 1));
            }
        }
    }
    buf_put(b, str_slice(s, from, s.len));
}

struct look {
    struct str tag, colour;
};

static const struct look looks[] = {
    [LOG_ERROR] = {STR_INIT("error: "), STR_INIT("\033[1;31m")},
    [LOG_WARN] = {STR_INIT("warning: "), STR_INIT("\033[1;33m")},
    [LOG_INFO] = {STR_INIT(""), STR_INIT("")},
    [LOG_DEBUG] = {STR_INIT("debug: "), STR_INIT("\033[2m")},
};

void log_line(struct log *l, enum log_level level, const char *format, ...)
{
    if (!l->stream || level > l->level) {
        return;
    }
    char message[1024];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct str text = {message, n > 0 ? (size_t)n : 0};
    char *large = NULL;
    if (text.len >= sizeof message) {
        large = MEM_ARRAY(text.len + 1, char);
        (void)vsnprintf(large, text.len + 1, format, again);
        text.s = large;
    }
    va_end(again);

    struct buf line = {0};
    const struct look *look = &looks[level];
    bool has_colour = l->has_colour && look->colour.len > 0;
    buf_put(&line, has_colour ? look->colour : STR(""));
    buf_put(&line, look->tag);
    buf_put(&line, has_colour ? STR("\033[0m") : STR(""));
    put_harmless(&line, text);
    buf_put_char(&line, '\n');
    flockfile(l->stream);
    (void)fwrite(line.s, 1, line.len, l->stream);
    (void)fflush(l->stream);
    funlockfile(l->stream);
    buf_done(&line);
    mem_free(large);
}
