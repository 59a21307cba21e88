/*
 * Walking the sources of one function or layer (inside of pkg/build).
 *
 * Folders are opened by path, one at a time, so that few descriptors are needed; what was opened
 * must be what its parent listed (device and inode), so that a link put in its place is noticed.
 */
#ifndef PL_PKG_BUILD_SELECT_H
#define PL_PKG_BUILD_SELECT_H

#include "pkg/build/filter.h"

/* A folder on the way from a source to what is in it; links that are followed continue the way. */
struct pl_frame {
    const struct pl_frame *up;
    uint64_t dev, ino;
    unsigned depth;
};

/* Where the walk stands. */
struct pl_place {
    struct pl_slice path;     /* on disk */
    struct pl_slice rel;      /* below the source, "" for the source itself */
    struct pl_slice name;     /* in the ZIP, "" for its root */
    pl_filter_hit whole, own; /* hits of the include lists: the function's, the source's */
    const struct pl_frame *frame;
};

/* A link of which it is not known yet whether it can stay one. */
struct pl_pending {
    struct pl_place at; /* of the link; its frame is the folder it stands in */
    struct pl_slice target;
    uint32_t source;
    uint8_t policy; /* enum pl_symlinks, of its source */
    bool inside;    /* of an archive: there is nothing to follow */
    bool follow;    /* it cannot stay a link */
    bool open;      /* what it leads to is not known before others are followed */
};

/* The lists of one source. */
struct pl_scope {
    struct pl_filter own;
    struct pl_ignore
        files; /* `.lambdaignore` files read so far; a folder's before those below it */
};

struct pl_select {
    const struct pl_plan_request *request;
    const struct pl_progress *progress;
    struct pl_plan *plan; /* items are added unsorted; names and paths live in its arena */
    struct pl_arena scratch;
    struct pl_filter whole; /* of the function or layer */
    struct pl_scope *scope; /* one per source; owned */
    struct pl_own mine;
    struct pl_content *spill;   /* the plan's; NULL before it is needed */
    uint32_t source;            /* that is walked, or that the link being followed came from */
    struct pl_pending *pending; /* owned */
    size_t n_pending, cap_pending;
};

/* "a" and "b" give "a/b"; an empty "a" gives "b". */
PL_STATUS pl_select_join(struct pl_arena *arena, struct pl_slice a, struct pl_slice b,
                         struct pl_slice *ret, struct pl_err *err);
/* Takes a regular file, whatever the lists say. */
PL_STATUS pl_select_file(struct pl_select *select, const struct pl_place *place,
                         const struct stat *st, struct pl_err *err);
/* Does the include lists' word let this place in? */
bool pl_select_includes(const struct pl_select *select, const struct pl_place *place);
/* Takes a file whose bytes are in a content; `path` and `name` of the place say what it is. */
struct pl_select_bytes {
    const struct pl_content *content;
    uint64_t at, size;
    bool runs; /* executable where it comes from */
};
PL_STATUS pl_select_bytes(struct pl_select *select, const struct pl_place *place,
                          const struct pl_select_bytes *bytes, struct pl_err *err);
/* What holds the bytes of archives that are read as a stream, and of large members. */
PL_STATUS pl_select_spill(struct pl_select *select, const struct pl_content **ret,
                          struct pl_err *err);
/* source.c: walks one source, select->source. */
PL_STATUS pl_select_source(struct pl_select *select, struct pl_err *err);

/* Walks every source into select->plan and select->pending. */
PL_STATUS pl_select_sources(struct pl_select *select, struct pl_err *err);
/* Takes one file or folder (as `st` says) at `place` of select->source. */
PL_STATUS pl_select_take(struct pl_select *select, const struct pl_place *place,
                         const struct stat *st, struct pl_err *err);
/* Do the lists leave this path out, whatever is included? */
bool pl_select_leaves_out(const struct pl_select *select, const struct pl_place *place,
                          bool is_folder);
/* pattern_use.c: after the walk, which patterns matched something, into select->plan. */
PL_STATUS pl_select_note_patterns(struct pl_select *select, struct pl_err *err);
void pl_select_done(struct pl_select *select);

/* The source's place on disk; lives as long as the plan. */
PL_STATUS pl_select_source_path(struct pl_select *select, uint32_t source, struct pl_slice *ret,
                                struct pl_err *err);

PL_STATUS pl_select_pend(struct pl_select *select, const struct pl_pending *link,
                         struct pl_err *err);
PL_STATUS pl_select_add(struct pl_select *select, const struct pl_plan_item *item,
                        struct pl_err *err);
/* For messages: safe for a terminal; never fails, since reporting must not. */
const char *pl_select_safe(struct pl_select *select, struct pl_slice text);
/* "file:line:col: ", or "" for what came from an option. */
const char *pl_select_where(struct pl_select *select, struct pl_pos at);

#endif
