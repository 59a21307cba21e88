/* Reading a folder's files: each through its parent's descriptor, never through a path. */
#include "pkg/archive/dir_fd.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Neighbours that one worker reads in a row. */
enum { CHUNK_FILES = 64 };
#define CHUNK_BYTES  PL_MB(1)
#define MAX_PRODUCED ((uint64_t)(PL_MAX_PRODUCED))

struct pick {
    uint32_t index;
    uint8_t look;
};

struct job {
    uint32_t first;
    uint32_t end;
};

struct reader {
    struct pl_dir_chain chain;
    struct pl_buf bytes;
};

struct walk {
    struct pl_tree *tree;
    struct pl_dir *dir;
    const struct pl_sink *to;
    struct pick *pick; /* owned */
    uint32_t n_pick;
    struct job *job; /* owned */
    uint32_t n_job;
    struct reader *reader; /* owned; one per worker */
    unsigned n_reader;
    uint32_t bomb; /* the entry that went over the limit, or PL_ENTRY_NONE */
};

/* ---------------------------------------------------------------- one file */

/* Opens the entry's file for reading and makes sure that it is the one that was listed.  The error
 * is PL_ERR_CHANGED or PL_ERR_IO with the errno; a FIFO that took its place does not hang. */
static PL_STATUS open_file(struct pl_dir_chain *chain, const struct pl_entry *entry, int *ret,
                           struct pl_err *err)
{
    int folder = pl_dir_chain_open(chain, pl_slice_dirname(entry->name));
    int fd = folder < 0 ? -1
                        : pl_dir_openat(folder, pl_slice_basename(entry->name),
                                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return pl_err_sys(err, errno, "%s: entry %u", chain->dir->path, entry->stored);
    }
    struct stat st;
    if (fstat(fd, &st) != 0) {
        enum pl_status status = pl_err_sys(err, errno, "%s", chain->dir->path);
        pl_fd_close(&fd);
        return status;
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size != entry->size) {
        pl_fd_close(&fd);
        return pl_err_set(err, PL_ERR_CHANGED, "%s: entry %u changed while it was read",
                          chain->dir->path, entry->stored);
    }
    *ret = fd;
    return PL_OK;
}

static PL_STATUS read_bytes(int fd, const struct pl_dir *dir, size_t n, struct pl_buf *to,
                            struct pl_err *err)
{
    enum pl_status status = pl_buf_reserve(to, n, err);
    if (status == PL_OK && n > 0) {
        status = pl_file_pread(fd, dir->path, to->data + to->len, n, 0, err);
        if (status == PL_OK) {
            pl_buf_grew(to, n);
        }
    }
    return status;
}

static size_t wanted_bytes(const struct pl_entry *entry, unsigned look)
{
    if (look == PL_LOOK_CHECK || entry->type != PL_ENTRY_FILE) {
        return 0;
    }
    bool start = look == PL_LOOK_START || entry->size > PL_MAX_WHOLE_ENTRY;
    return start && entry->size > PL_LOOK_START_BYTES ? PL_LOOK_START_BYTES : (size_t)entry->size;
}

static PL_STATUS read_file(struct reader *reader, const struct pl_dir *dir,
                           const struct pl_entry *entry, unsigned look, struct pl_err *err)
{
    int fd = -1;
    pl_buf_clear(&reader->bytes);
    enum pl_status status = open_file(&reader->chain, entry, &fd, err);
    if (status == PL_OK) {
        status = read_bytes(fd, dir, wanted_bytes(entry, look), &reader->bytes, err);
    }
    pl_fd_close(&fd);
    return status;
}

/* Is it the file alone that failed?  Without memory or descriptors every other one fails as well,
 * and that is no fact about the folder. */
static bool is_of_file(const struct pl_err *err)
{
    return err->code != PL_ERR_NOMEM && err->sys != EMFILE && err->sys != ENFILE;
}

/* What became of one file: its start or the whole, or that it could not be had. */
static PL_STATUS look_at_file(struct walk *walk, struct reader *reader, const struct pick *pick,
                              enum pl_read_state *ret_state, struct pl_err *err)
{
    const struct pl_entry *entry = &walk->tree->entry[pick->index];
    enum pl_status status = read_file(reader, walk->dir, entry, pick->look, err);
    if (status == PL_OK) {
        *ret_state = reader->bytes.len < entry->size ? PL_READ_START : PL_READ_WHOLE;
        return PL_OK;
    }
    if (!is_of_file(err)) {
        return status;
    }
    uint8_t *failed = &walk->dir->failed[pick->index];
    *failed = *failed == PL_DIR_FINE ? PL_DIR_FAILED : *failed;
    pl_buf_clear(&reader->bytes);
    *ret_state = PL_READ_FAILED;
    return PL_OK;
}

static PL_STATUS do_pick(struct walk *walk, unsigned worker, const struct pick *pick,
                         struct pl_err *err)
{
    const struct pl_entry *entry = &walk->tree->entry[pick->index];
    struct reader *reader = &walk->reader[worker];
    struct pl_slice bytes = {0};
    enum pl_read_state state = PL_READ_WHOLE;
    if (entry->type == PL_ENTRY_LINK) {
        bytes = pick->look == PL_LOOK_CHECK ? bytes : entry->link;
        state = bytes.len < entry->link.len ? PL_READ_START : PL_READ_WHOLE;
    } else {
        enum pl_status status = look_at_file(walk, reader, pick, &state, err);
        if (status != PL_OK) {
            return status;
        }
        bytes = pl_buf_view(&reader->bytes);
    }
    return walk->to->entry(walk->to->ctx, worker, pick->index, state, bytes, err);
}

/* ---------------------------------------------------------------- all of them */

static PL_STATUS run_job(void *ctx, unsigned worker, size_t index, struct pl_err *err)
{
    struct walk *walk = ctx;
    enum pl_status status = PL_OK;
    for (uint32_t i = walk->job[index].first; status == PL_OK && i < walk->job[index].end; i++) {
        status = do_pick(walk, worker, &walk->pick[i], err);
    }
    return status;
}

static PL_STATUS pick_entries(struct walk *walk, struct pl_err *err)
{
    uint64_t budget = MAX_PRODUCED;
    walk->pick = pl_arr_zeroed(walk->tree->n, sizeof *walk->pick, err);
    walk->job = pl_arr_zeroed(walk->tree->n, sizeof *walk->job, err);
    walk->reader = pl_arr_zeroed(walk->n_reader, sizeof *walk->reader, err);
    if (!walk->pick || !walk->job || !walk->reader) {
        return err->code;
    }
    for (unsigned i = 0; i < walk->n_reader; i++) {
        pl_dir_chain_init(&walk->reader[i].chain, walk->dir);
        pl_buf_init(&walk->reader[i].bytes, PL_MAX_WHOLE_ENTRY);
    }
    for (uint32_t i = 0; i < walk->tree->n; i++) {
        const struct pl_entry *entry = &walk->tree->entry[i];
        if (entry->type != PL_ENTRY_FILE && entry->type != PL_ENTRY_LINK) {
            continue;
        }
        enum pl_look look = walk->to->want(walk->to->ctx, entry);
        if (look == PL_LOOK_SKIP) {
            continue;
        }
        if (wanted_bytes(entry, look) > budget) {
            walk->bomb = i;
            return PL_OK;
        }
        budget -= wanted_bytes(entry, look);
        walk->pick[walk->n_pick++] = (struct pick){i, (uint8_t)look};
    }
    return PL_OK;
}

static void plan(struct walk *walk)
{
    for (uint32_t i = 0; i < walk->n_pick;) {
        uint32_t first = i;
        uint64_t bytes = 0;
        while (i < walk->n_pick && i - first < CHUNK_FILES && bytes < CHUNK_BYTES) {
            const struct pick *pick = &walk->pick[i++];
            bytes += wanted_bytes(&walk->tree->entry[pick->index], pick->look);
        }
        walk->job[walk->n_job++] = (struct job){first, i};
    }
}

static PL_STATUS say_failed(struct walk *walk, struct pl_err *err)
{
    for (uint32_t i = 0; i < walk->tree->n; i++) {
        if (walk->dir->failed[i] == PL_DIR_FAILED) {
            walk->dir->failed[i] = PL_DIR_FAILED_SAID;
            enum pl_status status = pl_tree_issue(
                walk->tree, (struct pl_issue){.what = PL_ISSUE_UNREADABLE, .entry = i}, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    if (walk->bomb == PL_ENTRY_NONE || walk->tree->issues_of[PL_ISSUE_BOMB] > 0) {
        return PL_OK;
    }
    return pl_tree_issue(
        walk->tree,
        (struct pl_issue){.what = PL_ISSUE_BOMB, .entry = walk->bomb, .count = MAX_PRODUCED}, err);
}

static void walk_done(struct walk *walk)
{
    for (unsigned i = 0; walk->reader && i < walk->n_reader; i++) {
        pl_dir_chain_done(&walk->reader[i].chain);
        pl_buf_done(&walk->reader[i].bytes);
    }
    free(walk->reader);
    free(walk->pick);
    free(walk->job);
}

PL_STATUS pl_dir_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err)
{
    struct walk walk = {.tree = tree,
                        .dir = tree->self,
                        .to = to,
                        .n_reader = to->workers > 0 ? to->workers : 1,
                        .bomb = PL_ENTRY_NONE};
    enum pl_status status = pick_entries(&walk, err);
    if (status == PL_OK) {
        plan(&walk);
        status = pl_pool_for(walk.n_reader, walk.n_job, run_job, &walk, err);
    }
    if (status == PL_OK) {
        status = say_failed(&walk, err);
    }
    tree->walk_complete = status == PL_OK && walk.bomb == PL_ENTRY_NONE;
    pl_tree_sort_issues(tree);
    walk_done(&walk);
    return status;
}

/* ---------------------------------------------------------------- the second look */

static PL_STATUS read_whole(int fd, const struct pl_dir *dir, const struct pl_entry *entry,
                            struct pl_buf *to, struct pl_err *err)
{
    size_t before = to->len;
    enum pl_status status = read_bytes(fd, dir, (size_t)entry->size, to, err);
    struct stat st;
    if (status == PL_OK && (fstat(fd, &st) != 0 || (uint64_t)st.st_size != entry->size)) {
        to->len = before;
        to->data[before] = '\0';
        return pl_err_set(err, PL_ERR_CHANGED, "%s: entry %u changed while it was read", dir->path,
                          entry->stored);
    }
    return status;
}

PL_STATUS pl_dir_parts(const struct pl_tree *tree, uint32_t index, struct pl_parts *parts,
                       struct pl_err *err)
{
    const struct pl_dir *dir = tree->self;
    const struct pl_entry *entry = index < tree->n ? &tree->entry[index] : NULL;
    if (!entry || entry->type != PL_ENTRY_FILE) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: entry %u is no file", dir->path, index);
    }
    struct pl_dir_chain chain;
    pl_dir_chain_init(&chain, dir);
    int fd = -1;
    enum pl_status status = open_file(&chain, entry, &fd, err);
    for (uint32_t i = 0; status == PL_OK && i < parts->n; i++) {
        struct pl_part *part = &parts->part[i];
        uint64_t left = entry->size > part->at ? entry->size - part->at : 0;
        size_t n = left < part->bytes.max ? (size_t)left : part->bytes.max;
        status = pl_buf_reserve(&part->bytes, n, err);
        status = status == PL_OK && n > 0
                     ? pl_file_pread(fd, dir->path, part->bytes.data, n, part->at, err)
                     : status;
        if (status == PL_OK) {
            pl_buf_grew(&part->bytes, n);
        }
    }
    pl_fd_close(&fd);
    pl_dir_chain_done(&chain);
    return status;
}

PL_STATUS pl_dir_read(const struct pl_tree *tree, uint32_t index, size_t max, struct pl_buf *to,
                      struct pl_err *err)
{
    const struct pl_dir *dir = tree->self;
    if (index >= tree->n) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: there is no entry %u", dir->path, index);
    }
    const struct pl_entry *entry = &tree->entry[index];
    if (entry->type == PL_ENTRY_LINK) {
        return entry->link.len <= max
                   ? pl_buf_slice(to, entry->link, err)
                   : pl_err_set(err, PL_ERR_LIMIT, "%s: a link is longer than %zu", dir->path, max);
    }
    if (entry->type != PL_ENTRY_FILE) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: entry %u is no file", dir->path, index);
    }
    if (entry->size > max) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: entry %u is larger than %zu bytes", dir->path,
                          index, max);
    }
    struct pl_dir_chain chain;
    pl_dir_chain_init(&chain, dir);
    int fd = -1;
    enum pl_status status = open_file(&chain, entry, &fd, err);
    if (status == PL_OK) {
        status = read_whole(fd, dir, entry, to, err);
    }
    pl_fd_close(&fd);
    pl_dir_chain_done(&chain);
    return status;
}
