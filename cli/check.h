/* `rehearse check`, in parts: options, inputs, one run over them, what is done with its findings.
 * Private to cli/. */
#ifndef REHEARSE_CLI_CHECK_H
#define REHEARSE_CLI_CHECK_H

#include "cli/cli.h"
#include "mockapi/mockapi.h"
#include "validator/validator.h"

enum { CHECK_FILES_MAX = 10000 };

struct check_options {
    struct option_list policies, outputs, select, ignore, severity, rules;
    const char *config, *baseline, *write_baseline, *base;
    const char *emit_model, *emit_db;
    const char *profile, *tenant, *operation, *from, *format, *fail_on, *stdin_name, *colour;
    uint64_t max_warnings;
    bool is_quiet, fixes, shows_diff, no_config, strict_baseline, shows_stats, watches;
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

/* rehearse.json, read once a run of the program. */
struct check_config {
    struct arena arena;
    const char *path; /* NULL: there is none */
    struct str text;
    struct option_list files, locked;
    struct accept accept;
    struct findings findings; /* about the configuration itself */
};
/* Looks for it (or takes --config's) and fills in what `o` leaves open. */
bool check_config_read(struct check_config *c, struct check_options *o, struct err *err);
/* The same of a text, whose name is its path. Borrows it. */
bool check_config_text(struct check_config *c, struct check_options *o, struct str name,
                       struct str text, struct err *err);
void check_config_done(struct check_config *c);

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
    size_t n_files, n_inputs; /* behind the inputs: the configuration, the baseline */
    const struct check_config *config;
    struct user_rules *rules; /* NULL: none */
    struct accept accept;
    struct baseline baseline, base, written; /* accepted; what the old file had; to be written */
    struct report report;
    struct json snapshot; /* the last one that was checked; else no value */
    struct fix_maker fixes;
    bool is_silent; /* says nothing of what files were taken for */
};
/* Reads, checks, sorts; job->report has all. Of a job config is to be set before, and
 * is_silent may be; else nothing needs to be set before.
 * Gives up on the first input that cannot be opened. */
bool check_job_run(struct check_job *j, const struct check_options *o, struct check_inputs *in,
                   struct err *err);
void check_job_done(struct check_job *j);

/* Writes the model of the last snapshot, else of the tenant after all steps, to the files that are wanted. */
bool check_emit(struct check_job *j, struct err *err);

/* What was accepted is read; the report is made; both parts of a run. */
bool check_report_read(struct check_job *j, struct err *err);
void check_report_make(struct check_job *j);
void check_report_done(struct check_job *j);

/* Runs, and again whenever an input or the configuration's file changes; the last run's status. */
typedef int check_runner(const struct check_options *o, const struct check_config *config,
                         char **arguments, size_t n, struct check_inputs *in);
int check_watch(const struct check_options *o, const struct check_config *config, char **arguments,
                size_t n, check_runner *once);

/* Applies the safe fixes of the report to the inputs' texts; how many there were. */
size_t check_fix_once(struct check_job *j);
/* Three rounds at most, on the texts in memory: `j` is run anew after each. */
bool check_fix_all(struct check_job *j, struct err *err);
/* Writes what was fixed to its files. */
bool check_fix_write(const struct check_inputs *in, struct err *err);
/* Appends a unified diff of all that was fixed. */
void check_fix_diff(struct buf *out, const struct check_inputs *in);

#endif
