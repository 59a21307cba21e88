#include "pkg/project/terraform.h"

#include "pkg/base/limits.h"
#include "pkg/project/terraform_read.h"

static bool has(struct pl_slice text, struct pl_slice word)
{
    return pl_slice_find_text(text, word) < text.len;
}

bool pl_terraform_recognise(struct pl_slice text)
{
    struct pl_slice start = pl_slice_trim(text);
    return start.len > 0 && start.ptr[0] == '{' && has(start, PL_SLICE("\"terraform_version\"")) &&
           (has(start, PL_SLICE("\"format_version\"")) || has(start, PL_SLICE("\"lineage\"")));
}

bool pl_terraform_is(const struct pl_doc *doc)
{
    return pl_doc_get(doc, doc->root, "terraform_version") != PL_NODE_NONE &&
           (pl_doc_get(doc, doc->root, "format_version") != PL_NODE_NONE ||
            pl_doc_get(doc, doc->root, "lineage") != PL_NODE_NONE);
}

static struct pl_slice text_of(const struct pl_tf *tf, uint32_t map, const char *key)
{
    return pl_doc_node(tf->doc, pl_doc_get(tf->doc, map, key))->text;
}

static uint32_t first(const struct pl_tf *tf, uint32_t list)
{
    const struct pl_node *it = pl_doc_node(tf->doc, list);
    return it->kind == PL_NODE_SEQ ? it->child : (uint32_t)PL_NODE_NONE;
}

static uint32_t next(const struct pl_tf *tf, uint32_t node)
{
    return pl_doc_node(tf->doc, node)->next;
}

/* ---- what is there ---- */

static PL_STATUS add_key(struct pl_tf *tf, struct pl_map *map, struct pl_slice key, uint32_t node)
{
    bool added = false;
    uint64_t old = 0;
    return pl_map_add(map, key, node, &added, &old, tf->graft.err);
}

static PL_STATUS note_resource(struct pl_tf *tf, uint32_t resource)
{
    uint32_t address = pl_doc_get(tf->doc, resource, "address");
    uint32_t values = pl_doc_get(tf->doc, resource, "values");
    struct pl_slice arn = text_of(tf, values, "arn");
    enum pl_status status = add_key(tf, &tf->address, pl_doc_node(tf->doc, address)->text, values);
    if (!status && pl_slice_starts(arn, PL_SLICE("arn:"))) {
        status = add_key(tf, &tf->known, arn, address);
    }
    return status;
}

static PL_STATUS note_module(struct pl_tf *tf, uint32_t module, unsigned depth)
{
    enum pl_status status = PL_OK;
    if (depth >= PL_TF_DEPTH) {
        return PL_OK; /* deeper than anybody nests modules: not read */
    }
    uint32_t list = pl_doc_get(tf->doc, module, "resources");
    for (uint32_t at = first(tf, list); !status && at != PL_NODE_NONE; at = next(tf, at)) {
        if (pl_slice_is(text_of(tf, at, "mode"), "managed")) {
            status = note_resource(tf, at);
        }
    }
    list = pl_doc_get(tf->doc, module, "child_modules");
    for (uint32_t at = first(tf, list); !status && at != PL_NODE_NONE; at = next(tf, at)) {
        status = note_module(tf, at, depth + 1);
    }
    return status;
}

static PL_STATUS note_changes(struct pl_tf *tf)
{
    uint32_t list = pl_doc_get(tf->doc, tf->doc->root, "resource_changes");
    enum pl_status status = PL_OK;
    for (uint32_t at = first(tf, list); !status && at != PL_NODE_NONE; at = next(tf, at)) {
        uint32_t change = pl_doc_get(tf->doc, at, "change");
        uint32_t unknown = pl_doc_get(tf->doc, change, "after_unknown");
        /* An object that is to go has the address of the one that takes its place. */
        if (text_of(tf, at, "deposed").len == 0) {
            status = add_key(tf, &tf->unknown, text_of(tf, at, "address"), unknown);
        }
    }
    return status;
}

/* ---- resources ---- */

static uint32_t configuration_of(const struct pl_tf *tf, const struct pl_tf_module *module,
                                 uint32_t resource)
{
    uint32_t list = pl_doc_get(tf->doc, module->config, "resources");
    struct pl_slice type = text_of(tf, resource, "type");
    struct pl_slice name = text_of(tf, resource, "name");
    for (uint32_t at = first(tf, list); at != PL_NODE_NONE; at = next(tf, at)) {
        if (pl_slice_eq(text_of(tf, at, "name"), name) &&
            pl_slice_eq(text_of(tf, at, "type"), type) &&
            pl_slice_is(text_of(tf, at, "mode"), "managed")) {
            return at;
        }
    }
    return PL_NODE_NONE;
}

/* Code of a function, Content of a layer: a path, what stands in S3, an image. */
static uint32_t code_of(struct pl_tf *tf, struct pl_tf_value value)
{
    static const char *const theirs[] = {"s3_bucket", "s3_key", "image_uri"};
    static const char *const ours[] = {"S3Bucket", "S3Key", "ImageUri"};
    struct pl_graft *graft = &tf->graft;
    uint32_t file = pl_doc_get(tf->doc, value.node, "filename");
    bool is_unknown = false;
    if (pl_doc_node(tf->doc, file)->text.len > 0) {
        return pl_graft_copy(graft, file, PL_GRAFT_LITERAL);
    }
    struct pl_pos at = pl_doc_node(tf->doc, value.node)->at;
    if (pl_node_bool(pl_doc_node(tf->doc, pl_doc_get(tf->doc, value.unknown, "filename")),
                     &is_unknown) &&
        is_unknown) {
        return pl_graft_unknown(graft, at);
    }
    struct pl_graft_list map = pl_graft_map(graft, at);
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        uint32_t node = pl_doc_get(tf->doc, value.node, theirs[i]);
        uint32_t unknown = pl_doc_get(tf->doc, value.unknown, theirs[i]);
        if (pl_doc_node(tf->doc, node)->text.len > 0) {
            pl_graft_put(graft, &map, ours[i], pl_graft_copy(graft, node, PL_GRAFT_LITERAL));
        } else if (pl_node_bool(pl_doc_node(tf->doc, unknown), &is_unknown) && is_unknown) {
            pl_graft_put(graft, &map, ours[i], pl_graft_unknown(graft, at));
        }
    }
    return map.node;
}

/* "[0]" of "module.a.aws_x.y[0]" */
static struct pl_slice index_of(const struct pl_tf_module *module, struct pl_slice address)
{
    struct pl_slice own = pl_slice_sub(address, module->prefix.len, address.len);
    return pl_slice_sub(own, pl_slice_find(own, '['), own.len);
}

/* Fourth part of "arn:aws:lambda:eu-west-1:..." */
static struct pl_slice region_of_arn(struct pl_slice arn)
{
    struct pl_slice part = PL_SLICE("");
    for (int i = 0; i < 4; i++) {
        if (!pl_slice_next(&arn, ':', &part)) {
            return PL_SLICE("");
        }
    }
    return part;
}

/* Where a function is made, when it does not say so itself. */
static void put_region(struct pl_tf *tf, uint32_t values, uint32_t configuration,
                       struct pl_graft_list *properties)
{
    struct pl_slice region = region_of_arn(text_of(tf, values, "arn"));
    if (text_of(tf, values, "region").len > 0) {
        return;
    }
    if (region.len == 0) {
        region = pl_tf_region(tf, text_of(tf, configuration, "provider_config_key"));
    }
    if (region.len > 0) {
        struct pl_pos at = pl_doc_node(tf->doc, values)->at;
        pl_graft_put(&tf->graft, properties, "Region", pl_graft_text(&tf->graft, region, at));
    }
}

/* What an attribute alone does not tell. */
static void put_rest(struct pl_tf *tf, const struct pl_tf_type *type, struct pl_tf_value value,
                     uint32_t configuration, uint32_t properties)
{
    struct pl_slice ours = pl_slice_of(type->ours);
    bool is_function = pl_slice_is(ours, "AWS::Lambda::Function");
    struct pl_graft_list list = {.node = properties};
    if (!is_function && !pl_slice_is(ours, "AWS::Lambda::LayerVersion")) {
        return;
    }
    for (uint32_t key = pl_doc_node(tf->doc, properties)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tf->doc, key)->next) {
        list.last = key;
    }
    pl_graft_put(&tf->graft, &list, is_function ? "Code" : "Content", code_of(tf, value));
    if (is_function) {
        put_region(tf, value.node, configuration, &list);
    }
}

static void translate_resource(struct pl_tf *tf, const struct pl_tf_module *module,
                               uint32_t resource)
{
    const struct pl_tf_type *type = pl_tf_type_find(text_of(tf, resource, "type"));
    if (!type || !pl_slice_is(text_of(tf, resource, "mode"), "managed")) {
        return;
    }
    struct pl_graft *graft = &tf->graft;
    uint32_t address = pl_doc_get(tf->doc, resource, "address");
    struct pl_slice name = pl_doc_node(tf->doc, address)->text;
    struct pl_pos at = pl_doc_node(tf->doc, address)->at;
    uint64_t unknown = PL_NODE_NONE;
    (void)pl_map_get(&tf->unknown, name, &unknown);
    uint32_t configuration = configuration_of(tf, module, resource);
    struct pl_tf_value value = {pl_doc_get(tf->doc, resource, "values"), (uint32_t)unknown,
                                pl_doc_get(tf->doc, configuration, "expressions")};
    const struct pl_tf_own own = {module, type, index_of(module, name), at};
    struct pl_graft_list map = pl_graft_map(graft, at);
    uint32_t properties = pl_tf_properties(tf, &own, value);
    if (graft->failed || pl_doc_node(tf->doc, properties)->kind != PL_NODE_MAP) {
        return; /* values of another shape than the format has: nothing to judge */
    }
    put_rest(tf, type, value, configuration, properties);
    if (type->wrap) {
        struct pl_graft_list outer = pl_graft_map(graft, at);
        pl_graft_put(graft, &outer, type->wrap, properties);
        properties = outer.node;
    }
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, pl_slice_of(type->ours), at));
    pl_graft_put(graft, &map, "Properties", properties);
    pl_graft_put_at(graft, &tf->resources, name, at, map.node);
}

static PL_STATUS translate_module(struct pl_tf *tf, const struct pl_tf_module *module,
                                  uint32_t node, unsigned depth)
{
    uint32_t list = pl_doc_get(tf->doc, node, "resources");
    for (uint32_t at = first(tf, list); at != PL_NODE_NONE && !tf->graft.failed;
         at = next(tf, at)) {
        translate_resource(tf, module, at);
    }
    list = pl_doc_get(tf->doc, node, "child_modules");
    for (uint32_t at = first(tf, list); at != PL_NODE_NONE && depth < PL_TF_DEPTH;
         at = next(tf, at)) {
        struct pl_tf_module inner;
        if (tf->graft.failed ||
            pl_tf_enter(tf, module, text_of(tf, at, "address"), &inner) != PL_OK ||
            translate_module(tf, &inner, at, depth + 1) != PL_OK) {
            return tf->graft.err->code;
        }
    }
    return pl_graft_status(&tf->graft);
}

/* The values of a plan, or of a state. */
static PL_STATUS find_root(const struct pl_tf *tf, const char *name, uint32_t *ret,
                           struct pl_err *err)
{
    uint32_t root = tf->doc->root;
    struct pl_pos at = pl_doc_node(tf->doc, root)->at;
    if (pl_doc_get(tf->doc, root, "lineage") != PL_NODE_NONE) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s:%u:%u: is a state file, whose form is Terraform's own affair; "
                          "lint what `terraform show -json` prints",
                          name, at.line, at.col);
    }
    struct pl_slice version = text_of(tf, root, "format_version");
    if (!pl_slice_starts(version, PL_SLICE("0.")) && !pl_slice_starts(version, PL_SLICE("1."))) {
        const struct pl_node *node =
            pl_doc_node(tf->doc, pl_doc_get(tf->doc, root, "format_version"));
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s:%u:%u: format_version: only 0.x and 1.x are known to this version of "
                          "plimsoll",
                          name, node->at.line, node->at.col);
    }
    uint32_t values = pl_doc_get(tf->doc, root, "planned_values");
    if (values == PL_NODE_NONE) {
        values = pl_doc_get(tf->doc, root, "values");
    }
    *ret = pl_doc_get(tf->doc, values, "root_module");
    return PL_OK;
}

static PL_STATUS translate(struct pl_tf *tf, const char *name, uint32_t *ret, struct pl_err *err)
{
    uint32_t root = PL_NODE_NONE;
    if (find_root(tf, name, &root, err) != PL_OK || note_module(tf, root, 0) != PL_OK ||
        note_changes(tf) != PL_OK) {
        return err->code;
    }
    uint32_t configuration = pl_doc_get(tf->doc, tf->doc->root, "configuration");
    const struct pl_tf_module module = {.config =
                                            pl_doc_get(tf->doc, configuration, "root_module")};
    tf->resources = pl_graft_map(&tf->graft, pl_doc_node(tf->doc, root)->at);
    enum pl_status status = translate_module(tf, &module, root, 0);
    *ret = tf->resources.node;
    return status;
}

PL_STATUS pl_terraform_translate(struct pl_doc *doc, struct pl_arena *arena, const char *name,
                                 uint32_t *ret_resources, struct pl_err *err)
{
    struct pl_tf tf = {.doc = doc};
    pl_graft_begin(&tf.graft, doc, arena, err);
    pl_map_init(&tf.address, PL_MAX_DOC_NODES);
    pl_map_init(&tf.known, PL_MAX_DOC_NODES);
    pl_map_init(&tf.unknown, PL_MAX_DOC_NODES);
    enum pl_status status = translate(&tf, name, ret_resources, err);
    pl_map_done(&tf.address);
    pl_map_done(&tf.known);
    pl_map_done(&tf.unknown);
    return status;
}
