/* PL8: the function's settings. */
#include "pkg/base/text.h"
#include "pkg/lambda/env.h"
#include "pkg/lambda/limits.h"
#include "pkg/project/resource.h"
#include "rules/checks.h"

static size_t pair_bytes(const struct pl_env_var *var)
{
    return pl_env_pair_bytes(var->key, var->value.text);
}

/* The heaviest variable that comes after `last` by size, then by place; NULL at the end. */
static const struct pl_env_var *next_heaviest(const struct pl_function_decl *decl,
                                              const struct pl_env_var *last)
{
    const struct pl_env_var *best = NULL;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        const struct pl_env_var *var = &decl->env[i];
        bool is_after = !last || pair_bytes(var) < pair_bytes(last) ||
                        (pair_bytes(var) == pair_bytes(last) && var > last);
        if (is_after && (!best || pair_bytes(var) > pair_bytes(best))) {
            best = var;
        }
    }
    return best;
}

/* Sizes of the heaviest variables, keys only: a value is never printed. */
static PL_STATUS say_heaviest_keys(struct pl_rule_ctx *ctx, struct pl_slice *ret,
                                   struct pl_err *err)
{
    enum { MOST = 3 };
    const struct pl_function_decl *decl = ctx->function->decl;
    const struct pl_env_var *last = NULL;
    for (size_t k = 0; k < MOST; k++) {
        last = next_heaviest(decl, last);
        if (!last) {
            break;
        }
        struct pl_slice key;
        enum pl_status status = pl_safe(ctx, last->key, &key, err);
        if (!status) {
            status = pl_say(ctx, ret, err, "%.*s%s%.*s %zu bytes", PL_TEXT(*ret),
                            k > 0 ? ", " : "heaviest: ", PL_TEXT(key), pair_bytes(last));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_env_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    size_t bytes = 2; /* {} */
    bool is_exact = true;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        bytes += pair_bytes(&decl->env[i]) + (i > 0);
        is_exact = is_exact && decl->env[i].value.known != PL_UNKNOWN;
    }
    if (bytes <= PL_LAMBDA_ENV_BYTES && decl->env_why) {
        return pl_skip(ctx, err, "%s", decl->env_why);
    }
    if (bytes <= PL_LAMBDA_ENV_BYTES) {
        return is_exact ? PL_OK : pl_skip(ctx, err, "a variable's value is not known here");
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->env_at;
    what.says = PL_SLICE("Lambda was unable to configure your environment variables because the "
                         "environment variables you have provided exceeded the 4KB limit.");
    enum pl_status status = say_heaviest_keys(ctx, &what.detail, err);
    if (!status) {
        status = pl_say(ctx, &what.caret, err, "%zu bytes as JSON, %zu over", bytes,
                        bytes - PL_LAMBDA_ENV_BYTES);
    }
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err,
                   "the environment has %zu bytes as compact JSON%s, %zu over the limit of %u",
                   bytes, is_exact ? "" : " or more", bytes - PL_LAMBDA_ENV_BYTES,
                   PL_LAMBDA_ENV_BYTES);
}

PL_STATUS pl_check_env_reserved(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        if (!pl_env_key_reserved(decl->env[i].key)) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.at = decl->env[i].key_at;
        what.evidence = decl->env[i].key;
        what.caret = PL_SLICE("Lambda sets this one itself");
        enum pl_status status =
            pl_say(ctx, &what.says, err,
                   "... contains reserved keys that are currently not supported "
                   "for modification. Reserved keys used in this request: %.*s",
                   PL_TEXT(decl->env[i].key));
        if (!status) {
            status = pl_emit(ctx, &what, err, "%.*s is a variable that Lambda sets itself",
                             PL_TEXT(decl->env[i].key));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_env_key(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        if (pl_env_key_valid(decl->env[i].key) || pl_env_key_reserved(decl->env[i].key)) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.at = decl->env[i].key_at;
        what.evidence = decl->env[i].key;
        struct pl_slice key;
        enum pl_status status = pl_safe(ctx, decl->env[i].key, &key, err);
        if (!status) {
            status =
                pl_emit(ctx, &what, err,
                        "'%.*s' is no name for a variable: a letter, then one or more letters, "
                        "digits or underscores",
                        PL_TEXT(key));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS emit_image_only(struct pl_rule_ctx *ctx, const struct pl_runtime *runtime,
                                 struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.at = ctx->function->decl->runtime.at;
    what.caret = PL_SLICE("a base image only, no runtime for ZIP packages");
    return pl_emit(ctx, &what, err, "%s exists as a base image only, not for ZIP packages",
                   runtime->id);
}

PL_STATUS pl_check_runtime_known(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *value = &ctx->function->decl->runtime;
    if (!pl_value_has(value)) {
        return pl_skip(ctx, err, "%s",
                       value->known == PL_UNKNOWN ? value->why : pl_why_text(PL_WHY_NO_RUNTIME));
    }
    const struct pl_runtime *known = pl_runtime_find(value->text);
    if (known) {
        return known->flags & PL_RUNTIME_IMAGE_ONLY ? emit_image_only(ctx, known, err) : PL_OK;
    }
    struct pl_slice name;
    struct pl_emit what = PL_EMIT_INIT;
    what.at = value->at;
    what.evidence = value->text;
    enum pl_status status = pl_safe(ctx, value->text, &name, err);
    if (status) {
        return status;
    }
    const struct pl_runtime *nearest = pl_runtime_nearest(value->text);
    if (!nearest) {
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
        return pl_emit(ctx, &what, err, "'%.*s' is no runtime that is known on %s", PL_TEXT(name),
                       pl_runtime_data_date());
    }
    /* Nobody is sent to a runtime that has gone. */
    if (pl_runtime_life(nearest, ctx->survey->as_of) != PL_LIFE_SUPPORTED) {
        const struct pl_runtime *current = pl_runtime_successor(nearest, ctx->survey->as_of);
        nearest = current ? current : nearest;
    }
    status = pl_say(ctx, &what.caret, err, "did you mean %s?", nearest->id);
    if (!status) {
        status = pl_say(ctx, &what.mend, err, "%s: %s", pl_key_name(ctx, "runtime", "Runtime"),
                        nearest->id);
    }
    return status ? status
                  : pl_emit(ctx, &what, err, "there is no runtime '%.*s'; did you mean %s?",
                            PL_TEXT(name), nearest->id);
}

static PL_STATUS say_successor(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_runtime *next =
        pl_runtime_successor(ctx->function->runtime, ctx->survey->as_of);
    return next ? pl_say(ctx, ret, err, "%s: %s", pl_key_name(ctx, "runtime", "Runtime"), next->id)
                : PL_OK;
}

/* "blocked from 2027-02-01 on": what comes next, for people who plan. */
static PL_STATUS say_next_date(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_runtime *rt = ctx->function->runtime;
    char create[PL_DATE_TEXT];
    char update[PL_DATE_TEXT];
    if (rt->block_create == PL_DATE_NONE || rt->block_update == PL_DATE_NONE) {
        return PL_OK;
    }
    pl_date_text(rt->block_create, create);
    pl_date_text(rt->block_update, update);
    return pl_say(ctx, ret, err, "creating is blocked from %s on, updating from %s on", create,
                  update);
}

PL_STATUS pl_check_runtime_deprecated(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_runtime *rt = ctx->function->runtime;
    if (pl_runtime_life(rt, ctx->survey->as_of) != PL_LIFE_DEPRECATED ||
        (rt->flags & PL_RUNTIME_IMAGE_ONLY)) {
        return PL_OK; /* PL808 has refused what is a base image only */
    }
    char since[PL_DATE_TEXT];
    pl_date_text(rt->deprecated, since);
    struct pl_emit what = PL_EMIT_INIT;
    what.at = ctx->function->decl->runtime.at;
    enum pl_status status = say_next_date(ctx, &what.detail, err);
    if (!status) {
        status = say_successor(ctx, &what.mend, err);
    }
    if (!status) {
        status = pl_say(ctx, &what.caret, err, "deprecated since %s", since);
    }
    return status ? status : pl_emit(ctx, &what, err, "%s is deprecated since %s", rt->id, since);
}

/* A date that was still in the future when the data was made may move: it never makes an error. */
static bool is_settled(int32_t date)
{
    int32_t data_date = 0;
    return pl_date_parse(pl_slice_of(pl_runtime_data_date()), &data_date) && date <= data_date;
}

PL_STATUS pl_check_runtime_blocked(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_runtime *rt = ctx->function->runtime;
    enum pl_life life = pl_runtime_life(rt, ctx->survey->as_of);
    if (life != PL_LIFE_CREATE_BLOCKED && life != PL_LIFE_UPDATE_BLOCKED) {
        return PL_OK;
    }
    bool is_update = life == PL_LIFE_UPDATE_BLOCKED;
    char since[PL_DATE_TEXT];
    pl_date_text(is_update ? rt->block_update : rt->block_create, since);
    struct pl_emit what = PL_EMIT_INIT;
    what.at = ctx->function->decl->runtime.at;
    if (!is_update || !is_settled(rt->block_update)) {
        what.severity = PL_SEV_WARNING;
    }
    enum pl_status status =
        pl_say(ctx, &what.says, err,
               "The runtime parameter of %s is no longer supported for creating or updating AWS "
               "Lambda functions.",
               rt->id);
    if (!status) {
        status = say_successor(ctx, &what.mend, err);
    }
    if (!status) {
        status = pl_say(ctx, &what.caret, err, "%s since %s",
                        is_update ? "blocked" : "no new functions", since);
    }
    return status ? status
                  : pl_emit(ctx, &what, err, "%s: %s functions is blocked since %s", rt->id,
                            is_update ? "creating and updating" : "creating", since);
}

PL_STATUS pl_check_incomplete(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    if (ctx->survey->project->kind == PL_PROJECT_OPTIONS) {
        return pl_skip(ctx, err, "the settings of a bare package are not known");
    }
    struct pl_value type = pl_setting_value(decl, PL_KEY_PACKAGE_TYPE);
    if (type.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", type.why);
    }
    bool is_image = decl->image.is || (type.known == PL_GIVEN && pl_slice_is(type.text, "Image")) ||
                    pl_setting_field(decl, PL_KEY_IMAGE_URI) ||
                    (decl->state == PL_PACKAGE_OPAQUE && !decl->is_in_s3 && decl->n_setting == 0 &&
                     decl->state_why);
    if (is_image) {
        return PL_OK; /* it needs neither */
    }
    const struct pl_runtime *rt = ctx->function->runtime;
    bool needs_handler = !rt || rt->language != PL_LANG_CUSTOM;
    const char *missing = NULL;
    if (decl->runtime.known == PL_ABSENT) {
        missing = decl->handler.known == PL_ABSENT ? "runtime and handler" : "runtime";
    } else if (decl->handler.known == PL_ABSENT && needs_handler) {
        missing = "handler";
    }
    if (!missing) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->at;
    return pl_emit(ctx, &what, err, "no %s is given", missing);
}

static struct pl_pos place(const struct pl_value *package, const struct pl_source *source,
                           uint32_t n_source, struct pl_pos decl)
{
    if (package->known == PL_GIVEN) {
        return package->at;
    }
    return n_source == 1 ? source->path.at : decl;
}

/* What a manifest or template says about a package's path. */
struct named {
    struct pl_pos at; /* as a package, as its only source, or all together */
    uint8_t state, gap;
    struct pl_slice other_case;
};

static struct named named_as(const struct pl_survey *survey, const struct pl_package *package)
{
    for (uint32_t i = 0; i < survey->n_layer; i++) {
        const struct pl_layer_decl *decl = survey->layer[i].decl;
        if (survey->layer[i].package == package) {
            return (struct named){place(&decl->package, decl->source, decl->n_source, decl->at),
                                  decl->state, decl->gap, decl->other_case};
        }
    }
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_function_decl *decl = survey->function[i].decl;
        if (survey->function[i].code == package) {
            return (struct named){place(&decl->package, decl->source, decl->n_source, decl->at),
                                  decl->state, decl->gap, decl->other_case};
        }
    }
    return (struct named){.state = PL_PACKAGE_ARTIFACT};
}

/* Is some other path of the project there?  Then its files were not left out as a whole. */
static bool is_checkout(const struct pl_survey *survey)
{
    for (uint32_t i = 0; i < survey->n_package; i++) {
        const struct pl_package *package = &survey->package[i];
        if (package->kind == PL_KIND_FOLDER || package->kind == PL_KIND_ZIP) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_check_code_path(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_survey *survey = ctx->survey;
    const struct pl_package *package = ctx->package;
    struct pl_emit what = PL_EMIT_INIT;
    if (survey->project->kind == PL_PROJECT_OPTIONS) {
        return PL_OK;
    }
    const struct named named = named_as(survey, package);
    what.at = named.at;
    if (package->state == PL_PACKAGE_SOURCE && named.state == PL_PACKAGE_ABSENT) {
        what.severity = PL_SEV_INFO;
        what.caret = pl_slice_of(package->state_why);
        return pl_emit(ctx, &what, err, "%.*s is not there yet: %s", PL_TEXT(package->path),
                       package->state_why);
    }
    if (package->state != PL_PACKAGE_ABSENT) {
        return PL_OK;
    }
    if (named.other_case.len > 0) {
        return PL_OK; /* PL814 says what is there */
    }
    bool is_mistake = named.gap == PL_GAP_SURE ||
                      (named.gap == PL_GAP_CHECKOUT && is_checkout(survey)) ||
                      survey->project->kind == PL_PROJECT_MANIFEST;
    what.severity = is_mistake ? PL_SEV_ERROR : PL_SEV_WARNING;
    return pl_emit(ctx, &what, err, "%s", package->why.msg);
}

PL_STATUS pl_check_code_case(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (ctx->package->state != PL_PACKAGE_ABSENT) {
        return PL_OK;
    }
    const struct named named = named_as(ctx->survey, ctx->package);
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice name;
    if (named.other_case.len == 0) {
        return PL_OK;
    }
    what.at = named.at;
    enum pl_status status = pl_safe(ctx, named.other_case, &name, err);
    if (!status) {
        status =
            pl_say(ctx, &what.caret, err, "%.*s is there: case counts on Linux", PL_TEXT(name));
    }
    return status ? status
                  : pl_emit(ctx, &what, err,
                            "%.*s is not there, but %.*s is: names that differ in "
                            "case are two names on Linux",
                            PL_TEXT(ctx->package->path), PL_TEXT(name));
}
