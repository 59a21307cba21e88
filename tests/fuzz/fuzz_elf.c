/* What is to be started: any bytes are some kind of file, read without leaving them. */
#include "pkg/base/limits.h"
#include "pkg/inspect/exec.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static bool inside(struct pl_slice part, struct pl_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

/* What ld.so would look for: read from the bytes alone, and within the arena's bound. */
static void read_needs(const struct pl_elf *elf, struct pl_slice bytes, uint64_t size)
{
    struct pl_elf_image image = {{{0, bytes}}, 1, size};
    struct pl_elf_image wanted;
    struct pl_elf_needs needs;
    struct pl_arena arena;
    struct pl_err err;
    if (elf->broken || elf->cut) {
        return;
    }
    pl_arena_init(&arena, PL_MB(4));
    enum pl_status status = pl_elf_read_needs(&needs, elf, &image, &arena, &err);
    promise(status == PL_OK || status == PL_ERR_LIMIT, "only our own bound makes it fail");
    if (status == PL_OK) {
        promise(size > bytes.len || !needs.cut, "a whole file is not cut");
        for (uint32_t i = 0; i < needs.n_version; i++) {
            promise(needs.version[i].name.len > 0, "a version has a name");
        }
    }
    pl_arena_done(&arena);
    pl_elf_wanted(&wanted, elf, bytes, size, PL_MB(8));
    for (uint32_t i = 0; i < wanted.n; i++) {
        promise(wanted.piece[i].at < size && wanted.piece[i].bytes.len <= size - wanted.piece[i].at,
                "what is wanted lies in the file");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice bytes = pl_slice_make((const char *)data, size);
    struct pl_exec exec;
    for (unsigned more = 0; more < 2; more++) {
        pl_exec_read(&exec, bytes, size + (uint64_t)more * 1000);
        promise(inside(exec.interpreter, bytes) && inside(exec.argument, bytes) &&
                    inside(exec.elf.interpreter, bytes),
                "what is pointed to lies in the bytes");
        promise(pl_exec_kind_text((enum pl_exec_kind)exec.kind) != NULL, "every kind has a text");
        promise(more > 0 || !exec.elf.cut, "a whole file is not cut");
        if (exec.kind == PL_EXEC_ELF) {
            read_needs(&exec.elf, bytes, size + (uint64_t)more * 1000);
        }
    }
    return 0;
}
