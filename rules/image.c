/* PL7: container images.  The reader saw; these rules map what it saw, and what the survey worked
 * out of how the image starts. */
#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"
#include "rules/checks.h"

/* One kind of issue and what a rule makes of it. */
struct row {
    enum pl_image_issue_kind what;
    enum pl_severity severity; /* OFF: the rule's own */
    enum pl_confidence confidence;
    const char *mend; /* NULL: the rule's remedy */
};

static const char not_supported[] =
    "The image manifest, config or layer media type for the source image is not supported.";

/* "a hard link to something that is not there: usr/bin/x (layer 2 of 3; usr/bin/y)". */
static PL_STATUS emit_issue(struct pl_rule_ctx *ctx, const struct pl_image_issue *issue,
                            struct pl_emit *what, struct pl_err *err)
{
    const struct pl_image *image = ctx->package->image;
    const char *text = pl_image_issue_text((enum pl_image_issue_kind)issue->what);
    struct pl_slice name;
    struct pl_slice detail;
    struct pl_slice layer = {0};
    struct pl_slice more = {0};
    what->evidence = issue->name.len > 0 ? issue->name : pl_slice_of(text);
    if (pl_safe(ctx, issue->name, &name, err) || pl_safe(ctx, issue->detail, &detail, err) ||
        (issue->layer != PL_IMAGE_NO_LAYER &&
         pl_say(ctx, &layer, err, "layer %u of %u", issue->layer + 1, image->n_layer)) ||
        (issue->more > 0 && pl_say(ctx, &more, err, ", and %u more of the kind", issue->more))) {
        return err->code;
    }
    return pl_emit(ctx, what, err, "%s%s%.*s%s%.*s%s%.*s%s%.*s", text, name.len > 0 ? ": " : "",
                   PL_TEXT(name), layer.len + detail.len > 0 ? " (" : "", PL_TEXT(layer),
                   layer.len > 0 && detail.len > 0 ? "; " : "", PL_TEXT(detail),
                   layer.len + detail.len > 0 ? ")" : "", PL_TEXT(more));
}

static PL_STATUS emit_rows(struct pl_rule_ctx *ctx, const struct row *rows, size_t n,
                           const char *says, struct pl_err *err)
{
    const struct pl_image *image = ctx->package->image;
    for (uint32_t i = 0; i < image->n_issue; i++) {
        for (size_t k = 0; k < n; k++) {
            if (image->issue[i].what != rows[k].what) {
                continue;
            }
            struct pl_emit what = PL_EMIT_INIT;
            what.severity = rows[k].severity;
            what.confidence = rows[k].confidence;
            what.says = pl_slice_of(says);
            what.mend = pl_slice_of(rows[k].mend);
            if (emit_issue(ctx, &image->issue[i], &what, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

#define EMIT_ROWS(ctx, rows, says, err) \
    emit_rows(ctx, rows, sizeof(rows) / sizeof *(rows), says, err)

PL_STATUS pl_check_image_index(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct row rows[] = {{PL_IMAGE_INDEX, PL_SEV_WARNING, PL_LIKELY,
                                       "Build for one platform (docker buildx build --platform "
                                       "linux/amd64), and push that image's "
                                       "own manifest."},
                                      {PL_IMAGE_ATTESTATION, PL_SEV_WARNING, PL_LIKELY,
                                       "Build with --provenance=false --sbom=false."}};
    return EMIT_ROWS(ctx, rows, not_supported, err);
}

PL_STATUS pl_check_image_media_type(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct row rows[] = {{PL_IMAGE_MEDIA_TYPE, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_FOREIGN, PL_SEV_OFF, PL_CERTAIN, NULL}};
    return EMIT_ROWS(ctx, rows, not_supported, err);
}

PL_STATUS pl_check_image_layers(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct row rows[] = {
        {PL_IMAGE_PARENT, PL_SEV_OFF, PL_CERTAIN,
         "Write an entry for each folder before what stands in it; tools that make layers from "
         "lists "
         "of files leave them out."},
        {PL_IMAGE_PARENT_FILE, PL_SEV_OFF, PL_CERTAIN, NULL},
        {PL_IMAGE_HARD_LINK, PL_SEV_OFF, PL_CERTAIN, NULL},
        {PL_IMAGE_NAME_OUTSIDE, PL_SEV_OFF, PL_CERTAIN, NULL},
        {PL_IMAGE_WHITEOUT, PL_SEV_WARNING, PL_LIKELY, NULL},
        {PL_IMAGE_TYPE, PL_SEV_WARNING, PL_LIKELY, NULL},
        {PL_IMAGE_PACKING, PL_SEV_WARNING, PL_LIKELY,
         "Push with gzip layers (docker buildx build --output type=image,compression=gzip)."},
        {PL_IMAGE_PACKING_TYPE, PL_SEV_WARNING, PL_LIKELY, NULL}};
    return EMIT_ROWS(ctx, rows, NULL, err);
}

PL_STATUS pl_check_image_corrupt(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct row rows[] = {{PL_IMAGE_CONTAINER_DAMAGED, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_BLOB_MISSING, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_BLOB_SIZE, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_BLOB_DIGEST, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_DIFF_ID, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_LAYER_COUNT, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_LAYER_DAMAGED, PL_SEV_OFF, PL_CERTAIN, NULL},
                                      {PL_IMAGE_CONFIG_BAD, PL_SEV_OFF, PL_CERTAIN, NULL}};
    return EMIT_ROWS(ctx, rows, NULL, err);
}

PL_STATUS pl_check_image_manifest_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct row rows[] = {{PL_IMAGE_MANIFEST_LARGE, PL_SEV_OFF, PL_CERTAIN, NULL}};
    return EMIT_ROWS(ctx, rows, NULL, err);
}

PL_STATUS pl_check_image_size(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image *image = ctx->package->image;
    struct pl_emit what = PL_EMIT_INIT;
    char size[PL_COUNT_TEXT];
    char squashed[PL_COUNT_TEXT];
    uint64_t near = PL_LAMBDA_IMAGE_BYTES / 100 * PL_LAMBDA_NEAR_PERCENT;
    bool over = image->unpacked_bytes > PL_LAMBDA_IMAGE_BYTES;
    if (image->unpacked_bytes < near) {
        return PL_OK;
    }
    what.confidence = PL_LIKELY; /* AWS does not say which sum it means */
    what.severity = over ? PL_SEV_OFF : PL_SEV_WARNING;
    return pl_emit(ctx, &what, err,
                   "all layers together unpack to %s, %s; squashed into one they would be %s",
                   pl_size_text(image->unpacked_bytes, size),
                   over ? "more than the 10 GB that Lambda takes" : "near Lambda's limit of 10 GB",
                   pl_size_text(image->squashed_bytes, squashed));
}
