/* `rehearse simulate assignment`: the whole matrix, one question, or what a change does to it. */
#include "cli/simulate_assign.h"

#include "cli/cli.h"
#include "model/model.h"
#include "sim/sim.h"

#include <stdio.h>

enum { TENANT_BYTES_MAX = 1 << 30 };

struct assigning {
    const struct simulate_assign *how;
    struct arena *arena;
    struct findings *findings;
    struct err *err;
    struct contract *contract;
};

static bool read_floor(struct assigning *s, struct assign_floor **out, const char *name)
{
    struct tenant *t = NULL;
    int64_t at = 0;
    if (!tenant_open(&t, s->contract, name, s->findings, s->err)) {
        return false;
    }
    at = tenant_at_us(t);
    bool is_well = true;
    if (s->how->at && !date_parse(&at, str_of(s->how->at))) {
        is_well = err_set(s->err, ERR_INPUT, "--at is a date as 2026-01-05T08:00:00Z, not \"%s\"",
                          s->how->at);
    }
    tenant_lock_read(t);
    is_well = is_well && sim_assign_read(out, s->arena, t, at, s->err);
    tenant_unlock(t);
    tenant_free(t);
    return is_well;
}

static const char *tenant_of(const struct assigning *s)
{
    struct str name = s->contract->default_tenant;
    const char *otherwise = str_cstr(s->arena, str_copy(s->arena, name));
    return s->how->tenant ? s->how->tenant : otherwise ? otherwise : "acme";
}

static bool write_out(struct assigning *s, const struct buf *text)
{
    if (s->how->out) {
        return file_write(s->how->out, buf_str(text), 0644, s->err);
    }
    return (fwrite(text->s, 1, text->len, stdout) == text->len && fflush(stdout) == 0) ||
           err_set(s->err, ERR_SYSTEM, "cannot write to standard output");
}

static bool put_report(struct assigning *s, struct buf *out, const struct assign_proof *p)
{
    struct str format = str_of(s->how->format ? s->how->format : "text");
    if (str_eq(format, STR("text"))) {
        sim_assign_text(out, p);
    } else {
        return err_set(s->err, ERR_INPUT, "--format is text, not \"%.*s\"", STR_ARG(format));
    }
    return true;
}

static int assign(struct assigning *s)
{
    struct assign_floor *floor = NULL;
    struct buf report;
    buf_init(&report, s->arena);
    if (!read_floor(s, &floor, tenant_of(s))) {
        cli_print_findings(stderr, s->findings);
        return cli_fail(s->err);
    }
    struct assign_proof *p = sim_assign_prove(s->arena, floor);
    if (!put_report(s, &report, p) || !write_out(s, &report)) {
        return cli_fail(s->err);
    }
    return EXIT_WELL;
}

int simulate_assign(const struct simulate_assign *how)
{
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct assigning s = {.how = how, .arena = &arena, .findings = &findings, .err = &err};
    int status = EXIT_USAGE;
    arena_init(&arena, 1 << 16, 0);
    findings_init(&findings, &arena);
    if (!how->profile) {
        fprintf(stderr, "rehearse: assignment needs --profile PROFILE\n");
    } else if (!contract_open(&s.contract, how->profile, NULL, 0, &findings, &err)) {
        cli_print_findings(stderr, &findings);
        status = cli_fail(&err);
    } else {
        status = assign(&s);
    }
    contract_free(s.contract);
    arena_done(&arena);
    return status;
}
