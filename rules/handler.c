/* PL3: would the handler start?  The loaders of pkg/survey have answered; here it is said. */
#include "pkg/lambda/handler.h"

#include "pkg/lambda/limits.h"
#include "rules/checks.h"

/* Which rule says it, for each reason to fail. */
static bool rule_for(enum pl_why why, enum pl_rule_id *ret)
{
    static const struct {
        enum pl_why why;
        enum pl_rule_id rule;
    } map[] = {
        {PL_WHY_MALFORMED, PL_RULE_PL303},
        {PL_WHY_RELATIVE, PL_RULE_PL303},
        {PL_WHY_BUILTIN, PL_RULE_PL304},
        {PL_WHY_MODULE_MISSING, PL_RULE_PL301},
        {PL_WHY_FUNCTION_MISSING, PL_RULE_PL302},
        {PL_WHY_NOT_A_FUNCTION, PL_RULE_PL302},
        {PL_WHY_SYNTAX, PL_RULE_PL305},
        {PL_WHY_MODULE_SYSTEM, PL_RULE_PL306},
        {PL_WHY_CALLBACK, PL_RULE_PL307},
        {PL_WHY_TYPESCRIPT, PL_RULE_PL308},
        {PL_WHY_BOOTSTRAP_MISSING, PL_RULE_PL310},
        {PL_WHY_BOOTSTRAP_MODE, PL_RULE_PL311},
        {PL_WHY_CLASS_TOO_NEW, PL_RULE_PL208},
        {PL_WHY_CLASS_MISSING, PL_RULE_PL314},
        {PL_WHY_CLASS_NEEDS, PL_RULE_PL314},
        {PL_WHY_JAR_PLACE, PL_RULE_PL315},
        {PL_WHY_CLASS_REFUSED, PL_RULE_PL316},
        {PL_WHY_NET_ASSEMBLY, PL_RULE_PL317},
        {PL_WHY_NET_TYPE, PL_RULE_PL317},
        {PL_WHY_NET_METHOD, PL_RULE_PL317},
        {PL_WHY_NET_REFUSED, PL_RULE_PL317},
        {PL_WHY_NET_IMAGE, PL_RULE_PL317},
        {PL_WHY_NET_HOST_FILE, PL_RULE_PL318},
        {PL_WHY_NET_TARGET, PL_RULE_PL209},
        {PL_WHY_NET_SERIALIZER, PL_RULE_PL324},
        {PL_WHY_START_MODE, PL_RULE_PL311},
        {PL_WHY_EXEC_FORMAT, PL_RULE_PL312},
        {PL_WHY_INTERPRETER, PL_RULE_PL313},
    };
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        if (map[i].why == why) {
            *ret = map[i].rule;
            return true;
        }
    }
    return false; /* PL_WHY_MODULE_UNREADABLE and _CORRUPT are said by PL601 and PL103 */
}

static struct pl_slice name_of(struct pl_ref ref)
{
    if (!ref.package || ref.entry == PL_ENTRY_NONE) {
        return (struct pl_slice){0};
    }
    return ref.package->tree.entry[ref.entry].name;
}

/* What is there instead of the module. */
static PL_STATUS say_instead(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_load *load = &ctx->function->load;
    struct pl_slice elsewhere;
    enum pl_status status = pl_safe(ctx, name_of(load->elsewhere), &elsewhere, err);
    if (status) {
        return status;
    }
    if (elsewhere.len == 0) {
        return pl_say(ctx, ret, err, "not in the package");
    }
    return pl_say(ctx, ret, err, "not in the package; %.*s is%s%.*s", PL_TEXT(elsewhere),
                  load->detail.len > 0 ? ", " : "", PL_TEXT(load->detail));
}

static PL_STATUS emit_module_missing(struct pl_rule_ctx *ctx, struct pl_emit *what,
                                     struct pl_err *err)
{
    struct pl_slice module;
    enum pl_status status = pl_safe(ctx, ctx->function->load.module, &module, err);
    if (!status) {
        status = say_instead(ctx, &what->caret, err);
    }
    if (status) {
        return status;
    }
    return pl_emit(ctx, what, err, "the handler's module '%.*s' is %.*s", PL_TEXT(module),
                   PL_TEXT(what->caret));
}

static PL_STATUS emit_function_missing(struct pl_rule_ctx *ctx, struct pl_emit *what,
                                       struct pl_err *err)
{
    const struct pl_load *load = &ctx->function->load;
    struct pl_slice file;
    struct pl_slice name;
    enum pl_status status = pl_safe(ctx, name_of(load->at), &file, err);
    if (!status) {
        status = pl_safe(ctx, load->name, &name, err);
    }
    if (!status) {
        const char *verb = load->why == PL_WHY_NOT_A_FUNCTION ? "exports no function" : "has no";
        status = pl_say(ctx, &what->caret, err, "%.*s %s '%.*s'%s%.*s", PL_TEXT(file), verb,
                        PL_TEXT(name), load->detail.len > 0 ? "; " : "", PL_TEXT(load->detail));
    }
    return status ? status : pl_emit(ctx, what, err, "%.*s", PL_TEXT(what->caret));
}

/* Everything else: the reason, with the loader's own detail. */
static PL_STATUS emit_reason(struct pl_rule_ctx *ctx, struct pl_emit *what, struct pl_err *err)
{
    const struct pl_load *load = &ctx->function->load;
    const char *text = pl_why_text((enum pl_why)load->why);
    enum pl_status status = load->detail.len > 0
                                ? pl_say(ctx, &what->caret, err, "%.*s", PL_TEXT(load->detail))
                                : pl_say(ctx, &what->caret, err, "%s", text);
    if (status) {
        return status;
    }
    return load->detail.len > 0 ? pl_emit(ctx, what, err, "%s: %.*s", text, PL_TEXT(load->detail))
                                : pl_emit(ctx, what, err, "%s", text);
}

static PL_STATUS say_mend(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    if (fn->load.suggest.len == 0) {
        return PL_OK;
    }
    struct pl_slice suggest;
    enum pl_status status = pl_safe(ctx, fn->load.suggest, &suggest, err);
    if (status) {
        return status;
    }
    if (fn->run) {
        return pl_say(ctx, ret, err, "CMD [\"%.*s\"]", PL_TEXT(suggest));
    }
    return fn->decl->handler.at.file == 0
               ? pl_say(ctx, ret, err, "--handler %.*s", PL_TEXT(suggest))
               : pl_say(ctx, ret, err, "%s: %.*s", pl_key_name(ctx, "handler", "Handler"),
                        PL_TEXT(suggest));
}

static PL_STATUS emit_failure(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    struct pl_emit what = PL_EMIT_INIT;
    /* A custom runtime may have no handler at all: then its runtime is the setting to blame. */
    what.at = pl_value_has(&fn->decl->handler) ? fn->decl->handler.at : fn->decl->runtime.at;
    what.member = fn->load.at;
    what.member_line = fn->load.spot.line;
    what.says = fn->load.lambda_says;
    what.evidence = fn->decl->handler.text;
    if (fn->load.sure != PL_SURE_YES) {
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
    }
    enum pl_status status = say_mend(ctx, &what.mend, err);
    if (status) {
        return status;
    }
    if (ctx->rule->rule == PL_RULE_PL301) {
        return emit_module_missing(ctx, &what, err);
    }
    return ctx->rule->rule == PL_RULE_PL302 ? emit_function_missing(ctx, &what, err)
                                            : emit_reason(ctx, &what, err);
}

/* Not knowing is said once: by one rule while there is no file, by another when there is one. */
static enum pl_rule_id rule_of_doubt(const struct pl_function *fn)
{
    bool is_there = fn->load.at.package != NULL;
    switch (fn->runtime ? fn->runtime->language : PL_LANG_NODEJS) {
    case PL_LANG_JAVA:
        return is_there ? PL_RULE_PL316 : PL_RULE_PL314;
    case PL_LANG_CUSTOM:
        return is_there ? PL_RULE_PL312 : PL_RULE_PL310;
    case PL_LANG_GO:
        return is_there ? PL_RULE_PL312 : PL_RULE_PL301;
    case PL_LANG_NODEJS:
    case PL_LANG_PYTHON:
    case PL_LANG_DOTNET:
    case PL_LANG_RUBY:
        break;
    }
    return is_there ? PL_RULE_PL302 : PL_RULE_PL301;
}

static PL_STATUS say_cannot_tell(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_load *load = &ctx->function->load;
    enum pl_rule_id about = rule_of_doubt(ctx->function);
    if (ctx->rule->rule != about) {
        return PL_OK;
    }
    return pl_skip(ctx, err, "%s", pl_why_text((enum pl_why)load->why));
}

PL_STATUS pl_check_handler(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_load *load = &ctx->function->load;
    enum pl_rule_id rule = PL_RULE_COUNT;
    if (load->outcome == PL_CANNOT_TELL) {
        return say_cannot_tell(ctx, err);
    }
    if (load->outcome == PL_FAILS && rule_for((enum pl_why)load->why, &rule) &&
        rule == ctx->rule->rule) {
        return emit_failure(ctx, err);
    }
    return ctx->rule->rule == PL_RULE_PL305 ? pl_check_imports(ctx, err) : PL_OK;
}

/* The API's own limits on the string, whatever the language. */
static PL_STATUS emit_not_accepted(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *handler = &ctx->function->decl->handler;
    struct pl_emit what = PL_EMIT_INIT;
    what.at = handler->at;
    what.evidence = PL_SLICE("not accepted");
    what.says = PL_SLICE("Value at 'handler' failed to satisfy constraint: Member must have length "
                         "less than or equal to 128, and satisfy regular expression pattern: "
                         "[^\\s]+");
    return pl_emit(ctx, &what, err,
                   "a handler of %zu bytes; the API takes 1 to %u characters without white space",
                   handler->text.len, PL_LAMBDA_HANDLER_MAX);
}

PL_STATUS pl_check_handler_malformed(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (!pl_handler_accepted(ctx->function->decl->handler.text)) {
        return emit_not_accepted(ctx, err);
    }
    const struct pl_runtime *rt = ctx->function->runtime;
    if (!rt) {
        return pl_skip(ctx, err, "%s", pl_why_text(PL_WHY_NO_RUNTIME));
    }
    /* The grammar needs no package: it is judged even where nothing is built. */
    struct pl_python_handler python;
    struct pl_node_handler node;
    struct pl_dotnet_handler dotnet;
    struct pl_java_handler java;
    struct pl_slice handler = ctx->function->decl->handler.text;
    bool is_bad =
        (rt->language == PL_LANG_PYTHON && !pl_handler_python(handler, &python)) ||
        (rt->language == PL_LANG_DOTNET &&
         pl_handler_dotnet(handler, &dotnet) >= PL_DOTNET_HANDLER_BAD) ||
        (rt->language == PL_LANG_JAVA && !pl_handler_java(handler, &java)) ||
        (rt->language == PL_LANG_NODEJS && pl_handler_node(handler, &node) != PL_NODE_HANDLER_OK);
    enum pl_rule_id rule = PL_RULE_COUNT;
    bool is_loaders = ctx->function->load.outcome == PL_FAILS &&
                      rule_for((enum pl_why)ctx->function->load.why, &rule) &&
                      rule == ctx->rule->rule;
    if (is_loaders) {
        return emit_failure(ctx, err);
    }
    if (!is_bad) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = ctx->function->decl->handler.at;
    what.evidence = handler;
    return pl_emit(ctx, &what, err, "%s", pl_why_text(PL_WHY_MALFORMED));
}

/* The wrapper is asked for by its variable, and judged apart from the handler. */
PL_STATUS pl_check_wrapper(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_load *wrapper = &fn->wrapper;
    if (wrapper->outcome == PL_CANNOT_TELL) {
        return pl_skip(ctx, err, "%s", pl_why_text((enum pl_why)wrapper->why));
    }
    if (wrapper->outcome != PL_FAILS) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    for (uint32_t i = 0; i < fn->decl->n_env; i++) {
        if (pl_slice_is(fn->decl->env[i].key, "AWS_LAMBDA_EXEC_WRAPPER")) {
            what.at = fn->decl->env[i].key_at;
        }
    }
    what.member = wrapper->at;
    what.says = wrapper->lambda_says;
    what.evidence = PL_SLICE("AWS_LAMBDA_EXEC_WRAPPER");
    if (wrapper->sure != PL_SURE_YES) {
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
    }
    return pl_emit(ctx, &what, err, "%s", pl_why_text((enum pl_why)wrapper->why));
}
