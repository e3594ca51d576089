/* Listings, whole: every page in every style, each item once. */
#ifndef REHEARSE_REPLAY_CLIENT_LIST_H
#define REHEARSE_REPLAY_CLIENT_LIST_H

#include "replay/client.h"

struct client_list {
    const struct operation *op;        /* a list */
    const struct client_value *values; /* of its path */
    size_t n_values;
    const struct client_value *query; /* further parameters */
    size_t n_query;
    int64_t page_size; /* 0: the largest there is */
    /* Calls it for every item, in order; `item` lives while it runs. False ends the walk. */
    bool (*each)(struct json item, void *ctx);
    void *ctx;
};
/* Walks to the end. What moved between two pages comes once; where fewer came than there are, the
 * walk is done again, three times at most. False, with the reason, if it is refused, or goes in
 * circles, or never comes to an end. */
CHECK bool client_list(struct client *c, const struct client_list *list, struct err *err);
/* The operation that lists a resource (of links: those of one parent); NULL: there is none. */
const struct operation *client_list_operation(const struct contract *c, const struct resource *r);
/* The operation that does `action` to a resource as a whole; NULL: there is none. */
const struct operation *client_operation(const struct contract *c, const struct resource *r,
                                         enum action action);

#endif
