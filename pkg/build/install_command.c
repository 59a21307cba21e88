/* Build steps of the user's (`run`): a command in the shell that fills a fresh folder.  It is run
 * when the content of what it reads, the command or the target changed since its last result. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/install_job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Changes whenever the same inputs give something else. */
#define PL_COMMAND_FORMAT "plimsoll-run 1\n"

enum { PL_COMMAND_HEX = 32, PL_COMMAND_ENV = 7 };

struct inputs {
    struct pl_install_job *job;
    struct pl_slice input; /* as the manifest has it */
    struct pl_sha256 sha;
};

static void add_text(struct inputs *inputs, struct pl_slice text)
{
    uint64_t n = text.len;
    pl_sha256_add(&inputs->sha, &n, sizeof n);
    pl_sha256_add(&inputs->sha, text.ptr, text.len);
}

/* What pack writes is no input, wherever its folder is. */
static bool is_output(const struct pl_project *project, struct pl_slice name)
{
    struct pl_slice sidecar = PL_SLICE(".json");
    if (pl_slice_ends(name, sidecar)) {
        name.len -= sidecar.len;
    }
    if (!pl_slice_ends(name, PL_SLICE(".zip"))) {
        return false;
    }
    name.len -= 4;
    return pl_project_find_function(project, name) != PL_NO_INDEX ||
           pl_project_find_layer(project, name) != PL_NO_INDEX;
}

/* Of a repository's own folder nothing is an input: it changes with every commit. */
static bool is_git(struct pl_slice rel)
{
    struct pl_slice part;
    while (pl_slice_next(&rel, '/', &part)) {
        if (pl_slice_is(part, ".git")) {
            return true;
        }
    }
    return false;
}

static enum pl_status add_content(struct inputs *inputs, const char *path, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    unsigned char digest[PL_SHA256_SIZE];
    if (pl_file_open(path, &fd, err) != PL_OK || pl_sha256_fd(fd, path, digest, err) != PL_OK) {
        return err->code;
    }
    pl_sha256_add(&inputs->sha, digest, sizeof digest);
    return PL_OK;
}

/* A file by its name, its executable bit and its content; a link by where it leads. */
static enum pl_status add_entry(void *ctx, const struct pl_install_entry *entry, struct pl_err *err)
{
    struct inputs *inputs = ctx;
    char target[PL_MAX_PATH];
    if (S_ISDIR(entry->st->st_mode) || is_git(entry->rel) ||
        is_output(inputs->job->project, pl_slice_basename(entry->path))) {
        return PL_OK;
    }
    add_text(inputs, entry->rel);
    if (S_ISLNK(entry->st->st_mode)) {
        ssize_t n = readlink(entry->path.ptr, target, sizeof target);
        if (n < 0) {
            return pl_err_sys(err, errno, "%s", entry->path.ptr);
        }
        add_text(inputs, pl_slice_make(target, (size_t)n));
        return PL_OK;
    }
    if (!S_ISREG(entry->st->st_mode)) {
        return PL_OK; /* a socket or FIFO that a tool left has no content */
    }
    add_text(inputs, entry->st->st_mode & S_IXUSR ? PL_SLICE("x") : PL_SLICE("-"));
    return add_content(inputs, entry->path.ptr, err);
}

static enum pl_status add_input(struct inputs *inputs, const struct pl_value *input,
                                struct pl_err *err)
{
    struct pl_install_job *job = inputs->job;
    struct pl_slice path;
    struct stat st;
    if (pl_arena_fmt(&job->in->arena, &path, err, "%s/%.*s", job->root.ptr, (int)input->text.len,
                     input->text.ptr) != PL_OK) {
        return err->code;
    }
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    if (pl_arena_dup(&job->in->arena, path, &path, err) != PL_OK) {
        return err->code;
    }
    add_text(inputs, input->text);
    if (stat(path.ptr, &st) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? pl_err_set(err, PL_ERR_MISSING, "%sthe input %.*s does not exist",
                                pl_install_where(job, input->at), (int)input->text.len,
                                input->text.ptr)
                   : pl_err_sys(err, errno, "%s", path.ptr);
    }
    if (S_ISDIR(st.st_mode)) {
        return pl_install_walk(path, add_entry, inputs, err);
    }
    add_text(inputs, st.st_mode & S_IXUSR ? PL_SLICE("x") : PL_SLICE("-"));
    return add_content(inputs, path.ptr, err);
}

const char *pl_install_where(struct pl_install_job *job, struct pl_pos at)
{
    struct pl_slice text;
    struct pl_err ignored;
    const struct pl_project *project = job->project;
    if (at.file == 0 || at.file > project->n_file ||
        pl_arena_fmt(&job->in->arena, &text, &ignored,
                     "%.*s:%u:%u: ", (int)project->file[at.file - 1].path.len,
                     project->file[at.file - 1].path.ptr, at.line, at.col) != PL_OK) {
        return "";
    }
    return text.ptr;
}

enum pl_status pl_install_command_inputs(struct pl_install_job *job, struct pl_slice *ret,
                                         struct pl_err *err)
{
    struct inputs inputs = {.job = job};
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    pl_sha256_init(&inputs.sha);
    add_text(&inputs, PL_SLICE(PL_COMMAND_FORMAT));
    add_text(&inputs, job->source->path.text);
    add_text(&inputs, pl_slice_of(job->runtime ? job->runtime->id : ""));
    add_text(&inputs, pl_slice_of(pl_arch_name(job->arch)));
    for (uint32_t i = 0; i < job->source->inputs.n; i++) {
        if (add_input(&inputs, &job->source->inputs.at[i], err) != PL_OK) {
            return err->code;
        }
    }
    pl_sha256_end(&inputs.sha, digest);
    pl_sha256_hex(digest, hex);
    return pl_arena_dup(&job->in->arena, pl_slice_make(hex, PL_COMMAND_HEX), ret, err);
}

/* "NAME=VALUE" in the arena. */
static enum pl_status variable(struct pl_install_job *job, const char *name, const char *value,
                               const char **ret, struct pl_err *err)
{
    struct pl_slice text;
    if (pl_arena_fmt(&job->in->arena, &text, err, "%s=%s", name, value) != PL_OK) {
        return err->code;
    }
    *ret = text.ptr;
    return PL_OK;
}

static enum pl_status environment(struct pl_install_job *job, const char *ret[PL_COMMAND_ENV],
                                  struct pl_err *err)
{
    const struct {
        const char *name, *value;
    } variables[PL_COMMAND_ENV - 1] = {
        {"ARTIFACTS_DIR", job->tree.ptr},
        {"GOOS", "linux"},
        {"GOARCH", job->arch == PL_ARCH_ARM64 ? "arm64" : "amd64"},
        {"CGO_ENABLED", "0"},
        {"PLIMSOLL_RUNTIME", job->runtime ? job->runtime->id : ""},
        {"PLIMSOLL_ARCHITECTURE", pl_arch_name(job->arch)},
    };
    for (size_t i = 0; i + 1 < PL_COMMAND_ENV; i++) {
        if (variable(job, variables[i].name, variables[i].value, &ret[i], err) != PL_OK) {
            return err->code;
        }
    }
    ret[PL_COMMAND_ENV - 1] = NULL;
    return PL_OK;
}

static enum pl_status see_entry(void *ctx, const struct pl_install_entry *entry PL_UNUSED,
                                struct pl_err *err PL_UNUSED)
{
    bool *any = ctx;
    *any = true;
    return PL_OK;
}

/* The result, and that it is one of these inputs and no others. */
static enum pl_status check_result(struct pl_install_job *job, struct pl_err *err)
{
    bool any = false;
    struct pl_slice inputs;
    if (pl_install_walk(job->tree, see_entry, &any, err) != PL_OK) {
        return err->code;
    }
    if (!any) {
        return pl_err_set(err, PL_ERR_MISSING,
                          "%srun: the command left nothing in $ARTIFACTS_DIR, whose contents are "
                          "the source",
                          pl_install_where(job, job->source->path.at));
    }
    if (pl_install_command_inputs(job, &inputs, err) != PL_OK) {
        return err->code;
    }
    if (!pl_slice_eq(inputs, job->inputs)) {
        job->loose = true;
        pl_install_say(job, true,
                       "its inputs changed while it ran, so its result is not kept; leave out of "
                       "`inputs` what it writes");
    }
    return PL_OK;
}

/* What it wrote was shown when it came, or its last lines are now. */
static enum pl_status command_failed(struct pl_install_job *job, struct pl_slice output, int status,
                                     struct pl_err *err)
{
    enum { LAST_LINES = 25 };
    const struct pl_installs_options *options = &job->in->options;
    struct pl_slice last = pl_run_last_lines(output, LAST_LINES);
    if (!options->command_output && options->failed && last.len > 0) {
        options->failed(options->ctx, last);
    }
    return pl_err_set(err, PL_ERR_IO, "%s%s: the command failed with status %d%s",
                      pl_install_where(job, job->source->path.at), job->label.ptr, status,
                      last.len > 0 ? ", for the reason above" : " and said nothing");
}

enum pl_status pl_install_command(struct pl_install_job *job, struct pl_err *err)
{
    const char *change[PL_COMMAND_ENV];
    struct pl_slice command;
    struct pl_slice output = PL_SLICE("");
    bool failed = false;
    int status = 0;
    if (environment(job, change, err) != PL_OK ||
        pl_arena_dup(&job->in->arena, job->source->path.text, &command, err) != PL_OK) {
        return err->code;
    }
    /* -e: of several lines the first that fails ends it, as in a Makefile. */
    const char *const argv[] = {"/bin/sh", "-e", "-c", command.ptr, NULL};
    const struct pl_install_run run = {.argv = argv,
                                       .change = change,
                                       .folder = job->root.ptr,
                                       .is_shown = true,
                                       .ret_failed = &failed,
                                       .ret_status = &status,
                                       .ret_text = &output};
    if (pl_install_run(job, &run, err) != PL_OK) {
        return err->code;
    }
    if (failed) {
        return command_failed(job, output, status, err);
    }
    return check_result(job, err);
}
