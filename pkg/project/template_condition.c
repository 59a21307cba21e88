/*
 * Conditions.  Nobody knows here which parameters a stack will get, so a function is looked at once
 * for every way in which the comparisons that its settings depend on can come out; two settings
 * that hang on the same condition are never mixed.
 */
#include "pkg/project/template_read.h"

#include <string.h>

/* What stands on one side of a comparison. */
struct side {
    struct pl_slice param; /* a parameter or pseudo parameter by name, or empty */
    struct pl_slice text;  /* else a text, when `is_literal` */
    bool is_literal;
};

static PL_STATUS read_side(struct pl_tp *tp, uint32_t node, struct side *ret, struct pl_err *err)
{
    uint32_t arg = node;
    *ret = (struct side){.is_literal = false};
    if (pl_tp_calls(tp, node, &arg) == PL_TP_REF) {
        struct pl_value given;
        ret->param = pl_doc_node(tp->doc, arg)->text;
        if (pl_tp_given(tp, ret->param, &given) && given.known == PL_GIVEN) {
            *ret = (struct side){.is_literal = true, .text = given.text};
        }
        return PL_OK;
    }
    struct pl_tp_value value;
    bool before = tp->touched;
    tp->touched = false;
    if (pl_tp_eval(tp, node, NULL, &value, err) != PL_OK) {
        return err->code;
    }
    ret->is_literal = value.kind == PL_TP_TEXT && !tp->touched;
    ret->text = value.text;
    tp->touched = before;
    return PL_OK;
}

/* How a comparison comes out in the branch that is looked at. */
static enum pl_tp_truth look_up(struct pl_tp *tp, const struct pl_tp_atom *wanted)
{
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        const struct pl_tp_atom *atom = &tp->atom[i];
        bool same = wanted->param.len > 0 ? pl_slice_eq(atom->param, wanted->param) &&
                                                pl_slice_eq(atom->literal, wanted->literal)
                                          : atom->param.len == 0 && atom->node == wanted->node;
        if (same) {
            return atom->value ? PL_TP_YES : PL_TP_NO;
        }
    }
    if (tp->collecting && tp->n_atom < PL_TP_ATOMS) {
        tp->atom[tp->n_atom++] = *wanted;
    } else if (tp->collecting) {
        tp->too_many = true;
    }
    return PL_TP_MAYBE;
}

static PL_STATUS equals(struct pl_tp *tp, uint32_t arg, enum pl_tp_truth *ret, struct pl_err *err)
{
    struct side a;
    struct side b;
    if (read_side(tp, pl_tp_nth(tp, arg, 0), &a, err) != PL_OK ||
        read_side(tp, pl_tp_nth(tp, arg, 1), &b, err) != PL_OK) {
        return err->code;
    }
    if (a.is_literal && b.is_literal) {
        *ret = pl_slice_eq(a.text, b.text) ? PL_TP_YES : PL_TP_NO;
        return PL_OK;
    }
    struct pl_tp_atom atom = {.node = arg};
    if (a.param.len > 0 && b.is_literal) {
        atom.param = a.param;
        atom.literal = b.text;
    } else if (b.param.len > 0 && a.is_literal) {
        atom.param = b.param;
        atom.literal = a.text;
    }
    *ret = look_up(tp, &atom);
    return PL_OK;
}

static PL_STATUS judge(struct pl_tp *tp, uint32_t node, enum pl_tp_truth *ret, struct pl_err *err);

/* Fn::And, Fn::Or and Fn::Not; every part is looked at, so that all comparisons are met. */
static PL_STATUS combine(struct pl_tp *tp, enum pl_tp_function how, uint32_t arg,
                         enum pl_tp_truth *ret, struct pl_err *err)
{
    enum pl_tp_truth settled = how == PL_TP_OR ? PL_TP_YES : PL_TP_NO;
    enum pl_tp_truth all = how == PL_TP_OR ? PL_TP_NO : PL_TP_YES;
    for (uint32_t at = pl_doc_node(tp->doc, arg)->child; at != PL_NODE_NONE;
         at = pl_doc_node(tp->doc, at)->next) {
        enum pl_tp_truth part = PL_TP_MAYBE;
        if (judge(tp, at, &part, err) != PL_OK) {
            return err->code;
        }
        if (part == settled || all == settled) {
            all = settled;
        } else if (part == PL_TP_MAYBE) {
            all = PL_TP_MAYBE;
        }
    }
    *ret = all;
    if (how == PL_TP_NOT && all != PL_TP_MAYBE) {
        *ret = all == PL_TP_YES ? PL_TP_NO : PL_TP_YES;
    }
    return PL_OK;
}

static PL_STATUS judge(struct pl_tp *tp, uint32_t node, enum pl_tp_truth *ret, struct pl_err *err)
{
    uint32_t arg = node;
    enum pl_status status = PL_OK;
    *ret = PL_TP_MAYBE;
    if (tp->depth >= PL_TP_DEPTH || tp->steps >= PL_TP_STEPS) {
        tp->too_many = true;
        return PL_OK;
    }
    tp->depth++;
    tp->steps++;
    enum pl_tp_function how = pl_tp_calls(tp, node, &arg);
    if (pl_doc_node(tp->doc, arg)->kind == PL_NODE_SEQ) {
        if (how == PL_TP_EQUALS) {
            status = equals(tp, arg, ret, err);
        } else if (how == PL_TP_AND || how == PL_TP_OR || how == PL_TP_NOT) {
            status = combine(tp, how, arg, ret, err);
        }
    } else if (how == PL_TP_CONDITION) {
        status = pl_tp_condition(tp, pl_doc_node(tp->doc, arg)->text, ret, err);
    }
    tp->depth--;
    return status;
}

PL_STATUS pl_tp_condition(struct pl_tp *tp, struct pl_slice name, enum pl_tp_truth *ret,
                          struct pl_err *err)
{
    struct pl_slice copy;
    *ret = PL_TP_MAYBE;
    if (pl_arena_dup(&tp->project->arena, name, &copy, err) != PL_OK) {
        return err->code;
    }
    if (strlen(copy.ptr) != copy.len || (tp->too_many && !tp->collecting)) {
        return PL_OK;
    }
    uint32_t node = pl_doc_get(tp->doc, tp->conditions, copy.ptr);
    return node != PL_NODE_NONE ? judge(tp, node, ret, err) : PL_OK;
}

PL_STATUS pl_tp_collect(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                        struct pl_err *err)
{
    uint32_t arg = node;
    if (tp->depth >= PL_TP_DEPTH || tp->steps >= PL_TP_STEPS) {
        tp->too_many = true;
        return PL_OK;
    }
    tp->depth++;
    tp->steps++;
    enum pl_status status = PL_OK;
    if (pl_tp_calls(tp, node, &arg) == PL_TP_IF) {
        enum pl_tp_truth truth;
        struct pl_slice name;
        status = pl_tp_loop_text(tp, pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 0))->text, loop, &name,
                                 err);
        status = status ? status : pl_tp_condition(tp, name, &truth, err);
    }
    for (uint32_t at = pl_doc_node(tp->doc, node)->child; !status && at != PL_NODE_NONE;
         at = pl_doc_node(tp->doc, at)->next) {
        status = pl_tp_collect(tp, at, loop, err);
    }
    tp->depth--;
    return status;
}

/* Does the parameter's AllowedValues list, when there is one, hold this text? */
static bool is_allowed(const struct pl_tp *tp, uint32_t allowed, struct pl_slice text)
{
    uint32_t at = pl_doc_node(tp->doc, allowed)->child;
    while (at != PL_NODE_NONE && !pl_slice_eq(pl_doc_node(tp->doc, at)->text, text)) {
        at = pl_doc_node(tp->doc, at)->next;
    }
    return at != PL_NODE_NONE;
}

static bool is_refuted(const struct pl_tp *tp, struct pl_slice param, struct pl_slice text)
{
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        const struct pl_tp_atom *atom = &tp->atom[i];
        if (!atom->value && pl_slice_eq(atom->param, param) && pl_slice_eq(atom->literal, text)) {
            return true;
        }
    }
    return false;
}

static uint32_t allowed_of(const struct pl_tp *tp, struct pl_slice param)
{
    for (uint32_t key = pl_doc_node(tp->doc, tp->parameters)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        if (pl_slice_eq(pl_doc_node(tp->doc, key)->text, param)) {
            return pl_doc_get(tp->doc, pl_doc_node(tp->doc, key)->next, "AllowedValues");
        }
    }
    return PL_NODE_NONE;
}

/* Can the atoms be so, as far as this one's parameter goes? */
static bool is_possible(const struct pl_tp *tp, uint32_t index)
{
    const struct pl_tp_atom *atom = &tp->atom[index];
    uint32_t allowed = atom->param.len > 0 ? allowed_of(tp, atom->param) : (uint32_t)PL_NODE_NONE;
    if (atom->param.len == 0) {
        return true;
    }
    if (atom->value) {
        for (uint32_t i = 0; i < index; i++) {
            if (tp->atom[i].value && pl_slice_eq(tp->atom[i].param, atom->param)) {
                return false; /* one parameter, two values */
            }
        }
        return allowed == PL_NODE_NONE || is_allowed(tp, allowed, atom->literal);
    }
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        if (tp->atom[i].value && pl_slice_eq(tp->atom[i].param, atom->param)) {
            return true;
        }
    }
    /* Of the values that it may have, one must be left. */
    uint32_t at = pl_doc_node(tp->doc, allowed)->child;
    while (at != PL_NODE_NONE && is_refuted(tp, atom->param, pl_doc_node(tp->doc, at)->text)) {
        at = pl_doc_node(tp->doc, at)->next;
    }
    return at != PL_NODE_NONE || pl_doc_node(tp->doc, allowed)->child == PL_NODE_NONE;
}

bool pl_tp_assign(struct pl_tp *tp, uint32_t number)
{
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        tp->atom[i].value = (number >> i & 1u) != 0;
    }
    for (uint32_t i = 0; i < tp->n_atom; i++) {
        if (!is_possible(tp, i)) {
            return false;
        }
    }
    return true;
}
