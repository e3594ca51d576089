/* The table of conduct rules, and what they have in common. */
#include "replay/judge_int.h"

#include <stdarg.h>
#include <stdio.h>

static const struct conduct_rule rules[CONDUCT_RULES] = {
    {STR_INIT("C101"), STR_INIT("token-reuse"), STR_INIT("one token serves many calls"),
     STR_INIT("Token endpoints have tight limits of their own: a client that signs in for each "
              "call is locked out under "
              "load, and every call takes two round trips."),
     STR_INIT("Keep the token until shortly before it lapses; share it between threads."),
     judge_token_reuse},
    {STR_INIT("C102"), STR_INIT("token-refresh"),
     STR_INIT("a 401 leads to one fresh token and one more try"),
     STR_INIT("Tokens die early: an administrator revokes them, a region fails over. Who gives up "
              "then needs a person at "
              "night; who sends the dead token again hammers."),
     STR_INIT("On a 401 fetch one new token (one for all threads), send the call once more; a "
              "second 401 is final."),
     judge_token_refresh},
    {STR_INIT("C103"), STR_INIT("token-early"), STR_INIT("tokens are renewed before they lapse"),
     STR_INIT("A token that lapses in the middle of a walk costs a failed call each time."),
     STR_INIT("Renew when expires_in, less a margin, has passed."), judge_token_early},
    {STR_INIT("C104"), STR_INIT("secret-place"), STR_INIT("secrets stay out of URLs"),
     STR_INIT("URLs stand in the logs of every proxy on the way."),
     STR_INIT(
         "Send tokens in the Authorization header, secrets there or in the token request's body."),
     judge_secret_place},
    {STR_INIT("C201"), STR_INIT("retry-after"), STR_INIT("Retry-After is honoured"),
     STR_INIT("Requests inside the window count as well: who does not wait is never let in again."),
     STR_INIT("Wait as long as the header says, in seconds or as a date, before any call under the "
              "same limit."),
     judge_retry_after},
    {STR_INIT("C202"), STR_INIT("retry-429"), STR_INIT("a 429 is tried again"),
     STR_INIT("A limit is no refusal of the work: it was only not done yet."),
     STR_INIT("Wait and send the same call again."), judge_retry_429},
    {STR_INIT("C203"), STR_INIT("backoff"), STR_INIT("repeated failures are spaced out"),
     STR_INIT("Many clients that repeat at once keep a tenant down that could have come back."),
     STR_INIT("Double the wait with each failure, draw it at random below that (full jitter)."),
     judge_backoff},
    {STR_INIT("C204"), STR_INIT("retry-bound"), STR_INIT("tries end"),
     STR_INIT("A job that never gives up hides its failure, and holds its lock."),
     STR_INIT("Bound the tries, then say what was not done."), judge_retry_bound},
    {STR_INIT("C205"), STR_INIT("retry-5xx"),
     STR_INIT("502, 503, 504 and dropped connections are tried again where that is safe"),
     STR_INIT(
         "Gateways restart daily; a read that gives up at the first of these fails for nothing."),
     STR_INIT("Repeat reads, PUT, DELETE and what carries an idempotency key."), judge_retry_5xx},
    {STR_INIT("C206"), STR_INIT("no-retry"), STR_INIT("refusals are not repeated"),
     STR_INIT("The same request gets the same refusal, and uses up the limit."),
     STR_INIT("Report 400, 403, 404 and 422; change the request before it goes out again."),
     judge_no_retry},
    {STR_INIT("C301"), STR_INIT("unsafe-retry"),
     STR_INIT("a create is not sent twice blindly after a lost answer"),
     STR_INIT("The first one may have been carried out: twice makes two wrap-up codes, or a 409 "
              "that is misread."),
     STR_INIT("Look whether it is there first, or use an idempotency key."), judge_unsafe_retry},
    {STR_INIT("C302"), STR_INIT("idempotency-key"),
     STR_INIT("a key is fresh for each batch and the same for its retries"),
     STR_INIT("A key on another body is refused or answered with the old result; a new key on a "
              "retry does it twice."),
     STR_INIT("Make one key a batch, keep it beside the batch until it is done."),
     judge_idempotency_key},
    {STR_INIT("C303"), STR_INIT("conflict-read"),
     STR_INIT("a conflict is followed by a read, the retry carries the new version"),
     STR_INIT("Somebody else has changed the entity: the stale version is refused for ever, "
              "forcing it loses their work."),
     STR_INIT("Read the entity, merge, send the new version or ETag."), judge_conflict_read},
    {STR_INIT("C304"), STR_INIT("conflict-bound"),
     STR_INIT("conflicts end in success or a clear error"),
     STR_INIT("Two jobs that overwrite each other in turn never end."),
     STR_INIT("Bound the rounds, then report the conflict and exit with a failure."),
     judge_conflict_bound},
    {STR_INIT("C401"), STR_INIT("paging-complete"), STR_INIT("every page is read"),
     STR_INIT("Codes on the pages that were not read look as if they were missing: they are made "
              "twice, or lost."),
     STR_INIT("Follow the next page until there is none, again from the start where a page fails "
              "for good."),
     judge_paging_complete},
    {STR_INIT("C402"), STR_INIT("paging-ends"), STR_INIT("paging stops"),
     STR_INIT("A loop over the same page runs until the limit stops it, and then goes on."),
     STR_INIT("End when a page brings nothing new or the next one is one that was read."),
     judge_paging_ends},
    {STR_INIT("C403"), STR_INIT("stale-read"),
     STR_INIT("a read that lags behind a write is met with patience"),
     STR_INIT("Tenants are eventually consistent: a 404 right after a create does not mean that it "
              "failed."),
     STR_INIT("Read again for some seconds before you believe it."), judge_stale_read},
    {STR_INIT("C501"), STR_INIT("contract"),
     STR_INIT("only documented operations, parameters and fields are used"),
     STR_INIT("What is not documented is ignored today and refused tomorrow."),
     STR_INIT("See what the profile has: rehearse profile show NAME."), judge_contract},
    {STR_INIT("C502"), STR_INIT("body-valid"),
     STR_INIT("bodies meet the schema before they are sent"),
     STR_INIT("A body that is refused half-way through a job leaves the first half behind."),
     STR_INIT("Check bodies before the first call: rehearse check."), judge_body_valid},
    {STR_INIT("C601"), STR_INIT("tls"), STR_INIT("certificates are verified"),
     STR_INIT(
         "Who talks on over a wrong certificate hands the client secret to whoever is in between."),
     STR_INIT("Leave verification on; add the company's authority to the trust store instead."),
     judge_tls},
    {STR_INIT("C602"), STR_INIT("hosts"), STR_INIT("only the expected hosts are contacted"),
     STR_INIT("A forgotten telemetry or test host gets customers' data."),
     STR_INIT("Name the host as a sink if it is meant: --sink."), judge_hosts},
    {STR_INIT("C701"), STR_INIT("exit"), STR_INIT("failure is reported"),
     STR_INIT(
         "A job that ends with 0 and did not do its work is found out by a supervisor, on Monday."),
     STR_INIT("Exit with a status other than 0 where anything was not done."), judge_exit},
    {STR_INIT("C702"), STR_INIT("complete"), STR_INIT("transient faults do not change the outcome"),
     STR_INIT("What the tenant looks like must not depend on the weather."),
     STR_INIT("Retry what is transient; resume what was cut off."), judge_complete},
    {STR_INIT("C703"), STR_INIT("partial"),
     STR_INIT("a workflow that stops half-way leaves nothing orphaned, or says so"),
     STR_INIT("A code without its queue or webhook is seen by nobody until an agent looks for it."),
     STR_INIT("Undo the first steps, or name them and exit with a failure."), judge_partial},
    {STR_INIT("C801"), STR_INIT("rate"), STR_INIT("the documented rate is kept"),
     STR_INIT("Limits are the tenant's, not the job's: others stand still for it."),
     STR_INIT("Limit the rate in the client; rehearse profile show NAME says what it is."),
     judge_rate},
};

const struct conduct_rule *conduct_rule_at(size_t i)
{
    return i < CONDUCT_RULES ? &rules[i] : NULL;
}

const struct conduct_rule *conduct_rule_find(struct str id)
{
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        if (str_eq_fold(rules[i].id, id) || str_eq(rules[i].name, id)) {
            return &rules[i];
        }
    }
    return NULL;
}

const char *judged_name(enum judged judged)
{
    static const char *const names[] = {"not exercised", "held", "broken", "off"};
    return names[judged];
}

/* --- what rules are written with --- */

void judge_occasion(struct verdict *v)
{
    v->n_occasions++;
}

void judge_broken(struct judge *j, struct verdict *v, const struct exchange *x,
                  const struct exchange *y, const char *format, ...)
{
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->n_occasions++;
    if (v->n_broken++ < BREACHES_MAX) {
        struct breach *b = &v->breaches[v->n_broken - 1];
        b->text = str_copy(j->a, str_of(text));
        if (x) {
            b->at[b->n_at++] = x;
        }
        if (y) {
            b->at[b->n_at++] = y;
        }
    }
}

const struct exchange *judge_next(const struct judge *j, const struct exchange *x)
{
    const struct exchange *next = x + 1;
    return next < j->e->at + j->e->n && str_eq(next->site, x->site) ? next : NULL;
}

const struct exchange *judge_again(const struct judge *j, const struct exchange *x)
{
    for (const struct exchange *y = judge_next(j, x); y; y = judge_next(j, y)) {
        if (y->signature == x->signature && str_eq(y->uri, x->uri) && str_eq(y->body, x->body)) {
            return y;
        }
    }
    return NULL;
}

const struct exchange *judge_on_path(const struct judge *j, const struct exchange *x,
                                     struct str method)
{
    for (const struct exchange *y = judge_next(j, x); y; y = judge_next(j, y)) {
        if (str_eq(y->path, x->path) && (!method.s || str_eq(y->method, method)) &&
            y->from_us >= x->from_us) {
            return y;
        }
    }
    return NULL;
}

bool judge_is_first(const struct judge *j, const struct exchange *x)
{
    for (const struct exchange *y = j->e->at; y < x; y++) {
        if (y->signature == x->signature && str_eq(y->site, x->site)) {
            return false;
        }
    }
    return true;
}

bool judge_is_transient(const struct exchange *x)
{
    return x->is_lost || (x->status >= 502 && x->status <= 504);
}

bool judge_is_token(const struct exchange *x)
{
    return x->op && x->op->action == ACTION_TOKEN;
}

bool judge_query(const struct exchange *x, struct str name, struct str *out)
{
    struct str rest = x->query, pair, key;
    while (name.len && rest.len && str_cut(&rest, '&', &pair)) {
        if (str_cut(&pair, '=', &key) && str_eq_fold(key, name)) {
            *out = pair;
            return true;
        }
    }
    return false;
}

bool judge_said_failure(const struct judge *j)
{
    const struct evidence_end *end = &j->e->end;
    return end->is_known && !end->is_timeout && (end->exit_status != 0 || end->signal != 0);
}

struct str judge_call(struct judge *j, const struct exchange *x)
{
    struct buf b;
    buf_init(&b, j->a);
    buf_printf(&b, "#%llu %.*s %.*s", (unsigned long long)x->number, STR_ARG(x->method),
               STR_ARG(str_slice(x->uri, 0, 120)));
    return buf_str(&b);
}

/* --- judging --- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void take_defaults(struct judge_params *p)
{
    p->token_margin_us = or_default(p->token_margin_us, 300 * US_PER_S);
    p->slack_us = or_default(p->slack_us, 50 * US_PER_MS);
    p->retries_max = or_default(p->retries_max, 10);
    p->conflicts_max = or_default(p->conflicts_max, 10);
    p->refreshes_max = or_default(p->refreshes_max, 3);
    p->same_page_max = or_default(p->same_page_max, 20);
}

static bool is_off(const struct judge_params *p, const struct conduct_rule *rule,
                   struct str *out_reason)
{
    for (size_t i = 0; i < p->n_off; i++) {
        if (str_eq_fold(p->off[i], rule->id) || str_eq(p->off[i], rule->name)) {
            *out_reason = p->off_reasons ? p->off_reasons[i] : STR("");
            return true;
        }
    }
    return false;
}

void judge_run(struct judgement *out, struct arena *a, const struct evidence *evidence,
               const struct judge_params *params)
{
    struct judge j = {.a = a, .e = evidence, .p = *params};
    *out = (struct judgement){.n_held = 0};
    take_defaults(&j.p);
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        struct verdict *v = &out->verdicts[i];
        v->rule = &rules[i];
        if (is_off(&j.p, v->rule, &v->off_reason)) {
            v->judged = JUDGED_OFF;
            out->n_off++;
            continue;
        }
        v->rule->judge(&j, v);
        v->judged = v->n_broken      ? JUDGED_BROKEN
                    : v->n_occasions ? JUDGED_HELD
                                     : JUDGED_NOT_EXERCISED;
        out->n_held += v->judged == JUDGED_HELD;
        out->n_broken += v->judged == JUDGED_BROKEN;
        out->n_not_exercised += v->judged == JUDGED_NOT_EXERCISED;
    }
    out->is_well = out->n_broken == 0;
}
