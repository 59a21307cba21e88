/*
 * What native code finds in the systems under the runtimes: shared libraries (oslibs.def) and the
 * versions that they define (versions.def), as data with source and date.
 */
#ifndef PL_PKG_LAMBDA_OSLIB_H
#define PL_PKG_LAMBDA_OSLIB_H

#include "pkg/lambda/runtimes.h"

enum pl_os_has { PL_OS_NO, PL_OS_MAYBE, PL_OS_YES };

/* Is a library of this name ("libz.so.1") there?  *ret_known is false when no row has it: then
 * nothing says that it is. */
enum pl_os_has pl_os_library(const struct pl_os *os, struct pl_slice name, bool *ret_known);

enum pl_version_family {
    PL_VERSION_GLIBC,
    PL_VERSION_GLIBCXX,
    PL_VERSION_CXXABI,
    PL_VERSION_GCC,
    PL_VERSION_ZLIB,
    PL_VERSION_OTHER
};
/* The family of "GLIBCXX_3.4.29"; *ret_number is what stands behind the underscore. */
enum pl_version_family pl_version_family(struct pl_slice version, struct pl_slice *ret_number);

/*
 * Does a library of the OS define this version?  Decided by membership, as auditwheel does: a
 * version that nobody lists is not there, whatever its number.  MAYBE where sources disagree, for
 * families that are not listed, and for GLIBC_PRIVATE, which is not for programs.
 */
enum pl_os_has pl_os_version(const struct pl_os *os, enum pl_arch arch, struct pl_slice version);

/* Order of dotted numbers: "2.9" before "2.28". */
int pl_version_cmp(struct pl_slice a, struct pl_slice b);

/* The newest tag of wheels that load on this OS: "manylinux_2_26"; static. */
const char *pl_os_wheel_tag(const struct pl_os *os);
/* The oldest runtime of the same language, supported at a date, whose OS defines the version; NULL
 * when there is none. */
const struct pl_runtime *pl_runtime_with(const struct pl_runtime *runtime, enum pl_arch arch,
                                         struct pl_slice version, int32_t as_of);

#endif
