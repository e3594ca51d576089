/* `apply` over real sockets: whatever fault meets a write, in the end the tenant is as it is after a
 * run without one: nothing twice, nothing lost, nobody overwritten. */
#include "replay/replay.h"
#include "wire.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

#define ADA_KEY "ACMEKEYOFADAADMIN000000000000000000000000000000000000"

struct stage {
    struct mock *mock;
    struct contract *contract;
    struct client *client;
    struct arena arena;
    struct str text; /* of the change set */
};

static void set_up(struct stage *g, const char *profile, const char *changes)
{
    struct err err = {0};
    struct findings fs;
    struct buf path = {0};
    bool is_key = strcmp(profile, "cxone") == 0;
    struct mock_site site = wire_site(profile, "");
    struct mock_options mo = {.n_threads = 2, .seed = 1, .admin_token = STR("test-admin")};
    signal(SIGPIPE, SIG_IGN);
    *g = (struct stage){.contract = contract_hold(site.contract)};
    arena_init(&g->arena, 0, 0);
    findings_init(&fs, &g->arena);
    ck_assert_msg(mock_start(&g->mock, &mo, &site, 1, &err), "%s", err.msg);
    struct client_options o = {
        .url = mock_site_url(g->mock, 0),
        .secrets = {.id = is_key ? STR(ADA_KEY) : STR("acme-admin"),
                    .secret = is_key ? STR("ada-key-secret") : STR("acme-admin-secret")},
        .seed = 7,
        .timeout_ms = 1500};
    ck_assert_msg(client_open(&g->client, g->contract, &o, &err), "%s", err.msg);
    buf_printf(&path, "fixtures/changesets/%s.rollout.json", profile);
    g->text = str_of(changes);
    ck_assert(changes || file_read(&g->text, &g->arena, buf_cstr(&path), 1 << 20, &err));
    buf_done(&path);
}

static void tear_down(struct stage *g)
{
    client_close(g->client);
    mock_stop(g->mock);
    contract_free(g->contract);
    arena_done(&g->arena);
}

static void add_fault(struct stage *g, const char *preset, const char *operation)
{
    struct buf text;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    buf_init(&text, &g->arena);
    findings_init(&fs, &g->arena);
    buf_printf(&text, "{\"faults\":[{\"when\":{\"operation\":\"%s\"},\"preset\":\"%s\"}]}",
               operation, preset);
    ck_assert_msg(json_parse(&doc, &g->arena, STR("faults"), buf_str(&text), NULL, &fs, &err) &&
                      mock_add_faults(g->mock, 0, json_root(doc), &fs, &err),
                  "%s: %s", preset, err.msg);
}

static bool apply_all(struct stage *g, const struct apply_options *o, struct apply_result *result,
                      struct err *err)
{
    struct apply *ap = NULL;
    *result = (struct apply_result){0};
    bool is_well =
        apply_open(&ap, g->client, STR("changes"), g->text, err) && apply_run(result, ap, o, err);
    apply_close(ap);
    return is_well;
}

/* How many there are of each resource that the API lists. */
static struct str state_of(struct stage *g)
{
    struct buf text = {0}, out;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    struct import_count counts[64];
    const struct import_options o = {.name = STR("x"), .is_bare = true, .keeps_personal = true};
    ck_assert_msg(import_tenant(&text, counts, g->client, &o, &err), "%s", err.msg);
    struct str copy = str_copy(&g->arena, buf_str(&text));
    buf_done(&text);
    ck_assert(json_parse(&doc, &g->arena, STR("state"), copy, NULL, NULL, &err));
    buf_init(&out, &g->arena);
    struct json all = json_get(json_root(doc), STR("resources"));
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        buf_printf(&out, "%.*s %zu\n", STR_ARG(json_key(m)), json_count(m));
    }
    return buf_str(&out);
}

static const struct {
    const char *profile, *operation, *presets[24];
} cases[] = {
    {"genesys-cloud",
     "postRoutingWrapupcodes",
     {"429-burst", "429-date", "429-no-header", "401-expired", "401-revoked", "reset-before",
      "reset-during", "reset-after-commit", "timeout", "500", "502", "504", "503-retry-after",
      "truncate", "bad-json", "empty-body", "html-error-page", "bad-chunk"}},
    {"genesys-cloud",
     "postRoutingQueueWrapupcodes",
     {"429-no-header", "reset-after-commit", "reset-before", "500", "truncate"}},
    {"genesys-cloud",
     "putRoutingWrapupcode",
     {"429-no-header", "reset-after-commit", "reset-before", "500", "truncate", "401-expired"}},
    {"genesys-cloud", "getRoutingWrapupcode", {"stale-read", "404-lag", "500", "bad-json"}},
    {"genesys-cloud", "getRoutingWrapupcodes", {"stale-read", "late-visibility", "page-shift"}},
    {"genesys-definitions",
     "changeDefinition",
     {"409-version", "409-version-moving", "429-no-header", "reset-after-commit", "reset-before",
      "500", "truncate", "bad-json", "401-revoked", "timeout"}},
    {"genesys-provisioning",
     "createWrapupCode",
     {"429-no-header", "reset-after-commit", "500", "bad-json"}},
    {"genesys-lifecycle",
     "createWrapupCode",
     {"429-no-header", "reset-after-commit", "500", "bad-json"}},
    {"cxone-interaction-config",
     "postWrapUpCodes",
     {"429-no-header", "reset-after-commit", "500", "bad-json", "timeout"}},
    {"genesys-enforcement",
     "replaceQueueWrapupCodes",
     {"429-no-header", "reset-after-commit", "500"}},
    {"cxone", "createDispositions", {"429-no-header", "reset-after-commit", "500", "bad-json"}},
};

START_TEST(a_fault_changes_nothing)
{
    struct stage g;
    struct err err = {0};
    struct apply_result result;
    const struct apply_options o = {.parallel = 1};
    set_up(&g, cases[_i].profile, NULL);
    ck_assert_msg(apply_all(&g, &o, &result, &err), "%s: %s", cases[_i].profile, err.msg);
    size_t done = result.done;
    struct str clean = state_of(&g);
    ck_assert_uint_gt(done, 0);
    for (size_t i = 0; cases[_i].presets[i]; i++) {
        struct stage f;
        set_up(&f, cases[_i].profile, NULL);
        add_fault(&f, cases[_i].presets[i], cases[_i].operation);
        bool is_well = apply_all(&f, &o, &result, &err);
        ck_assert_msg(is_well, "%s %s %s: %s", cases[_i].profile, cases[_i].operation,
                      cases[_i].presets[i], err.msg);
        ck_assert_uint_eq(result.done + result.there, done);
        struct str state = state_of(&f);
        for (int k = 0; k < 10 && !str_eq(state, clean); k++) { /* lists that lag catch up */
            client_pause(f.client, 500);
            state = state_of(&f);
        }
        ck_assert_msg(str_eq(state, clean), "%s %s: %.*s instead of %.*s", cases[_i].profile,
                      cases[_i].presets[i], STR_ARG(state), STR_ARG(clean));
        tear_down(&f);
    }
    tear_down(&g);
}
END_TEST

/* Somebody else sets the same member between our read and our write: theirs stays, and it is said. */
START_TEST(a_real_conflict_is_told)
{
    struct stage g;
    struct err err = {0};
    struct client_write w = {0};
    const struct json_doc *docs[3];
    set_up(&g, "genesys-definitions", NULL);
    const struct resource *r = contract_resource(g.contract, STR("definition"));
    ck_assert(json_parse(&docs[0], &g.arena, STR("a"), STR("{\"displayName\":\"theirs\"}"), NULL,
                         NULL, &err));
    ck_assert(json_parse(&docs[1], &g.arena, STR("b"), STR("{\"displayName\":\"ours\"}"), NULL,
                         NULL, &err));
    ck_assert(json_parse(&docs[2], &g.arena, STR("c"), STR("{\"description\":\"ours\"}"), NULL,
                         NULL, &err));
    w.op = contract_operation(g.contract, STR("changeDefinition"));
    w.resource = r;
    w.id = STR("45aaba2a-c761-4ad8-a9af-e4cb50f988e7");
    struct json before;
    ck_assert(client_read(g.client, &g.arena, r, w.id, &before, NULL, &err));
    struct client_write theirs = w, ours = w, other = w;
    theirs.set = json_root(docs[0]);
    ck_assert_msg(client_change(g.client, &g.arena, &theirs, &err), "%s", err.msg);
    ours.set = json_root(docs[1]);
    ours.base = before;
    ck_assert(!client_change(g.client, &g.arena, &ours, &err));
    ck_assert_int_eq(ours.end, WRITE_CONFLICT);
    ck_assert_msg(strstr(err.msg, "displayName") && strstr(err.msg, "theirs"), "%s", err.msg);
    other.set = json_root(docs[2]); /* another member: both stay */
    other.base = before;
    ck_assert_msg(client_change(g.client, &g.arena, &other, &err), "%s", err.msg);
    struct json now;
    ck_assert(client_read(g.client, &g.arena, r, w.id, &now, NULL, &err));
    ck_assert(str_eq(json_str_or(json_get(now, STR("displayName")), STR("")), STR("theirs")));
    ck_assert(str_eq(json_str_or(json_get(now, STR("description")), STR("")), STR("ours")));
    tear_down(&g);
}
END_TEST

/* A plan of a tenant that has moved on since: nothing is sent. */
START_TEST(a_plan_that_is_out_of_date)
{
    static const char text[] =
        "{\"format\":1,\"kind\":\"plan\",\"profile\":\"genesys-definitions\",\"tenant\":\"acme\","
        "\"from\":[\"x\"],\"expects\":[{\"resource\":\"definition\","
        "\"id\":\"45aaba2a-c761-4ad8-a9af-e4cb50f988e7\",\"name\":\"Sale closed\","
        "\"version\":\"99\",\"fingerprint\":\"0123456789abcdef\"}],\"steps\":[{\"does\":\"change\","
        "\"resource\":\"definition\",\"id\":\"45aaba2a-c761-4ad8-a9af-e4cb50f988e7\","
        "\"operation\":\"changeDefinition\",\"path\":{\"id\":"
        "\"45aaba2a-c761-4ad8-a9af-e4cb50f988e7\"},\"query\":{\"version\":\"99\"},"
        "\"body\":{\"displayName\":\"x\"},\"expects\":[0],\"changes\":[{\"field\":\"displayName\","
        "\"from\":\"Sale closed\",\"to\":\"x\"}]}]}";
    struct stage g;
    struct err err = {0};
    struct apply_result result;
    const struct apply_options o = {.parallel = 1};
    set_up(&g, "genesys-definitions", text);
    ck_assert(!apply_all(&g, &o, &result, &err));
    ck_assert_msg(strstr(err.msg, "the tenant has moved on") != NULL, "%s", err.msg);
    ck_assert_uint_eq(result.done, 0);
    tear_down(&g);
}
END_TEST

enum { MANY = 60 };

static void put_many(struct buf *out)
{
    buf_put(out, STR("{\"profile\":\"genesys-cloud\",\"changes\":["));
    for (int i = 0; i < MANY; i++) {
        buf_printf(out,
                   "%s{\"create\":\"wrapupCode\",\"as\":\"c%d\",\"body\":{\"name\":\"Kill %d\"}},",
                   i ? "," : "", i, i);
        buf_printf(out,
                   "{\"call\":\"postRoutingQueueWrapupcodes\",\"path\":{\"queueId\":"
                   "\"3f5e7c0a-0000-4000-8000-000000000000\"},\"body\":[{\"id\":\"@c%d\"}]}",
                   i);
    }
    buf_put(out, STR("]}"));
}

/* The program is killed again and again, wherever it is; in the end each is there once. */
START_TEST(killed_and_resumed)
{
    struct stage g;
    struct err err = {0};
    struct buf text = {0}, queue = {0};
    char folder[] = "/tmp/rehearse-apply-XXXXXX", file[64], journal[72];
    const char *program = getenv("REHEARSE");
    set_up(&g, "genesys-cloud", "");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/many.json", folder);
    (void)snprintf(journal, sizeof journal, "%s.journal", file);
    put_many(&text);
    /* the first queue of the tenant stands for the placeholder */
    struct client_found found;
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &g.arena, STR("q"), STR("{}"), NULL, NULL, &err));
    ck_assert(client_find(g.client, &g.arena, contract_resource(g.contract, STR("queue")),
                          json_root(doc), &found, &err));
    struct str rest = buf_str(&text), mark = STR("3f5e7c0a-0000-4000-8000-000000000000");
    for (size_t at; (at = str_find(rest, mark)) < rest.len;
         rest = str_slice(rest, at + mark.len, rest.len)) {
        buf_put(&queue, str_slice(rest, 0, at));
        buf_put(&queue, found.ids[0]);
    }
    buf_put(&queue, rest);
    ck_assert_msg(file_write(file, buf_str(&queue), 0600, &err), "%s", err.msg);
    setenv("REHEARSE_CLIENT_ID", "acme-admin", 1);
    setenv("REHEARSE_CLIENT_SECRET", "acme-admin-secret", 1);
    struct buf url = {0};
    buf_put(&url, mock_site_url(g.mock, 0));
    uint64_t seed = 11;
    int status = -1, kills = 0;
    for (int i = 0; i < 60 && status != 0; i++) {
        const char *argv[] = {program ? program : "build/debug/rehearse",
                              "apply",
                              "--yes",
                              "--no-check",
                              "--parallel",
                              i % 2 ? "4" : "1",
                              "--url",
                              buf_cstr(&url),
                              file,
                              i ? "--resume" : NULL,
                              NULL};
        pid_t pid = 0;
        posix_spawn_file_actions_t fa;
        posix_spawn_file_actions_init(&fa);
        posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
        ck_assert_int_eq(posix_spawn(&pid, argv[0], &fa, NULL, (char **)(uintptr_t)argv, environ),
                         0);
        posix_spawn_file_actions_destroy(&fa);
        if (i < 15) {
            usleep((useconds_t)(5000 + splitmix64(&seed) % 35000));
            kill(pid, SIGKILL);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        kills += WIFSIGNALED(status);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_gt(kills, 0);
    for (int i = 0; i < MANY; i++) {
        struct buf body = {0};
        buf_printf(&body, "{\"name\":\"Kill %d\"}", i);
        ck_assert(json_parse(&doc, &g.arena, STR("b"), str_copy(&g.arena, buf_str(&body)), NULL,
                             NULL, &err));
        ck_assert(client_find(g.client, &g.arena, contract_resource(g.contract, STR("wrapupCode")),
                              json_root(doc), &found, &err));
        ck_assert_msg(found.n == 1, "%s: %zu", buf_cstr(&body), found.n);
        buf_done(&body);
    }
    unlink(file);
    unlink(journal);
    rmdir(folder);
    buf_done(&text);
    buf_done(&queue);
    buf_done(&url);
    tear_down(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("apply");
    TCase *c = tcase_create("apply");
    tcase_set_timeout(c, 240);
    tcase_add_loop_test(c, a_fault_changes_nothing, 0, sizeof cases / sizeof *cases);
    tcase_add_test(c, a_real_conflict_is_told);
    tcase_add_test(c, a_plan_that_is_out_of_date);
    tcase_add_test(c, killed_and_resumed);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
