/* Timers in a four-way heap: a few hundred entries, all in the nearest caches. */
#include "sim/engine_int.h"

enum { WAYS = 4 };

static bool is_before(struct timer a, struct timer b)
{
    return a.at < b.at || (a.at == b.at && a.id < b.id);
}

static void sift_down(struct heap *h, size_t i, struct timer t)
{
    for (;;) {
        size_t child = i * WAYS + 1, end = child + WAYS < h->n ? child + WAYS : h->n;
        if (child >= h->n) {
            break;
        }
        size_t least = child;
        for (size_t k = child + 1; k < end; k++) {
            least = is_before(h->at[k], h->at[least]) ? k : least;
        }
        if (!is_before(h->at[least], t)) {
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
        sift_down(h, 0, h->at[h->n]);
    }
}

void heap_replace(struct heap *h, struct timer t)
{
    sift_down(h, 0, t);
}
