/* `rehearse simulate` asked about a tenant and what a change set makes of it, as a program. */
#include "base/base.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* Runs a line of shell in which $R is the program, $T a folder of our own, $C change sets; its exit status. All that
 * is said goes to $T/said. */
static int sh(const char *line)
{
    struct buf text = {0};
    buf_printf(&text, "R=\"$REHEARSE\"; T=%s; C=fixtures/changesets; { %s ; } >%s/said 2>&1",
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

static const struct {
    const char *line;
    int status;
    const char *says;
} asked[] = {
    {"$R simulate assignment -p genesys-enforcement --change $C/genesys-enforcement.rollout.json",
     0, "takes 6 combinations away and gives 0: usable 5, were 11"},
    {"$R simulate assignment -p genesys-enforcement --change $C/genesys-enforcement.rollout.json",
     0, "rollout.json:1:1: warning: code \"Voicemail left\" is on no queue"},
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
    {"$R simulate assignment -p cxone --change $C/genesys-cloud.rollout.json", 1,
     "for another profile"},
    {"$R simulate assignment -p cxone --change fixtures/workloads/wrap-up.json", 2,
     "is no change set"},
    {"$R simulate assignment -p cxone --change $T/nothing-here", 2, "nothing-here"},
    {"$R simulate assignment -p cxone --change $T/c --candidate acme", 2, "one of them"},
    {"$R simulate assignment -p cxone --change $C/cxone.rollout.json -f html", 2,
     "text, json or csv"},
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
