/* Made-up tenants: every built-in profile and the small one; the same bytes for the same seed;
 * loads without a finding; texts for patterns are what the patterns accept. */
#include "unit.h"

#include <stdio.h>

#include "model/generate_int.h"
#include "small_profile.h"

static struct arena scratch;

static void setup(void)
{
    arena_init(&scratch, 0, 0);
}

static void teardown(void)
{
    arena_done(&scratch);
}

enum { PROFILES_MAX = 32 };

/* Built-in number `i`; the small one first; NULL past the end. */
static struct contract *profile_at(int i)
{
    struct contract *contract = NULL;
    struct findings fs;
    struct err err = {0};
    struct buf name;
    if (i == 0) {
        return small_profile(&scratch);
    }
    findings_init(&fs, &scratch);
    buf_init(&name, &scratch);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str file = str_of(b->name);
        if (str_starts(file, STR("profiles/")) && --i == 0) {
            buf_put(&name, str_slice(file, sizeof "profiles/" - 1, file.len - sizeof ".json" + 1));
            ck_assert_msg(contract_open(&contract, buf_cstr(&name), NULL, 0, &fs, &err), "%s: %s",
                          b->name, err.msg);
        }
    }
    return contract;
}

static struct str generate(const struct contract *contract, uint64_t seed, size_t codes,
                           size_t queues)
{
    struct generate_options options = {.seed = seed, .codes = codes, .queues = queues};
    struct err err = {0};
    struct buf out;
    buf_init(&out, &scratch);
    ck_assert_msg(tenant_generate(&out, contract, &options, &err), "%.*s: %s",
                  STR_ARG(contract->name), err.msg);
    return buf_str(&out);
}

static struct tenant *load(const struct contract *contract, struct str text)
{
    struct findings fs;
    struct err err = {0};
    struct tenant *t = small_load(&scratch, contract, text, &fs, &err);
    ck_assert_msg(t, "%.*s %u:%u: %s", STR_ARG(contract->name), err.line, err.column, err.msg);
    ck_assert_uint_eq(fs.errors, 0);
    return t;
}

START_TEST(every_profile_loads_what_is_made_up)
{
    static const size_t sizes[] = {0, 1, 7, 300};
    struct contract *contract = profile_at(_i);
    for (size_t i = 0; contract && i < sizeof sizes / sizeof *sizes; i++) {
        struct str text = generate(contract, 5 + i, sizes[i], 3);
        struct tenant *t = load(contract, text);
        ck_assert_uint_eq(tenant_count(t, &contract->resources[0]), sizes[i]);
        ck_assert_uint_ge(tenant_client_count(t), 1);
        struct buf shot;
        buf_init(&shot, &scratch);
        tenant_snapshot(&shot, t);
        struct tenant *again = load(contract, buf_str(&shot)); /* whole now: loads as it stands */
        struct buf same;
        buf_init(&same, &scratch);
        tenant_snapshot(&same, again);
        ck_assert(str_eq(buf_str(&same), buf_str(&shot)));
        tenant_free(again);
        tenant_free(t);
    }
    contract_free(contract);
}
END_TEST

START_TEST(every_built_in_tenant_loads)
{
    struct contract *contract = _i ? profile_at(_i) : NULL;
    if (contract) {
        struct tenant *t = NULL;
        struct findings fs;
        struct err err = {0};
        findings_init(&fs, &scratch);
        const char *name = str_cstr(&scratch, contract->default_tenant);
        ck_assert_msg(tenant_open(&t, contract, name, &fs, &err), "%s: %s", err.file, err.msg);
        struct buf shot, same;
        buf_init(&shot, &scratch);
        buf_init(&same, &scratch);
        tenant_snapshot(&shot, t);
        struct tenant *again = load(contract, buf_str(&shot));
        tenant_snapshot(&same, again);
        ck_assert(str_eq(buf_str(&same), buf_str(&shot)));
        tenant_free(again);
        tenant_free(t);
    }
    contract_free(contract);
}
END_TEST

START_TEST(the_seed_decides)
{
    struct contract *contract = small_profile(&scratch);
    struct str one = generate(contract, 1, 50, 4);
    ck_assert(str_eq(one, generate(contract, 1, 50, 4)));
    ck_assert(!str_eq(one, generate(contract, 2, 50, 4)));
    contract_free(contract);
}
END_TEST

START_TEST(numbers_are_kept)
{
    struct contract *contract = small_profile(&scratch);
    struct tenant *t = load(contract, generate(contract, 3, 200, 9));
    ck_assert_uint_eq(tenant_count(t, &contract->resources[SMALL_CODE]), 200);
    ck_assert_uint_eq(tenant_count(t, &contract->resources[SMALL_QUEUE]), 9);
    ck_assert_uint_ge(tenant_count(t, &contract->resources[SMALL_LINK]), 9);
    ck_assert_uint_eq(tenant_count(t, &contract->resources[SMALL_SETTINGS]), 1); /* a limit */
    struct buf id = {0};
    tenant_next_id(t, &contract->resources[SMALL_CODE], &id);
    ck_assert_ptr_null(tenant_find(t, &contract->resources[SMALL_CODE], buf_str(&id)));
    buf_done(&id);
    tenant_free(t);
    contract_free(contract);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
    struct contract *contract = small_profile(&scratch);
    struct generate_options options = {.codes = 2001}; /* the profile's limit is 2,000 */
    struct err err = {0};
    struct buf out = {0};
    ck_assert(!tenant_generate(&out, contract, &options, &err));
    ck_assert_msg(str_find(str_of(err.msg), STR("2000")) < str_of(err.msg).len, "%s", err.msg);
    ck_assert_uint_eq(out.len, 0);
    contract_free(contract);
}
END_TEST

START_TEST(names_differ)
{
    enum { NAMES = 30000 };
    for (int naming = NAME_OUTCOME; naming <= NAME_GROUP; naming++) {
        struct map seen = {0};
        for (size_t i = 0; i < NAMES; i++) {
            struct buf name;
            buf_init(&name, &scratch);
            generate_name(&name, (enum naming)naming, 9, i);
            ck_assert_msg(!map_put(&seen, buf_str(&name), &scratch), "%.*s",
                          STR_ARG(buf_str(&name)));
        }
        map_done(&seen);
    }
}
END_TEST

/* Each pattern, and a schema that has it says whether the text is right. */
static const struct row {
    const char *pattern;
    bool is_understood;
} patterns[] = {
    {"^[A-Z]{2}[0-9]{1,3}$", true},
    {"^\\d{3}-\\d{4}$", true},
    {"^(foo|ba[rz]|q(u{2,4}x)?)+$", true},
    {"^[^\\s/]+$", true},
    {"^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$", true},
    {"^[\\w.-]*$", true},
    {"^a.c\\.d?e+f*$", true},
    {"^[\\]a]{3}$", true},
    {"^[^]$", true},
    {"^[]a]{3}$", false}, /* the empty class accepts nothing */
    {"^\\+?[1-9]\\d{1,14}$", true},
    {"", true},
    {"^x{0}y{2,}$", true},
    {"(a|b", false},
    {"a)", false},
    {"[a", false},
    {"[z-a]", false},
    {"\\bword\\b", false},
    {"^(?=a)a$", false},
    {"(.)\\1", false},
    {"\\p{L}", false},
    {"*", false},
    {"a{2,1}", false},
    {"((((((((((a))))))))))", false}, /* deeper than we go */
    {"(a{1000}){1000}", false},       /* longer than we go */
};

START_TEST(texts_fit_their_patterns)
{
    struct rng rng;
    struct buf text, schema_text;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    const struct schema *schema = NULL;
    struct schema_set *set = schema_set_new(&scratch, true);
    struct schema_run *run = schema_run_new();
    rng_init(&rng, 1);
    buf_init(&schema_text, &scratch);
    buf_put(&schema_text, STR("{\"pattern\":"));
    buf_put_json_string(&schema_text, str_of(patterns[_i].pattern));
    buf_put_char(&schema_text, '}');
    buf_init(&text, &scratch);
    bool is_made = generate_match(&text, &rng, str_of(patterns[_i].pattern));
    ck_assert_msg(is_made == patterns[_i].is_understood, "%s", patterns[_i].pattern);
    ck_assert(is_made || text.len == 0);
    for (int i = 0; is_made && i < 200; i++) {
        struct buf value;
        const struct json_doc *instance = NULL;
        buf_init(&value, &scratch);
        buf_clear(&text);
        ck_assert(generate_match(&text, &rng, str_of(patterns[_i].pattern)));
        buf_put_json_string(&value, buf_str(&text));
        if (!schema) {
            ck_assert(
                json_parse(&doc, &scratch, STR(""), buf_str(&schema_text), NULL, NULL, &err) &&
                schema_set_add(set, STR("test:///"), json_root(doc), &err) &&
                schema_compile(&schema, set, STR("test:///"), &err));
        }
        ck_assert(json_parse(&instance, &scratch, STR(""), buf_str(&value), NULL, NULL, &err));
        ck_assert_msg(schema_check(schema, run, json_root(instance), NULL, NULL),
                      "%s does not match %s", buf_cstr(&text), patterns[_i].pattern);
    }
    schema_run_free(run);
    schema_set_free(set);
}
END_TEST

/* How often `id` stands in the list of the entity `of`. */
static size_t times_in(struct json all, struct str of, const char *list, const char *member,
                       struct str id)
{
    size_t n = 0;
    for (struct json e = json_first(all); json_exists(e); e = json_next(e)) {
        if (!str_eq(json_str_or(json_get(e, STR("id")), STR("")), of)) {
            continue;
        }
        struct json ids = json_get(e, str_of(list));
        for (struct json v = json_first(ids); json_exists(v); v = json_next(v)) {
            struct json one = *member ? json_get(v, str_of(member)) : v;
            n += str_eq(json_str_or(one, STR("")), id);
        }
    }
    return n;
}

START_TEST(mirrored_lists_agree)
{
    struct contract *contract = NULL;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    findings_init(&fs, &scratch);
    ck_assert(contract_open(&contract, "genesys-lifecycle", NULL, 0, &fs, &err));
    struct str text = generate(contract, 3, 40, 5);
    ck_assert(json_parse(&doc, &scratch, STR("made"), text, NULL, NULL, &err));
    struct json queues = json_path(json_root(doc), STR("resources.queue")),
                codes = json_path(json_root(doc), STR("resources.wrapupCode"));
    size_t n = 0, there = 0;
    for (struct json c = json_first(codes); json_exists(c); c = json_next(c)) {
        struct str code = json_str_or(json_get(c, STR("id")), STR(""));
        struct json own = json_get(c, STR("routingQueueIds"));
        ck_assert(json_count(own) > 0);
        for (struct json v = json_first(own); json_exists(v); v = json_next(v), n++) {
            struct str queue = json_str_or(v, STR(""));
            ck_assert(times_in(queues, queue, "wrapupCodes", "id", code) == 1);
            ck_assert(times_in(codes, code, "routingQueueIds", "", queue) == 1);
        }
    }
    for (struct json q = json_first(queues); json_exists(q); q = json_next(q)) {
        there += json_count(json_get(q, STR("wrapupCodes")));
        ck_assert(json_count(json_get(q, STR("interactionTypes"))) >
                  0); /* else it takes no codes */
    }
    ck_assert(n == there && n >= 40);
    contract_free(contract);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("generate");
    TCase *tc = tcase_create("generate");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, every_profile_loads_what_is_made_up, 0, PROFILES_MAX);
    tcase_add_loop_test(tc, every_built_in_tenant_loads, 0, PROFILES_MAX);
    tcase_add_test(tc, the_seed_decides);
    tcase_add_test(tc, numbers_are_kept);
    tcase_add_test(tc, mirrored_lists_agree);
    tcase_add_test(tc, what_cannot_be_is_said);
    tcase_add_test(tc, names_differ);
    tcase_add_loop_test(tc, texts_fit_their_patterns, 0, (int)(sizeof patterns / sizeof *patterns));
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
