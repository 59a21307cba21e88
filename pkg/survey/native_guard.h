/* Private to the judging of native code: the imports inside one Python package. */
#ifndef PL_PKG_SURVEY_NATIVE_GUARD_H
#define PL_PKG_SURVEY_NATIVE_GUARD_H

#include "pkg/survey/native_judge.h"

/* When a module cannot be imported, does its package go on?  From good to bad. */
enum pl_native_goes {
    PL_NATIVE_GOES_ON,     /* every import of it is in a try that catches ImportError */
    PL_NATIVE_GOES_MAYBE,  /* some are in functions, or not all could be read */
    PL_NATIVE_GOES_BRANCH, /* some are in branches that may not run */
    PL_NATIVE_GOES_NOT
};

struct pl_native_source {
    struct pl_slice module; /* "yaml.cyaml" */
    uint32_t entry;
    uint8_t goes; /* enum pl_native_goes, once asked */
    bool is_package, read, asked, asking;
};

struct pl_native_import {
    struct pl_slice name; /* absolute */
    uint32_t file;        /* where it stands: index in `file` */
    uint8_t goes;         /* enum pl_native_goes: what becomes of that file when it fails */
    bool real;            /* an import statement, once the file has been read; else only words */
};

struct pl_native_guard {
    struct pl_native_judging *j;
    const struct pl_package *package;
    struct pl_slice base, owner;
    struct pl_buf text;            /* of the file that is read */
    size_t bytes;                  /* of all files so far */
    struct pl_native_source *file; /* owned */
    uint32_t n_file;
    size_t cap_file;
    struct pl_native_import *import; /* owned; sorted by name and file */
    uint32_t n_import;
    size_t cap_import;
    bool cut; /* not all could be read */
};

/* Looks through the sources of the top-level package `owner` below the folder `base`, its tests
 * left out; what the guard had before is let go. */
PL_STATUS pl_native_guard_look(struct pl_native_judging *j, const struct pl_package *package,
                               struct pl_slice base, struct pl_slice owner,
                               struct pl_native_guard *ret, struct pl_err *err);
/* Reads the files that mention `module`, and those that mention these. */
PL_STATUS pl_native_guard_ask(struct pl_native_guard *guard, struct pl_slice module,
                              enum pl_native_goes *ret, struct pl_err *err);
void pl_native_guard_done(struct pl_native_guard *guard); /* takes a zeroed guard */

#endif
