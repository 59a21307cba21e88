/*
 * What a function makes of the native code in its packages: which of it would be loaded, and what
 * ld.so, Python or Node.js would say then.
 *
 * Would be loaded: what the service starts, extension modules that stand on Python's search path,
 * addons of Node.js packages, and the shared libraries that these need.  A build for another
 * platform that lies beside the right one is waste, not a failure.
 */
#ifndef PL_PKG_SURVEY_NATIVE_LOAD_H
#define PL_PKG_SURVEY_NATIVE_LOAD_H

#include "pkg/lambda/oslib.h"
#include "pkg/survey/view.h"

enum pl_native_what {
    PL_NATIVE_FINE,
    PL_NATIVE_MACHINE,   /* for another processor */
    PL_NATIVE_NOT_LINUX, /* no ELF file, or a broken one */
    PL_NATIVE_MUSL,
    PL_NATIVE_PYTHON,  /* for another Python */
    PL_NATIVE_NODE,    /* for another Node.js */
    PL_NATIVE_GLIBC,   /* needs a version that the OS does not have */
    PL_NATIVE_CXX,     /* the same of libstdc++, libgcc and zlib */
    PL_NATIVE_LIBRARY, /* needs a library that nobody has */
    PL_NATIVE_ABSENT,  /* the package with the build for this platform is not there */
    PL_NATIVE_FOREIGN  /* for another platform, and nothing would load it */
};

/* Of what kind is a part that is ABSENT? */
enum pl_native_absent {
    PL_NATIVE_ABSENT_NPM,    /* an npm package of a family of such */
    PL_NATIVE_ABSENT_PRISMA, /* Prisma's query engine */
    PL_NATIVE_ABSENT_MODULE, /* a module that a Python distribution's RECORD lists */
    PL_NATIVE_ABSENT_WHEEL   /* the whole distribution was installed for another platform */
};

/* One or more files of one owner, with the same fault. */
struct pl_native_fault {
    uint8_t what;     /* enum pl_native_what */
    uint8_t sure;     /* enum pl_sure: YES when loading it fails */
    uint8_t absent;   /* ABSENT: enum pl_native_absent */
    bool unlabelled;  /* PYTHON: its name lets every Python load it, its WHEEL says otherwise */
    bool optional;    /* the code that loads it goes on without */
    bool elsewhere;   /* LIBRARY: a file of that name stands where ld.so does not look */
    bool beside;      /* FOREIGN: an install brings it with what is loaded */
    bool mixed;       /* FOREIGN: its folder holds what is loaded too */
    struct pl_ref by; /* an own file that may load it by name, or nothing */
    struct pl_ref at; /* the first file */
    const struct pl_native *fact; /* of that file */
    struct pl_slice owner;        /* "numpy", "better-sqlite3": package or top-level module */
    struct pl_slice inner;        /* it stands in a jar, `at`, under this name; else empty */
    struct pl_slice dist;         /* Python: the distribution that brought it, or empty */
    struct pl_slice release;      /* of `dist`: "2.3.5", or empty */
    struct pl_slice need; /* the version, library, Python or Node.js tag; ABSENT: what is absent */
    struct pl_slice library; /* GLIBC, CXX: what lacks the version; ABSENT: what is there instead */
    uint32_t files;
    uint64_t bytes;
};

struct pl_native_report {
    struct pl_native_fault *fault; /* sorted by what, then owner */
    uint32_t n;
};

struct pl_function;
/* Fills function->native, once its view is laid out and its handler judged; pl_image_native for an
 * image (fn->run is set), against the image's own libraries. */
PL_STATUS pl_image_native(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_native_judge(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);

#endif
