/* The version of the program and the library; the build compares it with CMake's. */
#ifndef PL_PKG_BASE_VERSION_H
#define PL_PKG_BASE_VERSION_H

#define PL_VERSION "0.1.0"

#endif
