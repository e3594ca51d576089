/* Waiting for what may happen to a server in the foreground: it is to end, to read its fixtures
 * again, or one of their files has changed. Private to cli/. */
#ifndef REHEARSE_CLI_WATCH_H
#define REHEARSE_CLI_WATCH_H

#include "base/base.h"

struct watch;

enum watch_event { WATCH_END, WATCH_SIGNAL, WATCH_FILE, WATCH_WISH };

/* Takes SIGINT, SIGTERM and SIGHUP, which the caller has blocked. `wish_fd`: a descriptor that is
 * readable where somebody asks; -1: none. */
CHECK bool watch_open(struct watch **out, int wish_fd, struct err *err);
/* NULL is fine. */
void watch_close(struct watch *w);
/* Looks at a file from now on, also where it is put in place of another, as editors do. */
CHECK bool watch_file(struct watch *w, const char *path, struct err *err);
/* Waits. A file counts once nothing has happened to it for a moment. */
enum watch_event watch_next(struct watch *w);

#endif
