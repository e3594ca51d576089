/* The reading: lists first, then the links of every parent. */
#include "replay/import_int.h"

struct str import_text(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : (struct str){0};
}

/* What makes an entity itself: its id, or, of a link, the two ends. */
static struct str key_of(struct import *im, const struct resource *r, struct json v)
{
    struct buf key;
    if (r->id_field) {
        return import_text(field_find(r->id_field, v));
    }
    buf_init(&key, im->a);
    for (size_t i = 0; i < r->n_id_join; i++) {
        struct str part = import_text(field_find(r->id_join[i], v));
        buf_put(&key, i ? STR("/") : STR(""));
        buf_put(&key, part);
    }
    return buf_str(&key);
}

bool import_add(struct import *im, const struct resource *r, struct str text)
{
    struct haul *h = &im->hauls[r->index];
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, im->a, r->name, str_copy(im->a, text), NULL, NULL, NULL)) {
        return false;
    }
    struct json v = json_root(doc);
    struct str key = key_of(im, r, v);
    if (!key.len || map_get(&h->ids, key)) {
        return false;
    }
    if (h->n == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 64;
        h->at = mem_resize(h->at, cap, sizeof *h->at);
        h->cap = cap;
    }
    struct json *kept = ARENA_NEW(im->a, struct json);
    *kept = v;
    (void)map_put(&h->ids, str_copy(im->a, key), kept);
    h->at[h->n++] = v;
    return true;
}

/* The item without what its resource's schema does not know; `more`: members in front. */
static struct str fitted(struct import *im, const struct resource *r, struct json item,
                         struct str more)
{
    struct buf out;
    buf_init(&out, im->a);
    buf_put_char(&out, '{');
    buf_put(&out, more);
    for (struct json m = json_first(item); json_exists(m); m = json_next(m)) {
        bool is_end = (r->parent_field && str_eq(r->parent_field->text, json_key(m))) ||
                      (r->target_field && str_eq(r->target_field->text, json_key(m)));
        bool is_known = r->n_members == 0 || map_get(&r->member_index, json_key(m));
        if (json_kind(m) == JSON_NULL || !is_known || (more.len && is_end)) {
            continue;
        }
        buf_put(&out, out.len > 1 ? STR(",") : STR(""));
        buf_put_json_string(&out, json_key(m));
        buf_put_char(&out, ':');
        json_put(&out, m);
    }
    buf_put_char(&out, '}');
    return buf_str(&out);
}

struct listing {
    struct import *im;
    const struct resource *r;
    const struct operation *list;
    const struct operation *read; /* each is read by itself; NULL: lists show all */
    struct json parent;
    struct err *err;
    bool is_failed;
};

static bool read_one(struct import *im, const struct resource *r, const struct operation *op,
                     struct str id, bool *out_is_there, struct err *err)
{
    struct client_answer answer;
    const struct client_value value = {op->key_param, id};
    const struct client_request rq = {.op = op,
                                      .path =
                                          client_path(im->a, op, &value, op->key_param.len ? 1 : 0),
                                      .may_repeat = true};
    *out_is_there = false;
    if (!client_send(&answer, im->a, im->client, &rq, err)) {
        return false;
    }
    if (answer.status == 404 || answer.status == 204) {
        return true;
    }
    if (!client_is_well(&answer)) {
        return client_refused(err, &rq, &answer);
    }
    struct json v = answer.json;
    for (int depth = 0; depth < 2 && r->id_field && !json_exists(field_find(r->id_field, v));
         depth++) {
        v = json_first(v); /* in an envelope */
    }
    *out_is_there = json_kind(v) == JSON_OBJECT && import_add(im, r, fitted(im, r, v, STR("")));
    return true;
}

/* What a list shows of those alone that have some value, they have. */
static struct str known_of(const struct listing *l)
{
    const struct operation *op = l->list;
    struct buf out;
    buf_init(&out, l->im->a);
    for (size_t i = 0; i < op->n_filters; i++) {
        const struct filter_rule *f = &op->filters[i];
        bool is_plain =
            f->value.len && !f->is_negated && !f->through && f->field && f->field->n == 1;
        if (is_plain && f->match == MATCH_BOOL) {
            buf_put(&out, out.len ? STR(",") : STR(""));
            buf_put_json_string(&out, f->field->parts[0]);
            buf_put_char(&out, ':');
            buf_put(&out, f->value);
        }
    }
    return buf_str(&out);
}

static bool take_item(struct json item, void *ctx)
{
    struct listing *l = ctx;
    struct str id = l->r->id_field ? field_text(l->r->id_field, item) : (struct str){0};
    bool is_there = false;
    if (l->read && id.s) {
        l->is_failed = !read_one(l->im, l->r, l->read, str_copy(l->im->a, id), &is_there, l->err);
        return !l->is_failed;
    }
    (void)import_add(l->im, l->r, fitted(l->im, l->r, item, known_of(l)));
    return true;
}

static bool read_resource(struct import *im, const struct resource *r, struct err *err)
{
    const struct operation *op = client_list_operation(im->contract, r);
    const struct operation *read = client_operation(im->contract, r, ACTION_READ);
    struct listing l = {.im = im, .r = r, .err = err};
    bool is_there = false;
    if (op) {
        l.list = op;
        l.read = op->show && read && read->key_param.len ? read : NULL;
        const struct client_list list = {.op = op, .each = take_item, .ctx = &l};
        return client_list(im->client, &list, err) && !l.is_failed;
    }
    im->counts[r->index].is_unlisted = !read || !read->is_singleton;
    return !read || !read->is_singleton || read_one(im, r, read, STR(""), &is_there, err);
}

static bool take_link(struct json item, void *ctx)
{
    struct listing *l = ctx;
    const struct resource *r = l->r;
    struct json target = field_find(r->target_field, item);
    struct buf ends;
    buf_init(&ends, l->im->a);
    if (!json_exists(target) && r->target->id_field) {
        target = field_find(r->target->id_field, item);
    }
    struct json parent = field_find(r->parent->id_field, l->parent);
    if (json_exists(target) && json_exists(parent)) {
        buf_put_json_string(&ends, r->parent_field->text);
        buf_put_char(&ends, ':');
        json_put(&ends, parent);
        buf_put_char(&ends, ',');
        buf_put_json_string(&ends, r->target_field->text);
        buf_put_char(&ends, ':');
        json_put(&ends, target);
        (void)import_add(l->im, r, fitted(l->im, r, item, buf_str(&ends)));
    }
    return true;
}

static bool read_links(struct import *im, const struct resource *r, struct err *err)
{
    const struct operation *op = client_list_operation(im->contract, r);
    const struct haul *parents = &im->hauls[r->parent->index];
    im->counts[r->index].is_unlisted = !op;
    for (size_t i = 0; op && i < parents->n; i++) {
        struct listing l = {.im = im, .r = r, .err = err, .parent = parents->at[i]};
        struct str id = import_text(field_find(r->parent->id_field, l.parent));
        const struct client_value value = {op->parent_param, id};
        const struct client_list list = {
            .op = op, .values = &value, .n_values = 1, .each = take_link, .ctx = &l};
        if (id.s && !client_list(im->client, &list, err)) {
            return false;
        }
    }
    return true;
}

static bool is_wanted(const struct import *im, const struct resource *r)
{
    for (size_t i = 0; i < im->options->n_only; i++) {
        if (im->options->only[i] == r) {
            return true;
        }
    }
    return im->options->n_only == 0;
}

static bool read_also(struct import *im, struct err *err)
{
    for (size_t i = 0; i < im->options->n_also; i++) {
        const struct import_also *also = &im->options->also[i];
        const struct resource *r = contract_resource(im->contract, also->resource);
        const struct operation *op = r ? client_operation(im->contract, r, ACTION_READ) : NULL;
        bool is_there = false;
        if (!op || !op->key_param.len) {
            return err_set(err, ERR_INPUT,
                           "%.*s has nothing called \"%.*s\" that is read by its id",
                           STR_ARG(im->contract->name), STR_ARG(also->resource));
        }
        if (!read_one(im, r, op, also->id, &is_there, err)) {
            return false;
        }
        if (!is_there && !im->options->may_lack_also) {
            return err_set(err, ERR_NOT_FOUND, "there is no %.*s \"%.*s\"", STR_ARG(r->title),
                           STR_ARG(also->id));
        }
    }
    return true;
}

bool import_read(struct import *im, const struct resource *r, struct str id, struct err *err)
{
    const struct operation *op = client_operation(im->contract, r, ACTION_READ);
    bool is_there = false;
    return !op || !op->key_param.len || read_one(im, r, op, id, &is_there, err);
}

bool import_tenant(struct buf *out, struct import_count *counts, struct client *c,
                   const struct import_options *options, struct err *err)
{
    struct arena a;
    struct import im = {
        .client = c, .contract = client_contract(c), .options = options, .a = &a, .counts = counts};
    size_t n = im.contract->n_resources;
    bool is_well = true;
    arena_init(&a, 1 << 18, 0);
    im.hauls = MEM_ARRAY(n, struct haul);
    for (size_t i = 0; i < n; i++) {
        counts[i] = (struct import_count){.resource = &im.contract->resources[i]};
    }
    for (size_t i = 0; i < n && is_well; i++) {
        const struct resource *r = &im.contract->resources[i];
        is_well = r->parent || !is_wanted(&im, r) || read_resource(&im, r, err);
    }
    is_well = is_well && read_also(&im, err);
    for (size_t i = 0; i < n && is_well; i++) {
        const struct resource *r = &im.contract->resources[i];
        is_well = !r->parent || !is_wanted(&im, r) || read_links(&im, r, err);
    }
    is_well = is_well && (options->is_bare || import_fill(&im, err));
    if (is_well) {
        if (!options->keeps_personal) {
            import_find_people(&im);
        }
        import_write(out, &im);
    }
    for (size_t i = 0; i < n; i++) {
        counts[i].n = im.hauls[i].n - counts[i].n_made_up;
        map_done(&im.hauls[i].ids);
        mem_free(im.hauls[i].at);
    }
    mem_free(im.hauls);
    map_done(&im.people);
    arena_done(&a);
    return is_well;
}
