/* PL9: APIs, schedules, user pools and log groups that call functions. */
#include "pkg/lambda/events.h"
#include "pkg/lambda/schedule.h"
#include "rules/related.h"

/* What an API waits for; 0 when it is not known which kind of API it is. */
struct api_limit {
    int64_t max_ms;
    const char *name;
    bool is_fixed; /* no quota raises it */
};

static struct api_limit limit_of(const struct pl_rule_ctx *ctx)
{
    static const struct api_limit rest = {PL_API_REST_MAX_MS, "a REST API", false};
    static const struct api_limit http = {PL_API_HTTP_MAX_MS, "an HTTP API", true};
    static const struct api_limit socket = {PL_API_REST_MAX_MS, "a WebSocket API", true};
    const struct pl_resource *route = ctx->resource;
    if (pl_slice_is(route->type, "AWS::ApiGateway::Method") || pl_slice_is(route->type, "Api")) {
        return rest;
    }
    if (pl_slice_is(route->type, "HttpApi")) {
        return http;
    }
    const struct pl_resource *api = pl_owner(ctx->survey, route, PL_RES_API);
    struct pl_value own = pl_resource_value(route, PL_KEY_PROTOCOL);
    struct pl_value value =
        api && own.known == PL_ABSENT ? pl_resource_value(api, PL_KEY_PROTOCOL) : own;
    if (value.known != PL_GIVEN) {
        return (struct api_limit){.max_ms = 0};
    }
    return pl_slice_eq_nocase(value.text, PL_SLICE("HTTP"))        ? http
           : pl_slice_eq_nocase(value.text, PL_SLICE("WEBSOCKET")) ? socket
           : pl_slice_eq_nocase(value.text, PL_SLICE("REST"))      ? rest
                                                              : (struct api_limit){.max_ms = 0};
}

/* The integration's own timeout. */
static PL_STATUS check_integration(struct pl_rule_ctx *ctx, struct api_limit limit,
                                   struct pl_err *err)
{
    int64_t ms = 0;
    if (!pl_field_int(ctx->resource, PL_KEY_API_TIMEOUT, &ms) ||
        (ms >= PL_API_TIMEOUT_MIN_MS && ms <= limit.max_ms)) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_API_TIMEOUT);
    return pl_emit(ctx, &what, err, "%lld ms, where %s takes %d to %lld%s", (long long)ms,
                   limit.name, PL_API_TIMEOUT_MIN_MS, (long long)limit.max_ms,
                   limit.is_fixed ? "" : " unless its quota was raised");
}

PL_STATUS pl_check_api_timeout(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct api_limit limit = limit_of(ctx);
    if (limit.max_ms == 0) {
        return pl_skip(ctx, err, "the kind of API is not known here");
    }
    enum pl_status status = check_integration(ctx, limit, err);
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    for (uint32_t i = 0; !status && i < fn.n; i++) {
        const struct pl_value *timeout = &fn.at[i].decl->timeout;
        int64_t n = 0;
        if (!pl_value_int(timeout, &n) || n * 1000 <= limit.max_ms) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.severity = PL_SEV_INFO;
        what.at = timeout->at;
        what.evidence = PL_SLICE("timeout");
        status = pl_emit(ctx, &what, err,
                         "the function may run for %lld s, but %s gives up after %lld s",
                         (long long)n, limit.name, (long long)limit.max_ms / 1000);
    }
    return status;
}

PL_STATUS pl_check_schedule(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value value = pl_resource_value(ctx->resource, PL_KEY_SCHEDULE);
    struct pl_schedule schedule;
    struct pl_schedule_fault fault;
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_SCHEDULE);
    bool is_scheduler = ctx->resource->kind == PL_RES_SCHEDULE;
    int64_t next = 0;
    if (value.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", value.why);
    }
    if (value.known != PL_GIVEN) {
        return PL_OK;
    }
    bool is_good = pl_schedule_parse(value.text, is_scheduler, &schedule, &fault);
    if (!is_good || fault.text[0]) {
        struct pl_slice text;
        enum pl_status status = pl_safe(ctx, pl_slice_of(fault.text), &text, err);
        what.severity = is_good ? PL_SEV_WARNING : PL_SEV_ERROR;
        what.confidence = is_good ? PL_LIKELY : PL_CERTAIN;
        return status ? status : pl_emit(ctx, &what, err, "%.*s", PL_TEXT(text));
    }
    /* A time zone moves a run by less than a day. */
    if (!pl_schedule_next(&schedule, ((int64_t)ctx->survey->as_of - 1) * 86400, &next)) {
        what.severity = PL_SEV_WARNING;
        return pl_emit(ctx, &what, err, "it never runs again");
    }
    return PL_OK;
}

/* Senders of codes are called without waiting for an answer. */
static bool is_waited_for(struct pl_slice trigger)
{
    return !pl_slice_is(trigger, "CustomSMSSender") && !pl_slice_is(trigger, "CustomEmailSender");
}

/* A user pool calls $LATEST or an alias. */
static PL_STATUS check_trigger_version(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_field *field = pl_resource_field(ctx->resource, PL_KEY_FUNCTION);
    bool is_number = field && field->value.known == PL_GIVEN &&
                     pl_slice_starts(field->value.text, PL_SLICE("arn:")) &&
                     pl_ends_in_number(field->value.text);
    if (!is_number && !pl_named_as(ctx->survey, field, PL_RES_VERSION)) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_FUNCTION);
    what.caret = PL_SLICE("the function itself, or an alias");
    return pl_emit(ctx, &what, err, "a user pool calls no numbered version");
}

PL_STATUS pl_check_cognito_timeout(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value event = pl_resource_value(ctx->resource, PL_KEY_EVENT);
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    if (event.known == PL_GIVEN && !is_waited_for(event.text)) {
        return PL_OK;
    }
    if (check_trigger_version(ctx, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < fn.n; i++) {
        const struct pl_value *timeout = &fn.at[i].decl->timeout;
        int64_t n = 0;
        if (!pl_value_int(timeout, &n) || n <= PL_COGNITO_TIMEOUT_S) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.at = timeout->at;
        what.evidence = PL_SLICE("cognito");
        what.caret = PL_SLICE("Cognito waits for 5 s, whatever stands here");
        enum pl_status status = pl_emit(
            ctx, &what, err,
            "a trigger of a user pool must answer within %d s; the function may run for %lld s",
            PL_COGNITO_TIMEOUT_S, (long long)n);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_log_filters(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *list = ctx->survey->project->resource;
    uint32_t before = 0;
    for (const struct pl_resource *it = ctx->resource; it > list && before < PL_LOG_FILTERS_MAX;) {
        it--;
        before += it->kind == PL_RES_LOG_FILTER &&
                  pl_same_source(ctx->survey, it, ctx->resource, PL_RES_LOG_GROUP);
    }
    if (before < PL_LOG_FILTERS_MAX) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_SOURCE);
    return pl_emit(ctx, &what, err, "one more subscription filter than the %d of a log group",
                   PL_LOG_FILTERS_MAX);
}
