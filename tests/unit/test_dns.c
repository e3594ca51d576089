/* Answers to look-ups, byte for byte, and messages that are none. */
#include "replay/dns.h"
#include "tests/unit/unit.h"

struct row {
    const char *about;
    struct str message;
    bool is_answered;
    const char *name;
    struct str want;
};

#define ID "\x12\x34"
#define ONE "\0\1\0\0\0\0\0\0"
#define NAME "\3API\7example\3com\0"

static const struct row rows[] = {
    {"an address", STR_INIT(ID "\1\0" ONE NAME "\0\1\0\1"), true, "api.example.com",
     STR_INIT(ID "\x85\x80\0\1\0\1\0\0\0\0" NAME "\0\1\0\1\xC0\x0C\0\1\0\1\0\0\0\1\0\4\x7F\0\0\1")},
    {"an address of IPv6: there is none", STR_INIT(ID "\1\0" ONE NAME "\0\x1C\0\1"), true,
     "api.example.com", STR_INIT(ID "\x85\x80\0\1\0\0\0\0\0\0" NAME "\0\x1C\0\1")},
    {"another class", STR_INIT(ID "\1\0" ONE NAME "\0\1\0\3"), true, "api.example.com",
     STR_INIT(ID "\x85\x80\0\1\0\0\0\0\0\0" NAME "\0\1\0\3")},
    {"the root", STR_INIT(ID "\0\0" ONE "\0\0\2\0\1"), true, "",
     STR_INIT(ID "\x84\x80\0\1\0\0\0\0\0\0\0\0\2\0\1")},
    {"what follows the question is left alone",
     STR_INIT(ID "\1\0\0\1\0\0\0\0\0\1" NAME "\0\x1C\0\1\0\0\x29\2\0\0\0\0\0\0\0"), true,
     "api.example.com", STR_INIT(ID "\x85\x80\0\1\0\0\0\0\0\0" NAME "\0\x1C\0\1")},
    {"an answer is no question", STR_INIT(ID "\x81\0" ONE NAME "\0\1\0\1"), false, "",
     STR_INIT("")},
    {"too short", STR_INIT(ID "\1\0\0\1\0\0\0\0\0"), false, "", STR_INIT("")},
    {"another operation", STR_INIT(ID "\x28\0" ONE NAME "\0\6\0\1"), true, "",
     STR_INIT(ID "\xAC\x84\0\0\0\0\0\0\0\0")},
    {"no question", STR_INIT(ID "\1\0\0\0\0\0\0\0\0\0"), true, "",
     STR_INIT(ID "\x85\x81\0\0\0\0\0\0\0\0")},
    {"two questions", STR_INIT(ID "\1\0\0\2\0\0\0\0\0\0" NAME "\0\1\0\1" NAME "\0\1\0\1"), true, "",
     STR_INIT(ID "\x85\x81\0\0\0\0\0\0\0\0")},
    {"a name that is cut off", STR_INIT(ID "\1\0" ONE "\7exam"), true, "",
     STR_INIT(ID "\x85\x81\0\0\0\0\0\0\0\0")},
    {"no type", STR_INIT(ID "\1\0" ONE NAME "\0\1\0"), true, "",
     STR_INIT(ID "\x85\x81\0\0\0\0\0\0\0\0")},
    {"a pointer in a question", STR_INIT(ID "\1\0" ONE "\xC0\x0C\0\1\0\1"), true, "",
     STR_INIT(ID "\x85\x81\0\0\0\0\0\0\0\0")},
};

START_TEST(messages)
{
    const struct row *r = &rows[_i];
    struct buf out = {0};
    char name[DNS_NAME_BYTES];
    ck_assert_msg(dns_answer(&out, name, r->message) == r->is_answered, "%s", r->about);
    ck_assert_msg(str_eq(str_of(name), str_of(r->name)), "%s: %s", r->about, name);
    ck_assert_msg(str_eq(buf_str(&out), r->want), "%s: %zu bytes", r->about, out.len);
    buf_done(&out);
}
END_TEST

/* 255 bytes of labels are a name, more are none. */
START_TEST(longest_name)
{
    struct buf m = {0}, out = {0};
    char name[DNS_NAME_BYTES];
    for (int labels = 3; labels <= 5; labels++) {
        buf_clear(&m);
        buf_clear(&out);
        buf_put(&m, STR(ID "\1\0" ONE));
        for (int i = 0; i < labels; i++) {
            buf_put_char(&m, i == 3 ? 61 : 63);
            for (int k = 0; k < (i == 3 ? 61 : 63); k++) {
                buf_put_char(&m, 'a');
            }
        }
        buf_put(&m, STR("\0\0\1\0\1"));
        ck_assert(dns_answer(&out, name, buf_str(&m)));
        ck_assert_int_eq(out.s[3] & 15, labels == 5);
        ck_assert_uint_eq(strlen(name), labels == 3 ? 191 : labels == 4 ? 253 : 0);
    }
    buf_done(&m);
    buf_done(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dns");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, messages, 0, sizeof rows / sizeof *rows);
    tcase_add_test(t, longest_name);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
