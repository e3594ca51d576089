/* What is written for a sealed program's trust, and the variables that it gets. */
#include "mockapi/mockapi.h"
#include "replay/trust.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char folder[40], authority[100];
static struct trust trust;

static void setup(void)
{
    struct err err = {0};
    char made[64];
    arena_init(&arena, 0, 0);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-trust-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    (void)snprintf(made, sizeof made, "%s/made", folder);
    ck_assert_msg(mock_authority_make(made, &err), "%s", err.msg);
    (void)snprintf(authority, sizeof authority, "%s/authority.pem", made);
    ck_assert_msg(trust_make(&trust, &arena, folder, authority, &err), "%s", err.msg);
}

static void teardown(void)
{
    static const char *const files[] = {"made/authority.pem",
                                        "made/authority-key.pem",
                                        "made",
                                        "hosts",
                                        "empty",
                                        "resolv.conf",
                                        "nsswitch.conf",
                                        "bundle.pem",
                                        "certificates/rehearse.pem",
                                        "certificates",
                                        "trust.jks"};
    char path[100];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        ck_assert_msg(remove(path) == 0, "%s", path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    arena_done(&arena);
}

static const char *value_of(char *const *list, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; list[i]; i++) {
        if (strncmp(list[i], name, strlen(name)) == 0 && list[i][strlen(name)] == '=') {
            ck_assert_msg(!found, "%s stands there twice", name);
            found = list[i] + strlen(name) + 1;
        }
    }
    return found;
}

/* What was set before leads elsewhere and goes; what the user asks for wins. */
START_TEST(environment)
{
    char a[] = "SSL_CERT_FILE=/elsewhere", b[] = "https_proxy=http://proxy:3128",
         c[] = "HOME=/home/me", d[] = "NODE_EXTRA_CA_CERTS=/elsewhere",
         e[] = "GIT_SSL_CAINFO=/mine", f[] = "HOME=/tmp";
    char *base[] = {a, b, c, d, NULL}, *extra[] = {e, f, NULL};
    char **env = trust_environment(&arena, &trust, base, extra);
    ck_assert_str_eq(value_of(env, "SSL_CERT_FILE"), trust.bundle.s);
    ck_assert_str_eq(value_of(env, "NODE_EXTRA_CA_CERTS"), trust.authority.s);
    ck_assert_str_eq(value_of(env, "SSL_CERT_DIR"), trust.certificates.s);
    ck_assert_str_eq(value_of(env, "GIT_SSL_CAINFO"), "/mine");
    ck_assert_str_eq(value_of(env, "HOME"), "/tmp");
    ck_assert_ptr_null(value_of(env, "https_proxy"));
    ck_assert_ptr_nonnull(strstr(value_of(env, "JAVA_TOOL_OPTIONS"), trust.java_store.s));
    env = trust_environment(&arena, &trust, base, NULL);
    ck_assert_str_eq(value_of(env, "HOME"), "/home/me");
    ck_assert_str_eq(value_of(env, "GIT_SSL_CAINFO"), trust.bundle.s);
}
END_TEST

START_TEST(files)
{
    struct err err = {0};
    struct str bundle, pem, store, hosts;
    ck_assert(file_read(&pem, &arena, authority, 1 << 20, &err));
    ck_assert(file_read(&bundle, &arena, trust.bundle.s, 16 << 20, &err));
    ck_assert(str_ends(bundle, pem));
    ck_assert(file_read(&store, &arena, trust.java_store.s, 1 << 20, &err));
    ck_assert(str_starts(
        store,
        STR("\xFE\xED\xFE\xED\0\0\0\2\0\0\0\1\0\0\0\2\0\10rehearse\0\0\0\0\0\0\0\0\0\5X.509")));
    ck_assert(file_read(&hosts, &arena, trust.mounts[3].from, 4096, &err));
    ck_assert(str_starts(hosts, STR("127.0.0.1 localhost ")));
    for (size_t i = 0; i < trust.n_mounts; i++) {
        ck_assert_msg(access(trust.mounts[i].from, R_OK) == 0, "%s", trust.mounts[i].from);
    }
}
END_TEST

/* SHA-1 of the store of one byte, computed apart with another program. */
START_TEST(java_store)
{
    struct buf out = {0};
    struct err err = {0};
    static const char digest[] = "12de038d1b52ae6e8627bbeca50096f57e23cc42";
    char hex[41] = "";
    ck_assert_msg(java_store_put(&out, STR("\x30"), &err), "%s", err.msg);
    for (size_t i = 0; i < 20; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)(unsigned char)out.s[out.len - 20 + i]);
    }
    ck_assert_str_eq(hex, digest);
    buf_done(&out);
}
END_TEST

START_TEST(no_authority)
{
    struct err err = {0};
    struct trust t;
    ck_assert(!trust_make(&t, &arena, folder, "/no/such/file.pem", &err));
    ck_assert_int_eq(err.code, ERR_NOT_FOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, environment);
    tcase_add_test(t, files);
    tcase_add_test(t, java_store);
    tcase_add_test(t, no_authority);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
