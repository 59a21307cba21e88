/* A git hook that judges what is about to be committed, and runs the hook that was there before. */
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONFIG ".git/config"
#define HOOKS  ".git/hooks"

static const char MARK[] = "# written by: plimsoll hook install";
static const char SCRIPT[] =
    "#!/bin/sh\n"
    "# written by: plimsoll hook install\n"
    "# The hook that was here before runs first; what it refuses stays refused.\n"
    "before=$0.before-plimsoll\n"
    "if [ -x \"$before\" ]; then\n"
    "    \"$before\" \"$@\" || exit $?\n"
    "fi\n"
    "command -v plimsoll >/dev/null || { echo 'plimsoll: not on PATH' >&2; exit 1; }\n"
    "status=0\n"
    "for file in plimsoll.yaml template.yaml template.yml; do\n"
    "    [ ! -f \"$file\" ] || plimsoll lint -q \"$file\" || status=$?\n"
    "done\n"
    "exit \"$status\"\n";

/* A value as git reads it: quotes go, and a comment ends it. */
static PL_STATUS unquote(struct pl_buf *to, struct pl_slice text, struct pl_err *err)
{
    bool is_quoted = false;
    pl_buf_clear(to);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        if (!is_quoted && (c == '#' || c == ';')) {
            break;
        }
        if (c == '\\' && i + 1 < text.len) {
            c = text.ptr[++i];
        }
        if (pl_buf_byte(to, c, err)) {
            return err->code;
        }
    }
    while (to->len > 0 && to->data[to->len - 1] == ' ') { /* before the comment */
        to->data[--to->len] = '\0';
    }
    return PL_OK;
}

/* core.hooksPath in the repository's own settings, the last one there as git takes it. */
static PL_STATUS read_hooks_path(struct pl_buf *to, bool *ret_set, struct pl_err *err)
{
    struct stat st;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    bool is_there = false;
    bool is_core = false;
    if (pl_file_look(CONFIG, false, &is_there, &st, err) ||
        (is_there && pl_file_read(CONFIG, &text, err))) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice line;
    while (text.len > 0 && pl_slice_next(&rest, '\n', &line)) {
        line = pl_slice_trim(line);
        if (pl_slice_starts(line, PL_SLICE("["))) {
            size_t end = pl_slice_find(line, ']');
            is_core =
                pl_slice_eq_nocase(pl_slice_trim(pl_slice_sub(line, 1, end)), PL_SLICE("core"));
            line = pl_slice_sub(line, end + 1, line.len);
        }
        size_t equals = pl_slice_find(line, '=');
        struct pl_slice key = pl_slice_trim(pl_slice_sub(line, 0, equals));
        if (!is_core || equals == line.len || !pl_slice_eq_nocase(key, PL_SLICE("hooksPath"))) {
            continue;
        }
        *ret_set = true;
        if (unquote(to, pl_slice_trim(pl_slice_sub(line, equals + 1, line.len)), err)) {
            return err->code;
        }
    }
    return PL_OK;
}

/* git runs the hooks of one folder only: a hook anywhere else would judge nothing, and what fills
 * that folder (husky and the like) would write over ours. */
static PL_STATUS check_hooks_path(struct pl_err *err)
{
    struct stat ours, theirs;
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    bool is_set = false;
    if (read_hooks_path(&path, &is_set, err)) {
        return err->code;
    }
    struct pl_slice folder = pl_buf_view(&path);
    if (!is_set || pl_slice_is(folder, HOOKS) ||
        (path.len > 0 && stat(path.data, &theirs) == 0 && stat(HOOKS, &ours) == 0 &&
         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)) {
        return PL_OK;
    }
    /* husky writes its ".husky/_" itself; what stands beside it is the user's. */
    size_t len = folder.len - (pl_slice_ends(folder, PL_SLICE("/_")) ? 2 : 0);
    return pl_err_set(err, PL_ERR_CONFIG,
                      CONFIG ": core.hooksPath is '%.*s', so git runs no hook of " HOOKS
                             ": put 'plimsoll lint -q template.yaml' into '%.*s/pre-commit', or "
                             "take the setting away: git config --unset core.hooksPath",
                      (int)folder.len, folder.ptr, (int)len, folder.ptr);
}

/* "DIR/hooks" of the repository here: .git is a folder, or a file that names one. */
static PL_STATUS find_hooks(struct pl_buf *to, struct pl_err *err)
{
    struct stat st;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    bool is_there = false;
    if (pl_file_look(".git", false, &is_there, &st, err)) {
        return err->code;
    }
    if (!is_there) {
        return pl_err_set(err, PL_ERR_USAGE, "no .git here: run it where the repository begins");
    }
    if (S_ISDIR(st.st_mode)) {
        return check_hooks_path(err) ? err->code : pl_buf_text(to, HOOKS, err);
    }
    if (pl_file_read(".git", &text, err)) {
        return err->code;
    }
    struct pl_slice line = pl_slice_trim(pl_buf_view(&text));
    if (!pl_slice_starts(line, PL_SLICE("gitdir: "))) {
        return pl_err_set(err, PL_ERR_FORMAT, ".git: names no folder");
    }
    return pl_err_set(err, PL_ERR_USAGE,
                      "this is a worktree or submodule of %.*s: install the hook in the repository "
                      "itself",
                      (int)(line.len - 8), line.ptr + 8);
}

/* What stands there already: nothing, our own hook, or somebody else's, which is kept. */
static PL_STATUS keep_old(const char *path, const char *before, struct pl_err *err)
{
    struct stat st;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? PL_OK : pl_err_sys(err, errno, "%s", path);
    }
    if (pl_file_read(path, &text, err)) {
        return err->code;
    }
    if (pl_slice_find_text(pl_buf_view(&text), pl_slice_of(MARK)) < text.len) {
        return PL_OK;
    }
    bool is_taken = false;
    if (pl_file_look(before, true, &is_taken, &st, err)) {
        return err->code;
    }
    if (is_taken) {
        return pl_err_set(err, PL_ERR_CONFIG, "%s is in the way: it would be lost", before);
    }
    return rename(path, before) == 0 ? PL_OK : pl_err_sys(err, errno, "%s", path);
}

static PL_STATUS install(struct pl_buf *path, struct pl_err *err)
{
    struct pl_buf before PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    enum pl_status status = find_hooks(path, err);
    if (!status) {
        status = pl_file_mkdirs(path->data, err);
    }
    if (!status) {
        status = pl_buf_text(path, "/pre-commit", err);
    }
    if (!status) {
        status = pl_buf_fmt(&before, err, "%s.before-plimsoll", path->data);
    }
    if (!status) {
        status = keep_old(path->data, before.data, err);
    }
    if (!status) {
        status = pl_out_begin(&out, path->data, err);
    }
    if (!status) {
        status = pl_file_pwrite(out.fd, path->data, SCRIPT, sizeof SCRIPT - 1, 0, err);
    }
    if (!status && fchmod(out.fd, 0755) != 0) {
        status = pl_err_sys(err, errno, "%s", path->data);
    }
    return status ? status : pl_out_commit(&out, err);
}

int pl_cmd_hook(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    const char *verb = options->operand.at[0];
    pl_term_init(&term, PL_COLOR_NEVER);
    if (strcmp(verb, "install") != 0) {
        pl_ignore(pl_err_set(&err, PL_ERR_USAGE, "hook takes install, not '%s'", verb),
                  "it is reported here");
        return pl_term_fail(&err, "hook");
    }
    if (install(&path, &err)) {
        return pl_term_fail(&err, "hook");
    }
    struct pl_buf said PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH * 2};
    if (pl_buf_fmt(&said, &err, "%s judges each commit now; git commit --no-verify goes round it\n",
                   path.data)) {
        return pl_term_fail(&err, "hook");
    }
    pl_term_write(&term, pl_buf_view(&said));
    return pl_term_exit(&term, 0);
}
