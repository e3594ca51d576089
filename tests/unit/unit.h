/* What every unit test program shares: a runner over Check. CK_FORK=no is honoured (TSan, debuggers). */
#ifndef REHEARSE_TESTS_UNIT_H
#define REHEARSE_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

/* Runs the suite; the exit status for main. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
