/* The sink of a server, for who starts it; its files and those of faults, for who checks them. */
#include "mockapi/fault.h"
#include "mockapi/server.h"
#include "mockapi/sink.h"

bool mock_read_sinks(struct sink_rules **out, const struct mock_sink *files, size_t n,
                     struct findings *fs, struct err *err)
{
    return sink_rules_load(out, files, n, fs, err);
}

void mock_take_sinks(struct mock *mock, struct sink_rules *rules)
{
    sink_set_rules(mock->admin.sink, rules);
}

void mock_drop_sinks(struct sink_rules *rules)
{
    sink_rules_free(rules);
}

bool mock_check_faults(const struct contract *contract, struct json file, struct findings *fs,
                       struct err *err)
{
    struct faults *faults = faults_new(0);
    bool is_well = faults_load(faults, contract, file, 0, fs, err);
    faults_free(faults);
    return is_well;
}
