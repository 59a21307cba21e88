/*
 * ELF files: the header and the program headers, as far as the kernel looks at them before it runs
 * one (System V ABI, chapters 4 and 5; Linux fs/binfmt_elf.c, load_elf_binary), and the dynamic
 * section, as far as ld.so looks at it before it loads what else is needed.
 *
 * Section headers are never looked at: strip may drop them, and the loader does not need them.
 */
#ifndef PL_PKG_INSPECT_ELF_H
#define PL_PKG_INSPECT_ELF_H

#include "pkg/base/arena.h"
#include "pkg/inspect/facts.h"
#include "pkg/lambda/runtimes.h"

/* e_type */
enum { PL_ELF_REL = 1, PL_ELF_EXEC = 2, PL_ELF_DYN = 3, PL_ELF_CORE = 4 };

/* e_machine of what Lambda runs, and of what is shipped to it by mistake. */
enum {
    PL_ELF_386 = 3,
    PL_ELF_ARM = 40,
    PL_ELF_X86_64 = 62,
    PL_ELF_AARCH64 = 183,
    PL_ELF_RISCV = 243
};

struct pl_elf {
    uint8_t bits; /* 32 or 64; 0: neither */
    bool big_endian;
    uint8_t system; /* EI_OSABI: 0 and 3 are what Linux takes, 9 is FreeBSD */
    uint16_t type, machine;
    const char *broken; /* static: why no kernel would run it; NULL when nothing was seen */
    bool cut;           /* what was given ends before the program headers or the interpreter */
    struct pl_slice interpreter; /* of PT_INTERP, in the bytes that were given; empty: none */
};

/* A stretch of the file that is at hand. */
struct pl_elf_piece {
    uint64_t at;
    struct pl_slice bytes;
};
/* What is at hand of a file: all of it, or the stretches that matter of a very large one. */
enum { PL_ELF_PIECES = 8 };
struct pl_elf_image {
    struct pl_elf_piece piece[PL_ELF_PIECES];
    uint32_t n;
    uint64_t size; /* of the whole file */
};

/* One version that a library must define (.gnu.version_r). */
struct pl_elf_version {
    struct pl_slice library; /* "libc.so.6" */
    struct pl_slice name;    /* "GLIBC_2.28" */
    bool weak;               /* its absence is a warning of ld.so's, no more */
};

/* What ld.so would look for.  All texts live in the arena. */
struct pl_elf_needs {
    bool dynamic;                 /* it has a dynamic section */
    bool cut;                     /* what was given does not reach to all of it ... */
    uint64_t miss_at, miss_bytes; /* ... and this stretch would take it further */
    const char *broken; /* static: ld.so could not use it; what was read before still stands */
    struct pl_slice soname, rpath, runpath;
    struct pl_slice *needed;
    uint32_t n_needed;
    struct pl_elf_version *version;
    uint32_t n_version;
    bool go;                 /* made by Go: a note says so */
    bool napi;               /* a Node.js addon that does not depend on the Node.js version */
    uint16_t node_abi;       /* NODE_MODULE_VERSION that an addon registers for; 0: none seen */
    struct pl_slice py_init; /* "x" of the first PyInit_x: an extension module of Python 3 */
};

/* Does it start as ELF files do? */
bool pl_elf_is(struct pl_slice bytes);
/* Reads what `bytes` hold; `size` is the size of the whole file, of which they are the start. */
void pl_elf_read(struct pl_elf *ret, struct pl_slice bytes, uint64_t size);
/* The dynamic section of a file that pl_elf_read found sound. */
PL_STATUS pl_elf_read_needs(struct pl_elf_needs *ret, const struct pl_elf *elf,
                            const struct pl_elf_image *image, struct pl_arena *arena,
                            struct pl_err *err);
/* Which stretches of a file pl_elf_read_needs would ask for, from its first bytes alone: at most
 * `max` bytes of each segment.  The stretches have no bytes yet. */
void pl_elf_wanted(struct pl_elf_image *ret, const struct pl_elf *elf, struct pl_slice bytes,
                   uint64_t size, uint64_t max);
/* "x86_64", "arm64", "32-bit ARM" ...; NULL for a machine without a name here. */
const char *pl_elf_machine_name(const struct pl_elf *elf);
/* The architecture that runs it natively, or PL_ARCH_UNKNOWN. */
enum pl_arch pl_elf_arch(const struct pl_elf *elf);
/* Is it linked against musl, or another C library that calls itself plain libc.so? */
bool pl_elf_is_musl(const struct pl_elf *elf, const struct pl_elf_needs *needs);

#endif
