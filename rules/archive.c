/* PL1: the audit's issues become findings.  The audit saw; these rules only map. */
#include "pkg/base/text.h"
#include "rules/checks.h"

PL_STATUS pl_emit_issue(struct pl_rule_ctx *ctx, const struct pl_issue *issue, struct pl_emit *what,
                        struct pl_err *err)
{
    const char *text = pl_issue_text(issue->what);
    what->evidence = pl_slice_of(text);
    what->offset = issue->offset;
    if (issue->entry != PL_ENTRY_NONE) {
        what->member = (struct pl_ref){ctx->package, issue->entry};
    }
    char at[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    if (ctx->package->tree.container_bytes == 0) {
        return pl_emit(ctx, what, err, "%s", text); /* a folder has no bytes of its own */
    }
    pl_count_text(issue->offset, at);
    if (issue->count > 0) {
        return pl_emit(ctx, what, err, "%s (%s bytes), at byte %s", text,
                       pl_count_text(issue->count, count), at);
    }
    return pl_emit(ctx, what, err, "%s, at byte %s", text, at);
}

static PL_STATUS emit_class(struct pl_rule_ctx *ctx, enum pl_issue_class class, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        if (pl_issue_class(tree->issue[i].what) != class) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        enum pl_status status = pl_emit_issue(ctx, &tree->issue[i], &what, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static const char could_not_unzip[] =
    "Could not unzip uploaded file. Please check your file, then try to upload again.";

static PL_STATUS emit_broken(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        if (pl_issue_class(tree->issue[i].what) != PL_ISSUES_BROKEN) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.says = tree->issue[i].what == PL_ISSUE_EMPTY
                        ? PL_SLICE("Uploaded file must be a non-empty zip")
                        : pl_slice_of(could_not_unzip);
        enum pl_status status = pl_emit_issue(ctx, &tree->issue[i], &what, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_corrupt_archive(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (ctx->package->kind != PL_KIND_NOT_ZIP) {
        return emit_broken(ctx, err);
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.says = pl_slice_of(could_not_unzip);
    return pl_emit(ctx, &what, err, "this is no ZIP archive but %s", ctx->package->what_is_it);
}

PL_STATUS pl_check_ambiguous_archive(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_AMBIGUOUS, err);
}

PL_STATUS pl_check_corrupt_entry(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_ENTRY, err);
}

PL_STATUS pl_check_unsupported_compression(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_METHOD, err);
}

PL_STATUS pl_check_encrypted_entry(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_ENCRYPTED, err);
}

PL_STATUS pl_check_unsafe_path(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_PATH, err);
}

PL_STATUS pl_check_backslash_path(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_BACKSLASH, err);
}

static bool is_equal(const struct pl_entry *a, const struct pl_entry *b)
{
    return a->size == b->size && a->crc == b->crc && a->type == b->type;
}

/* Entries of one name stand side by side.  Equal size and CRC: the same file packed twice. */
static bool is_same_content(const struct pl_tree *tree, uint32_t entry)
{
    const struct pl_entry *a = &tree->entry[entry];
    bool before = entry > 0 && pl_slice_eq(a[-1].name, a->name);
    bool after = entry + 1 < tree->n && pl_slice_eq(a[1].name, a->name);
    return (!before || is_equal(&a[-1], a)) && (!after || is_equal(&a[1], a));
}

PL_STATUS pl_check_duplicate_entry(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        if (tree->issue[i].what != PL_ISSUE_DUPLICATE) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        if (is_same_content(tree, tree->issue[i].entry)) {
            what.severity = PL_SEV_WARNING;
        }
        enum pl_status status = pl_emit_issue(ctx, &tree->issue[i], &what, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_data_outside(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_OUTSIDE, err);
}

PL_STATUS pl_check_archive_bomb(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_BOMB, err);
}

PL_STATUS pl_check_special_file(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_SPECIAL, err);
}

PL_STATUS pl_check_name_encoding(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return emit_class(ctx, PL_ISSUES_ENCODING, err);
}
