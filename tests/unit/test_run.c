/* Programs that are started: what they get, what is kept of what they write, and how they end. */
#include "pkg/base/run.h"
#include "run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const no_env[] = {"PATH=/usr/bin:/bin", NULL};

static struct pl_run_request shell(const char *const *argv)
{
    return (struct pl_run_request){.argv = argv, .env = no_env};
}
#define SHELL(text) shell((const char *const[]){"/bin/sh", "-c", (text), NULL})

static struct pl_run_result result;
static struct pl_err err;

static void setup(void)
{
    result = (struct pl_run_result){.status = -1};
    err = (struct pl_err){.code = PL_OK};
}

static void teardown(void)
{
    pl_run_result_done(&result);
}

static const char *text_of(const struct pl_run_text *text)
{
    return text->text.data ? text->text.data : "";
}

START_TEST(run_keeps_both_streams_and_the_status)
{
    struct pl_run_request request = SHELL("echo out; echo err >&2; exit 7");
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_int_eq(result.status, 7);
    ck_assert_int_eq(result.signal, 0);
    ck_assert_str_eq(text_of(&result.out), "out\n");
    ck_assert_str_eq(text_of(&result.err), "err\n");
    ck_assert_uint_eq(result.out.all, 4);
}
END_TEST

START_TEST(run_joins_in_order)
{
    struct pl_run_request request = SHELL("echo 1; echo 2 >&2; echo 3");
    request.joined = true;
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_str_eq(text_of(&result.out), "1\n2\n3\n");
    ck_assert_uint_eq(result.err.all, 0);
}
END_TEST

START_TEST(run_gives_arguments_environment_and_folder_as_they_are)
{
    const char *const argv[] = {
        "/bin/sh", "-c", "printf '%s|' \"$@\"; env | sort; pwd", "sh", "a b", "$HOME; x", "", NULL};
    const char *const env[] = {"PATH=/usr/bin:/bin", "ONE=1 2", "PWD=/", NULL};
    struct pl_run_request request = {.argv = argv, .env = env, .folder = "/"};
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_ptr_nonnull(strstr(text_of(&result.out), "a b|$HOME; x||"));
    ck_assert_ptr_nonnull(strstr(text_of(&result.out), "ONE=1 2\n"));
    ck_assert_ptr_null(strstr(text_of(&result.out), "HOME=/"));
    ck_assert_ptr_nonnull(strstr(text_of(&result.out), "\n/\n"));
}
END_TEST

/* No input to wait for, no terminal to ask on, usual signals, no descriptor of ours. */
START_TEST(run_starts_from_a_clean_state)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    ck_assert_int_eq(sigaction(SIGPIPE, &ignore, NULL), 0);
    struct pl_run_request request = SHELL(
        "cat; (echo x > /dev/tty) 2>/dev/null && echo tty; ls /proc/self/fd 2>/dev/null | wc -l; "
        "(kill -PIPE $(exec sh -c 'echo $PPID'); echo survived) 2>/dev/null; echo end");
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_ptr_null(strstr(text_of(&result.out), "tty"));
    ck_assert_ptr_null(strstr(text_of(&result.out), "survived"));
    ck_assert_ptr_nonnull(strstr(text_of(&result.out), "end"));
#ifdef __linux__
    int inherited = 4; /* 0 to 2, and the one that lists; and what whoever started us left open */
    for (int fd = 3; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        inherited += flags != -1 && !(flags & FD_CLOEXEC);
    }
    ck_assert_int_eq(atoi(text_of(&result.out)), inherited);
#endif
}
END_TEST

START_TEST(run_tells_of_signals)
{
    struct pl_run_request request = SHELL("kill -9 $$");
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_int_eq(result.signal, 9);
    ck_assert_int_eq(result.status, 137);
}
END_TEST

START_TEST(run_what_is_missing_is_named)
{
    struct pl_run_request request = SHELL("true");
    const char *const argv[] = {"/no/such/program", NULL};
    request.argv = argv;
    ASSERT_FAILS(pl_run(&result, &request, &err), PL_ERR_MISSING);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/program"));
    ck_assert_int_eq(result.status, -1);
    request = SHELL("true");
    request.folder = "/no/such/folder";
    ASSERT_FAILS(pl_run(&result, &request, &err), PL_ERR_MISSING);
}
END_TEST

static size_t heard;

static void listen(void *ctx, struct pl_slice bytes)
{
    ck_assert_ptr_eq(ctx, &heard);
    heard += bytes.len;
}

START_TEST(run_keeps_the_end_of_too_much)
{
    struct pl_run_request request =
        SHELL("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; printf end");
    request.kept_bytes = 1000;
    request.ctx = &heard;
    request.output = listen;
    heard = 0;
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_uint_eq(result.out.text.len, 1000);
    ck_assert_uint_gt(result.out.all, 200000);
    ck_assert_uint_eq(result.out.all, heard);
    ck_assert_str_eq(text_of(&result.out) + 1000 - strlen("line 19999\nend"), "line 19999\nend");
}
END_TEST

static double seconds(void)
{
    struct timespec t;
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static atomic_int asked;

static bool cancel_soon(void *ctx)
{
    (void)ctx;
    return atomic_fetch_add(&asked, 1) > 1;
}

/* The sleepers would hold the test up for a minute each if they lived on: they have its output. */
START_TEST(run_cancel_ends_what_it_started_too)
{
    struct pl_run_request request =
        SHELL("trap '' TERM; sh -c 'trap \"\" TERM; sleep 61; sleep 61' & sleep 60; sleep 60");
    request.cancelled = cancel_soon;
    double begun = seconds();
    ASSERT_FAILS(pl_run(&result, &request, &err), PL_ERR_CANCELLED);
    ck_assert(seconds() - begun < 20);
    ck_assert_int_eq(result.status, -1);
}
END_TEST

START_TEST(run_timeout_is_named)
{
    struct pl_run_request request = SHELL("exec sleep 60");
    request.timeout_s = 1;
    double begun = seconds();
    ASSERT_FAILS(pl_run(&result, &request, &err), PL_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.msg, "1 seconds"));
    ck_assert(seconds() - begun < 20);
}
END_TEST

START_TEST(run_does_not_wait_for_what_stays_behind)
{
    struct pl_run_request request = SHELL("echo a; sleep 5 & exit 3");
    double begun = seconds();
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_int_eq(result.status, 3);
    ck_assert_str_eq(text_of(&result.out), "a\n");
    ck_assert(seconds() - begun < 4);
}
END_TEST

/* One that closes its output and goes on is waited for. */
START_TEST(run_waits_for_the_silent)
{
    struct pl_run_request request = SHELL("exec >&- 2>&-; sleep 0.3; exit 4");
    ASSERT_OK(pl_run(&result, &request, &err));
    ck_assert_int_eq(result.status, 4);
}
END_TEST

START_TEST(run_finds_programs_on_absolute_folders)
{
    struct pl_arena arena PL_CLEANUP(pl_arena_done) = {.max = 100000};
    struct pl_slice at;
    ASSERT_OK(pl_run_find(&arena, "sh", "::relative:/no/such:/bin", &at, &err));
    ck_assert_str_eq(at.ptr, "/bin/sh");
    ASSERT_FAILS(pl_run_find(&arena, "no-such-tool", "/bin:/usr/bin", &at, &err), PL_ERR_MISSING);
    ck_assert_ptr_nonnull(strstr(err.msg, "no-such-tool"));
    ASSERT_FAILS(pl_run_find(&arena, "bin", "/:/usr", &at, &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_run_find(&arena, "bin/sh", "/", &at, &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_run_find(&arena, "sh", NULL, &at, &err), PL_ERR_MISSING);
}
END_TEST

START_TEST(run_env_replaces_adds_and_takes_away)
{
    struct pl_arena arena PL_CLEANUP(pl_arena_done) = {.max = 100000};
    const char *const base[] = {"A=1", "AB=2", "C=3", "A=0", NULL};
    const char *const change[] = {"A=x=y", "D=", "C", "E=1", "E=2", NULL};
    const char *const *env = NULL;
    ASSERT_OK(pl_run_env_with(&arena, base, change, &env, &err));
    const char *const expected[] = {"AB=2", "A=x=y", "D=", "E=2"};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        ck_assert_str_eq(env[i], expected[i]);
    }
    ck_assert_ptr_null(env[COUNT_OF(expected)]);
    ck_assert_str_eq(pl_run_env_get(env, "A"), "x=y");
    ck_assert_ptr_null(pl_run_env_get(env, "C"));
    ck_assert_ptr_null(pl_run_env_get(env, "a"));
}
END_TEST

START_TEST(run_last_lines)
{
    struct pl_slice text = PL_SLICE("one\ntwo\n\nthree\n\n");
    ck_assert(pl_slice_is(pl_run_last_lines(text, 1), "three"));
    ck_assert(pl_slice_is(pl_run_last_lines(text, 3), "two\n\nthree"));
    ck_assert(pl_slice_is(pl_run_last_lines(text, 9), "one\ntwo\n\nthree"));
    ck_assert(pl_slice_is(pl_run_last_lines(PL_SLICE("\n"), 2), ""));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        run_keeps_both_streams_and_the_status,
        run_joins_in_order,
        run_gives_arguments_environment_and_folder_as_they_are,
        run_starts_from_a_clean_state,
        run_tells_of_signals,
        run_what_is_missing_is_named,
        run_keeps_the_end_of_too_much,
        run_cancel_ends_what_it_started_too,
        run_timeout_is_named,
        run_does_not_wait_for_what_stays_behind,
        run_waits_for_the_silent,
        run_finds_programs_on_absolute_folders,
        run_env_replaces_adds_and_takes_away,
        run_last_lines,
    };
    return run_tests_in("run", tests, COUNT_OF(tests), setup, teardown);
}
