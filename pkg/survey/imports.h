/*
 * What the handler's own files import, and nothing provides.  For the Python and Node.js loaders:
 * the closure of static imports over the files that are neither installed distributions nor below
 * node_modules, bounded.  Filled into function->imports.
 */
#ifndef PL_PKG_SURVEY_IMPORTS_H
#define PL_PKG_SURVEY_IMPORTS_H

#include "pkg/survey/load_node.h"
#include "pkg/survey/load_python.h"

/* Own files that are followed, faults that are kept (one per name), libraries that are opened. */
enum { PL_IMPORT_FILES = 128, PL_IMPORT_FAULTS = 16, PL_IMPORT_LIBRARIES = 64 };

PL_STATUS pl_python_imports(const struct pl_python_try *t, struct pl_imports *ret,
                            struct pl_err *err);
PL_STATUS pl_node_imports(const struct pl_node_try *t, struct pl_imports *ret, struct pl_err *err);

/* Keeps a fault in the looker's arena; `detail` may be empty.  Names that were kept before are not
 * kept again. */
PL_STATUS pl_imports_add(struct pl_looker *l, struct pl_imports *to, const struct pl_import *fault,
                         struct pl_err *err);
/* Not to be told: faults of missing modules go, for this reason. */
void pl_imports_unsure(struct pl_imports *imports, enum pl_why why);
/* May the file be read again?  Not what the sandbox's user may not read, or what was refused. */
bool pl_imports_follows(const struct pl_load *load);
/* Is there a fault that depends on where modules are searched? */
bool pl_imports_searched(const struct pl_imports *imports);

#endif
