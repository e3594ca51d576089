/* Conduct rules over made journals: for each rule a client that keeps it, one that breaks it, and edges. A line a
 * request: "MS METHOD URI STATUS word=value…":
 *   t token · give the token that is given · for its lifetime · retry Retry-After · case · fault · lost · body · reply
 *   during broken off in its body · spoilt what became of the body · key Idempotency-Key · match If-Match · ms how long it took · bad a wrong certificate · hand a handshake */
#include "replay/replay.h"

#include "tests/unit/unit.h"

static const struct contract *contracts[3];
static struct arena arena;
static struct findings findings;
static struct err err;

static void setup(void)
{
    static const char *const names[] = {"genesys-cloud", "genesys-lifecycle",
                                        "cxone-interaction-config"};
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct contract *c = NULL;
        ck_assert_msg(contract_open(&c, names[i], NULL, 0, &findings, &err), "%s", err.msg);
        contracts[i] = c;
    }
}

static void teardown(void)
{
    for (size_t i = 0; i < sizeof contracts / sizeof *contracts; i++) {
        contract_free((struct contract *)(uintptr_t)contracts[i]);
    }
    arena_done(&arena);
}

static struct str word(struct str line, const char *name)
{
    struct str rest = line, part, key;
    while (rest.len && str_cut(&rest, ' ', &part)) {
        if (str_cut(&part, '=', &key) && str_eq(key, str_of(name)) && part.s) {
            return part;
        }
    }
    return STR("");
}

static void put_header(struct buf *b, const char *name, const char *scheme, struct str value)
{
    if (value.len) {
        buf_printf(b, "%s{\"name\":\"%s\",\"value\":\"%s%.*s\"}",
                   b->s[b->len - 1] == '[' ? "" : ",", name, scheme, STR_ARG(value));
    }
}

static void put_body(struct buf *b, struct str text)
{
    buf_put(b, STR("],\"contentType\":\"application/json\",\"body\":"));
    buf_put_json_string(b, text);
}

static void put_line(struct buf *b, struct str line, size_t number)
{
    struct str rest = line, ms, method, uri, status;
    int64_t at_ms = 0, took = 1;
    ck_assert(str_cut(&rest, ' ', &ms) && str_cut(&rest, ' ', &method) &&
              str_cut(&rest, ' ', &uri));
    (void)str_cut(&rest, ' ', &status);
    ck_assert(num_parse_i64(&at_ms, ms, 0, INT32_MAX));
    struct str path = str_slice(uri, 0, str_find_char(uri, '?')), took_text = word(rest, "ms");
    if (took_text.len) {
        ck_assert(num_parse_i64(&took, took_text, 0, INT32_MAX));
    }
    buf_printf(b, "{\"number\":%zu,\"at\":\"", number);
    date_put(b, INT64_C(1767225600000000) + at_ms * US_PER_MS, 6);
    struct str site = word(rest, "site"), fault = word(rest, "fault"), name = word(rest, "case");
    buf_printf(b,
               "\",\"site\":\"%.*s\",\"method\":\"%.*s\",\"path\":\"%.*s\",\"uri\":\"%.*s\","
               "\"client\":\"c\",\"case\":\"%.*s\",\"status\":%.*s,\"latencyUs\":%lld",
               STR_ARG(site.len ? site : STR("genesys-cloud")), STR_ARG(method), STR_ARG(path),
               STR_ARG(uri), STR_ARG(name), STR_ARG(status), (long long)(took * US_PER_MS));
    if (word(rest, "bad").len) {
        buf_put(b, STR(",\"badCertificate\":true"));
    }
    if (word(rest, "hand").len) {
        buf_put(b, STR(",\"handshake\":true"));
    }
    if (fault.len) {
        struct str spoilt = word(rest, "spoilt");
        buf_printf(b, ",\"fault\":{\"id\":1,\"name\":\"%.*s\"%s%s%.*s%s}", STR_ARG(fault),
                   word(rest, "lost").len     ? ",\"close\":\"after\""
                   : word(rest, "during").len ? ",\"close\":\"during\""
                                              : "",
                   spoilt.len ? ",\"body\":\"" : "", STR_ARG(spoilt), spoilt.len ? "\"" : "");
    }
    buf_put(b, STR(",\"request\":{\"headers\":["));
    put_header(b, "Authorization", "Bearer ", word(rest, "t"));
    put_header(b, "Authorization", "Basic ", word(rest, "basic"));
    put_header(b, "Idempotency-Key", "", word(rest, "key"));
    put_header(b, "If-Match", "", word(rest, "match"));
    put_body(b, word(rest, "body"));
    buf_put(b, STR("},\"response\":{\"headers\":["));
    put_header(b, "Retry-After", "", word(rest, "retry"));
    struct buf reply;
    buf_init(&reply, &arena);
    buf_put(&reply, word(rest, "reply"));
    if (word(rest, "give").len) {
        struct str lifetime = word(rest, "for");
        buf_printf(&reply, "{\"access_token\":\"%.*s\",\"expires_in\":%.*s}",
                   STR_ARG(word(rest, "give")), STR_ARG(lifetime.len ? lifetime : STR("86400")));
    }
    put_body(b, buf_str(&reply));
    buf_put(b, STR("}}\n"));
}

#define CODES "/api/v2/routing/wrapupcodes"
#define ONE "/api/v2/routing/queues/7"
#define USER "/api/v2/users/7"
#define TOKEN(ms, name)                                                                            \
    ms " POST /oauth/token 200 basic=abc body=grant_type=client_credentials give=" name "\n"
#define GET(ms, rest) ms " GET " CODES " " rest "\n"
#define POST(ms, rest) ms " POST " CODES " " rest " body={\"name\":\"A\"}\n"

static const struct {
    const char *rule, *text;
    enum judged wanted;
    int exit_status; /* -1: not known */
} rows[] = {
    /* C101 */
    {"C101", TOKEN("0", "AAAAAAAAA") GET("10", "200 t=AAAAAAAAA") GET("20", "200 t=AAAAAAAAA"),
     JUDGED_HELD, 0},
    {"C101",
     TOKEN("0", "AAAAAAAAA") GET("10", "200 t=AAAAAAAAA") TOKEN("20", "BBBBBBBBB")
         GET("30", "200 t=BBBBBBBBB"),
     JUDGED_BROKEN, 0},
    {"C101",
     TOKEN("0", "AAAAAAAAA") GET("10", "401 t=AAAAAAAAA case=auth") TOKEN("20", "BBBBBBBBB")
         GET("30", "200 t=BBBBBBBBB"),
     JUDGED_HELD, 0},
    {"C101",
     "0 POST /oauth/token 200 basic=abc give=AAAAAAAAA for=300\n" GET("1000", "200 t=AAAAAAAAA")
         TOKEN("2000", "BBBBBBBBB") GET("3000", "200 t=BBBBBBBBB"),
     JUDGED_HELD, 0},
    {"C101", TOKEN("0", "AAAAAAAAA"), JUDGED_NOT_EXERCISED, 0},
    /* C102 */
    {"C102",
     GET("10", "401 t=AAAAAAAAA case=auth") TOKEN("20", "BBBBBBBBB") GET("30", "200 t=BBBBBBBBB"),
     JUDGED_HELD, 0},
    {"C102", GET("10", "401 t=AAAAAAAAA case=auth") GET("20", "401 t=AAAAAAAAA case=auth"),
     JUDGED_BROKEN, 0},
    {"C102", GET("10", "401 t=AAAAAAAAA case=auth"), JUDGED_BROKEN, 1},
    /* a second one behind a fresh token is final */
    {"C102",
     GET("10", "401 t=AAAAAAAAA case=auth") TOKEN("20", "BBBBBBBBB")
         GET("30", "401 t=BBBBBBBBB case=auth"),
     JUDGED_HELD, 1},
    {"C102", GET("10", "200 t=AAAAAAAAA"), JUDGED_NOT_EXERCISED, 0},
    /* two in flight at once: one refresh serves both */
    {"C102",
     GET("10", "401 t=AAAAAAAAA ms=20 case=auth") GET("12", "401 t=AAAAAAAAA ms=20 case=auth")
         TOKEN("40", "BBBBBBBBB") GET("50", "200 t=BBBBBBBBB"),
     JUDGED_HELD, 0},
    {"C102",
     GET("10", "401 t=A1 case=auth") TOKEN("11", "A2") GET("12", "401 t=A2 case=auth")
         TOKEN("13", "A3") GET("14", "401 t=A3 case=auth") TOKEN("15", "A4")
             GET("16", "401 t=A4 case=auth") TOKEN("17", "A5") GET("18", "200 t=A5"),
     JUDGED_BROKEN, 0},
    /* C103 */
    {"C103",
     "0 POST /oauth/token 200 basic=abc give=AAAAAAAAA for=2\n" GET("2500", "401 t=AAAAAAAAA"),
     JUDGED_BROKEN, 0},
    {"C103",
     "0 POST /oauth/token 200 basic=abc give=AAAAAAAAA for=2\n" TOKEN("1500", "BBBBBBBBB")
         GET("2500", "200 t=BBBBBBBBB"),
     JUDGED_HELD, 0},
    {"C103",
     "0 POST /oauth/token 200 basic=abc give=AAAAAAAAA for=2\n" GET("1500", "200 t=AAAAAAAAA"),
     JUDGED_NOT_EXERCISED, 0},
    /* C104 */
    {"C104", TOKEN("0", "AAAAAAAAA") GET("10", "200 t=AAAAAAAAA"), JUDGED_HELD, 0},
    {"C104", TOKEN("0", "AAAAAAAAA") "10 GET " CODES "?token=AAAAAAAAA 200\n", JUDGED_BROKEN, 0},
    {"C104", "0 POST /oauth/token?client_id=a&client_secret=b 200\n", JUDGED_BROKEN, 0},
    /* C201: the edge is the slack of 50 ms, from the end of the refusal */
    {"C201", GET("0", "429 t=A retry=2 case=rate") GET("2001", "200 t=A"), JUDGED_HELD, 0},
    {"C201", GET("0", "429 t=A retry=2 case=rate") GET("1952", "200 t=A"), JUDGED_HELD, 0},
    {"C201", GET("0", "429 t=A retry=2 case=rate") GET("1900", "200 t=A"), JUDGED_BROKEN, 0},
    {"C201",
     GET("0", "429 t=A retry=2 ms=50 case=rate") GET("20", "200 t=A ms=100") GET("2060", "200 t=A"),
     JUDGED_HELD, 0},
    {"C201", GET("0", "429 t=A retry=2 case=rate") GET("10", "200 t=B"), JUDGED_NOT_EXERCISED, 0},
    {"C201",
     GET("0", "429 t=A retry=Thu,\x01"
              "01\x01Jan\x01"
              "2026\x01"
              "00:00:03\x01GMT case=rate") GET("1000", "200 t=A"),
     JUDGED_BROKEN, 0},
    {"C201",
     GET("0", "429 t=A retry=Thu,\x01"
              "01\x01Jan\x01"
              "2026\x01"
              "00:00:03\x01GMT case=rate") GET("3001", "200 t=A"),
     JUDGED_HELD, 0},
    {"C201", GET("0", "429 t=A retry=-5 case=rate") GET("10", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    {"C201", GET("0", "429 t=A retry=soon case=rate") GET("10", "200 t=A"), JUDGED_NOT_EXERCISED,
     0},
    {"C201", GET("0", "429 t=A retry=99999999999999999999 case=rate") GET("10", "200 t=A"),
     JUDGED_NOT_EXERCISED, 0},
    {"C201", GET("0", "503 t=A retry=1") GET("400", "200 t=A"), JUDGED_BROKEN, 0},
    /* C202 */
    {"C202", GET("0", "429 t=A retry=1 case=rate") GET("1100", "200 t=A"), JUDGED_HELD, 0},
    {"C202", GET("0", "429 t=A retry=1 case=rate") "1100 GET " ONE " 200 t=A\n", JUDGED_BROKEN, 0},
    {"C202", GET("0", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    /* C203 */
    {"C203",
     GET("0", "503 t=A") GET("500", "503 t=A") GET("1600", "503 t=A") GET("3700", "200 t=A"),
     JUDGED_HELD, 0},
    {"C203", GET("0", "503 t=A") GET("5", "503 t=A") GET("10", "200 t=A"), JUDGED_BROKEN, 0},
    {"C203",
     GET("0", "503 t=A") GET("1000", "503 t=A") GET("2000", "503 t=A") GET("3000", "200 t=A"),
     JUDGED_BROKEN, 0},
    {"C203", GET("0", "503 t=A") GET("1000", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    /* C204: ten tries are well, eleven are not */
    {"C204",
     GET("0", "500 t=A") GET("1", "500 t=A") GET("2", "500 t=A") GET("3", "500 t=A")
         GET("4", "500 t=A") GET("5", "500 t=A") GET("6", "500 t=A") GET("7", "500 t=A")
             GET("8", "500 t=A") GET("9", "500 t=A"),
     JUDGED_HELD, 1},
    {"C204",
     GET("0", "500 t=A") GET("1", "500 t=A") GET("2", "500 t=A") GET("3", "500 t=A")
         GET("4", "500 t=A") GET("5", "500 t=A") GET("6", "500 t=A") GET("7", "500 t=A")
             GET("8", "500 t=A") GET("9", "500 t=A") GET("10", "500 t=A"),
     JUDGED_BROKEN, 1},
    /* C205 */
    {"C205", GET("0", "502 t=A") GET("900", "200 t=A"), JUDGED_HELD, 0},
    {"C205", GET("0", "200 t=A fault=x lost=1") GET("900", "200 t=A"), JUDGED_HELD, 0},
    {"C205", GET("0", "502 t=A"), JUDGED_BROKEN, 1},
    {"C205", POST("0", "502 t=A"), JUDGED_NOT_EXERCISED, 1},
    {"C205", "0 PUT " ONE " 200 t=A fault=x lost=1 body={}\n9 GET " ONE " 200 t=A\n", JUDGED_HELD,
     0},
    {"C205", "0 PUT " ONE " 200 t=A fault=x lost=1 body={}\n", JUDGED_BROKEN, 1},
    {"C205", GET("0", "200 t=A fault=x spoilt=bad-chunk reply={}"), JUDGED_BROKEN, 1},
    {"C205", GET("0", "200 t=A fault=x spoilt=bad-chunk reply={}") GET("900", "200 t=A"),
     JUDGED_HELD, 0},
    {"C205", "0 DELETE " ONE " 204 t=A fault=x spoilt=bad-chunk\n", JUDGED_NOT_EXERCISED, 0},
    {"C205", GET("0", "200 t=A fault=x spoilt=empty"), JUDGED_BROKEN, 1},
    {"C205", "0 DELETE " ONE " 204 t=A fault=x during=1\n", JUDGED_NOT_EXERCISED, 0},
    {"C205", GET("0", "200 t=A fault=x during=1 reply={}"), JUDGED_BROKEN, 1},
    {"C205", "0 PUT " ONE " 200 t=A fault=x spoilt=empty body={}\n", JUDGED_NOT_EXERCISED, 0},
    {"C205", GET("0", "500 t=A"), JUDGED_NOT_EXERCISED, 1},
    /* C206 */
    {"C206", POST("0", "400 t=A case=schema") POST("10", "400 t=A case=schema"), JUDGED_BROKEN, 1},
    {"C206", POST("0", "400 t=A case=schema"), JUDGED_HELD, 1},
    {"C206", "0 GET " ONE " 404 t=A\n10 GET " ONE " 200 t=A\n", JUDGED_HELD, 0},
    {"C206", POST("0", "400 t=A case=reference") "5 PUT " ONE " 200 t=A\n" POST("10", "200 t=A"),
     JUDGED_HELD, 0},
    /* C301 */
    {"C301", POST("0", "200 t=A fault=reset-after-commit lost=1") GET("10", "200 t=A"), JUDGED_HELD,
     0},
    {"C301",
     POST("0", "200 t=A fault=reset-after-commit lost=1") GET("10", "200 t=A")
         POST("20", "200 t=A"),
     JUDGED_HELD, 0},
    {"C301", POST("0", "200 t=A fault=reset-after-commit lost=1") POST("20", "409 t=A case=unique"),
     JUDGED_BROKEN, 0},
    {"C301",
     "0 POST " ONE "/wrapupcodes 502 t=A body=[{}]\n9 POST " ONE "/wrapupcodes 200 t=A body=[{}]\n",
     JUDGED_NOT_EXERCISED, 0},
    {"C301",
     POST("0", "200 t=A fault=x spoilt=bad-chunk reply={}") POST("20", "409 t=A case=unique"),
     JUDGED_BROKEN, 0},
    {"C301", POST("0", "503 t=A retry=1") POST("1100", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    {"C301", POST("0", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    /* C303, C304 */
    {"C303",
     "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n10 GET " ONE " 200 t=A\n20 PUT " ONE
     " 200 t=A body={\"v\":2}\n",
     JUDGED_HELD, 0},
    {"C303",
     "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n20 PUT " ONE
     " 409 t=A case=version.stale body={\"v\":1}\n",
     JUDGED_BROKEN, 1},
    {"C303",
     "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n20 PUT " ONE
     " 200 t=A body={\"v\":2}\n",
     JUDGED_BROKEN, 0},
    {"C303",
     "0 PUT " ONE " 412 t=A match=a body={\"v\":1}\n10 GET " ONE " 200 t=A\n20 PUT " ONE
     " 200 t=A match=b body={\"v\":1}\n",
     JUDGED_HELD, 0},
    /* a read in between: it depends on the version that it shows */
    {"C303",
     "0 PATCH " USER " 409 t=A case=version.stale body={\"version\":1}\n10 GET " USER
     " 200 t=A reply={\"id\":\"7\",\"version\":1}\n20 PATCH " USER
     " 200 t=A body={\"version\":1}\n",
     JUDGED_HELD, 0},
    {"C303",
     "0 PATCH " USER " 409 t=A case=version.stale body={\"version\":1}\n10 GET " USER
     " 200 t=A reply={\"id\":\"7\",\"version\":2}\n20 PATCH " USER
     " 409 t=A case=version.stale body={\"version\":1}\n",
     JUDGED_BROKEN, 1},
    {"C303",
     "0 PATCH " USER
     " 409 t=A case=version.stale body={\"version\":1}\n10 GET /api/v2/users 200 t=A "
     "reply={\"entities\":[{\"id\":\"6\",\"version\":1},{\"id\":\"7\",\"version\":2}]}\n20 "
     "PATCH " USER " 409 t=A case=version.stale body={\"version\":1}\n",
     JUDGED_BROKEN, 1},
    {"C303", "0 PUT " ONE " 409 t=A case=unique\n", JUDGED_NOT_EXERCISED, 1},
    {"C304", "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n", JUDGED_BROKEN, 0},
    {"C304", "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n", JUDGED_HELD, 1},
    {"C304",
     "0 PUT " ONE " 409 t=A case=version.stale body={\"v\":1}\n9 PUT " ONE
     " 200 t=A fault=x lost=1 body={\"v\":2}\n20 GET " ONE " 200 t=A\n",
     JUDGED_HELD, 0},
    /* C401, C402 */
    {"C401",
     "0 GET " CODES
     "?pageSize=2&pageNumber=1 200 t=A reply={\"entities\":[1,2],\"total\":3,\"pageCount\":2}\n"
     "1 GET " CODES
     "?pageSize=2&pageNumber=2 200 t=A reply={\"entities\":[1],\"total\":3,\"pageCount\":2}\n",
     JUDGED_HELD, 0},
    {"C401",
     "0 GET " CODES
     "?pageSize=2&pageNumber=1 200 t=A reply={\"entities\":[1,2],\"total\":5,\"pageCount\":3}\n"
     "1 GET " CODES
     "?pageSize=2&pageNumber=2 200 t=A reply={\"entities\":[1,2],\"total\":5,\"pageCount\":3}\n",
     JUDGED_BROKEN, 0},
    {"C401",
     "0 GET " CODES "?pageSize=2 200 t=A reply={\"entities\":[1,2],\"total\":5,\"pageCount\":3}\n",
     JUDGED_NOT_EXERCISED, 0},
    {"C402", "0 GET " CODES "?pageSize=2 200 t=A reply={\"entities\":[1,2],\"total\":5}\n",
     JUDGED_HELD, 0},
    /* C403 */
    {"C403",
     POST("0", "200 t=A") "10 GET " CODES "/8 404 t=A fault=404-lag\n900 GET " CODES "/8 200 t=A\n",
     JUDGED_HELD, 0},
    {"C403", POST("0", "200 t=A") "10 GET " CODES "/8 404 t=A fault=404-lag\n", JUDGED_BROKEN, 0},
    {"C403", "10 GET " CODES "/8 404 t=A\n", JUDGED_NOT_EXERCISED, 0},
    /* what the client deleted is rightly not there, under its other path neither */
    {"C403",
     POST("0", "200 t=A") "5 DELETE " CODES "/8 200 t=A\n10 GET " CODES
                          "/divisionviews/8 404 t=A fault=404-lag\n",
     JUDGED_NOT_EXERCISED, 0},
    /* C501, C502 */
    {"C501", GET("0", "200 t=A"), JUDGED_HELD, 0},
    {"C501", "0 GET /api/v2/wrapup/codes 404 t=A\n", JUDGED_BROKEN, 0},
    {"C501", "0 GET " CODES "?pageSise=5 200 t=A\n", JUDGED_BROKEN, 0},
    {"C501", "0 GET " CODES "?pageSize=5&pageNumber=1&sortBy=name 200 t=A\n", JUDGED_HELD, 0},
    {"C501", "0 POST " CODES " 200 t=A body={\"name\":\"A\",\"colour\":\"red\"}\n", JUDGED_BROKEN,
     0},
    {"C502", POST("0", "200 t=A"), JUDGED_HELD, 0},
    {"C502", "0 POST " CODES " 400 t=A case=schema.length body={\"name\":\"\"}\n", JUDGED_BROKEN,
     1},
    {"C502", "0 POST " CODES " 422 t=A case=unique.batch body={\"name\":\"\"}\n", JUDGED_BROKEN, 1},
    {"C502", "0 POST " CODES " 400 t=A case=schema fault=422-item body={\"name\":\"A\"}\n",
     JUDGED_HELD, 1},
    /* C601, C701, C801 */
    {"C601", "0 X / 0 hand=1 fault=tls-expired\n", JUDGED_HELD, 1},
    {"C601", "0 X / 0 hand=1 fault=tls-expired\n1 GET " CODES " 200 t=A bad=1\n", JUDGED_BROKEN, 0},
    {"C601", GET("0", "200 t=A"), JUDGED_NOT_EXERCISED, 0},
    {"C701", POST("0", "500 t=A"), JUDGED_BROKEN, 0},
    {"C701", POST("0", "500 t=A"), JUDGED_HELD, 1},
    {"C701", POST("0", "500 t=A") POST("9", "200 t=A"), JUDGED_HELD, 0},
    {"C701", POST("0", "429 t=A") POST("9", "200 t=A fault=x lost=1") "20 GET " CODES " 200 t=A\n",
     JUDGED_HELD, 0},
    {"C701", POST("0", "200 t=A fault=x lost=1") POST("9", "429 t=A") "20 GET " CODES " 200 t=A\n",
     JUDGED_HELD, 0},
    {"C701", POST("0", "429 t=A") POST("9", "503 t=A"), JUDGED_BROKEN, 0},
    {"C701", POST("0", "500 t=A"), JUDGED_NOT_EXERCISED, -1},
    {"C801", GET("0", "200 t=A"), JUDGED_HELD, 0},
    {"C801", GET("0", "429 t=A case=rate"), JUDGED_BROKEN, 0},
    {"C801", GET("0", "429 t=A case=rate fault=429-burst"), JUDGED_HELD, 0},
};

static void judge_text(struct judgement *out, struct evidence *e, const char *text, int exit_status,
                       const struct judge_params *params)
{
    struct buf journal;
    struct str rest = str_of(text), line;
    size_t n = 0;
    buf_init(&journal, &arena);
    while (rest.len && str_cut(&rest, '\n', &line)) {
        put_line(&journal, line, ++n);
    }
    for (size_t i = 0; i < journal.len; i++) {
        journal.s[i] = journal.s[i] == '\x01' ? ' ' : journal.s[i];
    }
    ck_assert_msg(
        evidence_read(e, &arena, contracts, 3, STR("j"), buf_str(&journal), &findings, &err), "%s",
        err.msg);
    ck_assert_uint_eq(e->n, n);
    e->end = (struct evidence_end){.is_known = exit_status >= 0, .exit_status = exit_status};
    judge_run(out, &arena, e, params);
}

START_TEST(rule)
{
    const struct judge_params params = {.slack_us = 0};
    struct judgement j;
    struct evidence e;
    judge_text(&j, &e, rows[_i].text, rows[_i].exit_status, &params);
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct verdict *v = &j.verdicts[i];
        if (str_eq(v->rule->id, str_of(rows[_i].rule))) {
            ck_assert_msg(v->judged == rows[_i].wanted, "%s is %s, wanted %s in\n%s%.*s",
                          rows[_i].rule, judged_name(v->judged), judged_name(rows[_i].wanted),
                          rows[_i].text, STR_ARG(v->n_broken ? v->breaches[0].text : STR("")));
        }
    }
}
END_TEST

/* Somebody else sets a queue's description from "a" to "b" at 50 ms; there are no versions. */
START_TEST(lost_update)
{
    static const struct {
        const char *text;
        enum judged wanted;
    } cases[] = {
        /* read before, set back behind */
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         " 200 body={\"name\":\"n\",\"description\":\"a\"}\n",
         JUDGED_BROKEN},
        {"0 GET /api/v2/routing/queues 200 reply={\"entities\":[{\"id\":\"7\",\"description\":"
         "\"a\"}]}\n90 PUT " ONE " 200 body={\"description\":\"a\"}\n",
         JUDGED_BROKEN},
        /* written before the change, with the new value, with one of its own, without that member */
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n9 PUT " ONE
         " 200 body={\"description\":\"a\"}\n",
         JUDGED_NOT_EXERCISED},
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         " 200 body={\"description\":\"b\"}\n",
         JUDGED_HELD},
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         " 200 body={\"description\":\"c\"}\n",
         JUDGED_HELD},
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         " 200 body={\"name\":\"n\"}\n",
         JUDGED_HELD},
        /* read again behind the change, and meant so; never read; refused; another one */
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n70 GET " ONE
         " 200 reply={\"description\":\"b\"}\n90 PUT " ONE " 200 body={\"description\":\"a\"}\n",
         JUDGED_HELD},
        {"90 PUT " ONE " 200 body={\"description\":\"a\"}\n", JUDGED_NOT_EXERCISED},
        {"0 GET " ONE " 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         " 400 body={\"description\":\"a\"}\n",
         JUDGED_NOT_EXERCISED},
        {"0 GET " ONE "8 200 reply={\"description\":\"a\"}\n90 PUT " ONE
         "8 200 body={\"description\":\"a\"}\n",
         JUDGED_NOT_EXERCISED},
    };
    const struct judge_params params = {.slack_us = 0};
    const struct json_doc *before = NULL, *set = NULL;
    ck_assert(
        json_parse(&before, &arena, STR("b"), STR("{\"description\":\"a\"}"), NULL, NULL, &err));
    ck_assert(json_parse(&set, &arena, STR("s"), STR("{\"description\":\"b\"}"), NULL, NULL, &err));
    const struct other_change change = {.site = STR("genesys-cloud"),
                                        .path = STR(ONE),
                                        .at_us =
                                            INT64_C(1767225600000000) + INT64_C(50) * US_PER_MS,
                                        .before = json_root(before),
                                        .set = json_root(set)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judgement j;
        struct evidence e;
        judge_text(&j, &e, cases[i].text, 0, &params);
        e.others = &change;
        e.n_others = 1;
        judge_run(&j, &arena, &e, &params);
        for (size_t k = 0; k < CONDUCT_RULES; k++) {
            const struct verdict *v = &j.verdicts[k];
            ck_assert_msg(!str_eq(v->rule->id, STR("C303")) || v->judged == cases[i].wanted,
                          "%s: %s", judged_name(v->judged), cases[i].text);
        }
    }
}
END_TEST

START_TEST(every_rule_has_rows)
{
    for (size_t i = 0; i < CONDUCT_RULES; i++) {
        const struct conduct_rule *r = conduct_rule_at(i);
        ck_assert(r == conduct_rule_find(r->id) && r == conduct_rule_find(r->name));
        ck_assert(r->text.len && r->why.len && r->how.len);
        ck_assert(i == 0 || str_cmp(conduct_rule_at(i - 1)->id, r->id) < 0);
    }
    ck_assert_ptr_null(conduct_rule_at(CONDUCT_RULES));
    ck_assert_ptr_null(conduct_rule_find(STR("C999")));
}
END_TEST

START_TEST(switched_off)
{
    const struct str off = STR("C202"), why = STR("the job is best effort");
    const struct judge_params params = {.off = &off, .off_reasons = &why, .n_off = 1};
    struct judgement j;
    struct evidence e;
    judge_text(&j, &e, GET("0", "429 t=A retry=1 case=rate fault=x"), 1, &params);
    ck_assert_uint_eq(j.n_off, 1);
    ck_assert(j.is_well);
}
END_TEST

/* Every report of one judgement: whole, and the JSON reads back. */
START_TEST(reports)
{
    const struct judge_params params = {.slack_us = 0};
    const struct str strange = STR("evil<&>.example"), unmet = STR("429-burst \"x\"");
    struct judgement j;
    struct evidence e;
    struct buf out;
    const struct json_doc *doc = NULL;
    buf_init(&out, &arena);
    judge_text(&j, &e, GET("0", "429 t=A retry=1 case=rate fault=<b>") GET("5", "200 t=A"), 0,
               &params);
    e.strange_hosts = &strange;
    e.n_strange_hosts = 1;
    e.unmet = &unmet;
    e.n_unmet = 1;
    judge_run(&j, &arena, &e, &params);
    judgement_put_json(&out, &j, &e);
    ck_assert_msg(json_parse(&doc, &arena, STR("r"), buf_str(&out), NULL, &findings, &err), "%s",
                  err.msg);
    ck_assert_uint_eq(json_count(json_get(json_root(doc), STR("rules"))), CONDUCT_RULES);
    ck_assert_int_eq(json_i64_or(json_path(json_root(doc), STR("summary.broken")), -1), 2);
    void (*const others[])(struct buf *, const struct judgement *, const struct evidence *) = {
        judgement_put_junit, judgement_put_html, judgement_put_markdown};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        buf_clear(&out);
        others[i](&out, &j, &e);
        ck_assert_uint_gt(out.len, 200);
        ck_assert(str_find(buf_str(&out), STR("evil<&>")) == out.len);
        ck_assert(str_find(buf_str(&out), STR("fault <b>")) == out.len);
    }
    buf_clear(&out);
    judgement_put_text(&out, &j, &e, false, true);
    ck_assert(str_find(buf_str(&out), STR("\x1b")) == out.len);
    ck_assert(str_find(buf_str(&out), STR("not exercised C303")) < out.len);
}
END_TEST

START_TEST(bad_journals)
{
    static const char *const texts[] = {"{", "[1,2", "{\"a\":1}", "{\"number\":1}\n{\"x", "7"};
    struct evidence e;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool is_read =
            evidence_read(&e, &arena, contracts, 3, STR("j"), str_of(texts[i]), &findings, &err);
        ck_assert_msg(!is_read || e.n == 0, "%s", texts[i]);
    }
    ck_assert(evidence_read(&e, &arena, contracts, 3, STR("j"), STR(""), &findings, &err));
    ck_assert(
        evidence_read(&e, &arena, contracts, 3, STR("j"),
                      STR("{\"number\":1,\"fault\":7,\"request\":[],\"at\":9}\n{\"dropped\":3}\n"),
                      &findings, &err));
    ck_assert_uint_eq(e.n, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *tc = tcase_create("judge");
    tcase_add_unchecked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, rule, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tc, every_rule_has_rows);
    tcase_add_test(tc, lost_update);
    tcase_add_test(tc, switched_off);
    tcase_add_test(tc, reports);
    tcase_add_test(tc, bad_journals);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
