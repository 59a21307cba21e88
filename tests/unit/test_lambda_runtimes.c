#include "pkg/base/text.h"
#include "pkg/lambda/modules.h"
#include "pkg/lambda/runtimes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int32_t day(const char *text)
{
    int32_t days = 0;
    ck_assert_msg(pl_date_parse(pl_slice_of(text), &days), "%s", text);
    return days;
}

static const struct pl_runtime *row(const char *id)
{
    const struct pl_runtime *runtime = pl_runtime_find(pl_slice_of(id));
    ck_assert_msg(runtime != NULL, "%s", id);
    return runtime;
}

START_TEST(rows_are_consistent)
{
    ck_assert_uint_gt(pl_runtime_count(), 50);
    ck_assert_ptr_null(pl_runtime_at(pl_runtime_count()));
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        const struct pl_runtime *runtime = pl_runtime_at(i);
        ck_assert_msg(row(runtime->id) == runtime, "%s stands twice", runtime->id);
        ck_assert_ptr_nonnull(runtime->source);
        ck_assert_ptr_nonnull(pl_os_of(runtime));
        ck_assert_msg((runtime->os == PL_OS_AL1) == !(runtime->flags & PL_RUNTIME_ARM64), "%s",
                      runtime->id);
        bool dated = runtime->deprecated != PL_DATE_NONE;
        ck_assert_msg(dated == !(runtime->flags & PL_RUNTIME_PREVIEW), "%s", runtime->id);
        bool blocks = runtime->block_create != PL_DATE_NONE;
        ck_assert_msg(blocks == (runtime->block_update != PL_DATE_NONE), "%s", runtime->id);
        if (blocks) {
            ck_assert_msg(runtime->released < runtime->deprecated &&
                              runtime->block_create <= runtime->block_update,
                          "%s", runtime->id);
        }
        ck_assert_msg((runtime->language == PL_LANG_PYTHON || runtime->language == PL_LANG_DOTNET ||
                       runtime->language == PL_LANG_RUBY) == (runtime->abi_tag != NULL),
                      "%s", runtime->id);
        ck_assert_msg((runtime->language == PL_LANG_NODEJS || runtime->language == PL_LANG_JAVA) ==
                          (runtime->abi != 0),
                      "%s", runtime->id);
    }
}
END_TEST

START_TEST(rows_of_a_language_stand_together_newest_first)
{
    unsigned seen = 0;
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        const struct pl_runtime *runtime = pl_runtime_at(i);
        const struct pl_runtime *before = i > 0 ? pl_runtime_at(i - 1) : NULL;
        if (before && before->language == runtime->language) {
            /* Java has one version on several systems; the newer system comes first. */
            unsigned above =
                before->os * 100000u + before->version_major * 100u + before->version_minor;
            unsigned below =
                runtime->os * 100000u + runtime->version_major * 100u + runtime->version_minor;
            ck_assert_msg(above >= below, "%s above %s", before->id, runtime->id);
        } else {
            ck_assert_msg(!(seen & 1u << runtime->language), "%s is apart", runtime->id);
            seen |= 1u << runtime->language;
        }
    }
}
END_TEST

static const struct {
    const char *id;
    enum pl_os_id os;
    const char *released, *deprecated, *create, *update;
} dates[] = {
    {"nodejs24.x", PL_OS_AL2023, "2025-11-25", "2028-04-30", "2028-06-01", "2028-07-01"},
    {"nodejs20.x", PL_OS_AL2023, "2023-11-15", "2026-04-30", "2027-02-01", "2027-03-03"},
    {"nodejs4.3-edge", PL_OS_AL1, "2017-07-17", "2020-03-05", "2019-03-31", "2019-04-30"},
    {"python3.12", PL_OS_AL2023, "2023-12-14", "2028-10-31", "2028-11-30", "2029-01-10"},
    {"python3.10", PL_OS_AL2, "2023-04-18", "2026-10-31", "2027-02-01", "2027-03-03"},
    {"java8.al2023", PL_OS_AL2023, "2026-07-31", "2029-06-30", "2029-07-31", "2029-08-31"},
    {"java8", PL_OS_AL1, "2015-06-15", "2024-01-08", "2024-02-08", "2027-03-03"},
    {"dotnetcore1.0", PL_OS_AL1, "2016-12-01", "2019-06-27", "2019-06-30", "2019-07-30"},
    {"ruby3.2", PL_OS_AL2, "2023-06-07", "2026-03-31", "2027-02-01", "2027-03-03"},
    {"provided.al2", PL_OS_AL2, "2020-08-12", "2026-07-31", "2027-02-01", "2027-03-03"},
    {"go1.x", PL_OS_AL1, "2018-01-15", "2024-01-08", "2024-02-08", "2027-03-03"},
};

START_TEST(dates_become_days)
{
    const struct pl_runtime *runtime = row(dates[_i].id);
    ck_assert_int_eq(runtime->os, dates[_i].os);
    ck_assert_int_eq(runtime->released, day(dates[_i].released));
    ck_assert_int_eq(runtime->deprecated, day(dates[_i].deprecated));
    ck_assert_int_eq(runtime->block_create, day(dates[_i].create));
    ck_assert_int_eq(runtime->block_update, day(dates[_i].update));
}
END_TEST

static const struct {
    const char *id, *as_of;
    enum pl_life life;
} lives[] = {
    {"python3.10", "2026-10-30", PL_LIFE_SUPPORTED},
    {"python3.10", "2026-10-31", PL_LIFE_DEPRECATED},
    {"python3.10", "2027-01-31", PL_LIFE_DEPRECATED},
    {"python3.10", "2027-02-01", PL_LIFE_CREATE_BLOCKED},
    {"python3.10", "2027-03-02", PL_LIFE_CREATE_BLOCKED},
    {"python3.10", "2027-03-03", PL_LIFE_UPDATE_BLOCKED},
    {"java8", "2026-11-23", PL_LIFE_CREATE_BLOCKED},
    {"nodejs12.x", "2026-11-23", PL_LIFE_UPDATE_BLOCKED},
    {"nodejs8.10", "2020-02-04", PL_LIFE_CREATE_BLOCKED},
    {"nodejs26.x", "2026-11-23", PL_LIFE_PREVIEW},
    {"dotnet9", "2026-11-09", PL_LIFE_SUPPORTED},
    {"dotnet9", "2030-01-01", PL_LIFE_DEPRECATED},
};

START_TEST(life_follows_the_date)
{
    ck_assert_int_eq(pl_runtime_life(row(lives[_i].id), day(lives[_i].as_of)), lives[_i].life);
}
END_TEST

/* LAMBDA.md 2.1, "State on 2026-11-23", as the day of the data. */
START_TEST(state_on_the_day_of_the_data)
{
    static const char *const deprecated[] = {"nodejs16.x", "nodejs18.x",  "nodejs20.x", "python3.8",
                                             "python3.9",  "python3.10",  "dotnet6",    "dotnet8",
                                             "ruby3.2",    "provided.al2"};
    static const char *const blocked[] = {"nodejs14.x", "python3.7", "java8",
                                          "go1.x",      "provided",  "ruby2.7"};
    size_t n[PL_LIFE_UPDATE_BLOCKED + 1] = {0};
    int32_t today = day(PL_LAMBDA_DATA_DATE);
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        if (!(pl_runtime_at(i)->flags & PL_RUNTIME_IMAGE_ONLY)) {
            n[pl_runtime_life(pl_runtime_at(i), today)]++;
        }
    }
    for (size_t i = 0; i < sizeof deprecated / sizeof *deprecated; i++) {
        ck_assert_int_eq(pl_runtime_life(row(deprecated[i]), today), PL_LIFE_DEPRECATED);
    }
    for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
        ck_assert_int_eq(pl_runtime_life(row(blocked[i]), today), PL_LIFE_CREATE_BLOCKED);
    }
    ck_assert_uint_eq(n[PL_LIFE_DEPRECATED], sizeof deprecated / sizeof *deprecated);
    ck_assert_uint_eq(n[PL_LIFE_CREATE_BLOCKED], sizeof blocked / sizeof *blocked);
    ck_assert_uint_eq(n[PL_LIFE_PREVIEW], 2);
}
END_TEST

static const struct {
    const char *id, *as_of, *successor; /* NULL: none */
} successors[] = {
    {"python3.8", "2026-11-23", "python3.14"},
    {"nodejs16.x", "2026-11-23", "nodejs24.x"},
    {"nodejs16.x", "2025-01-01", "nodejs22.x"},
    {"dotnet9", "2026-11-23", "dotnet10"},
    {"provided.al2", "2026-11-23", "provided.al2023"},
    {"go1.x", "2026-11-23", "provided.al2023"},
    {"java8", "2026-11-23", "java25"},
    {"ruby2.5", "2026-11-23", "ruby4.0"},
    {"python3.14", "2026-11-23", NULL},
    {"python3.14", "2035-01-01", NULL},
};

START_TEST(successor_is_the_newest_supported_one)
{
    const struct pl_runtime *got =
        pl_runtime_successor(row(successors[_i].id), day(successors[_i].as_of));
    if (successors[_i].successor) {
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got->id, successors[_i].successor);
    } else {
        ck_assert_ptr_null(got);
    }
}
END_TEST

static const struct {
    const char *word, *nearest; /* NULL: none */
} near_misses[] = {
    {"nodejs22", "nodejs22.x"},
    {"python313", "python3.13"},
    {"Python3.13", "python3.13"},
    {"nodejs21.x", "nodejs24.x"},
    {"python3.1", "python3.14"},
    {"provided.al2022", "provided.al2023"},
    {"dotnet-8", "dotnet8"},
    {"rust", NULL},
    {"", NULL},
};

START_TEST(nearest_is_no_preview)
{
    const struct pl_runtime *got = pl_runtime_nearest(pl_slice_of(near_misses[_i].word));
    if (near_misses[_i].nearest) {
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got->id, near_misses[_i].nearest);
    } else {
        ck_assert_ptr_null(got);
    }
}
END_TEST

START_TEST(find_is_exact)
{
    ck_assert_ptr_null(pl_runtime_find(PL_SLICE("python3.1")));
    ck_assert_ptr_null(pl_runtime_find(PL_SLICE("Python3.13")));
    ck_assert_ptr_null(pl_runtime_find(PL_SLICE("")));
    ck_assert_ptr_null(pl_runtime_find(PL_SLICE("java25 ")));
    ck_assert_uint_eq(row("dotnet9")->flags & PL_RUNTIME_IMAGE_ONLY, PL_RUNTIME_IMAGE_ONLY);
}
END_TEST

START_TEST(snapstart_rows)
{
    static const char *const yes[] = {"java11",     "java17.al2023", "java25",  "python3.12",
                                      "python3.14", "dotnet8",       "dotnet10"};
    static const char *const no[] = {"java8.al2",  "java8.al2023", "python3.11",     "dotnet6",
                                     "nodejs24.x", "ruby3.4",      "provided.al2023"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        ck_assert_msg(row(yes[i])->flags & PL_RUNTIME_SNAPSTART, "%s", yes[i]);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        ck_assert_msg(!(row(no[i])->flags & PL_RUNTIME_SNAPSTART), "%s", no[i]);
    }
}
END_TEST

START_TEST(unsure_rows_are_marked)
{
    size_t n = 0;
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        n += (pl_runtime_at(i)->flags & PL_RUNTIME_UNSURE) != 0;
    }
    ck_assert_uint_eq(n, 3);
    ck_assert(row("ruby4.0")->flags & PL_RUNTIME_UNSURE);
}
END_TEST

START_TEST(oses_have_their_facts)
{
    for (size_t i = 0; i < PL_OS_COUNT; i++) {
        const struct pl_os *os = pl_os_at(i);
        ck_assert_uint_eq(os->id, i);
        ck_assert_ptr_nonnull(os->source);
        ck_assert_ptr_nonnull(os->glibc);
    }
    ck_assert_ptr_null(pl_os_at(PL_OS_COUNT));
    ck_assert_str_eq(pl_os_of(row("python3.13"))->name, "AL2023");
    ck_assert_str_eq(pl_os_of(row("python3.13"))->glibc, "2.34");
    ck_assert_str_eq(pl_os_of(row("python3.11"))->glibc, "2.26");
    ck_assert_ptr_null(pl_os_of(row("java8"))->glibcxx);
    ck_assert(pl_os_of(row("python3.11"))->libcrypt1);
    ck_assert(!pl_os_of(row("python3.12"))->libcrypt1);
}
END_TEST

START_TEST(architectures_are_exact)
{
    ck_assert_int_eq(pl_arch_parse(PL_SLICE("x86_64")), PL_ARCH_X86_64);
    ck_assert_int_eq(pl_arch_parse(PL_SLICE("arm64")), PL_ARCH_ARM64);
    ck_assert_int_eq(pl_arch_parse(PL_SLICE("ARM64")), PL_ARCH_UNKNOWN);
    ck_assert_int_eq(pl_arch_parse(PL_SLICE("")), PL_ARCH_UNKNOWN);
    ck_assert_str_eq(pl_arch_name(PL_ARCH_ARM64), "arm64");
    ck_assert_str_eq(pl_arch_name(PL_ARCH_X86_64), "x86_64");
    ck_assert_str_eq(pl_arch_name(PL_ARCH_UNKNOWN), "unknown");
}
END_TEST

START_TEST(builtin_modules_follow_the_version)
{
    ck_assert(pl_python_is_builtin(row("python3.13"), PL_SLICE("time")));
    ck_assert(pl_python_is_builtin(row("python3.8"), PL_SLICE("itertools")));
    ck_assert(pl_python_is_builtin(row("python3.12"), PL_SLICE("_typing")));
    ck_assert(!pl_python_is_builtin(row("python3.11"), PL_SLICE("_typing")));
    ck_assert(!pl_python_is_builtin(row("python3.6"), PL_SLICE("_abc")));
    ck_assert(!pl_python_is_builtin(row("python3.13"), PL_SLICE("math")));
    ck_assert(!pl_python_is_builtin(row("python3.13"), PL_SLICE("app")));
    ck_assert(!pl_python_is_builtin(row("python3.13"), PL_SLICE("")));
    ck_assert(!pl_python_is_builtin(row("python2.7"), PL_SLICE("time")));
    ck_assert(!pl_python_is_builtin(row("nodejs22.x"), PL_SLICE("time")));
}
END_TEST

static bool python_has(const char *id, const char *name)
{
    const struct pl_python_module *module = pl_python_module_find(pl_slice_of(name));
    return module && pl_python_module_in(module, row(id));
}

START_TEST(the_standard_library_follows_the_version)
{
    /* The table is searched by halves: its first and last rows are found only when it is sorted. */
    ck_assert(python_has("python3.13", "__future__") && python_has("python3.13", "zoneinfo"));
    ck_assert(python_has("python3.13", "json") && python_has("python3.6", "json"));
    ck_assert(python_has("python3.11", "distutils") && !python_has("python3.12", "distutils"));
    ck_assert(python_has("python3.12", "cgi") && !python_has("python3.13", "cgi"));
    ck_assert(python_has("python3.11", "tomllib") && !python_has("python3.10", "tomllib"));
    ck_assert(!python_has("python3.13", "requests") && !python_has("python3.13", ""));
    ck_assert_str_eq(pl_python_module_find(PL_SLICE("imp"))->instead, "importlib");
    ck_assert(pl_python_brings(PL_SLICE("boto3")) && !pl_python_brings(PL_SLICE("requests")));
}
END_TEST

START_TEST(what_node_brings_follows_the_version)
{
    ck_assert(pl_node_is_builtin(PL_SLICE("fs")) && pl_node_is_builtin(PL_SLICE("fs/promises")));
    ck_assert(pl_node_is_builtin(PL_SLICE("node:test")) && !pl_node_is_builtin(PL_SLICE("test")));
    ck_assert(!pl_node_is_builtin(PL_SLICE("")) && !pl_node_is_builtin(PL_SLICE("fs-extra")));
    ck_assert(pl_node_brings(row("nodejs18.x"), PL_SLICE("@aws-sdk/client-s3")));
    ck_assert(!pl_node_brings(row("nodejs16.x"), PL_SLICE("@aws-sdk/client-s3")));
    ck_assert(pl_node_brings(row("nodejs16.x"), PL_SLICE("aws-sdk")));
    ck_assert(!pl_node_brings(row("nodejs18.x"), PL_SLICE("aws-sdk")));
    ck_assert(!pl_node_brings(row("nodejs22.x"), PL_SLICE("uuid")));
}
END_TEST

START_TEST(languages_have_names)
{
    ck_assert_str_eq(pl_language_name(PL_LANG_NODEJS), "Node.js");
    ck_assert_str_eq(pl_language_name(PL_LANG_CUSTOM), "custom");
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        ck_assert_str_ne(pl_language_name(pl_runtime_at(i)->language), "unknown");
    }
}
END_TEST

#define LOOP(tcase, test, table) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *suite = suite_create("lambda_runtimes");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, rows_are_consistent);
    tcase_add_test(tcase, rows_of_a_language_stand_together_newest_first);
    LOOP(tcase, dates_become_days, dates);
    LOOP(tcase, life_follows_the_date, lives);
    tcase_add_test(tcase, state_on_the_day_of_the_data);
    LOOP(tcase, successor_is_the_newest_supported_one, successors);
    LOOP(tcase, nearest_is_no_preview, near_misses);
    tcase_add_test(tcase, find_is_exact);
    tcase_add_test(tcase, snapstart_rows);
    tcase_add_test(tcase, unsure_rows_are_marked);
    tcase_add_test(tcase, oses_have_their_facts);
    tcase_add_test(tcase, architectures_are_exact);
    tcase_add_test(tcase, builtin_modules_follow_the_version);
    tcase_add_test(tcase, the_standard_library_follows_the_version);
    tcase_add_test(tcase, what_node_brings_follows_the_version);
    tcase_add_test(tcase, languages_have_names);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
