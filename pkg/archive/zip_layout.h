/*
 * Private to the ZIP reader: the raw layout (PKWARE APPNOTE 6.3.10) and what the audit knows of it.
 */
#ifndef PL_PKG_ARCHIVE_ZIP_LAYOUT_H
#define PL_PKG_ARCHIVE_ZIP_LAYOUT_H

#include "pkg/archive/tree.h"

/* APPNOTE 4.3.7, 4.3.9, 4.3.12 to 4.3.16 */
enum {
    PL_ZIP_LOCAL = 0x04034b50,
    PL_ZIP_DESCRIPTOR = 0x08074b50,
    PL_ZIP_CENTRAL = 0x02014b50,
    PL_ZIP_SIGNATURE = 0x05054b50,
    PL_ZIP_END64 = 0x06064b50,
    PL_ZIP_LOCATOR = 0x07064b50,
    PL_ZIP_END = 0x06054b50
};
enum {
    PL_ZIP_LOCAL_BYTES = 30,
    PL_ZIP_CENTRAL_BYTES = 46,
    PL_ZIP_END64_BYTES = 56,
    PL_ZIP_LOCATOR_BYTES = 20,
    PL_ZIP_END_BYTES = 22,
    PL_ZIP_COMMENT_MAX = 65535
};
/* APPNOTE 4.4.4 */
enum {
    PL_ZIP_FLAG_ENCRYPTED = 1u << 0,
    PL_ZIP_FLAG_DESCRIPTOR = 1u << 3,
    PL_ZIP_FLAG_STRONG = 1u << 6,
    PL_ZIP_FLAG_UTF8 = 1u << 11,
    PL_ZIP_FLAG_MASKED = 1u << 13
};
enum { PL_ZIP_STORE = 0, PL_ZIP_DEFLATE = 8, PL_ZIP_AES = 99 };
enum { PL_ZIP_HOST_UNIX = 3, PL_ZIP_HOST_DARWIN = 19 };

/* deflate's best ratio is just under 1032:1 (RFC 1951: 258 bytes from two bits). */
enum { PL_ZIP_DEFLATE_RATIO = 1032 };

static inline uint16_t pl_le16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t pl_le32(const unsigned char *p)
{
    return (uint32_t)pl_le16(p) | (uint32_t)pl_le16(p + 2) << 16;
}
static inline uint64_t pl_le64(const unsigned char *p)
{
    return (uint64_t)pl_le32(p) | (uint64_t)pl_le32(p + 4) << 32;
}

/* What has been said of an entry: each thing once, whichever header shows it, whoever walks again.
 */
enum {
    PL_ZIP_SAID_CRC = 1u << 0,
    PL_ZIP_SAID_SIZE = 1u << 1,
    PL_ZIP_SAID_STREAM = 1u << 2,
    PL_ZIP_SAID_ZIP64 = 1u << 3,
    PL_ZIP_SAID_UNICODE = 1u << 4
};

/* What struct pl_entry has no room for, by container order. */
struct pl_zip_place {
    struct pl_slice raw; /* the name as the directory has it */
    uint64_t data;   /* file offset of the packed bytes; 0: there is nothing that could be read */
    uint16_t flags;  /* general purpose bits of the central header */
    uint16_t method; /* as stored; pl_entry has eight bits */
    uint8_t said;    /* PL_ZIP_SAID_... among the tree's issues */
    uint8_t wrong;   /* PL_ZIP_SAID_... that a walk found and has not said yet */
};

struct pl_zip_span {
    uint64_t at;     /* file offset of the local header */
    uint32_t stored; /* container order */
};

/* pl_tree.self of a ZIP. */
struct pl_zip {
    int fd;                     /* -1: the archive is in memory */
    const unsigned char *bytes; /* then: all of it; borrowed */
    char *path;                 /* owned; for messages */
    uint64_t size;
    struct pl_zip_place *place; /* owned; by container order */
    struct pl_zip_span *span;   /* owned; sorted by file offset */
    uint32_t *index;            /* owned; container order to tree index */
    uint32_t n;
};

/* `n` bytes of the archive at `at`, wherever it lies. */
PL_STATUS pl_zip_pread(const struct pl_zip *zip, void *to, size_t n, uint64_t at,
                       struct pl_err *err);

/* A sliding view of the file: sequential small reads without a system call for each. */
struct pl_zip_window {
    const struct pl_zip *zip; /* borrowed */
    uint64_t at;
    size_t n;
    size_t cap;
    unsigned char *data; /* owned */
};
PL_STATUS pl_zip_window_init(struct pl_zip_window *win, const struct pl_zip *zip, size_t cap,
                             struct pl_err *err);
void pl_zip_window_done(struct pl_zip_window *win);
/* `n` bytes at `at`, which the caller knows to be inside the file and within the window's capacity;
 * on a miss `ahead` bytes are read when there are that many.  Borrowed until the next call. */
PL_STATUS pl_zip_window_get(struct pl_zip_window *win, uint64_t at, size_t n, size_t ahead,
                            const unsigned char **ret, struct pl_err *err);

/* The end records, as they say and as they are. */
struct pl_zip_end {
    uint64_t at;      /* of the end record */
    uint64_t dir_end; /* first byte behind the directory: the ZIP64 end record or the end record */
    uint64_t dir_at;  /* file offset of the directory */
    uint64_t dir_bytes; /* as declared */
    uint64_t count;     /* as declared */
    uint64_t delta;     /* added to every offset in the archive: bytes that somebody put in front */
    bool found;
    bool readable;     /* a directory stands where the record says */
    uint64_t other[8]; /* other end records that fit, for a second look when spans are known */
    uint32_t n_other;
    uint32_t skims; /* runs through a directory while looking for the right record */
};

/* The state of an audit. */
struct pl_zip_audit {
    struct pl_tree *tree;
    struct pl_zip *zip;
    struct pl_zip_window win;
    struct pl_zip_end end;
    size_t cap_entry;
    size_t cap_place;
};

static inline PL_STATUS pl_zip_say(struct pl_zip_audit *audit, enum pl_issue_kind what,
                                   uint32_t entry, uint64_t offset, uint64_t count,
                                   struct pl_err *err)
{
    return pl_tree_issue(
        audit->tree,
        (struct pl_issue){.what = (uint16_t)what, .entry = entry, .offset = offset, .count = count},
        err);
}

/* One thing that may be wrong with the archive as a whole. */
struct pl_zip_wrong {
    bool bad;
    enum pl_issue_kind what;
    uint64_t offset;
    uint64_t count;
};

/* Adds what is bad of a list. */
static inline PL_STATUS pl_zip_say_all(struct pl_zip_audit *audit, const struct pl_zip_wrong *row,
                                       size_t n, struct pl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (row[i].bad && pl_zip_say(audit, row[i].what, PL_ENTRY_NONE, row[i].offset, row[i].count,
                                     err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* zip_end.c: finds the end record and through it the directory. */
PL_STATUS pl_zip_find_end(struct pl_zip_audit *audit, struct pl_err *err);
/* zip_central.c: the directory's records become entries in container order. */
PL_STATUS pl_zip_read_directory(struct pl_zip_audit *audit, struct pl_err *err);
/* zip_local.c: each local header and descriptor against its entry, and every byte of the file
 * against the spans. */
PL_STATUS pl_zip_check_locals(struct pl_zip_audit *audit, struct pl_err *err);

/* zip_extra.c: the extra fields of one header that matter to us. */
struct pl_zip_extra {
    struct pl_slice zip64; /* contents of 0x0001, ptr NULL when absent */
    bool zip64_twice;
    bool unicode_differs; /* a 0x7075 that another reader takes for another name */
    bool unicode_agrees;  /* a 0x7075 that says the same name, so the name is known to be UTF-8 */
};
struct pl_zip_extra pl_zip_parse_extra(const unsigned char *bytes, size_t n, struct pl_slice name);
/* Replaces the values that are all ones by those of the ZIP64 field, in its order (APPNOTE 4.5.3).
 * NULL skips a value that the header does not have.  False when one is missing, or when the field
 * carries values for fields that are not all ones, and they differ. */
bool pl_zip_take_zip64(const struct pl_zip_extra *extra, uint64_t *size, uint64_t *packed,
                       uint64_t *offset);

#endif
