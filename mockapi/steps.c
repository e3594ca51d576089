/* The way of a request, in one table. Each step goes on or has replied. */
#include "mockapi/journal_int.h"
#include "mockapi/site.h"

#include "validator/validator.h"

/* Query parameters get the names that the profile gives them. */
static void spell_query(struct request *rq)
{
    for (size_t i = 0; i < rq->query.n; i++) {
        for (size_t k = 0; k < rq->op->n_parameters; k++) {
            const struct parameter *p = &rq->op->parameters[k];
            if (str_eq(p->in, STR("query")) && str_eq_fold(p->name, rq->query.pairs[i].name)) {
                rq->query.pairs[i].name = p->name;
            }
        }
    }
}

/* No operation: the body is the vendor's, the header says which ones are near. */
static bool reply_unmatched(struct request *rq, struct str case_name)
{
    struct buf nearest;
    buf_init(&nearest, rq->arena);
    struct str line = nearest_put(&nearest, rq);
    rq->nearest = buf_str(&nearest);
    reply_case(rq, case_name);
    reply_header(rq, STR("X-Rehearse-Nearest"), line);
    return false;
}

/* HTTP itself refuses the request; the body is the vendor's all the same. */
static bool reply_framing(struct request *rq)
{
    struct error_case *e = ARENA_NEW(rq->arena, struct error_case);
    *e = *contract_case(rq->contract, NULL, STR("body"));
    e->status = rq->framing_status;
    return reply_text_case(rq, e, rq->framing_text);
}

static bool step_route(struct request *rq)
{
    struct err err = {0};
    if (rq->framing_status) {
        return reply_framing(rq);
    }
    if (str_eq(rq->method, STR("OPTIONS")) && str_eq(rq->uri, STR("*"))) { /* of the server */
        reply_empty(rq, 204);
        reply_header(rq, STR("Allow"), STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        return false;
    }
    if (rq->outside_of.len) {
        return reply_unmatched(rq, STR("route"));
    }
    rq->route = contract_route(rq->contract, rq->method, rq->path);
    rq->op = rq->route.op;
    if (!rq->op && rq->route.is_other_method) {
        struct buf methods;
        buf_init(&methods, rq->arena);
        contract_methods(&methods, rq->contract, rq->path);
        if (str_eq(rq->method, STR("OPTIONS"))) { /* RFC 9110, 9.3.7: what may be asked here */
            reply_empty(rq, 204);
        } else {
            reply_unmatched(rq, STR("method"));
        }
        reply_header(rq, STR("Allow"), buf_str(&methods));
        return false;
    }
    if (!rq->op) {
        return reply_unmatched(rq, STR("route"));
    }
    for (size_t i = 0; i < PATH_PARAMETERS_MAX && rq->route.values[i].s; i++) {
        if (!uri_decode(&rq->path_values[i], rq->arena, rq->route.values[i], &err)) {
            return reply_case(rq, STR("path"));
        }
    }
    if (!query_parse(&rq->query, rq->arena, rq->query_text, &err)) {
        return reply_case(rq, STR("query"));
    }
    if (rq->contract->ignores_query_case) {
        spell_query(rq);
    }
    return true;
}

/* Is `media` among those of an Accept header? With weight 0 it is not. */
static bool names_media(struct str header, struct str media, bool takes_any)
{
    struct str part;
    while (header.len && str_cut(&header, ',', &part)) {
        struct str name = str_trim(str_slice(part, 0, str_find_char(part, ';')));
        struct str rest = str_slice(part, str_find_char(part, ';'), part.len);
        bool is_any = str_eq(name, STR("*/*")) || str_eq_fold(name, STR("application/*"));
        bool is_refused =
            str_find(rest, STR("q=0")) < rest.len && str_find(rest, STR("q=0.")) == rest.len;
        if (!is_refused && (str_eq_fold(name, media) || (takes_any && is_any))) {
            return true;
        }
    }
    return false;
}

/* Where the profile wants it said: does the client take what the API speaks? */
static bool step_accept(struct request *rq)
{
    const struct accept_rule *rule = &rq->contract->accept;
    return !rule->media.len || !rq->op->needs_token ||
           names_media(request_header(rq, STR("Accept")), rule->media, rule->takes_any) ||
           reply_case(rq, rule->case_name);
}

static bool step_limit(struct request *rq)
{
    return limits_count(rq->site->limits, rq) || reply_case(rq, rq->rate.rule->case_name);
}

/* The answer that a plan gives in place of the operation's. */
static bool reply_plan(struct request *rq)
{
    const struct fault_plan *plan = rq->fault;
    /* no window of a limit stands behind this refusal: it asks for the rule's wait, or for the
     * profile's short one */
    rq->rate = (struct rate_state){0};
    if (!num_parse_i64(&rq->rate.retry_after_s, plan->retry_after, 1, INT32_MAX)) {
        rq->rate.retry_after_s = 0;
    }
    if (plan->case_name.len && !plan->status) {
        return reply_case(rq, plan->case_name);
    }
    struct error_case *e = ARENA_NEW(rq->arena, struct error_case);
    struct buf name;
    buf_init(&name, rq->arena);
    buf_printf(&name, "server.%d", plan->status);
    *e = *contract_case(rq->contract, rq->op,
                        plan->case_name.len ? plan->case_name : buf_str(&name));
    e->status = plan->status;
    e->code = plan->code.len ? plan->code : e->code;
    return reply_error(rq, e);
}

static bool answers(const struct fault_plan *plan)
{
    return plan->case_name.len > 0 || plan->status > 0;
}

/* The header describes a fault for this request alone. NULL: replied. */
static const struct fault_plan *plan_of_header(struct request *rq, struct str header)
{
    struct error_case *e = ARENA_NEW(rq->arena, struct error_case);
    *e = *contract_case(rq->contract, rq->op, STR("query"));
    if (!rq->site->takes_fault_header) {
        reply_text_case(rq, e,
                        STR("the header X-Rehearse-Fault is not taken here: start the server with "
                            "--allow-fault-header"));
        return NULL;
    }
    const struct fault_plan *plan = fault_of_header(rq->site->faults, rq, header);
    if (!plan) {
        struct str why = rq->findings.len ? rq->findings.at[0].message : STR("it is no fault");
        struct buf text;
        buf_init(&text, rq->arena);
        buf_printf(&text, "the header X-Rehearse-Fault is wrong: %.*s", STR_ARG(why));
        if (rq->findings.len && rq->findings.at[0].hint.len) {
            buf_printf(&text, "; %.*s", STR_ARG(rq->findings.at[0].hint));
        }
        reply_text_case(rq, e, buf_str(&text));
    }
    return plan;
}

static bool step_fault(struct request *rq)
{
    struct str header = request_header(rq, STR("X-Rehearse-Fault"));
    const struct fault_plan *plan =
        header.s ? plan_of_header(rq, header) : faults_deal(rq->site->faults, rq);
    rq->fault = plan;
    if (!plan) {
        return !header.s;
    }
    fault_begin(rq->site->faults, rq);
    if (plan->expires_token) {
        tokens_expire(rq->site->tokens, rq->bearer.value, rq->now_us);
    }
    if (plan->revokes_token) {
        tokens_revoke(rq->site->tokens, rq->bearer.value);
    }
    if (plan->close == FAULT_CLOSE_BEFORE) {
        return false;
    }
    return plan->is_after_act || !answers(plan) || reply_plan(rq);
}

static bool refuse_parameter(struct request *rq, const struct parameter *p)
{
    rq->finding = rq->findings.len ? &rq->findings.at[0] : NULL;
    bool is_missing = rq->finding && str_eq(rq->finding->rule, STR("S101"));
    return reply_case(rq, str_eq(p->in, STR("path")) ? STR("path")
                          : is_missing               ? STR("query.missing")
                                                     : STR("query"));
}

static bool is_declared(const struct request *rq, struct str name)
{
    for (size_t i = 0; i < rq->op->n_parameters; i++) {
        const struct parameter *p = &rq->op->parameters[i];
        if (str_eq(p->name, name) && str_eq(p->in, STR("query"))) {
            return true;
        }
    }
    return false;
}

static bool step_parameters(struct request *rq)
{
    const struct operation *op = rq->op;
    for (size_t i = 0; i < op->n_parameters; i++) {
        const struct parameter *p = &op->parameters[i];
        struct str value = str_eq(p->in, STR("query"))    ? query_get(&rq->query, p->name)
                           : str_eq(p->in, STR("header")) ? request_header(rq, p->name)
                                                          : request_path_value(rq, p->name);
        bool is_header = str_eq(p->in, STR("header"));
        if (value.len == 0 && p->is_required && !is_header) {
            struct finding f = {.rule = STR("S101"),
                                .severity = SEVERITY_ERROR,
                                .field = p->name,
                                .name = p->in,
                                .item = SIZE_MAX};
            f.message = findings_text(&rq->findings, "\"%.*s\" is missing", STR_ARG(p->name));
            findings_add(&rq->findings, &f);
            return refuse_parameter(rq, p);
        }
        if (value.len && !is_header && !check_parameter(p, value, rq->run, &rq->findings)) {
            return refuse_parameter(rq, p);
        }
    }
    for (size_t i = 0; rq->contract->refuses_unknown_query && i < rq->query.n; i++) {
        if (!is_declared(rq, rq->query.pairs[i].name)) {
            return reply_case(rq, STR("query.unknown"));
        }
    }
    return true;
}

static request_step *const steps[] = {
    step_route, step_identify,   step_permit, step_limit, step_accept,
    step_fault, step_parameters, step_body,   step_act,
};

/* What a fault does with a reply that is complete. */
static void finish_reply(struct request *rq)
{
    fault_end(rq);
    if (!rq->fault || rq->is_polling) {
        return;
    }
    if (rq->fault->is_after_act && answers(rq->fault)) {
        reply_plan(rq);
    }
    fault_spoil(rq);
}

void site_handle(struct request *rq)
{
    struct schema_run *own = NULL;
    if (!rq->run) {
        rq->run = own = schema_run_new();
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps && steps[i](rq); i++) {
    }
    finish_reply(rq);
    if (own) {
        rq->run = NULL;
        schema_run_free(own);
    }
}

/* What the request itself decides, whoever sends it and however often. */
static request_step *const trial_steps[] = {step_route, step_parameters, step_body, step_act};

void site_try(struct request *rq)
{
    for (size_t i = 0; i < sizeof trial_steps / sizeof *trial_steps && trial_steps[i](rq); i++) {
    }
}

void site_poll(struct request *rq)
{
    struct str client = rq->client_id;
    pthread_rwlock_rdlock(&rq->site->tenant_lock);
    rq->tenant = rq->site->tenant;
    rq->now_us = clock_now_us(&rq->site->clock);
    rq->bearer.client = client.s ? site_client(rq->site, rq->tenant, client) : NULL;
    rq->is_polling = false;
    findings_init(&rq->findings, rq->arena);
    (void)step_act(rq);
    finish_reply(rq);
}
