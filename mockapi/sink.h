/* The sink: what clients send to other hosts (BI, CRM, WFM, analytics), taken below /__sink/NAME/… and kept
 * to be read. It answers 200 and {} unless rules (sink_rules.h) or
 * sink_answer say otherwise. Bounded. One lock inside; any thread. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_SINK_H
#define REHEARSE_MOCKAPI_SINK_H

#include "mockapi/sink_rules.h"

struct sink;

struct sink *sink_new(void);
void sink_free(struct sink *s);
/* Takes a request whose path is below /__sink, or whose host a rule names, and answers it. */
void sink_take(struct sink *s, struct request *rq, int64_t now_us);
/* Takes the rules, in the place of others. */
void sink_set_rules(struct sink *s, struct sink_rules *rules);
/* True if the rules name this host. */
bool sink_has_host(struct sink *s, struct str host);
/* {"posts": [{number, name, host, method, path, contentType, status, findings, body}], "dropped": n};
 * of one name, or of all where it is empty. */
void sink_put(struct buf *out, struct sink *s, struct str name);
size_t sink_count(struct sink *s, struct str name);
void sink_clear(struct sink *s);
/* The next `times` answers of that name (0: all from now on) have this status. */
void sink_answer(struct sink *s, struct str name, int status, int64_t times);

#endif
