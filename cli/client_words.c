#include "cli/client_words.h"

#include "cli/cli.h"

static bool open_contract(struct client_session *s, const struct client_words *w, const char *name,
                          struct err *err)
{
    struct policy_choice choices[OPTION_LIST_MAX];
    for (size_t i = 0; i < w->policies.n; i++) {
        struct str all = str_of(w->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        choices[i] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    if (!contract_open(&s->contract, name, choices, w->policies.n, &s->findings, err)) {
        cli_print_findings(stderr, &s->findings);
        return false;
    }
    return true;
}

bool client_session_open(struct client_session *out, const struct client_words *w,
                         const char *otherwise, struct err *err)
{
    struct client_options o = {.url = str_of(w->url),
                               .token_url = str_of(w->token_url),
                               .cacert = w->cacert,
                               .seed = w->seed,
                               .parallel = (unsigned)w->parallel,
                               .timeout_ms = (int64_t)w->timeout_s * 1000,
                               .deadline_ms = (int64_t)w->deadline_s * 1000,
                               .wait_max_ms = (int64_t)w->wait_max_s * 1000};
    *out = (struct client_session){0};
    arena_init(&out->arena, 0, 0);
    findings_init(&out->findings, &out->arena);
    if (!w->url) {
        return err_set(err, ERR_INPUT, "which tenant is not said: --url");
    }
    if (!o.seed) {
        random_secret(&o.seed, sizeof o.seed);
    }
    return open_contract(out, w, w->profile ? w->profile : otherwise, err) &&
           client_secrets_read(&o.secrets, &out->arena, w->credentials, err) &&
           client_open(&out->client, out->contract, &o, err);
}

void client_session_close(struct client_session *s)
{
    client_close(s->client);
    contract_free(s->contract);
    arena_done(&s->arena);
}
