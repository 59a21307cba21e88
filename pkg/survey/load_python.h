/* The parts of the Python loader; for its own files only. */
#ifndef PL_PKG_SURVEY_LOAD_PYTHON_H
#define PL_PKG_SURVEY_LOAD_PYTHON_H

#include "pkg/survey/python_find.h"

/* One handler string, tried. */
struct pl_python_try {
    struct pl_looker *l;
    struct pl_slice handler;
    struct pl_slice module, function; /* as written */
    struct pl_slice dotted;           /* the module with dots for slashes */
    struct pl_py_dirs dirs;
    struct pl_py_path path;
};

/* Does with `handler` what the runtime would; fills *t and *load, without suggestions. */
PL_STATUS pl_python_try(struct pl_python_try *t, struct pl_looker *l, struct pl_slice handler,
                        struct pl_load *load, struct pl_err *err);
/* Is t->function an attribute of component `part` after import?  Follows star imports. */
PL_STATUS pl_python_try_binds(struct pl_python_try *t, uint32_t part, enum pl_sure *ret,
                              struct pl_spot *ret_spot, struct pl_err *err);
/* For a failure: where it stands instead, and a handler string that works. */
PL_STATUS pl_python_suggest(const struct pl_python_try *failed, struct pl_load *load,
                            struct pl_err *err);

/* Of syntax: what, the minor version that brought it, the runtime. */
#define PL_PY_NEWER_TEXT \
    "%s is syntax of Python 3.%u and later; take such a runtime, or write it for %s"

/* Does the text of a module touch what decides where its submodules are searched? */
bool pl_python_moves_path(struct pl_looked *looked);

#endif
