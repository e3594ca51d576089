/* HTTP's own rules on a request (RFC 9110, RFC 9112), where libmicrohttpd leaves them to us. What is
 * refused here is answered in the vendor's envelope. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_FRAMING_H
#define REHEARSE_MOCKAPI_FRAMING_H

#include "mockapi/request.h"

struct sockaddr;

/* The first reason to refuse counts; `text` is borrowed. */
void framing_refuse(struct request *rq, int status, struct str text);
/* "http://host/path" is what clients of proxies say: the path alone, as text of `uri`. */
struct str framing_path(struct str uri);
/* With the headers: how the body is delimited, Host, Expect. `version` is the request line's. True
 * if the body must not be read, since where it ends is not known or it was never wanted. */
bool framing_check(struct request *rq, struct str version);
/* True if the address is of this machine: in 127.0.0.0/8, or ::1. */
bool framing_is_local(const struct sockaddr *address);

#endif
