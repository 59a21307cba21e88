/* What the handler's own files import: pkg/survey has followed it; here it is said. */
#include "rules/checks.h"

static enum pl_rule_id rule_for(const struct pl_import *fault)
{
    switch ((enum pl_import_fault)fault->what) {
    case PL_IMPORT_MISSING:
        return PL_RULE_PL309;
    case PL_IMPORT_REMOVED:
        return PL_RULE_PL322;
    case PL_IMPORT_NO_PARENT:
    case PL_IMPORT_BEYOND:
        return PL_RULE_PL321;
    case PL_IMPORT_SYNTAX:
        return PL_RULE_PL305;
    case PL_IMPORT_SHIM:
        return PL_RULE_PL323;
    }
    return PL_RULE_COUNT;
}

/* Names are safe already. */
static PL_STATUS say_lambda(struct pl_rule_ctx *ctx, const struct pl_import *fault,
                            struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    struct pl_slice module;
    enum pl_status status = pl_safe(ctx, fn->load.module, &module, err);
    if (status) {
        return status;
    }
    if (fault->what == PL_IMPORT_SHIM) {
        return pl_say(ctx, ret, err, "Error: Dynamic require of \"%.*s\" is not supported",
                      PL_TEXT(fault->name));
    }
    if (fault->what == PL_IMPORT_SYNTAX) {
        return pl_say(ctx, ret, err,
                      "Runtime.UserCodeSyntaxError: Syntax error in module '%.*s': %.*s",
                      PL_TEXT(module), PL_TEXT(fault->name));
    }
    if (fn->runtime->language == PL_LANG_NODEJS) {
        return pl_say(ctx, ret, err, "Runtime.ImportModuleError: Error: Cannot find module '%.*s'",
                      PL_TEXT(fault->name));
    }
    if (fault->what == PL_IMPORT_NO_PARENT || fault->what == PL_IMPORT_BEYOND) {
        return pl_say(ctx, ret, err,
                      "Runtime.ImportModuleError: Unable to import module '%.*s': attempted "
                      "relative import %s",
                      PL_TEXT(module),
                      fault->what == PL_IMPORT_BEYOND ? "beyond top-level package"
                                                      : "with no known parent package");
    }
    return pl_say(ctx, ret, err,
                  "Runtime.ImportModuleError: Unable to import module '%.*s': No module named "
                  "'%.*s'",
                  PL_TEXT(module), PL_TEXT(fault->name));
}

static PL_STATUS say_message(struct pl_rule_ctx *ctx, const struct pl_import *fault,
                             struct pl_slice file, struct pl_slice *ret, struct pl_err *err)
{
    const char *runtime = ctx->function->runtime->id;
    const char *between = fault->detail.len > 0 ? "; " : "";
    switch ((enum pl_import_fault)fault->what) {
    case PL_IMPORT_MISSING:
        return pl_say(ctx, ret, err, "%.*s imports '%.*s', which %s%s do not have%s%.*s",
                      PL_TEXT(file), PL_TEXT(fault->name),
                      ctx->function->n_layer > 0 ? "the package, its layers and "
                                                 : "the package and ",
                      runtime, between, PL_TEXT(fault->detail));
    case PL_IMPORT_REMOVED:
        return pl_say(ctx, ret, err, "%.*s imports '%.*s', which %s does not have%s%.*s",
                      PL_TEXT(file), PL_TEXT(fault->name), runtime, between,
                      PL_TEXT(fault->detail));
    case PL_IMPORT_NO_PARENT:
        return pl_say(ctx, ret, err,
                      "%.*s imports '%.*s', but Lambda loads it as a module outside of any package",
                      PL_TEXT(file), PL_TEXT(fault->name));
    case PL_IMPORT_BEYOND:
        return pl_say(ctx, ret, err, "%.*s imports '%.*s': more dots than packages around it",
                      PL_TEXT(file), PL_TEXT(fault->name));
    case PL_IMPORT_SYNTAX:
        return pl_say(ctx, ret, err, "a module that the handler imports cannot be parsed: %.*s",
                      PL_TEXT(fault->detail));
    case PL_IMPORT_SHIM:
        return pl_say(ctx, ret, err,
                      "%.*s is an ES module, and its bundler's stand-in for require, called for "
                      "'%.*s', throws there",
                      PL_TEXT(file), PL_TEXT(fault->name));
    }
    return PL_OK;
}

/* The last part of a dotted name: "b" of "a.b" and of "..b". */
static struct pl_slice last_part(struct pl_slice name)
{
    size_t dot = pl_slice_rfind(name, '.');
    return dot < name.len ? pl_slice_sub(name, dot + 1, name.len) : name;
}

/* Is the module there, and its native file told as one that cannot be loaded? */
static bool is_told_as_native(const struct pl_rule_ctx *ctx, const struct pl_import *fault)
{
    const struct pl_native_report *native = &ctx->function->native;
    struct pl_slice top = pl_slice_sub(fault->name, 0, pl_slice_find(fault->name, '.'));
    for (uint32_t i = 0; fault->what == PL_IMPORT_MISSING && i < native->n; i++) {
        const struct pl_native_fault *one = &native->fault[i];
        struct pl_slice file = pl_slice_basename(pl_ref_entry(one->at)->name);
        bool blocks = one->what == PL_NATIVE_MACHINE || one->what == PL_NATIVE_NOT_LINUX ||
                      one->what == PL_NATIVE_MUSL || one->what == PL_NATIVE_PYTHON;
        if (blocks && (pl_slice_eq(one->owner, top) ||
                       pl_slice_eq(pl_slice_sub(file, 0, pl_slice_find(file, '.')),
                                   last_part(fault->name)))) {
            return true;
        }
    }
    return false;
}

static PL_STATUS emit_fault(struct pl_rule_ctx *ctx, const struct pl_import *fault,
                            struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice file;
    struct pl_slice message = {0};
    what.at = ctx->function->decl->handler.at;
    what.member = fault->from;
    what.member_line = fault->at.line;
    what.evidence = fault->name;
    if (fault->sure != PL_SURE_YES) {
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
    }
    enum pl_status status =
        pl_safe(ctx, fault->from.package->tree.entry[fault->from.entry].name, &file, err);
    if (!status) {
        status = say_message(ctx, fault, file, &message, err);
    }
    if (!status) {
        status = say_lambda(ctx, fault, &what.says, err);
    }
    what.caret = message;
    return status ? status : pl_emit(ctx, &what, err, "%.*s", PL_TEXT(message));
}

PL_STATUS pl_check_imports(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_imports *imports = &ctx->function->imports;
    bool searched = ctx->rule->rule == PL_RULE_PL309 || ctx->rule->rule == PL_RULE_PL322;
    for (uint32_t i = 0; i < imports->n; i++) {
        const struct pl_import *fault = &imports->fault[i];
        enum pl_status status = rule_for(fault) == ctx->rule->rule && !is_told_as_native(ctx, fault)
                                    ? emit_fault(ctx, fault, err)
                                    : PL_OK;
        if (status) {
            return status;
        }
    }
    return searched && imports->why != PL_WHY_NONE
               ? pl_skip(ctx, err, "%s", pl_why_text((enum pl_why)imports->why))
               : PL_OK;
}
