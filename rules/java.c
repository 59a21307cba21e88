/* PL208: classes for a newer Java; PL315: jars where Java's class loader does not look. */
#include "pkg/base/text.h"
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

/* ---------------------------------------------------------------- classes of a newer Java */

enum { MAJOR_OF_JAVA_0 = 44, NAMED_MAX = 5 };

struct newer {
    uint32_t jars;         /* on the class path, of which all classes are newer */
    uint32_t classes;      /* in the package itself */
    struct pl_ref first;   /* of the jars, else of the classes */
    uint16_t major;        /* the newest */
    struct pl_slice named; /* "lib/a.jar (Java 17), ..." */
};

static bool is_on_class_path(const struct pl_rule_ctx *ctx, const struct pl_package *package,
                             const struct pl_entry *entry)
{
    struct pl_slice folder = pl_slice_dirname(entry->name);
    return package == ctx->function->code ? pl_slice_is(folder, "lib")
                                          : pl_slice_is(folder, "java/lib");
}

static PL_STATUS add_newer(struct pl_rule_ctx *ctx, const struct pl_package *package,
                           struct newer *newer, struct pl_err *err)
{
    for (uint32_t i = 0; i < package->n_newer; i++) {
        const struct pl_class_version *one = &package->newer[i];
        const struct pl_entry *entry = &package->tree.entry[one->entry];
        struct pl_slice name;
        bool jar = one->name.len > 0;
        bool seen = jar ? is_on_class_path(ctx, package, entry) : package == ctx->function->code;
        if (one->major <= ctx->function->runtime->abi || !seen ||
            (entry->flags & PL_ENTRY_SHADOWED) != 0) {
            continue;
        }
        if (newer->jars + newer->classes == 0 || (jar && newer->jars == 0)) {
            newer->first = (struct pl_ref){package, one->entry};
        }
        newer->major = one->major > newer->major ? one->major : newer->major;
        newer->classes += !jar;
        newer->jars += jar;
        if (!jar || newer->jars > NAMED_MAX) {
            continue;
        }
        if (pl_safe(ctx, entry->name, &name, err) != PL_OK ||
            pl_say(ctx, &newer->named, err, "%.*s%s%.*s (Java %d)", PL_TEXT(newer->named),
                   newer->named.len > 0 ? ", " : "", PL_TEXT(name),
                   one->major - MAJOR_OF_JAVA_0) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* What the handler is made of was looked at in full; of everything else nobody knows when, and
 * whether, it is loaded.  Some classes of a package may well be for others than this runtime. */
static PL_STATUS emit_newer(struct pl_rule_ctx *ctx, const struct newer *newer, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_runtime *runtime = fn->runtime;
    struct pl_emit what = PL_EMIT_INIT;
    bool few = newer->jars == 0 && newer->classes < fn->code->n_class / 4 + 1;
    what.severity = few ? PL_SEV_INFO : PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    what.member = newer->first;
    what.at = fn->decl->runtime.at;
    what.evidence = PL_SLICE("dependencies");
    what.detail = newer->named;
    if (pl_say(ctx, &what.mend, err,
               "Use a runtime of Java %d or newer, or the last release of the library for Java %u.",
               newer->major - MAJOR_OF_JAVA_0, (unsigned)runtime->version_major) != PL_OK) {
        return err->code;
    }
    if (newer->jars > 0) {
        return pl_emit(ctx, &what, err,
                       "%u jar%s on the class path %s for a newer Java than %s has",
                       (unsigned)newer->jars, newer->jars == 1 ? "" : "s",
                       newer->jars == 1 ? "is" : "are", runtime->id);
    }
    return pl_emit(ctx, &what, err, "%u of %u class files %s for a newer Java than %s has",
                   (unsigned)newer->classes, (unsigned)fn->code->n_class,
                   newer->classes == 1 ? "is" : "are", runtime->id);
}

PL_STATUS pl_check_class_version(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    struct newer newer = {0};
    if (pl_check_handler(ctx, err) != PL_OK) {
        return err->code;
    }
    if (fn->run || fn->load.why == PL_WHY_CLASS_TOO_NEW || has_own_start(fn->decl)) {
        return PL_OK;
    }
    if (add_newer(ctx, fn->code, &newer, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        const struct pl_layer *layer =
            fn->layer[i] != PL_NO_INDEX ? &ctx->survey->layer[fn->layer[i]] : NULL;
        if (layer && layer->package && add_newer(ctx, layer->package, &newer, err) != PL_OK) {
            return err->code;
        }
    }
    return newer.jars + newer.classes > 0 ? emit_newer(ctx, &newer, err) : PL_OK;
}
