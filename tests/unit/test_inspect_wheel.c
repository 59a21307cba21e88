#include "pkg/base/limits.h"
#include "pkg/inspect/wheel.h"

#include <check.h>
#include <stdlib.h>

static struct pl_arena arena;
static struct pl_err err;

static void before(void)
{
    pl_arena_init(&arena, PL_MB(1));
}

static void after(void)
{
    pl_arena_done(&arena);
}

START_TEST(wheel_says_what_it_is_for)
{
    struct pl_wheel wheel;
    ck_assert_int_eq(pl_wheel_read(&wheel,
                                   PL_SLICE("Wheel-Version: 1.0\r\nroot-is-purelib: False\r\n"
                                            "Tag: cp312-cp312-manylinux_2_17_x86_64\r\n"
                                            "Tag: cp312-cp312-manylinux2014_x86_64\r\nTag:\n"),
                                   &arena, &err),
                     PL_OK);
    ck_assert(!wheel.pure);
    ck_assert_uint_eq(wheel.n_tag, 2);
    ck_assert(pl_slice_is(wheel.tag[1], "cp312-cp312-manylinux2014_x86_64"));
    ck_assert_int_eq(
        pl_wheel_read(&wheel, PL_SLICE("Root-Is-Purelib: true\nTag: py3-none-any"), &arena, &err),
        PL_OK);
    ck_assert(wheel.pure && wheel.n_tag == 1);
}
END_TEST

static const struct {
    const char *tag;
    uint8_t system;
    bool x86_64, arm64, cpython;
    uint32_t minor;
} TAGS[] = {
    {"cp311-cp311-manylinux_2_17_x86_64", PL_WHEEL_GNU, true, false, true, 11},
    {"cp39-abi3-manylinux2014_aarch64", PL_WHEEL_GNU, false, true, false, 0},
    {"cp313-cp313t-linux_x86_64", PL_WHEEL_GNU, true, false, true, 13},
    {"cp312-cp312-musllinux_1_2_x86_64", PL_WHEEL_MUSL, true, false, true, 12},
    {"cp312-cp312-macosx_10_13_universal2", PL_WHEEL_OTHER, true, true, true, 12},
    {"py3-none-macosx_11_0_arm64", PL_WHEEL_OTHER, false, true, false, 0},
    {"cp312-cp312-win_amd64", PL_WHEEL_OTHER, true, false, true, 12},
    {"cp312-cp312-win32", PL_WHEEL_OTHER, false, false, true, 12},
    {"py2.py3-none-any", PL_WHEEL_ANY, false, false, false, 0},
    {"pp310-pypy310_pp73-solaris", PL_WHEEL_STRANGE, false, false, false, 0},
};

START_TEST(tags_say_what_they_are_for)
{
    struct pl_wheel_tag tag;
    ck_assert_msg(pl_wheel_tag_read(&tag, pl_slice_of(TAGS[_i].tag)), "%s", TAGS[_i].tag);
    ck_assert_msg(tag.system == TAGS[_i].system && tag.x86_64 == TAGS[_i].x86_64 &&
                      tag.arm64 == TAGS[_i].arm64 && tag.cpython == TAGS[_i].cpython &&
                      tag.minor == TAGS[_i].minor,
                  "%s", TAGS[_i].tag);
}
END_TEST

START_TEST(tags_have_three_parts)
{
    struct pl_wheel_tag tag;
    ck_assert(!pl_wheel_tag_read(&tag, PL_SLICE("")));
    ck_assert(!pl_wheel_tag_read(&tag, PL_SLICE("cp312-cp312")));
    ck_assert(!pl_wheel_tag_read(&tag, PL_SLICE("cp312-cp312-linux_x86_64-more")));
}
END_TEST

START_TEST(record_lists_native_files)
{
    struct pl_record record;
    struct pl_slice text =
        PL_SLICE("a/__init__.py,sha256=x,1\r\n\"a/b,c.so\",sha256=x,2\n\n"
                 "a.libs/libz-1.so.1.2,,\na/d.dylib,,\na/e.cp312-win_amd64.pyd\na/so.py,,\n");
    ck_assert_int_eq(pl_record_read(&record, text, &arena, &err), PL_OK);
    ck_assert_uint_eq(record.n_native, 4);
    ck_assert(pl_slice_is(record.native[0], "a/b,c.so"));
    ck_assert(pl_slice_is(record.native[1], "a.libs/libz-1.so.1.2"));
    ck_assert(pl_slice_is(record.native[3], "a/e.cp312-win_amd64.pyd"));
    ck_assert(!record.cut);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_wheel");
    TCase *tests = tcase_create("wheel");
    tcase_add_checked_fixture(tests, before, after);
    tcase_add_test(tests, wheel_says_what_it_is_for);
    tcase_add_loop_test(tests, tags_say_what_they_are_for, 0, sizeof TAGS / sizeof TAGS[0]);
    tcase_add_test(tests, tags_have_three_parts);
    tcase_add_test(tests, record_lists_native_files);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
