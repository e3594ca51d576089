/* Timers in a four-way heap: a few hundred entries, all in the nearest caches. */
#include "sim/engine_int.h"

enum { WAYS = 4 };

/* One number to compare by: time, then whose. Nothing is known beforehand of the outcome, so nothing branches on
 * it. */
__extension__ typedef unsigned __int128 timer_key;

static inline timer_key key_of(struct timer t)
{
    return (timer_key)(uint64_t)t.at << 64 | t.id;
}

static inline bool is_before(struct timer a, struct timer b)
{
    return key_of(a) < key_of(b);
}

/* The earlier of two places. */
static inline size_t earlier(const struct timer *at, size_t a, size_t b)
{
    return is_before(at[b], at[a]) ? b : a;
}

static size_t least_child(const struct heap *h, size_t first)
{
    const struct timer *at = h->at;
    if (first + WAYS <= h->n) {
        return earlier(at, earlier(at, first, first + 1), earlier(at, first + 2, first + 3));
    }
    size_t least = first;
    for (size_t k = first + 1; k < h->n; k++) {
        least = earlier(at, least, k);
    }
    return least;
}

static inline void sift_down(struct heap *h, struct timer t)
{
    size_t i = 0;
    for (size_t child = 1; child < h->n; child = i * WAYS + 1) {
        size_t least = least_child(h, child);
        if (is_before(t, h->at[least])) {
            break;
        }
        h->at[i] = h->at[least];
        i = least;
    }
    h->at[i] = t;
}

void heap_push(struct heap *h, struct timer t)
{
    size_t i = h->n++;
    while (i > 0 && is_before(t, h->at[(i - 1) / WAYS])) {
        h->at[i] = h->at[(i - 1) / WAYS];
        i = (i - 1) / WAYS;
    }
    h->at[i] = t;
}

void heap_pop(struct heap *h)
{
    h->n--;
    if (h->n > 0) {
        sift_down(h, h->at[h->n]);
    }
}

void heap_replace(struct heap *h, struct timer t)
{
    sift_down(h, t);
}
