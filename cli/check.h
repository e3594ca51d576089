/* `rehearse check`, in parts: options, inputs, one run over them, what is done with its findings.
 * Private to cli/. */
#ifndef REHEARSE_CLI_CHECK_H
#define REHEARSE_CLI_CHECK_H

#include "cli/cli.h"
#include "mockapi/mockapi.h"
#include "validator/validator.h"

enum { CHECK_FILES_MAX = 10000 };

struct check_options {
    struct option_list policies, outputs, select, ignore, severity;
    const char *profile, *tenant, *operation, *from, *format, *fail_on, *stdin_name, *colour;
    uint64_t max_warnings;
    bool is_quiet, fixes, shows_diff;
};

extern const struct option check_option_table[];
void check_option_defaults(void *values);
bool check_option_words(const struct check_options *o, struct err *err);
/* "S,U202": a rule or its family is among them. */
bool check_is_listed(const struct option_list *list, struct str rule);

/* Files, read once; a fix makes another text of one. */
struct check_input {
    const char *path;
    struct str name, text, original; /* s NULL: not read yet */
    size_t n_fixed;                  /* findings that were fixed in it */
};
struct check_inputs {
    struct arena arena;
    struct check_input *at; /* room for CHECK_FILES_MAX */
    size_t n;
};
void check_inputs_init(struct check_inputs *in);
void check_inputs_done(struct check_inputs *in);
/* A folder stands for the files below it that could be meant; what is named is taken as it is. */
bool check_inputs_add(struct check_inputs *in, const struct check_options *o, const char *path,
                      struct err *err);

/* One run over all inputs. */
struct check_job {
    const struct check_options *o;
    struct check_inputs *in;
    struct arena arena;
    struct findings findings;
    struct contract *contract;
    struct trial *trial;
    struct check check;
    struct report_file *files;
    size_t n_files;
    struct report report;
    struct fix_maker fixes;
    bool is_silent; /* says nothing of what files were taken for */
};
/* Reads, checks, sorts; job->report has all. Of a job nothing but is_silent needs to be set before.
 * Gives up on the first input that cannot be opened. */
bool check_job_run(struct check_job *j, const struct check_options *o, struct check_inputs *in,
                   struct err *err);
void check_job_done(struct check_job *j);

/* Applies the safe fixes of the report to the inputs' texts; how many there were. */
size_t check_fix_once(struct check_job *j);
/* Three rounds at most, on the texts in memory: `j` is run anew after each. */
bool check_fix_all(struct check_job *j, struct err *err);
/* Writes what was fixed to its files. */
bool check_fix_write(const struct check_inputs *in, struct err *err);
/* Appends a unified diff of all that was fixed. */
void check_fix_diff(struct buf *out, const struct check_inputs *in);

#endif
