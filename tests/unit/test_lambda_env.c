#include "pkg/lambda/env.h"
#include "pkg/lambda/limits.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static size_t pair(const char *key, const char *value)
{
    return pl_env_pair_bytes(pl_slice_of(key), pl_slice_of(value));
}

START_TEST(no_variables_are_two_bytes)
{
    ck_assert_uint_eq(pl_env_json_bytes(NULL, NULL, 0), 2);
}
END_TEST

START_TEST(pairs_count_quotes_colon_and_commas)
{
    struct pl_slice keys[] = {PL_SLICE("BUCKET"), PL_SLICE("KEY")};
    struct pl_slice values[] = {PL_SLICE("file"), PL_SLICE("value")};
    ck_assert_uint_eq(pl_env_json_bytes(keys, values, 1), strlen("{\"BUCKET\":\"file\"}"));
    ck_assert_uint_eq(pl_env_json_bytes(keys, values, 2),
                      strlen("{\"BUCKET\":\"file\",\"KEY\":\"value\"}"));
    ck_assert_uint_eq(pair("", ""), 5);
}
END_TEST

/* value, bytes between its quotes */
static const struct {
    const char *value;
    size_t bytes;
} escapes[] = {
    {"a\"b", 4},
    {"a\\b", 4},
    {"\b\f\n\r\t", 10},
    {"\x01", 6},
    {"\x1f", 6},
    {"\x7f", 1},
    {"/", 1},
    {"<&>'", 4},
    {"\xc3\xa9", 2},
    {"\xe2\x82\xac", 3},
    {"\xe2\x80\xa8", 3},
    {"\xf0\x9f\x9a\xa2", 4},
};

START_TEST(escapes_are_those_of_json)
{
    ck_assert_uint_eq(pair("KK", escapes[_i].value), 7 + escapes[_i].bytes);
    ck_assert_uint_eq(pair(escapes[_i].value, "VV"), 7 + escapes[_i].bytes);
}
END_TEST

START_TEST(nul_is_escaped_too)
{
    ck_assert_uint_eq(pl_env_pair_bytes(PL_SLICE("K"), PL_SLICE("\0")), 6 + 6);
}
END_TEST

START_TEST(limit_is_reached_to_the_byte)
{
    /* {"LARGE_VAR":"x...x"}: 4096 are accepted, 4097 are not (recorded against the service). */
    static char text[PL_LAMBDA_ENV_BYTES];
    memset(text, 'x', sizeof text);
    struct pl_slice key = PL_SLICE("LARGE_VAR");
    struct pl_slice value = {text, PL_LAMBDA_ENV_BYTES - strlen("{\"LARGE_VAR\":\"\"}")};
    ck_assert_uint_eq(pl_env_json_bytes(&key, &value, 1), PL_LAMBDA_ENV_BYTES);
    value.len++;
    ck_assert_uint_eq(pl_env_json_bytes(&key, &value, 1), PL_LAMBDA_ENV_BYTES + 1);
}
END_TEST

static const struct {
    const char *key;
    bool valid;
} keys[] = {
    {"AB", true},
    {"aZ_9", true},
    {"A_", true},
    {"A1", true},
    {"", false},
    {"A", false},
    {"_A", false},
    {"1A", false},
    {"A-B", false},
    {"A.B", false},
    {"A B", false},
    {" AB", false},
    {"AB\n", false},
    {"\xc3\x84"
     "B",
     false},
    {"A\xc3\xa4", false},
};

START_TEST(key_pattern_is_the_service_models)
{
    ck_assert_msg(pl_env_key_valid(pl_slice_of(keys[_i].key)) == keys[_i].valid, "key %s",
                  keys[_i].key);
}
END_TEST

START_TEST(reserved_keys_are_told)
{
    static const char *const yes[] = {"AWS_REGION",
                                      "_HANDLER",
                                      "AWS_LAMBDA_METADATA_TOKEN",
                                      "_X_AMZN_TRACE_ID",
                                      "LAMBDA_TASK_ROOT",
                                      "AWS_ACCESS_KEY",
                                      "AWS_LAMBDA_INITIALIZATION_TYPE",
                                      "AWS_LAMBDA_RUNTIME_API"};
    static const char *const no[] = {"",
                                     "TZ",
                                     "PATH",
                                     "PYTHONPATH",
                                     "NODE_OPTIONS",
                                     "LANG",
                                     "aws_region",
                                     "AWS_REGION_",
                                     "AWS_LAMBDA_EXEC_WRAPPER",
                                     "AWS_XRAY_DAEMON_ADDRESS"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        ck_assert_msg(pl_env_key_reserved(pl_slice_of(yes[i])), "%s", yes[i]);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        ck_assert_msg(!pl_env_key_reserved(pl_slice_of(no[i])), "%s", no[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lambda_env");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, no_variables_are_two_bytes);
    tcase_add_test(tcase, pairs_count_quotes_colon_and_commas);
    tcase_add_loop_test(tcase, escapes_are_those_of_json, 0,
                        (int)(sizeof escapes / sizeof *escapes));
    tcase_add_test(tcase, nul_is_escaped_too);
    tcase_add_test(tcase, limit_is_reached_to_the_byte);
    tcase_add_loop_test(tcase, key_pattern_is_the_service_models, 0,
                        (int)(sizeof keys / sizeof *keys));
    tcase_add_test(tcase, reserved_keys_are_told);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
