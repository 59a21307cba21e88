/*
 * Writes a ZIP container through libzip from entries that are deflated already: libzip copies the
 * bytes as they are.  Same entries in, same bytes out: no extra fields, no comment, host Unix,
 * fixed times, no folder entries but those given.
 *
 * libzip asks for the entries in index order, each once; the caller's `fetch` may block until the
 * worker that compresses it is done.
 */
#ifndef PL_PKG_ARCHIVE_ZIP_WRITE_H
#define PL_PKG_ARCHIVE_ZIP_WRITE_H

#include "pkg/archive/tree.h"
#include "pkg/base/digest.h"

/* One entry as it will stand in the file. */
struct pl_zip_item {
    struct pl_slice name; /* UTF-8; a folder's without its trailing '/' */
    uint8_t type;         /* FILE, FOLDER or LINK */
    uint16_t mode;        /* 0644, 0755, ... */
};

/* What the headers say of one item; a link's target is its content, stored. */
struct pl_zip_packed {
    uint64_t packed; /* bytes that `read` will give */
    uint64_t size;   /* unpacked */
    uint32_t crc;
    uint8_t method; /* 0 or 8 */
};

struct pl_zip_source {
    void *ctx;
    /* Called once per file or link, in order, from the writing thread; may block until it is ready.
     * A folder is never asked for. */
    PL_STATUS (*fetch)(void *ctx, size_t index, struct pl_zip_packed *ret, struct pl_err *err);
    /* The next at most n bytes of the item fetched last; 0 at its end.  They may come from memory
     * or from a spill file: the writer does not care, so no entry has to fit into memory. */
    PL_STATUS(*read)
    (void *ctx, size_t index, void *to, size_t n, size_t *ret_n, struct pl_err *err);
    /* The item's bytes are written and will not be asked for again. */
    void (*release)(void *ctx, size_t index);
};

/* Where the archive goes and what stands in every entry. */
struct pl_zip_target {
    int fd;           /* for reading and writing, from offset 0 on; borrowed */
    const char *name; /* for messages; borrowed */
    uint16_t dos_time, dos_date;
};

struct pl_zip_result {
    uint64_t bytes;
    unsigned char sha256[PL_SHA256_SIZE]; /* of the archive */
};

/*
 * Writes the archive.  The items must be sorted by the bytes of their names (a folder's with its
 * '/'), unique, valid UTF-8 and free of control characters; at least
 * one.  The caller's own errors come back as they are.  On
 * failure the file's content is undefined.
 */
PL_STATUS pl_zip_write(struct pl_zip_result *ret, const struct pl_zip_target *to,
                       const struct pl_zip_item *item, size_t n, const struct pl_zip_source *from,
                       struct pl_err *err);

/* The order of names in an archive: by unsigned bytes, a folder's with its '/'. */
int pl_zip_name_cmp(struct pl_slice a, bool a_is_folder, struct pl_slice b, bool b_is_folder);

/* The clock of a ZIP, in UTC: two-second steps from 1980-01-01 to 2107-12-31; times outside are
 * moved to the nearest end. */
void pl_zip_dos_time(int64_t seconds, uint16_t *ret_time, uint16_t *ret_date);

#endif
