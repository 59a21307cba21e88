/* The reader of Ruby sources: any bytes give facts, in bounded time and memory. */
#include "pkg/base/limits.h"
#include "pkg/inspect/ruby.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_arena arena;
    struct pl_err err = {.code = PL_OK};
    struct pl_rb rb;
    pl_arena_init(&arena, PL_MB(64));
    if (pl_ruby_read(&rb, pl_slice_make((const char *)data, size), &arena, &err) == PL_OK) {
        uint32_t sum = 0;
        for (uint32_t i = 0; i < rb.n_name; i++) {
            promise(rb.name[i].at.line > 0 && rb.name[i].at.col > 0, "a name has a place");
            for (size_t k = 0; k < rb.name[i].name.len; k++) {
                sum += (unsigned char)rb.name[i].name.ptr[k];
            }
        }
        promise(sum < UINT32_MAX, "names can be read");
        promise(!rb.syntax.found || (rb.syntax.what && rb.syntax.at.line > 0),
                "an error has words and a place");
    }
    pl_arena_done(&arena);
    return 0;
}
