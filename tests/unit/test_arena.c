#include "oom.h"
#include "pkg/base/arena.h"

#include <stdalign.h>
#include <string.h>

START_TEST(new_is_zeroed_and_aligned)
{
    struct pl_err err;
    struct pl_arena arena;
    struct pl_slice text;
    pl_arena_init(&arena, 10 << 20);
    for (size_t n = 0; n < 300; n++) {
        unsigned char *at = pl_arena_new(&arena, n, 7, &err);
        ck_assert_ptr_nonnull(at);
        ck_assert_uint_eq((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < n * 7; i++) {
            ck_assert_uint_eq(at[i], 0);
        }
        memset(at, 0xff, n * 7);
        ASSERT_OK(pl_arena_dup(&arena, PL_SLICE("odd"), &text, &err));
    }
    pl_arena_done(&arena);
    pl_arena_done(&arena);
    pl_arena_done(NULL);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(what_was_handed_out_never_moves)
{
    enum { N = 2000 };
    static struct pl_slice text[N];
    struct pl_err err;
    struct pl_arena arena;
    pl_arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < N; i++) {
        if (i % 50 == 49) {
            ck_assert_ptr_nonnull(pl_arena_new(&arena, 1, 30000, &err));
        }
        ASSERT_OK(pl_arena_fmt(&arena, &text[i], &err, "%zu%.*s", i, (int)(i % 90),
                               "..............................................................."
                               "..........................."));
    }
    for (size_t i = 0; i < N; i++) {
        char number[16];
        (void)snprintf(number, sizeof(number), "%zu", i);
        ck_assert(pl_slice_starts(text[i], pl_slice_of(number)));
        ck_assert_uint_eq(text[i].len, strlen(number) + i % 90);
        ck_assert_int_eq(text[i].ptr[text[i].len], '\0');
    }
    pl_arena_done(&arena);
}
END_TEST

START_TEST(maximum_is_exact_and_leaves_the_result_alone)
{
    struct pl_err err;
    struct pl_arena arena;
    struct pl_slice text = PL_SLICE("old");
    pl_arena_init(&arena, 8);
    ASSERT_OK(pl_arena_dup(&arena, PL_SLICE("abc"), &text, &err));
    ASSERT_OK(pl_arena_dup(&arena, PL_SLICE("xyz"), &text, &err));
    ASSERT_FAILS(pl_arena_dup(&arena, PL_SLICE(""), &text, &err), PL_ERR_LIMIT);
    ASSERT_FAILS(pl_arena_fmt(&arena, &text, &err, "%d", 1), PL_ERR_LIMIT);
    ck_assert(pl_slice_is(text, "xyz"));
    ck_assert_ptr_null(pl_arena_new(&arena, 1, 1, &err));
    ck_assert_int_eq((int)err.code, PL_ERR_LIMIT);
    pl_arena_done(&arena);

    pl_arena_init(&arena, 1000);
    ck_assert_ptr_nonnull(pl_arena_new(&arena, 1, 1000, &err));
    ck_assert_ptr_null(pl_arena_new(&arena, 1, 1, &err));
    pl_arena_done(&arena);

    struct pl_arena zeroed = {.head = NULL};
    ck_assert_ptr_null(pl_arena_new(&zeroed, 1, 1, &err));
    pl_arena_done(&zeroed);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    struct pl_err err = {.code = PL_OK};
    struct pl_arena arena;
    pl_arena_init(&arena, SIZE_MAX);
    ck_assert_ptr_null(pl_arena_new(&arena, SIZE_MAX / 2, 3, &err));
    ck_assert_int_eq((int)err.code, PL_ERR_NOMEM);
    ck_assert_ptr_null(pl_arena_new(&arena, SIZE_MAX, 1, &err));
    ck_assert_ptr_null(pl_arena_new(&arena, SIZE_MAX - 8, 1, &err));
    ck_assert_ptr_nonnull(pl_arena_new(&arena, 1, 1, &err));
    pl_arena_done(&arena);
}
END_TEST

START_TEST(names_may_hold_nul)
{
    struct pl_err err;
    struct pl_arena arena;
    struct pl_slice text;
    pl_arena_init(&arena, 100);
    ASSERT_OK(pl_arena_dup(&arena, PL_SLICE("a\0b"), &text, &err));
    ck_assert(pl_slice_eq(text, PL_SLICE("a\0b")));
    ASSERT_OK(pl_arena_dup(&arena, (struct pl_slice){NULL, 0}, &text, &err));
    ck_assert_uint_eq(text.len, 0);
    ck_assert_ptr_nonnull(text.ptr);
    pl_arena_done(&arena);
}
END_TEST

START_TEST(adopted_slices_live_on)
{
    for (int with = 0; with < 4; with++) {
        struct pl_err err;
        struct pl_arena to;
        struct pl_arena from;
        struct pl_slice a = {NULL, 0};
        struct pl_slice b = {NULL, 0};
        struct pl_slice c;
        pl_arena_init(&to, 1 << 20);
        pl_arena_init(&from, 1 << 20);
        if (with & 1) {
            ASSERT_OK(pl_arena_dup(&to, PL_SLICE("to"), &a, &err));
        }
        if (with & 2) {
            ck_assert_ptr_nonnull(pl_arena_new(&from, 10, 3000, &err));
            ASSERT_OK(pl_arena_dup(&from, PL_SLICE("from"), &b, &err));
        }
        size_t used = to.used + from.used;
        pl_arena_adopt(&to, &from);
        ck_assert_uint_eq(to.used, used);
        ck_assert_uint_eq(from.used, 0);
        ASSERT_OK(pl_arena_dup(&from, PL_SLICE("new"), &c, &err));
        pl_arena_done(&from);
        ASSERT_OK(pl_arena_dup(&to, PL_SLICE("more"), &c, &err));
        ck_assert(!(with & 1) || pl_slice_is(a, "to"));
        ck_assert(!(with & 2) || pl_slice_is(b, "from"));
        pl_arena_done(&to);
    }
}
END_TEST

START_TEST(adopting_more_than_the_maximum_stops_growth)
{
    struct pl_err err;
    struct pl_arena to;
    struct pl_arena from;
    pl_arena_init(&to, 10);
    pl_arena_init(&from, 1000);
    ck_assert_ptr_nonnull(pl_arena_new(&from, 1, 1000, &err));
    pl_arena_adopt(&to, &from);
    ck_assert_ptr_null(pl_arena_new(&to, 1, 1, &err));
    ck_assert_int_eq((int)err.code, PL_ERR_LIMIT);
    pl_arena_done(&to);
    pl_arena_done(&from);
}
END_TEST

static enum pl_status fill(struct pl_err *err)
{
    struct pl_arena arena PL_CLEANUP(pl_arena_done) = {.max = 1 << 20};
    for (int i = 0; i < 200; i++) {
        struct pl_slice text = PL_SLICE("kept");
        enum pl_status status = pl_arena_fmt(&arena, &text, err, "%0*d", i * 5, i);
        if (status != PL_OK) {
            ck_assert(pl_slice_is(text, "kept"));
            return status;
        }
        if (!pl_arena_new(&arena, (size_t)i, 16, err)) {
            return err->code;
        }
    }
    return PL_OK;
}

START_TEST(every_failed_allocation_is_reported)
{
    ck_assert_int_gt(oom_exhaust(fill), 3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        new_is_zeroed_and_aligned,
        what_was_handed_out_never_moves,
        maximum_is_exact_and_leaves_the_result_alone,
        sizes_that_overflow_are_refused,
        names_may_hold_nul,
        adopted_slices_live_on,
        adopting_more_than_the_maximum_stops_growth,
        every_failed_allocation_is_reported,
    };
    return run_tests("arena", tests, COUNT_OF(tests));
}
