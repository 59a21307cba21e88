#include "pkg/build/tar_in.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

static la_ssize_t read_block(struct archive *in, void *data, const void **ret)
{
    struct pl_tar_in *tar = data;
    ssize_t n = 0;
    do {
        n = read(tar->fd, tar->block, BLOCK);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        archive_set_error(in, errno, "it cannot be read");
        return ARCHIVE_FATAL;
    }
    *ret = tar->block;
    return n;
}

/* 0: read over it instead.  Behind the end nothing is read, which is what a cut archive says. */
static la_int64_t skip_bytes(struct archive *in, void *data, la_int64_t n)
{
    struct pl_tar_in *tar = data;
    (void)in;
    return n > 0 && lseek(tar->fd, (off_t)n, SEEK_CUR) >= 0 ? n : 0;
}

PL_STATUS pl_tar_in_init(struct pl_tar_in *tar, int fd, struct pl_err *err)
{
    *tar = (struct pl_tar_in){
        .in = archive_read_new(), .entry = archive_entry_new(), .block = malloc(BLOCK), .fd = fd};
    return tar->in && tar->entry && tar->block ? PL_OK : pl_err_nomem(err);
}

int pl_tar_in_open(struct pl_tar_in *tar)
{
    int status = archive_read_set_callback_data(tar->in, tar);
    if (status != ARCHIVE_OK || archive_read_set_read_callback(tar->in, read_block) != ARCHIVE_OK ||
        archive_read_set_skip_callback(tar->in, skip_bytes) != ARCHIVE_OK) {
        return ARCHIVE_FATAL;
    }
    return archive_read_open1(tar->in);
}

int pl_tar_in_next(struct pl_tar_in *tar)
{
    return archive_read_next_header2(tar->in, tar->entry);
}

bool pl_tar_in_broke(const struct pl_tar_in *tar, const char *path, struct pl_err *err)
{
    int code = archive_errno(tar->in);
    if (code == ENOMEM) {
        (void)pl_err_nomem(err);
        return true;
    }
    if (code == EIO) {
        (void)pl_err_sys(err, code, "%s", path);
        return true;
    }
    return false;
}

void pl_tar_in_done(struct pl_tar_in *tar)
{
    if (tar->in) {
        (void)archive_read_free(tar->in);
    }
    archive_entry_free(tar->entry);
    free(tar->block);
    *tar = (struct pl_tar_in){.fd = -1};
}
