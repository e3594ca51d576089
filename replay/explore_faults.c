/* Which fault can meet which request. */
#include "replay/explore_int.h"

enum {
    ON_TOKEN = 1,
    ON_READ = 2,
    ON_LIST = 4,
    ON_WRITE = 8,
    ON_CREATE = 16,
    ON_VERSION = 32,
    ON_BATCH = 64,
    ON_KEY = 128,
    ON_API = ON_READ | ON_LIST | ON_WRITE,
    ON_TLS = 256,
    ON_ETAG = 512
};

static const struct explore_fault faults[] = {
    {STR_INIT("401-expired"), ON_API, true, false, "", 0},
    {STR_INIT("401-revoked"), ON_API, true, false, "", 4},
    {STR_INIT("403-scope"), ON_API, false, false, "", 0},
    {STR_INIT("404-lag"), ON_READ, true, false, "", 0},
    {STR_INIT("409-version"), ON_VERSION, true, false, "", 0},
    {STR_INIT("409-version-moving"), ON_VERSION, true, false, "", 6},
    {STR_INIT("412-etag"), ON_ETAG, true, false, "", 0},
    {STR_INIT("409-duplicate"), ON_CREATE, false, false, "", 0},
    {STR_INIT("409-idempotency"), ON_KEY, false, false, "", 0},
    {STR_INIT("422-item"), ON_BATCH, false, false, "", 0},
    {STR_INIT("429-burst"), ON_API, true, false, "", 2},
    {STR_INIT("429-no-header"), ON_API, true, false, "", 0},
    {STR_INIT("429-date"), ON_API, true, false, "", 0},
    {STR_INIT("429-one-token"), ON_API, true, false, "", 0},
    {STR_INIT("500"), ON_API | ON_TOKEN, false, true, "", 0},
    {STR_INIT("502"), ON_API | ON_TOKEN, true, true, "", 0},
    {STR_INIT("503-retry-after"), ON_API | ON_TOKEN, true, false, "", 5},
    {STR_INIT("504"), ON_API | ON_TOKEN, true, true, "", 0},
    {STR_INIT("timeout"), ON_API | ON_TOKEN, true, true, ",\"latencyMs\":3000", 0},
    {STR_INIT("reset-before"), ON_API | ON_TOKEN, true, true, "", 3},
    {STR_INIT("reset-during"), ON_API, true, true, "", 0},
    {STR_INIT("reset-after-commit"), ON_WRITE, true, true, "", 1},
    {STR_INIT("truncate"), ON_API, true, true, "", 0},
    {STR_INIT("bad-json"), ON_API, true, true, "", 7},
    {STR_INIT("bad-chunk"), ON_API, true, true, "", 0},
    {STR_INIT("html-error-page"), ON_API, true, true, "", 0},
    {STR_INIT("empty-body"), ON_API, true, true, "", 0},
    {STR_INIT("wrong-content-type"), ON_API, true, true, "", 0},
    {STR_INIT("slow-body"), ON_LIST, true, false, "", 0},
    {STR_INIT("stale-read"), ON_READ | ON_LIST, true, false, "", 8},
    {STR_INIT("late-visibility"), ON_LIST, true, false, "", 0},
    {STR_INIT("page-shift"), ON_LIST, true, false, "", 0},
    {STR_INIT("token-dies-midwalk"), ON_LIST, true, false, "", 0},
    {STR_INIT("token-throttled"), ON_TOKEN, true, true, "", 0},
    {STR_INIT("tls-expired"), ON_TLS, false, false, "", 0},
    {STR_INIT("tls-wrong-host"), ON_TLS, false, false, "", 0},
    {STR_INIT("tls-self-signed"), ON_TLS, false, false, "", 0},
};
enum { FAULTS = sizeof faults / sizeof *faults };

const struct explore_fault *explore_fault_at(size_t i)
{
    return i < FAULTS ? &faults[i] : NULL;
}

const struct explore_fault *explore_fault_find(struct str name)
{
    for (size_t i = 0; i < FAULTS; i++) {
        if (str_eq(faults[i].name, name)) {
            return &faults[i];
        }
    }
    return NULL;
}

bool explore_knows(struct str fault)
{
    return explore_fault_find(fault) != NULL;
}

static unsigned kinds_of(const struct operation *op)
{
    unsigned kinds = 0;
    switch (op->action) {
    case ACTION_TOKEN:
        return ON_TOKEN;
    case ACTION_LIST:
        kinds = ON_LIST;
        break;
    case ACTION_READ:
    case ACTION_STATIC:
    case ACTION_QUERY:
    case ACTION_JOB:
    case ACTION_GRAPH:
    case ACTION_INTROSPECT:
        kinds = ON_READ;
        break;
    case ACTION_CREATE:
        kinds = ON_WRITE | ON_CREATE;
        break;
    case ACTION_BATCH:
        kinds = ON_WRITE | ON_BATCH;
        break;
    case ACTION_REPLACE:
    case ACTION_MERGE:
    case ACTION_DELETE:
    case ACTION_LINK_ADD:
    case ACTION_LINK_REMOVE:
    case ACTION_LINK_REPLACE:
    case ACTION_LINK_CHANGE:
    case ACTION_REVOKE:
    case ACTION_REFUSE:
    case ACTION_ASSIGN:
    case ACTION_CHANNEL:
    case ACTION_NAMED:
        kinds = ON_WRITE;
        break;
    case ACTION_COUNT:
        break;
    }
    kinds |= op->version.place != VERSION_NONE ? (unsigned)ON_VERSION : 0;
    kinds |= op->version.place == VERSION_IF_MATCH ? (unsigned)ON_ETAG : 0;
    kinds |= op->idempotency.header.len ? (unsigned)ON_KEY : 0;
    return kinds;
}

bool explore_fault_meets(const struct explore_fault *f, const struct operation *op)
{
    return op ? (f->kinds & kinds_of(op)) != 0 && mock_fault_fits(f->name, op)
              : (f->kinds & ON_TLS) != 0;
}
