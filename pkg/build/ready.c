#include "pkg/build/ready.h"

#include "pkg/archive/dir.h"
#include "pkg/archive/sidecar.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/file.h"

#include <errno.h>
#include <sys/stat.h>

/* A sidecar's first key is its schema. */
enum { START_BYTES = 4096 };

static enum pl_status is_sidecar(const char *path, bool *ret, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    char start[START_BYTES];
    struct stat st;
    if (pl_file_open(path, &fd, err) != PL_OK) {
        return err->code;
    }
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return pl_err_set(err, PL_ERR_IO, "%s: neither a file nor a folder", path);
    }
    size_t n = st.st_size < START_BYTES ? (size_t)st.st_size : START_BYTES;
    if (n > 0 && pl_file_pread(fd, path, start, n, 0, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_sidecar_recognise(pl_slice_make(start, n));
    return PL_OK;
}

enum pl_status pl_ready_open(struct pl_tree *ret, const char *path, struct pl_err *err)
{
    struct stat st;
    bool lists = false;
    if (stat(path, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    if (S_ISDIR(st.st_mode)) {
        return pl_dir_open(ret, path, NULL, err);
    }
    if (is_sidecar(path, &lists, err) != PL_OK) {
        return err->code;
    }
    return lists ? pl_sidecar_open(ret, path, err) : pl_zip_open(ret, path, err);
}
