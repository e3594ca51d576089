/* What runs stand on: made once. */
#include "replay/faster.h"
#include "replay/run_int.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct str names[] = {
    [RUN_SEAL_USER] = STR_INIT("user"),   [RUN_SEAL_ROOT] = STR_INIT("root"),
    [RUN_SEAL_PROXY] = STR_INIT("proxy"), [RUN_SEAL_BASE_URL] = STR_INIT("base-url"),
    [RUN_SEAL_AUTO] = STR_INIT("auto"),
};

struct str run_seal_name(enum run_seal seal)
{
    return names[seal];
}

bool run_seal_named(enum run_seal *out, struct str name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(names[i], name)) {
            *out = (enum run_seal)i;
            return true;
        }
    }
    return false;
}

/* The best seal that can be had, or the one that was asked for and nothing else. */
static bool choose_seal(struct run_ground *g, enum run_seal wanted, struct err *err)
{
    struct err why = {0};
    g->seal = wanted;
    if (wanted == RUN_SEAL_USER || wanted == RUN_SEAL_ROOT) {
        return seal_probe(wanted == RUN_SEAL_ROOT ? SEAL_ROOT : SEAL_USER, err);
    }
    if (wanted != RUN_SEAL_AUTO) {
        return true;
    }
    g->seal = RUN_SEAL_USER;
    if (seal_probe(SEAL_USER, &why)) {
        return true;
    }
    g->why = str_copy(&g->arena, str_of(why.msg));
    g->seal = geteuid() == 0 && seal_probe(SEAL_ROOT, NULL) ? RUN_SEAL_ROOT : RUN_SEAL_PROXY;
    return true;
}

static bool make_folder(struct run_ground *g, struct err *err)
{
    const char *where = getenv("TMPDIR");
    int n = snprintf(g->folder, sizeof g->folder, "%s/rehearse-run-XXXXXX",
                     where && *where == '/' ? where : "/tmp");
    if (n < 0 || (size_t)n >= sizeof g->folder || !mkdtemp(g->folder)) {
        int sys = errno;
        g->folder[0] = '\0';
        return err_sys(err, sys, "no temporary folder is to be had (TMPDIR)");
    }
    return true;
}

static bool make_trust(struct run_ground *g, struct err *err)
{
    struct buf pem;
    if (!make_folder(g, err) || !mock_authority_make(g->folder, err)) {
        return false;
    }
    buf_init(&pem, &g->arena);
    buf_printf(&pem, "%s/authority.pem", g->folder);
    return trust_make(&g->trust, &g->arena, g->folder, buf_cstr(&pem), err);
}

static bool make_faster(struct run_ground *g, const struct run_ground_options *o, struct err *err)
{
    g->speedup = o->speedup > 1 ? o->speedup : 0;
    return g->speedup == 0 || faster_write(&g->preload, &g->arena, g->folder, err);
}

static bool open_sites(struct run_ground *g, const struct run_ground_options *o,
                       struct findings *fs, struct err *err)
{
    g->contracts = ARENA_ARRAY(&g->arena, o->n_profiles, struct contract *);
    g->tenants = ARENA_ARRAY(&g->arena, o->n_profiles, struct tenant *);
    g->states = ARENA_ARRAY(&g->arena, o->n_profiles, struct str);
    for (size_t i = 0; i < o->n_profiles; i++) {
        struct contract **c = &g->contracts[i];
        struct buf state;
        if (!contract_open(c, o->profiles[i], o->policies, o->n_policies, fs, err)) {
            return false;
        }
        g->n_sites++;
        const char *name =
            i == 0 && o->tenant ? o->tenant : str_cstr(&g->arena, (*c)->default_tenant);
        if (!tenant_open(&g->tenants[i], *c, name, fs, err)) {
            return false;
        }
        buf_init(&state, &g->arena);
        tenant_snapshot(&state, g->tenants[i]);
        g->states[i] = buf_str(&state);
    }
    return true;
}

/* Hosts that are allowed stand as a sink of their own, which takes everything. */
static struct mock_sink sink_of_allowed(struct run_ground *g, const struct run_ground_options *o)
{
    struct buf text;
    buf_init(&text, &g->arena);
    buf_put(&text, STR("{\"format\":1,\"sinks\":{\"allowed\":{\"hosts\":["));
    for (size_t i = 0; i < o->n_hosts; i++) {
        buf_put(&text, i ? STR(",") : STR(""));
        buf_put_json_string(&text, o->hosts[i]);
    }
    buf_put(&text, STR("],\"routes\":[{\"answers\":[{\"status\":200,\"body\":{}}]}]}}}"));
    return (struct mock_sink){STR("--allow-host"), buf_str(&text)};
}

static bool take_sinks(struct run_ground *g, const struct run_ground_options *o,
                       struct findings *fs, struct err *err)
{
    struct sink_rules *rules = NULL;
    g->sinks = ARENA_ARRAY(&g->arena, o->n_sinks + 1, struct mock_sink);
    g->n_sinks = o->n_sinks;
    for (size_t i = 0; i < o->n_sinks; i++) {
        g->sinks[i] = (struct mock_sink){str_copy(&g->arena, o->sinks[i].name),
                                         str_copy(&g->arena, o->sinks[i].text)};
    }
    if (o->n_hosts) {
        g->sinks[g->n_sinks++] = sink_of_allowed(g, o);
    }
    bool is_well = g->n_sinks == 0 || mock_read_sinks(&rules, g->sinks, g->n_sinks, fs, err);
    if (rules) {
        mock_drop_sinks(rules);
    }
    return is_well;
}

bool run_ground_open(struct run_ground **out, const struct run_ground_options *options,
                     struct findings *fs, struct err *err)
{
    struct run_ground *g = MEM_NEW(struct run_ground);
    arena_init(&g->arena, 0, 0);
    (void)pthread_mutex_init(&g->lock, NULL);
    if (!choose_seal(g, options->seal, err) || !open_sites(g, options, fs, err) ||
        !take_sinks(g, options, fs, err) || !make_trust(g, err) || !make_faster(g, options, err)) {
        run_ground_free(g);
        return false;
    }
    *out = g;
    return true;
}

/* The folder and what is in it: files, and folders of files. */
static void remove_folder(const char *path, unsigned depth)
{
    char name[512];
    DIR *folder = opendir(path);
    const struct dirent *e;
    while (folder && (e = readdir(folder))) {
        struct str file = str_of(e->d_name);
        if (str_eq(file, STR(".")) || str_eq(file, STR("..")) ||
            snprintf(name, sizeof name, "%s/%s", path, e->d_name) >= (int)sizeof name) {
            continue;
        }
        if (unlink(name) && depth > 0) {
            remove_folder(name, depth - 1);
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

void run_ground_free(struct run_ground *g)
{
    enum { DEPTH = 3 };
    if (!g) {
        return;
    }
    for (size_t i = 0; i < g->n_sites; i++) {
        tenant_free(g->tenants[i]);
        contract_free(g->contracts[i]);
    }
    if (g->folder[0]) {
        remove_folder(g->folder, DEPTH);
    }
    (void)pthread_mutex_destroy(&g->lock);
    arena_done(&g->arena);
    mem_free(g);
}

enum run_seal run_ground_seal(const struct run_ground *g)
{
    return g->seal;
}

struct str run_ground_why(const struct run_ground *g)
{
    return g->why;
}

size_t run_ground_site_count(const struct run_ground *g)
{
    return g->n_sites;
}

const struct contract *run_ground_contract(const struct run_ground *g, size_t site)
{
    return g->contracts[site];
}

struct str run_ground_state(const struct run_ground *g, size_t site)
{
    return g->states[site];
}
