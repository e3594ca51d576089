/* What the admin API's files share: one call, the table of endpoints. Private to
 * mockapi/admin*.c. */
#ifndef REHEARSE_MOCKAPI_ADMIN_INT_H
#define REHEARSE_MOCKAPI_ADMIN_INT_H

#include "mockapi/admin.h"

struct admin_call {
    const struct admin *admin;
    struct request *rq;
    struct site *site;
    struct site *held; /* the session that the path names, until the call is over; NULL: none */
    struct str name;   /* what stood in the path for "{…}", decoded */
    struct json body;
    int64_t waited_ms;
    bool is_waiting; /* nothing to say yet */
};

struct admin_parameter {
    const char *name, *type, *help;
};

struct admin_endpoint {
    const char *method;
    const char *path; /* below /__rehearse or a site: "/faults/{id}" */
    const char *summary;
    void (*handle)(struct admin_call *call);
    const struct admin_parameter *query; /* ends with a NULL name; NULL: none */
    const char
        *body_schema; /* JSON text; NULL: takes no body. An array too if it names that type */
    bool is_body_optional;
    bool is_free; /* asks for no token */
};
extern const struct admin_endpoint admin_endpoints[];
extern const size_t admin_n_endpoints;

/* An answer: status, JSON as content type; gives the body to be written. */
struct buf *admin_reply(struct admin_call *call, int status);
/* An answer of our own that says what is wrong and what to do. */
void admin_refuse(struct admin_call *call, int status, const char *format, ...) PRINTF(3, 4);
/* The same for a body that was read and is bad: all findings, or `err` where there is none. */
void admin_refuse_body(struct admin_call *call, const struct err *err);
/* A number in the query. False, refused, where there is something else or one out of bounds. */
bool admin_number(struct admin_call *call, struct str name, int64_t max, int64_t *out);
/* True if the query has `name` and it is "true" or nothing. */
bool admin_flag(const struct admin_call *call, struct str name);
/* Appends `,"name":` (without the comma where `name` is the first member). */
void admin_put_name(struct buf *out, struct str name);
void admin_put_text(struct buf *out, struct str name, struct str value);
void admin_put_number(struct buf *out, struct str name, int64_t value);
void admin_put_date(struct buf *out, struct str name, int64_t at_us);

/* mockapi/admin_state.c */
void admin_get_state(struct admin_call *call);
void admin_put_state(struct admin_call *call);
void admin_reset(struct admin_call *call);
void admin_list_snapshots(struct admin_call *call);
void admin_get_snapshot(struct admin_call *call);
void admin_keep_snapshot(struct admin_call *call);
void admin_restore_snapshot(struct admin_call *call);
void admin_drop_snapshot(struct admin_call *call);
/* mockapi/admin_entities.c */
void admin_list_entities(struct admin_call *call);
void admin_make_entities(struct admin_call *call);
void admin_remove_entities(struct admin_call *call);
/* mockapi/admin_control.c */
void admin_list_faults(struct admin_call *call);
void admin_list_presets(struct admin_call *call);
void admin_add_faults(struct admin_call *call);
void admin_clear_faults(struct admin_call *call);
void admin_remove_fault(struct admin_call *call);
void admin_get_clock(struct admin_call *call);
void admin_set_clock(struct admin_call *call);
void admin_list_tokens(struct admin_call *call);
void admin_issue_token(struct admin_call *call);
void admin_expire_tokens(struct admin_call *call);
void admin_revoke_tokens(struct admin_call *call);
/* mockapi/admin_hooks.c */
void admin_list_hooks(struct admin_call *call);
void admin_redeliver_hook(struct admin_call *call);
void admin_list_sink(struct admin_call *call);
void admin_clear_sink(struct admin_call *call);
void admin_answer_sink(struct admin_call *call);
/* mockapi/admin_watch.c */
void admin_health(struct admin_call *call);
void admin_list_sites(struct admin_call *call);
void admin_list_journal(struct admin_call *call);
void admin_list_unmatched(struct admin_call *call);
void admin_clear_journal(struct admin_call *call);
/* mockapi/admin_metrics.c */
void admin_metrics(struct admin_call *call);
/* mockapi/admin_state.c */
void admin_get_reload(struct admin_call *call);
void admin_reload(struct admin_call *call);
/* mockapi/admin_sessions.c */
void admin_make_session(struct admin_call *call);
void admin_list_sessions(struct admin_call *call);
void admin_get_session(struct admin_call *call);
void admin_drop_session(struct admin_call *call);
/* mockapi/admin_streams.c */
void admin_list_streams(struct admin_call *call);
void admin_publish(struct admin_call *call);
void admin_warn_streams(struct admin_call *call);
void admin_close_streams(struct admin_call *call);
/* mockapi/admin_openapi.c */
void admin_openapi(struct admin_call *call);

#endif
