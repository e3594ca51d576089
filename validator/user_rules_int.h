/* What the files of user rules share. Private to validator/. */
#ifndef REHEARSE_VALIDATOR_USER_RULES_INT_H
#define REHEARSE_VALIDATOR_USER_RULES_INT_H

#include "validator/check_int.h"

#define ASKS(X)                                                                                    \
    X(ASK_UNIQUE_BY, "unique-by")     /* fields whose values no other entity has */                \
    X(ASK_AT_MOST_PER, "at-most-per") /* {"by", "count"} */                                        \
    X(ASK_REFERS_TO, "refers-to")     /* {"field", "resource"} */                                  \
    X(ASK_REQUIRES_IF, "requires-if") /* {"field", "is", "requires"} */                            \
    X(ASK_FORBIDS, "forbids")         /* a field */                                                \
    X(ASK_MATCHES, "matches")         /* {"field", "pattern"} */                                   \
    X(ASK_BEFORE, "before")           /* {"field", "than"} */                                      \
    X(ASK_SQL, "sql")                 /* a query over the model (user_sql.c) */

enum ask {
#define X(name, text) name,
    ASKS(X)
#undef X
        ASK_COUNT
};

enum { RULES_MAX = 500 };

struct user_rule {
    struct str id, about, resource, help, message;
    enum severity severity;
    enum ask ask;
    struct json what;             /* the ask's value */
    const struct schema *pattern; /* ASK_MATCHES */
    struct json at;
    bool is_told; /* that it cannot be asked */
    struct map seen;
};

struct user_rules {
    struct arena *arena;
    struct schema_set *schemas;
    struct schema_run *run;
    struct user_rule at[RULES_MAX];
    size_t n;
};

/* user_sql.c: asks the rules that are queries of what is in `t`, under its read lock. `root`: the snapshot
 * that it was loaded from; no value: findings stand at what this run has made. */
void user_sql_ask(struct user_rules *rules, struct check *c, const struct tenant *t,
                  struct json root);

#endif
