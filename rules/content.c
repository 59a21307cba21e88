/* PL6: permissions and secrets. */
#include "rules/checks.h"

/* Does any function surely load this entry of the package? */
static bool is_loaded(const struct pl_rule_ctx *ctx, uint32_t entry)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_load *load = &survey->function[i].load;
        const struct pl_runtime *runtime = survey->function[i].runtime;
        if (runtime && runtime->language == PL_LANG_CUSTOM) {
            continue; /* an executable can be run without being read */
        }
        if (load->why == PL_WHY_MODULE_UNREADABLE && load->at.package == ctx->package &&
            load->at.entry == entry) {
            return true;
        }
        for (uint32_t k = 0; k < load->n_loaded; k++) {
            if (load->loaded[k].package == ctx->package && load->loaded[k].entry == entry) {
                return true;
            }
        }
    }
    return false;
}

/* A folder on disk is not yet an archive: what packs it may set the modes right. */
static enum pl_severity worst(const struct pl_package *package)
{
    return package->kind == PL_KIND_FOLDER ? PL_SEV_WARNING : PL_SEV_ERROR;
}

static PL_STATUS emit_loaded(struct pl_rule_ctx *ctx, uint32_t entry, struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.severity = worst(ctx->package);
    what.member = (struct pl_ref){ctx->package, entry};
    return pl_emit(ctx, &what, err,
                   "mode %03o: the sandbox's user may not read it, and the handler loads it",
                   (unsigned)ctx->package->tree.entry[entry].mode & 0777u);
}

static PL_STATUS emit_others(struct pl_rule_ctx *ctx, uint32_t first, uint32_t count,
                             struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.severity = PL_SEV_WARNING;
    what.member = (struct pl_ref){ctx->package, first};
    unsigned mode = (unsigned)ctx->package->tree.entry[first].mode & 0777u;
    if (count == 1) {
        return pl_emit(ctx, &what, err, "mode %03o: the sandbox's user may not read it", mode);
    }
    return pl_emit(ctx, &what, err,
                   "mode %03o: the sandbox's user may not read it, nor %u more files", mode,
                   count - 1);
}

PL_STATUS pl_check_unreadable_file(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    uint32_t first = PL_ENTRY_NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].type != PL_ENTRY_FILE || pl_entry_readable(&tree->entry[i])) {
            continue;
        }
        if (is_loaded(ctx, i)) {
            enum pl_status status = emit_loaded(ctx, i, err);
            if (status) {
                return status;
            }
            continue;
        }
        first = first == PL_ENTRY_NONE ? i : first;
        count++;
    }
    return count > 0 ? emit_others(ctx, first, count, err) : PL_OK;
}
