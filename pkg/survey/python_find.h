/*
 * How Python finds a module: CPython's path-based finder over a function's view (importlib
 * FileFinder; search path as in LAMBDA 3.1).  Finds only; reads no file.
 */
#ifndef PL_PKG_SURVEY_PYTHON_FIND_H
#define PL_PKG_SURVEY_PYTHON_FIND_H

#include "pkg/survey/look.h"

enum pl_py_kind {
    PL_PY_NOTHING,
    PL_PY_SOURCE,
    PL_PY_BYTECODE,  /* sourceless .pyc */
    PL_PY_EXTENSION, /* .so */
    PL_PY_NAMESPACE  /* folders without __init__ */
};

enum { PL_PY_PLACES = 3, PL_PY_PARTS = 32 };

/* Folders that are searched, first one first. */
struct pl_py_dirs {
    struct pl_slice at[PL_PY_PLACES];
    uint32_t n;
};

/* One component of a dotted name. */
struct pl_py_found {
    uint8_t kind;           /* enum pl_py_kind */
    bool package;           /* a regular package: the file is its __init__ */
    struct pl_ref at;       /* the file, or the first folder of a namespace */
    struct pl_slice path;   /* where that stands in the view */
    struct pl_py_dirs dirs; /* where its submodules are searched; none for a plain module */
};

/* A dotted name followed as far as it goes. */
struct pl_py_path {
    struct pl_py_found part[PL_PY_PARTS];
    uint32_t n;     /* components found */
    uint32_t asked; /* components of the name; found in whole when n == asked */
    bool too_long;
    bool opaque;  /* a layer that nobody gave us could have come first, or have the missing one */
    bool outside; /* a link led to a place that no mount covers */
};

/* The folders that an absolute import searches; what the runtime itself has comes behind them. */
PL_STATUS pl_py_search_path(struct pl_looker *l, struct pl_py_dirs *ret, struct pl_err *err);
/* Follows `name` ("a.b.c") from these folders. */
PL_STATUS pl_py_find(struct pl_looker *l, const struct pl_py_dirs *dirs, struct pl_slice name,
                     struct pl_py_path *ret, struct pl_err *err);

#endif
