/* The clock that everything reads. What it shows is a line through the point (base_real_us,
 * base_us) with slope `scale`, or a constant while frozen; every change starts a new line at the
 * present point. Real time is read from the monotonic clock, so that a machine whose wall clock is
 * set does not make ours jump. Sums stop at the ends of int64_t. */
#include "base/clock.h"

#include <assert.h>
#include <time.h>

#include "base/attr.h"

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    int failed = clock_gettime(id, &t);
    assert(failed == 0); /* both clocks that we ask for exist on every Linux */
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t pace_us(struct pace p, int64_t monotonic_us)
{
    return p.times > 1 ? p.from_us + (monotonic_us - p.from_us) * p.times : monotonic_us;
}

static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return b < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static bool is_one(double scale)
{
    return !(scale < 1.0) && !(scale > 1.0);
}

static int64_t scale_us(int64_t real_us, double scale)
{
    if (is_one(scale)) {
        return real_us;
    }
    double scaled = (double)real_us * scale;
    return scaled < 0x1p63 ? (int64_t)scaled : INT64_MAX;
}

/* Both with the lock held. */
static int64_t shown_us(const struct clock *c, int64_t real_us)
{
    return c->is_frozen ? c->base_us
                        : add_clamped(c->base_us, scale_us(real_us - c->base_real_us, c->scale));
}

static void move_base(struct clock *c)
{
    int64_t real_us = clock_monotonic_us();
    c->base_us = shown_us(c, real_us);
    c->base_real_us = real_us;
}

static void hold(struct clock *c)
{
    int failed = pthread_mutex_lock(&c->lock);
    assert(failed == 0);
}

static void let_go(struct clock *c)
{
    int failed = pthread_mutex_unlock(&c->lock);
    assert(failed == 0);
}

static void set_real(struct clock *c)
{
    c->base_real_us = clock_monotonic_us();
    c->base_us = read_us(CLOCK_REALTIME);
    c->scale = 1.0;
    c->is_frozen = false;
}

void clock_init(struct clock *c)
{
    int failed = pthread_mutex_init(&c->lock, NULL);
    assert(failed == 0);
    set_real(c);
}

void clock_done(struct clock *c)
{
    (void)pthread_mutex_destroy(&c->lock);
}

int64_t clock_now_us(struct clock *c)
{
    hold(c);
    int64_t now_us = c->is_frozen ? c->base_us : shown_us(c, clock_monotonic_us());
    let_go(c);
    return now_us;
}

struct clock_state clock_state(struct clock *c)
{
    hold(c);
    struct clock_state state = {shown_us(c, clock_monotonic_us()), c->scale, c->is_frozen};
    let_go(c);
    return state;
}

void clock_freeze(struct clock *c, int64_t at_us)
{
    hold(c);
    c->base_us = at_us;
    c->is_frozen = true;
    let_go(c);
}

void clock_resume(struct clock *c)
{
    hold(c);
    move_base(c);
    c->is_frozen = false;
    let_go(c);
}

void clock_advance(struct clock *c, int64_t by_us)
{
    hold(c);
    move_base(c);
    c->base_us = add_clamped(c->base_us, by_us);
    let_go(c);
}

void clock_set_scale(struct clock *c, double scale)
{
    assert(scale > 0);
    hold(c);
    move_base(c);
    c->scale = scale;
    let_go(c);
}

void clock_reset(struct clock *c)
{
    hold(c);
    set_real(c);
    let_go(c);
}
