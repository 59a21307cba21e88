/* Private to the ELF reader: numbers and program headers. */
#ifndef PL_PKG_INSPECT_ELF_READ_H
#define PL_PKG_INSPECT_ELF_READ_H

#include "pkg/inspect/elf.h"

enum { PL_ELF_PT_LOAD = 1, PL_ELF_PT_DYNAMIC = 2, PL_ELF_PT_INTERP = 3, PL_ELF_PT_NOTE = 4 };

struct pl_elf_reader {
    const unsigned char *at;
    size_t len;
    bool big;
};

/* The caller has checked that `n` bytes stand there. */
uint64_t pl_elf_number(const struct pl_elf_reader *r, size_t at, unsigned n);

/* Where the program headers stand, checked against the size of the file. */
struct pl_elf_table {
    uint64_t at, each, count;
};
/* NULL, or why no kernel would take them. */
const char *pl_elf_table(const struct pl_elf *elf, const struct pl_elf_reader *r,
                         uint64_t file_size, struct pl_elf_table *ret);

struct pl_elf_program {
    uint32_t type, flags;
    uint64_t offset, vaddr, bytes;
};
/* The caller has checked that the header lies in the reader's bytes. */
void pl_elf_program(const struct pl_elf *elf, const struct pl_elf_reader *r, size_t at,
                    struct pl_elf_program *ret);

#endif
