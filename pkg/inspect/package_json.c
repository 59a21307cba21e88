#include "pkg/base/doc.h"
#include "pkg/inspect/js.h"

static PL_STATUS keep_text(const struct pl_doc *doc, const char *key, struct pl_slice *ret,
                           struct pl_arena *arena, struct pl_err *err)
{
    const struct pl_node *node = pl_doc_node(doc, pl_doc_get(doc, doc->root, key));
    if (node->kind != PL_NODE_SCALAR || !node->quoted) {
        return PL_OK;
    }
    return pl_arena_dup(arena, node->text, ret, err);
}

PL_STATUS pl_package_json_read(struct pl_package_json *ret, struct pl_slice text,
                               struct pl_arena *arena, struct pl_err *err)
{
    struct pl_package_json json = {0};
    struct pl_doc doc;
    struct pl_err refused = {0};
    enum pl_status status = pl_json_parse(&doc, text, 0, "package.json", &refused);
    if (status == PL_ERR_NOMEM) {
        *err = refused;
        return status;
    }
    if (status == PL_OK) {
        uint32_t id = pl_doc_get(&doc, doc.root, "type");
        const struct pl_node *type = pl_doc_node(&doc, id);
        bool strange = id != PL_NODE_NONE && (type->kind != PL_NODE_SCALAR || !type->quoted);
        json.parsed = pl_doc_node(&doc, doc.root)->kind == PL_NODE_MAP && !strange;
        json.exports = pl_doc_get(&doc, doc.root, "exports") != PL_NODE_NONE;
        status = keep_text(&doc, "type", &json.type, arena, err);
        if (status == PL_OK) {
            status = keep_text(&doc, "name", &json.name, arena, err);
        }
        if (status == PL_OK) {
            status = keep_text(&doc, "main", &json.main, arena, err);
        }
        pl_doc_done(&doc);
        if (status != PL_OK) {
            return status;
        }
    }
    *ret = json;
    return PL_OK;
}
