/* The files of fixtures/ that were built into the program. */
#ifndef REHEARSE_MODEL_BUILTIN_H
#define REHEARSE_MODEL_BUILTIN_H

#include "base/base.h"

struct builtin {
    const char *name; /* path below fixtures/: "profiles/genesys-cloud.json"; NULL ends the table */
    const char *from, *to;
};
/* In order of name. Made at build time. */
extern const struct builtin builtin_files[];

/* The content of the file of that name; s NULL if there is none. */
struct str builtin_find(struct str name);

/* Checks one of our own documents against a built-in schema (fixtures/schema/NAME); violations go
 * to `fs`. */
bool format_check(struct str schema_name, struct json document, struct findings *fs,
                  struct err *err);

#endif
