#include "pkg/survey/load.h"

#include "pkg/survey/look.h"

const char *pl_why_text(enum pl_why why)
{
    switch (why) {
#define PL_WHY_CASE(name, text) \
    case name:                  \
        return text;
        PL_WHY_LIST(PL_WHY_CASE)
#undef PL_WHY_CASE
    }
    return "";
}

/* Is there anything to run a loader on?  The reason when there is not. */
static enum pl_why not_judged(const struct pl_function *fn)
{
    if (!fn->code) {
        return PL_WHY_NOT_BUILT;
    }
    if (fn->code->failed) {
        return PL_WHY_UNREADABLE;
    }
    if (fn->code->state != PL_PACKAGE_ARTIFACT && !fn->code->is_plain) {
        return PL_WHY_NOT_BUILT;
    }
    if (!pl_package_usable(fn->code)) {
        return PL_WHY_UNREADABLE;
    }
    if (!pl_value_has(&fn->decl->runtime)) {
        return PL_WHY_NO_RUNTIME;
    }
    if (!fn->runtime) {
        return PL_WHY_RUNTIME_UNKNOWN;
    }
    bool custom = fn->runtime->language == PL_LANG_CUSTOM;
    return custom || pl_value_has(&fn->decl->handler) ? PL_WHY_NONE : PL_WHY_NO_HANDLER;
}

static PL_STATUS run_loader(struct pl_function *function, struct pl_arena *arena,
                            struct pl_err *err)
{
    switch (function->runtime->language) {
    case PL_LANG_PYTHON:
        return pl_load_python(function, arena, err);
    case PL_LANG_NODEJS:
        return pl_load_node(function, arena, err);
    case PL_LANG_JAVA:
        return pl_load_java(function, arena, err);
    case PL_LANG_RUBY:
        return pl_load_ruby(function, arena, err);
    case PL_LANG_CUSTOM:
        return pl_load_custom(function, arena, err);
    case PL_LANG_DOTNET:
        return pl_load_dotnet(function, arena, err);
    case PL_LANG_GO:
        return pl_load_go(function, arena, err);
    }
    function->load.why = PL_WHY_NO_LOADER;
    return PL_OK;
}

/* A wrapper may start anything (the Lambda Web Adapter does) or set another handler. */
static bool may_be_wrapped(const struct pl_function *fn)
{
    enum pl_language language = fn->runtime->language;
    return language != PL_LANG_CUSTOM && language != PL_LANG_GO && pl_wrapper_value(fn);
}

/* Is there any file of the function's language?  Where there is none, its code comes from
 * elsewhere.
 */
static bool has_sources(const struct pl_function *fn)
{
    static const char *const ends[][3] = {[PL_LANG_PYTHON] = {".py", ".pyc", ".so"},
                                          [PL_LANG_NODEJS] = {".js", ".mjs", ".cjs"},
                                          [PL_LANG_RUBY] = {".rb", ".rb", ".rb"}};
    size_t language = fn->runtime->language;
    if (language >= sizeof ends / sizeof *ends || !ends[language][0]) {
        return true;
    }
    for (uint32_t i = 0; i < fn->code->tree.n; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (pl_slice_ends(fn->code->tree.entry[i].name, pl_slice_of(ends[language][k]))) {
                return true;
            }
        }
    }
    return false;
}

/* In a source folder that says what a build will install, the handler may be in what comes. */
static bool may_be_installed(const struct pl_function *fn)
{
    static const char *const lists[] = {"requirements.txt", "pyproject.toml", "Pipfile", "setup.py",
                                        "setup.cfg",        "package.json",   "Gemfile"};
    const struct pl_load *load = &fn->load;
    if (fn->code->state != PL_PACKAGE_SOURCE || load->why != PL_WHY_MODULE_MISSING ||
        load->elsewhere.package || load->suggest.len > 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (pl_tree_find(&fn->code->tree, pl_slice_of(lists[i])) != PL_ENTRY_NONE) {
            return true;
        }
    }
    return !has_sources(fn);
}

/* In an image a file of the module's name that stands elsewhere, nearest to the root. */
static void look_in_image(struct pl_function *fn)
{
    struct pl_load *load = &fn->load;
    struct pl_slice base = pl_slice_basename(load->module);
    struct pl_slice dot = PL_SLICE(".");
    size_t best = SIZE_MAX;
    size_t at = fn->runtime->language == PL_LANG_PYTHON ? pl_slice_rfind(base, '.') : base.len;
    base = at < base.len ? pl_slice_sub(base, at + 1, base.len) : base;
    for (uint32_t i = 0; base.len > 0 && i < fn->code->tree.n; i++) {
        const struct pl_entry *e = &fn->code->tree.entry[i];
        struct pl_slice name = pl_slice_basename(e->name);
        struct pl_slice end = pl_slice_sub(name, base.len, name.len);
        bool is = e->type == PL_ENTRY_FILE && pl_slice_starts(name, base) &&
                  pl_slice_starts(end, dot) && pl_look_word(" .py .js .mjs .cjs .rb ", end) &&
                  !pl_package_is_installed(fn->code, i);
        if (is && e->name.len < best) {
            best = e->name.len;
            load->elsewhere = (struct pl_ref){fn->code, i};
        }
    }
}

/* Lambda starts Node.js with options that an image of one's own need not have: there require()
 * takes ES modules, and a client of version 3 takes callbacks. */
static bool depends_on_options(const struct pl_function *fn)
{
    return fn->run && !fn->run->is_aws && fn->runtime->language == PL_LANG_NODEJS &&
           (fn->load.why == PL_WHY_MODULE_SYSTEM || fn->load.why == PL_WHY_CALLBACK);
}

PL_STATUS pl_load_function(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    enum pl_why why = not_judged(function);
    function->load = (struct pl_load){.outcome = PL_NOT_JUDGED, .why = (uint8_t)why};
    function->imports = (struct pl_imports){.judged = false};
    function->wrapper = (struct pl_load){.outcome = PL_NOT_JUDGED};
    if (why != PL_WHY_NONE && why != PL_WHY_NO_HANDLER) {
        return PL_OK;
    }
    if (pl_load_wrapper(function, arena, err) != PL_OK) {
        return err->code;
    }
    if (why != PL_WHY_NONE) {
        return PL_OK;
    }
    if (run_loader(function, arena, err) != PL_OK) {
        return err->code;
    }
    if (function->load.outcome == PL_FAILS && depends_on_options(function)) {
        pl_load_set(&function->load, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH);
    }
    if (function->load.outcome == PL_FAILS && may_be_wrapped(function)) {
        pl_load_set(&function->load, PL_CANNOT_TELL, PL_WHY_WRAPPER);
    }
    if (function->run && function->load.why == PL_WHY_MODULE_MISSING &&
        !function->load.elsewhere.package) {
        look_in_image(function);
    }
    if (function->load.outcome == PL_FAILS && may_be_installed(function)) {
        pl_load_set(&function->load, PL_CANNOT_TELL, PL_WHY_NOT_BUILT);
    }
    return PL_OK;
}
