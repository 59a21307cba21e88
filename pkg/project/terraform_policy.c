/* Policies of IAM: a plan has them as texts of JSON, CloudFormation as maps. */
#include "pkg/base/limits.h"
#include "pkg/project/terraform_read.h"

/* The same value among the plan's nodes; all of it stands where the text stands. */
static uint32_t graft_value(struct pl_graft *graft, const struct pl_doc *from, uint32_t node,
                            struct pl_pos at)
{
    const struct pl_node *it = pl_doc_node(from, node);
    struct pl_graft_list list;
    switch ((enum pl_node_kind)it->kind) {
    case PL_NODE_NULL:
        return PL_NODE_NONE;
    case PL_NODE_SCALAR:
        return pl_graft_text(graft, it->text, at);
    case PL_NODE_SEQ:
        list = pl_graft_seq(graft, at);
        for (uint32_t i = it->child; i != PL_NODE_NONE && !graft->failed;
             i = pl_doc_node(from, i)->next) {
            pl_graft_add(graft, &list, graft_value(graft, from, i, at));
        }
        return list.node;
    case PL_NODE_MAP:
        list = pl_graft_map(graft, at);
        for (uint32_t i = it->child; i != PL_NODE_NONE && !graft->failed;
             i = pl_doc_node(from, pl_doc_node(from, i)->next)->next) {
            pl_graft_put_at(graft, &list, pl_doc_node(from, i)->text, at,
                            graft_value(graft, from, pl_doc_node(from, i)->next, at));
        }
        if (!graft->failed) { /* {Ref: x} of a policy is no function of CloudFormation */
            graft->doc->node[list.node].tag = PL_SLICE(PL_GRAFT_LITERAL);
        }
        return list.node;
    }
    return PL_NODE_NONE;
}

uint32_t pl_tf_policy(struct pl_tf *tf, uint32_t text)
{
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_graft *graft = &tf->graft;
    const struct pl_node it = *pl_doc_node(tf->doc, text);
    struct pl_err why;
    if (graft->failed || it.text.len == 0) {
        return PL_NODE_NONE;
    }
    if (pl_json_parse(&doc, it.text, it.at.file, "policy", &why) != PL_OK) {
        if (why.code == PL_ERR_NOMEM) {
            graft->failed = true;
            (void)pl_err_nomem(graft->err);
        }
        return pl_graft_unknown(graft, it.at); /* the provider says what is wrong with it */
    }
    uint32_t made = graft_value(graft, &doc, doc.root, it.at);
    pl_arena_adopt(graft->arena, &doc.arena);
    return made;
}
