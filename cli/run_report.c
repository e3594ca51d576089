#include "cli/run_report.h"

#include <string.h>

enum { US_A_MS = 1000, US_A_S = 1000000, KIB_A_MIB = 1024, OUTPUT_SHOWN = 4000 };

void run_report_fail(struct run_report *r, struct str rule, struct str text)
{
    if (r->n_failures < RUN_FAILURES_MAX) {
        r->failures[r->n_failures++] = (struct run_failure){rule, text};
    }
}

/* How many requests came, and how many of them were dealt a fault. */
static void count(const struct run_site *s, size_t *out_requests, size_t *out_dealt)
{
    struct arena a;
    struct findings fs;
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    *out_requests = *out_dealt = 0;
    if (json_parse(&doc, &a, s->name, s->journal, NULL, &fs, NULL)) {
        struct json entries = json_get(json_root(doc), STR("entries"));
        for (struct json e = json_first(entries); json_exists(e); e = json_next(e)) {
            *out_requests += 1;
            *out_dealt += json_kind(json_get(e, STR("fault"))) == JSON_OBJECT;
        }
    }
    arena_done(&a);
}

static size_t count_dealt(const struct run_result *r)
{
    size_t requests = 0, dealt = 0, sum = 0;
    for (size_t i = 0; i < r->n_sites; i++) {
        count(&r->sites[i], &requests, &dealt);
        sum += dealt;
    }
    return sum;
}

static void put_seconds(struct buf *out, int64_t us)
{
    buf_printf(out, "%lld.%03lld s", (long long)(us / US_A_S), (long long)(us % US_A_S / US_A_MS));
}

/* "exit 0", "ended by signal 9". */
static void put_end(struct buf *out, const struct run_end *end)
{
    if (end->is_timeout) {
        buf_put(out, STR("ended at the time limit"));
    } else if (end->is_stopped) {
        buf_put(out, STR("interrupted by the user"));
    } else if (end->signal) {
        buf_printf(out, "ended by signal %d (%s)", end->signal, strsignal(end->signal));
    } else {
        buf_printf(out, "exit status %d", end->exit_status);
    }
}

/* The names of the rules that were never dealt. */
static void put_unmet(struct buf *out, const struct run_site *s)
{
    struct arena a;
    struct findings fs;
    const struct json_doc *doc = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    if (json_parse(&doc, &a, s->name, s->faults, NULL, &fs, NULL)) {
        struct json rules = json_get(json_root(doc), STR("faults"));
        bool is_first = true;
        for (struct json f = json_first(rules); json_exists(f); f = json_next(f)) {
            struct str name = json_str_or(json_get(f, STR("name")), STR(""));
            name = name.len ? name : json_str_or(json_get(f, STR("preset")), STR("a rule"));
            if (json_i64_or(json_get(f, STR("hits")), 0) == 0) {
                buf_put(out, is_first ? STR("") : STR(", "));
                buf_put(out, name);
                is_first = false;
            }
        }
    }
    arena_done(&a);
}

void run_report_judge(struct run_report *r, bool has_exit)
{
    const struct run_end *end = &r->result->end;
    struct buf text;
    buf_init(&text, r->arena);
    if (end->is_stopped) {
        run_report_fail(r, STR(""),
                        STR("interrupted by the user: the client had not ended, and "
                            "only what came until then was looked at"));
        return;
    }
    if (!has_exit && !end->is_timeout && (end->signal || end->exit_status) &&
        count_dealt(r->result) == 0) {
        buf_put(&text, STR("the client failed, though no fault was dealt: "));
        put_end(&text, end);
        run_report_fail(r, STR(""), buf_str(&text));
    }
    for (size_t i = 0; i < r->result->n_sites && !r->allows_unexercised; i++) {
        const struct run_site *s = &r->result->sites[i];
        if (s->n_unmet) {
            buf_init(&text, r->arena);
            buf_put(&text, STR("faults that were set and never met: "));
            put_unmet(&text, s);
            buf_put(&text, STR("; --allow-unexercised lets that pass"));
            run_report_fail(r, STR(""), buf_str(&text));
        }
    }
}

static struct str about_seal(enum run_seal seal)
{
    static const struct str texts[] = {
        [RUN_SEAL_USER] = STR_INIT("namespaces without rights: nothing can leave"),
        [RUN_SEAL_ROOT] = STR_INIT("namespaces as root: nothing can leave"),
        [RUN_SEAL_PROXY] =
            STR_INIT("a proxy, for who heeds HTTPS_PROXY: the client is NOT kept from the network"),
        [RUN_SEAL_BASE_URL] =
            STR_INIT("variables, for who reads them: the client is NOT kept from the network"),
        [RUN_SEAL_AUTO] = STR_INIT(""),
    };
    return texts[seal];
}

static void put_tail(struct buf *out, const char *title, struct str text, uint64_t bytes)
{
    struct str shown =
        str_slice(text, text.len > OUTPUT_SHOWN ? text.len - OUTPUT_SHOWN : 0, text.len);
    if (bytes == 0) {
        return;
    }
    buf_printf(out, "\n%s (%s%llu bytes):\n", title, shown.len < bytes ? "the last of " : "",
               (unsigned long long)bytes);
    while (shown.len) {
        struct str line;
        (void)str_cut(&shown, '\n', &line);
        buf_put(out, STR("  | "));
        buf_put(out, line);
        buf_put_char(out, '\n');
    }
}

static void put_hosts(struct buf *out, const struct run_result *r)
{
    buf_put(out, r->n_hosts ? STR("hosts     ") : STR(""));
    for (size_t i = 0; i < r->n_hosts; i++) {
        const struct run_host *h = &r->hosts[i];
        buf_put(out, i ? STR(", ") : STR(""));
        buf_put(out, h->name);
        buf_put(out, h->is_expected ? STR("") : STR(" (refused)"));
    }
    buf_put(out, r->n_hosts ? STR("\n") : STR(""));
}

void run_report_text(struct buf *out, const struct run_report *r)
{
    const struct run_result *result = r->result;
    const struct run_end *end = &result->end;
    buf_printf(out, "seal      %.*s: %.*s\n", STR_ARG(run_seal_name(result->seal)),
               STR_ARG(about_seal(result->seal)));
    if (r->why.len) {
        buf_printf(out, "          no better one: %.*s\n", STR_ARG(r->why));
    }
    buf_put(out, STR("client    "));
    put_end(out, end);
    buf_put(out, STR(" after "));
    put_seconds(out, end->wall_us);
    buf_put(out, STR(" (processor "));
    put_seconds(out, end->user_us + end->system_us);
    buf_printf(out, ", %lld MiB)", (long long)(end->max_rss_kib / KIB_A_MIB));
    if (result->pace.times > 1) {
        buf_printf(out, "; its clock ran %lld times as fast", (long long)result->pace.times);
    }
    if (end->n_left) {
        buf_printf(out, "; %zu processes that it left behind were ended", end->n_left);
    }
    buf_put_char(out, '\n');
    for (size_t i = 0; i < result->n_sites; i++) {
        size_t requests = 0, dealt = 0;
        const struct run_site *s = &result->sites[i];
        count(s, &requests, &dealt);
        buf_printf(out, "%.*s  %zu request%s, %zu with a fault, state %s\n", STR_ARG(s->name),
                   requests, requests == 1 ? "" : "s", dealt,
                   str_eq(s->before, s->after) ? "unchanged" : "changed");
    }
    put_hosts(out, result);
    for (size_t i = 0; i < r->n_failures; i++) {
        const struct run_failure *f = &r->failures[i];
        buf_put(out, STR("broken  "));
        buf_put(out, f->rule);
        buf_put(out, f->rule.len ? STR(" ") : STR(""));
        buf_put(out, f->text);
        buf_put_char(out, '\n');
    }
}

void run_report_output(struct buf *out, const struct run_report *r)
{
    if (!r->spec->shows_output) {
        put_tail(out, "what the client printed", r->result->out, r->result->out_bytes);
        put_tail(out, "what it printed on standard error", r->result->err, r->result->err_bytes);
    }
}

static void put_member(struct buf *out, const char *name, struct str value, const char *end)
{
    buf_printf(out, "\"%s\":", name);
    buf_put_json_string(out, value);
    buf_put(out, str_of(end));
}

/* What a program prints is any bytes. */
static struct str as_utf8(struct arena *a, struct str s)
{
    struct buf b;
    size_t bad = 0;
    buf_init(&b, a);
    while (!str_is_utf8(s, &bad)) {
        buf_put(&b, str_slice(s, 0, bad));
        buf_put_utf8(&b, 0xFFFD);
        s = str_slice(s, bad + 1, s.len);
    }
    buf_put(&b, s);
    return buf_str(&b);
}

static void put_end_json(struct buf *out, const struct run_result *result)
{
    const struct run_end *end = &result->end;
    buf_printf(out,
               "\"end\":{\"exitStatus\":%d,\"signal\":%d,\"isTimeout\":%s,"
               "\"isInterrupted\":%s,\"leftBehind\":%zu,\"wallUs\":%lld,\"userUs\":%lld,"
               "\"systemUs\":%lld,\"maxRssKib\":%lld,\"speedup\":%lld},",
               end->exit_status, end->signal, end->is_timeout ? "true" : "false",
               end->is_stopped ? "true" : "false", end->n_left, (long long)end->wall_us,
               (long long)end->user_us, (long long)end->system_us, (long long)end->max_rss_kib,
               (long long)(result->pace.times ? result->pace.times : 1));
}

static void put_sites_json(struct buf *out, const struct run_result *r)
{
    buf_put(out, STR("\"sites\":["));
    for (size_t i = 0; i < r->n_sites; i++) {
        size_t requests = 0, dealt = 0;
        const struct run_site *s = &r->sites[i];
        count(s, &requests, &dealt);
        buf_put(out, i ? STR(",{") : STR("{"));
        put_member(out, "name", s->name, ",");
        buf_printf(out, "\"requests\":%zu,\"dealt\":%zu,\"unmet\":%zu,\"changed\":%s,\"rules\":",
                   requests, dealt, s->n_unmet, str_eq(s->before, s->after) ? "false" : "true");
        buf_put(out, s->faults);
        buf_put_char(out, '}');
    }
    buf_put(out, STR("],"));
}

void run_report_json(struct buf *out, const struct run_report *r)
{
    const struct run_result *result = r->result;
    buf_put(out, STR("{\"format\":1,"));
    put_member(out, "seal", run_seal_name(result->seal), ",");
    put_member(out, "why", as_utf8(r->arena, r->why), ",\"command\":[");
    for (size_t i = 0; r->spec->argv[i]; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, as_utf8(r->arena, str_of(r->spec->argv[i])));
    }
    buf_put(out, STR("],"));
    put_end_json(out, result);
    put_sites_json(out, result);
    buf_put(out, STR("\"hosts\":["));
    for (size_t i = 0; i < result->n_hosts; i++) {
        const struct run_host *h = &result->hosts[i];
        buf_put(out, i ? STR(",{") : STR("{"));
        put_member(out, "name", as_utf8(r->arena, h->name), ",");
        buf_printf(out, "\"isExpected\":%s,\"isLookedUp\":%s,\"refused\":%llu}",
                   h->is_expected ? "true" : "false", h->is_looked_up ? "true" : "false",
                   (unsigned long long)h->n_refused);
    }
    buf_put(out, STR("],\"failures\":["));
    for (size_t i = 0; i < r->n_failures; i++) {
        buf_put(out, i ? STR(",{") : STR("{"));
        put_member(out, "rule", r->failures[i].rule, ",");
        put_member(out, "text", as_utf8(r->arena, r->failures[i].text), "}");
    }
    buf_put(out, STR("],"));
    put_member(out, "stdout", as_utf8(r->arena, result->out), ",");
    put_member(out, "stderr", as_utf8(r->arena, result->err), "}");
}

/* XML text; what XML cannot hold is left out. */
static void put_xml(struct buf *out, struct arena *a, struct str s)
{
    s = as_utf8(a, s);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.s[i];
        switch (c) {
        case '<':
            buf_put(out, STR("&lt;"));
            break;
        case '>':
            buf_put(out, STR("&gt;"));
            break;
        case '&':
            buf_put(out, STR("&amp;"));
            break;
        case '"':
            buf_put(out, STR("&quot;"));
            break;
        default:
            if (c >= ' ' || c == '\n' || c == '\t') {
                buf_put_char(out, (char)c);
            }
        }
    }
}

void run_report_junit(struct buf *out, const struct run_report *r)
{
    const struct run_result *result = r->result;
    buf_printf(out,
               "<testsuite name=\"run\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
               "time=\"%lld.%03lld\">\n",
               r->n_failures ? r->n_failures : 1, r->n_failures,
               (long long)(result->end.wall_us / US_A_S),
               (long long)(result->end.wall_us % US_A_S / US_A_MS));
    if (r->n_failures == 0) {
        buf_put(out, STR("<testcase classname=\"run\" name=\"as expected\"/>\n"));
    }
    for (size_t i = 0; i < r->n_failures; i++) {
        buf_printf(out, "<testcase classname=\"run\" name=\"%zu\"><failure message=\"", i + 1);
        put_xml(out, r->arena, r->failures[i].text);
        buf_put(out, STR("\"/></testcase>\n"));
    }
    buf_put(out, STR("<system-out>"));
    put_xml(out, r->arena, result->out);
    buf_put(out, STR("</system-out>\n<system-err>"));
    put_xml(out, r->arena, result->err);
    buf_put(out, STR("</system-err>\n</testsuite>\n"));
}

void run_report_markdown(struct buf *out, const struct run_report *r)
{
    const struct run_result *result = r->result;
    buf_put(out, STR("### rehearse run\n\n"));
    buf_put(out, STR("| | |\n|---|---|\n| seal | "));
    buf_put(out, run_seal_name(result->seal));
    buf_put(out, STR(" |\n| client | "));
    put_end(out, &result->end);
    buf_put(out, STR(" after "));
    put_seconds(out, result->end.wall_us);
    buf_put(out, STR(" |\n"));
    for (size_t i = 0; i < result->n_sites; i++) {
        size_t requests = 0, dealt = 0;
        count(&result->sites[i], &requests, &dealt);
        buf_printf(out, "| %.*s | %zu requests, %zu with a fault |\n",
                   STR_ARG(result->sites[i].name), requests, dealt);
    }
    buf_put(out, r->n_failures ? STR("\n") : STR(""));
    for (size_t i = 0; i < r->n_failures; i++) {
        const struct run_failure *f = &r->failures[i];
        buf_printf(out, "- **%.*s** ", STR_ARG(f->rule.len ? f->rule : STR("run")));
        put_xml(out, r->arena, f->text);
        buf_put_char(out, '\n');
    }
}

/* The document behind the first `mark` of it, or before it. */
static struct str insert(struct arena *a, struct str document, struct str mark, bool is_before,
                         struct str what)
{
    size_t at = str_find(document, mark);
    struct buf out;
    at = at < document.len && !is_before ? at + mark.len : at;
    buf_init(&out, a);
    buf_put(&out, str_slice(document, 0, at));
    buf_put(&out, what);
    buf_put(&out, str_slice(document, at, document.len));
    return buf_str(&out);
}

void run_report_dress(void *ctx, struct buf *document, struct str kind)
{
    const struct run_report *r = ctx;
    struct str own = str_copy(r->arena, buf_str(document)), all;
    struct buf ours, text;
    buf_init(&ours, r->arena);
    buf_init(&text, r->arena);
    if (str_eq(kind, STR("json"))) {
        buf_put(&ours, STR("{\"run\":"));
        run_report_json(&ours, r);
        buf_put(&ours, STR(",\"conduct\":"));
        buf_put(&ours, str_trim(own));
        buf_put(&ours, STR("}\n"));
        all = buf_str(&ours);
    } else if (str_eq(kind, STR("junit"))) {
        run_report_junit(&ours, r);
        all = insert(r->arena, own, STR("</testsuites>"), true, buf_str(&ours));
    } else if (str_eq(kind, STR("html"))) {
        run_report_text(&text, r);
        run_report_output(&text, r);
        buf_put(&ours, STR("\n<pre>"));
        put_xml(&ours, r->arena, buf_str(&text));
        buf_put(&ours, STR("</pre>\n"));
        all = insert(r->arena, own, STR("<body>"), false, buf_str(&ours));
    } else {
        bool is_text = str_eq(kind, STR("text"));
        (is_text ? run_report_text : run_report_markdown)(&ours, r);
        buf_put(&ours, is_text ? STR("") : STR("\n"));
        buf_put(&ours, own);
        if (is_text && r->is_broken) {
            run_report_output(&ours, r);
        }
        all = buf_str(&ours);
    }
    buf_clear(document);
    buf_put(document, all);
}
