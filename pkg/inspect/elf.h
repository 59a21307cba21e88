/*
 * ELF files: the header and the program headers, as far as the kernel looks at them before it runs
 * one (System V ABI, chapters 4 and 5; Linux fs/binfmt_elf.c, load_elf_binary).
 */
#ifndef PL_PKG_INSPECT_ELF_H
#define PL_PKG_INSPECT_ELF_H

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
    uint16_t type, machine;
    const char *broken; /* static: why no kernel would run it; NULL when nothing was seen */
    bool cut;           /* what was given ends before the program headers or the interpreter */
    struct pl_slice interpreter; /* of PT_INTERP, in the bytes that were given; empty: none */
};

/* Does it start as ELF files do? */
bool pl_elf_is(struct pl_slice bytes);
/* Reads what `bytes` hold; `size` is the size of the whole file, of which they are the start. */
void pl_elf_read(struct pl_elf *ret, struct pl_slice bytes, uint64_t size);
/* "x86_64", "arm64", "32-bit ARM" ...; NULL for a machine without a name here. */
const char *pl_elf_machine_name(const struct pl_elf *elf);
/* The architecture that runs it natively, or PL_ARCH_UNKNOWN. */
enum pl_arch pl_elf_arch(const struct pl_elf *elf);

#endif
