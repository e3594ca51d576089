/* Runs without a seal: the mock on free ports of this machine, and the program told of it by variables, as
 * a proxy or as addresses. It is not kept from the network, and the result says so. */
#include "replay/run_running.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { OURS_MAX = 16, OPEN_ENV_MAX = 64 };

static struct str text_of(struct arena *a, const char *format, ...) PRINTF(2, 3);
static struct str text_of(struct arena *a, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return str_copy(a, str_of(text));
}

/* Asked by the proxy's thread, for a CONNECT. */
static bool takes_connect(void *ctx, struct str host)
{
    struct running *r = ctx;
    return run_takes_host(r, r->mock, host, true);
}

static uint16_t port_of(struct str url)
{
    uint64_t port = 0;
    size_t at = url.len;
    while (at > 0 && url.s[at - 1] != ':') {
        at--;
    }
    return num_parse_u64(&port, str_slice(url, at, url.len), 1, UINT16_MAX) ? (uint16_t)port : 0;
}

/* "{url}", "{https_url}", "{port}" in a text of the user's. */
static char *fill_in(struct arena *a, const struct mock *mock, const char *text)
{
    struct buf out;
    struct str rest = str_of(text);
    const struct {
        struct str name, value;
    } words[] = {{STR("{url}"), mock_site_url(mock, 0)},
                 {STR("{https_url}"), mock_https_url(mock)},
                 {STR("{port}"), text_of(a, "%u", mock_port(mock))}};
    buf_init(&out, a);
    while (rest.len) {
        size_t i = 0;
        while (i < sizeof words / sizeof *words && !str_starts(rest, words[i].name)) {
            i++;
        }
        bool is_word = i < sizeof words / sizeof *words;
        buf_put(&out, is_word ? words[i].value : str_slice(rest, 0, 1));
        rest = str_slice(rest, is_word ? words[i].name.len : 1, rest.len);
    }
    (void)buf_cstr(&out);
    buf_reserve(&out, 1);
    return out.s;
}

static char **fill_in_all(struct arena *a, const struct mock *mock, char *const *texts)
{
    size_t n = 0;
    while (texts && texts[n]) {
        n++;
    }
    char **out = ARENA_ARRAY(a, n + 1, char *);
    for (size_t i = 0; i < n; i++) {
        out[i] = fill_in(a, mock, texts[i]);
    }
    return out;
}

struct list {
    struct arena *arena;
    char **at;
    size_t n;
};

static void add(struct list *l, char *const *others, const char *name, struct str value)
{
    struct buf text;
    struct str head = str_of(name);
    for (size_t i = 0; others && others[i]; i++) {
        struct str other = str_of(others[i]);
        if (str_eq(str_slice(other, 0, str_find_char(other, '=')), head)) {
            return; /* the user's wins */
        }
    }
    buf_init(&text, l->arena);
    buf_printf(&text, "%s=%.*s", name, STR_ARG(value));
    (void)buf_cstr(&text);
    l->at[l->n++] = text.s;
}

static void add_proxy(struct list *l, char *const *others, const struct trust *trust, uint16_t port)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"};
    struct str url = text_of(l->arena, "http://127.0.0.1:%u", (unsigned)port);
    struct buf java;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add(l, others, names[i], url);
    }
    add(l, others, "NODE_USE_ENV_PROXY", STR("1"));
    buf_init(&java, l->arena);
    buf_printf(&java,
               "-Djavax.net.ssl.trustStore=%.*s -Djavax.net.ssl.trustStorePassword=changeit "
               "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=%u -Dhttp.proxyHost=127.0.0.1 "
               "-Dhttp.proxyPort=%u",
               STR_ARG(trust->java_store), (unsigned)port, (unsigned)port);
    add(l, others, "JAVA_TOOL_OPTIONS", buf_str(&java));
}

bool run_open_prepare(struct running *r, struct findings *fs, struct err *err)
{
    struct arena *a = &r->result->arena;
    const struct run_spec *spec = r->spec;
    const struct run_ground *g = spec->ground;
    if (!run_start_mock(r, NULL, 0, fs, err)) {
        return false;
    }
    char *const *users = fill_in_all(a, r->mock, r->env);
    struct list ours = {a, ARENA_ARRAY(a, OURS_MAX + OPEN_ENV_MAX, char *), 0};
    for (size_t i = 0; i < OPEN_ENV_MAX - 1 && users[i]; i++) {
        ours.at[ours.n++] = users[i];
    }
    if (g->seal == RUN_SEAL_PROXY) {
        const struct proxy_options options = {.https_port = port_of(mock_https_url(r->mock)),
                                              .http_port = (uint16_t)mock_port(r->mock),
                                              .takes_host = takes_connect,
                                              .ctx = r};
        if (!proxy_start(&r->proxy, &options, err)) {
            return false;
        }
        add_proxy(&ours, users, &g->trust, proxy_port(r->proxy));
    } else {
        add(&ours, users, "REHEARSE_BASE_URL", mock_site_url(r->mock, 0));
        add(&ours, users, "REHEARSE_BASE_URL_HTTPS", mock_https_url(r->mock));
    }
    r->options.argv =
        g->seal == RUN_SEAL_BASE_URL ? fill_in_all(a, r->mock, spec->argv) : spec->argv;
    r->options.env = trust_environment(a, &g->trust, environ, ours.at);
    r->options.kind = SEAL_NONE;
    return seal_open(&r->seal, &r->options, err);
}
