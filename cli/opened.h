/* A profile and a tenant as commands name them: built-in, a snapshot file, or a mock that runs on this
 * machine. Private to cli/. */
#ifndef REHEARSE_CLI_OPENED_H
#define REHEARSE_CLI_OPENED_H

#include "cli/options.h"
#include "model/model.h"

struct opened {
    struct arena *arena;
    struct findings *findings; /* why a file was refused */
    const char *profile;       /* NULL: as `said`, as the tenant's file, else genesys-cloud */
    struct str said;           /* the profile that a document names; "" none */
    const struct option_list *policies; /* NULL: none */
    struct policy_choice choices[OPTION_LIST_MAX];
    size_t n_choices;
    struct contract *contract; /* the caller's: contract_free */
};

/* A JSON document at `path` ("-": standard input), for its "profile" and more. */
CHECK bool opened_document(struct opened *o, struct json *out, struct str *out_text,
                           const char *path, struct err *err);
/* The tenant called so; NULL: the profile's own. The contract is opened with the first. */
CHECK bool opened_tenant(struct opened *o, struct tenant **out, const char *name_path_or_url,
                         struct err *err);

#endif
