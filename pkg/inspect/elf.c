#include "pkg/inspect/elf.h"

#include <string.h>

enum {
    IDENT_SIZE = 16,
    HEADER_32 = 52,
    HEADER_64 = 64,
    PROGRAM_32 = 32,
    PROGRAM_64 = 56,
    PT_INTERP = 3,
    PATH_BYTES_MAX = 4096 /* Linux PATH_MAX */
};

struct reader {
    const unsigned char *at;
    size_t len;
    bool big;
};

/* The caller has checked that `n` bytes stand there. */
static uint64_t number(const struct reader *r, size_t at, unsigned n)
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

static void read_interpreter(struct pl_elf *elf, const struct reader *r, uint64_t from,
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

static void read_programs(struct pl_elf *elf, const struct reader *r, uint64_t file_size)
{
    bool wide = elf->bits == 64;
    uint64_t table = number(r, wide ? 32 : 28, wide ? 8 : 4);
    uint64_t each = number(r, wide ? 54 : 42, 2);
    uint64_t count = number(r, wide ? 56 : 44, 2);
    uint64_t want = wide ? PROGRAM_64 : PROGRAM_32;
    if (each != want || count == 0 || count > 65536 / want) {
        elf->broken = "its program headers are not those of a program";
        return;
    }
    uint64_t bytes = count * each;
    if (table > file_size || bytes > file_size - table) {
        elf->broken = "its program headers lie behind the end of the file";
        return;
    }
    if (table > r->len || bytes > r->len - table) {
        elf->cut = true;
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        size_t at = (size_t)(table + i * each);
        if (number(r, at, 4) == PT_INTERP) {
            read_interpreter(elf, r, number(r, at + (wide ? 8 : 4), wide ? 8 : 4),
                             number(r, at + (wide ? 32 : 16), wide ? 8 : 4), file_size);
            return; /* the kernel takes the first */
        }
    }
}

void pl_elf_read(struct pl_elf *ret, struct pl_slice bytes, uint64_t size)
{
    *ret = (struct pl_elf){.bits = 0};
    struct reader r = {(const unsigned char *)bytes.ptr, bytes.len, false};
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
    ret->type = (uint16_t)number(&r, IDENT_SIZE, 2);
    ret->machine = (uint16_t)number(&r, IDENT_SIZE + 2, 2);
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
