/* `rehearse serve --record` between clients of ours and a mock that stands for the real tenant: what goes through comes
 * out the same, what is written is whole, without secrets, and can be sent again. */
#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static const char prelude[] =
    "export REHEARSE_CLIENT_ID=acme-admin REHEARSE_CLIENT_SECRET=acme-admin-secret "
    "XDG_RUNTIME_DIR=$T\n"
    "ready() { n=0; until [ -s \"$1\" ]; do n=$((n + 1)); [ $n -lt 400 ] || exit 9; sleep 0.05; "
    "done; "
    "sed -n 's/.*\"listeners\".*\"url\":\"\\([^\"]*\\)\".*/\\1/p' \"$1\"; }\n"
    "$R serve --port 0 --quiet --ready-file $T/up.json & up=$!\n"
    "upstream=$(ready $T/up.json)\n"
    "record() { rm -f $T/via.json; $R serve --record $T/rec --port 0 --quiet --ready-file "
    "$T/via.json \"$@\" & via=$!; base=$(ready $T/via.json); }\n"
    "trap 'kill $up $via 2>/dev/null; wait' EXIT\n";

static const char *path_in(const char *name)
{
    return str_cstr(&arena, findings_text(&found, "%s/%s", folder, name));
}

static void begin(void)
{
    static const char changes[] =
        "{\"format\":1,\"profile\":\"genesys-cloud\",\"changes\":[{\"create\":\"wrapupCode\","
        "\"as\":"
        "\"a\",\"body\":{\"name\":\"Recorded\"}},{\"update\":\"wrapupCode\",\"id\":\"@a\",\"set\":{"
        "\"description\":\"twice\"}}]}";
    setup();
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-record-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    ck_assert(file_write(path_in("change.json"), str_of(changes), 0644, &err));
}

static void finish(void)
{
    ck_assert_int_eq(system(str_cstr(&arena, findings_text(&found, "rm -rf '%s'", folder))), 0);
    teardown();
}

static const struct row {
    const char *script;
    int status;
    const char *says[3], *never[2];
} rows[] = {
    /* a change set through it; the record tells all of it and no secret */
    {"record --upstream $upstream; $R apply --url $base --yes $T/change.json >$T/apply.txt 2>&1 || "
     "cat $T/apply.txt; "
     "kill $via; wait $via; echo ended $?; cat $T/rec/traffic.ndjson; ls -l $T/rec",
     0,
     {"ended 0", "\"operation\":\"postRoutingWrapupcodes\"", "-rw------- "},
     {"acme-admin-secret", "acme-admin:"}},
    {"record --upstream $upstream; $R apply --url $base --yes $T/change.json >/dev/null 2>&1; kill "
     "$via; "
     "wait $via; for f in har ndjson; do $R replay $T/rec/traffic.$f | tail -1; done",
     0,
     {"0 differ"},
     {" 1 differ", " 2 differ"}},
    {"record --upstream $upstream; $R apply --url $base --yes $T/change.json >/dev/null 2>&1; kill "
     "$via; "
     "wait $via; $R judge $T/rec/traffic.ndjson; $R check $T/rec/traffic.har",
     0,
     {"held    C501", "0 errors"},
     {" 1 broken"}},
    /* the same tenant, read beside and through it, by several at once */
    {"record --upstream $upstream/; for i in 1 2 3 4; do $R import --url $base --profile "
     "genesys-cloud "
     "--output $T/through$i.json 2>/dev/null & p=\"$p $!\"; done; wait $p; $R import --url "
     "$upstream "
     "--profile "
     "genesys-cloud --output $T/beside.json 2>/dev/null; for i in 1 2 3 4 5; do "
     "f=$T/through$i.json; [ $i -le 4 ] || f=$T/beside.json; grep -v '\"at\"' $f | cksum; done | "
     "sort -u | wc -l; wc -c <$T/beside.json | tr -d ' ' | sed 's/^.....*/much/'",
     0,
     {"1\nmuch"},
     {NULL}},
    /* what is written is whole while it goes on, and after a death without a word */
    {"record --upstream $upstream; $R apply --url $base --yes $T/change.json >/dev/null 2>&1; "
     "sleep 0.5; kill -KILL $via; "
     "wait $via; $R check $T/rec/traffic.har && $R replay $T/rec/traffic.ndjson | tail -1",
     0,
     {"0 differ"},
     {NULL}},
    /* the longest path that fits says where to */
    {"record --upstream http://127.0.0.1:9 --upstream /oauth=$upstream --upstream "
     "/api/v2=$upstream; "
     "$R apply --url $base --yes $T/change.json",
     0,
     {"Recorded"},
     {NULL}},
    /* nobody there: said, to the client and in the record */
    {"record --upstream http://127.0.0.1:9; $R import --url $base --profile genesys-cloud --output "
     "$T/x.json; "
     "kill $via; wait $via; grep -c '\"status\":502' $T/rec/traffic.ndjson",
     0,
     {"502"},
     {NULL}},
    {"mkdir $T/rec; echo mine >$T/rec/traffic.har; $R serve --record $T/rec --upstream $upstream; "
     "echo $?; cat $T/rec/traffic.har",
     0,
     {"is there already", "2\nmine"},
     {NULL}},
    {"$R serve --record $T/rec", 2, {"go together"}, {NULL}},
    {"$R serve --upstream $upstream", 2, {"go together"}, {NULL}},
    {"$R serve --record $T/rec --upstream ftp://x", 2, {"expected a URL"}, {NULL}},
    {"$R serve --record $T/rec --upstream http://user:word@x", 2, {"expected a URL"}, {NULL}},
    {"$R serve --record $T/rec --upstream /api=http://x", 2, {"for all paths"}, {NULL}},
    {"$R serve --record $T/rec --upstream http://x --preset 500",
     2,
     {"the upstream has all that"},
     {NULL}},
    {"$R serve --record /no/such/folder --upstream http://x",
     3,
     {"cannot make the folder"},
     {NULL}},
};

START_TEST(as_a_user)
{
    const struct row *row = &rows[_i];
    const char *program = getenv("REHEARSE");
    struct str out;
    const char *command =
        str_cstr(&arena, findings_text(&found, "R='%s' T='%s'; {\n%s%s\n} >'%s/out' 2>&1",
                                       program ? program : "build/release/rehearse", folder,
                                       prelude, row->script, folder));
    int status = system(command);
    ck_assert(file_read(&out, &arena, path_in("out"), 1 << 22, &err));
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == row->status, "%s: %d\n%.*s",
                  row->script, status, STR_ARG(out));
    for (size_t i = 0; i < sizeof row->says / sizeof *row->says && row->says[i]; i++) {
        ck_assert_msg(str_find(out, str_of(row->says[i])) < out.len, "%s: no \"%s\"\n%.*s",
                      row->script, row->says[i], STR_ARG(out));
    }
    for (size_t i = 0; i < sizeof row->never / sizeof *row->never && row->never[i]; i++) {
        ck_assert_msg(str_find(out, str_of(row->never[i])) == out.len, "%s: \"%s\"\n%.*s",
                      row->script, row->never[i], STR_ARG(out));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *t = tcase_create("all");
    suite_add_tcase(suite, t);
    tcase_set_timeout(t, 0);
    tcase_add_checked_fixture(t, begin, finish);
    tcase_add_loop_test(t, as_a_user, 0, (int)(sizeof rows / sizeof *rows));
    return unit_run(suite);
}
