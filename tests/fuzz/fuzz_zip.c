/*
 * Any bytes as a ZIP: open, walk, read every entry, look up every name.  What may come out is an
 * answer; promises that must hold for all of them are checked here.
 */
#include "pkg/archive/zip_peek.h"
#include "pkg/archive/zip_read.h"
#include "tests/fuzz/promise.h"

static enum pl_look want(void *ctx, const struct pl_entry *entry)
{
    (void)ctx;
    return (enum pl_look)(entry->stored % 4);
}

static enum pl_status take(void *ctx, unsigned worker, uint32_t index, enum pl_read_state state,
                           struct pl_slice bytes, struct pl_err *err)
{
    const struct pl_tree *tree = ctx;
    (void)err;
    pl_fuzz_promise(worker == 0, "one worker is number 0");
    pl_fuzz_promise(index < tree->n, "entries are those of the tree");
    pl_fuzz_promise(state != PL_READ_NOT_LOOKED, "what is handed over was looked at");
    pl_fuzz_promise(bytes.len <= tree->entry[index].size, "no more than declared comes out");
    /* Touch all of it, so that the sanitizer sees what is borrowed. */
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        sum += (unsigned char)bytes.ptr[i];
    }
    pl_fuzz_promise(sum <= bytes.len * 255u, "sums are sums");
    return PL_OK;
}

static void check_issues(const struct pl_tree *tree)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        const struct pl_issue *issue = &tree->issue[i];
        pl_fuzz_promise(issue->what < PL_ISSUE_COUNT, "issues are of a known kind");
        pl_fuzz_promise(issue->entry == PL_ENTRY_NONE || issue->entry < tree->n,
                        "issues name entries");
        pl_fuzz_promise(issue->offset >= last, "issues are sorted");
        last = issue->offset;
    }
    pl_fuzz_promise(tree->n > 0 || tree->n_issue > 0, "a tree without entries says why");
}

static void check_entries(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        pl_fuzz_promise(i == 0 || pl_slice_cmp(tree->entry[i - 1].name, entry->name) <= 0,
                        "entries are sorted");
        uint32_t found = pl_tree_find(tree, entry->name);
        pl_fuzz_promise(found != PL_ENTRY_NONE && found >= i, "every name is found");
        pl_fuzz_promise(pl_slice_eq(tree->entry[found].name, entry->name),
                        "what is found has the name");
        uint32_t first;
        uint32_t end;
        pl_tree_range(tree, entry->name, &first, &end);
        pl_fuzz_promise(first <= end && end <= tree->n, "ranges lie in the tree");
        struct pl_buf buf;
        struct pl_err err;
        pl_buf_init(&buf, 1 << 20);
        enum pl_status status = tree->ops->read(tree, i, 1 << 16, &buf, &err);
        pl_fuzz_promise(status == PL_OK ? buf.len == entry->size : buf.len == 0,
                        "the whole entry is read, or nothing");
        pl_buf_done(&buf);
    }
}

/* The hint that jars are looked at by. */
static void check_peek(struct pl_slice bytes)
{
    struct pl_zip_peek peek;
    struct pl_zip_peeked entry;
    size_t left = 1000;
    pl_zip_peek_init(&peek, bytes);
    pl_fuzz_promise(peek.directory.len <= bytes.len, "the directory lies in the file");
    while (left-- > 0 && pl_zip_peek_next(&peek, &entry)) {
        unsigned char head[16];
        size_t n = 0;
        struct pl_err err;
        pl_fuzz_promise(entry.name.len < bytes.len, "a name lies in the file");
        pl_fuzz_promise(pl_zip_peek_start(&peek, &entry, head, sizeof head, &n, &err) == PL_OK,
                        "only memory may be short");
        pl_fuzz_promise(n <= sizeof head, "no more than asked for comes out");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_err err;
    struct pl_tree tree;
    check_peek(pl_slice_make((const char *)data, size));
    if (pl_zip_open(&tree, pl_fuzz_file(data, size), &err) != PL_OK) {
        pl_fuzz_promise(err.code == PL_ERR_LIMIT, "only a limit keeps bytes from being a tree");
        return 0;
    }
    struct pl_sink sink = {.ctx = &tree, .want = want, .entry = take, .workers = 1};
    pl_fuzz_promise(tree.ops->walk(&tree, &sink, &err) == PL_OK, "the walk goes through");
    check_issues(&tree);
    check_entries(&tree);
    pl_tree_done(&tree);
    return 0;
}
