/* "It stands there instead": a Node.js handler string that would work, tried before it is said. */
#include "pkg/base/text.h"
#include "pkg/survey/load_node.h"

static const char *const HABITS[] = {"handler", "lambdaHandler", "main", "default"};
enum { HABIT_COUNT = sizeof HABITS / sizeof HABITS[0], NAMES_MAX = 512 };

/* The clause behind "dist/app.js is, ..." and "app.js has no 'x'; ...". */
static PL_STATUS say_exports(const struct pl_node_try *failed, struct pl_load *load,
                             struct pl_slice name, struct pl_err *err)
{
    struct pl_slice text;
    bool missing = load->why == PL_WHY_MODULE_MISSING;
    if (load->why == PL_WHY_TYPESCRIPT) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &text, err, "%sit exports %.*s", missing ? "and " : "",
                    PL_ARG(name)) != PL_OK) {
        return err->code;
    }
    return pl_text_safe(failed->l->arena, text, &load->detail, err);
}

/* Takes the suggestion when it loads. */
static PL_STATUS offer(const struct pl_node_try *failed, struct pl_slice handler,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_node_try t;
    struct pl_load tried;
    *ret_taken = false;
    if (pl_slice_eq(handler, failed->handler)) {
        return PL_OK;
    }
    if (pl_node_try(&t, failed->l, handler, &tried, err) != PL_OK) {
        return err->code;
    }
    if (tried.outcome != PL_LOADS) {
        return PL_OK;
    }
    *ret_taken = true;
    load->elsewhere = tried.at;
    if (say_exports(failed, load, tried.name, err) != PL_OK) {
        return err->code;
    }
    return pl_text_safe(failed->l->arena, handler, &load->suggest, err);
}

/* The stem of a file that the client could load, "" for every other: "app" of "src/app.mjs". */
static struct pl_slice script_stem(struct pl_slice base)
{
    static const struct pl_slice suffixes[] = {PL_SLICE_INIT(".js"), PL_SLICE_INIT(".mjs"),
                                               PL_SLICE_INIT(".cjs")};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (pl_slice_ends(base, suffixes[i])) {
            return pl_slice_sub(base, 0, base.len - suffixes[i].len);
        }
    }
    return PL_SLICE("");
}

static bool installed(struct pl_slice name)
{
    return pl_slice_find_text(name, PL_SLICE("node_modules/")) < name.len;
}

static unsigned like_module(const void *ctx, const struct pl_entry *entry)
{
    const struct pl_node_try *failed = ctx;
    struct pl_slice base = pl_look_basename(entry->name);
    struct pl_slice stem = script_stem(base);
    if (base.len == 0 || installed(entry->name)) {
        return 0;
    }
    if (pl_slice_eq(stem, failed->part.module)) {
        return 1;
    }
    if (pl_slice_eq_nocase(stem, failed->part.module)) {
        return 2;
    }
    bool typed = pl_slice_ends(base, PL_SLICE(".ts")) && !pl_slice_ends(base, PL_SLICE(".d.ts"));
    return typed && pl_slice_eq(pl_slice_sub(base, 0, base.len - 3), failed->part.module) ? 3 : 0;
}

/* Scripts at the root that a handler could name. */
static unsigned like_root_script(const void *ctx PL_UNUSED, const struct pl_entry *entry)
{
    struct pl_slice stem = script_stem(entry->name);
    bool nameable = stem.len > 0 && pl_slice_find(stem, '.') == stem.len &&
                    pl_slice_find(stem, '/') == stem.len && pl_slice_find(stem, '\\') == stem.len;
    return nameable ? 1 : 0;
}

/* Does the file surely export the function, were it in the right place? */
static PL_STATUS may_export(const struct pl_node_try *failed, struct pl_ref at, bool *ret,
                            struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_js(failed->l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked->state == PL_LOOKED_TEXT && !looked->js->not_text &&
           pl_js_exports(looked->js, failed->part.function, NULL) == PL_SURE_YES;
    return PL_OK;
}

static PL_STATUS try_one(const struct pl_node_try *failed, struct pl_slice file,
                         struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_slice handler;
    struct pl_slice module = script_stem(file);
    *ret_taken = false;
    if (module.len == 0 || pl_slice_find(file, '\\') < file.len) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", PL_ARG(module),
                    PL_ARG(failed->part.function)) != PL_OK) {
        return err->code;
    }
    return offer(failed, handler, load, ret_taken, err);
}

static PL_STATUS try_candidates(const struct pl_node_try *failed, const struct pl_candidates *found,
                                struct pl_load *load, struct pl_err *err)
{
    struct pl_ref second = {NULL, PL_ENTRY_NONE};
    for (uint32_t i = 0; i < found->n; i++) {
        bool taken = false;
        bool exports = false;
        if (try_one(failed, pl_ref_entry(found->at[i])->name, load, &taken, err) != PL_OK) {
            return err->code;
        }
        if (taken) {
            return PL_OK;
        }
        if (!second.package && !pl_ref_eq(found->at[i], load->at)) {
            if (may_export(failed, found->at[i], &exports, err) != PL_OK) {
                return err->code;
            }
            second = exports ? found->at[i] : second;
        }
    }
    load->elsewhere = second;
    return second.package ? say_exports(failed, load, failed->part.function, err) : PL_OK;
}

/* The one script at the root that exports the function, whatever its name. */
static PL_STATUS other_module(const struct pl_node_try *failed, struct pl_load *load,
                              struct pl_err *err)
{
    struct pl_candidates found;
    struct pl_candidates having = {.n = 0};
    pl_look_around(failed->l, like_root_script, NULL, &found);
    for (uint32_t i = 0; i < found.n; i++) {
        bool exports = false;
        if (may_export(failed, found.at[i], &exports, err) != PL_OK) {
            return err->code;
        }
        if (exports) {
            having.at[having.n++] = found.at[i];
        }
    }
    return having.n == 1 && found.n < PL_LOOK_CANDIDATES
               ? try_candidates(failed, &having, load, err)
               : PL_OK;
}

static PL_STATUS find_module(const struct pl_node_try *failed, struct pl_load *load,
                             struct pl_err *err)
{
    struct pl_candidates found;
    pl_look_around(failed->l, like_module, failed, &found);
    if (failed->part.module.len > 0 && try_candidates(failed, &found, load, err) != PL_OK) {
        return err->code;
    }
    return load->elsewhere.package ? PL_OK : other_module(failed, load, err);
}

static PL_STATUS near_name(const struct pl_node_try *failed, const struct pl_js *js,
                           const char **ret, struct pl_err *err)
{
    uint32_t n = 0;
    const char **names = pl_arena_new(&failed->l->scratch, NAMES_MAX, sizeof *names, err);
    if (!names) {
        return err->code;
    }
    for (uint32_t i = 0; i < js->n_export && n < NAMES_MAX; i++) {
        struct pl_slice name;
        if (js->export_[i].sure != PL_SURE_YES || js->export_[i].how == PL_JS_NOT_FUNCTION) {
            continue;
        }
        if (pl_arena_dup(&failed->l->scratch, js->export_[i].name, &name, err) != PL_OK) {
            return err->code;
        }
        names[n++] = name.ptr;
    }
    *ret = pl_text_nearest(failed->part.function, names, n);
    for (size_t i = 0; !*ret && i < HABIT_COUNT; i++) {
        const struct pl_js_export *one = NULL;
        bool there = pl_js_exports(js, pl_slice_of(HABITS[i]), &one) == PL_SURE_YES;
        *ret = there ? HABITS[i] : NULL;
    }
    return PL_OK;
}

/* "app.js.handler": the suffix does not belong into a handler. */
static PL_STATUS without_suffix(const struct pl_node_try *failed, struct pl_slice module,
                                struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    static const struct pl_slice suffixes[] = {PL_SLICE_INIT("js."), PL_SLICE_INIT("mjs."),
                                               PL_SLICE_INIT("cjs."), PL_SLICE_INIT("ts.")};
    struct pl_slice function = failed->part.function;
    *ret_taken = false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct pl_slice handler;
        if (!pl_slice_starts(function, suffixes[i])) {
            continue;
        }
        struct pl_slice rest = pl_slice_sub(function, suffixes[i].len, function.len);
        if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", PL_ARG(module), PL_ARG(rest)) !=
            PL_OK) {
            return err->code;
        }
        return offer(failed, handler, load, ret_taken, err);
    }
    return PL_OK;
}

static PL_STATUS find_function(const struct pl_node_try *failed, struct pl_load *load,
                               struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    const char *name = NULL;
    struct pl_slice handler;
    bool taken = false;
    struct pl_slice module = load->module;
    if (without_suffix(failed, module, load, &taken, err) != PL_OK) {
        return err->code;
    }
    if (taken) {
        return PL_OK;
    }
    if (pl_look_js(failed->l, failed->file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    if (near_name(failed, looked->js, &name, err) != PL_OK) {
        return err->code;
    }
    if (!name) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &handler, err, "%.*s.%s", PL_ARG(module), name) != PL_OK) {
        return err->code;
    }
    return offer(failed, handler, load, &taken, err);
}

PL_STATUS pl_node_suggest(const struct pl_node_try *failed, struct pl_load *load,
                          struct pl_err *err)
{
    if (load->why == PL_WHY_MODULE_MISSING || load->why == PL_WHY_TYPESCRIPT) {
        return find_module(failed, load, err);
    }
    bool function = load->why == PL_WHY_FUNCTION_MISSING || load->why == PL_WHY_NOT_A_FUNCTION;
    return function && failed->file.found ? find_function(failed, load, err) : PL_OK;
}
