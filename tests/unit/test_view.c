#include "faketree.h"
#include "pkg/base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct fake_file FILES[FAKE_FILES] = {
    {"a/b/c.txt", "c", 0},      {"a/up", "->../top", 0}, {"top", "t", 0},
    {"loop", "->loop2", 0},     {"loop2", "->loop", 0},  {"dir", "->a/b", 0},
    {"abs", "->/opt/lib/x", 0}, {"/opt/lib/x", "x", 0},
};

struct row {
    const char *cwd, *path;
    enum pl_how how;
    const char *at;  /* NULL: the reference is not looked at */
    const char *via; /* NULL: none */
};

static const struct row ROWS[] = {
    {"/", "/var/task/top", PL_HOW_FILE, "top", NULL},
    {"/var/task", "top", PL_HOW_FILE, "top", NULL},
    {"/var/task", "./top", PL_HOW_FILE, "top", NULL},
    {"/var/task", "a//b/./c.txt", PL_HOW_FILE, "a/b/c.txt", NULL},
    {"/var/task", "a/../top", PL_HOW_FILE, "top", NULL},
    {"/var/task/a/b", "../../top", PL_HOW_FILE, "top", NULL},
    {"/var/task", "missing/../top", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", "top/../top", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", "top/", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", "top/x", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", "a", PL_HOW_FOLDER, "a", NULL},
    {"/var/task", "a/", PL_HOW_FOLDER, "a", NULL},
    {"/var/task", "A", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", "", PL_HOW_MISSING, NULL, NULL},
    {"/var/task", ".", PL_HOW_FOLDER, "", NULL},
    {"/var/task", "..", PL_HOW_FOLDER, "", NULL},
    {"/var/task", "../../../../var/task/top", PL_HOW_FILE, "top", NULL},
    {"/var/task", "../../opt/lib/x", PL_HOW_FILE, "lib/x", NULL},
    {"/", "/", PL_HOW_FOLDER, "", NULL},
    {"/", "/var", PL_HOW_FOLDER, "", NULL},
    {"/", "/opt", PL_HOW_FOLDER, "", NULL},
    {"/", "/opt/lib", PL_HOW_FOLDER, "lib", NULL},
    {"/", "/opt/none", PL_HOW_MISSING, NULL, NULL},
    {"/", "/optional", PL_HOW_OUTSIDE, NULL, NULL},
    {"/", "/usr/bin/env", PL_HOW_OUTSIDE, NULL, NULL},
    {"/", "/var/taskforce", PL_HOW_OUTSIDE, NULL, NULL},
    {"/var/task", "a/up", PL_HOW_FILE, "top", "a/up"},
    {"/var/task", "dir/c.txt", PL_HOW_FILE, "a/b/c.txt", "dir"},
    {"/var/task", "dir/../up", PL_HOW_FILE, "top", "dir"},
    {"/var/task", "abs", PL_HOW_FILE, "lib/x", "abs"},
    {"/var/task", "loop", PL_HOW_LOOP, NULL, "loop"},
    {"/var/task", "loop/x", PL_HOW_LOOP, NULL, "loop"},
};

START_TEST(view_table)
{
    const struct row *row = &ROWS[_i];
    struct fake fake;
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.13"}, FILES);
    struct pl_hit hit = pl_view_find(&fake.fn.view, pl_slice_of(row->cwd), pl_slice_of(row->path));
    ck_assert_msg(hit.how == row->how, "%s from %s: %d", row->path, row->cwd, hit.how);
    if (row->at) {
        ck_assert_str_eq(fake_name(hit.at), row->at);
    } else {
        ck_assert_ptr_null(hit.at.package);
    }
    ck_assert_str_eq(fake_name(hit.via), row->via ? row->via : "");
    fake_done(&fake);
}
END_TEST

/* Linux follows 40 links and no more. */
START_TEST(view_follows_forty_links)
{
    enum { CHAIN = PL_MAX_LINKS + 2 };
    static char name[CHAIN][8];
    struct pl_package package = {.kind = PL_KIND_ZIP, .state = PL_PACKAGE_ARTIFACT};
    struct fake_file file[FAKE_FILES] = {{NULL, NULL, 0}};
    struct pl_err err;
    fake_tree(&package.tree, file, "");
    free(package.tree.entry);
    package.tree.entry = calloc(CHAIN, sizeof *package.tree.entry);
    for (uint32_t i = 0; i < CHAIN; i++) {
        snprintf(name[i], sizeof name[i], "n%02u", (unsigned)i);
        package.tree.entry[i] = (struct pl_entry){.name = pl_slice_of(name[i]), .mode = 0777};
        package.tree.entry[i].type = i + 1 < CHAIN ? PL_ENTRY_LINK : PL_ENTRY_FILE;
    }
    for (uint32_t i = 0; i + 1 < CHAIN; i++) {
        package.tree.entry[i].link = pl_slice_of(name[i + 1]);
    }
    package.tree.n = CHAIN;
    ck_assert_int_eq(pl_tree_finish(&package.tree, &err), PL_OK);
    struct pl_view view = {.n = 0};
    pl_view_mount(&view, PL_SLICE("/var/task"), &package);
    ck_assert_int_eq(pl_view_find(&view, PL_SLICE("/var/task"), PL_SLICE("n01")).how, PL_HOW_FILE);
    ck_assert_int_eq(pl_view_find(&view, PL_SLICE("/var/task"), PL_SLICE("n00")).how, PL_HOW_LOOP);
    pl_package_done(&package);
}
END_TEST

START_TEST(view_later_layer_wins_and_folders_merge)
{
    static const struct fake_file one[FAKE_FILES] = {{"lib/same", "1", 0}, {"lib/one", "1", 0}};
    static const struct fake_file two[FAKE_FILES] = {{"lib/same", "2", 0}, {"lib/two", "2", 0}};
    struct fake a;
    struct fake b;
    struct pl_view view = {.n = 0};
    fake_init(&a, &(struct fake_setting){.runtime = "python3.13"}, one);
    fake_init(&b, &(struct fake_setting){.runtime = "python3.13"}, two);
    pl_view_mount(&view, PL_SLICE("/opt"), &a.code);
    pl_view_mount(&view, PL_SLICE("/opt"), &b.code);
    struct pl_slice root = PL_SLICE("/");
    ck_assert_ptr_eq(pl_view_find(&view, root, PL_SLICE("/opt/lib/same")).at.package, &b.code);
    ck_assert_ptr_eq(pl_view_find(&view, root, PL_SLICE("/opt/lib/one")).at.package, &a.code);
    ck_assert_ptr_eq(pl_view_find(&view, root, PL_SLICE("/opt/lib/two")).at.package, &b.code);
    fake_done(&a);
    fake_done(&b);
}
END_TEST

START_TEST(view_opaque_layer_hides_only_opt)
{
    static const struct fake_file files[FAKE_FILES] = {{"top", "t", 0}, {"/opt/x", "x", 0}};
    struct fake fake;
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.13", .opaque = true}, files);
    struct pl_slice root = PL_SLICE("/");
    ck_assert_int_eq(pl_view_find(&fake.fn.view, root, PL_SLICE("/opt/none")).how, PL_HOW_OPAQUE);
    ck_assert_int_eq(pl_view_find(&fake.fn.view, root, PL_SLICE("/opt/x")).how, PL_HOW_FILE);
    ck_assert_int_eq(pl_view_find(&fake.fn.view, root, PL_SLICE("/var/task/none")).how,
                     PL_HOW_MISSING);
    fake_done(&fake);
}
END_TEST

START_TEST(view_hostile_paths_end)
{
    static const struct fake_file files[FAKE_FILES] = {
        {"d/e", "x", 0}, {"grow", "->grow/grow", 0}, {"empty", "->", 0}};
    struct fake fake;
    static char longest[10000];
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.13"}, files);
    struct pl_slice task = PL_SLICE("/var/task");
    ck_assert_int_eq(pl_view_find(&fake.fn.view, task, PL_SLICE("grow")).how, PL_HOW_LOOP);
    ck_assert_int_eq(pl_view_find(&fake.fn.view, task, PL_SLICE("empty")).how, PL_HOW_MISSING);
    for (size_t n = 4080; n < sizeof longest; n++) {
        for (size_t i = 0; i < n; i++) {
            longest[i] = i % 2 == 0 ? '.' : '/';
        }
        uint8_t how = pl_view_find(&fake.fn.view, task, pl_slice_make(longest, n)).how;
        ck_assert_int_eq(how, n + task.len + 1 < 4096 ? PL_HOW_FOLDER : PL_HOW_MISSING);
        n += n > 4200 ? 500 : 0;
    }
    fake_done(&fake);
}
END_TEST

START_TEST(view_too_many_mounts_are_opaque)
{
    static const struct fake_file files[FAKE_FILES] = {{"top", "t", 0}};
    struct fake fake;
    struct pl_view view = {.n = 0};
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.13"}, files);
    for (int i = 0; i < PL_VIEW_MOUNTS; i++) {
        pl_view_mount(&view, PL_SLICE("/opt"), &fake.code);
    }
    ck_assert(!view.opaque_layer);
    pl_view_mount(&view, PL_SLICE("/opt"), &fake.code);
    ck_assert(view.opaque_layer);
    fake_done(&fake);
}
END_TEST

START_TEST(view_place_is_where_it_stands)
{
    static const struct fake_file files[FAKE_FILES] = {{"top", "t", 0}, {"/opt/a/x", "x", 0}};
    struct fake fake;
    struct pl_err err;
    struct pl_slice place = PL_SLICE("kept");
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.13"}, files);
    struct pl_hit hit = pl_view_find(&fake.fn.view, PL_SLICE("/opt"), PL_SLICE("a/x"));
    struct pl_ref none = {NULL, PL_ENTRY_NONE};
    ck_assert_int_eq(pl_view_place(&fake.fn.view, none, &fake.arena, &place, &err),
                     PL_ERR_INTERNAL);
    ck_assert(pl_slice_is(place, "kept"));
    ck_assert_int_eq(pl_view_place(&fake.fn.view, hit.at, &fake.arena, &place, &err), PL_OK);
    ck_assert(pl_slice_is(place, "/opt/a/x"));
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *tests = tcase_create("view");
    tcase_add_loop_test(tests, view_table, 0, (int)(sizeof ROWS / sizeof ROWS[0]));
    tcase_add_test(tests, view_follows_forty_links);
    tcase_add_test(tests, view_later_layer_wins_and_folders_merge);
    tcase_add_test(tests, view_opaque_layer_hides_only_opt);
    tcase_add_test(tests, view_hostile_paths_end);
    tcase_add_test(tests, view_too_many_mounts_are_opaque);
    tcase_add_test(tests, view_place_is_where_it_stands);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
