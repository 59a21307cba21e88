/* Reading the file that was planned, and no other (inside of pkg/build). */
#ifndef PL_PKG_BUILD_PLANNED_H
#define PL_PKG_BUILD_PLANNED_H

#include "pkg/build/plan.h"

/* Can it be opened and read in parts?  What cannot is at most PL_MAX_WHOLE_ENTRY large. */
bool pl_planned_can_open(const struct pl_plan_item *item);
/* Opens the item's file; never waits, never follows a link.  Gone or replaced by something else is
 * PL_ERR_CHANGED. */
PL_STATUS pl_planned_open(const struct pl_plan_item *item, int *ret_fd, struct pl_err *err);
/* Is what was read still the planned file?  Asked after the last byte was read: every write in
 * between has moved the time of the last change. */
PL_STATUS pl_planned_verify(const struct pl_plan_item *item, int fd, struct pl_err *err);
/* The first n bytes of the file into `to`, which has room for n + 1; n is at most the planned size.
 * With n the planned size, a longer file is noticed too. */
PL_STATUS pl_planned_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                          struct pl_err *err);
/* n bytes at `offset` of an open one. */
PL_STATUS pl_planned_pread(const struct pl_plan_item *item, int fd, unsigned char *to, size_t n,
                           uint64_t offset, struct pl_err *err);

#endif
