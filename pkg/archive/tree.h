/*
 * What is there: one read-only view over a ZIP, a folder, and later an image's root or a build
 * plan.
 *
 * A tree owns its entries, names and issues.  A damaged archive still gives a tree: what is wrong
 * with it stands in `issue`, and reading a damaged entry is an error of that entry alone.
 * Nothing is ever extracted to disk.  Reading is safe from several threads.
 */
#ifndef PL_PKG_ARCHIVE_TREE_H
#define PL_PKG_ARCHIVE_TREE_H

#include "pkg/archive/issue.h"
#include "pkg/base/arena.h"
#include "pkg/base/buf.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

enum pl_entry_type {
    PL_ENTRY_FILE,
    PL_ENTRY_FOLDER,
    PL_ENTRY_LINK,
    PL_ENTRY_SPECIAL /* device, FIFO, socket */
};

enum { PL_MODE_NONE = -1 }; /* the archive records no Unix mode for this entry */

enum pl_entry_flag {
    PL_ENTRY_IMPLIED = 1u << 0,    /* a folder that only its contents prove */
    PL_ENTRY_UTF8 = 1u << 1,       /* ZIP: general purpose bit 11 */
    PL_ENTRY_DESCRIPTOR = 1u << 2, /* ZIP: sizes follow the data (bit 3) */
    PL_ENTRY_ENCRYPTED = 1u << 3,
    PL_ENTRY_UNREADABLE = 1u << 4, /* folder: this process may not read it */
    PL_ENTRY_SHADOWED = 1u << 5    /* a later entry of the same name hides it */
};

struct pl_entry {
    /* Bytes as stored, '/' between components, without a trailing '/', and without the empty and
     * "." components that every reader drops (the folder itself is "."). */
    struct pl_slice name;
    struct pl_slice link; /* LINK: its target */
    uint64_t size;   /* bytes unpacked, as declared; 0 for folders and links of a folder tree */
    uint64_t packed; /* bytes in the archive */
    uint64_t offset; /* of the local header; 0 in a folder tree */
    int64_t mtime;   /* seconds since 1970 without a time zone; 0: none */
    uint32_t crc;
    uint32_t flags;  /* enum pl_entry_flag */
    int32_t mode;    /* permission bits 07777, or PL_MODE_NONE */
    uint8_t type;    /* enum pl_entry_type */
    uint8_t method;  /* ZIP compression method */
    uint16_t host;   /* ZIP: "version made by" host system; 3 is Unix */
    uint32_t stored; /* index in the container's own order */
};

/* How much of an entry a walk should hand over. */
enum pl_look {
    PL_LOOK_SKIP,  /* do not read it at all */
    PL_LOOK_CHECK, /* read and verify it, hand nothing over */
    PL_LOOK_START, /* read and verify it, hand over the first PL_LOOK_START_BYTES */
    PL_LOOK_WHOLE  /* hand over everything (START when it is over PL_MAX_WHOLE_ENTRY) */
};
enum { PL_LOOK_START_BYTES = 64 * 1024 };

/* How reading an entry went. */
enum pl_read_state {
    PL_READ_NOT_LOOKED, /* skipped, or the walk stopped before it */
    PL_READ_WHOLE,
    PL_READ_START,       /* larger than what was handed over, and sound */
    PL_READ_CORRUPT,     /* CRC, size or stream wrong: an issue says what */
    PL_READ_UNSUPPORTED, /* method or encryption that we do not read */
    PL_READ_FAILED       /* the system would not give it (a folder's file without permission) */
};

/* Stretches of one entry: part[i] has, from `at` on, what there is of the entry up to bytes.max. */
enum { PL_PARTS_MAX = 7 };
struct pl_parts {
    struct pl_part {
        uint64_t at;
        struct pl_buf bytes;
    } part[PL_PARTS_MAX];
    uint32_t n;
};
/* Asks for one more; false when there is no room for it. */
bool pl_parts_want(struct pl_parts *parts, uint64_t at, size_t n);
/* Keeps of `bytes`, which stand at `at`, what was asked for.  Given in the order of the entry. */
PL_STATUS pl_parts_keep(struct pl_parts *parts, uint64_t at, struct pl_slice bytes,
                        struct pl_err *err);
/* Is there nothing left to be kept behind `at`? */
bool pl_parts_full(const struct pl_parts *parts, uint64_t at);
/* Frees what was kept and asks for nothing. */
void pl_parts_done(struct pl_parts *parts);

/*
 * Receives what a walk reads: files and links; folders and specials have nothing to hand over.
 * `want` is called for each before anything is read, from the walk's own thread, in container
 * order. `entry` is then called once for each that was wanted and reached, from several threads,
 * each worker's calls one after the other; `bytes` is borrowed for the call.  With PL_LOOK_CHECK a
 * sound entry comes as PL_READ_START without bytes (PL_READ_WHOLE when it is empty); CORRUPT,
 * UNSUPPORTED and FAILED have none.
 *
 * An archive's entry that is too large to be handed over whole comes by only once.  `choose`,
 * unless it is NULL, says by its start which stretches of it are to be kept; they come to `parts`,
 * right before `entry` and borrowed until that has returned.
 */
struct pl_sink {
    void *ctx;
    enum pl_look (*want)(void *ctx, const struct pl_entry *entry);
    PL_STATUS(*entry)
    (void *ctx, unsigned worker, uint32_t index, enum pl_read_state state, struct pl_slice bytes,
     struct pl_err *err);
    unsigned workers;
    void (*choose)(void *ctx, uint32_t index, struct pl_slice start, struct pl_parts *ret);
    void (*parts)(void *ctx, unsigned worker, uint32_t index, const struct pl_parts *parts);
};

struct pl_tree;

struct pl_tree_ops {
    /* Reads every entry once, in parallel, each in the way the sink wants, and adds to the tree's
     * issues what only reading can find.  Stops (PL_ISSUE_BOMB) when more than PL_MAX_PRODUCED
     * bytes came out.  Fails only when the container itself cannot be read any more. */
    PL_STATUS (*walk)(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err);
    /* The second look: the whole of one entry, at most `max` bytes (PL_ERR_LIMIT above).  Damaged
     * contents are PL_ERR_FORMAT. */
    PL_STATUS(*read)
    (const struct pl_tree *tree, uint32_t entry, size_t max, struct pl_buf *to, struct pl_err *err);
    void (*done)(struct pl_tree *tree);
    /* The second look at a large file: fills the stretches that `parts` asks for, without checking
     * the rest of the entry.  NULL: not offered. */
    PL_STATUS(*parts)
    (const struct pl_tree *tree, uint32_t entry, struct pl_parts *parts, struct pl_err *err);
};

struct pl_tree {
    struct pl_entry
        *entry; /* owned; sorted by name bytes, then container order; implied folders too */
    uint32_t n;
    struct pl_issue *issue; /* owned; sorted by offset, then entry, then kind, after a walk */
    uint32_t n_issue;
    size_t cap_issue;
    uint32_t issues_dropped;
    uint32_t issues_of[PL_ISSUE_COUNT]; /* kept of each kind */
    uint64_t container_bytes;           /* size of the ZIP file; 0 for a folder */
    uint64_t unpacked_bytes; /* sum of declared sizes of files and links, as Lambda counts */
    uint32_t n_stored;       /* entries in the container, without implied folders */
    bool walk_complete;      /* the last walk saw every entry */
    struct pl_arena arena;   /* names */
    const struct pl_tree_ops *ops;
    void *self; /* owned through ops->done */
};

#define PL_ENTRY_NONE UINT32_MAX

/* Index of the entry that a reader would get for this exact name (the last of duplicates), or
 * PL_ENTRY_NONE. */
uint32_t pl_tree_find(const struct pl_tree *tree, struct pl_slice name);
/* The first entry whose name starts with `folder/` and the index behind the last; the whole tree
 * for "". */
void pl_tree_range(const struct pl_tree *tree, struct pl_slice folder, uint32_t *ret_first,
                   uint32_t *ret_end);
/* Adds an issue.  At most PL_MAX_ISSUES are kept, and at most a tenth of that of one kind, so that
 * a flood of one kind never hides another; the rest are counted in issues_dropped.  The first few
 * of each kind are always kept.  Not for several threads at once. */
PL_STATUS pl_tree_issue(struct pl_tree *tree, struct pl_issue issue, struct pl_err *err);
void pl_tree_done(struct pl_tree *tree);

/* For implementations: sorts entries, adds implied folders, marks shadowed duplicates, sums sizes.
 * Before it entries stand in container order and issues name them by that index; after it issues
 * name the sorted index.  Adds PL_ISSUE_DUPLICATE (not for a folder given twice, which every reader
 * takes the same way) and PL_ISSUE_FILE_AS_FOLDER, and sorts the issues. */
PL_STATUS pl_tree_finish(struct pl_tree *tree, struct pl_err *err);
/* For implementations: the issues of a name that are wrong in any container. `bytes` is the name as
 * stored, with its closing '/'; `marked` says that the container declares it as UTF-8. */
PL_STATUS pl_tree_check_name(struct pl_tree *tree, struct pl_slice bytes, bool marked,
                             struct pl_issue at, struct pl_err *err);
/* For implementations: `name` as pl_entry wants it.  One that is absolute or has ".." stays as it
 * is. */
PL_STATUS pl_tree_tidy_name(struct pl_tree *tree, struct pl_slice name, struct pl_slice *ret,
                            struct pl_err *err);
/* For implementations: sorts issues by offset, entry and kind. */
void pl_tree_sort_issues(struct pl_tree *tree);

#endif
