/* A growing array of pointers on the heap. Borrows what it points to. */
#ifndef REHEARSE_BASE_VEC_H
#define REHEARSE_BASE_VEC_H

#include <stddef.h>

struct vec {
    void **at;
    size_t len, cap;
};

/* A zeroed vec is an empty vec. */
void vec_done(struct vec *v);
void vec_push(struct vec *v, void *item);
/* Removes and gives the last item; the vec must not be empty. */
void *vec_pop(struct vec *v);
/* Inserts before place `i` (i <= len); removes at place `i` (i < len), keeping the order: O(len -
 * i). */
void vec_insert(struct vec *v, size_t i, void *item);
void *vec_remove(struct vec *v, size_t i);

#endif
