#include "pkg/lambda/data.h"

#include "pkg/base/doc.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <string.h>

struct reading {
    struct pl_runtime_data *to;
    const struct pl_doc *doc;
    const char *name;
    struct pl_err *err;
};

static enum pl_status bad(const struct reading *r, uint32_t node, const char *key, const char *what)
{
    struct pl_pos at = pl_doc_node(r->doc, node)->at;
    return pl_err_set(r->err, PL_ERR_CONFIG, "%s:%u:%u: %s: %s", r->name, at.line > 0 ? at.line : 1,
                      at.col > 0 ? at.col : 1, key, what);
}

/* NULL where the key is missing or null. */
static PL_STATUS text_of(const struct reading *r, uint32_t row, const char *key, const char **ret)
{
    uint32_t node = pl_doc_get(r->doc, row, key);
    const struct pl_node *it = pl_doc_node(r->doc, node);
    struct pl_slice copy;
    *ret = NULL;
    if (it->kind == PL_NODE_NULL) {
        return PL_OK;
    }
    if (it->kind != PL_NODE_SCALAR || it->text.len == 0 || it->text.len > 200 ||
        pl_slice_find(it->text, '\0') < it->text.len) {
        return bad(r, node, key, "expected a short text");
    }
    if (pl_arena_dup(&r->to->arena, it->text, &copy, r->err) != PL_OK) {
        return r->err->code;
    }
    *ret = copy.ptr;
    return PL_OK;
}

static PL_STATUS date_of(const struct reading *r, uint32_t row, const char *key, int32_t *ret)
{
    uint32_t node = pl_doc_get(r->doc, row, key);
    const struct pl_node *it = pl_doc_node(r->doc, node);
    *ret = PL_DATE_NONE;
    if (it->kind == PL_NODE_NULL || pl_date_parse(it->text, ret)) {
        return PL_OK;
    }
    return bad(r, node, key, "expected a date such as 2027-01-31, or null");
}

static PL_STATUS number_of(const struct reading *r, uint32_t row, const char *key, uint16_t *ret)
{
    uint32_t node = pl_doc_get(r->doc, row, key);
    int64_t value = 0;
    *ret = 0;
    if (pl_doc_node(r->doc, node)->kind == PL_NODE_NULL) {
        return PL_OK;
    }
    if (!pl_node_int(pl_doc_node(r->doc, node), &value) || value < 0 || value > UINT16_MAX) {
        return bad(r, node, key, "expected a number from 0 to 65535");
    }
    *ret = (uint16_t)value;
    return PL_OK;
}

static PL_STATUS flags_of(const struct reading *r, uint32_t row, uint32_t *ret)
{
    static const struct {
        const char *key;
        uint32_t flag;
    } known[] = {{"arm64", PL_RUNTIME_ARM64},
                 {"snapstart", PL_RUNTIME_SNAPSTART},
                 {"preview", PL_RUNTIME_PREVIEW},
                 {"image_only", PL_RUNTIME_IMAGE_ONLY},
                 {"unsure", PL_RUNTIME_UNSURE}};
    *ret = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t node = pl_doc_get(r->doc, row, known[i].key);
        bool is_set = false;
        if (node != PL_NODE_NONE && !pl_node_bool(pl_doc_node(r->doc, node), &is_set)) {
            return bad(r, node, known[i].key, "expected true or false");
        }
        *ret |= is_set ? known[i].flag : 0;
    }
    return PL_OK;
}

static PL_STATUS language_of(const struct reading *r, uint32_t row, enum pl_language *ret)
{
    uint32_t node = pl_doc_get(r->doc, row, "language");
    for (unsigned i = 0; i <= PL_LANG_CUSTOM; i++) {
        if (pl_slice_is(pl_doc_node(r->doc, node)->text, pl_language_name((enum pl_language)i))) {
            *ret = (enum pl_language)i;
            return PL_OK;
        }
    }
    return bad(r, node, "language", "this version of plimsoll does not know it");
}

static PL_STATUS os_of(const struct reading *r, uint32_t row, enum pl_os_id *ret)
{
    uint32_t node = pl_doc_get(r->doc, row, "os");
    for (size_t i = 0; i < PL_OS_COUNT; i++) {
        if (pl_slice_is(pl_doc_node(r->doc, node)->text, pl_os_at(i)->name)) {
            *ret = pl_os_at(i)->id;
            return PL_OK;
        }
    }
    return bad(r, node, "os", "this version of plimsoll does not know it");
}

static PL_STATUS read_row(const struct reading *r, uint32_t node, struct pl_runtime *ret)
{
    struct pl_runtime row = {0};
    if (text_of(r, node, "id", &row.id) || language_of(r, node, &row.language) ||
        os_of(r, node, &row.os) || date_of(r, node, "released", &row.released) ||
        date_of(r, node, "deprecated", &row.deprecated) ||
        date_of(r, node, "block_create", &row.block_create) ||
        date_of(r, node, "block_update", &row.block_update) ||
        number_of(r, node, "version_major", &row.version_major) ||
        number_of(r, node, "version_minor", &row.version_minor) ||
        number_of(r, node, "abi", &row.abi) || text_of(r, node, "abi_tag", &row.abi_tag) ||
        text_of(r, node, "source", &row.source) || flags_of(r, node, &row.flags)) {
        return r->err->code;
    }
    if (!row.id || !row.source) {
        return bad(r, node, "runtimes", "each needs an id and a source");
    }
    *ret = row;
    return PL_OK;
}

/* In the place of ours, else before the first of its language. */
static void put_row(struct pl_runtime_data *to, const struct pl_runtime *row)
{
    size_t at = to->n;
    for (size_t i = 0; i < to->n; i++) {
        if (strcmp(to->row[i].id, row->id) == 0) {
            to->row[i] = *row;
            return;
        }
        at = at == to->n && to->row[i].language == row->language ? i : at;
    }
    memmove(&to->row[at + 1], &to->row[at], (to->n - at) * sizeof *to->row);
    to->row[at] = *row;
    to->n++;
}

/* From the last to the first: new ones keep their order then. */
static PL_STATUS read_rows(const struct reading *r, uint32_t list)
{
    size_t n = pl_doc_count(r->doc, list);
    size_t own = pl_runtime_count();
    if (n > PL_RUNTIME_MOST - own) {
        return bad(r, list, "runtimes", "there are too many of them");
    }
    struct pl_runtime *row = pl_arena_new(&r->to->arena, n, sizeof *row, r->err);
    r->to->row = pl_arena_new(&r->to->arena, n + own, sizeof *row, r->err);
    if (!row || !r->to->row) {
        return r->err->code;
    }
    for (size_t i = 0; i < own; i++) {
        r->to->row[r->to->n++] = *pl_runtime_at(i);
    }
    uint32_t item = pl_doc_node(r->doc, list)->child;
    for (size_t i = 0; i < n; i++) {
        if (read_row(r, item, &row[i]) != PL_OK) {
            return r->err->code;
        }
        item = pl_doc_node(r->doc, item)->next;
    }
    while (n > 0) {
        put_row(r->to, &row[--n]);
    }
    return PL_OK;
}

static PL_STATUS read_all(const struct reading *r)
{
    uint32_t root = r->doc->root;
    uint32_t list = pl_doc_get(r->doc, root, "runtimes");
    uint32_t tool = pl_doc_get(r->doc, root, "tool");
    int32_t days = 0;
    if (!pl_slice_is(pl_doc_node(r->doc, pl_doc_get(r->doc, root, "schema"))->text,
                     "plimsoll-runtimes/1") ||
        pl_doc_node(r->doc, list)->kind != PL_NODE_SEQ) {
        return bad(r, root, "schema",
                   "expected plimsoll-runtimes/1, as plimsoll runtimes --format json prints it");
    }
    if (text_of(r, tool, "data", &r->to->date) != PL_OK) {
        return r->err->code;
    }
    if (!r->to->date || !pl_date_parse(pl_slice_of(r->to->date), &days)) {
        return bad(r, tool, "tool", "data is no date, so nobody can say how new this is");
    }
    return read_rows(r, list);
}

PL_STATUS pl_runtime_data_parse(struct pl_runtime_data *ret, const char *name, struct pl_slice text,
                                struct pl_err *err)
{
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_runtime_data data = {.n = 0};
    if (pl_json_parse(&doc, text, 0, name, err) != PL_OK) {
        return err->code;
    }
    pl_arena_init(&data.arena, PL_MAX_DOC_BYTES);
    const struct reading r = {&data, &doc, name, err};
    enum pl_status status = read_all(&r);
    if (status) {
        pl_runtime_data_done(&data);
        return status;
    }
    *ret = data;
    return PL_OK;
}

void pl_runtime_data_done(struct pl_runtime_data *data)
{
    pl_arena_done(&data->arena);
    *data = (struct pl_runtime_data){.n = 0};
}
