/* YAML and JSON: any bytes become a bounded tree whose places lie in the text, or an error that has
 * one. */
#include "pkg/base/doc.h"
#include "pkg/base/limits.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static uint32_t count_lines(struct pl_slice text)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        bool cr = text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n');
        /* YAML 1.1 also ends lines at NEL, LS and PS. */
        bool wide =
            i + 2 < text.len && memcmp(text.ptr + i, "\xE2\x80", 2) == 0 &&
            ((unsigned char)text.ptr[i + 2] == 0xA8 || (unsigned char)text.ptr[i + 2] == 0xA9);
        bool nel = i + 1 < text.len && memcmp(text.ptr + i, "\xC2\x85", 2) == 0;
        lines += text.ptr[i] == '\n' || cr || wide || nel;
    }
    return lines;
}

/* Every node has one parent at most and comes into the tree once: no cycle, no sharing. */
static void check_tree(const struct pl_doc *doc, uint32_t lines)
{
    unsigned char *seen = calloc(doc->n, 1);
    promise(seen != NULL, "memory");
    for (uint32_t i = 0; i < doc->n; i++) {
        const struct pl_node *node = pl_doc_node(doc, i);
        promise(node->at.line <= lines, "a place lies in the text");
        promise(node->kind != PL_NODE_SCALAR || node->text.len == 0 || node->text.ptr != NULL,
                "a scalar has its text");
        uint32_t many = 0;
        for (uint32_t at = node->child; at != PL_NODE_NONE; at = pl_doc_node(doc, at)->next) {
            promise(at < doc->n && !seen[at], "a node is the child of one parent");
            seen[at] = 1;
            many++;
        }
        promise(node->kind != PL_NODE_MAP || many % 2 == 0, "a map has pairs");
        promise(pl_doc_count(doc, i) <= many, "what is counted is there");
    }
    free(seen);
}

static void try(struct pl_slice text, bool json)
{
    struct pl_doc doc;
    struct pl_err err;
    enum pl_status status = json ? pl_json_parse(&doc, text, 1, "input", &err)
                                 : pl_yaml_parse(&doc, text, 1, "input", &err);
    if (status != PL_OK) {
        promise(strncmp(err.msg, "input:", 6) == 0, "an error has its place");
        return;
    }
    check_tree(&doc, count_lines(text));
    pl_doc_done(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice text = pl_slice_make((const char *)data, size);
    try(text, true);
    try(text, false);
    return 0;
}
