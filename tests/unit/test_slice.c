#include "pkg/base/slice.h"
#include "run.h"

#include <string.h>

static const struct pl_slice nothing = {NULL, 0};

START_TEST(of_null_is_empty)
{
    ck_assert_uint_eq(pl_slice_of(NULL).len, 0);
    ck_assert(pl_slice_eq(pl_slice_of(NULL), nothing));
    ck_assert(pl_slice_is(nothing, ""));
    ck_assert(pl_slice_is(PL_SLICE("abc"), "abc"));
    ck_assert(!pl_slice_is(PL_SLICE("abc"), "abcd"));
    ck_assert(pl_slice_eq(pl_slice_make("a\0b", 3), PL_SLICE("a\0b")));
    ck_assert(!pl_slice_eq(pl_slice_make("a\0b", 3), PL_SLICE("a\0c")));
}
END_TEST

START_TEST(order_is_by_unsigned_bytes_then_length)
{
    static const struct pl_slice sorted[] = {
        PL_SLICE_INIT(""),     PL_SLICE_INIT("\0"),   PL_SLICE_INIT("A"),
        PL_SLICE_INIT("a"),    PL_SLICE_INIT("a/"),   PL_SLICE_INIT("aa"),
        PL_SLICE_INIT("\x7f"), PL_SLICE_INIT("\x80"), PL_SLICE_INIT("\xff")};
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        for (size_t j = 0; j < COUNT_OF(sorted); j++) {
            int expected = i < j ? -1 : i > j;
            ck_assert_msg(pl_slice_cmp(sorted[i], sorted[j]) == expected, "%zu %zu", i, j);
        }
    }
    ck_assert_int_eq(pl_slice_cmp(nothing, nothing), 0);
}
END_TEST

START_TEST(case_is_folded_for_ascii_only)
{
    ck_assert(pl_slice_eq_nocase(PL_SLICE("AbZ@["), PL_SLICE("aBz@[")));
    ck_assert(!pl_slice_eq_nocase(PL_SLICE("@"), PL_SLICE("`")));
    ck_assert(!pl_slice_eq_nocase(PL_SLICE("["), PL_SLICE("{")));
    ck_assert(!pl_slice_eq_nocase(PL_SLICE("\xc3\x84"), PL_SLICE("\xc3\xa4")));
    ck_assert(!pl_slice_eq_nocase(PL_SLICE("a"), PL_SLICE("aa")));
}
END_TEST

START_TEST(starts_and_ends)
{
    ck_assert(pl_slice_starts(PL_SLICE("abc"), PL_SLICE("ab")));
    ck_assert(pl_slice_starts(PL_SLICE("abc"), nothing));
    ck_assert(pl_slice_starts(nothing, nothing));
    ck_assert(!pl_slice_starts(PL_SLICE("ab"), PL_SLICE("abc")));
    ck_assert(pl_slice_ends(PL_SLICE("abc"), PL_SLICE("bc")));
    ck_assert(pl_slice_ends(PL_SLICE("abc"), PL_SLICE("abc")));
    ck_assert(pl_slice_ends(nothing, nothing));
    ck_assert(!pl_slice_ends(PL_SLICE("bc"), PL_SLICE("abc")));
    ck_assert(!pl_slice_ends(PL_SLICE("abd"), PL_SLICE("bc")));
}
END_TEST

START_TEST(find_gives_the_length_when_there_is_none)
{
    struct pl_slice s = PL_SLICE("a/b/c");
    ck_assert_uint_eq(pl_slice_find(s, '/'), 1);
    ck_assert_uint_eq(pl_slice_rfind(s, '/'), 3);
    ck_assert_uint_eq(pl_slice_find(s, 'x'), 5);
    ck_assert_uint_eq(pl_slice_rfind(s, 'x'), 5);
    ck_assert_uint_eq(pl_slice_find(nothing, 'x'), 0);
    ck_assert_uint_eq(pl_slice_rfind(nothing, 'x'), 0);
    ck_assert_uint_eq(pl_slice_find(PL_SLICE("a\xff"), '\xff'), 1);
}
END_TEST

START_TEST(find_text_agrees_with_a_naive_search)
{
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char hay[12];
        char needle[4];
        seed = seed * 1103515245u + 12345u;
        size_t n = seed >> 16 & 7u;
        size_t m = seed >> 20 & 3u;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245u + 12345u;
            hay[i] = (char)('a' + (seed >> 16 & 1u));
        }
        for (size_t i = 0; i < m; i++) {
            seed = seed * 1103515245u + 12345u;
            needle[i] = (char)('a' + (seed >> 16 & 1u));
        }
        size_t expected = n;
        for (size_t i = 0; i + m <= n; i++) {
            if (memcmp(hay + i, needle, m) == 0) {
                expected = i;
                break;
            }
        }
        size_t found = pl_slice_find_text(pl_slice_make(hay, n), pl_slice_make(needle, m));
        ck_assert_uint_eq(found, expected);
    }
    ck_assert_uint_eq(pl_slice_find_text(nothing, nothing), 0);
}
END_TEST

START_TEST(sub_clamps)
{
    struct pl_slice s = PL_SLICE("hello");
    ck_assert(pl_slice_is(pl_slice_sub(s, 1, 3), "el"));
    ck_assert(pl_slice_is(pl_slice_sub(s, 1, SIZE_MAX), "ello"));
    ck_assert(pl_slice_is(pl_slice_sub(s, 3, 1), ""));
    ck_assert(pl_slice_is(pl_slice_sub(s, SIZE_MAX, SIZE_MAX), ""));
    ck_assert_uint_eq(pl_slice_sub(nothing, 0, 5).len, 0);
}
END_TEST

START_TEST(trim_takes_ascii_white_space)
{
    ck_assert(pl_slice_is(pl_slice_trim(PL_SLICE(" \t\r\n\v\f a b \n")), "a b"));
    ck_assert(pl_slice_is(pl_slice_trim(PL_SLICE(" \n ")), ""));
    ck_assert(pl_slice_is(pl_slice_trim(nothing), ""));
    ck_assert(pl_slice_is(pl_slice_trim(PL_SLICE("\xc2\xa0")), "\xc2\xa0"));
}
END_TEST

START_TEST(next_cuts_all_parts)
{
    struct pl_slice rest = PL_SLICE(",a,,b");
    struct pl_slice part = PL_SLICE("kept");
    static const char *const expected[] = {"", "a", "", "b"};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        ck_assert(pl_slice_next(&rest, ',', &part));
        ck_assert_msg(pl_slice_is(part, expected[i]), "%zu", i);
    }
    ck_assert_ptr_null(rest.ptr);
    ck_assert(!pl_slice_next(&rest, ',', &part));
    ck_assert(pl_slice_is(part, "b")); /* untouched */

    rest = PL_SLICE("");
    ck_assert(pl_slice_next(&rest, ',', &part));
    ck_assert_uint_eq(part.len, 0);
    ck_assert(!pl_slice_next(&rest, ',', &part));

    rest = PL_SLICE("a,");
    ck_assert(pl_slice_next(&rest, ',', &part) && pl_slice_next(&rest, ',', &part));
    ck_assert_uint_eq(part.len, 0);
    ck_assert(!pl_slice_next(&rest, ',', &part));
}
END_TEST

START_TEST(u64_takes_digits_only)
{
    uint64_t n = 42;
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1a",
                                      "1.0",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(!pl_slice_u64(pl_slice_of(bad[i]), &n), "%s", bad[i]);
        ck_assert_uint_eq(n, 42);
    }
    ck_assert(pl_slice_u64(PL_SLICE("0"), &n) && n == 0);
    ck_assert(pl_slice_u64(PL_SLICE("007"), &n) && n == 7);
    ck_assert(pl_slice_u64(PL_SLICE("18446744073709551615"), &n) && n == UINT64_MAX);
}
END_TEST

START_TEST(names_of_paths)
{
    static const struct {
        const char *path, *base, *dir;
    } row[] = {{"a", "a", ""},
               {"a/b", "b", "a"},
               {"/a", "a", ""},
               {"a/b/", "", "a/b"},
               {"", "", ""},
               {"a//b", "b", "a/"},
               {"x/y/z.py", "z.py", "x/y"}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_slice path = pl_slice_of(row[i].path);
        ck_assert_msg(pl_slice_is(pl_slice_basename(path), row[i].base), "%s", row[i].path);
        ck_assert_msg(pl_slice_is(pl_slice_dirname(path), row[i].dir), "%s", row[i].path);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        of_null_is_empty,
        order_is_by_unsigned_bytes_then_length,
        case_is_folded_for_ascii_only,
        starts_and_ends,
        find_gives_the_length_when_there_is_none,
        find_text_agrees_with_a_naive_search,
        sub_clamps,
        trim_takes_ascii_white_space,
        next_cuts_all_parts,
        u64_takes_digits_only,
        names_of_paths,
    };
    return run_tests("slice", tests, COUNT_OF(tests));
}
