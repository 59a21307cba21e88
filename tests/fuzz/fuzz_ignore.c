/* Ignore patterns: the first half of the input is an ignore file, each line of the rest a path. */
#include "pkg/base/ignore.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void match(const struct pl_ignore *list, struct pl_slice path)
{
    for (unsigned folder = 0; folder < 2; folder++) {
        const struct pl_ignore_rule *rule = NULL;
        enum pl_ignore_verdict verdict = pl_ignore_match(list, path, folder == 1, &rule);
        promise((verdict == PL_IGNORE_SILENT) == (rule == NULL), "a verdict has its rule");
        promise(!rule || (rule >= list->rule && rule < list->rule + list->n),
                "a rule of this list");
        promise(verdict == pl_ignore_match(list, path, folder == 1, NULL), "the same twice");
    }
    promise(path.len == 0 || path.len > UINT16_MAX || pl_glob_match(PL_SLICE("**"), path),
            "** matches everything");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice text = pl_slice_make((const char *)data, size / 2);
    struct pl_slice rest = pl_slice_make((const char *)data + size / 2, size - size / 2);
    struct pl_ignore list;
    struct pl_err err;
    pl_ignore_init(&list);
    if (pl_ignore_add_lines(&list, text, PL_SLICE(""), PL_SLICE("input"), &err) == PL_OK) {
        while (rest.len > 0) {
            const char *end = memchr(rest.ptr, '\n', rest.len);
            size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
            match(&list, pl_slice_make(rest.ptr, n));
            rest = pl_slice_sub(rest, end ? n + 1 : n, rest.len - (end ? n + 1 : n));
        }
    }
    pl_ignore_done(&list);
    return 0;
}
