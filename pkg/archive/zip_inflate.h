/* Private to the ZIP reader: the bytes of one entry, checked. */
#ifndef PL_PKG_ARCHIVE_ZIP_INFLATE_H
#define PL_PKG_ARCHIVE_ZIP_INFLATE_H

#include "pkg/archive/zip_layout.h"

struct libdeflate_decompressor;

/* One thread's tools; both buffers grow and are used again. */
struct pl_zip_worker {
    struct libdeflate_decompressor *deflate; /* owned */
    unsigned char *in;                       /* owned */
    size_t cap_in;
    unsigned char *out; /* owned */
    size_t cap_out;
    uint64_t spent; /* bytes that came out, or went in where that is more */
};
void pl_zip_worker_done(struct pl_zip_worker *worker);

struct pl_zip_got {
    enum pl_read_state state;
    uint8_t wrong;         /* PL_ZIP_SAID_... */
    bool over;             /* it went over the limit and was left */
    uint64_t spent;        /* as in pl_zip_worker */
    struct pl_slice bytes; /* borrowed from the worker or the caller's buffer */
};

/* Can it be read at all?  PL_READ_WHOLE when so; otherwise the state, and in *ret_wrong the reason
 * when it is news. */
enum pl_read_state pl_zip_prejudge(const struct pl_entry *entry, const struct pl_zip_place *place,
                                   uint8_t *ret_wrong);

/* Both allow an entry that pl_zip_prejudge lets pass and that is at most PL_MAX_WHOLE_ENTRY. */
PL_STATUS pl_zip_need_in(struct pl_zip_worker *worker, size_t n, struct pl_err *err);
PL_STATUS pl_zip_whole(struct pl_zip_worker *worker, const struct pl_entry *entry,
                       const unsigned char *packed, struct pl_zip_got *ret, struct pl_err *err);

/* What is kept of an entry that flows by. */
struct pl_zip_keep {
    struct pl_buf start;   /* its first start.max bytes */
    struct pl_parts parts; /* and these stretches */
    /* Unless NULL: chooses them, once the start is there or the entry has ended. */
    const struct pl_sink *sink;
    uint32_t index; /* for the sink */
    bool chosen;
    bool parts_only; /* it ends with the last of them, unchecked */
};
void pl_zip_keep_done(struct pl_zip_keep *keep);

/* An entry of any size through a small window; more than `limit` produced bytes end it with
 * `over`. */
PL_STATUS pl_zip_stream(const struct pl_zip *zip, const struct pl_entry *entry, uint64_t limit,
                        struct pl_zip_keep *keep, struct pl_zip_got *ret, struct pl_err *err);

/* zip_walk.c */
PL_STATUS pl_zip_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err);

#endif
