#include "pkg/inspect/elf_read.h"

#include <string.h>

enum {
    IDENT_SIZE = 16,
    HEADER_32 = 52,
    HEADER_64 = 64,
    PROGRAM_32 = 32,
    PROGRAM_64 = 56,
    PATH_BYTES_MAX = 4096 /* Linux PATH_MAX */
};

uint64_t pl_elf_number(const struct pl_elf_reader *r, size_t at, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++) {
        value = value << 8 | r->at[at + (r->big ? i : n - 1 - i)];
    }
    return value;
}

bool pl_elf_is(struct pl_slice bytes)
{
    return bytes.len >= 4 && memcmp(bytes.ptr, "\177ELF", 4) == 0;
}

static void read_interpreter(struct pl_elf *elf, const struct pl_elf_reader *r, uint64_t from,
                             uint64_t bytes, uint64_t file_size)
{
    if (bytes < 2 || bytes > PATH_BYTES_MAX) {
        elf->broken = "its interpreter's path has no possible length";
    } else if (from > file_size || bytes > file_size - from) {
        elf->broken = "its interpreter's path lies behind the end of the file";
    } else if (from > r->len || bytes > r->len - from) {
        elf->cut = true;
    } else if (r->at[from + bytes - 1] != '\0') {
        elf->broken = "its interpreter's path has no end";
    } else {
        const char *path = (const char *)r->at + from;
        elf->interpreter = pl_slice_make(path, strnlen(path, (size_t)bytes));
    }
}

const char *pl_elf_table(const struct pl_elf *elf, const struct pl_elf_reader *r,
                         uint64_t file_size, struct pl_elf_table *ret)
{
    bool wide = elf->bits == 64;
    uint64_t want = wide ? PROGRAM_64 : PROGRAM_32;
    ret->at = pl_elf_number(r, wide ? 32 : 28, wide ? 8 : 4);
    ret->each = pl_elf_number(r, wide ? 54 : 42, 2);
    ret->count = pl_elf_number(r, wide ? 56 : 44, 2);
    if (ret->each != want || ret->count == 0 || ret->count > 65536 / want) {
        return "its program headers are not those of a program";
    }
    if (ret->at > file_size || ret->count * ret->each > file_size - ret->at) {
        return "its program headers lie behind the end of the file";
    }
    return NULL;
}

void pl_elf_program(const struct pl_elf *elf, const struct pl_elf_reader *r, size_t at,
                    struct pl_elf_program *ret)
{
    bool wide = elf->bits == 64;
    ret->type = (uint32_t)pl_elf_number(r, at, 4);
    ret->flags = (uint32_t)pl_elf_number(r, at + (wide ? 4 : 24), 4);
    ret->offset = pl_elf_number(r, at + (wide ? 8 : 4), wide ? 8 : 4);
    ret->vaddr = pl_elf_number(r, at + (wide ? 16 : 8), wide ? 8 : 4);
    ret->bytes = pl_elf_number(r, at + (wide ? 32 : 16), wide ? 8 : 4);
}

static void read_programs(struct pl_elf *elf, const struct pl_elf_reader *r, uint64_t file_size)
{
    struct pl_elf_table table;
    elf->broken = pl_elf_table(elf, r, file_size, &table);
    if (elf->broken) {
        return;
    }
    if (table.at > r->len || table.count * table.each > r->len - table.at) {
        elf->cut = true;
        return;
    }
    for (uint64_t i = 0; i < table.count; i++) {
        struct pl_elf_program program;
        pl_elf_program(elf, r, (size_t)(table.at + i * table.each), &program);
        if (program.type == PL_ELF_PT_INTERP) {
            read_interpreter(elf, r, program.offset, program.bytes, file_size);
            return; /* the kernel takes the first */
        }
    }
}

void pl_elf_read(struct pl_elf *ret, struct pl_slice bytes, uint64_t size)
{
    *ret = (struct pl_elf){.bits = 0};
    struct pl_elf_reader r = {(const unsigned char *)bytes.ptr, bytes.len, false};
    if (!pl_elf_is(bytes)) {
        ret->broken = "it is no ELF file";
        return;
    }
    if (bytes.len > 5) {
        ret->bits = r.at[4] == 1 ? 32 : r.at[4] == 2 ? 64 : 0;
        ret->big_endian = r.big = r.at[5] == 2;
    }
    size_t header = ret->bits == 32 ? HEADER_32 : HEADER_64;
    if (bytes.len < header) {
        ret->cut = bytes.len < size;
        ret->broken = ret->cut ? NULL : "it ends within its header";
        return;
    }
    ret->system = r.at[7];
    ret->type = (uint16_t)pl_elf_number(&r, IDENT_SIZE, 2);
    ret->machine = (uint16_t)pl_elf_number(&r, IDENT_SIZE + 2, 2);
    if (ret->bits == 0) {
        ret->broken = "its class is neither 32-bit nor 64-bit";
    } else if (ret->type != PL_ELF_EXEC && ret->type != PL_ELF_DYN) {
        ret->broken = ret->type == PL_ELF_REL ? "it is an object file that was never linked"
                                              : "it is no program";
    } else {
        read_programs(ret, &r, size);
    }
}

const char *pl_elf_machine_name(const struct pl_elf *elf)
{
    switch (elf->machine) {
    case PL_ELF_386:
        return "32-bit x86";
    case PL_ELF_ARM:
        return "32-bit ARM";
    case PL_ELF_X86_64:
        return elf->bits == 64 ? "x86_64" : "x32";
    case PL_ELF_AARCH64:
        return elf->big_endian ? "big-endian arm64" : "arm64";
    case PL_ELF_RISCV:
        return "RISC-V";
    case 8:
        return "MIPS";
    case 21:
        return "64-bit PowerPC";
    case 22:
        return "S/390";
    case 258:
        return "LoongArch";
    default:
        return NULL;
    }
}

enum pl_arch pl_elf_arch(const struct pl_elf *elf)
{
    if (elf->bits != 64 || elf->big_endian) {
        return PL_ARCH_UNKNOWN;
    }
    if (elf->machine == PL_ELF_X86_64) {
        return PL_ARCH_X86_64;
    }
    return elf->machine == PL_ELF_AARCH64 ? PL_ARCH_ARM64 : PL_ARCH_UNKNOWN;
}
