/*
 * Which modules might a Python file import?  The words around every "import" in its text, wherever
 * it stands: in code, in a comment, in a docstring.  Far cheaper than reading the file, and nothing
 * that pl_python_read() finds is left out, so only files that mention a module need to be read.
 */
#ifndef PL_PKG_INSPECT_PY_MENTION_H
#define PL_PKG_INSPECT_PY_MENTION_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* `module` as pl_py_import has it ("a.b", "..c"), in two parts that belong together: "a." and "b",
 * or "a.b" and "".  Both are borrowed for the call. */
typedef PL_STATUS (*pl_py_mention_fn)(void *ctx, struct pl_slice module, struct pl_slice member,
                                      struct pl_err *err);

/* Stops at the first call that fails, with its status. */
PL_STATUS pl_python_mentions(struct pl_slice text, pl_py_mention_fn tell, void *ctx,
                             struct pl_err *err);

#endif
