/* Any bytes as a distribution's WHEEL and RECORD. */
#include "pkg/base/limits.h"
#include "pkg/inspect/wheel.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static bool is_inside(struct pl_slice part, struct pl_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

static void check_tag(struct pl_slice text)
{
    struct pl_wheel_tag tag;
    if (!pl_wheel_tag_read(&tag, text)) {
        return;
    }
    promise(is_inside(tag.abi, text) && is_inside(tag.where, text), "a tag's parts lie in it");
    promise(tag.system <= PL_WHEEL_STRANGE, "a known system");
    promise(tag.cpython || tag.minor == 0, "a minor version is one of CPython");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice text = pl_slice_make((const char *)data, size);
    struct pl_slice rest = text;
    struct pl_slice path;
    struct pl_wheel wheel;
    struct pl_record record;
    struct pl_arena arena;
    struct pl_err err;
    uint32_t paths = 0;
    pl_arena_init(&arena, PL_MB(8));
    while (pl_record_next(&rest, &path)) {
        promise(path.len > 0 && is_inside(path, text), "a path lies in the text");
        paths++;
    }
    enum pl_status status = pl_record_read(&record, text, &arena, &err);
    promise(status == PL_OK || status == PL_ERR_LIMIT, "only our own bound makes it fail");
    promise(status != PL_OK || record.n_native <= paths, "native files are some of the paths");
    status = pl_wheel_read(&wheel, text, &arena, &err);
    promise(status == PL_OK || status == PL_ERR_LIMIT, "only our own bound makes it fail");
    for (uint32_t i = 0; status == PL_OK && i < wheel.n_tag; i++) {
        promise(wheel.tag[i].len > 0, "a tag has a text");
        check_tag(wheel.tag[i]);
    }
    check_tag(text);
    pl_arena_done(&arena);
    return 0;
}
