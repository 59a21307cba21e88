#include "pkg/base/err.h"
#include "run.h"

#include <errno.h>
#include <string.h>

START_TEST(set_fills_and_returns_the_code)
{
    struct pl_err err = {.sys = 7};
    ck_assert_int_eq(pl_err_set(&err, PL_ERR_LIMIT, "%d of %s", 3, "x"), PL_ERR_LIMIT);
    ck_assert_int_eq((int)err.code, PL_ERR_LIMIT);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.msg, "3 of x");
}
END_TEST

START_TEST(set_of_ok_is_an_internal_error)
{
    struct pl_err err;
    ck_assert_int_eq(pl_err_set(&err, PL_OK, "fine"), PL_ERR_INTERNAL);
    ck_assert_int_eq((int)err.code, PL_ERR_INTERNAL);
}
END_TEST

START_TEST(set_takes_its_own_message_as_argument)
{
    struct pl_err err;
    pl_ignore(pl_err_set(&err, PL_ERR_IO, "inner"), "filled");
    pl_ignore(pl_err_set(&err, PL_ERR_IO, "<%s>", err.msg), "filled");
    ck_assert_str_eq(err.msg, "<inner>");
    pl_ignore(pl_err_wrap(&err, "%s", err.msg), "filled");
    ck_assert_str_eq(err.msg, "<inner>: <inner>");
}
END_TEST

START_TEST(sys_maps_errno_to_codes)
{
    struct pl_err err;
    ck_assert_int_eq(pl_err_sys(&err, ENOMEM, "f"), PL_ERR_NOMEM);
    ck_assert_int_eq(pl_err_sys(&err, ENOENT, "f"), PL_ERR_MISSING);
    ck_assert_int_eq(pl_err_sys(&err, ENOTDIR, "f"), PL_ERR_MISSING);
    ck_assert_int_eq(pl_err_sys(&err, EACCES, "f %d", 1), PL_ERR_IO);
    ck_assert_int_eq(err.sys, EACCES);
    char expected[256];
    (void)snprintf(expected, sizeof(expected), "f 1: %s", strerror(EACCES));
    ck_assert_str_eq(err.msg, expected);
    ck_assert_int_eq(pl_err_sys(&err, 0, "f"), PL_ERR_IO);
    ck_assert_ptr_null(strstr(err.msg, "Success"));
    ck_assert_int_eq(pl_err_sys(&err, 987654, "f"), PL_ERR_IO);
}
END_TEST

START_TEST(wrap_puts_context_in_front)
{
    struct pl_err err;
    pl_ignore(pl_err_sys(&err, EACCES, "open"), "filled");
    ck_assert_int_eq(pl_err_wrap(&err, "file %s", "a"), PL_ERR_IO);
    ck_assert_int_eq(err.sys, EACCES);
    ck_assert_int_eq(strncmp(err.msg, "file a: open: ", 14), 0);
}
END_TEST

START_TEST(wrap_of_no_error_is_never_success)
{
    struct pl_err err = {.code = PL_OK};
    ck_assert_int_eq(pl_err_wrap(&err, "file"), PL_ERR_INTERNAL);
    ck_assert_int_eq(strncmp(err.msg, "file: ", 6), 0);
}
END_TEST

START_TEST(nomem_needs_no_format)
{
    struct pl_err err;
    ck_assert_int_eq(pl_err_nomem(&err), PL_ERR_NOMEM);
    ck_assert_str_eq(err.msg, "out of memory");
}
END_TEST

START_TEST(message_fits_to_the_last_byte)
{
    struct pl_err err;
    char text[PL_ERR_MSG_MAX + 1];
    memset(text, 'x', sizeof(text));
    text[PL_ERR_MSG_MAX - 1] = '\0';
    pl_ignore(pl_err_set(&err, PL_ERR_IO, "%s", text), "filled");
    ck_assert_str_eq(err.msg, text);

    text[PL_ERR_MSG_MAX - 1] = 'x';
    text[PL_ERR_MSG_MAX] = '\0';
    pl_ignore(pl_err_set(&err, PL_ERR_IO, "%s", text), "filled");
    ck_assert_uint_eq(strlen(err.msg), PL_ERR_MSG_MAX - 1);
    ck_assert_str_eq(err.msg + PL_ERR_MSG_MAX - 5, "x...");
}
END_TEST

START_TEST(message_is_cut_between_characters)
{
    /* Two-byte characters behind 0, 1 bytes: one of the cuts would fall inside a character. */
    for (size_t lead = 0; lead < 4; lead++) {
        char text[2 * PL_ERR_MSG_MAX];
        size_t n = 0;
        while (n < lead) {
            text[n++] = 'a';
        }
        while (n + 3 < sizeof(text)) {
            memcpy(text + n, "\xe2\x82\xac", 3);
            n += 3;
        }
        text[n] = '\0';
        struct pl_err err;
        pl_ignore(pl_err_set(&err, PL_ERR_IO, "%s", text), "filled");
        size_t len = strlen(err.msg);
        ck_assert_uint_lt(len, PL_ERR_MSG_MAX);
        ck_assert_uint_gt(len, PL_ERR_MSG_MAX - 8);
        ck_assert_str_eq(err.msg + len - 3, "...");
        ck_assert_uint_eq((len - 3 - lead) % 3, 0);
        ck_assert_int_eq(memcmp(err.msg, text, len - 3), 0);
    }
}
END_TEST

START_TEST(outermost_context_survives_many_wraps)
{
    struct pl_err err;
    pl_ignore(pl_err_set(&err, PL_ERR_FORMAT, "the cause"), "filled");
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(pl_err_wrap(&err, "a context of some length, number %d", i),
                         PL_ERR_FORMAT);
    }
    ck_assert_int_eq(pl_err_wrap(&err, "outermost.zip"), PL_ERR_FORMAT);
    ck_assert_int_eq(strncmp(err.msg, "outermost.zip: a context", 24), 0);
    ck_assert_str_eq(err.msg + strlen(err.msg) - 3, "...");
}
END_TEST

START_TEST(every_code_has_text_and_exit_status)
{
    for (int code = PL_OK; code <= PL_ERR_CONFIG; code++) {
        ck_assert_str_ne(pl_status_text((enum pl_status)code), "unknown status");
        int status = pl_status_exit((enum pl_status)code);
        ck_assert_msg(code == PL_OK ? status == 0 : status == 2 || status == 3, "%d", code);
    }
    ck_assert_int_eq(pl_status_exit(PL_ERR_CONFIG), 2);
    ck_assert_int_eq(pl_status_exit(PL_ERR_IO), 3);
    ck_assert_int_eq(pl_status_exit((enum pl_status)99), 3);
    ck_assert_str_eq(pl_status_text((enum pl_status)99), "unknown status");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        set_fills_and_returns_the_code,
        set_of_ok_is_an_internal_error,
        set_takes_its_own_message_as_argument,
        sys_maps_errno_to_codes,
        wrap_puts_context_in_front,
        wrap_of_no_error_is_never_success,
        nomem_needs_no_format,
        message_fits_to_the_last_byte,
        message_is_cut_between_characters,
        outermost_context_survives_many_wraps,
        every_code_has_text_and_exit_status,
    };
    return run_tests("err", tests, COUNT_OF(tests));
}
