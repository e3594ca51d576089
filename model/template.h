/* Templates: a JSON value of the profile whose strings may hold variables, compiled once, rendered
 * often.
 *
 *   "{page.size}"                a string that is nothing but one variable becomes the variable's
 * JSON value
 *   "/codes/{id}/x"              elsewhere the variable's text is put in
 *   "{page.next?}"               where the variable is absent the member (or array item) is left
 * out; without '?' an absent variable is null, or "" inside a text
 *   "{client.user|system}"       the text after '|' where the variable is absent
 *   "{{" and "}}"                literal braces
 *   {"$each": "findings", "as": T}   an array: T once for each item of the list
 *   {"$each": "entity.lines", "as": {"$each": "item.parts", "as": T}}   lists that are values nest;
 *                                    with "empty": "omit" one without items is left out
 *   {"$each": {"resource": "R", "where": {"field": "text"}}, "as": T}   T for each such entity
 *   {"$each": {"resource": "R"}, "name": "{row.id}", "as": T}   an object with such members
 *   {"$count": {"resource": "R", "where": {…}}}   their number
 *   {"$merge": [T, …]}           one object of the members of several
 *   {"$omit": ["a"], "of": T}, {"$pick": ["a"], "of": T}   an object without some, with some
 *   {"$text": T}                 a scalar as a string
 *   {"$if": T, "then": T, "else": T}
 *
 * A variable is a scope and a dotted name: "{scope.name.more}", or a scope alone: "{now}". */
#ifndef REHEARSE_MODEL_TEMPLATE_H
#define REHEARSE_MODEL_TEMPLATE_H

#include "base/base.h"

/* Scope names as they stand in profiles; docs/profile-format.md says what each offers. */
#define VAR_SCOPES(X)                                                                              \
    X(VAR_ID, "id")           /* the entity's id */                                                \
    X(VAR_NOW, "now")         /* the clock: now (ms), now.s, now.epoch */                          \
    X(VAR_VERSION, "version") /* the entity's version after the change */                          \
    X(VAR_ENTITY, "entity")   /* the entity as stored: entity, entity.name … */                  \
    X(VAR_BODY, "body")       /* the request body, or one of its items in a batch */               \
    X(VAR_TARGET, "target")   /* what a reference or a link points to */                           \
    X(VAR_PARENT, "parent")   /* the owner of a link */                                            \
    X(VAR_ROW, "row")         /* the entity at hand within $each of a resource */                  \
    X(VAR_PATH, "path")       /* path parameters, decoded */                                       \
    X(VAR_QUERY, "query")     /* query parameters, or defaults of the profile */                   \
    X(VAR_CLIENT, "client")   /* OAuth client: id, name, user … as the tenant has it */          \
    X(VAR_TOKEN, "token")     /* value, lifetime, scopes, scope, permissions, issued, expires */   \
    X(VAR_TENANT, "tenant")   /* name, and members of the tenant's "about" */                      \
    X(VAR_ITEMS, "items")     /* the entities of a page or a batch, an array */                    \
    X(VAR_PAGE,                                                                                    \
      "page") /* size, number, count, total, self, first, last, next, previous, next_cursor … */ \
    X(VAR_ERROR, "error")     /* status, code, message, name */                                    \
    X(VAR_FINDING, "finding") /* rule, message, field, pointer, value, expected, name, item */     \
    X(VAR_FAILURE, "failure") /* an item of a batch that failed: code, message, index */           \
    X(VAR_RATE, "rate")       /* limit, window, remaining, retry_after, reset, name */             \
    X(VAR_REQUEST, "request") /* id (a uuid), method, path, uri, host, base */                     \
    X(VAR_RANDOM, "random")   /* uuid, hex32: of the tenant's seeded stream */                     \
    X(VAR_POLICY, "policy")   /* the chosen value of a policy */                                   \
    X(VAR_ITEM, "item")       /* the item at hand of the innermost list that is a value */         \
    X(VAR_PART, "part")       /* the part of the entity that the operation is about */             \
    X(VAR_OWNER, "owner")     /* what holds that part: a part again, or the entity */              \
    X(VAR_RESULT, "result")   /* what a query found */                                             \
    X(VAR_HEADER, "header")   /* headers of the request, by name */                                \
    X(VAR_EVENT, "event")     /* what happened: on, changes (property, old, new), before */         \
    X(VAR_JOB, "job")         /* an asynchronous query: id, state, body, dates */

enum var_scope {
#define X(name, text) name,
    VAR_SCOPES(X)
#undef X
        VAR_SCOPE_COUNT
};

struct var {
    enum var_scope scope;
    struct str name; /* after the first dot; "" for the scope alone */
};

struct field_path;
struct resource;
struct template;

/* The entities of a resource whose fields hold certain texts, all of them. The loader fills in the
 * resource and the fields. */
enum { QUERY_FIELDS_MAX = 4, QUERY_NESTING_MAX = 3 };
struct template_query {
    const struct resource *resource;
    const struct field_path *fields[QUERY_FIELDS_MAX];
    const struct template *const *values; /* string templates; an empty text finds nothing */
    bool wants_absent[QUERY_FIELDS_MAX];  /* the field must not be there; its value is left aside */
    size_t n;
    struct json source;          /* {"resource": …, "where": {…}} in the profile */
    struct template_query *next; /* the one compiled before it */
};

/* How a template finds its values. `resolve` appends the variable's value as JSON text and gives
 * true, or appends nothing and gives false where it is absent. `each` moves to item `i` of `list`
 * (0, 1, …) and gives false, with nothing selected any more, past its end; NULL where there are no
 * lists. A list is one of a few names, or names a value as a variable does ("item.parts"): those
 * nest, the innermost ends first. `rows` selects one after the other the entities that `q` finds
 * where its fields hold `values` (borrowed until the first call of `row`), calls `row` with
 * `row_ctx` for each (NULL: only counts), puts back what was selected before, and gives their
 * number; NULL where there are no entities. */
struct template_source {
    bool (*resolve)(struct buf *out, const struct var *var, void *ctx);
    bool (*each)(struct str list, size_t i, void *ctx);
    void *ctx;
    size_t (*rows)(const struct template_query *q, const struct str *values,
                   void (*row)(void *row_ctx), void *row_ctx, void *ctx);
};

enum { TEMPLATE_LISTS_MAX = 6 }; /* lists within lists */

/* Compiles `source` (any JSON value) into `a`; the source document must outlive the template.
 * Variables that no scope offers (the nearest one is named), stray braces, and lists that there are
 * not are ERR_INPUT with their place. */
CHECK bool template_compile(const struct template **out, struct arena *a, struct json source,
                            struct err *err);
/* The same for a place where the tenant is at hand, so that it may look at other entities; what it
 * asks for is put in front of `queries`. */
CHECK bool template_compile_rows(const struct template **out, struct arena *a, struct json source,
                                 struct template_query **queries, struct err *err);
/* Appends the template's JSON text; takes no memory but in `out`. False, with nothing appended,
 * where the whole template is one absent "{x?}", or a condition that has nothing for this case. */
bool template_put(struct buf *out, const struct template *t, const struct template_source *from);
/* Appends a string template's plain text (no quotes, not escaped): headers, messages. */
void template_put_text(struct buf *out, const struct template *t,
                       const struct template_source *from);
/* The members of an object template, one by one, for merging into an entity: false past the end. */
bool template_member(const struct template *t, size_t i, struct str *out_name,
                     const struct template **out_value);
/* True if the template holds no variable: its text is always the same. */
bool template_is_constant(const struct template *t);
/* Calls `each` for every variable of the template, with the text that it stands in. */
void template_variables(const struct template *t,
                        void (*each)(const struct var *var, struct json at, void *ctx), void *ctx);
/* The text of a string template that holds no variable, borrowed from it; false for others. */
bool template_constant_text(struct str *out, const struct template *t);

#endif
