/* How long to wait before the next try. */
#include "replay/client_int.h"

#include <time.h>

enum { NONSENSE_S = 31622400, BACKOFF_MAX_MS = 30000 };

int64_t client_retry_after_ms(struct str retry_after, struct str date, int64_t now_us)
{
    int64_t seconds = 0, at_us = 0, from_us = now_us;
    struct str text = str_trim(retry_after);
    if (num_parse_i64(&seconds, text, 0, NONSENSE_S)) {
        return seconds * 1000;
    }
    if (!date_parse_http(&at_us, text)) {
        return -1;
    }
    /* the server's own clock tells how far off that is, where it says what time it has */
    (void)date_parse_http(&from_us, str_trim(date));
    int64_t wait_us = at_us - from_us;
    return wait_us <= 0 ? 0 : wait_us / US_PER_MS;
}

int64_t client_real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t client_draw_ms(struct client *c, unsigned attempt)
{
    int64_t low = c->contract->client.backoff_ms;
    for (unsigned i = 1; i < attempt && low < BACKOFF_MAX_MS; i++) {
        low *= 2;
    }
    return low + (int64_t)rng_below(&c->rng, (uint64_t)low + 1);
}

int64_t client_backoff_ms(struct client *c, unsigned attempt)
{
    pthread_mutex_lock(&c->lock);
    int64_t ms = client_draw_ms(c, attempt);
    pthread_mutex_unlock(&c->lock);
    return ms;
}
