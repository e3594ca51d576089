/* What uses what: objects of the graph, those that consume them, those that they consume. */
#include "mockapi/act.h"

struct graph_call {
    struct request *rq;
    const struct graph_rule *rule;
    const struct paging *paging;
    struct page_request page;
    struct graph_nodes found;
};

/* A comma-separated or repeated parameter has the word, or is not there. */
static bool is_wanted(const struct request *rq, struct str query, struct str word)
{
    bool is_any = false;
    for (size_t i = 0; query.len && i < rq->query.n; i++) {
        struct str rest = rq->query.pairs[i].value, one;
        if (!str_eq(rq->query.pairs[i].name, query) || rest.len == 0) {
            continue;
        }
        is_any = true;
        while (rest.len && str_cut(&rest, ',', &one)) {
            if (str_eq(one, word)) {
                return true;
            }
        }
    }
    return !is_any;
}

static struct str query_text(const struct request *rq, struct str name)
{
    return name.len ? request_query_value(rq, name) : (struct str){0};
}

static bool is_true(const struct request *rq, struct str name)
{
    return str_eq(query_text(rq, name), STR("true"));
}

static struct str version_of(const struct graph_node *n)
{
    struct json v = n->type->version_field && n->entity
                        ? field_find(n->type->version_field, n->value)
                        : (struct json){0};
    return json_kind(v) == JSON_NUMBER ? json_number_text(v) : json_str_or(v, (struct str){0});
}

/* Consumers that have no version of the kind that the query asks for do not count. */
static bool has_only(const struct graph_call *c, const struct graph_node *n)
{
    struct str word = query_text(c->rq, c->rule->only);
    for (size_t i = 0; i < c->rule->n_only; i++) {
        if (str_eq(word, c->rule->only_words[i]) && n->type->version_field) {
            return json_exists(field_find(c->rule->only_fields[i], n->value));
        }
    }
    return true;
}

static void put_text(struct buf *out, const char *name, struct str value)
{
    if (value.s) {
        buf_printf(out, "\"%s\":", name);
        buf_put_json_string(out, value);
        buf_put_char(out, ',');
    }
}

static void put_flag(struct buf *out, const char *name, bool value)
{
    buf_printf(out, "\"%s\":%s", name, value ? "true" : "false");
}

static void put_node(struct buf *out, const struct graph_node *n)
{
    buf_put_char(out, '{');
    put_text(out, "id", n->id);
    put_text(out, "name", n->name.len ? n->name : (struct str){0});
    put_text(out, "type", n->type->name);
    put_text(out, "version", version_of(n));
    put_flag(out, "deleted", !n->entity);
    buf_put_char(out, ',');
    put_flag(out, "updated", n->is_newer);
}

static void put_nodes(struct buf *out, const struct graph_call *c, const char *name,
                      struct graph_nodes *nodes, struct str types)
{
    bool is_first = true;
    graph_settle(nodes);
    buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < nodes->n; i++) {
        if (is_wanted(c->rq, types, nodes->at[i].type->name)) {
            buf_put(out, is_first ? STR("") : STR(","));
            put_node(out, &nodes->at[i]);
            buf_put_char(out, '}');
            is_first = false;
        }
    }
    buf_put_char(out, ']');
}

/* What a node consumes, as far as the operation is about it. */
static struct graph_nodes consumed_by(const struct graph_call *c, const struct graph_node *n)
{
    struct graph_nodes all = {.arena = c->rq->arena};
    graph_consumed(&all, c->rq->tenant, n);
    size_t kept = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool is_kept = c->rule->find == GRAPH_DELETED   ? !all.at[i].entity
                       : c->rule->find == GRAPH_UPDATED ? all.at[i].is_newer
                                                        : true;
        is_kept = is_kept && is_wanted(c->rq, c->rule->consumed_types, all.at[i].type->name);
        if (is_kept) {
            all.at[kept++] = all.at[i];
        }
    }
    all.n = kept;
    return all;
}

/* One item of the answer, by the operation's template over {result.…}. */
static void put_item(struct buf *out, struct graph_call *c, const struct graph_node *n)
{
    struct request *rq = c->rq;
    const struct graph_rule *rule = c->rule;
    bool is_about_consumed = rule->find == GRAPH_DELETED || rule->find == GRAPH_UPDATED;
    struct buf text;
    buf_init(&text, rq->arena);
    put_node(&text, n);
    if ((is_about_consumed || is_true(rq, rule->with_consumed)) && n->entity) {
        struct graph_nodes consumed = consumed_by(c, n);
        put_nodes(&text, c, "consumed", &consumed, rule->consumed_types);
    }
    if (is_true(rq, rule->with_consumers)) {
        struct graph_nodes consumers = {.arena = rq->arena};
        graph_consumers(&consumers, rq->tenant, n->type->resource, n->id);
        put_nodes(&text, c, "consumers", &consumers, rule->consumer_types);
    }
    buf_put_char(&text, '}');
    rq->result = act_parse(rq, buf_str(&text));
    struct template_source source = request_source(rq);
    if (!rule->item || !template_put(out, rule->item, &source)) {
        json_put(out, rq->result);
    }
    rq->result = (struct json){0};
}

static bool put_type(struct buf *out, struct graph_call *c, const struct graph_type *type)
{
    struct request *rq = c->rq;
    struct buf text;
    buf_init(&text, rq->arena);
    buf_put_char(&text, '{');
    put_text(&text, "id", type->name);
    put_text(&text, "name", type->name);
    put_flag(&text, "versioned", type->version_field != NULL);
    buf_put_char(&text, '}');
    rq->result = act_parse(rq, buf_str(&text));
    struct template_source source = request_source(rq);
    bool is_put = c->rule->item && template_put(out, c->rule->item, &source);
    rq->result = (struct json){0};
    return is_put;
}

/* The page of what was found. */
static bool reply_found(struct graph_call *c)
{
    struct request *rq = c->rq;
    bool is_types = c->rule->find == GRAPH_TYPES;
    size_t total = is_types ? rq->contract->n_graph_types : c->found.n;
    size_t first = c->page.skip < total ? c->page.skip : total, shown = 0;
    rq->page.total = total;
    if (c->paging->style == PAGING_NONE) {
        rq->page_size = (int64_t)total;
    } else {
        act_page_uris(rq, c->paging);
    }
    buf_init(&rq->items, rq->arena);
    buf_put_char(&rq->items, '[');
    for (size_t i = first; i < total && (int64_t)shown < rq->page_size; i++, shown++) {
        buf_put(&rq->items, shown ? STR(",") : STR(""));
        if (is_types) {
            put_type(&rq->items, c, &rq->contract->graph_types[i]);
        } else {
            put_item(&rq->items, c, &c->found.at[i]);
        }
    }
    buf_put_char(&rq->items, ']');
    struct buf body;
    buf_init(&body, rq->arena);
    struct template_source source = request_source(rq);
    if (!c->paging->envelope || !template_put(&body, c->paging->envelope, &source)) {
        buf_put(&body, buf_str(&rq->items));
    }
    return reply_success(rq, buf_str(&body));
}

static bool refuse(struct request *rq, struct str field, struct str value, const char *case_name)
{
    struct finding f = {.rule = STR("S107"),
                        .severity = SEVERITY_ERROR,
                        .field = field,
                        .value = value,
                        .name = STR("query"),
                        .item = SIZE_MAX};
    f.message = findings_text(&rq->findings, "\"%.*s\" is %.*s, which is not known", STR_ARG(field),
                              STR_ARG(value));
    rq->finding = findings_add(&rq->findings, &f);
    (void)reply_case(rq, str_of(case_name));
    return false;
}

/* The object that the query names; false: replied. */
static bool find_object(struct graph_call *c, struct graph_node *out)
{
    struct request *rq = c->rq;
    struct str name = query_text(rq, c->rule->type), id = query_text(rq, c->rule->id),
               version = query_text(rq, c->rule->version);
    const struct graph_type *type = graph_type(rq->contract, name);
    if (!type) {
        return refuse(rq, c->rule->type, name, "graph.type");
    }
    if (type->version_field && c->rule->find == GRAPH_CONSUMED && version.len == 0) {
        return refuse(rq, c->rule->version, STR("missing"), "query.missing");
    }
    const struct entity *e = tenant_find(rq->tenant, type->resource, id);
    bool is_there = e && act_is_visible(rq, type->resource, e) &&
                    graph_node(out, rq->arena, rq->contract, type->resource, e) &&
                    out->type == type;
    bool is_same =
        is_there && (!type->version_field || version.len == 0 || str_eq(version, version_of(out)));
    if (!is_same) {
        return refuse(rq, c->rule->id, id, "graph.object");
    }
    out->type = type;
    return true;
}

/* True if `text` holds `part`, whatever its letters' case. */
static bool holds(struct str text, struct str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (str_eq_fold(str_slice(text, i, i + part.len), part)) {
            return true;
        }
    }
    return false;
}

/* Objects of the types asked for, with the name if one is asked for, that have what it is about. */
static void search(struct graph_call *c)
{
    const struct graph_rule *rule = c->rule;
    bool is_about_consumed = rule->find == GRAPH_DELETED || rule->find == GRAPH_UPDATED;
    struct str name = query_text(c->rq, rule->name);
    size_t kept = 0;
    graph_objects(&c->found, c->rq->tenant, NULL);
    for (size_t i = 0; i < c->found.n; i++) {
        const struct graph_node *n = &c->found.at[i];
        bool is_found = is_wanted(c->rq, rule->types, n->type->name) && holds(n->name, name) &&
                        has_only(c, n) && act_is_visible(c->rq, n->type->resource, n->entity);
        if (is_found && (!is_about_consumed || consumed_by(c, n).n)) {
            c->found.at[kept++] = *n;
        }
    }
    c->found.n = kept;
}

static void keep_wanted(struct graph_call *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->found.n; i++) {
        const struct graph_node *n = &c->found.at[i];
        if (is_wanted(c->rq, c->rule->types, n->type->name) && has_only(c, n)) {
            c->found.at[kept++] = *n;
        }
    }
    c->found.n = kept;
}

/* The tenant is locked. */
static bool look(struct graph_call *c)
{
    struct request *rq = c->rq;
    struct graph_node node = {0};
    switch (c->rule->find) {
    case GRAPH_CONSUMERS:
        if (!find_object(c, &node)) {
            return false;
        }
        graph_consumers(&c->found, rq->tenant, node.type->resource, node.id);
        keep_wanted(c);
        break;
    case GRAPH_CONSUMED:
        if (!find_object(c, &node)) {
            return false;
        }
        graph_consumed(&c->found, rq->tenant, &node);
        keep_wanted(c);
        break;
    case GRAPH_OBJECT: {
        struct buf text;
        if (!find_object(c, &node)) {
            return false;
        }
        buf_init(&text, rq->arena);
        put_item(&text, c, &node);
        return reply_success(rq, buf_str(&text));
    }
    case GRAPH_ALL:
    case GRAPH_DELETED:
    case GRAPH_UPDATED:
        search(c);
        break;
    case GRAPH_TYPES:
        break;
    }
    graph_settle(&c->found);
    return reply_found(c);
}

bool act_graph(struct request *rq)
{
    static const struct paging whole = {.style = PAGING_NONE};
    struct graph_call c = {.rq = rq,
                           .rule = rq->op->graph,
                           .paging = rq->op->paging ? rq->op->paging : &whole,
                           .found = {.arena = rq->arena}};
    if (!act_page_begin(rq, c.paging, &c.page)) {
        return false;
    }
    tenant_lock_read(rq->tenant);
    look(&c);
    tenant_unlock(rq->tenant);
    return false;
}
