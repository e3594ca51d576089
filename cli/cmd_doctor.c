/* `rehearse doctor`: what this machine gives to sealed runs, and what is in the way. */
#include "cli/cli.h"
#include "replay/replay.h"

#include <stdio.h>
#include <string.h>

struct doctor_options {
    const char *format;
};

static const struct option options[] = {
    {OPTION_TEXT, 'f', "format", offsetof(struct doctor_options, format), "text|json",
     "of the report (default text)", 0, 0},
    {.kind = OPTION_END},
};

static void put_text(struct buf *out, const struct doctor *d)
{
    static const char *const marks[] = {
        [DOCTOR_WELL] = "  ", [DOCTOR_NOTE] = "? ", [DOCTOR_MISSING] = "! "};
    struct str part = {0};
    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_line *l = &d->lines[i];
        if (!str_eq(l->part, part)) {
            part = l->part;
            buf_printf(out, "%s%.*s\n", i ? "\n" : "", STR_ARG(part));
        }
        buf_printf(out, "%s%-*.*s  %.*s\n", marks[l->state], 16, STR_ARG(l->name),
                   STR_ARG(l->text));
        if (l->cure.len) {
            buf_printf(out, "  %-16s  cure: %.*s\n", "", STR_ARG(l->cure));
        }
    }
    buf_printf(out, "\nrun would choose the seal \"%.*s\": %s\n", STR_ARG(d->seal),
               d->is_sealed ? "programs are kept from the network"
                            : "programs are NOT kept from the network");
}

static void put_member(struct buf *out, const char *name, struct str value, const char *end)
{
    buf_printf(out, "\"%s\":", name);
    buf_put_json_string(out, value);
    buf_put(out, str_of(end));
}

static void put_json(struct buf *out, const struct doctor *d)
{
    buf_put(out, STR("{\"format\":1,"));
    put_member(out, "seal", d->seal, ",");
    buf_printf(out, "\"isSealed\":%s,\"lines\":[", d->is_sealed ? "true" : "false");
    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_line *l = &d->lines[i];
        buf_put(out, i ? STR(",\n{") : STR("\n{"));
        put_member(out, "part", l->part, ",");
        put_member(out, "name", l->name, ",");
        put_member(out, "state", str_of(doctor_state_name(l->state)), ",");
        put_member(out, "text", l->text, ",");
        put_member(out, "cure", l->cure, "}");
    }
    buf_put(out, STR("]}\n"));
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    const struct doctor_options *o = values;
    struct arena a;
    struct buf out = {0};
    bool is_json = o->format && strcmp(o->format, "json") == 0;
    (void)command;
    (void)arguments;
    (void)n_arguments;
    if (o->format && !is_json && strcmp(o->format, "text") != 0) {
        (void)fprintf(stderr, "rehearse: there is no format \"%s\"; expected text or json\n",
                      o->format);
        return EXIT_USAGE;
    }
    arena_init(&a, 0, 0);
    struct doctor *d = ARENA_NEW(&a, struct doctor);
    doctor_look(d, &a);
    (is_json ? put_json : put_text)(&out, d);
    (void)fwrite(out.s, 1, out.len, stdout);
    int status = d->is_sealed ? EXIT_WELL : EXIT_FINDINGS;
    buf_done(&out);
    arena_done(&a);
    return status;
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "[OPTION…]",
    .summary = "what this machine gives to sealed runs, and what is in the way",
    .about =
        "Tries each seal, reads the kernel's settings that forbid them, says what would cure it; "
        "the "
        "libraries in use;\nthe runtimes that are here and how they come to trust our "
        "certificates. Changes nothing.\nExit status: 0 programs can be sealed off, 1 they cannot.",
    .examples = "  rehearse doctor\n"
                "  rehearse doctor --format json\n",
    .options = options,
    .run = run,
    .values_size = sizeof(struct doctor_options),
};
