/* Sends webhooks by libcurl, for the mock server. Private to cli/. */
#ifndef REHEARSE_CLI_HOOK_SENDER_H
#define REHEARSE_CLI_HOOK_SENDER_H

#include "mockapi/mockapi.h"
#include "replay/replay.h"

struct hook_sender {
    struct curl_lib lib; /* loaded with the first delivery */
};

/* mock_options.send: ctx is a struct hook_sender. Called from one thread. */
bool hook_send(void *ctx, const struct mock_post *post, int *out_status, struct err *err);
void hook_sender_done(struct hook_sender *s);

#endif
