#include "oom.h"
#include "pkg/base/arr.h"

#include <stdint.h>
#include <string.h>

START_TEST(grows_geometrically_and_keeps_the_content)
{
    struct pl_err err;
    int *at = NULL;
    size_t cap = 0;
    unsigned moves = 0;
    for (size_t n = 0; n < 10000; n++) {
        size_t before = cap;
        int *grown = pl_arr_grow(at, &cap, n + 1, sizeof(*at), 10000, "numbers", &err);
        ck_assert_ptr_nonnull(grown);
        ck_assert_uint_ge(cap, n + 1);
        at = grown;
        at[n] = (int)n;
        moves += cap != before;
    }
    for (size_t n = 0; n < 10000; n++) {
        ck_assert_int_eq(at[n], (int)n);
    }
    ck_assert_uint_lt(moves, 20);
    ck_assert_uint_eq(cap, 10000);
    free(at);
}
END_TEST

START_TEST(more_than_the_maximum_is_a_limit_with_a_name)
{
    struct pl_err err = {.code = PL_OK};
    size_t cap = 0;
    char *at = pl_arr_grow(NULL, &cap, 3, 1, 3, "entries", &err);
    ck_assert_ptr_nonnull(at);
    ck_assert_uint_eq(cap, 3);
    memcpy(at, "abc", 3);
    ck_assert_ptr_null(pl_arr_grow(at, &cap, 4, 1, 3, "entries", &err));
    ck_assert_int_eq((int)err.code, PL_ERR_LIMIT);
    ck_assert_str_eq(err.msg, "more than 3 entries");
    ck_assert_uint_eq(cap, 3);
    ck_assert_int_eq(memcmp(at, "abc", 3), 0);
    free(at);
}
END_TEST

START_TEST(nothing_is_still_a_pointer)
{
    struct pl_err err;
    size_t cap = 0;
    void *at = pl_arr_grow(NULL, &cap, 0, 8, 0, "things", &err);
    ck_assert_ptr_nonnull(at);
    free(at);
    at = pl_arr_zeroed(0, 8, &err);
    ck_assert_ptr_nonnull(at);
    free(at);
}
END_TEST

START_TEST(sizes_that_overflow_are_out_of_memory)
{
    struct pl_err err = {.code = PL_OK};
    size_t cap = 0;
    ck_assert_ptr_null(pl_arr_grow(NULL, &cap, SIZE_MAX, 16, SIZE_MAX, "things", &err));
    ck_assert_int_eq((int)err.code, PL_ERR_NOMEM);
    ck_assert_uint_eq(cap, 0);
    ck_assert_ptr_null(pl_arr_grow(NULL, &cap, SIZE_MAX / 16 + 1, 16, SIZE_MAX, "things", &err));
    ck_assert_ptr_null(pl_arr_zeroed(SIZE_MAX, 2, &err));
    ck_assert_ptr_null(pl_arr_zeroed(SIZE_MAX / 2 + 1, 2, &err));
    ck_assert_int_eq((int)err.code, PL_ERR_NOMEM);
}
END_TEST

START_TEST(zeroed_is_zeroed)
{
    struct pl_err err;
    unsigned char *at = pl_arr_zeroed(1000, 3, &err);
    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; i < 3000; i++) {
        ck_assert_uint_eq(at[i], 0);
    }
    free(at);
}
END_TEST

static enum pl_status push_many(struct pl_err *err)
{
    int *at = NULL;
    size_t cap = 0;
    enum pl_status status = PL_OK;
    for (size_t n = 0; n < 1000 && status == PL_OK; n++) {
        int *grown = pl_arr_grow(at, &cap, n + 1, sizeof(*at), 1000, "numbers", err);
        if (!grown) {
            ck_assert(n == 0 || at[n - 1] == (int)n - 1);
            status = err->code;
            break;
        }
        at = grown;
        at[n] = (int)n;
    }
    free(at);
    return status;
}

START_TEST(content_survives_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(push_many), 5);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        grows_geometrically_and_keeps_the_content,
        more_than_the_maximum_is_a_limit_with_a_name,
        nothing_is_still_a_pointer,
        sizes_that_overflow_are_out_of_memory,
        zeroed_is_zeroed,
        content_survives_every_failed_allocation,
    };
    return run_tests("arr", tests, COUNT_OF(tests));
}
