/* SARIF 2.1.0, within what GitHub takes: one run, at most 5,000 results. Where there are more the
 * errors go first, and a notification says how many are missing. */
#include "validator/report_int.h"

enum { RESULTS_MAX = 5000, RULES_MAX = 25000 };

static struct str level_of(enum severity severity)
{
    return report_severity(severity); /* SARIF has the same three words */
}

static void put_message(struct buf *b, const char *name, struct str text)
{
    report_member(b, name);
    buf_put_char(b, '{');
    report_member_text(b, "text", text);
    buf_put_char(b, '}');
}

static void put_rule(struct buf *b, const struct report_rule *rule)
{
    report_element(b);
    buf_put(b, STR("\n{"));
    report_member_text(b, "id", rule->id);
    put_message(b, "shortDescription", rule->title);
    put_message(b, "fullDescription", rule->about.len > 0 ? rule->about : rule->title);
    if (rule->help.len > 0) {
        put_message(b, "help", rule->help);
    }
    report_member_text_if(b, "helpUri", rule->url);
    report_member(b, "defaultConfiguration");
    buf_put_char(b, '{');
    report_member_text(b, "level", level_of(rule->severity));
    buf_put(b, STR("}}"));
}

static void put_region(struct buf *b, const char *name, uint32_t line, uint32_t column,
                       uint32_t end_line, uint32_t end_column)
{
    report_member(b, name);
    buf_put_char(b, '{');
    report_member_u64(b, "startLine", line);
    report_member_u64(b, "startColumn", column > 0 ? column : 1);
    if (end_line > 0) {
        report_member_u64(b, "endLine", end_line);
        report_member_u64(b, "endColumn", end_column > 0 ? end_column : 1);
    }
    buf_put_char(b, '}');
}

static void put_artifact(struct buf *b, struct str file)
{
    report_member(b, "artifactLocation");
    buf_put(b, STR("{\"uri\":\""));
    report_put_uri(b, file);
    buf_put(b, STR("\"}"));
}

static void put_locations(struct buf *b, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    report_member(b, "locations");
    buf_put(b, STR("[{"));
    report_member(b, "physicalLocation");
    buf_put_char(b, '{');
    put_artifact(b, f->file);
    if (f->line > 0) {
        put_region(b, "region", f->line, f->column, f->end_line, f->end_column);
    }
    buf_put_char(b, '}');
    if (f->pointer.len > 0) {
        report_member(b, "logicalLocations");
        buf_put(b, STR("[{"));
        report_member_text(b, "fullyQualifiedName", f->pointer);
        report_member_text(b, "kind", STR("member"));
        buf_put(b, STR("}]"));
    }
    buf_put(b, STR("}]"));
    if (f->related_message.len > 0) {
        report_member(b, "relatedLocations");
        buf_put(b, STR("[{\"id\":1"));
        put_message(b, "message", f->related_message);
        report_member(b, "physicalLocation");
        buf_put_char(b, '{');
        put_artifact(b, f->file);
        if (f->related_line > 0) {
            put_region(b, "region", f->related_line, f->related_column, 0, 0);
        }
        buf_put(b, STR("}}]"));
    }
}

static void put_fix(struct buf *b, const struct report_item *item, const struct report_fix *fix)
{
    report_element(b);
    buf_put_char(b, '{');
    put_message(b, "description", fix->about.len > 0 ? fix->about : STR("what would be right"));
    report_member(b, "artifactChanges");
    buf_put(b, STR("[{"));
    put_artifact(b, item->finding.file);
    report_member(b, "replacements");
    buf_put_char(b, '[');
    for (size_t i = 0; i < fix->n_edits; i++) {
        const struct report_edit *e = &fix->edits[i];
        report_element(b);
        buf_put_char(b, '{');
        put_region(b, "deletedRegion", e->line, e->column, e->end_line, e->end_column);
        put_message(b, "insertedContent", e->text);
        buf_put_char(b, '}');
    }
    buf_put(b, STR("]}]}"));
}

/* The message with what people need beside the place: what would be right, what to do. */
static void put_result_message(struct buf *b, const struct finding *f)
{
    report_member(b, "message");
    buf_put(b, STR("{\"text\":"));
    const struct {
        struct str head, text;
    } parts[] = {{STR(""), f->message}, {STR("; expected "), f->expected}, {STR("; "), f->hint}};
    struct buf text;
    buf_init(&text, NULL);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        bool is_told = i > 0 && str_find(f->message, parts[i].text) < f->message.len;
        if (parts[i].text.len > 0 && !is_told) {
            buf_put(&text, parts[i].head);
            buf_put(&text, parts[i].text);
        }
    }
    report_put_json(b, buf_str(&text));
    buf_done(&text);
    buf_put_char(b, '}');
}

static void put_result(struct buf *b, const struct report *r, const struct report_item *item)
{
    const struct finding *f = &item->finding;
    const struct report_rule *rule = report_rule(r, f->rule);
    report_element(b);
    buf_put(b, STR("\n{"));
    report_member_text(b, "ruleId", f->rule);
    if (rule != NULL && rule - r->rules < RULES_MAX) {
        report_member_u64(b, "ruleIndex", (uint64_t)(rule - r->rules));
    }
    report_member_text(b, "level", level_of(f->severity));
    put_result_message(b, f);
    put_locations(b, item);
    report_member(b, "partialFingerprints");
    buf_put(b, STR("{\"rehearse/v1\":\""));
    report_put_fingerprint(b, item);
    buf_put(b, STR("\"}"));
    if (r->has_baseline) {
        report_member_text(b, "baselineState",
                           item->is_baselined ? STR("unchanged") : STR("new"));
    }
    if (item->suppressed.s != NULL) {
        report_member(b, "suppressions");
        buf_put(b, item->is_suppressed_in_source ? STR("[{\"kind\":\"inSource\"")
                                                 : STR("[{\"kind\":\"external\""));
        report_member_text(b, "justification", item->suppressed);
        buf_put(b, STR("}]"));
    }
    if (item->n_fixes > 0) {
        report_member(b, "fixes");
        buf_put_char(b, '[');
        for (size_t i = 0; i < item->n_fixes; i++) {
            put_fix(b, item, &item->fixes[i]);
        }
        buf_put_char(b, ']');
    }
    buf_put_char(b, '}');
}

/* What counts first where not all fit: errors, warnings, notes, then what is suppressed. */
static size_t rank_of(const struct report_item *item)
{
    return report_is_shown(item) ? (size_t)(SEVERITY_ERROR - item->finding.severity) : 3;
}

static void put_results(struct buf *b, const struct report *r)
{
    size_t counts[4] = {0}, room[4], left = RESULTS_MAX;
    for (size_t i = 0; i < r->n_items; i++) {
        counts[rank_of(&r->items[i])]++;
    }
    for (size_t rank = 0; rank < 4; rank++) {
        room[rank] = counts[rank] < left ? counts[rank] : left;
        left -= room[rank];
    }
    report_member(b, "results");
    buf_put_char(b, '[');
    for (size_t i = 0; i < r->n_items; i++) {
        size_t rank = rank_of(&r->items[i]);
        if (room[rank] > 0) {
            room[rank]--;
            put_result(b, r, &r->items[i]);
        }
    }
    buf_put_char(b, ']');
}

static void put_notification(struct buf *b, const char *level, struct str text)
{
    report_element(b);
    buf_put_char(b, '{');
    report_member_text(b, "level", str_of(level));
    put_message(b, "message", text);
    buf_put_char(b, '}');
}

static void put_invocation(struct buf *b, const struct report *r)
{
    struct buf text;
    buf_init(&text, NULL);
    report_member(b, "invocations");
    buf_put(b, STR("[{\"executionSuccessful\":true"));
    report_member(b, "toolExecutionNotifications");
    buf_put_char(b, '[');
    if (r->n_items > RESULTS_MAX) {
        buf_printf(
            &text,
            "%zu of %zu findings are left out, those of least severity: a SARIF file holds %d; "
            "--format json has them all",
            r->n_items - RESULTS_MAX, r->n_items, RESULTS_MAX);
        put_notification(b, "warning", buf_str(&text));
    }
    for (size_t i = 0; i < r->n_skips; i++) {
        const struct report_skip *skip = &r->skips[i];
        buf_clear(&text);
        buf_printf(&text, "not checked: %.*s %.*s: %.*s", STR_ARG(skip->file),
                   STR_ARG(skip->pointer), STR_ARG(skip->why));
        put_notification(b, "note", buf_str(&text));
    }
    buf_put(b, STR("]}]"));
    buf_done(&text);
}

void report_sarif(struct buf *out, const struct report *r)
{
    buf_put(
        out,
        STR("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
            "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"rehearse\""));
    report_member_text_if(out, "semanticVersion", r->version);
    report_member_text_if(out, "informationUri", r->url);
    report_member(out, "rules");
    buf_put_char(out, '[');
    for (size_t i = 0; i < r->n_rules && i < RULES_MAX; i++) {
        put_rule(out, &r->rules[i]);
    }
    buf_put(out, STR("]}}"));
    report_member_text(out, "columnKind", STR("unicodeCodePoints"));
    report_member(out, "automationDetails");
    buf_put_char(out, '{');
    report_member_text(out, "id", r->command.len > 0 ? r->command : STR("check"));
    buf_put_char(out, '}');
    put_invocation(out, r);
    put_results(out, r);
    buf_put(out, STR("}]}\n"));
}
