/* Any text as a start script: an answer in bounded time, or the reason why there is none. */
#include "pkg/base/limits.h"
#include "pkg/survey/image_shell.h"
#include "tests/fuzz/promise.h"

static bool test(void *ctx, struct pl_slice cwd, char what, struct pl_slice path, bool *ret_known)
{
    (void)ctx;
    (void)cwd;
    *ret_known = path.len % 3 != 0;
    return (path.len + (size_t)what) % 2 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice args[] = {PL_SLICE_INIT("/start.sh"), PL_SLICE_INIT("app.handler"),
                              PL_SLICE_INIT("")};
    struct pl_slice env[] = {PL_SLICE_INIT("PATH=/bin"),
                             PL_SLICE_INIT("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001"),
                             PL_SLICE_INIT("EMPTY=")};
    struct pl_arena arena;
    struct pl_err err;
    pl_arena_init(&arena, PL_MB(64));
    struct pl_shell shell = {.script = pl_slice_make((const char *)data, size),
                             .args = {args, 3, 3},
                             .env = {env, 3, 3},
                             .cwd = PL_SLICE("/"),
                             .arena = &arena,
                             .test = test};
    if (pl_shell_resolve(&shell, &err) == PL_OK) {
        pl_fuzz_promise(shell.opaque || shell.command.n > 0, "there is a command, or a reason");
        for (uint32_t i = 0; i < shell.command.n; i++) {
            pl_fuzz_promise(shell.command.at[i].len <= PL_MB(64), "words are bounded");
        }
    } else {
        pl_fuzz_promise(err.code == PL_ERR_LIMIT || err.code == PL_ERR_NOMEM,
                        "only limits are errors");
    }
    pl_arena_done(&arena);
    return 0;
}
