/* `rehearse run` and `rehearse doctor` as a user calls them, with clients of several makes, good and bad. Where
 * this machine gives no seal, that is said aloud and left out. */
#include "tests/unit/json_unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* Changes the mapping of wrap-up codes. `careful` reads again after a conflict, `blind` sends the same. */
static const char conflict_client[] =
    "api=https://api.mypurecloud.com/api/v2/outbound/wrapupcodemappings\n"
    "t=$(curl -sS -u acme-admin:acme-admin-secret -d grant_type=client_credentials "
    "https://login.mypurecloud.com/oauth/token | sed "
    "'s/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n"
    "body=$(curl -sS -H \"Authorization: Bearer $t\" $api)\n"
    "for i in 1 2 3; do\n"
    "  s=$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -H \"Authorization: Bearer $t\" "
    "-H 'Content-Type: application/json' -d \"$body\" $api)\n"
    "  echo $s; [ $s = 200 ] && exit 0\n"
    "  [ $1 = careful ] && body=$(curl -sS -H \"Authorization: Bearer $t\" $api)\n"
    "done\n"
    "exit 1\n";

/* Waits as long as it is told after a 429, in its own seconds. */
static const char waiting_client[] =
    "api=https://api.mypurecloud.com/api/v2/routing/wrapupcodes\n"
    "t=$(curl -sS -u acme-admin:acme-admin-secret -d grant_type=client_credentials "
    "https://login.mypurecloud.com/oauth/token | sed "
    "'s/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')\n"
    "for i in 1 2 3 4 5; do\n"
    "  s=$(curl -sS -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer $t\" $api)\n"
    "  [ $s = 200 ] && exit 0\n"
    "  sleep $1\n"
    "done\n"
    "exit 1\n";

/* Speaks HTTP by itself; to be linked statically. */
static const char static_client[] =
    "#include <netdb.h>\n#include <stdio.h>\n#include <string.h>\n#include <sys/socket.h>\n"
    "#include <unistd.h>\n"
    "int main(void) { struct addrinfo w = {.ai_socktype = SOCK_STREAM}, *a; char t[4096];\n"
    "if (getaddrinfo(\"login.mypurecloud.com\", \"80\", &w, &a)) return 2;\n"
    "int f = socket(a->ai_family, SOCK_STREAM, 0); if (connect(f, a->ai_addr, a->ai_addrlen)) "
    "return 3;\n"
    "const char *r = \"GET /api/v2/tokens/me HTTP/1.1\\r\\nHost: "
    "login.mypurecloud.com\\r\\n\\r\\n\";\n"
    "if (write(f, r, strlen(r)) < 0) return 4; ssize_t n = read(f, t, sizeof t - 1);\n"
    "t[n > 0 ? n : 0] = 0; printf(\"%.12s\", t); return 0; }\n";

static const char *path_in(const char *name)
{
    return str_cstr(&arena, findings_text(&found, "%s/%s", folder, name));
}

static void begin(void)
{
    setup();
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-runs-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    ck_assert(file_write(path_in("conflict.sh"), str_of(conflict_client), 0644, &err));
    ck_assert(file_write(path_in("waits.sh"), str_of(waiting_client), 0644, &err));
    ck_assert(file_write(path_in("static.c"), str_of(static_client), 0644, &err));
}

static void finish(void)
{
    const char *command = str_cstr(&arena, findings_text(&found, "rm -rf '%s'", folder));
    ck_assert_int_eq(system(command), 0);
    teardown();
}

/* Runs a line of sh: $R is the program, $T the folder; all that is printed goes into `out`. */
static int run(struct str *out, const char *script)
{
    const char *program = getenv("REHEARSE");
    const char *command = str_cstr(
        &arena,
        findings_text(&found, "unset NO_PROXY no_proxy; R='%s' T='%s'; { %s\n} >'%s/out' 2>&1",
                      program ? program : "build/release/rehearse", folder, script, folder));
    int status = system(command);
    ck_assert(file_read(out, &arena, path_in("out"), 1 << 22, &err));
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *is_missing(const char *needs)
{
    static char script[200];
    struct str out;
    if (strstr(needs, "seal") && run(&out, "$R doctor") == 1) {
        return "a seal";
    }
    (void)snprintf(script, sizeof script, "command -v curl && command -v cc");
    return run(&out, script) ? "curl or cc" : NULL;
}

/* The scenario with the built-in client and its change set; faster where a sanitizer lets it be. */
#define PLAYED(name, profile, url)                                                                 \
    "p=$(realpath $R); f=; $R run --speedup 5 -- $p --version >/dev/null 2>&1 && f='--speedup "    \
    "5'; "                                                                                         \
    "export REHEARSE_CLIENT_ID=acme-admin REHEARSE_CLIENT_SECRET=acme-admin-secret; "              \
    "[ " profile " != cxone ] || export REHEARSE_PASSWORD=ada-key-secret "                         \
    "REHEARSE_USER=ACMEKEYOFADAADMIN000000000000000000000000000000000000; "                        \
    "$R run $f --scenario " name " -- $p apply --profile " profile " --url " url                   \
    " --yes --no-journal fixtures/changesets/" profile ".workflow.json"

static const struct row {
    const char *script;
    int status;
    const char *says[4];
} rows[] = {
    {"$R run -- true", 0, {"seal      user", "exit status 0", "0 broken"}},
    {"$R run -- sh -c 'echo spoken; exit 3'",
     1,
     {"no fault was dealt: exit status 3", "  | spoken"}},
    {"$R run -- /no/such/program", 2, {"cannot be executed"}},
    {"$R run", 2, {"which program?"}},
    {"$R run --speedup 2000 -- true", 2, {"from 1 to 1000"}},
    {"cc -static -o $T/still $T/static.c && $R run --speedup 20 -- $T/still",
     2,
     {"linked statically"}},
    {"$R run --speedup 20 -- no-such-program", 2, {"not found in PATH"}},
    {"began=$(date +%s); $R run --speedup 20 --show -- sh -c 'a=$(date +%s); sleep 20; b=$(date "
     "+%s); "
     "[ $((b - a)) -ge 20 ] && [ $((b - a)) -le 25 ] && echo as long'; [ $(($(date +%s) - began)) "
     "-lt 15 ]",
     0,
     {"as long", "its clock ran 20 times as fast"}},
    {"$R run --speedup 20 --fault 429-burst@1 -- sh $T/waits.sh 2", 0, {"held    C201"}},
    {"$R run --speedup 4 --fault 429-burst@1 -- sh $T/waits.sh 0", 1, {"broken  C201"}},
    {"$R run --isolation cage -- true", 2, {"auto, user, root, proxy or base-url"}},
    {"$R run --profile none -- true", 2, {"none"}},
    {"$R run --fault none -- true", 2, {"none"}},
    {"$R run --fault 500@ -- true", 2, {"behind '@'"}},
    {"$R run --clock noon -- true", 2, {"no ISO 8601 date"}},
    {"$R run --format pdf -- true", 2, {"pdf"}},
    {"$R run --fault 500 -- true", 1, {"never met: 500", "--allow-unexercised"}},
    {"$R run --fault 500 --allow-unexercised -- true", 0, {"0 broken"}},
    {"$R run --timeout 1 -- sleep 30", 1, {"ended at the time limit", "broken  C701"}},
    {"$R run -- curl -sS https://stats.example.net/",
     1,
     {"broken  C602", "stats.example.net (refused)"}},
    {"$R run --allow-host stats.example.net -- curl -sS https://stats.example.net/",
     0,
     {"0 broken"}},
    {"$R run --fault tls-expired@1 -- curl -sS https://api.mypurecloud.com/",
     0,
     {"exit status 60"}},
    {"$R run --fault tls-self-signed@1 -- curl -sSk https://api.mypurecloud.com/",
     1,
     {"broken  C601"}},
    {"echo typed | $R run --stdin --show -- cat", 0, {"typed"}},
    {"echo typed | $R run --show -- sh -c 'cat; echo end'", 0, {"end\n"}},
    {"$R run -e COLOUR=blue --show -- sh -c 'echo $COLOUR'", 0, {"blue"}},
    {"$R run --profile cxone -- curl -sS https://api.incontact.com/nothing",
     1,
     {"cxone has no operation"}},
    {"$R run --format json -- true | python3 -c 'import json,sys; d=json.load(sys.stdin); "
     "print(d[\"run\"][\"seal\"], len(d[\"conduct\"]) > 1)'",
     0,
     {"user True"}},
    {"$R run --format junit -- true | python3 -c 'import sys,xml.dom.minidom as m; "
     "print(len(m.parse(sys.stdin).getElementsByTagName(\"testsuite\")))'",
     0,
     {"2"}},
    {"$R run --format html -- true", 0, {"<pre>seal"}},
    {"$R run --format markdown -- true", 0, {"### rehearse run"}},
    {"$R run --keep $T/kept -- true && ls $T/kept",
     0,
     {"genesys-cloud.journal.ndjson", "report.json"}},
    {"$R run --scenario second-administrator -- sh $T/conflict.sh careful",
     0,
     {"held    C303", "held    C701"}},
    {"$R run --scenario second-administrator -- sh $T/conflict.sh blind",
     1,
     {"broken  C303", "exit status 1", "another exit status was expected"}},
    {PLAYED("batch", "cxone", "https://api-na1.niceincontact.com"),
     0,
     {" 0 broken", "state changed"}},
    {PLAYED("certificates", "genesys-cloud", "https://api.mypurecloud.com"),
     0,
     {"exit status 3", " 0 broken", "state unchanged"}},
    {PLAYED("etags", "genesys-lifecycle", "https://eu.mypurecloud.com"),
     0,
     {" 0 broken", "state changed"}},
    {PLAYED("keys", "cxone-interaction-config", "https://acme.api.cxone.com"),
     0,
     {" 0 broken", "state changed"}},
    {PLAYED("lost-answers", "genesys-enforcement", "https://api.mypurecloud.com"),
     0,
     {" 0 broken", "state changed"}},
    {PLAYED("spoilt-answers", "genesys-definitions", "https://eu.mygen.com"), 0, {" 0 broken"}},
    {PLAYED("throttled", "genesys-cloud", "https://api.mypurecloud.com"),
     0,
     {" 0 broken", "state changed"}},
    {PLAYED("tokens", "genesys-cloud", "https://api.mypurecloud.com"), 0, {" 0 broken"}},
    {PLAYED("webhooks", "genesys-provisioning", "https://api.mypurecloud.com"),
     0,
     {" 0 broken", "state changed"}},
    {"$R run --scenario tokens -- true", 1, {"\"security officer\" never came"}},
    {"$R run --scenario certificates -- curl -sS https://api.mypurecloud.com/",
     0,
     {"exit status 60"}},
    {"$R run --scenario certificates -- curl -sSk https://api.mypurecloud.com/api/v2/tokens/me",
     1,
     {"broken  C601"}},
    {"echo '{\"format\":1,\"expect\":{\"exit\":300}}' >$T/s.json; $R run --scenario $T/s.json -- "
     "true",
     2,
     {"s.json:1:"}},
    {"cc -static -o $T/static $T/static.c 2>$T/cc.txt || exit 0; $R run --show -- $T/static",
     0,
     {"HTTP/1.1 401"}},
    {"$R run --isolation proxy -- curl -sS https://api.mypurecloud.com/api/v2/tokens/me",
     0,
     {"seal      proxy", "NOT kept from the network", "1 request"}},
    {"$R run --isolation proxy -- curl -sS https://stats.example.net/", 1, {"broken  C602"}},
    {"$R run --isolation proxy -- curl -sS http://login.mypurecloud.com/api/v2/tokens/me",
     0,
     {"1 request"}},
    {"$R run --isolation base-url -- sh -c 'curl -sS $REHEARSE_BASE_URL/api/v2/tokens/me'",
     0,
     {"seal      base-url", "1 request"}},
    {"$R run --isolation base-url -- curl -sS {url}/api/v2/tokens/me", 0, {"1 request"}},
    {"$R run --isolation proxy -- sh -c '(sleep 77 & sleep 77 &) ; sleep 77 & exit 0'; pgrep -xf "
     "'sleep 77'",
     1,
     {"3 processes that it left behind"}},
    {"$R doctor", 0, {"run would choose", "cJSON", "max_user_namespaces"}},
    {"$R doctor --format json | python3 -m json.tool", 0, {"\"isSealed\": true"}},
};

START_TEST(as_a_user)
{
    const struct row *r = &rows[_i];
    struct str out;
    const char *missing = is_missing("seal");
    if (missing) {
        printf("skip: there is no %s here\n", missing);
        return;
    }
    int status = run(&out, r->script);
    ck_assert_msg(status == r->status, "%s: %d\n%.*s", r->script, status, STR_ARG(out));
    for (size_t i = 0; i < 4 && r->says[i]; i++) {
        ck_assert_msg(str_find(out, str_of(r->says[i])) < out.len, "%s: says no \"%s\"\n%.*s",
                      r->script, r->says[i], STR_ARG(out));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run command");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, begin, finish);
    tcase_add_loop_test(t, as_a_user, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
