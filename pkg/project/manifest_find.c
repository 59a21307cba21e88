/* The manifest that a path belongs to: the nearest one above it. */
#include "pkg/base/buf.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/manifest.h"

#include <sys/stat.h>

enum { PL_FIND_LEVELS = 64 };

static bool is_up(struct pl_slice folder)
{
    return pl_slice_is(pl_slice_basename(folder), "..");
}

static enum pl_status set(struct pl_buf *folder, const char *text, struct pl_err *err)
{
    pl_buf_clear(folder);
    return pl_buf_text(folder, text, err);
}

/* "a/b" to "a", "a" to ".", "." to "..", ".." to "../.."; "/" stays. */
static enum pl_status go_up(struct pl_buf *folder, struct pl_err *err)
{
    struct pl_slice at = pl_buf_view(folder);
    if (pl_slice_is(at, ".")) {
        return set(folder, "..", err);
    }
    if (is_up(at)) {
        return pl_buf_text(folder, "/..", err);
    }
    size_t slash = pl_slice_rfind(at, '/');
    if (slash == at.len) {
        return set(folder, ".", err);
    }
    while (slash > 0 && at.ptr[slash - 1] == '/') {
        slash--;
    }
    folder->len = slash > 0 ? slash : 1;
    folder->data[folder->len] = '\0';
    return PL_OK;
}

/* `folder`/`name`, without "./" in front. */
static enum pl_status join(struct pl_buf *to, struct pl_slice folder, const char *name,
                           struct pl_err *err)
{
    pl_buf_clear(to);
    if (!pl_slice_is(folder, ".")) {
        if (pl_buf_slice(to, folder, err) != PL_OK ||
            (!pl_slice_is(folder, "/") && pl_buf_byte(to, '/', err) != PL_OK)) {
            return err->code;
        }
    }
    return pl_buf_text(to, name, err);
}

/* The folder of `start`: itself when it is one. */
static enum pl_status begin(struct pl_buf *folder, const char *start, struct pl_err *err)
{
    struct stat st;
    struct pl_slice path = pl_slice_of(start);
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    if (path.len == 0) {
        return pl_buf_text(folder, ".", err);
    }
    if (pl_buf_slice(folder, path, err) != PL_OK) {
        return err->code;
    }
    bool is_there = false;
    if (pl_file_look(start, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    return is_there && S_ISDIR(st.st_mode) ? PL_OK : go_up(folder, err);
}

enum look { LOOK_ON, LOOK_FOUND, LOOK_END };

/* Looks into one folder; *path is the manifest's place when there is one. */
static enum pl_status look(struct pl_slice folder, struct pl_buf *path, enum look *ret,
                           struct pl_err *err)
{
    struct stat st;
    bool is_end = false;
    bool is_there = false;
    if (join(path, folder, ".git", err) != PL_OK ||
        pl_file_look(path->data, true, &is_end, &st, err) != PL_OK ||
        join(path, folder, "plimsoll.yaml", err) != PL_OK ||
        pl_file_look(path->data, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    *ret = is_there && S_ISREG(st.st_mode) ? LOOK_FOUND : is_end ? LOOK_END : LOOK_ON;
    return PL_OK;
}

PL_STATUS pl_manifest_find(const char *start, char **ret, struct pl_err *err)
{
    struct pl_buf folder PL_CLEANUP(pl_buf_done) = {.data = NULL};
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.data = NULL};
    pl_buf_init(&folder, PL_MAX_PATH);
    pl_buf_init(&path, PL_MAX_PATH + sizeof "/plimsoll.yaml");
    enum pl_status status = begin(&folder, start, err);
    enum look found = LOOK_ON;
    struct stat below = {0};
    for (int level = 0; level < PL_FIND_LEVELS && status == PL_OK && found == LOOK_ON; level++) {
        struct stat here;
        /* A folder that may not be looked at ends the search, and so does the root, whose ".." is
         * itself. */
        bool is_there = false;
        if (pl_file_look(folder.data, false, &is_there, &here, err) != PL_OK) {
            return err->code;
        }
        if (!is_there ||
            (level > 0 && here.st_dev == below.st_dev && here.st_ino == below.st_ino)) {
            break;
        }
        below = here;
        status = look(pl_buf_view(&folder), &path, &found, err);
        if (status == PL_OK && found == LOOK_ON) {
            status = go_up(&folder, err);
        }
    }
    if (status != PL_OK) {
        return status;
    }
    if (found == LOOK_FOUND) {
        return pl_buf_take(&path, ret, err);
    }
    *ret = NULL;
    return PL_OK;
}
