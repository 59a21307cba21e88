/*
 * Python source: a tokenizer that knows strings (prefixes, triple quotes, f-strings), comments,
 * continuation lines, brackets and indentation, and a reading of which names a module binds when it
 * is imported: def, async def, class, assignments (plain, chained, tuple, annotated, augmented,
 * walrus), for/with/except/match targets, import forms, del, and the branches they stand in.
 *
 * Three answers: bound, surely not, cannot tell.  Bounded in time (linear) and depth.
 */
#ifndef PL_PKG_INSPECT_PYTHON_H
#define PL_PKG_INSPECT_PYTHON_H

#include "pkg/inspect/facts.h"

PL_STATUS pl_python_read(struct pl_py *ret, struct pl_slice text, struct pl_arena *arena,
                         struct pl_err *err);
/* Is `name` an attribute of the module after import, by its own file?  YES, NO (then surely not),
 * or MAYBE.  *ret_at (may be NULL) is where it is bound. */
enum pl_sure pl_python_binds(const struct pl_py *py, struct pl_slice name, struct pl_spot *ret_at);
/* The first place that needs a newer Python than 3.`minor`, and in *ret_minor which one; NULL: none
 * is known. */
const struct pl_py_newer *pl_python_newer(const struct pl_py *py, unsigned minor,
                                          unsigned *ret_minor);

#endif
