/* The sink of a server, for who starts it. */
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
