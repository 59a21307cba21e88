/*
 * Archives as sources (inside of pkg/build): a ZIP's members are read where they are when they are
 * packed; a tar's are kept in one file without a name.  Nothing is ever unpacked under a name of
 * the archive's choosing.
 *
 * An archive that tries to leave its place is refused as a whole, whatever is taken of it.
 */
#ifndef PL_PKG_BUILD_UNPACK_H
#define PL_PKG_BUILD_UNPACK_H

#include "pkg/base/map.h"
#include "pkg/build/content.h"
#include "pkg/build/wheel.h"

/* Bytes that may come out of an archive: of what is taken, and of all that is passed over. */
#define PL_MAX_ARCHIVE_TAKEN ((uint64_t)PL_MAX_PRODUCED)
#define PL_MAX_ARCHIVE_BYTES (16 * PL_MAX_ARCHIVE_TAKEN)

/* One archive while it is read. */
struct pl_unpack {
    struct pl_select *select;
    struct pl_slice path;          /* on disk */
    struct pl_place root;          /* where it goes */
    const struct pl_wheel *wheel;  /* NULL: no wheel */
    bool in;                       /* the lists let that place in */
    uint32_t strip;                /* leading components that names lose */
    uint64_t taken, bytes;         /* so far */
    uint32_t n;                    /* members so far */
    struct pl_map names;           /* members but folders: place in `file` + 1, or 0 */
    struct pl_map parents;         /* folders that have something in them */
    struct pl_slice *folder;       /* owned; folders that the archive names */
    struct pl_place *folder_place; /* owned; and where they go */
    size_t n_folder, cap_folder, cap_folder_place;
    struct pl_select_bytes *file; /* owned; files that were taken, for hard links */
    size_t n_file, cap_file;
};

/* A member as the archive tells it. */
struct pl_member {
    struct pl_slice name;  /* as stored */
    struct pl_slice tidy;  /* without "." and empty components; set by pl_unpack_enter */
    struct pl_place place; /* set by pl_unpack_enter */
    uint8_t type;          /* enum pl_entry_type */
    bool script;           /* set by pl_unpack_enter: a wheel's */
    bool taken;            /* set by pl_unpack_enter: the lists let it in */
};

/* Checks a member's name and type, and decides whether and where it goes. */
PL_STATUS pl_unpack_enter(struct pl_unpack *unpack, struct pl_member *member, struct pl_err *err);
/* Adds one that was entered and is taken. */
PL_STATUS pl_unpack_file(struct pl_unpack *unpack, const struct pl_member *member,
                         const struct pl_select_bytes *bytes, struct pl_err *err);
/* Checks a link's target, and adds the link if it is taken. */
PL_STATUS pl_unpack_link(struct pl_unpack *unpack, const struct pl_member *member,
                         struct pl_slice target, struct pl_err *err);
/* n more bytes of a file that is taken (of one that is not); PL_ERR_LIMIT above the bounds. */
PL_STATUS pl_unpack_count(struct pl_unpack *unpack, uint64_t n, bool taken, struct pl_err *err);
/* "x.tgz!../etc/passwd: `why`", PL_ERR_FORMAT. */
enum pl_status pl_unpack_refuse(struct pl_unpack *unpack, struct pl_slice member,
                                struct pl_err *err, const char *why) PL_COLD;

/* Reads the members of the archive open at `fd`. */
PL_STATUS pl_unpack_zip(struct pl_unpack *unpack, struct pl_err *err);
PL_STATUS pl_unpack_tar(struct pl_unpack *unpack, int fd, struct pl_err *err);
/* What libarchive says of the archive at `path`: out of memory, a disk that fails, or
 * PL_ERR_FORMAT. */
struct pl_tar_in;
enum pl_status pl_unpack_tar_failed(const struct pl_tar_in *tar, struct pl_select *select,
                                    struct pl_slice path, struct pl_err *err) PL_COLD;

/* unpack_wheel.c: the scripts of the commands that the wheel `tree` names. */
PL_STATUS pl_unpack_commands(struct pl_unpack *unpack, const struct pl_tree *tree,
                             struct pl_err *err);

/* The archive source select->source, at `root` in the ZIP; names lose `strip` leading components.
 */
PL_STATUS pl_unpack_source(struct pl_select *select, const struct pl_place *root, bool in,
                           uint32_t strip, struct pl_err *err);

/* unpack_npm.c: the name of the package when the archive at `path` is what `npm pack` writes, a
 * tar.gz with everything in package/; else empty.  Lives in the select's scratch memory. */
PL_STATUS pl_unpack_npm_name(struct pl_select *select, struct pl_slice path, struct pl_slice *ret,
                             struct pl_err *err);

#endif
