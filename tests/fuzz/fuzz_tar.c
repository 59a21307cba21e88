/*
 * Any bytes as a layer: plain, gzip or zstd, and a tar inside.  Entries come in the order of the
 * stream, lie in it, and are the same when reading begins again at a mark.
 */
#include "pkg/base/limits.h"
#include "pkg/image/tar.h"
#include "tests/fuzz/promise.h"

#include <fcntl.h>
#include <unistd.h>

enum { ENTRIES_MOST = 20000, UNPACKED_MOST = 64 << 20 };

static void check_entry(const struct pl_tar_entry *e, uint64_t *at)
{
    uint64_t end = 0;
    pl_fuzz_promise(e->header >= *at, "headers come in order");
    pl_fuzz_promise(e->data > e->header, "a file stands behind its header");
    pl_fuzz_promise(e->mode >= 0 && e->mode <= 07777, "modes are modes");
    pl_fuzz_promise(e->type == PL_TAR_FILE || e->type == PL_TAR_OTHER || e->size == 0,
                    "only files have bytes");
    pl_fuzz_promise(e->name.len <= PL_MAX_PATH && e->link.len <= PL_MAX_PATH, "names are bounded");
    for (uint32_t i = 0; i < e->n_run; i++) {
        pl_fuzz_promise(e->run[i].at >= end, "runs are in order");
        end = e->run[i].at + e->run[i].len;
    }
    pl_fuzz_promise(!e->sparse || end <= e->size, "runs lie in the file");
    *at = e->data;
}

static void read_again(const struct pl_marks *marks, struct pl_span span, uint64_t from)
{
    struct pl_stream *in = NULL;
    struct pl_err err;
    if (pl_stream_reopen(&in, span, "fuzz", marks, from, &err) != PL_OK) {
        return;
    }
    pl_fuzz_promise(pl_stream_at(in) <= from, "reading begins at or before the place");
    pl_stream_free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_marks marks = {.max = 8, .every = 4096};
    struct pl_stream_options options = {.marks = &marks,
                                        .name = "fuzz",
                                        .digest = true,
                                        .seek = PL_SLICE("AWS_LAMBDA_RUNTIME_API")};
    struct pl_stream *in = NULL;
    struct pl_tar tar;
    struct pl_tar_entry e;
    struct pl_err err;
    uint64_t at = 0;
    bool more = true;
    struct pl_span span = {open(pl_fuzz_file(data, size), O_RDONLY), 0, size};
    pl_fuzz_promise(span.fd >= 0, "the file can be opened");
    if (pl_stream_open(&in, span, &options, &err) != PL_OK) {
        close(span.fd);
        return 0;
    }
    pl_tar_init(&tar, in);
    for (unsigned n = 0; more && n < ENTRIES_MOST && pl_stream_at(in) < UNPACKED_MOST; n++) {
        if (pl_tar_next(&tar, &e, &more, &err) != PL_OK) {
            pl_fuzz_promise(err.code == PL_ERR_FORMAT || err.code == PL_ERR_LIMIT,
                            "damage is called damage");
            break;
        }
        if (more) {
            check_entry(&e, &at);
        }
    }
    read_again(&marks, span, at);
    pl_tar_done(&tar);
    pl_stream_free(in);
    pl_marks_done(&marks);
    close(span.fd);
    return 0;
}
