/* Latency: fixed, or drawn from the server's seed for each answer. */
#include "mockapi/fault_int.h"

#include <math.h>

enum { LATENCY_MAX_MS = 600000 };

static bool refuse(struct findings *fs, struct json at)
{
    struct finding f = json_finding(fs, at, STR("S108"), SEVERITY_ERROR);
    f.message = STR("is no latency");
    f.expected = STR("milliseconds up to 600000, {\"uniform\": [low, high]} or {\"lognormal\": "
                     "{\"median\": ms, \"sigma\": 0.5}}");
    (void)findings_add(fs, &f);
    return false;
}

static bool take_ms(struct json v, double *out)
{
    *out = json_kind(v) == JSON_NUMBER ? json_double(v) : -1;
    return *out >= 0 && *out <= LATENCY_MAX_MS;
}

bool fault_latency_read(struct fault_rule *r, struct json v, struct findings *fs)
{
    struct json uniform = json_get(v, STR("uniform")), lognormal = json_get(v, STR("lognormal"));
    if (json_kind(v) == JSON_NUMBER) {
        int64_t ms = 0;
        if (!json_i64(v, &ms) || ms < 0 || ms > LATENCY_MAX_MS) {
            return refuse(fs, v);
        }
        r->latency = LATENCY_FIXED;
        r->latency_low = (double)ms;
        return true;
    }
    if (json_count(v) == 1 && json_count(uniform) == 2) {
        r->latency = LATENCY_UNIFORM;
        return (take_ms(json_first(uniform), &r->latency_low) &&
                take_ms(json_next(json_first(uniform)), &r->latency_high) &&
                r->latency_high >= r->latency_low) ||
               refuse(fs, v);
    }
    struct json sigma = json_get(lognormal, STR("sigma"));
    r->latency = LATENCY_LOGNORMAL;
    r->latency_sigma = json_kind(sigma) == JSON_NUMBER ? json_double(sigma) : -1;
    return (json_count(v) == 1 && json_count(lognormal) == 2 &&
            take_ms(json_get(lognormal, STR("median")), &r->latency_low) && r->latency_sigma >= 0 &&
            r->latency_sigma <= 5) ||
           refuse(fs, v);
}

void fault_latency_put(struct buf *out, const struct fault_rule *r)
{
    const char *comma = out->s[out->len - 1] == '{' ? "" : ",";
    switch (r->latency) {
    case LATENCY_FIXED:
        if (r->latency_low > 0) {
            buf_printf(out, "%s\"latencyMs\":%.0f", comma, r->latency_low);
        }
        return;
    case LATENCY_UNIFORM:
        buf_printf(out, "%s\"latencyMs\":{\"uniform\":[%g,%g]}", comma, r->latency_low,
                   r->latency_high);
        return;
    case LATENCY_LOGNORMAL:
        buf_printf(out, "%s\"latencyMs\":{\"lognormal\":{\"median\":%g,\"sigma\":%g}}", comma,
                   r->latency_low, r->latency_sigma);
        return;
    }
    unreachable();
}

int64_t fault_latency_draw(const struct fault_rule *r, struct rng *rng)
{
    double ms = r->latency_low;
    if (r->latency == LATENCY_UNIFORM) {
        ms += (r->latency_high - r->latency_low) * rng_unit(rng);
    } else if (r->latency == LATENCY_LOGNORMAL) {
        double u = 1 - rng_unit(rng), v = rng_unit(rng); /* Box, Muller */
        ms *= exp(r->latency_sigma * sqrt(-2 * log(u)) * cos(2 * acos(-1.0) * v));
    }
    return ms < LATENCY_MAX_MS ? (int64_t)ms : LATENCY_MAX_MS;
}
