/* PL0: what Plimsoll could not do. */
#include "rules/checks.h"

/* A path that a manifest names and that is not there is PL813's; anywhere else it is an input. */
static bool is_manifest_gap(const struct pl_rule_ctx *ctx)
{
    return ctx->package->state == PL_PACKAGE_ABSENT &&
           ctx->survey->project->kind == PL_PROJECT_MANIFEST;
}

PL_STATUS pl_check_unreadable_input(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (!ctx->package->failed || is_manifest_gap(ctx)) {
        return PL_OK;
    }
    const struct pl_emit what = PL_EMIT_INIT;
    return pl_emit(ctx, &what, err, "%s", ctx->package->why.msg);
}
