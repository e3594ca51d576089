/* ci/: what build services are given, run as they would run it. A script stands in for the program, notes
 * how it was called, writes what it was asked for and ends as it is told; where the program has `check` the
 * gate is tried with it too. */
#include "validator/validator.h"

#include "tests/unit/json_unit.h"

#include "model/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static const char stand_in[] =
    "#!/bin/sh\n"
    "printf '%s\\n' \"$@\" >\"$FAKE_LOG\"\n"
    "for a in \"$@\"; do case $a in *=*.*) echo \"report ${a%%=*}\" >\"${a#*=}\" ;; esac; done\n"
    "exit \"$FAKE_STATUS\"\n";

static const char *path_in(const char *name)
{
    return str_cstr(&arena, findings_text(&found, "%s/%s", folder, name));
}

static void begin(void)
{
    setup();
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-ci-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    ck_assert_msg(file_write(path_in("program"), str_of(stand_in), 0755, &err), "%s", err.msg);
    ck_assert(chmod(path_in("program"), 0755) == 0);
}

static void finish(void)
{
    const char *command = str_cstr(&arena, findings_text(&found, "rm -rf '%s'", folder));
    ck_assert_int_eq(system(command), 0);
    teardown();
}

/* Runs a script of sh with none of the services' variables set; its status. */
static int run(const char *script)
{
    const char *command = str_cstr(
        &arena,
        findings_text(&found,
                      "unset GITHUB_ACTIONS GITLAB_CI TF_BUILD JENKINS_URL GITHUB_STEP_SUMMARY\n"
                      "T='%s'; export FAKE_LOG=\"$T/log\" REHEARSE=\"$T/program\" "
                      "REHEARSE_REPORTS=\"$T/out\" FAKE_STATUS=0\n{ %s\n} >\"$T/stdout\" 2>&1",
                      folder, script));
    int status = system(command);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A file's content with the folder's name as T; "" if it is not there. */
static struct str text_in(const char *name)
{
    struct str text = STR("");
    struct err ignored;
    if (!file_read(&text, &arena, path_in(name), 1 << 20, &ignored)) {
        return STR("");
    }
    struct buf b;
    buf_init(&b, &arena);
    for (size_t at; (at = str_find(text, str_of(folder))) < text.len;) {
        buf_put(&b, str_slice(text, 0, at));
        buf_put_char(&b, 'T');
        text = str_slice(text, at + strlen(folder), text.len);
    }
    buf_put(&b, text);
    return buf_str(&b);
}

static struct str repository_file(const char *path)
{
    struct str text = STR("");
    ck_assert_msg(file_read(&text, &arena, path, 1 << 20, &err), "%s: %s", path, err.msg);
    return text;
}

static struct json yaml_file(const char *path)
{
    struct yaml_result out;
    ck_assert_msg(read_yaml(&out, &arena, str_of(path), repository_file(path), &found, &err),
                  "%s: %s", path, err.msg);
    return json_root(out.doc);
}

/* --- the gate --- */

START_TEST(test_gate)
{
    static const struct {
        const char *script, *log;
        int status;
    } rows[] = {
        {"sh ci/gate.sh --profile p 'a b.json' -", "check\n--profile\np\na b.json\n-\n", 0},
        {"FAKE_STATUS=1 sh ci/gate.sh x", "check\nx\n", 1},
        {"FAKE_STATUS=2 sh ci/gate.sh x", "check\nx\n", 2},
        {"FAKE_STATUS=3 sh ci/gate.sh x", "check\nx\n", 3},
        {"GITHUB_ACTIONS=true sh ci/gate.sh x",
         "check\n--format\ngithub\n--output\nsarif=T/out/rehearse.sarif\n--output\nmarkdown=T/out/"
         "rehearse.md\nx\n",
         0},
        {"GITLAB_CI=true sh ci/gate.sh x",
         "check\n--format\ngcc\n--output\ngitlab=T/out/gl-code-quality-report.json\n--output\n"
         "junit=T/out/rehearse-junit.xml\nx\n",
         0},
        {"TF_BUILD=True FAKE_STATUS=1 sh ci/gate.sh x",
         "check\n--format\ngcc\n--output\njunit=T/out/rehearse-junit.xml\n--output\n"
         "checkstyle=T/out/rehearse-checkstyle.xml\nx\n",
         1},
        {"JENKINS_URL=http://j sh ci/gate.sh x",
         "check\n--format\ngcc\n--output\njunit=T/out/rehearse-junit.xml\n--output\n"
         "checkstyle=T/out/rehearse-checkstyle.xml\nx\n",
         0},
        {"REHEARSE=/no/such/program sh ci/gate.sh x", "", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)unlink(path_in("log"));
        int status = run(rows[i].script);
        ck_assert_msg(status == rows[i].status, "%s: status %d", rows[i].script, status);
        assert_str(text_in("log"), rows[i].log);
    }
}
END_TEST

/* The summary is added to what other steps wrote; a check that could not run says so. */
START_TEST(test_gate_on_github)
{
    int status = run("echo before >\"$T/summary\"; FAKE_STATUS=1 GITHUB_ACTIONS=true "
                     "GITHUB_STEP_SUMMARY=\"$T/summary\" "
                     "sh ci/gate.sh x");
    ck_assert_int_eq(status, 1);
    assert_str(text_in("summary"), "before\nreport markdown\n");
    assert_str(text_in("stdout"), "");
    ck_assert_int_eq(run("FAKE_STATUS=2 GITHUB_ACTIONS=true sh ci/gate.sh x"), 2);
    ck_assert(str_starts(text_in("stdout"),
                         STR("::error title=rehearse::the check could not run (status 2)\n")));
}
END_TEST

/* --- the action, as GitHub would run it --- */

/* "${{ inputs.name }}" by what was given, else by the input's default; ${{ runner.temp }} is the folder. */
static struct str expand(struct json action, struct json given, struct str text)
{
    struct buf b;
    buf_init(&b, &arena);
    for (size_t at; (at = str_find(text, STR("${{"))) < text.len;) {
        size_t end = at + str_find(str_slice(text, at, text.len), STR("}}"));
        struct str name = str_trim(str_slice(text, at + 3, end));
        buf_put(&b, str_slice(text, 0, at));
        text = str_slice(text, end + 2, text.len);
        if (str_eq(name, STR("runner.temp"))) {
            buf_put(&b, str_of(folder));
            continue;
        }
        ck_assert_msg(str_starts(name, STR("inputs.")), "%.*s", STR_ARG(name));
        name = str_slice(name, 7, name.len);
        struct json input = json_get(json_get(action, STR("inputs")), name);
        ck_assert_msg(json_exists(input), "no input %.*s", STR_ARG(name));
        buf_put(&b, json_str_or(json_get(given, name),
                                json_str_or(json_get(input, STR("default")), STR(""))));
    }
    buf_put(&b, text);
    return buf_str(&b);
}

static int run_step(struct json action, struct json step, struct json given)
{
    struct buf b;
    buf_init(&b, &arena);
    assert_str(json_str(json_get(step, STR("shell"))), "bash");
    ck_assert_msg(str_find(json_str(json_get(step, STR("run"))), STR("${{")) ==
                      json_str(json_get(step, STR("run"))).len,
                  "inputs must not be put into the script");
    struct json variables = json_get(step, STR("env"));
    for (struct json m = json_first(variables); json_exists(m); m = json_next(m)) {
        const char *file = path_in(str_cstr(&arena, json_key(m)));
        ck_assert(file_write(file, expand(action, given, json_str(m)), 0600, &err));
        buf_printf(&b, "export %.*s=\"$(cat '%s')\"\n", STR_ARG(json_key(m)), file);
    }
    ck_assert(file_write(path_in("step.sh"), json_str(json_get(step, STR("run"))), 0600, &err));
    buf_printf(&b, "export GITHUB_ACTIONS=true GITHUB_ACTION_PATH=\"$PWD/ci/github\" "
                   "GITHUB_OUTPUT=\"$T/outputs\" "
                   "GITHUB_STEP_SUMMARY=\"$T/summary\"\nbash --noprofile --norc -e -o pipefail "
                   "\"$T/step.sh\"");
    return run(buf_cstr(&b));
}

START_TEST(test_action)
{
    struct json action = yaml_file("ci/github/action.yml");
    struct json steps = json_path(action, STR("runs.steps")), step = json_first(steps);
    assert_str(json_str(json_path(action, STR("runs.using"))), "composite");
    struct buf b;
    buf_init(&b, &arena);
    buf_printf(&b,
               "{\"paths\": \"a b.json\\n$(touch %s/pwned)\\n\", \"arguments\": "
               "\"--fail-on\\nwarning\", \"rehearse\": "
               "\"%s/program\"}",
               folder, folder);
    struct json given = parse(buf_str(&b));
    ck_assert_int_eq(run_step(action, step, given), 0);
    assert_str(
        text_in("log"),
        "check\n--format\ngithub\n--output\nsarif=T/rehearse/rehearse.sarif\n--output\n"
        "markdown=T/rehearse/rehearse.md\n--profile\ngenesys-cloud\n--fail-on\nwarning\na b.json\n"
        "$(touch T/pwned)\n");
    ck_assert_int_ne(access(path_in("pwned"), F_OK), 0);
    assert_str(text_in("outputs"), "status=0\nsarif=T/rehearse/rehearse.sarif\n");
    assert_str(text_in("summary"), "report markdown\n");
    struct json upload = json_next(step);
    ck_assert(str_starts(json_str(json_get(upload, STR("uses"))),
                         STR("github/codeql-action/upload-sarif@")));
    ck_assert(str_starts(json_str(json_get(upload, STR("if"))), STR("always()")));
}
END_TEST

/* --- what is only read by others --- */

START_TEST(test_files)
{
    struct json hooks = yaml_file(".pre-commit-hooks.yaml");
    for (struct json v = json_first(hooks); json_exists(v); v = json_next(v)) {
        ck_assert(json_is_true(json_get(v, STR("require_serial"))));
        ck_assert(str_starts(json_str(json_get(v, STR("entry"))), STR("rehearse ")));
    }
    struct json job =
        json_get(yaml_file("ci/gitlab/rehearse.gitlab-ci.yml"), STR(".rehearse-check"));
    assert_str(json_str(json_path(job, STR("artifacts.when"))), "always");
    assert_str(json_str(json_path(job, STR("artifacts.reports.codequality"))),
               "gl-code-quality-report.json");
    assert_str(json_str(json_path(job, STR("artifacts.reports.junit"))), "rehearse-junit.xml");
    ck_assert_uint_eq(json_count(json_get(yaml_file("ci/azure/rehearse.yml"), STR("steps"))), 2);
    struct json schemas =
        json_get(parse(repository_file("ci/editors/vscode-settings.json")), STR("json.schemas"));
    for (struct json v = json_first(schemas); json_exists(v); v = json_next(v)) {
        (void)repository_file(str_cstr(&arena, json_str(json_get(v, STR("url")))));
    }
    (void)parse(repository_file("ci/editors/vscode-tasks.json"));
}
END_TEST

/* The problem matcher's pattern fits the lines that are written. */
START_TEST(test_matcher)
{
    struct json matcher = json_first(
        json_get(parse(repository_file("ci/github/problem-matcher.json")), STR("problemMatcher")));
    struct json pattern = json_get(json_first(json_get(matcher, STR("pattern"))), STR("regexp"));
    struct buf schema, out, line;
    buf_init(&schema, &arena);
    buf_init(&out, &arena);
    buf_init(&line, &arena);
    buf_printf(&schema, "{\"pattern\": %.*s}", STR_ARG(json_literal(pattern)));
    struct report_item item = {.finding = {.rule = STR("S106"),
                                           .severity = SEVERITY_ERROR,
                                           .file = STR("a:b/c.json"),
                                           .message = STR("it: [x] \"y\""),
                                           .line = 7,
                                           .column = 9,
                                           .item = SIZE_MAX}};
    struct report r = {.items = &item, .n_items = 1};
    report_write(&out, REPORT_GCC, &r);
    buf_put_json_string(&line, str_trim(buf_str(&out)));
    struct schema_set *set = schema_set_new(&arena, false);
    struct schema_run *checker = schema_run_new();
    const struct schema *compiled = NULL;
    ck_assert_msg(schema_set_add(set, STR(""), parse(buf_str(&schema)), &err) &&
                      schema_compile(&compiled, set, STR(""), &err),
                  "%s", err.msg);
    ck_assert(schema_check(compiled, checker, parse(buf_str(&line)), NULL, NULL));
    ck_assert(!schema_check(compiled, checker, parse_c("\"make: *** [all] Error 1\""), NULL, NULL));
    schema_run_free(checker);
    schema_set_free(set);
}
END_TEST

/* With the program itself, where it has the command. */
START_TEST(test_program)
{
    const char *program = getenv("REHEARSE");
    if (program == NULL ||
        system(str_cstr(&arena,
                        findings_text(&found, "'%s' help check >/dev/null 2>&1", program))) != 0) {
        (void)printf("skipped: there is no program with the command check (REHEARSE)\n");
        return;
    }
    struct buf b;
    buf_init(&b, &arena);
    ck_assert(file_write(path_in("codes.csv"), STR("name\n\"Sale\"\n\"Sale\"\n"), 0600, &err));
    buf_printf(
        &b, "REHEARSE='%s' GITLAB_CI=true sh ci/gate.sh --profile genesys-cloud \"$T/codes.csv\"",
        program);
    ck_assert_int_eq(run(buf_cstr(&b)), 1);
    ck_assert(str_find(text_in("stdout"), STR("[U201]")) < text_in("stdout").len);
    (void)parse(text_in("out/gl-code-quality-report.json"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ci");
    TCase *tc = tcase_create("ci");
    tcase_add_checked_fixture(tc, begin, finish);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_gate);
    tcase_add_test(tc, test_gate_on_github);
    tcase_add_test(tc, test_action);
    tcase_add_test(tc, test_files);
    tcase_add_test(tc, test_matcher);
    tcase_add_test(tc, test_program);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
