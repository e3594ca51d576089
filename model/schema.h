/* JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12/schema): compiled once into a
 * flat form that is immutable and shared by threads; checking allocates nothing on the success path
 * beyond what `struct schema_run` already holds. Patterns go through PCRE2 with match limits.
 * `format` is an assertion for uuid, date-time, date, time, duration, uri, uri-reference, email,
 * hostname, ipv4, ipv6, json-pointer and regex where the set says so; as far as the grammars go
 * also for relative-json-pointer, uri-template, iri, iri-reference, idn-email and idn-hostname. */
#ifndef REHEARSE_MODEL_SCHEMA_H
#define REHEARSE_MODEL_SCHEMA_H

#include "base/base.h"

struct schema;     /* one compiled schema */
struct schema_set; /* documents by URI, and the schemas compiled from them */
struct schema_run; /* scratch memory of one checking thread */

/* Which keyword refused. One entry for each keyword that can. */
enum schema_keyword {
    SCHEMA_FALSE, /* the boolean schema false */
    SCHEMA_TYPE,
    SCHEMA_ENUM,
    SCHEMA_CONST,
    SCHEMA_MULTIPLE_OF,
    SCHEMA_MAXIMUM,
    SCHEMA_EXCLUSIVE_MAXIMUM,
    SCHEMA_MINIMUM,
    SCHEMA_EXCLUSIVE_MINIMUM,
    SCHEMA_MAX_LENGTH,
    SCHEMA_MIN_LENGTH,
    SCHEMA_PATTERN,
    SCHEMA_FORMAT,
    SCHEMA_MAX_ITEMS,
    SCHEMA_MIN_ITEMS,
    SCHEMA_UNIQUE_ITEMS,
    SCHEMA_CONTAINS,         /* contains, minContains, maxContains */
    SCHEMA_ADDITIONAL_ITEMS, /* items: false or unevaluatedItems: false met an item */
    SCHEMA_MAX_PROPERTIES,
    SCHEMA_MIN_PROPERTIES,
    SCHEMA_REQUIRED,
    SCHEMA_DEPENDENT_REQUIRED,
    SCHEMA_PROPERTY_NAMES,
    SCHEMA_ADDITIONAL_PROPERTIES, /* additionalProperties: false or unevaluatedProperties: false met
                                     a member */
    SCHEMA_ANY_OF,
    SCHEMA_ONE_OF,
    SCHEMA_NOT,
    SCHEMA_MATCH_LIMIT, /* a pattern ran out of its match limit: never a silent pass */
    SCHEMA_DEPTH,       /* recursion (or work) beyond the limit on this instance */
    SCHEMA_KEYWORD_COUNT
};

/* One refusal, lowest cause first: a failed `properties` reports what is wrong inside, not itself.
 * A failed anyOf or oneOf reports the branch chosen by a discriminating const/enum/type, else the
 * branch with the fewest refusals. It reports itself where several match, and where no branch is
 * nearer than the others: then at the member (or the value) whose const/enum/type no branch has. A
 * value of the wrong type is reported as that alone. Bad names (propertyNames) are reported as
 * such, not with what is wrong in them. */
struct schema_issue {
    enum schema_keyword keyword;
    struct json instance; /* the value that is wrong */
    struct json member;   /* additional property: the unexpected member, propertyNames: the member
                             of the bad name (same as instance then); else no value */
    struct str name;      /* required, dependentRequired: the missing member; else "" */
    struct json rule; /* value of the keyword in the schema document: the enum's list, the maximum,
                         the pattern … */
    struct json
        schema;   /* the schema object that holds the keyword: title, description, x- annotations */
    size_t other; /* uniqueItems: index of the first of the two equal items */
    size_t bad_at; /* pattern: byte offset of the first character after the longest prefix that
                      could still match, where PCRE2 partial matching can tell; else SIZE_MAX */
};
/* Called for each refusal, in document order of the instance as far as the schema's order allows.
 * Return false to stop. */
typedef bool schema_report(const struct schema_issue *issue, void *ctx);

/* Documents and compiled schemas live in `a` (and in the documents' own arena: they must outlive
 * the set). */
struct schema_set *schema_set_new(struct arena *a, bool has_format_assertion);
/* Frees what is outside the arena (PCRE2 code). NULL is fine. */
void schema_set_free(struct schema_set *set);
/* Registers `document` under `uri` (absolute; may be "" for one anonymous document) and the $id and
 * anchors inside it. The meta-schemas of draft 2020-12 are known without being added. ERR_INPUT on
 * a bad $id or anchor. */
CHECK bool schema_set_add(struct schema_set *set, struct str uri, struct json document,
                          struct err *err);
/* Compiles the schema at `uri` (with a fragment: JSON Pointer or anchor). References are followed
 * and must all be there. The compiled schema belongs to the set. Errors carry the place in the
 * schema document; after one, further calls on the set give it again until the document that was
 * missing is added. $schema may name draft 2020-12, 2019-09, OpenAPI's dialect or a meta-schema of
 * the set, whose $vocabulary then counts. Not while other threads check against this set. */
CHECK bool schema_compile(const struct schema **out, struct schema_set *set, struct str uri,
                          struct err *err);

/* Scratch for checks by one thread; grows as needed and keeps what it has. */
struct schema_run *schema_run_new(void);
void schema_run_free(struct schema_run *run);
/* True if `instance` is valid. With `report` NULL stops at the first refusal; else tells all of
 * them. */
bool schema_check(const struct schema *schema, struct schema_run *run, struct json instance,
                  schema_report *report, void *ctx);

/* The formats of `format`, for others to use: true if `text` is one. */
bool format_is_uuid(struct str text);
bool format_is_date_time(struct str text);
bool format_is_date(struct str text);
bool format_is_time(struct str text);
bool format_is_duration(struct str text);
bool format_is_uri(struct str text);
bool format_is_uri_reference(struct str text);
bool format_is_email(struct str text);
bool format_is_hostname(struct str text);
bool format_is_ipv4(struct str text);
bool format_is_ipv6(struct str text);
bool format_is_json_pointer(struct str text);
bool format_is_regex(struct str text);

#endif
