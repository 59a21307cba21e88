/* https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html, "Layer paths for each Lambda
 * runtime", read 2026-11-23. */
#include "pkg/build/place.h"

struct pl_slice pl_place_default(const struct pl_plan_request *request,
                                 const struct pl_source *source)
{
    if (source->to.known != PL_ABSENT) {
        return PL_SLICE("");
    }
    if (source->kind == PL_SOURCE_NPM) {
        return request->layer ? PL_SLICE("nodejs/node_modules") : PL_SLICE("node_modules");
    }
    if (!request->layer) {
        return PL_SLICE("");
    }
    if (source->kind == PL_SOURCE_PYTHON) {
        return PL_SLICE("python");
    }
    if (source->kind == PL_SOURCE_ARCHIVE && pl_slice_ends(source->path.text, PL_SLICE(".whl"))) {
        return PL_SLICE("python");
    }
    if (source->kind == PL_SOURCE_PATH && pl_slice_ends(source->path.text, PL_SLICE(".jar"))) {
        return PL_SLICE("java/lib");
    }
    return PL_SLICE("");
}

static bool is_nodejs(const struct pl_value *id)
{
    const struct pl_runtime *runtime = pl_value_has(id) ? pl_runtime_find(id->text) : NULL;
    return runtime && runtime->language == PL_LANG_NODEJS;
}

struct pl_slice pl_place_of_npm(const struct pl_plan_request *request)
{
    const struct pl_layer_decl *layer = request->layer;
    bool all = layer ? layer->n_compatible_runtime > 0
                     : request->function && is_nodejs(&request->function->runtime);
    for (uint32_t i = 0; layer && i < layer->n_compatible_runtime; i++) {
        all = all && is_nodejs(&layer->compatible_runtime[i]);
    }
    return !all ? PL_SLICE("") : layer ? PL_SLICE("nodejs/node_modules") : PL_SLICE("node_modules");
}

static const struct {
    enum pl_language language;
    const char *folder; /* below /opt */
    const char *put;    /* where to put a file that stands nowhere */
    const char *suffix[4];
} pl_places[] = {
    {PL_LANG_PYTHON, "python", "python", {".py", ".pyc"}},
    {PL_LANG_NODEJS, "nodejs", "nodejs/node_modules", {".js", ".mjs", ".cjs", ".json"}},
    {PL_LANG_RUBY, "ruby", "ruby/lib", {".rb"}},
    {PL_LANG_JAVA, "java", "java/lib", {".jar", ".class"}},
};

enum { PL_PLACES = sizeof pl_places / sizeof *pl_places };

/* Which places count; false when there is a runtime whose places nobody knows. */
static bool places_of(const struct pl_layer_decl *layer, bool ret[PL_PLACES])
{
    for (uint32_t i = 0; i < layer->n_compatible_runtime; i++) {
        const struct pl_runtime *runtime = pl_runtime_find(layer->compatible_runtime[i].text);
        bool known = false;
        for (size_t k = 0; k < PL_PLACES && runtime; k++) {
            if (pl_places[k].language == runtime->language) {
                ret[k] = true;
                known = true;
            }
        }
        if (!known) {
            return false;
        }
    }
    return layer->n_compatible_runtime > 0;
}

/* Files for people, and wrapper scripts (AWS_LAMBDA_EXEC_WRAPPER names those) stand at the root. */
static bool may_stand_at_root(const struct pl_plan_item *item)
{
    static const char *const known[] = {"LICENSE", "LICENCE", "NOTICE",   "README",
                                        "COPYING", "CHANGES", "CHANGELOG"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (pl_slice_starts(item->name, pl_slice_of(known[i]))) {
            return true;
        }
    }
    return (item->mode & 0100) != 0;
}

static bool is_found(const struct pl_plan_item *item, const bool place[PL_PLACES])
{
    size_t slash = pl_slice_find(item->name, '/');
    struct pl_slice top = pl_slice_sub(item->name, 0, slash);
    if (slash == item->name.len) {
        return may_stand_at_root(item);
    }
    for (size_t k = 0; k < PL_PLACES; k++) {
        if (place[k] && pl_slice_is(top, pl_places[k].folder)) {
            return true;
        }
    }
    return pl_slice_is(top, "bin") || pl_slice_is(top, "lib") || pl_slice_is(top, "extensions");
}

/* The place that suits a file best: its suffix says, or the first runtime. */
static size_t where_to(struct pl_slice name, const bool place[PL_PLACES])
{
    size_t first = PL_PLACES;
    for (size_t k = PL_PLACES; k-- > 0;) {
        first = place[k] ? k : first;
        for (size_t i = 0; place[k] && i < 4 && pl_places[k].suffix[i]; i++) {
            if (pl_slice_ends(name, pl_slice_of(pl_places[k].suffix[i]))) {
                return k;
            }
        }
    }
    return first;
}

/* places_of has found at least one runtime and a place of each. */
static enum pl_status refuse(struct pl_select *select, const struct pl_plan_item *item, size_t at,
                             struct pl_err *err)
{
    const struct pl_layer_decl *layer = select->request->layer;
    const char *runtime = "";
    for (uint32_t i = layer->n_compatible_runtime; i-- > 0;) {
        const struct pl_runtime *one = pl_runtime_find(layer->compatible_runtime[i].text);
        runtime = one && one->language == pl_places[at].language ? one->id : runtime;
    }
    return pl_err_set(
        err, PL_ERR_CONFIG,
        "%sno runtime of the layer looks for %s (from %s); %s looks in %s, which `to` "
        "can say, and `to: .` keeps it where it is, for code that names its path",
        pl_select_where(select, select->request->source[item->source].at),
        pl_select_safe(select, item->name), pl_select_safe(select, item->path), runtime,
        pl_places[at].put);
}

/* A wheel is a ZIP: as a plain path it goes in as one file, and Python does not look into it. */
static enum pl_status warn_of_wheels(struct pl_select *select, struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    for (uint32_t i = 0; i < select->request->n_source; i++) {
        const struct pl_source *source = &select->request->source[i];
        if (source->kind == PL_SOURCE_PATH && plan->n_warning < PL_PLAN_WARNINGS &&
            pl_slice_ends(source->path.text, PL_SLICE(".whl")) &&
            pl_arena_fmt(
                &plan->arena, &plan->warning[plan->n_warning++], err,
                "%s goes in as one file; `archive:` in place of `path:` spreads a wheel as "
                "an installer does",
                pl_select_safe(select, source->path.text)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

enum pl_status pl_place_check(struct pl_select *select, struct pl_err *err)
{
    const struct pl_layer_decl *layer = select->request->layer;
    bool place[PL_PLACES] = {false};
    if (warn_of_wheels(select, err) != PL_OK) {
        return err->code;
    }
    if (!layer || !places_of(layer, place)) {
        return PL_OK;
    }
    for (size_t i = 0; i < select->plan->n; i++) {
        const struct pl_plan_item *item = &select->plan->item[i];
        const struct pl_source *source = &select->request->source[item->source];
        if (item->type == PL_ENTRY_FOLDER || source->to.known != PL_ABSENT ||
            is_found(item, place)) {
            continue;
        }
        return refuse(select, item, where_to(item->name, place), err);
    }
    return PL_OK;
}
