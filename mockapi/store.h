/* A tenant that outlives the server: every change goes into a file (mockapi/store_file.h), and no
 * answer goes out before all that it may have been made from is there. Private to mockapi/.
 *
 * Changes are queued under the tenant's write lock, so that they are in the file in the order in
 * which they were made. One thread takes all that has come together and commits it at once: while
 * it waits for the disk, the next ones gather. Requests do not wait in a thread: their connections
 * sleep.
 *
 * Where the file cannot be written, what was not committed is taken back, and every request that
 * made or saw it is refused: for its client nothing has happened. */
#ifndef REHEARSE_MOCKAPI_STORE_H
#define REHEARSE_MOCKAPI_STORE_H

#include "mockapi/site.h"

struct MHD_Connection;
struct store;

enum store_state { STORE_DONE, STORE_PENDING, STORE_FAILED };

/* A request that waits for what it has seen; the request's own memory. Zeroed: waits for nothing.
 */
struct store_wait {
    struct MHD_Connection *connection; /* that sleeps; NULL: not yet */
    uint64_t ticket;
    enum store_state state; /* guarded by the store's lock while it is in the list */
    struct store_wait *next;
};

/* Keeps the site's tenant and tokens in the file: loads them where there is one, else writes what
 * the site has. To be called before the site is shown to anybody. */
CHECK bool store_open(struct store **out, struct site *site, const char *path, struct log *log,
                      struct err *err);
/* Commits what is queued, wakes all that sleep, ends the thread, closes. NULL is fine. Requests may
 * run until store_stop has returned, but none that begins to wait afterwards sleeps. */
void store_stop(struct store *s);
void store_free(struct store *s);
/* Changes that were queued since the start, and those of them that are in the file. */
struct store_counts {
    uint64_t queued, done;
};
struct store_counts store_count(struct store *s);

/* Under the site's tenant lock, at the end of a request: notes that it waits for all that is queued
 * now. False where nothing is: the usual case for reads. */
bool store_note(struct store *s, struct store_wait *wait);
/* From the connection's handler, after store_note said true: STORE_PENDING where the connection was
 * put to sleep; the handler is called again when it is over, and asks again. */
enum store_state store_sleep(struct store *s, struct store_wait *wait,
                             struct MHD_Connection *connection);
/* The site has another tenant now, and another baseline where `old_baseline` is one; the old ones
 * are taken. Under the site's tenant lock, for writing. */
void store_replace(struct store *s, struct tenant *old, struct tenant *old_baseline);

#endif
