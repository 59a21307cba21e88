/* PL9: Lambda@Edge. */
#include "pkg/lambda/events.h"
#include "pkg/lambda/limits.h"
#include "pkg/lambda/runtimes.h"
#include "rules/related.h"

/* A setting that functions of CloudFront cannot have. */
static PL_STATUS refuse(struct pl_rule_ctx *ctx, struct pl_pos at, const char *what_it_is,
                        struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.at = at.line > 0 ? at : ctx->resource->at;
    what.evidence = pl_slice_of(what_it_is);
    what.caret = PL_SLICE("not for Lambda@Edge");
    return pl_emit(ctx, &what, err, "CloudFront takes no function with %s", what_it_is);
}

/* The first of these settings that is there: its place. */
static bool has_setting(const struct pl_function_decl *decl, enum pl_key key, const char *only,
                        struct pl_pos *ret)
{
    const struct pl_field *field = pl_setting_field(decl, key);
    if (!field ||
        (only && (field->value.known != PL_GIVEN || !pl_slice_is(field->value.text, only)))) {
        return false;
    }
    *ret = field->value.at;
    return true;
}

static PL_STATUS check_settings(struct pl_rule_ctx *ctx, const struct pl_function_decl *decl,
                                struct pl_err *err)
{
    static const struct {
        enum pl_key key;
        const char *only, *what;
    } settings[] = {{PL_KEY_SUBNET, NULL, "a VPC"},
                    {PL_KEY_DEAD_LETTER, NULL, "a dead-letter queue"},
                    {PL_KEY_TRACING, "Active", "X-Ray tracing"},
                    {PL_KEY_PROVISIONED, NULL, "provisioned concurrency"},
                    {PL_KEY_SOURCE_KEY, NULL, "a customer-managed key for its ZIP"},
                    {PL_KEY_RUNTIME_UPDATE, "Manual", "a runtime version of its own"},
                    {PL_KEY_RUNTIME_UPDATE, "FunctionUpdate", "runtime updates other than Auto"},
                    {PL_KEY_PACKAGE_TYPE, "Image", "a container image"}};
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof settings / sizeof *settings; i++) {
        struct pl_pos at = {0};
        if (has_setting(decl, settings[i].key, settings[i].only, &at)) {
            status = refuse(ctx, at, settings[i].what, err);
        }
    }
    return status;
}

/* Where the region stands: at the function, or with what is said for all. */
static struct pl_pos region_at(const struct pl_rule_ctx *ctx, const struct pl_function_decl *decl)
{
    struct pl_value own = pl_setting_value(decl, PL_KEY_REGION);
    return pl_value_has(&own) ? own.at : ctx->survey->project->region.at;
}

static PL_STATUS check_branch(struct pl_rule_ctx *ctx, const struct pl_function *fn,
                              struct pl_err *err)
{
    const struct pl_function_decl *decl = fn->decl;
    int64_t size = 0;
    enum pl_status status = check_settings(ctx, decl, err);
    if (!status && decl->n_env > 0) {
        status = refuse(ctx, decl->env_at, "environment variables", err);
    }
    if (!status && decl->n_layer > 0) {
        status = refuse(ctx, decl->layers_at, "layers", err);
    }
    if (!status && fn->arch == PL_ARCH_ARM64) {
        status = refuse(ctx, decl->architecture.at, "the architecture arm64", err);
    }
    if (!status && pl_value_int(&decl->ephemeral, &size) && size > PL_LAMBDA_EPHEMERAL_MIN_MB) {
        status = refuse(ctx, decl->ephemeral.at, "more than 512 MB of ephemeral storage", err);
    }
    struct pl_slice region = pl_function_region(ctx->survey, fn);
    if (!status && region.len > 0 && !pl_slice_is(region, "us-east-1")) {
        status = refuse(ctx, region_at(ctx, decl), "a region other than us-east-1", err);
    }
    bool is_other = fn->runtime && fn->runtime->language != PL_LANG_NODEJS &&
                    fn->runtime->language != PL_LANG_PYTHON;
    return !status && is_other
               ? refuse(ctx, decl->runtime.at, "a runtime other than Node.js and Python", err)
               : status;
}

PL_STATUS pl_check_edge_feature(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    const struct pl_resource *version =
        pl_named_as(ctx->survey, pl_resource_field(ctx->resource, PL_KEY_FUNCTION), PL_RES_VERSION);
    if (version && pl_resource_field(version, PL_KEY_PROVISIONED)) {
        struct pl_emit what = pl_emit_at(version, PL_KEY_PROVISIONED);
        return refuse(ctx, what.at, "provisioned concurrency", err);
    }
    if (fn.n == 0) {
        return pl_skip(ctx, err, "the function stands somewhere else");
    }
    if (pl_may_never_meet(fn, ctx->resource, NULL)) {
        return pl_skip(ctx, err, "the function depends on conditions");
    }
    for (uint32_t i = 0; i < fn.n; i++) {
        enum pl_status status = check_branch(ctx, &fn.at[i], err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* What an association names instead of a numbered version; NULL when all is well or unknown. */
static const char *not_a_version(const struct pl_rule_ctx *ctx, const struct pl_field *field)
{
    const struct pl_resource *named = pl_named(ctx->survey, field);
    if (field->value.known == PL_GIVEN) {
        struct pl_slice text = field->value.text;
        bool is_lambda = pl_slice_find_text(text, PL_SLICE(":lambda:")) < text.len &&
                         pl_slice_find_text(text, PL_SLICE(":function:")) < text.len;
        return !is_lambda || pl_ends_in_number(text)       ? NULL
               : pl_slice_ends(text, PL_SLICE(":$LATEST")) ? "$LATEST"
                                                           : "no numbered version";
    }
    if (named) {
        return named->kind == PL_RES_ALIAS && !field->is_part ? "an alias" : NULL;
    }
    if (field->function == PL_NO_INDEX || field->is_part) {
        return NULL;
    }
    return pl_slice_is(field->attribute, "Alias")                              ? "an alias"
           : field->attribute.len == 0 || pl_slice_is(field->attribute, "Arn") ? "no version"
                                                                               : NULL;
}

/* What the association says beside the function. */
static PL_STATUS check_association(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value event = pl_resource_value(ctx->resource, PL_KEY_EVENT);
    struct pl_value body = pl_resource_value(ctx->resource, PL_KEY_INCLUDE_BODY);
    bool is_request = pl_slice_ends(event.text, PL_SLICE("-request"));
    struct pl_slice side = pl_slice_sub(event.text, 0, pl_slice_find(event.text, '-'));
    bool is_event =
        (pl_slice_is(side, "viewer") || pl_slice_is(side, "origin")) &&
        (is_request || pl_slice_ends(event.text, PL_SLICE("-response"))) &&
        event.text.len == side.len + (is_request ? sizeof "-request" : sizeof "-response") - 1;
    if (event.known == PL_GIVEN && !is_event) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_EVENT);
        what.caret = PL_SLICE("viewer- or origin-, request or response");
        return pl_emit(ctx, &what, err, "no event of CloudFront");
    }
    if (event.known == PL_GIVEN && !is_request && body.known == PL_GIVEN &&
        pl_slice_eq_nocase(body.text, PL_SLICE("true"))) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_INCLUDE_BODY);
        return pl_emit(ctx, &what, err, "the body goes along with requests only");
    }
    return PL_OK;
}

PL_STATUS pl_check_edge_version(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_field *field = pl_resource_field(ctx->resource, PL_KEY_FUNCTION);
    const char *instead = field ? not_a_version(ctx, field) : NULL;
    struct pl_slice region = pl_region_of_arn(field);
    if (check_association(ctx, err) != PL_OK) {
        return err->code;
    }
    if (region.len > 0 && !pl_slice_is(region, "us-east-1")) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_FUNCTION);
        return pl_emit(ctx, &what, err, "the function of an association is in us-east-1");
    }
    bool is_published = field && field->function != PL_NO_INDEX && field->resource == PL_NO_INDEX &&
                        field->ref.len > 0 &&
                        !pl_slice_eq(field->ref, ctx->survey->function[field->function].decl->id);
    if (!instead || is_published) {
        return PL_OK; /* what SAM publishes has a name of its own: FnVersion... */
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_FUNCTION);
    what.caret = PL_SLICE("the ARN of a numbered version is needed");
    if (ctx->survey->project->dialect == PL_DIALECT_TERRAFORM && field->value.known != PL_GIVEN) {
        /* A plan does not tell arn from "${arn}:1". */
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
        what.mend =
            PL_SLICE("publish = true, and lambda_arn = aws_lambda_function.NAME.qualified_arn");
    }
    return pl_emit(ctx, &what, err, "the association names %s", instead);
}

static PL_STATUS check_timeout(struct pl_rule_ctx *ctx, const struct pl_function_decl *decl,
                               bool is_viewer, struct pl_err *err)
{
    int64_t n = 0;
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->timeout.at;
    what.evidence = PL_SLICE("timeout");
    if (!pl_value_int(&decl->timeout, &n)) {
        return PL_OK;
    }
    if (n > PL_EDGE_TIMEOUT_MAX_S) {
        return pl_emit(ctx, &what, err, "%lld s; a function of CloudFront has %d at most",
                       (long long)n, PL_EDGE_TIMEOUT_MAX_S);
    }
    what.severity = PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    return is_viewer && n > PL_EDGE_VIEWER_TIMEOUT_S
               ? pl_emit(ctx, &what, err,
                         "%lld s; AWS's pages disagree whether a viewer event may take more than "
                         "%d",
                         (long long)n, PL_EDGE_VIEWER_TIMEOUT_S)
               : PL_OK;
}

static PL_STATUS check_sizes(struct pl_rule_ctx *ctx, const struct pl_function *fn, bool is_viewer,
                             struct pl_err *err)
{
    int64_t n = 0;
    enum pl_status status = PL_OK;
    struct pl_emit what = PL_EMIT_INIT;
    const struct pl_function_decl *decl = fn->decl;
    if (is_viewer && pl_value_int(&decl->memory, &n) && n > PL_EDGE_VIEWER_MEMORY_MB) {
        what.at = decl->memory.at;
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
        what.evidence = PL_SLICE("memory");
        status = pl_emit(ctx, &what, err,
                         "%lld MB; AWS's pages disagree whether a viewer event may have more than "
                         "%d",
                         (long long)n, PL_EDGE_VIEWER_MEMORY_MB);
    }
    if (status || !fn->code || !fn->code->zipped_known) {
        return status;
    }
    what.at = decl->package.at.line > 0 ? decl->package.at : decl->at;
    what.evidence = PL_SLICE("size");
    if (fn->code->zipped_bytes >= PL_LAMBDA_ZIPPED_BYTES) {
        what.severity = PL_SEV_ERROR;
        what.confidence = PL_CERTAIN;
        return pl_emit(ctx, &what, err, "a ZIP of %llu bytes; CloudFront takes less than %u",
                       (unsigned long long)fn->code->zipped_bytes, PL_LAMBDA_ZIPPED_BYTES);
    }
    what.severity = PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    return is_viewer && fn->code->zipped_bytes > PL_EDGE_VIEWER_ZIPPED_BYTES
               ? pl_emit(ctx, &what, err,
                         "a ZIP of %llu bytes; AWS's pages disagree whether a viewer event may "
                         "have more than 1 MB",
                         (unsigned long long)fn->code->zipped_bytes)
               : PL_OK;
}

PL_STATUS pl_check_edge_limits(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value event = pl_resource_value(ctx->resource, PL_KEY_EVENT);
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    bool is_viewer = event.known == PL_GIVEN && pl_slice_starts(event.text, PL_SLICE("viewer-"));
    enum pl_status status = PL_OK;
    if (pl_may_never_meet(fn, ctx->resource, NULL)) {
        return pl_skip(ctx, err, "the function depends on conditions");
    }
    for (uint32_t i = 0; !status && i < fn.n; i++) {
        status = check_timeout(ctx, fn.at[i].decl, is_viewer, err);
        status = status ? status : check_sizes(ctx, &fn.at[i], is_viewer, err);
    }
    return status;
}
