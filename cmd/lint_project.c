#include "cmd/lint_project.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <string.h>

/* A bigger array in the project's arena; the old one stays there until the project is done. */
static void *grown(struct pl_project *project, const void *old, size_t n, size_t elem,
                   struct pl_err *err)
{
    void *array = pl_arena_new(&project->arena, n + 1, elem, err);
    if (array && n > 0) {
        memcpy(array, old, n * elem);
    }
    return array;
}

static PL_STATUS value_of(struct pl_project *project, const char *text, struct pl_value *ret,
                          struct pl_err *err)
{
    struct pl_slice copy;
    enum pl_status status = pl_arena_dup(&project->arena, pl_slice_of(text), &copy, err);
    if (!status) {
        *ret = pl_value_given(copy, (struct pl_pos){0});
    }
    return status;
}

static struct pl_slice id_of(struct pl_slice path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    struct pl_slice base = pl_slice_basename(path);
    return pl_slice_ends(base, PL_SLICE(".zip")) && base.len > 4
               ? pl_slice_sub(base, 0, base.len - 4)
               : base;
}

PL_STATUS pl_lint_bare_function(struct pl_project *project, const char *path, struct pl_err *err)
{
    struct pl_function_decl *list =
        grown(project, project->function, project->n_function, sizeof *list, err);
    struct pl_value package;
    if (!list || value_of(project, path, &package, err)) {
        return err->code;
    }
    struct pl_function_decl *fn = &list[project->n_function];
    fn->package = package;
    fn->id = id_of(package.text);
    fn->upload = PL_UPLOAD_DIRECT;
    project->function = list;
    project->n_function++;
    return PL_OK;
}

PL_STATUS pl_lint_bare_layer(struct pl_project *project, const char *path, struct pl_err *err)
{
    struct pl_layer_decl *list =
        grown(project, project->layer, project->n_layer, sizeof *list, err);
    struct pl_value package;
    if (!list || value_of(project, path, &package, err)) {
        return err->code;
    }
    struct pl_layer_decl *layer = &list[project->n_layer];
    layer->package = package;
    layer->id = id_of(package.text);
    layer->upload = PL_UPLOAD_DIRECT;
    project->layer = list;
    project->n_layer++;
    return PL_OK;
}

/* KEY=VALUE; the value is in no message. */
static PL_STATUS add_variable(struct pl_project *project, struct pl_function_decl *fn,
                              struct pl_slice text, struct pl_pos at, struct pl_err *err)
{
    size_t equals = pl_slice_find(text, '=');
    struct pl_slice copy;
    enum pl_status status = pl_arena_dup(&project->arena, text, &copy, err);
    if (status) {
        return status;
    }
    struct pl_env_var var = {.key = pl_slice_sub(copy, 0, equals), .key_at = at};
    var.value = pl_value_given(pl_slice_sub(copy, equals + 1, copy.len), at);
    var.value.secret = true;
    for (uint32_t i = 0; i < fn->n_env; i++) {
        if (pl_slice_eq(fn->env[i].key, var.key)) {
            fn->env[i] = var;
            return PL_OK;
        }
    }
    struct pl_env_var *list = grown(project, fn->env, fn->n_env, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    list[fn->n_env] = var;
    fn->env = list;
    fn->n_env++;
    return PL_OK;
}

static PL_STATUS apply_env_option(struct pl_project *project, struct pl_function_decl *fn,
                                  const struct pl_options *options, struct pl_err *err)
{
    for (size_t i = 0; i < options->env.n; i++) {
        struct pl_slice text = pl_slice_of(options->env.at[i]);
        if (pl_slice_find(text, '=') == text.len) {
            return pl_err_set(err, PL_ERR_USAGE, "--env takes KEY=VALUE; argument %zu has no '='",
                              i + 1);
        }
        enum pl_status status = add_variable(project, fn, text, (struct pl_pos){0}, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* Lines KEY=VALUE; blank lines and lines that start with # are passed over. */
static PL_STATUS apply_env_lines(struct pl_project *project, struct pl_function_decl *fn,
                                 uint32_t file, struct pl_err *err)
{
    struct pl_slice rest = project->file[file - 1].text;
    struct pl_slice line;
    for (uint32_t number = 1; rest.ptr && pl_slice_next(&rest, '\n', &line); number++) {
        struct pl_slice text = pl_slice_trim(line);
        if (text.len == 0 || text.ptr[0] == '#') {
            continue;
        }
        if (pl_slice_find(text, '=') == text.len) {
            return pl_err_set(err, PL_ERR_CONFIG,
                              "%s:%u:1: a line without '=': KEY=VALUE is wanted",
                              project->file[file - 1].path.ptr, number);
        }
        struct pl_pos at = {
            .file = file, .line = number, .col = 1, .len = (uint32_t)pl_slice_find(text, '=')};
        enum pl_status status = add_variable(project, fn, text, at, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS read_env_file(struct pl_project *project, const char *path, uint32_t *ret_file,
                               struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    enum pl_status status = pl_file_read(path, &text, err);
    return status
               ? pl_err_wrap(err, "--env-file")
               : pl_project_add_file(project, pl_slice_of(path), pl_buf_view(&text), ret_file, err);
}

/* The layers of --layer replace those that a function has. */
static PL_STATUS apply_layers(struct pl_project *project, struct pl_function_decl *fn,
                              const struct pl_options *options, uint32_t first, struct pl_err *err)
{
    struct pl_layer_ref *list = pl_arena_new(&project->arena, options->layer.n, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    for (size_t i = 0; i < options->layer.n; i++) {
        list[i].layer = first + (uint32_t)i;
        list[i].name = project->layer[first + i].package;
    }
    fn->layer = list;
    fn->n_layer = (uint32_t)options->layer.n;
    fn->layers_at = (struct pl_pos){0};
    return PL_OK;
}

static PL_STATUS apply_texts(struct pl_project *project, struct pl_function_decl *fn,
                             const struct pl_options *options, struct pl_err *err)
{
    const struct {
        const char *text;
        struct pl_value *to;
    } texts[] = {{options->runtime, &fn->runtime},
                 {options->handler, &fn->handler},
                 {options->arch, &fn->architecture}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].text && value_of(project, texts[i].text, texts[i].to, err)) {
            return err->code;
        }
    }
    if (options->upload) {
        fn->upload = strcmp(options->upload, "s3") == 0 ? PL_UPLOAD_S3 : PL_UPLOAD_DIRECT;
    }
    return PL_OK;
}

PL_STATUS pl_lint_apply_options(struct pl_project *project, const struct pl_options *options,
                                struct pl_err *err)
{
    uint32_t env_file = 0;
    uint32_t first_layer = project->n_layer;
    enum pl_status status = PL_OK;
    if (options->env_file) {
        status = read_env_file(project, options->env_file, &env_file, err);
    }
    for (size_t i = 0; !status && i < options->layer.n; i++) {
        status = pl_lint_bare_layer(project, options->layer.at[i], err);
    }
    for (uint32_t i = 0; !status && i < project->n_function; i++) {
        struct pl_function_decl *fn = &project->function[i];
        status = apply_texts(project, fn, options, err);
        if (!status && options->layer.n > 0) {
            status = apply_layers(project, fn, options, first_layer, err);
        }
        if (!status && env_file > 0) {
            status = apply_env_lines(project, fn, env_file, err);
        }
        if (!status) {
            status = apply_env_option(project, fn, options, err);
        }
    }
    for (uint32_t i = 0; options->upload && i < project->n_layer; i++) {
        project->layer[i].upload =
            strcmp(options->upload, "s3") == 0 ? PL_UPLOAD_S3 : PL_UPLOAD_DIRECT;
    }
    return status;
}

static void keep_functions(struct pl_project *project, const bool *named)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < project->n_function; i++) {
        if (named[i]) {
            project->function[n++] = project->function[i];
        }
    }
    project->n_function = n;
}

/* Into a list of its own: functions may share one that the manifest's defaults gave them. */
static PL_STATUS renumber(struct pl_project *project, struct pl_function_decl *fn,
                          const uint32_t *to, struct pl_err *err)
{
    struct pl_layer_ref *list = pl_arena_new(&project->arena, fn->n_layer + 1u, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        list[i] = fn->layer[i];
        if (list[i].layer != PL_NO_INDEX) {
            list[i].layer = to[list[i].layer];
        }
    }
    fn->layer = list;
    return PL_OK;
}

PL_STATUS pl_lint_prune(struct pl_project *project, const bool *function_named,
                        const bool *layer_named, struct pl_err *err)
{
    uint32_t *to = pl_arena_new(&project->arena, project->n_layer + 1u, sizeof *to, err);
    if (!to) {
        return err->code;
    }
    keep_functions(project, function_named);
    for (uint32_t i = 0; i < project->n_layer; i++) {
        to[i] = layer_named[i] ? 1 : 0;
    }
    for (uint32_t i = 0; i < project->n_function; i++) {
        const struct pl_function_decl *fn = &project->function[i];
        for (uint32_t k = 0; k < fn->n_layer; k++) {
            if (fn->layer[k].layer != PL_NO_INDEX) {
                to[fn->layer[k].layer] = 1;
            }
        }
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < project->n_layer; i++) {
        if (to[i]) {
            project->layer[n] = project->layer[i];
            to[i] = n++;
        }
    }
    project->n_layer = n;
    for (uint32_t i = 0; i < project->n_function; i++) {
        enum pl_status status = renumber(project, &project->function[i], to, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
