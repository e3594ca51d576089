/* Creates, changes, deletes. A create whose answer was lost is looked for before it is sent again; a
 * change is merged three ways: what we want, how it stood, how it stands now. */
#include "replay/client_write.h"

#include "replay/client_int.h"

enum { LOOK_MS = 500, CREATE_TRIES_MAX = 4 };

static bool end_with(struct client_write *w, enum write_end end)
{
    w->end = end;
    return end == WRITE_DONE || end == WRITE_THERE;
}

static bool is_case(struct client *c, const struct client_write *w, const char *name)
{
    const struct error_case *k = contract_case(c->contract, w->op, str_of(name));
    return k && k->status == w->status;
}

/* --- create --- */

/* The id that an answer tells, wherever it stands: of the entity, or of the first of a batch. */
static struct str id_in(const struct resource *r, struct json answer)
{
    struct json at = answer;
    for (int depth = 0; depth < 4 && json_exists(at) && r->id_field; depth++) {
        struct json id = field_find(r->id_field, at);
        if (json_kind(id) == JSON_STRING || json_kind(id) == JSON_NUMBER) {
            return json_kind(id) == JSON_STRING ? json_str(id) : json_number_text(id);
        }
        if (json_kind(at) == JSON_STRING && depth > 1) {
            return json_str(at); /* a list of bare ids */
        }
        at = json_first(at);
    }
    return STR("");
}

static struct str wrap_body(struct arena *a, const struct operation *op, struct str one)
{
    struct buf out;
    buf_init(&out, a);
    if (op->wrap.len) {
        buf_put_char(&out, '{');
        buf_put_json_string(&out, op->wrap);
        buf_put_char(&out, ':');
    }
    buf_put(&out, op->action == ACTION_BATCH ? STR("[") : STR(""));
    buf_put(&out, one);
    buf_put(&out, op->action == ACTION_BATCH ? STR("]") : STR(""));
    buf_put(&out, op->wrap.len ? STR("}") : STR(""));
    return buf_str(&out);
}

/* Looks for what the body says among what was not there before; for as long as reads may lag where
 * `is_patient`. True where the question was answered. */
static bool look_for(struct client *c, struct arena *a, struct client_write *w, struct json body,
                     bool is_patient, struct err *err)
{
    int64_t until_us = clock_monotonic_us() + c->contract->client.settle_ms * US_PER_MS +
                       w->resource->visible_after_ms * US_PER_MS;
    for (;;) {
        struct client_found found;
        if (!client_find(c, a, w->resource, body, &found, err)) {
            return false;
        }
        for (size_t i = 0; i < found.n; i++) {
            if (!w->known || !map_get(w->known, found.ids[i])) {
                w->id = found.ids[i];
                w->shown = found.at[i];
                return true;
            }
        }
        if (!is_patient || clock_monotonic_us() >= until_us) {
            return true;
        }
        client_pause(c, LOOK_MS);
    }
}

/* An answer came: what it means. */
static bool end_create(struct client *c, struct arena *a, struct client_write *w,
                       const struct client_request *rq, const struct client_answer *answer,
                       struct json body, bool is_again, struct err *err)
{
    w->status = answer->status;
    if (client_is_well(answer)) {
        w->shown = answer->json;
        w->id = id_in(w->resource, answer->json);
        if (!w->id.len && client_list_operation(c->contract, w->resource) &&
            !look_for(c, a, w, body, true, err)) {
            return end_with(w, WRITE_UNSURE);
        }
        bool is_refused_item = w->op->action == ACTION_BATCH && !w->id.len;
        if (is_refused_item) {
            (void)client_refused(err, rq, answer);
        }
        return end_with(w, is_refused_item ? WRITE_REFUSED : WRITE_DONE);
    }
    bool is_taken = is_case(c, w, "unique");
    bool is_key = is_case(c, w, "idempotency.reused") && w->key.len;
    if ((is_taken || is_key) && (is_again || answer->tries > 1)) {
        struct err ignored = {0};
        if (look_for(c, a, w, body, true, &ignored) && w->id.len && client_has(w->shown, body)) {
            return end_with(w, WRITE_DONE); /* it was us */
        }
    }
    (void)client_refused(err, rq, answer);
    return end_with(w, is_taken ? WRITE_TAKEN : WRITE_REFUSED);
}

bool client_create(struct client *c, struct arena *a, struct client_write *w, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct client_answer answer;
    bool is_again = w->may_be_done;
    if (!json_parse(&doc, a, STR("body"), w->body, NULL, NULL, err)) {
        return end_with(w, WRITE_REFUSED);
    }
    struct json body = json_root(doc);
    const struct client_request rq = {.op = w->op,
                                      .path = w->path,
                                      .body = wrap_body(a, w->op, w->body),
                                      .key = w->key,
                                      .may_repeat = w->key.len && w->op->idempotency.header.len};
    for (unsigned i = 0; i < CREATE_TRIES_MAX; i++) {
        struct err lost = {0};
        if (is_again && !rq.may_repeat) {
            if (!look_for(c, a, w, body, true, &lost)) {
                if (err) {
                    *err = lost;
                }
                err_wrap(err, "it may have been made, and that cannot be read");
                return end_with(w, WRITE_UNSURE);
            }
            if (w->id.len) {
                return end_with(w, WRITE_DONE);
            }
        }
        bool is_answered = client_send(&answer, a, c, &rq, err);
        w->tries += answer.tries;
        if (is_answered) {
            return end_create(c, a, w, &rq, &answer, body, is_again, err);
        }
        if (answer.end == CLIENT_FAILED && !rq.may_repeat) {
            return end_with(w, WRITE_FAILED);
        }
        if (answer.end == CLIENT_FAILED) { /* under its key: perhaps it was carried out */
            bool is_found = look_for(c, a, w, body, false, &lost) && w->id.len;
            return end_with(w, is_found ? WRITE_DONE : WRITE_FAILED);
        }
        is_again = true;
    }
    return end_with(w, WRITE_UNSURE);
}

/* --- change --- */

static void put_merged(struct buf *out, struct json there, struct json set)
{
    bool is_first = true;
    if (json_kind(there) != JSON_OBJECT || json_kind(set) != JSON_OBJECT) {
        json_put(out, set);
        return;
    }
    buf_put_char(out, '{');
    for (struct json m = json_first(there); json_exists(m); m = json_next(m)) {
        struct json want = json_get(set, json_key(m));
        buf_put(out, is_first ? STR("") : STR(","));
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        if (json_exists(want)) {
            put_merged(out, m, want); /* as deep as a body, which is bounded */
        } else {
            json_put(out, m);
        }
        is_first = false;
    }
    for (struct json m = json_first(set); json_exists(m); m = json_next(m)) {
        if (!json_exists(json_get(there, json_key(m)))) {
            buf_put(out, is_first ? STR("") : STR(","));
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
            json_put(out, m);
            is_first = false;
        }
    }
    buf_put_char(out, '}');
}

/* The body of a change: what is set; for an operation that takes the whole, over what is there, as
 * far as its schema knows it. The version that is there goes where the operation wants it. */
static struct str change_body(struct client *c, struct arena *a, const struct operation *op,
                              struct json there, struct json set)
{
    struct buf out;
    struct json source = contract_deref(c->contract, op->body_schema_source);
    struct json known = json_get(source, STR("properties"));
    bool is_first = true, is_whole = op->action == ACTION_REPLACE;
    buf_init(&out, a);
    buf_put_char(&out, '{');
    for (struct json m = json_first(there); json_exists(m); m = json_next(m)) {
        struct json property = json_get(known, json_key(m)), want = json_get(set, json_key(m));
        bool is_version =
            op->version.place == VERSION_BODY && str_eq(op->version.name, json_key(m));
        bool is_kept = is_whole && json_kind(m) != JSON_NULL &&
                       (!json_exists(known) || json_exists(property)) &&
                       !json_is_true(json_get(property, STR("readOnly")));
        if (json_exists(want) || is_kept || is_version) {
            buf_put(&out, is_first ? STR("") : STR(","));
            buf_put_json_string(&out, json_key(m));
            buf_put_char(&out, ':');
            if (json_exists(want) && is_whole) {
                put_merged(&out, m, want);
            } else {
                json_put(&out, json_exists(want) ? want : m);
            }
            is_first = false;
        }
    }
    for (struct json m = json_first(set); json_exists(m); m = json_next(m)) {
        if (!json_exists(json_get(there, json_key(m)))) {
            buf_put(&out, is_first ? STR("") : STR(","));
            buf_put_json_string(&out, json_key(m));
            buf_put_char(&out, ':');
            json_put(&out, m);
            is_first = false;
        }
    }
    buf_put_char(&out, '}');
    return buf_str(&out);
}

/* Finds a member that we set and that somebody else has set to something else meanwhile. */
static bool clashes(struct json theirs, struct json base, struct json set, struct buf *where)
{
    for (struct json m = json_first(set); json_exists(m); m = json_next(m)) {
        struct json now = json_get(theirs, json_key(m)), was = json_get(base, json_key(m));
        size_t before = where->len;
        buf_put(where, before ? STR(".") : STR(""));
        buf_put(where, json_key(m));
        if (json_kind(m) == JSON_OBJECT && json_kind(now) == JSON_OBJECT) {
            if (clashes(now, was, m, where)) {
                return true;
            }
        } else if (json_exists(now) != json_exists(was) || !json_eq(now, was)) {
            bool is_both_absent = !json_exists(now) && !json_exists(was);
            if (!is_both_absent && !(json_exists(now) && json_eq(now, m))) {
                return true;
            }
        }
        where->len = before;
    }
    return false;
}

static struct str version_in(const struct client_write *w, struct json v)
{
    struct str text =
        w->resource->version_field ? field_text(w->resource->version_field, v) : (struct str){0};
    return text.s ? text : STR("");
}

/* Reads until it is there and its version is not the one that was refused, or reads have had the
 * time to catch up. */
static bool read_fresh(struct client *c, struct arena *a, struct client_write *w, struct str stale,
                       struct str *etag, struct json *out, struct err *err)
{
    int64_t until_us = clock_monotonic_us() + c->contract->client.settle_ms * US_PER_MS;
    bool waits_for_new = stale.len > 0;
    for (;;) {
        struct str now;
        if (!client_read(c, a, w->resource, w->id, out, etag, err)) {
            return false;
        }
        now = etag->len ? *etag : version_in(w, *out);
        bool is_fresh = json_exists(*out) && (!waits_for_new || !str_eq(now, stale));
        if (is_fresh || clock_monotonic_us() >= until_us) {
            return true;
        }
        client_pause(c, LOOK_MS);
    }
}

static bool has_conflict(struct client_write *w, struct arena *a, struct json theirs,
                         struct err *err)
{
    struct buf where;
    buf_init(&where, a);
    if (!clashes(theirs, w->base, w->set, &where)) {
        return false;
    }
    struct json now = json_path(theirs, buf_str(&where));
    struct str text = json_exists(now) ? str_slice(json_source(now), 0, 60) : STR("nothing");
    err_set(err, ERR_INPUT,
            "%.*s %.*s: somebody else has set \"%.*s\" to %.*s; it was not overwritten",
            STR_ARG(w->resource->title), STR_ARG(w->id), STR_ARG(buf_str(&where)), STR_ARG(text));
    return true;
}

static struct str change_path(struct client *c, struct arena *a, const struct client_write *w,
                              struct json theirs)
{
    struct buf path;
    const struct client_value value = {w->op->key_param, w->id};
    (void)c;
    buf_init(&path, a);
    buf_put(&path, client_path(a, w->op, &value, w->op->key_param.len ? 1 : 0));
    if (w->op->version.place == VERSION_QUERY) {
        client_add_query(&path, w->op->version.name, version_in(w, theirs));
    }
    return buf_str(&path);
}

bool client_change(struct client *c, struct arena *a, struct client_write *w, struct err *err)
{
    struct str stale = STR("");
    unsigned tries_max = c->contract->client.conflict_tries + 1;
    for (unsigned i = 0; i < tries_max; i++) {
        struct json theirs;
        struct str etag = STR("");
        struct client_answer answer;
        if (!read_fresh(c, a, w, stale, &etag, &theirs, err)) {
            return end_with(w, WRITE_FAILED);
        }
        if (!json_exists(theirs)) {
            err_set(err, ERR_NOT_FOUND, "there is no %.*s %.*s", STR_ARG(w->resource->title),
                    STR_ARG(w->id));
            return end_with(w, WRITE_REFUSED);
        }
        w->before = json_exists(w->before) ? w->before : theirs;
        w->base = json_exists(w->base) ? w->base : theirs;
        w->shown = theirs;
        if (has_conflict(w, a, theirs, err)) {
            return end_with(w, WRITE_CONFLICT);
        }
        if (client_has(theirs, w->set) && json_count(w->set)) {
            return end_with(w, w->tries ? WRITE_DONE : WRITE_THERE);
        }
        const struct client_request rq = {
            .op = w->op,
            .path = change_path(c, a, w, theirs),
            .body = change_body(c, a, w->op, theirs, w->set),
            .etag = w->op->version.place == VERSION_IF_MATCH ? etag : STR("")};
        bool is_answered = client_send(&answer, a, c, &rq, err);
        w->tries += answer.tries;
        w->status = answer.status;
        if (!is_answered && answer.end == CLIENT_FAILED) {
            return end_with(w, WRITE_FAILED);
        }
        if (!is_answered) {
            stale = STR("");
            continue; /* read before writing again */
        }
        if (client_is_well(&answer)) {
            w->shown = json_exists(answer.json) ? answer.json : w->shown;
            return end_with(w, WRITE_DONE);
        }
        bool is_conflict = w->op->version.place != VERSION_NONE &&
                           (is_case(c, w, "version.stale") || answer.status == 412);
        (void)client_refused(err, &rq, &answer);
        if (!is_conflict) {
            return end_with(w, is_case(c, w, "unique") ? WRITE_TAKEN : WRITE_REFUSED);
        }
        w->conflicts++;
        client_count_conflict(c);
        stale = etag.len ? etag : version_in(w, theirs);
        client_pause(c, client_backoff_ms(c, i + 1) / 4);
    }
    err_wrap(err, "given up after %u tries", tries_max);
    return end_with(w, w->conflicts ? WRITE_CONFLICT : WRITE_UNSURE);
}

/* --- delete, call --- */

bool client_delete(struct client *c, struct arena *a, struct client_write *w, struct err *err)
{
    struct client_answer answer;
    struct str etag = STR("");
    const struct client_value value = {w->op->key_param, w->id};
    if (w->op->version.place == VERSION_IF_MATCH &&
        !client_read(c, a, w->resource, w->id, &w->shown, &etag, err)) {
        return end_with(w, WRITE_FAILED);
    }
    const struct client_request rq = {.op = w->op,
                                      .path =
                                          w->path.len ? w->path : client_path(a, w->op, &value, 1),
                                      .etag = etag,
                                      .may_repeat = true,
                                      .takes_any = true};
    bool is_answered = client_send(&answer, a, c, &rq, err);
    w->tries += answer.tries;
    w->status = answer.status;
    if (!is_answered) {
        return end_with(w, WRITE_FAILED);
    }
    if (client_is_well(&answer) || answer.status == 404) {
        return end_with(w, answer.status == 404 && answer.tries == 1 ? WRITE_THERE : WRITE_DONE);
    }
    (void)client_refused(err, &rq, &answer);
    return end_with(w, WRITE_REFUSED);
}

/* Carried out twice it does no harm. */
static bool may_repeat(const struct operation *op)
{
    switch (op->action) {
    case ACTION_LIST:
    case ACTION_READ:
    case ACTION_QUERY:
    case ACTION_GRAPH:
    case ACTION_LINK_REMOVE:
    case ACTION_LINK_REPLACE:
    case ACTION_LINK_CHANGE:
    case ACTION_DELETE:
    case ACTION_ASSIGN:
        return true;
    case ACTION_LINK_ADD: /* who can read the links looks first */
    case ACTION_TOKEN:
    case ACTION_REVOKE:
    case ACTION_INTROSPECT:
    case ACTION_CREATE:
    case ACTION_REPLACE:
    case ACTION_MERGE:
    case ACTION_BATCH:
    case ACTION_STATIC:
    case ACTION_REFUSE:
    case ACTION_JOB:
    case ACTION_CHANNEL:
    case ACTION_NAMED:
    case ACTION_COUNT:
        break;
    }
    return false;
}

bool client_call(struct client *c, struct arena *a, struct client_write *w, struct err *err)
{
    struct client_answer answer;
    const struct client_request rq = {.op = w->op,
                                      .path = w->path,
                                      .body = w->body,
                                      .key = w->key,
                                      .may_repeat = may_repeat(w->op) ||
                                                    (w->key.len && w->op->idempotency.header.len)};
    bool is_answered = client_send(&answer, a, c, &rq, err);
    w->tries += answer.tries;
    w->status = answer.status;
    w->shown = answer.json;
    if (!is_answered) {
        if (answer.end == CLIENT_UNSURE) {
            err_wrap(err, "it may have been carried out, and was not sent again");
        }
        return end_with(w, answer.end == CLIENT_UNSURE ? WRITE_UNSURE : WRITE_FAILED);
    }
    bool is_gone = answer.status == 404 && w->op->action == ACTION_LINK_REMOVE &&
                   (w->may_be_done || answer.tries > 1);
    if (client_is_well(&answer) || is_gone) {
        return end_with(w, WRITE_DONE);
    }
    (void)client_refused(err, &rq, &answer);
    return end_with(w, WRITE_REFUSED);
}
