#include "pkg/base/arena.h"
#include "pkg/base/text.h"
#include "run.h"

#include <string.h>

START_TEST(utf8_is_strict)
{
    static const struct pl_slice good[] = {PL_SLICE_INIT(""),
                                           PL_SLICE_INIT("a\0b"),
                                           PL_SLICE_INIT("\x7f"),
                                           PL_SLICE_INIT("\xc2\x80"),
                                           PL_SLICE_INIT("\xdf\xbf"),
                                           PL_SLICE_INIT("\xe0\xa0\x80"),
                                           PL_SLICE_INIT("\xed\x9f\xbf"),
                                           PL_SLICE_INIT("\xee\x80\x80"),
                                           PL_SLICE_INIT("\xf0\x90\x80\x80"),
                                           PL_SLICE_INIT("\xf4\x8f\xbf\xbf")};
    static const struct pl_slice bad[] = {PL_SLICE_INIT("\x80"),
                                          PL_SLICE_INIT("\xc0\x80"),
                                          PL_SLICE_INIT("\xc1\xbf"),
                                          PL_SLICE_INIT("\xc2"),
                                          PL_SLICE_INIT("\xc2\x41"),
                                          PL_SLICE_INIT("\xe0\x9f\xbf"),
                                          PL_SLICE_INIT("\xe2\x82"),
                                          PL_SLICE_INIT("\xed\xa0\x80"),
                                          PL_SLICE_INIT("\xed\xbf\xbf"),
                                          PL_SLICE_INIT("\xf0\x8f\xbf\xbf"),
                                          PL_SLICE_INIT("\xf4\x90\x80\x80"),
                                          PL_SLICE_INIT("\xf5\x80\x80\x80"),
                                          PL_SLICE_INIT("\xff"),
                                          PL_SLICE_INIT("ok\xfe")};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        ck_assert_msg(pl_utf8_valid(good[i]), "good %zu", i);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(!pl_utf8_valid(bad[i]), "bad %zu", i);
    }
}
END_TEST

/* Eight bytes are looked at together: what is not ASCII is found at each place, and behind it. */
START_TEST(ascii_ends_where_it_ends)
{
    char text[41];
    for (size_t len = 0; len < sizeof text; len++) {
        for (size_t odd = 0; odd <= len; odd++) {
            memset(text, 'a', sizeof text);
            if (odd < len) {
                text[odd] = (char)0xc3;
            }
            struct pl_slice s = pl_slice_make(text, len);
            for (size_t from = 0; from <= len; from++) {
                ck_assert_uint_eq(pl_utf8_ascii(s, from), from <= odd ? odd : len);
            }
            ck_assert(pl_utf8_valid(s) == (odd == len));
        }
    }
}
END_TEST

START_TEST(next_steps_over_characters_and_bad_bytes)
{
    struct pl_slice s = PL_SLICE("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x28");
    static const struct {
        size_t pos;
        uint32_t code;
        bool valid;
    } expected[] = {{1, 'a', true},      {3, 0xe9, true},   {6, 0x20ac, true},
                    {10, 0x1f600, true}, {11, 0xe2, false}, {12, '(', true}};
    size_t pos = 0;
    uint32_t code = 0;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        ck_assert(pl_utf8_next(s, &pos, &code) == expected[i].valid);
        ck_assert_uint_eq(pos, expected[i].pos);
        ck_assert_uint_eq(code, expected[i].code);
    }
    ck_assert(!pl_utf8_next(s, &pos, &code));
    ck_assert_uint_eq(pos, 12);
}
END_TEST

START_TEST(escape_makes_text_safe)
{
    static const struct {
        struct pl_slice text;
        const char *expected;
    } row[] = {
        {PL_SLICE_INIT("plain text \\ \"quoted\""), "plain text \\ \"quoted\""},
        {PL_SLICE_INIT("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"),
         "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"},
        {PL_SLICE_INIT("a\nb\tc\rd"), "a\\nb\\tc\\rd"},
        {PL_SLICE_INIT("\x1b[31m\0\x7f"), "\\x1b[31m\\x00\\x7f"},
        {PL_SLICE_INIT("\xc2\x9b"
                       "31m"),
         "\\u{9b}31m"},
        {PL_SLICE_INIT("x\xff\xc3y"), "x\\xff\\xc3y"},
        {PL_SLICE_INIT("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8e"), "\\u{202e}\\u{2066}\\u{200e}"},
        {PL_SLICE_INIT("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xe2\x80\x8b"),
         "\\u{2028}\\u{2029}\\u{feff}\\u{200b}"},
        {PL_SLICE_INIT("\xf3\xa0\x81\x81"), "\\u{e0041}"},
        {PL_SLICE_INIT(""), ""},
    };
    struct pl_err err;
    struct pl_buf buf;
    struct pl_arena arena;
    pl_buf_init(&buf, 1000);
    pl_arena_init(&arena, 10000);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_slice safe = {NULL, 0};
        ASSERT_OK(pl_text_escape(&buf, row[i].text, &err));
        ck_assert_str_eq(buf.data, row[i].expected);
        ASSERT_OK(pl_text_safe(&arena, row[i].text, &safe, &err));
        ck_assert_str_eq(safe.ptr, row[i].expected);
        pl_buf_clear(&buf);
    }
    pl_buf_done(&buf);
    pl_arena_done(&arena);
    pl_buf_init(&buf, 3);
    ASSERT_FAILS(pl_text_escape(&buf, PL_SLICE("\x01"), &err), PL_ERR_LIMIT);
    pl_buf_done(&buf);
}
END_TEST

START_TEST(no_byte_makes_it_through_unsafe)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 100);
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            char bytes[2] = {(char)a, (char)b};
            if (pl_text_escape(&buf, pl_slice_make(bytes, 2), &err) != PL_OK) {
                ck_abort_msg("%s", err.msg);
            }
            bool safe = pl_utf8_valid(pl_buf_view(&buf));
            for (size_t pos = 0; safe && pos < buf.len;) {
                uint32_t code = 0;
                safe = pl_utf8_next(pl_buf_view(&buf), &pos, &code) && code >= 0x20 &&
                       (code < 0x7f || code > 0x9f);
            }
            if (!safe) {
                ck_abort_msg("%02x %02x", (unsigned)a, (unsigned)b);
            }
            pl_buf_clear(&buf);
        }
    }
    pl_buf_done(&buf);
}
END_TEST

START_TEST(nearest_finds_slips_of_the_finger)
{
    static const char *const key[] = {"runtime", "handler", "sources", "memory", "timeout", "arn"};
    static const struct {
        const char *word, *expected;
    } row[] = {{"runtme", "runtime"},
               {"runitme", "runtime"},
               {"Handler", "handler"},
               {"source", "sources"},
               {"memroy", "memory"},
               {"timeouts", "timeout"},
               {"runtime", "runtime"},
               {"arm", "arn"},
               {"ar", NULL},
               {"a", NULL},
               {"", NULL},
               {"completely", NULL},
               {"hndlr", NULL},
               {"handlr", "handler"}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        const char *found = pl_text_nearest(pl_slice_of(row[i].word), key, COUNT_OF(key));
        if (row[i].expected) {
            ck_assert_msg(found && strcmp(found, row[i].expected) == 0, "%s", row[i].word);
        } else {
            ck_assert_msg(!found, "%s gave %s", row[i].word, found);
        }
    }
    ck_assert_ptr_null(pl_text_nearest(PL_SLICE("runtime"), key, 0));
}
END_TEST

START_TEST(nearest_bears_long_words)
{
    char word[200];
    char other[200];
    memset(word, 'x', sizeof(word));
    memset(other, 'x', sizeof(other));
    for (size_t n = 60; n < 70; n++) {
        other[n + 3] = '\0';
        const char *const key[] = {other, "short"};
        const char *found = pl_text_nearest(pl_slice_make(word, n), key, 2);
        ck_assert(n <= 64 ? found == other : found == NULL);
        other[n + 3] = 'x';
    }
}
END_TEST

START_TEST(dates_go_there_and_back)
{
    static const struct {
        const char *text;
        int32_t days;
    } row[] = {{"1970-01-01", 0},      {"1969-12-31", -1},      {"2000-02-29", 11016},
               {"2026-11-23", 20780},  {"0001-01-01", -719162}, {"9999-12-31", 2932896},
               {"1900-03-01", -25508}, {"2024-02-29", 19782}};
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        int32_t days = 0;
        char text[PL_DATE_TEXT];
        ck_assert(pl_date_parse(pl_slice_of(row[i].text), &days));
        ck_assert_int_eq(days, row[i].days);
        pl_date_text(days, text);
        ck_assert_str_eq(text, row[i].text);
    }
    int32_t before = 0;
    for (int32_t day = -719162; day <= 2932896; day += 7) {
        char text[PL_DATE_TEXT];
        pl_date_text(day, text);
        if (!pl_date_parse(pl_slice_of(text), &before) || before != day) {
            ck_abort_msg("%d is said as %s", (int)day, text);
        }
    }
    char text[PL_DATE_TEXT];
    pl_date_text(INT32_MIN, text);
    ck_assert_str_eq(text, "0001-01-01");
    pl_date_text(INT32_MAX, text);
    ck_assert_str_eq(text, "9999-12-31");
}
END_TEST

START_TEST(dates_that_do_not_exist_are_refused)
{
    static const char *const bad[] = {"",           "2026-1-01",  "2026-13-01", "2026-00-01",
                                      "2026-02-29", "1900-02-29", "2026-04-31", "2026-11-00",
                                      "2026/11/23", "2026-11-2x", " 026-11-23", "2026-11-230",
                                      "0000-01-01", "+026-11-23", "20261123"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int32_t days = 77;
        ck_assert_msg(!pl_date_parse(pl_slice_of(bad[i]), &days), "%s", bad[i]);
        ck_assert_int_eq(days, 77);
    }
}
END_TEST

START_TEST(counts_and_sizes_read_well)
{
    char text[PL_COUNT_TEXT];
    ck_assert_str_eq(pl_count_text(0, text), "0");
    ck_assert_str_eq(pl_count_text(999, text), "999");
    ck_assert_str_eq(pl_count_text(1000, text), "1,000");
    ck_assert_str_eq(pl_count_text(262144000, text), "262,144,000");
    ck_assert_str_eq(pl_count_text(UINT64_MAX, text), "18,446,744,073,709,551,615");
    ck_assert_str_eq(pl_size_text(0, text), "0 bytes");
    ck_assert_str_eq(pl_size_text(1, text), "1 byte");
    ck_assert_str_eq(pl_size_text(1023, text), "1023 bytes");
    ck_assert_str_eq(pl_size_text(1024, text), "1.0 KB");
    ck_assert_str_eq(pl_size_text(1024 * 1024 - 1, text), "1.0 MB");
    ck_assert_str_eq(pl_size_text(39950746, text), "38.1 MB");
    ck_assert_str_eq(pl_size_text(262144000, text), "250.0 MB");
    ck_assert_str_eq(pl_size_text(UINT64_MAX, text), "16.0 EB");
}
END_TEST

static const struct {
    const char *a, *b;
    bool same, same_no_case;
} fold_row[] = {
    {"a", "a", true, true},
    {"README", "readme", false, true},
    {"\xc3\xa9", "e\xcc\x81", true, true},                  /* e with an acute accent */
    {"\xc3\x89", "e\xcc\x81", false, true},                 /* its capital */
    {"a\xcc\x96\xcc\x81", "a\xcc\x81\xcc\x96", true, true}, /* marks in another order */
    {"\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", true, true}, /* Hangul */
    {"\xe2\x84\xaa", "K", true, true},                                    /* the Kelvin sign */
    {"\xef\xac\x81", "fi", false, false},                                 /* a ligature */
    {"\xc3\x9f", "ss", false, false},                                     /* sharp s */
    {"\xe9", "\xc3\xa9", false, false},                                   /* no UTF-8 */
    {"\xe9X", "\xe9x", false, true},
};

static bool is_folded_alike(const char *a, const char *b, bool no_case)
{
    struct pl_err err;
    struct pl_buf one;
    struct pl_buf two;
    pl_buf_init(&one, 100);
    pl_buf_init(&two, 100);
    ck_assert_int_eq(pl_text_fold(&one, pl_slice_of(a), no_case, &err), PL_OK);
    ck_assert_int_eq(pl_text_fold(&two, pl_slice_of(b), no_case, &err), PL_OK);
    bool same = pl_slice_eq(pl_buf_view(&one), pl_buf_view(&two));
    pl_buf_done(&one);
    pl_buf_done(&two);
    return same;
}

START_TEST(fold_finds_names_that_look_the_same)
{
    for (size_t i = 0; i < COUNT_OF(fold_row); i++) {
        const char *a = fold_row[i].a;
        const char *b = fold_row[i].b;
        ck_assert_msg(is_folded_alike(a, b, false) == fold_row[i].same, "row %zu", i);
        ck_assert_msg(is_folded_alike(a, b, true) == fold_row[i].same_no_case, "row %zu, no case",
                      i);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        utf8_is_strict,
        ascii_ends_where_it_ends,
        next_steps_over_characters_and_bad_bytes,
        escape_makes_text_safe,
        no_byte_makes_it_through_unsafe,
        nearest_finds_slips_of_the_finger,
        nearest_bears_long_words,
        dates_go_there_and_back,
        dates_that_do_not_exist_are_refused,
        counts_and_sizes_read_well,
        fold_finds_names_that_look_the_same,
    };
    return run_tests("text", tests, COUNT_OF(tests));
}
