/* Private to the folder reader: descriptors of folders below a root, few at a time. */
#ifndef PL_PKG_ARCHIVE_DIR_FD_H
#define PL_PKG_ARCHIVE_DIR_FD_H

#include "pkg/archive/tree.h"

/* pl_tree.self of a folder. */
struct pl_dir {
    int root;
    char *path;      /* owned; for messages */
    uint8_t *failed; /* owned; by tree index: enum pl_dir_failed of the walks */
};
enum pl_dir_failed { PL_DIR_FINE, PL_DIR_FAILED, PL_DIR_FAILED_SAID };

/*
 * The folder that was opened last and its parent: the next one wanted is mostly below one of them.
 * Holds at most two descriptors besides the root, and three while it descends.  Names are borrowed
 * from the tree's arena.
 */
struct pl_dir_chain {
    const struct pl_dir *dir;
    struct {
        int fd; /* -1: none */
        struct pl_slice name;
    } link[2]; /* parent, folder */
};
void pl_dir_chain_init(struct pl_dir_chain *chain, const struct pl_dir *dir);
void pl_dir_chain_done(struct pl_dir_chain *chain);

/* The descriptor of folder `name` ("" is the root), reached component by component without
 * following links; -1 with errno.  Borrowed until the next call. */
int pl_dir_chain_open(struct pl_dir_chain *chain, struct pl_slice name);

/* openat for a single component that is a slice; -1 with errno. */
int pl_dir_openat(int fd, struct pl_slice component, int flags);

/* The file or folder itself is not to be had, whatever else is: no reason to give up on the rest.
 */
bool pl_dir_is_refused(int sys);

/* dir_walk.c */
PL_STATUS pl_dir_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err);
PL_STATUS pl_dir_parts(const struct pl_tree *tree, uint32_t index, struct pl_parts *parts,
                       struct pl_err *err);
PL_STATUS pl_dir_read(const struct pl_tree *tree, uint32_t index, size_t max, struct pl_buf *to,
                      struct pl_err *err);

#endif
