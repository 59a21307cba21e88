/*
 * What of a source is taken (inside of pkg/build): the `include` and `exclude` lists of the
 * function or layer and of the source, `.lambdaignore` files, and what is never packed.
 *
 * A source's patterns count from the source's folder, those of a function or layer are matched with
 * the place in the ZIP.  An include list takes a path when the last of its patterns that matches
 * the path or a folder above it has no `!`.
 */
#ifndef PL_PKG_BUILD_FILTER_H
#define PL_PKG_BUILD_FILTER_H

#include "pkg/base/ignore.h"
#include "pkg/build/plan.h"

#include <sys/stat.h>

/* What became of one pattern. */
struct pl_filter_use {
    const struct pl_value *value; /* of the project */
    bool asked, matched;
};

/* The lists of one function or layer, or of one source. */
struct pl_filter {
    struct pl_ignore include, exclude;
    struct pl_filter_use *include_use, *exclude_use; /* one per rule; owned */
};

PL_STATUS pl_filter_init(struct pl_filter *ret, const struct pl_project *project,
                         const struct pl_patterns *include, const struct pl_patterns *exclude,
                         struct pl_err *err);
void pl_filter_done(struct pl_filter *filter); /* takes a zeroed filter */

/* How far an include list has decided: number of the last rule that matched a path or a folder
 * above it, counted from 1; 0 when none did. */
typedef size_t pl_filter_hit;
pl_filter_hit pl_filter_include(const struct pl_filter *filter, pl_filter_hit above,
                                struct pl_slice path, bool is_folder);
/* Does a path with this hit go in, as far as the include list says? */
bool pl_filter_takes(const struct pl_filter *filter, pl_filter_hit hit);
/* Can anything below this folder go in? */
bool pl_filter_may_hold(const struct pl_filter *filter, pl_filter_hit hit, struct pl_slice folder);
bool pl_filter_excludes(const struct pl_filter *filter, struct pl_slice path, bool is_folder);

/* What is ours and never goes in. */
struct pl_own {
    const struct pl_project *project;
    struct stat output;
    bool has_output;
};
void pl_own_init(struct pl_own *ret, const struct pl_plan_request *request);
/* `st` is the entry's own, `in` that of the folder it stands in. */
bool pl_own_never_packed(const struct pl_own *own, const char *name, const struct stat *st,
                         const struct stat *in);

#endif
