/* Inside of the JSON Schema engine.
 *
 *   schema.c            documents by URI; ids and anchors found by walking known keywords
 *   schema_uri.c        references resolved against a base (RFC 3986 5)
 *   schema_dialect.c    which keywords count: $schema and $vocabulary
 *   schema_compile.c    a work list of schemas, each turned into instructions
 *   schema_words.c      the table of keywords, and what each assertion compiles to
 *   schema_groups.c     the same for the keywords that hold schemas
 *   schema_check.c      the walk over instructions: scalars, references
 *   schema_children.c   the same for items and members
 *   schema_branch.c     not, if, anyOf, oneOf, and which branch a refusal is told from
 *   schema_marks.c      which children were evaluated, for unevaluatedItems and -Properties
 *   schema_number.c     exact comparison and division of decimal literals
 *   schema_names.c      members by name in one look
 *   pattern.c           ECMAScript patterns to PCRE2's; pattern_match.c runs them
 *   format*.c           the formats
 *
 * A schema is a node: an array of instructions, each for some kinds of values. Nodes refer to each
 * other by pointer, so recursion needs nothing special. */
#ifndef REHEARSE_MODEL_SCHEMA_INT_H
#define REHEARSE_MODEL_SCHEMA_INT_H

#include "model/schema.h"

enum {
    SCHEMA_DEPTH_MAX = 2000,      /* schemas within schemas on the way to one value */
    SCHEMA_STEPS_MAX = 1 << 28,   /* schemas tried in one check: some seconds */
    SCHEMA_ENUM_LINEAR_MAX = 16,  /* longer lists are searched by hash */
    SCHEMA_UNIQUE_LINEAR_MAX = 8, /* longer arrays are compared by hash */
};

/* --- documents --- */

enum {
    VOCABULARY_APPLICATOR = 1,
    VOCABULARY_UNEVALUATED = 2,
    VOCABULARY_VALIDATION = 4,
    VOCABULARY_FORMAT = 8, /* as an assertion */
    VOCABULARY_CORE = 16,
};

struct dialect {
    unsigned vocabularies;
    bool is_2019; /* arrays in items, $recursiveRef, no prefixItems and $dynamicRef */
};

struct resource;

/* $dynamicAnchor in a resource. */
struct dynamic {
    struct dynamic *next;
    struct str name; /* "" is $recursiveAnchor */
    struct json at;
    const struct schema *schema; /* compiled where something asks for the name; else NULL */
};

/* A document or a part of it that has an $id. */
struct resource {
    struct str uri; /* without fragment */
    struct json root;
    struct resource *parent; /* around it in the same document; NULL: the document */
    struct dynamic *dynamics;
    struct resource *next_entered; /* list of those that have compiled schemas */
    struct dialect dialect;
    bool has_dialect, is_entered;
};

struct anchor {
    struct resource *resource;
    struct json at;
    bool is_dynamic;
};

/* A document (at 0) or a place in one as bytes, for maps: no padding. */
struct schema_key {
    const struct json_doc *doc;
    uint64_t at;
};

struct document {
    struct schema_key key;
    struct resource **resources; /* [0] is the whole */
    size_t n_resources, resources_cap;
    uint64_t *walked; /* a bit for each place that is known to hold a schema */
    size_t walked_cap;
};

struct schema_set {
    struct arena *arena;
    struct map documents;
    struct map resources; /* by URI */
    struct map anchors;   /* by URI#name */
    struct map nodes;     /* schemas by place */
    struct map patterns;  /* by pattern */
    struct map wanted;    /* names that a $dynamicRef asks for */
    struct vec pending;   /* nodes to be compiled, from index n_built on */
    size_t n_built;
    struct resource *entered;
    bool has_format_assertion;
};

/* A place that a URI leads to. */
struct target {
    struct resource *resource;
    struct json at;
    struct str anchor; /* name, if the fragment was one; else s NULL */
    bool is_dynamic;
};

/* schema_uri.c: `reference` seen from `base`, made in `a`; the fragment goes with the reference. */
struct str schema_uri_resolve(struct arena *a, struct str base, struct str reference);
/* The text before the first '#', and what follows (s NULL if there is none). */
struct str schema_uri_head(struct str uri, struct str *out_fragment);

/* schema.c */
/* Where `reference` leads from `base`. ERR_NOT_FOUND. */
CHECK bool schema_find(struct target *out, struct schema_set *set, struct str base,
                       struct str reference, struct err *err);
/* Notes ids and anchors at and below `at`, if that was not done yet. */
CHECK bool schema_walk(struct schema_set *set, struct json at, struct err *err);
/* The innermost resource around `at`. */
struct resource *schema_resource_of(const struct schema_set *set, struct json at);
/* NULL if there is none, also among the built-in ones. */
struct resource *schema_resource_find(struct schema_set *set, struct str uri, struct err *err);

/* schema_dialect.c */
CHECK bool schema_dialect(struct dialect *out, struct schema_set *set, struct resource *resource,
                          struct err *err);

/* --- numbers --- */

struct number {
    struct str text;
    int64_t small;
    bool is_small; /* an integer of at most 18 digits written without dot and exponent */
};
struct number schema_number(struct str text);
int schema_number_cmp(struct number a, struct number b);
/* `b` is above zero. */
bool schema_number_is_multiple(struct number a, struct number b);

/* --- names --- */

struct name_entry {
    struct str name;
    const struct schema *schema; /* NULL: only required */
    uint32_t required;           /* place among the required ones, plus 1; 0: not required */
};
struct name_table {
    struct name_entry *entries;
    uint32_t *slots; /* index of an entry plus 1 */
    uint64_t factor;
    uint32_t n, mask;
};
/* Makes the slots for entries that differ in name. */
void schema_names_build(struct name_table *t, struct arena *a);
const struct name_entry *schema_names_find(const struct name_table *t, struct str name);

/* --- patterns --- */

struct pattern;
struct pattern_scratch;
/* In `a`; ERR_INPUT says what is wrong and where. */
CHECK bool pattern_new(struct pattern **out, struct arena *a, struct str text, struct err *err);
void pattern_free(struct pattern *p);
struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch *s);
enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_LIMIT };
enum pattern_result pattern_match(const struct pattern *p, struct pattern_scratch *s,
                                  struct str text);
/* See schema_issue.bad_at. */
size_t pattern_bad_at(const struct pattern *p, struct pattern_scratch *s, struct str text);
/* Writes PCRE2's form of the ECMAScript pattern `text` (with the u flag) to `out`, which may be
 * NULL: then only the syntax is checked. With `is_strict` as the standard says; else escapes of
 * punctuation that need none and lone brackets are taken as they are meant. */
CHECK bool pattern_translate(struct buf *out, struct str text, bool is_strict, struct err *err);
/* Appends the property `name` or `name=value` of \p{…}; false if there is none of that name. */
CHECK bool pattern_put_property(struct buf *out, struct str property, bool is_negated);

/* --- formats --- */

typedef bool schema_format(struct str text);
/* NULL if the format is not one that is asserted. */
schema_format *schema_format_find(struct str name);
/* The formats that nobody else needs. */
schema_format format_is_relative_json_pointer, format_is_uri_template, format_is_iri,
    format_is_iri_reference, format_is_idn_hostname, format_is_idn_email;
/* A label of a host name that is not ASCII, and what follows "xn--" in one that stands for such. */
schema_format format_idna_u_label, format_idna_a_label;

/* --- instructions --- */

struct schema_op;
struct value;
struct marks;
/* True if the value is good. The marks are those of the value, NULL if nobody asks for them. */
typedef bool op_check(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                      const struct value *v, const struct marks *marks);

/* Bits of op.kinds and op.types: 1 << enum json_kind, and in types one for integers. */
enum { KIND_INTEGER = 1 << 7, KIND_ANY = 0x7F };

struct op_list {
    const struct op_choice *at; /* sorted by hash where there are many */
    size_t n;
};
struct op_choice {
    struct json value;
    struct str text; /* of strings */
    uint64_t hash;
    enum json_kind kind;
};
struct op_branches {
    const struct schema **at;
    size_t n;
};
struct op_if {
    const struct schema *when, *then, *otherwise; /* then, otherwise: NULL if absent */
};
struct op_items {
    const struct schema **prefix;
    size_t n_prefix;
    const struct schema *rest; /* NULL: any */
    struct str rest_name;      /* items, or additionalItems of 2019-09 */
};
struct op_contains {
    const struct schema *schema;
    size_t min, max; /* max SIZE_MAX: any number */
    bool marks;      /* what it contains counts as evaluated: not in 2019-09 */
};
struct op_name_pattern {
    const struct pattern *pattern;
    const struct schema *schema;
};
struct op_members {
    struct name_table names;
    const struct op_name_pattern *patterns;
    const struct schema *additional, *name_schema; /* NULL: any */
    const struct str *required;
    size_t n_patterns, n_required;
};
struct op_dependency {
    struct str name;            /* if there is a member of that name … */
    const struct str *required; /* … then these … */
    size_t n_required;
    const struct schema *schema; /* … or the whole is valid against this; else NULL */
};
struct op_dependencies {
    const struct op_dependency *at;
    size_t n;
};
struct op_dynamic {
    struct str name;
    const struct schema *otherwise; /* where nothing around has such an anchor */
};

struct schema_op {
    op_check *check;
    uint8_t kinds;   /* of values that it is for */
    uint8_t keyword; /* enum schema_keyword */
    struct str name; /* of the keyword, to find the rule in the schema */
    union {
        unsigned types;
        struct op_list list; /* const: of one */
        const struct number *limit;
        size_t count;
        const struct pattern *pattern;
        schema_format *format;
        const struct schema *schema;
        const struct op_dynamic *dynamic;
        const struct op_if *condition;
        struct op_branches branches;
        struct op_dependencies dependencies;
        const struct op_contains *contains;
        const struct op_items *items;
        const struct op_members *members;
    };
};

struct schema {
    const struct schema_op *ops;
    struct resource *resource;
    struct json source;
    struct schema_key key;
    uint32_t n_ops;
    bool has_unevaluated; /* needs marks of its own */
    bool is_leaf;         /* asks for no other schema: needs no scope, no marks, no depth */
    bool is_false;
};

/* --- compiling --- */

struct compiler {
    struct schema_set *set;
    struct schema *node;
    struct schema_op *ops;
    size_t n_ops, ops_cap;
    struct dialect dialect;
    struct err *err;
};

/* A new instruction; its union is zeroed. */
struct schema_op *compiler_add(struct compiler *c, op_check *check, unsigned kinds,
                               enum schema_keyword keyword, struct str name);
/* The node for the schema at `at`, to be compiled later on. */
CHECK bool compiler_node(const struct schema **out, struct compiler *c, struct json at);
CHECK bool compiler_reference(const struct schema **out, struct compiler *c, struct json value,
                              struct target *out_target);
CHECK bool compiler_pattern(const struct pattern **out, struct compiler *c, struct str text,
                            struct json at);
/* schema_words.c: all instructions of the object schema. */
CHECK bool schema_compile_words(struct compiler *c, struct json schema);
/* schema_groups.c: one for each keyword of the table there. */
typedef bool compile_word(struct compiler *c, struct json schema, struct json value);
compile_word compile_ref, compile_dynamic_ref, compile_recursive_ref, compile_all_of,
    compile_any_of, compile_one_of, compile_not, compile_if, compile_dependent_required,
    compile_dependent_schemas, compile_dependencies, compile_contains;
CHECK bool compile_items(struct compiler *c, struct json schema);
CHECK bool compile_members(struct compiler *c, struct json schema);
CHECK bool compile_unevaluated(struct compiler *c, struct json schema);

/* --- checking --- */

struct value {
    struct json_item item;
    bool is_name; /* the name of the member item.v: a string, item.text */
};

/* Marks of one array or object: bits from `at` on in run.bits. */
struct marks {
    size_t at, n;
};

enum run_mode {
    RUN_FAST,   /* stop at the first refusal */
    RUN_WEIGH,  /* go on, sum up */
    RUN_REPORT, /* go on, tell */
};

struct unique_slot {
    struct json value;
    uint64_t hash;
    size_t index;
};

/* How wrong a branch is. */
struct weight {
    size_t sum, most;
    struct schema_issue worst; /* the first one of the greatest weight */
};

struct schema_run {
    enum run_mode mode;
    bool is_stopped; /* the caller has had enough, or a limit was met: nothing counts any more */
    bool is_over;    /* a limit was met */
    uint32_t depth, level; /* level: of the value, below the checked one */
    uint32_t base_level;   /* of the value whose branches are weighed */
    size_t steps;
    schema_report *report;
    void *ctx;
    struct weight *weight;
    struct resource **scope; /* dynamic scope, outermost first */
    size_t n_scope, scope_cap;
    uint64_t *bits;
    size_t n_bits, bits_cap;
    struct unique_slot *unique;
    size_t unique_cap;
    struct pattern_scratch *patterns;
};

/* schema_check.c */
bool schema_check_value(struct schema_run *run, const struct schema *s, const struct value *v,
                        const struct marks *marks);
/* A child of the value that is being checked. */
bool schema_check_child(struct schema_run *run, const struct schema *s, const struct value *child);
/* All refusals go through here. Gives false. `issue` holds what is particular: name, member, other,
 * bad_at, an instance other than `v`; keyword and rule are those of `op`. */
COLD bool schema_refuse(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                        const struct value *v, struct schema_issue issue);
/* A limit was met: tells it whatever the mode, ends the check. Gives false. */
bool schema_give_up(struct schema_run *run, const struct schema *s, const struct value *v,
                    enum schema_keyword keyword);
/* Whether it makes sense to look on after a refusal. */
bool schema_goes_on(const struct schema_run *run);
op_check check_false, check_type, check_choice, check_bound, check_multiple, check_max_length,
    check_min_length, check_pattern, check_format, check_max_count, check_min_count, check_schema,
    check_dynamic_ref;

/* schema_children.c */
op_check check_items, check_contains, check_unique, check_members, check_dependent_required;

/* schema_branch.c */
void schema_weigh(struct schema_run *run, const struct schema_issue *issue);
/* Whether `v` is valid, without telling; marks only if it is. */
bool schema_try(struct schema_run *run, const struct schema *s, const struct value *v,
                const struct marks *marks);
op_check check_not, check_if, check_branches, check_dependent_schemas;

/* schema_marks.c */
struct marks marks_push(struct schema_run *run, size_t n);
void marks_pop(struct schema_run *run, const struct marks *m);
void marks_merge(struct schema_run *run, const struct marks *into, const struct marks *from);
void marks_set(struct schema_run *run, const struct marks *m, size_t i);
void marks_fill(struct schema_run *run, const struct marks *m);
bool marks_has(const struct schema_run *run, const struct marks *m, size_t i);
op_check check_unevaluated;

#endif
