/* The options of commands that speak to a tenant, and what they lead to. Private to cli/. */
#ifndef REHEARSE_CLI_CLIENT_WORDS_H
#define REHEARSE_CLI_CLIENT_WORDS_H

#include "cli/options.h"
#include "replay/replay.h"

struct client_words {
    const char *profile, *url, *token_url, *cacert, *credentials;
    struct option_list policies;
    uint64_t parallel, timeout_s, deadline_s, wait_max_s, seed;
};

/* Entries for a table of options; `at` is where the struct client_words stands. */
#define CLIENT_OPTIONS(at)                                                                         \
    {OPTION_TEXT, 'p',                                                                             \
     "profile",   (at) + offsetof(struct client_words, profile),                                   \
     "NAME",      "built-in profile or file (default: what the file says, else genesys-cloud)",    \
     0,           0},                                                                              \
        {OPTION_TEXT,                                                                              \
         'u',                                                                                      \
         "url",                                                                                    \
         (at) + offsetof(struct client_words, url),                                                \
         "URL",                                                                                    \
         "the tenant's API, as https://api.example.com; of a mock: as it says at start",           \
         0,                                                                                        \
         0},                                                                                       \
        {OPTION_TEXT, 0,                                                                           \
         "token-url", (at) + offsetof(struct client_words, token_url),                             \
         "URL",       "where tokens come from (default: as the profile says for that host)",       \
         0,           0},                                                                          \
        {OPTION_TEXT, 0,                                                                           \
         "cacert",    (at) + offsetof(struct client_words, cacert),                                \
         "FILE",      "trust these authorities (PEM); certificates are verified always",           \
         0,           0},                                                                          \
        {OPTION_TEXT,                                                                              \
         0,                                                                                        \
         "credentials",                                                                            \
         (at) + offsetof(struct client_words, credentials),                                        \
         "FILE",                                                                                   \
         "JSON with clientId, clientSecret, user, password, scope; mode 0600 (default: "           \
         "REHEARSE_CLIENT_ID, REHEARSE_CLIENT_SECRET, REHEARSE_USER, REHEARSE_PASSWORD, "          \
         "REHEARSE_SCOPE)",                                                                        \
         0,                                                                                        \
         0},                                                                                       \
        {OPTION_LIST,                                                                              \
         0,                                                                                        \
         "policy",                                                                                 \
         (at) + offsetof(struct client_words, policies),                                           \
         "NAME=VALUE",                                                                             \
         "choose another answer to what the vendor's sources leave open; may be repeated",         \
         0,                                                                                        \
         0},                                                                                       \
        {OPTION_COUNT,                                                                             \
         0,                                                                                        \
         "timeout",                                                                                \
         (at) + offsetof(struct client_words, timeout_s),                                          \
         "S",                                                                                      \
         "seconds for one try of a request (default: 30)",                                         \
         1,                                                                                        \
         3600},                                                                                    \
        {OPTION_COUNT,                                                                             \
         0,                                                                                        \
         "deadline",                                                                               \
         (at) + offsetof(struct client_words, deadline_s),                                         \
         "S",                                                                                      \
         "seconds for a request with all its tries (default: 300)",                                \
         1,                                                                                        \
         86400},                                                                                   \
        {OPTION_COUNT,                                                                             \
         0,                                                                                        \
         "max-wait",                                                                               \
         (at) + offsetof(struct client_words, wait_max_s),                                         \
         "S",                                                                                      \
         "longest Retry-After that is waited for (default: 120); a longer one is told",            \
         1,                                                                                        \
         86400},                                                                                   \
    {                                                                                              \
        OPTION_COUNT, 0, "seed", (at) + offsetof(struct client_words, seed), "N",                  \
            "seed of the waits between tries (default: drawn)", 0, UINT64_MAX                      \
    }

/* What is open for a command. */
struct client_session {
    struct arena arena;
    struct findings findings;
    struct contract *contract;
    struct client *client;
};
/* Opens the profile (`otherwise` where none is named), reads the credentials, opens the client. On
 * failure too client_session_close is to be called. */
CHECK bool client_session_open(struct client_session *out, const struct client_words *words,
                               const char *otherwise, struct err *err);
void client_session_close(struct client_session *s);

#endif
