/* What the tests of the manifest share: parsing a text as m.yaml, and looking at values. */
#ifndef PL_TESTS_UNIT_MANIFESTCASE_H
#define PL_TESTS_UNIT_MANIFESTCASE_H

#include "pkg/project/manifest.h"
#include "run.h"

#include <string.h>

static inline enum pl_status parse(struct pl_project *project, const char *text, struct pl_err *err)
{
    return pl_manifest_parse(project, "m.yaml", pl_slice_of(text), err);
}

static inline void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len, got.ptr,
                  wanted);
}

static inline void value_is(const struct pl_value *value, enum pl_known known, const char *text,
                            uint32_t line, uint32_t col)
{
    ck_assert_int_eq(value->known, known);
    same(value->text, text);
    ck_assert_uint_eq(value->at.file, known == PL_GIVEN ? 1 : 0);
    ck_assert_uint_eq(value->at.line, line);
    ck_assert_uint_eq(value->at.col, col);
}

static inline void good(struct pl_project *project, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(parse(project, text, &err) == PL_OK, "%s", err.msg);
}

/* Runs tests, and loops over tables, as one suite. */
struct manifest_loop {
    const TTest *test;
    size_t n; /* 0: once */
};
static inline int run_loops(const char *name, const struct manifest_loop *loop, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("text");
    tcase_set_timeout(tcase, 120); /* sanitizers on a busy machine */
    for (size_t i = 0; i < n; i++) {
        if (loop[i].n > 0) {
            tcase_add_loop_test(tcase, loop[i].test, 0, (int)loop[i].n);
        } else {
            tcase_add_test(tcase, loop[i].test);
        }
    }
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
