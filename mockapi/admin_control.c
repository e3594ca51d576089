/* Faults, the clock and tokens, set from outside while the server runs. */
#include "mockapi/admin_int.h"

static const int64_t clock_min_us = INT64_C(-62135596800) * US_PER_S; /* year 1 */
static const int64_t clock_max_us = INT64_C(253402300799) * US_PER_S; /* end of year 9999 */

static int64_t now_us(const struct admin_call *call)
{
    return clock_now_us(&call->site->clock);
}

void admin_list_faults(struct admin_call *call)
{
    faults_put(admin_reply(call, 200), call->site->faults);
}

void admin_list_presets(struct admin_call *call)
{
    faults_put_presets(admin_reply(call, 200), call->site->contract);
}

void admin_add_faults(struct admin_call *call)
{
    struct site *s = call->site;
    struct findings *fs = &call->rq->findings;
    struct err err = {0};
    uint64_t id = 0;
    bool is_list = json_exists(json_get(call->body, STR("faults")));
    bool is_added =
        is_list ? faults_load(s->faults, s->contract, call->body, now_us(call), fs, &err)
                : faults_add(s->faults, &id, s->contract, call->body, now_us(call), fs, &err);
    if (!is_added) {
        admin_refuse_body(call, &err);
    } else if (is_list) {
        faults_put(admin_reply(call, 201), s->faults);
    } else {
        buf_printf(admin_reply(call, 201), "{\"id\":%llu}", (unsigned long long)id);
    }
}

void admin_clear_faults(struct admin_call *call)
{
    faults_clear(call->site->faults);
    admin_list_faults(call);
}

void admin_remove_fault(struct admin_call *call)
{
    uint64_t id = 0;
    if (!num_parse_u64(&id, call->name, 1, UINT64_MAX) || !faults_remove(call->site->faults, id)) {
        admin_refuse(call, 404, "there is no fault rule %.*s; GET /__rehearse/faults lists them",
                     STR_ARG(str_slice(call->name, 0, 80)));
        return;
    }
    admin_list_faults(call);
}

void admin_get_clock(struct admin_call *call)
{
    struct clock_state state = clock_state(&call->site->clock);
    struct buf *out = admin_reply(call, 200);
    buf_put_char(out, '{');
    admin_put_date(out, STR("now"), state.now_us);
    admin_put_name(out, STR("frozen"));
    buf_put(out, state.is_frozen ? STR("true") : STR("false"));
    admin_put_name(out, STR("scale"));
    buf_printf(out, "%.17g}", state.scale);
}

static bool freeze(struct admin_call *call, struct json value)
{
    struct clock *clock = &call->site->clock;
    int64_t at_us = clock_now_us(clock);
    if (!json_is_true(value) &&
        (json_kind(value) != JSON_STRING || !date_parse(&at_us, json_str(value)))) {
        admin_refuse(call, 422, "freeze is true or a date as 2026-01-05T09:00:00Z");
        return false;
    }
    clock_freeze(clock, at_us);
    return true;
}

static bool advance(struct admin_call *call, struct json value)
{
    struct str text = json_str_or(value, STR(""));
    bool is_back = str_starts(text, STR("-"));
    int64_t by_us = 0;
    if (!duration_parse(&by_us, str_slice(text, is_back, text.len))) {
        admin_refuse(call, 422, "advance is a duration as 90s, 2h, 1d or P1DT2H");
        return false;
    }
    by_us = is_back ? -by_us : by_us;
    int64_t to_us;
    if (__builtin_add_overflow(now_us(call), by_us, &to_us) || to_us < clock_min_us ||
        to_us > clock_max_us) {
        admin_refuse(call, 422, "the clock stays within the years 1 to 9999");
        return false;
    }
    clock_advance(&call->site->clock, by_us);
    return true;
}

static bool set_scale(struct admin_call *call, struct json value)
{
    const double scale_max = 1e6;
    double scale = json_kind(value) == JSON_NUMBER ? json_double(value) : 0;
    if (!(scale > 0) || scale > scale_max) {
        admin_refuse(call, 422,
                     "scale is a number above 0, at most 1000000: clock seconds a real "
                     "second");
        return false;
    }
    clock_set_scale(&call->site->clock, scale);
    return true;
}

static bool resume(struct admin_call *call, struct json value)
{
    (void)value;
    clock_resume(&call->site->clock);
    return true;
}

static bool reset_clock(struct admin_call *call, struct json value)
{
    (void)value;
    clock_reset(&call->site->clock);
    return true;
}

void admin_set_clock(struct admin_call *call)
{
    static const struct {
        struct str name;
        bool (*set)(struct admin_call *call, struct json value);
    } verbs[] = {
        {STR_INIT("freeze"), freeze},     {STR_INIT("advance"), advance},
        {STR_INIT("scale"), set_scale},   {STR_INIT("resume"), resume},
        {STR_INIT("reset"), reset_clock},
    };
    struct json value = json_first(call->body);
    for (size_t i = 0; json_count(call->body) == 1 && i < sizeof verbs / sizeof *verbs; i++) {
        if (str_eq(json_key(value), verbs[i].name)) {
            if (verbs[i].set(call, value)) {
                admin_get_clock(call);
            }
            return;
        }
    }
    admin_refuse(call, 422, "one of freeze, advance, scale, resume, reset is to be given");
}

void admin_list_tokens(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"tokens\":"));
    tokens_put(out, call->site->tokens, now_us(call));
    buf_put_char(out, '}');
}

/* The client that the body names, copied out of the tenant: its id, its scopes joined by blanks and
 * how long its tokens live. False, refused, where there is none. */
static bool find_client(struct admin_call *call, struct str *out_id, struct str *out_scope,
                        int64_t *out_lifetime_s)
{
    struct site *s = call->site;
    struct str id = json_str_or(json_get(call->body, STR("client")), STR(""));
    struct buf scope;
    buf_init(&scope, call->rq->arena);
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    const struct tenant_client *client = site_client(s, s->tenant, id);
    if (client) {
        *out_id = str_copy(call->rq->arena, client->id);
        *out_lifetime_s = client->lifetime_s;
    }
    for (size_t i = 0; client && i < client->n_scopes; i++) {
        buf_put(&scope, i ? STR(" ") : STR(""));
        buf_put(&scope, client->scopes[i]);
    }
    (void)pthread_rwlock_unlock(&s->tenant_lock);
    *out_scope = buf_str(&scope);
    if (!client) {
        admin_refuse(call, 422, "the tenant has no client \"%.*s\"", STR_ARG(str_slice(id, 0, 80)));
    }
    return client != NULL;
}

static int64_t profile_lifetime_s(const struct contract *c)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        if (c->operations[i].action == ACTION_TOKEN) {
            return c->operations[i].token.lifetime_s;
        }
    }
    return 3600;
}

void admin_issue_token(struct admin_call *call)
{
    struct str id, scope, text;
    int64_t lifetime_s = 0;
    struct json asked = json_get(call->body, STR("lifetimeS"));
    if (!find_client(call, &id, &scope, &lifetime_s)) {
        return;
    }
    if (lifetime_s == 0) {
        lifetime_s = profile_lifetime_s(call->site->contract);
    }
    if (json_exists(asked) && (!json_i64(asked, &lifetime_s) || lifetime_s < 0)) {
        admin_refuse(call, 422, "lifetimeS is a whole number of seconds, 0 or more");
        return;
    }
    scope = json_str_or(json_get(call->body, STR("scope")), scope);
    struct token_grant grant = {
        .client_id = id, .scope = scope, .audience = STR(""), .lifetime_s = lifetime_s};
    text = oauth_mint(call->rq, call->site, &grant, now_us(call));
    struct buf *out = admin_reply(call, 201);
    buf_put_char(out, '{');
    admin_put_text(out, STR("token"), text);
    admin_put_text(out, STR("client"), id);
    admin_put_text(out, STR("scope"), scope);
    admin_put_number(out, STR("lifetimeS"), lifetime_s);
    buf_put_char(out, '}');
}

static void put_ended(struct admin_call *call, size_t n)
{
    buf_printf(admin_reply(call, 200), "{\"ended\":%zu}", n);
}

void admin_expire_tokens(struct admin_call *call)
{
    struct str client = json_str_or(json_get(call->body, STR("client")), STR(""));
    put_ended(call, tokens_expire_client(call->site->tokens, client, now_us(call)));
}

void admin_revoke_tokens(struct admin_call *call)
{
    struct str client = json_str_or(json_get(call->body, STR("client")), STR(""));
    put_ended(call, tokens_revoke_client(call->site->tokens, client));
}
