#include "pkg/survey/image_run.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/inspect/exec.h"
#include "pkg/lambda/runtimes.h"
#include "pkg/survey/image_client.h"

#include <string.h>

enum { MAX_SCRIPTS = 6 };

/* ---------------------------------------------------------------- answers */

PL_PRINTF(4, 0)
static PL_STATUS write_clause(struct pl_image_ask *ask, struct pl_slice *ret, struct pl_err *err,
                              const char *fmt, va_list args)
{
    struct pl_slice raw;
    enum pl_status status = pl_arena_vfmt(ask->arena, &raw, err, fmt, args);
    return status ? status : pl_text_safe(ask->arena, raw, ret, err);
}

PL_STATUS pl_image_answer(struct pl_image_ask *ask, enum pl_speaks speaks, bool certain,
                          struct pl_err *err, const char *fmt, ...)
{
    va_list args;
    ask->run->speaks = (uint8_t)speaks;
    ask->run->certain = certain;
    va_start(args, fmt);
    enum pl_status status = write_clause(ask, &ask->run->why, err, fmt, args);
    va_end(args);
    return status;
}

PL_STATUS pl_image_cannot_start(struct pl_image_ask *ask, enum pl_image_start start,
                                struct pl_err *err, const char *fmt, ...)
{
    va_list args;
    ask->run->start = (uint8_t)start;
    va_start(args, fmt);
    enum pl_status status = write_clause(ask, &ask->run->what, err, fmt, args);
    va_end(args);
    return status;
}

PL_STATUS pl_image_bytes(const struct pl_image_ask *ask, struct pl_ref at, struct pl_buf *to,
                         bool *ret_read, struct pl_err *err)
{
    const struct pl_tree *tree = &ask->package->tree;
    enum pl_status status = tree->ops->read(tree, at.entry, to->max, to, err);
    *ret_read = status == PL_OK;
    return status == PL_ERR_LIMIT || status == PL_ERR_FORMAT || status == PL_ERR_MISSING ? PL_OK
                                                                                         : status;
}

/* ---------------------------------------------------------------- finding the program */

struct pl_slice pl_image_env(const struct pl_words *env, const char *name)
{
    size_t n = strlen(name);
    for (uint32_t i = env->n; i > 0; i--) {
        struct pl_slice pair = env->at[i - 1];
        if (pair.len > n && pair.ptr[n] == '=' && memcmp(pair.ptr, name, n) == 0) {
            return pl_slice_sub(pair, n + 1, pair.len);
        }
    }
    return (struct pl_slice){0};
}

bool pl_image_may_run(struct pl_ref at)
{
    const struct pl_entry *e = pl_ref_entry(at);
    return e && (e->mode & 0001) != 0;
}

/* As execvp: through PATH when there is no slash, and what may not be run is passed over. */
static PL_STATUS find_program(const struct pl_image_ask *ask, struct pl_slice name,
                              struct pl_hit *ret, struct pl_err *err)
{
    struct pl_slice path = pl_image_env(&ask->env, "PATH");
    struct pl_slice folder;
    if (pl_slice_find(name, '/') < name.len) {
        *ret = pl_view_find(ask->view, ask->cwd, name);
        return PL_OK;
    }
    if (path.len == 0) {
        path = PL_SLICE("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }
    *ret = (struct pl_hit){.how = PL_HOW_MISSING};
    while (name.len > 0 && pl_slice_next(&path, ':', &folder)) {
        struct pl_slice full;
        if (pl_arena_fmt(ask->arena, &full, err, "%.*s/%.*s", (int)folder.len, folder.ptr,
                         (int)name.len, name.ptr) != PL_OK) {
            return err->code;
        }
        struct pl_hit hit = pl_view_find(ask->view, ask->cwd, full);
        if (hit.how == PL_HOW_FILE && (pl_image_may_run(hit.at) || ret->how != PL_HOW_FILE)) {
            *ret = hit;
            if (pl_image_may_run(hit.at)) {
                return PL_OK;
            }
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- scripts of the shell */

static bool test_file(void *ctx, struct pl_slice cwd, char what, struct pl_slice path,
                      bool *ret_known)
{
    const struct pl_image_ask *ask = ctx;
    struct pl_hit hit = pl_view_find(ask->view, cwd, path);
    bool there = hit.how == PL_HOW_FILE || hit.how == PL_HOW_FOLDER || hit.how == PL_HOW_SPECIAL;
    /* What the sandbox has beside the image. */
    *ret_known =
        !pl_slice_starts(path, PL_SLICE("/tmp")) && !pl_slice_starts(path, PL_SLICE("/proc")) &&
        !pl_slice_starts(path, PL_SLICE("/dev")) && !pl_slice_starts(path, PL_SLICE("/sys"));
    switch (what) {
    case 'f':
        return hit.how == PL_HOW_FILE;
    case 'd':
        return hit.how == PL_HOW_FOLDER;
    case 'x':
        return hit.how == PL_HOW_FOLDER || (hit.how == PL_HOW_FILE && pl_image_may_run(hit.at));
    case 's':
        return hit.how == PL_HOW_FILE && pl_ref_entry(hit.at)->size > 0;
    case 'L':
        *ret_known = false;
        return false;
    default:
        return there;
    }
}

static PL_STATUS follow_shell(struct pl_image_ask *ask, struct pl_slice script,
                              const struct pl_slice *args, uint32_t n, struct pl_err *err)
{
    struct pl_shell shell = {.script = script,
                             .env = ask->env,
                             .cwd = ask->cwd,
                             .arena = ask->arena,
                             .test = test_file,
                             .ctx = ask};
    for (uint32_t i = 0; i < n; i++) {
        if (pl_words_add(&shell.args, args[i], ask->arena, err) != PL_OK) {
            return err->code;
        }
    }
    shell.env.cap = shell.env.n; /* what the script sets is its own */
    if (pl_shell_resolve(&shell, err) != PL_OK) {
        return err->code;
    }
    if (shell.opaque) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err,
                               "a shell script starts it, and cannot be followed: %s",
                               shell.opaque);
    }
    ask->run->background = shell.background;
    ask->env = shell.env;
    ask->cwd = shell.cwd;
    return pl_image_follow(ask, shell.command.at, shell.command.n, err);
}

static PL_STATUS follow_script(struct pl_image_ask *ask, struct pl_slice bytes,
                               const struct pl_slice *word, uint32_t n, struct pl_err *err)
{
    struct pl_slice copy;
    enum pl_status status = pl_arena_dup(ask->arena, bytes, &copy, err);
    return status ? status : follow_shell(ask, copy, word, n, err);
}

static bool is_shell(struct pl_slice path)
{
    return pl_word_is_any(pl_slice_basename(path), "sh bash ash dash");
}

/* `sh -c "..." name args`, `bash script args`. */
static PL_STATUS ask_shell(struct pl_image_ask *ask, const struct pl_slice *word, uint32_t n,
                           struct pl_err *err)
{
    uint32_t i = 1;
    bool is_text = false;
    while (i < n && word[i].len > 1 && word[i].ptr[0] == '-') {
        is_text = is_text || (word[i].ptr[1] != '-' && pl_slice_find(word[i], 'c') < word[i].len);
        i++;
    }
    if (i >= n) {
        return pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                               "it starts a shell with nothing to run in it");
    }
    if (is_text) {
        return follow_shell(ask, word[i], word + i + 1, n - i - 1, err);
    }
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    struct pl_hit hit = pl_view_find(ask->view, ask->cwd, word[i]);
    bool read = false;
    if (hit.how != PL_HOW_FILE) {
        return pl_image_cannot_start(ask, PL_START_MISSING, err,
                                     "the script %.*s is not in the image", (int)word[i].len,
                                     word[i].ptr);
    }
    if (pl_image_bytes(ask, hit.at, &text, &read, err) != PL_OK) {
        return err->code;
    }
    return read ? follow_script(ask, pl_buf_view(&text), word + i, n - i, err)
                : pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err, "a script could not be read");
}

/* ---------------------------------------------------------------- programs */

static PL_STATUS check_program(struct pl_image_ask *ask, struct pl_ref at, struct pl_slice name,
                               struct pl_err *err)
{
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    struct pl_exec exec = {0};
    bool read = false;
    if (pl_image_bytes(ask, at, &bytes, &read, err) != PL_OK) {
        return err->code;
    }
    pl_exec_read(&exec, pl_buf_view(&bytes), bytes.len);
    return read && exec.kind == PL_EXEC_ELF ? pl_image_check_elf(ask, &exec.elf, name, err) : PL_OK;
}

PL_STATUS pl_image_check_script(struct pl_image_ask *ask, const struct pl_exec *exec,
                                struct pl_slice name, struct pl_err *err)
{
    struct pl_slice interpreter = exec->interpreter;
    if (pl_slice_ends(interpreter, PL_SLICE("\r")) ||
        pl_slice_ends(exec->argument, PL_SLICE("\r"))) {
        return pl_image_cannot_start(
            ask, PL_START_INTERPRETER, err,
            "the #! line of %.*s ends in a carriage return, which Linux takes as part "
            "of the name",
            (int)name.len, name.ptr);
    }
    return pl_view_find(ask->view, ask->cwd, interpreter).how == PL_HOW_FILE
               ? PL_OK
               : pl_image_cannot_start(ask, PL_START_INTERPRETER, err,
                                       "%.*s asks for %.*s, which the image does not have",
                                       (int)name.len, name.ptr, (int)interpreter.len,
                                       interpreter.ptr);
}

/* `#!`: the interpreter is started with the script as its argument (Linux fs/binfmt_script.c). */
static PL_STATUS ask_script(struct pl_image_ask *ask, const struct pl_exec *exec,
                            struct pl_slice bytes, const struct pl_slice *word, uint32_t n,
                            struct pl_err *err)
{
    struct pl_words words = {0};
    struct pl_slice interpreter = exec->interpreter;
    if (pl_image_check_script(ask, exec, word[0], err) != PL_OK) {
        return err->code;
    }
    if (ask->run->start != PL_START_FINE) {
        return PL_OK;
    }
    if (is_shell(interpreter)) {
        return follow_script(ask, bytes, word, n, err);
    }
    struct pl_slice copy;
    bool env = pl_slice_is(pl_slice_basename(interpreter), "env");
    struct pl_slice argument = exec->argument;
    if (env && pl_slice_starts(argument, PL_SLICE("-S"))) {
        argument = pl_slice_trim(pl_slice_sub(argument, 2, argument.len));
        argument = pl_slice_sub(argument, 0, pl_slice_find(argument, ' '));
    }
    if (env && is_shell(argument)) {
        return follow_script(ask, bytes, word, n, err);
    }
    if ((!env && (pl_arena_dup(ask->arena, interpreter, &copy, err) ||
                  pl_words_add(&words, copy, ask->arena, err))) ||
        (argument.len > 0 && (pl_arena_dup(ask->arena, argument, &copy, err) ||
                              pl_words_add(&words, copy, ask->arena, err)))) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (pl_words_add(&words, word[i], ask->arena, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_image_follow(ask, words.at, words.n, err);
}

/* ---------------------------------------------------------------- following */

static const char INITS[] = "tini tini-static dumb-init catatonit env nice exec";

/* Programs that start what stands behind their options; 0: none. */
static uint32_t behind_wrapper(const struct pl_slice *word, uint32_t n)
{
    uint32_t i = 1;
    if (!pl_word_is_any(pl_slice_basename(word[0]), INITS)) {
        return 0;
    }
    while (i < n && word[i].len > 0 &&
           (word[i].ptr[0] == '-' || pl_slice_find(word[i], '=') < word[i].len)) {
        if (pl_slice_is(word[i++], "--")) {
            break;
        }
    }
    return i < n ? i : 0;
}

/* A script that asks by itself, mostly with curl or wget. */
static PL_STATUS judge_loop(struct pl_image_ask *ask, const struct pl_image_command *c,
                            struct pl_slice text, struct pl_err *err)
{
    static const char *const tools[] = {"curl", "wget"};
    const char *gone = NULL;
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        struct pl_hit hit;
        if (!pl_image_has(text, tools[i])) {
            continue;
        }
        if (find_program(ask, pl_slice_of(tools[i]), &hit, err) != PL_OK) {
            return err->code;
        }
        if (hit.how == PL_HOW_FILE) {
            gone = NULL;
            break;
        }
        gone = tools[i];
    }
    return gone ? pl_image_answer(ask, PL_SPEAKS_NO, false, err,
                                  "the script %.*s asks the Runtime API with %s, which is not in "
                                  "the image's PATH",
                                  (int)c->word[0].len, c->word[0].ptr, gone)
                : pl_image_answer(ask, PL_SPEAKS_YES, false, err,
                                  "the script %.*s asks the Runtime API itself",
                                  (int)c->word[0].len, c->word[0].ptr);
}

static PL_STATUS ask_content(struct pl_image_ask *ask, const struct pl_image_command *c,
                             struct pl_err *err)
{
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    bool read = false;
    bool known = false;
    struct pl_exec exec = {0};
    if (pl_image_bytes(ask, c->at, &bytes, &read, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice text = pl_buf_view(&bytes);
    if (!read && pl_image_head(ask, c->at, &bytes, err) != PL_OK) {
        return err->code;
    }
    text = pl_buf_view(&bytes);
    pl_exec_read(&exec, text, pl_ref_entry(c->at)->size);
    if (exec.kind == PL_EXEC_ELF) {
        enum pl_status status = pl_image_check_elf(ask, &exec.elf, c->word[0], err);
        if (!status && ask->run->start == PL_START_FINE) {
            status = pl_image_ask_language(ask, c, &known, err);
            status = status || known ? status : pl_image_ask_elf(ask, c, err);
        }
        return status;
    }
    if (!read) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err, "%.*s is larger than we read",
                               (int)c->word[0].len, c->word[0].ptr);
    }
    if (pl_image_ask_language(ask, c, &known, err) != PL_OK || known) {
        return known ? PL_OK : err->code;
    }
    bool aws =
        pl_slice_is(pl_slice_basename(c->word[0]), "lambda-entrypoint.sh") &&
        (pl_image_has(text, "RUNTIME_ENTRYPOINT") || pl_image_has(text, "/var/runtime/bootstrap"));
    if (aws) {
        return pl_image_ask_aws(ask, c, err);
    }
    if (exec.kind == PL_EXEC_SCRIPT) {
        if (pl_image_names_api(text) && pl_image_has(text, "/runtime/invocation/next")) {
            return judge_loop(ask, c, text, err);
        }
        return ask_script(ask, &exec, text, c->word, c->n, err);
    }
    return pl_image_cannot_start(ask, PL_START_FORMAT, err, "Linux cannot run %.*s: it is %s",
                                 (int)c->word[0].len, c->word[0].ptr,
                                 pl_exec_kind_text((enum pl_exec_kind)exec.kind));
}

PL_STATUS pl_image_follow(struct pl_image_ask *ask, const struct pl_slice *word, uint32_t n,
                          struct pl_err *err)
{
    struct pl_hit hit;
    struct pl_image_run *run = ask->run;
    if (++ask->depth > MAX_SCRIPTS) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err,
                               "scripts start scripts, deeper than we follow");
    }
    if (find_program(ask, word[0], &hit, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice name = word[0];
    if (hit.how != PL_HOW_FILE) {
        bool missing =
            hit.how == PL_HOW_MISSING || hit.how == PL_HOW_OUTSIDE || hit.how == PL_HOW_OPAQUE;
        return missing ? pl_image_cannot_start(
                             ask, PL_START_MISSING, err, "%.*s is not in the image%s",
                             (int)name.len, name.ptr,
                             pl_slice_find(name, '/') == name.len ? ", nowhere in its PATH" : "")
                       : pl_image_cannot_start(ask, PL_START_NO_FILE, err, "%.*s is %s",
                                               (int)name.len, name.ptr,
                                               hit.how == PL_HOW_FOLDER ? "a folder" : "no file");
    }
    run->last.at = pl_arena_new(ask->arena, n, sizeof *run->last.at, err);
    if (!run->last.at) {
        return err->code;
    }
    memcpy(run->last.at, word, n * sizeof *word);
    run->last.n = n;
    run->program = hit.at;
    if (!pl_image_may_run(hit.at)) {
        return pl_image_cannot_start(ask, PL_START_MODE, err, "%.*s is not executable (mode %04o)",
                                     (int)name.len, name.ptr, (unsigned)pl_ref_entry(hit.at)->mode);
    }
    uint32_t behind = behind_wrapper(word, n);
    if ((behind > 0 || is_shell(name)) &&
        (check_program(ask, hit.at, name, err) != PL_OK || run->start != PL_START_FINE)) {
        return run->start != PL_START_FINE ? PL_OK : err->code;
    }
    if (behind > 0) {
        return pl_image_follow(ask, word + behind, n - behind, err);
    }
    if (is_shell(name)) {
        return ask_shell(ask, word, n, err);
    }
    struct pl_image_command command = {run->last.at, n, hit.at};
    if (pl_slice_starts(pl_slice_basename(name), PL_SLICE("aws-lambda-rie"))) {
        run->emulator = true;
        return pl_image_answer(
            ask, PL_SPEAKS_NO, true, err,
            "%.*s is Lambda's runtime interface emulator, which serves the Runtime "
            "API itself and never asks Lambda for work",
            (int)name.len, name.ptr);
    }
    return ask_content(ask, &command, err);
}
