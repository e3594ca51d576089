/* Arenas: memory that is given back all at once. Chunked, zeroed, aligned, capped. Exhaustion of
 * the machine ends the program (status 3); exceeding the cap does too, so sizes that input can grow
 * are checked against a named limit first. An arena belongs to one thread at a time. In sanitizer
 * builds each block is a malloc of its own, so that overflows by one are seen. */
#ifndef REHEARSE_BASE_ARENA_H
#define REHEARSE_BASE_ARENA_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *top; /* newest chunk first */
    char *at, *end;          /* free part of the newest chunk */
    size_t used_bytes;       /* given out so far, padding included */
    size_t cap_bytes;        /* 0: no cap */
    size_t chunk_bytes;      /* size of ordinary chunks */
};

struct arena_mark {
    struct arena_chunk *top;
    char *at;
    size_t used_bytes;
};

/* chunk_bytes 0 takes 16 KiB; cap_bytes 0 means no cap. Allocates nothing yet. */
void arena_init(struct arena *a, size_t chunk_bytes, size_t cap_bytes);
/* Frees all; the arena may be used again as after arena_init. A zeroed arena is fine. */
void arena_done(struct arena *a);
/* Forgets all, keeps one ordinary chunk for the next use. */
void arena_reset(struct arena *a);
/* count × size zeroed bytes aligned to `align` (a power of two); the product is overflow-checked.
 * Never NULL. */
void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align)
    __attribute__((malloc, alloc_size(2, 3)));
/* Like arena_alloc of bytes, not zeroed. */
void *arena_bytes(struct arena *a, size_t size);
/* Makes the newest block longer where it stands: true if `block`, of `old_size` bytes, is the
 * newest of `a` and there is room for `new_size` (the new bytes are not zeroed); else nothing
 * happens. */
bool arena_extend(struct arena *a, const void *block, size_t old_size, size_t new_size);
struct arena_mark arena_mark(const struct arena *a);
/* Gives back all that was allocated after `m`. */
void arena_release(struct arena *a, struct arena_mark m);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), 1, sizeof(type), _Alignof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_alloc((a), (n), sizeof(type), _Alignof(type)))

/* The house's malloc: zeroed, never NULL (ends the program with status 3), overflow-checked.
 * mem_free(NULL) is fine. */
void *mem_alloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *mem_resize(void *p, size_t count, size_t size);
void mem_free(void *p);
#define MEM_NEW(type) ((type *)mem_alloc(1, sizeof(type)))
#define MEM_ARRAY(n, type) ((type *)mem_alloc((n), sizeof(type)))

#endif
