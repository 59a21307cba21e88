/*
 * What stands beside a ZIP as NAME.zip.json, "plimsoll-sidecar/1": its hash, its sizes and its
 * entries.  Nothing in it comes from a clock, the environment or this machine's folders.
 */
#ifndef PL_PKG_ARCHIVE_SIDECAR_H
#define PL_PKG_ARCHIVE_SIDECAR_H

#include "pkg/archive/tree.h"
#include "pkg/base/digest.h"

#define PL_SIDECAR_SCHEMA "plimsoll-sidecar/1"

struct pl_sidecar_entry {
    struct pl_slice name; /* a folder's without its '/' */
    struct pl_slice link; /* LINK: its target */
    uint64_t size, packed;
    int32_t mode;                         /* permission bits, or PL_MODE_NONE */
    uint8_t type;                         /* enum pl_entry_type */
    unsigned char sha256[PL_SHA256_SIZE]; /* of the content; a link's is its target */
};

/* Borrows everything; empty texts are not known. */
struct pl_sidecar {
    bool is_layer;
    struct pl_slice name, handler, architecture;
    const struct pl_slice *runtime; /* of a function its own, of a layer the compatible ones */
    uint32_t n_runtime;
    uint64_t zipped_bytes, unzipped_bytes;
    unsigned char code_sha256[PL_SHA256_SIZE];
    int level;                            /* of libdeflate; 0: not known */
    const char *deflate;                  /* version of libdeflate; NULL: not known */
    const struct pl_sidecar_entry *entry; /* sorted as names are in an archive */
    size_t n_entry;
    const struct pl_tree *tree; /* over the same entries, for the heaviest paths */
};

/*
 * The hash of what is in an archive, whatever its compression and times: SHA-256 over one record
 * for each entry in the order of names (a folder's with its '/'), "TYPE MODE SHA256 NAME\0" with
 * TYPE one of f, d, l and MODE four octal digits, or "----" where the archive records none.
 */
void pl_sidecar_content_hash(const struct pl_sidecar_entry *entry, size_t n,
                             unsigned char ret[PL_SHA256_SIZE]);

/* Appends the document, with its line end. */
PL_STATUS pl_sidecar_write(struct pl_buf *to, const struct pl_sidecar *sidecar, struct pl_err *err);

/* Reads every entry of an opened ZIP.  *ret is owned (free it), *ret_n of them in the
 * order of names; names are borrowed from the tree.  A damaged or unreadable archive is
 * PL_ERR_FORMAT. */
PL_STATUS pl_sidecar_entries(struct pl_tree *tree, const char *path, unsigned workers,
                             struct pl_sidecar_entry **ret, size_t *ret_n, struct pl_err *err);

/* Reads a sidecar back: a tree of the entries that it lists, none of which can be read
 * (PL_ERR_FORMAT).  container_bytes is the size of its ZIP.  What is no sidecar, or no whole one,
 * is PL_ERR_CONFIG with its place. */
PL_STATUS pl_sidecar_open(struct pl_tree *ret, const char *path, struct pl_err *err);
/* The SHA-256 that a sidecar says of an entry of its tree; NULL: this is another kind of tree, or
 * the sidecar says none. */
const unsigned char *pl_sidecar_hash(const struct pl_tree *tree, uint32_t entry);
/* Do these first bytes of a file begin a sidecar? */
bool pl_sidecar_recognise(struct pl_slice start);

#endif
