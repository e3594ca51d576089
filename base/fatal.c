/* The two ways in which base/ ends the program: the machine has nothing left to give (status 3),
 * and a bug (abort). Neither allocates nor takes a lock. */
#include "base/fatal_int.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

enum { STATUS_SYSTEM = 3 };

static void say(const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, text, len);
        if (n <= 0) {
            return;
        }
        text += n;
        len -= (size_t)n;
    }
}

void fatal(const char *what)
{
    char line[160];
    (void)snprintf(line, sizeof line, "rehearse: %s\n", what);
    say(line);
    _exit(STATUS_SYSTEM);
}

void unreachable_at(const char *file, int line)
{
    char text[256];
    (void)snprintf(text, sizeof text, "rehearse: bug: %s:%d was reached\n", file, line);
    say(text);
    abort();
}
