/* What the files of a run share. Private to replay/run*.c. */
#ifndef REHEARSE_REPLAY_RUN_INT_H
#define REHEARSE_REPLAY_RUN_INT_H

#include "replay/run.h"
#include "replay/trust.h"

#include <pthread.h>

struct run_ground {
    struct arena arena;
    enum run_seal seal;
    struct str why;
    char folder[64]; /* ours alone; "" while there is none */
    struct trust trust;
    int64_t speedup;
    struct str preload; /* path of what makes programs faster, "" where speedup is 0 */
    struct contract **contracts;
    struct tenant **tenants;
    struct str *states;
    size_t n_sites;
    struct mock_sink *sinks;
    size_t n_sinks;
    pthread_mutex_t lock; /* of the tenants while they are copied */
};

/* The program's output: two pipes, read by a thread so that nobody waits for us. */
struct capture {
    int read[2], write[2]; /* out, err; write: the program's ends */
    int stop;
    bool is_shown, has_thread;
    pthread_t thread;
    struct buf text[2]; /* the thread's until it has ended */
    uint64_t bytes[2];
};
CHECK bool capture_start(struct capture *c, bool is_shown, struct err *err);
/* After the program's end: what is still in the pipes is taken, the rest given up. */
void capture_stop(struct capture *c);
void capture_done(struct capture *c);

/* The names that were met. One lock inside; any thread. */
struct hosts {
    pthread_mutex_t lock;
    struct arena arena;
    struct map by_name;
    struct run_host list[RUN_HOSTS_MAX];
    size_t n;
};
void hosts_init(struct hosts *h);
void hosts_done(struct hosts *h);
/* The entry of a name, made where there is none; NULL: there are too many. Under the lock. */
struct run_host *hosts_at(struct hosts *h, struct str name, bool is_expected);

#endif
