#include "mockapi/framing.h"

#include "base/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { BAD = 400, EXPECTATION = 417, NOT_IMPLEMENTED = 501 };

void framing_refuse(struct request *rq, int status, struct str text)
{
    if (rq->framing_status == 0) {
        rq->framing_status = status;
        rq->framing_text = text;
    }
}

struct str framing_path(struct str uri)
{
    static const struct str schemes[] = {STR_INIT("http://"), STR_INIT("https://")};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct str head = str_slice(uri, 0, schemes[i].len);
        if (str_eq_fold(head, schemes[i])) {
            struct str rest = str_slice(uri, head.len, uri.len);
            struct str path = str_slice(rest, str_find_char(rest, '/'), rest.len);
            return path.len ? path : STR("/");
        }
    }
    return uri;
}

/* The header's fields: how many there are, and whether they all say the same. */
struct field {
    struct str value; /* of the first */
    size_t n;
    bool is_same;
};

static struct field find(const struct request *rq, struct str name)
{
    struct field found = {.is_same = true};
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (!str_eq_fold(rq->headers[i].name, name)) {
            continue;
        }
        struct str value = str_trim(rq->headers[i].value);
        found.value = found.n++ ? found.value : value;
        found.is_same = found.is_same && str_eq(found.value, value);
    }
    return found;
}

/* Two servers that see two ends of one body is how requests are smuggled: RFC 9112, 6.1 to 6.3. */
static bool check_length(struct request *rq, bool is_new)
{
    struct field length = find(rq, STR("Content-Length")),
                 coding = find(rq, STR("Transfer-Encoding"));
    if (length.n && coding.n) {
        framing_refuse(rq, BAD, STR("Content-Length and Transfer-Encoding exclude each other."));
    } else if (!length.is_same) {
        framing_refuse(rq, BAD, STR("There are several values of Content-Length."));
    } else if (coding.n && !is_new) {
        framing_refuse(rq, BAD, STR("HTTP/1.0 has no Transfer-Encoding."));
    } else if (coding.n && (coding.n > 1 || !str_eq_fold(coding.value, STR("chunked")))) {
        framing_refuse(rq, NOT_IMPLEMENTED, STR("Transfer-Encoding is chunked or absent here."));
    } else {
        return false;
    }
    return true;
}

static bool check_expect(struct request *rq)
{
    struct field expect = find(rq, STR("Expect"));
    bool is_known =
        expect.n == 0 || (expect.is_same && str_eq_fold(expect.value, STR("100-continue")));
    if (!is_known) {
        framing_refuse(rq, EXPECTATION, STR("Expect says something else than 100-continue."));
    }
    return !is_known;
}

bool framing_check(struct request *rq, struct str version)
{
    bool is_new = str_eq(version, STR("HTTP/1.1"));
    struct field host = find(rq, STR("Host"));
    bool is_unreadable = check_length(rq, is_new);
    bool is_unexpected = check_expect(rq);
    if (host.n > 1 || (host.n == 0 && is_new)) {
        framing_refuse(rq, BAD, STR("HTTP/1.1 wants one Host."));
    }
    return is_unreadable || is_unexpected;
}

bool framing_is_local(const struct sockaddr *address)
{
    enum { LOOPBACK_NET = 127 };
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == LOOPBACK_NET;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        const unsigned char *b = v6.sin6_addr.s6_addr;
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && b[12] == LOOPBACK_NET);
    }
    return address->sa_family == AF_UNIX;
}
