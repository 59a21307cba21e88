/* Artifacts that a service of the Serverless Framework brought along: they are uploaded from where
 * they stand, which only serverless-state.json beside the template says. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/template.h"
#include "pkg/project/template_read.h"

#include <sys/stat.h>

PL_STATUS pl_tp_read_state(struct pl_tp *tp, struct pl_doc *doc, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_slice path;
    struct pl_err why;
    struct stat st;
    bool is_there = false;
    if (!pl_template_is_packaged(pl_slice_of(tp->name))) {
        return PL_OK;
    }
    if (pl_project_path(tp->project, PL_SLICE("serverless-state.json"), &path, err) != PL_OK ||
        pl_file_look(path.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    if (!is_there || !S_ISREG(st.st_mode)) {
        return PL_OK;
    }
    if (pl_file_read(path.ptr, &text, &why) != PL_OK ||
        pl_json_parse(doc, pl_buf_view(&text), 0, path.ptr, &why) != PL_OK) {
        return why.code == PL_ERR_NOMEM ? pl_err_nomem(err) : PL_OK; /* its code stays unknown */
    }
    tp->state = doc;
    return PL_OK;
}

/* Of this name; *is_clear is false where another one has it, too. */
static void see(const struct pl_doc *doc, uint32_t owner, struct pl_slice name,
                struct pl_slice *found, bool *is_clear)
{
    uint32_t package = pl_doc_get(doc, owner, "package");
    struct pl_slice path = pl_doc_node(doc, pl_doc_get(doc, package, "artifact"))->text;
    if (path.len == 0 || path.len > PL_MAX_PATH || pl_slice_find(path, '\0') < path.len ||
        !pl_slice_eq(pl_slice_basename(path), name)) {
        return;
    }
    *is_clear = *is_clear && (found->len == 0 || pl_slice_eq(*found, path));
    *found = path;
}

PL_STATUS pl_tp_find_artifact(struct pl_tp *tp, struct pl_slice name, struct pl_slice *ret,
                              struct pl_err *err)
{
    static const char *const lists[] = {"functions", "layers"};
    const struct pl_doc *doc = tp->state;
    struct pl_slice found = {0};
    bool is_clear = true;
    if (!doc) {
        return PL_OK;
    }
    uint32_t service = pl_doc_get(doc, doc->root, "service");
    see(doc, service, name, &found, &is_clear);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct pl_node *list = pl_doc_node(doc, pl_doc_get(doc, service, lists[i]));
        uint32_t key = list->kind == PL_NODE_MAP ? list->child : (uint32_t)PL_NODE_NONE;
        while (key != PL_NODE_NONE) {
            uint32_t owner = pl_doc_node(doc, key)->next;
            see(doc, owner, name, &found, &is_clear);
            key = pl_doc_node(doc, owner)->next;
        }
    }
    if (found.len == 0 || !is_clear) {
        return PL_OK;
    }
    /* The state says it as the service does, whose folder is the one above. */
    return pl_arena_fmt(&tp->project->arena, ret, err, "%s%.*s", found.ptr[0] == '/' ? "" : "../",
                        (int)found.len, found.ptr);
}
