/* Streams: WebSocket connections to notification channels. One thread serves them all; whoever has
 * something to say puts frames into their queues. A peer that does not read is let go when its
 * queue is full, so memory is bounded. Any thread; private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_STREAM_H
#define REHEARSE_MOCKAPI_STREAM_H

#include "mockapi/site.h"

struct streams;

enum { STREAMS_MAX = 1000, STREAM_QUEUE_MAX = 1 << 20, STREAM_MESSAGE_MAX = 64 << 10 };

/* The thread starts with the first stream. */
struct streams *streams_new(void);
/* Says goodbye to all, waits until they are gone, ends the thread. NULL is fine. */
void streams_free(struct streams *all);

/* A connection that was upgraded. `early` came behind the request. */
struct stream_start {
    struct site *site;  /* held by the stream */
    struct str channel; /* copied */
    const void *daemon; /* whose connection it is: streams_leave */
    struct MHD_UpgradeResponseHandle *handle;
    int fd;
    struct str early;
};
/* False, and the connection is closed, where there are too many or the daemon is being stopped. */
bool streams_add(struct streams *all, const struct stream_start *start);
/* Ends the streams of a daemon that is about to stop, and takes no more of it. */
void streams_leave(struct streams *all, const void *daemon);
/* The daemon is gone; its address may come again. */
void streams_forget(struct streams *all, const void *daemon);

/* Queues a text message on the streams of a site's channel; gives how many there are. */
size_t streams_send(struct streams *all, const struct site *site, struct str channel,
                    struct str text);
/* Sends the site's warning, if `code` is 0; else closes with that code: the streams of a site, or
 * of one channel of it (s NULL: all). Gives how many. */
size_t streams_close(struct streams *all, const struct site *site, struct str channel,
                     unsigned code, struct str reason);
/* How many are open, of all sites. */
size_t streams_count(struct streams *all);
/* Appends an array of the site's streams, the oldest first. */
void streams_put(struct buf *out, struct streams *all, const struct site *site);

#endif
