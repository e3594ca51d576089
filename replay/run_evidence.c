#include "replay/run_evidence.h"

static bool parse(struct json *out, struct arena *a, const char *name, struct str text,
                  struct err *err)
{
    const struct json_doc *doc = NULL;
    if (!text.len) {
        return true;
    }
    bool is_read = json_parse(&doc, a, str_of(name), text, NULL, NULL, err);
    *out = is_read ? json_root(doc) : *out;
    return is_read;
}

/* Names of the rules that were never dealt; their number where they have none. */
static bool put_unmet(struct evidence *out, struct arena *a, const struct run_site *site,
                      struct err *err)
{
    struct json root = {0};
    if (!parse(&root, a, "faults", site->faults, err)) {
        return false;
    }
    struct json ids = json_get(root, STR("neverMet")), all = json_get(root, STR("faults"));
    struct str *names = ARENA_ARRAY(a, json_count(ids) + 1, struct str);
    size_t n = 0;
    for (struct json id = json_first(ids); json_exists(id); id = json_next(id)) {
        names[n] = json_source(id);
        for (struct json f = json_first(all); json_exists(f); f = json_next(f)) {
            bool is_it = json_eq(json_get(f, STR("id")), id);
            struct str name = json_str_or(json_get(f, STR("name")), STR(""));
            names[n] = is_it && name.len ? name : names[n];
        }
        n++;
    }
    out->unmet = names;
    out->n_unmet = n;
    return true;
}

static void put_hosts(struct evidence *out, struct arena *a, const struct run_result *r)
{
    struct str *names = ARENA_ARRAY(a, r->n_hosts + 1, struct str);
    size_t n = 0;
    for (size_t i = 0; i < r->n_hosts; i++) {
        if (!r->hosts[i].is_expected) {
            names[n++] = r->hosts[i].name;
        }
    }
    out->strange_hosts = names;
    out->n_strange_hosts = n;
}

bool run_evidence(struct evidence *out, struct arena *a, const struct run_result *r,
                  const struct run_result *clean, struct findings *fs, struct err *err)
{
    const struct contract **contracts = ARENA_ARRAY(a, r->n_sites + 1, const struct contract *);
    *out = (struct evidence){.has_secrets = true};
    for (size_t i = 0; i < r->n_sites; i++) {
        contracts[i] = r->sites[i].contract;
    }
    for (size_t i = 0; i < r->n_sites; i++) {
        if (!evidence_add(out, a, contracts, r->n_sites, STR("journal"), r->sites[i].journal, fs,
                          err)) {
            return false;
        }
    }
    out->end = (struct evidence_end){.is_known = !r->end.is_stopped,
                                     .is_timeout = r->end.is_timeout,
                                     .is_stopped = r->end.is_stopped,
                                     .exit_status = r->end.exit_status,
                                     .signal = r->end.signal};
    put_hosts(out, a, r);
    if (r->n_sites == 0) {
        return true;
    }
    out->contract = contracts[0];
    return put_unmet(out, a, &r->sites[0], err) &&
           parse(&out->before, a, "before", r->sites[0].before, err) &&
           parse(&out->after, a, "after", r->sites[0].after, err) &&
           (!clean || parse(&out->clean_after, a, "clean", clean->sites[0].after, err));
}
