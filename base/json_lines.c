/* Line and column of a byte offset. At the first question the text is read once and for each block
 * of 4 KiB the line and column of its first byte are kept; any question then reads less than one
 * block. So a long text on one line costs no more than one with many lines, and a text about which
 * nobody asks costs nothing. */
#include "base/json_int.h"

#include <pthread.h>
#include <string.h>

struct mark {
    uint32_t line, column;
};

struct json_lines_marks {
    pthread_mutex_t lock;
    bool is_ready;       /* guarded by lock */
    struct mark marks[]; /* guarded by lock until ready, then never written; one for each block */
};

/* Moves `m` from byte `from` to byte `to`. Columns count code points: every byte that is not the
 * tail of a UTF-8 sequence. A byte order mark at the start has no column. */
static void mark_move(struct mark *m, struct str text, size_t from, size_t to)
{
    const char *p = text.s + from, *end = text.s + to;
    if (from == 0 && to >= 3 && memcmp(text.s, "\xEF\xBB\xBF", 3) == 0) {
        p += 3;
    }
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline != NULL ? newline : end;
        uint32_t n = 0;
        for (const char *q = p; q < stop; q++) {
            n += ((unsigned char)*q & 0xC0) != 0x80;
        }
        m->column += n;
        p = stop;
        if (newline != NULL) {
            m->line++;
            m->column = 1;
            p++;
        }
    }
}

void json_lines_init(struct json_lines *l, struct arena *a, struct str text)
{
    l->text = text;
    l->marks = NULL;
    if (text.len >= JSON_LINE_BLOCK) {
        size_t n = text.len / JSON_LINE_BLOCK + 1;
        size_t bytes = sizeof(struct json_lines_marks) + n * sizeof(struct mark);
        l->marks = arena_alloc(a, 1, bytes, _Alignof(struct json_lines_marks));
        pthread_mutex_init(&l->marks->lock, NULL);
    }
}

static void marks_make(struct json_lines_marks *m, struct str text)
{
    pthread_mutex_lock(&m->lock);
    if (!m->is_ready) {
        struct mark mark = {1, 1};
        m->marks[0] = mark;
        for (size_t i = 1; i <= text.len / JSON_LINE_BLOCK; i++) {
            mark_move(&mark, text, (i - 1) * JSON_LINE_BLOCK, i * JSON_LINE_BLOCK);
            m->marks[i] = mark;
        }
        m->is_ready = true;
    }
    pthread_mutex_unlock(&m->lock);
}

void json_lines_find(const struct json_lines *l, size_t offset, uint32_t *out_line,
                     uint32_t *out_column)
{
    struct mark mark = {1, 1};
    size_t from = 0;
    offset = offset < l->text.len ? offset : l->text.len;
    if (l->marks != NULL) {
        marks_make(l->marks, l->text);
        mark = l->marks->marks[offset / JSON_LINE_BLOCK];
        from = offset / JSON_LINE_BLOCK * JSON_LINE_BLOCK;
    }
    mark_move(&mark, l->text, from, offset);
    *out_line = mark.line;
    *out_column = mark.column;
}
