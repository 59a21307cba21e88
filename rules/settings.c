/* PL8: settings that are numbers, names and switches. */
#include "pkg/lambda/limits.h"
#include "rules/related.h"

/* A number that readers of YAML take for different ones: 010, 1:30, 1_000, 0x80. */
static bool is_ambiguous(struct pl_slice text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (i == 0 || (c != ':' && c != '_' && (i != 1 || c != 'x')))) {
            return false;
        }
        is_plain = is_plain && is_digit;
    }
    return text.len > 1 && (!is_plain || text.ptr[0] == '0');
}

/* What is written is no whole number.  One with a point or an exponent may stand for one. */
static PL_STATUS check_number(struct pl_rule_ctx *ctx, const struct pl_value *value,
                              struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice safe;
    bool has_digit = false;
    for (size_t i = 0; i < value->text.len; i++) {
        has_digit = has_digit || (value->text.ptr[i] >= '0' && value->text.ptr[i] <= '9');
    }
    what.at = value->at;
    what.evidence = value->text;
    enum pl_status status = pl_safe(ctx, value->text, &safe, err);
    if (status) {
        return status;
    }
    if (is_ambiguous(value->text)) {
        what.severity = PL_SEV_WARNING;
        what.caret = PL_SLICE("write it in decimal");
        return pl_emit(ctx, &what, err, "'%.*s' is another number to some readers of YAML",
                       PL_TEXT(safe));
    }
    return has_digit ? PL_OK : pl_emit(ctx, &what, err, "'%.*s' is no whole number", PL_TEXT(safe));
}

static PL_STATUS check_range(struct pl_rule_ctx *ctx, const struct pl_value *value, int64_t min,
                             int64_t max, const char *unit, struct pl_err *err)
{
    int64_t n = 0;
    if (value->known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", value->why);
    }
    if (pl_value_has(value) && (!pl_value_int(value, &n) || is_ambiguous(value->text))) {
        return check_number(ctx, value, err);
    }
    if (!pl_value_has(value) || (n >= min && n <= max)) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = value->at;
    enum pl_status status =
        pl_say(ctx, &what.caret, err, "%lld to %lld %s", (long long)min, (long long)max, unit);
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "%lld %s, where %lld to %lld are accepted", (long long)n, unit,
                   (long long)min, (long long)max);
}

PL_STATUS pl_check_memory(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    return check_range(ctx, &decl->memory, PL_LAMBDA_MEMORY_MIN_MB,
                       decl->is_managed ? PL_LAMBDA_MANAGED_MEMORY_MAX_MB : PL_LAMBDA_MEMORY_MAX_MB,
                       "MB", err);
}

PL_STATUS pl_check_timeout(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    return check_range(ctx, &decl->timeout, PL_LAMBDA_TIMEOUT_MIN_S,
                       decl->is_managed ? PL_LAMBDA_MANAGED_TIMEOUT_MAX_S : PL_LAMBDA_TIMEOUT_MAX_S,
                       "seconds", err);
}

PL_STATUS pl_check_ephemeral(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    return check_range(ctx, &decl->ephemeral, PL_LAMBDA_EPHEMERAL_MIN_MB,
                       decl->is_managed ? PL_LAMBDA_MANAGED_EPHEMERAL_MAX_MB
                                        : PL_LAMBDA_EPHEMERAL_MAX_MB,
                       "MB", err);
}

PL_STATUS pl_check_architecture(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *value = &ctx->function->decl->architecture;
    const struct pl_runtime *rt = ctx->function->runtime;
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice name;
    if (value->known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", value->why);
    }
    if (!pl_value_has(value)) {
        return PL_OK;
    }
    if (ctx->function->decl->other_architecture.known != PL_ABSENT) {
        what.at = ctx->function->decl->other_architecture.at;
        what.caret = PL_SLICE("one too many");
        return pl_emit(ctx, &what, err, "a second architecture: a function runs on exactly one");
    }
    what.at = value->at;
    if (ctx->function->arch == PL_ARCH_UNKNOWN) {
        what.caret = PL_SLICE("x86_64 or arm64");
        enum pl_status status = pl_safe(ctx, value->text, &name, err);
        return status ? status
                      : pl_emit(ctx, &what, err, "'%.*s' is no architecture: x86_64 and arm64 are",
                                PL_TEXT(name));
    }
    if (!rt || ctx->function->arch != PL_ARCH_ARM64 || (rt->flags & PL_RUNTIME_ARM64)) {
        return PL_OK;
    }
    what.caret = PL_SLICE("this runtime has x86_64 only");
    return pl_emit(ctx, &what, err, "%s does not exist for arm64", rt->id);
}

PL_STATUS pl_check_concurrency(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *value = &ctx->function->decl->concurrency;
    int64_t n = 0;
    if (value->known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", value->why);
    }
    if (pl_value_has(value) && pl_value_int(value, &n) && n < 0) {
        struct pl_emit what = PL_EMIT_INIT;
        what.at = value->at;
        return pl_emit(ctx, &what, err, "%lld reserved executions, where 0 and more are accepted",
                       (long long)n);
    }
    if (!pl_value_has(value) || !pl_value_int(value, &n) ||
        n <= PL_LAMBDA_CONCURRENCY - PL_LAMBDA_UNRESERVED_MIN) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = value->at;
    what.caret = PL_SLICE("an account has 1,000 at first, and 100 stay unreserved");
    return pl_emit(ctx, &what, err,
                   "%lld reserved executions: an account has %d at first, of which %d stay "
                   "unreserved",
                   (long long)n, PL_LAMBDA_CONCURRENCY, PL_LAMBDA_UNRESERVED_MIN);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* A byte that no value of the ${...} around it could make part of a name, or '\0'. */
static char bad_literal(struct pl_slice raw)
{
    if (pl_slice_starts(raw, PL_SLICE("arn:")) ||
        pl_slice_find_text(raw, PL_SLICE("{{")) < raw.len ||
        pl_slice_find_text(raw, PL_SLICE("${!")) < raw.len) {
        return '\0';
    }
    while (raw.len > 0) {
        size_t open = pl_slice_find_text(raw, PL_SLICE("${"));
        for (size_t i = 0; i < open; i++) {
            /* A whole ARN may be made of parts. */
            if (!is_name_byte(raw.ptr[i]) && raw.ptr[i] != ':') {
                return raw.ptr[i];
            }
        }
        struct pl_slice behind = pl_slice_sub(raw, open, raw.len);
        raw = pl_slice_sub(behind, pl_slice_find(behind, '}') + 1, behind.len);
    }
    return '\0';
}

/* A name that is put together when the template is deployed: what is written out may be wrong. */
static PL_STATUS check_made_name(struct pl_rule_ctx *ctx, const struct pl_value *value,
                                 struct pl_err *err)
{
    const struct pl_field *field = pl_setting_field(ctx->function->decl, PL_KEY_NAME);
    struct pl_emit what = PL_EMIT_INIT;
    char bad = (char)(field ? bad_literal(field->raw) : '\0');
    struct pl_slice safe;
    if (bad == '\0') {
        return pl_skip(ctx, err, "%s", value->why);
    }
    what.at = value->at;
    what.evidence = field->raw;
    enum pl_status status = pl_safe(ctx, pl_slice_make(&bad, 1), &safe, err);
    return status ? status
                  : pl_emit(ctx, &what, err,
                            "'%.*s' stands in the name of a function: letters, digits, '-' and '_' "
                            "may",
                            PL_TEXT(safe));
}

PL_STATUS pl_check_function_name(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *value = &ctx->function->decl->name;
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice name;
    bool is_good = true;
    if (value->known == PL_UNKNOWN) {
        return check_made_name(ctx, value, err);
    }
    if (!pl_value_has(value) || pl_slice_starts(value->text, PL_SLICE("arn:"))) {
        return PL_OK;
    }
    for (size_t i = 0; i < value->text.len; i++) {
        is_good = is_good && is_name_byte(value->text.ptr[i]);
    }
    what.at = value->at;
    what.evidence = value->text;
    if (value->text.len > PL_LAMBDA_FUNCTION_NAME_MAX) {
        return pl_emit(ctx, &what, err, "a name of %zu characters; %u are the most",
                       value->text.len, PL_LAMBDA_FUNCTION_NAME_MAX);
    }
    if (is_good && value->text.len > 0) {
        return PL_OK;
    }
    enum pl_status status = pl_safe(ctx, value->text, &name, err);
    return status ? status
                  : pl_emit(ctx, &what, err,
                            "'%.*s' is no name for a function: letters, digits, '-' and '_'",
                            PL_TEXT(name));
}

PL_STATUS pl_check_snap_start(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    const struct pl_runtime *rt = ctx->function->runtime;
    int64_t size = 0;
    if (decl->snap_start.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", decl->snap_start.why);
    }
    if (!pl_value_has(&decl->snap_start) ||
        !pl_slice_is(decl->snap_start.text, "PublishedVersions")) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->snap_start.at;
    if (rt && !(rt->flags & (PL_RUNTIME_SNAPSTART | PL_RUNTIME_UNSURE | PL_RUNTIME_PREVIEW))) {
        what.caret = PL_SLICE("Java 11, Python 3.12, .NET 8 and later have it");
        return pl_emit(ctx, &what, err, "%s has no SnapStart", rt->id);
    }
    const struct pl_resource *provisioned = pl_find_provisioned(ctx->survey, ctx->function);
    if (provisioned || pl_setting_field(decl, PL_KEY_PROVISIONED)) {
        what.caret = PL_SLICE("not with provisioned concurrency");
        return pl_emit(ctx, &what, err, "SnapStart does not go with provisioned concurrency");
    }
    if (pl_setting_field(decl, PL_KEY_ACCESS_POINT)) {
        what.caret = PL_SLICE("not with a file system");
        return pl_emit(ctx, &what, err, "SnapStart does not go with a file system");
    }
    if (pl_value_int(&decl->ephemeral, &size) && size > PL_LAMBDA_EPHEMERAL_MIN_MB) {
        what.caret = PL_SLICE("not with more than 512 MB of ephemeral storage");
        return pl_emit(ctx, &what, err, "SnapStart does not go with %lld MB of ephemeral storage",
                       (long long)size);
    }
    return PL_OK;
}
