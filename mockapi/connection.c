/* Whose a request is: the site by path or host, the session by host, token or port. */
#include "mockapi/connection.h"

#include "mockapi/sink.h"

enum { ADMIN_BODY_BYTES_MAX = 256 << 20 };
#define ADMIN_PATH STR("/__rehearse")
#define SINK_PATH STR("/__sink")

static bool is_below(struct str path, struct str prefix)
{
    return str_starts(path, prefix) &&
           (path.len == prefix.len || path.s[prefix.len] == '/' || prefix.len == 0);
}

/* The prefix of a site that the path has; s NULL: none. */
static struct str prefix_of(const struct site *s, struct str path)
{
    struct str found = is_below(path, s->prefix) ? s->prefix : (struct str){0};
    for (size_t i = 0; i < s->n_aliases; i++) {
        bool is_longer = !found.s || s->aliases[i].len > found.len;
        found = is_longer && is_below(path, s->aliases[i]) ? s->aliases[i] : found;
    }
    return found;
}

/* The site whose prefix the path has, the longest. Where none has, the one of the shortest prefix
 * says that. */
void connection_find_site(struct connection *c)
{
    struct request *rq = &c->request;
    const struct listener *l = c->listener;
    c->is_admin = is_below(rq->path, ADMIN_PATH);
    c->is_sink = is_below(rq->path, SINK_PATH);
    c->body_bytes_max = ADMIN_BODY_BYTES_MAX;
    c->site = NULL;
    struct str prefix = {0};
    for (size_t i = 0; !c->is_admin && i < l->n_sites; i++) {
        struct str own = prefix_of(l->sites[i], rq->path);
        if (own.s && (!prefix.s || own.len > prefix.len)) {
            prefix = own;
            c->site = l->sites[i];
        }
    }
    if (c->site && !c->is_sink) {
        rq->prefix = prefix;
        rq->path = str_slice(rq->path, rq->prefix.len, rq->path.len);
    } else if (!c->is_admin && !c->site) {
        c->site = l->sites[l->n_sites - 1];
        rq->outside_of = c->site->prefix;
    }
    if (c->site) {
        c->body_bytes_max = c->site->contract->body_bytes_max;
    }
}

/* Several profiles on one port: the one whose own host the client asks for, whatever its path here. */
static void choose_by_host(struct connection *c)
{
    struct request *rq = &c->request;
    const struct listener *l = c->listener;
    struct str host = request_header(rq, STR("Host"));
    host = str_slice(host, 0, str_find_char(host, ':'));
    for (size_t i = 0; i < l->n_sites && l->n_sites > 1; i++) {
        const struct contract *k = l->sites[i]->contract;
        for (size_t h = 0; h < k->n_hosts; h++) {
            if (host_is_named(k->hosts[h].host, host)) {
                c->site = l->sites[i];
                rq->path = str_slice(rq->uri, 0, str_find_char(rq->uri, '?'));
                rq->prefix = rq->outside_of = STR("");
                c->body_bytes_max = k->body_bytes_max;
                return;
            }
        }
    }
}

/* The request's headers are here: the session whose host name they say, or whose token they carry.
 * On a session's own port there is no other. */
void connection_choose(struct connection *c)
{
    struct request *rq = &c->request;
    struct sessions *all = c->listener->mock->sessions;
    if (!c->is_admin && !c->is_sink &&
        sink_has_host(c->listener->mock->admin.sink, request_header(rq, STR("Host")))) {
        c->is_sink = true;
        rq->path = str_slice(rq->uri, 0, str_find_char(rq->uri, '?'));
    }
    if (c->listener->session) {
        rq->site = c->is_admin ? c->listener->sites[0] : NULL;
        return;
    }
    if (!c->is_admin && !c->is_sink) {
        choose_by_host(c);
    }
    c->held = sessions_by_host(all, rq);
    if (c->is_admin) {
        rq->site = c->held;
        return;
    }
    if (c->held && session_parent(c->held->session) != c->site) {
        rq->path = str_slice(rq->uri, 0, str_find_char(rq->uri, '?'));
        rq->prefix = STR("");
        rq->outside_of = c->held->prefix;
    }
    if (!c->held) {
        c->held = sessions_by_token(all, c->site, rq);
    }
    c->site = c->held ? c->held : c->site;
}
