/* A sidecar as a tree: what is in a ZIP that is not here. */
#include "pkg/archive/sidecar.h"
#include "pkg/base/arr.h"
#include "pkg/base/doc.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/* What an entry's content hashes to, in the order of the document. */
struct said {
    bool known;
    unsigned char sha256[PL_SHA256_SIZE];
};

struct reading {
    const struct pl_doc *doc;
    const char *path;
    struct pl_tree *tree;
    struct said *said;
};

static enum pl_status wrong(const struct reading *r, uint32_t node, const char *what,
                            struct pl_err *err)
{
    struct pl_pos at = pl_doc_node(r->doc, node)->at;
    return pl_err_set(err, PL_ERR_CONFIG, "%s:%u:%u: %s; write it anew with `plimsoll facts ZIP`",
                      r->path, at.line, at.col, what);
}

static struct pl_slice text_of(const struct reading *r, uint32_t map, const char *key)
{
    const struct pl_node *node = pl_doc_node(r->doc, pl_doc_get(r->doc, map, key));
    return node->kind == PL_NODE_SCALAR ? node->text : PL_SLICE("");
}

static bool number_of(const struct reading *r, uint32_t map, const char *key, uint64_t *ret)
{
    const struct pl_node *node = pl_doc_node(r->doc, pl_doc_get(r->doc, map, key));
    return node->kind == PL_NODE_SCALAR && !node->quoted && pl_slice_u64(node->text, ret);
}

static bool type_of(struct pl_slice word, uint8_t *ret)
{
    static const struct {
        const char *word;
        uint8_t type;
    } types[] = {{"file", PL_ENTRY_FILE}, {"folder", PL_ENTRY_FOLDER}, {"link", PL_ENTRY_LINK}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (pl_slice_is(word, types[i].word)) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}

/* Four octal digits, or null: the archive records none. */
static bool mode_of(const struct pl_node *node, int32_t *ret)
{
    int32_t mode = 0;
    if (node->kind == PL_NODE_NULL) {
        *ret = PL_MODE_NONE;
        return true;
    }
    if (node->kind != PL_NODE_SCALAR || node->text.len != 4) {
        return false;
    }
    for (size_t i = 0; i < node->text.len; i++) {
        char c = node->text.ptr[i];
        if (c < '0' || c > '7') {
            return false;
        }
        mode = mode * 8 + (c - '0');
    }
    *ret = mode;
    return true;
}

/* Anything but 64 lower-case hexadecimal digits is no hash. */
static bool hash_of(struct pl_slice text, unsigned char ret[PL_SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (text.len != (size_t)PL_SHA256_SIZE * 2) {
        return false;
    }
    for (size_t i = 0; i < PL_SHA256_SIZE; i++) {
        const char *high = memchr(digits, text.ptr[i * 2], sizeof digits - 1);
        const char *low = memchr(digits, text.ptr[i * 2 + 1], sizeof digits - 1);
        if (!high || !low) {
            return false;
        }
        ret[i] = (unsigned char)((high - digits) * 16 + (low - digits));
    }
    return true;
}

/* The name as a ZIP has it: a folder's with its '/'. */
static enum pl_status check_name(const struct reading *r, struct pl_slice name, uint32_t index,
                                 struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH + 1};
    const struct pl_issue at = {.entry = index};
    if (r->tree->entry[index].type != PL_ENTRY_FOLDER) {
        return pl_tree_check_name(r->tree, name, true, at, err);
    }
    if (pl_buf_slice(&text, name, err) != PL_OK || pl_buf_byte(&text, '/', err) != PL_OK) {
        return err->code;
    }
    return pl_tree_check_name(r->tree, pl_buf_view(&text), true, at, err);
}

static enum pl_status take_entry(const struct reading *r, uint32_t node, struct pl_err *err)
{
    struct pl_tree *tree = r->tree;
    struct pl_entry *entry = &tree->entry[tree->n];
    struct pl_slice name = text_of(r, node, "name");
    struct pl_slice link = text_of(r, node, "target");
    uint64_t size = 0, packed = 0;
    *entry = (struct pl_entry){.host = 3, .stored = tree->n};
    if (name.len == 0 || name.len > PL_MAX_PATH || link.len > PL_MAX_PATH) {
        return wrong(r, node, "an entry needs a name", err);
    }
    if (!type_of(text_of(r, node, "type"), &entry->type)) {
        return wrong(r, node, "an entry's type is file, folder or link", err);
    }
    if (!number_of(r, node, "bytes", &size) || !number_of(r, node, "zipped_bytes", &packed)) {
        return wrong(r, node, "an entry needs bytes and zipped_bytes", err);
    }
    if (!mode_of(pl_doc_node(r->doc, pl_doc_get(r->doc, node, "mode")), &entry->mode)) {
        return wrong(r, node, "an entry's mode has four octal digits, or is null", err);
    }
    entry->size = size;
    entry->packed = packed;
    struct said *said = &r->said[tree->n];
    said->known = hash_of(text_of(r, node, "sha256"), said->sha256);
    if (pl_tree_tidy_name(tree, name, &entry->name, err) != PL_OK ||
        pl_arena_dup(&tree->arena, entry->name, &entry->name, err) != PL_OK ||
        (entry->type == PL_ENTRY_LINK &&
         pl_arena_dup(&tree->arena, link, &entry->link, err) != PL_OK)) {
        return err->code;
    }
    tree->n++;
    return check_name(r, name, tree->n - 1, err);
}

static enum pl_status take_entries(struct reading *r, struct pl_err *err)
{
    const struct pl_doc *doc = r->doc;
    uint32_t list = pl_doc_get(doc, doc->root, "entries");
    size_t n = pl_doc_count(doc, list);
    if (pl_doc_node(doc, list)->kind != PL_NODE_SEQ) {
        return wrong(r, doc->root, "`entries` is missing", err);
    }
    if (n > PL_MAX_ENTRIES) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: more than %u entries", r->path, PL_MAX_ENTRIES);
    }
    r->tree->entry = pl_arr_zeroed(n, sizeof *r->tree->entry, err);
    if (!r->tree->entry) {
        return err->code;
    }
    r->said = r->tree->self = pl_arr_zeroed(n, sizeof *r->said, err);
    if (!r->said) {
        return err->code;
    }
    for (uint32_t i = pl_doc_node(doc, list)->child; i != PL_NODE_NONE;
         i = pl_doc_node(doc, i)->next) {
        if (take_entry(r, i, err) != PL_OK) {
            return err->code;
        }
    }
    if (!number_of(r, doc->root, "zipped_bytes", &r->tree->container_bytes)) {
        return wrong(r, doc->root, "`zipped_bytes` is missing", err);
    }
    return pl_tree_finish(r->tree, err);
}

/* There is nothing to hand over. */
static enum pl_status sidecar_walk(struct pl_tree *tree, const struct pl_sink *to PL_UNUSED,
                                   struct pl_err *err PL_UNUSED)
{
    tree->walk_complete = true;
    return PL_OK;
}

static enum pl_status sidecar_get(const struct pl_tree *tree PL_UNUSED, uint32_t index,
                                  size_t max PL_UNUSED, struct pl_buf *to PL_UNUSED,
                                  struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_FORMAT, "entry %u: a sidecar lists it, without its content",
                      index);
}

static void sidecar_done(struct pl_tree *tree)
{
    free(tree->self);
}

static const struct pl_tree_ops sidecar_ops = {
    .walk = sidecar_walk, .read = sidecar_get, .done = sidecar_done};

static enum pl_status make_tree(struct pl_tree *ret, const struct pl_doc *doc, const char *path,
                                struct pl_err *err)
{
    struct pl_tree tree = {.ops = &sidecar_ops};
    struct reading r = {.doc = doc, .path = path, .tree = &tree};
    if (!pl_slice_is(text_of(&r, doc->root, "schema"), PL_SIDECAR_SCHEMA)) {
        return wrong(&r, doc->root, "no sidecar: its `schema` is not " PL_SIDECAR_SCHEMA, err);
    }
    pl_arena_init(&tree.arena, PL_MAX_NAMES_BYTES);
    if (take_entries(&r, err) != PL_OK) {
        pl_tree_done(&tree);
        return err->code;
    }
    *ret = tree;
    return PL_OK;
}

enum pl_status pl_sidecar_open(struct pl_tree *ret, const char *path, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_doc doc = {0};
    if (pl_file_read(path, &text, err) != PL_OK ||
        pl_json_parse(&doc, pl_buf_view(&text), 0, path, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = make_tree(ret, &doc, path, err);
    pl_doc_done(&doc);
    return status;
}

bool pl_sidecar_recognise(struct pl_slice start)
{
    start = pl_slice_trim(start);
    return start.len > 0 && start.ptr[0] == '{' &&
           pl_slice_find_text(start, PL_SLICE("\"" PL_SIDECAR_SCHEMA "\"")) < start.len;
}

const unsigned char *pl_sidecar_hash(const struct pl_tree *tree, uint32_t entry)
{
    if (tree->ops != &sidecar_ops || entry >= tree->n || tree->entry[entry].type != PL_ENTRY_FILE) {
        return NULL;
    }
    const struct said *said = tree->self;
    said += tree->entry[entry].stored;
    return said->known ? said->sha256 : NULL;
}
