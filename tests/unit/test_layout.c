#include "cmd/layout.h"
#include "run.h"

#include <string.h>

static void sets(const struct pl_column *column, const char *text, const char *expected)
{
    struct pl_err err;
    struct pl_buf out;
    pl_buf_init(&out, 4096);
    ASSERT_OK(pl_layout_words(&out, column, text, &err));
    ck_assert_str_eq(out.data, expected);
    pl_buf_done(&out);
}

START_TEST(words_fill_lines_up_to_the_width)
{
    static const struct pl_column column = {2, 10};
    sets(&column, "", "\n");
    sets(&column, "one", "one\n");
    sets(&column, "one two", "one two\n");
    sets(&column, "one  three", "one\n  three\n");
    sets(&column, "ab cd ef gh", "ab cd ef\n  gh\n");
    /* 2 + 8 is exactly the width; one more is not. */
    sets(&column, "abcd efg", "abcd efg\n");
    sets(&column, "abcd efgh", "abcd\n  efgh\n");
}
END_TEST

START_TEST(a_word_that_is_too_long_stays_whole)
{
    static const struct pl_column column = {4, 10};
    sets(&column, "a incomprehensible b", "a\n    incomprehensible\n    b\n");
}
END_TEST

START_TEST(newlines_and_inner_blanks_stay)
{
    static const struct pl_column column = {2, 40};
    sets(&column, "bad:  x\ngood: y", "bad:  x\n  good: y\n");
    sets(&column, "  indented", "  indented\n");
}
END_TEST

START_TEST(items_start_at_the_column)
{
    static const struct pl_column column = {8, 20};
    struct pl_err err;
    struct pl_buf out;
    pl_buf_init(&out, 64);
    ASSERT_OK(pl_layout_item(&out, &column, "Mend", "pack it anew now", &err));
    ck_assert_str_eq(out.data, "Mend    pack it anew\n        now\n");
    pl_buf_clear(&out);
    pl_buf_done(&out);
    pl_buf_init(&out, 10);
    ASSERT_FAILS(pl_layout_item(&out, &column, "Mend", "pack it anew", &err), PL_ERR_LIMIT);
    pl_buf_done(&out);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        words_fill_lines_up_to_the_width,
        a_word_that_is_too_long_stays_whole,
        newlines_and_inner_blanks_stay,
        items_start_at_the_column,
    };
    return run_tests("layout", tests, COUNT_OF(tests));
}
