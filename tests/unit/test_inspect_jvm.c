#include "fakeclass.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/jvm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct pl_err err;
static struct pl_arena arena;
static struct pl_buf bytes;

static void before(void)
{
    pl_arena_init(&arena, PL_MB(8));
    pl_buf_init(&bytes, FAKE_CLASS_BYTES);
}

static void after(void)
{
    pl_arena_done(&arena);
    pl_buf_done(&bytes);
}

static const char WHOLE[] =
    "a/B$C super=x/Y implements=i/J implements=k/L major=65 minor=3 flags=1025 "
    "signature=Lx/Y<TT;>; inner=1 1:<init>()V 9:run(J[Ljava/lang/String;)I";

START_TEST(jvm_reads_names_flags_and_methods)
{
    struct pl_jvm jvm;
    fake_class(&bytes, WHOLE);
    ck_assert_int_eq(pl_jvm_read(&jvm, pl_buf_view(&bytes), &arena, &err), PL_OK);
    ck_assert_ptr_null(jvm.damaged);
    ck_assert(jvm.is_class && jvm.needs_outer);
    ck_assert_uint_eq(jvm.major, 65);
    ck_assert_uint_eq(jvm.minor, 3);
    ck_assert_uint_eq(jvm.flags, PL_JVM_PUBLIC | PL_JVM_ABSTRACT);
    ck_assert(pl_slice_is(jvm.name, "a/B$C") && pl_slice_is(jvm.super, "x/Y"));
    ck_assert(pl_slice_is(jvm.signature, "Lx/Y<TT;>;"));
    ck_assert_uint_eq(jvm.n_interface, 2);
    ck_assert(pl_slice_is(jvm.interface[1], "k/L"));
    ck_assert_uint_eq(jvm.n_method, 2);
    ck_assert(pl_slice_is(jvm.method[1].name, "run"));
    ck_assert(pl_slice_is(jvm.method[1].descriptor, "(J[Ljava/lang/String;)I"));
    ck_assert_uint_eq(jvm.method[1].flags, PL_JVM_PUBLIC | PL_JVM_STATIC);
}
END_TEST

START_TEST(jvm_static_nested_needs_no_outer)
{
    struct pl_jvm jvm;
    fake_class(&bytes, "a/B$C inner=9");
    ck_assert_int_eq(pl_jvm_read(&jvm, pl_buf_view(&bytes), &arena, &err), PL_OK);
    ck_assert(!jvm.damaged && !jvm.needs_outer);
}
END_TEST

START_TEST(jvm_every_cut_is_damaged)
{
    fake_class(&bytes, WHOLE);
    for (size_t n = 0; n < bytes.len; n++) {
        struct pl_jvm jvm;
        /* A copy of its own, so that the sanitizer sees a read behind the end. */
        char *cut = malloc(n + (n == 0));
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, bytes.data, n);
        ck_assert_int_eq(pl_jvm_read(&jvm, pl_slice_make(cut, n), &arena, &err), PL_OK);
        ck_assert_ptr_nonnull(jvm.damaged);
        ck_assert_int_eq(jvm.is_class, n >= 8);
        ck_assert_uint_eq(jvm.n_method, 0);
        free(cut);
    }
}
END_TEST

START_TEST(jvm_every_changed_byte_gives_an_answer)
{
    fake_class(&bytes, WHOLE);
    for (size_t i = 0; i < bytes.len; i++) {
        for (unsigned flip = 1; flip < 256; flip += 50) {
            struct pl_jvm jvm;
            bytes.data[i] = (char)(bytes.data[i] ^ (char)flip);
            ck_assert_int_eq(pl_jvm_read(&jvm, pl_buf_view(&bytes), &arena, &err), PL_OK);
            bytes.data[i] = (char)(bytes.data[i] ^ (char)flip);
            pl_arena_done(&arena);
            pl_arena_init(&arena, PL_MB(8));
        }
    }
}
END_TEST

START_TEST(jvm_refuses_what_is_no_class_file)
{
    static const char *const not_one[] = {"", "public class A {}",
                                          "\x7f"
                                          "ELF\2\1\1\0\0\0"};
    for (size_t i = 0; i < sizeof not_one / sizeof not_one[0]; i++) {
        struct pl_jvm jvm;
        ck_assert_int_eq(pl_jvm_read(&jvm, pl_slice_of(not_one[i]), &arena, &err), PL_OK);
        ck_assert(jvm.damaged && !jvm.is_class);
    }
    struct pl_jvm jvm;
    fake_class(&bytes, "A");
    ck_assert_int_eq(pl_buf_byte(&bytes, 'x', &err), PL_OK);
    ck_assert_int_eq(pl_jvm_read(&jvm, pl_buf_view(&bytes), &arena, &err), PL_OK);
    ck_assert_str_eq(jvm.damaged, "bytes follow its end");
}
END_TEST

START_TEST(jvm_full_arena_is_an_error)
{
    struct pl_arena small;
    struct pl_jvm jvm = {.major = 7};
    pl_arena_init(&small, 16);
    fake_class(&bytes, WHOLE);
    ck_assert_int_eq(pl_jvm_read(&jvm, pl_buf_view(&bytes), &small, &err), PL_ERR_LIMIT);
    ck_assert_uint_eq(jvm.major, 7);
    pl_arena_done(&small);
}
END_TEST

START_TEST(parameters_are_cut_one_by_one)
{
    struct pl_slice rest = PL_SLICE("I[[JLa/B;[La/C;)V");
    struct pl_slice one;
    static const char *const want[] = {"I", "[[J", "La/B;", "[La/C;"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert(pl_jvm_next_parameter(&rest, &one));
        ck_assert(pl_slice_is(one, want[i]));
    }
    ck_assert(!pl_jvm_next_parameter(&rest, &one));
    rest = PL_SLICE("La/B");
    ck_assert(!pl_jvm_next_parameter(&rest, &one));
    rest = PL_SLICE("[[");
    ck_assert(!pl_jvm_next_parameter(&rest, &one));
}
END_TEST

START_TEST(manifest_lines_are_joined_and_end_at_the_empty_one)
{
    static const char text[] = "Manifest-Version: 1.0\r\nclass-path: a.jar b.j\r\n ar\r\n\r\n"
                               "Main-Class: x\r\n";
    struct pl_slice value;
    struct pl_slice all = pl_slice_of(text);
    ck_assert_int_eq(pl_jar_attribute(all, "Class-Path", &arena, &value, &err), PL_OK);
    ck_assert(pl_slice_is(value, "a.jar b.jar"));
    ck_assert_int_eq(pl_jar_attribute(all, "Main-Class", &arena, &value, &err), PL_OK);
    ck_assert_uint_eq(value.len, 0);
    ck_assert_int_eq(pl_jar_attribute(PL_SLICE("A: b"), "A", &arena, &value, &err), PL_OK);
    ck_assert(pl_slice_is(value, "b"));
    ck_assert_int_eq(pl_jar_attribute(PL_SLICE(""), "A", &arena, &value, &err), PL_OK);
    ck_assert_uint_eq(value.len, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_jvm");
    TCase *tests = tcase_create("inspect_jvm");
    tcase_add_checked_fixture(tests, before, after);
    tcase_add_test(tests, jvm_reads_names_flags_and_methods);
    tcase_add_test(tests, jvm_static_nested_needs_no_outer);
    tcase_add_test(tests, jvm_every_cut_is_damaged);
    tcase_add_test(tests, jvm_every_changed_byte_gives_an_answer);
    tcase_add_test(tests, jvm_refuses_what_is_no_class_file);
    tcase_add_test(tests, jvm_full_arena_is_an_error);
    tcase_add_test(tests, parameters_are_cut_one_by_one);
    tcase_add_test(tests, manifest_lines_are_joined_and_end_at_the_empty_one);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
