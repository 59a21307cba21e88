/* What is to be started: any bytes are some kind of file, read without leaving them. */
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
    }
    return 0;
}
