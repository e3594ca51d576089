/* Sending an answer: whole, packed, slowly, by half, as a stream, or not at all. */
#include "mockapi/coding.h"
#include "mockapi/connection.h"
#include "mockapi/raw_reply.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Ends the connection with a reset, as a failing network would. Disconnecting the socket sends it
 * now, before libmicrohttpd could say an orderly goodbye. */
static enum MHD_Result break_off(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (info) {
        (void)connect(info->connect_fd, &nowhere, sizeof nowhere);
    }
    return MHD_NO;
}

/* Half of the body, then an end that should not be there. */
static ssize_t half_body(void *cls, uint64_t at, char *out, size_t max)
{
    const struct reply *reply = cls;
    size_t half = reply->body.len / 2;
    if (at >= half) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = half - (size_t)at < max ? half - (size_t)at : max;
    memcpy(out, reply->body.s + at, n);
    return (ssize_t)n;
}

/* The body piece by piece, the connection asleep between them. */
static ssize_t slow_body(void *cls, uint64_t at, char *out, size_t max)
{
    enum { PIECES_PER_S = 10 };
    struct connection *c = cls;
    const struct buf *body = &c->request.reply.body;
    const struct fault_slow *slow = &c->request.fault->slow;
    struct delays *delays = c->listener->delays;
    const struct site *site = c->request.site;
    int64_t now_us = pace_us(site ? site->pace : (struct pace){0}, clock_monotonic_us());
    if (at >= body->len) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t n = body->len - (size_t)at < max ? body->len - (size_t)at : max;
    if (slow->stall_ms && !c->has_stalled && (int64_t)at <= slow->stall_at) {
        size_t before = (size_t)(slow->stall_at - (int64_t)at);
        if (before == 0) {
            c->has_stalled = true;
            return delays_add(delays, c->mhd, slow->stall_ms) ? 0
                                                              : MHD_CONTENT_READER_END_WITH_ERROR;
        }
        n = n < before ? n : before;
    }
    if (slow->bytes_per_s) {
        size_t piece = (size_t)(slow->bytes_per_s / PIECES_PER_S) + 1;
        int64_t left_ms = (c->next_piece_us - now_us + US_PER_MS - 1) / US_PER_MS;
        if (left_ms > 0) {
            return delays_add(delays, c->mhd, left_ms) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
        }
        n = n < piece ? n : piece;
        c->next_piece_us = now_us + (int64_t)n * US_PER_S / slow->bytes_per_s;
    }
    memcpy(out, body->s + at, n);
    return (ssize_t)n;
}

/* The connection is a stream from now on, and no more of libmicrohttpd's business. */
static void start_stream(void *cls, struct MHD_Connection *connection, void *con_cls,
                         const char *extra_in, size_t extra_in_size, MHD_socket sock,
                         struct MHD_UpgradeResponseHandle *urh)
{
    struct connection *c = con_cls;
    (void)connection;
    streams_add(cls, &(struct stream_start){.site = c->site,
                                            .channel = c->request.stream,
                                            .daemon = c->listener,
                                            .handle = urh,
                                            .fd = sock,
                                            .early = {extra_in, extra_in_size}});
}

/* The body packed, where that is worth it and the client takes it; s NULL otherwise. An answer with an
 * ETag goes as it is: packed it would be another representation, with another tag (RFC 9110, 8.8.3.3). */
static struct str pack(struct request *rq)
{
    struct reply *reply = &rq->reply;
    struct str accepted = request_header(rq, STR("Accept-Encoding"));
    bool has_tag = false;
    for (size_t i = 0; i < reply->n_headers; i++) {
        has_tag = has_tag || str_eq_fold(reply->headers[i].name, STR("ETag")) ||
                  str_eq_fold(reply->headers[i].name, STR("Content-Encoding"));
    }
    if (reply->body.len < CODING_BYTES_MIN || has_tag) {
        return (struct str){0};
    }
    reply_header(rq, STR("Vary"), STR("Accept-Encoding"));
    struct str packed = coding_takes_gzip(accepted) ? coding_gzip(rq->arena, buf_str(&reply->body))
                                                    : (struct str){0};
    if (packed.s) {
        reply_header(rq, STR("Content-Encoding"), STR("gzip"));
    }
    return packed;
}

static struct MHD_Response *make_response(struct connection *c)
{
    struct request *rq = &c->request;
    struct reply *reply = &rq->reply;
    if (reply->status == STATUS_SWITCHING && rq->stream.s) {
        return MHD_create_response_for_upgrade(start_stream, c->listener->mock->streams);
    }
    if (rq->fault && rq->fault->close == FAULT_CLOSE_DURING && reply->body.len > 1) {
        return MHD_create_response_from_callback(reply->body.len, 4096, half_body, reply, NULL);
    }
    if (rq->fault && (rq->fault->slow.bytes_per_s || rq->fault->slow.stall_ms) && reply->body.len) {
        c->has_stalled = false;
        c->next_piece_us = 0;
        return MHD_create_response_from_callback(reply->body.len, 4096, slow_body, c, NULL);
    }
    struct str packed = pack(rq);
    struct str body = packed.s ? packed : buf_str(&reply->body);
    union {
        const char *text;
        void *bytes; /* libmicrohttpd takes it without const, and only reads it */
    } from = {.text = body.s};
    return MHD_create_response_from_buffer(body.len, from.bytes, MHD_RESPMEM_PERSISTENT);
}

/* The date of an answer is the library's, but where the site's clock shows another one: clients compare both. */
static void put_date(struct MHD_Response *response, struct request *rq)
{
    struct timespec real = {0};
    struct buf text;
    if (!rq->site || clock_gettime(CLOCK_REALTIME, &real) != 0) {
        return;
    }
    int64_t now_us = clock_now_us(&rq->site->clock), ahead_s = now_us / US_PER_S - real.tv_sec;
    if (ahead_s < -1 || ahead_s > 1) {
        buf_init(&text, rq->arena);
        date_put_http(&text, now_us);
        MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, buf_cstr(&text));
    }
}

enum MHD_Result connection_send(struct connection *c, struct MHD_Connection *connection)
{
    struct request *rq = &c->request;
    struct reply *reply = &rq->reply;
    enum fault_close close = rq->fault ? rq->fault->close : FAULT_CLOSE_NONE;
    if (close == FAULT_CLOSE_BEFORE || close == FAULT_CLOSE_AFTER || reply->status == 0) {
        return break_off(connection);
    }
    if (rq->fault && rq->fault->body == FAULT_BODY_BAD_CHUNK) {
        raw_reply_bad_chunk(connection, rq);
        return MHD_NO;
    }
    c->mhd = connection;
    struct MHD_Response *response = make_response(c);
    if (!response) {
        return MHD_NO;
    }
    if (reply->content_type.len) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                str_cstr(&c->arena, reply->content_type));
    }
    put_date(response, rq);
    for (size_t i = 0; i < reply->n_headers; i++) {
        const char *value = str_cstr(&c->arena, reply->headers[i].value);
        if (value) {
            MHD_add_response_header(response, str_cstr(&c->arena, reply->headers[i].name), value);
        }
    }
    enum MHD_Result sent = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return sent;
}
