/*
 * Headers of a tar, one after the other: ustar, PAX, GNU and star names and numbers, sparse files
 * (POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format").  Private to pkg/image.
 *
 * What an entry's fields mean where archives disagree follows Go's archive/tar: that is what
 * container engines and registries read layers with.
 */
#ifndef PL_PKG_IMAGE_TAR_H
#define PL_PKG_IMAGE_TAR_H

#include "pkg/base/buf.h"
#include "pkg/image/stream.h"

enum pl_tar_type {
    PL_TAR_FILE = '0',
    PL_TAR_HARD_LINK = '1',
    PL_TAR_LINK = '2',
    PL_TAR_CHAR = '3',
    PL_TAR_BLOCK = '4',
    PL_TAR_FOLDER = '5',
    PL_TAR_FIFO = '6',
    PL_TAR_OTHER = '?' /* a type that no image may have */
};

/* A run of a sparse file that is stored; between runs there are zeros. */
struct pl_tar_run {
    uint64_t at, len;
};

struct pl_tar_entry {
    struct pl_slice name, link; /* as stored; borrowed until the next entry */
    uint8_t type;               /* enum pl_tar_type */
    int32_t mode;               /* 07777 */
    uint64_t uid, gid;
    int64_t mtime;
    uint64_t size;                /* of the file, holes included */
    uint64_t header;              /* where its first header stands in the stream */
    uint64_t data;                /* where its bytes stand in the stream */
    uint64_t stored;              /* how many stand there */
    const struct pl_tar_run *run; /* SPARSE only; borrowed until the next entry */
    uint32_t n_run;
    bool sparse;
};

struct pl_tar {
    struct pl_stream *in; /* borrowed */
    struct pl_buf name, link, pax;
    struct pl_tar_run *run; /* owned */
    size_t n_run, cap_run;
    uint64_t body_end; /* where the next header stands */
    uint64_t headers;  /* read so far */
    bool ended;        /* the end marker was met */
};

void pl_tar_init(struct pl_tar *tar, struct pl_stream *in);
void pl_tar_done(struct pl_tar *tar);
/* The next entry, passing over what is left of the one before; *ret_more is false at the end.
 * PL_ERR_FORMAT says at which offset the tar is damaged. */
PL_STATUS pl_tar_next(struct pl_tar *tar, struct pl_tar_entry *ret, bool *ret_more,
                      struct pl_err *err);
/* Does this block look like a tar header: is its checksum right? */
bool pl_tar_is_header(const unsigned char *block);

enum { PL_TAR_BLOCK_BYTES = 512 };
/* A PAX header, and the runs of one sparse file. */
#define PL_TAR_MAX_PAX  PL_MB(1)
#define PL_TAR_MAX_RUNS 65536u

#endif
