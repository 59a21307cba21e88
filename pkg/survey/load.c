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
    if (fn->code->state != PL_PACKAGE_ARTIFACT) {
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

PL_STATUS pl_load_function(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    enum pl_why why = not_judged(function);
    function->load = (struct pl_load){.outcome = PL_NOT_JUDGED, .why = (uint8_t)why};
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
    if (function->load.outcome == PL_FAILS && may_be_wrapped(function)) {
        pl_load_set(&function->load, PL_CANNOT_TELL, PL_WHY_WRAPPER);
    }
    return PL_OK;
}
