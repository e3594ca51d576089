/* States of a tenant that were kept under a name. Bounded in number. One lock inside; any thread.
 * Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_SNAPSHOTS_H
#define REHEARSE_MOCKAPI_SNAPSHOTS_H

#include "model/model.h"

struct snapshots;

enum { SNAPSHOTS_MAX = 100, SNAPSHOT_NAME_BYTES_MAX = 100 };

struct snapshots *snapshots_new(void);
void snapshots_free(struct snapshots *s);
/* Keeps `tenant` (taken, also on failure) in place of what had the name. False where SNAPSHOTS_MAX
 * are kept already. */
bool snapshots_keep(struct snapshots *s, struct str name, struct tenant *tenant);
/* A copy of what is kept, to be freed; NULL if nothing has that name. */
struct tenant *snapshots_clone(struct snapshots *s, struct str name);
/* False if nothing has that name. */
bool snapshots_drop(struct snapshots *s, struct str name);
/* Appends the names as an array, the oldest first. */
void snapshots_put(struct buf *out, struct snapshots *s);

#endif
