/* The command line by a table: what is stored, what is left over, what is refused and with which
 * words. */
#include "tests/unit/unit.h"

#include "cli/cli.h"

#include <string.h>
#include <unistd.h>

struct values {
    bool is_loud, is_dry;
    const char *file;
    struct option_list many;
    uint64_t count;
};

static const struct option options[] = {
    {OPTION_FLAG, 'l', "loud", offsetof(struct values, is_loud), NULL, "make noise", 0, 0},
    {OPTION_FLAG, 'n', "dry-run", offsetof(struct values, is_dry), NULL, "do nothing", 0, 0},
    {OPTION_TEXT, 'f', "file", offsetof(struct values, file), "FILE", "read FILE", 0, 0},
    {OPTION_LIST, 'm', "many", offsetof(struct values, many), "WORD", "any number", 0, 0},
    {OPTION_COUNT, 0, "count", offsetof(struct values, count), "N", "so many", 1, 100},
    {.kind = OPTION_END},
};
static const struct command command = {
    .name = "try",
    .usage = "[OPTION…] WORD",
    .summary = "tries options",
    .about = "For tests.",
    .examples = "  rehearse try --loud a\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 3,
    .values_size = sizeof(struct values),
};

enum { WORDS_MAX = 8 };
static const struct row {
    const char *name;
    const char *argv[WORDS_MAX];
    int status;       /* -1: parsed */
    const char *said; /* in what was printed, NULL: nothing was */
    struct values want;
    const char *left[WORDS_MAX];
} rows[] = {
    {"nothing", {NULL}, -1, NULL, {.count = 0}, {NULL}},
    {"long flag", {"--loud"}, -1, NULL, {.is_loud = true}, {NULL}},
    {"letters together", {"-ln"}, -1, NULL, {.is_loud = true, .is_dry = true}, {NULL}},
    {"value behind", {"--file", "a"}, -1, NULL, {.file = "a"}, {NULL}},
    {"value inside", {"--file=a=b"}, -1, NULL, {.file = "a=b"}, {NULL}},
    {"empty value", {"--file="}, -1, NULL, {.file = ""}, {NULL}},
    {"letter, value behind", {"-f", "a"}, -1, NULL, {.file = "a"}, {NULL}},
    {"letter, value inside", {"-fa"}, -1, NULL, {.file = "a"}, {NULL}},
    {"flag and value", {"-lfa"}, -1, NULL, {.is_loud = true, .file = "a"}, {NULL}},
    {"a dash is a value", {"-f", "-"}, -1, NULL, {.file = "-"}, {NULL}},
    {"the last counts", {"--file=a", "--file=b"}, -1, NULL, {.file = "b"}, {NULL}},
    {"list", {"-ma", "--many", "b"}, -1, NULL, {.many = {.at = {"a", "b"}, .n = 2}}, {NULL}},
    {"count", {"--count", "100"}, -1, NULL, {.count = 100}, {NULL}},
    {"words", {"x", "--loud", "-"}, -1, NULL, {.is_loud = true}, {"x", "-"}},
    {"end of options", {"--", "--loud", "-x"}, -1, NULL, {.count = 0}, {"--loud", "-x"}},
    {"count too large", {"--count=101"}, 2, "whole number from 1 to 100", {0}, {NULL}},
    {"count too small", {"--count=0"}, 2, "whole number from 1 to 100", {0}, {NULL}},
    {"count no number", {"--count=1x"}, 2, "\"1x\"", {0}, {NULL}},
    {"count negative", {"--count=-1"}, 2, "whole number", {0}, {NULL}},
    {"value missing", {"--file"}, 2, "--file needs a value: --file FILE", {0}, {NULL}},
    {"letter's value missing", {"-lf"}, 2, "--file needs a value", {0}, {NULL}},
    {"flag with value", {"--loud=yes"}, 2, "--loud takes no value", {0}, {NULL}},
    {"near", {"--flie=a"}, 2, "did you mean --file?", {0}, {NULL}},
    {"not abbreviated", {"--lou"}, 2, "there is no option --lou", {0}, {NULL}},
    {"far", {"--zzzzzzzz"}, 2, "there is no option --zzzzzzzz", {0}, {NULL}},
    {"unknown letter", {"-lz"}, 2, "there is no option -z", {0}, {NULL}},
    {"too many words", {"a", "b", "c", "d"}, 2, "too many words", {0}, {NULL}},
    {"help", {"--loud", "--help"}, 0, "usage: rehearse try [OPTION…] WORD", {0}, {NULL}},
    {"help by letter", {"-h"}, 0, "-f, --file FILE", {0}, {NULL}},
    {"help is a word there", {"--", "--help"}, -1, NULL, {.count = 0}, {"--help"}},
};

struct capture {
    FILE *file;
    int out, err;
};

/* Both streams into one file until end_capture. */
static void begin_capture(struct capture *c)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    c->file = tmpfile();
    ck_assert_ptr_nonnull(c->file);
    c->out = dup(STDOUT_FILENO);
    c->err = dup(STDERR_FILENO);
    (void)dup2(fileno(c->file), STDOUT_FILENO);
    (void)dup2(fileno(c->file), STDERR_FILENO);
}

static void end_capture(struct capture *c, char *text, size_t size)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)dup2(c->out, STDOUT_FILENO);
    (void)dup2(c->err, STDERR_FILENO);
    (void)close(c->out);
    (void)close(c->err);
    rewind(c->file);
    size_t n = fread(text, 1, size - 1, c->file);
    text[n] = '\0';
    (void)fclose(c->file);
}

static bool is_same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

START_TEST(options_are_read)
{
    const struct row *row = &rows[_i];
    struct values got = {0};
    struct capture capture;
    char *argv[WORDS_MAX] = {0}, *left[WORDS_MAX] = {0}, said[8000];
    char words[WORDS_MAX][64];
    int argc = 0, status = -1;
    size_t n = 0;
    for (; argc < WORDS_MAX && row->argv[argc]; argc++) {
        (void)snprintf(words[argc], sizeof words[argc], "%s", row->argv[argc]);
        argv[argc] = words[argc];
    }
    begin_capture(&capture);
    bool is_parsed = options_parse(&command, &got, argc, argv, left, &n, &status);
    end_capture(&capture, said, sizeof said);
    ck_assert_msg(is_parsed == (row->status < 0), "%s: %s", row->name, said);
    if (row->said) {
        ck_assert_msg(strstr(said, row->said) != NULL, "%s: \"%s\" is not in: %s", row->name,
                      row->said, said);
        ck_assert_int_eq(status, row->status);
        return;
    }
    ck_assert_str_eq(said, "");
    ck_assert_msg(got.is_loud == row->want.is_loud && got.is_dry == row->want.is_dry &&
                      got.count == row->want.count && is_same_text(got.file, row->want.file),
                  "%s", row->name);
    ck_assert_uint_eq(got.many.n, row->want.many.n);
    for (size_t i = 0; i < got.many.n; i++) {
        ck_assert_str_eq(got.many.at[i], row->want.many.at[i]);
    }
    for (size_t i = 0; i < WORDS_MAX; i++) {
        ck_assert_msg(is_same_text(i < n ? left[i] : NULL, row->left[i]), "%s: word %zu", row->name,
                      i);
    }
}
END_TEST

START_TEST(a_list_has_an_end)
{
    struct values got = {0};
    struct capture capture;
    char *argv[OPTION_LIST_MAX + 1], *left[OPTION_LIST_MAX + 1], said[1000];
    char word[] = "--many=x";
    int status = -1;
    size_t n = 0;
    for (size_t i = 0; i <= OPTION_LIST_MAX; i++) {
        argv[i] = word;
    }
    begin_capture(&capture);
    bool is_full = options_parse(&command, &got, OPTION_LIST_MAX, argv, left, &n, &status);
    got = (struct values){0};
    bool is_over = options_parse(&command, &got, OPTION_LIST_MAX + 1, argv, left, &n, &status);
    end_capture(&capture, said, sizeof said);
    ck_assert(is_full);
    ck_assert(!is_over);
    ck_assert_int_eq(status, EXIT_USAGE);
    ck_assert_msg(strstr(said, "more than") != NULL, "%s", said);
}
END_TEST

/* A page with every option; what means something to roff is escaped. */
START_TEST(the_man_page_names_every_option)
{
    char text[8000] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    ck_assert_ptr_nonnull(file);
    options_print_man(file, &command);
    (void)fclose(file);
    static const char *const parts[] = {".TH REHEARSE-try 1", "\\-\\-loud",     "\\-\\-dry\\-run",
                                        "\\-\\-file",         "\\-\\-many",     "\\-\\-count",
                                        "tries options",      ".SH EXIT STATUS"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        ck_assert_msg(strstr(text, parts[i]) != NULL, "%s is not in: %s", parts[i], text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, options_are_read, 0, sizeof rows / sizeof *rows);
    tcase_add_test(all, a_list_has_an_end);
    tcase_add_test(all, the_man_page_names_every_option);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
