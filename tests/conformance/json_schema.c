/* JSON-Schema-Test-Suite against the schema engine.
 *
 * Each file is a list of groups: a schema, and instances with the verdict that they must get. The
 * remotes' files stand at http://localhost:1234/ as the suite wants. In a folder "format" and for
 * format-assertion, `format` asserts. Each instance is checked twice, with and without a report:
 * the verdicts must agree, and a refusal must be told. */
#include "tests/conformance/conformance.h"

#include "model/schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_BYTES_MAX = 1 << 24, FOLDER_DEPTH_MAX = 8 };

struct remote {
    struct str uri;
    struct json document;
};

struct suite {
    struct arena arena; /* of the remotes */
    struct vec remotes;
    struct schema_run *run;
    const char *root; /* folder or file asked for */
    size_t passed, failed;
    bool has_broken;
};

typedef bool visit(struct suite *suite, const char *path);

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls `each` for all .json files at or below `path`, in order of name. */
static bool walk(struct suite *suite, const char *path, visit *each, int depth)
{
    struct stat st;
    if (stat(path, &st) != 0 || depth > FOLDER_DEPTH_MAX) {
        perror(path);
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        return !str_ends(str_of(path), STR(".json")) || each(suite, path);
    }
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, by_name);
    bool is_good = n >= 0;
    for (int i = 0; i < n; i++) {
        struct buf child = {0};
        if (entries[i]->d_name[0] != '.') {
            buf_printf(&child, "%s/%s", path, entries[i]->d_name);
            is_good &= walk(suite, buf_cstr(&child), each, depth + 1);
        }
        buf_done(&child);
        free(entries[i]);
    }
    free(entries);
    return is_good;
}

static bool read_json(struct json *out, struct arena *a, const char *path)
{
    struct str text;
    struct err err = {.code = ERR_NONE};
    const struct json_doc *doc;
    struct json_limits limits = {.is_terminated = true};
    if (!file_read(&text, a, path, TEXT_BYTES_MAX, &err) ||
        !json_parse(&doc, a, str_copy(a, str_of(path)), text, &limits, NULL, &err)) {
        printf("%s: %s\n", path, err.msg);
        return false;
    }
    *out = json_root(doc);
    return true;
}

static bool add_remote(struct suite *suite, const char *path)
{
    struct remote *remote = ARENA_NEW(&suite->arena, struct remote);
    struct buf uri;
    buf_init(&uri, &suite->arena);
    size_t from = strlen(suite->root);
    while (path[from] == '/') {
        from++;
    }
    buf_printf(&uri, "http://localhost:1234/%s", path + from);
    remote->uri = buf_str(&uri);
    if (read_json(&remote->document, &suite->arena, path)) { /* else what refers to it will fail */
        vec_push(&suite->remotes, remote);
    }
    return true;
}

static bool count_issue(const struct schema_issue *issue, void *ctx)
{
    size_t *n = ctx;
    *n += issue->keyword < SCHEMA_KEYWORD_COUNT && json_exists(issue->instance);
    return true;
}

static bool try_test(struct suite *suite, const struct schema *schema, struct json test)
{
    size_t n_issues = 0;
    struct json data = json_get(test, STR("data"));
    bool is_valid = schema_check(schema, suite->run, data, NULL, NULL);
    bool is_valid_told = schema_check(schema, suite->run, data, count_issue, &n_issues);
    return is_valid == json_is_true(json_get(test, STR("valid"))) && is_valid_told == is_valid &&
           is_valid == (n_issues == 0);
}

/* NULL and a message if the schema cannot be compiled. */
static const struct schema *compile(struct suite *suite, struct schema_set *set, struct json schema,
                                    struct err *err)
{
    const struct schema *out = NULL;
    if (!schema_set_add(set, STR(""), schema, err)) {
        return NULL;
    }
    struct str source = json_source(schema);
    if (str_find(source, STR("localhost:1234")) < source.len) {
        for (size_t i = 0; i < suite->remotes.len; i++) {
            const struct remote *remote = suite->remotes.at[i];
            (void)!schema_set_add(set, remote->uri, remote->document, NULL);
        }
    }
    return schema_compile(&out, set, STR(""), err) ? out : NULL;
}

static void run_group(struct suite *suite, struct arena *a, const char *file, struct json group)
{
    struct err err = {.code = ERR_NONE};
    struct str path = str_of(file);
    bool asserts_format = str_find(path, STR("/format/")) < path.len ||
                          str_find(path, STR("format-assertion")) < path.len;
    struct schema_set *set = schema_set_new(a, asserts_format);
    const struct schema *schema = compile(suite, set, json_get(group, STR("schema")), &err);
    struct json tests = json_get(group, STR("tests"));
    for (struct json t = json_first(tests); json_exists(t); t = json_next(t)) {
        if (schema != NULL && try_test(suite, schema, t)) {
            suite->passed++;
            continue;
        }
        suite->failed++;
        printf("%s: %.*s: %.*s%s%s\n", file + strlen(suite->root),
               STR_ARG(json_str_or(json_get(group, STR("description")), STR(""))),
               STR_ARG(json_str_or(json_get(t, STR("description")), STR(""))),
               schema == NULL ? ": " : "", err.msg);
    }
    schema_set_free(set);
}

static bool run_file(struct suite *suite, const char *path)
{
    struct arena a;
    struct json groups;
    arena_init(&a, 0, 0);
    bool is_read = read_json(&groups, &a, path);
    if (is_read) {
        for (struct json g = json_first(groups); json_exists(g); g = json_next(g)) {
            run_group(suite, &a, path, g);
        }
    }
    arena_done(&a);
    return is_read;
}

int conformance_json_schema(const char *dir, const char *remotes)
{
    struct suite suite = {.root = remotes};
    arena_init(&suite.arena, 0, 0);
    suite.run = schema_run_new();
    bool is_read = walk(&suite, remotes, add_remote, 0);
    suite.root = dir;
    is_read &= walk(&suite, dir, run_file, 0);
    schema_run_free(suite.run);
    vec_done(&suite.remotes);
    arena_done(&suite.arena);
    printf("%zu passed, %zu failed\n", suite.passed, suite.failed);
    if (!is_read || suite.passed + suite.failed == 0) {
        return 2;
    }
    return suite.failed > 0 ? 1 : 0;
}
