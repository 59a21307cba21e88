/*
 * A folder as a tree.  Folders are read through descriptors (openat, O_NOFOLLOW), so that nothing
 * outside the folder is opened whatever links say.  Links are entries, never followed.
 * Folders that may not be read are entries with PL_ENTRY_UNREADABLE and an issue.
 */
#ifndef PL_PKG_ARCHIVE_DIR_H
#define PL_PKG_ARCHIVE_DIR_H

#include "pkg/archive/tree.h"

/* Leaves out what the caller's filter refuses; a refused folder is not descended. */
struct pl_dir_filter {
    void *ctx; /* NULL filter function: everything is taken */
    bool (*take)(void *ctx, struct pl_slice name, enum pl_entry_type type);
};

PL_STATUS pl_dir_open(struct pl_tree *ret, const char *path, const struct pl_dir_filter *filter,
                      struct pl_err *err);

#endif
