/*
 * A ZIP file as a tree: our own audit of the raw layout (APPNOTE 6.3), then reading with pread and
 * libdeflate.  The whole file is never in memory; the central directory is.
 */
#ifndef PL_PKG_ARCHIVE_ZIP_READ_H
#define PL_PKG_ARCHIVE_ZIP_READ_H

#include "pkg/archive/tree.h"

/* Does the file start like a ZIP, or end in an end record?  Cheap; for recognising inputs. */
PL_STATUS pl_zip_recognise(int fd, const char *path, uint64_t size, bool *ret, struct pl_err *err);

/* Opens `path` (a regular file).  What is wrong with the archive is in the tree's issues; an error
 * is a file that the system would not let us read. */
PL_STATUS pl_zip_open(struct pl_tree *ret, const char *path, struct pl_err *err);
/* The same for a ZIP in memory: a jar inside a package.  `bytes` is borrowed for as long as entries
 * are read or walked; names and sizes stay valid without it.  `name` is for messages. */
PL_STATUS pl_zip_open_memory(struct pl_tree *ret, const char *name, struct pl_slice bytes,
                             struct pl_err *err);

#endif
