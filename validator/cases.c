/* From findings to the profile's error cases. */
#include "validator/validator_int.h"

struct str finding_case(const struct finding *f)
{
    static const struct {
        struct str rule, name;
    } cases[] = {
        {STR_INIT("J001"), STR_INIT("body.syntax")},
        {STR_INIT("J002"), STR_INIT("body.syntax")},
        {STR_INIT("J003"), STR_INIT("body.duplicate")},
        {STR_INIT("J004"), STR_INIT("body.syntax")},
        {STR_INIT("J005"), STR_INIT("body.depth")},
        {STR_INIT("J007"), STR_INIT("schema.range")},
        {STR_INIT("J008"), STR_INIT("schema.pattern")},
        {STR_INIT("J010"), STR_INIT("body.syntax")},
        {STR_INIT("J014"), STR_INIT("body.missing")},
        {STR_INIT("S101"), STR_INIT("schema.required")},
        {STR_INIT("S102"), STR_INIT("schema.unknown")},
        {STR_INIT("S103"), STR_INIT("schema.type")},
        {STR_INIT("S104"), STR_INIT("schema.length")},
        {STR_INIT("S105"), STR_INIT("schema.length")},
        {STR_INIT("S106"), STR_INIT("schema.pattern")},
        {STR_INIT("S107"), STR_INIT("schema.enum")},
        {STR_INIT("S108"), STR_INIT("schema.range")},
        {STR_INIT("S109"), STR_INIT("schema.format")},
        {STR_INIT("S110"), STR_INIT("schema.format")},
        {STR_INIT("S111"), STR_INIT("schema.items")},
        {STR_INIT("S112"), STR_INIT("schema.readonly")},
        {STR_INIT("U201"), STR_INIT("unique.batch")},
        {STR_INIT("U202"), STR_INIT("unique")},
        {STR_INIT("L301"), STR_INIT("limit")},
        {STR_INIT("L302"), STR_INIT("limit.batch")},
    };
    if (f->case_name.len) {
        return f->case_name;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (str_eq(cases[i].rule, f->rule)) {
            return cases[i].name;
        }
    }
    if (f->rule.len && f->rule.s[0] == 'R') {
        return STR("reference");
    }
    return f->rule.len && f->rule.s[0] == 'J' ? STR("body") : STR("schema.other");
}

void finding_settle(const struct body_check *check, struct finding *f)
{
    f->case_name = finding_case(f);
    f->status = contract_case(check->contract, check->op, f->case_name)->status;
}
