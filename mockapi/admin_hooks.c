/* Webhooks that were sent, and the sink for what clients send elsewhere. */
#include "mockapi/admin_int.h"
#include "mockapi/hooks.h"
#include "mockapi/sink.h"

void admin_list_hooks(struct admin_call *call)
{
    hooks_put(admin_reply(call, 200), call->admin->hooks, call->site);
}

void admin_redeliver_hook(struct admin_call *call)
{
    uint64_t id = 0;
    if (!num_parse_u64(&id, call->name, 1, UINT64_MAX) ||
        !hooks_redeliver(call->admin->hooks, id)) {
        admin_refuse(call, 404, "there is no delivery %.*s; GET /hooks lists those that are kept",
                     STR_ARG(call->name));
        return;
    }
    buf_put(admin_reply(call, 202), STR("{}"));
}

/* Lists, or waits until so many have come. */
void admin_list_sink(struct admin_call *call)
{
    int64_t wanted = 0, timeout_ms = 5000;
    struct str name = query_get(&call->rq->query, STR("name"));
    if (!admin_number(call, STR("wait"), 100000, &wanted) ||
        !admin_number(call, STR("timeoutMs"), 60000, &timeout_ms)) {
        return;
    }
    bool is_there = (int64_t)sink_count(call->admin->sink, name) >= wanted;
    if (!is_there && call->waited_ms < timeout_ms) {
        call->is_waiting = true;
        return;
    }
    sink_put(admin_reply(call, is_there ? 200 : 408), call->admin->sink, name);
}

void admin_clear_sink(struct admin_call *call)
{
    sink_clear(call->admin->sink);
    buf_put(admin_reply(call, 200), STR("{}"));
}

void admin_answer_sink(struct admin_call *call)
{
    int64_t status = 0, times = 1;
    struct str name = json_str_or(json_get(call->body, STR("name")), STR(""));
    struct json given = json_get(call->body, STR("times"));
    if (!json_i64(json_get(call->body, STR("status")), &status) || status < 200 || status > 599 ||
        !name.len || (json_exists(given) && (!json_i64(given, &times) || times < 0))) {
        admin_refuse(call, 422,
                     "the body is {\"name\": NAME, \"status\": 200 to 599, \"times\": N}; times 0: "
                     "from now on");
        return;
    }
    sink_answer(call->admin->sink, name, (int)status, times);
    buf_put(admin_reply(call, 200), STR("{}"));
}
