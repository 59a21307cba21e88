#include "pkg/build/planned.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/content.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pl_status changed(const struct pl_plan_item *item, const char *how, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_CHANGED,
                      "%s: %s while it was packed; pack again when nothing writes to it",
                      item->path.ptr, how);
}

bool pl_planned_can_open(const struct pl_plan_item *item)
{
    return !item->content || item->content->ops->open;
}

enum pl_status pl_planned_open(const struct pl_plan_item *item, int *ret_fd, struct pl_err *err)
{
    if (item->content) {
        return item->content->ops->open
                   ? item->content->ops->open(item, ret_fd, err)
                   : pl_err_set(err, PL_ERR_INTERNAL, "%s: cannot be opened", item->path.ptr);
    }
    int fd;
    do {
        fd = open(item->path.ptr, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd >= 0) {
        *ret_fd = fd;
        return PL_OK;
    }
    int sys = errno;
    if (sys == ENOENT || sys == ENOTDIR) {
        return changed(item, "vanished", err);
    }
    if (sys == ELOOP || sys == ENXIO) {
        return changed(item, "was replaced", err);
    }
    return pl_err_sys(err, sys, "%s: cannot be opened", item->path.ptr);
}

enum pl_status pl_planned_verify(const struct pl_plan_item *item, int fd, struct pl_err *err)
{
    struct stat st;
    if (item->content) {
        return PL_OK; /* its readers verify */
    }
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", item->path.ptr);
    }
    if ((uint64_t)st.st_dev != item->id.dev || (uint64_t)st.st_ino != item->id.ino) {
        return changed(item, "was replaced", err);
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != item->id.size ||
        pl_os_mtime_ns(&st) != item->id.mtime_ns || pl_os_ctime_ns(&st) != item->id.ctime_ns) {
        return changed(item, "changed", err);
    }
    return PL_OK;
}

enum pl_status pl_planned_pread(const struct pl_plan_item *item, int fd, unsigned char *to,
                                size_t n, uint64_t offset, struct pl_err *err)
{
    if (pl_file_pread(fd, item->path.ptr, to, n, item->at + offset, err) != PL_OK) {
        return err->code == PL_ERR_CHANGED ? changed(item, "shrank", err) : err->code;
    }
    return PL_OK;
}

/* Reads up to n bytes; *ret_n is less at the end of the file only. */
static enum pl_status read_up_to(const struct pl_plan_item *item, int fd, unsigned char *to,
                                 size_t n, size_t *ret_n, struct pl_err *err)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(fd, to + have, n - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return pl_err_sys(err, errno, "%s: cannot be read", item->path.ptr);
        }
        have += (size_t)got;
        /* The usual file is here in one piece, one byte short of what was asked for: its end. */
        if (got == 0 || have + 1 == n) {
            break;
        }
    }
    *ret_n = have;
    return PL_OK;
}

enum pl_status pl_planned_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                               struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    size_t got = 0;
    if (item->content) {
        return item->content->ops->read(item, to, n, err);
    }
    if (pl_planned_open(item, &fd, err) != PL_OK ||
        read_up_to(item, fd, to, n + 1, &got, err) != PL_OK) {
        return err->code;
    }
    bool whole = n == item->id.size;
    if (got < n) {
        return changed(item, "shrank", err);
    }
    if (whole && got > n) {
        return changed(item, "grew", err);
    }
    return pl_planned_verify(item, fd, err);
}
