/* An answer by hand: head, a chunk that is well, one that is not. */
#include "mockapi/raw_reply.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <sys/socket.h>

enum { BODY_MAX = 16 << 10 }; /* of the first chunk: it is to fit into the socket's buffer */

static void put_header(struct buf *out, struct str name, struct str value)
{
    buf_put(out, name);
    buf_put(out, STR(": "));
    buf_put(out, value);
    buf_put(out, STR("\r\n"));
}

static void put_answer(struct buf *out, const struct request *rq)
{
    const struct reply *reply = &rq->reply;
    struct str body = buf_str(&reply->body);
    struct str half = str_slice(body, 0, body.len / 2 < BODY_MAX ? body.len / 2 : BODY_MAX);
    buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status,
               MHD_get_reason_phrase_for((unsigned)reply->status));
    for (size_t i = 0; i < reply->n_headers; i++) {
        put_header(out, reply->headers[i].name, reply->headers[i].value);
    }
    if (reply->content_type.len) {
        put_header(out, STR("Content-Type"), reply->content_type);
    }
    put_header(out, STR("Transfer-Encoding"), STR("chunked"));
    buf_put(out, STR("\r\n"));
    if (half.len) {
        buf_printf(out, "%zx\r\n", half.len);
        buf_put(out, half);
        buf_put(out, STR("\r\n"));
    }
    buf_put(out, STR("chunk\r\n"));
}

void raw_reply_bad_chunk(struct MHD_Connection *connection, const struct request *rq)
{
    const union MHD_ConnectionInfo *tls =
        rq->is_tls ? MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct buf text;
    buf_init(&text, rq->arena);
    put_answer(&text, rq);
    if (tls) {
        (void)gnutls_record_send(tls->tls_session, text.s, text.len);
    } else if (info) {
        (void)send(info->connect_fd, text.s, text.len, MSG_NOSIGNAL);
    }
}
