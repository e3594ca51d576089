/* Private to model/: the loader's parts. */
#ifndef REHEARSE_MODEL_CONTRACT_INT_H
#define REHEARSE_MODEL_CONTRACT_INT_H

#include "model/builtin.h"
#include "model/contract.h"

struct loader {
    struct contract *c;
    struct arena *a;
    struct findings *fs;
    struct json root, ext; /* the document; its top x-rehearse */
    struct resource *resources;
    struct operation *operations;
    struct paging *pagings;
    struct json envelopes;
    struct template_query *queries; /* of the templates compiled so far */
    const struct operation *op;     /* the one at hand; NULL: at the top */
    struct load_note *notes;        /* the templates compiled so far */
};

/* A template and whose it is: what it may speak of is known once all operations are. */
struct load_note {
    const struct template *t;
    const struct operation *op; /* NULL: of all */
    struct load_note *next;
};

/* Adds a finding at `at`; always false. */
bool load_bad(struct loader *l, struct json at, const char *format, ...) PRINTF(3, 4);
/* The same with a message at hand; `line` 0: that of `at`. What was said already is not said again. */
bool load_bad_at(struct loader *l, struct json at, uint32_t line, uint32_t column,
                 struct str message);
/* What only the whole profile shows: names that lead nowhere, values out of bounds. */
void load_checks(struct loader *l);
/* Every field that `v` (a path, or a list of them) names must be in the resource's schema. */
void load_check_field(struct loader *l, const struct resource *r, struct json v);
/* The same of what queries read. */
void load_check_searches(struct loader *l);
/* Schemas that are about themselves before they are about anything else. */
void load_check_schemas(struct loader *l);
/* A header's name must be a token (RFC 9110 5.1). */
void load_check_header(struct loader *l, struct json at, struct str name);
struct json load_deref(struct loader *l, struct json v);
struct str load_str(struct json obj, const char *key, const char *otherwise);
bool load_template(struct loader *l, const struct template **out, struct json source);
/* The same for a place where the tenant is at hand: the template may look at its entities. */
bool load_template_rows(struct loader *l, const struct template **out, struct json source);
/* Finds the resources and fields that templates look at, once all are known. */
void load_queries(struct loader *l);
const struct field_path *load_field(struct loader *l, struct json text);
const struct resource *load_resource_named(struct loader *l, struct json name);
struct fold load_fold(struct json v);
size_t load_words(struct loader *l, const struct str **out, struct json list);
/* The compiled schema at `v`; NULL where there is none or it is bad (a finding). */
const struct schema *load_schema(struct loader *l, struct json v);
void load_headers(struct loader *l, const struct header_rule **out, size_t *out_n, struct json obj);
/* load_bad that names the nearest of `n` known words; always false. */
bool load_unknown(struct loader *l, struct json at, const char *what, struct str word,
                  const struct str *known, size_t n);
/* The error case named at `v` (`otherwise` where it is absent), which must exist in the profile or in `op`. */
struct str load_case_name(struct loader *l, struct json v, const char *otherwise,
                          const struct operation *op);
void load_cases(struct loader *l, struct error_case_list *out, struct json cases);
/* "requires": what must hold of an entity; cases are looked up in `op` too, NULL: none. */
size_t load_requires(struct loader *l, const struct requirement **out, struct json all,
                     const struct operation *op);
/* "refuses" of an operation. */
void load_refusals(struct loader *l, struct operation *op, struct json all);
/* "copy" and "objects" of an operation. */
void load_copy(struct loader *l, struct operation *op, struct json m);
void load_assign(struct loader *l, struct operation *op, struct json m);
/* "graph" at the top, and of an operation. */
void load_graph_types(struct loader *l);
void load_graph(struct loader *l, struct operation *op, struct json x);
/* "client" at the top, "personal" of a resource. */
void load_client(struct loader *l);
void load_personal(struct loader *l, struct resource *r, struct json all);
/* "terraform" at the top. */
void load_terraform(struct loader *l);
/* The profile's queries, and one by its name; NULL: a finding. */
void load_searches(struct loader *l);
const struct search_rule *load_search_named(struct loader *l, struct json name);
/* "floor": who could use which code. */
void load_floor(struct loader *l);
/* "channels" at the top, "channel" of an operation. */
void load_channels(struct loader *l);
void load_channel(struct loader *l, struct operation *op, struct json x);
/* The profile's jobs, and what an operation of the action does with one. */
void load_jobs(struct loader *l);
void load_job(struct loader *l, struct operation *op, struct json x);
void load_events(struct loader *l, struct resource *r, struct json all);
void load_resources(struct loader *l);
void load_operations(struct loader *l);
/* A finding if `name` is there and no path parameter of `op`. */
void load_check_parameter(struct loader *l, const struct operation *op, struct json name);
/* model/contract_effects.c */
void load_effects(struct loader *l, struct operation *op, struct json all);
void load_audit(struct loader *l, struct resource *r, struct json rule);
/* model/contract_token.c */
void load_token(struct loader *l, struct token_rule *out, struct json t);

/* part, guards, changes and of: into op->part. */
void load_part(struct loader *l, struct operation *op, struct json x);
/* An object of tests, `{"body.code": "$absent"}`. */
void load_var_tests(struct loader *l, struct var_tests *out, struct json tests);
/* A variable's name, without braces; false: a finding. */
bool load_var(struct loader *l, struct var *out, struct json name);

bool field_compile(const struct field_path **out, struct arena *a, struct str text);
struct router *router_new(struct arena *a, bool ignores_case, bool merges_slashes);
bool router_add(struct router *r, struct arena *a, const struct operation *op);
/* The text with every policy's value in force, in the contract's arena; the policies too. Findings may point into
 * `scratch`. */
CHECK bool policies_apply(struct str *out, struct arena *scratch, struct contract *c, struct str name,
                          struct str text, const struct policy_choice *choices, size_t n,
                          struct findings *fs, struct err *err);

#endif
