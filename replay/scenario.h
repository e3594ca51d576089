/* Scenarios: what a run is to be like, as data (docs/scenario-format.md): what is played, what goes wrong,
 * who else acts, what is expected. Private to replay/ and cli/. */
#ifndef REHEARSE_REPLAY_SCENARIO_H
#define REHEARSE_REPLAY_SCENARIO_H

#include "replay/judge.h"
#include "replay/run.h"

enum { SCENARIO_LIST_MAX = 32 };

/* Somebody else, between the client's requests. */
struct scenario_step {
    enum scenario_verb { SCENARIO_REQUEST, SCENARIO_CHANGE, SCENARIO_REVOKE } verb;
    struct str method, path; /* "{path}": of the request that he comes before */
    struct str body;         /* JSON, "" none; of a change: the members that are to be different */
    struct span span;
};
struct scenario_actor {
    struct str name;
    uint64_t request;     /* before the n-th request of all; 0: any */
    struct str operation; /* … of that operation; "" any */
    uint64_t nth;         /* … the n-th that fits */
    const struct scenario_step *steps;
    size_t n_steps;
};

/* What is expected of the requests. */
struct scenario_requests {
    struct str operation, method, path; /* path: a pattern with * and ?; "" any */
    int64_t status;                     /* 0 any */
    int64_t least, most;
    uint32_t line;
};
/* What is expected of what is left. */
struct scenario_state {
    struct str pointer; /* JSON Pointer into the tenant's snapshot; s NULL: by resource */
    struct json is;     /* the value there; no value: it must be there (or not) */
    bool is_absent;
    struct str resource; /* entities of that resource */
    struct json has;     /* that hold at least this; no value: any */
    int64_t least, most;
    uint32_t line;
};

struct scenario {
    struct str name, about; /* name: of the file */
    const char *profiles[SCENARIO_LIST_MAX], *sinks[SCENARIO_LIST_MAX], *env[SCENARIO_LIST_MAX + 1];
    size_t n_profiles, n_sinks, n_env, n_policies, n_hosts;
    struct policy_choice policies[SCENARIO_LIST_MAX];
    struct str hosts[SCENARIO_LIST_MAX];
    const char *tenant; /* NULL: the profile's */
    bool has_clock, has_seed, allows_unexercised;
    int64_t clock_us, timeout_ms; /* timeout_ms 0: the command's */
    uint64_t seed;
    const struct json_doc *doc;
    struct json document; /* whose "faults" are a fault file's */
    bool has_faults;
    const struct scenario_actor *actors;
    size_t n_actors;
    bool has_exit;
    uint64_t exits[4]; /* a bit an exit status that is well */
    struct str stdout_has;
    const struct scenario_requests *requests;
    size_t n_requests;
    const struct scenario_state *states;
    size_t n_states;
    struct judge_params params;
};

/* Reads it into `a`, which keeps all texts; findings (X…) with line and column. Names of profiles are not
 * looked up here. */
CHECK bool scenario_read(struct scenario *out, struct arena *a, struct str name, struct str text,
                         struct findings *fs, struct err *err);
/* Whether what it names is there: operations and resources of the contract. */
CHECK bool scenario_check(const struct scenario *s, const struct contract *contract,
                          struct err *err);

/* The actors at work during one run. */
struct scenario_play;
struct scenario_play *scenario_play_new(const struct scenario *s);
/* As run_spec.arrives; `ctx` is a struct scenario_play. */
void scenario_arrives(void *ctx, struct mock *mock, const struct mock_arrival *arrival);
void scenario_play_free(struct scenario_play *p);
/* What the actors changed goes to the judge, parsed into `a`. Once the run is over. */
void scenario_play_tell(const struct scenario_play *p, const struct run_result *result,
                        struct arena *a, struct evidence *io);

/* For each actor who never came or was refused. */
void scenario_judge_actors(const struct scenario_play *p, struct arena *a,
                           void (*fail)(void *ctx, struct str text), void *ctx);
/* Calls `fail` with a sentence for each expectation that was not met, and for each actor who never came or
 * was refused. */
void scenario_judge(const struct scenario *s, const struct scenario_play *p,
                    const struct run_result *result, struct arena *a,
                    void (*fail)(void *ctx, struct str text), void *ctx);

#endif
