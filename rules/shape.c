/* PL8: settings that must fit each other. */
#include "pkg/lambda/events.h"
#include "rules/related.h"

#include <string.h>

/* How often a setting is there; *ret_known: all of them are written out. */
static uint32_t count_setting(const struct pl_function_decl *decl, enum pl_key key, bool *ret_known)
{
    uint32_t n = 0;
    *ret_known = decl->setting_why == NULL;
    for (uint32_t i = 0; i < decl->n_setting; i++) {
        const struct pl_field *field = &decl->setting[i];
        if (field->key == key) {
            n++;
            /* A plain reference to a parameter may be a whole list. */
            *ret_known = *ret_known && (field->value.known == PL_GIVEN || field->ref.len > 0);
        }
    }
    return n;
}

static PL_STATUS check_ids(struct pl_rule_ctx *ctx, enum pl_key key, const char *prefix,
                           const char *what_it_is, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 0; i < decl->n_setting; i++) {
        const struct pl_field *field = &decl->setting[i];
        struct pl_slice id;
        if (field->key != key || field->value.known != PL_GIVEN ||
            pl_slice_starts(field->value.text, pl_slice_of(prefix))) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.at = field->value.at;
        what.evidence = field->value.text;
        enum pl_status status = pl_safe(ctx, field->value.text, &id, err);
        status = status ? status
                        : pl_emit(ctx, &what, err, "'%.*s' is no %s: their ids begin with %s",
                                  PL_TEXT(id), what_it_is, prefix);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS check_vpc(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    bool subnets_known = false;
    bool groups_known = false;
    uint32_t subnets = count_setting(decl, PL_KEY_SUBNET, &subnets_known);
    uint32_t groups = count_setting(decl, PL_KEY_SECURITY_GROUP, &groups_known);
    const struct pl_field *at =
        pl_setting_field(decl, subnets > 0 ? PL_KEY_SUBNET : PL_KEY_SECURITY_GROUP);
    struct pl_emit what = PL_EMIT_INIT;
    if (!at) {
        return PL_OK;
    }
    what.at = at->value.at;
    if (subnets_known && groups_known && (subnets == 0 || groups == 0)) {
        what.says = PL_SLICE("SubnetIds and SecurityIds must coexist or be both empty list.");
        return pl_emit(ctx, &what, err, "%s",
                       subnets == 0 ? "security groups without subnets"
                                    : "subnets without security groups");
    }
    if (subnets > PL_VPC_SUBNETS_MAX) {
        return pl_emit(ctx, &what, err, "%u subnets; %u are the most", subnets, PL_VPC_SUBNETS_MAX);
    }
    if (groups > PL_VPC_SECURITY_GROUPS_MAX) {
        what.at = pl_setting_field(decl, PL_KEY_SECURITY_GROUP)->value.at;
        return pl_emit(ctx, &what, err, "%u security groups; %u are the most", groups,
                       PL_VPC_SECURITY_GROUPS_MAX);
    }
    enum pl_status status = check_ids(ctx, PL_KEY_SUBNET, "subnet-", "subnet", err);
    return status ? status : check_ids(ctx, PL_KEY_SECURITY_GROUP, "sg-", "security group", err);
}

/* /mnt/[a-zA-Z0-9-_.]+ */
static bool is_mount(struct pl_slice path)
{
    static const char others[] = "-_.";
    struct pl_slice name = pl_slice_sub(path, 5, path.len);
    bool is =
        pl_slice_starts(path, PL_SLICE("/mnt/")) && name.len > 0 && path.len <= PL_MOUNT_PATH_MAX;
    for (size_t i = 0; is && i < name.len; i++) {
        char c = name.ptr[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             (c != '\0' && strchr(others, c) != NULL);
    }
    return is;
}

static PL_STATUS check_file_system(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    const struct pl_field *mount = pl_setting_field(decl, PL_KEY_MOUNT);
    const struct pl_field *point = pl_setting_field(decl, PL_KEY_ACCESS_POINT);
    bool is_known = false;
    struct pl_emit what = PL_EMIT_INIT;
    if (mount && mount->value.known == PL_GIVEN && !is_mount(mount->value.text)) {
        what.at = mount->value.at;
        what.caret = PL_SLICE("/mnt/ and a name");
        return pl_emit(ctx, &what, err,
                       "a file system is mounted at /mnt/NAME, of letters, digits, '-', '_' and "
                       "'.'");
    }
    if (!point) {
        return PL_OK;
    }
    what.at = point->value.at;
    if (count_setting(decl, PL_KEY_ACCESS_POINT, &is_known) > 1) {
        return pl_emit(ctx, &what, err, "more than one file system");
    }
    bool is_efs = point->value.known == PL_GIVEN &&
                  pl_slice_find_text(point->value.text, PL_SLICE(":elasticfilesystem:")) <
                      point->value.text.len;
    if (is_efs && pl_slice_find_text(point->value.text, PL_SLICE(":access-point/")) ==
                      point->value.text.len) {
        return pl_emit(ctx, &what, err, "a file system is named by the ARN of an access point");
    }
    if (is_efs && count_setting(decl, PL_KEY_SUBNET, &is_known) == 0 && is_known) {
        what.says =
            PL_SLICE("Function must be configured to execute in a VPC to reference access point");
        return pl_emit(ctx, &what, err, "a file system of EFS needs a VPC, and none is set");
    }
    return PL_OK;
}

PL_STATUS pl_check_vpc(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    enum pl_status status = check_vpc(ctx, err);
    return status ? status : check_file_system(ctx, err);
}

PL_STATUS pl_check_code_hash(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    if (ctx->survey->project->dialect != PL_DIALECT_TERRAFORM || decl->package.known != PL_GIVEN ||
        pl_setting_field(decl, PL_KEY_CODE_HASH)) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->package.at;
    what.mend = PL_SLICE("source_code_hash = filebase64sha256(...)");
    return pl_emit(ctx, &what, err,
                   "filename without source_code_hash: a change of the ZIP alone is not deployed");
}

PL_STATUS pl_check_number_like(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_project *project = ctx->survey->project;
    for (uint32_t i = 0; i < project->n_account; i++) {
        const struct pl_value *account = &project->account[i];
        bool loses = account->text.ptr[0] == '0';
        struct pl_emit what = PL_EMIT_INIT;
        what.at = account->at;
        what.evidence = account->text;
        what.severity = loses ? PL_SEV_WARNING : PL_SEV_INFO;
        what.caret = PL_SLICE("put it in quotes");
        enum pl_status status = pl_emit(ctx, &what, err, "an account id that is read as a number%s",
                                        loses ? ", and loses its zero" : "");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_inline_code(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    const struct pl_field *code = pl_setting_field(decl, PL_KEY_INLINE_CODE);
    const struct pl_runtime *rt = ctx->function->runtime;
    struct pl_emit what = PL_EMIT_INIT;
    /* Code of which nothing is known may be anything. */
    if (!code || decl->inline_code.known == PL_ABSENT) {
        return PL_OK;
    }
    what.at = code->value.at;
    if (rt && rt->language != PL_LANG_NODEJS && rt->language != PL_LANG_PYTHON) {
        what.at = decl->runtime.at;
        what.evidence = PL_SLICE("runtime");
        return pl_emit(ctx, &what, err,
                       "inline code is for Node.js and Python, and the runtime is %s", rt->id);
    }
    if (decl->handler.known != PL_GIVEN) {
        return decl->handler.known == PL_UNKNOWN ? pl_skip(ctx, err, "%s", decl->handler.why)
                                                 : PL_OK;
    }
    struct pl_slice module =
        pl_slice_sub(decl->handler.text, 0, pl_slice_find(decl->handler.text, '.'));
    if (pl_slice_is(module, "index")) {
        return PL_OK;
    }
    struct pl_slice name = pl_slice_sub(
        decl->handler.text, pl_slice_rfind(decl->handler.text, '.') + 1, decl->handler.text.len);
    struct pl_slice safe;
    what.at = decl->handler.at;
    what.evidence = PL_SLICE("handler");
    enum pl_status status = pl_safe(ctx, name, &safe, err);
    status = status || safe.len == 0
                 ? status
                 : pl_say(ctx, &what.mend, err, "%s: index.%.*s",
                          pl_key_name(ctx, "handler", "Handler"), PL_TEXT(safe));
    return status ? status
                  : pl_emit(ctx, &what, err,
                            "inline code becomes a file named index; the handler must begin with "
                            "index.");
}

static PL_STATUS emit_code(struct pl_rule_ctx *ctx, const struct pl_field *field, const char *says,
                           struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.at = field->value.at;
    what.mend = PL_SLICE("One of ZipFile; S3Bucket with S3Key; ImageUri with PackageType: Image.");
    return pl_emit(ctx, &what, err, "%s", says);
}

PL_STATUS pl_check_package_type(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    struct pl_value type = pl_setting_value(decl, PL_KEY_PACKAGE_TYPE);
    const struct pl_field *uri = pl_setting_field(decl, PL_KEY_IMAGE_URI);
    if (type.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", type.why);
    }
    bool is_image = type.known == PL_GIVEN && pl_slice_is(type.text, "Image");
    const struct pl_field *bucket = pl_setting_field(decl, PL_KEY_S3_BUCKET);
    const struct pl_field *text = pl_setting_field(decl, PL_KEY_INLINE_CODE);
    const struct pl_field *zip = text ? text : bucket;
    if (uri && text && bucket) {
        return PL_OK; /* nothing is known of the code: it may be any of them */
    }
    if (zip && is_image && !uri) {
        return emit_code(ctx, zip, "code of a ZIP package, but the package type is Image", err);
    }
    if ((text && bucket) || (zip && uri)) {
        return emit_code(ctx, zip, "code from two places: one of ZipFile, S3Bucket and ImageUri",
                         err);
    }
    if (bucket && !pl_setting_field(decl, PL_KEY_S3_KEY) && !decl->setting_why) {
        return emit_code(ctx, bucket, "a bucket without the key of the object", err);
    }
    if (uri && decl->image.is && !is_image) {
        struct pl_emit what = PL_EMIT_INIT;
        what.at = uri->value.at;
        what.mend = PL_SLICE("PackageType: Image");
        return pl_emit(ctx, &what, err, "an image URI, but the package type is not Image");
    }
    return PL_OK;
}
