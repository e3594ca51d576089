/* `rehearse simulate` asked about a tenant and what a change set makes of it, as a program. */
#include "base/base.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* Runs a line of shell in which $R is the program, $T a folder of our own, $C change sets, $W a workload of a tenant; its exit status. All that
 * is said goes to $T/said. */
static int sh(const char *line)
{
    struct buf text = {0};
    buf_printf(&text,
               "R=\"$REHEARSE\"; T=%s; C=fixtures/changesets; W=fixtures/workloads/acme.json; { %s "
               "; } >%s/said 2>&1",
               folder, line, folder);
    int status = system(buf_cstr(&text)); /* NOLINT(cert-env33-c): a test's own line */
    buf_done(&text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_said(const char *what)
{
    struct arena a;
    struct buf path = {0};
    struct str text = {0};
    struct err err = {0};
    arena_init(&a, 0, 0);
    buf_printf(&path, "%s/said", folder);
    bool is = file_read(&text, &a, buf_cstr(&path), 1 << 20, &err) &&
              str_find(text, str_of(what)) < text.len;
    buf_done(&path);
    arena_done(&a);
    return is;
}

/* A change set of these changes, in $T/c. */
#define CHANGE(profile, changes)                                                                   \
    "echo '{\"format\":1,\"profile\":\"" profile "\",\"changes\":[" changes "]}' >$T/c; "

#define SUPPORT_20_S                                                                               \
    "{\"update\":\"queue\",\"name\":\"Support\",\"set\":{\"acwSettings\":{\"wrapupPrompt\":"       \
    "\"MANDATORY_TIMEOUT\",\"timeoutMs\":20000}}}"
#define DAVID_OFF                                                                                  \
    "{\"update\":\"user\",\"name\":\"David Eriksen\",\"set\":{\"state\":\"inactive\"}}"
/* Sales of the enforcement dialect has one required code afterwards, which agents cannot choose. */
#define ENFORCED(way_out)                                                                          \
    CHANGE(                                                                                        \
        "genesys-enforcement",                                                                     \
        "{\"call\":\"replaceQueueWrapupCodes\",\"path\":{\"queueId\":\"633a50ee-e0f9-4038-ab8f-"   \
        "624fb804d820\"},\"body\":[{\"wrapupCodeId\":\"21636369-8b52-4b4a-97b7-50923ceb3ffd\","    \
        "\"isRequired\":true" way_out "}]}")                                                       \
    "echo "                                                                                        \
    "'{\"format\":1,\"profile\":\"genesys-enforcement\",\"tenant\":\"acme\",\"day\":{\"length\":"  \
    "\"8h\"},\"contacts\":[{\"queue\":\"Sales\",\"perHour\":18,\"talk\":180,\"acw\":60}],"         \
    "\"agents\":["                                                                                 \
    "{\"count\":4,\"serves\":[\"Sales\"]}]}' >$T/w; $R simulate operations $T/w -n 4 --change "    \
    "$T/c"

static const struct {
    const char *line;
    int status;
    const char *says;
} asked[] = {
    {"$R simulate assignment -p genesys-enforcement --change $C/genesys-enforcement.rollout.json",
     0, "takes 6 combinations away and gives 0: usable 5, were 11"},
    {"$R simulate assignment -p genesys-enforcement --change $C/genesys-enforcement.rollout.json",
     0, "rollout.json:6:14: warning: code \"Voicemail left\" is on no queue"},
    {"$R simulate assignment -p genesys-provisioning --change "
     "$C/genesys-provisioning.rollout.json",
     0, "+ Sales, Lead warm: 1 agent (any agent) can use it now; before: it is not there"},
    {"$R simulate assignment -p genesys-provisioning --change "
     "$C/genesys-provisioning.rollout.json -f csv",
     0, "\"usable\",\"any agent\",\"Sales\",\"\",\"Lead warm\",\"it is not there\""},
    {"$R simulate assignment -p genesys-provisioning --change "
     "$C/genesys-provisioning.rollout.json -f json -o $T/j && $R explain J001 >$T/o && cat $T/j",
     0,
     "\"gained\":1,\"usable\":10,\"usable_before\":9,\"changes\":[{\"becomes\":\"usable\","
     "\"queue\":"
     "\"Sales\""},
    {"$R simulate assignment -p genesys-provisioning --change "
     "$C/genesys-provisioning.rollout.json --queue Sales --code 'Lead warm'",
     0, "approved"},
    {"$R simulate assignment -p genesys-provisioning --queue Sales --code 'Lead warm'", 2,
     "there is no code \"Lead warm\""},
    {CHANGE("genesys-cloud", "{\"update\":\"user\",\"name\":\"Ada Berg\",\"set\":{\"state\":"
                             "\"inactive\"}}") "$R simulate assignment -p genesys-cloud --change "
                                               "$T/c",
     0, "takes 17 combinations away"},
    {CHANGE("genesys-cloud", "{\"update\":\"user\",\"name\":\"Ada Berg\",\"set\":{\"state\":"
                             "\"inactive\"}}") "$R simulate assignment -p genesys-cloud --change "
                                               "$T/c",
     0, "(Ada Berg) no longer can: agent \"Ada Berg\": it is not active"},
    {CHANGE("genesys-cloud", "{\"create\":\"wrapupCode\",\"body\":{}}") "$R simulate assignment -p "
                                                                        "genesys-cloud --change "
                                                                        "$T/c",
     1, "/c:1:80: error: \"name\" is missing"},
    {"$R simulate assignment -p cxone -f sarif", 1, "\"ruleId\":\"F108\""},
    {"$R simulate assignment -p cxone -f github", 1, "::error file=tenants/cxone.acme.json,line="},
    {"$R simulate assignment -p genesys-enforcement -f junit --change "
     "$C/genesys-enforcement.rollout.json",
     0, "<testsuite"},
    {"$R simulate assignment -p cxone -f xml", 2, "a report of rehearse check"},
    {"$R simulate assignment -p cxone --change $C/genesys-cloud.rollout.json", 1,
     "for another profile"},
    {"$R simulate assignment -p cxone --change fixtures/workloads/wrap-up.json", 2,
     "is no change set"},
    {"$R simulate assignment -p cxone --change $T/nothing-here", 2, "nothing-here"},
    {"$R simulate assignment -p cxone --change $T/c --candidate acme", 2, "one of them"},
    {"$R simulate assignment -p cxone --change $C/cxone.rollout.json -f pdf", 2,
     "text, json, csv or html"},
    {"$R simulate assignment -p cxone --change $C/cxone.rollout.json -f html", 0,
     "Contract signed&quot; is on no queue"},
    {"$R simulate assignment -p cxone --change $C/cxone.rollout.json", 0,
     "rollout.json:7:5: warning: code \"Contract signed"},
    {"$R simulate assignment -p genesys-enforcement --change "
     "$C/genesys-enforcement.rollout.json -f html",
     0, "<td class=n>no longer usable</td><td>"},
    /* workloads of a tenant */
    {"$R simulate operations $W -n 4", 0, "Chiara Dahl and 1 more"},
    {"$R simulate operations $W -n 4", 0, "all agents of the tenant who serve these queues work"},
    {CHANGE("genesys-cloud", SUPPORT_20_S) "$R simulate operations $W --change $T/c", 0,
     "The change lifts the service level by"},
    {CHANGE("genesys-cloud", DAVID_OFF) "$R simulate operations $W --change $T/c", 0,
     "The change lowers the service level by"},
    {CHANGE("genesys-cloud", DAVID_OFF) "$R simulate operations $W -n 4 --change $T/c", 0,
     "David Eriksen\n  occupancy "},
    {CHANGE("genesys-cloud", "{\"create\":\"wrapupCode\",\"body\":{}}") "$R simulate operations "
                                                                        "$W -n 4 --change $T/c",
     1, "c:1:80: error: \"name\" is missing"},
    {CHANGE("genesys-cloud",
            DAVID_OFF) "$R simulate operations $W -n 5 -f json --change $T/c >$T/a && for k in 2 "
                       "1; do $R simulate operations $W -n 5 --change $T/c --shard $k/2 -o $T/p$k "
                       "|| exit 9; done && $R report -f json $T/p1 $T/p2 | cmp - $T/a && echo same",
     0, "same"},
    {CHANGE("genesys-cloud", DAVID_OFF) "$R simulate operations $W -n 5 --change $T/c --hold "
                                        "'service_level.Sales>=0.7' --add 'Chiara Dahl'",
     0, "2 agents to add to \"Chiara Dahl\""},
    {"$R simulate operations $W -n 4 --set queues.Support.acw.mode=none --sweep "
     "contacts.Support.perHour=10..20:5",
     0, "\n20,"},
    {"$R simulate operations $W -n 4 --candidate acme", 0, "cannot be told from chance"},
    {"$R simulate operations $W -n 4 --candidate broken", 2, "there is a wrapup code with this id"},
    {"$R simulate operations fixtures/workloads/wrap-up.json --change $T/c", 2,
     "the workload names none"},
    {"sed 's/\"profile\".*,//' $W >$T/w; $R simulate operations $T/w", 2, "names its profile too"},
    {"sed 's/\"tenant\".*,//' $W >$T/w; $R simulate operations $T/w", 2,
     "w:1:1: error: queues and agents are missing"},
    {"sed 's/\"tenant\".*,//' $W >$T/w; $R simulate operations $T/w -n 2 --tenant acme", 0,
     "Chiara Dahl"},
    {"sed 's/\"queue\": \"Sales\"/\"queue\": \"Sails\"/' $W >$T/w; $R simulate operations $T/w", 2,
     "w:20:16: error: tenant \"acme\" has no queue \"Sails\""},
    {"sed 's/\"target\": \"30s\"/\"codes\": {\"Nope\": 1}/' $W >$T/w; $R simulate operations $T/w",
     2, "w:10:45: error: queue \"Support\" of tenant \"acme\" has no code \"Nope\""},
    {"sed 's/\"target\": \"30s\"/\"rings\": [{\"after\": \"5s\", \"drop\": [\"Frensh\"]}]/' $W "
     ">$T/w; $R simulate operations $T/w",
     2, "w:10:70: error: tenant \"acme\" has no skill \"Frensh\"; did you mean \"French\"?"},
    {"sed 's/\"240s\"/\"many\"/' $W >$T/w; $R simulate operations $T/w", 2,
     "w:22:31: error: this is no duration"},
    {"sed 's/\"target\": \"30s\"/\"skills\": {\"French\": 1}/' $W >$T/w; $R simulate operations "
     "$T/w",
     2, "is the tenant's to say"},
    {"$R simulate operations $W -n 4 --fail-if 'service_level.sales < 0.99'", 1,
     "error: service_level.sales is"},
    {"$R simulate operations $W -n 4 --fail-if 'service_level.sails < 0.99'", 2,
     "no queue or group \"sails\""},
    /* one setting of all queues that have it */
    {"$R simulate operations $W -n 2 --sweep acw_timeout_ms=30s..60s:30s >$T/a && $R simulate "
     "operations $W -n 2 --sweep acw_timeout_ms=30000..60000:30000 >$T/b && cut -d, -f2- $T/a "
     ">$T/c "
     "&& cut -d, -f2- $T/b | cmp - $T/c && $R simulate operations $W -n 2 --sweep "
     "'queues.*.acw.limit=30s..60s:30s' | cmp - $T/a && echo same",
     0, "same"},
    {"$R simulate operations fixtures/workloads/call-centre.json -n 2 --set acw_timeout_ms=30s", 2,
     "\"queues.*.acw.limit\" leads nowhere"},
    {"$R simulate operations $W --sweep acw_timeout_ms=30s..60s:30s -f json", 2,
     "a table of its own"},
    /* an agent who may not read the codes is stuck after the first contact */
    {"sed 's/\"genesys-cloud\"/\"cxone\"/; s/\"Support\"/\"Service Voice\"/; "
     "s/\"Sales\"/\"Sales Inbound\"/; s/\"Billing\"/\"Service Chat\"/; /releaseAfter/d' $W >$T/w; "
     "$R "
     "simulate operations $T/w -n 4",
     0, "Agents get stuck in after-call work, 1.0 a day"},
    /* dialect 3: a code becomes required while contacts are at hand, with and without a way out */
    {ENFORCED(",\"allowPostCallWork\":true"), 0, "cannot be told from chance"},
    {ENFORCED(""), 0, "Candidate: Agents get stuck in after-call work"},
};

START_TEST(a_question_is_answered)
{
    int status = sh(asked[_i].line);
    ck_assert_msg(status == asked[_i].status && is_said(asked[_i].says), "%s: %d, or not: %s",
                  asked[_i].line, status, asked[_i].says);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simulate_tenant");
    TCase *tc = tcase_create("simulate_tenant");
    snprintf(folder, sizeof folder, "/tmp/rehearse-tenant-%ld", (long)getpid());
    if (!getenv("REHEARSE")) {
        fputs("REHEARSE names the program\n", stderr);
        return 1;
    }
    tcase_set_timeout(tc, 0);
    tcase_add_loop_test(tc, a_question_is_answered, 0, (int)(sizeof asked / sizeof *asked));
    suite_add_tcase(suite, tc);
    struct buf make = {0}, clear = {0};
    buf_printf(&make, "mkdir -p %s", folder);
    buf_printf(&clear, "rm -rf %s", folder);
    int status = system(buf_cstr(&make)) == 0 ? unit_run(suite) : 1; /* NOLINT */
    (void)!system(buf_cstr(&clear));                                 /* NOLINT */
    buf_done(&make);
    buf_done(&clear);
    return status;
}
