/* Notification channels: who opened which, until when it lives, which topics it listens to. Kept
 * per site, beside the tenant: a snapshot holds none. Any thread. */
#ifndef REHEARSE_MOCKAPI_CHANNELS_H
#define REHEARSE_MOCKAPI_CHANNELS_H

#include "mockapi/request.h"

struct channels;

/* A uuid; of a session its id and a mark before it, so that a stream finds its way. */
enum { CHANNEL_ID_BYTES = 104 };

/* What is known of one; copied. */
struct channel_view {
    char id[CHANNEL_ID_BYTES + 1];
    int64_t expires_us;
    size_t n_topics;
    unsigned n_streams; /* connections that are open */
};

/* NULL where the profile has no channels. Borrows the rules. */
struct channels *channels_new(const struct channel_rules *rules);
void channels_free(struct channels *all);
/* Forgets all: the tenant was reset. */
void channels_clear(struct channels *all);

/* False while nobody could be told anything. Costs a load. */
bool channels_any(const struct channels *all);
/* Opens a channel for `owner`. Where it has too many the one that was used least recently goes,
 * those without a connection first. */
struct channel_view channels_open(struct channels *all, struct str id, struct str owner,
                                  int64_t now_us);
/* True if it lives; `owner` s NULL: whoever's. `out` may be NULL. */
bool channels_find(struct channels *all, struct str id, struct str owner, int64_t now_us,
                   struct channel_view *out);
/* The owner's, the oldest first (s NULL: all), in `a`. */
size_t channels_list(struct channels *all, struct arena *a, struct str owner, int64_t now_us,
                     struct channel_view **out);
/* Adds topics to a channel that lives, or puts them in place of what it has; it lives anew from
 * now. False, and nothing changed, if there would be too many. */
CHECK bool channels_subscribe(struct channels *all, struct str id, const struct str *topics,
                              size_t n, bool replaces, int64_t now_us);
/* The topics of a channel in the order in which they came, in `a`. */
size_t channels_topics(struct channels *all, struct arena *a, struct str id, struct str **out);
/* The channels that listen to a topic, in `a`. */
size_t channels_listening(struct channels *all, struct arena *a, struct str topic, int64_t now_us,
                          struct channel_view **out);
/* A connection to the channel began (+1) or ended (-1). */
void channels_connect(struct channels *all, struct str id, int change, int64_t now_us);

/* Remembers a message that was pushed to so many channels, over so many connections; and appends
 * what is remembered, the oldest first, as an array. A long text is left out. */
void channels_note(struct channels *all, struct str topic, struct str text, size_t n_channels,
                   size_t n_streams, int64_t now_us);
void channels_put_notes(struct buf *out, struct channels *all);

/* mockapi/site.c */
struct channels *site_channels(struct site *site);

#endif
