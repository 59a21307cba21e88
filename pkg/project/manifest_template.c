/* `template`: what a SAM or CloudFormation template says about functions of the same name, so that
 * the manifest need not say it again. */
#include "pkg/base/text.h"
#include "pkg/project/manifest_read.h"
#include "pkg/project/template.h"

#include <string.h>

static const char WHY_BRANCHES[] = "a value depends on the template's conditions";

static void move_place(struct pl_value *value, uint32_t file)
{
    if (value->at.file > 0) {
        value->at.file = file;
    }
}

/* Its places become places of the manifest's project. */
static void move_places(struct pl_project *template_, uint32_t file)
{
    for (uint32_t i = 0; i < template_->n_function; i++) {
        struct pl_function_decl *fn = &template_->function[i];
        move_place(&fn->handler, file);
        move_place(&fn->runtime, file);
        move_place(&fn->architecture, file);
        move_place(&fn->memory, file);
        move_place(&fn->timeout, file);
        fn->env_at.file = file;
        fn->layers_at.file = file;
        for (uint32_t k = 0; k < fn->n_env; k++) {
            fn->env[k].key_at.file = file;
            move_place(&fn->env[k].value, file);
        }
        for (uint32_t k = 0; k < fn->n_layer; k++) {
            move_place(&fn->layer[k].name, file);
        }
    }
}

/* What it accepts is accepted of its functions here too.  That one matches nothing says nothing: it
 * may be about settings that the manifest has of its own. */
static PL_STATUS take_ignores(struct pl_mf *mf, const struct pl_project *template_, uint32_t file,
                              struct pl_err *err)
{
    for (uint32_t i = 0; i < template_->lint.n_ignore; i++) {
        struct pl_lint_ignore ignore = template_->lint.ignore[i];
        ignore.at.file = file;
        ignore.lines.file = ignore.lines.file > 0 ? file : 0;
        ignore.is_shared = true;
        move_place(&ignore.rule, file);
        move_place(&ignore.expires, file);
        if (pl_project_add_ignore(mf->project, &ignore, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_mf_read_template(struct pl_mf *mf, struct pl_err *err)
{
    struct pl_value path;
    struct pl_slice where;
    uint32_t file = 0;
    if (mf->template_node == PL_NODE_NONE) {
        return PL_OK;
    }
    if (pl_mf_relative_path(mf, "template", mf->template_node, &path, err) != PL_OK ||
        pl_project_path(mf->project, path.text, &where, err) != PL_OK) {
        return err->code;
    }
    struct pl_project *template_ = pl_arena_new(&mf->project->arena, 1, sizeof *template_, err);
    if (!template_) {
        return err->code;
    }
    if (pl_template_read(template_, where.ptr, err) != PL_OK) {
        mf->failed_at = pl_doc_node(mf->doc, mf->template_node)->at;
        return err->code == PL_ERR_MISSING
                   ? pl_mf_fail(mf, mf->template_node, err, "template: %s does not exist",
                                pl_mf_quote(mf, path.text))
                   : err->code;
    }
    enum pl_status status = pl_project_add_file(
        mf->project, where, template_->n_file > 0 ? template_->file[0].text : PL_SLICE(""), &file,
        err);
    pl_arena_adopt(&mf->project->arena, &template_->arena);
    move_places(template_, file);
    mf->template_ = template_;
    return status ? status : take_ignores(mf, template_, file, err);
}

/* A setting that the function's branches agree about. */
static void take(struct pl_value *to, const struct pl_value *from, bool is_first)
{
    bool given = from->known == PL_GIVEN || from->known == PL_UNKNOWN;
    if (is_first) {
        *to = given ? *from : (struct pl_value){.known = PL_ABSENT};
    } else if (to->known != (given ? from->known : PL_ABSENT) ||
               (given && !pl_slice_eq(to->text, from->text))) {
        *to = (struct pl_value){.known = PL_UNKNOWN, .at = from->at, .why = WHY_BRANCHES};
    }
}

static void settle(struct pl_value *own, const struct pl_value *from)
{
    if (own->known == PL_ABSENT) {
        *own = *from;
    }
}

/* The template's variables first, the manifest's own in the place of those of the same name. */
static PL_STATUS take_environment(struct pl_mf *mf, const struct pl_function_decl *from,
                                  struct pl_function_decl *decl, struct pl_err *err)
{
    struct pl_function_decl shared = {
        .env = from->env, .n_env = from->n_env, .env_at = from->env_at};
    decl->env_why = from->env_why;
    return pl_mf_merge_environment(mf, &shared, decl, err);
}

/* Layers that the manifest builds under the same name; others are opaque. */
static PL_STATUS take_layers(struct pl_mf *mf, const struct pl_function_decl *from,
                             struct pl_mf_function *function, struct pl_err *err)
{
    if (function->has_layers || from->n_layer == 0) {
        return PL_OK;
    }
    struct pl_layer_ref *ref = pl_arena_new(&mf->project->arena, from->n_layer, sizeof *ref, err);
    if (!ref) {
        return err->code;
    }
    for (uint32_t i = 0; i < from->n_layer; i++) {
        uint64_t index = 0;
        ref[i] = from->layer[i];
        ref[i].layer =
            pl_map_get(&mf->layers, ref[i].name.text, &index) ? (uint32_t)index : PL_NO_INDEX;
    }
    function->decl.layer = ref;
    function->decl.n_layer = from->n_layer;
    function->decl.layers_at = from->layers_at;
    function->has_layers = true;
    return PL_OK;
}

/* A function that the template does not have is the manifest's own, unless it is a slip. */
static PL_STATUS check_name(struct pl_mf *mf, uint32_t key, struct pl_slice id, struct pl_err *err)
{
    const struct pl_project *template_ = mf->template_;
    const char **names =
        pl_arena_new(&mf->project->arena, (size_t)template_->n_function + 1, sizeof *names, err);
    if (!names) {
        return err->code;
    }
    for (uint32_t i = 0; i < template_->n_function; i++) {
        names[i] = pl_mf_quote(mf, template_->function[i].id);
        if (pl_slice_eq_nocase(template_->function[i].id, id)) {
            return pl_mf_fail(mf, key, err, "the template calls it '%s'; write it so here",
                              names[i]);
        }
    }
    const char *nearest = pl_text_nearest(id, names, template_->n_function);
    return nearest
               ? pl_mf_fail(mf, key, err, "the template has no function '%s'; did you mean '%s'?",
                            pl_mf_quote(mf, id), nearest)
               : PL_OK;
}

PL_STATUS pl_mf_take_from_template(struct pl_mf *mf, uint32_t key, struct pl_mf_function *function,
                                   struct pl_err *err)
{
    struct pl_function_decl *decl = &function->decl;
    const struct pl_project *template_ = mf->template_;
    uint32_t first = template_ ? pl_project_find_function(template_, decl->id) : PL_NO_INDEX;
    if (!template_) {
        return PL_OK;
    }
    if (first == PL_NO_INDEX) {
        return check_name(mf, key, decl->id, err);
    }
    struct pl_function_decl seen = {0};
    for (uint32_t i = first; i < template_->n_function; i++) {
        const struct pl_function_decl *one = &template_->function[i];
        if (i > first && one->branch != i - first) {
            break;
        }
        take(&seen.handler, &one->handler, i == first);
        take(&seen.runtime, &one->runtime, i == first);
        take(&seen.architecture, &one->architecture, i == first);
        take(&seen.memory, &one->memory, i == first);
        take(&seen.timeout, &one->timeout, i == first);
    }
    settle(&decl->handler, &seen.handler);
    settle(&decl->runtime, &seen.runtime);
    settle(&decl->architecture, &seen.architecture);
    settle(&decl->memory, &seen.memory);
    settle(&decl->timeout, &seen.timeout);
    enum pl_status status = take_environment(mf, &template_->function[first], decl, err);
    return status ? status : take_layers(mf, &template_->function[first], function, err);
}
