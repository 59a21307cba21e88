/* PL315: jars where Java's class loader does not look. */
#include "rules/checks.h"

static const struct pl_slice JAR = PL_SLICE_INIT(".jar");

/* lib/app.jar is on the class path, lib/more/app.jar and app.jar are not. */
static bool is_stray(const struct pl_entry *entry)
{
    struct pl_slice folder = pl_slice_dirname(entry->name);
    return entry->type == PL_ENTRY_FILE && (entry->flags & PL_ENTRY_SHADOWED) == 0 &&
           pl_slice_ends(entry->name, JAR) && !pl_slice_is(folder, "lib");
}

/* Who starts Java with other options may well name jars by their path. */
static bool has_own_start(const struct pl_function_decl *decl)
{
    for (uint32_t i = 0; i < decl->n_env; i++) {
        if (pl_slice_is(decl->env[i].key, "JAVA_TOOL_OPTIONS") ||
            pl_slice_is(decl->env[i].key, "AWS_LAMBDA_EXEC_WRAPPER")) {
            return true;
        }
    }
    return false;
}

/* The function starts without them: waste, or classes that will be missed later. */
static PL_STATUS emit_strays(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    struct pl_emit what = PL_EMIT_INIT;
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        if (is_stray(&tree->entry[i])) {
            what.member = n == 0 ? (struct pl_ref){ctx->package, i} : what.member;
            n++;
        }
    }
    if (n == 0) {
        return PL_OK;
    }
    what.severity = PL_SEV_INFO;
    what.confidence = PL_LIKELY;
    what.at = ctx->function->decl->handler.at;
    what.evidence = PL_SLICE("stray");
    return pl_emit(ctx, &what, err, "%u jar%s not in lib/: the class loader does not see %s",
                   (unsigned)n, n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
}

PL_STATUS pl_check_java_jar(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    if (fn->load.outcome == PL_LOADS && !has_own_start(fn->decl)) {
        return emit_strays(ctx, err);
    }
    return pl_check_handler(ctx, err);
}
