/* Files that ${file(...)} names. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/serverless_read.h"

#include <sys/stat.h>

/* The other document's value, as if it stood where it is asked for. */
static uint32_t import(struct pl_sls *sls, const struct pl_doc *from, uint32_t node,
                       struct pl_pos at, unsigned depth)
{
    const struct pl_node *it = pl_doc_node(from, node);
    struct pl_graft *graft = &sls->graft;
    if (graft->failed || depth > PL_SLS_DEPTH || it->kind == PL_NODE_NULL) {
        return PL_NODE_NONE;
    }
    if (it->kind == PL_NODE_SCALAR) {
        uint32_t made = pl_graft_text(graft, it->text, at);
        if (!graft->failed) {
            graft->doc->node[made].tag = it->tag;
            graft->doc->node[made].quoted = it->quoted;
        }
        return made;
    }
    bool is_map = it->kind == PL_NODE_MAP;
    struct pl_graft_list list = is_map ? pl_graft_map(graft, at) : pl_graft_seq(graft, at);
    if (!graft->failed) {
        graft->doc->node[list.node].tag = it->tag;
    }
    for (uint32_t child = it->child; child != PL_NODE_NONE && !graft->failed;) {
        uint32_t value = is_map ? pl_doc_node(from, child)->next : child;
        uint32_t made = import(sls, from, value, at, depth + 1);
        if (is_map) {
            pl_graft_put_at(graft, &list, pl_doc_node(from, child)->text, at, made);
        } else {
            pl_graft_add(graft, &list, made);
        }
        child = pl_doc_node(from, value)->next;
    }
    return list.node;
}

static PL_STATUS read(struct pl_sls *sls, struct pl_slice path, struct pl_pos at, uint32_t *ret,
                      struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_slice where;
    struct stat st;
    bool is_there = false;
    if (pl_project_path(sls->project, path, &where, err) != PL_OK ||
        pl_file_look(where.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    if (!is_there || !S_ISREG(st.st_mode)) {
        return PL_OK;
    }
    enum pl_status status = pl_file_read(where.ptr, &text, err);
    if (!status && pl_slice_ends(path, PL_SLICE(".json"))) {
        status = pl_json_parse(&doc, pl_buf_view(&text), 0, where.ptr, err);
    } else if (!status) {
        status = pl_yaml_parse(&doc, pl_buf_view(&text), 0, where.ptr, err);
    }
    if (status) {
        return status;
    }
    pl_arena_adopt(sls->graft.arena, &doc.arena);
    *ret = import(sls, &doc, doc.root, at, 0);
    return pl_graft_status(&sls->graft);
}

uint32_t pl_sls_file(struct pl_sls *sls, struct pl_slice path, struct pl_pos at)
{
    bool is_data = pl_slice_ends(path, PL_SLICE(".yml")) ||
                   pl_slice_ends(path, PL_SLICE(".yaml")) || pl_slice_ends(path, PL_SLICE(".json"));
    bool is_good = path.len > 0 && path.len < PL_MAX_PATH && path.ptr[0] != '/' &&
                   path.ptr[0] != '~' && pl_slice_find(path, '\0') == path.len;
    uint32_t made = PL_NODE_NONE;
    if (sls->graft.failed) {
        return PL_NODE_NONE;
    }
    if (!is_data || !is_good || sls->files >= PL_SLS_FILES) {
        return pl_graft_unknown(&sls->graft, at);
    }
    sls->files++;
    if (read(sls, path, at, &made, sls->graft.err) != PL_OK) {
        sls->graft.failed = true;
    }
    return made;
}
