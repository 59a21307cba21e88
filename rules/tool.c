/* PL0: what Plimsoll could not do. */
#include "rules/checks.h"

/* A path that a manifest or template names and that is not there is PL813's; anywhere else it is an
 * input. */
static bool is_manifest_gap(const struct pl_rule_ctx *ctx)
{
    return ctx->package->state == PL_PACKAGE_ABSENT &&
           ctx->survey->project->kind != PL_PROJECT_OPTIONS;
}

/* Where in an input of its own the mistake is, when that is known. */
static struct pl_pos mistake_of(const struct pl_rule_ctx *ctx)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        if (survey->function[i].code == ctx->package) {
            return survey->function[i].decl->package.at;
        }
    }
    return (struct pl_pos){0};
}

/* Parts that could not be read: the rest was judged, but nobody can say that all is well. */
static PL_STATUS emit_unread(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        const struct pl_issue *issue = &tree->issue[i];
        if (pl_issue_class(issue->what) != PL_ISSUES_UNREAD) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        if (issue->entry != PL_ENTRY_NONE) {
            what.member = (struct pl_ref){ctx->package, issue->entry};
        }
        enum pl_status status = pl_emit(ctx, &what, err, "%s", pl_issue_text(issue->what));
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_unreadable_input(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (!ctx->package->failed || is_manifest_gap(ctx)) {
        return emit_unread(ctx, err);
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = mistake_of(ctx);
    if (ctx->package->why.code == PL_ERR_CONFIG) {
        what.mend = PL_SLICE("Mend the file; what it declares was not judged.");
    } else if (ctx->package->why.code == PL_ERR_NOMEM) {
        what.mend = PL_SLICE("Run it where more memory is free, or with a smaller -j.");
    } else if (ctx->package->why.code == PL_ERR_FORMAT && ctx->package->kind == PL_KIND_NONE) {
        what.mend = PL_SLICE("Give a ZIP, a folder, a plimsoll.yaml, a template or an image.");
    }
    return pl_emit(ctx, &what, err, "%s", ctx->package->why.msg);
}
