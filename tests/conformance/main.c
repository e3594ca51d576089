/* Runs a public suite of conformance tests from a folder.
 *
 *     conformance --json-parsing DIR
 *     conformance --json-schema DIR --remotes DIR */
#include "tests/conformance/conformance.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_USAGE = 2 };

int main(int argc, char **argv)
{
    const char *parsing = NULL, *schema = NULL, *remotes = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char **target = strcmp(argv[i], "--json-parsing") == 0  ? &parsing
                              : strcmp(argv[i], "--json-schema") == 0 ? &schema
                              : strcmp(argv[i], "--remotes") == 0     ? &remotes
                                                                      : NULL;
        if (target == NULL) {
            fprintf(stderr, "conformance: unknown option '%s'\n", argv[i]);
            return STATUS_USAGE;
        }
        *target = argv[i + 1];
    }
    bool is_paired = argc % 2 == 1 && (schema == NULL) == (remotes == NULL);
    if (!is_paired || (parsing == NULL && schema == NULL)) {
        fprintf(stderr,
                "usage: conformance [--json-parsing DIR] [--json-schema DIR --remotes DIR]\n");
        return STATUS_USAGE;
    }
    int status = parsing != NULL ? conformance_json_parsing(parsing) : 0;
    int other = schema != NULL ? conformance_json_schema(schema, remotes) : 0;
    return status > other ? status : other;
}
