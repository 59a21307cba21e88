#include "pkg/lambda/oslib.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    enum pl_os_id os;
    enum pl_arch arch;
    const char *version;
    enum pl_os_has has;
} VERSIONS[] = {
    {PL_OS_AL2, PL_ARCH_X86_64, "GLIBC_2.2.5", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_ARM64, "GLIBC_2.2.5", PL_OS_NO}, /* aarch64 begins with 2.17 */
    {PL_OS_AL2, PL_ARCH_ARM64, "GLIBC_2.17", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "GLIBC_2.26", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "GLIBC_2.27", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "GLIBC_2.34", PL_OS_YES},
    {PL_OS_AL2023, PL_ARCH_UNKNOWN, "GLIBC_2.35", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "GLIBC_2.20", PL_OS_NO}, /* no symbol ever had this version */
    {PL_OS_AL2023, PL_ARCH_X86_64, "GLIBC_ABI_DT_RELR", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "GLIBC_PRIVATE", PL_OS_MAYBE},
    {PL_OS_AL1, PL_ARCH_X86_64, "GLIBCXX_3.4.19", PL_OS_YES},
    {PL_OS_AL1, PL_ARCH_X86_64, "GLIBCXX_3.4.21", PL_OS_MAYBE},
    {PL_OS_AL1, PL_ARCH_X86_64, "GLIBCXX_3.4.25", PL_OS_NO},
    {PL_OS_AL2, PL_ARCH_X86_64, "GLIBCXX_3.4.24", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "GLIBCXX_3.4.29", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_ARM64, "GLIBCXX_3.4.29", PL_OS_YES},
    {PL_OS_AL2023, PL_ARCH_ARM64, "GLIBCXX_3.4.33", PL_OS_MAYBE},
    {PL_OS_AL2023, PL_ARCH_ARM64, "GLIBCXX_3.4.34", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "CXXABI_1.3.13", PL_OS_YES},
    {PL_OS_AL2023, PL_ARCH_X86_64, "CXXABI_1.3.15", PL_OS_MAYBE},
    {PL_OS_AL2023, PL_ARCH_X86_64, "CXXABI_1.3.16", PL_OS_NO},
    {PL_OS_AL2, PL_ARCH_X86_64, "CXXABI_FLOAT128", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "GCC_7.0.0", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "GCC_12.0.0", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "GCC_14.0.0", PL_OS_MAYBE},
    {PL_OS_AL2, PL_ARCH_X86_64, "ZLIB_1.2.9", PL_OS_NO},
    {PL_OS_AL2023, PL_ARCH_X86_64, "ZLIB_1.2.9", PL_OS_YES},
    {PL_OS_AL2, PL_ARCH_X86_64, "OPENSSL_3.0.0", PL_OS_MAYBE},
};

START_TEST(versions_are_members)
{
    ck_assert_int_eq(pl_os_version(pl_os_at(VERSIONS[_i].os), VERSIONS[_i].arch,
                                   pl_slice_of(VERSIONS[_i].version)),
                     VERSIONS[_i].has);
}
END_TEST

/* The two tables of facts about the systems must not drift apart. */
START_TEST(newest_versions_are_those_of_the_os)
{
    static const char *const families[] = {"GLIBC_", "GLIBCXX_", "CXXABI_"};
    for (size_t i = 0; i < PL_OS_COUNT; i++) {
        const struct pl_os *os = pl_os_at(i);
        const char *const newest[] = {os->glibc, os->glibcxx, os->cxxabi};
        for (size_t f = 0; f < 3; f++) {
            struct pl_slice number;
            char text[64];
            if (!newest[f]) {
                continue;
            }
            size_t n = 0;
            for (const char *c = families[f]; *c; c++) {
                text[n++] = *c;
            }
            for (const char *c = newest[f]; *c; c++) {
                text[n++] = *c;
            }
            struct pl_slice version = pl_slice_make(text, n);
            ck_assert_msg(pl_os_version(os, PL_ARCH_X86_64, version) == PL_OS_YES, "%.*s", (int)n,
                          text);
            ck_assert_int_ne(pl_version_family(version, &number), PL_VERSION_OTHER);
            ck_assert(pl_slice_is(number, newest[f]));
        }
    }
}
END_TEST

START_TEST(libraries)
{
    bool known = false;
    const struct pl_os *al2 = pl_os_at(PL_OS_AL2);
    const struct pl_os *al2023 = pl_os_at(PL_OS_AL2023);
    ck_assert_int_eq(pl_os_library(al2, PL_SLICE("libcrypt.so.1"), &known), PL_OS_YES);
    ck_assert_int_eq(pl_os_library(al2023, PL_SLICE("libcrypt.so.1"), &known), PL_OS_NO);
    ck_assert(known);
    ck_assert_int_eq(pl_os_library(al2023, PL_SLICE("libssl.so.3"), &known), PL_OS_YES);
    ck_assert_int_eq(pl_os_library(al2023, PL_SLICE("libnsl.so.1"), &known), PL_OS_MAYBE);
    ck_assert_int_eq(pl_os_library(al2023, PL_SLICE("libopenblas.so.0"), &known), PL_OS_NO);
    ck_assert(!known);
}
END_TEST

START_TEST(numbers_have_an_order)
{
    ck_assert_int_lt(pl_version_cmp(PL_SLICE("2.9"), PL_SLICE("2.28")), 0);
    ck_assert_int_lt(pl_version_cmp(PL_SLICE("3.4"), PL_SLICE("3.4.1")), 0);
    ck_assert_int_eq(pl_version_cmp(PL_SLICE("GLIBC_2.3"), PL_SLICE("GLIBC_2.3")), 0);
    ck_assert_int_gt(pl_version_cmp(PL_SLICE("2.10"), PL_SLICE("2.2.5")), 0);
}
END_TEST

START_TEST(a_runtime_that_would_do)
{
    const struct pl_runtime *old = pl_runtime_find(PL_SLICE("python3.11"));
    const int32_t day = 20780; /* 2026-11-23 */
    const struct pl_runtime *found =
        pl_runtime_with(old, PL_ARCH_X86_64, PL_SLICE("GLIBC_2.28"), day);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found->id, "python3.12");
    ck_assert_ptr_null(pl_runtime_with(old, PL_ARCH_X86_64, PL_SLICE("GLIBC_2.38"), day));
    ck_assert_str_eq(pl_os_wheel_tag(pl_os_of(old)), "manylinux_2_26");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lambda_oslib");
    TCase *tests = tcase_create("lambda_oslib");
    tcase_add_loop_test(tests, versions_are_members, 0, (int)(sizeof VERSIONS / sizeof *VERSIONS));
    tcase_add_test(tests, newest_versions_are_those_of_the_os);
    tcase_add_test(tests, libraries);
    tcase_add_test(tests, numbers_have_an_order);
    tcase_add_test(tests, a_runtime_that_would_do);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
