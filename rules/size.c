/* PL5: size and weight, in the exact bytes of pkg/lambda/limits.h. */
#include "pkg/archive/weight.h"
#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"
#include "rules/checks.h"

enum { HEAVIEST = 5 };

static const struct pl_layer *layer_of(const struct pl_survey *survey,
                                       const struct pl_package *package)
{
    for (uint32_t i = 0; i < survey->n_layer; i++) {
        if (survey->layer[i].package == package) {
            return &survey->layer[i];
        }
    }
    return NULL;
}

/* Does the ZIP reach Lambda in the request itself?  Assumed where nobody says otherwise. */
static bool is_direct(const struct pl_survey *survey, const struct pl_package *package)
{
    for (uint32_t i = 0; i < survey->n_function; i++) {
        if (survey->function[i].code == package &&
            survey->function[i].decl->upload != PL_UPLOAD_S3) {
            return true;
        }
    }
    const struct pl_layer *layer = layer_of(survey, package);
    return layer && layer->decl->upload != PL_UPLOAD_S3;
}

/* "heaviest: numpy 88.1 MB, pandas 41.0 MB", with a label before each path that is not empty. */
static PL_STATUS say_heaviest(struct pl_rule_ctx *ctx, const struct pl_package *package,
                              const char *label, struct pl_slice *io, struct pl_err *err)
{
    struct pl_weight heavy[HEAVIEST];
    size_t n = pl_tree_heaviest(&package->tree, heavy, HEAVIEST);
    for (size_t i = 0; i < n; i++) {
        char size[PL_COUNT_TEXT];
        struct pl_slice path;
        enum pl_status status = pl_safe(ctx, heavy[i].path, &path, err);
        if (!status) {
            status = pl_say(ctx, io, err, "%.*s%s%s%.*s %s", PL_TEXT(*io),
                            io->len > 0 ? ", " : "heaviest: ", label, PL_TEXT(path),
                            pl_size_text(heavy[i].bytes, size));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_zipped_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    if (package->zipped_bytes < PL_LAMBDA_ZIPPED_BYTES || !is_direct(ctx->survey, package)) {
        return PL_OK;
    }
    char size[PL_COUNT_TEXT];
    char over[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.says =
        PL_SLICE("RequestEntityTooLargeException: Zipped size must be smaller than 52428800 "
                 "bytes");
    bool manifest = ctx->survey->project->kind == PL_PROJECT_MANIFEST;
    what.mend = package->unpacked_bytes >= PL_LAMBDA_UNZIPPED_BYTES
                    ? PL_SLICE("Leave out what is heaviest, or use a container image: through S3 "
                               "the ZIP may be larger, and what it unpacks to may not.")
                : manifest
                    ? PL_SLICE("Deploy it through S3, and say so: upload: s3 in plimsoll.yaml. Or "
                               "leave out what is heaviest, or move it into a layer.")
                    : PL_SLICE("Deploy it through S3, and say so: --upload s3. Or leave out "
                               "what is heaviest, or move it into a layer.");
    enum pl_status status = say_heaviest(ctx, package, "", &what.detail, err);
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "the ZIP has %s bytes, %s over what a direct upload may have",
                   pl_count_text(package->zipped_bytes, size),
                   pl_count_text(package->zipped_bytes - PL_LAMBDA_ZIPPED_BYTES + 1, over));
}

PL_STATUS pl_check_unzipped_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    if (package->unpacked_bytes < PL_LAMBDA_UNZIPPED_BYTES) {
        return PL_OK;
    }
    char size[PL_COUNT_TEXT];
    char over[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.says = PL_SLICE("InvalidParameterValueException: Unzipped size must be smaller than "
                         "262144000 bytes");
    enum pl_status status = say_heaviest(ctx, package, "", &what.detail, err);
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "it unpacks to %s bytes, %s over the line of 250 MB",
                   pl_count_text(package->unpacked_bytes, size),
                   pl_size_text(package->unpacked_bytes - PL_LAMBDA_UNZIPPED_BYTES + 1, over));
}

/* "118.0 MB + layer shared 139.6 MB = 257.6 MB". */
static PL_STATUS say_sum(struct pl_rule_ctx *ctx, const struct pl_function *fn, uint64_t total,
                         struct pl_slice *ret, struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    enum pl_status status =
        pl_say(ctx, ret, err, "%s", pl_size_text(fn->code ? fn->code->unpacked_bytes : 0, size));
    for (uint32_t i = 0; !status && i < fn->n_layer; i++) {
        if (fn->layer[i] == PL_NO_INDEX || !ctx->survey->layer[fn->layer[i]].package) {
            continue;
        }
        const struct pl_layer *layer = &ctx->survey->layer[fn->layer[i]];
        struct pl_slice id;
        status = pl_safe(ctx, layer->decl->id, &id, err);
        if (!status) {
            status = pl_say(ctx, ret, err, "%.*s + layer %.*s %s", PL_TEXT(*ret), PL_TEXT(id),
                            pl_size_text(layer->package->unpacked_bytes, size));
        }
    }
    return status ? status
                  : pl_say(ctx, ret, err, "%.*s = %s", PL_TEXT(*ret), pl_size_text(total, size));
}

static PL_STATUS say_heaviest_of_all(struct pl_rule_ctx *ctx, const struct pl_function *fn,
                                     struct pl_slice *ret, struct pl_err *err)
{
    enum pl_status status = say_heaviest(ctx, fn->code, "", ret, err);
    for (uint32_t i = 0; !status && i < fn->n_layer; i++) {
        if (fn->layer[i] != PL_NO_INDEX && ctx->survey->layer[fn->layer[i]].package) {
            status =
                say_heaviest(ctx, ctx->survey->layer[fn->layer[i]].package, "layer ", ret, err);
        }
    }
    return status;
}

PL_STATUS pl_check_total_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    bool is_complete = true;
    uint64_t total = pl_function_total_bytes(ctx->survey, fn, &is_complete);
    if (total < PL_LAMBDA_UNZIPPED_BYTES) {
        return is_complete
                   ? PL_OK
                   : pl_skip(ctx, err, "a layer's size is not known: the sum is a lower bound");
    }
    if (fn->n_layer == 0) {
        return PL_OK; /* PL502 has said it */
    }
    struct pl_slice sum;
    char over[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.at = pl_layers_at(fn->decl);
    enum pl_status status = say_sum(ctx, fn, total, &sum, err);
    if (!status) {
        status = pl_say(ctx, &what.says, err,
                        "Function code combined with layers exceeds the maximum allowed size of "
                        "262144000 bytes. The actual size is %llu bytes.",
                        (unsigned long long)total);
    }
    if (!status) {
        status = say_heaviest_of_all(ctx, fn, &what.detail, err);
    }
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "%.*s%s, %s over the line of 250 MB", PL_TEXT(sum),
                   is_complete ? "" : " or more",
                   pl_size_text(total - PL_LAMBDA_UNZIPPED_BYTES + 1, over));
}

PL_STATUS pl_check_inline_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_value *code = &ctx->function->decl->inline_code;
    char size[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    if (code->known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", code->why);
    }
    what.at = code->at;
    if (!pl_value_has(code) || code->text.len <= PL_LAMBDA_TEMPLATE_BYTES) {
        return PL_OK;
    }
    if (code->text.len > PL_LAMBDA_INLINE_BYTES) {
        return pl_emit(ctx, &what, err, "%s bytes of code in the template, where 4 MB are the most",
                       pl_count_text(code->text.len, size));
    }
    what.severity = PL_SEV_WARNING;
    return pl_emit(ctx, &what, err, "%s bytes of code, and a whole template may have 1 MB",
                   pl_count_text(code->text.len, size));
}

static bool is_near(uint64_t bytes, uint64_t limit)
{
    return bytes < limit && bytes >= limit / 100 * PL_LAMBDA_NEAR_PERCENT;
}

static PL_STATUS emit_near(struct pl_rule_ctx *ctx, const struct pl_function *fn, uint64_t bytes,
                           uint64_t limit, const char *which, struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    char line[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.function = fn;
    what.evidence = pl_slice_of(which);
    what.at = fn ? pl_layers_at(fn->decl) : (struct pl_pos){0};
    enum pl_status status = fn ? say_heaviest_of_all(ctx, fn, &what.detail, err)
                               : say_heaviest(ctx, ctx->package, "", &what.detail, err);
    if (status) {
        return status;
    }
    return pl_emit(ctx, &what, err, "%s: %s of %s, %u %%", which, pl_size_text(bytes, size),
                   pl_size_text(limit, line), (unsigned)(bytes * 100 / limit));
}

static PL_STATUS near_in_sum(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_function *fn = &survey->function[i];
        bool is_complete = true;
        if (fn->code != ctx->package || fn->n_layer == 0) {
            continue;
        }
        uint64_t total = pl_function_total_bytes(survey, fn, &is_complete);
        if (is_near(total, PL_LAMBDA_UNZIPPED_BYTES)) {
            enum pl_status status =
                emit_near(ctx, fn, total, PL_LAMBDA_UNZIPPED_BYTES, "unpacked with layers", err);
            if (status) {
                return status;
            }
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_near_limit(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    enum pl_status status = PL_OK;
    if (package->zipped_known && is_near(package->zipped_bytes, PL_LAMBDA_ZIPPED_BYTES) &&
        is_direct(ctx->survey, package)) {
        status = emit_near(ctx, NULL, package->zipped_bytes, PL_LAMBDA_ZIPPED_BYTES,
                           "the ZIP of a direct upload", err);
    }
    if (!status && is_near(package->unpacked_bytes, PL_LAMBDA_UNZIPPED_BYTES)) {
        status = emit_near(ctx, NULL, package->unpacked_bytes, PL_LAMBDA_UNZIPPED_BYTES, "unpacked",
                           err);
    }
    return status ? status : near_in_sum(ctx, err);
}
