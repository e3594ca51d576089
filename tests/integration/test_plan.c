/* `rehearse plan`, `diff` and `graph` as their users run them: exit status, what is printed, files. */
#include "tests/integration/wire.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[40];
static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-plan-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
}

static void teardown(void)
{
    struct buf command = {0};
    buf_printf(&command, "rm -r %s", folder);
    ck_assert_int_eq(system(buf_cstr(&command)), 0);
    buf_done(&command);
    arena_done(&arena);
}

static const char *path_of(const char *name)
{
    struct buf path;
    buf_init(&path, &arena);
    buf_printf(&path, "%s/%s", folder, name);
    return buf_cstr(&path);
}

static void file(const char *name, const char *text)
{
    struct err err = {0};
    ck_assert_msg(file_write(path_of(name), str_of(text), 0644, &err), "%s", err.msg);
}

static struct str text_of(const char *name)
{
    struct err err = {0};
    struct str text;
    ck_assert_msg(file_read(&text, &arena, path_of(name), 1 << 24, &err), "%s", err.msg);
    return text;
}

/* Runs the program in the folder; gives the exit status, appends what it prints. */
static int run(struct buf *out, const char *arguments)
{
    const char *program = getenv("REHEARSE");
    char bytes[4096], path[4096];
    size_t n = 0;
    struct buf command = {0};
    buf_printf(&command, "cd %s && %s %s 2>&1", folder,
               program ? realpath(program, path) : "rehearse", arguments);
    FILE *pipe = popen(buf_cstr(&command), "r");
    ck_assert(pipe != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, pipe)) > 0) {
        buf_put(out, (struct str){bytes, n});
    }
    int status = pclose(pipe);
    buf_done(&command);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define CHANGES(profile, all) "{\"format\":1,\"profile\":\"" profile "\",\"changes\":[" all "]}"
#define NEW_CODE "{\"create\":\"wrapupCode\",\"body\":{\"name\":\"Won\"}}"

static const struct row {
    const char *name, *text, *arguments;
    int status;
    const char *want; /* stands in what is printed */
} rows[] = {
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan a.json", 0, "+ wrapup code \"Won\""},
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan --detailed-exitcode a.json", 2,
     "1 to create"},
    {"a.json", CHANGES("genesys-cloud", ""), "plan --detailed-exitcode a.json", 0, "nothing to do"},
    {"a.json", CHANGES("genesys-cloud", "{\"delete\":\"wrapupCode\",\"id\":\"x\"}"), "plan a.json",
     1, "refused, 4"},
    {"a.json", CHANGES("genesys-cloud", "{\"delete\":\"wrapupCode\",\"id\":\"x\"}"),
     "plan --out p.json a.json", 1, "no plan was written"},
    {"a.json", CHANGES("genesys-cloud", "{\"delete\":\"wrapupCod\",\"id\":\"x\"}"), "plan a.json",
     1, "did you mean \"wrapupCode\"?"},
    {"a.json", CHANGES("genesys-cloud", "7"), "plan a.json", 1, "a change is an object"},
    {"a.json",
     CHANGES("genesys-cloud",
             "{\"delete\":\"wrapupCode\",\"name\":\"Quote sent\"},{\"update\":\"wrapupCode\","
             "\"name\":\"Quote sent\",\"set\":{\"description\":\"d\"}}"),
     "plan a.json", 1, "error[R409]"},
    {"a.json",
     CHANGES("genesys-cloud",
             "{\"update\":\"wrapupCode\",\"name\":\"Quote sent\",\"set\":{\"description\":\"a\"}},"
             "{\"update\":\"wrapupCode\",\"name\":\"Quote sent\",\"set\":{\"description\":\"b\"}}"),
     "plan a.json", 1, "error[U201]: two changes give \"description\" different values"},
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan --profile cxone a.json", 1,
     "for another profile"},
    {"a.json",
     CHANGES("cxone", "{\"create\":\"disposition\",\"body\":{\"dispositionName\":\"Won\","
                      "\"classificationId\":2,\"isPreviewDisposition\":false}}"),
     "plan a.json", 0, "+ disposition \"Won\""},
    {"a.json",
     "{\"profile\":\"genesys-provisioning\",\"resources\":{\"category\":[{\"name\":\"Brand "
     "new\"}]}}",
     "plan a.json", 1, "no operation to create a category"},
    {"a.json",
     "{\"profile\":\"cxone-interaction-config\",\"resources\":{\"nix\":[{\"name\":\"x\"}]}}",
     "plan a.json", 1, "no resource of this name"},
    {"a.json",
     "{\"format_version\":\"1.2\",\"resource_changes\":[{\"address\":\"c\",\"type\":"
     "\"genesyscloud_routing_wrapupcode\",\"change\":{\"actions\":[\"create\"],\"before\":null,"
     "\"after\":{\"name\":\"Won\"},\"after_unknown\":{}}}]}",
     "plan a.json", 0, "+ wrapup code \"Won\""},
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan --format markdown a.json", 0,
     "| create | wrapup code \"Won\" |"},
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan --format html a.json", 0,
     "<!DOCTYPE html>"},
    {"a.json", CHANGES("genesys-cloud", NEW_CODE), "plan --format json a.json", 0,
     "\"kind\":\"plan-report\""},
    {"a.json", "{", "plan a.json", 2, "a.json:1:"},
    {"a.json", "", "plan a.json", 2, "a.json"},
    {"a.json", "{}", "plan missing.json", 2, "missing.json"},
    {"a.json", "{}", "plan", 2, "plan what?"},
    {"a.json", "{}", "plan --format pdf a.json", 2, "--format is"},
    {"a.json", "{}", "plan --replace x a.json", 2, "OLD=NEW"},
    {"a.json", "{}", "plan --output html a.json", 2, "FORMAT=FILE"},
    {"a.json", "{}", "plan --replace \"Sale clozed=Quote sent\"", 2,
     "did you mean \"Sale closed\"?"},
    {"a.json", "{}", "plan --replace a=b --detailed-exitcode", 1, "nothing in the tenant"},
    {"a.json", "{}", "plan --replace \"Sale closed=Quote sent\"", 0, "the API has no operation"},
    {"a.json", "{}", "plan --tenant http://example.com:80 a.json", 2, "no mock on this machine"},
    {"a.json", "{}", "plan --tenant nix a.json", 2, "no built-in tenant \"nix\""},
    {"a.json", "{}", "diff acme acme", 0, ""},
    {"a.json", "{}", "diff acme missing.json", 2, "missing.json"},
    {"a.json", "{}", "diff acme", 2, "rehearse"},
    {"a.json", "{}", "diff --format xml acme acme", 2, "--format is"},
    {"a.json", "{}", "graph", 0, "digraph rehearse {"},
    {"a.json", "{}", "graph --format json --of \"Quote sent\"", 0, "\"name\": \"Quote sent\""},
    {"a.json", "{}", "graph --format svg --of \"Quote sent\"", 0, "<svg xmlns"},
    {"a.json", "{}", "graph --of \"Quote sant\"", 2, "did you mean \"Quote sent\"?"},
    {"a.json", "{}", "graph --format png", 2, "--format is"},
    {"a.json", "{}", "graph --profile cxone", 0, "digraph rehearse {"},
};

START_TEST(rows_come_to_what_they_should)
{
    const struct row *r = &rows[_i];
    struct buf out;
    buf_init(&out, &arena);
    file(r->name, r->text);
    int status = run(&out, r->arguments);
    ck_assert_msg(status == r->status, "%s: exit %d\n%s", r->arguments, status, buf_cstr(&out));
    ck_assert_msg(str_find(buf_str(&out), str_of(r->want)) < out.len || !r->want[0],
                  "%s: no %s in\n%s", r->arguments, r->want, buf_cstr(&out));
}
END_TEST

START_TEST(a_plan_file_is_private_and_the_same_twice)
{
    struct buf out;
    struct stat st;
    buf_init(&out, &arena);
    file("a.json", CHANGES("genesys-cloud", NEW_CODE));
    ck_assert_int_eq(run(&out, "plan a.json --out one.json --output html=p.html"), 0);
    ck_assert_int_eq(run(&out, "plan a.json --out two.json"), 0);
    ck_assert(str_eq(text_of("one.json"), text_of("two.json")));
    ck_assert_int_eq(stat(path_of("one.json"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777U, 0600);
    ck_assert(str_starts(text_of("p.html"), STR("<!DOCTYPE html>")));
}
END_TEST

START_TEST(a_change_shows_in_a_diff)
{
    struct buf out;
    struct err err = {0};
    struct str text;
    buf_init(&out, &arena);
    ck_assert(file_read(&text, &arena, "fixtures/tenants/genesys-cloud.acme.json", 1 << 24, &err));
    struct str from = STR("\"Quote sent\"");
    size_t at = str_find(text, from);
    ck_assert_uint_lt(at, text.len);
    struct buf changed;
    buf_init(&changed, &arena);
    buf_put(&changed, str_slice(text, 0, at));
    buf_put(&changed, STR("\"Quote posted\""));
    buf_put(&changed, str_slice(text, at + from.len, text.len));
    file("b.json", buf_cstr(&changed));
    ck_assert_int_eq(run(&out, "diff acme b.json"), 1);
    ck_assert(str_find(buf_str(&out), STR("name: \"Quote sent\" → \"Quote posted\"")) < out.len);
    buf_clear(&out);
    ck_assert_int_eq(run(&out, "diff --format json acme b.json"), 1);
    ck_assert(str_find(buf_str(&out), STR("\"what\":\"changed\"")) < out.len);
}
END_TEST

/* A mock that runs is asked through its admin interface. */
START_TEST(the_tenant_may_be_a_mock_that_runs)
{
    struct buf out, command;
    buf_init(&out, &arena);
    buf_init(&command, &arena);
    struct mock *mock = wire_serve(1, 30);
    (void)setenv("REHEARSE_TOKEN", "test-admin", 1);
    file("a.json", CHANGES("genesys-cloud", NEW_CODE));
    buf_printf(&command, "plan a.json --tenant http://127.0.0.1:%u",
               (unsigned)wire_port(mock_site_url(mock, 0)));
    int status = run(&out, buf_cstr(&command));
    ck_assert_msg(status == 0, "%d %s", status, buf_cstr(&out));
    (void)setenv("REHEARSE_TOKEN", "wrong", 1);
    ck_assert_int_eq(run(&out, buf_cstr(&command)), 2);
    (void)unsetenv("REHEARSE_TOKEN");
    mock_stop(mock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *cases = tcase_create("plan");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, rows_come_to_what_they_should, 0, sizeof rows / sizeof *rows);
    tcase_add_test(cases, a_plan_file_is_private_and_the_same_twice);
    tcase_add_test(cases, a_change_shows_in_a_diff);
    tcase_add_test(cases, the_tenant_may_be_a_mock_that_runs);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
