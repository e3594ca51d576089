/* JUnit and checkstyle read back by a parser that is not ours: python3's. Without python3 the tests say so. */
#include "validator/report.h"

#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char read_back[] = "import sys, json, xml.etree.ElementTree as x\n"
                                "r = x.parse(sys.argv[1]).getroot()\n"
                                "def f(e): return {'tag': e.tag, 'text': e.text or '', "
                                "'attributes': e.attrib, 'children': [f(c) for c in e]}\n"
                                "json.dump(f(r), open(sys.argv[2], 'w'))\n";

/* The report as python reads it: {tag, text, attributes, children}; no value where there is no python. */
static struct json python_sees(const struct report *r, enum report_kind kind)
{
    char folder[] = "/tmp/rehearse-xml-XXXXXX";
    ck_assert(mkdtemp(folder) != NULL);
    struct buf xml, command;
    buf_init(&xml, &arena);
    buf_init(&command, &arena);
    report_write(&xml, kind, r);
    const char *script = str_cstr(&arena, findings_text(&found, "%s/read.py", folder));
    const char *in = str_cstr(&arena, findings_text(&found, "%s/report.xml", folder));
    const char *out = str_cstr(&arena, findings_text(&found, "%s/report.json", folder));
    ck_assert(file_write(script, str_of(read_back), 0600, &err) &&
              file_write(in, buf_str(&xml), 0600, &err));
    buf_printf(&command, "python3 %s %s %s", script, in, out);
    bool has_python = system("command -v python3 >/dev/null 2>&1") == 0;
    struct str text = STR("");
    if (has_python) {
        ck_assert_msg(system(buf_cstr(&command)) == 0, "python refuses %.*s",
                      STR_ARG(buf_str(&xml)));
        ck_assert_msg(file_read(&text, &arena, out, 1 << 24, &err), "%s", err.msg);
    } else {
        (void)printf("skipped: python3 is not here to read XML back\n");
    }
    (void)unlink(script);
    (void)unlink(in);
    (void)unlink(out);
    ck_assert(rmdir(folder) == 0);
    return has_python ? parse(text) : (struct json){.doc = NULL};
}

static struct str attribute(struct json element, const char *name)
{
    return json_str_or(json_get(json_get(element, STR("attributes")), str_of(name)), STR("(none)"));
}

static struct json child(struct json element, size_t n)
{
    struct json v = json_first(json_get(element, STR("children")));
    for (; n > 0; n--) {
        v = json_next(v);
    }
    return v;
}

/* Markup, blanks that attributes change, controls that XML cannot hold, bytes that are no UTF-8. */
#define NASTY "<a b=\"c\">&amp;\t\n\r]]>\x01\x1F\xFF\xEF\xBF\xBF\xF0\x9F\x98\x80'"
#define NASTY_SEEN "<a b=\"c\">&amp;\t\n\r]]>\\u0001\\u001F\xEF\xBF\xBD\\uFFFF\xF0\x9F\x98\x80'"

static struct report_item items[3];
static const struct report_case cases[] = {
    {STR_INIT("a.json"), STR_INIT("/0"), 2, {STR_INIT("code"), STR_INIT(""), STR_INIT("A")}},
    {STR_INIT("a.json"), STR_INIT("/1"), 3, {STR_INIT("code"), STR_INIT(""), STR_INIT("B")}},
    {STR_INIT("a.json"), STR_INIT("/2"), 4, {STR_INIT("code"), STR_INIT(""), STR_INIT("C")}},
};
static const struct report_skip skips[] = {{STR_INIT("a.json"),
                                            STR_INIT("/2/x"),
                                            STR_INIT("known after apply"),
                                            4,
                                            1,
                                            {{"", 0}, {"", 0}, {"", 0}}}};

static struct report fill(void)
{
    items[0] = (struct report_item){.finding = {.rule = STR("S106"),
                                                .severity = SEVERITY_ERROR,
                                                .message = STR(NASTY),
                                                .file = STR("a.json"),
                                                .line = 2,
                                                .column = 5,
                                                .pointer = STR("/0/name"),
                                                .hint = STR("do that"),
                                                .item = SIZE_MAX}};
    items[1] = (struct report_item){.finding = {.rule = STR("S115"),
                                                .severity = SEVERITY_WARNING,
                                                .message = STR("blank"),
                                                .file = STR("a.json"),
                                                .line = 3,
                                                .column = 1,
                                                .pointer = STR("/1"),
                                                .item = SIZE_MAX}};
    items[2] = (struct report_item){.finding = {.rule = STR("J001"),
                                                .severity = SEVERITY_ERROR,
                                                .message = STR("not UTF-8"),
                                                .file = STR(NASTY),
                                                .line = 1,
                                                .column = 1,
                                                .item = SIZE_MAX}};
    return (struct report){.items = items,
                           .n_items = 3,
                           .cases = cases,
                           .n_cases = 3,
                           .skips = skips,
                           .n_skips = 1,
                           .summary = {.ms = 2007}};
}

START_TEST(test_junit)
{
    struct report r = fill();
    struct json root = python_sees(&r, REPORT_JUNIT);
    if (!json_exists(root)) {
        return;
    }
    assert_str(json_str(json_get(root, STR("tag"))), "testsuites");
    assert_str(attribute(root, "tests"), "4");
    assert_str(attribute(root, "failures"), "2");
    assert_str(attribute(root, "skipped"), "1");
    assert_str(attribute(root, "time"), "2.007");
    struct json suite = child(root, 0), first = child(suite, 0), second = child(suite, 1),
                third = child(suite, 2);
    assert_str(attribute(suite, "name"), "a.json");
    assert_str(attribute(first, "name"), "code \"A\"");
    assert_str(attribute(first, "line"), "2");
    struct json failure = child(first, 0);
    assert_str(json_str(json_get(failure, STR("tag"))), "failure");
    assert_str(attribute(failure, "message"), NASTY_SEEN);
    assert_str(attribute(failure, "type"), "S106");
    struct str text = json_str(json_get(failure, STR("text")));
    ck_assert(str_starts(text, STR("a.json:2:5: error: <a b=\"c\">&amp;\\t\\n\\r]]>\\u0001")));
    ck_assert(str_find(text, STR("help: do that")) < text.len);
    assert_str(json_str(json_get(child(second, 0), STR("tag"))),
               "system-out"); /* a warning fails nothing */
    assert_str(json_str(json_get(child(third, 0), STR("tag"))), "skipped");
    assert_str(attribute(child(root, 1), "name"), NASTY_SEEN);
}
END_TEST

START_TEST(test_checkstyle)
{
    struct report r = fill();
    struct json root = python_sees(&r, REPORT_CHECKSTYLE);
    if (!json_exists(root)) {
        return;
    }
    struct json file = child(root, 0), error = child(file, 0);
    assert_str(json_str(json_get(root, STR("tag"))), "checkstyle");
    assert_str(attribute(file, "name"), "a.json");
    assert_str(attribute(error, "message"), NASTY_SEEN);
    assert_str(attribute(error, "severity"), "error");
    assert_str(attribute(error, "source"), "rehearse.S106");
    assert_str(attribute(child(file, 1), "severity"), "warning");
    assert_str(attribute(child(root, 1), "name"), NASTY_SEEN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_xml");
    TCase *tc = tcase_create("report_xml");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_junit);
    tcase_add_test(tc, test_checkstyle);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
