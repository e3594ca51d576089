/* Names of members: do they repeat? Linear in the text, also for a wide object with hostile names.
 *
 * All names of the open objects lie on one stack; each object knows where its own begin. As long as
 * an object is narrow, a cheap hash of its first and last bytes sets one of 64 bits: a name whose
 * bit is free is new, else it is compared with the at most 16 others. With the 17th name the object
 * gets a hash table of its own, with a hash of all bytes that is seeded from the system's random
 * source once a process. */
#include "base/json_int.h"

#include "base/rng.h"

#include <pthread.h>
#include <string.h>

enum { WIDE_SLOTS_START = 64 };

/* Written once, by seed_once; read afterwards. */
static uint64_t seed_value;
static pthread_once_t seed_state = PTHREAD_ONCE_INIT;

static void seed_once(void)
{
    random_secret(&seed_value, sizeof seed_value);
}

uint64_t json_seed(void)
{
    pthread_once(&seed_state, seed_once);
    return seed_value;
}

void json_u32s_push(struct json_u32s *list, uint32_t value)
{
    if (list->len == list->cap) {
        list->cap = list->cap > 0 ? list->cap * 2 : 16;
        list->at = mem_resize(list->at, list->cap, sizeof *list->at);
    }
    list->at[list->len++] = value;
}

static inline uint64_t load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint64_t load4(const char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* Up to 8 bytes as a number; with the length beside it no two texts give the same. */
static inline uint64_t load_short(const char *p, size_t len)
{
    if (len >= 4) {
        return load4(p) | load4(p + len - 4) << 32;
    }
    if (len == 0) {
        return 0;
    }
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 |
           (uint64_t)(unsigned char)p[len - 1] << 16;
}

/* Both halves of the 128-bit product, folded. */
ALLOW_WRAP static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

ALLOW_WRAP uint64_t json_name_hash(uint64_t seed, struct str name)
{
    const uint64_t odd1 = UINT64_C(0x9E3779B97F4A7C15), odd2 = UINT64_C(0xD6E8FEB86659FD93);
    uint64_t h = fold(seed ^ odd1, (uint64_t)name.len ^ odd2);
    const char *p = name.s;
    size_t left = name.len;
    while (left > 8) {
        h = fold(h ^ load8(p), seed ^ odd2) + h;
        p += 8;
        left -= 8;
    }
    h = fold(h ^ load_short(p, left), seed ^ odd2) + h;
    return fold(h ^ odd1, odd2);
}

/* For narrow objects: enough to tell names of one object apart, not to withstand an enemy, who can
 * only make 16 comparisons of each name. */
ALLOW_WRAP static inline uint32_t quick_hash(const char *p, size_t len)
{
    uint64_t x = len >= 8 ? load8(p) ^ (load8(p + len - 8) << 1 | load8(p + len - 8) >> 63)
                          : load_short(p, len);
    x = (x ^ len) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(x >> 32);
}

void json_keys_grow(struct json_scanner *s)
{
    uint32_t cap = s->keys_cap * 2;
    if (s->keys == s->keys_start) {
        s->keys = MEM_ARRAY(cap, struct json_key);
        memcpy(s->keys, s->keys_start, sizeof s->keys_start);
    } else {
        s->keys = mem_resize(s->keys, cap, sizeof *s->keys);
    }
    s->keys_cap = cap;
}

static bool key_eq(const struct json_key *a, const struct json_key *b)
{
    return a->hash == b->hash && a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

/* --- wide objects --- */

/* The slot of `key`, or the free one where it belongs. */
static uint32_t *slot_of(const struct json_scanner *s, const struct json_frame *frame,
                         const struct json_key *key)
{
    for (uint32_t i = key->hash & frame->slot_mask;; i = (i + 1) & frame->slot_mask) {
        uint32_t *slot = &frame->slots[i];
        if (*slot == 0 || key_eq(&s->keys[frame->key_base + *slot - 1], key)) {
            return slot;
        }
    }
}

static void slots_make(struct json_scanner *s, struct json_frame *frame, uint32_t cap)
{
    mem_free(frame->slots);
    frame->slots = MEM_ARRAY(cap, uint32_t);
    frame->slot_mask = cap - 1;
    for (uint32_t i = frame->key_base; i < s->n_keys; i++) {
        uint32_t *slot = slot_of(s, frame, &s->keys[i]);
        if (*slot == 0) { /* else it repeats: the first one stays */
            *slot = i - frame->key_base + 1;
        }
    }
}

static void frame_widen(struct json_scanner *s, struct json_frame *frame)
{
    for (uint32_t i = frame->key_base; i < s->n_keys; i++) {
        struct json_key *k = &s->keys[i];
        k->hash = (uint32_t)json_name_hash(s->seed, (struct str){k->s, k->len});
    }
    slots_make(s, frame, WIDE_SLOTS_START);
}

static void wide_add(struct json_scanner *s, struct json_frame *frame, struct json_key *key)
{
    key->hash = (uint32_t)json_name_hash(s->seed, (struct str){key->s, key->len});
    uint32_t n = s->n_keys - frame->key_base;
    if (n * 2 > frame->slot_mask) {
        slots_make(s, frame, (frame->slot_mask + 1) * 2);
    }
    uint32_t *slot = slot_of(s, frame, key);
    if (*slot != 0) {
        json_scan_duplicate(s, &s->keys[frame->key_base + *slot - 1], key);
        return;
    }
    *slot = n + 1;
    s->keys[s->n_keys++] = *key;
}

/* --- every name --- */

/* Also true when another name has the same bit but is not the same: then it is new all the same. */
static bool narrow_is_new(struct json_scanner *s, const struct json_frame *frame,
                          const struct json_key *key)
{
    for (uint32_t i = frame->key_base; i < s->n_keys; i++) {
        if (key_eq(&s->keys[i], key)) {
            json_scan_duplicate(s, &s->keys[i], key);
            return false;
        }
    }
    return true;
}

void json_keys_add(struct json_scanner *s, const char *from, const char *to, bool has_escape)
{
    struct json_frame *frame = &s->frames[s->depth - 1];
    struct json_key key = {
        .s = from, .len = (uint32_t)(to - from), .from = (uint32_t)(from - 1 - s->begin)};
    if (has_escape) {
        char *decoded = arena_bytes(&s->scratch, key.len);
        key.len = (uint32_t)json_decode(decoded, from, to);
        key.s = decoded;
    }
    s->n_names++;
    if (s->n_keys == s->keys_cap) {
        json_keys_grow(s);
    }
    if (frame->count >= JSON_NARROW_MAX) {
        if (frame->slots == NULL) {
            frame_widen(s, frame);
        }
        wide_add(s, frame, &key);
        return;
    }
    key.hash = quick_hash(key.s, key.len);
    uint64_t bit = (uint64_t)1 << (key.hash & 63);
    if ((frame->bloom & bit) == 0 || narrow_is_new(s, frame, &key)) {
        frame->bloom |= bit;
        s->keys[s->n_keys++] = key;
    }
}
