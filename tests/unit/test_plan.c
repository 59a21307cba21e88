/* Sources put together, links, and the plan as a tree. */
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TWO(a, b) (&(struct case_pack){.source = {{.path = a}, {.path = b}}})
#define ONE(...)  (&(struct case_pack){.source = {{.path = "src"}}, __VA_ARGS__})

START_TEST(plan_equal_files_merge)
{
    put("a/lib/x", "same");
    put("b/lib/x", "same");
    put("a/only", "a");
    put("b/run", "#!");
    put("a/run", "#!");
    ck_assert_int_eq(chmod("b/run", 0755), 0);
    put_link("a/l", "only");
    put_link("b/l", "only");
    case_is(TWO("a", "b"), "l->only lib/x only run:755");
    case_is(TWO("a", "a"), "l->only lib/x only run");
    put_bytes("a/empty", "", 0);
    put_bytes("b/empty", "", 0);
    put_noise("a/big", 200000, 1);
    put_noise("b/big", 200000, 1);
    case_is(TWO("a", "b"), "big empty l->only lib/x only run:755");
}
END_TEST

START_TEST(plan_different_files_are_refused)
{
    put("a/lib/x", "one");
    put("b/lib/x", "two");
    CASE_FAILS(TWO("a", "b"), PL_ERR_CONFIG, "lib/x", "a/lib/x", "b/lib/x", "exclude",
               "function f");
    put("b/lib/x", "longer");
    CASE_FAILS(TWO("a", "b"), PL_ERR_CONFIG, "lib/x");
    const struct case_pack without = {
        .source = {{.path = "a"}, {.path = "b", .exclude = {"lib/x"}}, {.path = "b", .to = "b"}}};
    case_is(&without, "b/lib/x lib/x");
    put_noise("a/big", 200000, 1);
    put_noise("b/big", 200000, 1);
    FILE *file = fopen("b/big", "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, -1, SEEK_END), 0);
    ck_assert_int_eq(fputc('!', file), '!');
    ck_assert_int_eq(fclose(file), 0);
    put("b/lib/x", "one");
    CASE_FAILS(TWO("a", "b"), PL_ERR_CONFIG, "big");
    put("c/big", "");
    CASE_FAILS(TWO("a", "c"), PL_ERR_CONFIG, "big");
}
END_TEST

START_TEST(plan_file_where_a_folder_is_needed)
{
    put("a/lib", "file");
    put("b/lib/x", "x");
    CASE_FAILS(TWO("a", "b"), PL_ERR_CONFIG, "lib", "a/lib", "b/lib/x");
    CASE_FAILS(TWO("b", "a"), PL_ERR_CONFIG, "lib");
    put_folder("c/lib");
    CASE_FAILS(TWO("a", "c"), PL_ERR_CONFIG, "lib");
    /* An empty folder that another source fills needs no entry. */
    case_is(TWO("b", "c"), "lib/x");
    case_is(TWO("c", "b"), "lib/x");
    put("d/lib-x", "x");
    case_is(TWO("d", "c"), "lib-x lib/:755");
    put("e/x", "x");
    put_link("e/lib", "x");
    CASE_FAILS(TWO("e", "b"), PL_ERR_CONFIG, "lib", "link");
}
END_TEST

#define WITH(...) (&(struct case_pack){.source = {{.path = "src", .how = {__VA_ARGS__}}}})

START_TEST(plan_strip_takes_folders_off)
{
    put("src/top", "t");
    put("src/a/one", "1");
    put("src/a/b/two", "2");
    put("src/a/b/c/three", "3");
    put("src/a/b/.lambdaignore", "c/four\n");
    put("src/a/b/c/four", "4");
    put_folder("src/empty");
    put_folder("src/x/empty");
    case_is(WITH(.strip = 0), "a/b/c/three a/b/two a/one empty/:755 top x/empty/:755");
    case_is(WITH(.strip = 1), "b/c/three b/two empty/:755 one");
    case_is(WITH(.strip = 2), "c/three two");
    case_is(
        &(struct case_pack){
            .source = {{.path = "src", .to = "in", .exclude = {"a/one"}, .how = {.strip = 1}}},
            .exclude = {"/in/b/c"}},
        "in/b/two in/empty/:755");
    CASE_FAILS(WITH(.strip = 4), PL_ERR_MISSING, "nothing to pack");
    CASE_FAILS((&(struct case_pack){.source = {{.path = "src/top", .how = {.strip = 1}}}}),
               PL_ERR_CONFIG, "src/top", "strip");
    /* Two folders that come together at one place. */
    put("src/z/b/two", "other");
    CASE_FAILS(WITH(.strip = 1), PL_ERR_CONFIG, "b/two");
}
END_TEST

START_TEST(plan_mode_of_a_source)
{
    put("src/run", "#!/bin/sh\n");
    put("src/data", "d");
    put("src/bootstrap", "#!/bin/sh\n");
    put("b/data", "d");
    put_link("src/l", "data");
    ck_assert_int_eq(chmod("src/run", 0755), 0);
    case_is(WITH(.mode = 0), "bootstrap:755 data l->data run:755");
    case_is(WITH(.mode = 0755), "bootstrap:755 data:755 l->data run:755");
    case_is(WITH(.mode = 0444), "bootstrap:444 data:444 l->data run:444");
    case_is((&(struct case_pack){.source = {{.path = "src", .include = {"data"}},
                                            {.path = "b", .how = {.mode = 0555}}}}),
            "data:555");
    case_is((&(struct case_pack){.source = {{.path = "src/run", .how = {.mode = 0644}},
                                            {.path = "src", .include = {"run"}}}}),
            "run");
}
END_TEST

START_TEST(plan_symlinks_as_a_source_says)
{
    put("src/app.py", "a");
    put_link("src/l", "app.py");
    put_link("src/out", "/nowhere/at/all");
    CASE_FAILS(WITH(.symlinks = PL_SYMLINKS_AUTO), PL_ERR_MISSING, "src/out");
    CASE_FAILS(WITH(.symlinks = PL_SYMLINKS_FOLLOW), PL_ERR_MISSING, "src/out");
    CASE_FAILS(WITH(.symlinks = PL_SYMLINKS_ERROR), PL_ERR_CONFIG, "src/l", "symlinks");
    case_is(WITH(.symlinks = PL_SYMLINKS_PRESERVE), "app.py l->app.py out->/nowhere/at/all");
    put("other/x", "x");
    put_link("src/dead", "nowhere");
    put_link("other/through", "../dead");
    CASE_FAILS(
        (&(struct case_pack){.source = {{.path = "src", .how = {.symlinks = PL_SYMLINKS_PRESERVE}},
                                        {.path = "other", .to = "other"}}}),
        PL_ERR_MISSING, "other/through");
    ck_assert_int_eq(unlink("src/out"), 0);
    ck_assert_int_eq(unlink("src/dead"), 0);
    put_link("src/opt", "/opt/lib/x");
    case_is(WITH(.symlinks = PL_SYMLINKS_AUTO), "app.py l->app.py opt->/opt/lib/x");
    CASE_FAILS(WITH(.symlinks = PL_SYMLINKS_FOLLOW), PL_ERR_MISSING, "src/opt");
    ck_assert_int_eq(unlink("src/opt"), 0);
    case_is(WITH(.symlinks = PL_SYMLINKS_FOLLOW), "app.py l");
}
END_TEST

START_TEST(plan_optional_and_replace)
{
    put("src/lib/x", "one");
    put("b/lib/x", "two");
    const struct case_pack absent = {
        .source = {{.path = "src"}, {.path = "missing/deep", .how = {.optional = true}}}};
    case_is(&absent, "lib/x");
    CASE_FAILS(TWO("src", "missing"), PL_ERR_MISSING, "missing");
    const struct case_pack pack = {
        .source = {{.path = "src"}, {.path = "b", .how = {.replace = true}}}};
    struct pl_plan plan;
    struct pl_err err;
    ck_assert_int_eq(case_plan(&plan, &pack, &err), PL_OK);
    ck_assert_uint_eq(plan.n, 1);
    ck_assert_str_eq(plan.item[0].path.ptr, "b/lib/x");
    ck_assert_uint_eq(plan.item[0].source, 1);
    pl_plan_done(&plan);
    /* An earlier one that says so gains nothing, and neither does a third that does not. */
    CASE_FAILS(
        (&(struct case_pack){.source = {{.path = "src", .how = {.replace = true}}, {.path = "b"}}}),
        PL_ERR_CONFIG, "lib/x", "replace");
    CASE_FAILS(
        (&(struct case_pack){
            .source = {{.path = "src"}, {.path = "b", .how = {.replace = true}}, {.path = "src"}}}),
        PL_ERR_CONFIG, "lib/x");
}
END_TEST

#define TEXT_AT(name, bytes)                                             \
    {                                                                    \
        .path = "text", .to = name, .how = {                             \
            .kind = PL_SOURCE_TEXT,                                      \
            .content = {.known = PL_GIVEN, .text = PL_SLICE_INIT(bytes)} \
        }                                                                \
    }

START_TEST(plan_text_is_a_file)
{
    put("src/app.py", "a");
    put("src/etc/conf", "same");
    const struct case_pack pack = {.source = {TEXT_AT("etc/new.json", "{}"), {.path = "src"}}};
    const struct case_pack same = {.source = {{.path = "src"}, TEXT_AT("etc/conf", "same")}};
    const struct case_pack differs = {.source = {{.path = "src"}, TEXT_AT("etc/conf", "SeCr")}};
    const struct case_pack empty = {.source = {TEXT_AT("__init__.py", "")}};
    const struct case_pack starts = {
        .source = {TEXT_AT("bootstrap", "#!/bin/sh\n"), TEXT_AT("run.sh", "#!/bin/sh\n")}};
    const struct case_pack out = {.source = {{.path = "src"}, TEXT_AT("etc/new", "x")},
                                  .exclude = {"etc"}};
    case_is(&pack, "app.py etc/conf etc/new.json");
    case_is(&same, "app.py etc/conf");
    case_is(&empty, "__init__.py");
    case_is(&starts, "bootstrap:755 run.sh");
    case_is(&out, "app.py");
    struct pl_plan plan = {0};
    struct pl_err err = {.code = PL_OK};
    ck_assert_int_eq(case_plan(&plan, &differs, &err), PL_ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.msg, "etc/conf"));
    ck_assert_ptr_null(strstr(err.msg, "SeCr"));
    /* As a tree, and packed. */
    struct pl_tree tree;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 100};
    const struct pl_pack_options options = {.level = PL_LEVEL_DEFAULT, .workers = 2};
    struct pl_pack_result result;
    ASSERT_OK(case_plan(&plan, &pack, &err));
    ASSERT_OK(pl_plan_tree(&tree, &plan, &err));
    ASSERT_OK(
        tree.ops->read(&tree, pl_tree_find(&tree, PL_SLICE("etc/new.json")), 10, &text, &err));
    ck_assert_str_eq(text.data, "{}");
    ASSERT_OK(pl_pack_write(&result, &plan, "f.zip", &options, &err));
    ck_assert_uint_eq(result.unpacked_bytes, 1 + 4 + 2);
    pl_tree_done(&tree);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(plan_links_inside_stay)
{
    put("src/releases/2/app.py", "2");
    put("src/lib/libz.so.1.3", "z");
    put_link("src/current", "releases/2");
    put_link("src/lib/libz.so.1", "libz.so.1.3");
    put_link("src/lib/libz.so", "./libz.so.1");
    put_link("src/lib/up", "../current/app.py");
    put_link("src/lib/root", "..");
    put_link("src/slash", "releases//2/");
    case_is(ONE(.output_dir = NULL),
            "current->releases/2 lib/libz.so->./libz.so.1 lib/libz.so.1->libz.so.1.3 "
            "lib/libz.so.1.3 lib/root->.. lib/up->../current/app.py releases/2/app.py "
            "slash->releases//2/");
}
END_TEST

START_TEST(plan_links_to_lambdas_folders_stay)
{
    put("src/app.py", "a");
    put_link("src/opt", "/opt/lib/x");
    put_link("src/task", "/var/task/app.py");
    put_link("src/whole", "/opt");
    put_link("src/chain", "opt");
    case_is(ONE(.output_dir = NULL),
            "app.py chain->opt opt->/opt/lib/x task->/var/task/app.py whole->/opt");
    put_link("src/options", "/options");
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_MISSING, "src/options", "/options", "exclude");
}
END_TEST

START_TEST(plan_links_within_the_project_are_followed)
{
    char here[1024];
    char text[1200];
    ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
    put("src/app.py", "a");
    put("shared/util.py", "u");
    put("shared/deep/x", "x");
    put("shared/deep/skip.md", "m");
    ck_assert_int_eq(chmod("shared/util.py", 0755), 0);
    put_link("src/util.py", "../shared/util.py");
    put_link("src/shared", "../shared");
    put_link("shared/deep/back", "x");
    put_link("src/again.py", "util.py");
    (void)snprintf(text, sizeof(text), "%s/src/app.py", here);
    put_link("src/absolute.py", text);
    case_is(ONE(.exclude = {"*.md"}),
            "absolute.py again.py->util.py app.py shared/deep/back->x shared/deep/x "
            "shared/util.py:755 util.py:755");
    case_is(ONE(.exclude = {"*.md", "shared/deep/"}),
            "absolute.py again.py->util.py app.py shared/util.py:755 util.py:755");
    /* A pattern for folders does not match a link, but it does match what the link is replaced by.
     */
    case_is(ONE(.exclude = {"shared/", "a*"}), "util.py:755");
    /* What a link names and is left out goes in in its place. */
    put("src/secret/key", "k");
    put_link("src/key", "secret/key");
    case_is(ONE(.exclude = {"secret", "shared", "*.py"}), "key");
    /* A source outside of the project may link within itself. */
    put("src/.lambdaignore", "shared\n*.py\nsecret\n");
    case_is(ONE(.output_dir = NULL), "key");
}
END_TEST

START_TEST(plan_links_that_cannot_be_followed)
{
    put("src/app.py", "a");
    put_link("src/gone", "nowhere");
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_MISSING, "src/gone", "nowhere", "does not exist",
               "exclude");
    case_is(ONE(.exclude = {"gone"}), "app.py");
    put_link("src/round", "about");
    put_link("src/about", "round");
    CASE_FAILS(ONE(.exclude = {"gone"}), PL_ERR_MISSING, "src/about", "round", "circle");
    put_link("src/self", "self");
    CASE_FAILS(ONE(.exclude = {"gone", "round", "about"}), PL_ERR_MISSING, "src/self", "circle");
    put_link("src/passwd", "/etc/passwd");
    CASE_FAILS(ONE(.exclude = {"gone", "round", "about", "self"}), PL_ERR_MISSING, "src/passwd",
               "/etc/passwd", "out of the project");
    put_link("src/etc", "../../../../../../../../../../etc/passwd");
    CASE_FAILS(ONE(.include = {"etc"}), PL_ERR_MISSING, "src/etc", "out of the project");
}
END_TEST

START_TEST(plan_links_in_circles_through_folders)
{
    char here[1024];
    char text[1200];
    ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
    put("src/lib/x", "x");
    (void)snprintf(text, sizeof(text), "%s/src", here);
    put_link("src/lib/all", text);
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_MISSING, "src/lib/all", "stands in");
    put("other/y", "y");
    put_link("other/back", "../other");
    put_link("src/o", "../other");
    CASE_FAILS(ONE(.exclude = {"all"}), PL_ERR_MISSING, "other/back", "stands in");
    /* The same folder twice side by side is no circle. */
    ck_assert_int_eq(unlink("other/back"), 0);
    put_link("src/p", "../other");
    put_link("src/py", "p/y");
    case_is(ONE(.exclude = {"all"}), "lib/x o/y p/y py->p/y");
    ck_assert_int_eq(mkfifo("other/pipe", 0600), 0);
    CASE_FAILS(ONE(.exclude = {"all"}), PL_ERR_FORMAT, "other/pipe", "FIFO");
    put_link("src/pipe", "../other/pipe");
    CASE_FAILS(ONE(.include = {"/pipe"}), PL_ERR_FORMAT, "other/pipe", "FIFO");
}
END_TEST

/* `to` moves a link away from what it names, or in front of something else. */
START_TEST(plan_link_is_never_preserved_to_another_file)
{
    put("a/sub/l-holder", "h");
    put_link("a/sub/l", "../file");
    put("a/file", "the one that is meant");
    put("b/file", "another one");
    const struct case_pack pack = {.source = {{.path = "a/sub", .to = "t"}, {.path = "b"}}};
    struct pl_plan plan = {0};
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_plan(&plan, &pack, &err));
    ck_assert_str_eq(case_text(&plan), "file t/l t/l-holder");
    pl_plan_done(&plan);
    /* A source may supply what is missing at home. */
    ck_assert_int_eq(unlink("a/file"), 0);
    case_is(&pack, "file t/l->../file t/l-holder");
}
END_TEST

/* ---- the plan as a tree ---- */

struct seen {
    pthread_mutex_t lock;
    size_t files, bytes, failed, started;
};

static enum pl_look want_all(void *ctx PL_UNUSED, const struct pl_entry *entry)
{
    return pl_slice_is(entry->name, "skip")  ? PL_LOOK_SKIP
           : pl_slice_is(entry->name, "big") ? PL_LOOK_START
                                             : PL_LOOK_WHOLE;
}

static enum pl_status take_entry(void *ctx, unsigned worker PL_UNUSED, uint32_t index PL_UNUSED,
                                 enum pl_read_state state, struct pl_slice bytes,
                                 struct pl_err *err PL_UNUSED)
{
    struct seen *seen = ctx;
    ck_assert_int_eq(pthread_mutex_lock(&seen->lock), 0);
    seen->files++;
    seen->bytes += bytes.len;
    seen->failed += state == PL_READ_FAILED;
    seen->started += state == PL_READ_START;
    ck_assert_int_eq(pthread_mutex_unlock(&seen->lock), 0);
    return PL_OK;
}

START_TEST(plan_as_a_tree)
{
    put("src/app.py", "print()");
    put("src/lib/util.py", "u = 1");
    put("src/skip", "xxxxxx");
    put_noise("src/big", 100000, 3);
    put_link("src/l", "app.py");
    struct pl_plan plan = {0};
    struct pl_tree tree;
    struct pl_err err = {.code = PL_OK};
    struct seen seen = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const struct pl_sink sink = {.ctx = &seen, .want = want_all, .entry = take_entry, .workers = 2};
    ASSERT_OK(case_plan(&plan, ONE(.output_dir = NULL), &err));
    ASSERT_OK(pl_plan_tree(&tree, &plan, &err));
    ck_assert_uint_eq(tree.n, 6); /* with the implied lib */
    ck_assert_uint_eq(tree.n_stored, 5);
    ck_assert_uint_eq(tree.unpacked_bytes, 7 + 5 + 6 + 100000 + 6);
    ck_assert_uint_eq(tree.unpacked_bytes, plan.bytes);
    ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
    ck_assert(tree.walk_complete);
    ck_assert_uint_eq(seen.files, 4);
    ck_assert_uint_eq(seen.bytes, 7 + 5 + 6 + PL_LOOK_START_BYTES);
    ck_assert_uint_eq(seen.started, 1);
    struct pl_buf text;
    pl_buf_init(&text, 100);
    uint32_t at = pl_tree_find(&tree, PL_SLICE("lib/util.py"));
    ASSERT_OK(tree.ops->read(&tree, at, 5, &text, &err));
    ck_assert_str_eq(text.data, "u = 1");
    ASSERT_FAILS(tree.ops->read(&tree, at, 4, &text, &err), PL_ERR_LIMIT);
    struct pl_buf link PL_CLEANUP(pl_buf_done) = {.max = 100};
    ASSERT_FAILS(tree.ops->read(&tree, pl_tree_find(&tree, PL_SLICE("l")), 5, &link, &err),
                 PL_ERR_LIMIT);
    ASSERT_OK(tree.ops->read(&tree, pl_tree_find(&tree, PL_SLICE("l")), 6, &link, &err));
    ck_assert_str_eq(link.data, "app.py");
    ASSERT_FAILS(tree.ops->read(&tree, pl_tree_find(&tree, PL_SLICE("lib")), 4, &text, &err),
                 PL_ERR_FORMAT);
    put("src/lib/util.py", "u = 22");
    ASSERT_FAILS(tree.ops->read(&tree, at, 50, &text, &err), PL_ERR_CHANGED);
    ck_assert_str_eq(text.data, "u = 1");
    ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
    ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
    ck_assert_uint_eq(seen.failed, 2);
    ck_assert_uint_eq(tree.n_issue, 1);
    ck_assert_int_eq(tree.issue[0].what, PL_ISSUE_UNREADABLE);
    pl_buf_done(&text);
    pl_tree_done(&tree);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(plan_can_be_interrupted_and_done_twice)
{
    struct pl_plan plan = {0};
    pl_plan_done(&plan);
    pl_plan_done(&plan);
    pl_plan_done(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        plan_equal_files_merge,
        plan_different_files_are_refused,
        plan_file_where_a_folder_is_needed,
        plan_strip_takes_folders_off,
        plan_mode_of_a_source,
        plan_symlinks_as_a_source_says,
        plan_optional_and_replace,
        plan_text_is_a_file,
        plan_links_inside_stay,
        plan_links_to_lambdas_folders_stay,
        plan_links_within_the_project_are_followed,
        plan_links_that_cannot_be_followed,
        plan_links_in_circles_through_folders,
        plan_link_is_never_preserved_to_another_file,
        plan_as_a_tree,
        plan_can_be_interrupted_and_done_twice,
    };
    return run_tests_in("plan", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
