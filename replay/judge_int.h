/* Private to the judge: what the rules are written with. */
#ifndef REHEARSE_REPLAY_JUDGE_INT_H
#define REHEARSE_REPLAY_JUDGE_INT_H

#include "replay/judge.h"

struct judge {
    struct arena *a;
    const struct evidence *e;
    struct judge_params p; /* defaults filled in */
};

/* There was an occasion to break the rule. */
void judge_occasion(struct verdict *v);
/* It was broken; `x`, `y`: exchanges that show it, NULL: none. */
void judge_broken(struct judge *j, struct verdict *v, const struct exchange *x,
                  const struct exchange *y, const char *format, ...) PRINTF(5, 6);

/* The next exchange behind `x` of the same site with the same method, URI and body; NULL: none. */
const struct exchange *judge_again(const struct judge *j, const struct exchange *x);
/* The next one behind `x` on the same path, by `method` (s NULL: any), that began once `x` was over. */
const struct exchange *judge_on_path(const struct judge *j, const struct exchange *x,
                                     struct str method);
/* The one behind `x` in the list, if it is of the same site. */
const struct exchange *judge_next(const struct judge *j, const struct exchange *x);
/* A call's first exchange: no earlier one has its signature. */
bool judge_is_first(const struct judge *j, const struct exchange *x);
bool judge_is_transient(const struct exchange *x); /* 502, 503, 504, lost */
bool judge_is_token(const struct exchange *x);
/* A parameter of its query as it stands there; false: there is none. */
bool judge_query(const struct exchange *x, struct str name, struct str *out);
/* The program said that it failed. Not known: false. */
bool judge_said_failure(const struct judge *j);
/* "#4 GET /api/…": for sentences. */
struct str judge_call(struct judge *j, const struct exchange *x);

/* judge_token.c */
void judge_token_reuse(struct judge *j, struct verdict *v);
void judge_token_refresh(struct judge *j, struct verdict *v);
void judge_token_early(struct judge *j, struct verdict *v);
void judge_secret_place(struct judge *j, struct verdict *v);
/* judge_retry.c */
void judge_retry_after(struct judge *j, struct verdict *v);
void judge_retry_429(struct judge *j, struct verdict *v);
void judge_backoff(struct judge *j, struct verdict *v);
void judge_retry_bound(struct judge *j, struct verdict *v);
void judge_retry_5xx(struct judge *j, struct verdict *v);
void judge_no_retry(struct judge *j, struct verdict *v);
void judge_unsafe_retry(struct judge *j, struct verdict *v);
void judge_idempotency_key(struct judge *j, struct verdict *v);
/* judge_conflict.c */
void judge_conflict_read(struct judge *j, struct verdict *v);
void judge_conflict_bound(struct judge *j, struct verdict *v);
/* judge_state.c */
void judge_paging_complete(struct judge *j, struct verdict *v);
void judge_paging_ends(struct judge *j, struct verdict *v);
void judge_stale_read(struct judge *j, struct verdict *v);
/* judge_outcome.c */
void judge_contract(struct judge *j, struct verdict *v);
void judge_body_valid(struct judge *j, struct verdict *v);
void judge_tls(struct judge *j, struct verdict *v);
void judge_hosts(struct judge *j, struct verdict *v);
void judge_exit(struct judge *j, struct verdict *v);
void judge_complete(struct judge *j, struct verdict *v);
void judge_partial(struct judge *j, struct verdict *v);
void judge_rate(struct judge *j, struct verdict *v);

#endif
