#include "pkg/archive/weight.h"

/* A folder with this share of its parent's bytes is a wrapper: its children say more. */
enum { WRAPPER_PERCENT = 90, WRAPPER_DEPTH = 16 };

/* The child of the folder of `prefix_len` bytes (with its slash) that entry `i` lies in. */
static struct pl_slice child_of(const struct pl_entry *entry, size_t prefix_len)
{
    struct pl_slice rest = pl_slice_sub(entry->name, prefix_len, entry->name.len);
    return pl_slice_sub(entry->name, 0, prefix_len + pl_slice_find(rest, '/'));
}

static void insert(struct pl_weight *list, size_t *count, size_t n, struct pl_weight w)
{
    size_t at = *count;
    while (at > 0 && list[at - 1].bytes < w.bytes) {
        at--;
    }
    if (at >= n) {
        return;
    }
    if (*count < n) {
        (*count)++;
    }
    for (size_t i = *count - 1; i > at; i--) {
        list[i] = list[i - 1];
    }
    list[at] = w;
}

static bool is_within(struct pl_slice name, struct pl_slice folder)
{
    return pl_slice_eq(name, folder) ||
           (name.len > folder.len && name.ptr[folder.len] == '/' && pl_slice_starts(name, folder));
}

/* Entries [first, end), which all lie below a prefix of that length. */
struct part {
    uint32_t first, end;
    size_t prefix_len;
};

/* Weighs the children below the prefix.  Siblings such as "a"
 * and "a/b" may be parted by "a-b" in byte order, so a folder's own entry adds nothing by itself.
 */
static size_t weigh(const struct pl_tree *tree, const struct part *part, struct pl_weight *ret,
                    size_t n, uint64_t *ret_total)
{
    size_t count = 0;
    uint64_t total = 0;
    uint32_t i = part->first;
    while (i < part->end) {
        if (tree->entry[i].type == PL_ENTRY_FOLDER && tree->entry[i].name.len <= part->prefix_len) {
            i++;
            continue;
        }
        struct pl_weight w = {.path = child_of(&tree->entry[i], part->prefix_len)};
        for (; i < part->end && is_within(tree->entry[i].name, w.path); i++) {
            w.bytes += tree->entry[i].size;
            w.files += tree->entry[i].type != PL_ENTRY_FOLDER;
        }
        total += w.bytes;
        if (w.files > 0) {
            insert(ret, &count, n, w);
        }
    }
    *ret_total = total;
    return count;
}

size_t pl_tree_heaviest(const struct pl_tree *tree, struct pl_weight *ret, size_t n)
{
    struct part part = {.end = tree->n};
    size_t count = 0;
    for (unsigned depth = 0; n > 0 && depth < WRAPPER_DEPTH; depth++) {
        uint64_t total = 0;
        count = weigh(tree, &part, ret, n, &total);
        struct part inner = {0};
        if (count > 0) {
            pl_tree_range(tree, ret[0].path, &inner.first, &inner.end);
        }
        if (inner.first == inner.end || total == 0 ||
            ret[0].bytes / WRAPPER_PERCENT < total / 100) {
            break;
        }
        part = inner;
        part.prefix_len = ret[0].path.len + 1;
    }
    return count;
}
