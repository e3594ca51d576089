/* A growing array of pointers; doubles when full. */
#include "base/vec.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"

void vec_done(struct vec *v)
{
    mem_free(v->at);
    *v = (struct vec){0};
}

static void make_room(struct vec *v)
{
    if (v->len == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 8;
        v->at = mem_resize(v->at, v->cap, sizeof *v->at);
    }
}

void vec_push(struct vec *v, void *item)
{
    make_room(v);
    v->at[v->len++] = item;
}

void *vec_pop(struct vec *v)
{
    assert(v->len > 0);
    return v->at[--v->len];
}

void vec_insert(struct vec *v, size_t i, void *item)
{
    assert(i <= v->len);
    make_room(v);
    memmove(v->at + i + 1, v->at + i, (v->len - i) * sizeof *v->at);
    v->at[i] = item;
    v->len++;
}

void *vec_remove(struct vec *v, size_t i)
{
    assert(i < v->len);
    void *item = v->at[i];
    v->len--;
    memmove(v->at + i, v->at + i + 1, (v->len - i) * sizeof *v->at);
    return item;
}
