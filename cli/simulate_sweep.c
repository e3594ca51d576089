/* `rehearse simulate operations --sweep`: a setting moved through its values. */
#include "cli/simulate.h"

#include <math.h>

enum { SWEEP_MAX = 1000 };

/* "30s" is 30 and "s". */
static bool take_number(struct str text, double *out, struct str *out_unit)
{
    size_t n = 0;
    while (n < text.len &&
           ((text.s[n] >= '0' && text.s[n] <= '9') || text.s[n] == '.' || text.s[n] == '-')) {
        n++;
    }
    *out_unit = str_slice(text, n, text.len);
    return num_parse_double(out, str_slice(text, 0, n));
}

struct sweep {
    struct str path, unit;
    double from, to, step;
};

static bool parse_sweep(struct sweep *out, struct str text, struct err *err)
{
    struct str range = text, unit = {0}, last = {0};
    bool is_cut = str_cut(&range, '=', &out->path);
    size_t dots = str_find(range, STR("..")), colon = str_find_char(range, ':');
    bool is_well = is_cut && dots < range.len && colon < range.len && colon > dots + 2 &&
                   take_number(str_slice(range, 0, dots), &out->from, &out->unit) &&
                   take_number(str_slice(range, dots + 2, colon), &out->to, &unit) &&
                   take_number(str_slice(range, colon + 1, range.len), &out->step, &last) &&
                   str_eq(out->unit, unit) && str_eq(unit, last);
    if (!is_well) {
        return err_set(err, ERR_INPUT,
                       "\"%.*s\": a sweep is PATH=FROM..TO:STEP with one unit, as "
                       "queues.Sales.acw.limit=30s..180s:30s",
                       STR_ARG(text));
    }
    if (!(out->step > 0) || out->to < out->from || (out->to - out->from) / out->step > SWEEP_MAX) {
        return err_set(err, ERR_INPUT, "\"%.*s\": a sweep goes upwards, in at most %d steps",
                       STR_ARG(text), SWEEP_MAX);
    }
    return true;
}

static bool sweep_step(struct simulate_run *r, struct buf *out, struct json root,
                       const struct sweep *sweep, double value)
{
    static const char *const figures[] = {"service_level", "asa_s",     "abandoned",
                                          "occupancy",     "acw_share", "uncoded"};
    struct sim_workload *w = NULL;
    struct buf change;
    buf_init(&change, r->arena);
    buf_printf(&change, "%.*s=%.10g%.*s", STR_ARG(sweep->path), value, STR_ARG(sweep->unit));
    struct str changes[OPTION_LIST_MAX + 1];
    for (size_t i = 0; i < r->how->set.n; i++) {
        changes[i] = str_of(r->how->set.at[i]);
    }
    changes[r->how->set.n] = buf_str(&change);
    if (!simulate_apply(r, &w, root, changes, r->how->set.n + 1)) {
        return false;
    }
    struct sim_study *s = simulate_study(r, w);
    if (!s) {
        return false;
    }
    buf_printf(out, "%.10g%.*s", value, STR_ARG(sweep->unit));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        double x = 0, half = 0;
        if (!sim_figure(&x, &half, s, str_of(figures[i]), r->err)) {
            return false;
        }
        if (isnan(x)) {
            buf_put(out, STR(",,"));
        } else {
            buf_printf(out, ",%.6g,%.2g", x, half);
        }
    }
    buf_put(out, STR("\r\n"));
    return true;
}

/* A table for spreadsheets: each value of the setting on the same random numbers. */
int simulate_sweep(struct simulate_run *r)
{
    struct sim_workload *w = NULL;
    struct json root = {0};
    struct sweep how = {0};
    struct buf out;
    buf_init(&out, r->arena);
    bool is_well =
        simulate_read_last(r, &w, &root) && parse_sweep(&how, str_of(r->how->sweep), r->err);
    buf_put(&out, STR("value,service_level,half_width,asa_s,half_width,abandoned,half_width,"
                      "occupancy,half_width,"
                      "acw_share,half_width,uncoded,half_width\r\n"));
    size_t steps = is_well ? (size_t)((how.to - how.from) / how.step + 1e-9) : 0;
    for (size_t i = 0; is_well && i <= steps && !simulate_is_interrupted(); i++) {
        is_well = sweep_step(r, &out, root, &how, how.from + (double)i * how.step);
    }
    if (!is_well || !simulate_write(r, &out)) {
        return simulate_fail(r);
    }
    return EXIT_WELL;
}
