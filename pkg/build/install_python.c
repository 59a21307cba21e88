/*
 * Python packages for the target, by uv or pip.
 *
 * Only wheels at first.  Where a requirement has a source distribution and nothing else, that is
 * built here; install_tidy.c then refuses what came out unless it is for any machine.
 *
 * https://pip.pypa.io/en/stable/cli/pip_install/, https://docs.astral.sh/uv/reference/cli/ and
 * PEP 600 (manylinux), read 2026-11-23.
 */
#include "pkg/build/install_python.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <string.h>

/* The minor version of the target's glibc. */
unsigned pl_install_glibc(const struct pl_install_job *job)
{
    const char *glibc = pl_os_of(job->runtime)->glibc;
    uint64_t minor = 0;
    struct pl_slice text = pl_slice_of(glibc ? glibc : "2.17");
    bool read = pl_slice_u64(pl_slice_sub(text, 2, text.len), &minor);
    return read && minor < 1000 ? (unsigned)minor : 17;
}

/* ---- what is to be installed ---- */

enum pl_status pl_install_in_work(struct pl_install_job *job, const char *name,
                                  struct pl_slice *ret, struct pl_err *err)
{
    return pl_arena_fmt(&job->in->arena, ret, err, "%s/%s", job->work.ptr, name);
}

/* `packages` as a file, so that none of them can be an option of the command. */
static enum pl_status write_packages(struct pl_install_job *job, struct pl_wanted *wanted,
                                     struct pl_err *err)
{
    const struct pl_patterns *package = &job->source->install.package;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    struct pl_slice *path = &wanted->file[wanted->n];
    for (uint32_t i = 0; i < package->n; i++) {
        if (pl_buf_slice(&text, package->at[i].text, err) != PL_OK ||
            pl_buf_byte(&text, '\n', err) != PL_OK) {
            return err->code;
        }
    }
    if (pl_install_in_work(job, "packages.txt", path, err) != PL_OK ||
        pl_out_begin(&out, path->ptr, err) != PL_OK ||
        pl_file_pwrite(out.fd, path->ptr, text.data, text.len, 0, err) != PL_OK ||
        pl_out_commit(&out, err) != PL_OK) {
        return err->code;
    }
    wanted->n++;
    return PL_OK;
}

static enum pl_status export_uv(struct pl_install_job *job, struct pl_slice to, struct pl_err *err)
{
    static const char *const change[] = {"UV_PYTHON_DOWNLOADS=never", "UV_NO_DEFAULT_GROUPS=1",
                                         NULL};
    struct pl_slice folder;
    if (pl_install_find_uv(job->in, err) != PL_OK) {
        return err->code;
    }
    if (!job->in->uv.found) {
        return pl_err_set(err, PL_ERR_MISSING,
                          "%s: uv is not on PATH, and only uv reads a uv.lock; install it (pipx "
                          "install uv), or write a requirements.txt with 'uv export'",
                          job->label.ptr);
    }
    if (pl_arena_dup(&job->in->arena, pl_slice_dirname(job->file), &folder, err) != PL_OK) {
        return err->code;
    }
    const char *const argv[] = {job->in->uv.path.ptr,
                                "export",
                                "--frozen",
                                "--no-dev",
                                "--no-header",
                                "--no-emit-project",
                                "--format",
                                "requirements-txt",
                                "--color",
                                "never",
                                "--no-progress",
                                "--output-file",
                                to.ptr,
                                NULL};
    const struct pl_install_run run = {.argv = argv, .change = change, .folder = folder.ptr};
    return pl_install_run(job, &run, err);
}

static enum pl_status export_poetry(struct pl_install_job *job, struct pl_slice to,
                                    struct pl_err *err)
{
    const char *path = pl_run_env_get(job->in->options.env, "PATH");
    struct pl_slice poetry;
    struct pl_slice folder;
    if (pl_run_find(&job->in->arena, "poetry", path ? path : "", &poetry, err) != PL_OK) {
        return err->code != PL_ERR_MISSING
                   ? err->code
                   : pl_err_set(
                         err, PL_ERR_MISSING,
                         "%s: poetry is not on PATH, and only poetry (with its export plugin) "
                         "reads a poetry.lock; install both (pipx install poetry; pipx inject "
                         "poetry poetry-plugin-export), or write a requirements.txt with "
                         "'poetry export'",
                         job->label.ptr);
    }
    if (pl_arena_dup(&job->in->arena, pl_slice_dirname(job->file), &folder, err) != PL_OK) {
        return err->code;
    }
    const char *const argv[] = {poetry.ptr, "export", "--format",   "requirements.txt",
                                "--output", to.ptr,   "--no-ansi",  "--no-interaction",
                                "--only",   "main",   "--no-cache", NULL};
    const struct pl_install_run run = {.argv = argv, .folder = folder.ptr};
    return pl_install_run(job, &run, err);
}

/* What a line of an exported lock names that is no package of an index; empty: it is one.  A folder
 * beside the lock can change without it, and a repository has to be built on this machine. */
static struct pl_slice not_of_index(struct pl_slice line, bool *ret_git)
{
    static const char *const folders[] = {"./", "../", "/", "-e ", "--editable ", "file:"};
    size_t at = pl_slice_find_text(line, PL_SLICE(" @ "));
    struct pl_slice url = pl_slice_trim(pl_slice_sub(line, at + 3, line.len));
    *ret_git = at < line.len &&
               (pl_slice_starts(url, PL_SLICE("git+")) || pl_slice_starts(url, PL_SLICE("hg+")) ||
                pl_slice_starts(url, PL_SLICE("svn+")) || pl_slice_starts(url, PL_SLICE("bzr+")));
    if (*ret_git || (at < line.len && pl_slice_starts(url, PL_SLICE("file:")))) {
        return pl_slice_trim(pl_slice_sub(line, 0, at));
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (pl_slice_starts(line, pl_slice_of(folders[i]))) {
            return pl_slice_trim(pl_slice_sub(line, 0, pl_slice_find(line, ';')));
        }
    }
    return PL_SLICE("");
}

/* Only what the lock fixes by a hash is taken from it. */
static enum pl_status check_locked(const struct pl_install_job *job, struct pl_slice file, bool uv,
                                   struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (pl_file_read(file.ptr, &text, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice line;
    while (pl_slice_next(&rest, '\n', &line)) {
        bool git = false;
        struct pl_slice name = not_of_index(line, &git);
        if (name.len > 0) {
            return pl_err_set(
                err, PL_ERR_CONFIG,
                "%s: '%.*s' in it is %s: take it as a source of its own (%s), and the rest from a "
                "requirements.txt%s",
                job->label.ptr, (int)name.len, name.ptr,
                git ? "from a repository, which has no wheel for the target"
                    : "a folder or file beside it, whose content it does not fix",
                git ? "as a wheel of it that you build" : "path: FOLDER, or a wheel of it",
                !uv   ? " ('poetry export' without the group that it is in)"
                : git ? " ('uv export --no-emit-project --no-emit-package NAME')"
                      : " ('uv export --no-emit-project --no-emit-local')");
        }
    }
    return PL_OK;
}

static enum pl_status find_wanted(struct pl_install_job *job, struct pl_wanted *ret,
                                  struct pl_err *err)
{
    const struct pl_install_decl *install = &job->source->install;
    if (install->has_lock) {
        bool uv = pl_slice_is(pl_slice_basename(job->file), "uv.lock");
        if (pl_install_in_work(job, "locked.txt", &ret->file[0], err) != PL_OK) {
            return err->code;
        }
        ret->n = 1;
        if ((uv ? export_uv : export_poetry)(job, ret->file[0], err) != PL_OK) {
            return err->code;
        }
        return check_locked(job, ret->file[0], uv, err);
    }
    if (install->has_requirements) {
        ret->file[ret->n++] = job->file;
    }
    return install->package.n > 0 ? write_packages(job, ret, err) : PL_OK;
}

/* ---- uv ---- */

/* The newest manylinux that uv names and the target's glibc has. */
static enum pl_status uv_platform(struct pl_install_job *job, unsigned glibc, const char **ret,
                                  struct pl_err *err)
{
    static const unsigned named[] = {40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28};
    struct pl_slice text;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (named[i] <= glibc) {
            enum pl_status status = pl_arena_fmt(&job->in->arena, &text, err, "%s-manylinux_2_%u",
                                                 pl_install_cpu(job->arch), named[i]);
            *ret = text.ptr;
            return status;
        }
    }
    enum pl_status status =
        pl_arena_fmt(&job->in->arena, &text, err, "%s-manylinux2014", pl_install_cpu(job->arch));
    *ret = text.ptr;
    return status;
}

struct uv_try {
    const struct pl_tool *uv;
    const struct pl_wanted *wanted;
    const char *platform, *python, *folder;
    bool build; /* source distributions too */
};

static enum pl_status run_uv(struct pl_install_job *job, const struct uv_try *how, bool *ret_failed,
                             struct pl_slice *ret_text, struct pl_err *err)
{
    static const char *const change[] = {"UV_PYTHON_DOWNLOADS=never",
                                         "UV_LINK_MODE=copy",
                                         "UV_COMPILE_BYTECODE",
                                         "UV_TARGET",
                                         "UV_PREFIX",
                                         "UV_NO_BINARY",
                                         "UV_ONLY_BINARY",
                                         NULL};
    struct pl_install_args command = {.n = 0};
    pl_install_add(&command, how->uv->path.ptr);
    pl_install_add_two(&command, "pip", "install");
    pl_install_add_two(&command, "--target", job->tree.ptr);
    pl_install_add_two(&command, "--python-platform", how->platform);
    pl_install_add_two(&command, "--python-version", how->python);
    if (!how->build) {
        pl_install_add_two(&command, "--only-binary", ":all:");
    }
    pl_install_add_two(&command, "--color", "never");
    pl_install_add(&command, "--no-progress");
    pl_install_add_wanted(&command, how->wanted);
    const struct pl_install_run run = {.argv = command.at,
                                       .change = change,
                                       .folder = how->folder,
                                       .ret_failed = ret_failed,
                                       .ret_text = ret_text};
    return pl_install_run(job, &run, err);
}

static bool says(struct pl_slice text, const char *words)
{
    struct pl_slice wanted = pl_slice_of(words);
    return pl_slice_find_text(text, wanted) < text.len;
}

static enum pl_status install_uv(struct pl_install_job *job, const struct pl_tool *uv,
                                 const struct pl_wanted *wanted, struct pl_err *err)
{
    struct pl_slice python;
    struct pl_slice folder = job->root;
    struct pl_slice text = PL_SLICE("");
    struct uv_try how = {.uv = uv, .wanted = wanted};
    bool failed = false;
    if (pl_arena_fmt(&job->in->arena, &python, err, "%u.%u", job->runtime->version_major,
                     job->runtime->version_minor) != PL_OK ||
        uv_platform(job, pl_install_glibc(job), &how.platform, err) != PL_OK) {
        return err->code;
    }
    /* The pyproject.toml of a lock may name the indexes that it is of. */
    if (job->source->install.has_lock &&
        pl_arena_dup(&job->in->arena, pl_slice_dirname(job->file), &folder, err) != PL_OK) {
        return err->code;
    }
    how.python = python.ptr;
    how.folder = folder.ptr;
    if (run_uv(job, &how, &failed, &text, err) != PL_OK) {
        return err->code;
    }
    /* An older uv does not know the newer platforms. */
    if (failed && says(text, "--python-platform")) {
        if (uv_platform(job, 28, &how.platform, err) != PL_OK ||
            run_uv(job, &how, &failed, &text, err) != PL_OK) {
            return err->code;
        }
    }
    if (failed && (says(text, "no usable wheels") || says(text, "building from source") ||
                   says(text, "Building source distributions is disabled"))) {
        how.build = true;
        pl_install_say(job, false, "not all have wheels: building source distributions");
        if (run_uv(job, &how, &failed, &text, err) != PL_OK) {
            return err->code;
        }
    }
    return failed ? pl_install_failed(job, "uv", text, err) : PL_OK;
}

enum pl_status pl_install_python(struct pl_install_job *job, struct pl_tool *tool,
                                 struct pl_err *err)
{
    struct pl_wanted wanted = {.n = 0};
    if (find_wanted(job, &wanted, err) != PL_OK) {
        return err->code;
    }
    if (tool == &job->in->uv) {
        return install_uv(job, tool, &wanted, err);
    }
    return pl_install_pip(job, tool, &wanted, err);
}
