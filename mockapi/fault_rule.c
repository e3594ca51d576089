/* A rule from its JSON, and back. Members that are not known are errors with the nearest one named:
 * a fault that silently does nothing is the worst of all. */
#include "mockapi/fault_int.h"

enum { TEXT_MAX = 4096, YEAR_MS_MAX = 366 * 86400 };

static const int64_t ms_max = (int64_t)YEAR_MS_MAX * 1000;

static void add(struct findings *fs, struct json at, struct str rule, struct str message,
                struct str expected)
{
    struct finding f = json_finding(fs, at, rule, SEVERITY_ERROR);
    f.message = message;
    f.expected = expected;
    (void)findings_add(fs, &f);
}

static void add_nearest(struct findings *fs, struct finding *f, struct str word,
                        const struct str *known, size_t n)
{
    size_t near = str_nearest(word, known, n);
    if (near < n) {
        f->hint = findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(known[near]));
    }
    (void)findings_add(fs, f);
}

/* Findings for members of `obj` that are not among the words. */
static void check_members(struct json obj, const struct str *known, size_t n, struct findings *fs)
{
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < n && !str_eq(json_key(m), known[i])) {
            i++;
        }
        if (i == n) {
            struct finding f = json_key_finding(fs, m, STR("S102"), SEVERITY_ERROR);
            f.message = STR("no member of a fault has this name");
            add_nearest(fs, &f, json_key(m), known, n);
        }
    }
}

/* Each reader leaves *out alone where the member is absent. */
static void read_str(struct fault_rule *r, struct json obj, struct str key, struct str *out,
                     struct findings *fs)
{
    struct json v = json_get(obj, key);
    if (!json_exists(v)) {
        return;
    }
    if (json_kind(v) != JSON_STRING) {
        add(fs, v, STR("S103"), STR("is not a text"), STR("a text"));
    } else if (json_str(v).len > TEXT_MAX) {
        add(fs, v, STR("S105"), STR("is too long"), STR("at most 4096 bytes"));
    } else {
        *out = str_copy(&r->arena, json_str(v));
    }
}

static void read_i64(struct json obj, struct str key, int64_t min, int64_t max, int64_t *out,
                     struct findings *fs)
{
    struct json v = json_get(obj, key);
    int64_t n;
    if (!json_exists(v)) {
        return;
    }
    if (!json_i64(v, &n) || n < min || n > max) {
        struct finding f = json_finding(fs, v, STR("S108"), SEVERITY_ERROR);
        f.message = STR("is not a whole number in range");
        f.expected = findings_text(fs, "%lld to %lld", (long long)min, (long long)max);
        (void)findings_add(fs, &f);
        return;
    }
    *out = n;
}

static void read_bool(struct json obj, struct str key, bool *out, struct findings *fs)
{
    struct json v = json_get(obj, key);
    if (json_exists(v) && json_kind(v) != JSON_BOOL) {
        add(fs, v, STR("S103"), STR("is not true or false"), STR("true or false"));
    } else if (json_exists(v)) {
        *out = json_is_true(v);
    }
}

/* The place of a member's text among the words, the first of which is "" and not for users;
 * `otherwise` where it is absent or wrong. */
static int read_word(struct json obj, struct str key, const struct str *words, size_t n,
                     int otherwise, struct findings *fs)
{
    struct json v = json_get(obj, key);
    if (!json_exists(v)) {
        return otherwise;
    }
    struct str word = json_str_or(v, STR(""));
    for (size_t i = 0; i < n; i++) {
        if (words[i].len && str_eq(word, words[i])) {
            return (int)i;
        }
    }
    struct finding f = json_finding(fs, v, STR("S107"), SEVERITY_ERROR);
    f.message = STR("is not a word that is known here");
    add_nearest(fs, &f, word, words + 1, n - 1);
    return otherwise;
}

static bool want_object(struct json v, struct findings *fs)
{
    if (json_exists(v) && json_kind(v) != JSON_OBJECT) {
        add(fs, v, STR("S103"), STR("is not an object"), STR("an object"));
        return false;
    }
    return json_exists(v);
}

static void check_operation(const struct contract *c, struct json v, struct findings *fs)
{
    struct str word = json_str_or(v, STR(""));
    if (json_kind(v) != JSON_STRING || contract_operation(c, word)) {
        return;
    }
    struct arena scratch;
    arena_init(&scratch, 0, 0);
    struct str *ids = ARENA_ARRAY(&scratch, c->n_operations, struct str);
    for (size_t i = 0; i < c->n_operations; i++) {
        ids[i] = c->operations[i].id;
    }
    struct finding f = json_finding(fs, v, STR("F103"), SEVERITY_ERROR);
    f.message = STR("the profile has no operation of this name");
    add_nearest(fs, &f, word, ids, c->n_operations);
    arena_done(&scratch);
}

static void read_when(struct fault_rule *r, struct json v, struct findings *fs)
{
    static const struct str known[] = {
        STR_INIT("operation"),       STR_INIT("method"),      STR_INIT("path"),
        STR_INIT("client"),          STR_INIT("nth"),         STR_INIT("every"),
        STR_INIT("afterMs"),         STR_INIT("probability"), STR_INIT("untilMs"),
        STR_INIT("beyondFirstPage"), STR_INIT("oneToken"),    STR_INIT("state"),
    };
    struct fault_when *w = &r->when;
    int64_t after_ms = 0, until_ms = 0;
    w->probability = 1.0;
    if (!want_object(v, fs)) {
        return;
    }
    check_members(v, known, sizeof known / sizeof *known, fs);
    read_str(r, v, STR("operation"), &w->operation, fs);
    read_str(r, v, STR("method"), &w->method, fs);
    read_str(r, v, STR("path"), &w->path, fs);
    read_str(r, v, STR("client"), &w->client, fs);
    read_i64(v, STR("nth"), 1, INT64_MAX, &w->nth, fs);
    read_i64(v, STR("every"), 1, INT64_MAX, &w->every, fs);
    read_i64(v, STR("afterMs"), 0, ms_max, &after_ms, fs);
    read_i64(v, STR("untilMs"), 1, ms_max, &until_ms, fs);
    read_bool(v, STR("beyondFirstPage"), &w->is_beyond_first, fs);
    read_bool(v, STR("oneToken"), &w->is_one_token, fs);
    if (json_exists(json_get(v, STR("state")))) {
        fault_state_read(r, json_get(v, STR("state")), fs);
    }
    w->after_us = after_ms * US_PER_MS;
    w->until_us = until_ms * US_PER_MS;
    check_operation(r->contract, json_get(v, STR("operation")), fs);
    struct json p = json_get(v, STR("probability"));
    if (json_exists(p)) {
        w->probability = json_kind(p) == JSON_NUMBER ? json_double(p) : -1.0;
        if (!(w->probability >= 0.0 && w->probability <= 1.0)) {
            add(fs, p, STR("S108"), STR("is not a probability"), STR("a number from 0 to 1"));
        }
    }
    if (until_ms && until_ms <= after_ms) {
        add(fs, json_get(v, STR("untilMs")), STR("F105"),
            STR("the rule ends before it begins: it would never be dealt"),
            STR("more than afterMs"));
    }
}

static bool has_case(struct error_case_list list, struct str name)
{
    for (size_t i = 0; i < list.n; i++) {
        if (str_eq(list.at[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* A case of the profile or of the operation; a dotted name may fall back. */
static void check_case(const struct fault_rule *r, struct json v, struct findings *fs)
{
    struct str name = json_str_or(v, STR(""));
    const struct operation *op = contract_operation(r->contract, r->when.operation);
    if (json_kind(v) != JSON_STRING) {
        return;
    }
    struct str head = str_slice(name, 0, str_find_char(name, '.'));
    if (name.len && (has_case(r->contract->cases, name) || has_case(r->contract->cases, head) ||
                     (op && (has_case(op->cases, name) || has_case(op->cases, head))))) {
        return;
    }
    struct arena scratch;
    arena_init(&scratch, 0, 0);
    size_t n = r->contract->cases.n;
    struct str *names = ARENA_ARRAY(&scratch, n, struct str);
    for (size_t i = 0; i < n; i++) {
        names[i] = r->contract->cases.at[i].name;
    }
    struct finding f = json_finding(fs, v, STR("F104"), SEVERITY_ERROR);
    f.message = STR("the profile has no error case of this name");
    add_nearest(fs, &f, name, names, n);
    arena_done(&scratch);
}

/* A number of seconds, "date", "" for no header, or any other text as it stands. */
static void read_retry_after(struct fault_rule *r, struct json obj, struct findings *fs)
{
    struct json v = json_get(obj, STR("retryAfter"));
    int64_t seconds;
    if (!json_exists(v)) {
        return;
    }
    if (json_i64(v, &seconds) && seconds >= 0) {
        struct buf b;
        buf_init(&b, &r->arena);
        buf_put_i64(&b, seconds);
        r->then.retry_after = buf_str(&b);
        r->retry_after = RETRY_AFTER_TEXT;
        return;
    }
    if (json_kind(v) != JSON_STRING) {
        add(fs, v, STR("S103"), STR("is no wait"),
            STR("a number of seconds, \"date\", \"\" for no header, or the header's text"));
        return;
    }
    r->retry_after = str_eq(json_str(v), STR("date")) ? RETRY_AFTER_DATE : RETRY_AFTER_TEXT;
    read_str(r, obj, STR("retryAfter"), &r->then.retry_after, fs);
}

static const struct str close_words[] = {
    [FAULT_CLOSE_NONE] = STR_INIT(""),
    [FAULT_CLOSE_BEFORE] = STR_INIT("before"),
    [FAULT_CLOSE_AFTER] = STR_INIT("after"),
    [FAULT_CLOSE_DURING] = STR_INIT("during"),
};
static const struct str body_words[] = {
    [FAULT_BODY_WHOLE] = STR_INIT(""),
    [FAULT_BODY_TRUNCATED] = STR_INIT("truncate"),
    [FAULT_BODY_MALFORMED] = STR_INIT("malformed"),
    [FAULT_BODY_HTML] = STR_INIT("html"),
    [FAULT_BODY_EMPTY] = STR_INIT("empty"),
    [FAULT_BODY_GARBAGE] = STR_INIT("garbage"),
    [FAULT_BODY_BAD_CHUNK] = STR_INIT("bad-chunk"),
};
enum { BODY_WORDS = sizeof body_words / sizeof *body_words };

struct str fault_body_word(enum fault_body body)
{
    return body_words[body];
}

static void read_latency(struct fault_rule *r, struct json obj, struct findings *fs)
{
    struct json v = json_get(obj, STR("latencyMs"));
    if (json_exists(v)) {
        (void)fault_latency_read(r, v, fs);
    }
}

/* What happens to the answer's pace, or to what it is made from. */
static void read_effects(struct fault_rule *r, struct json v, struct findings *fs)
{
    struct fault_plan *t = &r->then;
    int64_t shift = 0;
    read_str(r, v, STR("contentType"), &t->content_type, fs);
    read_i64(v, STR("bytesPerS"), 1, INT32_MAX, &t->slow.bytes_per_s, fs);
    read_i64(v, STR("stallAt"), 0, INT32_MAX, &t->slow.stall_at, fs);
    read_i64(v, STR("stallMs"), 1, 600000, &t->slow.stall_ms, fs);
    read_i64(v, STR("lagMs"), 1, ms_max, &t->lag_ms, fs);
    read_i64(v, STR("staleMs"), 1, ms_max, &t->stale_ms, fs);
    read_i64(v, STR("pageShift"), -1000, 1000, &shift, fs);
    t->page_shift = (int)shift;
    read_bool(v, STR("moveVersion"), &t->moves_version, fs);
    read_bool(v, STR("duplicateHook"), &t->doubles_hook, fs);
    read_bool(v, STR("reorderHook"), &t->delays_hook, fs);
}

static bool has_effect(const struct fault_rule *r)
{
    const struct fault_plan *t = &r->then;
    return t->content_type.len || t->slow.bytes_per_s || t->slow.stall_ms || t->lag_ms ||
           t->stale_ms || t->page_shift || t->moves_version || t->doubles_hook || t->delays_hook ||
           r->latency != LATENCY_FIXED || r->latency_low > 0;
}

static void read_then(struct fault_rule *r, struct json v, struct findings *fs)
{
    static const struct str known[] = {
        STR_INIT("case"),        STR_INIT("status"),        STR_INIT("code"),
        STR_INIT("message"),     STR_INIT("retryAfter"),    STR_INIT("latencyMs"),
        STR_INIT("close"),       STR_INIT("body"),          STR_INIT("expireToken"),
        STR_INIT("revokeToken"), STR_INIT("afterAct"),      STR_INIT("contentType"),
        STR_INIT("bytesPerS"),   STR_INIT("stallAt"),       STR_INIT("stallMs"),
        STR_INIT("lagMs"),       STR_INIT("staleMs"),       STR_INIT("pageShift"),
        STR_INIT("moveVersion"), STR_INIT("duplicateHook"), STR_INIT("reorderHook"),
    };
    struct fault_plan *t = &r->then;
    int64_t status = 0;
    if (!want_object(v, fs)) {
        return;
    }
    check_members(v, known, sizeof known / sizeof *known, fs);
    read_str(r, v, STR("case"), &t->case_name, fs);
    check_case(r, json_get(v, STR("case")), fs);
    read_i64(v, STR("status"), 200, 599, &status, fs);
    t->status = (int)status;
    read_str(r, v, STR("code"), &t->code, fs);
    read_str(r, v, STR("message"), &t->message, fs);
    read_retry_after(r, v, fs);
    read_latency(r, v, fs);
    read_effects(r, v, fs);
    t->close = (enum fault_close)read_word(v, STR("close"), close_words, 4, FAULT_CLOSE_NONE, fs);
    t->body =
        (enum fault_body)read_word(v, STR("body"), body_words, BODY_WORDS, FAULT_BODY_WHOLE, fs);
    read_bool(v, STR("expireToken"), &t->expires_token, fs);
    read_bool(v, STR("revokeToken"), &t->revokes_token, fs);
    read_bool(v, STR("afterAct"), &t->is_after_act, fs);
    bool answers = t->case_name.len || t->status;
    if ((t->code.len || t->message.len || t->is_after_act) && !answers) {
        add(fs, v, STR("F105"), STR("code, message and afterAct need a status or a case"),
            STR("\"status\" or \"case\" beside it"));
    }
    if (!answers && r->retry_after == RETRY_AFTER_OWN && !has_effect(r) && !t->close && !t->body &&
        !t->expires_token && !t->revokes_token && fs->errors == 0) {
        add(fs, v, STR("F105"), STR("this fault does nothing"), STR("at least one member"));
    }
}

static void read_preset(struct fault_rule *r, struct json from, struct findings *fs)
{
    static const struct str known[] = {
        STR_INIT("preset"), STR_INIT("name"),       STR_INIT("when"),      STR_INIT("times"),
        STR_INIT("ttlS"),   STR_INIT("retryAfter"), STR_INIT("latencyMs"),
    };
    struct json name = json_get(from, STR("preset"));
    check_members(from, known, sizeof known / sizeof *known, fs);
    if (json_kind(name) != JSON_STRING) {
        add(fs, name, STR("S103"), STR("is not the name of a preset"), STR("a text"));
        return;
    }
    const struct fault_preset *p = fault_preset_find(r->contract, name, fs);
    if (!p) {
        return;
    }
    fault_preset_apply(r, p);
    read_retry_after(r, from, fs);
    read_latency(r, from, fs);
    const struct operation *op = contract_operation(r->contract, r->when.operation);
    if (op && !fault_preset_fits(p, op)) {
        add(fs, json_path(from, STR("when.operation")), STR("F102"),
            STR("the preset does not apply to this operation"), STR(""));
    }
}

static void read_own(struct fault_rule *r, struct json from, struct findings *fs)
{
    static const struct str known[] = {STR_INIT("name"),  STR_INIT("when"), STR_INIT("then"),
                                       STR_INIT("times"), STR_INIT("ttlS"), STR_INIT("preset")};
    struct json then = json_get(from, STR("then"));
    check_members(from, known, sizeof known / sizeof *known, fs);
    if (!json_exists(then)) {
        add(fs, from, STR("S101"), STR("\"preset\" or \"then\" is missing: what should go wrong?"),
            STR("{\"preset\": NAME} or {\"when\": {…}, \"then\": {…}}"));
        return;
    }
    read_then(r, then, fs);
}

struct fault_rule *fault_rule_parse(const struct contract *contract, struct json from,
                                    struct findings *fs)
{
    size_t errors = fs->errors;
    int64_t ttl_s = 0;
    struct fault_rule *r = MEM_NEW(struct fault_rule);
    arena_init(&r->arena, 1024, 0);
    r->contract = contract;
    if (!want_object(from, fs)) {
        if (fs->errors == errors) {
            add(fs, from, STR("S101"), STR("a fault is missing"), STR("an object"));
        }
    } else {
        read_when(r, json_get(from, STR("when")), fs);
        if (json_exists(json_get(from, STR("preset")))) {
            read_preset(r, from, fs);
        } else {
            read_own(r, from, fs);
        }
        read_str(r, from, STR("name"), &r->then.name, fs);
        read_i64(from, STR("times"), 0, INT64_MAX, &r->times, fs);
        read_i64(from, STR("ttlS"), 1, YEAR_MS_MAX, &ttl_s, fs);
        r->ttl_us = ttl_s * US_PER_S;
    }
    if (fs->errors > errors) {
        fault_rule_free(r);
        return NULL;
    }
    return r;
}

void fault_rule_free(struct fault_rule *r)
{
    if (r) {
        arena_done(&r->arena);
        mem_free(r);
    }
}

/* One member; a comma before it but for the first. */
static void put_str(struct buf *out, struct str name, struct str value)
{
    if (value.len) {
        buf_put(out, out->s[out->len - 1] == '{' ? STR("\"") : STR(",\""));
        buf_put(out, name);
        buf_put(out, STR("\":"));
        buf_put_json_string(out, value);
    }
}

static void put_i64(struct buf *out, struct str name, int64_t value)
{
    if (value) {
        buf_put(out, out->s[out->len - 1] == '{' ? STR("\"") : STR(",\""));
        buf_put(out, name);
        buf_put(out, STR("\":"));
        buf_put_i64(out, value);
    }
}

static void put_true(struct buf *out, struct str name, bool value)
{
    if (value) {
        buf_put(out, out->s[out->len - 1] == '{' ? STR("\"") : STR(",\""));
        buf_put(out, name);
        buf_put(out, STR("\":true"));
    }
}

static void put_when(struct buf *out, const struct fault_when *w)
{
    buf_put(out, STR(",\"when\":{"));
    put_str(out, STR("operation"), w->operation);
    put_str(out, STR("method"), w->method);
    put_str(out, STR("path"), w->path);
    put_str(out, STR("client"), w->client);
    put_i64(out, STR("nth"), w->nth);
    put_i64(out, STR("every"), w->every);
    if (w->probability < 1.0) {
        buf_printf(out, "%s\"probability\":%.17g", out->s[out->len - 1] == '{' ? "" : ",",
                   w->probability);
    }
    put_i64(out, STR("afterMs"), w->after_us / US_PER_MS);
    put_i64(out, STR("untilMs"), w->until_us / US_PER_MS);
    put_true(out, STR("beyondFirstPage"), w->is_beyond_first);
    put_true(out, STR("oneToken"), w->is_one_token);
    fault_state_put(out, &w->state);
    buf_put_char(out, '}');
}

static void put_then(struct buf *out, const struct fault_rule *r)
{
    const struct fault_plan *t = &r->then;
    buf_put(out, STR(",\"then\":{"));
    put_str(out, STR("case"), t->case_name);
    put_i64(out, STR("status"), t->status);
    put_str(out, STR("code"), t->code);
    put_str(out, STR("message"), t->message);
    if (r->retry_after == RETRY_AFTER_TEXT || r->retry_after == RETRY_AFTER_DATE) {
        buf_put(out,
                out->s[out->len - 1] == '{' ? STR("\"retryAfter\":") : STR(",\"retryAfter\":"));
        buf_put_json_string(out, t->retry_after);
    }
    fault_latency_put(out, r);
    put_str(out, STR("contentType"), t->content_type);
    put_i64(out, STR("bytesPerS"), t->slow.bytes_per_s);
    put_i64(out, STR("stallAt"), t->slow.stall_at);
    put_i64(out, STR("stallMs"), t->slow.stall_ms);
    put_i64(out, STR("lagMs"), t->lag_ms);
    put_i64(out, STR("staleMs"), t->stale_ms);
    put_i64(out, STR("pageShift"), t->page_shift);
    put_true(out, STR("moveVersion"), t->moves_version);
    put_true(out, STR("duplicateHook"), t->doubles_hook);
    put_true(out, STR("reorderHook"), t->delays_hook);
    put_str(out, STR("close"), close_words[t->close]);
    put_str(out, STR("body"), body_words[t->body]);
    put_true(out, STR("expireToken"), t->expires_token);
    put_true(out, STR("revokeToken"), t->revokes_token);
    put_true(out, STR("afterAct"), t->is_after_act);
    buf_put_char(out, '}');
}

void fault_rule_put(struct buf *out, const struct fault_rule *r)
{
    buf_put(out, STR("{\"id\":"));
    buf_put_u64(out, r->then.id);
    put_str(out, STR("name"), r->then.name);
    put_str(out, STR("preset"), r->preset ? fault_preset_name(r->preset) : STR(""));
    put_when(out, &r->when);
    put_then(out, r);
    put_i64(out, STR("times"), r->times);
    put_i64(out, STR("ttlS"), r->ttl_us / US_PER_S);
    buf_put(out, STR(",\"hits\":"));
    buf_put_u64(out, r->hits);
    buf_put(out, STR(",\"matches\":"));
    buf_put_u64(out, r->matches);
    buf_put_char(out, '}');
}
