/* Programs as tutorials have them (tests/conduct/tutorial.py), each with one mistake and without: the judge names just
 * that one. Where this machine gives no seal or has no Python, that is said aloud and left out. */
#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const struct row {
    const char *job, *options;
    const char *rules[3]; /* that the careless one breaks */
} rows[] = {
    {"throttled", "--fault '{\"preset\":\"429-burst\",\"times\":1,\"retryAfter\":1}'", {"C202"}},
    {"endless", "--timeout 2 --off C701=ended-by-us", {"C401", "C402"}},
    {"orphan",
     "--profile genesys-provisioning --sink genesys-provisioning --fault 500@createWebhook",
     {"C701"}},
    {"stale", "--profile genesys-definitions --fault 409-version", {"C303"}},
    {"last", "--profile cxone-interaction-config", {"C502"}},
    {"long", "--profile genesys-definitions", {"C502"}},
};

static int run(struct str *out, const char *options, const char *job, const char *word)
{
    const char *program = getenv("REHEARSE");
    char bytes[4096];
    struct buf text;
    size_t n = 0;
    buf_init(&text, &arena);
    const char *command = str_cstr(
        &arena,
        findings_text(
            &found,
            "%s run %s --format json -- python3 tests/conduct/tutorial.py %s %s 2>/dev/null",
            program ? program : "build/release/rehearse", options, job, word));
    FILE *pipe = popen(command, "r");
    ck_assert(pipe != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, pipe)) > 0) {
        buf_put(&text, (struct str){bytes, n});
    }
    int status = pclose(pipe);
    *out = buf_str(&text);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The rules that are broken, one behind the other. */
static struct str broken_in(struct str text)
{
    struct buf out;
    struct json rules = json_path(parse(text), STR("conduct.rules"));
    buf_init(&out, &arena);
    for (struct json c = json_first(rules); json_exists(c); c = json_next(c)) {
        if (str_eq(json_str_or(json_get(c, STR("verdict")), STR("")), STR("broken"))) {
            buf_put(&out, out.len ? STR(" ") : STR(""));
            buf_put(&out, json_str_or(json_get(c, STR("id")), STR("?")));
        }
    }
    return buf_str(&out);
}

static bool can(void)
{
    struct str out;
    int status = run(&out, "--timeout 20", "throttled", "careful");
    if (status != 0) {
        printf("skip: a program in Python cannot be run in a seal here\n");
    }
    return status == 0;
}

START_TEST(told)
{
    const struct row *row = &rows[_i];
    struct str out;
    struct buf wanted;
    if (!can()) {
        return;
    }
    buf_init(&wanted, &arena);
    for (size_t i = 0; i < sizeof row->rules / sizeof *row->rules && row->rules[i]; i++) {
        buf_printf(&wanted, "%s%s", i ? " " : "", row->rules[i]);
    }
    ck_assert_int_eq(run(&out, row->options, row->job, ""), 1);
    ck_assert_msg(str_eq(broken_in(out), buf_str(&wanted)),
                  "%s: %.*s is broken, expected %.*s\n%.*s", row->job, STR_ARG(broken_in(out)),
                  STR_ARG(buf_str(&wanted)), STR_ARG(out));
    int status = run(&out, row->options, row->job, "careful");
    ck_assert_msg(status == 0 && broken_in(out).len == 0, "%s careful: %d, %.*s\n%.*s", row->job,
                  status, STR_ARG(broken_in(out)), STR_ARG(out));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tutorial");
    TCase *t = tcase_create("all");
    suite_add_tcase(suite, t);
    tcase_set_timeout(t, 0);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, told, 0, (int)(sizeof rows / sizeof *rows));
    return unit_run(suite);
}
