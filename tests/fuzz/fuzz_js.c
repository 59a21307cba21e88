/* The reader of JavaScript: any bytes give facts, in bounded time and memory. */
#include "pkg/base/limits.h"
#include "pkg/inspect/js.h"

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
    pl_arena_init(&arena, PL_MB(64));
    struct pl_err err = {.code = PL_OK};
    struct pl_js js;
    struct pl_package_json json;
    struct pl_slice text = pl_slice_make((const char *)data, size);
    if (pl_js_read(&js, text, &arena, &err) == PL_OK) {
        for (uint32_t i = 0; i < js.n_export; i++) {
            const struct pl_js_export *found = NULL;
            enum pl_sure sure = pl_js_exports(&js, js.export_[i].name, &found);
            promise((uint8_t)sure >= js.export_[i].sure, "what is exported is found");
            promise(found == &js.export_[i], "each name is there once, in order");
        }
    }
    pl_ignore(pl_package_json_read(&json, text, &arena, &err), "a refusal is an answer, too");
    pl_arena_done(&arena);
    return 0;
}
