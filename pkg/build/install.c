#include "pkg/build/install.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/text.h"
#include "pkg/build/install_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOOL_HEX = 16 };

enum pl_status pl_installs_open(struct pl_installs **ret, const struct pl_installs_options *options,
                                struct pl_err *err)
{
    struct pl_installs *in = malloc(sizeof *in);
    if (!in) {
        return pl_err_nomem(err);
    }
    *in = (struct pl_installs){.options = *options};
    pl_arena_init(&in->arena, PL_MB(64));
    const char *dir = options->cache_dir;
    enum pl_status status = PL_OK;
    if (dir && dir[0] != '\0') {
        char *here = dir[0] == '/' ? NULL : pl_os_real_path(".");
        status = dir[0] == '/' || here ? pl_arena_fmt(&in->arena, &in->dir, err, "%s%s%s/installs",
                                                      here ? here : "", here ? "/" : "", dir)
                                       : pl_err_sys(err, errno, "the current folder");
        free(here);
    }
    if (status != PL_OK) {
        pl_installs_close(in);
        return status;
    }
    *ret = in;
    return PL_OK;
}

void pl_installs_close(struct pl_installs *installs)
{
    struct pl_err err;
    if (!installs) {
        return;
    }
    if (installs->temporary.len > 0) {
        pl_ignore(pl_install_remove(installs->temporary, &err), "the next one removes it");
        pl_install_evict(installs);
    }
    pl_arena_done(&installs->arena);
    free(installs);
}

/* ---- for whom ---- */

static const struct pl_runtime *runtime_of(const struct pl_value *id, enum pl_language language)
{
    const struct pl_runtime *runtime = pl_value_has(id) ? pl_runtime_find(id->text) : NULL;
    return runtime && runtime->language == language ? runtime : NULL;
}

/* What the functions have that use a layer; UNKNOWN when they differ or there is none. */
static enum pl_arch arch_of_users(const struct pl_project *project, uint32_t layer, bool *ret_mixed)
{
    enum pl_arch arch = PL_ARCH_UNKNOWN;
    for (uint32_t i = 0; i < project->n_function; i++) {
        const struct pl_function_decl *fn = &project->function[i];
        for (uint32_t k = 0; k < fn->n_layer; k++) {
            enum pl_arch one = pl_value_has(&fn->architecture)
                                   ? pl_arch_parse(fn->architecture.text)
                                   : PL_ARCH_X86_64;
            if (fn->layer[k].layer == layer) {
                *ret_mixed = *ret_mixed || (arch != PL_ARCH_UNKNOWN && arch != one);
                arch = one;
            }
        }
    }
    return arch;
}

/* Who wants it: a function, or a layer (then `function` is PL_NO_INDEX). */
struct wanted_by {
    struct pl_project *project;
    uint32_t function, layer;
};

static enum pl_status find_arch(const struct wanted_by *by, struct pl_install_job *job,
                                struct pl_err *err)
{
    const struct pl_project *project = by->project;
    bool is_layer = by->function == PL_NO_INDEX;
    const struct pl_value *said = is_layer ? &project->layer[by->layer].architecture
                                           : &project->function[by->function].architecture;
    bool mixed = false;
    job->arch = pl_value_has(said) ? pl_arch_parse(said->text) : PL_ARCH_UNKNOWN;
    if (job->arch == PL_ARCH_UNKNOWN && is_layer) {
        job->arch = arch_of_users(project, by->layer, &mixed);
    }
    if (mixed) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s: functions of both architectures use the layer; say which one it is "
                          "for with `architecture`, and make another layer for the other",
                          job->label.ptr);
    }
    if (job->arch == PL_ARCH_UNKNOWN) {
        job->arch = PL_ARCH_X86_64; /* as Lambda takes it */
    }
    return PL_OK;
}

/* A command is told the runtime, whatever it is: of a layer the first that it is meant for. */
static enum pl_status find_any_runtime(const struct wanted_by *by, struct pl_install_job *job)
{
    bool is_layer = by->function == PL_NO_INDEX;
    const struct pl_layer_decl *layer = is_layer ? &by->project->layer[by->layer] : NULL;
    const struct pl_value *id = !is_layer ? &by->project->function[by->function].runtime
                                : layer->n_compatible_runtime > 0 ? layer->compatible_runtime
                                                                  : NULL;
    job->runtime = id && pl_value_has(id) ? pl_runtime_find(id->text) : NULL;
    return PL_OK;
}

static enum pl_status find_runtime(const struct wanted_by *by, struct pl_install_job *job,
                                   struct pl_err *err)
{
    if (job->source->kind == PL_SOURCE_RUN) {
        return find_any_runtime(by, job);
    }
    bool python = job->source->kind == PL_SOURCE_PYTHON;
    enum pl_language language = python ? PL_LANG_PYTHON : PL_LANG_NODEJS;
    const struct pl_layer_decl *layer =
        by->function == PL_NO_INDEX ? &by->project->layer[by->layer] : NULL;
    const struct pl_value *id =
        layer ? layer->compatible_runtime : &by->project->function[by->function].runtime;
    uint32_t n = layer ? layer->n_compatible_runtime : 1;
    unsigned found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pl_runtime *one = runtime_of(&id[i], language);
        found += one && one != job->runtime ? 1 : 0;
        /* The oldest one's system has the oldest C library. */
        bool older = one && (!job->runtime || one->version_minor < job->runtime->version_minor);
        job->runtime = older ? one : job->runtime;
    }
    if (!job->runtime || (python && job->runtime->version_major != 3)) {
        return pl_err_set(err, PL_ERR_CONFIG, "%s: %s has no %s runtime to install for",
                          job->label.ptr, layer ? "the layer" : "the function",
                          python ? "Python 3" : "Node.js");
    }
    if (python && found > 1) {
        pl_install_say(job, false, "for %s, the oldest of %u compatible runtimes", job->runtime->id,
                       found);
    }
    return PL_OK;
}

/* ---- one source ---- */

static enum pl_status begin_job(const struct wanted_by *by, struct pl_install_job *job,
                                struct pl_err *err)
{
    const struct pl_value *path = &job->source->path;
    struct pl_arena *arena = &job->in->arena;
    struct pl_slice root = by->project->root;
    struct pl_slice where;
    if (pl_arena_dup(arena, root.len > 0 ? root : PL_SLICE("."), &where, err) != PL_OK ||
        pl_source_label(job->source, arena, &job->label, err) != PL_OK) {
        return err->code;
    }
    char *real = pl_os_real_path(where.ptr);
    if (!real) {
        return pl_err_sys(err, errno, "%s", where.ptr);
    }
    enum pl_status status = pl_arena_dup(arena, pl_slice_of(real), &job->root, err);
    free(real);
    if (status == PL_OK) {
        status = pl_arena_fmt(arena, &job->file, err, "%s/%.*s", job->root.ptr, (int)path->text.len,
                              path->text.ptr);
    }
    return status;
}

/* "INPUTS-TOOL" */
static enum pl_status result_folder(struct pl_install_job *job, const struct pl_tool *tool,
                                    struct pl_slice *ret, struct pl_err *err)
{
    struct pl_sha256 sha;
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, tool->version.ptr, tool->version.len);
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, hex);
    return pl_arena_fmt(&job->in->arena, ret, err, "%s/%s-%.*s", job->in->dir.ptr, job->inputs.ptr,
                        (int)TOOL_HEX, hex);
}

static enum pl_status tree_of(struct pl_install_job *job, struct pl_slice folder,
                              struct pl_slice *ret, struct pl_err *err)
{
    return pl_arena_fmt(&job->in->arena, ret, err, "%s/tree", folder.ptr);
}

static enum pl_status make(struct pl_install_job *job, struct pl_tool *tool, struct pl_err *err)
{
    bool python = job->source->kind == PL_SOURCE_PYTHON;
    if (pl_install_work_folder(job->in, &job->work, err) != PL_OK ||
        tree_of(job, job->work, &job->tree, err) != PL_OK ||
        pl_file_mkdirs(job->tree.ptr, err) != PL_OK) {
        return err->code;
    }
    if (job->source->kind == PL_SOURCE_RUN) {
        pl_install_say(job, false, "running");
        return pl_install_command(job, err);
    }
    pl_install_say(job, false, "installing for %s on %s with %s", job->runtime->id,
                   pl_arch_name(job->arch), tool->version.ptr);
    enum pl_status status =
        python ? pl_install_python(job, tool, err) : pl_install_npm(job, tool, err);
    if (status == PL_OK) {
        status = python ? pl_install_tidy_python(job, err) : pl_install_tidy_npm(job, err);
    }
    return status;
}

/* What is kept is the tree alone: a copy of .npmrc may hold a password. */
static enum pl_status set_apart(struct pl_install_job *job, struct pl_slice *ret,
                                struct pl_err *err)
{
    struct pl_slice tree;
    if (pl_install_work_folder(job->in, ret, err) != PL_OK ||
        tree_of(job, *ret, &tree, err) != PL_OK) {
        return err->code;
    }
    if (rename(job->tree.ptr, tree.ptr) != 0) {
        return pl_err_sys(err, errno, "%s", tree.ptr);
    }
    job->tree = tree;
    return pl_install_remove(job->work, err);
}

/* Gives what was made its name, unless somebody else was first. */
static enum pl_status keep(struct pl_install_job *job, struct pl_slice made, struct pl_slice folder,
                           struct pl_err *err)
{
    struct pl_slice aside;
    if (pl_arena_fmt(&job->in->arena, &aside, err, "%s-old", made.ptr) != PL_OK ||
        pl_install_seal(made, err) != PL_OK) {
        return err->code;
    }
    for (int i = 0; i < 3; i++) {
        if (rename(made.ptr, folder.ptr) == 0) {
            return tree_of(job, folder, &job->tree, err);
        }
        if (errno != ENOTEMPTY && errno != EEXIST) {
            return pl_err_sys(err, errno, "%s", folder.ptr);
        }
        if (pl_install_is_whole(folder)) {
            return tree_of(job, folder, &job->tree, err);
        }
        /* One that was damaged goes out of the way; it is removed at the end. */
        (void)rename(folder.ptr, aside.ptr);
    }
    return PL_OK; /* then it is taken from where it was made */
}

/* Only what is there already; which tool made it cannot be asked. */
static enum pl_status find_stored(struct pl_install_job *job, struct pl_slice *ret_tree,
                                  struct pl_err *err)
{
    struct pl_slice folder;
    bool found = false;
    if (job->loose) {
        return PL_OK;
    }
    if (pl_install_newest(job->in, job->inputs, &folder, &found, err) != PL_OK) {
        return err->code;
    }
    return found ? tree_of(job, folder, ret_tree, err) : PL_OK;
}

static enum pl_status find_or_make(struct pl_install_job *job, struct pl_slice *ret_tree,
                                   struct pl_err *err)
{
    struct pl_tool *tool = NULL;
    struct pl_slice folder = PL_SLICE("");
    bool kept = job->in->dir.len > 0 && !job->loose;
    if (pl_install_find(job, &tool, err) != PL_OK ||
        (kept && result_folder(job, tool, &folder, err) != PL_OK)) {
        return err->code;
    }
    if (kept && pl_install_is_whole(folder)) {
        return tree_of(job, folder, ret_tree, err);
    }
    struct pl_slice made;
    if (make(job, tool, err) != PL_OK || set_apart(job, &made, err) != PL_OK ||
        (kept && !job->loose && keep(job, made, folder, err) != PL_OK)) {
        return err->code;
    }
    *ret_tree = job->tree;
    return PL_OK;
}

static enum pl_status install_source(struct pl_installs *in, const struct wanted_by *by,
                                     struct pl_source *source, struct pl_err *err)
{
    struct pl_install_job job = {.in = in, .project = by->project, .source = source};
    struct pl_slice tree = PL_SLICE("");
    if (begin_job(by, &job, err) != PL_OK || find_runtime(by, &job, err) != PL_OK ||
        find_arch(by, &job, err) != PL_OK || pl_install_inputs(&job, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status =
        in->options.stored_only ? find_stored(&job, &tree, err) : find_or_make(&job, &tree, err);
    return status == PL_OK ? pl_arena_dup(&by->project->arena, tree, &source->made, err) : status;
}

static enum pl_status install_sources(struct pl_installs *in, const struct wanted_by *by,
                                      struct pl_source *source, uint32_t n, struct pl_err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        bool is_made = source[i].kind == PL_SOURCE_PYTHON || source[i].kind == PL_SOURCE_NPM ||
                       source[i].kind == PL_SOURCE_RUN;
        if (!is_made || source[i].made.len > 0) {
            continue;
        }
        enum pl_status status = install_source(in, by, &source[i], err);
        /* What is wrong is said when it is planned, or packed. */
        if (status != PL_OK && !in->options.stored_only) {
            return status;
        }
        if (status == PL_ERR_NOMEM) {
            return status;
        }
    }
    return PL_OK;
}

enum pl_status pl_install_function(struct pl_installs *installs, struct pl_project *project,
                                   uint32_t function, struct pl_err *err)
{
    const struct wanted_by by = {project, function, PL_NO_INDEX};
    struct pl_function_decl *fn = &project->function[function];
    return install_sources(installs, &by, fn->source, fn->n_source, err);
}

enum pl_status pl_install_layer(struct pl_installs *installs, struct pl_project *project,
                                uint32_t layer, struct pl_err *err)
{
    const struct wanted_by by = {project, PL_NO_INDEX, layer};
    struct pl_layer_decl *decl = &project->layer[layer];
    return install_sources(installs, &by, decl->source, decl->n_source, err);
}
