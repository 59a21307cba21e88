/* The first look at a package: every file of it once, in parallel.  For package.c only. */
#ifndef PL_PKG_SURVEY_FIRST_LOOK_H
#define PL_PKG_SURVEY_FIRST_LOOK_H

#include "pkg/survey/package.h"

/* Fills read_state, marks, native and installed, and the tree's issues of contents.  Entries of a
 * ZIP are read and verified whole; of a folder or plan only the starts that could matter. */
PL_STATUS pl_first_look(struct pl_package *package, unsigned workers, struct pl_err *err);

#endif
