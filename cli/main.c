/* rehearse: finds the command and runs it. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
#define X(name) &command_##name,
    COMMAND_NAMES(X)
#undef X
};
enum {
    COMMANDS = sizeof commands / sizeof(commands[0])
}; /* NOLINT(bugprone-sizeof-expression): pointers are meant */

static void print_help(FILE *out)
{
    fputs("rehearse " REHEARSE_VERSION ": a stand-in for a contact-centre tenant, for everything "
          "around wrap-up codes\n\nusage: rehearse COMMAND [OPTION…]\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("  help        this text; `help COMMAND` tells about one\n"
          "  completion  a completion script for bash, to be sourced\n"
          "\n`rehearse demo` shows the main job. `rehearse COMMAND --help` has every option.\n"
          "Exit status: 0 all well, 1 findings, 2 wrong usage or unreadable input, 3 a system "
          "fault.\n",
          out);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    struct str names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = str_of(commands[i]->name);
    }
    size_t near = str_nearest(str_of(name), names, COMMANDS);
    fprintf(stderr, "rehearse: there is no command \"%s\"", name);
    if (near < COMMANDS) {
        fprintf(stderr, "; did you mean \"%.*s\"?", STR_ARG(names[near]));
    }
    fputs("\ntry: rehearse help\n", stderr);
    return EXIT_USAGE;
}

static void print_man(FILE *out)
{
    fputs(".TH REHEARSE 1 \"\" \"rehearse " REHEARSE_VERSION "\"\n.SH NAME\n"
          "rehearse \\- a stand\\-in for a contact\\-centre tenant\n.SH SYNOPSIS\n"
          ".B rehearse\n.I command\n.RI [ option \\&...]\n.SH DESCRIPTION\n"
          "A stand\\-in for a Genesys Cloud or NICE CXone tenant, for everything around wrap\\-up "
          "codes "
          "(dispositions).\nEach command has a page of its own.\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, ".TP\n.BR rehearse\\-%s (1)\n%s\n", commands[i]->name, commands[i]->summary);
    }
    fputs(".SH EXIT STATUS\n0 all well, 1 findings, 2 wrong usage or unreadable input, 3 a system "
          "fault.\n.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colour, if it is set and not empty\n.TP\n"
          ".B REHEARSE_READY_FILE, REHEARSE_URL, REHEARSE_TOKEN\nwhere\n.BR rehearse\\-ctl (1)\n"
          "finds the server\n",
          out);
}

static int help(int argc, char **argv)
{
    bool is_man = argc > 0 && strcmp(argv[0], "--man") == 0;
    const char *name = argc > is_man ? argv[is_man] : NULL;
    const struct command *command = name ? find(name) : NULL;
    if (!name) {
        (is_man ? print_man : print_help)(stdout);
        return EXIT_WELL;
    }
    if (!command) {
        return unknown_command(name);
    }
    if (is_man) {
        options_print_man(stdout, command);
    } else {
        options_print_help(stdout, command);
    }
    return EXIT_WELL;
}

static void completion(void)
{
    puts("_rehearse() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} words\n"
         "    case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("    %s) words='--help", commands[i]->name);
        for (const struct option *o = commands[i]->options; o && o->kind != OPTION_END; o++) {
            printf(" --%s", o->name);
        }
        puts("' ;;");
    }
    fputs("    *) words='help completion", stdout);
    for (size_t i = 0; i < COMMANDS; i++) {
        printf(" %s", commands[i]->name);
    }
    puts("' ;;\n    esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
         "}\ncomplete -o filenames -F _rehearse rehearse");
}

static int run(const struct command *command, int argc, char **argv)
{
    int status = EXIT_WELL;
    size_t n = 0;
    void *values = mem_alloc(1, command->values_size ? command->values_size : 1);
    char **arguments = MEM_ARRAY((size_t)argc + 1, char *);
    if (command->defaults) {
        command->defaults(values);
    }
    if (options_parse(command, values, argc, argv, arguments, &n, &status)) {
        status = command->run(command, values, arguments, n);
    }
    mem_free(arguments);
    mem_free(values);
    return status;
}

int cli_fail(const struct err *err)
{
    char text[sizeof err->file + sizeof err->msg + 64];
    err_text(text, sizeof text, err);
    fprintf(stderr, "rehearse: %s\n", text);
    return err->code == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_USAGE;
}

void cli_print_findings(FILE *out, const struct findings *fs)
{
    enum { SHOWN_MAX = 50 };
    static const char *const words[] = {"note", "warning", "error"};
    for (size_t i = 0; i < fs->len && i < SHOWN_MAX; i++) {
        const struct finding *f = &fs->at[i];
        fprintf(out, "%.*s:%u:%u: %s: %.*s [%.*s]\n", STR_ARG(f->file), f->line, f->column,
                words[f->severity], STR_ARG(f->message), STR_ARG(f->rule));
        if (f->hint.len) {
            fprintf(out, "  help: %.*s\n", STR_ARG(f->hint));
        }
    }
    if (fs->len + fs->dropped > SHOWN_MAX) {
        fprintf(out, "… and %zu more\n", fs->len + fs->dropped - SHOWN_MAX);
    }
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        puts("rehearse " REHEARSE_VERSION);
        return EXIT_WELL;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return help(argc - 2, argv + 2);
    }
    if (strcmp(name, "completion") == 0) {
        completion();
        return EXIT_WELL;
    }
    const struct command *command = find(name);
    return command ? run(command, argc - 2, argv + 2) : unknown_command(name);
}
