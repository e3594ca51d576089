/* Looking on: health, sites, the journal, counters. */
#include "mockapi/admin_int.h"

#include <unistd.h>

enum { WAIT_DEFAULT_MS = 5000, WAIT_MAX_MS = 60000, STATUS_MAX = 999 };

static uint64_t request_count(struct site *s)
{
    return atomic_load_explicit(&s->n_requests, memory_order_relaxed);
}

static void put_site(struct buf *out, struct site *s)
{
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    buf_put_char(out, '{');
    admin_put_text(out, STR("name"), s->name);
    admin_put_text(out, STR("profile"), s->contract->name);
    admin_put_text(out, STR("tenant"), tenant_name(s->tenant));
    admin_put_text(out, STR("prefix"), s->prefix);
    admin_put_number(out, STR("requests"), (int64_t)request_count(s));
    buf_put_char(out, '}');
    (void)pthread_rwlock_unlock(&s->tenant_lock);
}

static void put_sites(struct buf *out, const struct admin *admin)
{
    admin_put_name(out, STR("sites"));
    buf_put_char(out, '[');
    for (size_t i = 0; i < admin->n_sites; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        put_site(out, admin->sites[i]);
    }
    buf_put(out, STR("]}"));
}

void admin_health(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"status\":\"ok\",\"version\":\"" REHEARSE_VERSION "\""));
    admin_put_number(out, STR("pid"), getpid());
    admin_put_number(out, STR("upMs"),
                     (clock_monotonic_us() - call->admin->started_us) / US_PER_MS);
    put_sites(out, call->admin);
}

void admin_list_sites(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put_char(out, '{');
    put_sites(out, call->admin);
}

static bool read_filter(struct admin_call *call, struct journal_filter *out)
{
    const struct query *q = &call->rq->query;
    int64_t after = 0, limit = 0, status = 0, since_us = 0;
    struct str since = query_get(q, STR("since"));
    if (since.s && !date_parse(&since_us, since)) {
        admin_refuse(call, 400, "since is a date as 2026-01-05T09:00:00Z");
        return false;
    }
    if (!admin_number(call, STR("after"), INT64_MAX, &after) ||
        !admin_number(call, STR("limit"), INT64_MAX, &limit) ||
        !admin_number(call, STR("status"), STATUS_MAX, &status)) {
        return false;
    }
    *out = (struct journal_filter){
        .after = (uint64_t)after,
        .since_us = since_us,
        .limit = (size_t)limit,
        .operation = query_get(q, STR("operation")),
        .method = query_get(q, STR("method")),
        .path = query_get(q, STR("path")),
        .client = query_get(q, STR("client")),
        .case_name = query_get(q, STR("case")),
        .status = (int)status,
        .only_unmatched = admin_flag(call, STR("unmatched")),
        .only_faults = admin_flag(call, STR("faults")),
    };
    return true;
}

static bool read_format(struct admin_call *call, enum journal_format *out, struct str *out_type)
{
    static const struct {
        struct str word, type;
    } formats[] = {
        [JOURNAL_JSON] = {STR_INIT("json"), STR_INIT("application/json")},
        [JOURNAL_NDJSON] = {STR_INIT("ndjson"), STR_INIT("application/x-ndjson")},
        [JOURNAL_HAR] = {STR_INIT("har"), STR_INIT("application/json")},
    };
    struct str word = query_get(&call->rq->query, STR("format"));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!word.s || str_eq(word, formats[i].word)) {
            *out = (enum journal_format)i;
            *out_type = formats[i].type;
            return true;
        }
    }
    admin_refuse(call, 400, "format is json, ndjson or har");
    return false;
}

static void list_journal(struct admin_call *call, bool only_unmatched)
{
    struct journal *journal = call->site->journal;
    struct journal_filter filter;
    enum journal_format format;
    struct str type;
    int64_t count = 0, timeout_ms = WAIT_DEFAULT_MS;
    if (!read_filter(call, &filter) || !read_format(call, &format, &type) ||
        !admin_number(call, STR("wait"), INT32_MAX, &count) ||
        !admin_number(call, STR("timeoutMs"), WAIT_MAX_MS, &timeout_ms)) {
        return;
    }
    filter.only_unmatched = filter.only_unmatched || only_unmatched;
    if (count > 0 && !journal_wait(journal, &filter, (size_t)count, 0)) {
        call->is_waiting = call->waited_ms < timeout_ms;
        if (!call->is_waiting) {
            admin_refuse(call, 408, "fewer than %lld entries matched within %lld ms",
                         (long long)count, (long long)timeout_ms);
        }
        return;
    }
    journal_put(admin_reply(call, 200), journal, &filter, format);
    call->rq->reply.content_type = type;
}

void admin_list_journal(struct admin_call *call)
{
    list_journal(call, false);
}

void admin_list_unmatched(struct admin_call *call)
{
    list_journal(call, true);
}

void admin_clear_journal(struct admin_call *call)
{
    journal_clear(call->site->journal);
    buf_put(admin_reply(call, 200), STR("{}"));
}
