#include "oom.h"
#include "pkg/base/doc.h"
#include "pkg/base/jsonw.h"

#include <string.h>

static void write_sample(struct pl_jsonw *w)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "name", "a\"b\\c");
    pl_jsonw_text(w, "none", NULL);
    pl_jsonw_u64(w, "most", UINT64_MAX);
    pl_jsonw_i64(w, "least", INT64_MIN);
    pl_jsonw_bool(w, "yes", true);
    pl_jsonw_bool(w, "no", false);
    pl_jsonw_array(w, "empty");
    pl_jsonw_close_array(w);
    pl_jsonw_object(w, "hollow");
    pl_jsonw_close_object(w);
    pl_jsonw_array(w, "list");
    pl_jsonw_u64(w, NULL, 1);
    pl_jsonw_array(w, NULL);
    pl_jsonw_null(w, NULL);
    pl_jsonw_close_array(w);
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
}

START_TEST(compact_is_one_line_without_blanks)
{
    struct pl_err err;
    struct pl_jsonw w;
    struct pl_buf buf;
    pl_buf_init(&buf, 1000);
    pl_jsonw_begin(&w, &buf, false, &err);
    write_sample(&w);
    ASSERT_OK(pl_jsonw_end(&w));
    ck_assert_str_eq(buf.data,
                     "{\"name\":\"a\\\"b\\\\c\",\"none\":null,\"most\":18446744073709551615,"
                     "\"least\":-9223372036854775808,\"yes\":true,\"no\":false,"
                     "\"empty\":[],\"hollow\":{},\"list\":[1,[null]]}");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(indented_has_two_blanks_per_level)
{
    struct pl_err err;
    struct pl_jsonw w;
    struct pl_buf buf;
    pl_buf_init(&buf, 1000);
    pl_jsonw_begin(&w, &buf, true, &err);
    write_sample(&w);
    ASSERT_OK(pl_jsonw_end(&w));
    ck_assert_str_eq(buf.data, "{\n"
                               "  \"name\": \"a\\\"b\\\\c\",\n"
                               "  \"none\": null,\n"
                               "  \"most\": 18446744073709551615,\n"
                               "  \"least\": -9223372036854775808,\n"
                               "  \"yes\": true,\n"
                               "  \"no\": false,\n"
                               "  \"empty\": [],\n"
                               "  \"hollow\": {},\n"
                               "  \"list\": [\n"
                               "    1,\n"
                               "    [\n"
                               "      null\n"
                               "    ]\n"
                               "  ]\n"
                               "}");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(any_bytes_come_out_as_valid_json)
{
    struct pl_err err;
    struct pl_buf buf;
    pl_buf_init(&buf, 1000);
    for (int a = 0; a < 256; a++) {
        char bytes[3] = {(char)a, 'x', (char)(a ^ 0x5a)};
        struct pl_jsonw w;
        pl_jsonw_begin(&w, &buf, false, &err);
        pl_jsonw_slice(&w, NULL, pl_slice_make(bytes, 3));
        ASSERT_OK(pl_jsonw_end(&w));
        struct pl_doc doc;
        ASSERT_OK(pl_json_parse(&doc, pl_buf_view(&buf), 0, "written", &err));
        struct pl_slice text = pl_doc_node(&doc, doc.root)->text;
        if (a < 0x80 && (a ^ 0x5a) < 0x80) {
            ck_assert(pl_slice_eq(text, pl_slice_make(bytes, 3)));
        } else {
            ck_assert_uint_lt(pl_slice_find_text(text, PL_SLICE("\xef\xbf\xbd")), text.len);
        }
        pl_doc_done(&doc);
        pl_buf_clear(&buf);
    }
    struct pl_jsonw w;
    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_slice(&w, NULL, PL_SLICE("\0\n\r\t\x1f\x7f\xc3\xa9\xe2\x82"));
    ASSERT_OK(pl_jsonw_end(&w));
    ck_assert_str_eq(buf.data,
                     "\"\\u0000\\n\\r\\t\\u001f\\u007f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(decimals_have_no_zeros_at_their_end)
{
    struct pl_err err;
    struct pl_jsonw w;
    struct pl_buf buf;
    pl_buf_init(&buf, 1000);
    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_array(&w, NULL);
    pl_jsonw_decimal(&w, NULL, 1500, 3);
    pl_jsonw_decimal(&w, NULL, 2000, 3);
    pl_jsonw_decimal(&w, NULL, 1, 10);
    pl_jsonw_decimal(&w, NULL, 0, 10);
    pl_jsonw_decimal(&w, NULL, 10, 0);
    pl_jsonw_decimal(&w, NULL, UINT64_MAX, 18);
    pl_jsonw_close_array(&w);
    ASSERT_OK(pl_jsonw_end(&w));
    ck_assert_str_eq(buf.data, "[1.5,2,0.0000000001,0,10,18.446744073709551615]");
    pl_buf_done(&buf);
}
END_TEST

START_TEST(misuse_is_an_internal_error)
{
    struct pl_err err;
    struct pl_jsonw w;
    struct pl_buf buf;
    pl_buf_init(&buf, 10000);
    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_object(&w, NULL);
    ASSERT_FAILS(pl_jsonw_end(&w), PL_ERR_INTERNAL);

    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_close_array(&w);
    ck_assert_int_eq(pl_jsonw_end(&w), PL_ERR_INTERNAL);

    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_null(&w, NULL);
    pl_jsonw_null(&w, NULL);
    ck_assert_int_eq(pl_jsonw_end(&w), PL_ERR_INTERNAL);

    pl_jsonw_begin(&w, &buf, false, &err);
    pl_jsonw_decimal(&w, NULL, 1, 19);
    ck_assert_int_eq(pl_jsonw_end(&w), PL_ERR_INTERNAL);

    pl_jsonw_begin(&w, &buf, false, &err);
    for (int i = 0; i < 2 * PL_JSONW_DEPTH; i++) {
        pl_jsonw_array(&w, NULL);
    }
    ck_assert_int_eq(pl_jsonw_end(&w), PL_ERR_INTERNAL);
    pl_buf_done(&buf);
}
END_TEST

START_TEST(first_failure_sticks)
{
    struct pl_err err;
    size_t whole = 0;
    for (size_t max = 10000; max != SIZE_MAX; max = max > whole ? whole : max - 1) {
        struct pl_jsonw w;
        struct pl_buf buf;
        pl_buf_init(&buf, max);
        pl_jsonw_begin(&w, &buf, false, &err);
        write_sample(&w);
        ck_assert_int_eq(pl_jsonw_end(&w), max < whole ? PL_ERR_LIMIT : PL_OK);
        ck_assert_uint_le(buf.len, max);
        whole = max == 10000 ? buf.len : whole;
        pl_buf_done(&buf);
    }
    ck_assert_uint_gt(whole, 100);
}
END_TEST

static enum pl_status write_all(struct pl_err *err)
{
    struct pl_jsonw w;
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = 10000};
    pl_jsonw_begin(&w, &buf, true, err);
    write_sample(&w);
    return pl_jsonw_end(&w);
}

START_TEST(every_failed_allocation_is_reported)
{
    (void)oom_exhaust(write_all);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        compact_is_one_line_without_blanks,  indented_has_two_blanks_per_level,
        any_bytes_come_out_as_valid_json,    decimals_have_no_zeros_at_their_end,
        misuse_is_an_internal_error,         first_failure_sticks,
        every_failed_allocation_is_reported,
    };
    return run_tests("jsonw", tests, COUNT_OF(tests));
}
