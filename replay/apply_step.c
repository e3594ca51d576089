/* Carrying out one step, in a thread of its own. */
#include "replay/apply_int.h"
#include "replay/client_int.h"

enum { AWAIT_EVERY_MS = 2000, AWAIT_WITHIN_MS = 30000, KEY_BYTES = 16 };

struct str apply_resolve(struct apply *ap, struct arena *a, struct str text)
{
    const struct plan_step p = {.body = text};
    pthread_mutex_lock(&ap->lock);
    struct str body = plan_step_body(a, &p, &ap->ids);
    pthread_mutex_unlock(&ap->lock);
    return body;
}

struct str apply_resolve_id(struct apply *ap, struct arena *a, struct str id)
{
    pthread_mutex_lock(&ap->lock);
    const struct str *made = id.len > 1 && id.s[0] == '@' ? map_get(&ap->ids, id) : NULL;
    struct str out = str_copy(a, made ? *made : id);
    pthread_mutex_unlock(&ap->lock);
    return out;
}

static struct str path_of(struct apply *ap, struct arena *a, struct step *s)
{
    const struct plan_step *p = &s->plan;
    if (ap->is_plan) {
        pthread_mutex_lock(&ap->lock);
        struct str whole = plan_step_path(a, p, &ap->ids);
        pthread_mutex_unlock(&ap->lock);
        return whole;
    }
    struct client_value *values = ARENA_ARRAY(a, p->n_path + 1, struct client_value);
    struct buf path;
    for (size_t i = 0; i < p->n_path; i++) {
        values[i] =
            (struct client_value){p->path[i].name, apply_resolve_id(ap, a, p->path[i].value)};
    }
    buf_init(&path, a);
    buf_put(&path, client_path(a, p->op, values, p->n_path));
    for (size_t i = 0; i < p->n_query; i++) {
        client_add_query(&path, p->query[i].name, apply_resolve_id(ap, a, p->query[i].value));
    }
    return buf_str(&path);
}

static bool parse(struct arena *a, struct str text, struct json *out, struct err *err)
{
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, a, STR("body"), text, NULL, NULL, err)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

/* A fresh key of 128 bits. */
static void make_key(struct apply *ap, struct step *s)
{
    unsigned char bytes[KEY_BYTES];
    struct buf key;
    if (s->key.len || !s->plan.op->idempotency.header.len) {
        return;
    }
    random_secret(bytes, sizeof bytes);
    pthread_mutex_lock(&ap->lock);
    buf_init(&key, ap->a);
    for (size_t i = 0; i < sizeof bytes; i++) {
        buf_printf(&key, "%02x", bytes[i]);
    }
    s->key = buf_str(&key);
    pthread_mutex_unlock(&ap->lock);
}

/* Where nothing must be unique, what is there already is told from what we make by its id. */
static bool note_known(struct apply *ap, struct step *s, struct arena *a, struct json body,
                       struct err *err)
{
    const struct resource *r = s->plan.resource;
    struct client_found found;
    bool is_unique = false;
    for (size_t i = 0; i < r->n_unique; i++) {
        is_unique = is_unique || !r->unique[i].is_batch_only;
    }
    if (is_unique || s->was_begun || !client_list_operation(ap->contract, r)) {
        return true;
    }
    if (!client_find(ap->client, a, r, body, &found, err)) {
        return false;
    }
    struct buf text;
    pthread_mutex_lock(&ap->lock);
    buf_init(&text, ap->a);
    for (size_t i = 0; i < found.n; i++) {
        buf_put(&text, i ? STR(",") : STR(""));
        buf_put_json_string(&text, found.ids[i]);
        (void)map_put(&s->known, str_copy(ap->a, found.ids[i]), s);
    }
    s->known_text = buf_str(&text);
    pthread_mutex_unlock(&ap->lock);
    return true;
}

/* What templates see of the step, and what the journal keeps. */
static void set_result(struct apply *ap, struct step *s, const struct client_write *w,
                       struct str id, struct str body, int64_t latency_us)
{
    struct buf out;
    pthread_mutex_lock(&ap->lock);
    buf_init(&out, ap->a);
    buf_put(&out, STR("{\"id\":"));
    buf_put_json_string(&out, id);
    buf_printf(&out, ",\"status\":%d,\"latencyMs\":%lld", w->status,
               (long long)(latency_us / US_PER_MS));
    if (s->key.len) {
        buf_put(&out, STR(",\"key\":"));
        buf_put_json_string(&out, s->key);
    }
    if (body.len) {
        buf_put(&out, STR(",\"body\":"));
        buf_put(&out, body);
    }
    if (json_exists(w->before)) {
        buf_put(&out, STR(",\"before\":"));
        json_put(&out, w->before);
    }
    if (json_exists(w->shown)) {
        buf_put(&out, STR(",\"answer\":"));
        json_put(&out, w->shown);
    }
    buf_put_char(&out, '}');
    s->result = buf_str(&out);
    s->made_id = str_copy(ap->a, id);
    s->is_there = w->end == WRITE_THERE;
    ap->unsure += w->end == WRITE_UNSURE;
    ap->conflicts += w->conflicts;
    pthread_mutex_unlock(&ap->lock);
}

/* Changes what has the name already. */
static bool change_existing(struct apply *ap, struct step *s, struct arena *a,
                            struct client_write *w, struct err *err)
{
    struct client_found found;
    struct json body;
    const struct operation *op = client_operation(ap->contract, s->plan.resource, ACTION_MERGE);
    op = op ? op : client_operation(ap->contract, s->plan.resource, ACTION_REPLACE);
    if (!op || !parse(a, w->body, &body, err) ||
        !client_find(ap->client, a, s->plan.resource, body, &found, err)) {
        return false;
    }
    if (found.n != 1) {
        return err_set(err, ERR_INPUT,
                       "it is refused as a duplicate, and %zu are found that have "
                       "what must be unique",
                       found.n);
    }
    struct client_write change = {
        .op = op, .resource = s->plan.resource, .id = found.ids[0], .set = body};
    bool is_well = client_change(ap->client, a, &change, err);
    change.tries += w->tries;
    *w = change;
    return is_well;
}

static bool do_create(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                      struct err *err)
{
    struct json body;
    w->body = apply_resolve(ap, a, s->plan.body);
    if (!parse(a, w->body, &body, err) || !note_known(ap, s, a, body, err)) {
        return false;
    }
    make_key(ap, s);
    w->key = s->key;
    w->known = &s->known;
    w->path = path_of(ap, a, s);
    if (!apply_journal_begun(ap, s, err)) {
        return false;
    }
    if (client_create(ap->client, a, w, err)) {
        return true;
    }
    return w->end == WRITE_TAKEN && s->updates_existing && change_existing(ap, s, a, w, err);
}

static bool do_change(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                      struct err *err)
{
    w->body = apply_resolve(ap, a, s->plan.body);
    if (!parse(a, w->body, &w->set, err)) {
        return false;
    }
    if (!s->base_text.len && !json_exists(s->base)) { /* how it stands before we begin */
        struct json there;
        if (!client_read(ap->client, a, s->plan.resource, w->id, &there, NULL, err)) {
            return false;
        }
        pthread_mutex_lock(&ap->lock);
        s->base_text = json_exists(there) ? str_copy(ap->a, json_source(there)) : STR("");
        pthread_mutex_unlock(&ap->lock);
    } else if (json_exists(s->base) && !s->base_text.len) {
        s->base_text = json_source(s->base);
    }
    if (s->base_text.len && !parse(a, s->base_text, &w->base, err)) {
        return false;
    }
    return apply_journal_begun(ap, s, err) && client_change(ap->client, a, w, err);
}

bool apply_has_value(struct json v, struct str path, struct str text)
{
    struct str head, rest = path;
    struct str plain = json_kind(v) == JSON_STRING   ? json_str(v)
                       : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                       : json_kind(v) == JSON_BOOL   ? json_source(v)
                                                     : (struct str){0};
    if (!path.len) {
        return plain.s && str_eq(plain, text);
    }
    (void)str_cut(&rest, '.', &head);
    bool is_list = str_ends(head, STR("[]"));
    struct json m = json_get(v, is_list ? str_slice(head, 0, head.len - 2) : head);
    if (!is_list) {
        return json_exists(m) && apply_has_value(m, rest, text);
    }
    for (struct json i = json_first(m); json_exists(i); i = json_next(i)) {
        if (apply_has_value(i, rest, text)) {
            return true;
        }
    }
    return false;
}

static bool do_await(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                     struct err *err)
{
    struct json v = s->source;
    struct str field = json_str_or(json_get(v, STR("field")), STR(""));
    struct json is = json_get(v, STR("is"));
    struct str want = json_kind(is) == JSON_STRING ? json_str(is) : json_source(is);
    int64_t every = json_i64_or(json_get(v, STR("everyMs")), AWAIT_EVERY_MS);
    int64_t within = json_i64_or(json_get(v, STR("withinMs")), AWAIT_WITHIN_MS);
    int64_t until_us = clock_monotonic_us() + within * US_PER_MS;
    want = apply_resolve_id(ap, a, want);
    for (;;) {
        if (!client_read(ap->client, a, s->plan.resource, w->id, &w->shown, NULL, err)) {
            return false;
        }
        if (apply_has_value(w->shown, field, want)) {
            w->end = WRITE_DONE;
            return true;
        }
        if (clock_monotonic_us() >= until_us) {
            return err_set(err, ERR_INPUT, "%.*s %.*s: \"%.*s\" has not become %.*s within %lld ms",
                           STR_ARG(s->plan.resource->title), STR_ARG(w->id), STR_ARG(field),
                           STR_ARG(want), (long long)within);
        }
        client_pause(ap->client, every > 0 ? every : 1);
    }
}

/* The call with `cursor` as that member of its body; no cursor: as it stands. */
static struct str with_cursor(struct arena *a, struct json body, struct str member,
                              struct str cursor)
{
    struct buf out;
    buf_init(&out, a);
    buf_put_char(&out, '{');
    for (struct json m = json_first(body); json_exists(m); m = json_next(m)) {
        if (!str_eq(json_key(m), member)) {
            buf_put_json_string(&out, json_key(m));
            buf_put_char(&out, ':');
            json_put(&out, m);
            buf_put_char(&out, ',');
        }
    }
    if (cursor.len) {
        buf_put_json_string(&out, member);
        buf_put_char(&out, ':');
        buf_put_json_string(&out, cursor);
    } else if (out.len > 1) {
        out.len--;
    }
    buf_put_char(&out, '}');
    return buf_str(&out);
}

/* A query whose answers come in pages: all of them, their items in one list. */
static bool call_pages(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                       struct err *err)
{
    enum { PAGES_MAX = 10000 };
    struct str member = json_str_or(json_get(s->source, STR("cursor")), STR(""));
    struct json reply = json_path(w->op->source, STR("x-rehearse.reply.body")), body;
    struct str items = client_place(a, reply, STR("result.entities"));
    struct str next = client_place(a, reply, STR("result.next")), cursor = STR("");
    struct buf list;
    struct map seen = {0};
    bool is_well = parse(a, w->body, &body, err);
    buf_init(&list, a);
    buf_put(&list, STR("{\"items\":["));
    for (int i = 0; is_well; i++) {
        w->body = with_cursor(a, body, member, cursor);
        is_well = client_call(ap->client, a, w, err);
        struct json page = items.s && is_well ? json_path(w->shown, items) : (struct json){0};
        for (struct json v = json_first(page); json_exists(v); v = json_next(v)) {
            buf_put(&list, list.s[list.len - 1] == '[' ? STR("") : STR(","));
            json_put(&list, v);
        }
        cursor = next.s && is_well ? json_str_or(json_path(w->shown, next), STR("")) : STR("");
        if (!cursor.len) {
            break;
        }
        if (map_put(&seen, cursor, s) || i == PAGES_MAX) {
            is_well = err_set(err, ERR_INPUT, "%.*s goes in circles", STR_ARG(w->op->id));
        }
    }
    map_done(&seen);
    buf_put(&list, STR("]}"));
    return is_well && parse(a, buf_str(&list), &w->shown, err);
}

/* Links whose adding may have been carried out are looked for before it is sent again; what else is
 * not known to be done stays so. */
static bool do_call(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                    struct err *err)
{
    bool is_link = w->op->action == ACTION_LINK_ADD;
    for (unsigned i = 0;; i++) {
        bool is_so = false;
        struct err ignored = {0};
        if ((i || s->was_begun) && is_link &&
            apply_look_at_links(ap, s, a, w->body, &is_so, &ignored) && is_so && !s->is_unshown) {
            w->end = WRITE_DONE;
            return true;
        }
        if (client_call(ap->client, a, w, err)) {
            return true;
        }
        bool can_look = is_link && w->end == WRITE_UNSURE && !s->is_unshown;
        if (!can_look || i + 1 >= ap->contract->client.tries) {
            return false;
        }
        client_pause(ap->client, client_backoff_ms(ap->client, i + 1));
    }
}

static bool carry_out(struct apply *ap, struct step *s, struct arena *a, struct client_write *w,
                      struct err *err)
{
    switch (s->kind) {
    case STEP_CREATE:
        return do_create(ap, s, a, w, err);
    case STEP_CHANGE:
        return do_change(ap, s, a, w, err);
    case STEP_DELETE:
        return apply_journal_begun(ap, s, err) && client_delete(ap->client, a, w, err);
    case STEP_CALL:
        make_key(ap, s);
        w->key = s->key;
        w->path = path_of(ap, a, s);
        w->body = s->plan.body.len ? apply_resolve(ap, a, s->plan.body) : STR("");
        if (json_exists(json_get(s->source, STR("cursor")))) {
            return call_pages(ap, s, a, w, err);
        }
        return apply_journal_begun(ap, s, err) && do_call(ap, s, a, w, err);
    case STEP_BATCH:
        make_key(ap, s);
        return apply_batch(ap, s, a, err);
    case STEP_AWAIT:
        return do_await(ap, s, a, w, err);
    case STEP_NOTIFY:
        return apply_journal_begun(ap, s, err) && apply_notify(ap, s, a, err);
    case STEP_AUDIT:
        return apply_audit(ap, s, a, err);
    }
    return false;
}

static struct str id_in(struct apply *ap, struct arena *a, const struct step *s,
                        const struct client_write *w)
{
    struct buf text;
    if (s->kind != STEP_CALL || !s->as.len || !json_exists(w->shown)) {
        return w->id;
    }
    (void)ap;
    buf_init(&text, a);
    json_put(&text, w->shown);
    return plan_step_id(a, &s->plan, buf_str(&text));
}

bool apply_step(struct apply *ap, struct step *s, struct arena *a, struct err *err)
{
    int64_t begun_us = clock_monotonic_us();
    struct client_write w = {.op = s->plan.op,
                             .resource = s->plan.resource,
                             .id = apply_resolve_id(ap, a, s->plan.id),
                             .may_be_done = s->was_begun};
    if (s->kind == STEP_CREATE) {
        w.id = STR("");
    }
    bool is_well = carry_out(ap, s, a, &w, err);
    struct str id = is_well ? id_in(ap, a, s, &w) : w.id;
    if (s->kind != STEP_BATCH) {
        set_result(ap, s, &w, id, w.body, clock_monotonic_us() - begun_us);
    }
    if (!is_well || ap->options->is_unverified) {
        return is_well;
    }
    return apply_verify(ap, s, a, id, w.body, err);
}
