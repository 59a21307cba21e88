/* Reading a manifest from its start: file, version, the keys at the top. */
#include "pkg/project/manifest.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/version.h"
#include "pkg/project/comment.h"
#include "pkg/project/manifest_read.h"

#include <string.h>

bool pl_manifest_recognise(const struct pl_doc *doc)
{
    static const char *const ours[] = {"functions", "layers", "lint", "defaults"};
    /* Serverless, SAM and CloudFormation. */
    static const char *const others[] = {"service", "provider", "Resources",
                                         "AWSTemplateFormatVersion"};
    int64_t version = 0;
    if (!pl_node_int(pl_doc_node(doc, pl_doc_get(doc, doc->root, "version")), &version)) {
        return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (pl_doc_get(doc, doc->root, others[i]) != PL_NODE_NONE) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (pl_doc_get(doc, doc->root, ours[i]) != PL_NODE_NONE) {
            return true;
        }
    }
    return false;
}

/* `requires` comes before everything else: an older program has to say that it is too old, and not
 * that it does not know a key. */
static enum pl_status check_requires(struct pl_mf *mf, uint32_t node, struct pl_err *err)
{
    struct pl_value value;
    if (pl_mf_scalar(mf, node, "requires", "text", &value, err) != PL_OK) {
        return err->code;
    }
    uint64_t wanted[3];
    uint64_t have[3];
    struct pl_slice text = value.text;
    bool good = pl_slice_starts(text, PL_SLICE(">=")) &&
                pl_version_parse(pl_slice_trim(pl_slice_sub(text, 2, text.len)), wanted);
    if (!good) {
        return pl_mf_fail(mf, node, err,
                          "requires: expected the oldest version that will do, such as \">=0.1\", "
                          "found '%s'",
                          pl_mf_quote(mf, text));
    }
    if (!pl_version_parse(PL_SLICE(PL_VERSION), have)) {
        return pl_err_set(err, PL_ERR_INTERNAL, "the program's own version is not a version");
    }
    for (size_t i = 0; i < 3; i++) {
        if (have[i] != wanted[i]) {
            return have[i] > wanted[i] ? PL_OK
                                       : pl_mf_fail(mf, node, err,
                                                    "requires: this manifest wants plimsoll %s, "
                                                    "and this is " PL_VERSION,
                                                    pl_mf_quote(mf, text));
        }
    }
    return PL_OK;
}

static enum pl_status check_version(struct pl_mf *mf, uint32_t root, struct pl_err *err)
{
    uint32_t node = pl_doc_get(mf->doc, root, "version");
    int64_t version = 0;
    if (node == PL_NODE_NONE) {
        return pl_mf_fail(mf, root, err, "version: 1 is missing");
    }
    if (!pl_node_int(pl_doc_node(mf->doc, node), &version)) {
        return pl_mf_fail(mf, node, err, "version: expected the number 1, found %s",
                          pl_mf_found(mf, node));
    }
    if (version != 1) {
        return pl_mf_fail(mf, node, err,
                          "version: %lld is not known; plimsoll " PL_VERSION " reads version 1",
                          (long long)version);
    }
    return PL_OK;
}

static enum pl_status read_top(struct pl_mf *mf, struct pl_err *err)
{
    return pl_mf_map(mf, PL_MF_TOP, mf->doc->root, "the manifest", mf, err);
}

static enum pl_status read_lint(struct pl_mf *mf, struct pl_err *err)
{
    return mf->lint_node == PL_NODE_NONE
               ? PL_OK
               : pl_mf_map(mf, PL_MF_LINT, mf->lint_node, "lint", mf->project, err);
}

static enum pl_status read_root(struct pl_mf *mf, struct pl_err *err)
{
    uint32_t root = mf->doc->root;
    if (pl_doc_node(mf->doc, root)->kind == PL_NODE_NULL) {
        return pl_mf_fail(mf, root, err, "the manifest is empty; it begins with version: 1");
    }
    if (pl_mf_want_map(mf, root, "the manifest", err) != PL_OK) {
        return err->code;
    }
    uint32_t requires = pl_doc_get(mf->doc, root, "requires");
    if (requires != PL_NODE_NONE && check_requires(mf, requires, err) != PL_OK) {
        return err->code;
    }
    if (check_version(mf, root, err) != PL_OK) {
        return err->code; /* another version may have other keys */
    }
    /* Layers before functions, which name them. */
    static enum pl_status (*const parts[])(struct pl_mf * mf, struct pl_err * err) = {
        read_top, read_lint, pl_mf_read_template, pl_mf_read_layers, pl_mf_read_functions};
    bool failed = false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i](mf, err) == PL_OK) {
            continue;
        }
        if (!pl_mf_note(mf, err)) {
            return err->code;
        }
        failed = true;
    }
    return pl_mf_end(mf, failed, err);
}

/* What comments above functions and layers accept. */
static enum pl_status read_comments(struct pl_mf *mf, uint32_t file, struct pl_err *err)
{
    struct pl_comments comments;
    enum pl_status status = pl_comments_read(&comments, mf->project, mf->doc, file, err);
    for (uint32_t i = 0; !status && i < comments.n; i++) {
        struct pl_comment *comment = &comments.at[i];
        uint32_t function = pl_comment_section(mf->doc, "functions", comment->line);
        uint32_t layer = pl_comment_section(mf->doc, "layers", comment->line);
        uint32_t key = function != PL_NODE_NONE ? function : layer;
        if (key != PL_NODE_NONE) {
            status = pl_comment_take(comment, mf->project, pl_doc_node(mf->doc, key)->text,
                                     key == layer, err);
        }
    }
    return status ? status : pl_comments_leave(&comments, mf->project, err);
}

/* All that was found wrong, with what others know of the parts that could be read. */
static enum pl_status sum_up(struct pl_mf *mf, enum pl_status status, struct pl_err *err)
{
    struct pl_manifest_mistakes *mistakes = mf->mistakes;
    if (!mistakes || (status && status != PL_ERR_CONFIG)) {
        return status;
    }
    if (status && !mf->is_noted) {
        pl_manifest_mistake(mistakes, mf->failed_at, err);
    }
    if (mistakes->also) {
        mistakes->also(mistakes, mf->project);
    }
    if (mistakes->n > 0) {
        *err = mistakes->at[0];
        return err->code;
    }
    return status;
}

static enum pl_status parse(struct pl_project *project, struct pl_doc *doc, const char *path,
                            struct pl_slice text, struct pl_manifest_mistakes *mistakes,
                            struct pl_err *err)
{
    uint32_t file = 0;
    if (pl_project_set_root(project, path, err) != PL_OK ||
        pl_project_add_file(project, pl_slice_of(path), text, &file, err) != PL_OK ||
        pl_yaml_parse(doc, text, file, path, err) != PL_OK) {
        return err->code;
    }
    pl_arena_adopt(&project->arena, &doc->arena);
    struct pl_mf mf = {.project = project,
                       .doc = doc,
                       .name = path,
                       .upload = PL_UPLOAD_DIRECT,
                       .mistakes = mistakes};
    pl_map_init(&mf.names, PL_MF_DECLS_MAX);
    pl_map_init(&mf.layers, PL_MAX_DOC_NODES);
    enum pl_status status = read_root(&mf, err);
    if (status == PL_OK) {
        mf.failed_at = (struct pl_pos){.line = UINT32_MAX};
        status = read_comments(&mf, file, err);
    }
    status = sum_up(&mf, status, err);
    pl_map_done(&mf.names);
    pl_map_done(&mf.layers);
    return status;
}

static enum pl_status parse_all(struct pl_project *ret, const char *path, struct pl_slice text,
                                struct pl_manifest_mistakes *mistakes, struct pl_err *err)
{
    struct pl_project project;
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    pl_project_init(&project);
    project.kind = PL_PROJECT_MANIFEST;
    enum pl_status status = parse(&project, &doc, path, text, mistakes, err);
    if (status != PL_OK) {
        pl_project_done(&project);
        return status;
    }
    *ret = project;
    return PL_OK;
}

PL_STATUS pl_manifest_parse(struct pl_project *ret, const char *path, struct pl_slice text,
                            struct pl_err *err)
{
    return parse_all(ret, path, text, NULL, err);
}

PL_STATUS pl_manifest_read_all(struct pl_project *ret, const char *path,
                               struct pl_manifest_mistakes *mistakes, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.data = NULL};
    pl_buf_init(&text, PL_MAX_DOC_BYTES);
    if (mistakes) {
        mistakes->n = 0;
        mistakes->more = false;
    }
    if (pl_file_read(path, &text, err) != PL_OK) {
        return err->code;
    }
    return parse_all(ret, path, pl_buf_view(&text), mistakes, err);
}

PL_STATUS pl_manifest_read(struct pl_project *ret, const char *path, struct pl_err *err)
{
    return pl_manifest_read_all(ret, path, NULL, err);
}
