/* Attributes of a plan as CloudFormation's properties. */
#include "pkg/base/limits.h"
#include "pkg/project/terraform_read.h"

struct conversion {
    struct pl_tf *tf;
    const struct pl_tf_own *own;
    unsigned depth;
};

static uint32_t convert(struct conversion *c, struct pl_tf_value value, bool is_free);

static const struct pl_node *node_of(const struct conversion *c, uint32_t node)
{
    return pl_doc_node(c->tf->doc, node);
}

static bool is_true(const struct conversion *c, uint32_t node)
{
    bool value = false;
    return pl_node_bool(node_of(c, node), &value) && value;
}

/* Is anything in it not known? */
static bool has_true(const struct conversion *c, uint32_t node, unsigned depth)
{
    uint8_t kind = node_of(c, node)->kind;
    bool found = is_true(c, node);
    if (kind != PL_NODE_SEQ && kind != PL_NODE_MAP) {
        return found;
    }
    for (uint32_t at = node_of(c, node)->child; !found && at != PL_NODE_NONE && depth < PL_TF_DEPTH;
         at = node_of(c, at)->next) {
        found = has_true(c, at, depth + 1);
    }
    return found;
}

static uint32_t get(const struct conversion *c, uint32_t map, struct pl_slice key)
{
    return pl_tf_get(c->tf->doc, map, key);
}

/* Item `i`, or the node itself when it is no list: an expression stands for all items. */
static uint32_t nth(const struct conversion *c, uint32_t list, uint32_t i, bool or_itself)
{
    if (node_of(c, list)->kind != PL_NODE_SEQ) {
        return or_itself ? list : (uint32_t)PL_NODE_NONE;
    }
    uint32_t at = node_of(c, list)->child;
    for (; i > 0 && at != PL_NODE_NONE; i--) {
        at = node_of(c, at)->next;
    }
    return at;
}

/* "memory_size" as "MemorySize"; NULL when there is no room for it. */
static struct pl_slice camel(struct conversion *c, struct pl_slice name)
{
    struct pl_slice copy = name;
    if (c->tf->graft.failed ||
        pl_arena_dup(c->tf->graft.arena, name, &copy, c->tf->graft.err) != PL_OK) {
        c->tf->graft.failed = true;
        return name;
    }
    char *to = (char *)(uintptr_t)copy.ptr; /* NOLINT(performance-no-int-to-ptr): ours, just made */
    size_t n = 0;
    bool upper = true;
    for (size_t i = 0; i < name.len; i++) {
        char letter = name.ptr[i];
        if (letter == '_') {
            upper = true;
            continue;
        }
        to[n++] = (char)(upper && letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
        upper = false;
    }
    return pl_slice_sub(copy, 0, n);
}

/* What an attribute is called; false when it is left out. */
static bool name_of(struct conversion *c, struct pl_slice theirs, struct pl_slice *ret)
{
    const struct pl_tf_attribute *at = c->own->type->attribute;
    while (at && at->theirs && !pl_slice_is(theirs, at->theirs)) {
        at++;
    }
    if (at && at->theirs) {
        *ret = pl_slice_of(at->ours);
        return at->ours != NULL;
    }
    *ret = camel(c, theirs);
    return true;
}

/* {Fn::GetAtt: [address, Attribute]} */
static uint32_t name_it(struct conversion *c, const struct pl_tf_reference *what, struct pl_pos at)
{
    struct pl_graft *graft = &c->tf->graft;
    struct pl_graft_list map = pl_graft_map(graft, at);
    struct pl_graft_list pair = pl_graft_seq(graft, at);
    pl_graft_add(graft, &pair, pl_graft_text(graft, what->address, at));
    pl_graft_add(graft, &pair, pl_graft_text(graft, camel(c, what->attribute), at));
    pl_graft_put(graft, &map, "Fn::GetAtt", pair.node);
    return map.node;
}

/* A value that only applying the plan will tell: the resource that it comes from, when the
 * configuration names exactly one. */
static uint32_t from_expression(struct conversion *c, uint32_t expression, struct pl_pos at)
{
    struct pl_tf_reference found[1];
    uint32_t n = 0;
    if (!c->tf->graft.failed &&
        pl_tf_references(c->tf, c->own, expression, found, 1, &n) != PL_OK) {
        c->tf->graft.failed = true;
    }
    return n == 1 ? name_it(c, &found[0], at) : pl_graft_unknown(&c->tf->graft, at);
}

static uint32_t convert_scalar(struct conversion *c, uint32_t node, bool is_free)
{
    const struct pl_node *it = node_of(c, node);
    uint64_t owner = 0;
    bool is_unset = it->text.len == 0 || (pl_slice_is(it->text, "-1") && !it->quoted);
    if (is_unset && !is_free) {
        return PL_NODE_NONE;
    }
    if (!is_free && it->quoted && pl_map_get(&c->tf->known, it->text, &owner)) {
        return pl_graft_call(&c->tf->graft, "Ref", node_of(c, (uint32_t)owner)->text, it->at);
    }
    return pl_graft_copy(&c->tf->graft, node, PL_GRAFT_LITERAL);
}

/* Does what a block's configuration writes out stand in the block's values? */
static bool fits(const struct conversion *c, uint32_t block, uint32_t values)
{
    uint32_t key =
        node_of(c, block)->kind == PL_NODE_MAP ? node_of(c, block)->child : (uint32_t)PL_NODE_NONE;
    bool is = node_of(c, block)->kind == PL_NODE_MAP;
    while (key != PL_NODE_NONE && is) {
        uint32_t expression = node_of(c, key)->next;
        uint32_t constant = pl_doc_get(c->tf->doc, expression, "constant_value");
        const struct pl_node *value = node_of(c, get(c, values, node_of(c, key)->text));
        is = constant == PL_NODE_NONE || node_of(c, constant)->kind != PL_NODE_SCALAR ||
             pl_slice_eq(node_of(c, constant)->text, value->text);
        key = node_of(c, expression)->next;
    }
    return is;
}

/* The configuration of item `i`.  Blocks of a set stand in an order of their own: then the only one
 * that fits is taken, and none when several do. */
static uint32_t expression_of(const struct conversion *c, uint32_t list, uint32_t i, uint32_t item)
{
    const struct pl_node *it = node_of(c, list);
    uint32_t only = PL_NODE_NONE;
    uint32_t n = 0;
    if (it->kind != PL_NODE_SEQ || node_of(c, item)->kind != PL_NODE_MAP) {
        return nth(c, list, i, true);
    }
    for (uint32_t at = it->child; at != PL_NODE_NONE; at = node_of(c, at)->next) {
        bool is = fits(c, at, item);
        n += is;
        only = is ? at : only;
    }
    return n == 1 ? only : (uint32_t)PL_NODE_NONE;
}

/* Items that are not known yet, when the expression names as many resources as there are such
 * items: in that order. */
static uint32_t convert_seq(struct conversion *c, struct pl_tf_value value, bool is_free)
{
    enum { MAX_ITEMS = 32 };
    struct pl_tf_reference found[MAX_ITEMS];
    uint32_t n_found = 0;
    uint32_t n_unknown = 0;
    uint32_t used = 0;
    struct pl_graft *graft = &c->tf->graft;
    struct pl_graft_list list = pl_graft_seq(graft, node_of(c, value.node)->at);
    for (uint32_t at = node_of(c, value.unknown)->child;
         node_of(c, value.unknown)->kind == PL_NODE_SEQ && at != PL_NODE_NONE;
         at = node_of(c, at)->next) {
        n_unknown += is_true(c, at);
    }
    if (n_unknown > 0 && !graft->failed &&
        pl_tf_references(c->tf, c->own, value.expression, found, MAX_ITEMS, &n_found) != PL_OK) {
        graft->failed = true;
    }
    bool named = n_found == n_unknown && n_found <= MAX_ITEMS;
    uint32_t i = 0;
    for (uint32_t at = node_of(c, value.node)->child; at != PL_NODE_NONE && !graft->failed;
         at = node_of(c, at)->next, i++) {
        struct pl_tf_value item = {at, nth(c, value.unknown, i, false),
                                   expression_of(c, value.expression, i, at)};
        struct pl_pos place = node_of(c, at)->at;
        if (!is_true(c, item.unknown)) {
            pl_graft_add(graft, &list, convert(c, item, is_free));
        } else if (named) {
            pl_graft_add(graft, &list, name_it(c, &found[used++], place));
        } else {
            pl_graft_add(graft, &list, pl_graft_unknown(graft, place));
        }
    }
    return list.node;
}

/* `node` under a name; "A.B" is B in A. */
static void put_named(struct conversion *c, struct pl_graft_list *to, struct pl_slice name,
                      struct pl_pos at, uint32_t node)
{
    struct pl_slice outer = pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    if (outer.len < name.len && node != PL_NODE_NONE) {
        struct pl_graft_list inner = pl_graft_map(&c->tf->graft, at);
        pl_graft_put_at(&c->tf->graft, &inner, pl_slice_sub(name, outer.len + 1, name.len), at,
                        node);
        node = inner.node;
    }
    pl_graft_put_at(&c->tf->graft, to, outer, at, node);
}

/* One attribute: of a block that stands at most once CloudFormation has no list. */
static void put_attribute(struct conversion *c, struct pl_graft_list *to, struct pl_slice key,
                          struct pl_tf_value value, struct pl_pos at)
{
    struct pl_slice name;
    const struct pl_node *it = node_of(c, value.node);
    bool is_zero = it->kind == PL_NODE_SCALAR && !it->quoted && pl_slice_is(it->text, "0");
    if (!name_of(c, key, &name) || (is_zero && pl_tf_is_zero_unset(key))) {
        return;
    }
    if (pl_tf_is_policy(c->own->type, key) && it->kind == PL_NODE_SCALAR) {
        put_named(c, to, name, at, pl_tf_policy(c->tf, value.node));
        return;
    }
    if (pl_tf_is_single(key) && it->kind == PL_NODE_SEQ) {
        value.node = nth(c, value.node, 0, false);
        value.unknown = nth(c, value.unknown, 0, true);
        value.expression = nth(c, value.expression, 0, true);
    }
    put_named(c, to, name, at, convert(c, value, pl_tf_is_free(key)));
}

/* The value of an attribute that is not known yet; NONE when the attribute says nothing then. */
static uint32_t unknown_value(struct conversion *c, struct pl_slice key, uint32_t expression,
                              struct pl_pos at)
{
    bool has_own = c->own->module->config != PL_NODE_NONE;
    if (has_own && expression == PL_NODE_NONE && pl_tf_is_gathered(key)) {
        return PL_NODE_NONE;
    }
    return pl_tf_is_policy(c->own->type, key) ? pl_graft_unknown(&c->tf->graft, at)
                                              : from_expression(c, expression, at);
}

/* What is not known is not in the values at all. */
static void put_unknown(struct conversion *c, struct pl_graft_list *to, struct pl_tf_value value,
                        bool is_free)
{
    struct pl_graft *graft = &c->tf->graft;
    struct pl_pos at = c->depth <= 1 ? c->own->at : node_of(c, value.node)->at;
    uint32_t key = node_of(c, value.unknown)->kind == PL_NODE_MAP ? node_of(c, value.unknown)->child
                                                                  : (uint32_t)PL_NODE_NONE;
    while (key != PL_NODE_NONE && !graft->failed) {
        struct pl_slice theirs = node_of(c, key)->text;
        struct pl_slice ours = theirs;
        uint32_t node = node_of(c, key)->next;
        key = node_of(c, node)->next;
        if (get(c, value.node, theirs) != PL_NODE_NONE || !has_true(c, node, 0)) {
            continue;
        }
        if (is_free) {
            pl_graft_put_at(graft, to, ours, at, pl_graft_unknown(graft, at));
        } else if (name_of(c, theirs, &ours)) {
            uint32_t expression = get(c, value.expression, theirs);
            put_named(c, to, ours, at, unknown_value(c, theirs, expression, at));
        }
    }
}

static uint32_t convert_map(struct conversion *c, struct pl_tf_value value, bool is_free)
{
    struct pl_graft *graft = &c->tf->graft;
    struct pl_graft_list map = pl_graft_map(graft, node_of(c, value.node)->at);
    if (is_free && !graft->failed) {
        graft->doc->node[map.node].tag = PL_SLICE(PL_GRAFT_LITERAL);
    }
    for (uint32_t key = node_of(c, value.node)->child; key != PL_NODE_NONE && !graft->failed;) {
        struct pl_slice name = node_of(c, key)->text;
        struct pl_pos at = node_of(c, key)->at;
        uint32_t node = node_of(c, key)->next;
        struct pl_tf_value inner = {node, get(c, value.unknown, name),
                                    get(c, value.expression, name)};
        if (is_free) {
            pl_graft_put_at(graft, &map, name, at, convert(c, inner, true));
        } else {
            put_attribute(c, &map, name, inner, at);
        }
        key = node_of(c, node)->next;
    }
    put_unknown(c, &map, value, is_free);
    return map.node;
}

static uint32_t convert(struct conversion *c, struct pl_tf_value value, bool is_free)
{
    const struct pl_node *it = node_of(c, value.node);
    uint32_t made = PL_NODE_NONE;
    if (is_true(c, value.unknown) && it->kind == PL_NODE_NULL) {
        return from_expression(c, value.expression, it->at);
    }
    if (c->depth >= PL_TF_DEPTH) {
        return pl_graft_unknown(&c->tf->graft, it->at);
    }
    c->depth++;
    switch ((enum pl_node_kind)it->kind) {
    case PL_NODE_NULL:
        break;
    case PL_NODE_SCALAR:
        made = convert_scalar(c, value.node, is_free);
        break;
    case PL_NODE_SEQ:
        made = convert_seq(c, value, is_free);
        break;
    case PL_NODE_MAP:
        made = convert_map(c, value, is_free);
        break;
    }
    c->depth--;
    return made;
}

uint32_t pl_tf_properties(struct pl_tf *tf, const struct pl_tf_own *own, struct pl_tf_value value)
{
    struct conversion c = {.tf = tf, .own = own};
    return convert(&c, value, false);
}
