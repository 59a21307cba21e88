/*
 * YAML 1.1/1.2 into a document, from libyaml's events.  libyaml's own document loader is not used:
 * it is quadratic, follows cycles and keeps no bounds.
 */
#include "pkg/base/arr.h"
#include "pkg/base/doc.h"
#include "pkg/base/doc_build.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/base/text.h"
#include "pkg/base/yaml_mark.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* libyaml searches all earlier ones for each further %TAG line. */
enum { PL_YAML_TAG_LINES = 64 };
/* Merging looks each key up; aliases could make it look up a very long one very often. */
enum { PL_YAML_KEY_BYTES = 4096 };

struct frame {
    uint32_t node;
    uint32_t last; /* item that was linked last */
    bool is_map;
    bool want_value; /* a key was linked, its value comes next */
};

struct yaml {
    struct pl_doc_build build;
    struct pl_yaml_mark mark;
    yaml_parser_t parser;
    struct frame frame[PL_MAX_DOC_DEPTH];
    unsigned depth;
    uint32_t root;
    unsigned documents;
    unsigned aliases;
    struct pl_map anchor_at; /* name to index in anchor[]; a name may be given again */
    uint32_t *anchor;        /* nodes; owned */
    size_t anchors;
    size_t anchors_cap;
};

static struct pl_slice bytes_of(const yaml_char_t *text)
{
    return pl_slice_of((const char *)text);
}

/* Keeps libyaml from what it does not take, or takes only in quadratic time. */
static enum pl_status check_characters(struct yaml *yaml)
{
    struct pl_slice text = yaml->build.text;
    unsigned tag_lines = 0;
    for (size_t pos = 0; pos < text.len;) {
        char byte = text.ptr[pos];
        if (byte >= ' ' && byte <= '~' && byte != '%') {
            pos++; /* nearly all of nearly every text */
            continue;
        }
        size_t at = pos;
        uint32_t code = 0;
        (void)pl_utf8_next(text, &pos, &code);
        bool allowed = code == '\t' || code == '\n' || code == '\r' || code == 0x85 ||
                       (code >= 0x20 && code <= 0x7e) ||
                       (code >= 0xa0 && code <= 0xfffd && code != 0xfeff) || code >= 0x10000;
        if (!allowed) {
            return pl_doc_fail(&yaml->build, pl_doc_place(&yaml->build, at),
                               "the character U+%04X is not allowed in YAML", (unsigned)code);
        }
        bool line_start = at == 0 || text.ptr[at - 1] == '\n' || text.ptr[at - 1] == '\r';
        if (code == '%' && line_start &&
            pl_slice_starts(pl_slice_sub(text, at, SIZE_MAX), PL_SLICE("%TAG")) &&
            ++tag_lines > PL_YAML_TAG_LINES) {
            return pl_doc_fail(&yaml->build, pl_doc_place(&yaml->build, at),
                               "more than %d %%TAG lines", PL_YAML_TAG_LINES);
        }
    }
    return PL_OK;
}

static struct pl_pos place(struct yaml *yaml, const yaml_event_t *event)
{
    struct pl_pos at =
        pl_yaml_mark_range(&yaml->mark, event->start_mark.index, event->end_mark.index);
    at.file = yaml->build.file;
    return at;
}

static bool is_null_text(struct pl_slice text)
{
    static const char *const null_text[] = {"", "~", "null", "Null", "NULL"};
    if (text.len > 4) {
        return false;
    }
    for (size_t i = 0; i < sizeof(null_text) / sizeof(null_text[0]); i++) {
        if (pl_slice_is(text, null_text[i])) {
            return true;
        }
    }
    return false;
}

/* Puts a finished node, or a container that is just opened, where it belongs. */
static enum pl_status attach(struct yaml *yaml, uint32_t node, struct pl_pos at)
{
    if (yaml->depth == 0) {
        yaml->root = node;
        return PL_OK;
    }
    struct frame *frame = &yaml->frame[yaml->depth - 1];
    struct pl_node *it = &yaml->build.doc.node[node];
    if (frame->is_map && !frame->want_value) {
        if (it->kind == PL_NODE_SEQ || it->kind == PL_NODE_MAP) {
            return pl_doc_fail(&yaml->build, at,
                               "a key has to be a plain text; is a quote missing around [ or {?");
        }
        if (it->text.len > PL_YAML_KEY_BYTES) {
            return pl_doc_fail(&yaml->build, at, "a key of more than %d bytes", PL_YAML_KEY_BYTES);
        }
        it->kind = PL_NODE_SCALAR; /* a key named null is a name */
    }
    pl_doc_link(&yaml->build, frame->node, frame->last, node);
    frame->last = node;
    frame->want_value = frame->is_map && !frame->want_value;
    return PL_OK;
}

static enum pl_status note_anchor(struct yaml *yaml, const yaml_char_t *name, uint32_t node,
                                  struct pl_pos at)
{
    struct pl_err *err = yaml->build.err;
    uint64_t index = 0;
    if (!name) {
        return PL_OK;
    }
    if (pl_map_get(&yaml->anchor_at, bytes_of(name), &index)) {
        yaml->anchor[index] = node;
        return PL_OK;
    }
    uint32_t *anchor = pl_arr_grow(yaml->anchor, &yaml->anchors_cap, yaml->anchors + 1,
                                   sizeof(*anchor), PL_MAX_DOC_NODES, "anchors", err);
    if (!anchor) {
        return err->code;
    }
    yaml->anchor = anchor;
    struct pl_slice key;
    bool added = false;
    enum pl_status status = pl_doc_text(&yaml->build, at, bytes_of(name), &key);
    if (status == PL_OK) {
        status = pl_map_add(&yaml->anchor_at, key, yaml->anchors, &added, &index, err);
    }
    if (status == PL_OK) {
        anchor[yaml->anchors++] = node;
    }
    return status;
}

/* Adds a node with its tag and anchor, and puts it in its place. */
static enum pl_status add_node(struct yaml *yaml, struct pl_node *node, const yaml_char_t *tag,
                               const yaml_char_t *anchor, uint32_t *ret)
{
    enum pl_status status = PL_OK;
    if (tag) {
        status = pl_doc_text(&yaml->build, node->at, bytes_of(tag), &node->tag);
    }
    if (status == PL_OK) {
        status = pl_doc_add(&yaml->build, node, ret);
    }
    if (status == PL_OK) {
        status = note_anchor(yaml, anchor, *ret, node->at);
    }
    return status == PL_OK ? attach(yaml, *ret, node->at) : status;
}

/* libyaml drops comments; to find them again one must know which lines are none. */
static enum pl_status note_lines(struct yaml *yaml, uint32_t line, size_t end)
{
    struct pl_doc *doc = &yaml->build.doc;
    struct pl_pos to = pl_yaml_mark_range(&yaml->mark, end, end);
    uint32_t last = to.col > 1 ? to.line : to.line - 1; /* a block ends before the next line */
    if (last <= line) {
        return PL_OK;
    }
    struct pl_doc_lines *list =
        pl_arr_grow(doc->text, &yaml->build.cap_text, (size_t)doc->n_text + 1, sizeof *list,
                    PL_MAX_DOC_NODES, "texts", yaml->build.err);
    if (!list) {
        return yaml->build.err->code;
    }
    doc->text = list;
    list[doc->n_text++] = (struct pl_doc_lines){.first = line + 1, .last = last};
    return PL_OK;
}

static enum pl_status on_scalar(struct yaml *yaml, const yaml_event_t *event)
{
    struct pl_node node = {.kind = PL_NODE_SCALAR, .at = place(yaml, event)};
    struct pl_slice text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    struct pl_slice tag = bytes_of(event->data.scalar.tag);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    /* "!" and !!str say that it is a text whatever it looks like. */
    bool text_tag = tag.len > 0 && (pl_slice_is(tag, "!") || pl_slice_is(tag, YAML_STR_TAG));
    node.quoted = !plain || text_tag;
    if ((tag.len > 0 && pl_slice_is(tag, YAML_NULL_TAG)) ||
        (plain && tag.len == 0 && is_null_text(text))) {
        node.kind = PL_NODE_NULL;
    }
    enum pl_status status = pl_doc_text(&yaml->build, node.at, text, &node.text);
    uint32_t index = PL_NODE_NONE;
    if (status == PL_OK && event->end_mark.line > event->start_mark.line) {
        status = note_lines(yaml, node.at.line, event->end_mark.index);
    }
    if (status == PL_OK) {
        status = add_node(yaml, &node, event->data.scalar.tag, event->data.scalar.anchor, &index);
    }
    return status;
}

static enum pl_status on_start(struct yaml *yaml, const yaml_event_t *event, bool is_map)
{
    struct pl_node node = {.kind = is_map ? PL_NODE_MAP : PL_NODE_SEQ, .at = place(yaml, event)};
    node.at.len = 1;
    const yaml_char_t *tag =
        is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *anchor =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    if (yaml->depth >= PL_MAX_DOC_DEPTH) {
        return pl_doc_fail(&yaml->build, node.at, "nested more than %u deep", PL_MAX_DOC_DEPTH);
    }
    uint32_t index = PL_NODE_NONE;
    enum pl_status status = add_node(yaml, &node, tag, anchor, &index);
    if (status == PL_OK) {
        yaml->frame[yaml->depth++] = (struct frame){.node = index, .is_map = is_map};
    }
    return status;
}

/* Copies a node and what is below it; not its place among its neighbours. */
static enum pl_status copy_tree(struct yaml *yaml, uint32_t from, unsigned depth, struct pl_pos at,
                                uint32_t *ret)
{
    struct pl_node node = yaml->build.doc.node[from];
    uint32_t child = node.child;
    bool holds = node.kind == PL_NODE_SEQ || node.kind == PL_NODE_MAP;
    if (holds && depth >= PL_MAX_DOC_DEPTH) {
        return pl_doc_fail(&yaml->build, at, "aliases nest more than %u deep", PL_MAX_DOC_DEPTH);
    }
    if (yaml->build.doc.n >= PL_MAX_DOC_NODES) {
        return pl_doc_fail(&yaml->build, at, "aliases stand for more than %u values",
                           PL_MAX_DOC_NODES);
    }
    node.child = PL_NODE_NONE;
    node.next = PL_NODE_NONE;
    enum pl_status status = pl_doc_add(&yaml->build, &node, ret);
    uint32_t last = PL_NODE_NONE;
    while (status == PL_OK && child != PL_NODE_NONE) {
        uint32_t copy = PL_NODE_NONE;
        status = copy_tree(yaml, child, depth + 1, at, &copy);
        if (status == PL_OK) {
            pl_doc_link(&yaml->build, *ret, last, copy);
            last = copy;
            child = yaml->build.doc.node[child].next;
        }
    }
    return status;
}

static enum pl_status on_alias(struct yaml *yaml, const yaml_event_t *event)
{
    struct pl_pos at = place(yaml, event);
    const char *name = (const char *)event->data.alias.anchor;
    uint64_t index = 0;
    if (!pl_map_get(&yaml->anchor_at, pl_slice_of(name), &index)) {
        return pl_doc_fail(&yaml->build, at, "the alias *%s has no anchor &%s before it", name,
                           name);
    }
    uint32_t from = yaml->anchor[index];
    for (unsigned i = 0; i < yaml->depth; i++) {
        if (yaml->frame[i].node == from) {
            const struct pl_pos *where = &yaml->build.doc.node[from].at;
            return pl_doc_fail(&yaml->build, at,
                               "the alias *%s stands inside its own anchor at %u:%u, a cycle", name,
                               where->line, where->col);
        }
    }
    if (++yaml->aliases > PL_MAX_DOC_ALIASES) {
        return pl_doc_fail(&yaml->build, at, "more than %u aliases", PL_MAX_DOC_ALIASES);
    }
    uint32_t copy = PL_NODE_NONE;
    enum pl_status status = copy_tree(yaml, from, yaml->depth, at, &copy);
    return status == PL_OK ? attach(yaml, copy, at) : status;
}

/* Adds the pairs of `from` whose keys `map` does not have yet. */
static enum pl_status merge_map(struct yaml *yaml, struct pl_map *keys, uint32_t from, uint32_t map,
                                uint32_t *last)
{
    struct pl_pos at = yaml->build.doc.node[from].at;
    uint32_t key = yaml->build.doc.node[from].child;
    while (key != PL_NODE_NONE) {
        uint32_t value = yaml->build.doc.node[key].next;
        bool added = false;
        uint64_t old = 0;
        enum pl_status status =
            pl_map_add(keys, yaml->build.doc.node[key].text, key, &added, &old, yaml->build.err);
        uint32_t pair[2] = {key, value};
        for (int i = 0; i < 2 && added && status == PL_OK; i++) {
            uint32_t copy = PL_NODE_NONE;
            status = copy_tree(yaml, pair[i], yaml->depth, at, &copy);
            if (status == PL_OK) {
                pl_doc_link(&yaml->build, map, *last, copy);
                *last = copy;
            }
        }
        if (status != PL_OK) {
            return status;
        }
        key = yaml->build.doc.node[value].next;
    }
    return PL_OK;
}

/* The value of << is a map or a list of maps; earlier ones win. */
static enum pl_status merge_value(struct yaml *yaml, uint32_t value, uint32_t map, uint32_t last)
{
    struct pl_map keys PL_CLEANUP(pl_map_done) = {.items = NULL};
    pl_map_init(&keys, PL_MAX_DOC_NODES);
    const struct pl_node *node = yaml->build.doc.node;
    for (uint32_t at = node[map].child; at != PL_NODE_NONE; at = node[node[at].next].next) {
        bool added = false;
        uint64_t old = 0;
        enum pl_status status = pl_map_add(&keys, node[at].text, at, &added, &old, yaml->build.err);
        if (status != PL_OK) {
            return status;
        }
    }
    bool is_list = node[value].kind == PL_NODE_SEQ;
    uint32_t from = is_list ? node[value].child : value;
    while (from != PL_NODE_NONE) {
        const struct pl_node *it = &yaml->build.doc.node[from];
        if (it->kind != PL_NODE_MAP) {
            return pl_doc_fail(&yaml->build, it->at, "only maps can be merged with <<");
        }
        enum pl_status status = merge_map(yaml, &keys, from, map, &last);
        if (status != PL_OK) {
            return status;
        }
        from = is_list ? yaml->build.doc.node[from].next : PL_NODE_NONE;
    }
    return PL_OK;
}

/* Takes a merge key out of a finished map and puts what it stands for behind the map's own keys. */
static enum pl_status merge(struct yaml *yaml, uint32_t map)
{
    struct pl_node *node = yaml->build.doc.node;
    uint32_t before = PL_NODE_NONE; /* value in front of the merge key */
    uint32_t last = PL_NODE_NONE;
    uint32_t found = PL_NODE_NONE;
    for (uint32_t at = node[map].child; at != PL_NODE_NONE; at = node[node[at].next].next) {
        if (node[at].text.len == 2 && !node[at].quoted && pl_slice_is(node[at].text, "<<")) {
            found = at;
            before = last;
        }
        last = node[at].next;
    }
    if (found == PL_NODE_NONE) {
        return PL_OK;
    }
    uint32_t value = node[found].next;
    uint32_t behind = node[value].next;
    pl_doc_link(&yaml->build, map, before, behind);
    return merge_value(yaml, value, map, behind == PL_NODE_NONE ? before : last);
}

static enum pl_status on_end(struct yaml *yaml)
{
    struct frame *frame = &yaml->frame[--yaml->depth];
    if (!frame->is_map) {
        return PL_OK;
    }
    enum pl_status status = pl_doc_check_keys(&yaml->build, frame->node);
    return status == PL_OK ? merge(yaml, frame->node) : status;
}

static enum pl_status on_document(struct yaml *yaml, const yaml_event_t *event)
{
    if (++yaml->documents > 1) {
        return pl_doc_fail(&yaml->build, place(yaml, event),
                           "a second document begins here; one file holds one document");
    }
    return PL_OK;
}

static enum pl_status on_event(struct yaml *yaml, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(yaml, event);
    case YAML_ALIAS_EVENT:
        return on_alias(yaml, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(yaml, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(yaml, event, false);
    case YAML_MAPPING_START_EVENT:
        return on_start(yaml, event, true);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(yaml);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return PL_OK;
    }
    return PL_OK;
}

static enum pl_status parse(struct yaml *yaml)
{
    enum pl_status status = check_characters(yaml);
    if (status != PL_OK) {
        return status;
    }
    struct pl_slice text = yaml->build.text;
    yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)text.ptr, text.len);
    for (bool more = true; more && status == PL_OK;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&yaml->parser, &event)) {
            return pl_yaml_mark_fail(&yaml->mark, &yaml->build, &yaml->parser);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        status = on_event(yaml, &event);
        yaml_event_delete(&event);
    }
    return status;
}

enum pl_status pl_yaml_parse(struct pl_doc *ret, struct pl_slice text, uint32_t file,
                             const char *name, struct pl_err *err)
{
    struct yaml yaml = {.build = {.file = file, .name = name, .err = err}};
    if (!yaml_parser_initialize(&yaml.parser)) {
        return pl_err_nomem(err);
    }
    pl_map_init(&yaml.anchor_at, PL_MAX_DOC_NODES);
    enum pl_status status = pl_doc_build_begin(&yaml.build, text);
    if (status == PL_OK) {
        pl_yaml_mark_init(&yaml.mark, yaml.build.text);
        status = parse(&yaml);
    }
    if (status == PL_OK) {
        status = pl_doc_build_end(&yaml.build, yaml.root, ret);
    }
    pl_doc_build_done(&yaml.build);
    pl_map_done(&yaml.anchor_at);
    free(yaml.anchor);
    yaml_parser_delete(&yaml.parser);
    return status;
}
