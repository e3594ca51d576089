/* One stream, from the inside. Private to mockapi/stream*.c.
 *
 *     others ──frames──▶ queued ──(under the lock)──▶ out ──send──▶ peer
 *     peer ──recv──▶ reader ──▶ answers, pongs ──▶ out */
#ifndef REHEARSE_MOCKAPI_STREAM_INT_H
#define REHEARSE_MOCKAPI_STREAM_INT_H

#include "mockapi/stream.h"
#include "mockapi/websocket.h"

struct stream {
    /* never change */
    uint64_t number;
    struct site *site; /* held */
    const void *daemon;
    struct MHD_UpgradeResponseHandle *handle;
    int fd;
    char channel[CHANNEL_ID_BYTES + 1];
    int64_t opened_us; /* monotonic */

    /* guarded by the lock of all */
    struct buf queued;
    bool is_overrun;       /* the queue is full: it is let go */
    unsigned close_code;   /* 0: it goes on */
    char close_reason[64]; /* of close_code */
    atomic_uint_fast64_t n_sent, n_received;

    /* the thread's own */
    struct ws_reader reader;
    struct buf out;
    size_t out_at;         /* so much of it is sent */
    bool has_said_bye;     /* our close frame is in `out`: nothing goes behind it */
    bool has_shut;         /* and was sent */
    bool is_over;          /* to be taken out of the list */
    int64_t deadline_us;   /* once bye is said: the peer has until then */
    int64_t heartbeat_us;  /* the next one; INT64_MAX: never */
    int64_t next_check_us; /* whether the channel still lives */
};

/* Takes what came and answers it. */
void stream_read(struct stream *s);
/* The same for bytes that are at hand. */
void stream_take(struct stream *s, struct str bytes);
/* Sends what can be sent. */
void stream_write(struct stream *s);
/* Heartbeats, the end of the channel, deadlines. */
void stream_tick(struct stream *s, int64_t now_us);
/* Appends a close frame, once. */
void stream_bye(struct stream *s, unsigned code, struct str reason, int64_t now_us);
bool stream_has_output(const struct stream *s);
/* It reads no more until the peer has taken what waits for it. */
bool stream_is_choked(const struct stream *s);

#endif
