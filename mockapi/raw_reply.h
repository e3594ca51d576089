/* Answers that libmicrohttpd would never send: written to the socket as they are. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_RAW_REPLY_H
#define REHEARSE_MOCKAPI_RAW_REPLY_H

#include "mockapi/request.h"

struct MHD_Connection;

/* Sends the reply with chunked framing whose second chunk has no size. The connection is to be
 * closed afterwards. What the peer does not take at once is cut off. */
void raw_reply_bad_chunk(struct MHD_Connection *connection, const struct request *rq);

#endif
