/* Where the resources of a plan are made: what its providers are given. */
#include "pkg/project/terraform_read.h"

static struct pl_slice text_at(const struct pl_tf *tf, uint32_t map, const char *key)
{
    const struct pl_node *it = pl_doc_node(tf->doc, pl_doc_get(tf->doc, map, key));
    return it->kind == PL_NODE_SCALAR ? it->text : PL_SLICE("");
}

/* Of the module around the root there are only values. */
static struct pl_slice variable(const struct pl_tf *tf, struct pl_slice name)
{
    uint32_t list = pl_doc_get(tf->doc, tf->doc->root, "variables");
    return text_at(tf, pl_tf_get(tf->doc, list, name), "value");
}

struct pl_slice pl_tf_text(const struct pl_tf *tf, uint32_t expression)
{
    struct pl_slice constant = text_at(tf, expression, "constant_value");
    uint32_t list = pl_doc_get(tf->doc, expression, "references");
    const struct pl_node *names = pl_doc_node(tf->doc, list);
    struct pl_slice name = pl_doc_node(tf->doc, names->child)->text;
    bool is_variable = names->kind == PL_NODE_SEQ && pl_doc_count(tf->doc, list) == 1 &&
                       pl_slice_starts(name, PL_SLICE("var."));
    return is_variable ? variable(tf, pl_slice_sub(name, 4, name.len)) : constant;
}

struct pl_slice pl_tf_region(const struct pl_tf *tf, struct pl_slice provider)
{
    uint32_t configuration = pl_doc_get(tf->doc, tf->doc->root, "configuration");
    uint32_t list = pl_doc_get(tf->doc, configuration, "provider_config");
    uint32_t it = pl_tf_get(tf->doc, list, provider.len > 0 ? provider : PL_SLICE("aws"));
    size_t colon = pl_slice_rfind(provider, ':');
    if (it == PL_NODE_NONE && colon < provider.len) { /* of a module: what it got from outside */
        it = pl_tf_get(tf->doc, list, pl_slice_sub(provider, colon + 1, provider.len));
    }
    uint32_t expressions = pl_doc_get(tf->doc, it, "expressions");
    return pl_tf_text(tf, pl_doc_get(tf->doc, expressions, "region"));
}
