/* The metrics, through a socket: the text is what Prometheus reads, by a parser of ours, and the
 * numbers are those of the requests that were made. */
#include "tests/integration/wire.h"

enum { SAMPLES_MAX = 4000, LABELS_MAX = 8 };

struct label {
    struct str name, value;
};
struct sample {
    struct str name;
    struct label labels[LABELS_MAX];
    size_t n_labels;
    double value;
};

static struct arena arena;
static struct sample *samples;
static size_t n_samples;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    samples = ARENA_ARRAY(&arena, SAMPLES_MAX, struct sample);
    n_samples = 0;
}

static void teardown(void)
{
    arena_done(&arena);
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
        if (!is_letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return s.len > 0;
}

/* `name="value",…` up to '}'; gives what follows it. */
static struct str read_labels(struct sample *out, struct str rest)
{
    while (!str_starts(rest, STR("}"))) {
        struct str name;
        struct buf value;
        size_t i = 1;
        buf_init(&value, &arena);
        ck_assert(str_cut(&rest, '=', &name) && is_name(name) && str_starts(rest, STR("\"")));
        for (; i < rest.len && rest.s[i] != '"'; i++) {
            ck_assert(rest.s[i] != '\n');
            if (rest.s[i] == '\\') {
                i++;
                ck_assert(i < rest.len && strchr("\\\"n", rest.s[i]));
            }
            buf_put_char(&value, rest.s[i]);
        }
        ck_assert_uint_lt(i, rest.len);
        ck_assert_uint_lt(out->n_labels, LABELS_MAX);
        out->labels[out->n_labels++] = (struct label){name, buf_str(&value)};
        rest = str_slice(rest, i + 1, rest.len);
        ck_assert(str_starts(rest, STR(",")) || str_starts(rest, STR("}")));
        rest = str_slice(rest, str_starts(rest, STR(",")), rest.len);
    }
    return str_slice(rest, 1, rest.len);
}

/* The metric that a sample belongs to: a histogram's have endings. */
static bool is_of(struct str sample, struct str metric, struct str kind)
{
    static const struct str ends[] = {STR_INIT("_bucket"), STR_INIT("_sum"), STR_INIT("_count")};
    if (!str_eq(kind, STR("histogram"))) {
        return str_eq(sample, metric);
    }
    for (size_t i = 0; i < 3; i++) {
        if (sample.len == metric.len + ends[i].len && str_starts(sample, metric) &&
            str_ends(sample, ends[i])) {
            return true;
        }
    }
    return false;
}

static void read_sample(struct str line, struct str metric, struct str kind)
{
    struct sample *s = &samples[n_samples++];
    size_t end = 0;
    ck_assert_uint_lt(n_samples, SAMPLES_MAX);
    while (end < line.len && line.s[end] != '{' && line.s[end] != ' ') {
        end++;
    }
    s->name = str_slice(line, 0, end);
    ck_assert_msg(is_name(s->name) && is_of(s->name, metric, kind), "%.*s", STR_ARG(line));
    struct str rest = str_slice(line, end, line.len);
    if (str_starts(rest, STR("{"))) {
        rest = read_labels(s, str_slice(rest, 1, rest.len));
    }
    ck_assert_msg(str_starts(rest, STR(" ")) &&
                      num_parse_double(&s->value, str_slice(rest, 1, rest.len)),
                  "%.*s", STR_ARG(line));
}

/* Every line: HELP and TYPE once a metric, then its samples, and nothing else. */
static void read_all(struct str text)
{
    struct str rest = str_copy(&arena, text), line, metric = {0}, kind = {0}, word;
    ck_assert(str_ends(text, STR("\n")));
    n_samples = 0;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        if (str_starts(line, STR("# HELP "))) {
            struct str help = str_slice(line, 7, line.len);
            ck_assert(str_cut(&help, ' ', &metric) && help.len > 0);
            ck_assert(str_starts(metric, STR("rehearse_")));
            for (size_t i = 0; i < n_samples; i++) {
                ck_assert_msg(!str_eq(samples[i].name, metric), "twice: %.*s", STR_ARG(metric));
            }
            ck_assert(str_cut(&rest, '\n', &line) && str_starts(line, STR("# TYPE ")));
            kind = str_slice(line, 7, line.len);
            ck_assert(str_cut(&kind, ' ', &word) && str_eq(word, metric));
            ck_assert(str_eq(kind, STR("counter")) || str_eq(kind, STR("gauge")) ||
                      str_eq(kind, STR("histogram")));
            ck_assert(str_eq(kind, STR("counter")) == str_ends(metric, STR("_total")));
        } else {
            read_sample(line, metric, kind);
        }
    }
}

static bool has_label(const struct sample *s, struct str name, struct str value)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        if (str_eq(s->labels[i].name, name)) {
            return str_eq(s->labels[i].value, value);
        }
    }
    return false;
}

/* The value of the only sample of that name that has the labels ("a=x;b=y"); -1: there is none. */
static double value_of(const char *name, const char *labels)
{
    double value = -1;
    for (size_t i = 0; i < n_samples; i++) {
        struct str rest = str_of(labels), pair, key;
        bool is_it = str_eq(samples[i].name, str_of(name));
        while (is_it && rest.len && str_cut(&rest, ';', &pair)) {
            is_it = str_cut(&pair, '=', &key) && has_label(&samples[i], key, pair);
        }
        if (is_it) {
            ck_assert_msg(value < 0, "%s %s: several", name, labels);
            value = samples[i].value;
        }
    }
    return value;
}

static void ask_metrics(const struct mock *mock)
{
    struct buf text = {0};
    ck_assert_int_eq(wire_ask(mock,
                              &(struct wire_call){.method = "GET",
                                                  .path = "/__rehearse/metrics",
                                                  .admin = "test-admin"},
                              &text),
                     200);
    read_all(buf_str(&text));
    buf_done(&text);
}

static const struct value_row {
    const char *name, *labels;
    double wanted;
} values[] = {
    {"rehearse_build_info", "", 1},
    {"rehearse_requests_total", "site=" WIRE_PROFILE, 8},
    {"rehearse_responses_total", "site=" WIRE_PROFILE ";status=2xx", 4},
    {"rehearse_responses_total", "site=" WIRE_PROFILE ";status=4xx", 2},
    {"rehearse_responses_total", "site=" WIRE_PROFILE ";status=5xx", 1},
    {"rehearse_responses_total", "site=" WIRE_PROFILE ";status=none", 1},
    {"rehearse_operation_requests_total", "operation=postOauthToken;status=200", 1},
    {"rehearse_operation_requests_total", "operation=getRoutingWrapupcodes;status=200", 3},
    {"rehearse_operation_requests_total", "operation=getRoutingWrapupcodes;status=503", 1},
    {"rehearse_operation_requests_total", "operation=getRoutingWrapupcodes;status=lost", 1},
    {"rehearse_operation_requests_total", "operation=;status=404", 1},
    {"rehearse_request_duration_seconds_count", "site=" WIRE_PROFILE, 8},
    {"rehearse_request_duration_seconds_bucket", "le=+Inf", 8},
    {"rehearse_injected_latency_seconds_total", "site=" WIRE_PROFILE, 0.02},
    {"rehearse_faults_total", "site=" WIRE_PROFILE, 3},
    {"rehearse_fault_hits_total", "rule=1;name=503-retry-after", 1},
    {"rehearse_fault_hits_total", "rule=3;name=a \"quoted\\\" nname", 1},
    {"rehearse_fault_hits_total", "rule=4;name=never met", 0},
    {"rehearse_tokens", "site=" WIRE_PROFILE ";state=good", 0},
    {"rehearse_tokens", "site=" WIRE_PROFILE ";state=revoked", 1},
    {"rehearse_tokens_issued_total", "site=" WIRE_PROFILE, 1},
    {"rehearse_sessions", "", 1},
    {"rehearse_webhook_queue", "", 0},
    {"rehearse_webhooks_total", "state=delivered", 0},
    {"rehearse_journal_dropped_total", "site=" WIRE_PROFILE, 0},
    {"rehearse_tls_faults_total", "", 0},
    {"rehearse_streams", "", 0},
};

static void visit(const struct mock *mock)
{
    char token[256];
    static const char *const rules[] = {
        "{\"preset\": \"503-retry-after\"}",
        "{\"preset\": \"reset-before\"}",
        "{\"name\":\"a \\\"quoted\\\\\\\" \\nname\",\"then\":{\"latencyMs\":20},\"times\":1}",
        "{\"name\":\"never met\",\"when\":{\"path\":\"/nothing\"},\"then\":{\"status\":500}}",
    };
    wire_token(mock, token, sizeof token);
    struct wire_call list = {.method = "GET", .path = WIRE_CODES, .bearer = token},
                     lost = {.method = "GET", .path = "/nothing", .bearer = token},
                     mute = {.method = "GET", .path = WIRE_CODES};
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &lost, NULL), 404);
    ck_assert_int_eq(wire_ask(mock, &mute, NULL), 401);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(wire_admin(mock, "POST", "/faults", rules[i]), 201);
    }
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 503);
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 0);
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 200);
    ck_assert_int_eq(wire_admin(mock, "POST", "/tokens/revoke", "{}"), 200);
    ck_assert_int_eq(wire_admin(mock, "POST", "/sessions", "{}"), 201);
    ck_assert_int_eq(wire_admin(mock, "DELETE", "/journal", NULL), 200);
}

START_TEST(the_numbers_are_those_of_the_requests)
{
    struct mock *mock = wire_serve(2, 0);
    visit(mock);
    ask_metrics(mock);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct value_row *row = &values[i];
        double value = value_of(row->name, row->labels);
        ck_assert_msg(value - row->wanted < 1e-9 && row->wanted - value < 1e-9,
                      "%s{%s} is %g, not %g", row->name, row->labels, value, row->wanted);
    }
    ck_assert_double_ge(value_of("rehearse_connections_total", ""), 15);
    ck_assert_double_ge(value_of("rehearse_connections", ""), 1);
    ck_assert_double_gt(value_of("rehearse_request_duration_seconds_sum", ""), 0);
    ck_assert_double_gt(value_of("rehearse_up_seconds", ""), 0);
    mock_stop(mock);
}
END_TEST

START_TEST(buckets_only_grow)
{
    struct mock *mock = wire_serve(1, 0);
    double below = 0, bound = 0;
    size_t n = 0;
    visit(mock);
    ask_metrics(mock);
    for (size_t i = 0; i < n_samples; i++) {
        if (str_eq(samples[i].name, STR("rehearse_request_duration_seconds_bucket"))) {
            double le = 1e9;
            struct str text = samples[i].labels[1].value;
            ck_assert(str_eq(text, STR("+Inf")) || num_parse_double(&le, text));
            ck_assert_double_gt(le, bound);
            ck_assert_double_ge(samples[i].value, below);
            bound = le;
            below = samples[i].value;
            n++;
        }
    }
    ck_assert_uint_ge(n, 10);
    mock_stop(mock);
}
END_TEST

START_TEST(refusals_by_rule)
{
    struct mock *mock = NULL;
    struct err err = {0};
    struct arena a;
    struct findings fs;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct mock_site site = {.prefix = STR("")};
    ck_assert(contract_open(&site.contract, WIRE_PROFILE, NULL, 0, &fs, &err));
    ck_assert(tenant_open(&site.tenant, site.contract, "acme", &fs, &err));
    struct mock_options options = {.seed = 1, .admin_token = STR("test-admin")};
    ck_assert(mock_start(&mock, &options, &site, 1, &err));
    char token[256];
    wire_token(mock, token, sizeof token);
    struct wire_call list = {.method = "GET", .path = WIRE_CODES "?pageSize=1", .bearer = token};
    int refused = 0;
    AUTO(fd_close) int fd = wire_open(mock);
    for (int i = 0; i < 400; i++) {
        struct wire_answer answer = wire_call(fd, &list);
        refused += answer.status == 429;
        wire_drop(&answer);
    }
    ck_assert_int_gt(refused, 0);
    ask_metrics(mock);
    double sum = 0;
    for (size_t i = 0; i < n_samples; i++) {
        sum += str_eq(samples[i].name, STR("rehearse_rate_limited_total")) ? samples[i].value : 0;
    }
    ck_assert_double_ge(sum, refused);
    ck_assert_double_le(sum, refused);
    mock_stop(mock);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *c = tcase_create("metrics");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, the_numbers_are_those_of_the_requests);
    tcase_add_test(c, buckets_only_grow);
    tcase_add_test(c, refusals_by_rule);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
