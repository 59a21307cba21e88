/* The entries of a ZIP that somebody else may have made. */
#include "pkg/archive/sidecar.h"
#include "pkg/archive/zip_write.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

struct hashing {
    struct pl_tree *tree;
    unsigned char (*sha256)[PL_SHA256_SIZE]; /* owned; by tree index */
    uint8_t *state;                          /* owned; enum pl_read_state */
};

static enum pl_look want_whole(void *ctx PL_UNUSED, const struct pl_entry *entry PL_UNUSED)
{
    return PL_LOOK_WHOLE;
}

static enum pl_status hash_entry(void *ctx, unsigned worker PL_UNUSED, uint32_t index,
                                 enum pl_read_state state, struct pl_slice bytes,
                                 struct pl_err *err)
{
    struct hashing *h = ctx;
    struct pl_sha256 sha;
    struct pl_buf large PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PRODUCED};
    h->state[index] = (uint8_t)state;
    if (state != PL_READ_WHOLE && state != PL_READ_START) {
        return PL_OK;
    }
    if (state == PL_READ_START) {
        /* The walk has verified it, in a window; here it is once more, in one piece. */
        if (h->tree->ops->read(h->tree, index, PL_MAX_PRODUCED, &large, err) != PL_OK) {
            return err->code;
        }
        bytes = pl_buf_view(&large);
    }
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, bytes.ptr, bytes.len);
    pl_sha256_end(&sha, h->sha256[index]);
    return PL_OK;
}

/* What keeps us from saying what readers will find in it. */
static enum pl_status refuse_damage(const struct pl_tree *tree, const char *path,
                                    struct pl_err *err)
{
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        enum pl_issue_kind what = (enum pl_issue_kind)tree->issue[i].what;
        enum pl_issue_class class = pl_issue_class(what);
        if (class == PL_ISSUES_BROKEN || class == PL_ISSUES_ENTRY || class == PL_ISSUES_METHOD ||
            class == PL_ISSUES_ENCRYPTED || class == PL_ISSUES_BOMB) {
            return pl_err_set(err, PL_ERR_FORMAT, "%s: %s; `plimsoll lint` says more", path,
                              pl_issue_text(what));
        }
    }
    return PL_OK;
}

static int compare(const void *a, const void *b)
{
    const struct pl_sidecar_entry *x = a;
    const struct pl_sidecar_entry *y = b;
    return pl_zip_name_cmp(x->name, x->type == PL_ENTRY_FOLDER, y->name,
                           y->type == PL_ENTRY_FOLDER);
}

static enum pl_status collect(const struct hashing *h, const char *path,
                              struct pl_sidecar_entry **ret, size_t *ret_n, struct pl_err *err)
{
    const struct pl_tree *tree = h->tree;
    struct pl_sidecar_entry *list = pl_arr_zeroed(tree->n, sizeof *list, err);
    size_t n = 0;
    if (!list) {
        return err->code;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->flags & (PL_ENTRY_IMPLIED | PL_ENTRY_SHADOWED)) {
            continue;
        }
        bool has_bytes = entry->type == PL_ENTRY_FILE || entry->type == PL_ENTRY_LINK;
        if (has_bytes && h->state[i] != PL_READ_WHOLE && h->state[i] != PL_READ_START) {
            free(list);
            return pl_err_set(err, PL_ERR_FORMAT, "%s: not every entry can be read", path);
        }
        list[n] = (struct pl_sidecar_entry){.name = entry->name,
                                            .link = entry->link,
                                            .size = entry->size,
                                            .packed = entry->packed,
                                            .mode = entry->mode,
                                            .type = entry->type};
        memcpy(list[n++].sha256, h->sha256[i], PL_SHA256_SIZE);
    }
    if (n > 0) {
        qsort(list, n, sizeof *list, compare);
    }
    *ret = list;
    *ret_n = n;
    return PL_OK;
}

enum pl_status pl_sidecar_entries(struct pl_tree *tree, const char *path, unsigned workers,
                                  struct pl_sidecar_entry **ret, size_t *ret_n, struct pl_err *err)
{
    struct hashing h = {.tree = tree};
    h.sha256 = pl_arr_zeroed(tree->n, sizeof *h.sha256, err);
    h.state = pl_arr_zeroed(tree->n, sizeof *h.state, err);
    enum pl_status status = h.sha256 && h.state ? PL_OK : err->code;
    const struct pl_sink sink = {
        .ctx = &h, .want = want_whole, .entry = hash_entry, .workers = workers};
    status = status == PL_OK ? refuse_damage(tree, path, err) : status;
    status = status == PL_OK ? tree->ops->walk(tree, &sink, err) : status;
    status = status == PL_OK ? refuse_damage(tree, path, err) : status;
    status = status == PL_OK ? collect(&h, path, ret, ret_n, err) : status;
    free(h.sha256);
    free(h.state);
    return status;
}
