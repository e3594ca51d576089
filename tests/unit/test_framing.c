/* Which addresses are this machine's, and the path of a request line. */
#include "mockapi/framing.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const struct address_row {
    const char *text;
    bool is_local;
} addresses[] = {
    {"127.0.0.1", true},        {"127.255.255.254", true},  {"::1", true},
    {"::ffff:127.0.0.1", true}, {"128.0.0.1", false},       {"126.255.255.255", false},
    {"0.0.0.0", false},         {"10.0.0.127", false},      {"::", false},
    {"::127.0.0.1", false},     {"::ffff:10.0.0.1", false}, {"fe80::1", false},
};

START_TEST(local_addresses)
{
    const struct address_row *r = &addresses[_i];
    struct sockaddr_storage at = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, r->text, &v4.sin_addr) == 1) {
        memcpy(&at, &v4, sizeof v4);
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, r->text, &v6.sin6_addr), 1);
        memcpy(&at, &v6, sizeof v6);
    }
    ck_assert_msg(framing_is_local((struct sockaddr *)&at) == r->is_local, "%s", r->text);
}
END_TEST

static const struct path_row {
    const char *uri, *path;
} paths[] = {
    {"/a?b=http://c/d", "/a?b=http://c/d"},
    {"http://host/a?b", "/a?b"},
    {"HTTPS://host:1/", "/"},
    {"http://host", "/"},
    {"http://", "/"},
    {"http:/", "http:/"},
    {"*", "*"},
    {"", ""},
};

START_TEST(request_lines)
{
    struct str path = framing_path(str_of(paths[_i].uri));
    ck_assert_msg(str_eq(path, str_of(paths[_i].path)), "%s: %.*s", paths[_i].uri, STR_ARG(path));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("framing");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, local_addresses, 0, sizeof addresses / sizeof *addresses);
    tcase_add_loop_test(t, request_lines, 0, sizeof paths / sizeof *paths);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
