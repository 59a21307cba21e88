/*
 * What an installer leaves of a Python distribution: WHEEL says what it was built for, RECORD what
 * was installed (Python Packaging User Guide, "Binary distribution format" and "Recording installed
 * projects").
 */
#ifndef PL_PKG_INSPECT_WHEEL_H
#define PL_PKG_INSPECT_WHEEL_H

#include "pkg/base/arena.h"

/* NAME-VERSION.dist-info/WHEEL */
struct pl_wheel {
    bool pure;            /* Root-Is-Purelib: true */
    struct pl_slice *tag; /* "cp311-cp311-manylinux_2_17_x86_64" */
    uint32_t n_tag;
};
PL_STATUS pl_wheel_read(struct pl_wheel *ret, struct pl_slice text, struct pl_arena *arena,
                        struct pl_err *err);

enum pl_wheel_system {
    PL_WHEEL_ANY,   /* no platform in the tag */
    PL_WHEEL_GNU,   /* linux_, manylinux_ */
    PL_WHEEL_MUSL,  /* musllinux_ */
    PL_WHEEL_OTHER, /* macosx_, win_, ios_, android_ ... */
    PL_WHEEL_STRANGE
};
/* What one tag says; false when it has not three parts. */
struct pl_wheel_tag {
    uint8_t system;        /* enum pl_wheel_system */
    bool x86_64, arm64;    /* the processors it is for; neither: not said */
    bool cpython;          /* python is cp3X and abi is cp3X, cp3Xt ...: for that version only */
    uint32_t minor;        /* then: X */
    struct pl_slice abi;   /* "cp311", "abi3", "none" */
    struct pl_slice where; /* "macosx_11_0_arm64" */
};
bool pl_wheel_tag_read(struct pl_wheel_tag *ret, struct pl_slice tag);

/* Takes the next path of a RECORD off `text`; false at its end.  Paths are relative to the folder
 * that the dist-info folder stands in. */
bool pl_record_next(struct pl_slice *text, struct pl_slice *ret);

/* NAME-VERSION.dist-info/RECORD: the native files that it lists, by their names. */
struct pl_record {
    struct pl_slice *native;
    uint32_t n_native;
    bool cut; /* there are more than is kept */
};
PL_STATUS pl_record_read(struct pl_record *ret, struct pl_slice text, struct pl_arena *arena,
                         struct pl_err *err);

#endif
