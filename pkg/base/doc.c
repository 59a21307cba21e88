#include "pkg/base/doc.h"

#include "pkg/base/arr.h"
#include "pkg/base/doc_build.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/base/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Below this number of keys comparing each with each is quicker than a map. */
enum { PL_DOC_FEW_KEYS = 16 };

/* Texts are no longer than their source; tags can be, through %TAG. */
#define PL_DOC_TEXT_MAX (4 * PL_MAX_DOC_BYTES)

void pl_doc_done(struct pl_doc *doc)
{
    if (doc) {
        free(doc->node);
        free(doc->text);
        free(doc->big);
        free(doc->key);
        pl_arena_done(&doc->arena);
        *doc = (struct pl_doc){.node = NULL};
    }
}

const struct pl_node *pl_doc_node(const struct pl_doc *doc, uint32_t node)
{
    static const struct pl_node none = {.kind = PL_NODE_NULL};
    return node < doc->n && node != PL_NODE_NONE ? &doc->node[node] : &none;
}

uint32_t pl_doc_get(const struct pl_doc *doc, uint32_t map, const char *key)
{
    return pl_doc_find(doc, map, pl_slice_of(key));
}

uint32_t pl_doc_count(const struct pl_doc *doc, uint32_t node)
{
    const struct pl_node *parent = pl_doc_node(doc, node);
    uint32_t n = 0;
    if (parent->kind != PL_NODE_SEQ && parent->kind != PL_NODE_MAP) {
        return 0;
    }
    for (uint32_t at = parent->child; at != PL_NODE_NONE; at = pl_doc_node(doc, at)->next) {
        n++;
    }
    return parent->kind == PL_NODE_MAP ? n / 2 : n;
}

bool pl_doc_is_text(const struct pl_doc *doc, uint32_t line)
{
    uint32_t low = 0;
    uint32_t high = doc->n_text;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (doc->text[middle].last < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < doc->n_text && doc->text[low].first <= line;
}

/* An unquoted scalar that no tag turns into something else. */
static bool is_plain(const struct pl_node *node, const char *core_tag)
{
    return node->kind == PL_NODE_SCALAR && !node->quoted &&
           (node->tag.len == 0 || pl_slice_is(node->tag, core_tag));
}

bool pl_node_bool(const struct pl_node *node, bool *ret)
{
    static const char *const spelling[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    if (!is_plain(node, "tag:yaml.org,2002:bool")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(spelling) / sizeof(spelling[0]); i++) {
        if (pl_slice_is(node->text, spelling[i])) {
            *ret = i < 3;
            return true;
        }
    }
    return false;
}

bool pl_node_int(const struct pl_node *node, int64_t *ret)
{
    if (!is_plain(node, "tag:yaml.org,2002:int") || node->text.len == 0) {
        return false;
    }
    bool negative = node->text.ptr[0] == '-';
    bool sign = negative || node->text.ptr[0] == '+';
    struct pl_slice digits = pl_slice_sub(node->text, sign ? 1 : 0, node->text.len);
    uint64_t value = 0;
    /* 010 is ten for YAML 1.2 and eight for YAML 1.1: nobody can say what was meant. */
    if ((digits.len > 1 && digits.ptr[0] == '0') || !pl_slice_u64(digits, &value) ||
        value > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    if (negative) {
        *ret = value == 0 ? 0 : -(int64_t)(value - 1) - 1;
    } else {
        *ret = (int64_t)value;
    }
    return true;
}

enum pl_status pl_doc_fail(struct pl_doc_build *build, struct pl_pos at, const char *fmt, ...)
{
    char msg[PL_ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(msg, sizeof(msg), fmt, args);
    va_end(args);
    return pl_err_set(build->err, PL_ERR_CONFIG, "%s:%u:%u: %s", build->name, at.line, at.col,
                      n < 0 ? "(message lost)" : msg);
}

struct pl_pos pl_doc_place(const struct pl_doc_build *build, size_t offset)
{
    struct pl_slice text = pl_slice_sub(build->text, 0, offset);
    struct pl_pos at = {.file = build->file, .line = 1, .col = 1, .len = 1};
    size_t line_start = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool cr_of_crlf = text.ptr[i] == '\r' && i + 1 < build->text.len && text.ptr[i + 1] == '\n';
        if (text.ptr[i] == '\n' || (text.ptr[i] == '\r' && !cr_of_crlf)) {
            at.line++;
            line_start = i + 1;
        }
    }
    at.col = (uint32_t)(text.len - line_start) + 1;
    return at;
}

static enum pl_status check_encoding(struct pl_doc_build *build)
{
    struct pl_slice text = build->text;
    struct pl_pos start = {.file = build->file, .line = 1, .col = 1, .len = 1};
    bool marked =
        pl_slice_starts(text, PL_SLICE("\xff\xfe")) || pl_slice_starts(text, PL_SLICE("\xfe\xff"));
    bool nul = text.len >= 2 && (text.ptr[0] == '\0') != (text.ptr[1] == '\0');
    if (marked || nul) {
        return pl_doc_fail(build, start, "this is UTF-16 or UTF-32; save it as UTF-8");
    }
    if (pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf"))) {
        build->text = pl_slice_sub(text, 3, text.len);
    }
    for (size_t pos = pl_utf8_ascii(build->text, 0); pos < build->text.len;
         pos = pl_utf8_ascii(build->text, pos)) {
        size_t at = pos;
        uint32_t code = 0;
        if (!pl_utf8_next(build->text, &pos, &code)) {
            return pl_doc_fail(build, pl_doc_place(build, at),
                               "the byte \\x%02x is not UTF-8; save the file as UTF-8",
                               (unsigned)code);
        }
    }
    return PL_OK;
}

enum pl_status pl_doc_build_begin(struct pl_doc_build *build, struct pl_slice text)
{
    pl_arena_init(&build->doc.arena, PL_DOC_TEXT_MAX);
    build->text = text.len > 0 ? text : PL_SLICE(""); /* libyaml insists on a pointer */
    size_t max = build->max_bytes > 0 ? build->max_bytes : PL_MAX_DOC_BYTES;
    if (text.len > max) {
        char most[PL_COUNT_TEXT];
        struct pl_pos start = {.file = build->file, .line = 1, .col = 1, .len = 1};
        return pl_doc_fail(build, start, "larger than the %s that are read",
                           pl_size_text(max, most));
    }
    enum pl_status status = check_encoding(build);
    if (status != PL_OK) {
        return status;
    }
    uint32_t null_node = 0;
    return pl_doc_add(build, &(struct pl_node){.kind = PL_NODE_NULL}, &null_node);
}

enum pl_status pl_doc_build_end(struct pl_doc_build *build, uint32_t root, struct pl_doc *ret)
{
    build->doc.root = root;
    if (pl_doc_index(&build->doc, build->err) != PL_OK) {
        return build->err->code;
    }
    *ret = build->doc;
    build->doc = (struct pl_doc){.node = NULL};
    return PL_OK;
}

void pl_doc_build_done(struct pl_doc_build *build)
{
    pl_doc_done(&build->doc);
}

enum pl_status pl_doc_add(struct pl_doc_build *build, const struct pl_node *node, uint32_t *ret)
{
    struct pl_doc *doc = &build->doc;
    if (doc->n >= PL_MAX_DOC_NODES) {
        return pl_doc_fail(build, node->at, "more than %u values", PL_MAX_DOC_NODES);
    }
    struct pl_node *at = pl_arr_grow(doc->node, &build->cap, (size_t)doc->n + 1, sizeof(*at),
                                     PL_MAX_DOC_NODES, "values", build->err);
    if (!at) {
        return build->err->code;
    }
    doc->node = at;
    at[doc->n] = *node;
    *ret = doc->n++;
    return PL_OK;
}

enum pl_status pl_doc_text(struct pl_doc_build *build, struct pl_pos at, struct pl_slice text,
                           struct pl_slice *ret)
{
    enum pl_status status = pl_arena_dup(&build->doc.arena, text, ret, build->err);
    if (status == PL_ERR_LIMIT) {
        return pl_doc_fail(build, at, "the texts and tags are too large together");
    }
    return status;
}

void pl_doc_link(struct pl_doc_build *build, uint32_t parent, uint32_t last, uint32_t item)
{
    if (last == PL_NODE_NONE) {
        build->doc.node[parent].child = item;
    } else {
        build->doc.node[last].next = item;
    }
}

static enum pl_status duplicate(struct pl_doc_build *build, uint32_t first, uint32_t second)
{
    const struct pl_node *node = build->doc.node;
    struct pl_buf key PL_CLEANUP(pl_buf_done) = {.max = PL_ERR_MSG_MAX};
    struct pl_err ignored;
    struct pl_slice text = pl_slice_sub(node[second].text, 0, 80);
    if (pl_text_escape(&key, text, &ignored) != PL_OK) {
        pl_buf_clear(&key); /* then the place says it alone */
    }
    return pl_doc_fail(build, node[second].at, "the key \"%s\" stands twice, first at %u:%u",
                       key.data ? key.data : "", node[first].at.line, node[first].at.col);
}

static enum pl_status check_few(struct pl_doc_build *build, uint32_t map)
{
    const struct pl_node *node = build->doc.node;
    for (uint32_t b = node[map].child; b != PL_NODE_NONE; b = node[node[b].next].next) {
        for (uint32_t a = node[map].child; a != b; a = node[node[a].next].next) {
            if (pl_slice_eq(node[a].text, node[b].text)) {
                return duplicate(build, a, b);
            }
        }
    }
    return PL_OK;
}

static enum pl_status check_many(struct pl_doc_build *build, uint32_t map)
{
    struct pl_map seen PL_CLEANUP(pl_map_done) = {.items = NULL};
    pl_map_init(&seen, PL_MAX_DOC_NODES);
    const struct pl_node *node = build->doc.node;
    for (uint32_t at = node[map].child; at != PL_NODE_NONE; at = node[node[at].next].next) {
        bool added = false;
        uint64_t first = 0;
        enum pl_status status = pl_map_add(&seen, node[at].text, at, &added, &first, build->err);
        if (status != PL_OK) {
            return status;
        }
        if (!added) {
            return duplicate(build, (uint32_t)first, at);
        }
    }
    return PL_OK;
}

enum pl_status pl_doc_check_keys(struct pl_doc_build *build, uint32_t map)
{
    const struct pl_node *node = build->doc.node;
    uint32_t n = 0;
    for (uint32_t at = node[map].child; at != PL_NODE_NONE; at = node[node[at].next].next) {
        if (++n > PL_DOC_FEW_KEYS) {
            return check_many(build, map);
        }
    }
    return check_few(build, map);
}
