/* The reader of Python sources: any bytes give facts, in bounded time and memory. */
#include "pkg/base/limits.h"
#include "pkg/inspect/py_mention.h"
#include "pkg/inspect/python.h"

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

struct text {
    const uint8_t *data;
    size_t size, told;
};

static enum pl_status inside(void *ctx, struct pl_slice module, struct pl_slice member,
                             struct pl_err *err)
{
    struct text *text = ctx;
    const char *end = (const char *)text->data + text->size;
    (void)err;
    promise(module.len > 0, "a mention has a module");
    promise(module.ptr >= (const char *)text->data && module.ptr + module.len <= end,
            "a module is words of the text");
    promise(member.len == 0 || member.ptr + member.len <= end, "a member is words of the text");
    text->told++;
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {data, size, 0};
    struct pl_arena arena;
    pl_arena_init(&arena, PL_MB(64));
    struct pl_err err = {.code = PL_OK};
    struct pl_py py;
    if (pl_python_read(&py, pl_slice_make((const char *)data, size), &arena, &err) == PL_OK) {
        for (uint32_t i = 0; i < py.n_name; i++) {
            struct pl_spot at;
            enum pl_sure sure = pl_python_binds(&py, py.name[i].name, &at);
            promise((uint8_t)sure >= py.name[i].sure, "a name that is bound is found");
            promise(at.line > 0 && at.col > 0, "a name that is bound has a place");
        }
    }
    promise(pl_python_mentions(pl_slice_make((const char *)data, size), inside, &text, &err) ==
                PL_OK,
            "mentions end well");
    promise(text.told <= 10 * size, "mentions are told in linear time");
    pl_arena_done(&arena);
    return 0;
}
