/* Arenas and the house's malloc.
 *
 *     arena.top ──▶ chunk ──prev──▶ chunk ──prev──▶ NULL
 *                   [head|used……|free…]
 *                         at──────┘    └──end
 *
 * A chunk is one malloc: a small head, then bytes. Only the newest chunk has free space that is
 * still given out; what is left in an older one is lost until the arena is reset, so a block that
 * does not fit an ordinary chunk gets one that is larger by an ordinary chunk.
 *
 * With ARENA_SPREAD each block is a chunk of its own, its last byte the last of a malloc, its head
 * poisoned: AddressSanitizer sees overflow and underflow by one and use after release. Under
 * AddressSanitizer without ARENA_SPREAD the free part of a chunk is poisoned. */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fatal_int.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { CHUNK_DEFAULT = 16 * 1024, ALIGN_MAX = 4096, HUGE_PAGE = 2 << 20, HUGE_MIN = 4 * HUGE_PAGE };

struct arena_chunk {
    struct arena_chunk *prev;
    size_t size; /* bytes after the head */
};

/* malloc aligns to this, and so are the bytes after a head. */
enum { HEAD = (sizeof(struct arena_chunk) + 15) / 16 * 16 };

static size_t add_or_die(size_t a, size_t b)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        fatal("out of memory: the size of a block overflows");
    }
    return sum;
}

static size_t multiply_or_die(size_t a, size_t b)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        fatal("out of memory: the size of a block overflows");
    }
    return product;
}

static char *chunk_bytes(struct arena_chunk *c)
{
    return (char *)c + HEAD;
}

static void chunk_free(struct arena_chunk *c)
{
    UNPOISON(c, HEAD + c->size);
    free(c);
}

/* The head of a spread block is poisoned while the block lives. */
static struct arena_chunk *chunk_prev(struct arena_chunk *c)
{
    UNPOISON(c, HEAD);
    return c->prev;
}

/* Asks for huge pages: a block of hundreds of megabytes is touched once from end to end, and most of that
 * time would go into small pages. Where the kernel has none, it stays as it is. */
static void ask_huge(char *block, size_t size)
{
    size_t head = (HUGE_PAGE - ((uintptr_t)block & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
    (void)madvise(block + head, (size - head) & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE);
}

static void chunk_push(struct arena *a, size_t size)
{
    struct arena_chunk *c = malloc(add_or_die(HEAD, size));
    if (!c) {
        fatal("out of memory");
    }
    if (size >= HUGE_MIN) {
        ask_huge((char *)c, size);
    }
    c->prev = a->top;
    c->size = size;
    a->top = c;
    a->at = chunk_bytes(c);
    a->end = a->at + size;
}

static size_t padding(const char *at, size_t align)
{
    return (align - ((uintptr_t)at & (align - 1))) & (align - 1);
}

#ifdef ARENA_SPREAD
static char *take(struct arena *a, size_t size, size_t align)
{
    size_t room = align > 16 ? add_or_die(size, align) : size;
    chunk_push(a, room);
    char *p = a->at + padding(a->at, align);
    POISON(a->top, HEAD);
    POISON(p + size, (size_t)(a->end - (p + size)));
    a->at = a->end;
    return p;
}
#else
static __attribute__((noinline)) void grow(struct arena *a, size_t size, size_t align)
{
    size_t ordinary = a->chunk_bytes ? a->chunk_bytes : CHUNK_DEFAULT;
    size_t need = align > 16 ? add_or_die(size, align) : size;
    chunk_push(a, need <= ordinary ? ordinary : add_or_die(need, ordinary));
    POISON(a->at, (size_t)(a->end - a->at));
}

static char *take(struct arena *a, size_t size, size_t align)
{
    size_t pad = padding(a->at, align);
    size_t room = (size_t)(a->end - a->at);
    if (__builtin_expect(room < pad || room - pad < size, 0)) {
        grow(a, size, align);
        pad = padding(a->at, align);
    }
    char *p = a->at + pad;
    a->at = p + size;
    UNPOISON(p, size);
    return p;
}
#endif

static void charge(struct arena *a, size_t size)
{
    a->used_bytes = add_or_die(a->used_bytes, size);
    if (a->cap_bytes != 0 && a->used_bytes > a->cap_bytes) {
        fatal("out of memory: an arena went over its cap");
    }
}

void arena_init(struct arena *a, size_t chunk_size, size_t cap_bytes)
{
    *a = (struct arena){.cap_bytes = cap_bytes,
                        .chunk_bytes = chunk_size ? chunk_size : CHUNK_DEFAULT};
}

void arena_done(struct arena *a)
{
    while (a->top) {
        struct arena_chunk *c = a->top;
        a->top = chunk_prev(c);
        chunk_free(c);
    }
    a->at = a->end = NULL;
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
#ifdef ARENA_SPREAD
    arena_done(a);
#else
    size_t ordinary = a->chunk_bytes ? a->chunk_bytes : CHUNK_DEFAULT;
    struct arena_chunk *kept = NULL;
    while (a->top) {
        struct arena_chunk *c = a->top;
        a->top = c->prev;
        if (!kept && c->size == ordinary) {
            kept = c;
        } else {
            chunk_free(c);
        }
    }
    a->at = a->end = NULL;
    if (kept) {
        kept->prev = NULL;
        a->top = kept;
        a->at = chunk_bytes(kept);
        a->end = a->at + kept->size;
        POISON(a->at, kept->size);
    }
    a->used_bytes = 0;
#endif
}

void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align)
{
    assert(align > 0 && (align & (align - 1)) == 0 && align <= ALIGN_MAX);
    size_t total = multiply_or_die(count, size);
    total += total == 0;
    charge(a, total);
    return memset(take(a, total, align), 0, total);
}

void *arena_bytes(struct arena *a, size_t size)
{
    size += size == 0;
    charge(a, size);
    return take(a, size, 1);
}

bool arena_extend(struct arena *a, const void *block, size_t old_size, size_t new_size)
{
#ifdef ARENA_SPREAD
    (void)a, (void)block, (void)old_size, (void)new_size;
    return false;
#else
    if (!block || (const char *)block + old_size != a->at || new_size < old_size ||
        new_size - old_size > (size_t)(a->end - a->at)) {
        return false;
    }
    size_t more = new_size - old_size;
    charge(a, more);
    UNPOISON(a->at, more);
    a->at += more;
    return true;
#endif
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){.top = a->top, .at = a->at, .used_bytes = a->used_bytes};
}

void arena_release(struct arena *a, struct arena_mark m)
{
    while (a->top != m.top) {
        struct arena_chunk *c = a->top;
        assert(c);
        a->top = chunk_prev(c);
        chunk_free(c);
    }
    a->at = m.at;
    a->end = NULL;
    if (a->top) {
#ifdef ARENA_SPREAD
        a->end = m.at;
#else
        a->end = chunk_bytes(a->top) + a->top->size;
        POISON(a->at, (size_t)(a->end - a->at));
#endif
    }
    a->used_bytes = m.used_bytes;
}

void *mem_alloc(size_t count, size_t size)
{
    size_t total = multiply_or_die(count, size);
    void *p = calloc(total ? total : 1, 1);
    if (!p) {
        fatal("out of memory");
    }
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    size_t total = multiply_or_die(count, size);
    void *q = realloc(p, total ? total : 1);
    if (!q) {
        fatal("out of memory");
    }
    return q;
}

void mem_free(void *p)
{
    free(p);
}
