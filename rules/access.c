/* PL8 and PL9: who may call a function, and what its role may do. */
#include "pkg/lambda/events.h"
#include "rules/related.h"

/* One target of a group, the n-th. */
static PL_STATUS judge_target(struct pl_rule_ctx *ctx, const struct pl_resource *it, uint32_t n,
                              struct pl_err *err)
{
    struct pl_value type = pl_resource_value(ctx->resource, PL_KEY_TARGET_TYPE);
    bool is_lambda = type.known == PL_GIVEN && pl_slice_is(type.text, "lambda");
    const struct pl_field *target = pl_resource_field(it, PL_KEY_FUNCTION);
    struct pl_emit what = pl_emit_at(it, PL_KEY_FUNCTION);
    what.evidence = ctx->resource->id;
    if (is_lambda && n == 2) {
        return pl_emit(ctx, &what, err, "a second target; a group of type lambda has one");
    }
    if (is_lambda || !target || target->function == PL_NO_INDEX || target->is_part) {
        return PL_OK;
    }
    what.function = &ctx->survey->function[target->function];
    what.mend = pl_words(ctx, "TargetType: lambda", "target_type = \"lambda\"");
    return pl_emit(ctx, &what, err,
                   "a function as the target of a group that is not of type lambda");
}

PL_STATUS pl_check_target_group(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_project *project = ctx->survey->project;
    const struct pl_resource *group = ctx->resource;
    struct pl_value type = pl_resource_value(group, PL_KEY_TARGET_TYPE);
    uint32_t n = 0;
    enum pl_status status = PL_OK;
    if (type.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", type.why);
    }
    for (uint32_t i = 0; !status && i < project->n_resource; i++) {
        const struct pl_resource *it = &project->resource[i];
        if (it->kind == PL_RES_TARGET && pl_owner(ctx->survey, it, PL_RES_TARGET_GROUP) == group) {
            status = judge_target(ctx, it, ++n, err);
        }
    }
    return status;
}

/* A permission of the function for a service; what is not known may be one. */
static bool is_permission(const struct pl_resource *it, uint32_t function, const char *principal,
                          const char *action)
{
    const struct pl_field *fn = pl_resource_field(it, PL_KEY_FUNCTION);
    struct pl_value who = pl_resource_value(it, PL_KEY_PRINCIPAL);
    struct pl_value what = pl_resource_value(it, PL_KEY_ACTION);
    if (it->kind != PL_RES_PERMISSION || !fn) {
        return false;
    }
    if (fn->function != function && (fn->function != PL_NO_INDEX || fn->value.known == PL_GIVEN)) {
        return false;
    }
    bool is_who = who.known != PL_GIVEN || pl_slice_is(who.text, "*") ||
                  pl_slice_starts(who.text, pl_slice_of(principal));
    return is_who && (what.known != PL_GIVEN || pl_action_matches(what.text, action));
}

static bool is_allowed(const struct pl_survey *survey, const struct pl_function *fn,
                       const char *principal, const char *action)
{
    uint32_t first = (uint32_t)(fn - survey->function) - fn->decl->branch;
    for (uint32_t i = 0; i < survey->project->n_resource; i++) {
        if (is_permission(&survey->project->resource[i], first, principal, action)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS check_url_words(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct {
        enum pl_key key;
        const char *a, *b;
    } words[] = {{PL_KEY_AUTH, "NONE", "AWS_IAM"},
                 {PL_KEY_INVOKE_MODE, "BUFFERED", "RESPONSE_STREAM"}};
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof words / sizeof *words; i++) {
        struct pl_value value = pl_resource_value(ctx->resource, words[i].key);
        struct pl_emit what = pl_emit_at(ctx->resource, words[i].key);
        if (value.known == PL_GIVEN && !pl_slice_is(value.text, words[i].a) &&
            !pl_slice_is(value.text, words[i].b)) {
            status = pl_emit(ctx, &what, err, "neither %s nor %s", words[i].a, words[i].b);
        }
    }
    int64_t age = 0;
    if (!status && pl_field_int(ctx->resource, PL_KEY_CORS_AGE, &age) &&
        (age < 0 || age > PL_URL_CORS_AGE_MAX_S)) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_CORS_AGE);
        status = pl_emit(ctx, &what, err, "a maximum age of %lld s, where 0 to %d are accepted",
                         (long long)age, PL_URL_CORS_AGE_MAX_S);
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < ctx->resource->n_field; i++) {
        n += ctx->resource->field[i].key == PL_KEY_CORS_METHOD;
    }
    if (!status && n > PL_URL_CORS_METHODS_MAX) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_CORS_METHOD);
        status =
            pl_emit(ctx, &what, err, "%u methods; %u are the most", n, PL_URL_CORS_METHODS_MAX);
    }
    return status;
}

PL_STATUS pl_check_function_url(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value auth = pl_resource_value(ctx->resource, PL_KEY_AUTH);
    struct pl_value qualifier = pl_resource_value(ctx->resource, PL_KEY_QUALIFIER);
    uint64_t n = 0;
    if (qualifier.known == PL_GIVEN && pl_slice_u64(qualifier.text, &n)) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_QUALIFIER);
        return pl_emit(ctx, &what, err, "a function URL is for an alias, not for version %llu",
                       (unsigned long long)n);
    }
    if (check_url_words(ctx, err) != PL_OK) {
        return err->code;
    }
    if (ctx->resource->is_implied || !ctx->function || auth.known != PL_GIVEN ||
        !pl_slice_is(auth.text, "NONE")) {
        return PL_OK;
    }
    bool by_url = is_allowed(ctx->survey, ctx->function, "*", "lambda:InvokeFunctionUrl");
    bool by_call = is_allowed(ctx->survey, ctx->function, "*", "lambda:InvokeFunction");
    if (by_url && by_call) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_AUTH);
    return pl_emit(ctx, &what, err, "callers get 403: the function has no permission for %s",
                   by_url ? "lambda:InvokeFunction (InvokedViaFunctionUrl: true), which URLs since "
                            "October 2025 need too"
                          : "lambda:InvokeFunctionUrl and lambda:InvokeFunction");
}

/* Who calls the function of this link; NULL: nobody who needs a permission. */
static const char *caller_of(const struct pl_rule_ctx *ctx)
{
    const struct pl_resource *it = ctx->resource;
    static const char *const callers[PL_RES_COUNT] = {
        [PL_RES_NOTIFICATION] = "s3.amazonaws.com",
        [PL_RES_SUBSCRIPTION] = "sns.amazonaws.com",
        [PL_RES_RULE_TARGET] = "events.amazonaws.com",
        [PL_RES_LOG_FILTER] = "logs.", /* logs.<region>.amazonaws.com is good too */
        [PL_RES_TRIGGER] = "cognito-idp.amazonaws.com",
        [PL_RES_TARGET] = "elasticloadbalancing.amazonaws.com",
        [PL_RES_ROUTE] = "apigateway.amazonaws.com",
        [PL_RES_IOT_RULE] = "iot.amazonaws.com"};
    struct pl_value protocol = pl_resource_value(it, PL_KEY_PROTOCOL);
    bool by_role = it->kind == PL_RES_ROUTE && pl_resource_field(it, PL_KEY_ROLE);
    bool by_other = it->kind == PL_RES_SUBSCRIPTION &&
                    (protocol.known != PL_GIVEN || !pl_slice_is(protocol.text, "lambda"));
    return by_role || by_other ? NULL : callers[it->kind];
}

PL_STATUS pl_check_permission(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const char *caller = caller_of(ctx);
    if (!caller || ctx->resource->is_implied || !ctx->function || ctx->resource->why) {
        return PL_OK;
    }
    if (is_allowed(ctx->survey, ctx->function, caller, "lambda:InvokeFunction")) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_FUNCTION);
    struct pl_slice name = pl_words(ctx, "AWS::Lambda::Permission", "aws_lambda_permission");
    enum pl_status status =
        pl_say(ctx, &what.mend, err, "Add an %.*s with the principal that the message names.",
               PL_TEXT(name));
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "no %.*s here lets %s%s call the function", PL_TEXT(name),
                   caller, caller[4] == '.' && caller[5] == '\0' ? "amazonaws.com" : "");
}
