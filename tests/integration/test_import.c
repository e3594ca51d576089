/* A tenant is served, imported, served again from the fixture, and imported again: the same
 * entities. For every profile. */
#include "replay/import.h"
#include "wire.h"

static const struct {
    const char *profile, *id, *secret, *key;
    struct import_also also;
} profiles[] = {
    {"genesys-cloud", "acme-admin", "acme-admin-secret", "imported-admin", {{0}, {0}}},
    {"cxone",
     "ACMEKEYOFADAADMIN000000000000000000000000000000000000",
     "ada-key-secret",
     "imported-key",
     {{0}, {0}}},
    {"genesys-lifecycle", "acme-admin", "acme-admin-secret", "imported-admin", {{0}, {0}}},
    {"genesys-definitions", "acme-admin", "acme-admin-secret", "imported-admin", {{0}, {0}}},
    {"genesys-enforcement",
     "acme-admin",
     "acme-admin-secret",
     "imported-admin",
     {STR_INIT("queue"), STR_INIT("633a50ee-e0f9-4038-ab8f-624fb804d820")}},
    {"genesys-provisioning", "acme-admin", "acme-admin-secret", "imported-admin", {{0}, {0}}},
    {"cxone-interaction-config", "acme-admin", "acme-admin-secret", "imported-admin", {{0}, {0}}},
};

struct reading {
    struct buf whole, bare; /* as a fixture; what was read, for comparing */
};

/* Serves the site and imports it twice: whole, and for comparing. */
static void read_site(struct reading *out, int i, struct mock_site site, const char *id,
                      const char *secret, bool keeps_personal)
{
    struct mock *mock = NULL;
    struct client *client = NULL;
    struct contract *c = contract_hold(site.contract);
    struct err err = {0};
    struct mock_options mo = {.n_threads = 1, .seed = 1, .admin_token = STR("test-admin")};
    struct import_count *counts = MEM_ARRAY(c->n_resources, struct import_count);
    struct import_options o = {.name = STR("twin"),
                               .at_us = INT64_C(1767600000000000),
                               .also = &profiles[i].also,
                               .n_also = profiles[i].also.id.len > 0,
                               .keeps_personal = keeps_personal};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_msg(mock_start(&mock, &mo, &site, 1, &err), "%s", err.msg);
    struct client_options co = {.url = mock_site_url(mock, 0),
                                .secrets = {.id = str_of(id), .secret = str_of(secret)}};
    ck_assert_msg(client_open(&client, c, &co, &err), "%s", err.msg);
    ck_assert_msg(import_tenant(&out->whole, counts, client, &o, &err), "%s: %s",
                  profiles[i].profile, err.msg);
    o.is_bare = true;
    ck_assert_msg(import_tenant(&out->bare, counts, client, &o, &err), "%s", err.msg);
    client_close(client);
    mock_stop(mock);
    contract_free(c);
    mem_free(counts);
}

static struct mock_site site_of(struct str text, const char *profile)
{
    struct mock_site site = wire_site(profile, "");
    struct arena a;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    tenant_free(site.tenant);
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert_msg(json_parse(&doc, &a, STR("twin"), text, NULL, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_load(&site.tenant, site.contract, json_root(doc), &fs, &err), "%s: %s",
                  profile, err.msg);
    arena_done(&a);
    return site;
}

/* Members in any order; which resource differs is told. */
static bool is_same(struct str first, struct str second)
{
    struct arena a;
    const struct json_doc *docs[2];
    bool is_same = true;
    arena_init(&a, 0, 0);
    ck_assert(json_parse(&docs[0], &a, STR("first"), first, NULL, NULL, NULL));
    ck_assert(json_parse(&docs[1], &a, STR("second"), second, NULL, NULL, NULL));
    struct json one = json_get(json_root(docs[0]), STR("resources")),
                two = json_get(json_root(docs[1]), STR("resources"));
    for (struct json m = json_first(one); json_exists(m); m = json_next(m)) {
        struct json other = json_get(two, json_key(m)), w = json_first(other);
        for (struct json v = json_first(m); json_exists(v); v = json_next(v), w = json_next(w)) {
            if (!json_exists(w) || !json_eq(v, w)) {
                fprintf(stderr, "%.*s\n%.*s\n", STR_ARG(json_source(v)),
                        json_exists(w) ? str_print_len(json_source(w)) : 0,
                        json_exists(w) ? json_source(w).s : "");
                is_same = false;
            }
        }
    }
    is_same = is_same && json_count(one) == json_count(two) && json_count(one) > 0;
    arena_done(&a);
    return is_same;
}

START_TEST(the_round_trip)
{
    struct reading first = {0}, second = {0};
    const char *profile = profiles[_i].profile;
    read_site(&first, _i, wire_site(profile, ""), profiles[_i].id, profiles[_i].secret, true);
    struct buf secret = {0};
    buf_printf(&secret, "%s-secret", profiles[_i].key);
    read_site(&second, _i, site_of(buf_str(&first.whole), profile), profiles[_i].key,
              buf_cstr(&secret), true);
    ck_assert_uint_gt(first.bare.len, 500);
    ck_assert_msg(is_same(buf_str(&first.bare), buf_str(&second.bare)), "%s", profile);
    buf_done(&secret);
    buf_done(&first.whole);
    buf_done(&first.bare);
    buf_done(&second.whole);
    buf_done(&second.bare);
}
END_TEST

/* Nothing of a person's is left, and what named the same person still does. */
START_TEST(people_are_replaced)
{
    static const char *const gone[] = {"ada.berg@acme.example", "Ada Berg", "ada@acme.example"};
    struct reading read = {0};
    read_site(&read, _i, wire_site(profiles[_i].profile, ""), profiles[_i].id, profiles[_i].secret,
              false);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        ck_assert_msg(str_find(buf_str(&read.whole), str_of(gone[i])) == read.whole.len, "%s: %s",
                      profiles[_i].profile, gone[i]);
    }
    ck_assert_uint_lt(str_find(buf_str(&read.whole), STR("agent-1@example.invalid")),
                      read.whole.len);
    struct mock_site again = site_of(buf_str(&read.whole), profiles[_i].profile);
    tenant_free(again.tenant);
    contract_free(again.contract);
    buf_done(&read.whole);
    buf_done(&read.bare);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import");
    TCase *c = tcase_create("import");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, the_round_trip, 0, sizeof profiles / sizeof *profiles);
    tcase_add_loop_test(c, people_are_replaced, 0, 2);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
