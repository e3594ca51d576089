/* Preloaded into a program that is to run faster (rehearse run --speedup): clocks show N times the time that has passed
 * since a common start, and what waits waits a Nth part. Stands alone, linked into nothing of ours: the program's own C
 * library is below it.
 *
 * One line for all processes of a run, and for the mock's clock: shown = real + (N - 1) * (monotonic - start). It is
 * continuous, so that deadlines on any clock are turned back into waits by what that clock shows now. Clocks of
 * processor time are left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_US INT64_C(1000)

/* Written by the constructor alone. What replaces functions of the C library has no other place to keep it. */
static int64_t times = 1, start_ns;

/* The next definition of a function, the C library's. `version`: where several have that name. */
static void *beyond(const char *name, const char *version)
{
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    return found ? found : dlsym(RTLD_NEXT, name);
}

/* `to` becomes the function beyond ours of that name; objects and functions have one shape where dlsym is. */
#define BEYOND(to, name, version)                                                                  \
    do {                                                                                           \
        static void *found;                                                                        \
        if (!__atomic_load_n(&found, __ATOMIC_ACQUIRE)) {                                          \
            __atomic_store_n(&found, beyond(name, version), __ATOMIC_RELEASE);                     \
        }                                                                                          \
        void *function = __atomic_load_n(&found, __ATOMIC_ACQUIRE);                                \
        __builtin_memcpy(&(to), &function, sizeof(to));                                            \
    } while (0)

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

static int real_time(clockid_t id, struct timespec *out)
{
    int (*clock)(clockid_t, struct timespec *);
    BEYOND(clock, "clock_gettime", NULL);
    return clock(id, out);
}

static int64_t real_ns(clockid_t id)
{
    struct timespec t = {0};
    (void)real_time(id, &t);
    return ns_of(&t);
}

static int64_t ahead_ns(void)
{
    return times > 1 ? (times - 1) * (real_ns(CLOCK_MONOTONIC) - start_ns) : 0;
}

/* A wait, made shorter: rounded up, so that no wait becomes none. */
static int64_t shorter(int64_t wait)
{
    return wait > 0 ? wait / times + (wait % times != 0) : wait;
}

/* Seconds beyond what int64_t counts in nanoseconds are a wait without end anyway. */
static struct timespec shorter_wait(const struct timespec *wait)
{
    return wait->tv_sec > INT32_MAX ? *wait : timespec_of(shorter(ns_of(wait)));
}

/* A deadline on the clock as the program sees it, as one on the real clock. */
static struct timespec real_deadline(clockid_t id, const struct timespec *shown)
{
    int64_t now_ns = real_ns(id);
    if (shown->tv_sec > (time_t)INT32_MAX * 2 || shown->tv_sec < 0) {
        return *shown;
    }
    return timespec_of(now_ns + shorter(ns_of(shown) - now_ns - ahead_ns()));
}

/* The clock that a deadline must have been made with: since 1970 is long, since the machine's start is not. */
static clockid_t clock_of(const struct timespec *deadline)
{
    enum { TEN_YEARS_S = 10 * 365 * 24 * 60 * 60 };
    return deadline->tv_sec > TEN_YEARS_S ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

__attribute__((constructor)) static void begin(void)
{
    /* "TIMES:START:MARK": the file says to who started us that this was taken */
    const char *text = getenv("REHEARSE_SPEEDUP");
    char *rest = NULL;
    int64_t n = text ? strtoll(text, &rest, 10) : 1;
    if (n > 1 && *rest == ':') {
        start_ns = strtoll(rest + 1, &rest, 10) * NS_PER_US;
        times = n;
        int mark = *rest == ':' ? open(rest + 1, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
        if (mark >= 0) {
            (void)close(mark);
        }
    }
}

/* --- clocks --- */

SHOWN int clock_gettime(clockid_t id, struct timespec *out)
{
    int status = real_time(id, out);
    bool is_time = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC ||
                   id == CLOCK_MONOTONIC_COARSE || id == CLOCK_MONOTONIC_RAW ||
                   id == CLOCK_BOOTTIME || id == CLOCK_TAI;
    if (status == 0 && is_time) {
        *out = timespec_of(ns_of(out) + ahead_ns());
    }
    return status;
}

SHOWN int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / NS_PER_US};
    return 0;
}

SHOWN time_t time(time_t *out)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    if (out) {
        *out = t.tv_sec;
    }
    return t.tv_sec;
}

SHOWN int timespec_get(struct timespec *out, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, out) == 0 ? base : 0;
}

/* --- sleep --- */

SHOWN int clock_nanosleep(clockid_t id, int flags, const struct timespec *wait,
                          struct timespec *left)
{
    int (*sleep_on)(clockid_t, int, const struct timespec *, struct timespec *);
    bool is_absolute = flags & TIMER_ABSTIME;
    struct timespec real = is_absolute ? real_deadline(id, wait) : shorter_wait(wait);
    BEYOND(sleep_on, "clock_nanosleep", "GLIBC_2.17");
    int status = sleep_on(id, flags, &real, left);
    if (status == EINTR && left && !is_absolute) {
        *left = timespec_of(ns_of(left) * times);
    }
    return status;
}

SHOWN int nanosleep(const struct timespec *wait, struct timespec *left)
{
    int failed = clock_nanosleep(CLOCK_REALTIME, 0, wait, left);
    errno = failed ? failed : errno;
    return failed ? -1 : 0;
}

SHOWN int usleep(useconds_t us)
{
    struct timespec wait = timespec_of((int64_t)us * NS_PER_US);
    return nanosleep(&wait, NULL);
}

SHOWN unsigned sleep(unsigned s)
{
    struct timespec wait = {.tv_sec = s}, left = {0};
    return nanosleep(&wait, &left) == 0 ? 0 : (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

/* --- waiting for files --- */

SHOWN int poll(struct pollfd *fds, nfds_t n, int ms)
{
    int (*wait)(struct pollfd *, nfds_t, int);
    BEYOND(wait, "poll", NULL);
    return wait(fds, n, (int)shorter(ms));
}

SHOWN int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
    int (*wait)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    struct timespec real = limit ? shorter_wait(limit) : (struct timespec){0};
    BEYOND(wait, "ppoll", NULL);
    return wait(fds, n, limit ? &real : NULL, mask);
}

/* As the C library's fortified programs call them; what those check, they have checked when they were built. */
SHOWN int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size);
SHOWN int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size)
{
    if (size / sizeof *fds < n) {
        abort();
    }
    return poll(fds, n, ms);
}

SHOWN int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *limit,
                      const sigset_t *mask, size_t size);
SHOWN int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *limit,
                      const sigset_t *mask, size_t size)
{
    if (size / sizeof *fds < n) {
        abort();
    }
    return ppoll(fds, n, limit, mask);
}

SHOWN int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other,
                 struct timeval *restrict limit)
{
    int (*wait)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    struct timeval real = {0};
    BEYOND(wait, "select", NULL);
    if (limit) {
        struct timespec t = {.tv_sec = limit->tv_sec, .tv_nsec = limit->tv_usec * NS_PER_US};
        t = shorter_wait(&t);
        real = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = (t.tv_nsec + 999) / NS_PER_US};
    }
    int ready = wait(n, in, out, other, limit ? &real : NULL);
    if (limit) { /* Linux says there what was left */
        int64_t left_us = ((int64_t)real.tv_sec * 1000000 + real.tv_usec) * times;
        *limit = (struct timeval){.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
    }
    return ready;
}

SHOWN int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other,
                  const struct timespec *restrict limit, const sigset_t *restrict mask)
{
    int (*wait)(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *);
    struct timespec real = limit ? shorter_wait(limit) : (struct timespec){0};
    BEYOND(wait, "pselect", NULL);
    return wait(n, in, out, other, limit ? &real : NULL, mask);
}

SHOWN int epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
    int (*wait)(int, struct epoll_event *, int, int);
    BEYOND(wait, "epoll_wait", NULL);
    return wait(fd, events, n, (int)shorter(ms));
}

SHOWN int epoll_pwait(int fd, struct epoll_event *events, int n, int ms, const sigset_t *mask)
{
    int (*wait)(int, struct epoll_event *, int, int, const sigset_t *);
    BEYOND(wait, "epoll_pwait", NULL);
    return wait(fd, events, n, (int)shorter(ms), mask);
}

SHOWN int epoll_pwait2(int fd, struct epoll_event *events, int n, const struct timespec *limit,
                       const sigset_t *mask)
{
    int (*wait)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
    struct timespec real = limit ? shorter_wait(limit) : (struct timespec){0};
    BEYOND(wait, "epoll_pwait2", NULL);
    return wait(fd, events, n, limit ? &real : NULL, mask);
}

SHOWN int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int (*set)(int, int, int, const void *, socklen_t);
    BEYOND(set, "setsockopt", NULL);
    bool is_limit = level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
    if (!is_limit || len < sizeof(struct timeval)) {
        return set(fd, level, name, value, len);
    }
    const struct timeval *limit = value;
    int64_t us = shorter((int64_t)limit->tv_sec * 1000000 + limit->tv_usec);
    struct timeval real = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    return set(fd, level, name, &real, sizeof real);
}

/* --- waiting for other threads --- */

SHOWN int sem_clockwait(sem_t *restrict s, clockid_t id, const struct timespec *restrict deadline)
{
    int (*wait)(sem_t *, clockid_t, const struct timespec *);
    struct timespec real = real_deadline(id, deadline);
    BEYOND(wait, "sem_clockwait", NULL);
    return wait(s, id, &real);
}

SHOWN int sem_timedwait(sem_t *restrict s, const struct timespec *restrict deadline)
{
    int (*wait)(sem_t *, const struct timespec *);
    struct timespec real = real_deadline(CLOCK_REALTIME, deadline);
    BEYOND(wait, "sem_timedwait", NULL);
    return wait(s, &real);
}

SHOWN int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                                 clockid_t id, const struct timespec *restrict deadline)
{
    int (*wait)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    struct timespec real = real_deadline(id, deadline);
    BEYOND(wait, "pthread_cond_clockwait", NULL);
    return wait(c, m, id, &real);
}

/* The condition knows its clock and does not tell. */
SHOWN int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                                 const struct timespec *restrict deadline)
{
    int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    struct timespec real = real_deadline(clock_of(deadline), deadline);
    BEYOND(wait, "pthread_cond_timedwait", "GLIBC_2.3.2");
    return wait(c, m, &real);
}

SHOWN int pthread_mutex_timedlock(pthread_mutex_t *restrict m,
                                  const struct timespec *restrict deadline)
{
    int (*wait)(pthread_mutex_t *, const struct timespec *);
    struct timespec real = real_deadline(CLOCK_REALTIME, deadline);
    BEYOND(wait, "pthread_mutex_timedlock", NULL);
    return wait(m, &real);
}

/* --- timers --- */

static struct timeval shorter_timeval(struct timeval t)
{
    int64_t us = shorter((int64_t)t.tv_sec * 1000000 + t.tv_usec);
    return (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
}

SHOWN int setitimer(enum __itimer_which which, const struct itimerval *restrict now,
                    struct itimerval *restrict before)
{
    int (*set)(enum __itimer_which, const struct itimerval *, struct itimerval *);
    BEYOND(set, "setitimer", NULL);
    if (which != ITIMER_REAL || !now) {
        return set(which, now, before);
    }
    struct itimerval real = {.it_interval = shorter_timeval(now->it_interval),
                             .it_value = shorter_timeval(now->it_value)};
    return set(which, &real, before);
}

SHOWN unsigned alarm(unsigned s)
{
    struct itimerval now = {.it_value.tv_sec = s}, before = {0};
    (void)setitimer(ITIMER_REAL, &now, &before);
    return (unsigned)(before.it_value.tv_sec * times);
}

static struct itimerspec shorter_timer(const struct itimerspec *timer, bool is_absolute)
{
    bool is_set = timer->it_value.tv_sec || timer->it_value.tv_nsec;
    return (struct itimerspec){.it_interval = shorter_wait(&timer->it_interval),
                               .it_value =
                                   is_set && is_absolute
                                       ? real_deadline(clock_of(&timer->it_value), &timer->it_value)
                                       : shorter_wait(&timer->it_value)};
}

SHOWN int timerfd_settime(int fd, int flags, const struct itimerspec *now,
                          struct itimerspec *before)
{
    int (*set)(int, int, const struct itimerspec *, struct itimerspec *);
    struct itimerspec real = shorter_timer(now, flags & TFD_TIMER_ABSTIME);
    BEYOND(set, "timerfd_settime", NULL);
    return set(fd, flags, &real, before);
}

SHOWN int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict now,
                        struct itimerspec *restrict before)
{
    int (*set)(timer_t, int, const struct itimerspec *, struct itimerspec *);
    struct itimerspec real = shorter_timer(now, flags & TIMER_ABSTIME);
    BEYOND(set, "timer_settime", "GLIBC_2.3.3");
    return set(timer, flags, &real, before);
}

/* --- who asks the kernel by number: runtimes that have locks of their own --- */

SHOWN long syscall(long number, ...)
{
    enum { ARGS = 6 };
    long (*call)(long, ...);
    long a[ARGS];
    va_list args;
    struct timespec real;
    va_start(args, number);
    for (int i = 0; i < ARGS; i++) {
        a[i] = va_arg(args, long); /* as the C library: it hands on six, whatever was given */
    }
    va_end(args);
    BEYOND(call, "syscall", NULL);
    const struct timespec *given = (const struct timespec *)a[3];
    int command = (int)a[1] & FUTEX_CMD_MASK;
    if (number == SYS_clock_gettime) {
        return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
    }
    if (number == SYS_futex && given && command == FUTEX_WAIT) {
        real = shorter_wait(given);
        a[3] = (long)&real;
    } else if (number == SYS_futex && given && command == FUTEX_WAIT_BITSET) {
        clockid_t id = (int)a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        real = real_deadline(id, given);
        a[3] = (long)&real;
    }
    return call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
