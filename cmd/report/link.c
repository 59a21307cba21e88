#include "cmd/report/link.h"

#include "cmd/report/writer.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <stdlib.h>
#include <unistd.h>

enum { HOST_BYTES = 256 };

/* The host's name keeps a terminal elsewhere, over ssh, from opening a file of its own. */
static void put_host(struct pl_writer *w)
{
    char host[HOST_BYTES] = {0};
    if (gethostname(host, sizeof host - 1) == 0) {
        pl_put_uri(w, pl_slice_of(host));
    }
}

PL_STATUS pl_link_open(struct pl_buf *to, const struct pl_term *term, struct pl_slice path,
                       bool *ret_open, struct pl_err *err)
{
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_writer w = {to, err, PL_OK};
    *ret_open = false;
    if (!term->links || path.len == 0 || path.len >= PL_MAX_PATH) {
        return PL_OK;
    }
    if (pl_buf_slice(&name, path, err) != PL_OK) {
        return err->code;
    }
    char *real = pl_os_real_path(name.data);
    if (!real) {
        return PL_OK;
    }
    pl_put(&w, "\033]8;;file://");
    put_host(&w);
    pl_put(&w, "/");
    pl_put_uri(&w, pl_slice_of(real + 1));
    pl_put(&w, "\033\\");
    free(real);
    *ret_open = w.status == PL_OK;
    return w.status;
}

PL_STATUS pl_link_close(struct pl_buf *to, bool is_open, struct pl_err *err)
{
    return is_open ? pl_buf_text(to, "\033]8;;\033\\", err) : PL_OK;
}
