/* Lines of waiting contacts. */
#include "sim/engine_int.h"

#include <string.h>

static struct waiting *place(struct line *l, uint64_t number)
{
    return &l->at[number & (l->cap - 1)];
}

static void count_abandoned(struct sim_engine *e, size_t queue, const struct waiting *w)
{
    int64_t wait = w->deadline - w->arrived;
    if (w->cell == NOBODY) {
        return;
    }
    struct sim_queue_sums *sums = tally_of(e, w);
    sums->abandoned++;
    sums->abandoned_in_target += wait <= e->model->queues[queue].target_ticks;
    sums->wait_ticks = tally_sum(sums->wait_ticks, wait);
    tally_wait(e, queue, wait);
}

struct waiting *line_front(struct sim_engine *e, size_t queue)
{
    struct line *l = &e->lines[queue];
    for (; l->first != l->next; l->first++) {
        struct waiting *w = place(l, l->first);
        if (w->source == NOBODY) {
            continue;
        }
        if (w->deadline > e->now) {
            return w;
        }
        count_abandoned(e, queue, w);
    }
    return NULL;
}

void line_drop_front(struct sim_engine *e, size_t queue)
{
    e->lines[queue].first++;
}

static void grow(struct line *l)
{
    size_t cap = l->cap * 2;
    struct waiting *at = MEM_ARRAY(cap, struct waiting);
    for (uint64_t i = l->first; i != l->next; i++) {
        at[i & (cap - 1)] = *place(l, i);
    }
    mem_free(l->at);
    l->at = at;
    l->cap = cap;
}

/* Takes out all who gave up; gives how many are left. */
static int64_t sweep(struct sim_engine *e, size_t queue)
{
    struct line *l = &e->lines[queue];
    int64_t n = 0;
    for (uint64_t i = l->first; i != l->next; i++) {
        struct waiting *w = place(l, i);
        if (w->source != NOBODY && w->deadline <= e->now) {
            count_abandoned(e, queue, w);
            w->source = NOBODY;
        }
        n += w->source != NOBODY;
    }
    return n;
}

static void time_ring(struct sim_engine *e, size_t queue, size_t ring)
{
    struct line *l = &e->lines[queue];
    const struct sim_queue *q = &e->model->queues[queue];
    if (l->opened[ring] < l->first) {
        l->opened[ring] = l->first;
    }
    if (l->is_ring_timed[ring] || l->opened[ring] == l->next) {
        return;
    }
    int64_t at = place(l, l->opened[ring])->arrived + q->ring_ticks[ring];
    l->is_ring_timed[ring] = true;
    heap_push(&e->heap, (struct timer){at > e->now ? at : e->now,
                                       e->first_ring + (uint32_t)(l->ring_first + ring)});
}

bool line_join(struct sim_engine *e, size_t queue, struct waiting w)
{
    struct line *l = &e->lines[queue];
    const struct sim_queue *q = &e->model->queues[queue];
    if (q->room >= 0 && sweep(e, queue) >= q->room) {
        return false;
    }
    if (l->next - l->first == l->cap) {
        grow(l);
    }
    *place(l, l->next++) = w;
    for (size_t i = 0; i < q->n_rings; i++) {
        time_ring(e, queue, i);
    }
    return true;
}

struct waiting *line_open_ring(struct sim_engine *e, size_t queue, size_t ring)
{
    struct line *l = &e->lines[queue];
    int64_t delay = e->model->queues[queue].ring_ticks[ring];
    struct waiting *found = NULL;
    l->is_ring_timed[ring] = false;
    if (l->opened[ring] < l->first) {
        l->opened[ring] = l->first;
    }
    while (l->opened[ring] != l->next && place(l, l->opened[ring])->arrived + delay <= e->now) {
        struct waiting *w = place(l, l->opened[ring]++);
        if (w->source != NOBODY && w->deadline > e->now) {
            found = w;
            break;
        }
    }
    time_ring(e, queue, ring);
    return found;
}

void line_finish(struct sim_engine *e, size_t queue)
{
    struct line *l = &e->lines[queue];
    while (line_front(e, queue)) {
        const struct waiting *w = place(l, l->first++);
        if (w->cell != NOBODY) {
            tally_of(e, w)->left++;
        }
    }
}
