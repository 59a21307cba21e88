/*
 * Native code in a package: gathered in the first look, while each entry is in memory anyway.
 * Facts of the package alone; what a function makes of them is pkg/survey/native_load.h.
 */
#ifndef PL_PKG_SURVEY_NATIVE_H
#define PL_PKG_SURVEY_NATIVE_H

#include "pkg/archive/tree.h"
#include "pkg/archive/zip_peek.h"
#include "pkg/inspect/exec.h"
#include "pkg/inspect/wheel.h"

/* An entry that is native code, or that has the name of such and is something else. */
struct pl_native {
    uint32_t entry;
    uint8_t kind; /* enum pl_exec_kind; a script only where its name says .so or .node */
    struct pl_elf elf;
    struct pl_elf_needs needs; /* of a sound ELF file */
};

/* A native library inside a jar. */
struct pl_jar_native {
    struct pl_slice name;  /* in the jar */
    uint64_t bytes;        /* that it takes there */
    struct pl_native fact; /* its entry is the jar's */
};

/* What an installer left of a Python distribution: its RECORD, or its WHEEL. */
struct pl_dist_file {
    uint32_t entry;
    bool is_record;
    struct pl_record record;
    struct pl_wheel wheel;
};

/* Class files for a newer Java than 8: one that stands in the package, or the oldest of those that
 * were looked at in a jar. */
struct pl_class_version {
    uint32_t entry;       /* the class file, or the jar */
    uint16_t major;       /* 61: Java 17 */
    struct pl_slice name; /* in the jar; else empty */
};

/* One worker's share; workers never meet. */
struct pl_native_share {
    struct pl_native *at; /* owned */
    uint32_t n;
    size_t cap;
    struct pl_dist_file *dist; /* owned */
    uint32_t n_dist;
    size_t cap_dist;
    struct pl_jar_native *jar; /* owned */
    uint32_t n_jar;
    size_t cap_jar;
    struct pl_class_version *newer; /* owned */
    uint32_t n_newer;
    size_t cap_newer;
    uint32_t n_class;             /* class files in the package itself */
    struct pl_arena arena;        /* texts */
    const struct pl_parts *parts; /* borrowed: stretches of the entry that comes next */
    uint32_t parts_of;
};

/* What all workers gather of one package. */
struct pl_native_gather {
    struct pl_tree *tree;
    struct pl_native_share *share; /* owned; one per worker */
    unsigned workers;
};
PL_STATUS pl_native_gather_init(struct pl_native_gather *g, struct pl_tree *tree, unsigned workers,
                                struct pl_err *err);
void pl_native_gather_done(struct pl_native_gather *g);

/* Could the file be native code, by its name?  Where reading costs, only such are read. */
bool pl_native_may_be(const struct pl_entry *entry);
/* Looks at the bytes of an entry, whole or its start. */
PL_STATUS pl_native_look(struct pl_native_gather *g, unsigned worker, uint32_t index,
                         struct pl_slice bytes, struct pl_err *err);
/* Of a file that is too large to be handed over whole: the stretches that matter, by its start; and
 * what came of them, right before pl_native_look. */
void pl_native_choose(const struct pl_native_gather *g, struct pl_slice start, uint64_t size,
                      struct pl_parts *ret);
void pl_native_parts(struct pl_native_gather *g, unsigned worker, uint32_t index,
                     const struct pl_parts *parts);
/* Reads of large files what is still missing: one stretch leads to the next. */
PL_STATUS pl_native_complete(const struct pl_tree *tree, struct pl_native *native, uint32_t n,
                             struct pl_arena *arena, struct pl_err *err);
/* All facts of a package, sorted by entry. */
struct pl_native_all {
    struct pl_native *native;
    uint32_t n_native;
    struct pl_dist_file *dist;
    uint32_t n_dist;
    struct pl_jar_native *jar;
    uint32_t n_jar;
    struct pl_class_version *newer;
    uint32_t n_newer, n_class;
};
/* The arrays and their texts move to the arena. */
PL_STATUS pl_native_gathered(struct pl_native_gather *g, struct pl_arena *arena,
                             struct pl_native_all *ret, struct pl_err *err);

/* What ld.so would look for, of a file whose elf was read; its texts move to the share. */
PL_STATUS pl_native_read_elf(struct pl_native_share *share, struct pl_native *fact,
                             const struct pl_elf_image *image, struct pl_err *err);
/* A jar: its native libraries, if it has any. */
PL_STATUS pl_native_look_jar(struct pl_native_share *share, const struct pl_entry *entry,
                             uint32_t index, struct pl_slice bytes, struct pl_err *err);
/* Class files: one of the package, and some of a jar's. */
PL_STATUS pl_native_look_class(struct pl_native_share *share, const struct pl_entry *entry,
                               uint32_t index, struct pl_slice bytes, struct pl_err *err);
PL_STATUS pl_native_look_classes(struct pl_native_share *share, uint32_t index,
                                 const struct pl_zip_peek *jar, struct pl_err *err);
/* Is it a jar that can be looked into? */
bool pl_native_is_jar(const struct pl_entry *entry);
/* NAME.dist-info/RECORD: is it to be handed over whole, where reading costs? */
bool pl_native_is_record(const struct pl_entry *entry);

/* libx.so, libx.so.1.2, x.node, and x.pyd, which is what Windows calls them? */
bool pl_native_is_library_name(struct pl_slice name);

#endif
