/* The list of findings: grows by doubling in its arena, up to a bound; counts what goes beyond. */
#include "base/finding.h"

#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_init(struct findings *fs, struct arena *a)
{
    *fs = (struct findings){.arena = a};
}

static void findings_grow(struct findings *fs)
{
    size_t cap = fs->cap > 0 ? fs->cap * 2 : 4;
    struct finding *at = ARENA_ARRAY(fs->arena, cap, struct finding);
    if (fs->len > 0) {
        memcpy(at, fs->at, fs->len * sizeof *at);
    }
    fs->at = at;
    fs->cap = cap;
}

struct finding *findings_add(struct findings *fs, const struct finding *f)
{
    if (f->severity == SEVERITY_ERROR) {
        fs->errors++;
    }
    if (fs->len >= (fs->max > 0 ? fs->max : FINDINGS_MAX)) {
        fs->dropped++;
        return NULL;
    }
    if (fs->len == fs->cap) {
        findings_grow(fs);
    }
    fs->at[fs->len] = *f;
    return &fs->at[fs->len++];
}

struct str findings_text(struct findings *fs, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0); /* the formats are literals, "%ls" is not among them */
    char *text = arena_bytes(fs->arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return (struct str){text, (size_t)n};
}

static int by_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* File, byte and rule make the order; the rest is there so that no two orders are possible. */
static int by_place(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = str_cmp(x->file, y->file);
    order = order != 0 ? order : by_size(x->span.from, y->span.from);
    order = order != 0 ? order : str_cmp(x->rule, y->rule);
    order = order != 0 ? order : by_size(x->span.to, y->span.to);
    order = order != 0 ? order : str_cmp(x->pointer, y->pointer);
    order = order != 0 ? order : by_size(x->item, y->item);
    order = order != 0 ? order : str_cmp(x->message, y->message);
    return order != 0 ? order : str_cmp(x->related_pointer, y->related_pointer);
}

void findings_sort(struct findings *fs)
{
    if (fs->len > 1) {
        qsort(fs->at, fs->len, sizeof *fs->at, by_place);
    }
}
