/* Functions, and the defaults that they share. */
#include "pkg/lambda/limits.h"
#include "pkg/project/manifest_read.h"

#include <stdio.h>
#include <string.h>

/* Values are secret: what is wrong with one is said by its key. */
static enum pl_status fail_variable(struct pl_mf *mf, uint32_t at, struct pl_slice name,
                                    const char *wrong, struct pl_err *err)
{
    return pl_mf_fail(mf, at, err, "environment: %s %s", pl_mf_quote(mf, name), wrong);
}

static bool has_nul(struct pl_slice text)
{
    return pl_slice_find(text, '\0') < text.len;
}

static enum pl_status read_variable(struct pl_mf *mf, uint32_t key, struct pl_env_var *ret,
                                    struct pl_err *err)
{
    const struct pl_node *name = pl_doc_node(mf->doc, key);
    uint32_t value = name->next;
    const struct pl_node *it = pl_doc_node(mf->doc, value);
    if (name->text.len == 0) {
        return pl_mf_fail(mf, key, err, "environment: a name is empty");
    }
    if (it->kind == PL_NODE_NULL) {
        return fail_variable(mf, value, name->text, "has no value; write \"\" for an empty one",
                             err);
    }
    if (it->kind != PL_NODE_SCALAR) {
        return fail_variable(
            mf, value, name->text,
            it->kind == PL_NODE_MAP ? "is a map; expected text" : "is a list; expected text", err);
    }
    if (!pl_mf_tag_known(it->tag)) {
        return fail_variable(mf, value, name->text, "has a tag, which has no meaning in a manifest",
                             err);
    }
    if (has_nul(it->text) || has_nul(name->text)) {
        return fail_variable(mf, value, name->text, "holds a NUL character", err);
    }
    ret->key = name->text;
    ret->key_at = name->at;
    ret->value = pl_value_given(it->text, it->at);
    ret->value.secret = true;
    return PL_OK;
}

PL_STATUS pl_mf_environment(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    struct pl_function_decl *decl = &((struct pl_mf_function *)into)->decl;
    if (pl_mf_want_map(mf, node, row->key, err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, node);
    if (n > PL_MF_ENV_MAX) {
        return pl_mf_fail(mf, node, err, "environment: has %u variables; %d are the most", n,
                          PL_MF_ENV_MAX);
    }
    struct pl_env_var *env = pl_arena_new(&mf->project->arena, n, sizeof *env, err);
    if (!env) {
        return err->code;
    }
    uint32_t key = pl_doc_node(mf->doc, node)->child;
    for (uint32_t i = 0; i < n; i++) {
        if (read_variable(mf, key, &env[i], err) != PL_OK) {
            return err->code;
        }
        key = pl_doc_node(mf->doc, pl_doc_node(mf->doc, key)->next)->next;
    }
    decl->env = env;
    decl->n_env = n;
    decl->env_at = pl_doc_node(mf->doc, node)->at;
    return PL_OK;
}

PL_STATUS pl_mf_function_layers(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                void *into, struct pl_err *err)
{
    struct pl_mf_function *function = into;
    if (pl_mf_want_list(mf, node, row->key, err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, node);
    struct pl_layer_ref *ref = pl_arena_new(&mf->project->arena, n, sizeof *ref, err);
    if (!ref) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    bool failed = false;
    for (uint32_t i = 0; i < n; i++) {
        if (pl_mf_layer_item(mf, item, &ref[i], err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    function->decl.layer = ref;
    function->decl.n_layer = n;
    function->decl.layers_at = pl_doc_node(mf->doc, node)->at;
    function->has_layers = true;
    return pl_mf_end(mf, failed, err);
}

PL_STATUS pl_mf_merge_environment(struct pl_mf *mf, const struct pl_function_decl *shared,
                                  struct pl_function_decl *decl, struct pl_err *err)
{
    if (shared->n_env == 0) {
        return PL_OK;
    }
    if (decl->n_env == 0) {
        decl->env = shared->env;
        decl->n_env = shared->n_env;
        decl->env_at = decl->env_at.line > 0 ? decl->env_at : shared->env_at;
        return PL_OK;
    }
    struct pl_env_var *env =
        pl_arena_new(&mf->project->arena, (size_t)shared->n_env + decl->n_env, sizeof *env, err);
    if (!env) {
        return err->code;
    }
    uint32_t n = shared->n_env;
    memcpy(env, shared->env, n * sizeof *env);
    for (uint32_t i = 0; i < decl->n_env; i++) {
        uint32_t at = 0;
        while (at < shared->n_env && !pl_slice_eq(env[at].key, decl->env[i].key)) {
            at++;
        }
        env[at < shared->n_env ? at : n++] = decl->env[i];
    }
    decl->env = env;
    decl->n_env = n;
    return PL_OK;
}

static void settle(struct pl_value *value, const struct pl_value *shared, const char *service)
{
    if (value->known == PL_ABSENT) {
        *value = *shared;
    }
    if (value->known == PL_ABSENT && service) {
        *value = pl_value_default(service);
    }
}

static enum pl_status apply_defaults(struct pl_mf *mf, struct pl_mf_function *function,
                                     struct pl_err *err)
{
    struct pl_function_decl *decl = &function->decl;
    const struct pl_function_decl *shared = &mf->defaults.decl;
    settle(&decl->runtime, &shared->runtime, NULL);
    settle(&decl->architecture, &shared->architecture, "x86_64");
    settle(&decl->memory, &shared->memory, PL_MF_TEXT_OF(PL_LAMBDA_MEMORY_DEFAULT_MB));
    settle(&decl->timeout, &shared->timeout, PL_MF_TEXT_OF(PL_LAMBDA_TIMEOUT_DEFAULT_S));
    if (!function->has_layers) {
        decl->layer = shared->layer;
        decl->n_layer = shared->n_layer;
        decl->layers_at = shared->layers_at;
    }
    if (decl->upload == PL_UPLOAD_UNKNOWN) {
        decl->upload = mf->upload;
    }
    return pl_mf_merge_environment(mf, shared, decl, err);
}

static enum pl_status read_function(struct pl_mf *mf, uint32_t key, struct pl_function_decl *ret,
                                    struct pl_err *err)
{
    struct pl_mf_function function = {
        .decl = {.at = pl_doc_node(mf->doc, key)->at, .state = PL_PACKAGE_ARTIFACT}};
    struct pl_function_decl *decl = &function.decl;
    char what[PL_MF_NAME_MAX + sizeof "function ''"];
    if (pl_mf_take_name(mf, key, false, &decl->id, err) != PL_OK) {
        return err->code;
    }
    (void)snprintf(what, sizeof what, "function '%.*s'", (int)decl->id.len, decl->id.ptr);
    if (pl_mf_map(mf, PL_MF_FUNCTION, pl_doc_node(mf->doc, key)->next, what, &function, err) !=
        PL_OK) {
        return err->code;
    }
    if (decl->n_source == 0) {
        return pl_mf_fail(mf, key, err, "%s: sources is missing; it says what goes in", what);
    }
    if (pl_mf_check_weight(mf, key, decl->prune, decl->pyc, err) != PL_OK ||
        pl_mf_take_from_template(mf, key, &function, err) != PL_OK ||
        apply_defaults(mf, &function, err) != PL_OK) {
        return err->code;
    }
    *ret = function.decl;
    return PL_OK;
}

PL_STATUS pl_mf_read_functions(struct pl_mf *mf, struct pl_err *err)
{
    struct pl_project *project = mf->project;
    bool failed =
        mf->defaults_node != PL_NODE_NONE &&
        pl_mf_map(mf, PL_MF_DEFAULTS, mf->defaults_node, "defaults", &mf->defaults, err) != PL_OK;
    if (failed && !pl_mf_note(mf, err)) {
        return err->code;
    }
    if (mf->functions_node == PL_NODE_NONE) {
        return pl_mf_end(mf, failed, err);
    }
    if (pl_mf_want_map(mf, mf->functions_node, "functions", err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, mf->functions_node);
    if (n > PL_MF_DECLS_MAX) {
        return pl_mf_fail(mf, mf->functions_node, err,
                          "functions: has %u functions; %d are the most", n, PL_MF_DECLS_MAX);
    }
    project->function = pl_arena_new(&project->arena, n, sizeof *project->function, err);
    if (!project->function) {
        return err->code;
    }
    uint32_t key = pl_doc_node(mf->doc, mf->functions_node)->child;
    for (uint32_t i = 0; i < n; i++) {
        if (read_function(mf, key, &project->function[i], err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        project->n_function = i + 1;
        key = pl_doc_node(mf->doc, pl_doc_node(mf->doc, key)->next)->next;
    }
    return pl_mf_end(mf, failed, err);
}
