/* What goes in: lists, ignore files, names, modes, special files. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ONE(...) (&(struct case_pack){.source = {{.path = "src"}}, __VA_ARGS__})
#define SRC(...) (&(struct case_pack){.source = {{.path = "src", __VA_ARGS__}}})

static void put_tree(void)
{
    put("src/app.py", "a");
    put("src/lib/util.py", "u");
    put("src/lib/util.md", "m");
    put("src/lib/tests/test_util.py", "t");
    put("src/tests/test_app.py", "t");
    put("src/README.md", "r");
}

START_TEST(select_everything_sorted_by_bytes)
{
    put_tree();
    put("src/lib-a", "-");
    put("src/lib.x", ".");
    put("src/Z", "z");
    case_is(ONE(.output_dir = NULL),
            "README.md Z app.py lib-a lib.x lib/tests/test_util.py lib/util.md lib/util.py "
            "tests/test_app.py");
}
END_TEST

START_TEST(select_exclude_lists)
{
    put_tree();
    case_is(ONE(.exclude = {"*.md", "tests/"}), "app.py lib/util.py");
    case_is(ONE(.exclude = {"/tests"}), "README.md app.py lib/tests/test_util.py lib/util.md "
                                        "lib/util.py");
    case_is(ONE(.exclude = {"*.md", "!README.md", "tests"}), "README.md app.py lib/util.py");
    /* A folder that is out is not descended. */
    case_is(ONE(.exclude = {"lib", "!lib/util.py", "tests/", "*.md"}), "app.py");
    case_is(SRC(.exclude = {"lib/*.md", "/README.md", "**/tests/**"}), "app.py lib/util.py");
    case_is(SRC(.exclude = {"./lib"}), "README.md app.py tests/test_app.py");
}
END_TEST

START_TEST(select_include_lists)
{
    put_tree();
    case_is(ONE(.include = {"*.py"}),
            "app.py lib/tests/test_util.py lib/util.py tests/test_app.py");
    case_is(ONE(.include = {"lib/"}), "lib/tests/test_util.py lib/util.md lib/util.py");
    case_is(ONE(.include = {"lib"}), "lib/tests/test_util.py lib/util.md lib/util.py");
    case_is(ONE(.include = {"lib", "!lib/tests"}), "lib/util.md lib/util.py");
    case_is(ONE(.include = {"lib", "!*.md", "README.md"}),
            "README.md lib/tests/test_util.py lib/util.py");
    case_is(ONE(.include = {"lib/tests/*.py"}), "lib/tests/test_util.py");
    case_is(ONE(.include = {"/l*/util.*"}), "lib/util.md lib/util.py");
    case_is(ONE(.include = {"**/util.py"}), "lib/util.py");
    case_is(ONE(.include = {"*.py"}, .exclude = {"tests"}), "app.py lib/util.py");
    case_is(SRC(.include = {"lib/util.*"}, .exclude = {"*.md"}), "lib/util.py");
    const struct case_pack both = {.source = {{.path = "src", .include = {"*.py"}}},
                                   .include = {"lib"}};
    case_is(&both, "lib/tests/test_util.py lib/util.py");
}
END_TEST

/* What no include pattern can reach is not even looked at. */
START_TEST(select_include_passes_by)
{
    put_tree();
    ck_assert_int_eq(mkfifo("src/lib/pipe", 0600), 0);
    case_is(ONE(.include = {"app.py"}), "app.py");
    case_is(ONE(.include = {"/tests/*.py"}), "tests/test_app.py");
    CASE_FAILS(ONE(.include = {"lib"}), PL_ERR_FORMAT, "src/lib/pipe");
}
END_TEST

START_TEST(select_lambdaignore_files)
{
    put_tree();
    put("src/.lambdaignore", "# head\r\n*.md\r\n/tests/\n");
    case_is(ONE(.output_dir = NULL), "app.py lib/tests/test_util.py lib/util.py");
    put("src/lib/.lambdaignore", "!util.md\n/tests\n");
    case_is(ONE(.output_dir = NULL), "app.py lib/util.md lib/util.py");
    /* A list cannot bring back what a file leaves out, nor a file what a list does. */
    put("src/.lambdaignore", "app.py\n!tests\n!README.md\n");
    case_is(ONE(.exclude = {"!app.py", "README.md", "tests"}), "lib/util.md lib/util.py");
    put_folder("src/more/.lambdaignore");
    put("src/more/.lambdaignore/x", "x");
    case_is(ONE(.include = {"more"}), "more/.lambdaignore/x");
}
END_TEST

START_TEST(select_to_moves_a_source)
{
    put_tree();
    put("fonts/a.ttf", "a");
    const struct case_pack pack = {
        .source = {{.path = "src/app.py"}, {.path = "./fonts/", .to = "share//./fonts/"}}};
    case_is(&pack, "app.py share/fonts/a.ttf");
    /* The function's lists see the place in the ZIP, the source's the place in the source. */
    const struct case_pack out = {
        .source = {{.path = "src/app.py"}, {.path = "fonts", .to = "share"}},
        .exclude = {"/share"}};
    case_is(&out, "app.py");
    const struct case_pack anchored = {
        .source = {{.path = "src/app.py"},
                   {.path = "fonts", .to = "share", .exclude = {"/share/a.ttf"}}},
        .exclude = {"/a.ttf"}};
    case_is(&anchored, "app.py share/a.ttf");
    const struct case_pack own = {
        .source = {{.path = "src/app.py"},
                   {.path = "fonts", .to = "share", .exclude = {"/a.ttf"}}}};
    case_is(&own, "app.py");
    const struct case_pack taken = {.source = {{.path = "src"}, {.path = "fonts", .to = "share/x"}},
                                    .include = {"share"}};
    case_is(&taken, "share/x/a.ttf");
    CASE_FAILS(SRC(.to = "../x"), PL_ERR_CONFIG, "`to`", "../x");
    CASE_FAILS(SRC(.to = "/opt/x"), PL_ERR_CONFIG, "`to`", "/opt/x");
}
END_TEST

START_TEST(select_single_file)
{
    put("bin/tool.sh", "#!/bin/sh\n");
    put_link("shortcut", "bin/tool.sh");
    case_is(&(struct case_pack){.source = {{.path = "bin/tool.sh", .to = "tools"}}},
            "tools/tool.sh");
    case_is(&(struct case_pack){.source = {{.path = "shortcut"}}}, "shortcut");
    CASE_FAILS((&(struct case_pack){.source = {{.path = "bin/tool.sh", .exclude = {"*.sh"}}}}),
               PL_ERR_MISSING, "nothing to pack");
}
END_TEST

START_TEST(select_never_packs_our_own)
{
    put_tree();
    put("src/.git/config", "x");
    put("src/lib/.git", "gitdir: elsewhere");
    put("src/.gitignore", "*");
    put("src/out/f.zip", "z");
    put("src/out/keep", "k");
    put("src/.f.zip.plimsoll-12-3.tmp", "t");
    ck_assert(pl_out_is_temporary(".f.zip.plimsoll-12-3.tmp"));
    case_is(ONE(.exclude = {"lib/tests", "tests", "*.md"}, .output_dir = "src/out"),
            ".gitignore app.py lib/util.py");
    /* Only our own names when the output folder is what is packed. */
    put("src/f.zip", "z");
    put("src/f.zip.json", "j");
    put("src/l.zip", "z");
    put("src/other.zip", "z");
    put("src/other.zip.json", "j");
    put("src/lib/f.zip", "z");
    case_is(ONE(.exclude = {"tests", "*.md", "out"}, .output_dir = "src"),
            ".gitignore app.py lib/f.zip lib/util.py other.zip other.zip.json");
}
END_TEST

START_TEST(select_empty_folders)
{
    put("src/app.py", "a");
    put("src/cleared/.lambdaignore", "");
    put("src/left/x.md", "x");
    put_folder("src/empty/deeper");
    put_folder("src/void");
    case_is(ONE(.exclude = {"*.md"}), "app.py empty/deeper/:755 void/:755");
    case_is(ONE(.include = {"*.py", "void"}), "app.py void/:755");
    case_is(ONE(.exclude = {"void/", "empty", "*.md"}), "app.py");
}
END_TEST

START_TEST(select_modes)
{
    put("src/a", "a");
    put("src/b", "b");
    put("src/c", "c");
    ck_assert_int_eq(chmod("src/a", 0640), 0);
    ck_assert_int_eq(chmod("src/b", 0700), 0);
    ck_assert_int_eq(chmod("src/c", 0655), 0); /* others may run it, the owner not */
    case_is(ONE(.output_dir = NULL), "a b:755 c");
}
END_TEST

START_TEST(select_started_by_lambda_is_executable)
{
    put("src/bootstrap", "#!/bin/sh\n");
    put("src/extensions/watcher", "\177ELF...");
    put("src/extensions/notes", "text");
    put("src/extensions/deep/tool", "#!/bin/sh\n");
    put("src/bin/bootstrap", "#!/bin/sh\n");
    case_is(ONE(.output_dir = NULL), "bin/bootstrap bootstrap:755 extensions/deep/tool "
                                     "extensions/notes extensions/watcher:755");
    put("src/bootstrap", "text");
    case_is(ONE(.include = {"/bootstrap"}), "bootstrap");
}
END_TEST

START_TEST(select_names_that_readers_disagree_about)
{
    put("src/fine", "x");
    put("src/caf\xe9", "latin");
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_FORMAT, "src/caf\\xe9", "UTF-8", "exclude");
    case_is(ONE(.exclude = {"caf?"}), "fine");
    put("src/caf\xc3\xa9", "utf8");
    case_is(ONE(.exclude = {"caf?"}), "caf\xc3\xa9 fine");
    put("src/new\nline", "x");
    CASE_FAILS(ONE(.exclude = {"caf?"}), PL_ERR_FORMAT, "new\\nline", "control");
    put("src/d\xff/x", "x");
    CASE_FAILS(ONE(.exclude = {"caf?", "new*"}), PL_ERR_FORMAT, "src/d\\xff/x", "UTF-8");
    put("src/a\\b", "x");
    CASE_FAILS(ONE(.exclude = {"caf?", "new*", "d*"}), PL_ERR_FORMAT, "backslash");
}
END_TEST

START_TEST(select_special_files_are_refused_unopened)
{
    put("src/app.py", "a");
    ck_assert_int_eq(mkfifo("src/pipe", 0600), 0);
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_FORMAT, "src/pipe", "FIFO", "exclude");
    case_is(ONE(.exclude = {"pipe"}), "app.py");
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "src/socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    CASE_FAILS(ONE(.exclude = {"pipe"}), PL_ERR_FORMAT, "src/socket", "socket");
    ck_assert_int_eq(close(fd), 0);
    CASE_FAILS((&(struct case_pack){.source = {{.path = "src/pipe"}}}), PL_ERR_FORMAT, "FIFO");
    CASE_FAILS((&(struct case_pack){.source = {{.path = "/dev/null"}}}), PL_ERR_FORMAT, "device");
}
END_TEST

START_TEST(select_missing_and_empty_sources)
{
    CASE_FAILS((&(struct case_pack){.source = {{.path = "nowhere"}}}), PL_ERR_MISSING, "nowhere",
               "does not exist", "function f");
    put_folder("src");
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_MISSING, "nothing to pack");
    put("src/a", "a");
    CASE_FAILS(ONE(.exclude = {"*"}), PL_ERR_MISSING, "nothing to pack");
    CASE_FAILS((&(struct case_pack){.source = {{.path = "src/a/b"}}}), PL_ERR_MISSING, "src/a/b");
}
END_TEST

/* The child's exit status: 0 when the check held. */
static void in_child_as_nobody(int (*check)(void))
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(99);
        }
        _exit(check());
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static int refuses_closed_folder(void)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    const struct case_pack all = {.source = {{.path = "src"}}};
    const struct case_pack without = {.source = {{.path = "src"}}, .exclude = {"closed"}};
    if (case_plan(&plan, &all, &err) != PL_ERR_IO || !strstr(err.msg, "src/closed")) {
        return 1;
    }
    return case_plan(&plan, &without, &err) == PL_OK ? 0 : 2;
}

START_TEST(select_closed_folder_is_named)
{
    put("src/app.py", "a");
    put("src/closed/x", "x");
    ck_assert_int_eq(chmod("src/closed", 0), 0);
    in_child_as_nobody(refuses_closed_folder);
    ck_assert_int_eq(chmod("src/closed", 0755), 0);
}
END_TEST

static int plans_with_few_descriptors(void)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    const struct rlimit few = {.rlim_cur = 8, .rlim_max = 8};
    const struct case_pack all = {.source = {{.path = "src"}}};
    if (setrlimit(RLIMIT_NOFILE, &few) != 0) {
        return 98;
    }
    return case_plan(&plan, &all, &err) == PL_OK && plan.n == 1 ? 0 : 1;
}

START_TEST(select_depth_and_descriptors)
{
    char path[4096] = "src";
    for (int i = 0; i < 400; i++) {
        memcpy(path + strlen(path), "/dd", 4);
    }
    memcpy(path + strlen(path), "/x", 3);
    put(path, "x");
    in_child_as_nobody(plans_with_few_descriptors);
    path[strlen(path) - 2] = '\0';
    for (int i = 0; i < 150; i++) {
        memcpy(path + strlen(path), "/d", 3);
    }
    memcpy(path + strlen(path), "/x", 3);
    put(path, "x");
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_LIMIT, "folders inside each other");
}
END_TEST

START_TEST(select_path_longer_than_the_system_takes)
{
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    put_folder("src");
    ck_assert_int_eq(chdir("src"), 0);
    for (int i = 0; i < 60; i++) { /* 12,000 bytes: only step by step */
        ck_assert_int_eq(mkdir(name, 0755), 0);
        ck_assert_int_eq(chdir(name), 0);
    }
    for (int i = 0; i < 61; i++) {
        ck_assert_int_eq(chdir(".."), 0);
    }
    CASE_FAILS(ONE(.output_dir = NULL), PL_ERR_IO, "src/nnn", "...");
}
END_TEST

/* ---- git as the oracle of whole walks ---- */

static uint32_t seed = 42;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void put_random_tree(void)
{
    static const char *const name[] = {"a", "b", "c", "ab", "a.c", "b.c", "doc", "x"};
    static const char *const pattern[] = {
        "a",    "/a",  "a/",   "*.c",  "!a.c", "b*",    "!b", "doc/**", "**/c", "a/**/b",
        "!/ab", "x/*", "!x/a", "[ab]", "/*/b", "!doc/", "c/", "*",      "!*/",  "/doc/a"};
    for (int i = 0; i < 60; i++) {
        char path[256] = "src";
        uint32_t depth = 1 + pick(4);
        bool ok = true;
        for (uint32_t d = 0; d < depth; d++) {
            struct stat st;
            size_t n = strlen(path);
            (void)snprintf(path + n, sizeof(path) - n, "/%s", name[pick(8)]);
            bool there = stat(path, &st) == 0;
            ok = ok && !(there && (d + 1 < depth) == S_ISREG(st.st_mode));
        }
        if (ok) {
            put(path, "x");
        }
        if (ok && pick(6) == 0) {
            char text[256] = "";
            for (uint32_t k = 1 + pick(3); k > 0; k--) {
                size_t n = strlen(text);
                (void)snprintf(text + n, sizeof(text) - n, "%s\n", pattern[pick(20)]);
            }
            char *slash = strrchr(path, '/');
            (void)snprintf(slash, sizeof(path) - (size_t)(slash - path), "/.lambdaignore");
            put(path, text);
        }
    }
}

static void add_names_of_git(struct pl_buf *to)
{
    struct pl_err err = {.code = PL_OK};
    struct pl_buf answer;
    pl_buf_init(&answer, PL_MB(1));
    ASSERT_OK(pl_file_read("answer", &answer, &err));
    struct pl_slice rest = pl_buf_view(&answer);
    struct pl_slice name;
    while (pl_slice_next(&rest, '\0', &name)) {
        if (name.len == 0 || pl_slice_is(pl_slice_basename(name), ".lambdaignore")) {
            continue;
        }
        ASSERT_OK(pl_buf_fmt(to, &err, "%s%.*s", to->len > 0 ? " " : "", (int)name.len, name.ptr));
    }
    pl_buf_done(&answer);
}

START_TEST(select_agrees_with_git_on_whole_trees)
{
    static const char *const script =
        "cd src && git init -q . && git -c core.excludesFile=/dev/null ls-files -z --others "
        "--exclude-per-directory=.lambdaignore && cd .. && rm -rf src";
    const char *const version[] = {"git", "--version", NULL};
    const char *const list[] = {"sh", "-c", script, NULL};
    if (tool(version, NULL) != 0) {
        return;
    }
    for (int i = 0; i < 25; i++) {
        struct pl_plan plan = {0};
        struct pl_err err = {.code = PL_OK};
        struct pl_buf want;
        pl_buf_init(&want, PL_MB(1));
        put_random_tree();
        enum pl_status status = case_plan(&plan, ONE(.output_dir = NULL), &err);
        ck_assert_int_eq(tool(list, "answer"), 0);
        add_names_of_git(&want);
        ck_assert_msg(status == PL_OK || (status == PL_ERR_MISSING && want.len == 0), "%s",
                      err.msg);
        ck_assert_str_eq(case_text(&plan), want.len > 0 ? want.data : "");
        pl_plan_done(&plan);
        pl_buf_done(&want);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        select_everything_sorted_by_bytes,
        select_exclude_lists,
        select_include_lists,
        select_include_passes_by,
        select_lambdaignore_files,
        select_to_moves_a_source,
        select_single_file,
        select_never_packs_our_own,
        select_empty_folders,
        select_modes,
        select_started_by_lambda_is_executable,
        select_names_that_readers_disagree_about,
        select_special_files_are_refused_unopened,
        select_missing_and_empty_sources,
        select_closed_folder_is_named,
        select_depth_and_descriptors,
        select_path_longer_than_the_system_takes,
        select_agrees_with_git_on_whole_trees,
    };
    return run_tests_in("select", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
