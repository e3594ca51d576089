/* `rehearse explain ID`, `rehearse rules`: both from the table of rules. */
#include "cli/cli.h"
#include "replay/replay.h"
#include "validator/validator.h"

#include <stdio.h>
#include <string.h>

static const char *const severities[] = {"note", "warning", "error"};

static void print_block(const char *what, struct str text)
{
    if (text.len) {
        printf("\n%s\n    %.*s\n", what, STR_ARG(text));
    }
}

static int unknown(struct str id)
{
    enum { RULES_MAX = 200 };
    struct str ids[RULES_MAX];
    size_t n = 0;
    for (const struct rule *r; n < RULES_MAX && (r = rule_at(n)) != NULL; n++) {
        ids[n] = r->id;
    }
    size_t near = str_nearest(id, ids, n);
    fprintf(stderr, "rehearse: there is no rule \"%.*s\"", STR_ARG(id));
    if (near < n) {
        fprintf(stderr, "; did you mean %.*s?", STR_ARG(ids[near]));
    }
    fputs("\ntry: rehearse rules\n", stderr);
    return EXIT_USAGE;
}

static int explain(const struct command *command, void *values, char **arguments, size_t n)
{
    (void)command;
    (void)values;
    for (size_t i = 0; i < n; i++) {
        const struct rule *r = rule_find(str_of(arguments[i]));
        const struct conduct_rule *c = r ? NULL : conduct_rule_find(str_of(arguments[i]));
        if (c) {
            printf("%s%.*s: %.*s (conduct; %.*s)\n", i ? "\n" : "", STR_ARG(c->id),
                   STR_ARG(c->text), STR_ARG(c->name));
            print_block("why it matters", c->why);
            print_block("what to do", c->how);
            continue;
        }
        if (!r) {
            return unknown(str_of(arguments[i]));
        }
        printf("%s%.*s: %.*s (%.*s; %s%s)\n", i ? "\n" : "", STR_ARG(r->id), STR_ARG(r->title),
               STR_ARG(rule_family(r->id)), severities[r->severity],
               r->is_locked ? ", cannot be suppressed" : "");
        print_block("why it matters", r->why);
        print_block("what to do", r->how);
        print_block("found in", r->bad);
        print_block("well", r->good);
    }
    return EXIT_WELL;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "ID…",
    .summary = "what a rule means, why it matters, what to do",
    .about = "Tells about the rules that `rehearse check` and the mock name in findings.",
    .examples = "rehearse explain S104",
    .arguments_min = 1,
    .arguments_max = 100,
    .run = explain,
    .values_size = 1,
};

struct rules_options {
    const char *format;
};

static const struct option rules_table[] = {
    {OPTION_TEXT, 'f', "format", offsetof(struct rules_options, format), "FORMAT",
     "text (default), json or markdown", 0, 0},
    {.kind = OPTION_END},
};

static void put_json(struct buf *out, const struct rule *r, size_t i)
{
    const struct {
        const char *name;
        struct str value;
    } members[] = {{"id", r->id},
                   {"title", r->title},
                   {"family", rule_family(r->id)},
                   {"severity", str_of(severities[r->severity])},
                   {"why", r->why},
                   {"how", r->how}};
    buf_put(out, i ? STR(",\n  {") : STR("\n  {"));
    for (size_t k = 0; k < sizeof members / sizeof *members; k++) {
        buf_printf(out, "%s\"%s\": ", k ? ", " : "", members[k].name);
        buf_put_json_string(out, members[k].value);
    }
    buf_printf(out, ", \"suppressible\": %s}", r->is_locked ? "false" : "true");
}

static int list(const struct command *command, void *values, char **arguments, size_t n)
{
    const struct rules_options *o = values;
    const char *format = o->format ? o->format : "text";
    bool is_json = strcmp(format, "json") == 0, is_markdown = strcmp(format, "markdown") == 0;
    struct buf out = {0};
    const struct rule *r = NULL;
    (void)command;
    (void)arguments;
    (void)n;
    if (!is_json && !is_markdown && strcmp(format, "text") != 0) {
        fprintf(stderr, "rehearse: --format is text, json or markdown, not \"%s\"\n", format);
        return EXIT_USAGE;
    }
    buf_put(&out, is_json ? STR("{\"format_version\": \"1.0\", \"rules\": [") : STR(""));
    buf_put(&out, is_markdown ? STR("| rule | severity | what | what to do |\n|---|---|---|---|\n")
                              : STR(""));
    for (size_t i = 0; (r = rule_at(i)) != NULL; i++) {
        if (is_json) {
            put_json(&out, r, i);
        } else if (is_markdown) {
            buf_printf(&out, "| %.*s | %s | %.*s | %.*s |\n", STR_ARG(r->id),
                       severities[r->severity], STR_ARG(r->title), STR_ARG(r->how));
        } else {
            buf_printf(&out, "%.*s  %-8s %.*s\n", STR_ARG(r->id), severities[r->severity],
                       STR_ARG(r->title));
        }
    }
    buf_put(&out, is_json ? STR("\n]}\n") : STR(""));
    fwrite(out.s, 1, out.len, stdout);
    buf_done(&out);
    return EXIT_WELL;
}

const struct command command_rules = {
    .name = "rules",
    .usage = "[OPTION…]",
    .summary = "all rules of findings",
    .about = "Lists the rules that findings name, as text, JSON or a Markdown table.",
    .examples = "rehearse rules\nrehearse rules --format markdown",
    .options = rules_table,
    .run = list,
    .values_size = sizeof(struct rules_options),
};
