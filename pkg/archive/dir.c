#include "pkg/archive/dir.h"

#include "pkg/archive/dir_fd.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The way through the folders, without recursion. */
struct scan {
    struct pl_tree *tree;
    struct pl_dir *dir;
    const struct pl_dir_filter *filter;
    struct pl_dir_chain chain;
    size_t cap_entry;
    uint32_t *todo; /* owned; folders that are still to be read, as indexes of entries */
    uint32_t n_todo;
    size_t cap_todo;
    struct pl_buf path; /* the entry at hand */
    struct pl_buf target;
};

static void dir_done(struct pl_tree *tree)
{
    struct pl_dir *dir = tree->self;
    if (dir) {
        pl_fd_close(&dir->root);
        free(dir->path);
        free(dir->failed);
        free(dir);
        tree->self = NULL;
    }
}

static const struct pl_tree_ops dir_ops = {pl_dir_walk, pl_dir_read, dir_done, pl_dir_parts};

/* ---------------------------------------------------------------- entries */

static enum pl_entry_type type_of(mode_t mode)
{
    if (S_ISREG(mode)) {
        return PL_ENTRY_FILE;
    }
    if (S_ISDIR(mode)) {
        return PL_ENTRY_FOLDER;
    }
    return S_ISLNK(mode) ? PL_ENTRY_LINK : PL_ENTRY_SPECIAL;
}

static PL_STATUS say(struct scan *scan, enum pl_issue_kind what, uint32_t index, struct pl_err *err)
{
    return pl_tree_issue(scan->tree, (struct pl_issue){.what = (uint16_t)what, .entry = index},
                         err);
}

static PL_STATUS refuse(struct scan *scan, uint32_t index, struct pl_err *err)
{
    scan->tree->entry[index].flags |= PL_ENTRY_UNREADABLE;
    return say(scan, PL_ISSUE_UNREADABLE, index, err);
}

static PL_STATUS push(struct scan *scan, uint32_t index, struct pl_err *err)
{
    uint32_t *todo = pl_arr_grow(scan->todo, &scan->cap_todo, (size_t)scan->n_todo + 1,
                                 sizeof *todo, PL_MAX_ENTRIES, "folders", err);
    if (!todo) {
        return err->code;
    }
    scan->todo = todo;
    todo[scan->n_todo++] = index;
    return PL_OK;
}

static PL_STATUS add_entry(struct scan *scan, const struct stat *st, enum pl_entry_type type,
                           uint32_t *ret_index, struct pl_err *err)
{
    struct pl_tree *tree = scan->tree;
    struct pl_entry *entry = pl_arr_grow(tree->entry, &scan->cap_entry, (size_t)tree->n + 1,
                                         sizeof *entry, PL_MAX_ENTRIES, "entries", err);
    if (!entry) {
        return err->code;
    }
    tree->entry = entry;
    struct pl_slice name;
    enum pl_status status = pl_arena_dup(&tree->arena, pl_buf_view(&scan->path), &name, err);
    if (status != PL_OK) {
        return status;
    }
    uint32_t index = tree->n++;
    entry[index] = (struct pl_entry){
        .name = name,
        .size = type == PL_ENTRY_FILE && st->st_size > 0 ? (uint64_t)st->st_size : 0,
        .mtime = (int64_t)st->st_mtime,
        .mode = (int32_t)(st->st_mode & 07777),
        .type = (uint8_t)type,
        .host = 3,
        .stored = index,
    };
    *ret_index = index;
    return pl_tree_check_name(tree, name, true, (struct pl_issue){.entry = index}, err);
}

static PL_STATUS add_target(struct scan *scan, int fd, const char *name, uint32_t index,
                            struct pl_err *err)
{
    pl_buf_clear(&scan->target);
    enum pl_status status = pl_buf_reserve(&scan->target, PL_MAX_PATH, err);
    if (status != PL_OK) {
        return status;
    }
    ssize_t n = readlinkat(fd, name, scan->target.data, PL_MAX_PATH);
    if (n < 0) {
        /* It was a link a moment ago. */
        return pl_dir_is_refused(errno) || errno == EINVAL
                   ? refuse(scan, index, err)
                   : pl_err_sys(err, errno, "%s: a link in it", scan->dir->path);
    }
    if ((size_t)n >= PL_MAX_PATH) {
        return refuse(scan, index, err);
    }
    pl_buf_grew(&scan->target, (size_t)n);
    return pl_arena_dup(&scan->tree->arena, pl_buf_view(&scan->target),
                        &scan->tree->entry[index].link, err);
}

/* ---------------------------------------------------------------- folders */

static PL_STATUS set_path(struct scan *scan, struct pl_slice folder, const char *name,
                          struct pl_err *err)
{
    pl_buf_clear(&scan->path);
    enum pl_status status = pl_buf_slice(&scan->path, folder, err);
    if (status == PL_OK && folder.len > 0) {
        status = pl_buf_byte(&scan->path, '/', err);
    }
    if (status == PL_OK) {
        status = pl_buf_text(&scan->path, name, err);
    }
    return status == PL_OK ? PL_OK : pl_err_wrap(err, "%s: a path in it", scan->dir->path);
}

static PL_STATUS check_depth(const struct scan *scan, struct pl_err *err)
{
    size_t depth = 1;
    for (size_t i = 0; i < scan->path.len; i++) {
        depth += scan->path.data[i] == '/' ? 1u : 0u;
    }
    return depth <= PL_MAX_FOLDER_DEPTH
               ? PL_OK
               : pl_err_set(err, PL_ERR_LIMIT, "%s: folders are nested more than %u deep",
                            scan->dir->path, PL_MAX_FOLDER_DEPTH);
}

/* What an entry of this type needs beside its entry. */
static PL_STATUS complete(struct scan *scan, int fd, const char *name, uint32_t index,
                          struct pl_err *err)
{
    switch (scan->tree->entry[index].type) {
    case PL_ENTRY_FOLDER: {
        enum pl_status status = check_depth(scan, err);
        return status == PL_OK ? push(scan, index, err) : status;
    }
    case PL_ENTRY_LINK:
        return add_target(scan, fd, name, index, err);
    case PL_ENTRY_SPECIAL:
        return say(scan, PL_ISSUE_SPECIAL, index, err);
    case PL_ENTRY_FILE:
    default:
        /* Known now, though nobody may ever ask for its bytes: what cannot be read cannot be
         * judged. */
        return faccessat(fd, name, R_OK, AT_EACCESS) != 0 && pl_dir_is_refused(errno)
                   ? refuse(scan, index, err)
                   : PL_OK;
    }
}

/* A folder that may be listed and not searched has names, and nothing else is known of them. */
static PL_STATUS add_unknown(struct scan *scan, struct pl_err *err)
{
    struct stat st = {0};
    uint32_t index = 0;
    enum pl_status status = add_entry(scan, &st, PL_ENTRY_FILE, &index, err);
    if (status != PL_OK) {
        return status;
    }
    scan->tree->entry[index].mode = PL_MODE_NONE;
    return refuse(scan, index, err);
}

static bool is_taken(const struct scan *scan, enum pl_entry_type type)
{
    const struct pl_dir_filter *filter = scan->filter;
    return !filter || !filter->take || filter->take(filter->ctx, pl_buf_view(&scan->path), type);
}

static PL_STATUS add_child(struct scan *scan, int fd, struct pl_slice folder, const char *name,
                           struct pl_err *err)
{
    struct stat st = {0};
    enum pl_status status = set_path(scan, folder, name, err);
    if (status != PL_OK) {
        return status;
    }
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return PL_OK; /* gone between the listing and now */
        }
        if (!pl_dir_is_refused(errno)) {
            return pl_err_sys(err, errno, "%s: a file in it", scan->dir->path);
        }
        return is_taken(scan, PL_ENTRY_FILE) ? add_unknown(scan, err) : PL_OK;
    }
    enum pl_entry_type type = type_of(st.st_mode);
    if (!is_taken(scan, type)) {
        return PL_OK;
    }
    uint32_t index = 0;
    status = add_entry(scan, &st, type, &index, err);
    return status == PL_OK ? complete(scan, fd, name, index, err) : status;
}

static PL_STATUS list(struct scan *scan, DIR *stream, struct pl_slice folder, struct pl_err *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *item = readdir(stream);
        if (!item) {
            return errno == 0 ? PL_OK : pl_err_sys(err, errno, "%s", scan->dir->path);
        }
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) {
            continue;
        }
        enum pl_status status = add_child(scan, dirfd(stream), folder, item->d_name, err);
        if (status != PL_OK) {
            return status;
        }
    }
}

/* closedir closes its descriptor, so it gets another one.  They share a position, which nobody else
 * uses; opening "." anew would need a folder that may be searched as well as read. */
static PL_STATUS list_folder(struct scan *scan, int fd, struct pl_slice folder, struct pl_err *err)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *stream = own >= 0 ? fdopendir(own) : NULL;
    if (!stream) {
        int sys = errno;
        pl_fd_close(&own);
        return pl_err_sys(err, sys, "%s", scan->dir->path);
    }
    enum pl_status status = list(scan, stream, folder, err);
    closedir(stream);
    return status;
}

static PL_STATUS scan_folders(struct scan *scan, struct pl_err *err)
{
    enum pl_status status = list_folder(scan, scan->dir->root, PL_SLICE(""), err);
    while (status == PL_OK && scan->n_todo > 0) {
        uint32_t index = scan->todo[--scan->n_todo];
        struct pl_slice name = scan->tree->entry[index].name;
        int fd = pl_dir_chain_open(&scan->chain, name);
        if (fd >= 0) {
            status = list_folder(scan, fd, name, err);
        } else if (pl_dir_is_refused(errno)) {
            status = refuse(scan, index, err);
        } else {
            status = pl_err_sys(err, errno, "%s: a folder in it", scan->dir->path);
        }
    }
    return status;
}

/* ---------------------------------------------------------------- open */

static PL_STATUS open_root(struct pl_dir *dir, const char *path, struct pl_err *err)
{
    struct pl_buf name;
    pl_buf_init(&name, PL_MAX_PATH);
    enum pl_status status = pl_buf_text(&name, path, err);
    if (status == PL_OK) {
        status = pl_buf_take(&name, &dir->path, err);
    }
    pl_buf_done(&name);
    if (status != PL_OK) {
        return status;
    }
    do {
        dir->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (dir->root < 0 && errno == EINTR);
    if (dir->root < 0) {
        return errno == ENOTDIR ? pl_err_set(err, PL_ERR_FORMAT, "%s: not a folder", path)
                                : pl_err_sys(err, errno, "%s", path);
    }
    return PL_OK;
}

static PL_STATUS scan_tree(struct pl_tree *tree, const struct pl_dir_filter *filter,
                           struct pl_err *err)
{
    struct scan scan = {.tree = tree, .dir = tree->self, .filter = filter};
    pl_dir_chain_init(&scan.chain, tree->self);
    pl_buf_init(&scan.path, PL_MAX_PATH);
    pl_buf_init(&scan.target, PL_MAX_PATH);
    enum pl_status status = scan_folders(&scan, err);
    pl_dir_chain_done(&scan.chain);
    pl_buf_done(&scan.path);
    pl_buf_done(&scan.target);
    free(scan.todo);
    return status;
}

static PL_STATUS open_tree(struct pl_tree *tree, const char *path,
                           const struct pl_dir_filter *filter, struct pl_err *err)
{
    struct pl_dir *dir = pl_arr_zeroed(1, sizeof *dir, err);
    if (!dir) {
        return err->code;
    }
    dir->root = -1;
    tree->self = dir;
    tree->ops = &dir_ops;
    enum pl_status status = open_root(dir, path, err);
    if (status == PL_OK) {
        status = scan_tree(tree, filter, err);
    }
    if (status == PL_OK) {
        status = pl_tree_finish(tree, err);
    }
    if (status != PL_OK) {
        return status;
    }
    dir->failed = pl_arr_zeroed(tree->n, sizeof *dir->failed, err);
    if (!dir->failed) {
        return err->code;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        /* A folder has no order of its own: what readdir gives depends on the file system. */
        tree->entry[i].stored = i;
        bool said = (tree->entry[i].flags & PL_ENTRY_UNREADABLE) != 0;
        dir->failed[i] = said ? PL_DIR_FAILED_SAID : PL_DIR_FINE;
    }
    return PL_OK;
}

PL_STATUS pl_dir_open(struct pl_tree *ret, const char *path, const struct pl_dir_filter *filter,
                      struct pl_err *err)
{
    struct pl_tree tree = {0};
    pl_arena_init(&tree.arena, PL_MAX_NAMES_BYTES);
    enum pl_status status = open_tree(&tree, path, filter, err);
    if (status != PL_OK) {
        pl_tree_done(&tree);
        return status;
    }
    *ret = tree;
    return PL_OK;
}
