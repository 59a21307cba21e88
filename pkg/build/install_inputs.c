/* What decides about an installation: the files that say what to install, with all that they
 * include, and the target.  https://pip.pypa.io/en/stable/reference/requirements-file-format/ */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/install_job.h"

#include <errno.h>
#include <string.h>

/* Changes whenever the same inputs give something else. */
#define PL_INSTALL_FORMAT "plimsoll-install 2\n"

enum { PL_INSTALL_DEPTH = 16, PL_INSTALL_FILES = 200, PL_INSTALL_HEX = 32 };
#define PL_INSTALL_FILE_BYTES PL_MB(32)

struct inputs {
    struct pl_install_job *job;
    struct pl_sha256 sha;
    unsigned files;
};

static void add_text(struct inputs *inputs, struct pl_slice text)
{
    uint64_t n = text.len;
    pl_sha256_add(&inputs->sha, &n, sizeof n);
    pl_sha256_add(&inputs->sha, text.ptr, text.len);
}

static enum pl_status add_file(struct inputs *inputs, struct pl_slice path, struct pl_buf *ret,
                               struct pl_err *err)
{
    if (++inputs->files > PL_INSTALL_FILES) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: includes more than %d files",
                          inputs->job->label.ptr, (int)PL_INSTALL_FILES);
    }
    if (pl_file_read(path.ptr, ret, err) != PL_OK) {
        return err->code;
    }
    add_text(inputs, pl_buf_view(ret));
    return PL_OK;
}

static bool is_remote(struct pl_slice text)
{
    return pl_slice_find_text(text, PL_SLICE("://")) < text.len &&
           !pl_slice_starts(text, PL_SLICE("file:"));
}

/* The value of "-r FILE", "-rFILE", "--requirement FILE" and "--requirement=FILE". */
static bool option_value(struct pl_slice line, const char *letter, const char *name,
                         struct pl_slice *ret)
{
    struct pl_slice start = pl_slice_of(name);
    if (pl_slice_starts(line, start) && line.len > start.len &&
        (line.ptr[start.len] == '=' || line.ptr[start.len] == ' ' || line.ptr[start.len] == '\t')) {
        *ret = pl_slice_trim(pl_slice_sub(line, start.len + 1, line.len));
        return true;
    }
    if (pl_slice_starts(line, pl_slice_of(letter)) && !pl_slice_starts(line, PL_SLICE("--"))) {
        *ret = pl_slice_trim(pl_slice_sub(line, 2, line.len));
        return true;
    }
    return false;
}

/* "./lib", "lib @ file:///x", "-e .", "vendor/x.whl": something of this machine. */
static bool names_local(struct pl_slice line)
{
    static const char *const starts[] = {".", "/", "file:", "-e", "--editable"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (pl_slice_starts(line, pl_slice_of(starts[i]))) {
            return true;
        }
    }
    struct pl_slice word = pl_slice_sub(line, 0, pl_slice_find(line, ' '));
    return pl_slice_find_text(line, PL_SLICE("@ file:")) < line.len ||
           pl_slice_find_text(line, PL_SLICE("@file:")) < line.len ||
           (pl_slice_find(word, '/') < word.len && !is_remote(word) && word.ptr[0] != '-');
}

static enum pl_status add_requirements(struct inputs *inputs, struct pl_slice path, unsigned depth,
                                       struct pl_err *err);

static enum pl_status add_line(struct inputs *inputs, struct pl_slice folder, struct pl_slice line,
                               unsigned depth, struct pl_err *err)
{
    struct pl_slice file;
    struct pl_slice path;
    /* A comment begins a line, or stands behind a blank. */
    size_t comment = pl_slice_find_text(line, PL_SLICE(" #"));
    line = pl_slice_trim(pl_slice_sub(line, 0, comment));
    if (line.len == 0 || line.ptr[0] == '#') {
        return PL_OK;
    }
    if (option_value(line, "-r", "--requirement", &file) ||
        option_value(line, "-c", "--constraint", &file)) {
        if (is_remote(file)) {
            inputs->job->loose = true;
            return PL_OK;
        }
        bool absolute = file.len > 0 && file.ptr[0] == '/';
        if (pl_arena_fmt(&inputs->job->in->arena, &path, err, "%.*s%s%.*s",
                         absolute ? 0 : (int)folder.len, folder.ptr, absolute ? "" : "/",
                         (int)file.len, file.ptr) != PL_OK) {
            return err->code;
        }
        return add_requirements(inputs, path, depth + 1, err);
    }
    inputs->job->loose = inputs->job->loose || names_local(line);
    return PL_OK;
}

/* A file of requirements, and what it includes. */
static enum pl_status add_requirements(struct inputs *inputs, struct pl_slice path, unsigned depth,
                                       struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_INSTALL_FILE_BYTES};
    struct pl_slice line;
    if (depth > PL_INSTALL_DEPTH) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: files include each other without an end",
                          path.ptr);
    }
    if (add_file(inputs, path, &text, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    while (rest.ptr && pl_slice_next(&rest, '\n', &line)) {
        if (add_line(inputs, pl_slice_dirname(path), line, depth, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A file beside the one that was named; absent ones count as that. */
static enum pl_status add_beside(struct inputs *inputs, struct pl_slice folder, const char *name,
                                 bool *ret_there, struct pl_err *err)
{
    struct pl_slice path;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_INSTALL_FILE_BYTES};
    if (pl_arena_fmt(&inputs->job->in->arena, &path, err, "%.*s/%s", (int)folder.len, folder.ptr,
                     name) != PL_OK) {
        return err->code;
    }
    enum pl_status status = add_file(inputs, path, &text, err);
    *ret_there = status == PL_OK;
    if (status == PL_ERR_MISSING) {
        add_text(inputs, PL_SLICE("(none)"));
        status = PL_OK;
    }
    return status;
}

static enum pl_status add_python(struct inputs *inputs, struct pl_err *err)
{
    struct pl_install_job *job = inputs->job;
    const struct pl_install_decl *install = &job->source->install;
    bool there = false;
    for (uint32_t i = 0; i < install->package.n; i++) {
        add_text(inputs, install->package.at[i].text);
        if (add_line(inputs, job->root, install->package.at[i].text, 0, err) != PL_OK) {
            return err->code;
        }
    }
    if (install->has_requirements) {
        return add_requirements(inputs, job->file, 0, err);
    }
    if (install->has_lock) {
        struct pl_slice folder = pl_slice_dirname(job->file);
        struct pl_slice name = pl_slice_basename(job->file);
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_INSTALL_FILE_BYTES};
        add_text(inputs, name);
        if (add_file(inputs, job->file, &text, err) != PL_OK ||
            add_beside(inputs, folder, "pyproject.toml", &there, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static enum pl_status add_npm(struct inputs *inputs, struct pl_err *err)
{
    static const char *const others[][2] = {{"pnpm-lock.yaml", "pnpm install --prod"},
                                            {"yarn.lock", "yarn install --production"},
                                            {"bun.lock", "bun install --production"}};
    struct pl_install_job *job = inputs->job;
    bool package = false, shrinkwrap = false, lock = false, npmrc = false;
    if (add_beside(inputs, job->file, "package.json", &package, err) != PL_OK ||
        add_beside(inputs, job->file, "npm-shrinkwrap.json", &shrinkwrap, err) != PL_OK ||
        add_beside(inputs, job->file, "package-lock.json", &lock, err) != PL_OK ||
        add_beside(inputs, job->file, ".npmrc", &npmrc, err) != PL_OK) {
        return err->code;
    }
    if (!package) {
        return pl_err_set(err, PL_ERR_MISSING, "%s/package.json does not exist", job->file.ptr);
    }
    if (shrinkwrap || lock) {
        return PL_OK;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bool there = false;
        if (add_beside(inputs, job->file, others[i][0], &there, err) != PL_OK) {
            return err->code;
        }
        if (there) {
            return pl_err_set(err, PL_ERR_CONFIG,
                              "there is a %s and no package-lock.json: run '%s' yourself, and take "
                              "node_modules as a `path`",
                              others[i][0], others[i][1]);
        }
    }
    return pl_err_set(err, PL_ERR_CONFIG,
                      "%s/package-lock.json does not exist, which says what to install; write it "
                      "with 'npm install --package-lock-only', and keep it under version control",
                      job->file.ptr);
}

enum pl_status pl_install_inputs(struct pl_install_job *job, struct pl_err *err)
{
    struct inputs inputs = {.job = job};
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    bool python = job->source->kind == PL_SOURCE_PYTHON;
    if (job->source->kind == PL_SOURCE_RUN) {
        return pl_install_command_inputs(job, &job->inputs, err);
    }
    const char *glibc = pl_os_of(job->runtime)->glibc;
    pl_sha256_init(&inputs.sha);
    add_text(&inputs, PL_SLICE(PL_INSTALL_FORMAT));
    add_text(&inputs, python ? PL_SLICE("python") : PL_SLICE("npm"));
    /* Node.js packages are the same for each version of it. */
    add_text(&inputs, pl_slice_of(python ? job->runtime->id : ""));
    add_text(&inputs, pl_slice_of(pl_arch_name(job->arch)));
    add_text(&inputs, pl_slice_of(glibc ? glibc : ""));
    add_text(&inputs, pl_slice_make(&"012"[job->source->install.tool], 1));
    if ((python ? add_python(&inputs, err) : add_npm(&inputs, err)) != PL_OK) {
        return pl_err_wrap(err, "%s", job->label.ptr);
    }
    pl_sha256_end(&inputs.sha, digest);
    pl_sha256_hex(digest, hex);
    return pl_arena_dup(&job->in->arena, pl_slice_make(hex, PL_INSTALL_HEX), &job->inputs, err);
}
