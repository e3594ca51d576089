/* The names that a sealed client looks up: every one is this machine, and every one is remembered, so
 * that "it also called X" is a fact and not a guess. Private to replay/. */
#ifndef REHEARSE_REPLAY_DNS_H
#define REHEARSE_REPLAY_DNS_H

#include "base/base.h"

enum { DNS_NAME_BYTES = 256, DNS_MESSAGE_MAX = 512, DNS_NAMES_MAX = 4096 };

/* Answers one message of RFC 1035: an A question gets 127.0.0.1, other questions get no records, so
 * that nobody waits. `name` is what was asked, lower case, without a last dot, "" where there was no
 * question. False: nothing is to be sent, it is not a query. Appends to `out`, at most DNS_MESSAGE_MAX
 * bytes. */
bool dns_answer(struct buf *out, char name[DNS_NAME_BYTES], struct str message);

struct dns;
/* Answers on the two sockets (UDP, and TCP that listens) in a thread of its own; takes them. */
CHECK bool dns_start(struct dns **out, int udp, int tcp, struct err *err);
/* Ends the thread, closes the sockets; the names stay. NULL is fine. */
void dns_stop(struct dns *d);
void dns_free(struct dns *d);
/* After dns_stop: the names in the order of their first question. Borrowed. */
size_t dns_name_count(const struct dns *d);
struct str dns_name_at(const struct dns *d, size_t i);

#endif
