/* A tar as libarchive's stream (inside of pkg/build), opened so that nothing of libarchive 3.6.2 is
 * asked that crashes when there is no memory: archive_read_open_fd() and archive_read_next_header()
 * go on with what could not be made. */
#ifndef PL_PKG_BUILD_TAR_IN_H
#define PL_PKG_BUILD_TAR_IN_H

#include "pkg/base/err.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>

struct pl_tar_in {
    struct archive *in;          /* owned; formats and filters are the caller's to choose */
    struct archive_entry *entry; /* owned; of the last header */
    unsigned char *block;        /* owned */
    int fd;                      /* borrowed; a regular file */
};

/* Call pl_tar_in_done in any case. */
PL_STATUS pl_tar_in_init(struct pl_tar_in *tar, int fd, struct pl_err *err);
/* Both give what libarchive's functions of that name give. */
int pl_tar_in_open(struct pl_tar_in *tar);
int pl_tar_in_next(struct pl_tar_in *tar);
/* Did it fail for lack of memory, or because the system would not read? */
bool pl_tar_in_broke(const struct pl_tar_in *tar, const char *path, struct pl_err *err);
void pl_tar_in_done(struct pl_tar_in *tar);

#endif
