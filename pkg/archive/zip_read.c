#include "pkg/archive/zip_read.h"

#include "pkg/archive/zip_inflate.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A link's target; Linux takes paths of up to 4,095 bytes. */
enum { MAX_TARGET_BYTES = 4096 };
/* Each costs a read while the archive is opened; no package comes near. */
enum { MAX_TARGETS = 65536 };
/* The largest record of the directory, and the largest local header, fit. */
#define WINDOW_BYTES PL_KB(256)

static void zip_free(struct pl_zip *zip)
{
    if (zip) {
        pl_fd_close(&zip->fd);
        free(zip->path);
        free(zip->place);
        free(zip->span);
        free(zip->index);
        free(zip);
    }
}

static void zip_done(struct pl_tree *tree)
{
    zip_free(tree->self);
    tree->self = NULL;
}

/* ---------------------------------------------------------------- one entry */

static PL_STATUS read_large(const struct pl_zip *zip, const struct pl_entry *entry,
                            struct pl_buf *to, struct pl_zip_got *got, struct pl_err *err)
{
    struct pl_zip_keep PL_CLEANUP(pl_zip_keep_done) keep = {.start.max = (size_t)entry->size};
    enum pl_status status = pl_zip_stream(zip, entry, entry->size, &keep, got, err);
    if (status == PL_OK && got->state != PL_READ_CORRUPT) {
        status = pl_buf_slice(to, pl_buf_view(&keep.start), err);
    }
    got->bytes = (struct pl_slice){0};
    return status;
}

/* *got is borrowed from the worker. */
static PL_STATUS get_small(const struct pl_zip *zip, const struct pl_entry *entry,
                           struct pl_zip_worker *worker, struct pl_zip_got *got, struct pl_err *err)
{
    enum pl_status status = pl_zip_need_in(worker, (size_t)entry->packed, err);
    if (status == PL_OK) {
        status = pl_zip_pread(zip, worker->in, (size_t)entry->packed,
                              zip->place[entry->stored].data, err);
    }
    return status == PL_OK ? pl_zip_whole(worker, entry, worker->in, got, err) : status;
}

static PL_STATUS read_small(const struct pl_zip *zip, const struct pl_entry *entry,
                            struct pl_buf *to, struct pl_zip_got *got, struct pl_err *err)
{
    struct pl_zip_worker PL_CLEANUP(pl_zip_worker_done) worker = {0};
    enum pl_status status = get_small(zip, entry, &worker, got, err);
    if (status == PL_OK && got->state != PL_READ_CORRUPT) {
        status = pl_buf_slice(to, got->bytes, err);
    }
    got->bytes = (struct pl_slice){0};
    return status;
}

static PL_STATUS zip_read(const struct pl_tree *tree, uint32_t index, size_t max, struct pl_buf *to,
                          struct pl_err *err)
{
    const struct pl_zip *zip = tree->self;
    if (index >= tree->n) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: there is no entry %u", zip->path, index);
    }
    const struct pl_entry *entry = &tree->entry[index];
    if (entry->flags & PL_ENTRY_IMPLIED) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: a folder has no contents", zip->path);
    }
    uint8_t wrong = 0;
    enum pl_read_state state = pl_zip_prejudge(entry, &zip->place[entry->stored], &wrong);
    if (state != PL_READ_WHOLE) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: entry %u %s", zip->path, entry->stored,
                          state == PL_READ_UNSUPPORTED ? "is packed in a way that we do not read"
                                                       : "is damaged");
    }
    if (entry->size > max) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: entry %u is larger than %zu bytes", zip->path,
                          entry->stored, max);
    }
    struct pl_zip_got got = {0};
    bool large = entry->size > PL_MAX_WHOLE_ENTRY || entry->packed > PL_MAX_WHOLE_ENTRY;
    enum pl_status status =
        large ? read_large(zip, entry, to, &got, err) : read_small(zip, entry, to, &got, err);
    if (status == PL_OK && got.state == PL_READ_CORRUPT) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: entry %u is damaged", zip->path, entry->stored);
    }
    return status;
}

/* What cannot be read gives no bytes; who asked sees that they are missing. */
static PL_STATUS zip_parts(const struct pl_tree *tree, uint32_t index, struct pl_parts *parts,
                           struct pl_err *err)
{
    const struct pl_zip *zip = tree->self;
    const struct pl_entry *entry = index < tree->n ? &tree->entry[index] : NULL;
    uint8_t wrong = 0;
    if (!entry || (entry->flags & PL_ENTRY_IMPLIED) ||
        pl_zip_prejudge(entry, &zip->place[entry->stored], &wrong) != PL_READ_WHOLE) {
        return PL_OK;
    }
    struct pl_zip_got got = {0};
    struct pl_zip_keep keep = {.parts = *parts, .chosen = true, .parts_only = true};
    enum pl_status status = pl_zip_stream(zip, entry, entry->size, &keep, &got, err);
    *parts = keep.parts;
    return status;
}

static const struct pl_tree_ops zip_ops = {pl_zip_walk, zip_read, zip_done, zip_parts};

/* ---------------------------------------------------------------- open */

/* A link's target is its contents.  One that is damaged stays empty: the walk says how. */
static PL_STATUS read_link(struct pl_tree *tree, struct pl_entry *entry,
                           struct pl_zip_worker *worker, bool too_many, struct pl_err *err)
{
    const struct pl_zip *zip = tree->self;
    uint8_t wrong = 0;
    if (pl_zip_prejudge(entry, &zip->place[entry->stored], &wrong) != PL_READ_WHOLE) {
        return PL_OK;
    }
    if (too_many || entry->size > MAX_TARGET_BYTES ||
        entry->packed > MAX_TARGET_BYTES + MAX_TARGET_BYTES) {
        return pl_tree_issue(tree,
                             (struct pl_issue){.what = PL_ISSUE_UNREADABLE,
                                               .entry = entry->stored,
                                               .offset = entry->offset,
                                               .count = entry->size},
                             err);
    }
    struct pl_zip_got got = {0};
    enum pl_status status = get_small(zip, entry, worker, &got, err);
    if (status == PL_OK && got.state != PL_READ_CORRUPT) {
        status = pl_arena_dup(&tree->arena, got.bytes, &entry->link, err);
    }
    return status;
}

static PL_STATUS read_links(struct pl_tree *tree, struct pl_err *err)
{
    struct pl_zip_worker PL_CLEANUP(pl_zip_worker_done) worker = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].type == PL_ENTRY_LINK) {
            enum pl_status status =
                read_link(tree, &tree->entry[i], &worker, n++ >= MAX_TARGETS, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS index_entries(struct pl_tree *tree, struct pl_err *err)
{
    struct pl_zip *zip = tree->self;
    zip->index = pl_arr_zeroed(zip->n, sizeof *zip->index, err);
    if (!zip->index) {
        return err->code;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].stored < zip->n) {
            zip->index[tree->entry[i].stored] = i;
        }
    }
    return PL_OK;
}

static PL_STATUS audit_zip(struct pl_tree *tree, struct pl_err *err)
{
    struct pl_zip_audit audit = {.tree = tree, .zip = tree->self};
    enum pl_status status = pl_zip_window_init(&audit.win, audit.zip, WINDOW_BYTES, err);
    if (status == PL_OK) {
        status = pl_zip_find_end(&audit, err);
    }
    if (status == PL_OK && audit.end.readable) {
        status = pl_zip_read_directory(&audit, err);
        if (status == PL_OK) {
            status = pl_zip_check_locals(&audit, err);
        }
    }
    pl_zip_window_done(&audit.win);
    return status;
}

static PL_STATUS open_file(struct pl_zip *zip, const char *path, struct pl_err *err)
{
    struct stat st;
    if (pl_file_open(path, &zip->fd, err) != PL_OK) {
        return err->code;
    }
    if (fstat(zip->fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    zip->size = (uint64_t)st.st_size;
    return PL_OK;
}

/* `memory` without a pointer: the file of that name. */
static PL_STATUS open_tree(struct pl_tree *tree, const char *name, struct pl_slice memory,
                           struct pl_err *err)
{
    struct pl_zip *zip = pl_arr_zeroed(1, sizeof *zip, err);
    if (!zip) {
        return err->code;
    }
    zip->fd = -1;
    zip->bytes = (const unsigned char *)memory.ptr;
    zip->size = memory.len;
    tree->self = zip;
    tree->ops = &zip_ops;
    struct pl_buf copy;
    pl_buf_init(&copy, PL_MAX_PATH);
    enum pl_status status = pl_buf_text(&copy, name, err);
    if (status == PL_OK) {
        status = pl_buf_take(&copy, &zip->path, err);
    }
    pl_buf_done(&copy);
    if (status == PL_OK && !zip->bytes) {
        status = open_file(zip, name, err);
    }
    if (status != PL_OK) {
        return status;
    }
    tree->container_bytes = zip->size;
    status = audit_zip(tree, err);
    if (status == PL_OK) {
        status = read_links(tree, err);
    }
    if (status == PL_OK) {
        status = pl_tree_finish(tree, err);
    }
    return status == PL_OK ? index_entries(tree, err) : status;
}

static PL_STATUS open_zip(struct pl_tree *ret, const char *name, struct pl_slice memory,
                          struct pl_err *err)
{
    struct pl_tree tree = {0};
    /* Links' targets live there too. */
    pl_arena_init(&tree.arena, PL_MAX_NAMES_BYTES);
    enum pl_status status = open_tree(&tree, name, memory, err);
    if (status != PL_OK) {
        pl_tree_done(&tree);
        return status;
    }
    *ret = tree;
    return PL_OK;
}

PL_STATUS pl_zip_open(struct pl_tree *ret, const char *path, struct pl_err *err)
{
    return open_zip(ret, path, (struct pl_slice){0}, err);
}

PL_STATUS pl_zip_open_memory(struct pl_tree *ret, const char *name, struct pl_slice bytes,
                             struct pl_err *err)
{
    return open_zip(ret, name, bytes.ptr ? bytes : PL_SLICE(""), err);
}
