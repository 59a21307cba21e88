/* `Metadata: Plimsoll: ignore:` of a function or layer, and comments above its lines: findings that
 * are accepted where it stands. */
#include "pkg/base/text.h"
#include "pkg/project/template_read.h"

static enum pl_status fail(const struct pl_tp *tp, uint32_t node, struct pl_err *err,
                           const char *what)
{
    struct pl_pos at = pl_doc_node(tp->doc, node)->at;
    return pl_err_set(err, PL_ERR_CONFIG, "%s:%u:%u: Metadata: Plimsoll: %s", tp->name,
                      at.line > 0 ? at.line : 1, at.col > 0 ? at.col : 1, what);
}

/* A text of an item, copied; ABSENT when it has no such key. */
static PL_STATUS read_text(const struct pl_tp *tp, uint32_t item, const char *key,
                           struct pl_value *ret, struct pl_err *err)
{
    const struct pl_node *node = pl_doc_node(tp->doc, pl_doc_get(tp->doc, item, key));
    struct pl_slice copy;
    if (node->kind != PL_NODE_SCALAR || node->text.len == 0) {
        return PL_OK;
    }
    if (pl_arena_dup(&tp->project->arena, node->text, &copy, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_value_given(copy, node->at);
    return PL_OK;
}

static bool is_known_key(struct pl_slice key)
{
    static const char *const keys[] = {"rule", "reason", "path", "expires"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (pl_slice_is(key, keys[i])) {
            return true;
        }
    }
    return false;
}

static PL_STATUS check_keys(const struct pl_tp *tp, uint32_t item, struct pl_err *err)
{
    if (pl_doc_node(tp->doc, item)->kind != PL_NODE_MAP) {
        return fail(tp, item, err, "ignore: expected a map with rule and reason");
    }
    uint32_t key = pl_doc_node(tp->doc, item)->child;
    while (key != PL_NODE_NONE) {
        if (!is_known_key(pl_doc_node(tp->doc, key)->text)) {
            return fail(tp, key, err,
                        "ignore: this key is not known; there are rule, reason, path and expires");
        }
        key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next;
    }
    return PL_OK;
}

static PL_STATUS read_item(const struct pl_tp *tp, uint32_t item, struct pl_slice id, bool is_layer,
                           struct pl_err *err)
{
    int32_t days = 0;
    struct pl_lint_ignore ignore = {.of_template = true, .root = tp->project->root};
    if (check_keys(tp, item, err) != PL_OK ||
        read_text(tp, item, "rule", &ignore.rule, err) != PL_OK ||
        read_text(tp, item, "reason", &ignore.reason, err) != PL_OK ||
        read_text(tp, item, "path", &ignore.path, err) != PL_OK ||
        read_text(tp, item, "expires", &ignore.expires, err) != PL_OK) {
        return err->code;
    }
    if (!pl_value_has(&ignore.rule)) {
        return fail(tp, item, err, "ignore: 'rule' is missing");
    }
    if (!pl_value_has(&ignore.reason)) {
        return fail(tp, item, err, "ignore: 'reason' is missing; say why it is accepted");
    }
    if (pl_value_has(&ignore.expires) && !pl_date_parse(ignore.expires.text, &days)) {
        return fail(tp, item, err, "ignore: 'expires' takes a date such as 2027-01-31");
    }
    *(is_layer ? &ignore.layer : &ignore.function) = pl_value_given(id, ignore.rule.at);
    ignore.at = ignore.rule.at;
    return pl_project_add_ignore(tp->project, &ignore, err);
}

static PL_STATUS read_metadata(const struct pl_tp *tp, const struct pl_tp_resource *resource,
                               bool is_layer, struct pl_err *err)
{
    uint32_t metadata = pl_doc_get(tp->doc, resource->node, "Metadata");
    uint32_t ours = pl_doc_get(tp->doc, metadata, "Plimsoll");
    uint32_t list = pl_doc_get(tp->doc, ours, "ignore");
    if (ours == PL_NODE_NONE) {
        return PL_OK;
    }
    if (pl_doc_node(tp->doc, list)->kind != PL_NODE_SEQ) {
        return fail(tp, ours, err, "expected ignore: and a list");
    }
    for (uint32_t item = pl_doc_node(tp->doc, list)->child; item != PL_NODE_NONE;
         item = pl_doc_node(tp->doc, item)->next) {
        enum pl_status status = read_item(tp, item, resource->id, is_layer, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* The resource that a line stands in, loops opened: its key. */
static uint32_t resource_at(const struct pl_tp *tp, uint32_t line)
{
    uint32_t key = pl_comment_section(tp->doc, "Resources", line);
    for (unsigned depth = 0; depth < PL_TP_DEPTH && pl_slice_starts(pl_doc_node(tp->doc, key)->text,
                                                                    PL_SLICE("Fn::ForEach::"));
         depth++) {
        uint32_t body = pl_tp_nth(tp, pl_doc_node(tp->doc, key)->next, 2);
        key = pl_comment_key(tp->doc, body, line);
    }
    return key;
}

/* Up to the next resource, or to the end of the file. */
static struct pl_lines lines_of(const struct pl_tp *tp, uint32_t key)
{
    const struct pl_node *name = pl_doc_node(tp->doc, key);
    const struct pl_node *next = pl_doc_node(tp->doc, pl_doc_node(tp->doc, name->next)->next);
    bool is_last = next->at.line <= name->at.line;
    return (struct pl_lines){.file = name->at.file,
                             .first = name->at.line,
                             .last = is_last ? UINT32_MAX : next->at.line - 1};
}

PL_STATUS pl_tp_read_comments(struct pl_tp *tp, uint32_t file, struct pl_err *err)
{
    enum pl_status status = pl_comments_read(&tp->comments, tp->project, tp->doc, file, err);
    for (uint32_t i = 0; !status && i < tp->comments.n; i++) {
        struct pl_comment *comment = &tp->comments.at[i];
        uint32_t key = resource_at(tp, comment->line);
        if (key != PL_NODE_NONE) {
            comment->node = pl_doc_node(tp->doc, key)->next;
            comment->ignore.lines = lines_of(tp, key);
        }
    }
    return status;
}

PL_STATUS pl_tp_read_ignores(struct pl_tp *tp, const struct pl_tp_resource *resource, bool is_layer,
                             struct pl_err *err)
{
    if (tp->is_built) {
        return PL_OK; /* the source template is the one that people write */
    }
    enum pl_status status = read_metadata(tp, resource, is_layer, err);
    for (uint32_t i = 0; !status && i < tp->comments.n; i++) {
        struct pl_comment *comment = &tp->comments.at[i];
        if (comment->node == resource->node) {
            status = pl_comment_take(comment, tp->project, resource->id, is_layer, err);
        }
    }
    return status;
}
