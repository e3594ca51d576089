/* The public suites, each a function that prints every failure, closes with "N passed, N failed"
 * and gives the exit status: 0 all passed, 1 some failed, 2 the folder could not be read. */
#ifndef REHEARSE_TESTS_CONFORMANCE_H
#define REHEARSE_TESTS_CONFORMANCE_H

/* JSONTestSuite's parsing files: y_ must be read, n_ must not, i_ may be either. */
int conformance_json_parsing(const char *dir);
/* JSON-Schema-Test-Suite, draft 2020-12; `remotes` holds the schemas that it refers to. */
int conformance_json_schema(const char *dir, const char *remotes);

#endif
