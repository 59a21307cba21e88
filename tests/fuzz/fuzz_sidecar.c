/* A sidecar that somebody else wrote: any bytes are a tree without contents, or an error with a
 * place. */
#include "pkg/archive/sidecar.h"
#include "tests/fuzz/promise.h"

#include <string.h>

static void check_entry(const struct pl_tree *tree, uint32_t i)
{
    const struct pl_entry *entry = &tree->entry[i];
    struct pl_buf buf;
    struct pl_err err;
    pl_fuzz_promise(i == 0 || pl_slice_cmp(tree->entry[i - 1].name, entry->name) <= 0,
                    "entries are sorted");
    pl_fuzz_promise(entry->name.len > 0, "an entry has a name");
    pl_fuzz_promise(entry->mode == PL_MODE_NONE || (entry->mode & ~07777) == 0,
                    "modes are permission bits");
    pl_fuzz_promise(pl_tree_find(tree, entry->name) != PL_ENTRY_NONE, "every name is found");
    (void)pl_sidecar_hash(tree, i);
    pl_buf_init(&buf, 1 << 16);
    pl_fuzz_promise(tree->ops->read(tree, i, 1 << 16, &buf, &err) != PL_OK,
                    "what is only listed is never read");
    pl_buf_done(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = pl_fuzz_file(data, size);
    struct pl_tree tree;
    struct pl_err err;
    (void)pl_sidecar_recognise(pl_slice_make((const char *)data, size));
    if (pl_sidecar_open(&tree, path, &err) != PL_OK) {
        pl_fuzz_promise(strncmp(err.msg, path, strlen(path)) == 0, "an error names the file");
        return 0;
    }
    for (uint32_t i = 0; i < tree.n; i++) {
        check_entry(&tree, i);
    }
    pl_tree_done(&tree);
    return 0;
}
