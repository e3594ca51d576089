/* What an operation requires of the entity that it is about. */
#include "validator/validator_int.h"

bool check_requires(const struct body_check *check, const struct entity *of,
                    const struct resource *of_resource, struct json body, struct findings *fs)
{
    const struct operation *op = check->op;
    const struct requirement *broken = requires_broken(fs->arena, op->requires, op->n_requires, of);
    if (!broken) {
        return true;
    }
    struct finding f = {.severity = SEVERITY_ERROR}; /* a delete has no body */
    if (json_exists(body)) {
        f = json_finding(fs, body, broken->rule, SEVERITY_ERROR);
    }
    f.item = SIZE_MAX;
    requires_say(fs, &f, broken, of_resource, of->id);
    finding_settle(check, &f);
    findings_add(fs, &f);
    return false;
}
