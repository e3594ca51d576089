/* `rehearse simulate operations` and `rehearse report` as programs: parts are put together to the very bytes,
 * whatever the number of threads; what does not belong together is refused; rules that fail say by how much. */
#include "base/base.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKLOAD "fixtures/workloads/wrap-up.json"

static char folder[64];

/* Runs a line of shell in which $R is the program, $T a folder of our own, $W a workload; its exit status. */
static int sh(const char *line)
{
    struct buf text = {0};
    buf_printf(&text, "R=\"$REHEARSE\"; T=%s; W=" WORKLOAD "; { %s ; } 2>%s/stderr", folder, line,
               folder);
    int status = system(buf_cstr(&text)); /* NOLINT(cert-env33-c): a test's own line */
    buf_done(&text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool stderr_says(const char *what)
{
    struct arena a;
    struct buf path = {0};
    struct str text = {0};
    struct err err = {0};
    arena_init(&a, 0, 0);
    buf_printf(&path, "%s/stderr", folder);
    bool is_said = file_read(&text, &a, buf_cstr(&path), 1 << 20, &err) &&
                   str_find(text, str_of(what)) < text.len;
    buf_done(&path);
    arena_done(&a);
    return is_said;
}

static const char *const formats[] = {"text", "json", "csv", "html"};

START_TEST(parts_make_the_whole)
{
    struct buf line = {0};
    buf_printf(
        &line,
        "O='--replications 10 --set queues.Support.acw.limit=30s'; F=%s; "
        "$R simulate operations $W $O --format $F --threads 2 > $T/whole && "
        "for k in 2 1 3; do $R simulate operations $W $O --shard $k/3 -o $T/part$k || exit 9; done "
        "&& "
        "$R report --format $F $T/part3 $T/part1 $T/part2 > $T/merged && cmp $T/whole $T/merged",
        formats[_i]);
    ck_assert_int_eq(sh(buf_cstr(&line)), 0);
    buf_done(&line);
}
END_TEST

START_TEST(more_parts_than_days)
{
    ck_assert_int_eq(
        sh("$R simulate operations $W -n 2 > $T/whole; for k in 1 2 3; do "
           "$R simulate operations $W -n 2 --shard $k/3 -o $T/part$k || exit 9; done && "
           "$R report $T/part? > $T/merged && cmp $T/whole $T/merged"),
        0);
}
END_TEST

START_TEST(the_line_in_ci)
{
    ck_assert_int_eq(sh("$R simulate operations $W -n 9 --seed 3 -f json > $T/whole && "
                        "REHEARSE=$R FORMAT=json JOBS=2 sh ci/shards/parallel.sh $W 4 $T/merged -n "
                        "9 --seed 3 && "
                        "cmp $T/whole $T/merged"),
                     0);
    ck_assert_int_eq(
        sh("for k in 1 2; do REHEARSE=$R SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_COUNT=2 "
           "sh ci/shards/slurm.sh $W $T/slurm -n 9 --seed 3 || exit 9; done; "
           "$R report -f json $T/slurm/*.json > $T/merged && cmp $T/whole $T/merged"),
        0);
}
END_TEST

static const struct {
    const char *line;
    int status;
    const char *says;
} refused[] = {
    {"$R report $W", 2, "no shard"},
    {"$R simulate operations $W -n 4 --shard 1/2 -o $T/p1 && $R report $T/p1", 2,
     "2 shards, and 1"},
    {"$R simulate operations $W -n 4 --shard 1/2 -o $T/p1 && $R report $T/p1 $T/p1", 2, "twice"},
    {"$R simulate operations $W -n 4 --shard 1/2 -o $T/p1 && $R simulate operations $W -n 4 --seed "
     "9 "
     "--shard 2/2 -o $T/p2 && $R report $T/p1 $T/p2",
     2, "another run"},
    {"$R simulate operations $W -n 4 --shard 1/1 -o $T/p1 && sed 's/\"records\":\"/&7 /' $T/p1 > "
     "$T/p2 && "
     "$R report $T/p2",
     2, "not what its workload makes"},
    {"$R simulate operations $W -n 4 --shard 1/1 -o $T/p1 && sed 's/\"waits\":\"[0-9]* "
     "/\"waits\":\"/' $T/p1 > "
     "$T/p2 && $R report $T/p2",
     2, "numbers, its workload makes"},
    {"$R simulate operations $W -n 4 --shard 1/1 -o $T/p1 && head -c 4000 $T/p1 > $T/p2 && $R "
     "report $T/p2",
     2, "p2:"},
    {"$R simulate operations $W --shard 3/2", 2, "--shard is K/N"},
    {"$R simulate operations $W --shard 0/2", 2, "--shard is K/N"},
    {"$R simulate operations $W --shard 1/2 --format json", 2, "a part, not a report"},
    {"$R simulate operations $W -n 20 --hold 'service_level.Sales>=0.9' --add 'sales team' -f json "
     "> $T/o && "
     "grep -q '\"add_on_average\":[1-9]' $T/o && grep -q '\"add_surely\":[1-9]' $T/o",
     0, ""},
    {"$R simulate operations $W -n 3 --hold 'service_level.Sales>=0.1' --add both > $T/o && "
     "grep -q '^0 agents to add' $T/o",
     0, ""},
    {"$R simulate operations $W -n 3 --hold 'service_level.Sales>=2' --add both > $T/o", 1, ""},
    {"$R simulate operations $W -n 3 --hold 'service_level>=0.9'", 2, "say with --add"},
    {"$R simulate operations $W -n 3 --hold 'service_level>=0.9' --add nobody", 2, "no agents"},
    {"$R simulate operations $W -n 3 --hold 'level>=0.9' --add both", 2, "no figure"},
    {"$R simulate operations $W -n 3 --hold 'service_level' --add both", 2, "FIGURE>=VALUE"},
    {"$R simulate operations $W -n 3 -f csv > $T/o && grep -q "
     "'^baseline,queue,.Sales.,1800,wait_s,[0-9]' $T/o && "
     "grep -q '^baseline,group,.both.,27000,talk_share,0' $T/o && grep -q 'code Sale "
     "closed.,[0-9]' $T/o && "
     "grep -q 'wait_p90_s,[0-9]' $T/o",
     0, ""},
    {"$R simulate operations $W -n 3 --warm-up 9h", 2, "warm-up ends before"},
    {"$R simulate operations $W -n 3 --warm-up 1h -f json > $T/a && $R simulate operations $W -n 3 "
     "--set day.warmUp=1h -f json > $T/b && ! cmp -s $T/a $T/b",
     0, ""},
    {"$R simulate operations $W --format xml", 2, "--format is"},
    {"$R simulate operations $W -n 1000000 --candidate $W --set agents.both.count=2 -o /dev/null",
     2, "2 GiB"},
    {"$R simulate operations $W -n 2 --set queues.Nobody.target=3", 2, "leads nowhere"},
    {"$R simulate operations $W -n 4 --fail-if 'service_level.Sales<0.99' > $T/out", 1,
     "error: service_level.Sales is"},
    {"$R simulate operations $W -n 4 --fail-if 'service_level.Sales<0.01' > $T/out", 0, ""},
    {"$R simulate operations $W -n 4 --fail-if 'nothing<1' > $T/out", 2, "no figure"},
};

START_TEST(refusals_and_rules)
{
    ck_assert_int_eq(sh(refused[_i].line), refused[_i].status);
    ck_assert_msg(!refused[_i].says[0] || stderr_says(refused[_i].says), "%s", refused[_i].line);
}
END_TEST

/* Opens from disk, and nothing in it reaches for the network. */
START_TEST(the_page_stands_alone)
{
    ck_assert_int_eq(sh("$R simulate operations $W -n 4 --candidate $W -f html > $T/page.html && "
                        "grep -q '<svg' $T/page.html && grep -q 'class=.b. d=' $T/page.html && "
                        "! grep -Eiq 'https?://|<script|url\\(|<link|src=' $T/page.html"),
                     0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simulate");
    TCase *tcase = tcase_create("all");
    snprintf(folder, sizeof folder, "/tmp/rehearse-simulate-%ld", (long)getpid());
    if (!getenv("REHEARSE")) {
        fputs("REHEARSE names the program\n", stderr);
        return 1;
    }
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, parts_make_the_whole, 0, (int)(sizeof formats / sizeof *formats));
    tcase_add_test(tcase, more_parts_than_days);
    tcase_add_test(tcase, the_line_in_ci);
    tcase_add_loop_test(tcase, refusals_and_rules, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tcase, the_page_stands_alone);
    struct buf make = {0}, clear = {0};
    buf_printf(&make, "mkdir -p %s", folder);
    buf_printf(&clear, "rm -rf %s", folder);
    int status = system(buf_cstr(&make)) == 0 ? unit_run(suite) : 1; /* NOLINT */
    (void)!system(buf_cstr(&clear));                                 /* NOLINT */
    buf_done(&make);
    buf_done(&clear);
    return status;
}
