/* A git hook that judges what is about to be committed, and runs the hook that was there before. */
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Files that include each other. */
enum { INCLUDES_MAX = 10 };

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
    "# Projects only: a folder without any would be judged as a package.\n"
    "projects=$(git ls-files -- ':(glob)**/plimsoll.yaml' ':(glob)**/template.yaml' \\\n"
    "    ':(glob)**/template.yml' ':(glob)**/template.json' ':(glob)**/serverless.yml' \\\n"
    "    ':(glob)**/serverless.yaml')\n"
    "if [ -z \"$projects\" ] && [ ! -f cdk.out/manifest.json ]; then\n"
    "    [ ! -f cdk.json ] || echo 'plimsoll: nothing was judged: run cdk synth' >&2\n"
    "    exit 0\n"
    "fi\n"
    "exec plimsoll lint -q --allow-empty .\n";

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

/* What is known of core.hooksPath, and which file said so. */
struct hooks_path {
    struct pl_buf value, from;
    bool is_set;
    int depth;
};

static PL_STATUS read_config(struct hooks_path *to, const char *path, struct pl_err *err);

/* "~/x" and "x" as git takes them in a file of that name. */
static PL_STATUS include(struct hooks_path *to, const char *from, struct pl_slice value,
                         struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    const char *home = getenv("HOME");
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(from));
    enum pl_status status = PL_OK;
    if (pl_slice_starts(value, PL_SLICE("~/"))) {
        status =
            pl_buf_fmt(&path, err, "%s%.*s", home ? home : "", (int)value.len - 1, value.ptr + 1);
    } else if (pl_slice_starts(value, PL_SLICE("/"))) {
        status = pl_buf_slice(&path, value, err);
    } else {
        status = pl_buf_fmt(&path, err, "%.*s/%.*s", (int)folder.len, folder.ptr, (int)value.len,
                            value.ptr);
    }
    if (status || to->depth == INCLUDES_MAX) {
        return status;
    }
    to->depth++;
    status = read_config(to, path.data, err);
    to->depth--;
    return status;
}

static PL_STATUS take_setting(struct hooks_path *to, const char *from, struct pl_slice section,
                              struct pl_slice line, struct pl_err *err)
{
    struct pl_buf value PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    size_t equals = pl_slice_find(line, '=');
    struct pl_slice key = pl_slice_trim(pl_slice_sub(line, 0, equals));
    bool is_path = pl_slice_eq_nocase(section, PL_SLICE("core")) &&
                   pl_slice_eq_nocase(key, PL_SLICE("hooksPath"));
    bool is_include = pl_slice_eq_nocase(section, PL_SLICE("include")) &&
                      pl_slice_eq_nocase(key, PL_SLICE("path"));
    if (equals == line.len || (!is_path && !is_include)) {
        return PL_OK;
    }
    if (unquote(&value, pl_slice_trim(pl_slice_sub(line, equals + 1, line.len)), err)) {
        return err->code;
    }
    if (is_include) {
        return include(to, from, pl_buf_view(&value), err);
    }
    to->is_set = true;
    pl_buf_clear(&to->value);
    pl_buf_clear(&to->from);
    enum pl_status status = pl_buf_slice(&to->value, pl_buf_view(&value), err);
    return status ? status : pl_buf_text(&to->from, from, err);
}

/* One of git's files of settings; one that is not there says nothing. */
static PL_STATUS read_config(struct hooks_path *to, const char *path, struct pl_err *err)
{
    struct stat st;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    bool is_there = false;
    if (pl_file_look(path, false, &is_there, &st, err) ||
        (is_there && pl_file_read(path, &text, err))) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice section = PL_SLICE("");
    struct pl_slice line;
    while (text.len > 0 && pl_slice_next(&rest, '\n', &line)) {
        line = pl_slice_trim(line);
        if (pl_slice_starts(line, PL_SLICE("["))) {
            size_t end = pl_slice_find(line, ']');
            section = pl_slice_trim(pl_slice_sub(line, 1, end));
            line = pl_slice_sub(line, end + 1, line.len);
        }
        if (take_setting(to, path, section, line, err)) {
            return err->code;
        }
    }
    return PL_OK;
}

/* core.hooksPath from the system's settings, the user's and the repository's; the last one holds,
 * as for git.  Nobody runs git for it: its settings can run code. */
static PL_STATUS read_hooks_path(struct hooks_path *to, const char *git, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    const char *global = getenv("GIT_CONFIG_GLOBAL");
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (!getenv("GIT_CONFIG_NOSYSTEM") && read_config(to, "/etc/gitconfig", err)) {
        return err->code;
    }
    if (global) {
        if (read_config(to, global, err)) {
            return err->code;
        }
    } else if (home) {
        bool is_own = xdg && xdg[0];
        if (pl_buf_fmt(&path, err, "%s%s/git/config", is_own ? xdg : home,
                       is_own ? "" : "/.config") ||
            read_config(to, path.data, err)) {
            return err->code;
        }
        pl_buf_clear(&path);
        if (pl_buf_fmt(&path, err, "%s/.gitconfig", home) || read_config(to, path.data, err)) {
            return err->code;
        }
    }
    pl_buf_clear(&path);
    return pl_buf_fmt(&path, err, "%s/config", git) ? err->code : read_config(to, path.data, err);
}

/* git runs the hooks of one folder only: a hook anywhere else would judge nothing, and what fills
 * that folder (husky and the like) would write over ours. */
static PL_STATUS check_hooks_path(const char *git, const char *hooks, struct pl_err *err)
{
    struct stat ours, theirs;
    struct hooks_path path = {.value = {.max = PL_MAX_PATH}, .from = {.max = PL_MAX_PATH}};
    enum pl_status status = read_hooks_path(&path, git, err);
    struct pl_slice folder = pl_buf_view(&path.value);
    if (!status && path.is_set && !pl_slice_is(folder, hooks) &&
        !(folder.len > 0 && stat(path.value.data, &theirs) == 0 && stat(hooks, &ours) == 0 &&
          theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)) {
        /* husky writes its ".husky/_" itself; what stands beside it is the user's. */
        size_t len = folder.len - (pl_slice_ends(folder, PL_SLICE("/_")) ? 2 : 0);
        status = pl_err_set(err, PL_ERR_CONFIG,
                            "%s: core.hooksPath is '%.*s', so git runs no hook of %s: put "
                            "'plimsoll lint -q --allow-empty .' into '%.*s/pre-commit', or take "
                            "the setting away: git config --file %s --unset core.hooksPath",
                            path.from.data, (int)folder.len, folder.ptr, hooks, (int)len,
                            folder.ptr, path.from.data);
    }
    pl_buf_done(&path.value);
    pl_buf_done(&path.from);
    return status;
}

/* Appends a path that counts from the folder `to`, unless it is absolute. */
static PL_STATUS step_into(struct pl_buf *to, struct pl_slice path, struct pl_err *err)
{
    if (pl_slice_starts(path, PL_SLICE("/"))) {
        pl_buf_clear(to);
        return pl_buf_slice(to, path, err);
    }
    enum pl_status status = to->len > 0 ? pl_buf_byte(to, '/', err) : PL_OK;
    return status ? status : pl_buf_slice(to, path, err);
}

/* A worktree's folder says where that of the whole repository is; a submodule has its own. */
static PL_STATUS find_common(struct pl_buf *git, struct pl_err *err)
{
    struct stat st;
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    bool is_there = false;
    if (pl_buf_fmt(&path, err, "%s/HEAD", git->data) ||
        pl_file_look(path.data, false, &is_there, &st, err)) {
        return err->code;
    }
    if (!is_there) {
        return pl_err_set(err, PL_ERR_FORMAT, ".git: names '%s', which is no repository",
                          git->data);
    }
    pl_buf_clear(&path);
    if (pl_buf_fmt(&path, err, "%s/commondir", git->data) ||
        pl_file_look(path.data, false, &is_there, &st, err) ||
        (is_there && pl_file_read(path.data, &text, err))) {
        return err->code;
    }
    return is_there ? step_into(git, pl_slice_trim(pl_buf_view(&text)), err) : PL_OK;
}

/* Without the ".." of a worktree's way back. */
static PL_STATUS shorten(struct pl_buf *git, struct pl_err *err)
{
    char *real = pl_os_real_path(git->data);
    if (!real) {
        return pl_err_sys(err, errno, "%s", git->data);
    }
    pl_buf_clear(git);
    enum pl_status status = pl_buf_text(git, real, err);
    free(real);
    return status;
}

/* The repository's own folder: .git is one, or a file that names one. */
static PL_STATUS find_git(struct pl_buf *git, struct pl_err *err)
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
        return pl_buf_text(git, ".git", err);
    }
    if (pl_file_read(".git", &text, err)) {
        return err->code;
    }
    struct pl_slice line = pl_slice_trim(pl_buf_view(&text));
    if (!pl_slice_starts(line, PL_SLICE("gitdir: ")) || line.len == 8) {
        return pl_err_set(err, PL_ERR_FORMAT, ".git: names no folder");
    }
    enum pl_status status = pl_buf_slice(git, pl_slice_sub(line, 8, line.len), err);
    status = status ? status : find_common(git, err);
    return status ? status : shorten(git, err);
}

/* "DIR/hooks" of the repository here. */
static PL_STATUS find_hooks(struct pl_buf *to, struct pl_err *err)
{
    struct pl_buf git PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (find_git(&git, err) || pl_buf_fmt(to, err, "%s/hooks", git.data)) {
        return err->code;
    }
    return check_hooks_path(git.data, to->data, err);
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
