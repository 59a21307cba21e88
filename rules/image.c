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
    char apparent[PL_COUNT_TEXT];
    uint64_t near = PL_LAMBDA_IMAGE_BYTES / 100 * PL_LAMBDA_NEAR_PERCENT;
    uint64_t files = 0;
    bool over = image->unpacked_bytes > PL_LAMBDA_IMAGE_BYTES;
    for (uint32_t i = 0; i < image->n_layer; i++) {
        files =
            files > UINT64_MAX - image->layer[i].files ? UINT64_MAX : files + image->layer[i].files;
    }
    if (image->unpacked_bytes < near && files < near) {
        return PL_OK;
    }
    what.confidence = PL_LIKELY; /* AWS does not say which sum it means */
    what.severity = over ? PL_SEV_OFF : PL_SEV_WARNING;
    if (image->unpacked_bytes < near) { /* files with holes, which a tar does not store */
        return pl_emit(ctx, &what, err,
                       "the files of all layers together are %s long, holes included; Lambda "
                       "takes 10 GB",
                       pl_size_text(files, apparent));
    }
    return pl_emit(ctx, &what, err,
                   "all layers together unpack to %s, %s; squashed into one they would be %s",
                   pl_size_text(image->unpacked_bytes, size),
                   over ? "more than the 10 GB that Lambda takes" : "near Lambda's limit of 10 GB",
                   pl_size_text(image->squashed_bytes, squashed));
}

/* ---------------------------------------------------------------- how it starts */

PL_STATUS pl_check_image_api(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    struct pl_emit what = PL_EMIT_INIT;
    if (run && run->start == PL_START_UNKNOWN) {
        return pl_skip(ctx, err, "%s", ctx->function->decl->image.why);
    }
    if (!run || run->start != PL_START_FINE || run->speaks == PL_SPEAKS_YES || run->why.len == 0) {
        return run ? PL_OK : pl_skip(ctx, err, "the image's configuration is not known");
    }
    what.member = run->program;
    what.confidence = run->certain ? PL_CERTAIN : PL_LIKELY;
    if (run->speaks == PL_SPEAKS_UNKNOWN) {
        what.severity = PL_SEV_INFO;
        return pl_emit(ctx, &what, err,
                       "it cannot be told whether the image speaks the Runtime API: "
                       "%.*s",
                       PL_TEXT(run->why));
    }
    what.severity = run->certain ? PL_SEV_OFF : PL_SEV_WARNING;
    what.says =
        PL_SLICE("Runtime exited without providing a reason; Runtime.ExitError, or a timeout");
    what.mend = run->emulator
                    ? PL_SLICE("Start the emulator only where AWS_LAMBDA_RUNTIME_API is not "
                               "set, as on your own machine.")
                    : (struct pl_slice){0};
    return run->plain
               ? pl_emit(ctx, &what, err,
                         "the image does not speak the Runtime API, so it runs on ECS or "
                         "Fargate, not on Lambda: %.*s",
                         PL_TEXT(run->why))
               : pl_emit(ctx, &what, err, "the image never asks the Runtime API for work: %.*s",
                         PL_TEXT(run->why));
}

static bool is_missing(enum pl_image_start start)
{
    return start == PL_START_MISSING || start == PL_START_INTERPRETER || start == PL_START_NOTHING;
}

static PL_STATUS emit_start(struct pl_rule_ctx *ctx, const char *says, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    struct pl_emit what = PL_EMIT_INIT;
    what.member = run->program;
    what.says = pl_slice_of(says);
    return pl_emit(ctx, &what, err, "%.*s", PL_TEXT(run->what));
}

PL_STATUS pl_check_image_entrypoint(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    return run && is_missing((enum pl_image_start)run->start)
               ? emit_start(ctx, "Runtime.InvalidEntrypoint: no such file or directory", err)
               : PL_OK;
}

PL_STATUS pl_check_image_executable(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    bool is = run && (run->start == PL_START_MODE || run->start == PL_START_NO_FILE ||
                      run->start == PL_START_FORMAT);
    return is ? emit_start(ctx,
                           run->start == PL_START_FORMAT
                               ? "Runtime.InvalidEntrypoint: exec format error"
                               : "Runtime.InvalidEntrypoint: permission denied",
                           err)
              : PL_OK;
}

PL_STATUS pl_check_image_relative(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice word;
    if (!run || !run->relative) {
        return PL_OK;
    }
    bool path = pl_slice_find(run->command.at[0], '/') < run->command.at[0].len;
    what.severity = path ? PL_SEV_OFF : PL_SEV_INFO; /* found through PATH: common, and it works */
    what.confidence = PL_LIKELY;
    if (pl_safe(ctx, run->command.at[0], &word, err) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, &what, err, "the entrypoint %.*s is not an absolute path", PL_TEXT(word));
}

PL_STATUS pl_check_image_architecture(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_config *config = &ctx->package->image->config;
    const struct pl_function *fn = ctx->function;
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice os;
    struct pl_slice arch;
    if (!config->known) {
        return pl_skip(ctx, err, "the image's configuration is not known");
    }
    if (fn->run && fn->run->start == PL_START_MACHINE) {
        return emit_start(ctx, "Runtime.InvalidEntrypoint: exec format error", err);
    }
    const char *want = fn->arch == PL_ARCH_ARM64 ? "arm64" : "amd64";
    bool known =
        pl_slice_is(config->architecture, "amd64") || pl_slice_is(config->architecture, "arm64");
    bool fits = known && (fn->arch == PL_ARCH_UNKNOWN || pl_slice_is(config->architecture, want));
    if (pl_slice_is(config->os, "linux") && fits) {
        return PL_OK;
    }
    if (pl_safe(ctx, config->os, &os, err) || pl_safe(ctx, config->architecture, &arch, err)) {
        return err->code;
    }
    return pl_emit(ctx, &what, err, "the image is for %.*s/%.*s, the function runs on linux/%s",
                   PL_TEXT(os), PL_TEXT(arch),
                   fn->arch == PL_ARCH_UNKNOWN ? "amd64 or arm64" : want);
}

PL_STATUS pl_check_image_workdir(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice folder;
    if (!run || (!run->workdir_missing && pl_slice_starts(run->workdir, PL_SLICE("/")))) {
        return PL_OK;
    }
    if (pl_safe(ctx, run->workdir, &folder, err) != PL_OK) {
        return err->code;
    }
    what.says = PL_SLICE("Runtime.InvalidWorkingDir");
    return pl_emit(ctx, &what, err, "the working directory %.*s is %s", PL_TEXT(folder),
                   run->workdir_missing ? "not in the image" : "not an absolute path");
}

/* Below the task root and the working directory, which the function's own files stand in. */
static bool is_own(const struct pl_image_run *run, struct pl_slice name)
{
    struct pl_slice folder = pl_slice_sub(run->workdir, 1, run->workdir.len);
    bool below = folder.len > 0 && pl_slice_starts(name, folder) &&
                 (name.len == folder.len || name.ptr[folder.len] == '/');
    return below || pl_slice_starts(name, PL_SLICE("var/task/"));
}

PL_STATUS pl_check_image_readable(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    const struct pl_tree *tree = &ctx->package->tree;
    struct pl_emit what = PL_EMIT_INIT;
    uint32_t n = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; run && i < tree->n; i++) {
        const struct pl_entry *e = &tree->entry[i];
        bool fine = e->type == PL_ENTRY_FILE     ? (e->mode & 0004) != 0
                    : e->type == PL_ENTRY_FOLDER ? (e->mode & 0001) != 0
                                                 : true;
        if (!fine && is_own(run, e->name)) {
            first = n == 0 ? i : first;
            n++;
        }
    }
    if (n == 0) {
        return PL_OK;
    }
    what.member = (struct pl_ref){ctx->package, first};
    return pl_emit(ctx, &what, err, "mode %04o: Lambda's user may not read it%s",
                   (unsigned)tree->entry[first].mode, n > 1 ? ", nor others beside it" : "");
}

PL_STATUS pl_check_image_extension(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_image_run *run = ctx->function->run;
    for (uint32_t i = 0; run && i < run->n_extension; i++) {
        const struct pl_image_extension *e = &run->extension[i];
        struct pl_emit what = PL_EMIT_INIT;
        what.member = e->at;
        if (e->what.len > 0 && pl_emit(ctx, &what, err, "%.*s", PL_TEXT(e->what)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

bool pl_is_image(const struct pl_rule_ctx *ctx)
{
    return ctx->function->decl->is_image || (ctx->package && ctx->package->kind == PL_KIND_IMAGE);
}

PL_STATUS pl_check_image_conflict(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    size_t index = (size_t)(ctx->function - ctx->survey->function);
    const struct pl_function_decl *decl = &ctx->survey->project->function[index];
    const struct pl_value *given[] = {&decl->handler, &decl->runtime};
    static const char *const names[] = {"a handler", "a runtime"};
    if (!pl_is_image(ctx)) {
        return PL_OK;
    }
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct pl_emit what = PL_EMIT_INIT;
        if (given[i]->known != PL_GIVEN) {
            continue;
        }
        what.at = given[i]->at;
        what.severity = given[i]->at.file > 0 ? PL_SEV_OFF : PL_SEV_WARNING; /* options may be meant
                                                                                for others */
        if (pl_emit(ctx, &what, err, "%s is given, and the package is a container image",
                    names[i]) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
