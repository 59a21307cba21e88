/* PL8 and PL9: words, lengths and patterns that the API takes and no others. */
#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"
#include "rules/related.h"

#include <string.h>

/* Is the text one of these, up to a NULL? */
static bool is_one_of(struct pl_slice text, const char *const *words)
{
    while (*words && !pl_slice_is(text, *words)) {
        words++;
    }
    return *words != NULL;
}

static PL_STATUS emit_word(struct pl_rule_ctx *ctx, const struct pl_value *value,
                           const char *expected, struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice name;
    what.at = value->at;
    what.evidence = value->text;
    what.caret = pl_slice_of(expected);
    enum pl_status status = pl_safe(ctx, value->text, &name, err);
    return status
               ? status
               : pl_emit(ctx, &what, err, "'%.*s' is not taken here: %s", PL_TEXT(name), expected);
}

/* Settings of which the API lists the values (botocore, 2026-07-30). */
static PL_STATUS check_words(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct {
        enum pl_key key;
        const char *expected;
        const char *words[8];
    } settings[] = {
        {PL_KEY_TRACING, "Active or PassThrough", {"Active", "PassThrough", NULL}},
        {PL_KEY_PACKAGE_TYPE, "Zip or Image", {"Zip", "Image", NULL}},
        {PL_KEY_RUNTIME_UPDATE,
         "Auto, FunctionUpdate or Manual",
         {"Auto", "FunctionUpdate", "Manual", NULL}},
        {PL_KEY_LOG_FORMAT, "JSON or Text", {"JSON", "Text", NULL}},
        {PL_KEY_SYSTEM_LOG_LEVEL, "DEBUG, INFO or WARN", {"DEBUG", "INFO", "WARN", NULL}},
        {PL_KEY_APP_LOG_LEVEL,
         "TRACE, DEBUG, INFO, WARN, ERROR or FATAL",
         {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", NULL}}};
    const struct pl_function_decl *decl = ctx->function->decl;
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof settings / sizeof *settings; i++) {
        struct pl_value value = pl_setting_value(decl, settings[i].key);
        /* SAM has a third word, and a default that is none: it writes nothing then. */
        bool is_sam = settings[i].key == PL_KEY_TRACING && pl_slice_is(value.text, "Disabled");
        if (value.known == PL_GIVEN && !is_sam && !is_one_of(value.text, settings[i].words)) {
            status = emit_word(ctx, &value, settings[i].expected, err);
        }
    }
    return status;
}

static PL_STATUS check_snap_word(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const char *const words[] = {"PublishedVersions", "None", NULL};
    const struct pl_value *value = &ctx->function->decl->snap_start;
    return value->known == PL_GIVEN && !is_one_of(value->text, words)
               ? emit_word(ctx, value, "PublishedVersions or None", err)
               : PL_OK;
}

/* The service's own logs have levels in JSON only (cfn-lint E3696). */
static PL_STATUS check_log_level(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    struct pl_value format = pl_setting_value(decl, PL_KEY_LOG_FORMAT);
    const struct pl_field *level = pl_setting_field(decl, PL_KEY_SYSTEM_LOG_LEVEL);
    struct pl_emit what = PL_EMIT_INIT;
    if (!level || format.known != PL_GIVEN || !pl_slice_is(format.text, "Text")) {
        return PL_OK;
    }
    what.at = level->value.at;
    what.mend = pl_words(ctx, "LogFormat: JSON", "log_format = \"JSON\"");
    return pl_emit(ctx, &what, err, "a level of the system's logs goes with the format JSON only");
}

static size_t count_characters(struct pl_slice text)
{
    size_t n = 0;
    uint32_t c = 0;
    for (size_t pos = 0; pos < text.len && pl_utf8_next(text, &pos, &c);) {
        n++;
    }
    return n;
}

/* [\.\-_/#A-Za-z0-9]+ */
static bool is_log_group(struct pl_slice text)
{
    static const char others[] = ".-_/#";
    bool is = text.len > 0 && text.len <= PL_LAMBDA_LOG_GROUP_MAX;
    for (size_t i = 0; is && i < text.len; i++) {
        char c = text.ptr[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             (c != '\0' && strchr(others, c) != NULL);
    }
    return is;
}

/* The Serverless Framework takes names too; elsewhere a name may be a gap that somebody fills. */
static PL_STATUS check_role_arn(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value role = pl_setting_value(ctx->function->decl, PL_KEY_ROLE);
    struct pl_emit what = PL_EMIT_INIT;
    if (role.known != PL_GIVEN || pl_slice_starts(role.text, PL_SLICE("arn:")) ||
        ctx->survey->project->dialect == PL_DIALECT_SERVERLESS) {
        return PL_OK;
    }
    what.at = role.at;
    what.severity = PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    return pl_emit(ctx, &what, err, "a role is named by its ARN");
}

static PL_STATUS check_texts(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    struct pl_value about = pl_setting_value(decl, PL_KEY_DESCRIPTION);
    struct pl_value group = pl_setting_value(decl, PL_KEY_LOG_GROUP);
    struct pl_value key = pl_setting_value(decl, PL_KEY_KMS_KEY);
    struct pl_emit what = PL_EMIT_INIT;
    size_t length = about.known == PL_GIVEN ? count_characters(about.text) : 0;
    enum pl_status status = PL_OK;
    if (length > PL_LAMBDA_DESCRIPTION_MAX) {
        what.at = about.at;
        status = pl_emit(ctx, &what, err, "a description of %zu characters; %u are the most",
                         length, PL_LAMBDA_DESCRIPTION_MAX);
    }
    if (!status && group.known == PL_GIVEN && !is_log_group(group.text)) {
        status = emit_word(ctx, &group, "1 to 512 of letters, digits, and . - _ / #", err);
    }
    if (!status && check_role_arn(ctx, err) != PL_OK) {
        return err->code;
    }
    bool is_key = pl_slice_starts(key.text, PL_SLICE("arn:")) || key.text.len == 0;
    return !status && key.known == PL_GIVEN && !is_key
               ? emit_word(ctx, &key, "the ARN of a key", err)
               : status;
}

PL_STATUS pl_check_setting_words(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    enum pl_status status = check_words(ctx, err);
    status = status ? status : check_snap_word(ctx, err);
    status = status ? status : check_log_level(ctx, err);
    return status ? status : check_texts(ctx, err);
}

/* Who calls in the name of a thing; NULL: nobody that is known here. */
static const char *principal_of(const struct pl_resource *source, struct pl_slice arn)
{
    static const char *const things[PL_RES_COUNT] = {
        [PL_RES_BUCKET] = "s3",          [PL_RES_TOPIC] = "sns",
        [PL_RES_RULE] = "events",        [PL_RES_LOG_GROUP] = "logs",
        [PL_RES_API] = "apigateway",     [PL_RES_USER_POOL] = "cognito-idp",
        [PL_RES_SCHEDULE] = "scheduler", [PL_RES_TARGET_GROUP] = "elasticloadbalancing"};
    static const struct {
        const char *service, *principal;
    } services[] = {{"s3", "s3"},
                    {"sns", "sns"},
                    {"events", "events"},
                    {"logs", "logs"},
                    {"iot", "iot"},
                    {"execute-api", "apigateway"},
                    {"config", "config"},
                    {"cognito-idp", "cognito-idp"},
                    {"elasticloadbalancing", "elasticloadbalancing"}};
    struct pl_slice part = PL_SLICE("");
    if (source) {
        return things[source->kind];
    }
    for (int i = 0; i < 3; i++) {
        if (!pl_slice_starts(arn, PL_SLICE("arn:")) && i == 0) {
            return NULL;
        }
        if (!pl_slice_next(&arn, ':', &part)) {
            return NULL;
        }
    }
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (pl_slice_is(part, services[i].service)) {
            return services[i].principal;
        }
    }
    return NULL;
}

/* Does the service that may call fit what it is said to call for?  (cfn-lint W3664, W3663) */
static PL_STATUS check_source(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *it = ctx->resource;
    const struct pl_field *source = pl_resource_field(it, PL_KEY_SOURCE);
    struct pl_value who = pl_resource_value(it, PL_KEY_PRINCIPAL);
    struct pl_emit what = pl_emit_at(it, PL_KEY_PRINCIPAL);
    what.severity = PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    if (!source || source->is_part || who.known != PL_GIVEN ||
        !pl_slice_ends(who.text, PL_SLICE(".amazonaws.com"))) {
        return PL_OK;
    }
    const char *expected =
        principal_of(pl_named(ctx->survey, source),
                     source->value.known == PL_GIVEN ? source->value.text : PL_SLICE(""));
    struct pl_slice service = pl_slice_sub(who.text, 0, pl_slice_find(who.text, '.'));
    if (expected && !pl_slice_is(service, expected)) {
        return pl_emit(ctx, &what, err, "what the permission is for is called by %s.amazonaws.com",
                       expected);
    }
    /* A bucket's ARN has no account: whoever owns the name later may call. */
    if (expected && pl_slice_is(service, "s3") &&
        pl_resource_value(it, PL_KEY_ACCOUNT).known == PL_ABSENT) {
        what = pl_emit_at(it, PL_KEY_SOURCE);
        what.severity = PL_SEV_INFO;
        what.mend = pl_words(ctx, "SourceAccount: !Ref AWS::AccountId",
                             "source_account = data.aws_caller_identity.current.account_id");
        return pl_emit(ctx, &what, err,
                       "a bucket's ARN names no account: without SourceAccount, whoever has the "
                       "bucket's name may call");
    }
    return PL_OK;
}

/* (lambda:[*]|lambda:[a-zA-Z]+|[*]) */
static bool is_action(struct pl_slice text)
{
    struct pl_slice name = pl_slice_sub(text, sizeof "lambda:" - 1, text.len);
    bool is = pl_slice_starts(text, PL_SLICE("lambda:")) && name.len > 0;
    for (size_t i = 0; is && i < name.len; i++) {
        char c = name.ptr[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c == '*' && name.len == 1);
    }
    return is || pl_slice_is(text, "*");
}

static bool is_account(struct pl_slice text)
{
    uint64_t n = 0;
    enum { DIGITS = 12 };
    return text.len == DIGITS && pl_slice_u64(text, &n);
}

static bool is_principal(struct pl_slice text)
{
    bool is = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        is = is && text.ptr[i] != ' ' && text.ptr[i] != '\t' && text.ptr[i] != '\n';
    }
    return is;
}

static bool is_url_auth(struct pl_slice text)
{
    return pl_slice_is(text, "NONE") || pl_slice_is(text, "AWS_IAM");
}

PL_STATUS pl_check_permission_words(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct {
        enum pl_key key;
        bool (*is)(struct pl_slice text);
        const char *expected;
    } fields[] = {{PL_KEY_ACTION, is_action, "lambda:InvokeFunction, or another action of lambda:"},
                  {PL_KEY_PRINCIPAL, is_principal, "a service, an account or *, without blanks"},
                  {PL_KEY_ACCOUNT, is_account, "twelve digits"},
                  {PL_KEY_AUTH, is_url_auth, "NONE or AWS_IAM"}};
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof fields / sizeof *fields; i++) {
        struct pl_value value = pl_resource_value(ctx->resource, fields[i].key);
        if (value.known == PL_GIVEN && !fields[i].is(value.text)) {
            status = emit_word(ctx, &value, fields[i].expected, err);
        }
    }
    return status ? status : check_source(ctx, err);
}
