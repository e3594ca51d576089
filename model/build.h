/* What the server makes of a body: the entity with the members that the profile sets. Used at load
 * and at every write, so that an entity looks the same whether it came from a fixture or over the
 * wire. */
#ifndef REHEARSE_MODEL_BUILD_H
#define REHEARSE_MODEL_BUILD_H

#include "base/base.h"
#include "model/contract.h"
#include "model/tenant.h"

enum build_mode {
    BUILD_CREATE,  /* body, defaults, onCreate, onChange, derived */
    BUILD_REPLACE, /* body and the server's members of `previous`; defaults, onChange, derived */
    BUILD_MERGE,   /* `previous` with the body's members over it (RFC 7396 for nested objects);
                      onChange, derived */
    BUILD_LOAD,    /* body as it stands; defaults, onCreate and onChange only where it is silent;
                      derived */
    BUILD_REFRESH, /* `previous` with its embeds made anew */
};

/* Entities whose members are embedded, parsed: kept over many builds of a tenant that only grows meanwhile.
 * A zeroed one is empty. */
enum { BUILD_TARGETS = 64 };
struct build_targets {
    struct arena arena;
    struct {
        const struct entity *entity; /* borrowed */
        struct json value;
    } at[BUILD_TARGETS];
};
void build_targets_done(struct build_targets *t);

struct build {
    const struct resource *resource;
    enum build_mode mode;
    struct json body, previous;
    struct str id;
    int64_t version;             /* to be shown in the version member */
    const struct tenant *tenant; /* for embeds; locked by the caller; NULL: no embeds */
    const struct template_source
        *source;                   /* variables beyond id, version, body, entity and target */
    struct build_targets *targets; /* NULL: each target is parsed where it is embedded */
};

/* Appends the entity as a JSON object. Members that the schema marks readOnly, or does not know,
 * are not taken from the body except in BUILD_LOAD. `a` is scratch. */
void entity_build(struct buf *out, struct arena *a, const struct build *build);

#endif
