/* Private to model/: the compiled form of a template. */
#ifndef REHEARSE_MODEL_TEMPLATE_INT_H
#define REHEARSE_MODEL_TEMPLATE_INT_H

#include "model/template.h"

enum template_kind {
    KIND_CONSTANT,
    KIND_VALUE,
    KIND_TEXT,
    KIND_OBJECT,
    KIND_ARRAY,
    KIND_EACH,
    KIND_ROWS,
    KIND_COUNT,
    KIND_MERGE,
    KIND_OMIT,
    KIND_PICK,
    KIND_AS_TEXT,
    KIND_IF,
};

/* A part of a text: literal, or a variable. */
struct piece {
    bool is_variable;
    struct str escaped, plain; /* of literal text: escaped for JSON, and as it is */
    struct var var;
    struct str otherwise; /* as a JSON string; s NULL: none */
};

/* What is asked of a value. */
enum test { TEST_HOLDS, TEST_IS, TEST_HAS, TEST_BELOW, TEST_AT_LEAST };
struct condition {
    enum test test;
    const struct str *words; /* TEST_IS; TEST_HAS: one */
    size_t n_words;
    double number; /* TEST_BELOW, TEST_AT_LEAST */
};

/*  KIND_CONSTANT  json, plain               a scalar, or a string without variables
 *  KIND_VALUE     pieces[0]                 a string that is one variable
 *  KIND_TEXT      pieces                    a string with variables in it
 *  KIND_OBJECT    names, heads, items       json too, where nothing within varies
 *  KIND_ARRAY     items                     json too, where nothing within varies
 *  KIND_EACH      list, items[0]
 *  KIND_ROWS      query, items[0], name; behind it the values of the query
 *  KIND_COUNT     query, items: its values
 *  KIND_MERGE     items
 *  KIND_OMIT      names in quotes (n_names), items[0]
 *  KIND_PICK      names in quotes (n_names), items[0]
 *  KIND_AS_TEXT   items[0]
 *  KIND_IF        condition, items: of what, then, else (where n is 3)                    */
struct template
{
    enum template_kind kind;
    bool is_optional; /* KIND_VALUE: left out where it is absent; KIND_EACH: where nothing is in it */
    struct str json;  /* s NULL: it varies */
    struct str plain; /* the text of a constant string, else its JSON text */
    struct piece *pieces;
    size_t n_pieces;
    struct str list;
    struct str *names, *heads; /* member names, as they are and as `"name":` */
    const struct template **items;
    size_t n, n_names;
    const struct template *name; /* KIND_ROWS: of the member that each becomes; NULL: an array */
    const struct template_query *query;
    const struct condition *condition;
    struct json source; /* where it stands in the profile */
};

/* What is known while a template is compiled. */
struct compiler {
    struct arena *a;
    struct err *err;
    size_t lists;                    /* how many $each of lists are around */
    size_t rows;                     /* how many $each of resources are around */
    struct template_query **queries; /* NULL: there are no entities to look at */
};
CHECK bool template_build(const struct template **out, struct compiler *c, struct json source);
/* An object that has a word, a member "$…"; `is_word` says whether it has one. */
CHECK bool template_build_word(struct template *t, struct compiler *c, bool *is_word);
/* {"resource": …, "where": {…}} at `source` into t->query; its values go to t->items from `at` on.
 */
CHECK bool template_build_query(struct template *t, struct compiler *c, struct json source,
                                size_t at);
/* Renders what template_build_word made; as template_put. */
bool template_put_word(struct buf *out, const struct template *t,
                       const struct template_source *from);
/* What stands from `at` on, a JSON value, becomes plain text: a string is decoded. */
void template_make_plain(struct buf *out, size_t at);

/* Finds what "{text}" means; the message of a refusal ends in the nearest variable or in those that
 * there are. `a` is scratch. */
CHECK bool var_parse(struct var *out, struct arena *a, struct str text, struct json source,
                     struct err *err);

#endif
