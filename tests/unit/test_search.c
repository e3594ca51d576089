/* Queries: what bodies find and count among three calls, by numbers that were counted by hand.
 *
 *     A  00:00–00:10  in   tags x y  legs  ada: talk 1 min (n 2), talk 1 min (n 3), acw 30 s c1
 *     B  01:00–01:06  in   tag y     legs  bo: talk 4 min, acw 1 min c2, acw 1 min c1; ada: none
 *     C  02:00–       out            legs  ada: talk, not over                                   */
#include "tests/unit/unit.h"

#include "model/model.h"

#define DAY "\"when\": \"2026-01-05T00:00:00Z/2026-01-06T00:00:00Z\""

static const char snapshot[] =
    "{\"format\": 1, \"profile\": \"calls\", \"name\": \"t\", \"resources\": {\"call\": ["
    "{\"id\": \"A\", \"start\": \"2026-01-05T00:00:00Z\", \"end\": \"2026-01-05T00:10:00Z\","
    " \"kind\": \"in\", \"tags\": [\"x\", \"y\"], \"legs\": [{\"agent\": \"ada\", \"marks\": ["
    "{\"type\": \"talk\", \"from\": \"2026-01-05T00:00:00Z\", \"to\": \"2026-01-05T00:01:00Z\","
    " \"n\": 2},"
    "{\"type\": \"talk\", \"from\": \"2026-01-05T00:02:00Z\", \"to\": \"2026-01-05T00:03:00Z\","
    " \"n\": 3},"
    "{\"type\": \"acw\", \"from\": \"2026-01-05T00:03:00Z\", \"to\": \"2026-01-05T00:03:30Z\","
    " \"code\": \"c1\"}]}]},"
    "{\"id\": \"B\", \"start\": \"2026-01-05T01:00:00Z\", \"end\": \"2026-01-05T01:06:00Z\","
    " \"kind\": \"in\", \"tags\": [\"y\"], \"legs\": [{\"agent\": \"bo\", \"marks\": ["
    "{\"type\": \"talk\", \"from\": \"2026-01-05T01:00:00Z\", \"to\": \"2026-01-05T01:04:00Z\"},"
    "{\"type\": \"acw\", \"from\": \"2026-01-05T01:04:00Z\", \"to\": \"2026-01-05T01:05:00Z\","
    " \"code\": \"c2\"},"
    "{\"type\": \"acw\", \"from\": \"2026-01-05T01:05:00Z\", \"to\": \"2026-01-05T01:06:00Z\","
    " \"code\": \"c1\"}]}, {\"agent\": \"ada\", \"marks\": []}]},"
    "{\"id\": \"C\", \"start\": \"2026-01-05T02:00:00Z\", \"kind\": \"out\", \"legs\": ["
    "{\"agent\": \"ada\", \"marks\": [{\"type\": \"talk\", \"from\": "
    "\"2026-01-05T02:00:00Z\"}]}]}]}}";

struct world {
    struct arena a;
    struct contract *contract;
    struct tenant *tenant;
    struct findings fs;
    struct err err;
};

static void open_world(struct world *w)
{
    const struct json_doc *doc = NULL;
    *w = (struct world){0};
    arena_init(&w->a, 0, 0);
    findings_init(&w->fs, &w->a);
    ck_assert_msg(
        contract_open(&w->contract, "tests/data/calls.profile.json", NULL, 0, &w->fs, &w->err),
        "%s", w->err.msg);
    ck_assert(json_parse(&doc, &w->a, STR("snapshot"), str_of(snapshot), NULL, NULL, &w->err));
    ck_assert_msg(tenant_load(&w->tenant, w->contract, json_root(doc), &w->fs, &w->err), "%s",
                  w->err.msg);
}

static void close_world(struct world *w)
{
    tenant_free(w->tenant);
    contract_free(w->contract);
    arena_done(&w->a);
}

static const struct search_rule *rule_named(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->contract->n_searches; i++) {
        if (str_eq(w->contract->searches[i].name, str_of(name))) {
            return &w->contract->searches[i];
        }
    }
    ck_abort_msg("no query %s", name);
    return NULL;
}

static struct json parse(struct world *w, const char *text)
{
    const struct json_doc *doc = NULL;
    ck_assert_msg(json_parse(&doc, &w->a, STR("body"), str_of(text), NULL, NULL, &w->err), "%s: %s",
                  text, w->err.msg);
    return json_root(doc);
}

/* Dates of the day as "hh:mm", to keep the tables readable. */
static struct str shorten(struct arena *a, struct str text)
{
    struct buf out;
    buf_init(&out, a);
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = str_slice(text, i, text.len);
        if (str_starts(rest, STR("2026-01-05T"))) {
            buf_put(&out, str_slice(rest, 11, 16));
            i += 23;
        } else if (str_starts(rest, STR("2026-01-06T00:00:00.000Z"))) {
            buf_put(&out, STR("24:00"));
            i += 23;
        } else {
            buf_put_char(&out, rest.s[0]);
        }
    }
    return buf_str(&out);
}

#define ONE(metrics)                                                                               \
    "{\"groups\":[{\"key\":{},\"cells\":[{\"interval\":\"00:00/24:00\",\"metrics\":[" metrics      \
    "],\"views\":[]}]}]}"
#define CELL(interval, metrics)                                                                    \
    "{\"interval\":\"" interval "\",\"metrics\":[" metrics "],\"views\":[]}"
#define GROUP(key, metrics) "{\"key\":{" key "},\"cells\":[" CELL("00:00/24:00", metrics) "]}"
#define COUNT(name, n) "{\"name\":\"" name "\",\"count\":" n "}"
#define STATS(name, n, min, max, sum)                                                              \
    "{\"name\":\"" name "\",\"count\":" n ",\"min\":" min ",\"max\":" max ",\"sum\":" sum "}"

static const struct {
    const char *body, *found;
} counts[] = {
    {"{" DAY ", \"metrics\": [\"talk\"]}", ONE(STATS("talk", "2", "120000", "240000", "360000"))},
    {"{" DAY ", \"metrics\": [\"marks\", \"n\"]}",
     ONE(STATS("marks", "3", "60000", "240000", "360000") "," STATS("n", "1", "5", "5", "5"))},
    {"{" DAY ", \"metrics\": [\"legs\", \"long\", \"legs\"]}",
     ONE(COUNT("legs", "4") "," COUNT("long", "1"))},
    {"{" DAY ", \"metrics\": [\"all\"]}", ONE(STATS("all", "2", "150000", "360000", "510000"))},
    /* what is added up is not shown unless it is asked for, in whatever order */
    {"{" DAY ", \"metrics\": [\"all\", \"wrap\"]}",
     ONE(STATS("all", "2", "150000", "360000", "510000") "," STATS("wrap", "2", "30000", "120000",
                                                                   "150000"))},
    {"{" DAY ", \"metrics\": \"legs\", \"by\": \"agent\"}",
     "{\"groups\":[" GROUP("\"agent\":\"ada\"", COUNT("legs", "3")) "," GROUP(
         "\"agent\":\"bo\"", COUNT("legs", "1")) "]}"},
    /* a row with two codes belongs to two groups, or with flat to one of both */
    {"{" DAY ", \"metrics\": [\"talk\"], \"by\": [\"code\", \"code\"]}",
     "{\"groups\":[" GROUP(
         "\"code\":\"c1\"",
         STATS("talk", "2", "120000", "240000",
               "360000")) "," GROUP("\"code\":\"c2\"",
                                    STATS("talk", "1", "240000", "240000", "240000")) "]}"},
    {"{" DAY ", \"metrics\": [\"talk\"], \"by\": [\"code\"], \"flat\": true}",
     "{\"groups\":[" GROUP(
         "\"code\":\"c1\"",
         STATS("talk", "1", "120000", "120000",
               "120000")) "," GROUP("\"code\":\"c1,c2\"",
                                    STATS("talk", "1", "240000", "240000", "240000")) "]}"},
    /* a row without a value is a group without the dimension, and comes first */
    {"{" DAY ", \"metrics\": [\"legs\"], \"by\": [\"tag\"]}",
     "{\"groups\":[" GROUP("", COUNT("legs", "1")) "," GROUP(
         "\"tag\":\"x\"", COUNT("legs", "1")) "," GROUP("\"tag\":\"y\"", COUNT("legs", "3")) "]}"},
    {"{" DAY ", \"metrics\": [\"legs\"], \"by\": [\"kind\", \"agent\"]}",
     "{\"groups\":[" GROUP("\"kind\":\"in\",\"agent\":\"ada\"", COUNT("legs", "2")) "," GROUP(
         "\"kind\":\"in\",\"agent\":\"bo\"",
         COUNT("legs", "1")) "," GROUP("\"kind\":\"out\",\"agent\":\"ada\"",
                                       COUNT("legs", "1")) "]}"},
    /* parts of the interval: the last one is cut, those without a sample are left out */
    {"{" DAY ", \"metrics\": [\"talk\"], \"every\": \"PT1H\"}",
     "{\"groups\":[{\"key\":{},\"cells\":[" CELL(
         "00:00/01:00", STATS("talk", "1", "120000", "120000",
                              "120000")) "," CELL("01:00/02:00", STATS("talk", "1", "240000",
                                                                       "240000", "240000")) "]}]}"},
    {"{\"when\": \"2026-01-05T00:00:00Z/2026-01-05T01:30:00Z\", \"metrics\": [\"legs\"], "
     "\"every\": \"PT50M\"}",
     "{\"groups\":[{\"key\":{},\"cells\":[" CELL("00:00/00:50", COUNT("legs", "1")) "," CELL(
         "00:50/01:30", COUNT("legs", "2")) "]}]}"},
    /* a sample counts when it ends; by `time` when its call starts */
    {"{\"when\": \"2026-01-05T01:00:00Z/2026-01-05T01:04:00Z\", \"metrics\": [\"talk\"]}",
     "{\"groups\":[]}"},
    {"{\"when\": \"2026-01-05T01:00:00Z/2026-01-05T01:04:00Z\", \"metrics\": [\"talk\"], "
     "\"time\": \"call\"}",
     "{\"groups\":[{\"key\":{},\"cells\":[" CELL(
         "01:00/01:04", STATS("talk", "1", "240000", "240000", "240000")) "]}]}"},
    {"{\"when\": \"2026-01-05T02:00/2026-01-05T03:00\", \"zone\": \"+02:00\", \"metrics\": "
     "[\"legs\"]}",
     "{\"groups\":[{\"key\":{},\"cells\":[" CELL("00:00/01:00", COUNT("legs", "1")) "]}]}"},
    /* views and ranking */
    {"{" DAY ", \"metrics\": [\"legs\"], \"views\": [{\"name\": \"v\", \"metric\": \"talk\", "
     "\"range\": {\"gte\": 120000, \"lt\": 240000}}]}",
     "{\"groups\":[{\"key\":{},\"cells\":[{\"interval\":\"00:00/24:00\",\"metrics\":[" COUNT(
         "legs", "4") "],\"views\":[" STATS("v", "1", "120000", "120000", "120000") "]}]}]}"},
    {"{" DAY ", \"metrics\": [\"legs\", \"talk\"], \"by\": [\"agent\"], \"rank\": \"top\", "
     "\"rankBy\": \"talk\", \"limit\": 1}",
     "{\"groups\":[" GROUP(
         "\"agent\":\"bo\"",
         COUNT("legs", "1") "," STATS("talk", "1", "240000", "240000", "240000")) "]}"},
    {"{" DAY ", \"metrics\": [\"legs\"], \"by\": [\"agent\"], \"rank\": \"bottom\", \"limit\": 1}",
     "{\"groups\":[" GROUP("\"agent\":\"bo\"", COUNT("legs", "1")) "]}"},
    /* filters are asked of each row */
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": {\"type\": \"and\", \"predicates\": "
     "[{\"dimension\": \"kind\", \"value\": \"in\"}, {\"dimension\": \"agent\", \"operator\": "
     "\"is\", \"value\": \"ada\"}]}}",
     ONE(COUNT("legs", "2"))},
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": {\"type\": \"or\", \"clauses\": [{\"type\": "
     "\"and\", \"predicates\": [{\"dimension\": \"code\", \"operator\": \"there\"}]}], "
     "\"predicates\": [{\"dimension\": \"kind\", \"value\": \"out\"}]}}",
     ONE(COUNT("legs", "3"))},
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": {\"dimension\": \"type\", \"operator\": "
     "\"absent\"}}",
     ONE(COUNT("legs", "1"))},
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": [{\"dimension\": \"n\", \"range\": {\"gt\": "
     "2}}]}",
     ONE(COUNT("legs", "1"))},
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": {\"dimension\": \"n\", \"range\": {\"gt\": "
     "3}}}",
     "{\"groups\":[]}"},
    {"{" DAY ", \"metrics\": [\"legs\"], \"filter\": {\"type\": \"and\", \"predicates\": []}}",
     ONE(COUNT("legs", "4"))},
};

START_TEST(samples_are_counted)
{
    struct world w;
    struct buf out;
    open_world(&w);
    buf_init(&out, &w.a);
    struct search_plan *plan =
        search_read(&w.a, rule_named(&w, "count"), parse(&w, counts[_i].body), &w.fs);
    ck_assert_msg(plan != NULL, "%s: %.*s", counts[_i].body,
                  STR_ARG(w.fs.len ? w.fs.at[0].message : STR("")));
    ck_assert(search_groups(&out, plan, w.tenant, INT64_MAX / 2, &w.fs));
    struct str found = shorten(&w.a, buf_str(&out));
    ck_assert_msg(str_eq(found, str_of(counts[_i].found)), "%s:\n%.*s\nexpected\n%s",
                  counts[_i].body, STR_ARG(found), counts[_i].found);
    close_world(&w);
}
END_TEST

static const struct {
    const char *body, *found;
} finds[] = {
    {"{}", "ABC"},
    {"{" DAY "}", "ABC"},
    {"{\"when\": \"2026-01-05T00:05:00Z/2026-01-05T00:06:00Z\"}", "A"},
    {"{\"when\": \"2026-01-05T00:10:00Z/2026-01-05T01:00:00Z\"}", "A"}, /* ended in it */
    {"{\"when\": \"2026-01-05T00:11:00Z/2026-01-05T01:00:00Z\"}", ""},
    {"{\"when\": \"2026-01-05T03:00:00Z/2026-01-05T04:00:00Z\"}", "C"}, /* goes on */
    {"{\"sort\": [{\"name\": \"start\", \"order\": \"down\"}]}", "CBA"},
    {"{\"sort\": [{\"name\": \"mark\", \"order\": \"up\"}]}", "ABC"},
    {"{\"calls\": [{\"property\": \"kind\", \"value\": \"in\"}]}", "AB"},
    {"{\"calls\": [{\"property\": \"kind\", \"value\": \"in\"}, {\"property\": \"tag\", \"value\": "
     "\"x\"}]}",
     "A"},
    {"{\"calls\": {\"type\": \"or\", \"all\": [{\"property\": \"tag\", \"value\": \"x\"}, "
     "{\"property\": \"agent\", \"value\": \"bo\"}]}}",
     "AB"},
    {"{\"calls\": [{\"property\": \"tag\", \"operator\": \"absent\"}]}", "C"},
    /* both of one mark */
    {"{\"marks\": {\"type\": \"and\", \"all\": [{\"property\": \"type\", \"value\": \"acw\"}, "
     "{\"property\": \"code\", \"value\": \"c2\"}]}}",
     "B"},
    {"{\"marks\": {\"type\": \"and\", \"all\": [{\"property\": \"type\", \"value\": \"talk\"}, "
     "{\"property\": \"code\", \"value\": \"c2\"}]}}",
     ""},
    {"{\"marks\": {\"type\": \"and\", \"all\": [{\"property\": \"type\", \"value\": \"talk\"}, "
     "{\"property\": \"agent\", \"value\": \"bo\"}, {\"property\": \"kind\", \"value\": \"in\"}]}}",
     "B"},
};

START_TEST(entities_are_found)
{
    struct world w;
    struct buf ids;
    const struct entity *const *all = NULL;
    open_world(&w);
    buf_init(&ids, &w.a);
    struct search_plan *plan =
        search_read(&w.a, rule_named(&w, "find"), parse(&w, finds[_i].body), &w.fs);
    ck_assert_msg(plan != NULL, "%s", finds[_i].body);
    size_t n = search_entities(&all, &w.a, plan, w.tenant, INT64_MAX / 2);
    for (size_t i = 0; i < n; i++) {
        buf_put(&ids, all[i]->id);
    }
    ck_assert_msg(str_eq(buf_str(&ids), str_of(finds[_i].found)), "%s: %s, expected %s",
                  finds[_i].body, buf_cstr(&ids), finds[_i].found);
    close_world(&w);
}
END_TEST

static const struct {
    const char *query, *body, *rule, *case_name;
} bads[] = {
    {"count", "{\"metrics\": [\"talk\"]}", "Q601", "query.interval"},
    {"count", "{\"when\": 7, \"metrics\": [\"talk\"]}", "Q601", "query.interval"},
    {"count", "{\"when\": \"2026-01-05T00:00:00Z\", \"metrics\": []}", "Q601", "query.interval"},
    {"count", "{\"when\": \"2026-01-01/2026-03-01\", \"metrics\": []}", "Q605",
     "query.limit.interval"},
    {"count", "{" DAY ", \"metrics\": [\"tallk\"]}", "Q603", "query.metric"},
    {"count", "{" DAY ", \"metrics\": [null]}", "Q603", "query.metric"},
    {"count", "{" DAY ", \"metrics\": [], \"by\": [\"colour\"]}", "Q602", "query.dimension"},
    {"count", "{" DAY ", \"metrics\": [], \"by\": {\"a\": 1}}", "Q602", "query.dimension"},
    {"count", "{" DAY ", \"metrics\": [], \"every\": \"PT1M\"}", "Q605", "query.limit.cells"},
    {"count", "{" DAY ", \"metrics\": [], \"every\": \"hourly\"}", "Q606", "query.granularity"},
    {"count", "{" DAY ", \"metrics\": [], \"every\": \"PT0S\"}", "Q606", "query.granularity"},
    {"count", "{" DAY ", \"zone\": \"Mars\", \"metrics\": []}", "Q606", "query.zone"},
    {"count", "{" DAY ", \"metrics\": [], \"filter\": 7}", "Q604", "query.filter"},
    {"count", "{" DAY ", \"metrics\": [], \"filter\": {\"dimension\": \"kind\"}}", "Q604",
     "query.filter"},
    {"count", "{" DAY ", \"metrics\": [], \"filter\": {\"dimension\": \"kind\", \"value\": {}}}",
     "Q604", "query.filter"},
    {"count", "{" DAY ", \"metrics\": [], \"filter\": {\"metric\": \"talk\", \"value\": 1}}",
     "Q604", "query.filter"},
    {"count",
     "{" DAY ", \"metrics\": [], \"filter\": {\"dimension\": \"kind\", \"operator\": \"like\", "
     "\"value\": \"x\"}}",
     "Q604", "query.filter"},
    {"count", "{" DAY ", \"metrics\": [], \"filter\": {\"dimension\": \"n\", \"range\": {}}}",
     "Q604", "query.filter"},
    {"count", "{" DAY ", \"metrics\": [\"talk\"], \"rank\": \"top\", \"limit\": 0}", "Q604",
     "query.rank"},
    {"count", "{" DAY ", \"metrics\": [\"talk\"], \"rank\": \"top\", \"rankBy\": \"n\"}", "Q603",
     "query.rank"},
    {"count", "{" DAY ", \"metrics\": [], \"views\": [{\"metric\": \"talk\"}]}", "Q604",
     "query.view"},
    {"count", "{" DAY ", \"metrics\": [], \"views\": [{\"name\": \"v\", \"metric\": \"tlk\"}]}",
     "Q603", "query.metric"},
    {"find", "{\"sort\": [{\"name\": \"age\"}]}", "Q604", "query.order"},
    {"find", "{\"size\": -1}", "Q604", "query.page"},
    {"find", "{\"page\": 0}", "Q604", "query.page"},
    {"find", "{\"page\": \"1\"}", "Q604", "query.page"},
    /* words that the profile does not give cannot be used */
    {"find", "{\"calls\": [{\"property\": \"kind\", \"range\": {\"gt\": 1}}]}", "Q604",
     "query.filter"},
    {"find", "{\"calls\": [{\"property\": \"kind\", \"operator\": \"there\"}]}", "Q604",
     "query.filter"},
    /* filters that are texts, intervals whose ends stand apart, cursors */
    {"seek", "{\"text\": 7}", "Q604", "query.filter"},
    {"seek", "{\"text\": \" \"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"kind\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"kind=\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"kind=\\\"\\\"\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"=in\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"knd=in\"}", "Q602", "query.dimension"},
    {"seek", "{\"text\": \"kind=in or\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"or kind=in\"}", "Q604", "query.filter"},
    {"seek", "{\"text\": \"kind=in kind=out\"}", "Q604", "query.filter"},
    {"seek", "{\"from\": \"2026-01-05\"}", "Q601", "query.interval"},
    {"seek", "{\"from\": \"2026-01-06\", \"to\": \"2026-01-05\"}", "Q601", "query.interval"},
    {"seek", "{\"after\": \"x\"}", "Q604", "query.cursor"},
    {"seek", "{\"after\": 7}", "Q604", "query.cursor"},
};

/* Texts that filter, and what they find. */
static const struct {
    const char *text, *ids;
} texts[] = {
    {"", "ABC"},
    {"kind=out", "C"},
    {"kind=out or kind=in", "ABC"},
    {"agent=bo and tag=y", "B"},
    {"kind=out OR agent=bo and tag=y", "BC"},
    {"  kind=\\\"out\\\"  ", "C"},
    {"kind=\\\"in or out\\\"", ""},
    {"kind=none", ""},
};

START_TEST(texts_filter)
{
    struct world w;
    struct buf body, got;
    open_world(&w);
    buf_init(&body, &w.a);
    buf_init(&got, &w.a);
    buf_printf(&body, "{\"size\": 9, \"text\": \"%s\"}", texts[_i].text);
    struct search_plan *plan =
        search_read(&w.a, rule_named(&w, "seek"), parse(&w, buf_cstr(&body)), &w.fs);
    ck_assert_msg(plan != NULL, "%s was refused", texts[_i].text);
    struct search_page page = search_page(&w.a, plan, w.tenant, INT64_MAX / 2);
    for (size_t i = 0; i < page.n; i++) {
        buf_put(&got, page.at[i]->id);
    }
    ck_assert_msg(str_eq(buf_str(&got), str_of(texts[_i].ids)), "%s: %s", texts[_i].text,
                  buf_cstr(&got));
    ck_assert(page.total == page.n && !page.next.s);
    close_world(&w);
}
END_TEST

START_TEST(cursors_go_on)
{
    struct world w;
    struct buf body;
    open_world(&w);
    buf_init(&body, &w.a);
    const struct search_rule *rule = rule_named(&w, "seek");
    struct search_plan *plan = search_read(&w.a, rule, parse(&w, "{}"), &w.fs);
    struct search_page page = search_page(&w.a, plan, w.tenant, INT64_MAX / 2);
    ck_assert(page.n == 2 && page.total == 3 && page.next.s);
    buf_printf(&body, "{\"size\": 1, \"after\": \"%.*s\"}", STR_ARG(page.next));
    plan = search_read(&w.a, rule, parse(&w, buf_cstr(&body)), &w.fs);
    ck_assert(plan != NULL); /* pages may change their size */
    page = search_page(&w.a, plan, w.tenant, INT64_MAX / 2);
    ck_assert(page.n == 1 && !page.next.s && str_eq(page.at[0]->id, STR("C")));
    struct str of_another = str_slice(buf_str(&body), 1, buf_str(&body).len);
    struct buf other;
    buf_init(&other, &w.a);
    buf_printf(&other, "{\"text\": \"kind=in\", %.*s", STR_ARG(of_another));
    ck_assert(!search_read(&w.a, rule, parse(&w, buf_cstr(&other)), &w.fs));
    plan = search_read(&w.a, rule, parse(&w, "{\"size\": 0}"), &w.fs);
    page = search_page(&w.a, plan, w.tenant, INT64_MAX / 2);
    ck_assert(page.n == 0 && !page.next.s);
    close_world(&w);
}
END_TEST

START_TEST(what_there_is_not_is_refused)
{
    struct world w;
    open_world(&w);
    struct search_plan *plan =
        search_read(&w.a, rule_named(&w, bads[_i].query), parse(&w, bads[_i].body), &w.fs);
    ck_assert_msg(plan == NULL && w.fs.errors == 1, "%s was taken", bads[_i].body);
    ck_assert_msg(str_eq(w.fs.at[0].rule, str_of(bads[_i].rule)), "%s: %.*s", bads[_i].body,
                  STR_ARG(w.fs.at[0].rule));
    ck_assert_msg(str_eq(w.fs.at[0].case_name, str_of(bads[_i].case_name)), "%s: %.*s",
                  bads[_i].body, STR_ARG(w.fs.at[0].case_name));
    ck_assert(w.fs.at[0].message.len > 0);
    close_world(&w);
}
END_TEST

START_TEST(too_many_cells_are_refused)
{
    struct world w;
    struct buf out, body;
    open_world(&w);
    buf_init(&out, &w.a);
    buf_init(&body, &w.a);
    tenant_lock_write(w.tenant);
    for (int i = 0; i < 60; i++) {
        buf_clear(&body);
        buf_printf(&body,
                   "{\"id\": \"n%d\", \"start\": \"2026-01-05T05:00:00Z\", \"kind\": \"k%d\", "
                   "\"legs\": [{}]}",
                   i, i);
        tenant_put(w.tenant, &w.contract->resources[0], parse(&w, buf_cstr(&body)), 0, 0);
    }
    tenant_unlock(w.tenant);
    struct search_plan *plan =
        search_read(&w.a, rule_named(&w, "count"),
                    parse(&w, "{" DAY ", \"metrics\": [\"legs\"], \"by\": [\"kind\"]}"), &w.fs);
    ck_assert(plan != NULL);
    ck_assert(!search_groups(&out, plan, w.tenant, INT64_MAX / 2, &w.fs));
    ck_assert(w.fs.errors == 1 && str_eq(w.fs.at[0].case_name, STR("query.limit.cells")));
    close_world(&w);
}
END_TEST

START_TEST(a_filter_has_a_bound)
{
    struct world w;
    struct buf body;
    open_world(&w);
    buf_init(&body, &w.a);
    buf_put(&body, STR("{\"calls\": [{\"property\": \"kind\", \"value\": 1}"));
    for (int i = 0; i < 1000; i++) {
        buf_put(&body, STR(",{\"property\": \"kind\", \"value\": 1}"));
    }
    buf_put(&body, STR("]}"));
    ck_assert(!search_read(&w.a, rule_named(&w, "find"), parse(&w, buf_cstr(&body)), &w.fs));
    ck_assert(str_eq(w.fs.at[0].case_name, STR("query.limit")));
    close_world(&w);
}
END_TEST

/* What each leg shows of itself. */
static const struct {
    const char *id, *legs[2];
} measured[] = {
    {"A",
     {"[{\"name\":\"marks\",\"value\":60000,\"at\":\"00:01\"},{\"name\":\"marks\",\"value\":"
      "60000,\"at\":\"00:03\"},{\"name\":\"talk\",\"value\":120000,\"at\":\"00:03\"},{\"name\":"
      "\"codes\",\"value\":1}]",
      NULL}},
    {"B",
     {"[{\"name\":\"marks\",\"value\":240000,\"at\":\"01:04\"},{\"name\":\"talk\",\"value\":"
      "240000,\"at\":\"01:04\"},{\"name\":\"codes\",\"value\":1},{\"name\":\"long\",\"value\":1,"
      "\"at\":\"01:04\"}]",
      "[]"}},
    {"C", {"[]", NULL}},
};

START_TEST(entities_show_what_is_measured)
{
    struct world w;
    struct buf out;
    open_world(&w);
    buf_init(&out, &w.a);
    const struct search_plan *plan = search_shows(&w.a, rule_named(&w, "find"));
    const struct entity *e =
        tenant_find(w.tenant, &w.contract->resources[0], str_of(measured[_i].id));
    search_put_entity(&out, plan, e);
    struct json legs = json_get(parse(&w, buf_cstr(&out)), STR("legs"));
    size_t i = 0;
    for (struct json leg = json_first(legs); json_exists(leg); leg = json_next(leg), i++) {
        struct str got = shorten(&w.a, json_source(json_get(leg, STR("measured"))));
        ck_assert_msg(i < 2 && measured[_i].legs[i] && str_eq(got, str_of(measured[_i].legs[i])),
                      "%s %zu: %.*s", measured[_i].id, i, STR_ARG(got));
    }
    ck_assert(i > 0);
    close_world(&w);
}
END_TEST

START_TEST(pages_are_read)
{
    struct world w;
    open_world(&w);
    const struct search_rule *rule = rule_named(&w, "find");
    struct search_plan *plan = search_read(&w.a, rule, parse(&w, "{}"), &w.fs);
    ck_assert(search_page_size(plan) == 25 && search_page_number(plan) == 1);
    plan = search_read(&w.a, rule, parse(&w, "{\"size\": 1000, \"page\": 4}"), &w.fs);
    ck_assert(search_page_size(plan) == 100 && search_page_number(plan) == 4);
    close_world(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("search");
    TCase *cases = tcase_create("search");
    tcase_add_loop_test(cases, samples_are_counted, 0, sizeof counts / sizeof *counts);
    tcase_add_loop_test(cases, entities_are_found, 0, sizeof finds / sizeof *finds);
    tcase_add_loop_test(cases, what_there_is_not_is_refused, 0, sizeof bads / sizeof *bads);
    tcase_add_loop_test(cases, entities_show_what_is_measured, 0,
                        sizeof measured / sizeof *measured);
    tcase_add_test(cases, too_many_cells_are_refused);
    tcase_add_test(cases, a_filter_has_a_bound);
    tcase_add_loop_test(cases, texts_filter, 0, sizeof texts / sizeof *texts);
    tcase_add_test(cases, cursors_go_on);
    tcase_add_test(cases, pages_are_read);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
