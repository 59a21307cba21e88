/*
 * `pyc:` of a function or layer: what becomes of Python's bytecode (inside of pkg/build).
 *
 * A .pyc usually holds the time and size of its source (PEP 552: flags 0).  A ZIP has one time for
 * all entries, so every such file is stale where it is unpacked, and Lambda's /var/task and /opt
 * cannot be written: Python would compile the source again at each cold start.  Restamping turns a
 * file that is valid where it was found into an unchecked hash-based one (flags 1), which is taken
 * as it is; bytes 4 to 15 change and no other.
 */
#ifndef PL_PKG_BUILD_PYC_H
#define PL_PKG_BUILD_PYC_H

#include "pkg/build/select.h"

enum { PL_PYC_HEADER = 16 };

/* The plan's items are sorted and stand once each.  Counts in plan->pyc, warns in plan->warning. */
PL_STATUS pl_pyc_apply(struct pl_select *select, struct pl_err *err);

/* What importlib stores: SipHash of the source, keyed with the first four bytes of the file; 2-4
 * before Python 3.11 (magic numbers below 3450), 1-3 since then. */
uint64_t pl_pyc_source_hash(uint32_t magic, const unsigned char *source, size_t n);

#endif
