#include "pkg/project/project.h"

#include <check.h>
#include <stdlib.h>

static struct pl_value given(const char *text)
{
    return pl_value_given(pl_slice_of(text), (struct pl_pos){1, 2, 3, 4});
}

START_TEST(values_know_where_they_come_from)
{
    struct pl_value value = given("512");
    ck_assert_int_eq(value.known, PL_GIVEN);
    ck_assert(!value.secret);
    ck_assert_uint_eq(value.at.line, 2);
    ck_assert(pl_value_has(&value));
    value = pl_value_default("128");
    ck_assert_int_eq(value.known, PL_DEFAULT);
    ck_assert_uint_eq(value.at.file, 0);
    ck_assert(pl_value_has(&value));
    ck_assert(!pl_value_has(&(struct pl_value){.known = PL_ABSENT}));
    ck_assert(!pl_value_has(&(struct pl_value){.known = PL_UNKNOWN}));
}
END_TEST

static const struct {
    const char *text;
    bool good;
    int64_t number;
} numbers[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"128", true, 128},
    {"+3", true, 3},
    {"-7", true, -7},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+", false, 0},
    {"--1", false, 0},
    {"1.0", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"0x10", false, 0},
    {"512MB", false, 0},
};

START_TEST(whole_numbers_are_bounded)
{
    struct pl_value value = given(numbers[_i].text);
    int64_t number = 42;
    ck_assert_msg(pl_value_int(&value, &number) == numbers[_i].good, "%s", numbers[_i].text);
    ck_assert_int_eq(number, numbers[_i].good ? numbers[_i].number : 42);
}
END_TEST

START_TEST(what_is_not_known_is_no_number)
{
    struct pl_value value = given("1");
    int64_t number = 42;
    value.known = PL_UNKNOWN;
    ck_assert(!pl_value_int(&value, &number));
    value.known = PL_ABSENT;
    ck_assert(!pl_value_int(&value, &number));
    ck_assert_int_eq(number, 42);
}
END_TEST

START_TEST(files_are_copied_and_numbered_from_one)
{
    struct pl_project project;
    struct pl_err err;
    uint32_t file = 0;
    char text[] = "one\ntwo\r\nthree\rfour";
    pl_project_init(&project);
    ck_assert(pl_slice_is(project.root, "."));
    ck_assert_int_eq(pl_project_add_file(&project, PL_SLICE("a"), pl_slice_of(text), &file, &err),
                     PL_OK);
    ck_assert_uint_eq(file, 1);
    text[0] = 'x';
    ck_assert_int_eq(pl_project_add_file(&project, PL_SLICE("b"),
                                         PL_SLICE("\xef\xbb\xbf"
                                                  "bom\n"),
                                         &file, &err),
                     PL_OK);
    ck_assert_uint_eq(file, 2);
    ck_assert_uint_eq(project.n_file, 2);
    ck_assert(pl_slice_is(project.file[0].path, "a"));
    ck_assert(pl_slice_is(project.file[0].text, "one\ntwo\r\nthree\rfour"));
    static const char *const lines[] = {"one", "two", "three", "four"};
    struct pl_slice line;
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert(pl_project_line(&project, (struct pl_pos){1, i + 1, 1, 1}, &line));
        ck_assert_msg(pl_slice_is(line, lines[i]), "line %u", i + 1);
    }
    ck_assert(pl_project_line(&project, (struct pl_pos){2, 1, 1, 1}, &line));
    ck_assert_msg(pl_slice_is(line, "bom"), "columns are counted behind the mark");
    line = PL_SLICE("untouched");
    ck_assert(!pl_project_line(&project, (struct pl_pos){1, 5, 1, 1}, &line));
    ck_assert(!pl_project_line(&project, (struct pl_pos){1, UINT32_MAX, 1, 1}, &line));
    ck_assert(!pl_project_line(&project, (struct pl_pos){1, 0, 1, 1}, &line));
    ck_assert(!pl_project_line(&project, (struct pl_pos){0, 1, 1, 1}, &line));
    ck_assert(!pl_project_line(&project, (struct pl_pos){3, 1, 1, 1}, &line));
    ck_assert(pl_slice_is(line, "untouched"));
    pl_project_done(&project);
    pl_project_done(&project);
    pl_project_done(NULL);
}
END_TEST

START_TEST(names_are_found_exactly)
{
    struct pl_project project;
    struct pl_function_decl functions[] = {{.id = PL_SLICE_INIT("a")}, {.id = PL_SLICE_INIT("b")}};
    struct pl_layer_decl layers[] = {{.id = PL_SLICE_INIT("lib")}};
    pl_project_init(&project);
    project.function = functions;
    project.n_function = 2;
    project.layer = layers;
    project.n_layer = 1;
    ck_assert_uint_eq(pl_project_find_function(&project, PL_SLICE("b")), 1);
    ck_assert_uint_eq(pl_project_find_function(&project, PL_SLICE("B")), PL_NO_INDEX);
    ck_assert_uint_eq(pl_project_find_function(&project, PL_SLICE("")), PL_NO_INDEX);
    ck_assert_uint_eq(pl_project_find_layer(&project, PL_SLICE("lib")), 0);
    ck_assert_uint_eq(pl_project_find_layer(&project, PL_SLICE("a")), PL_NO_INDEX);
    pl_project_done(&project);
}
END_TEST

START_TEST(versions_are_compared_by_their_numbers)
{
    ck_assert(pl_version_is_later(PL_SLICE("0.10"), PL_SLICE("0.9")));
    ck_assert(pl_version_is_later(PL_SLICE("0.2.1"), PL_SLICE("0.2")));
    ck_assert(!pl_version_is_later(PL_SLICE("0.2"), PL_SLICE("0.2.0")));
    ck_assert(!pl_version_is_later(PL_SLICE("0.1"), PL_SLICE("1.0")));
    ck_assert(!pl_version_is_later(PL_SLICE("2"), PL_SLICE("0.1")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("project");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, values_know_where_they_come_from);
    tcase_add_loop_test(tcase, whole_numbers_are_bounded, 0,
                        (int)(sizeof numbers / sizeof *numbers));
    tcase_add_test(tcase, what_is_not_known_is_no_number);
    tcase_add_test(tcase, files_are_copied_and_numbered_from_one);
    tcase_add_test(tcase, names_are_found_exactly);
    tcase_add_test(tcase, versions_are_compared_by_their_numbers);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
