/* Filters written as a text: "type:queues OR type:codes AND by:ann". `and` binds closer than `or`;
 * a value may stand in quotation marks; there are no parentheses. */
#include "model/search_int.h"

struct words {
    struct search_reader *r;
    const struct search_filter *rule;
    const struct field_path *rows;
    struct json at;  /* the text's place, for findings */
    struct str rest; /* not read yet */
    struct str word; /* the one at hand; "" at the end */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word; blanks within quotation marks do not end it. */
static void next_word(struct words *w)
{
    size_t n = 0;
    bool is_quoted = false;
    while (w->rest.len && is_blank(w->rest.s[0])) {
        w->rest = str_slice(w->rest, 1, w->rest.len);
    }
    while (n < w->rest.len && (is_quoted || !is_blank(w->rest.s[n]))) {
        is_quoted = w->rest.s[n] == '"' ? !is_quoted : is_quoted;
        n++;
    }
    w->word = str_slice(w->rest, 0, n);
    w->rest = str_slice(w->rest, n, w->rest.len);
}

static bool is_word(const struct words *w, struct str word)
{
    return word.len && str_eq_fold(w->word, word);
}

static struct str without_quotes(struct str s)
{
    bool is_quoted = s.len >= 2 && s.s[0] == '"' && s.s[s.len - 1] == '"';
    return is_quoted ? str_slice(s, 1, s.len - 1) : s;
}

/* "type:queues"; the word at hand is the one behind it then. */
static const struct filter_node *read_term(struct words *w)
{
    struct str all = w->word, is = w->rule->text_is;
    size_t at = str_find(all, is);
    struct str name = str_slice(all, 0, at);
    struct str value = without_quotes(str_slice(all, at + is.len, all.len));
    if (all.len == 0 || at >= all.len || name.len == 0 || value.len == 0) {
        search_bad(w->r, w->at, "Q604", "query.filter", STR("a property and its value"),
                   "at \"%.*s\" a filter has to name a property and its value",
                   STR_ARG(str_slice(all, 0, 60)));
        return NULL;
    }
    struct filter_node *n = search_new_node(w->r, w->at, FILTER_MATCH);
    const struct search_dimension *d = n ? search_dimension_of(w->r, w->at, name) : NULL;
    if (!d) {
        return NULL;
    }
    n->view = row_view(w->rows, d->field);
    n->value = value;
    next_word(w);
    return n;
}

/* Terms with `joiner` between; `read` reads one of them. */
static const struct filter_node *read_joined(struct words *w, enum filter_kind kind,
                                             struct str joiner,
                                             const struct filter_node *(*read)(struct words *))
{
    const struct filter_node *first = read(w);
    if (!first || !is_word(w, joiner)) {
        return first;
    }
    struct filter_node *all = search_new_node(w->r, w->at, kind);
    if (!all) {
        return NULL;
    }
    /* a term and its joiner take two bytes at the least */
    all->children = ARENA_ARRAY(w->r->a, w->rest.len / 2 + 2, const struct filter_node *);
    all->children[all->n++] = first;
    while (is_word(w, joiner)) {
        next_word(w);
        const struct filter_node *one = read(w);
        if (!one) {
            return NULL;
        }
        all->children[all->n++] = one;
    }
    return all;
}

static const struct filter_node *read_and(struct words *w)
{
    return read_joined(w, FILTER_AND, w->rule->text_and, read_term);
}

const struct filter_node *search_read_text(struct search_reader *r, struct json at,
                                           const struct search_filter *rule,
                                           const struct field_path *rows)
{
    struct words w = {.r = r, .rule = rule, .rows = rows, .at = at};
    w.rest = json_str_or(at, STR(""));
    next_word(&w);
    const struct filter_node *all = read_joined(&w, FILTER_OR, rule->text_or, read_and);
    if (all && w.word.len) {
        search_bad(r, at, "Q604", "query.filter", rule->text_or,
                   "\"%.*s\" stands where the next property has to be joined",
                   STR_ARG(str_slice(w.word, 0, 60)));
        return NULL;
    }
    return all;
}
