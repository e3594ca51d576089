/* Some clients send form text and call it JSON: where the profile says that the header is not to be
 * trusted, the body's first character decides. */
#include "mockapi/oauth_words.h"

enum { WORDS_BYTES_MAX = 64 << 10, WORDS_DEPTH_MAX = 8 };

static bool read_json(struct request *rq, struct query *out)
{
    const struct json_limits limits = {.max_bytes = WORDS_BYTES_MAX, .max_depth = WORDS_DEPTH_MAX};
    const struct json_doc *doc = NULL;
    struct findings findings;
    struct err err = {0};
    findings_init(&findings, rq->arena);
    if (!json_parse(&doc, rq->arena, STR(""), rq->body_text, &limits, &findings, &err) ||
        findings.errors > 0 || json_kind(json_root(doc)) != JSON_OBJECT) {
        return false;
    }
    struct json body = json_root(doc);
    size_t n = json_count(body);
    if (n > QUERY_PAIRS_MAX) {
        return false;
    }
    out->pairs = ARENA_ARRAY(rq->arena, n + 1, struct query_pair);
    for (struct json m = json_first(body); json_exists(m); m = json_next(m)) {
        enum json_kind kind = json_kind(m);
        if (kind == JSON_STRING || kind == JSON_NUMBER) {
            out->pairs[out->n++] = (struct query_pair){
                json_key(m), kind == JSON_STRING ? json_str(m) : json_number_text(m)};
        }
    }
    return true;
}

bool oauth_words(struct request *rq, struct query *out)
{
    struct err err = {0};
    struct str type = request_header(rq, STR("Content-Type"));
    type = str_trim(str_slice(type, 0, str_find_char(type, ';')));
    struct str text = str_trim(rq->body_text);
    bool is_json = false;
    *out = (struct query){0};
    switch (rq->op->token.body) {
    case TOKEN_BODY_FORM:
        if (!str_eq_fold(type, STR("application/x-www-form-urlencoded"))) {
            return false;
        }
        break;
    case TOKEN_BODY_JSON:
        is_json = true;
        if (!str_eq_fold(type, STR("application/json"))) {
            return false;
        }
        break;
    case TOKEN_BODY_ANY:
        is_json = text.len && text.s[0] == '{';
        break;
    }
    return is_json ? read_json(rq, out) : query_parse(out, rq->arena, rq->body_text, &err);
}

bool oauth_any_words(struct request *rq, struct query *out)
{
    struct err err = {0};
    struct str text = str_trim(rq->body_text);
    *out = (struct query){0};
    if (rq->body_text.len > WORDS_BYTES_MAX) {
        return false;
    }
    return text.len && text.s[0] == '{' ? read_json(rq, out)
                                        : query_parse(out, rq->arena, rq->body_text, &err);
}
