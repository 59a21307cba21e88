/* PL109: names that cannot stand side by side everywhere. */
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "rules/checks.h"

#include <stdlib.h>

/* A file where another entry needs a folder: the audit has seen it. */
static PL_STATUS emit_file_as_folder(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        struct pl_emit what = PL_EMIT_INIT;
        if (pl_issue_class(tree->issue[i].what) == PL_ISSUES_COLLISION &&
            pl_emit_issue(ctx, &tree->issue[i], &what, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* An entry by what its name has in common with others of its folder. */
struct alike {
    uint64_t hash;
    uint32_t entry;
};

/* Those of one kind that were seen. */
struct seen {
    uint32_t first; /* entry */
    uint32_t other; /* the one that it is like */
    uint32_t count;
};

static bool is_all_plain(const struct pl_tree *tree)
{
    uint32_t i = 0;
    while (i < tree->n && pl_text_is_ascii(tree->entry[i].name)) {
        i++;
    }
    return i == tree->n;
}

/* FNV-1a, 64 bits.  What is equal here is compared: it only has to be even on honest names. */
static uint64_t hash_of(uint64_t hash, struct pl_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * 0x100000001b3u;
    }
    return hash;
}

/* Only within a folder: below two folders that look the same, one word about the folders is enough.
 */
static PL_STATUS take_hash(struct pl_slice name, bool no_case, struct pl_buf *key, uint64_t *ret,
                           struct pl_err *err)
{
    pl_buf_clear(key);
    if (pl_text_fold(key, pl_slice_basename(name), no_case, err) != PL_OK) {
        return err->code;
    }
    uint64_t hash = hash_of(0xcbf29ce484222325u, pl_slice_dirname(name));
    *ret = hash_of(hash_of(hash, PL_SLICE("/")), pl_buf_view(key));
    return PL_OK;
}

static int compare_alike(const void *left, const void *right)
{
    const struct alike *a = left;
    const struct alike *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static PL_STATUS is_same_name(struct pl_slice a, struct pl_slice b, bool no_case, bool *ret,
                              struct pl_err *err)
{
    struct pl_buf PL_CLEANUP(pl_buf_done) one = {0};
    struct pl_buf PL_CLEANUP(pl_buf_done) two = {0};
    pl_buf_init(&one, PL_MAX_NAMES_BYTES);
    pl_buf_init(&two, PL_MAX_NAMES_BYTES);
    if (pl_text_fold(&one, pl_slice_basename(a), no_case, err) != PL_OK ||
        pl_text_fold(&two, pl_slice_basename(b), no_case, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_slice_eq(pl_slice_dirname(a), pl_slice_dirname(b)) &&
           pl_slice_eq(pl_buf_view(&one), pl_buf_view(&two));
    return PL_OK;
}

static void note(struct seen *seen, uint32_t entry, uint32_t other)
{
    if (seen->count == 0 || entry < seen->first) {
        seen->first = entry;
        seen->other = other;
    }
    seen->count++;
}

/* Neighbours in `list`, which is sorted. */
static PL_STATUS find_alike(const struct pl_tree *tree, const struct alike *list, uint32_t n,
                            struct seen *form, struct seen *letters, struct pl_err *err)
{
    for (uint32_t i = 1; i < n; i++) {
        if (list[i].hash != list[i - 1].hash) {
            continue;
        }
        uint32_t one = list[i].entry;
        uint32_t other = list[i - 1].entry;
        bool same = false;
        struct seen *to = form;
        if (is_same_name(tree->entry[one].name, tree->entry[other].name, false, &same, err)) {
            return err->code;
        }
        if (!same && letters) {
            to = letters;
            if (is_same_name(tree->entry[one].name, tree->entry[other].name, true, &same, err)) {
                return err->code;
            }
        }
        if (same) {
            note(to, one, other);
        }
    }
    return PL_OK;
}

static PL_STATUS list_names(const struct pl_tree *tree, bool no_case, struct alike *list,
                            uint32_t *ret_n, struct pl_err *err)
{
    struct pl_buf PL_CLEANUP(pl_buf_done) key = {0};
    uint32_t n = 0;
    pl_buf_init(&key, PL_MAX_NAMES_BYTES);
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].flags & PL_ENTRY_SHADOWED) {
            continue;
        }
        if (take_hash(tree->entry[i].name, no_case, &key, &list[n].hash, err) != PL_OK) {
            return err->code;
        }
        list[n++].entry = i;
    }
    if (n > 0) {
        qsort(list, n, sizeof *list, compare_alike);
    }
    *ret_n = n;
    return PL_OK;
}

static PL_STATUS emit_alike(struct pl_rule_ctx *ctx, const struct seen *seen,
                            enum pl_severity severity, const char *by, struct pl_err *err)
{
    if (seen->count == 0) {
        return PL_OK;
    }
    struct pl_slice other;
    struct pl_emit what = PL_EMIT_INIT;
    what.severity = severity;
    what.evidence = pl_slice_of(by);
    what.member = (struct pl_ref){ctx->package, seen->first};
    if (pl_safe(ctx, ctx->package->tree.entry[seen->other].name, &other, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice at = PL_SLICE("");
    if (ctx->package->tree.container_bytes > 0) {
        char byte[PL_COUNT_TEXT];
        what.offset = ctx->package->tree.entry[seen->first].offset;
        pl_count_text(what.offset, byte);
        if (pl_say(ctx, &at, err, ", at byte %s", byte) != PL_OK) {
            return err->code;
        }
    }
    return seen->count == 1
               ? pl_emit(ctx, &what, err, "its name differs from that of %.*s by %s only%.*s",
                         PL_TEXT(other), by, PL_TEXT(at))
               : pl_emit(ctx, &what, err,
                         "its name differs from that of %.*s by %s only%.*s; so do %u more of "
                         "others",
                         PL_TEXT(other), by, PL_TEXT(at), seen->count - 1);
}

PL_STATUS pl_check_path_collision(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    if (emit_file_as_folder(ctx, err) != PL_OK) {
        return err->code;
    }
    if (!ctx->pedantic && is_all_plain(tree)) {
        return PL_OK;
    }
    struct alike *list = pl_arr_zeroed(tree->n, sizeof *list, err);
    struct seen form = {0};
    struct seen letters = {0};
    uint32_t n = 0;
    if (!list) {
        return err->code;
    }
    enum pl_status status = list_names(tree, ctx->pedantic, list, &n, err);
    if (!status) {
        status = find_alike(tree, list, n, &form, ctx->pedantic ? &letters : NULL, err);
    }
    free(list);
    if (status || emit_alike(ctx, &form, PL_SEV_WARNING, "Unicode normalisation", err) != PL_OK) {
        return err->code;
    }
    return emit_alike(ctx, &letters, PL_SEV_PEDANTIC, "case", err);
}
