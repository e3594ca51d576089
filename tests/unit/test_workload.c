/* Workload files: what is read, what is refused and where; changes by path; studies and their reports;
 * published days from end to end. */
#include "tests/unit/unit.h"

#include "sim/study.h"
#include "sim/workload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY "\"format\":1,\"day\":{\"length\":\"8h\"}"
#define QUEUES "\"queues\":[{\"queue\":\"A\",\"target\":20,\"acw\":{\"mode\":\"none\"}}]"
#define CONTACTS "\"contacts\":[{\"queue\":\"A\",\"perHour\":10,\"talk\":{\"exponential\":60}}]"
#define AGENTS "\"agents\":[{\"count\":2,\"serves\":[\"A\"]}]"

struct opened {
    struct arena arena;
    struct findings findings;
    struct err err;
    struct sim_workload w;
    struct json root;
    bool is_read;
};

static void open_text(struct opened *o, const char *text)
{
    const struct json_doc *doc = NULL;
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    o->is_read =
        json_parse(&doc, &o->arena, STR("day.json"), str_of(text), NULL, &o->findings, &o->err);
    if (o->is_read) {
        o->root = json_root(doc);
        o->is_read = sim_workload_read(&o->w, &o->arena, o->root, &o->findings, &o->err);
    }
}

static void close_text(struct opened *o)
{
    arena_done(&o->arena);
}

static const struct {
    const char *text, *pointer, *says; /* says: a part of the message; NULL: it is read */
} rows[] = {
    {"{" DAY "," QUEUES "," CONTACTS "," AGENTS "}", NULL, NULL},
    {"{" DAY "," QUEUES "," CONTACTS "}", "", "queues and agents are missing"},
    {"{\"format\":1,\"day\":{\"length\":0}," QUEUES "," CONTACTS "," AGENTS "}", "/day/length",
     "some length"},
    {"{\"format\":1,\"day\":{\"length\":\"8 hours\"}," QUEUES "," CONTACTS "," AGENTS "}",
     "/day/length", "no duration"},
    {"{\"format\":1,\"day\":{\"length\":\"8h\",\"warmUp\":\"9h\"}," QUEUES "," CONTACTS "," AGENTS
     "}",
     "/day/warmUp", "warm-up"},
    {"{\"format\":1,\"day\":{\"length\":\"8h\",\"interval\":0}," QUEUES "," CONTACTS "," AGENTS "}",
     "/day/interval", "intervals"},
    {"{\"format\":1,\"day\":{\"length\":\"8h\",\"interval\":0.001}," QUEUES "," CONTACTS "," AGENTS
     "}",
     "/day/interval", "intervals"},
    {"{" DAY ",\"queues\":[{\"queue\":\"A\"},{\"queue\":\"A\"}]," CONTACTS "," AGENTS "}",
     "/queues/1/queue", "already"},
    {"{" DAY ",\"queues\":[{\"queue\":\"A\",\"acw\":{\"mode\":\"mandatory-timeout\"}}]," CONTACTS
     "," AGENTS "}",
     "/queues/0/acw", "needs a limit"},
    {"{" DAY ",\"queues\":[{\"queue\":\"A\",\"codes\":{\"X\":0}}]," CONTACTS "," AGENTS "}",
     "/queues/0/codes", "now and then"},
    {"{" DAY ",\"queues\":[{\"queue\":\"A\",\"rings\":[\"30s\",\"10s\"]}]," CONTACTS "," AGENTS "}",
     "/queues/0/rings/1", "one after the other"},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"a\",\"perHour\":10,\"talk\":60}]," AGENTS "}",
     "/contacts/0/queue", "did you mean \"A\""},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"A\",\"perHour\":-1,\"talk\":60}]," AGENTS "}",
     "/contacts/0/perHour", "too small"},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"A\",\"perHour\":1e9,\"talk\":60}]," AGENTS "}",
     "/contacts", "contacts a day are expected"},
    {"{" DAY "," QUEUES "," CONTACTS
     ",\"agents\":[{\"count\":100000,\"units\":64,\"serves\":[\"A\"]}]}",
     "/agents", "at hand"},
    {"{\"format\":1,\"day\":{\"length\":\"8h\"},\"queues\":[{\"queue\":\"A\",\"acw\":{\"mode\":"
     "\"mandatory\","
     "\"required\":true}}]," CONTACTS "," AGENTS "}",
     "/queues/0/acw/required", "disposition"},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"A\",\"talk\":60}]," AGENTS "}", "/contacts/0",
     "one of perHour"},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"A\",\"perHour\":1,\"talk\":\"never\"}]," AGENTS
     "}",
     "/contacts/0", "end some day"},
    {"{" DAY "," QUEUES
     ",\"contacts\":[{\"queue\":\"A\",\"perHour\":1,\"talk\":{\"exponential\":0}}]," AGENTS "}",
     "/contacts/0/talk", ""},
    {"{" DAY "," QUEUES ",\"contacts\":[{\"queue\":\"A\",\"trace\":[3,2],\"talk\":9}]," AGENTS "}",
     "/contacts/0/trace/1", "follow"},
    {"{" DAY "," QUEUES "," CONTACTS ",\"agents\":[{\"count\":2,\"serves\":[\"B\"]}]}",
     "/agents/0/serves/0", "no queue \"B\""},
    {"{" DAY "," QUEUES "," CONTACTS ",\"agents\":[{\"count\":2,\"serves\":[\"A\",\"A\"]}]}",
     "/agents/0/serves/1", "already"},
    {"{" DAY "," QUEUES "," CONTACTS ",\"agents\":[{\"serves\":[\"A\"]}]}", "/agents/0",
     "count or shifts"},
    {"{" DAY "," QUEUES "," CONTACTS
     ",\"agents\":[{\"count\":1,\"serves\":[{\"queue\":\"A\",\"ring\":1}]}]}",
     "/agents/0/serves/0/ring", "0 rings"},
    {"{" DAY "," QUEUES "," CONTACTS ",\"agents\":[{\"shifts\":[{\"from\":9,\"count\":1},{\"from\":"
     "9,\"count\":2}],\"serves\":[\"A\"]}]}",
     "/agents/0/shifts/1", "follow"},
};

START_TEST(workloads_are_read_or_refused)
{
    struct opened o;
    open_text(&o, rows[_i].text);
    if (!rows[_i].says) {
        ck_assert_msg(o.is_read, "%s", o.err.msg);
        close_text(&o);
        return;
    }
    ck_assert(!o.is_read);
    ck_assert_uint_ge(o.findings.len, 1);
    const struct finding *f = &o.findings.at[0];
    ck_assert_msg(str_eq(f->pointer, str_of(rows[_i].pointer)), "at %.*s: %.*s",
                  STR_ARG(f->pointer), STR_ARG(f->message));
    ck_assert_msg(str_find(f->message, str_of(rows[_i].says)) < f->message.len || !rows[_i].says[0],
                  "%.*s", STR_ARG(f->message));
    ck_assert_uint_gt(f->line, 0);
    close_text(&o);
}
END_TEST

static const struct {
    const char *change, *value; /* value NULL: refused */
} edits[] = {
    {"day.length=1h", "\"1h\""},
    {"queues.A.target=30", "\"target\":30"},
    {"queues.0.acw.mode=optional", "\"mode\":\"optional\""},
    {"queues.A.acw.limit=60s", "\"limit\":\"60s\""},
    {"agents.0.serves=[\"A\"]", "\"serves\":[\"A\"]"},
    {"queues.B.target=30", NULL},
    {"nothing.at.all=1", NULL},
    {"no equals sign", NULL},
    {"=1", NULL},
};

START_TEST(changes_by_path)
{
    struct opened o;
    struct buf out = {0};
    open_text(&o, rows[0].text);
    bool is_done = sim_workload_edit(&out, &o.arena, o.root, str_of(edits[_i].change), &o.err);
    ck_assert_int_eq(is_done, edits[_i].value != NULL);
    if (is_done) {
        ck_assert_msg(str_find(buf_str(&out), str_of(edits[_i].value)) < out.len, "%.*s",
                      STR_ARG(buf_str(&out)));
        const struct json_doc *doc = NULL;
        ck_assert(json_parse(&doc, &o.arena, STR(""), buf_str(&out), NULL, NULL, &o.err));
    } else {
        ck_assert_uint_gt(strlen(o.err.msg), 10);
    }
    buf_done(&out);
    close_text(&o);
}
END_TEST

static struct sim_study *run(struct opened *o, size_t replications, unsigned threads)
{
    struct sim_study_options options = {
        .replications = replications, .seed = o->w.seed, .n_threads = threads};
    return sim_study_run(&o->arena, &o->w, &options);
}

static void open_builtin(struct opened *o, const char *name)
{
    struct str text = builtin_find(str_of(name));
    ck_assert(text.s);
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &o->arena, str_of(name), text, NULL, &o->findings, &o->err));
    o->root = json_root(doc);
    ck_assert_msg(sim_workload_read(&o->w, &o->arena, o->root, &o->findings, &o->err), "%s",
                  o->err.msg);
}

START_TEST(threads_change_nothing)
{
    struct buf reports[3] = {{0}};
    for (unsigned i = 0; i < 3; i++) {
        struct opened o;
        open_builtin(&o, "workloads/wrap-up.json");
        const struct sim_study *s = run(&o, 12, i + 1);
        sim_report_json(&reports[i], s, NULL);
        sim_report_csv(&reports[i], s, s);
        sim_report_text(&reports[i], s, s);
        ck_assert_uint_gt(reports[i].len, 1000);
        ck_assert(str_eq(buf_str(&reports[i]), buf_str(&reports[0])));
        close_text(&o);
    }
    for (unsigned i = 0; i < 3; i++) {
        buf_done(&reports[i]);
    }
}
END_TEST

START_TEST(the_json_report_is_json)
{
    struct opened o;
    struct buf out = {0};
    const struct json_doc *doc = NULL;
    open_builtin(&o, "workloads/wrap-up.json");
    const struct sim_study *s = run(&o, 3, 1);
    sim_report_json(&out, s, s);
    ck_assert_msg(json_parse(&doc, &o.arena, STR("report"), buf_str(&out), NULL, NULL, &o.err),
                  "%s", o.err.msg);
    struct json d =
        json_pointer_find(json_root(doc), STR("/differences/0/figures/service_level/value"));
    ck_assert_double_lt(fabs(json_double(d)), 1e-12);
    ck_assert_uint_eq(
        json_count(json_pointer_find(json_root(doc), STR("/baseline/scopes/1/intervals"))), 16);
    buf_done(&out);
    close_text(&o);
}
END_TEST

START_TEST(figures_by_name)
{
    struct opened o;
    double value = 0, half = 0;
    open_builtin(&o, "workloads/wrap-up.json");
    const struct sim_study *s = run(&o, 3, 1);
    ck_assert(sim_figure(&value, &half, s, STR("service_level"), &o.err));
    ck_assert(sim_figure(&value, &half, s, STR("service_level.Sales"), &o.err));
    ck_assert(value > 0.3 && value < 1);
    ck_assert(sim_figure(&value, &half, s, STR("occupancy.both"), &o.err));
    ck_assert(!sim_figure(&value, &half, s, STR("occupancy.Sales"), &o.err));
    ck_assert(!sim_figure(&value, &half, s, STR("speed"), &o.err));
    ck_assert(strstr(o.err.msg, "service_level_served"));
    close_text(&o);
}
END_TEST

/* The published day of SSJ's tutorial, overdispersed much and hardly, by own long runs: simulation.md 1.5. */
static const struct {
    const char *busyness;
    size_t days;
    double contacts, contacts_spread, wait, wait_error, lost, soon, soon_slack;
} published[] = {
    {"contacts.*.busyness.shape=10", 1500, 1658.6, 525, 12.470, 1.0, 0.03636, 0.85434, 0.025},
    {"contacts.*.busyness.shape=400", 1500, 1660.0, 92.5, 4.7237, 0.1, 0.01986, 0.92467, 0.004},
};

START_TEST(a_published_day)
{
    struct opened o, edited;
    struct buf text = {0};
    open_builtin(&o, "workloads/call-centre.json");
    ck_assert(sim_workload_edit(&text, &o.arena, o.w.root, str_of(published[_i].busyness), &o.err));
    open_text(&edited, buf_cstr(&text));
    ck_assert(edited.is_read);
    double days = (double)published[_i].days;
    const struct sim_study *s = run(&edited, published[_i].days, 2);
    const struct sim_queue_sums *q = &s->sums->queues[0];
    struct sim_estimate wait = sim_study_estimate(s, 0, SIM_WAIT),
                        lost = sim_study_estimate(s, 0, SIM_ABANDONED);
    double soon = (double)(q->answered_in_target + q->abandoned_in_target) / (double)q->offered;
    ck_assert_double_lt(fabs((double)q->offered / days - published[_i].contacts),
                        4 * published[_i].contacts_spread / sqrt(days));
    ck_assert_double_lt(fabs(wait.value - published[_i].wait), 4 * wait.standard_error);
    ck_assert_double_lt(wait.standard_error, published[_i].wait_error);
    ck_assert_double_lt(fabs(lost.value - published[_i].lost), 4 * lost.standard_error);
    ck_assert_double_lt(fabs(soon - published[_i].soon), published[_i].soon_slack);
    buf_done(&text);
    close_text(&edited);
    close_text(&o);
}
END_TEST

/* More work than hands, and nobody gives up: it is said, and what is asked of the agents. */
START_TEST(a_queue_without_bound)
{
    struct opened o;
    struct buf out = {0};
    open_text(
        &o,
        "{" DAY "," QUEUES
        ",\"contacts\":[{\"queue\":\"A\",\"perHour\":60,\"talk\":{\"exponential\":180}}]," AGENTS
        "}");
    ck_assert(o.is_read);
    sim_report_text(&out, run(&o, 10, 1), NULL);
    ck_assert(str_find(buf_str(&out), STR("grows without bound")) < out.len);
    ck_assert(str_find(buf_str(&out), STR("transient")) < out.len);
    buf_done(&out);
    close_text(&o);
}
END_TEST

START_TEST(a_day_without_contacts)
{
    struct opened o;
    struct buf out = {0};
    open_text(&o, "{" DAY "," QUEUES
                  ",\"contacts\":[{\"queue\":\"A\",\"perHour\":0,\"talk\":9}]," AGENTS "}");
    ck_assert(o.is_read);
    const struct sim_study *s = run(&o, 3, 1);
    sim_report_text(&out, s, s);
    sim_report_html(&out, s, s);
    sim_report_csv(&out, s, s);
    ck_assert(str_find(buf_str(&out), STR("No contact came")) < out.len);
    ck_assert(str_find(buf_str(&out), STR("nan")) == out.len);
    buf_done(&out);
    close_text(&o);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof *(t))
int main(void)
{
    Suite *suite = suite_create("workload");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, workloads_are_read_or_refused, 0, ROWS(rows));
    tcase_add_loop_test(tcase, changes_by_path, 0, ROWS(edits));
    tcase_add_test(tcase, threads_change_nothing);
    tcase_add_test(tcase, the_json_report_is_json);
    tcase_add_test(tcase, figures_by_name);
    tcase_add_test(tcase, a_queue_without_bound);
    tcase_add_test(tcase, a_day_without_contacts);
    tcase_add_loop_test(tcase, a_published_day, 0, ROWS(published));
    return unit_run(suite);
}
