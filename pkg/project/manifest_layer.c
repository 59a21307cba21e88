/* Names, the layers of a manifest, and what a function may write in its list of layers. */
#include "pkg/base/text.h"
#include "pkg/project/manifest_read.h"

#include <stdio.h>
#include <string.h>

PL_STATUS pl_mf_compatible_runtimes(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                    void *into, struct pl_err *err)
{
    struct pl_layer_decl *decl = into;
    struct pl_patterns list;
    if (pl_mf_scalars(mf, node, row->key, "a runtime", &list, err) != PL_OK) {
        return err->code;
    }
    decl->compatible_runtime = list.at;
    decl->n_compatible_runtime = list.n;
    return PL_OK;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool has_other_bytes(struct pl_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.ptr[i])) {
            return true;
        }
    }
    return false;
}

static enum pl_status check_name(struct pl_mf *mf, uint32_t key, struct pl_slice name,
                                 const char *section, struct pl_err *err)
{
    const char *wrong = NULL;
    if (name.len == 0) {
        return pl_mf_fail(mf, key, err, "%s: a name is empty", section);
    }
    if (name.len > PL_MF_NAME_MAX) {
        wrong = "is longer than " PL_MF_TEXT_OF(PL_MF_NAME_MAX) " characters";
    } else if (name.ptr[0] == '.') {
        wrong = "begins with a dot; it becomes the name of a file";
    } else if (has_other_bytes(name)) {
        wrong = "becomes the name of a file; use letters, digits, '.', '_' and '-'";
    }
    return wrong ? pl_mf_fail(mf, key, err, "%s: the name '%s' %s", section, pl_mf_quote(mf, name),
                              wrong)
                 : PL_OK;
}

PL_STATUS pl_mf_take_name(struct pl_mf *mf, uint32_t key, bool is_layer, struct pl_slice *ret,
                          struct pl_err *err)
{
    struct pl_slice name = pl_doc_node(mf->doc, key)->text;
    const char *section = is_layer ? "layers" : "functions";
    if (check_name(mf, key, name, section, err) != PL_OK) {
        return err->code;
    }
    char *lower = pl_arena_new(&mf->project->arena, name.len, 1, err);
    if (!lower) {
        return err->code;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    uint64_t line = pl_doc_node(mf->doc, key)->at.line;
    uint64_t old = 0;
    bool added = false;
    if (pl_map_add(&mf->names, pl_slice_make(lower, name.len), line * 2 + (is_layer ? 1 : 0),
                   &added, &old, err) != PL_OK) {
        return err->code;
    }
    if (!added) {
        const char *quoted = pl_mf_quote(mf, name);
        return pl_mf_fail(mf, key, err,
                          "%s: the name '%s' is taken by the %s in line %u: both would be written "
                          "to %s.zip (some file systems ignore case)",
                          section, quoted, old & 1 ? "layer" : "function", (unsigned)(old / 2),
                          quoted);
    }
    *ret = name;
    return PL_OK;
}

/* A new layer of the project, known by `id`; its index. */
static enum pl_status add_layer(struct pl_mf *mf, const struct pl_layer_decl *decl, uint32_t *ret,
                                struct pl_err *err)
{
    struct pl_project *project = mf->project;
    uint32_t n = project->n_layer;
    uint64_t old = 0;
    bool added = false;
    if (n == mf->cap_layer) {
        size_t cap = mf->cap_layer > 0 ? mf->cap_layer * 2 : 8;
        struct pl_layer_decl *layer = pl_arena_new(&project->arena, cap, sizeof *layer, err);
        if (!layer) {
            return err->code;
        }
        if (n > 0) {
            memcpy(layer, project->layer, n * sizeof *layer);
        }
        project->layer = layer;
        mf->cap_layer = cap;
    }
    if (pl_map_add(&mf->layers, decl->id, n, &added, &old, err) != PL_OK) {
        return err->code;
    }
    project->layer[n] = *decl;
    project->n_layer = n + 1;
    *ret = n;
    return PL_OK;
}

static enum pl_status read_layer(struct pl_mf *mf, uint32_t key, struct pl_layer_decl *decl,
                                 struct pl_err *err)
{
    char what[PL_MF_NAME_MAX + sizeof "layer ''"];
    if (pl_mf_take_name(mf, key, true, &decl->id, err) != PL_OK) {
        return err->code;
    }
    (void)snprintf(what, sizeof what, "layer '%.*s'", (int)decl->id.len, decl->id.ptr);
    if (pl_mf_map(mf, PL_MF_LAYER, pl_doc_node(mf->doc, key)->next, what, decl, err) != PL_OK) {
        return err->code;
    }
    if (decl->n_source == 0) {
        return pl_mf_fail(mf, key, err, "%s: sources is missing; it says what goes in", what);
    }
    return pl_mf_check_weight(mf, key, decl->prune, decl->pyc, err);
}

PL_STATUS pl_mf_read_layers(struct pl_mf *mf, struct pl_err *err)
{
    if (mf->layers_node == PL_NODE_NONE) {
        return PL_OK;
    }
    if (pl_mf_want_map(mf, mf->layers_node, "layers", err) != PL_OK) {
        return err->code;
    }
    uint32_t key = pl_doc_node(mf->doc, mf->layers_node)->child;
    bool failed = false;
    while (key != PL_NODE_NONE) {
        struct pl_layer_decl decl = {.at = pl_doc_node(mf->doc, key)->at,
                                     .state = PL_PACKAGE_ARTIFACT,
                                     .upload = mf->upload};
        uint32_t index = 0;
        if (read_layer(mf, key, &decl, err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        /* A mistake in a layer is none of the functions that name it. */
        if (decl.id.ptr && add_layer(mf, &decl, &index, err) != PL_OK) {
            return err->code;
        }
        key = pl_doc_node(mf->doc, pl_doc_node(mf->doc, key)->next)->next;
    }
    return pl_mf_end(mf, failed, err);
}

/* A layer that is a ZIP or folder on disk; the same path in many functions is one layer. */
static enum pl_status layer_at_path(struct pl_mf *mf, const struct pl_value *path,
                                    enum pl_upload upload, uint32_t *ret, struct pl_err *err)
{
    uint64_t index = 0;
    if (pl_map_get(&mf->layers, path->text, &index)) {
        *ret = (uint32_t)index;
        return PL_OK;
    }
    struct pl_layer_decl decl = {.id = path->text,
                                 .at = path->at,
                                 .package = *path,
                                 .state = PL_PACKAGE_ARTIFACT,
                                 .upload = (uint8_t)upload};
    if (pl_project_path(mf->project, path->text, &decl.package.text, err) != PL_OK) {
        return err->code;
    }
    return add_layer(mf, &decl, ret, err);
}

static bool is_arn(struct pl_slice text)
{
    return pl_slice_starts(text, PL_SLICE("arn:"));
}

static enum pl_status layer_map(struct pl_mf *mf, uint32_t node, struct pl_layer_ref *ret,
                                struct pl_err *err)
{
    struct pl_mf_layer_ref item = {.arn = {.known = PL_ABSENT}};
    if (pl_mf_map(mf, PL_MF_LAYER_REF, node, "a layer", &item, err) != PL_OK) {
        return err->code;
    }
    if (item.arn.known == PL_ABSENT) {
        return pl_mf_fail(mf, node, err, "layers: arn is missing in this layer");
    }
    if (!is_arn(item.arn.text)) {
        return pl_mf_fail(mf, pl_doc_get(mf->doc, node, "arn"), err,
                          "arn: '%s' does not begin with arn:", pl_mf_quote(mf, item.arn.text));
    }
    ret->name = item.arn;
    ret->layer = PL_NO_INDEX;
    if (item.contents.known == PL_ABSENT) {
        return PL_OK;
    }
    /* It is published already: how large its ZIP may be is nobody's question any more. */
    return layer_at_path(mf, &item.contents, PL_UPLOAD_S3, &ret->layer, err);
}

static enum pl_status fail_no_layer(struct pl_mf *mf, uint32_t node, struct pl_slice name,
                                    struct pl_err *err)
{
    const char *quoted = pl_mf_quote(mf, name);
    uint32_t n = mf->project->n_layer;
    const char **candidate = pl_arena_new(&mf->project->arena, n, sizeof *candidate, err);
    if (!candidate) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        candidate[i] = pl_mf_quote(mf, mf->project->layer[i].id);
    }
    const char *nearest = pl_text_nearest(name, candidate, n);
    return nearest ? pl_mf_fail(mf, node, err, "layers: there is no layer '%s'; did you mean '%s'?",
                                quoted, nearest)
                   : pl_mf_fail(mf, node, err,
                                "layers: there is no layer '%s' in this manifest; a path has a / "
                                "or ends in .zip",
                                quoted);
}

PL_STATUS pl_mf_layer_item(struct pl_mf *mf, uint32_t node, struct pl_layer_ref *ret,
                           struct pl_err *err)
{
    uint64_t index = 0;
    if (pl_doc_node(mf->doc, node)->kind == PL_NODE_MAP) {
        return layer_map(mf, node, ret, err);
    }
    if (pl_mf_scalar(mf, node, "layers", "the name of a layer, a path or an ARN", &ret->name,
                     err) != PL_OK) {
        return err->code;
    }
    struct pl_slice name = ret->name.text;
    if (pl_map_get(&mf->layers, name, &index)) {
        ret->layer = (uint32_t)index;
        return PL_OK;
    }
    if (is_arn(name)) {
        ret->layer = PL_NO_INDEX;
        return PL_OK;
    }
    if (pl_slice_find(name, '/') < name.len || pl_slice_ends(name, PL_SLICE(".zip"))) {
        return layer_at_path(mf, &ret->name, (enum pl_upload)mf->upload, &ret->layer, err);
    }
    return fail_no_layer(mf, node, name, err);
}
