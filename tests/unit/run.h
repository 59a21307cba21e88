/* The main function of a Check program, and the little that most of them need. */
#ifndef PL_TESTS_UNIT_RUN_H
#define PL_TESTS_UNIT_RUN_H

#include "pkg/base/err.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the error's message when something that should work does not. */
#define ASSERT_OK(expression)                                              \
    do {                                                                   \
        err.msg[0] = '\0';                                                 \
        enum pl_status ok_status = (expression);                           \
        ck_assert_msg(ok_status == PL_OK, "%s: %s", #expression, err.msg); \
    } while (0)

/* Fails unless the call is refused with this code, said in *err as well. */
#define ASSERT_FAILS(expression, expected)                                  \
    do {                                                                    \
        err = (struct pl_err){.code = PL_OK};                               \
        enum pl_status fail_status = (expression);                          \
        ck_assert_msg(fail_status == (expected), "%s: %s: %s", #expression, \
                      pl_status_text(fail_status), err.msg);                \
        ck_assert_int_eq((int)err.code, (int)(expected));                   \
        ck_assert_str_ne(err.msg, "");                                      \
    } while (0)

/* `before` and `after` surround each test, even one that fails; NULL for none. */
static inline int run_tests_in(const char *name, const TTest *const *test, size_t n,
                               void (*before)(void), void (*after)(void))
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 120); /* sanitizers on a busy machine */
    tcase_add_checked_fixture(tcase, before, after);
    for (size_t i = 0; i < n; i++) {
        tcase_add_test(tcase, test[i]);
    }
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int ran = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return ran > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static inline int run_tests(const char *name, const TTest *const *test, size_t n)
{
    return run_tests_in(name, test, n, NULL, NULL);
}

#endif
