/* What becomes of symbolic links (inside of pkg/build). */
#ifndef PL_PKG_BUILD_LINKS_H
#define PL_PKG_BUILD_LINKS_H

#include "pkg/build/select.h"

/*
 * Settles select->pending.  A link stays a link when what it names, read from its place in the ZIP,
 * is packed too, or when it points under /opt or /var/task.  Any other one is replaced by what it
 * leads to on disk, if that lies in the project or in the link's own source; following a link to a
 * folder takes what is in it, under the same lists.  The rest is an error with the remedy.
 */
PL_STATUS pl_links_settle(struct pl_select *select, struct pl_err *err);

#endif
