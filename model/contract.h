/* A contract: one profile, compiled. Everything about a vendor that the mock, the validator and the
 * client need, as plain tables. Immutable after load, shared freely between threads; all of it
 * lives in the contract's own arena. docs/profile-format.md explains each word; the names here are
 * the same. */
#ifndef REHEARSE_MODEL_CONTRACT_H
#define REHEARSE_MODEL_CONTRACT_H

#include "base/base.h"
#include "model/schema.h"
#include "model/template.h"

#include <stdatomic.h>

/* What an operation does. */
#define ACTIONS(X)                                                                                 \
    X(ACTION_TOKEN, "token")           /* OAuth token endpoint */                                  \
    X(ACTION_REVOKE, "revoke")         /* ends the caller's own token */                           \
    X(ACTION_INTROSPECT, "introspect") /* says whose a token is */                                 \
    X(ACTION_LIST, "list")             /* a page of a resource, or of a parent's links */          \
    X(ACTION_READ, "read")                                                                         \
    X(ACTION_CREATE, "create")                                                                     \
    X(ACTION_REPLACE, "replace") /* PUT: the body is the whole entity but for server-set fields */ \
    X(ACTION_MERGE, "merge")     /* PATCH: members of the body replace those of the entity */      \
    X(ACTION_DELETE, "delete")                                                                     \
    X(ACTION_BATCH, "batch")               /* many creates in one body */                          \
    X(ACTION_LINK_ADD, "link-add")         /* array of links to add to a parent */                 \
    X(ACTION_LINK_REMOVE, "link-remove")   /* one link off a parent */                             \
    X(ACTION_LINK_REPLACE, "link-replace") /* a parent's whole set of links */                     \
    X(ACTION_LINK_CHANGE, "link-change")   /* members of links that are there */                   \
    X(ACTION_STATIC, "static")             /* a reply from a template */                           \
    X(ACTION_REFUSE, "refuse")             /* always the named error case */                       \
    X(ACTION_QUERY, "query")               /* a search in a body */                                \
    X(ACTION_JOB, "job")         /* asynchronous query: start, status, results, cancel */          \
    X(ACTION_ASSIGN, "assign")   /* ids of a body are given to an entity */                        \
    X(ACTION_GRAPH, "graph")     /* what uses what: consumers, consumed … */                     \
    X(ACTION_CHANNEL, "channel") /* notification channels and their streams */                     \
    X(ACTION_NAMED, "named")     /* a behaviour in C, whose field names the profile gives */

enum action {
#define X(name, text) name,
    ACTIONS(X)
#undef X
        ACTION_COUNT
};

/* A member inside an entity: "division.id"; "skills[].id" names one in each item of an array;
 * "mapping{}" means the names of an object's members. */
struct field_path {
    struct str text;
    const struct str *parts; /* names; an item step is the empty string */
    size_t n;
    bool is_list;  /* there may be several values */
    bool is_names; /* of the object that the parts lead to, the members' names count */
};

/* How a value is normalised before it is compared. */
struct fold {
    bool ignores_case; /* ASCII */
    bool trims;        /* ASCII blanks at the ends */
};

struct error_case {
    struct str name; /* "unique", "schema.required" */
    int status;
    struct str code;
    const struct template *message;  /* string template */
    const struct template *envelope; /* NULL: no body */
    struct str content_type;
    struct header_rule *headers;
    size_t n_headers;
};

struct header_rule {
    struct str name;
    const struct template
        *value; /* string template; a header whose value comes out empty is left out */
};

struct error_case_list {
    const struct error_case *at; /* sorted by name */
    size_t n;
};

/* What becomes of the one that names where the other goes. */
#define EDGE_KINDS(X)                                                                              \
    X(EDGE_BLOCKS, "blocks")     /* the tenant refuses to let it go */                             \
    X(EDGE_BREAKS, "breaks")     /* refused later, or fails at run time */                         \
    X(EDGE_SILENCES, "silences") /* stops matching, and nobody is told */                          \
    X(EDGE_SHIFTS, "shifts")     /* falls to a default */                                          \
    X(EDGE_SHOWS, "shows")       /* cosmetic: a name in a list or a report */

enum edge_kind {
#define X(name, text) name,
    EDGE_KINDS(X)
#undef X
        EDGE_KIND_COUNT
};

enum on_delete { ON_DELETE_IGNORE, ON_DELETE_BLOCK, ON_DELETE_CASCADE, ON_DELETE_DETACH };

struct operation;   /* below */
struct resource;    /* below */
struct search_rule; /* model/search.h */
struct job_rule;

enum job_stage { JOB_START, JOB_STATUS, JOB_RESULTS, JOB_CANCEL };

/* What must hold of an entity that a reference names, or that an operation is about. */
struct requirement {
    struct str rule; /* id of the finding: "R406" */
    const struct field_path *field;
    const struct str *is; /* JSON texts: one of them; n_is 0: anything */
    size_t n_is;
    bool is_filled;             /* the member is there, and no empty text, list or object */
    struct str case_name, says; /* says: for messages, "it is disabled"; may be "" */
};

/* A refusal that depends on what the tenant holds. */
struct refusal {
    const struct template *when; /* refused where it is neither absent, null nor false */
    struct str case_name;
};

struct reference_rule {
    struct str rule; /* id of the finding where the target is missing: "R402"; "": R403 */
    const struct field_path *field;
    const struct resource *to;
    const struct field_path
        *by;                  /* NULL: by id; else the target's field, which must be unique there */
    const struct str *except; /* values that need no target ("*") */
    size_t n_except;
    struct str missing_case; /* error case where the target does not exist */
    bool drops_unknown;      /* names of no target are taken out of a body instead */
    bool keeps_unknown;      /* no target is no fault: what was deleted goes on being named */
    bool consumes;           /* an edge of the graph of what uses what */
    enum on_delete on_delete;
    enum edge_kind edge;
    struct str blocked_case; /* error case where a delete is blocked */
    const struct field_path
        *mirror;            /* the target's list of those that refer to it; NULL: it keeps none */
    int64_t shown_after_ms; /* in answers the reference shows only when the target is that old */
    const struct requirement *requires; /* of the target */
    size_t n_requires;
    const struct template
        *embed; /* object of members to put beside the reference, from {target.…}; NULL: none */
};

struct unique_rule {
    const struct field_path *
        *fields; /* compared together; an entity in which one is absent or null is not compared */
    size_t n;
    struct fold fold;
    bool is_batch_only; /* unique within one request, not against the tenant */
    struct str case_name;
    struct str within_name; /* for messages: "the queue", may be "" */
};

struct limit_rule {
    int64_t max;
    const struct field_path *
        *per; /* counted among entities that agree in these; n 0: in the tenant */
    size_t n;
    struct str name; /* for messages and the error's params */
    struct str case_name;
};

/* What an operation, or a change, writes elsewhere. */
struct effect {
    const struct operation *op; /* a create of its own: resource and `item` */
    struct str in;              /* dotted member of the body that lists what is made; "" one */
    bool replaces;              /* the parent's other links go */
};

/* Records of changed members. */
struct audit_rule {
    const struct operation *op; /* a create of a record; NULL: none are kept */
    const struct str *but;      /* members whose changes count for nothing */
    size_t n_but;
};

/* Two dates of which the second is not before the first, where both are there. */
struct ordered_rule {
    const struct field_path *first, *last;
    struct str case_name;
};

enum id_make { ID_UUID, ID_SEQUENCE, ID_GIVEN, ID_JOIN };
enum id_given { ID_GIVEN_IGNORED, ID_GIVEN_REFUSED, ID_GIVEN_TAKEN };

/* A sort order that lists can ask for: entities ordered by `field`, then by age. Orders with a
 * group start with an equality filter on it, so that a filtered page costs no more than a page. */
struct order_rule {
    const struct field_path *group; /* NULL: none */
    const struct field_path *field; /* NULL: by age alone */
    struct fold fold;
    bool is_numeric; /* order numbers by value, not by text */
};

/* What else happens when an entity is created, changed or deleted: one of record, hooks, topic. */
struct event_rule {
    bool is_on_created, is_on_changed, is_on_deleted;
    struct str event; /* the vendor's name; "" */
    const struct template *body;
    const struct resource *record; /* body is stored as an entity of it, under the same lock */
    size_t keep;                   /* at most so many records, the oldest go; 0: all */
    const struct resource *hooks;  /* body is sent to each subscription that asks for it */
    const struct field_path *hook_url, *hook_types; /* types NULL: all want it */
    const struct template *topic;  /* body is told to those who listen to this topic (a text) */
    const struct field_path *each; /* a list in the entity: once for each item that differs; NULL */
    struct str by;                 /* the member that says which item is the same */
    const struct field_path *differs; /* in the item or entity: only where this does; NULL: any */
};

struct resource {
    struct str name;
    struct str title;           /* for people: "wrap-up code" */
    size_t index;               /* place in contract.resources */
    struct json schema;         /* JSON Schema object of an entity, or no value */
    const struct schema *shape; /* the same compiled; NULL: anything */
    const struct str *members;  /* the schema's properties in their order: the order of members in
                                  canonical text */
    size_t n_members;
    struct map member_index; /* member name → address within members */
    const struct field_path *id_field;
    enum id_make id_make;
    enum id_given id_given;
    int64_t id_start;                  /* ID_SEQUENCE */
    const struct field_path **id_join; /* ID_JOIN: ids are these fields, joined by '/' */
    size_t n_id_join;
    const struct field_path *name_field; /* NULL: none */
    const struct str
        *whole; /* members whose defaults count only where all of the member is absent */
    size_t n_whole;
    const struct template *on_create, *on_change, *derived, *defaults; /* objects; NULL: none */
    const struct unique_rule *unique;
    size_t n_unique;
    const struct limit_rule *limits;
    size_t n_limits;
    const struct ordered_rule *ordered;
    size_t n_ordered;
    const struct reference_rule *references;
    size_t n_references;
    bool has_delayed;                       /* one of them has shown_after_ms */
    const struct field_path *version_field; /* NULL: not versioned */
    int64_t version_start;
    bool is_version_text; /* written as a JSON string */
    bool has_etag;
    const struct order_rule *orders; /* the first is the default; there is always one */
    size_t n_orders;
    const struct field_path *parent_field,
        *target_field; /* link resources: fields that hold the two ids */
    const struct resource *parent, *target;
    int64_t visible_after_ms; /* a new entity is found only that much later */
    const struct event_rule *events;
    size_t n_events;
    struct audit_rule audit;
    const struct template *show; /* what answers show of an entity; NULL: its stored text */
    const struct personal_rule *personal;
    size_t n_personal;
    struct json source; /* its object in the profile */
};

enum paging_style { PAGING_NONE, PAGING_PAGES, PAGING_CURSOR, PAGING_OFFSET };

struct paging {
    struct str name;
    enum paging_style style;
    struct str size_query;
    int64_t size_default, size_max, size_min;
    bool size_over_refused; /* over the maximum: refused (case "query"), else clamped */
    struct str at_query;    /* page number, cursor or offset */
    int64_t first_number;   /* PAGING_PAGES: number of the first page; PAGING_OFFSET: 0 */
    int64_t number_max;     /* 0: none; pages beyond it are refused (case "query") */
    const struct template *envelope;
    int empty_status; /* of the answer, without a body, where there is no item; 200: as any other */
};

enum match_kind {
    MATCH_EQUAL,
    MATCH_WILDCARD,
    MATCH_PREFIX,
    MATCH_CONTAINS,
    MATCH_IN,
    MATCH_BOOL,
    MATCH_CONTAINS_ANY,
    MATCH_SINCE, /* a date at or after the value */
    MATCH_UNTIL, /* a date before the value */
    MATCH_PRESENT,
};

struct filter_rule {
    struct str query;
    struct str path;  /* or the path parameter that gives the value */
    struct str value; /* or the value itself */
    bool is_negated;  /* what does not match is found */
    const struct field_path *field;
    const struct template_query *through; /* whose entities have `field`; NULL: the list's own */
    const struct field_path *of;          /* through: the member that they name */
    enum match_kind match;
    struct fold fold;
    struct str all_value; /* a value that means "no filter"; "" none */
};

struct sort_choice {
    struct str value; /* of the query parameter, compared without case */
    size_t order;     /* index of the resource's orders */
};
struct sort_rule {
    struct str by_query, direction_query,
        needs_query; /* needs_query: sorting counts only when that parameter is given */
    const struct sort_choice *choices;
    size_t n;
    size_t default_order;
    const struct str *ascending, *descending; /* accepted words, compared without case */
    size_t n_ascending, n_descending;
    bool is_descending_default;
    bool refuses_unknown;       /* an unknown word: case "query", else the default is taken */
    struct str direction_after; /* the direction stands behind the name, after this; "" not */
};

struct parameter {
    struct str name;
    struct str in; /* path, query, header */
    bool is_required;
    bool is_list;                /* schema type array: comma separated or repeated */
    const struct schema *schema; /* of one value (of an item, for a list); NULL: anything */
    enum json_kind
        kind; /* what text is turned into before the schema sees it: number, boolean or string */
    struct json source;
};

enum version_place { VERSION_NONE, VERSION_QUERY, VERSION_BODY, VERSION_IF_MATCH };

struct version_rule {
    enum version_place place;
    struct str name;  /* query parameter or body member */
    bool is_required; /* a missing one: case "version.missing" */
};

struct idempotency_rule {
    struct str header; /* "": none */
    int64_t window_us;
    bool is_required; /* a missing one: case "idempotency.missing" */
    bool replays;     /* a repeat of the same body gets the first answer again, else case
                         "idempotency.reused" */
    size_t length_min, length_max;
};

struct batch_rule {
    bool is_partial; /* items that fail are reported, the others carried out; else all or nothing */
    struct str const
        *item_rules; /* finding ids (a letter stands for its family) that fail an item alone */
    size_t n_item_rules;
};

/* How a token is asked for: with an application's own credentials, with those of somebody who signs
 * in, with what an earlier answer gave. */
enum grant { GRANT_CLIENT, GRANT_PASSWORD, GRANT_REFRESH, GRANT_COUNT };
struct grant_rule {
    struct str name; /* as it is asked for: "password" */
    enum grant grant;
    bool is_public; /* asks for no application */
};

/* What a token request says, wherever the profile lets it stand. */
enum token_word {
    WORD_GRANT,
    WORD_CLIENT,
    WORD_SECRET,
    WORD_USER,
    WORD_PASSWORD,
    WORD_REFRESH,
    WORD_SCOPE,
    WORD_TOKEN,
    WORD_COUNT
};

enum token_body { TOKEN_BODY_FORM, TOKEN_BODY_JSON, TOKEN_BODY_ANY };

struct token_rule {
    const struct grant_rule *grants;
    size_t n_grants;
    struct str always;            /* the grant where the body names none; "" none */
    bool takes_basic, takes_body; /* where an application's id and secret may stand */
    enum token_body body;
    struct str words[WORD_COUNT]; /* names of the body's members */
    const struct str *kinds;      /* of the tenant's clients that may sign in */
    size_t n_kinds;
    int64_t refresh_lifetime_s; /* 0: no refresh tokens */
    bool rotates;               /* a refresh token is good for one use */
    int64_t lifetime_s;         /* unless the tenant's client says otherwise */
    bool needs_scope, takes_scope;
    int64_t
        per_minute_max; /* tokens minted for a client a minute, case "token.rate"; 0: no limit */
};

/* A step into an entity: an item of the list `list` of where we stand. */
enum step_take { TAKE_EQUAL, TAKE_FIRST, TAKE_LAST };
struct part_step {
    struct str list;
    enum step_take take;
    struct str by;               /* TAKE_EQUAL: the item whose member `by` is … */
    struct str param, value;     /* … this path parameter, or (param "") this text */
    const struct template *made; /* object: an item that is not there is made so; NULL: it is not */
    struct str missing_case;     /* where there is no such item */
};

/* A condition on variables. */
enum var_test_kind {
    VAR_TEST_IS,
    VAR_TEST_IS_NOT,
    VAR_TEST_DIFFERS,
    VAR_TEST_UNKNOWN,
    VAR_TEST_UNLINKED
};
struct var_test {
    enum var_test_kind kind;
    struct var var;
    const struct str *values; /* VAR_TEST_IS, VAR_TEST_IS_NOT: JSON texts, one of which it is */
    size_t n;
    bool takes_absent, takes_present;
    struct var other; /* VAR_TEST_DIFFERS: from this one; VAR_TEST_UNLINKED: the parent's id */
    const struct resource
        *resource; /* VAR_TEST_UNKNOWN, VAR_TEST_UNLINKED: where the id is looked up */
};
struct var_tests {
    const struct var_test *at; /* all must hold */
    size_t n;
};

/* A refusal that depends on the body and on the entity together. */
struct guard {
    struct var_tests when;
    struct str case_name;
};

/* What a write does to the entity, beside or instead of merging the body into its part. */
struct part_change {
    struct var_tests when;
    size_t up;                     /* so many of the operation's own steps back … */
    const struct part_step *steps; /* … then these */
    size_t n;
    const struct template *set; /* object, merged there (RFC 7396) */
};

struct part_rule {
    const struct part_step *steps; /* to the part that the operation is about; n 0: the entity */
    size_t n;
    const struct guard *guards;
    size_t n_guards;
    const struct part_change *changes;
    size_t n_changes;
    /* lists of a parent's links: the parent is found through another entity */
    const struct resource *of;
    struct str of_param;
    struct var of_parent;
};

/* What adding a link that is there does. */
enum repeat { REPEAT_REFUSED, REPEAT_IGNORED, REPEAT_CHANGES };

/* A create that starts from another entity of its resource. */
struct copy_rule {
    const struct field_path *from; /* member of the body that names it; NULL: none */
    const struct str *omit;        /* members that are not copied */
    size_t n_omit;
    const struct resource *const *links; /* links of it that are copied too */
    size_t n_links;
    struct str missing_case;
};

/* ACTION_ASSIGN: what a path parameter says the ids of the body are of, and where the entity's id
 * goes in them. */
struct assign_kind {
    struct str word;
    const struct resource *resource;
    const struct field_path *field;
};
struct assign_rule {
    struct str param;
    const struct assign_kind *kinds;
    size_t n;
    struct str missing_case;
};

/* A list that is asked again and again: what it gives out is gone, and where there is nothing the
 * answer waits. */
struct poll_rule {
    bool takes;
    bool waits;
    struct str query; /* seconds to wait, at most; "" always the default */
    int64_t default_s, max_s;
};

/* A query parameter that turns adding links into removing them. */
struct remove_rule {
    bool is_always;
    struct str query; /* "": none */
    bool is_absent_refused;
};

struct segment {
    struct str text; /* literal, or the parameter's name */
    bool is_parameter;
    struct str before, after; /* of a parameter, in its segment: "v{version}.0"; mostly "" */
};

struct operation {
    struct str id, method, path; /* path as in the profile: "/api/v2/…/{codeId}" */
    size_t index;
    enum action action;
    struct str named; /* ACTION_NAMED */
    const struct resource *resource;
    const struct segment *segments;
    size_t n_segments;
    bool needs_token;
    const struct str *permissions;
    size_t n_permissions;
    bool needs_all_permissions; /* else any of them */
    const struct str *scopes;
    size_t n_scopes;
    const struct parameter *parameters;
    size_t n_parameters;
    struct str key_param,
        parent_param;  /* path parameters that name the entity and its parent; "" none */
    bool is_singleton; /* the resource's only entity */
    const struct field_path *pick_field;
    struct str pick_value; /* or the entity with this value (JSON text) */
    struct str wrap;    /* the body's member that holds what the operation is about; "" the body */
    struct str project; /* query parameter that names the members to be shown; "" none */
    bool has_body, is_body_required;
    const struct str *media_types;
    size_t n_media_types;             /* accepted; "" type accepted too where the list says "" */
    const struct schema *body_schema; /* compiled; NULL: anything */
    struct json body_schema_source;
    bool is_body_array;
    const struct template
        *item; /* link-add, link-replace: the link entity made from {body.…}, {path.…} */
    enum repeat repeat;
    struct remove_rule removes; /* link-add */
    struct poll_rule poll;      /* list */
    struct copy_rule copy;      /* create */
    struct assign_rule assign;
    bool is_from_target; /* links are seen from what they lead to: the path names that end */
    bool renders_target; /* links are shown as what they point to */
    const struct paging *paging;
    const struct filter_rule *filters;
    size_t n_filters;
    struct sort_rule sort;
    const struct effect *effects;
    size_t n_effects;
    const struct refusal *refusals;
    size_t n_refusals;
    const struct requirement *requires; /* of the entity, on a link resource of the parent */
    size_t n_requires;
    struct part_rule part;
    const struct search_rule *search; /* ACTION_QUERY */
    const struct job_rule *job;       /* ACTION_JOB */
    enum job_stage stage;
    struct version_rule version;
    struct idempotency_rule idempotency;
    struct batch_rule batch;
    struct token_rule token;
    const struct graph_rule *graph;     /* ACTION_GRAPH */
    const struct channel_rule *channel; /* ACTION_CHANNEL */
    int status;                         /* success */
    const struct template *reply;       /* NULL: the action's own; see has_empty_reply */
    const struct template *show;        /* of an entity in its answers; NULL: the resource's */
    bool has_empty_reply;
    const struct header_rule *headers;
    size_t n_headers;
    struct error_case_list cases; /* overrides of the profile's */
    struct str refuse_case;       /* ACTION_REFUSE */
    struct str gone_case; /* entity not found: "not_found" unless the profile says otherwise */
    struct json source;
};

/* What the graph calls the entities of a resource, or those with one value in one field. */
struct graph_type {
    struct str name;
    const struct resource *resource;
    const struct field_path *is_field; /* NULL: all */
    struct str is_value;
    const struct field_path *version_field; /* NULL: they have none */
};

enum graph_find {
    GRAPH_CONSUMERS,
    GRAPH_CONSUMED,
    GRAPH_OBJECT,
    GRAPH_ALL,
    GRAPH_DELETED, /* those that consume what is gone */
    GRAPH_UPDATED, /* those that consume what changed after they did */
    GRAPH_TYPES
};

/* ACTION_GRAPH: the words are names of query parameters, "" where there is none. */
struct graph_rule {
    enum graph_find find;
    struct str id, type, version, name;
    struct str types, consumed_types, consumer_types; /* lists of types: of what is shown */
    struct str with_consumed, with_consumers;         /* true: they are shown with it */
    struct str only;                                  /* one of the words below */
    const struct str *only_words;
    const struct field_path **only_fields; /* which must be there in a consumer */
    size_t n_only;
    const struct template *item; /* {result.…}; NULL: the node as it is */
};

/* Notification channels: streams over which events are pushed. */
struct topic_rule {
    struct str id; /* "v2.queues.{id}.users": "{…}" stands for any one part */
    const struct str *permissions;
    size_t n_permissions;
    bool needs_all;
    struct json shows; /* what a list of topics tells of it */
};

/* A text message of a client whose field has this text is answered. */
struct stream_answer {
    const struct field_path *field;
    struct str is;
    struct str send; /* JSON text */
};

struct channel_rules {
    size_t max, topics_max;        /* channels of one owner; topics of one channel */
    int64_t lifetime_us;           /* since it was opened or topics were last set */
    int64_t heartbeat_us;          /* a silent stream is sent `heartbeat`; 0: never */
    struct str heartbeat, warning; /* JSON text; warning: the stream will be closed */
    const struct stream_answer *answers;
    size_t n_answers;
    const struct template *message; /* {result.topic}, {result.body} */
    const struct topic_rule *topics;
    size_t n_topics;
};

enum channel_do {
    CHANNEL_OPEN,
    CHANNEL_LIST,
    CHANNEL_READ,
    CHANNEL_TOPICS,  /* those that there are */
    CHANNEL_LISTING, /* those that a channel listens to */
    CHANNEL_ADD,
    CHANNEL_REPLACE,
    CHANNEL_CLEAR,
    CHANNEL_STREAM /* the WebSocket */
};

/* ACTION_CHANNEL */
struct channel_rule {
    enum channel_do does;
    const struct field_path *topic; /* in an item of the body */
    struct str lenient;             /* query parameter: true: bad topics are told, not refused */
    struct str expand;              /* query parameter: members of `shows` to be shown */
    const struct template *item;
};

/* Whose requests count together. USER: of the user that the tenant's clients name; APP_USER: of that user
 * through one client. */
enum rate_key { RATE_TOKEN, RATE_CLIENT, RATE_USER, RATE_APP_USER, RATE_OPERATION, RATE_TENANT };

struct rate_rule {
    struct str name;
    enum rate_key key;
    int64_t limit, window_us;
    const struct str *operations; /* only these count; n 0: all */
    size_t n_operations;
    bool counts_token_calls; /* the token endpoint counts too */
    struct str case_name;
};

struct policy {
    struct str name, about, value; /* value: the choice in force */
    const struct str *choices;
    size_t n;
    bool is_unverified;
    struct str source; /* where the question stands */
};

/* What a Terraform provider calls the entities of a resource, or what else names them. */
struct terraform_field {
    const struct field_path *attribute; /* without [] */
    const struct field_path *field;     /* of the entity */
};
struct terraform_reference {
    const struct field_path *attribute;
    const struct resource *to;
    const struct field_path *by; /* NULL: by id */
    const struct resource *link; /* the value is a link between the two; NULL: it is not */
    const struct str *except;    /* values that name nothing ("*") */
    size_t n_except;
    struct str edge; /* what becomes of the one that names where the other goes: blocks, breaks,
                        silences, shifts, shows */
};
struct terraform_type {
    struct str type, title;               /* title: for people, "outbound rule set" */
    const struct resource *resource;      /* NULL: not kept here, only what it names counts */
    const struct terraform_field *fields; /* by field */
    size_t n_fields;
    const struct terraform_reference *references;
    size_t n_references;
};

struct host_rule {
    struct str host; /* "api.mypurecloud.com", "{org}.api.cxone.com" */
    struct str role; /* api, login */
};

/* How a well-behaved client goes about it. */
struct client_rule {
    unsigned tries, conflict_tries;
    int64_t backoff_ms; /* the first wait where a refusal names none */
    int64_t early_s;    /* so much before its end a token is renewed */
    int64_t settle_ms;  /* so long a read may lag behind a write */
};

/* A member that tells of a person, and what stands in its place. */
#define PERSONAL_KINDS(X)                                                                          \
    X(PERSONAL_NAME, "name")                                                                       \
    X(PERSONAL_FIRST, "first")                                                                     \
    X(PERSONAL_LAST, "last")                                                                       \
    X(PERSONAL_EMAIL, "email")                                                                     \
    X(PERSONAL_PHONE, "phone")                                                                     \
    X(PERSONAL_USER, "user")                                                                       \
    X(PERSONAL_TEXT, "text")
enum personal_kind {
#define X(name, text) name,
    PERSONAL_KINDS(X)
#undef X
        PERSONAL_COUNT
};
struct personal_rule {
    const struct field_path *field;
    enum personal_kind kind;
};

struct contract {
    atomic_uint refs;
    struct arena *arena;
    struct str name, title, version, about;
    const struct json_doc *doc;
    struct str default_tenant; /* built-in tenant's name */
    struct schema_set *schemas;
    const struct resource *resources;
    size_t n_resources;
    const struct operation *operations;
    size_t n_operations;
    const struct paging *pagings;
    size_t n_pagings;
    const struct search_rule *searches;
    size_t n_searches;
    const struct job_rule *jobs;
    size_t n_jobs;
    struct error_case_list cases;
    const struct header_rule *headers;
    size_t n_headers; /* on every answer */
    const struct rate_rule *rates;
    size_t n_rates;
    const struct graph_type *graph_types;
    size_t n_graph_types;
    const struct channel_rules *channels; /* NULL: none */
    const struct policy *policies;
    size_t n_policies;
    const struct host_rule *hosts;
    size_t n_hosts;
    bool drops_nulls; /* of a body: members that are null where their schema takes no null */
    bool refuses_unknown_fields, refuses_read_only_fields, refuses_unknown_query;
    const struct template *claims, *identity_claims; /* objects; NULL: tokens say nothing */
    struct accept_rule {
        struct str media; /* that a request must say it takes; "" none */
        bool takes_any;   /* a wildcard will do */
        struct str case_name;
    } accept;
    bool ignores_path_case, merges_slashes; /* "/A//b" is "/a/b" */
    bool ignores_query_case;                /* names of query parameters */
    bool has_free_bearer; /* an empty bearer is let through: for tools that skip the token call on
                             localhost */
    const struct template_query *queries; /* all that templates ask for: they are kept indexed */
    size_t body_bytes_max, body_depth_max;
    int64_t retry_after_default_s;
    struct client_rule client;
    bool has_events;
    struct router *router;
    const struct floor_rule *floor;         /* model/floor.h; NULL: the profile tells of none */
    const struct terraform_type *terraform; /* sorted by type */
    size_t n_terraform;
};

/* One choice of a policy, from the command line. */
struct policy_choice {
    struct str name, value;
};

/* Compiles the profile in `text` (named `name` in messages). Gives a contract to be freed with
 * contract_free. A profile that breaks the format's own schema, or names what does not exist, is
 * refused: every reason is added to `fs` with file, line and column, `err` says the first. */
CHECK bool contract_load(struct contract **out, struct str name, struct str text,
                         const struct policy_choice *choices, size_t n_choices, struct findings *fs,
                         struct err *err);
/* A built-in profile by its name ("genesys-cloud"), or the file at that path. A built-in one's format is not
 * checked again: the tests have done that, and a start is to be quick. */
CHECK bool contract_open(struct contract **out, const char *name_or_path,
                         const struct policy_choice *choices, size_t n_choices, struct findings *fs,
                         struct err *err);
/* One more user of the contract; pair with contract_free. Gives it. Any thread. */
struct contract *contract_hold(struct contract *c);
/* Lets go of it: the last one frees it. NULL is fine. */
void contract_free(struct contract *c);

/* The plain OpenAPI document: policies resolved, without x-rehearse, indented. */
void contract_openapi(struct buf *out, const struct contract *c);

const struct resource *contract_resource(const struct contract *c, struct str name);
const struct operation *contract_operation(const struct contract *c, struct str id);
/* The case for `name`: the operation's own, else the profile's; "a.b" falls back to "a". Never NULL
 * for the names that C raises: the loader demands them. `op` may be NULL. */
const struct error_case *contract_case(const struct contract *c, const struct operation *op,
                                       struct str name);

enum { PATH_PARAMETERS_MAX = 8 };
struct route {
    const struct operation *op; /* NULL: not found */
    struct str
        values[PATH_PARAMETERS_MAX]; /* of the path's parameters, in their order; still encoded */
    bool is_other_method;            /* the path exists, the method does not */
};
/* Finds the operation for a path (no query). O(length of the path). GET serves HEAD too, where HEAD is
 * no operation of its own. */
struct route contract_route(const struct contract *c, struct str method, struct str path);
/* Appends "GET, HEAD, POST, OPTIONS": the methods of the path, as Allow says them. */
void contract_methods(struct buf *out, const struct contract *c, struct str path);

/* A field's text or number as text; s NULL if it is neither. */
struct str field_text(const struct field_path *field, struct json entity);
/* The value of a field in an entity: no value if absent. For a list path the first item's. */
struct json field_find(const struct field_path *field, struct json entity);
/* Calls `each` for every value of a list path (once for a plain one that is present); for a path to
 * names with the members. */
void field_each(const struct field_path *field, struct json entity,
                void (*each)(struct json value, void *ctx), void *ctx);
/* The same for what is left of a path from its part number `part` on, seen from `v`. */
void field_each_from(const struct field_path *field, size_t part, struct json v,
                     void (*each)(struct json value, void *ctx), void *ctx);

/* "breaks" …; EDGE_KIND_COUNT where the word is none of them. */
enum edge_kind edge_kind_named(struct str word);
struct str edge_kind_name(enum edge_kind kind);

/* The Terraform type of this name; NULL: none. */
const struct terraform_type *contract_terraform_type(const struct contract *c, struct str type);
/* Follows `$ref`s, up to a schema that has properties of its own beside one. */
struct json contract_deref(const struct contract *c, struct json schema);

/* What a schema and all the branches that it is put together from say of one member. */
struct member_look {
    struct json member; /* the schema of it that was found last */
    size_t n;           /* how many branches name it */
    bool is_read_only;  /* all of them say so */
    bool has_names;     /* some branch names members */
    bool is_open;       /* some branch speaks of others too */
};
struct member_look contract_member(const struct contract *c, struct json schema, struct str name);

#endif
