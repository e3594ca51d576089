/* What the faults' files share: a rule as it is kept. Private to mockapi/fault*.c. */
#ifndef REHEARSE_MOCKAPI_FAULT_INT_H
#define REHEARSE_MOCKAPI_FAULT_INT_H

#include "mockapi/fault.h"

struct fault_preset;

/* Of the tenant: there is, or is not, an entity like that. */
struct fault_state {
    const struct resource *resource; /* NULL: any state */
    struct str id, field, value;     /* "" any; field: dotted; value: JSON text */
    bool wants_absent;
};

struct fault_when {
    struct fault_state state;
    struct str operation, method, path, client; /* "" any; path: a glob */
    int64_t nth, every;                         /* 0: any match */
    double probability;                         /* 1: always */
    int64_t after_us, until_us;                 /* since the rule was added; until 0: no end */
    bool is_beyond_first;                       /* only pages of a list behind the first */
    bool is_one_token;                          /* only the token that it met first */
};

/* How long an answer is held back: `low` alone, evenly from low to high, or lognormal about the median `low`. */
enum fault_latency { LATENCY_FIXED, LATENCY_UNIFORM, LATENCY_LOGNORMAL };

enum fault_retry_after {
    RETRY_AFTER_OWN,  /* what the case says */
    RETRY_AFTER_TEXT, /* then.retry_after, or nothing */
    RETRY_AFTER_DATE, /* the profile's usual wait as a date */
    RETRY_AFTER_USUAL /* the profile's usual wait in seconds */
};

struct fault_rule {
    struct arena arena; /* of all texts below */
    const struct contract *contract;
    const struct fault_preset *preset; /* NULL: the user's own */
    struct fault_when when;
    struct fault_plan then;
    enum fault_retry_after retry_after;
    enum fault_latency latency;
    double latency_low, latency_high, latency_sigma; /* ms */
    uint64_t token_hash;   /* of the token that is_one_token means; 0: none was met yet */
    int64_t times, ttl_us; /* 0: no end */
    int64_t added_us;
    uint64_t matches, hits; /* requests that `when` fits; of those, the ones it was dealt to */
};

/* mockapi/fault_rule.c: a rule on the heap from its JSON; NULL, with findings, where it is wrong.
 * Texts are copied. */
struct fault_rule *fault_rule_parse(const struct contract *contract, struct json from,
                                    struct findings *fs);
void fault_rule_free(struct fault_rule *r);
/* Appends {"id", "name", "preset", "when", "then", "times", "hits", "matches"}. */
void fault_rule_put(struct buf *out, const struct fault_rule *r);

/* mockapi/fault_state.c: the member "state"; adds findings where it is wrong. */
void fault_state_read(struct fault_rule *r, struct json v, struct findings *fs);
void fault_state_put(struct buf *out, const struct fault_state *s);
/* The tenant is locked for reading. O(n) of the resource where a field is asked for without an id. */
bool fault_state_holds(const struct fault_state *s, const struct request *rq);

/* mockapi/fault_latency.c: the member "latencyMs"; false, with a finding, where it is wrong. */
bool fault_latency_read(struct fault_rule *r, struct json v, struct findings *fs);
void fault_latency_put(struct buf *out, const struct fault_rule *r);
int64_t fault_latency_draw(const struct fault_rule *r, struct rng *rng);

/* mockapi/fault_presets.c */
/* The preset of that name; NULL, with a finding at `at`, if there is none, or none that the profile
 * could ever meet. */
const struct fault_preset *fault_preset_find(const struct contract *contract, struct json at,
                                             struct findings *fs);
struct str fault_preset_name(const struct fault_preset *p);
/* Fills in what the preset does; the user's words come over it. */
void fault_preset_apply(struct fault_rule *r, const struct fault_preset *p);
/* True if the operation can go wrong in this way at all. */
bool fault_preset_fits(const struct fault_preset *p, const struct operation *op);
/* True if it is about the token endpoint, which rules have to name else. */
bool fault_preset_is_for_tokens(const struct fault_preset *p);
/* What only the operation decides: the case of a duplicate, what the message is about. */
void fault_preset_refine(struct fault_plan *plan, const struct fault_preset *p, struct request *rq);

#endif
