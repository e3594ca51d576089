/* Readers: texts that are not JSON become JSON documents whose places are those of the original
 * (base/json_origin.h), so that every check and every finding works on them as on JSON. All borrow
 * `name` and `text`, which must live as long as the arena. */
#ifndef REHEARSE_VALIDATOR_READ_H
#define REHEARSE_VALIDATOR_READ_H

#include "model/model.h"

/* --- tables --- */

/* A member that a table's column may fill: "name", "division.id". */
struct table_column {
    struct str path;
    enum json_kind kind; /* of one value: JSON_STRING, JSON_NUMBER or JSON_BOOL */
    bool is_list;        /* values in one cell, with | between them */
};

/* The members of scalar type that `schema` (of an entity or body) knows, by path; in `a`. */
size_t table_columns(const struct table_column **out, struct arena *a, const struct contract *c,
                     struct json schema);

/* A table (RFC 4180, separated by comma, semicolon or tab) as an array of objects, one for each row; the
 * first row names the columns: case, blanks, underscores, dots and hyphens do not count. Cells become
 * what their column's type is where they can ("300", "yes"), else they stay texts; empty ones are absent.
 * Findings: J012 rows of the wrong width (left out), J013 columns that no member has (left out), J001,
 * J002, J003, J014. False, with `err`, where there is no table to speak of. */
CHECK bool read_csv(const struct json_doc **out, struct arena *a, struct str name, struct str text,
                    const struct table_column *columns, size_t n_columns, struct findings *fs,
                    struct err *err);

/* --- YAML --- */

/* A comment "# rehearse: ignore S106,S104 reason". It speaks of its own line, or where it stands alone on
 * it of the next. */
struct yaml_ignore {
    struct span span; /* of the comment */
    uint32_t line;
    bool is_alone;
    struct str rules, reason; /* either may be "" */
};

struct yaml_result {
    const struct json_doc *doc; /* several documents: an array of them */
    size_t n_documents;
    struct yaml_ignore *ignores;
    size_t n_ignores;
};

/* YAML 1.2, core schema. Findings: J011 what YAML 1.1 reads otherwise, J003 names that repeat, J005 too deep
 * or aliases that stand for too much, J002, J001, J007, J014. */
CHECK bool read_yaml(struct yaml_result *out, struct arena *a, struct str name, struct str text,
                     struct findings *fs, struct err *err);

/* What a text is that is plainly none of ours: "a spreadsheet (.xlsx)"; NULL if that cannot be told from
 * its first bytes. `out_advice` says what to do. */
const char *read_binary_name(struct str text, const char **out_advice);

#endif
