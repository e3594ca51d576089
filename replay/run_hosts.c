/* The names that a program looked up or spoke to. */
#include "replay/run_int.h"

void hosts_init(struct hosts *h)
{
    (void)pthread_mutex_init(&h->lock, NULL);
    arena_init(&h->arena, 0, 0);
    h->by_name = (struct map){0};
    h->n = 0;
}

void hosts_done(struct hosts *h)
{
    map_done(&h->by_name);
    arena_done(&h->arena);
    (void)pthread_mutex_destroy(&h->lock);
}

struct run_host *hosts_at(struct hosts *h, struct str name, bool is_expected)
{
    name = str_lower(&h->arena, name);
    struct run_host *found = map_get(&h->by_name, name);
    if (!found && h->n < RUN_HOSTS_MAX) {
        found = &h->list[h->n++];
        *found = (struct run_host){.name = name, .is_expected = is_expected};
        (void)map_put(&h->by_name, name, found);
    }
    return found;
}
