/* The client over real sockets: every fault that it can meet, by preset, at a read, a listing and a
 * token; what comes out is what there is. */
#include "replay/client_list.h"
#include "wire.h"

struct fixture {
    struct mock *mock;
    struct contract *contract;
    struct client *client;
    struct arena arena;
};

static void set_up(struct fixture *f, const char *profile, const char *id, int64_t timeout_ms)
{
    struct err err = {0};
    struct findings fs;
    struct buf secret = {0};
    struct mock_site site = wire_site(profile, "");
    struct mock_options mo = {.n_threads = 2, .seed = 1, .admin_token = STR("test-admin")};
    signal(SIGPIPE, SIG_IGN);
    *f = (struct fixture){0};
    ck_assert_msg(mock_start(&f->mock, &mo, &site, 1, &err), "%s", err.msg);
    arena_init(&f->arena, 0, 0);
    findings_init(&fs, &f->arena);
    ck_assert(contract_open(&f->contract, profile, NULL, 0, &fs, &err));
    buf_printf(&secret, "%s", strncmp(id, "ACME", 4) == 0 ? "ada-key-secret" : "");
    if (!secret.len) {
        buf_printf(&secret, "%s-secret", id);
    }
    struct client_options o = {
        .url = mock_site_url(f->mock, 0),
        .secrets = {.id = str_of(id), .secret = str_copy(&f->arena, buf_str(&secret))},
        .seed = 7,
        .timeout_ms = timeout_ms};
    buf_done(&secret);
    ck_assert_msg(client_open(&f->client, f->contract, &o, &err), "%s", err.msg);
}

static void tear_down(struct fixture *f)
{
    client_close(f->client);
    mock_stop(f->mock);
    contract_free(f->contract);
    arena_done(&f->arena);
}

/* One rule: the preset at the operation, once. */
static void add_fault(struct fixture *f, const char *preset, const char *operation)
{
    struct buf text;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    buf_init(&text, &f->arena);
    findings_init(&fs, &f->arena);
    buf_printf(&text,
               "{\"faults\":[{\"when\":{\"operation\":\"%s\"},"
               "\"preset\":\"%s\"}]}",
               operation, preset);
    ck_assert_msg(json_parse(&doc, &f->arena, STR("faults"), buf_str(&text), NULL, &fs, &err), "%s",
                  err.msg);
    ck_assert_msg(mock_add_faults(f->mock, 0, json_root(doc), &fs, &err), "%s: %s", preset,
                  err.msg);
}

static bool count_item(struct json item, void *ctx)
{
    size_t *n = ctx;
    ck_assert_int_eq(json_kind(item), JSON_OBJECT);
    (*n)++;
    return true;
}

static size_t list_all(struct fixture *f, const char *resource, int64_t page_size, struct err *err)
{
    const struct resource *r = contract_resource(f->contract, str_of(resource));
    size_t n = 0;
    struct client_list list = {.op = client_list_operation(f->contract, r),
                               .page_size = page_size,
                               .each = count_item,
                               .ctx = &n};
    ck_assert_ptr_nonnull(list.op);
    return client_list(f->client, &list, err) ? n : 0;
}

/* Faults that pass: the listing is whole all the same. */
static const struct {
    const char *preset;
    unsigned requests; /* at least, of the listing and the token */
} passing[] = {
    {"429-burst", 5},
    {"429-date", 3},
    {"429-no-header", 3},
    {"429-one-token", 5},
    {"401-expired", 4},
    {"401-revoked", 4},
    {"500", 3},
    {"502", 3},
    {"504", 3},
    {"503-retry-after", 3},
    {"reset-before", 3},
    {"reset-during", 3},
    {"truncate", 3},
    {"bad-json", 3},
    {"html-error-page", 3},
    {"timeout", 3},
    {"bad-chunk", 3},
    {"empty-body", 3},
    {"wrong-content-type", 2},
    {"page-shift", 3},
    {"token-dies-midwalk", 5},
};

START_TEST(test_listing_is_whole)
{
    struct fixture f;
    struct err err = {0};
    set_up(&f, "genesys-cloud", "acme-admin", 1500);
    size_t whole = list_all(&f, "wrapupCode", 0, &err);
    ck_assert_msg(whole > 4, "%s", err.msg);
    uint64_t before = client_counts(f.client).requests;
    add_fault(&f, passing[_i].preset, "getRoutingWrapupcodes");
    int64_t size = whole / 2 + 1 > 100 ? 100 : (int64_t)whole / 2 + 1;
    size_t n = list_all(&f, "wrapupCode", size, &err);
    ck_assert_msg(n == whole, "%s: %zu of %zu: %s", passing[_i].preset, n, whole, err.msg);
    uint64_t sent = client_counts(f.client).requests - before + 1;
    ck_assert_msg(sent >= passing[_i].requests, "%s: %d requests", passing[_i].preset, (int)sent);
    tear_down(&f);
}
END_TEST

/* Every profile's style of paging, with pages as small as they go. */
static const struct {
    const char *profile, *client, *resource;
} styles[] = {
    {"genesys-cloud", "acme-admin", "queue"},
    {"genesys-definitions", "acme-admin", "definition"},
    {"genesys-provisioning", "acme-admin", "wrapupCode"},
    {"genesys-lifecycle", "acme-admin", "wrapupCode"},
    {"genesys-enforcement", "acme-admin", "wrapupCode"},
    {"cxone-interaction-config", "acme-admin", "wrapUpCode"},
    {"cxone", "ACMEKEYOFADAADMIN000000000000000000000000000000000000", "disposition"},
};

START_TEST(test_styles)
{
    struct fixture f;
    struct err err = {0};
    set_up(&f, styles[_i].profile, styles[_i].client, 0);
    const struct resource *r = contract_resource(f.contract, str_of(styles[_i].resource));
    size_t whole = list_all(&f, styles[_i].resource, 0, &err);
    ck_assert_msg(whole > 1, "%s: %s", styles[_i].profile, err.msg);
    ck_assert_uint_eq(list_all(&f, styles[_i].resource, 1, &err), whole);
    ck_assert_uint_eq(list_all(&f, styles[_i].resource, 3, &err), whole);
    ck_assert_uint_eq(client_counts(f.client).refreshes, 0);
    ck_assert_ptr_nonnull(r);
    tear_down(&f);
}
END_TEST

static const char *const token_faults[] = {"token-throttled", "500", "reset-before", "truncate",
                                           "empty-body"};

START_TEST(test_token_faults)
{
    struct fixture f;
    struct err err = {0};
    set_up(&f, "genesys-cloud", "acme-admin", 1500);
    add_fault(&f, token_faults[_i], "postOauthToken");
    ck_assert_msg(list_all(&f, "wrapupCode", 0, &err) > 0, "%s: %s", token_faults[_i], err.msg);
    tear_down(&f);
}
END_TEST

START_TEST(test_wrong_secret_is_told)
{
    struct fixture f;
    struct err err = {0};
    set_up(&f, "genesys-cloud", "acme-nobody", 0);
    ck_assert_uint_eq(list_all(&f, "wrapupCode", 0, &err), 0);
    ck_assert_msg(strstr(err.msg, "no token is to be had") != NULL, "%s", err.msg);
    ck_assert_ptr_null(strstr(err.msg, "acme-nobody-secret"));
    tear_down(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("client");
    TCase *t = tcase_create("client");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_listing_is_whole, 0, sizeof passing / sizeof *passing);
    tcase_add_loop_test(t, test_styles, 0, sizeof styles / sizeof *styles);
    tcase_add_loop_test(t, test_token_faults, 0, sizeof token_faults / sizeof *token_faults);
    tcase_add_test(t, test_wrong_secret_is_told);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
