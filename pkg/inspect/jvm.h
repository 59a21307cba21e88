/*
 * Java class files, as far as loading and reflection look at them (The Java Virtual Machine
 * Specification, SE 25, chapter 4): names, flags, methods, no code.
 */
#ifndef PL_PKG_INSPECT_JVM_H
#define PL_PKG_INSPECT_JVM_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* JVMS tables 4.1-B and 4.6-A, those that matter here. */
enum pl_jvm_flag {
    PL_JVM_PUBLIC = 0x0001,
    PL_JVM_STATIC = 0x0008,
    PL_JVM_BRIDGE = 0x0040, /* of a method */
    PL_JVM_INTERFACE = 0x0200,
    PL_JVM_ABSTRACT = 0x0400,
    PL_JVM_SYNTHETIC = 0x1000,
    PL_JVM_MODULE = 0x8000
};

/* The minor version of classes that use preview features (JVMS 4.1). */
enum { PL_JVM_PREVIEW = 65535 };

struct pl_jvm_method {
    struct pl_slice name, descriptor; /* modified UTF-8, compared as bytes */
    uint16_t flags;
};

/* All slices are borrowed from the class file's bytes. */
struct pl_jvm {
    uint16_t minor, major;
    uint16_t flags;
    struct pl_slice name;       /* "com/example/Handler" */
    struct pl_slice super;      /* "" for java/lang/Object and modules */
    struct pl_slice *interface; /* in the arena */
    uint32_t n_interface;
    struct pl_jvm_method *method; /* in the arena; in the file's order */
    uint32_t n_method;
    struct pl_slice signature; /* the class's generic signature, or "" */
    bool needs_outer;          /* an inner class without `static` */
    bool is_class;             /* it starts like a class file: minor and major are set */
    const char *damaged;       /* static: why the rest is not set; NULL: it is whole */
};

/* Reads one class file.  What is no class file, or is cut or broken, is said in *ret; fails only
 * for lack of memory or room in the arena. */
PL_STATUS pl_jvm_read(struct pl_jvm *ret, struct pl_slice bytes, struct pl_arena *arena,
                      struct pl_err *err);

/* Cuts the next parameter's descriptor off *rest, which starts as a method's descriptor
 * "(ILjava/lang/String;)V" behind its parenthesis; false at the end or at what is malformed. */
bool pl_jvm_next_parameter(struct pl_slice *rest, struct pl_slice *ret);

/* A line of a manifest (the jar specification's "Main section"), its continuation lines joined, in
 * the arena; empty when there is none.  Names are compared without case. */
PL_STATUS pl_jar_attribute(struct pl_slice manifest, const char *name, struct pl_arena *arena,
                           struct pl_slice *ret, struct pl_err *err);

#endif
