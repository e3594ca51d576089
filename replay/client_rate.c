/* Documented rates, kept: of each limit the times at which its last `limit` requests ended. Where
 * the oldest of them ended a window ago the next may go: whatever the network did to their order or
 * pace, no window on the server's side holds more. */
#include "replay/client_int.h"

enum { LIMIT_MAX = 100000, MARGIN_US = 20000 };

static bool counts(const struct rate_rule *rule, const struct call *call)
{
    if (call->is_token && !rule->counts_token_calls) {
        return false;
    }
    for (size_t i = 0; i < rule->n_operations; i++) {
        if (str_eq(rule->operations[i], call->request->op->id)) {
            return true;
        }
    }
    return rule->n_operations == 0;
}

static struct rate_window *window_of(struct client *c, const struct rate_rule *rule,
                                     const struct operation *op)
{
    struct rate_window *w = c->windows;
    for (; w && (w->rule != rule || w->op != op); w = w->next) {
    }
    if (!w) {
        w = MEM_NEW(struct rate_window);
        w->rule = rule;
        w->op = op;
        w->limit = (size_t)rule->limit;
        w->ended_us = MEM_ARRAY(w->limit, int64_t);
        w->next = c->windows;
        c->windows = w;
    }
    return w;
}

bool client_rate_take(struct client *c, struct call *call, int64_t now_us, int64_t *out_again_us)
{
    struct rate_window *found[CALL_SLOTS];
    size_t n = 0;
    *out_again_us = 0;
    for (size_t i = 0; call->request->op && i < c->contract->n_rates && n < CALL_SLOTS; i++) {
        const struct rate_rule *rule = &c->contract->rates[i];
        if (rule->limit < 1 || rule->limit > LIMIT_MAX || !counts(rule, call)) {
            continue;
        }
        struct rate_window *w =
            window_of(c, rule, rule->key == RATE_OPERATION ? call->request->op : NULL);
        int64_t oldest = w->ended_us[w->head];
        if (oldest == INT64_MAX) {
            return false;
        }
        if (oldest && oldest + rule->window_us + MARGIN_US > now_us) {
            *out_again_us = oldest + rule->window_us + MARGIN_US;
            return false;
        }
        found[n++] = w;
    }
    for (size_t i = 0; i < n; i++) {
        call->slots[i].window = found[i];
        call->slots[i].at = found[i]->head;
        found[i]->ended_us[found[i]->head] = INT64_MAX;
        found[i]->head = (found[i]->head + 1) % found[i]->limit;
    }
    call->n_slots = n;
    return true;
}

void client_rate_give(struct call *call, int64_t now_us)
{
    for (size_t i = 0; i < call->n_slots; i++) {
        call->slots[i].window->ended_us[call->slots[i].at] = now_us;
    }
    call->n_slots = 0;
}

void client_rate_done(struct client *c)
{
    while (c->windows) {
        struct rate_window *w = c->windows;
        c->windows = w->next;
        mem_free(w->ended_us);
        mem_free(w);
    }
}
