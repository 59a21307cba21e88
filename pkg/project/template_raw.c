/* Texts that only the service can finish: which resources they name, and what stands around. */
#include "pkg/project/template_resource.h"

#include <string.h>

enum { ACCOUNTS_MAX = 64, ACCOUNT_DIGITS = 12 };

static PL_STATUS put_raw(struct pl_tp *tp, uint32_t node, unsigned depth, struct pl_buf *to,
                         struct pl_err *err);

/* [text, {Name: value}]: ${Name} of the map becomes what it stands for. */
static PL_STATUS put_sub(struct pl_tp *tp, uint32_t arg, unsigned depth, struct pl_buf *to,
                         struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(tp->doc, arg);
    uint32_t map = pl_tp_nth(tp, arg, 1);
    struct pl_slice rest =
        it->kind == PL_NODE_SEQ ? pl_doc_node(tp->doc, it->child)->text : it->text;
    enum pl_status status = PL_OK;
    while (!status && rest.len > 0) {
        size_t open = pl_slice_find_text(rest, PL_SLICE("${"));
        struct pl_slice behind = pl_slice_sub(rest, open, rest.len);
        size_t close = pl_slice_find(behind, '}');
        char name[128];
        status = pl_buf_slice(to, pl_slice_sub(rest, 0, open), err);
        if (status || close == behind.len) {
            break;
        }
        struct pl_slice inner = pl_slice_trim(pl_slice_sub(behind, 2, close));
        uint32_t own = PL_NODE_NONE;
        if (inner.len < sizeof name && memchr(inner.ptr, 0, inner.len) == NULL) {
            memcpy(name, inner.ptr, inner.len);
            name[inner.len] = '\0';
            own = pl_doc_get(tp->doc, map, name);
        }
        status = own != PL_NODE_NONE ? put_raw(tp, own, depth + 1, to, err)
                                     : pl_buf_fmt(to, err, "${%.*s}", (int)inner.len, inner.ptr);
        rest = pl_slice_sub(behind, close + 1, behind.len);
    }
    return status;
}

static PL_STATUS put_join(struct pl_tp *tp, uint32_t arg, unsigned depth, struct pl_buf *to,
                          struct pl_err *err)
{
    struct pl_slice by = pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 0))->text;
    uint32_t list = pl_tp_nth(tp, arg, 1);
    enum pl_status status = PL_OK;
    bool first = true;
    if (pl_doc_node(tp->doc, list)->kind != PL_NODE_SEQ) {
        return pl_buf_text(to, "${?}", err);
    }
    for (uint32_t at = pl_doc_node(tp->doc, list)->child; !status && at != PL_NODE_NONE;
         at = pl_doc_node(tp->doc, at)->next) {
        status = first ? PL_OK : pl_buf_slice(to, by, err);
        status = status ? status : put_raw(tp, at, depth + 1, to, err);
        first = false;
    }
    return status;
}

static PL_STATUS put_getatt(struct pl_tp *tp, uint32_t arg, struct pl_buf *to, struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(tp->doc, arg);
    struct pl_slice name =
        it->kind == PL_NODE_SEQ ? pl_doc_node(tp->doc, it->child)->text : it->text;
    struct pl_slice attribute = pl_doc_node(tp->doc, pl_tp_nth(tp, arg, 1))->text;
    return pl_buf_fmt(to, err, "${%.*s%s%.*s}", (int)name.len, name.ptr ? name.ptr : "",
                      attribute.len > 0 ? "." : "", (int)attribute.len,
                      attribute.ptr ? attribute.ptr : "");
}

static PL_STATUS put_raw(struct pl_tp *tp, uint32_t node, unsigned depth, struct pl_buf *to,
                         struct pl_err *err)
{
    uint32_t arg = node;
    struct pl_slice text;
    if (depth > 8) {
        return pl_buf_text(to, "${?}", err);
    }
    enum pl_tp_function function = pl_tp_calls(tp, node, &arg);
    if (function == PL_TP_PLAIN && pl_doc_node(tp->doc, node)->kind == PL_NODE_SCALAR) {
        return pl_buf_slice(to, pl_doc_node(tp->doc, node)->text, err);
    }
    if (function == PL_TP_SUB) {
        return put_sub(tp, arg, depth, to, err);
    }
    if (function == PL_TP_JOIN) {
        return put_join(tp, arg, depth, to, err);
    }
    if (function == PL_TP_REF) {
        text = pl_doc_node(tp->doc, arg)->text;
        return pl_buf_fmt(to, err, "${%.*s}", (int)text.len, text.ptr ? text.ptr : "");
    }
    return function == PL_TP_GETATT ? put_getatt(tp, arg, to, err) : pl_buf_text(to, "${?}", err);
}

PL_STATUS pl_tp_raw(struct pl_tp *tp, uint32_t node, struct pl_slice *ret, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TP_TEXT_MAX};
    uint32_t arg = node;
    enum pl_tp_function function = pl_tp_calls(tp, node, &arg);
    *ret = (struct pl_slice){0};
    if (function != PL_TP_SUB && function != PL_TP_JOIN) {
        return PL_OK;
    }
    enum pl_status status = put_raw(tp, node, 0, &text, err);
    if (status == PL_ERR_LIMIT) {
        return PL_OK;
    }
    return status ? status : pl_arena_dup(&tp->project->arena, pl_buf_view(&text), ret, err);
}

/* Few: what is no parameter is taken for a resource. */
static bool is_parameter(const struct pl_tp *tp, struct pl_slice name)
{
    for (uint32_t key = pl_doc_node(tp->doc, tp->parameters)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        if (pl_slice_eq(pl_doc_node(tp->doc, key)->text, name)) {
            return true;
        }
    }
    return false;
}

void pl_tp_mention(const struct pl_tp *tp, struct pl_slice raw, struct pl_slice *ret_ref,
                   struct pl_slice *ret_attribute)
{
    struct pl_slice rest = raw;
    *ret_ref = (struct pl_slice){0};
    *ret_attribute = (struct pl_slice){0};
    for (;;) {
        size_t open = pl_slice_find_text(rest, PL_SLICE("${"));
        struct pl_slice behind = pl_slice_sub(rest, open, rest.len);
        size_t close = pl_slice_find(behind, '}');
        if (close == behind.len) {
            return;
        }
        struct pl_slice name = pl_slice_sub(behind, 2, close);
        size_t dot = pl_slice_find(name, '.');
        struct pl_slice id = pl_slice_sub(name, 0, dot);
        rest = pl_slice_sub(behind, close + 1, behind.len);
        if (pl_slice_starts(name, PL_SLICE("AWS::")) || pl_slice_is(id, "?") ||
            is_parameter(tp, id)) {
            continue;
        }
        if (ret_ref->len > 0 && !pl_slice_eq(*ret_ref, id)) {
            *ret_ref = (struct pl_slice){0};
            return;
        }
        *ret_ref = id;
        *ret_attribute = pl_slice_sub(name, dot + 1, name.len);
    }
}

static bool is_account(const struct pl_node *node)
{
    bool is = node->kind == PL_NODE_SCALAR && !node->quoted && node->text.len == ACCOUNT_DIGITS;
    for (size_t i = 0; is && i < node->text.len; i++) {
        is = node->text.ptr[i] >= '0' && node->text.ptr[i] <= '9';
    }
    return is;
}

PL_STATUS pl_tp_find_accounts(struct pl_tp *tp, struct pl_err *err)
{
    struct pl_project *project = tp->project;
    struct pl_value found[ACCOUNTS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 1; i < tp->doc->n && n < ACCOUNTS_MAX; i++) {
        if (is_account(&tp->doc->node[i])) {
            found[n++] = pl_value_given(tp->doc->node[i].text, tp->doc->node[i].at);
        }
    }
    project->account = pl_arena_new(&project->arena, n, sizeof *project->account, err);
    if (!project->account) {
        return err->code;
    }
    if (n > 0) {
        memcpy(project->account, found, n * sizeof *found);
    }
    project->n_account = n;
    return PL_OK;
}
