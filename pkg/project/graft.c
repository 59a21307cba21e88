#include "pkg/project/graft.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdarg.h>

/* What a document may grow to: its own nodes, and those that are made of them. */
#define MAX_NODES (3 * (size_t)PL_MAX_DOC_NODES)

void pl_graft_begin(struct pl_graft *graft, struct pl_doc *doc, struct pl_arena *arena,
                    struct pl_err *err)
{
    *graft = (struct pl_graft){.doc = doc, .arena = arena, .err = err, .cap = doc->n};
}

PL_STATUS pl_graft_status(const struct pl_graft *graft)
{
    return graft->failed ? graft->err->code : PL_OK;
}

static uint32_t add_node(struct pl_graft *graft, struct pl_node node)
{
    if (graft->failed) {
        return PL_NODE_NONE;
    }
    struct pl_node *list = pl_arr_grow(graft->doc->node, &graft->cap, (size_t)graft->doc->n + 1,
                                       sizeof *list, MAX_NODES, "values", graft->err);
    if (!list) {
        graft->failed = true;
        return PL_NODE_NONE;
    }
    graft->doc->node = list;
    list[graft->doc->n] = node;
    return graft->doc->n++;
}

struct pl_graft_list pl_graft_map(struct pl_graft *graft, struct pl_pos at)
{
    return (struct pl_graft_list){
        .node = add_node(graft, (struct pl_node){.kind = PL_NODE_MAP, .at = at})};
}

struct pl_graft_list pl_graft_seq(struct pl_graft *graft, struct pl_pos at)
{
    return (struct pl_graft_list){
        .node = add_node(graft, (struct pl_node){.kind = PL_NODE_SEQ, .at = at})};
}

uint32_t pl_graft_text(struct pl_graft *graft, struct pl_slice text, struct pl_pos at)
{
    return add_node(graft, (struct pl_node){.kind = PL_NODE_SCALAR,
                                            .quoted = 1,
                                            .tag = PL_SLICE(PL_GRAFT_LITERAL),
                                            .text = text,
                                            .at = at});
}

uint32_t pl_graft_fmt(struct pl_graft *graft, struct pl_pos at, const char *fmt, ...)
{
    struct pl_slice text = PL_SLICE("");
    va_list args;
    va_start(args, fmt);
    if (!graft->failed && pl_arena_vfmt(graft->arena, &text, graft->err, fmt, args) != PL_OK) {
        graft->failed = true;
    }
    va_end(args);
    return pl_graft_text(graft, text, at);
}

uint32_t pl_graft_unknown(struct pl_graft *graft, struct pl_pos at)
{
    return add_node(graft, (struct pl_node){.kind = PL_NODE_SCALAR,
                                            .quoted = 1,
                                            .tag = PL_SLICE(PL_GRAFT_UNKNOWN),
                                            .at = at});
}

uint32_t pl_graft_copy(struct pl_graft *graft, uint32_t node, const char *tag)
{
    struct pl_node copy = *pl_doc_node(graft->doc, node);
    copy.next = PL_NODE_NONE;
    if (tag) {
        copy.tag = pl_slice_of(tag);
    }
    return node == PL_NODE_NONE ? node : add_node(graft, copy);
}

uint32_t pl_graft_call(struct pl_graft *graft, const char *name, struct pl_slice text,
                       struct pl_pos at)
{
    struct pl_graft_list map = pl_graft_map(graft, at);
    pl_graft_put(graft, &map, name, pl_graft_text(graft, text, at));
    return map.node;
}

static void link_last(struct pl_graft *graft, struct pl_graft_list *list, uint32_t node)
{
    if (graft->failed) {
        return;
    }
    if (list->last == PL_NODE_NONE) {
        graft->doc->node[list->node].child = node;
    } else {
        graft->doc->node[list->last].next = node;
    }
    list->last = node;
}

void pl_graft_add(struct pl_graft *graft, struct pl_graft_list *seq, uint32_t value)
{
    if (value != PL_NODE_NONE) {
        link_last(graft, seq, value);
    }
}

void pl_graft_put_at(struct pl_graft *graft, struct pl_graft_list *map, struct pl_slice key,
                     struct pl_pos at, uint32_t value)
{
    if (value != PL_NODE_NONE) {
        link_last(graft, map, pl_graft_text(graft, key, at));
        link_last(graft, map, value);
    }
}

void pl_graft_put(struct pl_graft *graft, struct pl_graft_list *map, const char *key,
                  uint32_t value)
{
    pl_graft_put_at(graft, map, pl_slice_of(key), pl_doc_node(graft->doc, value)->at, value);
}
