#include "pkg/archive/zip_layout.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"

#include <stdlib.h>
#include <string.h>

PL_STATUS pl_zip_pread(const struct pl_zip *zip, void *to, size_t n, uint64_t at,
                       struct pl_err *err)
{
    if (!zip->bytes) {
        return pl_file_pread(zip->fd, zip->path, to, n, at, err);
    }
    if (at > zip->size || n > zip->size - at) {
        return pl_err_set(err, PL_ERR_CHANGED, "%s: reading behind the end", zip->path);
    }
    if (n > 0) {
        memcpy(to, zip->bytes + at, n);
    }
    return PL_OK;
}

PL_STATUS pl_zip_window_init(struct pl_zip_window *win, const struct pl_zip *zip, size_t cap,
                             struct pl_err *err)
{
    unsigned char *data = pl_arr_zeroed(cap, 1, err);
    if (!data) {
        return err->code;
    }
    *win = (struct pl_zip_window){.zip = zip, .cap = cap, .data = data};
    return PL_OK;
}

void pl_zip_window_done(struct pl_zip_window *win)
{
    free(win->data);
    win->data = NULL;
}

PL_STATUS pl_zip_window_get(struct pl_zip_window *win, uint64_t at, size_t n, size_t ahead,
                            const unsigned char **ret, struct pl_err *err)
{
    if (at > win->zip->size || n > win->zip->size - at || n > win->cap) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: reading outside the file", win->zip->path);
    }
    bool inside = at >= win->at && at - win->at <= win->n && n <= win->n - (size_t)(at - win->at);
    if (!inside) {
        size_t want = ahead > n ? ahead : n;
        want = want < win->cap ? want : win->cap;
        want = want < win->zip->size - at ? want : (size_t)(win->zip->size - at);
        win->n = 0;
        enum pl_status status = pl_zip_pread(win->zip, win->data, want, at, err);
        if (status != PL_OK) {
            return status;
        }
        win->at = at;
        win->n = want;
    }
    *ret = win->data + (size_t)(at - win->at);
    return PL_OK;
}
