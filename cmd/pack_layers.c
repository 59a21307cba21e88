/* The layers of a function in the line about its ZIP: those whose size is known, and the others. */
#include "cmd/pack.h"
#include "pkg/base/arr.h"
#include "pkg/base/text.h"
#include "pkg/build/ready.h"

/* Of a layer that is on disk already; what cannot be read stays unknown, and lint says why. */
static enum pl_status measure(struct pl_pack_run *run, uint32_t index, struct pl_err *err)
{
    struct pl_tree tree = {0};
    struct pl_err why;
    struct pl_slice path;
    if (pl_arena_dup(&run->arena, run->project.layer[index].package.text, &path, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = pl_ready_open(&tree, path.ptr, &why);
    if (status != PL_OK) {
        *err = why;
        return status == PL_ERR_NOMEM ? status : PL_OK;
    }
    if (tree.n > 0) {
        run->layer_size[index] = (struct pl_pack_layer_size){true, tree.unpacked_bytes};
    }
    pl_tree_done(&tree);
    return PL_OK;
}

enum pl_status pl_pack_measure_layers(struct pl_pack_run *run, struct pl_err *err)
{
    const struct pl_project *project = &run->project;
    run->layer_size = pl_arena_new(&run->arena, project->n_layer, sizeof *run->layer_size, err);
    if (!run->layer_size) {
        return err->code;
    }
    for (size_t i = 0; i < run->n_target; i++) {
        const struct pl_pack_target *target = &run->target[i];
        const struct pl_function_decl *fn = &project->function[target->index];
        for (uint32_t l = 0; !target->is_layer && l < fn->n_layer; l++) {
            uint32_t index = fn->layer[l].layer;
            if (index < project->n_layer && !run->layer_size[index].known &&
                pl_value_has(&project->layer[index].package) && measure(run, index, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

bool pl_pack_layer_bytes(const struct pl_pack_run *run, uint32_t index, uint64_t *ret)
{
    for (size_t i = 0; i < run->n_target; i++) {
        const struct pl_pack_target *target = &run->target[i];
        if (target->is_layer && target->done && target->index == index) {
            *ret = target->result.unpacked_bytes;
            return true;
        }
    }
    if (index >= run->project.n_layer || !run->layer_size || !run->layer_size[index].known) {
        return false;
    }
    *ret = run->layer_size[index].bytes;
    return true;
}

static enum pl_status append_layers(struct pl_buf *to, const struct pl_pack_run *run,
                                    const struct pl_function_decl *fn, bool counted,
                                    struct pl_err *err)
{
    const char *before = counted ? " with " : ", not counting ";
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; i < fn->n_layer && status == PL_OK; i++) {
        uint64_t bytes;
        if (pl_pack_layer_bytes(run, fn->layer[i].layer, &bytes) != counted) {
            continue;
        }
        status = pl_buf_text(to, before, err);
        status = status == PL_OK ? pl_text_escape(to, fn->layer[i].name.text, err) : status;
        before = ", ";
    }
    return status;
}

enum pl_status pl_pack_text_layers(struct pl_buf *to, const struct pl_pack_run *run,
                                   const struct pl_function_decl *fn, struct pl_err *err)
{
    enum pl_status status = append_layers(to, run, fn, true, err);
    return status == PL_OK ? append_layers(to, run, fn, false, err) : status;
}
