#include "pkg/archive/tree.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 500 };

static struct pl_err err;
static unsigned char file[SIZE];

static void before(void)
{
    for (size_t i = 0; i < SIZE; i++) {
        file[i] = (unsigned char)(i * 7 + i / 256);
    }
}

/* However the entry comes by, each stretch has what stands there. */
START_TEST(parts_of_any_flow)
{
    srand((unsigned)_i);
    struct pl_parts parts = {.n = 0};
    for (int i = 0; i < 3; i++) {
        ck_assert(pl_parts_want(&parts, (uint64_t)(rand() % (SIZE + 20)), 1 + (size_t)rand() % 90));
    }
    for (size_t at = 0; at < SIZE;) {
        size_t n = 1 + (size_t)rand() % 120;
        n = n < SIZE - at ? n : SIZE - at;
        ck_assert_int_eq(pl_parts_keep(&parts, at, pl_slice_make((const char *)file + at, n), &err),
                         PL_OK);
        at += n;
    }
    for (uint32_t i = 0; i < parts.n; i++) {
        const struct pl_part *part = &parts.part[i];
        size_t there = part->at < SIZE ? SIZE - (size_t)part->at : 0;
        size_t want = part->bytes.max < there ? part->bytes.max : there;
        ck_assert_uint_eq(part->bytes.len, want);
        ck_assert(want == 0 || memcmp(part->bytes.data, file + part->at, want) == 0);
    }
    ck_assert(pl_parts_full(&parts, SIZE + 200));
    pl_parts_done(&parts);
    ck_assert_uint_eq(parts.n, 0);
}
END_TEST

START_TEST(parts_are_full_in_time)
{
    struct pl_parts parts = {.n = 0};
    ck_assert(pl_parts_full(&parts, 0));
    ck_assert(pl_parts_want(&parts, 10, 5));
    ck_assert(!pl_parts_full(&parts, 0));
    ck_assert_int_eq(pl_parts_keep(&parts, 0, pl_slice_make((const char *)file, 14), &err), PL_OK);
    ck_assert(!pl_parts_full(&parts, 14));
    ck_assert_int_eq(pl_parts_keep(&parts, 14, pl_slice_make((const char *)file + 14, 1), &err),
                     PL_OK);
    ck_assert(pl_parts_full(&parts, 15));
    pl_parts_done(&parts);
}
END_TEST

START_TEST(parts_have_a_bound)
{
    struct pl_parts parts = {.n = 0};
    ck_assert(!pl_parts_want(&parts, 0, 0));
    ck_assert(!pl_parts_want(&parts, UINT64_MAX, 2));
    for (int i = 0; i < PL_PARTS_MAX; i++) {
        ck_assert(pl_parts_want(&parts, 0, 1));
    }
    ck_assert(!pl_parts_want(&parts, 0, 1));
    pl_parts_done(&parts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parts");
    TCase *tcase = tcase_create("parts");
    tcase_add_checked_fixture(tcase, before, NULL);
    tcase_add_loop_test(tcase, parts_of_any_flow, 0, 200);
    tcase_add_test(tcase, parts_are_full_in_time);
    tcase_add_test(tcase, parts_have_a_bound);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
