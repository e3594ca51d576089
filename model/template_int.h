/* Private to model/: the compiled form of a template. */
#ifndef REHEARSE_MODEL_TEMPLATE_INT_H
#define REHEARSE_MODEL_TEMPLATE_INT_H

#include "model/template.h"

enum template_kind { KIND_CONSTANT, KIND_VALUE, KIND_TEXT, KIND_OBJECT, KIND_ARRAY, KIND_EACH };

/* A part of a text: literal, or a variable. */
struct piece {
    bool is_variable;
    struct str escaped, plain; /* of literal text: escaped for JSON, and as it is */
    struct var var;
    struct str otherwise; /* as a JSON string; s NULL: none */
};

/*  KIND_CONSTANT  json, plain               a scalar, or a string without variables
 *  KIND_VALUE     pieces[0]                 a string that is one variable
 *  KIND_TEXT      pieces                    a string with variables in it
 *  KIND_OBJECT    names, heads, items       json too, where nothing within varies
 *  KIND_ARRAY     items                     json too, where nothing within varies
 *  KIND_EACH      list, items[0]                                                        */
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
    size_t n;
    struct json source; /* where it stands in the profile */
};

/* Finds what "{text}" means; the message of a refusal ends in the nearest variable or in those that
 * there are. `a` is scratch. */
CHECK bool var_parse(struct var *out, struct arena *a, struct str text, struct json source,
                     struct err *err);

#endif
