/* Which keywords count in a schema resource. Its $schema names a meta-schema; that of 2020-12 has
 * all, that of 2019-09 its own set; any other one must be in the set and says by its $vocabulary
 * what it is made of. Without $schema the resource around decides, at last 2020-12. */
#include "model/schema_int.h"

enum { META_CHAIN_MAX = 8 }; /* meta-schemas of meta-schemas */

#define VOCABULARY_2020 "https://json-schema.org/draft/2020-12/vocab/"
#define VOCABULARY_2019 "https://json-schema.org/draft/2019-09/vocab/"

static const struct vocabulary {
    struct str uri;
    unsigned bits;
    bool is_2019;
} vocabularies[] = {
    {STR_INIT(VOCABULARY_2020 "core"), VOCABULARY_CORE, false},
    {STR_INIT(VOCABULARY_2020 "applicator"), VOCABULARY_APPLICATOR, false},
    {STR_INIT(VOCABULARY_2020 "unevaluated"), VOCABULARY_UNEVALUATED, false},
    {STR_INIT(VOCABULARY_2020 "validation"), VOCABULARY_VALIDATION, false},
    {STR_INIT(VOCABULARY_2020 "meta-data"), 0, false},
    {STR_INIT(VOCABULARY_2020 "format-annotation"), 0, false},
    {STR_INIT(VOCABULARY_2020 "format-assertion"), VOCABULARY_FORMAT, false},
    {STR_INIT(VOCABULARY_2020 "content"), 0, false},
    {STR_INIT(VOCABULARY_2019 "core"), VOCABULARY_CORE, true},
    {STR_INIT(VOCABULARY_2019 "applicator"), VOCABULARY_APPLICATOR | VOCABULARY_UNEVALUATED, true},
    {STR_INIT(VOCABULARY_2019 "validation"), VOCABULARY_VALIDATION, true},
    {STR_INIT(VOCABULARY_2019 "meta-data"), 0, true},
    {STR_INIT(VOCABULARY_2019 "format"), 0, true},
    {STR_INIT(VOCABULARY_2019 "content"), 0, true},
};

static const struct known {
    struct str uri;
    bool is_2019;
} knowns[] = {
    {STR_INIT("https://json-schema.org/draft/2020-12/schema"), false},
    {STR_INIT("https://json-schema.org/draft/2019-09/schema"), true},
    {STR_INIT("https://spec.openapis.org/oas/3.1/dialect/base"), false},
};

static const unsigned all =
    VOCABULARY_CORE | VOCABULARY_APPLICATOR | VOCABULARY_UNEVALUATED | VOCABULARY_VALIDATION;

/* From the $vocabulary of a meta-schema. An unknown one is refused only if it is required. */
static bool read_vocabulary(struct dialect *out, struct json object, struct err *err)
{
    struct dialect d = {.vocabularies = VOCABULARY_CORE};
    if (json_kind(object) != JSON_OBJECT) {
        return json_err(err, object, "$vocabulary must be an object");
    }
    for (struct json m = json_first(object); json_exists(m); m = json_next(m)) {
        const struct vocabulary *v = vocabularies;
        const struct vocabulary *end = v + sizeof vocabularies / sizeof *vocabularies;
        while (v < end && !str_eq(v->uri, json_key(m))) {
            v++;
        }
        if (v < end) {
            d.vocabularies |= v->bits;
            d.is_2019 |= v->is_2019;
        } else if (json_is_true(m)) {
            return json_err(err, m, "the vocabulary \"%.*s\" is required and not known",
                            STR_ARG(json_key(m)));
        }
    }
    *out = d;
    return true;
}

static bool find_dialect(struct dialect *out, struct schema_set *set, struct resource *r,
                         unsigned depth, struct err *err);

static bool named_dialect(struct dialect *out, struct schema_set *set, struct json name,
                          unsigned depth, struct err *err)
{
    if (json_kind(name) != JSON_STRING) {
        return json_err(err, name, "$schema must be a text, the URI of a meta-schema");
    }
    struct str fragment;
    struct str uri = schema_uri_head(json_str(name), &fragment);
    for (size_t i = 0; i < sizeof knowns / sizeof *knowns; i++) {
        if (str_eq(knowns[i].uri, uri)) {
            *out = (struct dialect){.vocabularies = all, .is_2019 = knowns[i].is_2019};
            return true;
        }
    }
    struct resource *meta = schema_resource_find(set, uri, err);
    if (meta == NULL || fragment.len > 0 || depth == META_CHAIN_MAX) {
        return json_err(err, name,
                        "the meta-schema \"%.*s\" is not known: expected that of draft 2020-12 or "
                        "2019-09, or one that was added",
                        STR_ARG(json_str(name)));
    }
    struct json vocabulary = json_get(meta->root, STR("$vocabulary"));
    return json_exists(vocabulary) ? read_vocabulary(out, vocabulary, err)
                                   : find_dialect(out, set, meta, depth + 1, err);
}

static bool find_dialect(struct dialect *out, struct schema_set *set, struct resource *r,
                         unsigned depth, struct err *err)
{
    while (r != NULL) {
        struct json name = json_get(r->root, STR("$schema"));
        if (json_exists(name)) {
            return named_dialect(out, set, name, depth, err);
        }
        r = r->parent;
    }
    *out = (struct dialect){.vocabularies = all};
    return true;
}

bool schema_dialect(struct dialect *out, struct schema_set *set, struct resource *resource,
                    struct err *err)
{
    if (!resource->has_dialect) {
        if (!find_dialect(&resource->dialect, set, resource, 0, err)) {
            return false;
        }
        resource->has_dialect = true;
        if (set->has_format_assertion) {
            resource->dialect.vocabularies |= VOCABULARY_FORMAT;
        }
    }
    *out = resource->dialect;
    return true;
}
