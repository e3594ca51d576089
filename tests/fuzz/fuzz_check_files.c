/* The files that a team writes for `check`, from anywhere: rules of its own, rehearse.json, a baseline. Each is
 * refused with a reason, or read; a baseline that was read is written as one that reads the same again. The first
 * byte chooses which: r rules, c configuration, b baseline. */
#include "cli/check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool is_well)
{
    if (!is_well) {
        __builtin_trap();
    }
}

static void read_rules(struct arena *a, struct str text)
{
    struct err err = {0};
    struct user_rules *rules = user_rules_new(a);
    bool is_read = user_rules_read(rules, STR("r.json"), text, &err);
    need(is_read || err.msg[0] != '\0');
    struct report_rule rows[4];
    need(user_rules_rows(rules, rows, 4) <= user_rules_count(rules));
    user_rules_free(rules);
}

static void read_config(struct arena *a, struct str text)
{
    struct err err = {0};
    struct check_config *c = ARENA_NEW(a, struct check_config);
    struct check_options *o = ARENA_NEW(a, struct check_options);
    check_option_defaults(o);
    bool is_read = check_config_text(c, o, STR("rehearse.json"), text, &err);
    need(is_read || err.msg[0] != '\0');
    if (is_read && !check_option_words(o, &err)) {
        need(err.msg[0] != '\0');
    }
    check_config_done(c);
}

static void read_baseline(struct arena *a, struct str text)
{
    struct err err = {0};
    struct baseline one = {.arena = a}, two = {.arena = a};
    struct buf first, second;
    buf_init(&first, a);
    buf_init(&second, a);
    if (baseline_read(&one, STR("b.json"), text, &err)) {
        baseline_write(&first, &one);
        need(baseline_read(&two, STR("again.json"), buf_str(&first), &err));
        baseline_write(&second, &two);
        need(str_eq(buf_str(&first), buf_str(&second)));
    } else {
        need(err.msg[0] != '\0');
    }
    baseline_done(&one);
    baseline_done(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size == 0) {
        return 0;
    }
    arena_init(&a, 0, 0);
    struct str text = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 'r':
        read_rules(&a, text);
        break;
    case 'c':
        read_config(&a, text);
        break;
    case 'b':
        read_baseline(&a, text);
        break;
    default:
        break;
    }
    arena_done(&a);
    return 0;
}
