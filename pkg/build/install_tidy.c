/*
 * What tools leave behind that belongs to this machine, and what the target cannot load.
 *
 * The same packages are the same bytes then, whichever tool installed them, where, and when.
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/install_job.h"
#include "pkg/build/wheel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_BYTES = 512 };
#define PL_TIDY_FILE_BYTES PL_MB(16)

/* Files of the same name, collected on the way. */
struct found {
    struct pl_slice *at; /* owned; absolute paths in the arena */
    size_t n, cap;
};

struct tidy {
    struct pl_install_job *job;
    struct found record, wheel;
};

static enum pl_status found_add(struct tidy *tidy, struct found *found, struct pl_slice path,
                                struct pl_err *err)
{
    struct pl_slice *at = pl_arr_grow(found->at, &found->cap, found->n + 1, sizeof *at,
                                      PL_MAX_ENTRIES, "packages", err);
    if (!at) {
        return err->code;
    }
    found->at = at;
    if (pl_arena_dup(&tidy->job->in->arena, path, &at[found->n], err) != PL_OK) {
        return err->code;
    }
    found->n++;
    return PL_OK;
}

static enum pl_status take_away(const struct pl_install_entry *entry, struct pl_err *err)
{
    int failed = S_ISDIR(entry->st->st_mode) ? rmdir(entry->path.ptr) : unlink(entry->path.ptr);
    return failed ? pl_err_sys(err, errno, "%s: cannot be removed", entry->path.ptr) : PL_OK;
}

/* A script that Python runs, by the path that Python has here: "#!/srv/venv/bin/python", or by
 * way of /bin/sh when that is long. */
static bool is_machine_script(const struct pl_install_entry *entry)
{
    char head[HEAD_BYTES];
    int fd PL_CLEANUP(pl_fd_close) =
        open(entry->path.ptr, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = S_ISREG(entry->st->st_mode) && fd >= 0 ? read(fd, head, sizeof head) : 0;
    struct pl_slice text = pl_slice_make(head, n > 0 ? (size_t)n : 0);
    struct pl_slice rest = text;
    struct pl_slice first = PL_SLICE("");
    struct pl_slice second = PL_SLICE("");
    if (!pl_slice_starts(text, PL_SLICE("#!"))) {
        return false;
    }
    (void)pl_slice_next(&rest, '\n', &first);
    if (rest.ptr) {
        (void)pl_slice_next(&rest, '\n', &second);
    }
    return pl_slice_find_text(first, PL_SLICE("python")) < first.len ||
           (pl_slice_starts(second, PL_SLICE("'''exec'")) &&
            pl_slice_find_text(second, PL_SLICE("python")) < second.len);
}

static bool has_part(struct pl_slice rel, const char *wanted)
{
    struct pl_slice part;
    while (rel.ptr && pl_slice_next(&rel, '/', &part)) {
        if (pl_slice_is(part, wanted)) {
            return true;
        }
    }
    return false;
}

/* Who installed it, when, and from where: nothing that runs asks, and it differs. */
static bool is_note(struct pl_slice name)
{
    static const char *const notes[] = {"INSTALLER", "REQUESTED", "direct_url.json",
                                        "uv_cache.json", "uv_build.json"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (pl_slice_is(name, notes[i])) {
            return true;
        }
    }
    return false;
}

static enum pl_status tidy_entry(void *ctx, const struct pl_install_entry *entry,
                                 struct pl_err *err)
{
    struct tidy *tidy = ctx;
    struct pl_slice folder = pl_slice_dirname(entry->rel);
    struct pl_slice name = pl_slice_basename(entry->rel);
    if (has_part(entry->rel, "__pycache__") || pl_slice_is(entry->rel, ".lock") ||
        (pl_slice_is(folder, "bin") && is_machine_script(entry))) {
        return take_away(entry, err);
    }
    if (pl_slice_is(entry->rel, "bin")) {
        (void)rmdir(entry->path.ptr); /* when nothing is left in it */
        return PL_OK;
    }
    if (!pl_slice_ends(folder, PL_SLICE(".dist-info")) || !S_ISREG(entry->st->st_mode)) {
        return PL_OK;
    }
    if (is_note(name)) {
        return take_away(entry, err);
    }
    return pl_slice_is(name, "RECORD")  ? found_add(tidy, &tidy->record, entry->path, err)
           : pl_slice_is(name, "WHEEL") ? found_add(tidy, &tidy->wheel, entry->path, err)
                                        : PL_OK;
}

/* ---- RECORD ---- */

static int compare_lines(const void *a, const void *b)
{
    const struct pl_slice *x = a;
    const struct pl_slice *y = b;
    return pl_slice_cmp(*x, *y);
}

/* Does the file stand that a line of RECORD names?  Quoted names are kept unseen. */
static bool stands(const struct pl_install_job *job, struct pl_slice line)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice name = pl_slice_sub(line, 0, pl_slice_find(line, ','));
    struct pl_err err;
    struct stat st;
    return (line.len > 0 && line.ptr[0] == '"') ||
           (pl_buf_fmt(&path, &err, "%s/%.*s", job->tree.ptr, (int)name.len, name.ptr) == PL_OK &&
            lstat(path.data, &st) == 0);
}

static enum pl_status write_lines(const char *path, const struct pl_slice *line, size_t n,
                                  struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TIDY_FILE_BYTES + PL_MB(1)};
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (pl_buf_slice(&text, line[i], err) != PL_OK || pl_buf_byte(&text, '\n', err) != PL_OK) {
            return err->code;
        }
    }
    if (pl_out_begin(&out, path, err) != PL_OK ||
        pl_file_pwrite(out.fd, path, text.data, text.len, 0, err) != PL_OK) {
        return err->code;
    }
    return pl_out_commit(&out, err);
}

/* Only what is there, sorted; pip names scripts from where they would be without --target. */
static enum pl_status tidy_record(struct pl_install_job *job, struct pl_slice path,
                                  struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TIDY_FILE_BYTES};
    if (pl_file_read(path.ptr, &text, err) != PL_OK) {
        return err->code;
    }
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++) {
        most += text.data[i] == '\n';
    }
    struct pl_slice *line = pl_arr_zeroed(most, sizeof *line, err);
    if (!line) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice one;
    size_t n = 0;
    while (rest.ptr && n < most && pl_slice_next(&rest, '\n', &one)) {
        one = pl_slice_trim(one);
        size_t up = pl_slice_starts(one, PL_SLICE("../../bin/")) ? sizeof("../../") - 1 : 0;
        one = pl_slice_sub(one, up, one.len);
        if (one.len > 0 && stands(job, one)) {
            line[n++] = one;
        }
    }
    if (n > 1) {
        qsort(line, n, sizeof *line, compare_lines);
    }
    enum pl_status status = write_lines(path.ptr, line, n, err);
    free(line);
    return status;
}

/* ---- WHEEL ---- */

/* "numpy-2.1.3" of ".../numpy-2.1.3.dist-info/WHEEL". */
static struct pl_slice package_of(struct pl_slice path)
{
    struct pl_slice folder = pl_slice_basename(pl_slice_dirname(path));
    return pl_slice_sub(folder, 0, folder.len - (sizeof(".dist-info") - 1));
}

static enum pl_status check_wheel(struct pl_install_job *job, struct pl_slice path,
                                  struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TIDY_FILE_BYTES};
    struct pl_slice tag;
    struct pl_slice package = package_of(path);
    if (pl_file_read(path.ptr, &text, err) != PL_OK) {
        return err->code;
    }
    if (pl_wheel_fits(pl_buf_view(&text), job->runtime, job->arch, &tag) || tag.len == 0) {
        return PL_OK;
    }
    return pl_err_set(err, PL_ERR_CONFIG,
                      "%s: %.*s was built from source, for this machine or another Python (%.*s), "
                      "and %s on %s cannot load it; take a version that has a wheel for it, or "
                      "build it in AWS's image of the runtime and take it as a `path`",
                      job->label.ptr, (int)package.len, package.ptr, (int)tag.len, tag.ptr,
                      job->runtime->id, pl_arch_name(job->arch));
}

enum pl_status pl_install_tidy_python(struct pl_install_job *job, struct pl_err *err)
{
    struct tidy tidy = {.job = job};
    enum pl_status status = pl_install_walk(job->tree, tidy_entry, &tidy, err);
    for (size_t i = 0; i < tidy.wheel.n && status == PL_OK; i++) {
        status = check_wheel(job, tidy.wheel.at[i], err);
    }
    for (size_t i = 0; i < tidy.record.n && status == PL_OK; i++) {
        status = tidy_record(job, tidy.record.at[i], err);
    }
    free(tidy.wheel.at);
    free(tidy.record.at);
    return status;
}
