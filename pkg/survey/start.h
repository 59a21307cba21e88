/*
 * A file that the service starts itself: may it, can Linux run it, is its interpreter there?  For
 * the loaders of compiled languages and custom runtimes only.
 */
#ifndef PL_PKG_SURVEY_START_H
#define PL_PKG_SURVEY_START_H

#include "pkg/survey/look.h"

struct pl_start {
    struct pl_ref at;
    const char *path;  /* where it stands in the sandbox: for what Lambda says */
    const char *error; /* what stands before "fork/exec": "Runtime.InvalidEntrypoint" */
    enum pl_why mode, format, interpreter; /* the reasons to give */
};

/* Sets the outcome of starting the file, LOADS included. */
PL_STATUS pl_start_judge(struct pl_looker *l, const struct pl_start *start, struct pl_load *load,
                         struct pl_err *err);

/* May the sandbox's user run it?  MAYBE where the archive records no Unix modes. */
enum pl_sure pl_start_allowed(const struct pl_entry *entry);

#endif
