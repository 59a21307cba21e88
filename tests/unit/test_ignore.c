/* The ignore engine: a table by hand, and git itself as the oracle of generated cases. */
#include "pkg/base/buf.h"
#include "pkg/base/file.h"
#include "pkg/base/ignore.h"
#include "pkg/base/limits.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static enum pl_ignore_verdict verdict(const char *rules, const char *path, bool is_folder,
                                      uint32_t *ret_line)
{
    struct pl_ignore list;
    struct pl_err err = {0};
    pl_ignore_init(&list);
    ck_assert_int_eq(
        pl_ignore_add_lines(&list, pl_slice_of(rules), PL_SLICE(""), PL_SLICE("test"), &err),
        PL_OK);
    const struct pl_ignore_rule *rule = NULL;
    enum pl_ignore_verdict got = pl_ignore_match(&list, pl_slice_of(path), is_folder, &rule);
    ck_assert((got == PL_IGNORE_SILENT) == !rule);
    if (ret_line) {
        *ret_line = rule ? rule->line : 0;
    }
    pl_ignore_done(&list);
    return got;
}

static const struct {
    const char *rules, *path;
    bool is_folder;
    enum pl_ignore_verdict want;
} table[] = {
    {"a", "a", false, PL_IGNORE_OUT},
    {"a", "x/y/a", false, PL_IGNORE_OUT},
    {"a", "ab", false, PL_IGNORE_SILENT},
    {"a", "A", false, PL_IGNORE_SILENT},
    {"/a", "a", false, PL_IGNORE_OUT},
    {"/a", "x/a", false, PL_IGNORE_SILENT},
    {"./a", "a", false, PL_IGNORE_OUT},
    {"./a", "x/a", false, PL_IGNORE_SILENT},
    {"!./a", "a", false, PL_IGNORE_IN},
    {"x/a", "x/a", false, PL_IGNORE_OUT},
    {"x/a", "y/x/a", false, PL_IGNORE_SILENT},
    {"a/", "a", true, PL_IGNORE_OUT},
    {"a/", "a", false, PL_IGNORE_SILENT},
    {"a/", "x/a", true, PL_IGNORE_OUT},
    {"a//", "a", true, PL_IGNORE_SILENT},
    {"//a", "a", false, PL_IGNORE_SILENT},
    {"/", "a", true, PL_IGNORE_SILENT},
    {"//", "a", true, PL_IGNORE_SILENT},
    {"!", "a", true, PL_IGNORE_SILENT},
    {"", "a", true, PL_IGNORE_SILENT},
    {"*", "x/a", false, PL_IGNORE_OUT},
    {"/*", "a", false, PL_IGNORE_OUT},
    {"/*", "x/a", false, PL_IGNORE_SILENT},
    {"*.pem", "deep/down/key.pem", false, PL_IGNORE_OUT},
    {"*.pem", "key.pem.txt", false, PL_IGNORE_SILENT},
    {"*.pem", ".pem", false, PL_IGNORE_OUT},
    {"x/*.c", "x/a.c", false, PL_IGNORE_OUT},
    {"x/*.c", "x/y/a.c", false, PL_IGNORE_SILENT},
    {"**/foo", "foo", false, PL_IGNORE_OUT},
    {"**/foo", "a/b/foo", false, PL_IGNORE_OUT},
    {"**/foo", "a/bfoo", false, PL_IGNORE_SILENT},
    {"**/foo/bar", "foo/bar", false, PL_IGNORE_OUT},
    {"**/foo/bar", "x/foo/bar", false, PL_IGNORE_OUT},
    {"foo/**", "foo", true, PL_IGNORE_SILENT},
    {"foo/**", "foo/a", false, PL_IGNORE_OUT},
    {"foo/**", "foo/a/b/c", false, PL_IGNORE_OUT},
    {"foo/**", "x/foo/a", false, PL_IGNORE_SILENT},
    {"foo/**/", "foo/a", true, PL_IGNORE_OUT},
    {"foo/**/", "foo/a", false, PL_IGNORE_SILENT},
    {"a/**/b", "a/b", false, PL_IGNORE_OUT},
    {"a/**/b", "a/x/b", false, PL_IGNORE_OUT},
    {"a/**/b", "a/x/y/b", false, PL_IGNORE_OUT},
    {"a/**/b", "a/xb", false, PL_IGNORE_SILENT},
    {"a/**/**/b", "a/b", false, PL_IGNORE_OUT},
    {"a**b", "ab", false, PL_IGNORE_OUT},
    {"a**b", "axxb", false, PL_IGNORE_OUT},
    {"*/a**b", "x/a/b", false, PL_IGNORE_SILENT},
    {"x/a**/c", "x/ac", false, PL_IGNORE_OUT}, /* as git does: see the note in ignore.c */
    {"***", "a", false, PL_IGNORE_OUT},
    {"**", "a/b", false, PL_IGNORE_OUT},
    {"a/***/b", "a/x/y/b", false, PL_IGNORE_OUT},
    {"?", "a", false, PL_IGNORE_OUT},
    {"?", "ab", false, PL_IGNORE_SILENT},
    {"a?b/c", "a/b/c", false, PL_IGNORE_SILENT},
    {"[ab]", "b", false, PL_IGNORE_OUT},
    {"[!ab]", "c", false, PL_IGNORE_OUT},
    {"[^ab]", "a", false, PL_IGNORE_SILENT},
    {"[a-c]x", "bx", false, PL_IGNORE_OUT},
    {"[]a]", "]", false, PL_IGNORE_OUT},
    {"[!]a]", "b", false, PL_IGNORE_OUT},
    {"[a-]", "-", false, PL_IGNORE_OUT},
    {"[-a]", "-", false, PL_IGNORE_OUT},
    {"[\\]]", "]", false, PL_IGNORE_OUT},
    {"[a\\-c]", "b", false, PL_IGNORE_SILENT},
    {"[a-\\c]", "b", false, PL_IGNORE_OUT},
    {"[[:digit:]]", "7", false, PL_IGNORE_OUT},
    {"[[:digit:]]", "d", false, PL_IGNORE_SILENT},
    {"[[:digit:]a-c]", "b", false, PL_IGNORE_OUT},
    {"[![:space:]]", "b", false, PL_IGNORE_OUT},
    {"[[:nosuch:]]", "b", false, PL_IGNORE_SILENT},
    {"[[:digit]", ":", false, PL_IGNORE_OUT},
    {"[a", "[a", false, PL_IGNORE_SILENT},
    {"a[/]b/c", "a/b/c", false, PL_IGNORE_SILENT},
    {"a[!x]b/c", "a/b/c", false, PL_IGNORE_SILENT},
    {"\\*", "*", false, PL_IGNORE_OUT},
    {"\\*", "a", false, PL_IGNORE_SILENT},
    {"a\\", "a", false, PL_IGNORE_SILENT},
    {"a\\", "a\\", false, PL_IGNORE_SILENT},
    {"\\a", "a", false, PL_IGNORE_OUT},
    {"#a", "#a", false, PL_IGNORE_SILENT},
    {"\\#a", "#a", false, PL_IGNORE_OUT},
    {"\\!a", "!a", false, PL_IGNORE_OUT},
    {"!!a", "!a", false, PL_IGNORE_IN},
    {"a  ", "a", false, PL_IGNORE_OUT},
    {"a\\ ", "a ", false, PL_IGNORE_OUT},
    {"a\\  ", "a ", false, PL_IGNORE_OUT},
    {"a\t", "a", false, PL_IGNORE_SILENT},
    {" a", "a", false, PL_IGNORE_SILENT},
    {" a", " a", false, PL_IGNORE_OUT},
    {"a b", "a b", false, PL_IGNORE_OUT},
    {"a\r\nb\r\n", "b", false, PL_IGNORE_OUT},
    {"\xef\xbb\xbf"
     "a\n",
     "a", false, PL_IGNORE_OUT},
    {"*.c\n!b.c\n", "b.c", false, PL_IGNORE_IN},
    {"*.c\n!b.c\nb.*\n", "b.c", false, PL_IGNORE_OUT},
    {"\xc3\xa9*", "\xc3\xa9t\xc3\xa9", false, PL_IGNORE_OUT},
    {"?", "\xc3\xa9", false, PL_IGNORE_SILENT}, /* bytes, as git */
};

START_TEST(ignore_table_by_hand)
{
    ck_assert_msg(verdict(table[_i].rules, table[_i].path, table[_i].is_folder, NULL) ==
                      table[_i].want,
                  "rules \"%s\", path \"%s\"", table[_i].rules, table[_i].path);
}
END_TEST

START_TEST(ignore_base_and_line_are_told)
{
    struct pl_ignore list;
    struct pl_err err = {0};
    pl_ignore_init(&list);
    ck_assert_int_eq(pl_ignore_add_lines(&list, PL_SLICE("# head\n\n*.c\n"), PL_SLICE(""),
                                         PL_SLICE(".lambdaignore"), &err),
                     PL_OK);
    ck_assert_int_eq(pl_ignore_add_lines(&list, PL_SLICE("!a.c\n/only\n"), PL_SLICE("sub"),
                                         PL_SLICE("sub/.lambdaignore"), &err),
                     PL_OK);
    const struct pl_ignore_rule *rule = NULL;
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("a.c"), false, &rule), PL_IGNORE_OUT);
    ck_assert_uint_eq(rule->line, 3);
    ck_assert(pl_slice_is(rule->text, "*.c") && pl_slice_is(rule->origin, ".lambdaignore"));
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("sub/a.c"), false, &rule), PL_IGNORE_IN);
    ck_assert(pl_slice_is(rule->origin, "sub/.lambdaignore"));
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("sub/only"), false, &rule), PL_IGNORE_OUT);
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("only"), false, &rule), PL_IGNORE_SILENT);
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("subx/only"), false, &rule), PL_IGNORE_SILENT);
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("sub/x/only"), false, &rule),
                     PL_IGNORE_SILENT);
    ck_assert_int_eq(pl_ignore_add(&list, PL_SLICE("[0-9]"), PL_SLICE(""), PL_SLICE("m"), 7, &err),
                     PL_OK);
    ck_assert_int_eq(pl_ignore_match(&list, PL_SLICE("x/5"), false, &rule), PL_IGNORE_OUT);
    ck_assert_uint_eq(rule->line, 7);
    pl_ignore_done(&list);
    pl_ignore_done(NULL);
}
END_TEST

START_TEST(ignore_glob_alone)
{
    ck_assert(pl_glob_match(PL_SLICE("**/tests/**"), PL_SLICE("a/tests/b/c")));
    ck_assert(!pl_glob_match(PL_SLICE("**/tests/**"), PL_SLICE("a/tests")));
    ck_assert(pl_glob_match(PL_SLICE("*.py"), PL_SLICE("a/b.py")));
    ck_assert(pl_glob_match(PL_SLICE("/b.py"), PL_SLICE("b.py")));
    ck_assert(!pl_glob_match(PL_SLICE("/b.py"), PL_SLICE("a/b.py")));
    ck_assert(!pl_glob_match(PL_SLICE(""), PL_SLICE("a")));
    ck_assert(!pl_glob_match(PL_SLICE("*"), PL_SLICE("")));
}
END_TEST

/* A backtracking matcher needs longer than the universe has for these. */
START_TEST(ignore_hostile_patterns_take_linear_time)
{
    char pattern[2048];
    char path[4096];
    size_t n = 0;
    for (int i = 0; i < 300; i++) {
        pattern[n++] = '*';
        pattern[n++] = 'a';
    }
    pattern[n++] = 'b';
    pattern[n] = '\0';
    memset(path, 'a', 4000);
    path[4000] = '\0';
    struct timespec from;
    struct timespec to;
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from), 0);
    ck_assert_int_eq(verdict(pattern, path, false, NULL), PL_IGNORE_SILENT);
    for (size_t i = 1; i < 4000; i += 2) {
        path[i] = '/';
    }
    path[3999] = 'c';
    n = 0;
    for (int i = 0; i < 250; i++) {
        memcpy(pattern + n, "**/a/", 5);
        n += 5;
    }
    memcpy(pattern + n, "*b", 3);
    ck_assert_int_eq(verdict(pattern, path, false, NULL), PL_IGNORE_SILENT);
    memcpy(pattern + n, "*c", 3);
    ck_assert_int_eq(verdict(pattern, path, false, NULL), PL_IGNORE_OUT);
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to), 0);
    ck_assert_msg(to.tv_sec - from.tv_sec < 5, "took more than four seconds");
}
END_TEST

START_TEST(ignore_very_long_paths)
{
    enum { LONG = 65536 };
    char *path = malloc(LONG + 1);
    ck_assert_ptr_nonnull(path);
    memset(path, 'x', LONG);
    path[LONG] = '\0';
    ck_assert(!pl_glob_match(PL_SLICE("x*[x]"), pl_slice_of(path)));
    ck_assert(pl_glob_match(PL_SLICE("x*[x]"), pl_slice_of(path + 1)));
    ck_assert(!pl_glob_match(PL_SLICE("x*[y]"), pl_slice_of(path + 1)));
    free(path);
}
END_TEST

/* ---- git as the oracle ---- */

enum { CASES = 450, PATHS_MAX = 40, TEXT_MAX = 200 };

static uint32_t seed = 20261123;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

struct generated {
    char rules[1024];
    char nested[256]; /* of the folder "a" */
    char path[PATHS_MAX][TEXT_MAX];
    bool is_folder[PATHS_MAX];
    int n;
};

static void add_text(char *to, size_t cap, const char *text)
{
    size_t have = strlen(to);
    ck_assert_uint_lt(have + strlen(text), cap);
    memcpy(to + have, text, strlen(text) + 1);
}

static void make_pattern(char *to, size_t cap)
{
    static const char *const piece[] = {
        "a",      "b",           "c",           "ab",   "a.c",          "*",
        "*",      "?",           "**",          "[ab]", "[!a]",         "[a-c]",
        "[^b-c]", "\\*",         "\\a",         ".c",   "*.c",          "a*",
        "*b",     "[[:alpha:]]", "[[:punct:]]", "[]a]", "[a-]",         "\\[",
        "a b",    "\\ ",         "[\\]b]",      "***",  "[![:digit:]]", "[[:upper:]b]",
        "[a",     "d1",
    };
    static const char *const start[] = {"",  "",   "",    "",    "/",   "/", "!",
                                        "!", "!/", "**/", "\\!", "\\#", "#", " "};
    static const char *const end[] = {"",  "",    "",   "",   "/",  "/",  "/**", "/*",
                                      " ", "\\ ", "  ", "\\", "\t", "/ ", "//"};
    add_text(to, cap, start[pick(sizeof(start) / sizeof(start[0]))]);
    uint32_t parts = 1 + pick(3);
    for (uint32_t i = 0; i < parts; i++) {
        if (i > 0) {
            add_text(to, cap, pick(5) == 0 ? "/**/" : "/");
        }
        for (uint32_t k = 1 + pick(5) / 3; k > 0; k--) {
            add_text(to, cap, piece[pick(sizeof(piece) / sizeof(piece[0]))]);
        }
    }
    add_text(to, cap, end[pick(3) == 0 ? pick(sizeof(end) / sizeof(end[0])) : 0]);
    add_text(to, cap, pick(8) == 0 ? "\r\n" : "\n");
}

/* Paths of which each one's folders come first. */
static void make_paths(struct generated *g)
{
    static const char *const name[] = {"a",  "b",  "c",   "ab",  "abc", "a.c", "b.c",
                                       "ac", "d1", "a b", "*",   "a*",  "[a",  "!a",
                                       "#a", "a ", " a",  "a\\", "]",   "A",   "-"};
    g->n = 0;
    while (g->n < PATHS_MAX - 4) {
        char path[TEXT_MAX] = "";
        uint32_t depth = 1 + pick(4);
        for (uint32_t d = 0; d < depth && g->n < PATHS_MAX; d++) {
            if (d > 0) {
                add_text(path, sizeof(path), "/");
            }
            add_text(path, sizeof(path), name[pick(pick(3) == 0 ? 21 : 9)]);
            int at = 0;
            while (at < g->n && strcmp(g->path[at], path) != 0) {
                at++;
            }
            if (at < g->n && !g->is_folder[at]) {
                break;
            }
            if (at == g->n) {
                memcpy(g->path[at], path, strlen(path) + 1);
                g->is_folder[at] = d + 1 < depth;
                g->n++;
            }
        }
    }
}

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(fd), 0);
}

/* Runs a program in `dir` with files as stdin and stdout; -1 when it is not there. */
static int run(const char *dir, const char *const *argv, const char *in, const char *out)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int from = open(in, O_RDONLY);
        int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (chdir(dir) != 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0) {
            _exit(126);
        }
        char *args[16] = {NULL};
        for (int i = 0; argv[i] && i < 15; i++) {
            args[i] = strdup(argv[i]);
        }
        (void)execvp(args[0], args);
        _exit(127);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return code == 127 ? -1 : code;
}

static void write_case(const char *dir, int index, struct generated *g, struct pl_buf *ask)
{
    struct pl_err err = {0};
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/c%03d", dir, index);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    for (int i = 0; i < g->n; i++) {
        (void)snprintf(path, sizeof(path), "%s/c%03d/%s", dir, index, g->path[i]);
        if (g->is_folder[i]) {
            ck_assert_int_eq(mkdir(path, 0755), 0);
            if (strcmp(g->path[i], "a") == 0 && g->nested[0] != '\0') {
                add_text(path, sizeof(path), "/.gitignore");
                put_file(path, g->nested);
            }
        } else {
            put_file(path, "");
        }
        ck_assert_int_eq(pl_buf_fmt(ask, &err, "c%03d/%s", index, g->path[i]), PL_OK);
        ck_assert_int_eq(pl_buf_byte(ask, '\0', &err), PL_OK);
    }
    (void)snprintf(path, sizeof(path), "%s/c%03d/.gitignore", dir, index);
    put_file(path, g->rules);
}

/* What our engine says with git's walk around it: an excluded folder decides for all below it. */
static const struct pl_ignore_rule *our_rule(const struct pl_ignore *list, struct pl_slice path,
                                             bool is_folder)
{
    const struct pl_ignore_rule *rule = NULL;
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/' &&
            pl_ignore_match(list, pl_slice_sub(path, 0, i), true, &rule) == PL_IGNORE_OUT) {
            return rule;
        }
    }
    pl_ignore_match(list, path, is_folder, &rule);
    return rule;
}

static void compare_case(int index, const struct generated *g, struct pl_slice *answer)
{
    struct pl_ignore list;
    struct pl_err err = {0};
    char base[64];
    char origin[64];
    pl_ignore_init(&list);
    (void)snprintf(base, sizeof(base), "c%03d", index);
    (void)snprintf(origin, sizeof(origin), "c%03d/.gitignore", index);
    ck_assert_int_eq(pl_ignore_add_lines(&list, pl_slice_of(g->rules), pl_slice_of(base),
                                         pl_slice_of(origin), &err),
                     PL_OK);
    (void)snprintf(base, sizeof(base), "c%03d/a", index);
    (void)snprintf(origin, sizeof(origin), "c%03d/a/.gitignore", index);
    ck_assert_int_eq(pl_ignore_add_lines(&list, pl_slice_of(g->nested), pl_slice_of(base),
                                         pl_slice_of(origin), &err),
                     PL_OK);
    for (int i = 0; i < g->n; i++) {
        struct pl_slice field[4];
        char path[1024];
        (void)snprintf(path, sizeof(path), "c%03d/%s", index, g->path[i]);
        for (int k = 0; k < 4; k++) {
            ck_assert(pl_slice_next(answer, '\0', &field[k]));
        }
        ck_assert(pl_slice_is(field[3], path));
        const struct pl_ignore_rule *rule = our_rule(&list, pl_slice_of(path), g->is_folder[i]);
        uint64_t line = 0;
        bool has = pl_slice_u64(field[1], &line);
        bool same = rule ? has && line == rule->line && pl_slice_eq(field[0], rule->origin) : !has;
        ck_assert_msg(
            same,
            "%s (%s): git says line %d of %.*s, we say line %u of %s; rules:\n%s\nnested:\n%s",
            path, g->is_folder[i] ? "folder" : "file", has ? (int)line : 0, (int)field[0].len,
            field[0].ptr, rule ? rule->line : 0, rule ? rule->origin.ptr : "-", g->rules,
            g->nested);
    }
    pl_ignore_done(&list);
}

static void make_case(struct generated *g)
{
    memset(g, 0, sizeof(*g));
    for (uint32_t k = 1 + pick(4); k > 0; k--) {
        make_pattern(g->rules, sizeof(g->rules));
    }
    for (uint32_t k = pick(3); k > 0; k--) {
        make_pattern(g->nested, sizeof(g->nested));
    }
    make_paths(g);
    bool has_a = false;
    for (int i = 0; i < g->n; i++) {
        has_a = has_a || (g->is_folder[i] && strcmp(g->path[i], "a") == 0);
    }
    if (!has_a) {
        g->nested[0] = '\0';
    }
}

START_TEST(ignore_agrees_with_git)
{
    const char *tmp = getenv("TMPDIR");
    char dir[512];
    (void)snprintf(dir, sizeof(dir), "%s/pl-ignore-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    const char *const init[] = {"git", "init", "-q", ".", NULL};
    if (run(dir, init, "/dev/null", "/dev/null") != 0) {
        const char *ci = getenv("CI");
        ck_assert_msg(!ci || strcmp(ci, "true") != 0, "git is missing");
        (void)fprintf(stderr,
                      "SKIPPED: git is missing, the ignore engine is not compared with it\n");
        (void)rmdir(dir);
        return;
    }
    struct generated *g = calloc(CASES, sizeof(*g));
    ck_assert_ptr_nonnull(g);
    struct pl_buf ask;
    struct pl_buf answer;
    struct pl_err err = {0};
    pl_buf_init(&ask, PL_MB(16));
    pl_buf_init(&answer, PL_MB(64));
    int asked = 0;
    for (int i = 0; i < CASES; i++) {
        make_case(&g[i]);
        write_case(dir, i, &g[i], &ask);
        asked += g[i].n;
    }
    char in[600];
    char out[600];
    (void)snprintf(in, sizeof(in), "%s/.git/ask", dir);
    (void)snprintf(out, sizeof(out), "%s/.git/answer", dir);
    int fd = open(in, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(pl_file_pwrite(fd, in, ask.data, ask.len, 0, &err), PL_OK);
    ck_assert_int_eq(close(fd), 0);
    const char *const check[] = {"git",
                                 "-c",
                                 "core.excludesFile=/dev/null",
                                 "check-ignore",
                                 "--no-index",
                                 "-v",
                                 "-n",
                                 "-z",
                                 "--stdin",
                                 NULL};
    ck_assert_int_le(run(dir, check, in, out), 1);
    ck_assert_int_eq(pl_file_read(out, &answer, &err), PL_OK);
    struct pl_slice rest = pl_buf_view(&answer);
    for (int i = 0; i < CASES; i++) {
        compare_case(i, &g[i], &rest);
    }
    ck_assert_int_gt(asked, CASES * 10);
    pl_buf_done(&ask);
    pl_buf_done(&answer);
    free(g);
    const char *const clean[] = {"rm", "-rf", dir, NULL};
    ck_assert_int_eq(run("/", clean, "/dev/null", "/dev/null"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ignore");
    TCase *hand = tcase_create("hand");
    tcase_add_loop_test(hand, ignore_table_by_hand, 0, (int)(sizeof(table) / sizeof(table[0])));
    tcase_add_test(hand, ignore_base_and_line_are_told);
    tcase_add_test(hand, ignore_glob_alone);
    tcase_add_test(hand, ignore_very_long_paths);
    tcase_add_test(hand, ignore_hostile_patterns_take_linear_time);
    tcase_set_timeout(hand, 60);
    suite_add_tcase(suite, hand);
    TCase *git = tcase_create("git");
    tcase_add_test(git, ignore_agrees_with_git);
    tcase_set_timeout(git, 120);
    suite_add_tcase(suite, git);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
