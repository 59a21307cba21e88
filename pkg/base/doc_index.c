/* Maps of many keys, and how a key is found in them: templates look up what their own text names as
 * often as that text names it. */
#include "pkg/base/arr.h"
#include "pkg/base/doc_build.h"

#include <stdlib.h>

/* Below this, walking along the keys is as quick. */
enum { PL_DOC_MANY_KEYS = 64 };

/* A key of a map of many keys. */
struct pl_doc_key {
    struct pl_slice text;
    uint32_t value;
};

/* Such a map is known by its first key: a copy of its node has the same. */
struct pl_doc_big {
    uint32_t first_key;
    uint32_t from, n; /* in doc->key, by text */
};

static uint32_t next_key(const struct pl_doc *doc, uint32_t key)
{
    return doc->node[doc->node[key].next].next;
}

static uint32_t count_keys(const struct pl_doc *doc, const struct pl_node *node)
{
    uint32_t n = 0;
    for (uint32_t at = node->kind == PL_NODE_MAP ? node->child : (uint32_t)PL_NODE_NONE;
         at != PL_NODE_NONE; at = next_key(doc, at)) {
        n++;
    }
    return n > PL_DOC_MANY_KEYS ? n : 0;
}

static int by_text(const void *a, const void *b)
{
    return pl_slice_cmp(((const struct pl_doc_key *)a)->text, ((const struct pl_doc_key *)b)->text);
}

static int by_first_key(const void *a, const void *b)
{
    uint32_t x = ((const struct pl_doc_big *)a)->first_key;
    uint32_t y = ((const struct pl_doc_big *)b)->first_key;
    return (x > y) - (x < y);
}

enum pl_status pl_doc_index(struct pl_doc *doc, struct pl_err *err)
{
    uint32_t n_big = 0;
    uint32_t n_key = 0;
    for (uint32_t i = 0; i < doc->n; i++) {
        uint32_t n = count_keys(doc, &doc->node[i]);
        n_big += n > 0;
        n_key += n;
    }
    if (n_big == 0) {
        return PL_OK;
    }
    doc->big = pl_arr_zeroed(n_big, sizeof *doc->big, err);
    doc->key = doc->big ? pl_arr_zeroed(n_key, sizeof *doc->key, err) : NULL;
    if (!doc->key) {
        return err->code;
    }
    uint32_t filled = 0;
    for (uint32_t i = 0; i < doc->n; i++) {
        uint32_t n = count_keys(doc, &doc->node[i]);
        if (n == 0) {
            continue;
        }
        uint32_t from = filled;
        doc->big[doc->n_big++] = (struct pl_doc_big){doc->node[i].child, from, n};
        for (uint32_t at = doc->node[i].child; at != PL_NODE_NONE; at = next_key(doc, at)) {
            doc->key[filled++] = (struct pl_doc_key){doc->node[at].text, doc->node[at].next};
        }
        qsort(&doc->key[from], n, sizeof *doc->key, by_text);
    }
    qsort(doc->big, doc->n_big, sizeof *doc->big, by_first_key);
    return PL_OK;
}

uint32_t pl_doc_find(const struct pl_doc *doc, uint32_t map, struct pl_slice key)
{
    const struct pl_node *node = pl_doc_node(doc, map);
    if (node->kind != PL_NODE_MAP) {
        return PL_NODE_NONE;
    }
    struct pl_doc_big sought = {.first_key = node->child};
    const struct pl_doc_big *big =
        doc->n_big > 0 ? bsearch(&sought, doc->big, doc->n_big, sizeof sought, by_first_key) : NULL;
    if (big) {
        struct pl_doc_key one = {.text = key};
        const struct pl_doc_key *found =
            bsearch(&one, &doc->key[big->from], big->n, sizeof one, by_text);
        return found ? found->value : (uint32_t)PL_NODE_NONE;
    }
    for (uint32_t at = node->child; at != PL_NODE_NONE;) {
        uint32_t value = pl_doc_node(doc, at)->next;
        if (pl_slice_eq(pl_doc_node(doc, at)->text, key)) {
            return value;
        }
        at = pl_doc_node(doc, value)->next;
    }
    return PL_NODE_NONE;
}
