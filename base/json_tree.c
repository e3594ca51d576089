/* cJSON's tree of a text that the scanner has accepted, built in the caller's arena.
 *
 * cJSON takes its memory through one pair of functions a process. Ours look at a thread-local
 * pointer: while json_parse runs on this thread it leads to a slab from the arena, else to the
 * heap. The scanner has counted the values, so the slab is sized once: nodes from its front, texts
 * from its back. Texts take no more than they take in the source, quotes included, so values ×
 * sizeof(cJSON) + length of the text is always enough.
 *
 * The scanner and cJSON must agree: cJSON has to accept the whole text and to make as many nodes
 * and texts as the scanner has counted. If not, that is a bug in one of them, told as an error. */
#include "base/json_int.h"

#include "base/err.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct slab {
    struct arena *arena;
    char *front, *back;
    size_t n_taken; /* allocations minus frees */
};

/* Not NULL while cJSON_Parse… runs below on this thread. */
static _Thread_local struct slab *slab_here;
static pthread_once_t hooks_state = PTHREAD_ONCE_INIT;

static void *slab_take(size_t size)
{
    struct slab *slab = slab_here;
    if (slab == NULL) {
        return malloc(size);
    }
    slab->n_taken++;
    size_t left = (size_t)(slab->back - slab->front);
    if (size == sizeof(cJSON) && size <= left) {
        char *p = slab->front;
        slab->front += size;
        return p;
    }
    if (size != sizeof(cJSON) && size <= left) { /* a text: needs no alignment */
        slab->back -= size;
        return slab->back;
    }
    return arena_alloc(slab->arena, 1, size, _Alignof(max_align_t));
}

static void slab_give(void *p)
{
    if (slab_here == NULL) {
        free(p);
    } else if (p != NULL) {
        slab_here->n_taken--;
    }
}

static void hooks_once(void)
{
    cJSON_Hooks hooks = {.malloc_fn = slab_take, .free_fn = slab_give};
    cJSON_InitHooks(&hooks);
}

/* cJSON's tree of the scanner's text; NULL where they disagree. `text` is followed by a NUL byte,
 * which counts into the length that cJSON is given: without one, versions before 1.7.18 may read
 * beyond the end (CVE-2023-53154). */
static const cJSON *tree_make(struct arena *a, const struct json_scanner *s, const char *text)
{
    size_t bytes = ((size_t)s->n_places + 2) * sizeof(cJSON) + s->text.len;
    char *block = arena_bytes(a, bytes);
    size_t mask = _Alignof(cJSON) - 1;
    size_t pad = (_Alignof(cJSON) - ((uintptr_t)block & mask)) & mask;
    struct slab slab = {.arena = a, .front = block + pad, .back = block + bytes};
    pthread_once(&hooks_state, hooks_once);
    slab_here = &slab;
    const char *end = NULL;
    const cJSON *root = cJSON_ParseWithLengthOpts(text, s->text.len + 1, &end, 1);
    slab_here = NULL;
    size_t n_expected = (size_t)s->n_places + s->n_strings + s->n_names;
    bool is_same = root != NULL && end == text + s->text.len && slab.n_taken == n_expected;
    return is_same ? root : NULL;
}

static void *copy_bytes(struct arena *a, const void *from, size_t count, size_t size, size_t align)
{
    void *to = arena_alloc(a, count, size, align);
    if (count > 0) {
        memcpy(to, from, count * size);
    }
    return to;
}

/* The texts that cJSON cuts at a NUL, decoded from the source. */
static struct json_nul *nuls_make(const struct json_doc *doc, struct arena *a,
                                  const struct json_u32s *codes)
{
    struct json_nul *nuls = ARENA_ARRAY(a, codes->len, struct json_nul);
    for (uint32_t i = 0; i < codes->len; i++) {
        struct json v = {.doc = doc, .at = codes->at[i] / 2};
        struct span span = codes->at[i] & 1 ? json_made_span(v) : json_made_key_span(v);
        char *out = arena_bytes(a, span.to - span.from);
        size_t len = json_decode(out, doc->text.s + span.from + 1, doc->text.s + span.to - 1);
        nuls[i] = (struct json_nul){.code = codes->at[i], .text = {out, len}};
    }
    return nuls;
}

/* --- indexes of wide objects --- */

struct indexer {
    const struct json_doc *doc;
    struct json_group *groups;
    const uint32_t *wide; /* places, ascending */
    uint32_t n_wide, done;
    struct json_index *indexes;
    struct arena *arena;
    uint64_t seed;
};

static void index_make(struct indexer *x, struct json obj)
{
    struct json_group *group = &x->groups[x->doc->places[obj.at].to];
    uint32_t cap = 64;
    while (cap < group->count * 2) {
        cap *= 2;
    }
    struct json_index *index = &x->indexes[x->done];
    index->slots = ARENA_ARRAY(x->arena, cap, struct json_slot);
    index->mask = cap - 1;
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        struct str name = json_key(m);
        uint32_t hash = (uint32_t)json_name_hash(x->seed, name);
        uint32_t i = hash & index->mask;
        const struct json_slot *slot = &index->slots[i];
        while (slot->node != NULL &&
               !(slot->hash == hash && str_eq(json_name_at(x->doc, slot->node, slot->at), name))) {
            i = (i + 1) & index->mask;
            slot = &index->slots[i];
        }
        if (slot->node == NULL) { /* else it repeats: the first one stays */
            index->slots[i] = (struct json_slot){.node = m.node, .at = m.at, .hash = hash};
        }
    }
    group->index = ++x->done;
}

/* Walks only where a wide object lies below. Recursion as deep as the scanner allowed. */
static void indexes_below(struct indexer *x, struct json v)
{
    if (x->wide[x->done] == v.at) {
        index_make(x, v);
    }
    struct json child = json_first(v);
    while (json_exists(child) && x->done < x->n_wide) {
        if (x->wide[x->done] < json_place_next(x->doc, child.at)) {
            indexes_below(x, child);
        }
        child = json_next(child);
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void indexes_make(struct json_doc *doc, struct arena *a, struct json_group *groups,
                         const struct json_u32s *list)
{
    uint32_t *wide = copy_bytes(a, list->at, list->len, sizeof *wide, _Alignof(uint32_t));
    qsort(wide, list->len, sizeof *wide, by_number);
    struct indexer x = {.doc = doc,
                        .groups = groups,
                        .wide = wide,
                        .n_wide = list->len,
                        .indexes = ARENA_ARRAY(a, list->len, struct json_index),
                        .arena = a,
                        .seed = json_seed()};
    doc->indexes = x.indexes;
    indexes_below(&x, json_root(doc));
}

bool json_tree_build(struct json_doc **out, struct arena *a, const struct json_scanner *s,
                     bool is_terminated, struct err *err)
{
    const char *text = s->text.s;
    if (!is_terminated) {
        char *copy = arena_bytes(a, s->text.len + 1);
        memcpy(copy, text, s->text.len);
        copy[s->text.len] = 0;
        text = copy;
    }
    const cJSON *root = tree_make(a, s, text);
    if (root == NULL) {
        err_set(err, ERR_INPUT,
                "the text is well-formed JSON, but cJSON %s refuses it or reads it in another way: "
                "please report this with the text",
                cJSON_Version());
        return err_at(err, s->name, 0, 0);
    }
    struct json_doc *doc = ARENA_NEW(a, struct json_doc);
    doc->name = s->name;
    doc->text = s->text;
    doc->origin = s->origin;
    doc->root = root;
    doc->places =
        copy_bytes(a, s->places, s->n_places, sizeof *s->places, _Alignof(struct json_place));
    struct json_group *groups =
        copy_bytes(a, s->groups, s->n_groups, sizeof *s->groups, _Alignof(struct json_group));
    doc->groups = groups; /* index_make writes into them below; nobody does afterwards */
    doc->n_places = s->n_places;
    doc->has_duplicates = s->has_duplicates;
    if (doc->origin != NULL && doc->origin->lines != NULL) {
        doc->lines = *doc->origin->lines; /* the marks are shared, and their lock */
    } else {
        json_lines_init(&doc->lines, a, json_doc_text(doc));
    }
    if (doc->n_places >= TRAIL_PLACES_MIN) {
        doc->trail = ARENA_NEW(a, struct json_trail);
        pthread_mutex_init(&doc->trail->lock, NULL);
    }
    if (s->nuls.len > 0) {
        doc->nuls = nuls_make(doc, a, &s->nuls);
        doc->n_nuls = s->nuls.len;
    }
    if (s->wide.len > 0) {
        indexes_make(doc, a, groups, &s->wide);
    }
    *out = doc;
    return true;
}
