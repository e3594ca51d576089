/* rehearse's own files as inputs of `check`: profiles, fault files, workloads, sinks, scenarios, rule files,
 * rehearse.json, plans. Each is judged by its JSON Schema and by the loader that would read it. */
#ifndef REHEARSE_CLI_OWN_FILES_H
#define REHEARSE_CLI_OWN_FILES_H

#include "cli/check.h"

struct own_file;

/* What the document is by its "$schema", else by its members; NULL: none of these. */
const struct own_file *own_file_of(struct json root, struct str name);
/* By the word that --from takes ("workload"); NULL: there is none. */
const struct own_file *own_file_named(struct str kind);
/* "a workload (rehearse simulate)" */
struct str own_file_title(const struct own_file *f);

/* Adds the findings of what its loader refuses, each at its place. `root` is of the text. */
void own_file_check(const struct own_file *f, struct check_job *j, struct str name, struct str text,
                    struct json root);

#endif
