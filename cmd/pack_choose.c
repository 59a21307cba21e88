#include "cmd/pack.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

/* "dist" beside the manifest, or the folder of --output-dir from where we stand. */
static enum pl_status choose_folder(struct pl_pack_run *run, struct pl_err *err)
{
    struct pl_slice root = run->project.root;
    if (run->options->output) {
        struct pl_slice dir = pl_slice_dirname(pl_slice_of(run->options->output));
        bool at_root = dir.len == 0 && run->options->output[0] == '/';
        return pl_arena_dup(&run->arena,
                            at_root       ? PL_SLICE("/")
                            : dir.len > 0 ? dir
                                          : PL_SLICE("."),
                            &run->output_dir, err);
    }
    if (run->options->output_dir) {
        struct pl_slice dir = pl_slice_of(run->options->output_dir);
        while (dir.len > 1 && dir.ptr[dir.len - 1] == '/') {
            dir.len--;
        }
        return pl_arena_dup(&run->arena, dir, &run->output_dir, err);
    }
    if (root.len == 0 || pl_slice_is(root, ".")) {
        return pl_arena_dup(&run->arena, PL_SLICE("dist"), &run->output_dir, err);
    }
    return pl_arena_fmt(&run->arena, &run->output_dir, err, "%.*s%sdist", (int)root.len, root.ptr,
                        root.ptr[root.len - 1] == '/' ? "" : "/");
}

static bool is_asked_for(const struct pl_list *names, struct pl_slice name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (pl_slice_is(name, names->at[i])) {
            return true;
        }
    }
    return names->n == 0;
}

static int text_width(struct pl_slice text, int most)
{
    return text.len < (size_t)most ? (int)text.len : most;
}

static enum pl_status add_target(struct pl_pack_run *run, bool is_layer, uint32_t index,
                                 struct pl_err *err)
{
    enum { NAME_WIDTH_MAX = 32, PATH_WIDTH_MAX = 48 };
    struct pl_pack_target target = {.is_layer = is_layer, .index = index};
    target.name = is_layer ? run->project.layer[index].id : run->project.function[index].id;
    const char *slash = pl_slice_ends(run->output_dir, PL_SLICE("/")) ? "" : "/";

    struct pl_pack_target *at = pl_arr_grow(run->target, &run->cap_target, run->n_target + 1,
                                            sizeof *at, PL_MAX_ENTRIES, "artifacts", err);
    if (!at) {
        return err->code;
    }
    run->target = at;
    bool beside = pl_slice_is(run->output_dir, ".");
    if (pl_arena_fmt(&run->arena, &target.path, err, "%s%s%.*s.zip",
                     beside ? "" : run->output_dir.ptr, beside ? "" : slash, (int)target.name.len,
                     target.name.ptr) != PL_OK ||
        pl_arena_fmt(&run->arena, &target.label, err, "%s %.*s", is_layer ? "layer" : "function",
                     (int)target.name.len, target.name.ptr) != PL_OK) {
        return err->code;
    }
    int name_width = text_width(target.name, NAME_WIDTH_MAX);
    int path_width = text_width(target.path, PATH_WIDTH_MAX);
    run->name_width = name_width > run->name_width ? name_width : run->name_width;
    run->path_width = path_width > run->path_width ? path_width : run->path_width;
    run->target[run->n_target++] = target;
    return PL_OK;
}

static enum pl_status add_targets(struct pl_pack_run *run, struct pl_err *err)
{
    const struct pl_project *project = &run->project;
    const struct pl_list *names = &run->options->operand;
    for (uint32_t i = 0; i < project->n_layer; i++) {
        if (project->layer[i].n_source > 0 && is_asked_for(names, project->layer[i].id) &&
            add_target(run, true, i, err) != PL_OK) {
            return err->code;
        }
    }
    for (uint32_t i = 0; i < project->n_function; i++) {
        if (project->function[i].n_source > 0 && is_asked_for(names, project->function[i].id) &&
            add_target(run, false, i, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Both kinds become NAME.zip in one folder. */
static enum pl_status check_unique(const struct pl_project *project, struct pl_err *err)
{
    for (uint32_t i = 0; i < project->n_function; i++) {
        struct pl_slice id = project->function[i].id;
        if (pl_project_find_layer(project, id) != PL_NO_INDEX) {
            return pl_err_set(err, PL_ERR_CONFIG,
                              "'%.*s' names a function and a layer: both would be %.*s.zip",
                              (int)id.len, id.ptr, (int)id.len, id.ptr);
        }
    }
    return PL_OK;
}

static enum pl_status unknown_name(struct pl_pack_run *run, const char *name, struct pl_err *err)
{
    const struct pl_project *project = &run->project;
    size_t most = (size_t)project->n_function + project->n_layer;
    size_t n = 0;
    const char **candidate = pl_arena_new(&run->arena, most > 0 ? most : 1, sizeof *candidate, err);
    if (!candidate) {
        return err->code;
    }
    for (size_t i = 0; i < most; i++) {
        struct pl_slice id = i < project->n_function ? project->function[i].id
                                                     : project->layer[i - project->n_function].id;
        struct pl_slice copy;
        if (pl_arena_dup(&run->arena, id, &copy, err) != PL_OK) {
            return err->code;
        }
        candidate[n++] = copy.ptr;
    }
    const char *near = pl_text_nearest(pl_slice_of(name), candidate, n);
    return near ? pl_err_set(err, PL_ERR_USAGE,
                             "no function or layer is named '%s'; did you mean '%s'?", name, near)
                : pl_err_set(err, PL_ERR_USAGE, "no function or layer is named '%s'", name);
}

static enum pl_status check_names(struct pl_pack_run *run, struct pl_err *err)
{
    const struct pl_project *project = &run->project;
    for (size_t i = 0; i < run->options->operand.n; i++) {
        const char *name = run->options->operand.at[i];
        uint32_t fn = pl_project_find_function(project, pl_slice_of(name));
        uint32_t layer = pl_project_find_layer(project, pl_slice_of(name));
        if (fn == PL_NO_INDEX && layer == PL_NO_INDEX) {
            return unknown_name(run, name, err);
        }
        if ((fn == PL_NO_INDEX || project->function[fn].n_source == 0) &&
            (layer == PL_NO_INDEX || project->layer[layer].n_source == 0)) {
            return pl_err_set(err, PL_ERR_CONFIG, "'%s' has no sources to pack", name);
        }
    }
    return PL_OK;
}

enum pl_status pl_pack_choose(struct pl_pack_run *run, struct pl_err *err)
{
    if (check_unique(&run->project, err) != PL_OK || check_names(run, err) != PL_OK ||
        choose_folder(run, err) != PL_OK || add_targets(run, err) != PL_OK) {
        return err->code;
    }
    if (run->n_target == 0) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "the manifest has no function and no layer with sources to pack");
    }
    return PL_OK;
}
