#include "cli/again_report.h"

#include <string.h>

bool again_report_knows(const char *format, struct err *err)
{
    bool is_known = !format || strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
                    strcmp(format, "junit") == 0;
    return is_known || err_set(err, ERR_INPUT,
                               "there is no format \"%s\"; expected text, json or junit", format);
}

static bool is_bad(const struct again_result *r)
{
    return r->failed.len > 0 || r->n_differences > 0;
}

static void put_name(struct buf *b, const struct again_result *r, size_t i)
{
    buf_printf(b, "#%zu ", i + 1);
    report_put_line(b, r->recorded->method);
    buf_put_char(b, ' ');
    report_put_line(b, r->target);
}

static void put_differences(struct buf *b, const struct again_result *r)
{
    for (size_t i = 0; i < r->n_differences; i++) {
        const struct again_difference *d = &r->differences[i];
        buf_put(b, STR("    "));
        report_put_line(b, d->pointer.len ? d->pointer : STR("status"));
        if (d->recorded.len) {
            buf_put(b, STR("\n      - "));
            report_put_line(b, d->recorded);
        }
        if (d->live.len) {
            buf_put(b, STR("\n      + "));
            report_put_line(b, d->live);
        }
        buf_put_char(b, '\n');
    }
}

static void put_text(struct buf *b, const struct again_result *results, size_t n, bool is_verbose)
{
    size_t n_same = 0, n_differ = 0, n_failed = 0, n_unknown = 0;
    for (size_t i = 0; i < n; i++) {
        const struct again_result *r = &results[i];
        n_failed += r->failed.len > 0;
        n_differ += r->n_differences > 0;
        n_unknown += !is_bad(r) && !r->is_compared;
        n_same += !is_bad(r) && r->is_compared;
        if (!is_bad(r) && !is_verbose && r->is_compared) {
            continue;
        }
        put_name(b, r, i);
        if (r->failed.len) {
            buf_put(b, STR(": no answer: "));
            report_put_line(b, r->failed);
            buf_put_char(b, '\n');
            continue;
        }
        buf_printf(b, " → %d%s\n", r->status,
                   r->n_differences ? ", differs:"
                   : r->is_compared ? ", the same"
                                    : " (the record has no answer)");
        put_differences(b, r);
    }
    buf_printf(b, "%zu requests: %zu the same, %zu differ, %zu not answered", n, n_same, n_differ,
               n_failed);
    if (n_unknown) {
        buf_printf(b, ", %zu with nothing to compare", n_unknown);
    }
    buf_put_char(b, '\n');
}

static void put_member(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "\"%s\":", name);
    report_put_json(b, value);
}

static void put_json(struct buf *b, const struct again_result *results, size_t n)
{
    size_t n_bad = 0;
    buf_put(b, STR("{\"format_version\":\"1.0\",\"requests\":["));
    for (size_t i = 0; i < n; i++) {
        const struct again_result *r = &results[i];
        n_bad += is_bad(r);
        buf_printf(b, "%s\n{\"number\":%zu,", i ? "," : "", i + 1);
        put_member(b, "method", r->recorded->method);
        buf_put_char(b, ',');
        put_member(b, "target", r->target);
        buf_printf(b, ",\"recordedStatus\":%d,\"status\":%d,", r->recorded->answer.status,
                   r->status);
        put_member(b, "failed", r->failed);
        buf_put(b, STR(",\"differences\":["));
        for (size_t k = 0; k < r->n_differences; k++) {
            const struct again_difference *d = &r->differences[k];
            buf_put(b, k ? STR(",{") : STR("{"));
            put_member(b, "pointer", d->pointer);
            buf_put_char(b, ',');
            put_member(b, "recorded", d->recorded);
            buf_put_char(b, ',');
            put_member(b, "live", d->live);
            buf_put_char(b, '}');
        }
        buf_put(b, STR("]}"));
    }
    buf_printf(b, "],\"summary\":{\"requests\":%zu,\"bad\":%zu}}\n", n, n_bad);
}

static void put_junit(struct buf *b, const struct again_result *results, size_t n)
{
    size_t n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        n_bad += is_bad(&results[i]);
    }
    buf_printf(b,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite "
               "name=\"replay\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
               n, n_bad);
    for (size_t i = 0; i < n; i++) {
        const struct again_result *r = &results[i];
        struct buf text = {0};
        put_name(&text, r, i);
        buf_put(b, STR("<testcase classname=\"replay\" name=\""));
        report_put_xml(b, buf_str(&text), true);
        if (!is_bad(r)) {
            buf_put(b, STR("\"/>\n"));
        } else {
            buf_clear(&text);
            put_differences(&text, r);
            buf_put(b, STR("\"><failure message=\""));
            report_put_xml(b, r->failed.len ? r->failed : STR("the answer differs"), true);
            buf_put(b, STR("\">"));
            report_put_xml(b, buf_str(&text), false);
            buf_put(b, STR("</failure></testcase>\n"));
        }
        buf_done(&text);
    }
    buf_put(b, STR("</testsuite>\n</testsuites>\n"));
}

void again_report(FILE *out, const char *format, const struct again_result *results, size_t n,
                  bool is_verbose)
{
    struct buf b = {0};
    if (format && strcmp(format, "json") == 0) {
        put_json(&b, results, n);
    } else if (format && strcmp(format, "junit") == 0) {
        put_junit(&b, results, n);
    } else {
        put_text(&b, results, n, is_verbose);
    }
    (void)fwrite(b.s, 1, b.len, out);
    buf_done(&b);
}
