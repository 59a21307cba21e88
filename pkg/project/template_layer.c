/* Layers of a template, and the lists that name them. */
#include "pkg/project/template_read.h"

#include <string.h>

static PL_STATUS grow(struct pl_tp *tp, struct pl_err *err)
{
    struct pl_project *project = tp->project;
    if (project->n_layer < tp->cap_layer) {
        return PL_OK;
    }
    if (project->n_layer >= PL_TP_DECLS) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: has more than %u layers", tp->name, PL_TP_DECLS);
    }
    size_t cap = tp->cap_layer > 0 ? tp->cap_layer * 2 : 8;
    struct pl_layer_decl *list = pl_arena_new(&project->arena, cap, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    if (project->n_layer > 0) {
        memcpy(list, project->layer, project->n_layer * sizeof *list);
    }
    project->layer = list;
    tp->cap_layer = cap;
    return PL_OK;
}

static PL_STATUS read_runtimes(struct pl_tp *tp, const struct pl_tp_value *properties,
                               struct pl_layer_decl *decl, struct pl_err *err)
{
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    if (pl_tp_get(tp, properties, "CompatibleRuntimes", &list, err) != PL_OK) {
        return err->code;
    }
    if (list.kind != PL_TP_LIST) {
        return PL_OK;
    }
    if (pl_tp_items(tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    struct pl_value *value = pl_arena_new(&tp->project->arena, n, sizeof *value, err);
    if (!value) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        value[i] = pl_tp_setting(&item[i]);
        if (value[i].known != PL_GIVEN) {
            return PL_OK; /* a list with gaps says nothing */
        }
    }
    decl->compatible_runtime = value;
    decl->n_compatible_runtime = n;
    return PL_OK;
}

static PL_STATUS read_place(struct pl_tp *tp, const struct pl_tp_resource *resource,
                            const struct pl_tp_value *whole, const struct pl_tp_value *properties,
                            struct pl_layer_decl *decl, struct pl_err *err)
{
    struct pl_tp_code code = {.id = resource->id, .is_layer = true};
    struct pl_tp_value metadata;
    struct pl_tp_value method;
    struct pl_tp_value asset;
    struct pl_tp_value bundled;
    struct pl_tp_value uri;
    if (pl_tp_get(tp, whole, "Metadata", &metadata, err) != PL_OK ||
        pl_tp_get(tp, &metadata, "BuildMethod", &method, err) != PL_OK ||
        pl_tp_get(tp, &metadata, "aws:asset:path", &asset, err) != PL_OK ||
        pl_tp_get(tp, &metadata, "aws:asset:is-bundled", &bundled, err) != PL_OK ||
        pl_tp_get(tp, properties, "ContentUri", &uri, err) != PL_OK ||
        pl_tp_get(tp, properties, "Content", &code.path, err) != PL_OK) {
        return err->code;
    }
    if (uri.kind != PL_TP_ABSENT) {
        code.path = uri;
    }
    if (asset.kind == PL_TP_TEXT) {
        code.path = asset;
        code.is_asset = true;
        code.is_bundled = true; /* a layer's folder is what is published */
        code.has_bundler = bundled.kind == PL_TP_TEXT && pl_slice_is(bundled.text, "true");
    }
    code.has_build = method.kind != PL_TP_ABSENT;
    code.is_uploaded = uri.kind == PL_TP_ABSENT && !code.has_build &&
                       tp->project->dialect == PL_DIALECT_CLOUDFORMATION && !tp->is_built;
    if (tp->project->dialect == PL_DIALECT_TERRAFORM && code.path.kind != PL_TP_MAP) {
        decl->upload = PL_UPLOAD_DIRECT;
    }
    struct pl_tp_place place;
    if (pl_tp_find_place(tp, &code, &place, err) != PL_OK) {
        return err->code;
    }
    decl->package = place.package;
    decl->state = place.state;
    decl->state_why = place.state_why;
    decl->gap = place.gap;
    decl->other_case = place.other_case;
    return PL_OK;
}

PL_STATUS pl_tp_read_layer(struct pl_tp *tp, const struct pl_tp_resource *resource,
                           struct pl_err *err)
{
    const struct pl_tp_value whole = {
        .kind = PL_TP_MAP, .at = resource->at, .node = resource->node, .loop = resource->loop};
    struct pl_layer_decl decl = {.id = resource->id, .at = resource->at, .upload = PL_UPLOAD_S3};
    struct pl_tp_value properties;
    if (pl_project_find_layer(tp->project, resource->id) != PL_NO_INDEX) {
        return PL_OK; /* a loop made the name twice */
    }
    if (pl_tp_get(tp, &whole, "Properties", &properties, err) != PL_OK ||
        pl_tp_read_ignores(tp, resource, true, err) != PL_OK ||
        read_runtimes(tp, &properties, &decl, err) != PL_OK ||
        read_place(tp, resource, &whole, &properties, &decl, err) != PL_OK ||
        grow(tp, err) != PL_OK) {
        return err->code;
    }
    tp->project->layer[tp->project->n_layer++] = decl;
    return PL_OK;
}

/* Items of one list; what is not known is one layer that nobody can look into. */
static PL_STATUS items(struct pl_tp *tp, const struct pl_tp_value *list, struct pl_tp_value **ret,
                       uint32_t *ret_n, struct pl_err *err)
{
    *ret_n = 0;
    if (list->kind == PL_TP_LIST) {
        return pl_tp_items(tp, list, ret, ret_n, err);
    }
    if (list->kind == PL_TP_ABSENT) {
        return PL_OK;
    }
    *ret = pl_arena_new(&tp->project->arena, 1, sizeof **ret, err);
    if (!*ret) {
        return err->code;
    }
    **ret = *list;
    *ret_n = 1;
    return PL_OK;
}

static void put_refs(struct pl_tp *tp, const struct pl_tp_value *item, uint32_t n,
                     struct pl_layer_ref *ret)
{
    for (uint32_t i = 0; i < n; i++) {
        ret[i].name = pl_tp_setting(&item[i]);
        ret[i].layer = PL_NO_INDEX;
        if (item[i].kind == PL_TP_UNKNOWN && item[i].ref.len > 0) {
            ret[i].layer = pl_project_find_layer(tp->project, item[i].ref);
            ret[i].name.text = item[i].ref;
        }
    }
}

PL_STATUS pl_tp_layers(struct pl_tp *tp, const struct pl_tp_value *shared,
                       const struct pl_tp_value *own, struct pl_function_decl *decl,
                       struct pl_err *err)
{
    struct pl_tp_value *first = NULL;
    struct pl_tp_value *second = NULL;
    uint32_t n_first = 0;
    uint32_t n_second = 0;
    if (items(tp, shared, &first, &n_first, err) != PL_OK ||
        items(tp, own, &second, &n_second, err) != PL_OK) {
        return err->code;
    }
    decl->layer =
        pl_arena_new(&tp->project->arena, (size_t)n_first + n_second, sizeof *decl->layer, err);
    if (!decl->layer) {
        return err->code;
    }
    put_refs(tp, first, n_first, decl->layer);
    put_refs(tp, second, n_second, decl->layer + n_first);
    decl->n_layer = n_first + n_second;
    decl->layers_at = own->kind != PL_TP_ABSENT ? own->at : shared->at;
    return PL_OK;
}
