#include "pkg/build/spill.h"

#include "pkg/base/buf.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char spill_name[] = "the working file beside the output";

enum pl_status pl_spill_init(struct pl_spill *ret, const char *beside, struct pl_err *err)
{
    *ret = (struct pl_spill){.beside = beside, .fd = -1};
    int failed = pthread_mutex_init(&ret->lock, NULL);
    return failed == 0 ? PL_OK : pl_err_sys(err, failed, "a lock cannot be made");
}

void pl_spill_done(struct pl_spill *spill)
{
    pl_fd_close(&spill->fd);
    (void)pthread_mutex_destroy(&spill->lock);
}

/* Where files without a name do not exist, one whose name is taken away at once. */
static int open_and_unlink(struct pl_buf *path, struct pl_err *err)
{
    if (pl_buf_text(path, "/.plimsoll-spill-XXXXXX", err) != PL_OK) {
        return -1;
    }
    int fd = mkstemp(path->data);
    if (fd < 0) {
        pl_ignore(pl_err_sys(err, errno, "%s", path->data), "-1 is the failure");
        return -1;
    }
    (void)unlink(path->data);
    return fd;
}

static enum pl_status open_file(struct pl_spill *spill, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(spill->beside));
    if (folder.len == 0) {
        folder = spill->beside[0] == '/' ? PL_SLICE("/") : PL_SLICE(".");
    }
    if (pl_buf_slice(&path, folder, err) != PL_OK) {
        return err->code;
    }
    spill->fd = pl_os_open_unnamed(path.data);
    if (spill->fd < 0 && errno == EOPNOTSUPP) {
        spill->fd = open_and_unlink(&path, err);
        return spill->fd < 0 ? err->code : PL_OK;
    }
    return spill->fd < 0 ? pl_err_sys(err, errno, "%s: cannot be made", spill_name) : PL_OK;
}

enum pl_status pl_spill_put(struct pl_spill *spill, const void *bytes, size_t n,
                            uint64_t *ret_offset, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    (void)pthread_mutex_lock(&spill->lock);
    if (spill->fd < 0) {
        status = open_file(spill, err);
    }
    uint64_t at = spill->end;
    if (status == PL_OK) {
        spill->end += n;
    }
    (void)pthread_mutex_unlock(&spill->lock);
    if (status != PL_OK || pl_file_pwrite(spill->fd, spill_name, bytes, n, at, err) != PL_OK) {
        return err->code;
    }
    *ret_offset = at;
    return PL_OK;
}

enum pl_status pl_spill_get(struct pl_spill *spill, void *to, size_t n, uint64_t offset,
                            struct pl_err *err)
{
    return pl_file_pread(spill->fd, spill_name, to, n, offset, err);
}
