/*
 * Newer facts about runtimes than this program was built with: a file in the form that
 * `plimsoll runtimes --format json` prints.  Its rows stand in the place of ours of the same id;
 * new ones come first of their language; rows that it does not have stay.
 */
#ifndef PL_PKG_LAMBDA_DATA_H
#define PL_PKG_LAMBDA_DATA_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/lambda/runtimes.h"

struct pl_runtime_data {
    struct pl_runtime *row; /* all of them: the file's and ours */
    size_t n;
    const char *date; /* of the file, YYYY-MM-DD */
    struct pl_arena arena;
};

/* Everything wrong with the file is PL_ERR_CONFIG with "name:line:column: message". */
PL_STATUS pl_runtime_data_parse(struct pl_runtime_data *ret, const char *name, struct pl_slice text,
                                struct pl_err *err);
void pl_runtime_data_done(struct pl_runtime_data *data);

/* From now on the functions of runtimes.h answer from `data`, which is borrowed; NULL: from our
 * own. For the whole process, so before threads are started. */
void pl_runtime_data_use(const struct pl_runtime_data *data);

#endif
