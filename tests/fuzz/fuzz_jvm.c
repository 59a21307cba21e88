/* Any bytes as a class file, and as a jar's manifest. */
#include "pkg/base/limits.h"
#include "pkg/inspect/jvm.h"

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

/* Names are borrowed from the file: all of them lie in it. */
static void check_name(struct pl_slice name, const uint8_t *data, size_t size)
{
    const uint8_t *at = (const uint8_t *)name.ptr;
    promise(name.len == 0 || (at >= data && name.len <= size && at <= data + (size - name.len)),
            "names lie in the file");
}

static void check_class(const struct pl_jvm *jvm, const uint8_t *data, size_t size)
{
    promise(jvm->is_class || jvm->damaged, "what is no class file is damaged");
    promise(!jvm->damaged || (jvm->n_method == 0 && jvm->n_interface == 0 && jvm->name.len == 0),
            "nothing is told of damaged files");
    check_name(jvm->name, data, size);
    check_name(jvm->super, data, size);
    check_name(jvm->signature, data, size);
    for (uint32_t i = 0; i < jvm->n_interface; i++) {
        check_name(jvm->interface[i], data, size);
    }
    for (uint32_t i = 0; i < jvm->n_method; i++) {
        struct pl_slice rest = jvm->method[i].descriptor;
        struct pl_slice one;
        check_name(jvm->method[i].name, data, size);
        check_name(rest, data, size);
        for (size_t n = 0; pl_jvm_next_parameter(&rest, &one); n++) {
            promise(one.len > 0 && n < size, "each parameter takes room");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice bytes = pl_slice_make((const char *)data, size);
    struct pl_arena arena;
    struct pl_jvm jvm;
    struct pl_slice value;
    struct pl_err err;
    pl_arena_init(&arena, PL_MB(64));
    if (pl_jvm_read(&jvm, bytes, &arena, &err) == PL_OK) {
        check_class(&jvm, data, size);
    }
    if (pl_jar_attribute(bytes, "Class-Path", &arena, &value, &err) == PL_OK) {
        promise(value.len <= size, "an attribute is part of its manifest");
    }
    pl_arena_done(&arena);
    return 0;
}
