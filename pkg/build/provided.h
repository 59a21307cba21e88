/*
 * `skip_provided: true` of a function: what its layers hold, with the same content, at a place
 * where the runtime finds it just as well, stays out (inside of pkg/build).
 *
 * Files are not looked at one by one: a package of which one half is in /var/task and the other
 * below /opt does not work.  In Python a package, module or *.dist-info folder at the root goes
 * when all of it is provided; in Node.js the whole node_modules, since a package below /opt does
 * not find what it depends on in /var/task.  In doubt everything stays.
 */
#ifndef PL_PKG_BUILD_PROVIDED_H
#define PL_PKG_BUILD_PROVIDED_H

#include "pkg/build/select.h"

/* The plan's items are final.  Counts in plan->provided; warns where nothing can be left out. */
PL_STATUS pl_provided_apply(struct pl_select *select, struct pl_err *err);

#endif
