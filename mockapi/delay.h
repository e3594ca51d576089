/* Late answers: connections that sleep without holding a worker, woken by one thread. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_DELAY_H
#define REHEARSE_MOCKAPI_DELAY_H

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;
struct delays;

/* The thread starts with the first delay. Each lasts its `divisor`th part (0: all of it): for who is
 * served at a faster pace. */
struct delays *delays_new(int64_t divisor);
/* Wakes all that still sleep, ends the thread. NULL is fine. */
void delays_free(struct delays *d);
/* Suspends the connection (from its access handler) and resumes it after `ms`. False,
 * with nothing done, once the server stops. */
bool delays_add(struct delays *d, struct MHD_Connection *connection, int64_t ms);
/* Wakes all at once: the server stops. Later delays are none. */
void delays_stop(struct delays *d);

#endif
