/* Reading argv by a table, and printing the table for people. Options may stand anywhere before
 * "--"; "--name=value" and
 * "--name value" mean the same; names may not be abbreviated. */
#include "cli/options.h"

#include "cli/cli.h"

#include <string.h>

struct reading {
    const struct command *command;
    char *values;
    int argc;
    char **argv;
    int at;
};

static const struct option *find_name(const struct command *command, struct str name)
{
    for (const struct option *o = command->options; o && o->kind != OPTION_END; o++) {
        if (str_eq(str_of(o->name), name)) {
            return o;
        }
    }
    return NULL;
}

static const struct option *find_letter(const struct command *command, char letter)
{
    for (const struct option *o = command->options; o && o->kind != OPTION_END; o++) {
        if (o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

static bool unknown_option(const struct reading *r, struct str name)
{
    enum { NAMES_MAX = 64 };
    struct str names[NAMES_MAX] = {{0}};
    size_t n = 0;
    for (const struct option *o = r->command->options; o && o->kind != OPTION_END && n < NAMES_MAX;
         o++) {
        names[n++] = str_of(o->name);
    }
    size_t near = str_nearest(name, names, n);
    fprintf(stderr, "rehearse %s: there is no option --%.*s", r->command->name, STR_ARG(name));
    if (near < n) {
        fprintf(stderr, "; did you mean --%.*s?", STR_ARG(names[near]));
    }
    fprintf(stderr, "\ntry: rehearse %s --help\n", r->command->name);
    return false;
}

static bool store(const struct reading *r, const struct option *o, const char *value)
{
    char *target = r->values + o->offset;
    uint64_t number = 0;
    switch (o->kind) {
    case OPTION_FLAG:
        memcpy(target, &(bool){true}, sizeof(bool));
        return true;
    case OPTION_TEXT:
        memcpy(target, &value, sizeof value);
        return true;
    case OPTION_LIST: {
        struct option_list *list = (struct option_list *)(void *)target;
        if (list->n == OPTION_LIST_MAX) {
            fprintf(stderr, "rehearse %s: --%s was given more than %d times\n", r->command->name,
                    o->name, OPTION_LIST_MAX);
            return false;
        }
        list->at[list->n++] = value;
        return true;
    }
    case OPTION_COUNT:
        if (!num_parse_u64(&number, str_of(value), o->min, o->max)) {
            fprintf(stderr,
                    "rehearse %s: --%s is \"%s\"; expected a whole number from %llu to %llu\n",
                    r->command->name, o->name, value, (unsigned long long)o->min,
                    (unsigned long long)o->max);
            return false;
        }
        memcpy(target, &number, sizeof number);
        return true;
    case OPTION_END:
        break;
    }
    unreachable();
}

/* The value behind an option: what follows '=', or the next word. NULL, told, if there is none. */
static const char *take_value(struct reading *r, const struct option *o, const char *inlined)
{
    if (inlined) {
        return inlined;
    }
    if (r->at + 1 < r->argc) {
        return r->argv[++r->at];
    }
    fprintf(stderr, "rehearse %s: --%s needs a value: --%s %s\n", r->command->name, o->name,
            o->name, o->argument);
    return NULL;
}

static bool read_long(struct reading *r, const char *text)
{
    struct str all = str_of(text), name = str_slice(all, 0, str_find_char(all, '='));
    const char *inlined = name.len < all.len ? text + name.len + 1 : NULL;
    const struct option *o = find_name(r->command, name);
    if (!o) {
        return unknown_option(r, name);
    }
    if (o->kind == OPTION_FLAG) {
        if (inlined) {
            fprintf(stderr, "rehearse %s: --%s takes no value\n", r->command->name, o->name);
            return false;
        }
        return store(r, o, NULL);
    }
    const char *value = take_value(r, o, inlined);
    return value && store(r, o, value);
}

static bool read_letters(struct reading *r, const char *text)
{
    for (; *text; text++) {
        const struct option *o = find_letter(r->command, *text);
        if (!o) {
            fprintf(stderr, "rehearse %s: there is no option -%c\ntry: rehearse %s --help\n",
                    r->command->name, *text, r->command->name);
            return false;
        }
        if (o->kind != OPTION_FLAG) {
            const char *value = take_value(r, o, text[1] ? text + 1 : NULL);
            return value && store(r, o, value);
        }
        if (!store(r, o, NULL)) {
            return false;
        }
    }
    return true;
}

static bool check_count(const struct command *command, size_t n)
{
    if (n >= command->arguments_min && n <= command->arguments_max) {
        return true;
    }
    fprintf(stderr, "rehearse %s: %s; usage: rehearse %s %s\n", command->name,
            n < command->arguments_min ? "something is missing" : "too many words", command->name,
            command->usage);
    return false;
}

bool options_parse(const struct command *command, void *values, int argc, char **argv,
                   char **arguments, size_t *out_n, int *out_status)
{
    struct reading r = {.command = command, .values = values, .argc = argc, .argv = argv};
    bool is_plain = false, is_good = true;
    size_t n = 0;
    for (r.at = 0; r.at < argc && is_good; r.at++) {
        char *word = argv[r.at];
        if (is_plain || word[0] != '-' || word[1] == '\0') {
            arguments[n++] = word;
        } else if (strcmp(word, "--") == 0) {
            is_plain = true;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            options_print_help(stdout, command);
            *out_status = EXIT_WELL;
            return false;
        } else {
            is_good = word[1] == '-' ? read_long(&r, word + 2) : read_letters(&r, word + 1);
        }
    }
    *out_n = n;
    *out_status = EXIT_USAGE;
    return is_good && check_count(command, n);
}

static void print_heading(FILE *out, const struct option *o, char *text, size_t size)
{
    char letter[5] = "    ";
    if (o->letter) {
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    }
    snprintf(text, size, "  %s--%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    fputs(text, out);
}

void options_print_help(FILE *out, const struct command *command)
{
    enum { COLUMN = 30 };
    char heading[128];
    fprintf(out, "usage: rehearse %s %s\n\n%s\n", command->name, command->usage, command->about);
    if (command->options) {
        fputs("\nOptions:\n", out);
    }
    for (const struct option *o = command->options; o && o->kind != OPTION_END; o++) {
        print_heading(out, o, heading, sizeof heading);
        size_t length = strlen(heading);
        fprintf(out, "%*s%s\n", length < COLUMN ? (int)(COLUMN - length) : 1, "", o->help);
    }
    fprintf(out, "  -h, --help%*sthis text\n", COLUMN - 12, "");
    if (command->examples) {
        fprintf(out, "\nExamples:\n%s", command->examples);
    }
    fputs("\nExit status: 0 all well, 1 findings, 2 wrong usage or unreadable input, 3 a system "
          "fault.\n",
          out);
}

/* roff: a backslash and a leading dot or quote mean something there, and '-' would become a hyphen.
 */
static void print_roff(FILE *out, const char *text)
{
    bool is_line_start = true;
    for (; *text; text++) {
        if (is_line_start && (*text == '.' || *text == '\'')) {
            fputs("\\&", out);
        }
        if (*text == '\\') {
            fputs("\\e", out);
        } else if (*text == '-') {
            fputs("\\-", out);
        } else {
            fputc(*text, out);
        }
        is_line_start = *text == '\n';
    }
}

void options_print_man(FILE *out, const struct command *command)
{
    fprintf(out, ".TH REHEARSE-%s 1 \"\" \"rehearse " REHEARSE_VERSION "\"\n.SH NAME\n",
            command->name);
    fprintf(out, "rehearse\\-%s \\- ", command->name);
    print_roff(out, command->summary);
    fprintf(out, "\n.SH SYNOPSIS\n.B rehearse %s\n", command->name);
    print_roff(out, command->usage);
    fputs("\n.SH DESCRIPTION\n.nf\n", out); /* the text has its own lines and columns */
    print_roff(out, command->about);
    fputs("\n.fi\n", out);
    if (command->options) {
        fputs(".SH OPTIONS\n", out);
    }
    for (const struct option *o = command->options; o && o->kind != OPTION_END; o++) {
        fputs(".TP\n\\fB", out);
        if (o->letter) {
            fprintf(out, "\\-%c\\fR, \\fB", o->letter);
        }
        fputs("\\-\\-", out);
        print_roff(out, o->name);
        fputs("\\fR", out);
        if (o->argument) {
            fprintf(out, " \\fI%s\\fR", o->argument);
        }
        fputs("\n", out);
        print_roff(out, o->help);
        fputs("\n", out);
    }
    if (command->examples) {
        fputs(".SH EXAMPLES\n.nf\n", out);
        print_roff(out, command->examples);
        fputs(".fi\n", out);
    }
    fputs(".SH EXIT STATUS\n0 all well, 1 findings, 2 wrong usage or unreadable input, 3 a system "
          "fault.\n.SH SEE ALSO\n.BR rehearse (1)\n",
          out);
}
