/* pl_out: outputs that appear whole or not at all (pkg/base/file.h). */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* NAME_MAX is 255 where we run; the rest of a temporary's name is below 55. */
enum { PL_OUT_NAME_KEPT = 200, PL_OUT_ATTEMPTS = 1000, PL_OUT_STALE_SECONDS = 600 };

static const char temporary_mark[] = ".plimsoll-";
static const char temporary_end[] = ".tmp";

static void free_text(char **text)
{
    free(*text);
    *text = NULL;
}

/* The folder part as a path that can be opened. */
static struct pl_slice folder_of(const char *path)
{
    struct pl_slice all = pl_slice_of(path);
    size_t slash = pl_slice_rfind(all, '/');
    if (slash == all.len) {
        return PL_SLICE(".");
    }
    return slash == 0 ? PL_SLICE("/") : pl_slice_sub(all, 0, slash);
}

/* NULL when memory runs out. */
static char *copy_text(struct pl_slice s)
{
    char *copy = malloc(s.len + 1);
    if (copy) {
        memcpy(copy, s.ptr, s.len);
        copy[s.len] = '\0';
    }
    return copy;
}

/* Where the link at `path` points: its text, behind the link's own folder unless it is absolute.
 * NULL with *err set. */
static char *link_target(const char *path, struct pl_err *err)
{
    char *text PL_CLEANUP(free_text) = malloc(PL_MAX_PATH);
    if (!text) {
        pl_ignore(pl_err_nomem(err), "NULL is the failure");
        return NULL;
    }
    ssize_t n = readlink(path, text, PL_MAX_PATH - 1);
    if (n < 0) {
        pl_ignore(pl_err_sys(err, errno, "%s: the link cannot be read", path),
                  "NULL is the failure");
        return NULL;
    }
    struct pl_buf joined PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice base = pl_slice_of(path);
    size_t slash = pl_slice_rfind(base, '/');
    enum pl_status status = PL_OK;
    if (slash < base.len && n > 0 && text[0] != '/') {
        status = pl_buf_slice(&joined, pl_slice_sub(base, 0, slash + 1), err);
    }
    if (status == PL_OK) {
        status = pl_buf_append(&joined, text, (size_t)n, err);
    }
    char *target = NULL;
    return status == PL_OK && pl_buf_take(&joined, &target, err) == PL_OK ? target : NULL;
}

/*
 * The name that is to be replaced.  Links are followed, so that a linked dist/f.zip stays a link;
 * by hand, because realpath refuses one whose target is still to be made.
 */
static enum pl_status resolve(const char *path, char **ret, struct pl_err *err)
{
    char *at PL_CLEANUP(free_text) = copy_text(pl_slice_of(path));
    if (!at) {
        return pl_err_nomem(err);
    }
    for (unsigned links = 0;; links++) {
        struct stat st;
        if (lstat(at, &st) != 0 && errno != ENOENT) {
            return pl_err_sys(err, errno, "%s", path);
        }
        if (lstat(at, &st) != 0 || !S_ISLNK(st.st_mode)) {
            *ret = at;
            at = NULL;
            return PL_OK;
        }
        if (links == PL_MAX_LINKS) {
            return pl_err_sys(err, ELOOP, "%s", path);
        }
        char *next = link_target(at, err);
        if (!next) {
            return err->code;
        }
        free(at);
        at = next;
    }
}

static enum pl_status refuse_special(const char *path, struct pl_err *err)
{
    struct stat st;
    size_t len = strlen(path);
    if (len == 0) {
        return pl_err_set(err, PL_ERR_USAGE, "an output needs a name");
    }
    bool exists = stat(path, &st) == 0;
    if (path[len - 1] == '/' || (exists && S_ISDIR(st.st_mode))) {
        return pl_err_set(err, PL_ERR_IO, "%s: is a folder, so no file can be written there", path);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return pl_err_set(err, PL_ERR_IO, "%s: is not a regular file and is left alone", path);
    }
    return PL_OK;
}

/* ".NAME.plimsoll-PID-N.tmp" beside `path`. */
static enum pl_status temporary_name(const char *path, unsigned number, char **ret,
                                     struct pl_err *err)
{
    struct pl_slice all = pl_slice_of(path);
    struct pl_slice name = pl_slice_basename(all);
    struct pl_slice folder = pl_slice_sub(all, 0, all.len - name.len);
    size_t keep = name.len;
    if (keep > PL_OUT_NAME_KEPT) {
        keep = PL_OUT_NAME_KEPT;
        while (keep > 0 && ((unsigned char)name.ptr[keep] & 0xc0u) == 0x80u) {
            keep--; /* some file systems insist on UTF-8 */
        }
    }
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH + 64};
    enum pl_status status = pl_buf_slice(&buf, folder, err);
    if (status == PL_OK) {
        status = pl_buf_byte(&buf, '.', err);
    }
    if (status == PL_OK) {
        status = pl_buf_slice(&buf, pl_slice_sub(name, 0, keep), err);
    }
    if (status == PL_OK) {
        status = pl_buf_fmt(&buf, err, "%s%ld-%u%s", temporary_mark, (long)getpid(), number,
                            temporary_end);
    }
    return status == PL_OK ? pl_buf_take(&buf, ret, err) : status;
}

/* Takes ".NAME.plimsoll-PID-N.tmp" apart. */
static bool read_temporary(const char *name, struct pl_slice *ret_base, uint64_t *ret_pid)
{
    struct pl_slice all = pl_slice_of(name);
    if (!pl_slice_starts(all, PL_SLICE(".")) || !pl_slice_ends(all, pl_slice_of(temporary_end))) {
        return false;
    }
    struct pl_slice rest = pl_slice_sub(all, 0, all.len - (sizeof(temporary_end) - 1));
    uint64_t number[2] = {0, 0}; /* N, then PID */
    for (int i = 0; i < 2; i++) {
        size_t dash = pl_slice_rfind(rest, '-');
        if (dash == rest.len || !pl_slice_u64(pl_slice_sub(rest, dash + 1, rest.len), &number[i])) {
            return false;
        }
        rest = pl_slice_sub(rest, 0, i == 0 ? dash : dash + 1);
    }
    if (rest.len <= sizeof(temporary_mark) || !pl_slice_ends(rest, pl_slice_of(temporary_mark))) {
        return false;
    }
    *ret_base = pl_slice_sub(rest, 1, rest.len - (sizeof(temporary_mark) - 1));
    *ret_pid = number[1];
    return true;
}

/*
 * A process that was killed between naming its output and renaming it has left the name behind.
 * Nobody here runs under that number any more, and the age speaks for processes of other machines
 * or containers that share the folder and number theirs on their own.  Tidying is no part of the
 * promise: whatever fails is left alone.
 */
static void remove_stale(const char *folder, struct pl_slice output)
{
    DIR *stream = opendir(folder);
    if (!stream) {
        return;
    }
    const struct dirent *item;
    time_t now = time(NULL);
    while ((item = readdir(stream)) != NULL) {
        struct pl_slice base;
        uint64_t pid = 0;
        struct stat st;
        if (!read_temporary(item->d_name, &base, &pid) || !pl_slice_starts(output, base) ||
            pid == 0 || pid > INT32_MAX || kill((pid_t)pid, 0) == 0 || errno != ESRCH) {
            continue;
        }
        if (fstatat(dirfd(stream), item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && now - st.st_mtime > PL_OUT_STALE_SECONDS) {
            (void)unlinkat(dirfd(stream), item->d_name, 0);
        }
    }
    (void)closedir(stream);
}

/* Gives the output a temporary name: of a new file, or, when out->fd is open, of that one. */
static enum pl_status make_named(struct pl_out *out, struct pl_err *err)
{
    for (unsigned i = 0; i < PL_OUT_ATTEMPTS; i++) {
        char *name PL_CLEANUP(free_text) = NULL;
        enum pl_status status = temporary_name(out->path, i, &name, err);
        if (status != PL_OK) {
            return status;
        }
        bool done;
        if (out->fd < 0) {
            out->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
            done = out->fd >= 0;
        } else {
            done = pl_os_link_unnamed(out->fd, name) == 0;
        }
        if (done) {
            out->tmp_path = name;
            name = NULL;
            return PL_OK;
        }
        if (errno != EEXIST && errno != EINTR) {
            return pl_err_sys(err, errno, "%s: cannot be written", out->path);
        }
    }
    return pl_err_sys(err, EEXIST, "%s: no temporary name is free", out->path);
}

enum pl_status pl_out_begin(struct pl_out *ret, const char *path, struct pl_err *err)
{
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    if (strlen(path) >= PL_MAX_PATH) {
        return pl_err_set(err, PL_ERR_LIMIT, "a path of more than %u bytes", PL_MAX_PATH - 1);
    }
    enum pl_status status = refuse_special(path, err);
    if (status == PL_OK) {
        status = resolve(path, &out.path, err);
    }
    if (status != PL_OK) {
        return status;
    }
    char *folder PL_CLEANUP(free_text) = copy_text(folder_of(out.path));
    if (!folder) {
        return pl_err_nomem(err);
    }
    remove_stale(folder, pl_slice_basename(pl_slice_of(out.path)));
    do {
        out.fd = pl_os_open_unnamed(folder);
    } while (out.fd < 0 && errno == EINTR);
    if (out.fd < 0 && errno != EOPNOTSUPP) {
        return pl_err_sys(err, errno, "%s: cannot be written", path);
    }
    if (out.fd < 0) {
        status = make_named(&out, err);
    }
    if (status == PL_OK) {
        *ret = out;
        out = PL_OUT_NONE;
    }
    return status;
}

static enum pl_status sync_fd(int fd, const char *name, struct pl_err *err)
{
    while (fsync(fd) != 0) {
        /* EINVAL: a file system that has no fsync for this kind of thing. */
        if (errno == EINVAL || errno == ENOTSUP) {
            break;
        }
        if (errno != EINTR) {
            return pl_err_sys(err, errno, "%s: could not be brought to the disk", name);
        }
    }
    return PL_OK;
}

/* Gives the finished file its name. */
static enum pl_status put_in_place(struct pl_out *out, struct pl_err *err)
{
    if (!out->tmp_path) {
        /* Where nothing stands yet, one step suffices and no temporary name is ever seen. */
        if (pl_os_link_unnamed(out->fd, out->path) == 0) {
            return PL_OK;
        }
        enum pl_status status = make_named(out, err);
        if (status != PL_OK) {
            return status;
        }
    }
    if (rename(out->tmp_path, out->path) != 0) {
        return pl_err_sys(err, errno, "%s: cannot be replaced", out->path);
    }
    free_text(&out->tmp_path);
    return PL_OK;
}

enum pl_status pl_out_commit(struct pl_out *out, struct pl_err *err)
{
    struct pl_out mine PL_CLEANUP(pl_out_abort) = *out;
    *out = PL_OUT_NONE;
    if (mine.fd < 0 || !mine.path) {
        return pl_err_set(err, PL_ERR_INTERNAL, "an output that was not begun was to be finished");
    }
    char *folder PL_CLEANUP(free_text) = copy_text(folder_of(mine.path));
    if (!folder) {
        return pl_err_nomem(err);
    }
    enum pl_status status = sync_fd(mine.fd, mine.path, err);
    if (status == PL_OK) {
        status = put_in_place(&mine, err);
    }
    if (status != PL_OK) {
        return status;
    }
    /* A folder that may be written but not read cannot be opened, so it cannot be synced. */
    int dir PL_CLEANUP(pl_fd_close) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? PL_OK : sync_fd(dir, folder, err);
}

void pl_out_abort(struct pl_out *out)
{
    if (!out) {
        return;
    }
    int saved = errno;
    if (out->tmp_path) {
        (void)unlink(out->tmp_path);
    }
    pl_fd_close(&out->fd);
    free(out->tmp_path);
    free(out->path);
    *out = PL_OUT_NONE;
    errno = saved;
}

bool pl_out_is_temporary(const char *name)
{
    struct pl_slice base;
    uint64_t pid;
    return read_temporary(name, &base, &pid);
}
