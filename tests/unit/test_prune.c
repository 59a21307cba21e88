/* Presets of `prune`: what each takes, what always stays, what is counted. */
#include "pkg/build/prune.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <string.h>

#define BIT(name) (1u << PL_PRUNE_##name)
#define ALL       ((1u << PL_PRUNE_COUNT) - 1u)
#define SRC(bits) (&(struct case_pack){.source = {{.path = "src"}}, .prune = (bits)})

/* A function with an installed package beside its own code. */
static void put_site(const char *at)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        {"app.py", "a"},
        {"tests/test_app.py", "own"},
        {"README.md", "own"},
        {"mine/tests/data.py", "own"},
        {"mine/x.pyi", "own"},
        {"mine/x.h", "own"},
        {"pkg/__init__.py", ""},
        {"pkg/__init__.pyi", "s"},
        {"pkg/a.py", "a"},
        {"pkg/a.pyi", "p"},
        {"pkg/a.h", "h"},
        {"pkg/README.rst", "r"},
        {"pkg/guide.rst", "g"},
        {"pkg/testing/__init__.py", ""},
        {"pkg/tests/__init__.py", ""},
        {"pkg/tests/__pycache__/x.pyc", "c"},
        {"pkg/sub/tests/data/x.csv", "1"},
        {"pkg/test/__init__.py", ""},
        {"pkg/sub/test/y.py", "y"},
        {"pkg-1.dist-info/METADATA", "m"},
        {"pkg-1.dist-info/entry_points.txt", "e"},
        {"pkg-1.dist-info/top_level.txt", "t"},
        {"pkg-1.dist-info/README.md", "d"},
        {"pkg-1.dist-info/RECORD", "pkg/__init__.py,sha256=x,0\n"
                                   "pkg/tests/__init__.py,,\n"
                                   "\"pkg/sub/tests/data/x.csv\",,\n"
                                   "pkg/test/__init__.py,,\r\n"
                                   "pkg/sub/test/y.py,,\n"
                                   "pkg/testing/__init__.py,,\n"
                                   "../../bin/tool,,\n/etc/x,,\n\n\"\n"},
    };
    char path[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ck_assert_int_gt(snprintf(path, sizeof path, "%s/%s", at, files[i].name), 0);
        put(path, files[i].text);
    }
}

static struct pl_plan plan_of(const struct case_pack *pack)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    ck_assert_msg(case_plan(&plan, pack, &err) == PL_OK, "%s", err.msg);
    return plan;
}

#define INFO                                                                     \
    "pkg-1.dist-info/METADATA pkg-1.dist-info/README.md pkg-1.dist-info/RECORD " \
    "pkg-1.dist-info/entry_points.txt pkg-1.dist-info/top_level.txt "
#define OWN "README.md app.py mine/tests/data.py mine/x.h mine/x.pyi "

START_TEST(prune_tests_of_installed_packages_only)
{
    put_site("src");
    case_is(SRC(BIT(tests)), OWN INFO "pkg/README.rst pkg/__init__.py pkg/__init__.pyi pkg/a.h "
                                      "pkg/a.py pkg/a.pyi pkg/guide.rst pkg/test/__init__.py "
                                      "pkg/testing/__init__.py tests/test_app.py");
}
END_TEST

START_TEST(prune_everything_keeps_what_is_imported)
{
    put_site("src");
    case_is(SRC(ALL), OWN INFO "pkg/__init__.py pkg/__init__.pyi pkg/a.py pkg/guide.rst "
                               "pkg/test/__init__.py pkg/testing/__init__.py tests/test_app.py");
}
END_TEST

START_TEST(prune_below_a_folder_of_a_layer)
{
    put_site("src/python/lib/python3.13/site-packages");
    struct pl_plan plan = plan_of(SRC(BIT(tests) | BIT(typings)));
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_tests].files, 4);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_tests].bytes, 3);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_typings].files, 1);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_docs].files, 0);
    ck_assert_uint_eq(plan.prune, BIT(tests) | BIT(typings));
    pl_plan_done(&plan);
}
END_TEST

START_TEST(prune_without_a_record_nothing_is_installed)
{
    put("src/pkg/tests/t.py", "t");
    put("src/pkg/x.pyi", "t");
    put("src/pkg-1.dist-info/METADATA", "m");
    case_is(SRC(BIT(tests) | BIT(typings)), "pkg-1.dist-info/METADATA pkg/tests/t.py pkg/x.pyi");
}
END_TEST

START_TEST(prune_node_packages)
{
    put("src/index.js", "i");
    put("src/test/own.js", "own");
    put("src/README.md", "own");
    put("src/node_modules/test/index.js", "a package that is called test");
    put("src/node_modules/test/lib/test/needed.js", "n");
    put("src/node_modules/a/package.json", "{}");
    put("src/node_modules/a/index.js", "i");
    put("src/node_modules/a/index.js.map", "m");
    put("src/node_modules/a/index.d.ts", "d");
    put("src/node_modules/a/readme.md", "r");
    put("src/node_modules/a/LICENSE", "l");
    put("src/node_modules/a/docs/index.html", "d");
    put("src/node_modules/a/lib/docs/needed.js", "n");
    put("src/node_modules/a/test/t.js", "t");
    put("src/node_modules/a/test/package.json", "t");
    put("src/node_modules/a/lib/__tests__/t.js", "t");
    put("src/node_modules/a/node_modules/@s/test/index.js", "n");
    put("src/node_modules/a/node_modules/@s/b/test/t.js", "t");
    put("src/node_modules/typescript/lib/lib.es5.d.ts", "l");
    put("src/not_node_modules/a/test/t.js", "own");
    struct pl_plan plan = plan_of(SRC(ALL));
    ck_assert_str_eq(
        case_text(&plan),
        "README.md index.js node_modules/a/LICENSE node_modules/a/index.js "
        "node_modules/a/lib/docs/needed.js node_modules/a/node_modules/@s/test/index.js "
        "node_modules/a/package.json node_modules/test/index.js "
        "node_modules/test/lib/test/needed.js node_modules/typescript/lib/lib.es5.d.ts "
        "not_node_modules/a/test/t.js test/own.js");
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_tests].files, 4);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_docs].files, 2);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_sourcemaps].files, 1);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_typings].files, 1);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(prune_anywhere)
{
    put("src/a.py", "a");
    put("src/__pycache__/a.cpython-313.pyc", "c");
    put("src/b/__pycache__/b.cpython-313.pyc", "cc");
    put("src/b/sourceless.pyc", "c");
    put("src/.gitignore", "x");
    put("src/.github/workflows/ci.yml", "x");
    put_folder("src/c/__pycache__");
    struct pl_plan plan = plan_of(SRC(BIT(pycache) | BIT(vcs)));
    ck_assert_str_eq(case_text(&plan), "a.py b/sourceless.pyc");
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_pycache].files, 2);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_pycache].bytes, 3);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_vcs].files, 2);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(prune_and_links)
{
    put("src/node_modules/a/index.js", "i");
    put("src/node_modules/a/test/used.js", "u");
    put("src/node_modules/a/test/t.js", "t");
    put("src/node_modules/b/docs/x.md", "x");
    put("src/node_modules/b/i.js", "x");
    put_link("src/used.js", "node_modules/a/test/used.js");
    put_link("src/docs", "node_modules/b/docs");
    put_link("src/b", "node_modules/b");
    put("src/node_modules/a/test/up.js", "u");
    put_link("src/node_modules/b/up.js", "../a/test/up.js");
    case_is(SRC(BIT(tests) | BIT(docs)),
            "b->node_modules/b node_modules/a/index.js node_modules/a/test/up.js "
            "node_modules/a/test/used.js node_modules/b/i.js "
            "node_modules/b/up.js->../a/test/up.js "
            "used.js->node_modules/a/test/used.js");
}
END_TEST

START_TEST(prune_equal_files_of_two_sources_count_once)
{
    put("one/a.js", "a");
    put("one/a.js.map", "mm");
    put("two/a.js.map", "mm");
    struct pl_plan plan =
        plan_of(&(struct case_pack){.source = {{.path = "one"}, {.path = "two"}}, .prune = ALL});
    ck_assert_uint_eq(plan.n, 1);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_sourcemaps].files, 1);
    ck_assert_uint_eq(plan.pruned[PL_PRUNE_sourcemaps].bytes, 2);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(prune_of_everything_is_refused)
{
    put("src/a.js.map", "m");
    CASE_FAILS(SRC(ALL), PL_ERR_MISSING, "function f", "`prune` leaves everything out");
    case_is(SRC(0), "a.js.map");
}
END_TEST

START_TEST(presets_are_told)
{
    size_t n = 0;
    for (const struct pl_preset *preset; (preset = pl_preset_at(n)); n++) {
        ck_assert_uint_eq(preset->id, n);
        ck_assert_ptr_nonnull(pl_preset_pattern(preset->id, 0));
        ck_assert_uint_gt(strlen(preset->help), 10);
    }
    ck_assert_uint_eq(n, PL_PRUNE_COUNT);
    ck_assert_str_eq(pl_preset_at(PL_PRUNE_vcs)->name, "vcs");
    ck_assert_ptr_null(pl_preset_pattern(PL_PRUNE_pycache, 1));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        prune_tests_of_installed_packages_only,
        prune_everything_keeps_what_is_imported,
        prune_below_a_folder_of_a_layer,
        prune_without_a_record_nothing_is_installed,
        prune_node_packages,
        prune_anywhere,
        prune_and_links,
        prune_equal_files_of_two_sources_count_once,
        prune_of_everything_is_refused,
        presets_are_told,
    };
    return run_tests_in("prune", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
