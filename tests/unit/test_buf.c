#include "oom.h"
#include "pkg/base/buf.h"

#include <string.h>

START_TEST(new_buffer_allocates_nothing)
{
    struct pl_buf buf;
    pl_buf_init(&buf, 10);
    ck_assert_ptr_null(buf.data);
    ck_assert_uint_eq(pl_buf_view(&buf).len, 0);
    ck_assert_ptr_nonnull(pl_buf_view(&buf).ptr);
    pl_buf_done(&buf);
    pl_buf_done(NULL);
}
END_TEST

START_TEST(maximum_is_exact)
{
    static const size_t max[] = {0, 1, 2, 63, 64, 65, 1000};
    for (size_t i = 0; i < COUNT_OF(max); i++) {
        struct pl_err err;
        struct pl_buf buf;
        pl_buf_init(&buf, max[i]);
        for (size_t n = 0; n < max[i]; n++) {
            ASSERT_OK(pl_buf_byte(&buf, 'x', &err));
        }
        ck_assert_uint_eq(buf.len, max[i]);
        ASSERT_FAILS(pl_buf_byte(&buf, 'y', &err), PL_ERR_LIMIT);
        ASSERT_FAILS(pl_buf_append(&buf, "", SIZE_MAX, &err), PL_ERR_LIMIT);
        ASSERT_FAILS(pl_buf_reserve(&buf, SIZE_MAX - buf.len, &err), PL_ERR_LIMIT);
        ASSERT_FAILS(pl_buf_fmt(&buf, &err, "%d", 1), PL_ERR_LIMIT);
        ASSERT_OK(pl_buf_append(&buf, NULL, 0, &err));
        ck_assert_uint_eq(buf.len, max[i]);
        ck_assert_uint_eq(strlen(buf.data), max[i]);
        pl_buf_done(&buf);
        ck_assert_uint_eq(buf.max, max[i]);
    }
}
END_TEST

START_TEST(no_maximum_still_cannot_overflow)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, SIZE_MAX);
    ASSERT_OK(pl_buf_text(&buf, "abc", &err));
    ASSERT_FAILS(pl_buf_reserve(&buf, SIZE_MAX - 3, &err), PL_ERR_NOMEM);
    ASSERT_FAILS(pl_buf_reserve(&buf, SIZE_MAX - 4, &err), PL_ERR_NOMEM);
    ASSERT_FAILS(pl_buf_reserve(&buf, SIZE_MAX, &err), PL_ERR_LIMIT);
    ck_assert_str_eq(buf.data, "abc");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(a_buffer_is_appended_to_itself)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 1 << 20);
    ASSERT_OK(pl_buf_text(&buf, "0123456789", &err));
    for (int i = 0; i < 12; i++) {
        ASSERT_OK(pl_buf_slice(&buf, pl_buf_view(&buf), &err));
    }
    ck_assert_uint_eq(buf.len, 10 << 12);
    for (size_t i = 0; i < buf.len; i++) {
        ck_assert_int_eq(buf.data[i], (char)('0' + i % 10));
    }
    pl_buf_done(&buf);

    /* A part of it, at every length around a growth, and through a format. */
    for (size_t n = 55; n < 75; n++) {
        ASSERT_OK(pl_buf_append(&buf,
                                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                "abcdefghijklmnopqrstuvwxyz",
                                n, &err));
        ASSERT_OK(pl_buf_append(&buf, buf.data + 3, 20, &err));
        ck_assert_int_eq(memcmp(buf.data + n, "defghijklmnopqrstuvw", 20), 0);
        ASSERT_OK(pl_buf_fmt(&buf, &err, "[%s]", buf.data));
        ck_assert_uint_eq(buf.len, 2 * (n + 20) + 2);
        ck_assert_int_eq(memcmp(buf.data + n + 21, buf.data, n + 20), 0);
        pl_buf_done(&buf);
    }
}
END_TEST

START_TEST(long_formats_are_whole)
{
    struct pl_err err;
    struct pl_buf buf;
    char text[3001];
    memset(text, 'q', 3000);
    pl_buf_init(&buf, 1 << 16);
    for (size_t n = 500; n < 530; n++) {
        ASSERT_OK(pl_buf_fmt(&buf, &err, "<%.*s>", (int)n, text));
        ck_assert_uint_eq(buf.len, n + 2);
        ck_assert_int_eq(buf.data[n + 1], '>');
        pl_buf_clear(&buf);
        ck_assert_str_eq(buf.data, "");
    }
    pl_buf_done(&buf);
    pl_buf_init(&buf, 600);
    ASSERT_FAILS(pl_buf_fmt(&buf, &err, "%.*s", 601, text), PL_ERR_LIMIT);
    ASSERT_OK(pl_buf_fmt(&buf, &err, "%.*s", 600, text));
    pl_buf_done(&buf);
}
END_TEST

START_TEST(reserve_and_grew_hand_over_written_bytes)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 100);
    ASSERT_OK(pl_buf_reserve(&buf, 100, &err));
    memcpy(buf.data, "xyz", 3);
    pl_buf_grew(&buf, 3);
    ck_assert_str_eq(buf.data, "xyz");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(take_is_never_null)
{
    struct pl_err err;
    struct pl_buf buf;
    char *text = NULL;
    pl_buf_init(&buf, 0);
    ASSERT_OK(pl_buf_take(&buf, &text, &err));
    ck_assert_str_eq(text, "");
    free(text);
    pl_buf_init(&buf, 8);
    ASSERT_OK(pl_buf_text(&buf, "taken", &err));
    ASSERT_OK(pl_buf_take(&buf, &text, &err));
    ck_assert_str_eq(text, "taken");
    ck_assert_uint_eq(buf.len, 0);
    ASSERT_OK(pl_buf_text(&buf, "again", &err));
    ck_assert_str_eq(text, "taken");
    free(text);
    pl_buf_done(&buf);
}
END_TEST

/* Random appends, refusals and clears, beside a model that is an array and a number. */
START_TEST(behaves_like_a_naive_model)
{
    enum { MAX = 300 };
    unsigned seed = 7;
    for (int run = 0; run < 300; run++) {
        char model[MAX + 1] = "";
        size_t n = 0;
        struct pl_err err;
        struct pl_buf buf;
        pl_buf_init(&buf, MAX);
        for (int op = 0; op < 60; op++) {
            char bytes[64];
            seed = seed * 1103515245u + 12345u;
            size_t len = seed >> 16 & 31u;
            memset(bytes, (char)('a' + op % 26), sizeof(bytes));
            if ((seed >> 24 & 15u) == 0) {
                pl_buf_clear(&buf);
                n = 0;
            } else if (n + len <= MAX) {
                ASSERT_OK(pl_buf_append(&buf, bytes, len, &err));
                memcpy(model + n, bytes, len);
                n += len;
            } else {
                ASSERT_FAILS(pl_buf_append(&buf, bytes, len, &err), PL_ERR_LIMIT);
            }
            ck_assert(pl_slice_eq(pl_buf_view(&buf), pl_slice_make(model, n)));
            ck_assert(!buf.data || buf.data[n] == '\0');
        }
        pl_buf_done(&buf);
    }
}
END_TEST

static enum pl_status fill(struct pl_err *err)
{
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = 100000};
    char *text = NULL;
    for (int i = 0; i < 40; i++) {
        char before = buf.data && buf.len > 0 ? buf.data[buf.len - 1] : '\0';
        size_t len = buf.len;
        enum pl_status status =
            i % 10 == 9 ? pl_buf_fmt(&buf, err, "%01000d", i) : pl_buf_fmt(&buf, err, "%0100d", i);
        if (status != PL_OK) {
            ck_assert_uint_eq(buf.len, len);
            ck_assert(len == 0 || (buf.data[len - 1] == before && buf.data[len] == '\0'));
            return status;
        }
    }
    enum pl_status status = pl_buf_take(&buf, &text, err);
    free(text);
    return status;
}

START_TEST(content_survives_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(fill), 5);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        new_buffer_allocates_nothing,
        maximum_is_exact,
        no_maximum_still_cannot_overflow,
        a_buffer_is_appended_to_itself,
        long_formats_are_whole,
        reserve_and_grew_hand_over_written_bytes,
        take_is_never_null,
        behaves_like_a_naive_model,
        content_survives_every_failed_allocation,
    };
    return run_tests("buf", tests, COUNT_OF(tests));
}
