/* The findings of `rehearse simulate assignment` by the reporters of `rehearse check`. */
#include "cli/simulate_assign.h"

#include "validator/validator.h"

static enum report_kind kind_of(struct str format)
{
    enum report_kind kind = report_kind_of(format);
    return kind == REPORT_TEXT || kind == REPORT_JSON ? REPORT_KIND_COUNT : kind;
}

bool simulate_is_reporter(struct str format)
{
    return kind_of(format) != REPORT_KIND_COUNT;
}

void simulate_report_findings(struct buf *out, struct str format, struct findings *fs)
{
    struct report_item *items = ARENA_ARRAY(fs->arena, fs->len + 1, struct report_item);
    struct report_rule *rules = NULL;
    struct report r = {.items = items,
                       .n_items = fs->len,
                       .version = STR(REHEARSE_VERSION),
                       .command = STR("simulate assignment")};
    findings_sort(fs);
    for (size_t i = 0; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        items[i] = (struct report_item){.finding = *f,
                                        .entity = {f->entity_type, f->entity_id, f->entity_name}};
        r.summary.errors += f->severity == SEVERITY_ERROR;
        r.summary.warnings += f->severity == SEVERITY_WARNING;
        r.summary.notes += f->severity == SEVERITY_NOTE;
    }
    r.n_rules = rules_of(&rules, fs->arena, r.items, r.n_items);
    r.rules = rules;
    r.summary.files = 1;
    report_write(out, kind_of(format), &r);
}
