/*
 * What one function would see: /opt from its layers in order (a later one wins), /var/task from its
 * code.  pl_view_find is the only resolver of links.
 */
#ifndef PL_PKG_SURVEY_VIEW_H
#define PL_PKG_SURVEY_VIEW_H

#include "pkg/survey/package.h"

enum { PL_VIEW_MOUNTS = 8 };

struct pl_mount {
    struct pl_slice at; /* "/var/task" or "/opt"; "": the root, of an image */
    const struct pl_package *package;
};

struct pl_view {
    struct pl_mount mount[PL_VIEW_MOUNTS]; /* later mounts at the same place shadow earlier ones */
    uint32_t n;
    bool opaque_layer; /* a layer whose contents nobody gave us: absence proves nothing */
};

struct pl_ref {
    const struct pl_package *package;
    uint32_t entry; /* PL_ENTRY_NONE: the package itself */
};

enum pl_how {
    PL_HOW_MISSING,
    PL_HOW_FILE,
    PL_HOW_FOLDER,
    PL_HOW_SPECIAL,
    PL_HOW_LOOP,    /* too many links */
    PL_HOW_OUTSIDE, /* a link leads to a place that no mount covers */
    PL_HOW_OPAQUE   /* not found, but an opaque layer could have it */
};

struct pl_hit {
    uint8_t how;       /* enum pl_how */
    struct pl_ref at;  /* the entry the path leads to, links followed */
    struct pl_ref via; /* the first link that was followed, else package NULL */
};

/* Resolves `path` (absolute, or relative to `cwd`, an absolute path) as Linux would: component by
 * component, following links inside the view, "." and ".." included. */
struct pl_hit pl_view_find(const struct pl_view *view, struct pl_slice cwd, struct pl_slice path);

/* Adds a mount; what does not fit makes the view opaque.  A package that is not usable does too. */
void pl_view_mount(struct pl_view *view, struct pl_slice at, const struct pl_package *package);

/* May the sandbox's user (neither owner nor group) read the entry?  With no recorded mode: yes.
 * Folders above it are not asked: the service resets their modes (LAMBDA 5). */
bool pl_entry_readable(const struct pl_entry *entry);

/* The entry behind a reference, NULL for a package's root and for an empty reference. */
const struct pl_entry *pl_ref_entry(struct pl_ref ref);
bool pl_ref_eq(struct pl_ref a, struct pl_ref b);
/* Where the entry stands in the view ("/opt/python/a.py"), in the arena. */
PL_STATUS pl_view_place(const struct pl_view *view, struct pl_ref ref, struct pl_arena *arena,
                        struct pl_slice *ret, struct pl_err *err);

#endif
