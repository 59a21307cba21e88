#include "pkg/base/file.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PL_FILE_CHUNK = 64 * 1024 };

void pl_fd_close(int *fd)
{
    if (fd && *fd >= 0) {
        int saved = errno;
        (void)close(*fd); /* not repeated after EINTR: on Linux the descriptor is gone already */
        errno = saved;
        *fd = -1;
    }
}

static const char *kind_text(mode_t mode)
{
    if (S_ISDIR(mode)) {
        return "a folder";
    }
    if (S_ISFIFO(mode)) {
        return "a FIFO";
    }
    if (S_ISSOCK(mode)) {
        return "a socket";
    }
    if (S_ISCHR(mode) || S_ISBLK(mode)) {
        return "a device";
    }
    return "a special file";
}

enum pl_status pl_file_look(const char *path, bool is_link_itself, bool *ret_there,
                            struct stat *ret, struct pl_err *err)
{
    struct stat st;
    if ((is_link_itself ? lstat(path, &st) : stat(path, &st)) == 0) {
        *ret_there = true;
        *ret = st;
        return PL_OK;
    }
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP &&
        errno != ENAMETOOLONG) {
        return pl_err_sys(err, errno, "%s", path);
    }
    *ret_there = false;
    return PL_OK;
}

enum pl_status pl_file_open(const char *path, int *ret_fd, struct pl_err *err)
{
    /* Looked at before it is opened, because opening a FIFO or a device does something to it; and
     * again behind the descriptor, because the name may have changed hands since. */
    struct stat st;
    if (stat(path, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: is %s, not a file", path, kind_text(st.st_mode));
    }
    int fd PL_CLEANUP(pl_fd_close) = -1;
    do {
        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return pl_err_sys(err, errno, "%s: cannot be opened", path);
    }
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: is %s, not a file", path, kind_text(st.st_mode));
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    *ret_fd = fd;
    fd = -1;
    return PL_OK;
}

static enum pl_status too_large(const char *name, size_t max, struct pl_err *err)
{
    char text[PL_COUNT_TEXT];
    return pl_err_set(err, PL_ERR_LIMIT, "%s: is larger than the %s that are read", name,
                      pl_size_text(max, text));
}

/* Waits until a descriptor that somebody made non-blocking has something. */
static void wait_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    (void)poll(&poll_fd, 1, -1);
}

/* As read(2), over interruptions. */
static ssize_t read_some(int fd, void *to, size_t n)
{
    for (;;) {
        ssize_t got = read(fd, to, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
            return got;
        }
        if (errno != EINTR) {
            wait_readable(fd);
        }
    }
}

/* The buffer is full: one byte more tells the end from too much. */
static enum pl_status expect_end(int fd, const char *name, size_t max, struct pl_err *err)
{
    char extra;
    ssize_t n = read_some(fd, &extra, 1);
    if (n < 0) {
        return pl_err_sys(err, errno, "%s: cannot be read", name);
    }
    return n > 0 ? too_large(name, max, err) : PL_OK;
}

static enum pl_status read_all(int fd, const char *name, struct pl_buf *to, struct pl_err *err)
{
    while (to->len < to->max) {
        /* Never more than is left below the maximum; and all that is allocated already, because
         * pl_file_read reserves the whole file. */
        size_t left = to->max - to->len;
        size_t least = left < PL_FILE_CHUNK ? left : PL_FILE_CHUNK;
        if (to->cap > to->len + 1) {
            least = 1;
        }
        if (pl_buf_reserve(to, least, err) != PL_OK) {
            return pl_err_wrap(err, "%s", name);
        }
        size_t room = to->cap - to->len - 1;
        ssize_t n = read_some(fd, to->data + to->len, room < left ? room : left);
        if (n < 0) {
            return pl_err_sys(err, errno, "%s: cannot be read", name);
        }
        if (n == 0) {
            return PL_OK;
        }
        pl_buf_grew(to, (size_t)n);
    }
    return expect_end(fd, name, to->max, err);
}

enum pl_status pl_file_read_fd(int fd, const char *name, struct pl_buf *to, struct pl_err *err)
{
    size_t before = to->len;
    enum pl_status status = read_all(fd, name, to, err);
    if (status != PL_OK && to->data) {
        to->len = before;
        to->data[before] = '\0';
    }
    return status;
}

enum pl_status pl_file_read(const char *path, struct pl_buf *to, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = pl_file_open(path, &fd, err);
    if (status != PL_OK) {
        return status;
    }
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    size_t left = to->max - to->len;
    if (st.st_size > 0 && (uint64_t)st.st_size > left) {
        return too_large(path, to->max, err);
    }
    size_t size = st.st_size > 0 ? (size_t)st.st_size : 0;
    /* One byte more, so that the end is seen without growing. */
    status = pl_buf_reserve(to, size < left ? size + 1 : size, err);
    if (status != PL_OK) {
        return pl_err_wrap(err, "%s", path);
    }
    return pl_file_read_fd(fd, path, to, err);
}

/* off_t is signed; nothing we open is beyond it. */
static bool in_off_t(uint64_t offset, size_t n)
{
    return offset <= INT64_MAX && n <= INT64_MAX - offset;
}

enum pl_status pl_file_pread(int fd, const char *name, void *to, size_t n, uint64_t offset,
                             struct pl_err *err)
{
    char *at = to;
    if (!in_off_t(offset, n)) {
        return pl_err_set(err, PL_ERR_CHANGED, "%s: ends before what was to be read", name);
    }
    while (n > 0) {
        ssize_t got = pread(fd, at, n, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return pl_err_sys(err, errno, "%s: cannot be read", name);
        }
        if (got == 0) {
            return pl_err_set(err, PL_ERR_CHANGED, "%s: ends before what was to be read", name);
        }
        at += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return PL_OK;
}

enum pl_status pl_file_pwrite(int fd, const char *name, const void *bytes, size_t n,
                              uint64_t offset, struct pl_err *err)
{
    const char *at = bytes;
    if (!in_off_t(offset, n)) {
        return pl_err_sys(err, EFBIG, "%s: cannot be written", name);
    }
    while (n > 0) {
        ssize_t put = pwrite(fd, at, n, (off_t)offset);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return pl_err_sys(err, put < 0 ? errno : EIO, "%s: cannot be written", name);
        }
        at += put;
        n -= (size_t)put;
        offset += (uint64_t)put;
    }
    return PL_OK;
}

/* Makes one folder whose parent is there. */
static enum pl_status make_folder(const char *path, struct pl_err *err)
{
    if (mkdir(path, 0777) == 0) {
        return PL_OK;
    }
    /* Not only EEXIST: a read-only file system or a folder of somebody else may say so first. */
    int sys = errno;
    struct stat st;
    if (stat(path, &st) != 0) {
        return pl_err_sys(err, sys, "%s: the folder cannot be made", path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return pl_err_set(err, PL_ERR_IO, "%s: is not a folder, so nothing can be put there", path);
    }
    return PL_OK;
}

static void free_text(char **text)
{
    free(*text);
    *text = NULL;
}

enum pl_status pl_file_mkdirs(const char *path, struct pl_err *err)
{
    size_t len = strlen(path);
    if (len == 0) {
        return pl_err_set(err, PL_ERR_MISSING, "a folder with an empty name cannot be made");
    }
    if (len >= PL_MAX_PATH) {
        return pl_err_set(err, PL_ERR_LIMIT, "a path of more than %u bytes", PL_MAX_PATH - 1);
    }
    char *copy PL_CLEANUP(free_text) = malloc(len + 1);
    if (!copy) {
        return pl_err_nomem(err);
    }
    memcpy(copy, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (copy[i] != '/' || copy[i - 1] == '/') {
            continue;
        }
        copy[i] = '\0';
        enum pl_status status = make_folder(copy, err);
        if (status != PL_OK) {
            return status;
        }
        copy[i] = '/';
    }
    return make_folder(copy, err);
}
