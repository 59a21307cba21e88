/* Values of a template: what the intrinsic functions make of them. */
#include "pkg/base/limits.h"
#include "pkg/project/graft.h"
#include "pkg/project/template_read.h"

#include <string.h>

static const struct {
    const char *tag, *key;
    enum pl_tp_function function;
} pl_tp_functions[] = {
    {"!Ref", "Ref", PL_TP_REF},
    {"!Sub", "Fn::Sub", PL_TP_SUB},
    {"!GetAtt", "Fn::GetAtt", PL_TP_GETATT},
    {"!Join", "Fn::Join", PL_TP_JOIN},
    {"!Select", "Fn::Select", PL_TP_SELECT},
    {"!Split", "Fn::Split", PL_TP_SPLIT},
    {"!If", "Fn::If", PL_TP_IF},
    {"!FindInMap", "Fn::FindInMap", PL_TP_FINDINMAP},
    {"!ImportValue", "Fn::ImportValue", PL_TP_IMPORT},
    {"!Transform", "Fn::Transform", PL_TP_TRANSFORM},
    {"!Length", "Fn::Length", PL_TP_LENGTH},
    {"!And", "Fn::And", PL_TP_AND},
    {"!Or", "Fn::Or", PL_TP_OR},
    {"!Not", "Fn::Not", PL_TP_NOT},
    {"!Equals", "Fn::Equals", PL_TP_EQUALS},
    {"!Condition", "Condition", PL_TP_CONDITION},
};

enum { FUNCTION_COUNT = sizeof pl_tp_functions / sizeof *pl_tp_functions };

static bool is_plain_tag(struct pl_slice tag)
{
    return tag.len == 0 || pl_slice_is(tag, "!") ||
           pl_slice_starts(tag, PL_SLICE("tag:yaml.org,2002:"));
}

enum pl_tp_function pl_tp_calls(const struct pl_tp *tp, uint32_t node, uint32_t *ret_arg)
{
    const struct pl_node *it = pl_doc_node(tp->doc, node);
    *ret_arg = node;
    if (it->tag.len > 0 && pl_slice_is(it->tag, PL_GRAFT_LITERAL)) {
        return PL_TP_PLAIN;
    }
    if (it->tag.len > 0 && pl_slice_is(it->tag, PL_GRAFT_UNKNOWN)) {
        return PL_TP_NOT_KNOWN;
    }
    if (!is_plain_tag(it->tag)) {
        for (size_t i = 0; i < FUNCTION_COUNT; i++) {
            if (pl_slice_is(it->tag, pl_tp_functions[i].tag)) {
                return pl_tp_functions[i].function;
            }
        }
        return PL_TP_OTHER;
    }
    if (it->kind != PL_NODE_MAP || it->child == PL_NODE_NONE) {
        return PL_TP_PLAIN;
    }
    const struct pl_node *key = pl_doc_node(tp->doc, it->child);
    if (pl_doc_node(tp->doc, key->next)->next != PL_NODE_NONE) {
        return PL_TP_PLAIN; /* more than one key: a map of the template's own */
    }
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (pl_slice_is(key->text, pl_tp_functions[i].key)) {
            *ret_arg = key->next;
            return pl_tp_functions[i].function;
        }
    }
    return pl_slice_starts(key->text, PL_SLICE("Fn::")) &&
                   !pl_slice_starts(key->text, PL_SLICE("Fn::ForEach"))
               ? PL_TP_OTHER
               : PL_TP_PLAIN;
}

struct pl_value pl_tp_setting(const struct pl_tp_value *value)
{
    struct pl_value setting = {.known = PL_ABSENT};
    switch ((enum pl_tp_kind)value->kind) {
    case PL_TP_ABSENT:
        break;
    case PL_TP_TEXT:
        setting = pl_value_given(value->text, value->at);
        break;
    case PL_TP_UNKNOWN:
        setting = (struct pl_value){.known = PL_UNKNOWN, .at = value->at, .why = value->why};
        break;
    case PL_TP_LIST:
    case PL_TP_MAP:
        setting = (struct pl_value){.known = PL_UNKNOWN, .at = value->at, .why = PL_TP_WHY_STRANGE};
        break;
    }
    return setting;
}

/* "{{resolve:ssm:...}}" */
static bool is_dynamic(struct pl_slice text)
{
    return pl_slice_find_text(text, PL_SLICE("{{resolve:")) < text.len;
}

/* The value as it stands, its tag left out of account. */
static PL_STATUS eval_plain(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                            struct pl_tp_value *ret, struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(tp->doc, node);
    struct pl_slice text = it->text;
    switch ((enum pl_node_kind)it->kind) {
    case PL_NODE_NULL:
        *ret = (struct pl_tp_value){.kind = PL_TP_ABSENT, .at = it->at};
        return PL_OK;
    case PL_NODE_SEQ:
    case PL_NODE_MAP:
        *ret = (struct pl_tp_value){.kind = it->kind == PL_NODE_SEQ ? PL_TP_LIST : PL_TP_MAP,
                                    .at = it->at,
                                    .node = node,
                                    .loop = loop};
        return PL_OK;
    case PL_NODE_SCALAR:
        break;
    }
    if (tp->project->dialect == PL_DIALECT_TERRAFORM) {
        *ret = pl_tp_text(text, it->at); /* which knows no other substitutions than its own */
        return PL_OK;
    }
    if (pl_tp_loop_text(tp, it->text, loop, &text, err) != PL_OK) {
        return err->code;
    }
    *ret = is_dynamic(text) ? pl_tp_unknown(it->at, PL_TP_WHY_RESOLVE) : pl_tp_text(text, it->at);
    return PL_OK;
}

static PL_STATUS eval_if(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                         struct pl_tp_value *ret, struct pl_err *err)
{
    uint32_t name = pl_tp_nth(tp, arg, 0);
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    enum pl_tp_truth truth = PL_TP_MAYBE;
    if (pl_tp_nth(tp, arg, 2) == PL_NODE_NONE) {
        *ret = pl_tp_unknown(at, PL_TP_WHY_STRANGE);
        return PL_OK;
    }
    struct pl_slice text;
    if (pl_tp_loop_text(tp, pl_doc_node(tp->doc, name)->text, loop, &text, err) != PL_OK ||
        pl_tp_condition(tp, text, &truth, err) != PL_OK) {
        return err->code;
    }
    if (truth != PL_TP_MAYBE) {
        return pl_tp_eval(tp, pl_tp_nth(tp, arg, truth == PL_TP_YES ? 1 : 2), loop, ret, err);
    }
    struct pl_tp_value yes;
    struct pl_tp_value no;
    if (pl_tp_eval(tp, pl_tp_nth(tp, arg, 1), loop, &yes, err) != PL_OK ||
        pl_tp_eval(tp, pl_tp_nth(tp, arg, 2), loop, &no, err) != PL_OK) {
        return err->code;
    }
    bool same = yes.kind == PL_TP_TEXT && no.kind == PL_TP_TEXT && pl_slice_eq(yes.text, no.text);
    *ret = same ? yes : pl_tp_unknown(at, PL_TP_WHY_CONDITION);
    return PL_OK;
}

static PL_STATUS eval_join(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                           struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    struct pl_slice by = pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 0))->text;
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    if (pl_tp_eval(tp, pl_tp_nth(tp, arg, 1), loop, &list, err) != PL_OK) {
        return err->code;
    }
    if (list.kind != PL_TP_LIST) {
        *ret = pl_tp_unknown(at, list.kind == PL_TP_UNKNOWN ? list.why : PL_TP_WHY_STRANGE);
        return PL_OK;
    }
    if (pl_tp_items(tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TP_TEXT_MAX};
    for (uint32_t i = 0; i < n; i++) {
        if (item[i].kind != PL_TP_TEXT) {
            *ret =
                pl_tp_unknown(at, item[i].kind == PL_TP_UNKNOWN ? item[i].why : PL_TP_WHY_STRANGE);
            return PL_OK;
        }
        enum pl_status status = i > 0 ? pl_buf_slice(&text, by, err) : PL_OK;
        status = status ? status : pl_buf_slice(&text, item[i].text, err);
        if (status == PL_ERR_LIMIT) {
            *ret = pl_tp_unknown(at, PL_TP_WHY_TOO_MUCH);
            return PL_OK;
        }
        if (status) {
            return status;
        }
    }
    *ret = pl_tp_text((struct pl_slice){0}, at);
    return pl_arena_dup(&tp->project->arena, pl_buf_view(&text), &ret->text, err);
}

static PL_STATUS eval_select(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                             struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    struct pl_tp_value index;
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    uint64_t i = 0;
    if (pl_tp_eval(tp, pl_tp_nth(tp, arg, 0), loop, &index, err) != PL_OK ||
        pl_tp_eval(tp, pl_tp_nth(tp, arg, 1), loop, &list, err) != PL_OK) {
        return err->code;
    }
    if (index.kind == PL_TP_UNKNOWN || list.kind == PL_TP_UNKNOWN) {
        *ret = pl_tp_unknown(at, index.kind == PL_TP_UNKNOWN ? index.why : list.why);
        return PL_OK;
    }
    bool good = index.kind == PL_TP_TEXT && pl_slice_u64(index.text, &i) && list.kind == PL_TP_LIST;
    if (good && pl_tp_items(tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    *ret = good && i < n ? item[i] : pl_tp_unknown(at, PL_TP_WHY_STRANGE);
    return PL_OK;
}

static PL_STATUS eval_split(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                            struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    struct pl_slice by = pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 0))->text;
    struct pl_tp_value text;
    if (pl_tp_eval(tp, pl_tp_nth(tp, arg, 1), loop, &text, err) != PL_OK) {
        return err->code;
    }
    if (text.kind != PL_TP_TEXT || by.len == 0) {
        *ret = pl_tp_unknown(at, text.kind == PL_TP_UNKNOWN ? text.why : PL_TP_WHY_STRANGE);
        return PL_OK;
    }
    return pl_tp_split(tp, text.text, by, at, ret, err);
}

/* [map, first key, second key, {DefaultValue}] */
static PL_STATUS eval_find(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                           struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    uint32_t node = tp->mappings;
    for (uint32_t i = 0; i < 3; i++) {
        struct pl_tp_value key;
        if (pl_tp_eval(tp, pl_tp_nth(tp, arg, i), loop, &key, err) != PL_OK) {
            return err->code;
        }
        if (key.kind != PL_TP_TEXT) {
            *ret = pl_tp_unknown(at, key.kind == PL_TP_UNKNOWN ? key.why : PL_TP_WHY_STRANGE);
            return PL_OK;
        }
        struct pl_slice name;
        if (pl_arena_dup(&tp->project->arena, key.text, &name, err) != PL_OK) {
            return err->code;
        }
        uint32_t next = strlen(name.ptr) == name.len ? pl_doc_get(tp->doc, node, name.ptr)
                                                     : (uint32_t)PL_NODE_NONE;
        if (next == PL_NODE_NONE) {
            uint32_t other = pl_doc_get(tp->doc, pl_tp_nth(tp, arg, 3), "DefaultValue");
            if (other != PL_NODE_NONE) {
                return pl_tp_eval(tp, other, loop, ret, err);
            }
            *ret = pl_tp_unknown(at, PL_TP_WHY_STRANGE);
            return PL_OK;
        }
        node = next;
    }
    return eval_plain(tp, node, loop, ret, err);
}

static PL_STATUS eval_length(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                             struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    enum pl_tp_function inner = pl_tp_calls(tp, arg, &arg);
    /* The short form's own tag stands on its list. */
    enum pl_status status = inner == PL_TP_LENGTH || inner == PL_TP_PLAIN
                                ? eval_plain(tp, arg, loop, &list, err)
                                : pl_tp_eval(tp, arg, loop, &list, err);
    if (status) {
        return status;
    }
    if (list.kind != PL_TP_LIST) {
        *ret = pl_tp_unknown(at, list.kind == PL_TP_UNKNOWN ? list.why : PL_TP_WHY_STRANGE);
        return PL_OK;
    }
    if (pl_tp_items(tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_tp_text((struct pl_slice){0}, at);
    return pl_arena_fmt(&tp->project->arena, &ret->text, err, "%u", n);
}

/* Ref and GetAtt name something; "A.B" and [A, B] name A. */
static PL_STATUS eval_named(struct pl_tp *tp, enum pl_tp_function function, uint32_t arg,
                            const struct pl_tp_loop *loop, struct pl_tp_value *ret,
                            struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(tp->doc, arg);
    struct pl_slice name =
        it->kind == PL_NODE_SEQ ? pl_doc_node(tp->doc, it->child)->text : it->text;
    if (pl_tp_loop_text(tp, name, loop, &name, err) != PL_OK) {
        return err->code;
    }
    if (function == PL_TP_REF) {
        return pl_tp_ref(tp, name, it->at, loop, ret, err);
    }
    *ret = pl_tp_unknown(it->at, PL_TP_WHY_DEPLOY);
    /* Terraform's addresses have dots. */
    bool is_whole = tp->project->dialect == PL_DIALECT_TERRAFORM;
    ret->ref = is_whole ? name : pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    ret->attribute = it->kind == PL_NODE_SEQ ? pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 1))->text
                                             : pl_slice_sub(name, ret->ref.len + 1, name.len);
    return PL_OK;
}

static PL_STATUS call(struct pl_tp *tp, enum pl_tp_function function, uint32_t arg,
                      const struct pl_tp_loop *loop, struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    switch (function) {
    case PL_TP_PLAIN:
        return eval_plain(tp, arg, loop, ret, err);
    case PL_TP_REF:
    case PL_TP_GETATT:
        return eval_named(tp, function, arg, loop, ret, err);
    case PL_TP_SUB:
        return pl_tp_sub(tp, arg, loop, ret, err);
    case PL_TP_JOIN:
        return eval_join(tp, arg, loop, ret, err);
    case PL_TP_SELECT:
        return eval_select(tp, arg, loop, ret, err);
    case PL_TP_SPLIT:
        return eval_split(tp, arg, loop, ret, err);
    case PL_TP_IF:
        return eval_if(tp, arg, loop, ret, err);
    case PL_TP_FINDINMAP:
        return eval_find(tp, arg, loop, ret, err);
    case PL_TP_LENGTH:
        return eval_length(tp, arg, loop, ret, err);
    case PL_TP_IMPORT:
        *ret = pl_tp_unknown(at, PL_TP_WHY_EXPORT);
        return PL_OK;
    case PL_TP_TRANSFORM:
        *ret = pl_tp_unknown(at, PL_TP_WHY_MACRO);
        return PL_OK;
    case PL_TP_NOT_KNOWN:
        *ret = pl_tp_unknown(at, tp->project->dialect == PL_DIALECT_TERRAFORM ? PL_TP_WHY_APPLY
                                                                              : PL_TP_WHY_VARIABLE);
        return PL_OK;
    case PL_TP_AND:
    case PL_TP_OR:
    case PL_TP_NOT:
    case PL_TP_EQUALS:
    case PL_TP_CONDITION:
    case PL_TP_OTHER:
        break;
    }
    *ret = pl_tp_unknown(at, PL_TP_WHY_FUNCTION);
    return PL_OK;
}

PL_STATUS pl_tp_eval(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                     struct pl_tp_value *ret, struct pl_err *err)
{
    uint32_t arg = node;
    if (tp->depth >= PL_TP_DEPTH || tp->steps >= PL_TP_STEPS) {
        *ret = pl_tp_unknown(pl_doc_node(tp->doc, node)->at, PL_TP_WHY_TOO_MUCH);
        return PL_OK;
    }
    tp->depth++;
    tp->steps++;
    enum pl_tp_function function = pl_tp_calls(tp, node, &arg);
    enum pl_status status = call(tp, function, arg, loop, ret, err);
    tp->depth--;
    return status;
}

PL_STATUS pl_tp_get_at(struct pl_tp *tp, const struct pl_tp_value *map, uint32_t node,
                       struct pl_tp_value *ret, struct pl_err *err)
{
    *ret = (struct pl_tp_value){.kind = PL_TP_ABSENT};
    if (node != PL_NODE_NONE) {
        return pl_tp_eval(tp, node, map->loop, ret, err);
    }
    if (tp->has_transform && pl_doc_get(tp->doc, map->node, "Fn::Transform") != PL_NODE_NONE) {
        *ret = pl_tp_unknown(map->at, PL_TP_WHY_MACRO);
    }
    return PL_OK;
}

PL_STATUS pl_tp_get(struct pl_tp *tp, const struct pl_tp_value *map, const char *key,
                    struct pl_tp_value *ret, struct pl_err *err)
{
    *ret = (struct pl_tp_value){.kind = PL_TP_ABSENT};
    if (map->kind == PL_TP_UNKNOWN) {
        *ret = pl_tp_unknown(map->at, map->why);
        return PL_OK;
    }
    if (map->kind != PL_TP_MAP) {
        return PL_OK;
    }
    return pl_tp_get_at(tp, map, pl_doc_get(tp->doc, map->node, key), ret, err);
}

PL_STATUS pl_tp_items(struct pl_tp *tp, const struct pl_tp_value *list, struct pl_tp_value **ret,
                      uint32_t *ret_n, struct pl_err *err)
{
    if (list->node == PL_NODE_NONE) {
        *ret = list->item;
        *ret_n = list->n;
        return PL_OK;
    }
    uint32_t most = pl_doc_count(tp->doc, list->node);
    struct pl_tp_value *item = pl_arena_new(&tp->project->arena, most, sizeof *item, err);
    uint32_t n = 0;
    if (!item) {
        return err->code;
    }
    for (uint32_t at = pl_doc_node(tp->doc, list->node)->child; at != PL_NODE_NONE;
         at = pl_doc_node(tp->doc, at)->next) {
        if (pl_tp_eval(tp, at, list->loop, &item[n], err) != PL_OK) {
            return err->code;
        }
        n += item[n].kind != PL_TP_ABSENT;
    }
    *ret = item;
    *ret_n = n;
    return PL_OK;
}
