/* The fixer on any text: the first line names the file, and with it the syntax; the rest is the text. What
 * is fixed re-reads, and the finding is not found again at the place of its fix. */
#include <stdlib.h>

#include "validator/validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static struct contract *contract;

static void close_profile(void)
{
    contract_free(contract);
}

static const struct contract *profile(void)
{
    if (!contract) {
        struct arena a;
        struct findings fs;
        struct err err = {0};
        arena_init(&a, 0, 0);
        findings_init(&fs, &a);
        must(contract_open(&contract, "genesys-cloud", NULL, 0, &fs, &err), "the profile opens");
        arena_done(&a);
        (void)atexit(close_profile);
    }
    return contract;
}

static bool read_any(const struct json_doc **out, struct arena *a, struct str name, struct str text,
                     struct findings *fs)
{
    static const struct table_column columns[] = {{STR_INIT("name"), JSON_STRING, false},
                                                  {STR_INIT("division.id"), JSON_STRING, false}};
    const struct json_limits limits = {.allow_bom = true};
    if (str_ends(name, STR(".csv"))) {
        return read_csv(out, a, name, text, columns, 2, fs, NULL);
    }
    if (str_ends(name, STR(".yaml"))) {
        struct yaml_result yaml = {0};
        bool is_read = read_yaml(&yaml, a, name, text, fs, NULL);
        *out = yaml.doc;
        return is_read;
    }
    return json_parse(out, a, name, text, &limits, fs, NULL);
}

/* What is wrong with the text as a body of the profile's first creating operation. */
static bool find(struct findings *fs, struct arena *a, struct str name, struct str text)
{
    const struct json_doc *doc = NULL;
    const struct operation *op = contract_operation(profile(), STR("postRoutingWrapupcodes"));
    bool is_read = read_any(&doc, a, name, text, fs);
    if (is_read) {
        struct json root = json_root(doc);
        struct schema_run *run = schema_run_new();
        const struct body_check check = {.contract = profile(), .op = op, .run = run};
        if (json_kind(root) == JSON_ARRAY) {
            for (struct json v = json_first(root); json_exists(v); v = json_next(v)) {
                (void)check_shape(&check, v, fs);
            }
        } else {
            (void)check_shape(&check, root, fs);
        }
        schema_run_free(run);
    }
    return is_read;
}

/* Each fix alone: the text with it is read as the one before was. */
static void try_fix(struct arena *a, struct str name, struct str text, const struct finding *f,
                    const struct report_fix *fix, bool was_read)
{
    struct buf out;
    struct findings again;
    buf_init(&out, a);
    findings_init(&again, a);
    must(fix->n_edits == 1 && fix->edits[0].span.to <= text.len, "an edit is inside");
    if (fix_apply(&out, a, text, &fix, 1) == 0) {
        return;
    }
    struct str fixed = {buf_cstr(&out), out.len};
    bool is_read = find(&again, a, name, fixed);
    must(is_read || !was_read, "what is fixed re-reads"); /* or reads now: one of two marks less */
    must(!str_eq(f->rule, STR("J009")) || !str_starts(fixed, text), "the mark is gone");
    if (fix->edits[0].text.len == 0) {
        return;
    }
    for (size_t i = 0; i < again.len; i++) {
        must(!(str_eq(again.at[i].rule, f->rule) && again.at[i].span.from == f->span.from &&
               again.at[i].replacement.s),
             "what is fixed is not found again");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TEXT_MAX = 1 << 14, TRIED_MAX = 20 };
    struct str all = {(const char *)data, size}, name, text = all;
    struct arena a;
    struct findings fs;
    if (size > TEXT_MAX || !str_cut(&text, '\n', &name)) {
        return 0;
    }
    name = str_ends(name, STR(".csv"))    ? STR("f.csv")
           : str_ends(name, STR(".yaml")) ? STR("f.yaml")
                                          : STR("f.json");
    text = text.s ? text : STR("");
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    bool is_read = find(&fs, &a, name, text);
    const struct report_file file = {name, text};
    struct fix_maker m = {.arena = &a, .files = &file, .n_files = 1};
    size_t n_tried = 0;
    for (size_t i = 0; i < fs.len && n_tried < TRIED_MAX; i++) {
        fs.at[i].file = name;
        const struct report_fix *fix = fix_make(&m, &fs.at[i]);
        if (fix) {
            try_fix(&a, name, text, &fs.at[i], fix, is_read);
            n_tried++;
        }
    }
    arena_done(&a);
    return 0;
}
