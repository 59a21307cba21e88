/* Start scripts (IMAGES d.5): what each becomes in Lambda, or why that cannot be told. */
#include "oom.h"
#include "pkg/base/limits.h"
#include "pkg/survey/image_shell.h"

#include <string.h>

struct row {
    const char *script;
    const char *command; /* words joined by '|'; NULL: opaque */
    const char *opaque;  /* part of the reason, or NULL */
};

/* $0 is /start.sh, $1 app.handler, $2 empty; /srv/main is there and executable, nothing else is. */
static const struct row ROWS[] = {
    {"exec /srv/main\n", "/srv/main", NULL},
    {"/srv/main a b\n", "/srv/main|a|b", NULL},
    {"exec \"$@\"", "app.handler|", NULL},
    {"exec /srv/main \"$1\" '$1' \\$1 $1\n", "/srv/main|app.handler|$1|$1|app.handler", NULL},
    {"exec -- /srv/main # a comment\n", "/srv/main", NULL},
    {"A=/srv; B=\"$A/main\"\nexec $B", "/srv/main", NULL},
    {"export A='x y'\nexec /srv/main $A \"$A\"", "/srv/main|x|y|x y", NULL},
    {"exec ${P:-/srv/main} ${1-x} ${2:-y} ${3:-z}", "/srv/main|app.handler|y|z", NULL},
    {"exec /srv/\\\nmain", "/srv/main", NULL},
    {"if [ -z \"${AWS_LAMBDA_RUNTIME_API}\" ]; then exec /rie; else exec /srv/main; fi",
     "/srv/main", NULL},
    {"if [ -n \"$AWS_LAMBDA_RUNTIME_API\" ]\nthen\n  exec /srv/main\nfi\nexec /other", "/srv/main",
     NULL},
    {"if [[ -z $NOPE ]]; then X=1; elif [ a = b ]; then X=2; else X=3; fi; exec /srv/main $X",
     "/srv/main|1", NULL},
    {"if [ a = b ]; then X=1; elif [ a = a ]; then X=2; else X=3; fi; exec /srv/main $X",
     "/srv/main|2", NULL},
    {"if [ ! -f /gone ]; then exec /srv/main; fi", "/srv/main", NULL},
    {"[ -x /srv/main ] && exec /srv/main\nexec /other", "/srv/main", NULL},
    {"[ -x /gone ] && exec /gone || exec /srv/main", "/srv/main", NULL},
    {"cd /srv && exec ./main", "./main", NULL},
    {"set -euo pipefail\ntrap : TERM\necho hello >/dev/null 2>&1\nexec /srv/main >&2", "/srv/main",
     NULL},
    {"case \"$1\" in\n  app.*) exec /srv/main ;;\n  *) exit 1 ;;\nesac", "/srv/main", NULL},
    {"case $1 in x|y) exec /x;; app.handle?|z) exec /srv/main;; esac", "/srv/main", NULL},
    {"case $1 in (x) exec /x;; 'app.handler') X=1 ;; *) X=2\nesac\nexec /srv/main $X",
     "/srv/main|1", NULL},
    {"case $1 in x) exec /x;; esac; exec /srv/main", "/srv/main", NULL},
    {"case $1 in a*) case $2 in '') exec /srv/main;; esac;; esac", "/srv/main", NULL},
    {"case $1 in [a-z]*) exec /srv/main;; esac", NULL, "pattern"},
    {"case $(id) in *) exec /srv/main;; esac", NULL, "sandbox"},
    {"case $1 in a*) exec /srv/main", "/srv/main", NULL},
    {"case $1 in a*", NULL, "not closed"},
    {". /lib.sh\nexec /srv/main", NULL, "another script"},
    {"eval \"$X\"", NULL, "another script"},
    {"exec $(which main)", NULL, "run time"},
    {"exec `which main`", NULL, "run time"},
    {"while true; do /srv/main; done", NULL, "loops"},
    {"f() { exec /srv/main; }\nf", NULL, "loops"},
    {"cat <<EOF\nEOF\nexec /srv/main", NULL, "here-document"},
    {"if grep -q x /etc/passwd; then exec /srv/main; fi", NULL, "sandbox"},
    {"if [ $(id -u) = 0 ]; then exec /srv/main; fi", NULL, "sandbox"},
    {"/srv/main | tee /tmp/log", NULL, "pipe"},
    {"exit 0\nexec /srv/main", NULL, "nothing that stays"},
    {"", NULL, "nothing that stays"},
    {"echo hello", NULL, "nothing that stays"},
    {"exec ${X", NULL, "brace"},
};

static struct pl_arena arena;

static bool test_file(void *ctx, struct pl_slice cwd, char what, struct pl_slice path,
                      bool *ret_known)
{
    (void)ctx;
    (void)cwd;
    *ret_known = true;
    return pl_slice_is(path, "/srv/main") && what != 'd';
}

static enum pl_status resolve(const char *script, struct pl_shell *shell, struct pl_err *err)
{
    static struct pl_slice args[] = {PL_SLICE_INIT("/start.sh"), PL_SLICE_INIT("app.handler"),
                                     PL_SLICE_INIT("")};
    static struct pl_slice env[] = {PL_SLICE_INIT("PATH=/bin"),
                                    PL_SLICE_INIT("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001")};
    *shell = (struct pl_shell){.script = pl_slice_of(script),
                               .args = {args, 3, 3},
                               .env = {env, 2, 2},
                               .cwd = PL_SLICE("/"),
                               .arena = &arena,
                               .test = test_file};
    return pl_shell_resolve(shell, err);
}

static const char *joined(const struct pl_shell *shell)
{
    static char text[512];
    size_t n = 0;
    for (uint32_t i = 0; i < shell->command.n; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", i > 0 ? "|" : "",
                              (int)shell->command.at[i].len,
                              shell->command.at[i].ptr ? shell->command.at[i].ptr : "");
    }
    text[n] = '\0';
    return text;
}

START_TEST(shell_table)
{
    const struct row *row = &ROWS[_i];
    struct pl_shell shell;
    struct pl_err err;
    pl_arena_init(&arena, PL_MB(16));
    ASSERT_OK(resolve(row->script, &shell, &err));
    if (row->command) {
        ck_assert_msg(!shell.opaque, "%s: %s", row->script, shell.opaque);
        ck_assert_str_eq(joined(&shell), row->command);
    } else {
        ck_assert_msg(shell.opaque != NULL, "%s: is %s", row->script, joined(&shell));
        ck_assert_msg(strstr(shell.opaque, row->opaque) != NULL, "%s: %s", row->script,
                      shell.opaque);
    }
    pl_arena_done(&arena);
}
END_TEST

START_TEST(shell_background_and_exec_are_told)
{
    struct pl_shell shell;
    struct pl_err err;
    pl_arena_init(&arena, PL_MB(16));
    ASSERT_OK(resolve("/srv/main &\n", &shell, &err));
    ck_assert(shell.background && !shell.replaced);
    ASSERT_OK(resolve("exec /srv/main", &shell, &err));
    ck_assert(!shell.background && shell.replaced);
    pl_arena_done(&arena);
}
END_TEST

START_TEST(shell_patterns_match_as_in_sh)
{
    static const struct {
        const char *pattern, *value;
        bool is;
    } rows[] = {{"*", "", true},        {"a*", "abc", true},      {"*c", "abc", true},
                {"a*c*", "abcd", true}, {"a?c", "abc", true},     {"a?c", "ac", false},
                {"", "", true},         {"", "a", false},         {"abc", "ab", false},
                {"*a*b", "aab", true},  {"*ab*ab", "abab", true}, {"a*b", "acbd", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(pl_shell_matches(pl_slice_of(rows[i].pattern), pl_slice_of(rows[i].value)) ==
                          rows[i].is,
                      "%s: %s", rows[i].pattern, rows[i].value);
    }
}
END_TEST

START_TEST(shell_endless_script_ends)
{
    struct pl_shell shell;
    struct pl_err err;
    static char script[200001];
    for (size_t i = 0; i + 1 < sizeof script; i += 2) {
        memcpy(script + i, ":\n", 2);
    }
    pl_arena_init(&arena, PL_MB(64));
    ASSERT_OK(resolve(script, &shell, &err));
    ck_assert(shell.opaque != NULL);
    for (size_t i = 0; i + 4 < 4000; i += 4) {
        memcpy(script + i, "if (", 3);
    }
    ASSERT_OK(resolve(script, &shell, &err));
    ck_assert(shell.opaque != NULL);
    pl_arena_done(&arena);
}
END_TEST

START_TEST(shell_out_of_memory_is_an_error)
{
    struct pl_err err = {0};
    struct pl_shell shell;
    bool failed = true;
    for (long left = 0; failed; left++) {
        pl_arena_init(&arena, PL_MB(16));
        oom_hit = false;
        oom_left = left;
        enum pl_status status =
            resolve("A=b\ncase $A in b) exec /srv/main \"$@\";; esac", &shell, &err);
        oom_left = -1;
        failed = oom_hit;
        ck_assert_int_eq((int)status, failed ? (int)PL_ERR_NOMEM : (int)PL_OK);
        pl_arena_done(&arena);
    }
    ck_assert_int_eq((int)shell.command.n, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image_shell");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, shell_table, 0, (int)COUNT_OF(ROWS));
    tcase_add_test(tests, shell_background_and_exec_are_told);
    tcase_add_test(tests, shell_patterns_match_as_in_sh);
    tcase_add_test(tests, shell_endless_script_ends);
    tcase_add_test(tests, shell_out_of_memory_is_an_error);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
