/* Parts of a workload: durations, distributions, findings. */
#include "sim/workload.h"

#include "sim/pin.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double seconds_max = 3153600000.0; /* a hundred years */

bool workload_bad(struct workload_reader *r, struct json at, const char *format, ...)
{
    char text[300];
    va_list args;
    struct finding f = json_finding(r->fs, at, STR("W701"), SEVERITY_ERROR);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f.message = findings_text(r->fs, "%s", text);
    findings_add(r->fs, &f);
    return false;
}

void workload_note(struct workload_reader *r, const char *format, ...)
{
    struct sim_workload *w = r->out;
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (w->n_notes < SIM_NOTES_MAX) {
        w->notes[w->n_notes++] = str_copy(r->a, str_of(text));
    }
}

bool workload_duration(struct workload_reader *r, struct json v, double *out_seconds)
{
    int64_t us = 0;
    if (json_kind(v) == JSON_NUMBER) {
        *out_seconds = json_double(v);
    } else if (duration_parse(&us, json_str_or(v, STR("")))) {
        *out_seconds = (double)us / (double)US_PER_S;
    } else {
        return workload_bad(r, v,
                            "this is no duration; write seconds as a number, or 90s, 30m, 8h, "
                            "PT1H30M");
    }
    if (!(*out_seconds >= 0 && *out_seconds <= seconds_max)) {
        return workload_bad(r, v, "a duration is from 0 to 3153600000 s (a hundred years)");
    }
    return true;
}

bool workload_ticks(struct workload_reader *r, struct json v, int64_t *out)
{
    double seconds = 0;
    if (!workload_duration(r, v, &seconds)) {
        return false;
    }
    *out = (int64_t)(seconds * (double)SIM_TICKS_PER_S + 0.5);
    return true;
}

static bool read_positive(struct workload_reader *r, struct json v, double *out)
{
    return workload_duration(r, v, out) &&
           (*out > 0 || workload_bad(r, v, "this has to be more than nought"));
}

static bool read_lognormal(struct workload_reader *r, struct json v, struct sim_dist *out)
{
    struct json mean = json_get(v, STR("mean"));
    double m = 0, cv = 0;
    if (!json_exists(mean)) {
        out->mu = json_double(json_get(v, STR("mu")));
        out->sigma = json_double(json_get(v, STR("sigma")));
        return true;
    }
    if (!read_positive(r, mean, &m)) {
        return false;
    }
    cv = json_double(json_get(v, STR("cv")));
    double square = pin_log(1 + cv * cv);
    out->mu = pin_log(m) - square / 2;
    out->sigma = sqrt(square);
    return true;
}

static bool read_values(struct workload_reader *r, struct json v, struct sim_dist *out)
{
    double *at = ARENA_ARRAY(r->a, json_count(v) + 1, double);
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (!workload_duration(r, m, &at[out->n++])) {
            return false;
        }
    }
    out->values = at;
    return true;
}

static bool read_uniform(struct workload_reader *r, struct json v, struct sim_dist *out)
{
    struct json low = json_first(v), high = json_next(low);
    if (!workload_duration(r, low, &out->low) || !workload_duration(r, high, &out->high)) {
        return false;
    }
    return out->high >= out->low || workload_bad(r, high, "the greater one comes last");
}

static bool read_gamma(struct workload_reader *r, struct json v, struct sim_dist *out)
{
    double cv = json_double(json_get(v, STR("cv")));
    out->shape = 1 / (cv * cv);
    return read_positive(r, json_get(v, STR("mean")), &out->mean);
}

bool workload_dist(struct workload_reader *r, struct json v, struct sim_dist *out)
{
    *out = (struct sim_dist){.kind = SIM_CONSTANT};
    if (json_kind(v) != JSON_OBJECT) {
        if (str_eq(json_str_or(v, STR("")), STR("never"))) {
            out->kind = SIM_NEVER;
            return true;
        }
        return workload_duration(r, v, &out->mean);
    }
    struct json zero = json_get(v, STR("zero")), m = json_first(v);
    if (str_eq(json_key(m), STR("zero"))) {
        m = json_next(m);
    }
    out->zero_probability = json_exists(zero) ? json_double(zero) : 0;
    struct str kind = json_key(m);
    if (str_eq(kind, STR("constant"))) {
        return workload_duration(r, m, &out->mean);
    }
    if (str_eq(kind, STR("exponential"))) {
        out->kind = SIM_EXPONENTIAL;
        return read_positive(r, m, &out->mean);
    }
    if (str_eq(kind, STR("lognormal"))) {
        out->kind = SIM_LOGNORMAL;
        return read_lognormal(r, m, out);
    }
    if (str_eq(kind, STR("gamma"))) {
        out->kind = SIM_GAMMA;
        return read_gamma(r, m, out);
    }
    if (str_eq(kind, STR("uniform"))) {
        out->kind = SIM_UNIFORM;
        return read_uniform(r, m, out);
    }
    out->kind = SIM_EMPIRICAL;
    return read_values(r, m, out);
}
