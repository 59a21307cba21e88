/* Texts of a template: Ref, Fn::Sub, the variables of Fn::ForEach, lists in one text. */
#include "pkg/base/limits.h"
#include "pkg/project/template_read.h"

#include <string.h>

struct pl_tp_value pl_tp_unknown(struct pl_pos at, const char *why)
{
    return (struct pl_tp_value){.kind = PL_TP_UNKNOWN, .at = at, .why = why};
}

struct pl_tp_value pl_tp_text(struct pl_slice text, struct pl_pos at)
{
    return (struct pl_tp_value){.kind = PL_TP_TEXT, .at = at, .text = text};
}

uint32_t pl_tp_nth(const struct pl_tp *tp, uint32_t list, uint32_t i)
{
    const struct pl_node *it = pl_doc_node(tp->doc, list);
    if (it->kind != PL_NODE_SEQ) {
        return PL_NODE_NONE;
    }
    uint32_t at = it->child;
    for (; i > 0 && at != PL_NODE_NONE; i--) {
        at = pl_doc_node(tp->doc, at)->next;
    }
    return at;
}

PL_STATUS pl_tp_split(struct pl_tp *tp, struct pl_slice text, struct pl_slice by, struct pl_pos at,
                      struct pl_tp_value *ret, struct pl_err *err)
{
    size_t most = 1;
    for (struct pl_slice rest = text;; most++) {
        size_t found = pl_slice_find_text(rest, by);
        if (found == rest.len) {
            break;
        }
        rest = pl_slice_sub(rest, found + by.len, rest.len);
    }
    struct pl_tp_value *item = pl_arena_new(&tp->project->arena, most, sizeof *item, err);
    if (!item) {
        return err->code;
    }
    for (size_t i = 0; i < most; i++) {
        size_t found = pl_slice_find_text(text, by);
        item[i] = pl_tp_text(pl_slice_sub(text, 0, found), at);
        text = pl_slice_sub(text, found < text.len ? found + by.len : text.len, text.len);
    }
    *ret = (struct pl_tp_value){.kind = PL_TP_LIST, .at = at, .item = item, .n = (uint32_t)most};
    return PL_OK;
}

static const struct pl_tp_loop *find_loop(const struct pl_tp_loop *loop, struct pl_slice name)
{
    while (loop && !pl_slice_eq(loop->name, name)) {
        loop = loop->outer;
    }
    return loop;
}

/* "${Name}" or "&{Name}" of a loop at the start of `text`: its value, and how long it is. */
static const struct pl_tp_loop *loop_at(struct pl_slice text, const struct pl_tp_loop *loop,
                                        size_t *ret_len)
{
    if (text.len < 4 || (text.ptr[0] != '$' && text.ptr[0] != '&') || text.ptr[1] != '{') {
        return NULL;
    }
    size_t end = pl_slice_find(text, '}');
    *ret_len = end + 1;
    return end < text.len ? find_loop(loop, pl_slice_sub(text, 2, end)) : NULL;
}

PL_STATUS pl_tp_loop_text(struct pl_tp *tp, struct pl_slice text, const struct pl_tp_loop *loop,
                          struct pl_slice *ret, struct pl_err *err)
{
    *ret = text;
    if (!loop || pl_slice_find(text, '{') == text.len) {
        return PL_OK;
    }
    struct pl_buf made PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    for (size_t i = 0; i < text.len;) {
        size_t len = 1;
        const struct pl_tp_loop *found = loop_at(pl_slice_sub(text, i, text.len), loop, &len);
        enum pl_status status =
            pl_buf_slice(&made, found ? found->value : pl_slice_sub(text, i, i + 1), err);
        if (status) {
            return status;
        }
        i += found ? len : 1;
    }
    return pl_arena_dup(&tp->project->arena, pl_buf_view(&made), ret, err);
}

/* Types whose default is the name of something that only the service can look up. */
static bool is_looked_up(struct pl_slice type)
{
    return pl_slice_starts(type, PL_SLICE("AWS::SSM::"));
}

static bool is_list_type(struct pl_slice type)
{
    return pl_slice_is(type, "CommaDelimitedList") || pl_slice_starts(type, PL_SLICE("List<"));
}

/* What the branch that is looked at says about a parameter: its value, or that it is not its
 * default. */
static const struct pl_tp_atom *atom_of(const struct pl_tp *tp, struct pl_slice name,
                                        struct pl_slice standard, bool *ret_refuted)
{
    *ret_refuted = false;
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        const struct pl_tp_atom *atom = &tp->atom[i];
        if (!pl_slice_eq(atom->param, name)) {
            continue;
        }
        if (atom->value) {
            return atom;
        }
        *ret_refuted = *ret_refuted || pl_slice_eq(atom->literal, standard);
    }
    return NULL;
}

static PL_STATUS parameter(struct pl_tp *tp, struct pl_slice name, uint32_t node, struct pl_pos at,
                           struct pl_tp_value *ret, struct pl_err *err)
{
    uint32_t standard = pl_doc_get(tp->doc, node, "Default");
    struct pl_slice type = pl_doc_node(tp->doc, pl_doc_get(tp->doc, node, "Type"))->text;
    const struct pl_node *it = pl_doc_node(tp->doc, standard);
    bool is_refuted = false;
    struct pl_value given;
    bool is_given = pl_tp_given(tp, name, &given);
    tp->touched = tp->touched || !is_given || given.known != PL_GIVEN;
    if (is_looked_up(type)) {
        *ret = pl_tp_unknown(at, PL_TP_WHY_RESOLVE);
        return PL_OK;
    }
    if (is_given && given.known != PL_GIVEN) {
        *ret = pl_tp_unknown(at, given.why);
        return PL_OK;
    }
    /* The stack around this one may be forgotten before it is. */
    if (is_given && pl_arena_dup(&tp->project->arena, given.text, &given.text, err) != PL_OK) {
        return err->code;
    }
    if (is_given && is_list_type(type)) {
        return pl_tp_split(tp, given.text, PL_SLICE(","), at, ret, err);
    }
    if (is_given) {
        *ret = pl_tp_text(given.text, at);
        return PL_OK;
    }
    const struct pl_tp_atom *atom = atom_of(tp, name, it->text, &is_refuted);
    bool has = standard != PL_NODE_NONE && it->kind == PL_NODE_SCALAR && !is_refuted;
    if (!atom && !has) {
        *ret = pl_tp_unknown(at, PL_TP_WHY_PARAMETER);
        return PL_OK;
    }
    struct pl_slice text = atom ? atom->literal : it->text;
    struct pl_pos place = atom && !pl_slice_eq(atom->literal, it->text) ? at : it->at;
    if (is_list_type(type)) {
        return pl_tp_split(tp, text, PL_SLICE(","), place, ret, err);
    }
    *ret = pl_tp_text(text, place);
    return PL_OK;
}

PL_STATUS pl_tp_ref(struct pl_tp *tp, struct pl_slice name, struct pl_pos at,
                    const struct pl_tp_loop *loop, struct pl_tp_value *ret, struct pl_err *err)
{
    const struct pl_tp_loop *found = find_loop(loop, name);
    if (found) {
        *ret = pl_tp_text(found->value, at);
        return PL_OK;
    }
    if (pl_slice_is(name, "AWS::NoValue")) {
        *ret = (struct pl_tp_value){.kind = PL_TP_ABSENT, .at = at};
        return PL_OK;
    }
    if (pl_slice_starts(name, PL_SLICE("AWS::"))) {
        tp->touched = true;
        *ret = pl_tp_unknown(at, PL_TP_WHY_DEPLOY);
        return PL_OK;
    }
    struct pl_slice copy;
    if (pl_arena_dup(&tp->project->arena, name, &copy, err) != PL_OK) {
        return err->code;
    }
    uint32_t node = strlen(copy.ptr) == copy.len ? pl_doc_get(tp->doc, tp->parameters, copy.ptr)
                                                 : (uint32_t)PL_NODE_NONE;
    if (node != PL_NODE_NONE) {
        return parameter(tp, copy, node, at, ret, err);
    }
    *ret = pl_tp_unknown(at, PL_TP_WHY_DEPLOY);
    /* Terraform's addresses have dots. */
    bool is_whole = tp->project->dialect == PL_DIALECT_TERRAFORM;
    ret->ref = is_whole ? copy : pl_slice_sub(copy, 0, pl_slice_find(copy, '.'));
    ret->attribute = is_whole ? PL_SLICE("Arn") : pl_slice_sub(copy, ret->ref.len + 1, copy.len);
    return PL_OK;
}

/* One ${...} of a Fn::Sub: from its own map, or as Ref and GetAtt. */
static PL_STATUS sub_part(struct pl_tp *tp, struct pl_slice name, uint32_t arg,
                          const struct pl_tp_loop *loop, struct pl_tp_value *ret,
                          struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(tp->doc, arg)->at;
    uint32_t map = pl_tp_nth(tp, arg, 1);
    struct pl_slice copy;
    if (pl_arena_dup(&tp->project->arena, name, &copy, err) != PL_OK) {
        return err->code;
    }
    uint32_t own =
        strlen(copy.ptr) == copy.len ? pl_doc_get(tp->doc, map, copy.ptr) : (uint32_t)PL_NODE_NONE;
    if (own != PL_NODE_NONE) {
        return pl_tp_eval(tp, own, loop, ret, err);
    }
    size_t dot = pl_slice_find(copy, '.');
    if (dot < copy.len && !find_loop(loop, copy)) {
        *ret = pl_tp_unknown(at, PL_TP_WHY_DEPLOY);
        ret->ref = pl_slice_sub(copy, 0, dot);
        ret->attribute = pl_slice_sub(copy, dot + 1, copy.len);
        return PL_OK;
    }
    return pl_tp_ref(tp, copy, at, loop, ret, err);
}

/* The next piece of a Fn::Sub: literal bytes, or the name in ${...}. */
static bool next_piece(struct pl_slice *rest, struct pl_slice *ret_literal,
                       struct pl_slice *ret_name)
{
    size_t open = pl_slice_find_text(*rest, PL_SLICE("${"));
    struct pl_slice behind = pl_slice_sub(*rest, open, rest->len);
    size_t close = pl_slice_find(behind, '}');
    *ret_name = (struct pl_slice){0};
    *ret_literal = pl_slice_sub(*rest, 0, open);
    if (rest->len == 0) {
        return false;
    }
    if (close == behind.len) {
        *ret_literal = *rest;
        *rest = (struct pl_slice){0};
        return true;
    }
    *ret_name = pl_slice_trim(pl_slice_sub(behind, 2, close));
    *rest = pl_slice_sub(behind, close + 1, behind.len);
    return true;
}

static PL_STATUS put_piece(struct pl_buf *to, struct pl_slice literal, struct pl_slice name,
                           struct pl_err *err)
{
    enum pl_status status = pl_buf_slice(to, literal, err);
    if (!status && name.len > 0 && name.ptr[0] == '!') { /* ${!Literal} is ${Literal} */
        status = pl_buf_fmt(to, err, "${%.*s}", (int)name.len - 1, name.ptr + 1);
    }
    return status;
}

PL_STATUS pl_tp_sub(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                    struct pl_tp_value *ret, struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(tp->doc, arg);
    struct pl_slice text =
        it->kind == PL_NODE_SEQ ? pl_doc_node(tp->doc, it->child)->text : it->text;
    struct pl_buf made PL_CLEANUP(pl_buf_done) = {.max = PL_TP_TEXT_MAX};
    struct pl_slice literal;
    struct pl_slice name;
    enum pl_status status = PL_OK;
    bool is_whole = pl_slice_starts(text, PL_SLICE("${")) && text.len > 0 &&
                    pl_slice_find(text, '}') == text.len - 1;
    for (struct pl_slice rest = text; !status && next_piece(&rest, &literal, &name);) {
        status = put_piece(&made, literal, name, err);
        if (status || name.len == 0 || name.ptr[0] == '!') {
            continue;
        }
        struct pl_tp_value part;
        if (sub_part(tp, name, arg, loop, &part, err) != PL_OK) {
            return err->code;
        }
        if (part.kind != PL_TP_TEXT) {
            *ret = pl_tp_unknown(it->at, part.kind == PL_TP_UNKNOWN ? part.why : PL_TP_WHY_STRANGE);
            ret->ref = is_whole ? part.ref : (struct pl_slice){0};
            ret->attribute = is_whole ? part.attribute : (struct pl_slice){0};
            return PL_OK;
        }
        status = pl_buf_slice(&made, part.text, err);
    }
    if (status == PL_ERR_LIMIT) {
        *ret = pl_tp_unknown(it->at, PL_TP_WHY_TOO_MUCH);
        return PL_OK;
    }
    if (status) {
        return status;
    }
    bool is_dynamic = pl_slice_find_text(pl_buf_view(&made), PL_SLICE("{{resolve:")) < made.len;
    *ret = is_dynamic ? pl_tp_unknown(it->at, PL_TP_WHY_RESOLVE)
                      : pl_tp_text((struct pl_slice){0}, it->at);
    return pl_arena_dup(&tp->project->arena, pl_buf_view(&made), &ret->text, err);
}
