/* A body diff by pointer: the findings about what a client sent, each with what was found and what
 * was expected there. */
#include "mockapi/journal_int.h"

enum { DIFFERENCES_MAX = 20, BYTES_MAX = 4 << 10, TEXT_MAX = 300 };

static void put_member(struct buf *out, struct str name, struct str text)
{
    if (text.len) {
        buf_put_char(out, ',');
        buf_put_json_string(out, name);
        buf_put_char(out, ':');
        journal_put_string(out, str_slice(text, 0, TEXT_MAX));
    }
}

static void put_difference(struct buf *out, const struct finding *f)
{
    static const struct str words[] = {STR_INIT("note"), STR_INIT("warning"), STR_INIT("error")};
    buf_put(out, STR("{\"pointer\":"));
    journal_put_string(out, str_slice(f->pointer, 0, TEXT_MAX));
    put_member(out, STR("rule"), f->rule);
    put_member(out, STR("severity"), words[f->severity]);
    put_member(out, STR("field"), f->pointer.len ? STR("") : f->field);
    put_member(out, STR("message"), f->message);
    if (f->value.s) {
        buf_put(out, STR(",\"found\":"));
        journal_put_string(out, journal_is_secret(f->field) ? STR("[left out]") : f->value);
    }
    put_member(out, STR("expected"), f->expected);
    put_member(out, STR("hint"), f->hint);
    buf_put_char(out, '}');
}

void differences_put(struct buf *out, const struct findings *fs)
{
    size_t shown = 0, from = out->len;
    buf_put_char(out, '[');
    while (shown < fs->len && shown < DIFFERENCES_MAX && out->len - from < BYTES_MAX) {
        buf_put(out, shown ? STR(",") : STR(""));
        put_difference(out, &fs->at[shown++]);
    }
    if (fs->len + fs->dropped > shown) {
        buf_printf(out, ",{\"message\":\"and %zu more\"}", fs->len + fs->dropped - shown);
    }
    buf_put_char(out, ']');
}

/* The content type is no finding of the validator's. */
static void put_media(struct buf *out, const struct request *rq)
{
    struct str header = request_header(rq, STR("Content-Type"));
    buf_put(out, STR("[{\"field\":\"Content-Type\",\"message\":\"the operation takes another "
                     "content type\",\"found\":"));
    journal_put_string(out, str_slice(header.s ? header : STR(""), 0, TEXT_MAX));
    put_member(out, STR("expected"), rq->op->n_media_types ? rq->op->media_types[0] : STR(""));
    buf_put(out, STR("}]"));
}

struct str request_differences(const struct request *rq)
{
    struct buf out;
    bool is_media = rq->op && str_eq(rq->reply.case_name, STR("media"));
    if (!rq->op || (rq->findings.len == 0 && !is_media)) {
        return (struct str){0};
    }
    buf_init(&out, rq->arena);
    if (is_media) {
        put_media(&out, rq);
    } else {
        differences_put(&out, &rq->findings);
    }
    return buf_str(&out);
}
