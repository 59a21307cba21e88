/* What stands around the functions of a template: resources.def, read. */
#include "pkg/project/template_resource.h"

#include "pkg/base/arr.h"
#include "pkg/project/template_read.h"

#include <string.h>

struct row {
    struct pl_slice type; /* PL_SAM: the event */
    const char *list;
    enum pl_resource_kind kind;
    const char *path;
    enum pl_key key;
};

static const struct row pl_cfn_rows[] = {
#define PL_CFN(type, list, kind, path, key) \
    {PL_SLICE_INIT(type), list, PL_RES_##kind, path, PL_KEY_##key},
#include "pkg/project/resources.def"
};
static const struct row pl_sam_rows[] = {
#define PL_SAM(event, kind, path, key) \
    {PL_SLICE_INIT(event), "", PL_RES_##kind, path, PL_KEY_##key},
#include "pkg/project/resources.def"
};
static const struct {
    const char *path;
    enum pl_key key;
} pl_setting_rows[] = {
#define PL_SETTING(path, key) {path, PL_KEY_##key},
#include "pkg/project/resources.def"
};

enum {
    CFN_COUNT = sizeof pl_cfn_rows / sizeof *pl_cfn_rows,
    SAM_COUNT = sizeof pl_sam_rows / sizeof *pl_sam_rows,
    SETTING_COUNT = sizeof pl_setting_rows / sizeof *pl_setting_rows,
    FIELDS_MAX = 10000
};

PL_STATUS pl_tp_put_field(struct pl_tp *tp, const struct pl_field *field, struct pl_err *err)
{
    struct pl_field *list = pl_arr_grow(tp->field, &tp->cap_field, tp->n_field + 1, sizeof *list,
                                        FIELDS_MAX, "properties of one resource", err);
    if (!list) {
        return err->code;
    }
    tp->field = list;
    list[tp->n_field++] = *field;
    return PL_OK;
}

/* A rule of an S3 filter: {Name: prefix, Value: images/}. */
static PL_STATUS put_filter(struct pl_tp *tp, const struct pl_tp_value *rule, struct pl_err *err)
{
    struct pl_tp_value name;
    struct pl_tp_value value;
    if (pl_tp_get(tp, rule, "Name", &name, err) != PL_OK ||
        pl_tp_get(tp, rule, "Value", &value, err) != PL_OK) {
        return err->code;
    }
    bool is_suffix = name.kind == PL_TP_TEXT && pl_slice_eq_nocase(name.text, PL_SLICE("suffix"));
    struct pl_field field = {.key = is_suffix ? PL_KEY_SUFFIX : PL_KEY_PREFIX,
                             .value = pl_tp_setting(&value)};
    return pl_tp_put_field(tp, &field, err);
}

/* Principal: {AWS: ...} is somebody else than a service. */
static PL_STATUS put_others(struct pl_tp *tp, const struct pl_tp_value *principal,
                            struct pl_err *err)
{
    struct pl_field field = {.key = PL_KEY_OTHERS, .value = pl_tp_setting(principal)};
    if (principal->kind == PL_TP_MAP) {
        uint32_t child = pl_doc_node(tp->doc, principal->node)->child;
        bool is_service = pl_slice_is(pl_doc_node(tp->doc, child)->text, "Service") &&
                          pl_doc_count(tp->doc, principal->node) == 1;
        if (is_service) {
            return PL_OK;
        }
        field.value = pl_value_given(pl_doc_node(tp->doc, child)->text, principal->at);
        /* {AWS: "*"} is everybody, as "*" is. */
        const struct pl_node *who = pl_doc_node(tp->doc, pl_doc_node(tp->doc, child)->next);
        if (who->kind == PL_NODE_SCALAR && pl_slice_is(who->text, "*")) {
            field.value.text = who->text;
        }
    }
    return pl_tp_put_field(tp, &field, err);
}

static PL_STATUS put_leaf(struct pl_tp *tp, enum pl_key key, const struct pl_tp_value *value,
                          uint32_t node, struct pl_err *err)
{
    if (value->kind == PL_TP_ABSENT) {
        return PL_OK;
    }
    if (key == PL_KEY_PREFIX && value->kind == PL_TP_MAP) {
        return put_filter(tp, value, err);
    }
    if (key == PL_KEY_OTHERS) {
        return put_others(tp, value, err);
    }
    struct pl_field field = {.key = (uint8_t)key, .value = pl_tp_setting(value)};
    field.ref = value->ref;
    field.attribute = value->attribute;
    if (value->kind == PL_TP_UNKNOWN && value->ref.len == 0 && node != PL_NODE_NONE &&
        pl_tp_raw(tp, node, &field.raw, err) != PL_OK) {
        return err->code;
    }
    if (field.raw.len > 0) {
        field.is_part = true;
        pl_tp_mention(tp, field.raw, &field.ref, &field.attribute);
    }
    return pl_tp_put_field(tp, &field, err);
}

/* What a walk does at its end. */
struct sink {
    PL_STATUS(*leaf)
    (struct pl_tp *tp, void *ctx, const struct pl_tp_value *value, uint32_t node,
     struct pl_err *err);
    void *ctx;
};

static PL_STATUS walk(struct pl_tp *tp, const struct pl_tp_value *value, uint32_t node,
                      struct pl_slice path, const struct sink *sink, struct pl_err *err);

static PL_STATUS walk_list(struct pl_tp *tp, const struct pl_tp_value *list, struct pl_slice path,
                           const struct sink *sink, struct pl_err *err)
{
    struct pl_tp_value item;
    enum pl_status status = PL_OK;
    if (list->node == PL_NODE_NONE) {
        for (uint32_t i = 0; !status && i < list->n; i++) {
            status = walk(tp, &list->item[i], PL_NODE_NONE, path, sink, err);
        }
        return status;
    }
    for (uint32_t at = pl_doc_node(tp->doc, list->node)->child; !status && at != PL_NODE_NONE;
         at = pl_doc_node(tp->doc, at)->next) {
        status = pl_tp_eval(tp, at, list->loop, &item, err);
        status = status ? status : walk(tp, &item, at, path, sink, err);
    }
    return status;
}

/* Along a path of keys; lists are gone through. */
static PL_STATUS walk(struct pl_tp *tp, const struct pl_tp_value *value, uint32_t node,
                      struct pl_slice path, const struct sink *sink, struct pl_err *err)
{
    struct pl_tp_value next;
    struct pl_slice key;
    char name[64];
    if (value->kind == PL_TP_LIST) {
        return walk_list(tp, value, path, sink, err);
    }
    if (path.len == 0 || value->kind == PL_TP_UNKNOWN) {
        return sink->leaf(tp, sink->ctx, value, node, err);
    }
    (void)pl_slice_next(&path, '.', &key);
    if (key.len >= sizeof name || value->kind != PL_TP_MAP) {
        return PL_OK; /* of what is not there no end tells anything */
    }
    memcpy(name, key.ptr, key.len);
    name[key.len] = '\0';
    uint32_t below = pl_doc_get(tp->doc, value->node, name);
    if (pl_tp_get_at(tp, value, below, &next, err) != PL_OK) {
        return err->code;
    }
    return next.kind == PL_TP_ABSENT ? PL_OK : walk(tp, &next, below, path, sink, err);
}

static PL_STATUS leaf_field(struct pl_tp *tp, void *ctx, const struct pl_tp_value *value,
                            uint32_t node, struct pl_err *err)
{
    return put_leaf(tp, *(const enum pl_key *)ctx, value, node, err);
}

static PL_STATUS read_field(struct pl_tp *tp, const struct pl_tp_value *map, const char *path,
                            enum pl_key key, struct pl_err *err)
{
    const struct sink sink = {leaf_field, &key};
    return *path ? walk(tp, map, PL_NODE_NONE, pl_slice_of(path), &sink, err) : PL_OK;
}

/* The resource that is read, and the rows of the list that is looked at. */
struct reading {
    const struct row *row;
    size_t n_row;
    struct pl_resource base;
    uint32_t parent;
    const struct pl_field *own;      /* a field that each child gets, or NULL */
    const struct pl_tp_value *owner; /* properties of the resource that has the list */
};

/* One thing with the fields of its rows. */
static PL_STATUS add_item(struct pl_tp *tp, const struct reading *r, const struct pl_tp_value *map,
                          uint32_t *ret_index, struct pl_err *err)
{
    struct pl_resource resource = r->base;
    resource.kind = (uint8_t)r->row->kind;
    resource.parent = r->parent;
    tp->n_field = 0;
    if (r->own && pl_tp_put_field(tp, r->own, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < r->n_row; i++) {
        const char *path = r->row[i].path;
        bool is_outer = path[0] == '^';
        if (read_field(tp, is_outer ? r->owner : map, path + is_outer, r->row[i].key, err) !=
            PL_OK) {
            return err->code;
        }
    }
    resource.field = tp->field;
    resource.n_field = (uint32_t)tp->n_field;
    return pl_project_add_resource(tp->project, &resource, ret_index, err);
}

/* An item of a list: a thing of its own; of an unknown list nobody knows what it holds. */
static PL_STATUS leaf_item(struct pl_tp *tp, void *ctx, const struct pl_tp_value *value,
                           uint32_t node, struct pl_err *err)
{
    struct reading item = *(const struct reading *)ctx;
    (void)node;
    if (value->kind == PL_TP_UNKNOWN && item.parent != PL_NO_INDEX) {
        tp->project->resource[item.parent].why = value->why;
        return PL_OK;
    }
    if (value->kind != PL_TP_MAP) {
        return PL_OK;
    }
    item.base.at = value->at;
    return add_item(tp, &item, value, NULL, err);
}

/* A map whose keys are names: a user pool's triggers. */
static PL_STATUS read_pairs(struct pl_tp *tp, const struct reading *r,
                            const struct pl_tp_value *map, struct pl_err *err)
{
    if (map->kind != PL_TP_MAP) {
        return PL_OK;
    }
    for (uint32_t key = pl_doc_node(tp->doc, map->node)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        const struct pl_node *name = pl_doc_node(tp->doc, key);
        struct pl_resource resource = r->base;
        struct pl_tp_value value;
        struct pl_field event = {.key = PL_KEY_EVENT,
                                 .value = pl_value_given(name->text, name->at)};
        tp->n_field = 0;
        if (pl_slice_is(name->text, "KMSKeyID")) {
            continue;
        }
        if (pl_tp_eval(tp, name->next, map->loop, &value, err) != PL_OK ||
            pl_tp_put_field(tp, &event, err) != PL_OK) {
            return err->code;
        }
        enum pl_status status = value.kind == PL_TP_MAP
                                    ? read_field(tp, &value, r->row->path, r->row->key, err)
                                    : put_leaf(tp, r->row->key, &value, name->next, err);
        resource.kind = (uint8_t)r->row->kind;
        resource.parent = r->parent;
        resource.at = name->at;
        resource.field = tp->field;
        resource.n_field = (uint32_t)tp->n_field;
        status = status ? status : pl_project_add_resource(tp->project, &resource, NULL, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* The rows of one list, from the properties of what owns it. */
static PL_STATUS read_list(struct pl_tp *tp, struct reading *r,
                           const struct pl_tp_value *properties, struct pl_err *err)
{
    struct pl_slice list = pl_slice_of(r->row->list);
    if (list.len == 0) {
        return add_item(tp, r, properties, &r->parent, err);
    }
    if (pl_slice_ends(list, PL_SLICE("{}"))) {
        struct pl_tp_value map;
        char name[64];
        list = pl_slice_sub(list, 0, list.len - 2);
        memcpy(name, list.ptr, list.len);
        name[list.len] = '\0';
        enum pl_status status = pl_tp_get(tp, properties, name, &map, err);
        return status ? status : read_pairs(tp, r, &map, err);
    }
    const struct sink sink = {leaf_item, r};
    return walk(tp, properties, PL_NODE_NONE, list, &sink, err);
}

static PL_STATUS read_rows(struct pl_tp *tp, const struct row *row, size_t n_row,
                           const struct pl_resource *base, const struct pl_tp_value *properties,
                           struct pl_err *err)
{
    bool is_function = pl_slice_is(base->type, "AWS::Serverless::Function");
    struct pl_field own = {.key = PL_KEY_FUNCTION,
                           .value = {.known = PL_UNKNOWN, .at = base->at, .why = PL_TP_WHY_DEPLOY},
                           .ref = base->id};
    struct reading r = {.base = *base,
                        .parent = PL_NO_INDEX,
                        .own = is_function ? &own : NULL,
                        .owner = properties};
    r.base.is_implied = is_function;
    for (size_t i = 0; i < n_row; i += r.n_row) {
        r.row = &row[i];
        r.n_row = 1;
        while (i + r.n_row < n_row && strcmp(row[i + r.n_row].list, row[i].list) == 0) {
            r.n_row++;
        }
        if (read_list(tp, &r, properties, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS read_event(struct pl_tp *tp, const struct pl_resource *function,
                            const struct pl_node *name, const struct pl_tp_loop *loop,
                            struct pl_err *err)
{
    struct pl_tp_value event;
    struct pl_tp_value type;
    struct pl_tp_value properties;
    struct pl_resource base = *function;
    size_t first = 0;
    size_t n = 0;
    if (pl_tp_eval(tp, name->next, loop, &event, err) != PL_OK ||
        pl_tp_get(tp, &event, "Type", &type, err) != PL_OK ||
        pl_tp_get(tp, &event, "Properties", &properties, err) != PL_OK) {
        return err->code;
    }
    while (first < SAM_COUNT &&
           (type.kind != PL_TP_TEXT || !pl_slice_eq(type.text, pl_sam_rows[first].type))) {
        first++;
    }
    while (first + n < SAM_COUNT && pl_slice_eq(type.text, pl_sam_rows[first + n].type)) {
        n++;
    }
    if (n == 0 && type.kind != PL_TP_TEXT) {
        return PL_OK;
    }
    static const struct row strange = {PL_SLICE_INIT(""), "", PL_RES_EVENT, "", PL_KEY_EVENT};
    struct pl_field own = {.key = PL_KEY_FUNCTION,
                           .value = {.known = PL_UNKNOWN, .at = name->at, .why = PL_TP_WHY_DEPLOY},
                           .ref = function->id};
    struct reading r = {.row = n > 0 ? &pl_sam_rows[first] : &strange,
                        .n_row = n,
                        .parent = PL_NO_INDEX,
                        .own = &own,
                        .owner = &properties};
    base.type = type.text;
    base.at = name->at;
    base.is_implied = true;
    base.why = properties.kind == PL_TP_UNKNOWN ? properties.why : base.why;
    if (pl_arena_fmt(&tp->project->arena, &base.id, err, "%.*s%.*s", (int)function->id.len,
                     function->id.ptr, (int)name->text.len, name->text.ptr) != PL_OK) {
        return err->code;
    }
    r.base = base;
    return add_item(tp, &r, &properties, NULL, err);
}

static PL_STATUS read_events(struct pl_tp *tp, const struct pl_resource *function,
                             const struct pl_tp_value *properties, struct pl_err *err)
{
    struct pl_tp_value events;
    if (pl_tp_get(tp, properties, "Events", &events, err) != PL_OK) {
        return err->code;
    }
    if (events.kind != PL_TP_MAP) {
        return PL_OK;
    }
    for (uint32_t key = pl_doc_node(tp->doc, events.node)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        if (read_event(tp, function, pl_doc_node(tp->doc, key), events.loop, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_tp_read_resource(struct pl_tp *tp, const struct pl_tp_resource *resource,
                              struct pl_slice type, struct pl_err *err)
{
    const struct pl_tp_value whole = {
        .kind = PL_TP_MAP, .at = resource->at, .node = resource->node, .loop = resource->loop};
    struct pl_resource base = {.id = resource->id, .type = type, .at = resource->at};
    struct pl_tp_value properties;
    size_t first = 0;
    size_t n = 0;
    while (first < CFN_COUNT && !pl_slice_eq(type, pl_cfn_rows[first].type)) {
        first++;
    }
    while (first + n < CFN_COUNT && pl_slice_eq(type, pl_cfn_rows[first + n].type)) {
        n++;
    }
    if (n == 0) {
        return PL_OK;
    }
    uint32_t condition = pl_doc_get(tp->doc, resource->node, "Condition");
    base.condition = pl_doc_node(tp->doc, condition)->text;
    if (pl_tp_get(tp, &whole, "Properties", &properties, err) != PL_OK) {
        return err->code;
    }
    base.why = properties.kind == PL_TP_UNKNOWN ? properties.why
               : tp->has_macro                  ? PL_TP_WHY_MACRO
                                                : NULL;
    if (pl_slice_is(type, "AWS::Serverless::Function") &&
        read_events(tp, &base, &properties, err) != PL_OK) {
        return err->code;
    }
    return read_rows(tp, &pl_cfn_rows[first], n, &base, &properties, err);
}

bool pl_tp_ignores_global(const struct pl_tp *tp, const char *path)
{
    struct pl_slice name = pl_slice_of(path);
    const struct pl_node *list = pl_doc_node(tp->doc, tp->ignored);
    name.len = pl_slice_find(name, '.');
    if (list->kind != PL_NODE_SEQ) {
        return list->kind == PL_NODE_SCALAR && pl_slice_is(list->text, "*");
    }
    for (uint32_t item = list->child; item != PL_NODE_NONE;) {
        const struct pl_node *node = pl_doc_node(tp->doc, item);
        if (pl_slice_eq(node->text, name)) {
            return true;
        }
        item = node->next;
    }
    return false;
}

PL_STATUS pl_tp_read_settings(struct pl_tp *tp, const struct pl_tp_value *own,
                              const struct pl_tp_value *shared, struct pl_function_decl *decl,
                              struct pl_err *err)
{
    tp->n_field = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        size_t before = tp->n_field;
        enum pl_status status =
            read_field(tp, own, pl_setting_rows[i].path, pl_setting_rows[i].key, err);
        if (!status && tp->n_field == before && shared &&
            !pl_tp_ignores_global(tp, pl_setting_rows[i].path)) {
            status = read_field(tp, shared, pl_setting_rows[i].path, pl_setting_rows[i].key, err);
        }
        if (status) {
            return status;
        }
    }
    decl->setting_why = tp->has_macro ? PL_TP_WHY_MACRO : NULL;
    decl->n_setting = (uint32_t)tp->n_field;
    decl->setting = pl_arena_new(&tp->project->arena, tp->n_field, sizeof *decl->setting, err);
    if (!decl->setting) {
        return err->code;
    }
    if (tp->n_field > 0) {
        memcpy(decl->setting, tp->field, tp->n_field * sizeof *decl->setting);
    }
    return PL_OK;
}
