/* What the files of the import share. Private to replay/. */
#ifndef REHEARSE_REPLAY_IMPORT_INT_H
#define REHEARSE_REPLAY_IMPORT_INT_H

#include "replay/client_list.h"
#include "replay/import.h"

/* The entities of one resource, in the order in which the API lists them. */
struct haul {
    struct json *at;
    size_t n, cap;
    struct map ids; /* to struct json */
};

struct import {
    struct client *client;
    const struct contract *contract;
    const struct import_options *options;
    struct arena *a;
    struct haul *hauls; /* by the resource's index */
    struct import_count *counts;
    struct map people; /* a person's name or address to their number */
    size_t n_people;
};

/* Takes a copy; false if it is there already. `text`: JSON. */
bool import_add(struct import *im, const struct resource *r, struct str text);
/* Reads one by its id, where the API can; that it is not there is no fault. */
CHECK bool import_read(struct import *im, const struct resource *r, struct str id, struct err *err);
/* import_fill.c: what is named and not there is read, or made up. */
CHECK bool import_fill(struct import *im, struct err *err);
/* import_write.c */
void import_find_people(struct import *im);
void import_write(struct buf *out, struct import *im);
/* A scalar as text; s NULL for anything else. */
struct str import_text(struct json v);

#endif
