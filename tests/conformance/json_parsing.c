/* JSONTestSuite's parsing files against json_parse.
 *
 * y_ files must be read, two of which repeat a name (RFC 8259 only says that names should differ),
 * so repeated names are allowed here. n_ files must be refused. i_ files are free; what we do with
 * them is a promise of ours, told at the head of base/json_scan.c, and held here as well: numbers
 * of any size are read, as are 500 levels; lone surrogates, what is not UTF-8 and a byte order mark
 * are refused. A text that is read must come out of json_put equal to itself. */
#include "tests/conformance/conformance.h"

#include "base/base.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 24 };

/* Ours among the free ones: those that begin so are read, all others are not. */
static bool is_read_of_ours(const char *name)
{
    return strncmp(name, "i_number_", 9) == 0 ||
           strcmp(name, "i_structure_500_nested_arrays.json") == 0;
}

static bool prints_itself(struct arena *a, struct json v)
{
    struct buf first, second;
    buf_init(&first, a);
    buf_init(&second, a);
    json_put(&first, v);
    const struct json_doc *doc;
    struct json_limits limits = {.allow_duplicate_keys = true};
    if (!json_parse(&doc, a, STR("printed"), buf_str(&first), &limits, NULL, NULL)) {
        return false;
    }
    json_put(&second, json_root(doc));
    return str_eq(buf_str(&first), buf_str(&second)) && json_eq(v, json_root(doc));
}

/* True if the file got the verdict that its name asks for; else says what happened. */
static bool try_file(struct arena *a, const char *dir, const char *name)
{
    struct buf path;
    buf_init(&path, a);
    buf_printf(&path, "%s/%s", dir, name);
    struct str text;
    struct err err = {.code = ERR_NONE};
    if (!file_read(&text, a, buf_cstr(&path), TEXT_BYTES_MAX, &err)) {
        printf("%s: %s\n", name, err.msg);
        return false;
    }
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true};
    bool is_read = json_parse(&doc, a, str_of(name), text, &limits, NULL, &err);
    bool is_wanted = name[0] == 'y' || (name[0] == 'i' && is_read_of_ours(name));
    if (is_read != is_wanted) {
        printf("%s: %s%s%s\n", name, is_read ? "read" : "refused", is_read ? "" : ": ",
               is_read ? "" : err.msg);
        return false;
    }
    if (is_read && !prints_itself(a, json_root(doc))) {
        printf("%s: printed text differs\n", name);
        return false;
    }
    return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_case(const struct dirent *e)
{
    return strchr("yni", e->d_name[0]) != NULL && e->d_name[0] != 0 && e->d_name[1] == '_';
}

int conformance_json_parsing(const char *dir)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, is_case, by_name);
    if (n <= 0) {
        fprintf(stderr, "conformance: no case in %s\n", dir);
        free(entries);
        return 2;
    }
    int passed = 0;
    struct arena a;
    arena_init(&a, 0, 0);
    for (int i = 0; i < n; i++) {
        passed += try_file(&a, dir, entries[i]->d_name);
        arena_reset(&a);
        free(entries[i]);
    }
    arena_done(&a);
    free(entries);
    printf("%d passed, %d failed\n", passed, n - passed);
    return passed == n ? 0 : 1;
}
