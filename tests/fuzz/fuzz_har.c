/* Fuzz target for the writers of the journal: whatever a request brought, its record gives strict
 * JSON, as an archive and on one line. The input is cut into the record's texts. */
#include <stdlib.h>
#include <string.h>

#include "mockapi/journal_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what, struct str text)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s: %.*s\n", what, STR_ARG(text));
        abort();
    }
}

/* The next text ends at a byte 0xFF, which is in no UTF-8; two of them stand for themselves. */
static struct str next_text(struct str *rest, struct arena *a)
{
    struct buf out;
    size_t i = 0;
    buf_init(&out, a);
    for (; i < rest->len; i++) {
        bool is_end = (unsigned char)rest->s[i] == 0xFF;
        if (is_end && (i + 1 >= rest->len || (unsigned char)rest->s[i + 1] != 0xFF)) {
            i++;
            break;
        }
        buf_put_char(&out, rest->s[i]);
        i += is_end;
    }
    *rest = str_slice(*rest, i, rest->len);
    return buf_str(&out);
}

static void check(struct arena *a, const struct buf *text, const char *what)
{
    struct err err = {0};
    must(json_scan(a, STR("out"), buf_str(text), NULL, NULL, &err), err.msg, buf_str(text));
    must(str_is_utf8(buf_str(text), NULL), what, buf_str(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct buf texts, har, line;
    struct record r = {0};
    struct str rest = {(const char *)data, size};
    size_t head = size < 48 ? size : 48;
    arena_init(&a, 0, 0);
    buf_init(&texts, &a);
    buf_init(&har, &a);
    buf_init(&line, &a);
    if (head) { /* numbers as they come; flags and the kind of end have their own values */
        memcpy(&r.number, data, head);
    }
    r.at_us = r.at_us % (INT64_C(4000000) * 1000000000);
    r.close = size ? data[0] % 4 : 0;
    r.status = size > 1 ? (data[1] % 6) * 100 + data[1] % 32 : 0;
    r.is_unmatched = size > 2 && data[2] % 2;
    r.is_tls = size > 2 && data[2] % 3 == 0;
    r.has_request_headers_cut = size > 2 && data[2] % 5 == 0;
    r.has_reply_headers_cut = size > 2 && data[2] % 7 == 0;
    rest = str_slice(rest, head, rest.len);
    for (size_t i = 0; i < RECORD_TEXT_COUNT; i++) {
        bool is_ours = i == RECORD_NEAREST || i == RECORD_DIFFERENCES; /* JSON of our own */
        struct str text = is_ours ? STR("[]") : next_text(&rest, &a);
        r.lens[i] = (uint32_t)text.len;
        buf_put(&texts, text);
    }
    for (int keeps = 0; keeps < 2; keeps++) {
        struct record_view view = {&r, buf_cstr(&texts), keeps > 0, keeps > 0};
        buf_clear(&har);
        buf_clear(&line);
        har_put_head(&har);
        har_put_entry(&har, &view);
        buf_put_char(&har, ',');
        har_put_entry(&har, &view);
        har_put_tail(&har, r.number);
        check(&a, &har, "the archive is UTF-8");
        record_put(&line, &view);
        check(&a, &line, "the line is UTF-8");
        must(str_find_char(buf_str(&line), '\n') == line.len, "one line", buf_str(&line));
    }
    arena_done(&a);
    return 0;
}
