/* Patterns at work: compiled once by PCRE2, matched under limits, so that no text can make a
 * pattern run for ever. A pattern is immutable; what matching needs is the scratch of one thread.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "model/schema_int.h"

#include <pcre2.h>

/* Backtracking steps and kilobytes: some tens of milliseconds, some megabytes. A usual match takes
 * less than a thousand steps. */
enum { MATCH_STEPS_MAX = 1000000, MATCH_DEPTH_MAX = 500000, MATCH_KILOBYTES_MAX = 65536 };

struct pattern {
    pcre2_code *code;
    bool is_anchored; /* every match begins at the beginning */
};

struct pattern_scratch {
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

bool pattern_new(struct pattern **out, struct arena *a, struct str text, struct err *err)
{
    struct buf translated;
    buf_init(&translated, a);
    if (!pattern_translate(&translated, text, false, err)) {
        return false;
    }
    const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    int code = 0;
    PCRE2_SIZE offset = 0;
    struct str source = buf_str(&translated);
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)source.s, source.len, options, &code, &offset, NULL);
    if (compiled == NULL) {
        PCRE2_UCHAR message[128];
        pcre2_get_error_message(code, message, sizeof message);
        return err_set(err, ERR_INPUT, "%s", (const char *)message);
    }
    uint32_t all_options = 0;
    pcre2_pattern_info(compiled, PCRE2_INFO_ALLOPTIONS, &all_options);
    struct pattern *p = ARENA_NEW(a, struct pattern);
    p->code = compiled;
    p->is_anchored = (all_options & PCRE2_ANCHORED) != 0;
    *out = p;
    return true;
}

void pattern_free(struct pattern *p)
{
    if (p != NULL) {
        pcre2_code_free(p->code);
    }
}

struct pattern_scratch *pattern_scratch_new(void)
{
    struct pattern_scratch *s = MEM_NEW(struct pattern_scratch);
    s->data = pcre2_match_data_create(1, NULL);
    s->limits = pcre2_match_context_create(NULL);
    if (s->data == NULL || s->limits == NULL) {
        unreachable(); /* some hundred bytes: nothing that could be handled */
    }
    pcre2_set_match_limit(s->limits, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(s->limits, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(s->limits, MATCH_KILOBYTES_MAX);
    return s;
}

void pattern_scratch_free(struct pattern_scratch *s)
{
    if (s != NULL) {
        pcre2_match_data_free(s->data);
        pcre2_match_context_free(s->limits);
        mem_free(s);
    }
}

static int run(const struct pattern *p, struct pattern_scratch *s, struct str text,
               uint32_t options)
{
    return pcre2_match(p->code, (PCRE2_SPTR)text.s, text.len, 0, PCRE2_NO_UTF_CHECK | options,
                       s->data, s->limits);
}

enum pattern_result pattern_match(const struct pattern *p, struct pattern_scratch *s,
                                  struct str text)
{
    int code = run(p, s, text, 0);
    if (code >= 0) {
        return PATTERN_YES;
    }
    return code == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_LIMIT;
}

/* A longer prefix is never nearer to a match than its own beginning, so the longest one that can
 * still be continued is found by halving. */
size_t pattern_bad_at(const struct pattern *p, struct pattern_scratch *s, struct str text)
{
    if (!p->is_anchored) {
        return SIZE_MAX; /* a match could always begin further on */
    }
    size_t good = 0, bad = text.len + 1;
    while (bad - good > 1) {
        size_t middle = good + (bad - good) / 2;
        while (middle > good && middle < text.len &&
               ((unsigned char)text.s[middle] & 0xC0) == 0x80) {
            middle--;
        }
        if (middle == good) { /* within one character: the next boundary */
            middle = good + 1;
            while (middle < text.len && ((unsigned char)text.s[middle] & 0xC0) == 0x80) {
                middle++;
            }
            if (middle >= bad) {
                break;
            }
        }
        int code = run(p, s, str_slice(text, 0, middle), PCRE2_PARTIAL_HARD);
        if (code >= 0 || code == PCRE2_ERROR_PARTIAL) {
            good = middle;
        } else if (code == PCRE2_ERROR_NOMATCH) {
            bad = middle;
        } else {
            return SIZE_MAX;
        }
    }
    return good;
}
