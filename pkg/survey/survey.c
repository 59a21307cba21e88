#include "pkg/survey/survey.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/base/pool.h"
#include "pkg/survey/load.h"

#include <stdlib.h>

/* Paths, the loaders' texts and lists: what all functions of one project may need. */
#define SURVEY_ARENA_BYTES PL_MB(512)

static const char NOT_BUILT[] = "not built: run plimsoll pack";

/* Packages that unpack to more are read one after the other, by all workers; the others side by
 * side, by one worker each. */
#define SMALL_BYTES PL_MB(4)

struct making {
    struct pl_survey *survey;
    const struct pl_survey_options *options;
    struct pl_map paths;     /* normalised path to package index */
    struct opening *opening; /* owned; by package: what is still to be opened */
    struct loading *loading; /* owned; by function */
};

/* What a declaration offers to look at. */
struct offer {
    struct pl_slice id;
    const struct pl_value *package;
    uint8_t state; /* enum pl_package_state */
    const char *state_why;
    bool is_plain;
    uint32_t n_source;
    uint32_t function, layer;          /* exactly one is not PL_NO_INDEX */
    const struct pl_image_decl *image; /* of a template's function that is one; else NULL */
    uint8_t arch;                      /* enum pl_arch, for an image of several platforms */
};

/* A package at a path, which is opened once all of them are known. */
struct opening {
    struct offer offer;
    struct pl_slice path; /* empty: it is there already */
};

/* What the loaders had to say about one function, each in memory of its own. */
struct loading {
    struct pl_arena arena;
    struct pl_err err; /* PL_OK, or why its package could not be read to the end */
};

/* Without empty and "." components: the same file by two spellings is one package.  ".." stays, as
 * it may follow a link. */
static PL_STATUS normalise(struct pl_arena *arena, struct pl_slice path, struct pl_slice *ret,
                           struct pl_err *err)
{
    struct pl_slice part;
    struct pl_slice whole = path;
    char *to = pl_arena_new(arena, path.len + 2, 1, err);
    if (!to) {
        return err->code;
    }
    size_t n = 0;
    if (path.len > 0 && path.ptr[0] == '/') {
        to[n++] = '/';
    }
    bool first = true;
    while (pl_slice_next(&whole, '/', &part)) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (!first) {
            to[n++] = '/';
        }
        first = false;
        for (size_t i = 0; i < part.len; i++) {
            to[n++] = part.ptr[i];
        }
    }
    if (n == 0) {
        to[n++] = '.';
    }
    *ret = pl_slice_make(to, n);
    return PL_OK;
}

/* One package per path, and per what is known about it: two functions may build a folder in two
 * ways. */
static PL_STATUS key_of(struct making *m, const struct offer *offer, struct pl_slice path,
                        struct pl_slice *ret, struct pl_err *err)
{
    *ret = path;
    if (offer->image) { /* two images of one archive */
        return pl_arena_fmt(&m->survey->arena, ret, err, "%.*s//image%d%.*s", (int)path.len,
                            path.ptr, offer->arch, (int)offer->image->name.len,
                            offer->image->name.ptr ? offer->image->name.ptr : "");
    }
    return offer->state == PL_PACKAGE_ARTIFACT
               ? PL_OK
               : pl_arena_fmt(&m->survey->arena, ret, err, "%.*s//%d%d", (int)path.len, path.ptr,
                              offer->state, offer->is_plain);
}

static struct pl_package_options options_of(const struct making *m, const struct offer *offer)
{
    return (struct pl_package_options){.workers = m->options->workers,
                                       .hash = m->options->hash,
                                       .image_name = m->options->image_name,
                                       .image_prefer = offer->image ? offer->image->name.ptr : NULL,
                                       .arch = m->options->image_arch != PL_ARCH_UNKNOWN
                                                   ? m->options->image_arch
                                                   : (enum pl_arch)offer->arch};
}

/* What a template says is not there yet, or will change. */
static void mark_source(const struct offer *offer, struct pl_package *package)
{
    if (offer->state == PL_PACKAGE_SOURCE && !package->failed) {
        package->state = PL_PACKAGE_SOURCE;
        package->state_why = offer->state_why;
        package->is_plain = offer->is_plain;
    }
}

static PL_STATUS open_small(void *ctx, unsigned worker, size_t index, struct pl_err *err)
{
    const struct making *m = ctx;
    const struct opening *opening = &m->opening[index];
    struct pl_package *package = &m->survey->package[index];
    struct pl_package_options options = options_of(m, &opening->offer);
    (void)worker;
    if (!opening->path.ptr) {
        return PL_OK;
    }
    if (opening->offer.state == PL_PACKAGE_ABSENT && opening->offer.state_why) {
        return pl_package_unbuilt(package, opening->path, opening->offer.state_why, err);
    }
    options.workers = 1;
    options.defer_bytes = SMALL_BYTES;
    return pl_package_open(package, opening->path.ptr, &options, err);
}

static PL_STATUS open_packages(struct making *m, struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    enum pl_status status = pl_pool_for(m->options->workers, survey->n_package, open_small, m, err);
    for (uint32_t i = 0; !status && i < survey->n_package; i++) {
        struct pl_package *package = &survey->package[i];
        const struct pl_package_options options = options_of(m, &m->opening[i].offer);
        if (package->deferred) {
            status = pl_package_complete(package, &options, err);
        }
        if (!status && m->opening[i].path.ptr) {
            mark_source(&m->opening[i].offer, package);
        }
    }
    return status;
}

static PL_STATUS take_path(struct making *m, const struct offer *offer, struct pl_package **ret,
                           struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    struct pl_slice path;
    struct pl_slice key;
    if (normalise(&survey->arena, offer->package->text, &path, err) != PL_OK ||
        key_of(m, offer, path, &key, err) != PL_OK) {
        return err->code;
    }
    bool added = false;
    uint64_t old = 0;
    if (pl_map_add(&m->paths, key, survey->n_package, &added, &old, err) != PL_OK) {
        return err->code;
    }
    if (!added) {
        *ret = &survey->package[old];
        return PL_OK;
    }
    m->opening[survey->n_package] = (struct opening){*offer, path};
    *ret = &survey->package[survey->n_package++];
    return PL_OK;
}

static PL_STATUS take_plan(struct making *m, const struct offer *offer, struct pl_package **ret,
                           struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    struct pl_package *package = &survey->package[survey->n_package];
    struct pl_tree tree = {0};
    struct pl_err why = {.code = PL_ERR_UNBUILT};
    if (m->options->plan_tree && m->options->plan_tree(m->options->ctx, offer->function,
                                                       offer->layer, &tree, &why) == PL_OK) {
        if (pl_package_from_plan(package, offer->id, &tree, m->options->workers, err) != PL_OK) {
            return err->code;
        }
    } else if (why.code == PL_ERR_UNBUILT) {
        /* Nothing is wrong; there is nothing to look at yet. */
        if (pl_package_unbuilt(package, offer->id, NOT_BUILT, err) != PL_OK) {
            return err->code;
        }
    } else {
        *err = why;
        if (why.code == PL_ERR_NOMEM || why.code == PL_ERR_CANCELLED ||
            why.code == PL_ERR_INTERNAL ||
            pl_package_unbuilt(package, offer->id, "its sources could not be read", err) != PL_OK) {
            return err->code;
        }
        pl_package_fail(package, &why);
    }
    survey->n_package++;
    *ret = package;
    return PL_OK;
}

/* NULL when the declaration offers nothing. */
static PL_STATUS take(struct making *m, const struct offer *offer, struct pl_package **ret,
                      struct pl_err *err)
{
    *ret = NULL;
    if (offer->state == PL_PACKAGE_OPAQUE) {
        return PL_OK;
    }
    if (pl_value_has(offer->package)) {
        return take_path(m, offer, ret, err);
    }
    return offer->n_source > 0 ? take_plan(m, offer, ret, err) : PL_OK;
}

static PL_STATUS take_layers(struct making *m, struct pl_err *err)
{
    const struct pl_project *project = m->survey->project;
    for (uint32_t i = 0; i < project->n_layer; i++) {
        const struct pl_layer_decl *decl = &project->layer[i];
        struct offer offer = {.id = decl->id,
                              .package = &decl->package,
                              .state = decl->state,
                              .state_why = decl->state_why,
                              .n_source = decl->n_source,
                              .function = PL_NO_INDEX,
                              .layer = i};
        m->survey->layer[i].decl = decl;
        if (take(m, &offer, &m->survey->layer[i].package, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Lays out what the function would see. */
static PL_STATUS lay_out(struct pl_survey *survey, struct pl_function *fn, struct pl_err *err)
{
    const struct pl_function_decl *decl = fn->decl;
    fn->layer = pl_arena_new(&survey->arena, decl->n_layer, sizeof *fn->layer, err);
    if (!fn->layer) {
        return err->code;
    }
    fn->n_layer = decl->n_layer;
    for (uint32_t i = 0; i < decl->n_layer; i++) {
        uint32_t index = decl->layer[i].layer;
        fn->layer[i] = index < survey->n_layer ? index : PL_NO_INDEX;
        const struct pl_package *package =
            index < survey->n_layer ? survey->layer[index].package : NULL;
        /* What a build will still put into a layer could be anything. */
        if (package && package->state != PL_PACKAGE_ARTIFACT) {
            fn->view.opaque_layer = true;
        }
        if (fn->view.n + 1 < PL_VIEW_MOUNTS) {
            pl_view_mount(&fn->view, PL_SLICE("/opt"), package);
        } else {
            fn->view.opaque_layer = true;
        }
    }
    if (fn->code && pl_package_usable(fn->code)) {
        bool image = fn->code->kind == PL_KIND_IMAGE;
        pl_view_mount(&fn->view, image ? PL_SLICE("") : PL_SLICE("/var/task"), fn->code);
    }
    return PL_OK;
}

static PL_STATUS take_functions(struct making *m, struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    const struct pl_project *project = survey->project;
    for (uint32_t i = 0; i < project->n_function; i++) {
        const struct pl_function_decl *decl = &project->function[i];
        struct pl_function *fn = &survey->function[i];
        struct offer offer = {.id = decl->id,
                              .package = &decl->package,
                              .state = decl->state,
                              .state_why = decl->state_why,
                              .is_plain = decl->is_plain,
                              .n_source = decl->n_source,
                              .function = i,
                              .layer = PL_NO_INDEX};
        fn->decl = decl;
        fn->runtime = pl_value_has(&decl->runtime) ? pl_runtime_find(decl->runtime.text) : NULL;
        fn->arch =
            (uint8_t)(pl_value_has(&decl->architecture) ? pl_arch_parse(decl->architecture.text)
                                                        : PL_ARCH_UNKNOWN);
        offer.image = decl->image.is ? &decl->image : NULL;
        offer.arch = offer.image ? fn->arch : PL_ARCH_UNKNOWN;
        if (take(m, &offer, &fn->code, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* The handler and runtime of an image are what its command and files say.  For Java and .NET only
 * AWS's own images: elsewhere the command decides where classes are searched. */
static PL_STATUS adopt_image(struct pl_arena *arena, struct pl_function *fn, struct pl_err *err)
{
    const struct pl_image_run *run = fn->run;
    bool own_path = run->language == PL_LANG_JAVA || run->language == PL_LANG_DOTNET;
    struct pl_function_decl *decl = pl_arena_new(arena, 1, sizeof *decl, err);
    if (!decl) {
        return err->code;
    }
    *decl = *fn->decl;
    decl->handler = pl_value_given(run->handler, (struct pl_pos){0});
    fn->runtime = !own_path || run->is_aws ? run->runtime : NULL;
    decl->runtime =
        fn->runtime ? pl_value_default(fn->runtime->id)
                    : (struct pl_value){.known = PL_UNKNOWN,
                                        .why = run->runtime ? "the image's command decides where "
                                                              "classes are searched"
                                                            : run->why_no_runtime};
    fn->decl = decl;
    return PL_OK;
}

static PL_STATUS start_image(struct pl_arena *arena, struct pl_function *fn, struct pl_err *err)
{
    if (!fn->code || fn->code->kind != PL_KIND_IMAGE || !pl_package_usable(fn->code) ||
        !fn->code->image->config.known) {
        return PL_OK;
    }
    fn->run = pl_arena_new(arena, 1, sizeof *fn->run, err);
    enum pl_status status =
        fn->run ? pl_image_run(fn->run, fn->code, &fn->decl->image, &fn->view, arena, err)
                : err->code;
    return status || fn->run->handler.len == 0 ? status : adopt_image(arena, fn, err);
}

/* One function's handler.  A file that the system would not give fails its package, not the run:
 * that is for conclude(), as other functions may have the same package. */
static PL_STATUS load(void *ctx, unsigned worker, size_t index, struct pl_err *err)
{
    const struct making *m = ctx;
    struct loading *loading = &m->loading[index];
    struct pl_function *fn = &m->survey->function[index];
    (void)worker;
    enum pl_status status = start_image(&loading->arena, fn, err);
    status = status ? status : pl_load_function(fn, &loading->arena, err);
    if (status == PL_OK) {
        status = pl_native_judge(fn, &loading->arena, err);
    }
    if (status == PL_OK || status == PL_ERR_NOMEM || status == PL_ERR_CANCELLED ||
        status == PL_ERR_INTERNAL || !fn->code) {
        return status;
    }
    loading->err = *err;
    return PL_OK;
}

/* What was loaded belongs to the survey.  A package that failed under one function has failed for
 * all that come after it, whichever was tried first. */
static PL_STATUS conclude(struct making *m, struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        struct pl_function *fn = &survey->function[i];
        struct loading *loading = &m->loading[i];
        if (loading->arena.used > survey->arena.max - survey->arena.used) {
            return pl_err_set(err, PL_ERR_LIMIT, "more than the %zu bytes that are allowed here",
                              survey->arena.max);
        }
        pl_arena_adopt(&survey->arena, &loading->arena);
        if (loading->err.code != PL_OK && fn->code && !fn->code->failed) {
            pl_package_fail(fn->code, &loading->err);
        }
        bool judged = fn->load.outcome != PL_NOT_JUDGED;
        if (loading->err.code != PL_OK || (judged && fn->code && fn->code->failed)) {
            fn->load = (struct pl_load){.outcome = PL_NOT_JUDGED, .why = PL_WHY_UNREADABLE};
            fn->imports = (struct pl_imports){.judged = false};
            fn->native = (struct pl_native_report){0};
        }
    }
    return PL_OK;
}

static PL_STATUS load_all(struct making *m, struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    m->loading = pl_arr_zeroed(survey->n_function, sizeof *m->loading, err);
    if (!m->loading) {
        return err->code;
    }
    for (uint32_t i = 0; i < survey->n_function; i++) {
        pl_arena_init(&m->loading[i].arena, SURVEY_ARENA_BYTES);
    }
    enum pl_status status = pl_pool_for(m->options->workers, survey->n_function, load, m, err);
    return status ? status : conclude(m, err);
}

static PL_STATUS make(struct making *m, struct pl_err *err)
{
    struct pl_survey *survey = m->survey;
    const struct pl_project *project = survey->project;
    size_t most = (size_t)project->n_function + project->n_layer;
    survey->package = pl_arr_zeroed(most, sizeof *survey->package, err);
    survey->function = pl_arr_zeroed(project->n_function, sizeof *survey->function, err);
    survey->layer = pl_arr_zeroed(project->n_layer, sizeof *survey->layer, err);
    m->opening = pl_arr_zeroed(most, sizeof *m->opening, err);
    if (!survey->package || !survey->function || !survey->layer || !m->opening) {
        return err->code;
    }
    survey->n_function = project->n_function;
    survey->n_layer = project->n_layer;
    if (take_layers(m, err) != PL_OK || take_functions(m, err) != PL_OK ||
        open_packages(m, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < survey->n_function; i++) {
        if (lay_out(survey, &survey->function[i], err) != PL_OK) {
            return err->code;
        }
    }
    return load_all(m, err);
}

static void making_done(struct making *m)
{
    for (uint32_t i = 0; m->loading && i < m->survey->n_function; i++) {
        pl_arena_done(&m->loading[i].arena);
    }
    free(m->loading);
    free(m->opening);
    pl_map_done(&m->paths);
}

PL_STATUS pl_survey_make(struct pl_survey *ret, const struct pl_project *project,
                         const struct pl_survey_options *options, struct pl_err *err)
{
    struct pl_survey survey = {.project = project, .as_of = options->as_of};
    struct making m = {.survey = &survey, .options = options};
    pl_arena_init(&survey.arena, SURVEY_ARENA_BYTES);
    pl_map_init(&m.paths, (size_t)project->n_function + project->n_layer + 1);
    enum pl_status status = make(&m, err);
    making_done(&m);
    if (status != PL_OK) {
        pl_survey_done(&survey);
        return status;
    }
    *ret = survey;
    return PL_OK;
}

void pl_survey_done(struct pl_survey *survey)
{
    if (!survey) {
        return;
    }
    for (uint32_t i = 0; i < survey->n_package; i++) {
        pl_package_done(&survey->package[i]);
    }
    free(survey->package);
    free(survey->function);
    free(survey->layer);
    pl_arena_done(&survey->arena);
    *survey = (struct pl_survey){.project = NULL};
}

/* Adds without wrapping: sizes are what a hostile archive declares.  What was not read to the end
 * still counts with the sizes that are known. */
static uint64_t add_bytes(uint64_t total, const struct pl_package *package, bool *complete)
{
    if (!package || !pl_package_usable(package)) {
        *complete = false;
    }
    uint64_t more = package ? package->unpacked_bytes : 0;
    return total > UINT64_MAX - more ? UINT64_MAX : total + more;
}

uint64_t pl_function_total_bytes(const struct pl_survey *survey, const struct pl_function *fn,
                                 bool *ret_complete)
{
    bool complete = true;
    uint64_t total = add_bytes(0, fn->code, &complete);
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        bool known = fn->layer[i] < survey->n_layer;
        const struct pl_package *layer = known ? survey->layer[fn->layer[i]].package : NULL;
        total = add_bytes(total, layer, &complete);
    }
    *ret_complete = complete;
    return total;
}
