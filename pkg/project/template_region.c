/* Where a stack is deployed: what `cdk synth` wrote beside its template. */
#include "pkg/base/file.h"
#include "pkg/project/template_read.h"

#include <sys/stat.h>

/* "aws://123456789012/eu-west-1"; an environment that only the deployment knows gives nothing. */
static struct pl_slice region_of(struct pl_slice environment)
{
    struct pl_slice rest = pl_slice_sub(environment, 6, environment.len);
    struct pl_slice account;
    struct pl_slice region;
    if (!pl_slice_starts(environment, PL_SLICE("aws://")) || !pl_slice_next(&rest, '/', &account) ||
        !pl_slice_next(&rest, '/', &region) || pl_slice_is(region, "unknown-region")) {
        return (struct pl_slice){0};
    }
    return region;
}

/* The region of the stack whose template has this file name. */
static struct pl_slice find(const struct pl_doc *doc, struct pl_slice file)
{
    uint32_t stacks = pl_doc_get(doc, doc->root, "artifacts");
    if (pl_doc_node(doc, stacks)->kind != PL_NODE_MAP) {
        return (struct pl_slice){0};
    }
    uint32_t key = pl_doc_node(doc, stacks)->child;
    while (key != PL_NODE_NONE) {
        uint32_t stack = pl_doc_node(doc, key)->next;
        uint32_t properties = pl_doc_get(doc, stack, "properties");
        struct pl_slice type = pl_doc_node(doc, pl_doc_get(doc, stack, "type"))->text;
        struct pl_slice own = pl_doc_node(doc, pl_doc_get(doc, properties, "templateFile"))->text;
        if (pl_slice_is(type, "aws:cloudformation:stack") && pl_slice_eq(own, file)) {
            return region_of(pl_doc_node(doc, pl_doc_get(doc, stack, "environment"))->text);
        }
        key = pl_doc_node(doc, stack)->next;
    }
    return (struct pl_slice){0};
}

PL_STATUS pl_tp_read_region(struct pl_tp *tp, struct pl_err *err)
{
    struct pl_project *project = tp->project;
    struct pl_slice file = pl_slice_basename(pl_slice_of(tp->name));
    struct pl_slice path;
    struct stat st;
    if (!pl_slice_ends(file, PL_SLICE(".template.json"))) {
        return PL_OK;
    }
    if (pl_project_path(project, PL_SLICE("manifest.json"), &path, err) != PL_OK) {
        return err->code;
    }
    if (stat(path.ptr, &st) != 0 || !S_ISREG(st.st_mode)) {
        return PL_OK;
    }
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_err why;
    if (pl_file_read(path.ptr, &text, &why) != PL_OK ||
        pl_json_parse(&doc, pl_buf_view(&text), 0, path.ptr, &why) != PL_OK) {
        return why.code == PL_ERR_NOMEM ? pl_err_nomem(err) : PL_OK; /* it may be anybody's */
    }
    struct pl_slice region = find(&doc, file);
    if (region.len > 0) {
        if (pl_arena_dup(&project->arena, region, &region, err) != PL_OK) {
            return err->code;
        }
        project->region = pl_value_given(region, (struct pl_pos){0});
    }
    return PL_OK;
}
