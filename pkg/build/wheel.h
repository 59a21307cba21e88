/*
 * Wheels (inside of pkg/build): which target one is for, and where an installer would put what is
 * in it.  https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 */
#ifndef PL_PKG_BUILD_WHEEL_H
#define PL_PKG_BUILD_WHEEL_H

#include "pkg/build/select.h"

struct pl_wheel {
    struct pl_slice data; /* "pkg-1.0.data/": what goes to places of its own */
    struct pl_slice name; /* "pkg" */
};

bool pl_wheel_is(struct pl_slice path);
/* Does one of the tags in a WHEEL file fit a Python 3 runtime?  Else *ret_tag is one that does not;
 * empty when there is none at all. */
bool pl_wheel_fits(struct pl_slice wheel_file, const struct pl_runtime *runtime, enum pl_arch arch,
                   struct pl_slice *ret_tag);
/* Checks that the ZIP `tree` is a wheel, and that the function or layer of the request can use it:
 * one of its tags fits each Python runtime that is known.  Slices in *ret live as long as the tree.
 */
PL_STATUS pl_wheel_open(struct pl_wheel *ret, struct pl_select *select, struct pl_slice path,
                        const struct pl_tree *tree, struct pl_err *err);
/* Where `name` is installed, in the select's scratch memory; empty for folders of the wheel alone.
 * *ret_script says that it is a script. */
PL_STATUS pl_wheel_place(const struct pl_wheel *wheel, struct pl_select *select,
                         struct pl_slice name, struct pl_slice *ret, bool *ret_script,
                         struct pl_err *err);

#endif
