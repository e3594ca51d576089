/* Every request of a clean run × every fault that can meet it: a run each, in a tenant and network of its own, judged.
 *
 *     clean run, twice ── requests, final state ──▶ cells ── runs, several at once ──▶ verdicts ──▶ report card
 */
#ifndef REHEARSE_REPLAY_EXPLORE_H
#define REHEARSE_REPLAY_EXPLORE_H

#include "replay/judge.h"
#include "replay/run_evidence.h"

/* One run with one fault, or two, and what came of it. */
struct explore_cell {
    size_t index;
    size_t single;        /* of two faults: the cell that has the first one alone; else itself */
    struct str fault;     /* preset */
    struct str operation; /* that it is dealt to; "" a TLS handshake */
    uint64_t nth;         /* of that operation's requests; 0: any */
    struct str then_fault, then_operation; /* the second one, "" there is none */
    uint64_t then_nth;
    bool is_done; /* it was run, here or in another shard */
    bool was_met;
    int exit_status, signal;
    bool is_timeout;
    size_t n_requests;
    struct str failed; /* why it could not be run, "" it could */
    enum judged judged[CONDUCT_RULES];
    struct str texts[CONDUCT_RULES]; /* of the first breach */
};

struct exploration {
    struct arena arena;
    struct str profile;
    struct str command;    /* for reproductions, as a shell takes it */
    struct str options;    /* the words that a run needs to stand on the same ground */
    bool is_deterministic; /* two clean runs asked for the same and left the same */
    struct str difference; /* in what they differ */
    size_t n_requests;     /* of the clean run */
    int clean_exit;
    enum judged clean[CONDUCT_RULES];
    struct str clean_texts[CONDUCT_RULES];
    struct explore_cell *cells; /* by request, then fault; behind them those of two faults */
    size_t n_cells, n_singles;
    size_t n_done, n_met, n_broken; /* n_broken: pairs of cell and rule */
    bool is_interrupted;            /* by the user: what is not done was to be */
    bool are_pairs_cut;             /* there are more pairs than are kept */
};

struct explore_spec {
    const struct run_ground *ground;
    char *const *argv;
    char *const *env;
    const struct str *only; /* faults; n_only 0: all that apply */
    size_t n_only;
    size_t n_jobs;      /* runs at once; 0: four a processor, they mostly wait */
    int64_t timeout_ms; /* of one run */
    unsigned depth;     /* 2: pairs of faults too, behind all single ones */
    struct str options; /* words that a reproduction needs, each with a blank before it */
    int64_t budget_ms;  /* no run begins later; 0: all */
    uint64_t seed;
    size_t shard, n_shards; /* runs the cells with index % n_shards == shard; n_shards 0: all */
    struct judge_params params;
    int stop; /* readable: end; -1 none */
    void (*progress)(void *ctx, size_t done,
                     size_t all); /* NULL: nobody looks; one thread at a time */
    void *ctx;
};

/* Freed with exploration_done. False where the clean run is impossible, or fails: there is nothing to explore then. */
CHECK bool explore(struct exploration *out, const struct explore_spec *spec, struct findings *fs,
                   struct err *err);
void exploration_done(struct exploration *x);

/* Can the fault be explored? */
bool explore_knows(struct str fault);
/* Appends a word as a shell takes it. */
void explore_put_word(struct buf *out, struct str word);
/* What a cell is called by in reproductions: "429-burst@postRoutingWrapupcodes:2"; two: "A, then B". */
void explore_cell_put_name(struct buf *out, const struct explore_cell *cell);

/* Reports. */
void exploration_put_text(struct buf *out, const struct exploration *x, bool has_colour);
void exploration_put_json(struct buf *out, const struct exploration *x);
void exploration_put_junit(struct buf *out, const struct exploration *x);
void exploration_put_markdown(struct buf *out, const struct exploration *x);
void exploration_put_html(struct buf *out, const struct exploration *x);

/* Reads what exploration_put_json wrote for a shard, into `io`: the first one makes it, further ones must be of the
 * same exploration. */
CHECK bool exploration_merge(struct exploration *io, bool is_first, struct json shard,
                             struct err *err);

#endif
